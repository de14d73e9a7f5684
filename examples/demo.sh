#!/bin/sh
# The main job, from a request to its evidence, on loopback: what `make demo`
# runs. A sandbox speaks Jira, Okta, Microsoft Graph, Google and Slack, scripted
# people act over the same public APIs that their browsers use, and lapse is the
# released binary.
#
#   examples/demo.sh [--keep | --stop]
#
# --keep leaves the sandbox running and says how to explore it by hand: that is
# so by default when run on a terminal. It ends with an error as soon as
# anything is not as it should be, so it is a test too.
set -eu
cd "$(dirname "$0")/.."

build=${BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
PATH=$build:$PATH
export PATH
lapse=$build/lapse
keep=no
[ ! -t 1 ] || keep=yes
case ${1-} in
--keep) keep=yes ;;
--stop) keep=no ;;
'') ;;
*) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 64 ;;
esac

# ---- How it is told ----

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m')
	plain=$(printf '\033[0m')
fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$*"; }
show() { sed "s/^/    $dim/; s/\$/$plain/"; }

die() {
	printf '\ndemo: %s\n' "$*" >&2
	[ ! -s "$dir/out" ] || sed 's/^/    /' "$dir/out" >&2
	exit 1
}

# run COMMAND...: shows it and what it says; ends where it fails.
run() {
	printf '  $ %s\n' "$*"
	status=0
	"$@" >"$dir/out" 2>&1 || status=$?
	show <"$dir/out"
	[ "$status" -eq 0 ] || die "'$*' ended with status $status"
}

# expect WORDS WANTED GOT
expect() {
	[ "$2" = "$3" ] || die "$1: expected '$2', found '$3'"
	printf '    %s: %s\n' "$1" "$3"
}

# members GROUP: as they really are at Okta, whatever lapse believes
members() { members_of "$1" | sed 's/@.*//' | sort | tr '\n' ' ' | sed 's/ $//'; }

contains() {
	case $2 in
	*"$1"*) ;;
	*) die "the issue does not say '$1'" ;;
	esac
}

# ---- The world: begun, and cleaned up by its process id ----

dir=$(mktemp -d "${TMPDIR:-/tmp}/lapse-demo.XXXXXX")
SANDBOX_PID=
end() {
	status=$?
	trap - EXIT INT TERM
	if [ "$status" -eq 0 ] && [ "$keep" = yes ]; then
		exit 0
	fi
	if [ -n "$SANDBOX_PID" ]; then
		kill "$SANDBOX_PID" 2>/dev/null || true
		wait "$SANDBOX_PID" 2>/dev/null || true
	fi
	rm -rf "$dir"
	exit "$status"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -x "$lapse" ] && [ -x "$build/sandbox" ] ||
	die "there is no $lapse yet; run 'make demo'"

step "A company of 48 people on loopback: its Jira, three directories and Slack"
umask 077
mkdir "$dir/state" "$dir/secrets"
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	-out "$dir/google.pem"
openssl pkey -in "$dir/google.pem" -pubout -out "$dir/google.pub"
nohup "$build/sandbox" --seed examples/sandbox/company.json \
	--ready "$dir/ready" --record "$dir/exchanges.jsonl" \
	--google-key "$dir/google.pub" \
	>"$dir/sandbox.log" 2>&1 </dev/null &
SANDBOX_PID=$!
n=0
while [ ! -e "$dir/ready" ]; do
	n=$((n + 1))
	if [ "$n" -gt 100 ] || ! kill -0 "$SANDBOX_PID" 2>/dev/null; then
		cat "$dir/sandbox.log" >&2
		die "the sandbox does not start"
	fi
	sleep 0.1
done
. "$dir/ready"
. examples/sandbox/people.sh
say "  Jira $SANDBOX_JIRA, process $SANDBOX_PID"
say "  Okta $SANDBOX_OKTA, Entra $SANDBOX_ENTRA, Google $SANDBOX_GOOGLE,"
say "  Slack $SANDBOX_SLACK"

# ---- Set-up ----

step "Setting lapse up: a configuration, a ledger, an anchor, a catalog"
printf '%s' "${SANDBOX_JIRA_TOKEN:-sandbox-jira-classic}" >"$dir/secrets/jira"
printf '%s' "${SANDBOX_OKTA_SSWS:-sandbox-okta-ssws}" >"$dir/secrets/okta"
printf '%s' "${SANDBOX_ENTRA_SECRET:-sandbox-entra-secret}" \
	>"$dir/secrets/entra"
# A service account's key file is JSON with a PEM key in it.
printf '{"type":"service_account","client_email":"%s","private_key_id":"k1",
"private_key":"%s"}' lapse@acme-it.iam.gserviceaccount.com \
	"$(sed 's/$/\\n/' "$dir/google.pem" | tr -d '\n')" >"$dir/secrets/google"
printf '%s' "${SANDBOX_SLACK_TOKEN:-sandbox-slack-bot}" >"$dir/secrets/slack"
printf '%s' token-lapse-slack >"$dir/secrets/delegate"
cat >"$dir/bridge" <<'END'

slack {
	token = "file:@SECRETS@/slack"
	url = "@SLACK@"
	delegate-account = "@DELEGATE@"
	delegate-email = "lapse-slack@acme.example"
	delegate-token = "file:@SECRETS@/delegate"
}

# One role in two directories: all of it or nothing.
role "azure/bridge" {
	application = "Azure"
	about = "look at both sides of the network"
	groups = {"okta:00g1githubread0000h7",
		"entra:9a1b2c3d-0001-4b00-8000-000000000001"}
	max-duration = "8h"
	auto-approve = true
	end-sessions = true
}
END
sed -e "s|@JIRA@|$SANDBOX_JIRA|" -e "s|@OKTA@|$SANDBOX_OKTA|" \
	-e "s|@ENTRA@|$SANDBOX_ENTRA|" -e "s|@GOOGLE@|$SANDBOX_GOOGLE|" \
	-e "s|@IDENTITY@|$SANDBOX_GOOGLE_IDENTITY|" \
	-e "s|@STATE@|$dir/state|" -e "s|@SECRETS@|$dir/secrets|" \
	-e '/^role "github\/write"/a slack-approval = true' \
	-e '/^# ---- What must be refused/,/^# ---- Done by hand/d' \
	-e '/^# ---- Cannot be granted/,$d' \
	examples/sandbox/lapse.conf.in examples/sandbox/google.conf.in \
	examples/sandbox/entra.conf.in >"$dir/lapse.conf"
sed -e "s|@SLACK@|$SANDBOX_SLACK|" -e "s|@SECRETS@|$dir/secrets|" \
	-e "s|@DELEGATE@|$(account_of lapse-slack)|" "$dir/bridge" \
	>>"$dir/lapse.conf"
# Whoever runs this may act by hand, as gina of IT.
grep -q "^operator \"$(id -un)\"" "$dir/lapse.conf" ||
	printf 'operator "%s" { account = "%s" }\n' "$(id -un)" \
		"$(account_of gina)" >>"$dir/lapse.conf"
LAPSE_CONFIG=$dir/lapse.conf
export LAPSE_CONFIG
unset CREDENTIALS_DIRECTORY
run lapse init --project 10042 --issue-type 10100
printf '  $ lapse catalog publish\n'
lapse catalog publish >"$dir/out" 2>&1 || die "the catalog was not published"
grep -v '^keep' "$dir/out" | show
printf '  $ lapse doctor\n'
lapse doctor >"$dir/out" 2>&1 || die "'lapse doctor' found something"
sed -n '1,4p;$p' "$dir/out" | show
say "    $(grep -c '^ok' "$dir/out") checks, all of them ok"
# The first enforcing run; what was asked before it is left to people.
run lapse sync
sleep 1

# ---- The main job ----

step "1. Ben, a software engineer, asks for access on the portal"
key=$(ask ben GitHub hotfix 15s "deploy the fix for INC-7")
[ -n "$key" ] || die "the request could not be filed"
say "  It is $key: github/hotfix, for 15 seconds. Its groups: GitHub Production."

step "2. lapse reads it, decides who must approve, and asks"
run lapse sync -v
story=$(comments_of "$key")
contains "Waiting for" "$story"
printf '%s\n' "$story" | show
expect "members of GitHub Production" gus "$(members 'GitHub Production')"

step "3. Dana, who owns GitHub, approves in Jira"
approve dana "$key"
say "  Approved on $key, with her own account."

step "4. lapse counts, checks all again, adds the membership, reads it back"
run lapse sync -v
run lapse list grants
expect "members of GitHub Production" "ben gus" \
	"$(members 'GitHub Production')"

step "5. The deadline passes; nobody does anything"
ends=$(lapse list grants --json | sed -n 's/.*"ends_at":"\([^"]*\)".*/\1/p')
[ -n "$ends" ] || die "the grant has no end"
say "  waiting until $ends"
while [ "$(date -u +%Y-%m-%dT%H:%M:%SZ | tr -d ':TZ-')" -le \
	"$(printf '%s' "$ends" | tr -d ':TZ-')" ]; do
	sleep 0.5
done

step "6. A timer runs lapse expire: it removes the membership, reads it back"
run lapse expire -v
expect "members of GitHub Production" gus "$(members 'GitHub Production')"
say "  gus was a member before lapse came, so he stays."

step "7. The issue tells the whole story"
story=$(comments_of "$key")
contains "Waiting for" "$story"
contains "now has github/hotfix" "$story"
contains "the time is up" "$story"
contains "read back as absent" "$story"
printf '%s\n' "$story" | show

step "8. Carol asks for a role in two directories, Farah for one at Google"
bridge=$(ask carol Azure bridge 2h "compare both sides")
billing=$(ask farah Cloud billing 8h "look at the bill")
run lapse sync
run lapse list grants
expect "members at Okta" yes "$(is_member carol "GitHub Readers" && echo yes)"
expect "members at Entra" yes "$(DIRECTORY=entra is_member carol \
	9a1b2c3d-0001-4b00-8000-000000000001 && echo yes)"
say "  Google was told to end Farah's membership by itself, an hour after the"
say "  deadline, should this host never run again; the others cannot do that:"
printf '  $ lapse show %s\n' "$billing"
lapse show "$billing" >"$dir/out" 2>&1 || die "'lapse show $billing' failed"
told=$(sed -n 's/.*\(failsafe_at 2[^,]*\),.*/\1/p' "$dir/out")
[ -n "$told" ] || die "Google was not told"
say "$told" | show
run lapse revoke "$bridge" --reason "done early"
contains "signed out at entra" "$(comments_of "$bridge")"
expect "members at Entra" no "$(DIRECTORY=entra is_member carol \
	9a1b2c3d-0001-4b00-8000-000000000001 && echo yes || echo no)"

step "9. Erik asks in Slack, Dana approves there, and both hear of it there"
slack_says erik dm "access github/write 8h review the release" >/dev/null
run lapse sync
run lapse sync
asked=$(slack_inbox dana | grep -F "Erik" | head -n 1)
[ -n "$asked" ] || die "Dana was not asked in Slack"
printf '%s\n' "$asked" | show
slack_reacts dana "${asked%% *}" white_check_mark
say "  Dana reacted with a check mark."
run lapse sync
said=$(slack_inbox dana | grep -F "Recorded for") ||
	die "Dana has no confirmation"
say "  What she reads then, in the thread:"
printf '%s\n' "$said" | show
say "  And Erik:"
slack_inbox erik | show
contains "is granted to" "$(slack_inbox erik)"
chat=$(slack_inbox erik | sed -n 's/.*|\([A-Z]*-[0-9]*\)>.*/\1/p' | head -n 1)
printf '  On %s:\n' "$chat"
contains "Approved in Slack by Dana Reyes" "$(comments_of "$chat")"
comments_of "$chat" | show

step "10. The ledger has it all, and an auditor needs no more than a copy of it"
printf '  $ lapse show %s      (its events, without their data)\n' "$key"
lapse show "$key" >"$dir/out" 2>&1 || die "'lapse show $key' failed"
sed -n 's/^\(2[0-9-]*T.*Z  .*\) (.*) \(\[[0-9]*\]\)$/\1 \2/p' "$dir/out" | show
[ "$(grep -c '^2[0-9-]*T' "$dir/out")" -ge 9 ] ||
	die "events are missing in the story"
run lapse snapshot "$dir/snapshot.db"
run lapse review-export --ledger "$dir/snapshot.db" --out "$dir/audit"
run lapse verify --ledger "$dir/snapshot.db"
run lapse verify "$dir/audit"
grep -q "$key" "$dir/audit/changes.csv" ||
	die "changes.csv does not know $key"
# Who approved in Slack is told apart from who did in Jira.
way=$(awk -F '\r?\n' -v key="$chat" 'index($0, key) && /slack-delegate/ {
	print "slack-delegate" }' "$dir/audit/changes.csv" | head -n 1)
expect "how $chat was approved, in changes.csv" slack-delegate "$way"
(cd "$dir/audit" && wc -l entitlements.csv changes.csv) | show
run lapse status

# ---- What now ----

if [ "$keep" != yes ]; then
	step "Done. The sandbox is stopped."
	exit 0
fi
cat >"$dir/env" <<END
PATH=$build:\$PATH; export PATH
LAPSE_CONFIG=$dir/lapse.conf; export LAPSE_CONFIG
. $dir/ready
. $PWD/examples/sandbox/people.sh
END
step "Done. The sandbox goes on, for you to explore. In a shell:"
cat <<END
  . $dir/env
  lapse show $key                  the whole story
  key=\$(ask carol GitHub write 8h "review the release")
  lapse sync; comments_of \$key     whom does it wait for?
  approve dana \$key; lapse sync; lapse list
  lapse revoke \$key --reason "done early"; members_of "GitHub Writers"
  slack_says ben dm "access github/write 8h fix the build"; lapse sync; slack_inbox ben
  slack_inbox dana; slack_reacts dana TS white_check_mark; lapse sync; slack_inbox ben
  okta_put mona "GitHub Production"; lapse sync --full; lapse who github/prod-admin
  fault lost-reply okta PUT /users  a bad day; examples/sandbox/README.md has more
  lapse help                       and man/lapse.1
To stop it and forget it:
  kill $SANDBOX_PID; rm -rf $dir
END
