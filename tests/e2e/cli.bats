#!/usr/bin/env bats
# The command line itself: usage, help, completion, output and exit statuses.
# Nothing here needs a network: the ledgers are filled by hand.

bats_require_minimum_version 1.5.0

setup() {
	LAPSE=${BUILD:-build}/lapse
	DIR=$BATS_TEST_TMPDIR
	export XDG_CONFIG_HOME=$DIR/none HOME=$DIR/none
	unset LAPSE_CONFIG NO_COLOR SUDO_UID JOURNAL_STREAM
}

# A whole configuration; nothing listens at its addresses.
configure() {
	mkdir -p "$DIR/etc"
	echo topsecret1 >"$DIR/etc/token"
	chmod 600 "$DIR/etc/token"
	cat >"$DIR/etc/lapse.conf" <<-EOF
	mode = observe
	state-dir = "$DIR/state"
	ledger-key = "file:$DIR/etc/key"
	jira {
		url = "http://127.0.0.1:9"
		email = "bot@example.com"
		token = "file:$DIR/etc/token"
	}
	project "10042" { request-type "25" {
		field-role = "customfield_10200"
		field-approvers = "customfield_10003"
		status-any = "1" status-all = "2" status-approved = "3"
		status-active = "4" status-revoke = "5" status-ended = "6"
		status-declined = "7" status-refused = "8"
	} }
	idp "okta" {
		driver = "okta"
		url = "http://127.0.0.1:9"
		token = "file:$DIR/etc/token"
	}
	application "GitHub" { idp = "okta" }
	role "github/admin" {
		application = "GitHub"
		about = "merge and deploy"
		groups = {"00g1"}
		elevated = true
		max-duration = "24h"
		approvers = {"dana@example.com"}
	}
	operator "anna" { account = "5b10" }
	EOF
	export LAPSE_CONFIG=$DIR/etc/lapse.conf
}

# One active grant of Jo, whose name is hostile; Sam is there without one.
fill() {
	configure
	"$LAPSE" init >/dev/null 2>&1
	sqlite3 "$DIR/state/ledger.db" <<-'EOF'
	INSERT INTO account (account, name, email, zone, type, active,
		seen_at) VALUES ('5b20', 'Jo ' || char(27) || '[31mRed'
		|| char(8238) || 'x' || char(155), 'jo@example.com', NULL,
		'atlassian', 1, 1700000000);
	INSERT INTO idp_user (id, idp, user_id, login, email, name, account,
		status, last_login_known, observed_at) VALUES
		(1, 'okta', '00u1', 'jo', 'jo@example.com', 'Jo', '5b20',
		'active', 0, 1700000000),
		(2, 'okta', '00u2', 'sam', 'sam@example.com', 'Sam', NULL,
		'active', 0, 1700000000);
	INSERT INTO link (account, idp, user_id, method, linked_at)
		VALUES ('5b20', 'okta', '00u1', 'email', 1700000000);
	INSERT INTO idp_group (id, idp, group_id, name, kind, observed_at,
		complete_at) VALUES (1, 'okta', '00g1', 'prod', 'ok',
		unixepoch() - 60, unixepoch() - 60);
	INSERT INTO membership (gid, uid, since, missed_at) VALUES (1, 1, 1700000200, NULL),
		(1, 2, 1600000000, NULL);
	INSERT INTO watched (gid, since, until, longest_s) SELECT id,
		1600000000, complete_at, 900 FROM idp_group;
	INSERT INTO "grant" (id, issue_id, issue_key, account, role,
		application, elevated, method, state, created_at, starts_at,
		ends_at) VALUES (1, '10017', 'ACC-12', '5b20',
		'github/admin', 'GitHub', 1, 'group', 'active',
		1700000000, 1700000100, unixepoch() + 7200);
	INSERT INTO hold (id, grant_id, idp, group_id, user_id, before,
		placed_at, verified_at) VALUES (1, 1, 'okta', '00g1', '00u1',
		'absent', 1700000000, 1700000100);
	INSERT INTO evidence (seq, at, kind, issue_id, grant_id, actor, run,
		data, hash) VALUES (2, 1700000100, 'granted', '10017', 1,
		'lapse', 1, '{"until":1700003600}', zeroblob(32));
	EOF
}

is_json_lines() {
	python3 -c '
import json, sys
for line in sys.stdin:
    o = json.loads(line)
    assert list(o)[0] == "schema" and o["schema"].startswith("lapse/"), line
'
}

commands() {
	"$LAPSE" help | sed -n '/^Commands:/,/^Topics:/s/^  \([a-z]\)/\1/p' |
		sed 's/   .*//'
}

# ---- Usage ----

@test "no command: 64 and a line that says where help is" {
	run "$LAPSE"
	[ "$status" -eq 64 ]
	[ "$output" = "lapse: error: a command is missing; see 'lapse help'" ]
}

@test "an unknown command: 64 and a suggestion" {
	run "$LAPSE" grnat
	[ "$status" -eq 64 ]
	[[ $output == *"did you mean 'lapse grant'?" ]]
	run "$LAPSE" xyzzy-plugh
	[ "$status" -eq 64 ]
	[[ $output == *"see 'lapse help'" ]]
}

@test "usage errors are one line on stderr, nothing on stdout, 64" {
	while IFS= read -r words; do
		# shellcheck disable=SC2086 # words are meant to split
		"$LAPSE" $words >"$DIR/out" 2>"$DIR/err" && status=0 || status=$?
		echo "$words: $status"
		[ "$status" -eq 64 ]
		[ ! -s "$DIR/out" ]
		[ "$(wc -l <"$DIR/err")" -eq 1 ]
	done <<-'EOF'
	grant
	grant ACC-1
	grant ACC-1 --reason
	grant ACC-1 --reason=
	grant --reason=x jo github/admin
	grant --break-glass jo github/admin --reason=x
	grant ACC-1 --reason=x --for=1h
	revoke a b c --reason=x
	adopt jo role --reason=x
	adopt jo role --for=1x --reason=x
	sync surplus
	sync --full=1
	sync -z
	list grnats
	who
	who x --at=yesterday
	status --max-age
	catalog chek
	export
	export --format=jsonl
	export secrets
	parked abandon --reason=x
	parked abandon x --reason=x
	review-export
	init --project=1
	init --project=1 --issue-type=2 --anchor=A-1
	help nothing-like-that
	completion ksh
	--color=purple sync
	-- sync
	EOF
}

@test "options are never abbreviated" {
	run "$LAPSE" status --max=1h
	[ "$status" -eq 64 ]
	[[ $output == *"did you mean '--max-age'?" ]]
	run "$LAPSE" list --rol=x
	[ "$status" -eq 64 ]
}

@test "options stand before and after the command, and after arguments" {
	fill
	"$LAPSE" --json list >"$DIR/a"
	"$LAPSE" list --json >"$DIR/b"
	POSIXLY_CORRECT=1 "$LAPSE" list grants --json >"$DIR/c"
	[ -s "$DIR/a" ]
	diff <(sed 's/"late.*//' "$DIR/a") <(sed 's/"late.*//' "$DIR/b")
	diff <(sed 's/"late.*//' "$DIR/a") <(sed 's/"late.*//' "$DIR/c")
}

@test "with --json a failure ends stderr with an object" {
	run --separate-stderr "$LAPSE" --json status --bogus
	[ "$status" -eq 64 ]
	# shellcheck disable=SC2154 # run sets it
	tail -n 1 <<<"$stderr" | python3 -c '
import json, sys
o = json.load(sys.stdin)
assert o["schema"] == "lapse/exit.v1" and o["code"] == 64
assert o["name"] == "usage" and "--bogus" in o["message"]
'
}

# ---- Help ----

@test "every command has help that lists its options, by help and by -h" {
	[ "$(commands | wc -l)" -ge 20 ]
	while IFS= read -r c; do
		# shellcheck disable=SC2086
		"$LAPSE" help $c >"$DIR/a"
		# shellcheck disable=SC2086
		"$LAPSE" $c -h >"$DIR/b"
		diff "$DIR/a" "$DIR/b"
		grep -q "^Usage: lapse $c" "$DIR/a"
		for o in help version config json quiet verbose color; do
			grep -q -- "--$o" "$DIR/a"
		done
		[ -z "$(awk 'length > 80' "$DIR/a")" ]
	done < <(commands)
}

@test "where a verb is missing: all of them, as help and as a mistake" {
	for c in export catalog parked; do
		"$LAPSE" help $c >"$DIR/a"
		"$LAPSE" $c --help >"$DIR/b"
		[ "$(grep -c "^Usage: lapse $c " "$DIR/b")" -eq 3 ]
		diff "$DIR/a" "$DIR/b"
	done
	for words in "" "--format=jsonl" "secrets"; do
		# shellcheck disable=SC2086
		run "$LAPSE" export $words
		[[ $output == *"changes, events, entitlements"* ]]
	done
	run "$LAPSE" export evnts
	[[ $output == *"did you mean 'lapse export events'?" ]]
}

@test "quiet: what was asked for is printed, and nothing beside it" {
	fill
	"$LAPSE" list --quiet >"$DIR/out" 2>"$DIR/err"
	grep -q ACC-12 "$DIR/out"
	[ ! -s "$DIR/err" ]
	"$LAPSE" help list | grep -q -- '--quiet .*results'
}

@test "what changes something takes --dry-run, what is by hand wants --reason" {
	for c in sync expire grant revoke extend adopt 'parked abandon'; do
		# shellcheck disable=SC2086
		"$LAPSE" help $c | grep -q -- --dry-run
	done
	for c in grant revoke extend adopt 'parked retry' 'parked abandon'; do
		# shellcheck disable=SC2086
		"$LAPSE" help $c | grep -q -- '--reason=TEXT.*(needed)'
	done
}

@test "what only reads takes --ledger and names no network" {
	for c in status list show who metrics review-export snapshot verify; do
		"$LAPSE" help $c | grep -q -- --ledger=FILE
		"$LAPSE" help $c | grep -q 'no network'
	done
}

@test "topics: exit codes, environment, formats, config" {
	for c in 0 1 10 11 12 13 14 64 65 69 74 75 76 77 78; do
		"$LAPSE" help exit-codes | grep -qE "^ *$c  "
	done
	"$LAPSE" help environment | grep -q LAPSE_CONFIG
	"$LAPSE" help formats | grep -q 'RFC 3339'
	"$LAPSE" help config | grep -q 'role.max-duration'
	"$LAPSE" help config | grep -q 'jira.url.*(needed)'
}

@test "version" {
	run "$LAPSE" version
	[ "$status" -eq 0 ]
	[[ $output =~ ^lapse\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[ "$("$LAPSE" --version)" = "$output" ]
}

# ---- Completion ----

@test "the bash completion parses, and completes commands and options" {
	"$LAPSE" completion bash >"$DIR/c.bash"
	bash -n "$DIR/c.bash"
	complete_words() {
		bash -c '. "$1"; shift; COMP_WORDS=("$@")
			COMP_CWORD=$(($# - 1)); compopt() { :; }
			_lapse; printf "%s\n" "${COMPREPLY[@]}"' - \
			"$DIR/c.bash" "$@"
	}
	[ "$(complete_words lapse rev | tr '\n' ' ')" = \
		"revoke review-open review-close review-export " ]
	[ "$(complete_words lapse revoke --rea)" = --reason= ]
	[ "$(complete_words lapse catalog pu)" = publish ]
	[ "$(complete_words lapse -v help exit)" = exit-codes ]
}

@test "zsh and fish completions name every command, and parse" {
	for shell in zsh fish; do
		"$LAPSE" completion $shell >"$DIR/c.$shell"
		while IFS= read -r c; do
			grep -q -- "${c%% *}" "$DIR/c.$shell"
		done < <(commands)
		if command -v $shell >/dev/null; then
			$shell -n "$DIR/c.$shell"
		fi
	done
}

# ---- Configuration ----

@test "the configuration: option, then environment, then user" {
	configure
	mkdir -p "$DIR/xdg/lapse"
	echo nonsense >"$DIR/xdg/lapse/lapse.conf"
	echo other >"$DIR/named.conf"
	export XDG_CONFIG_HOME=$DIR/xdg
	run "$LAPSE" catalog list -c "$DIR/named.conf"
	[ "$status" -eq 78 ]
	[[ $output == *"$DIR/named.conf"* ]]
	run "$LAPSE" status
	[[ $output != *nonsense* && $output == *"$DIR/state"* ]]
	unset LAPSE_CONFIG
	run "$LAPSE" catalog list
	[ "$status" -eq 78 ]
	[[ $output == *"$DIR/xdg/lapse/lapse.conf"* ]]
}

@test "a configuration that was named must be there" {
	run "$LAPSE" list -c "$DIR/nothing.conf"
	[ "$status" -eq 78 ]
	[[ $output == *"$DIR/nothing.conf"* ]]
}

# ---- init ----

@test "init writes a configuration first, in mode observe, and ends" {
	run "$LAPSE" init -c "$DIR/new/lapse.conf"
	[ "$status" -eq 0 ]
	grep -q '^mode = observe' "$DIR/new/lapse.conf"
	[ ! -e "$DIR/state" ]
	cp "$DIR/new/lapse.conf" "$DIR/before"
	run "$LAPSE" init -c "$DIR/new/lapse.conf"
	[ "$status" -eq 78 ]
	[[ $output == *"lapse.conf:"*"is missing"* ]]
	cmp "$DIR/before" "$DIR/new/lapse.conf"
}

@test "init makes folder, key and ledger, privately and once" {
	configure
	"$LAPSE" init
	[ "$(stat -c %a "$DIR/state")" = 700 ]
	[ "$(stat -c %a "$DIR/etc/key")" = 600 ]
	[ "$(stat -c %a "$DIR/state/ledger.db")" = 600 ]
	[ "$(wc -c <"$DIR/etc/key")" -eq 64 ]
	key=$(cat "$DIR/etc/key")
	head=$("$LAPSE" status --json | head -n 1 |
		sed 's/.*evidence_head":"\([0-9a-f]*\)".*/\1/')
	"$LAPSE" init
	[ "$(cat "$DIR/etc/key")" = "$key" ]
	[[ $("$LAPSE" status --json) == *$head* ]]
	[[ $("$LAPSE" show --json user:lapse 2>&1 || true) != *"$key"* ]]
}

@test "init --dry-run makes nothing" {
	configure
	run "$LAPSE" init --dry-run
	[ "$status" -eq 0 ]
	[ ! -e "$DIR/state" ] && [ ! -e "$DIR/etc/key" ]
}

# ---- Output ----

@test "an idle expire says nothing at all" {
	configure
	"$LAPSE" init >/dev/null 2>&1
	"$LAPSE" expire >"$DIR/out" 2>"$DIR/err" </dev/null
	[ ! -s "$DIR/out" ] && [ ! -s "$DIR/err" ]
	[ -e "$DIR/state/expire.ok" ]
}

@test "each reading command prints JSON lines" {
	fill
	for c in status list 'list requests --all' 'list holds' 'list changes' \
		'list notices' 'show ACC-12' 'show 1' 'show jo@example.com' \
		'show role:github/admin' 'show okta:00g1' 'who github/admin' \
		'who 00g1' 'catalog list'; do
		# shellcheck disable=SC2086
		"$LAPSE" $c --json >"$DIR/out"
		is_json_lines <"$DIR/out"
	done
}

@test "hostile text reaches no terminal, as table or as JSON" {
	fill
	for form in '' --json -v; do
		for c in list 'show jo@example.com' 'who github/admin'; do
			# shellcheck disable=SC2086
			"$LAPSE" $c $form >"$DIR/out"
			grep -q Red "$DIR/out"
			run ! env LC_ALL=C grep -P \
				'\x1b|\x9b|\xe2\x80\xae' "$DIR/out"
		done
	done
	"$LAPSE" list --json | python3 -c '
import json, sys
assert json.load(sys.stdin)["name"] == "Jo \x1b[31mRed\u202ex\x9b"
'
}

@test "stdout full or closed: 74" {
	fill
	"$LAPSE" help >/dev/full 2>/dev/null && status=0 || status=$?
	[ "$status" -eq 74 ]
	"$LAPSE" list >/dev/full 2>/dev/null && status=0 || status=$?
	[ "$status" -eq 74 ]
	"$LAPSE" list >&- 2>/dev/null && status=0 || status=$?
	[ "$status" -eq 74 ]
	# What was closed was not taken for the ledger.
	sqlite3 "$DIR/state/ledger.db" 'PRAGMA integrity_check' | grep -qx ok
}

@test "color only when asked for, off a terminal" {
	fill
	"$LAPSE" list >"$DIR/out"
	run ! grep $'\x1b' "$DIR/out"
	"$LAPSE" list --color=always | grep -q $'\x1b\[1m'
}

# ---- What the reading commands say ----

@test "status: 0 when all is well, 11 when a removal is late, parked or old" {
	fill
	run "$LAPSE" status
	[ "$status" -eq 0 ]
	run "$LAPSE" status --max-age 1h
	[ "$status" -eq 11 ]
	[[ $output == *"never went well"* ]]
	touch "$DIR/state/sync.ok" "$DIR/state/expire.ok"
	run "$LAPSE" status --max-age 1h
	[ "$status" -eq 0 ]
	touch -d '2 hours ago' "$DIR/state/sync.ok"
	run "$LAPSE" status --max-age 1h
	[ "$status" -eq 11 ]
	sqlite3 "$DIR/state/ledger.db" \
		'UPDATE "grant" SET ends_at = unixepoch() - 400'
	run "$LAPSE" status
	[ "$status" -eq 11 ]
	[[ $output == *"1 removal(s) overdue"* ]]
	sqlite3 "$DIR/state/ledger.db" \
		'UPDATE "grant" SET ends_at = unixepoch() - 200'
	run "$LAPSE" status
	[ "$status" -eq 0 ]
}

@test "nothing matched: 13 and one line" {
	fill
	for c in 'show nobody' 'who nothing' 'list --role nothing'; do
		# shellcheck disable=SC2086
		"$LAPSE" $c >"$DIR/out" 2>"$DIR/err" && status=0 || status=$?
		[ "$status" -eq 13 ]
		[ ! -s "$DIR/out" ]
		[ "$(wc -l <"$DIR/err")" -eq 1 ]
	done
}

@test "who: by a grant and without one, now and then" {
	fill
	"$LAPSE" who 00g1 --json >"$DIR/now"
	grep '"user":"00u1"' "$DIR/now" | grep -q '"by":"grant","grant":"1"'
	grep '"user":"00u2"' "$DIR/now" | grep -q '"by":"no grant"'
	[ "$(wc -l <"$DIR/now")" -eq 2 ]
	run ! grep '"observed_at":null' "$DIR/now"
	"$LAPSE" who 00g1 --json --at 2023-11-14T22:13:30Z >"$DIR/then"
	run ! grep '"user":"00u1"' "$DIR/then"
	grep -q '"user":"00u2"' "$DIR/then"
	"$LAPSE" who github/admin --json | grep -q '"account":"5b20"'
	run "$LAPSE" who 00g1 --at 2999-01-01T00:00:00Z
	[ "$status" -eq 64 ]
}

@test "show: an issue's rows, then its events" {
	fill
	"$LAPSE" show ACC-12 --json >"$DIR/out"
	[ "$(sed 's/.*schema":"lapse\/\([a-z]*\).*/\1/' "$DIR/out" | uniq |
		tr '\n' ' ')" = "grant hold event " ]
	grep '"kind":"granted"' "$DIR/out" |
		grep -q 'until 2023-11-14T23:13:20Z'
}

@test "show: a number that is a grant and an issue asks which" {
	fill
	sqlite3 "$DIR/state/ledger.db" "INSERT INTO \"grant\" (id, issue_id,
		account, role, application, elevated, method, state,
		created_at) VALUES (10017, '1', '5b20', 'x', 'GitHub', 0,
		'group', 'active', 1)"
	run "$LAPSE" show 10017
	[ "$status" -eq 64 ]
	[[ $output == *"issue:10017"*"grant:10017"* ]]
	"$LAPSE" show issue:10017 --json | grep -q '"issue":"ACC-12"'
	"$LAPSE" show grant:10017 --json | grep -q '"role":"x"'
}

@test "a snapshot or copy is read alone, without configuration" {
	fill
	sqlite3 "$DIR/state/ledger.db" "VACUUM INTO '$DIR/copy.db'"
	unset LAPSE_CONFIG
	chmod 400 "$DIR/copy.db"
	"$LAPSE" list --ledger "$DIR/copy.db" --json | grep -q ACC-12
	"$LAPSE" who 00g1 --ledger "$DIR/copy.db" --json | grep -q 00u2
	run "$LAPSE" list --ledger "$DIR/none.db"
	[ "$status" -eq 13 ]
}

# ---- The process ----

@test "no core dump, private files, secrets nowhere on the screen" {
	fill
	for c in status 'list -vv' 'doctor -vv'; do
		# shellcheck disable=SC2086
		run "$LAPSE" $c
		[[ $output != *topsecret1* ]]
	done
	[ "$(stat -c %a "$DIR/state/status.ok")" = 600 ]
}

@test "doctor names the next step for what fails" {
	fill
	run "$LAPSE" doctor --json
	[ "$status" -ne 0 ]
	printf '%s\n' "$output" | grep '^{"schema":"lapse/doctor' |
		python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert any(r["ok"] for r in rows)
bad = [r for r in rows if not r["ok"]]
assert any("anchor" in r["detail"] and "lapse init" in r["hint"] for r in bad)
assert any("jira" in r["what"] for r in bad)
'
}
