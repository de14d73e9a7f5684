# What the end-to-end tests share: a world of its own for each test (sandbox,
# configuration, ledger), the clock of both sides, and short questions.
# Not a test.

cd "$BATS_TEST_DIRNAME/../.." || exit 1
BUILD=${BUILD:-$PWD/build}
BUILD=$(realpath -m "$BUILD")
LAPSE=$BUILD/lapse
# This file is read for each test: what costs a process is asked once.
if [ "${SANITIZED_OF:-}" != "$LAPSE" ]; then
	SANITIZED=no
	! grep -q __asan_init "$LAPSE" 2>/dev/null || SANITIZED=yes
	SANITIZED_OF=$LAPSE
	export SANITIZED SANITIZED_OF
fi
. tests/e2e/fetch.bash
for FAKETIME_SO in /usr/lib/*/faketime/libfaketime.so.1; do :; done

# The groups of the company by short names.
GITHUB_READ=00g1githubread0000h7
GITHUB_WRITE=00g1githubwrite000h7
GITHUB_PROD=00g1githubprod0000h7
GITHUB_AUDIT=00g1githubaudit000h7
AWS_READ=00g1awsread0000000h7
AWS_ADMIN=00g1awsadmin000000h7
AWS_BASE=00g1awsbase0000000h7

# Before each command bats writes down its whole stack, which takes longer than
# most commands of these helpers do: it is told of the tests' own only.
only_tests_are_traced() {
	declare -F bats_debug_trap >/dev/null || return 0
	trap '[[ $BASH_SOURCE == *.@(bash|sh) ]] || bats_debug_trap "$BASH_SOURCE"' \
		DEBUG
}

# Starts a sandbox with the seed, and a lapse that is set up for it:
# configuration, ledger, anchor, published catalog, one sync done. `config` is
# a sed script over the configuration, e.g. world 's/enforce/observe/'. Set
# before, where a test needs its own: JIRA_TOKEN, JIRA_SCOPED, OKTA_TOKEN and
# LEDGER_KEY, the credentials, which only the sandbox has in its environment;
# OKTA_KEY, the file of a private key, with the public one in OKTA_KEY.pub;
# ENTRA_KEY, the file of a key and its certificate; GOOGLE_KEY, a service
# account's key file, likewise; MORE_CONF, a file that is put behind the
# configuration; SEED, another company; CLOCK, see still.bash.
world() {
	only_tests_are_traced
	W=$BATS_TEST_TMPDIR
	mkdir -m 700 "$W/state" "$W/secrets"
	[ -z "${RECORD_DIR:-}" ] || mkdir -p "$RECORD_DIR"
	: "${JIRA_TOKEN:=sandbox-jira-classic}"
	: "${JIRA_SCOPED:=sandbox-jira-scoped}"
	: "${OKTA_TOKEN:=sandbox-okta-ssws}"
	: "${ENTRA_SECRET:=sandbox-entra-secret}"
	: "${SLACK_TOKEN:=sandbox-slack-bot}"
	: "${DELEGATE_TOKEN:=token-lapse-slack}"
	: "${LEDGER_KEY:=0123456789abcdef0123456789abcdef}"
	# bats waits for whatever holds its descriptor 3.
	SANDBOX_JIRA_TOKEN=$JIRA_TOKEN SANDBOX_JIRA_SCOPED=$JIRA_SCOPED \
		SANDBOX_OKTA_SSWS=$OKTA_TOKEN SANDBOX_SLACK_TOKEN=$SLACK_TOKEN \
		SANDBOX_ENTRA_SECRET=$ENTRA_SECRET \
		"$BUILD/sandbox" --seed "${SEED:-examples/sandbox/company.json}" \
		--ready "$W/ready" --with-parent \
		${OKTA_KEY:+--okta-key "$OKTA_KEY.pub"} \
		${ENTRA_KEY:+--entra-certificate "$ENTRA_KEY"} \
		${GOOGLE_KEY:+--google-key "$GOOGLE_KEY.pub"} \
		${CLOCK:+--clock "$CLOCK"} \
		--record "${RECORD_DIR:-$W}/${BATS_TEST_FILENAME##*/}.$BATS_TEST_NUMBER.jsonl" \
		3>&- >"$W/sandbox.log" 2>&1 &
	wait_for "$W/ready" ${SEED:+1}200
	. "$W/ready"
	. examples/sandbox/people.sh
	_mask=$(umask)
	umask 077
	printf %s "$JIRA_TOKEN" >"$W/secrets/jira"
	printf %s "$JIRA_SCOPED" >"$W/secrets/jira-scoped"
	printf %s "$OKTA_TOKEN" >"$W/secrets/okta"
	[ -z "${OKTA_KEY:-}" ] || cp "$OKTA_KEY" "$W/secrets/okta-key"
	printf %s "$ENTRA_SECRET" >"$W/secrets/entra"
	[ -z "${ENTRA_KEY:-}" ] || cp "$ENTRA_KEY" "$W/secrets/entra-key"
	[ -z "${GOOGLE_KEY:-}" ] || cp "$GOOGLE_KEY" "$W/secrets/google"
	printf %s "$SLACK_TOKEN" >"$W/secrets/slack"
	printf %s "$DELEGATE_TOKEN" >"$W/secrets/delegate"
	printf %s "$LEDGER_KEY" >"$W/secrets/ledger-key"
	sed -e "${1:-}" -e "s|@JIRA@|$SANDBOX_JIRA|" \
		-e "s|@GATEWAY@|${SANDBOX_GATEWAY%/*}|" \
		-e "s|@CLOUD@|${SANDBOX_GATEWAY##*/}|" \
		-e "s|@OKTA@|$SANDBOX_OKTA|" -e "s|@STATE@|$W/state|" \
		-e "s|@ENTRA@|$SANDBOX_ENTRA|" \
		-e "s|@GOOGLE@|$SANDBOX_GOOGLE|" \
		-e "s|@IDENTITY@|$SANDBOX_GOOGLE_IDENTITY|" \
		-e "s|@SLACK@|$SANDBOX_SLACK|" \
		-e "s|@SECRETS@|$W/secrets|" examples/sandbox/lapse.conf.in \
		${MORE_CONF:+"$MORE_CONF"} >"$W/lapse.conf"
	umask "$_mask"
	export LAPSE_CONFIG=$W/lapse.conf
	LEDGER=$W/state/ledger.db
	NOW=0
	lapse init --project 10042 --issue-type 10100 >"$W/init.log" 2>&1
	lapse catalog publish >"$W/publish.log" 2>&1
	# Requests from before the first enforcing run are not acted on, and
	# Jira's stamps are exact: let a second pass.
	lapse sync >"$W/sync.log" 2>&1
	later 2
}

# wait_for FILE TIMES: until it is there; a pipe that says nothing is a sleep
# without a process.
wait_for() {
	local silent n=$2
	exec {silent}<> <(:)
	while [ ! -e "$1" ] && [ $((n -= 1)) -ge 0 ]; do
		read -r -t 0.05 -u "$silent" _ || :
	done
	exec {silent}>&-
}

world_end() {
	[ -z "${SANDBOX_PID:-}" ] || kill "$SANDBOX_PID" 2>/dev/null || true
}

# lapse COMMAND...: at the world's time, which is the sandbox's.
lapse() {
	if [ "${NOW:-0}" -eq 0 ]; then
		"$LAPSE" "$@"
	elif [ "$SANITIZED" = yes ]; then
		LD_PRELOAD=$BUILD/kill/clock.so CLOCK_SHIFT=$NOW "$LAPSE" "$@"
	else
		printf -v _shift %+d "$NOW"
		LD_PRELOAD=$FAKETIME_SO FAKETIME=${_shift}s \
			FAKETIME_DONT_FAKE_MONOTONIC=1 "$LAPSE" "$@"
	fi
}

# later SECONDS: the clock goes on, here and there.
later() {
	NOW=$((${NOW:-0} + $1))
	clock_offset "$NOW"
}

# now: what time it is there, in seconds since 1970.
now() { echo $(($(date +%s) + NOW)); }

# One tick of both timers; the status of the worse is not asked for.
tick() { lapse sync; lapse expire; }

# granted WHO APP ROLE DURATION APPROVER: asked, approved and granted.
granted() {
	key=$(ask "$1" "$2" "$3" "$4" "to get work done")
	lapse sync >/dev/null 2>&1
	approve "$5" "$key" >/dev/null
	lapse sync >/dev/null 2>&1
}

sql() { sqlite3 -readonly "$LEDGER" "$1"; }
grants() { sql 'select state, coalesce(end_reason, "") from "grant" order by id'; }
request_state() { sql "select state from request where issue_key = '$1'"; }
kinds_of() { # the evidence kinds of an issue, in order
	sql "select kind from evidence where issue_id = (select issue_id from
		request where issue_key = '$1') order by seq"
}
# has TEXT: the last `run` printed it.
has() {
	case $output in
	*"$1"*) return 0 ;;
	esac
	printf 'missing: %s\nin: %s\n' "$1" "$output" >&2
	return 1
}
hasnt() {
	case $output in
	*"$1"*) printf 'unwanted: %s\nin: %s\n' "$1" "$output" >&2
		return 1 ;;
	esac
}
status_is() {
	[ "$status" -eq "$1" ] || {
		printf 'exit %s, not %s; output: %s\n' "$status" "$1" \
			"$output" >&2
		return 1
	}
}
