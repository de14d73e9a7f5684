#!/usr/bin/env bats
# The command line in a whole company: doctor, what timers say, dry runs. What
# the commands do to access is in the other files.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

teardown() {
	world_end
}

# The rows of doctor that failed, as "what: detail -> hint".
failed_checks() {
	lapse doctor --json 2>/dev/null | python3 -c '
import json, sys
for line in sys.stdin:
    o = json.loads(line)
    if not o["ok"]:
        print(o["what"], o["detail"], o["hint"], sep=" | ")
'
}

@test "doctor: all is well in a company without ungovernable groups" {
	world '/^role "directory/,/^}/d'
	run --separate-stderr lapse doctor
	echo "$output"
	[ "$status" -eq 0 ]
	# shellcheck disable=SC2154 # run sets it
	[ -z "$stderr" ]
	# what cannot be known by reading is said, and is no failure
	[ "$(grep -vc '^ok \|^?  .*: no call shows it' <<<"$output")" -eq 0 ]
	[[ $output == *"the bot can sign in: lapse"* ]]
	[[ $output == *"group $GITHUB_READ can be governed: GitHub Readers"* ]]
}

@test "doctor: names each group that is not lapse's, and why" {
	world
	run -78 failed_checks_status
	run failed_checks
	[ "${#lines[@]}" -eq 4 ]
	[[ $output == *"is fed by a group rule"* ]]
	[[ $output == *"is mastered by another directory"* ]]
	[[ $output == *"is built in"* ]]
	[[ $output == *"can be changed with administrator rights only"* ]]
}

failed_checks_status() { lapse doctor >/dev/null 2>&1; }

@test "doctor: wrong ids of status, field, group and project, each by name" {
	world '/^role "directory/,/^}/d'
	sed -i -e '0,/status-active = "10013"/s//status-active = "99913"/' \
		-e '0,/field-whom = "customfield_10201"/s//field-whom = "customfield_99201"/' \
		-e '0,/field-how-long = "customfield_10202"/s//field-how-long = "customfield_10204"/' \
		-e 's/00g1vpn00000000000h7/00g1nosuchgroup000h7/' "$LAPSE_CONFIG"
	run failed_checks
	echo "$output"
	[ "${#lines[@]}" -eq 4 ]
	[[ $output == *"not there: status-active 99913"* ]]
	[[ $output == *"field-whom customfield_99201 | there is no such field"* ]]
	[[ $output == *"field-how-long customfield_10204"*"textarea"* ]]
	[[ $output == *"group 00g1nosuchgroup000h7"*"there is no such group"* ]]
}

@test "doctor: a refused credential is 77 and one line a service" {
	world '/^role "directory/,/^}/d'
	printf wrongwrongwrong >"$W/secrets/okta"
	run -77 failed_checks_status
	run failed_checks
	[ "${#lines[@]}" -eq 1 ]
	printf wrongwrongwrong >"$W/secrets/jira"
	run failed_checks
	[[ $output == *"jira: the bot can sign in"* ]]
	[[ $output != *wrongwrong* ]]
}

@test "timers say nothing when all is well, whatever they did" {
	world
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync >"$W/out" 2>"$W/err"
	approve dana "$key" >/dev/null
	lapse sync >>"$W/out" 2>>"$W/err"
	[ "$(grants)" = "active|" ]
	later 30000
	lapse expire >>"$W/out" 2>>"$W/err"
	[ "$(grants)" = "ended|expired" ]
	[ ! -s "$W/out" ] && [ ! -s "$W/err" ]
}

@test "with -v a timer tells each change of state in one line" {
	world
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync >/dev/null 2>&1
	approve dana "$key" >/dev/null
	lapse sync -v >"$W/out" 2>"$W/err"
	grep -c '^lapse: granted ' "$W/err" | grep -qx 1
	grep -c '^lapse: added ' "$W/err" | grep -qx 2
}

@test "on the journal each line carries its level" {
	world
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync >/dev/null 2>&1
	approve dana "$key" >/dev/null
	: >"$W/err"
	JOURNAL_STREAM=$(stat -c %d:%i "$W/err") lapse sync 2>>"$W/err"
	grep -q '^<5>granted ' "$W/err"
	run ! grep -v '^<[0-7]>' "$W/err"
}

@test "a dry run prints the plan, ends with 14 and writes nothing" {
	world
	key=$(ask ben GitHub write 8h "to get work done")
	cp "$LEDGER" "$W/before"
	head=$(lapse status --json | head -n 1 | grep -o '"evidence_head":"[^"]*"')
	run lapse sync --dry-run --json
	echo "$output"
	[ "$status" -eq 14 ]
	[[ $output == *'"schema":"lapse/plan.v1"'* ]]
	[ "$(lapse status --json | head -n 1 |
		grep -o '"evidence_head":"[^"]*"')" = "$head" ]
	[ -z "$(sql 'select 1 from request')" ]
}

@test "show tells the whole story of an issue, in order" {
	world
	granted ben GitHub write 8h dana
	later 30000
	lapse expire >/dev/null 2>&1
	lapse show "$key" --json >"$W/out"
	grep -o '"schema":"lapse/event.v1".*"kind":"[a-z-]*"' "$W/out" |
		sed 's/.*"kind":"\(.*\)"/\1/' | uniq >"$W/kinds"
	diff - "$W/kinds" <<-'EOF'
	request-seen
	asked
	approved
	granting
	added
	granted
	ending
	removed
	revoked
	EOF
	grep '"kind":"approved"' "$W/out" | grep -q '"who":"Dana Reyes"'
}

@test "who: holders now, nobody after the end, holders at a time before" {
	world
	granted ben GitHub write 8h dana
	at=$(lapse list --json | grep -o '"starts_at":"[^"]*"' | head -n 1 |
		cut -d'"' -f4)
	lapse who "$GITHUB_WRITE" --json | grep '"by":"grant"' | grep -q ben@
	later 30000
	lapse expire >/dev/null 2>&1
	run -0 lapse who "$GITHUB_WRITE" --json
	[[ $output != *ben@* ]]
	lapse who "$GITHUB_WRITE" --json --at "$at" | grep -q ben@
	lapse who github/write --json --at "$at" | grep '"by":"grant"' |
		grep -q '"name":"Ben Adler"'
}
