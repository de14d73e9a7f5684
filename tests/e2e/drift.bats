#!/usr/bin/env bats
# Where ledger, Jira and provider disagree: each kind is made here, named, and
# settled by the command that it names.

load lib
load hand
load still

setup() { needs_operator; }
teardown() { world_end; }

# The rows of a kind and a login, as JSON lines.
rows() { # rows KIND [LOGIN]
	lapse drift --json --kind "$1" 2>/dev/null | grep "\"${2:-kind}" || true
}
field() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }
# Does what the first of these rows on stdin says, with a reason.
settle() {
	command=$(field command | head -n 1)
	echo "settling: $command" >&2
	case $command in
	"lapse "*) ;;
	*) return 1 ;;
	esac
	eval "by_hand ${command#lapse }" >&2
}
observed() { later 960; lapse sync >/dev/null 2>&1 || true; }

# A ledger that begins now: who is in a group was there before.
begin_anew() {
	rm -r "$W/state"
	mkdir -m 700 "$W/state"
	lapse init --project 10042 --issue-type 10100 >/dev/null 2>&1
	lapse catalog publish >/dev/null 2>&1
	lapse sync >/dev/null 2>&1
}

@test "who was there before is shadow, one line a group; and can be accepted at once" {
	world "$ANNA"
	for who in carol erik hana ivan jana kofi; do
		okta_put $who $GITHUB_READ
	done
	begin_anew
	run lapse drift
	status_is 14
	has shadow
	has "MEMBERS"
	has "lapse drift --settle okta:"
	hasnt "GitHub Readers  walt@"
	run lapse drift --json --kind shadow
	status_is 14
	has '"login":"walt@acme.example"'
	has '"command":"lapse adopt walt@acme.example github/read --ask --reason TEXT"'
	n=$(grep -c "\"group\":\"$GITHUB_READ\"" <<<"$output")
	[ "$n" -gt 5 ]
	before=$(grep -c '"kind":"shadow"' <<<"$output")
	# None of them came while lapse watched, and status says how many.
	run lapse status --json
	has '"drift":0,'
	has "\"drift_from_before\":$before,"
	# A person's word, for all who were there.
	run by_hand drift --settle "okta:$GITHUB_READ" --reason "reviewed, ok" \
		--dry-run
	status_is 14
	[ "$(sql 'select count(*) from drift')" = 0 ]
	run by_hand drift --settle "okta:$GITHUB_READ" --reason "reviewed, ok"
	status_is 0
	[ "$(sql "select count(*) from evidence where kind = 'drift-settled'
		and actor = '$(account_of anna)'")" = "$n" ]
	[ -z "$(rows shadow "$GITHUB_READ")" ]
	is_member walt $GITHUB_READ
	run lapse verify
	status_is 0
	# One who comes later is a question of his own.
	okta_put ben $GITHUB_READ
	observed
	run rows shadow ben@acme
	has "$GITHUB_READ"
	run lapse status --json
	has '"drift":1,'
	has "\"drift_from_before\":$((before - n)),"
}

@test "settling wants a name, a reason, and something to settle" {
	world
	run lapse drift --settle "okta:$GITHUB_READ"
	status_is 64
	run by_hand drift --settle "okta:$GITHUB_READ" --reason ok
	status_is 12
	has operator
	sed -i "$ANNA" "$LAPSE_CONFIG"
	run by_hand drift --settle "okta:nothing" --reason ok
	status_is 13
	run lapse drift --kind nothing
	status_is 64
	run lapse drift --idp nothing
	status_is 13
}

@test "from a snapshot, without network or configuration" {
	world "$ANNA"
	lapse snapshot "$W/copy.db"
	control DELETE /log >/dev/null
	run lapse drift --ledger "$W/copy.db" --json
	status_is 14
	has '"seen_at":"20'
	[ "$(calls okta)" -eq 0 ]
	run lapse drift --ledger "$W/copy.db" --fresh
	status_is 64
}

@test "a member who joins without lapse: who added him, by the log; adopt settles it" {
	world "$ANNA"
	DIRECTORY=okta console_put ben $GITHUB_WRITE gina
	observed
	[ "$(sql "select count(*) from evidence where kind = 'drift-found'")" = 1 ]
	run rows shadow ben@acme
	has '"added_by":"gina@acme.example"'
	has '"added_source":"okta system log"'
	has "\"group\":\"$GITHUB_WRITE\""
	# Only one of the role's groups: a person's word settles it.
	has '"command":"lapse drift --settle okta:'
	run lapse status
	has "drift                       1"
	control DELETE /log >/dev/null
	observed
	[ "$(calls okta GET /api/v1/logs)" -eq 0 ]	# asked once
	run rows shadow ben@acme
	settle <<<"$output"
	[ -z "$(rows shadow ben@acme | grep $GITHUB_WRITE)" ]
	is_member ben $GITHUB_WRITE
	# Gone and back: that is news.
	okta_drop ben $GITHUB_WRITE
	observed
	DIRECTORY=okta console_put ben $GITHUB_WRITE dana
	observed
	run rows shadow ben@acme
	has '"added_by":"dana@acme.example"'
}

@test "the log may not be read: unknown, with the reason, and sync goes on" {
	world "$ANNA"
	knobs '{"okta":{"logRefused":true}}'
	okta_put ben $GITHUB_PROD
	later 960
	run lapse sync
	status_is 0
	run rows shadow ben@acme
	has '"added_by":"unknown"'
	has "\"added_source\":\"the provider's log may not be read"
	control DELETE /log >/dev/null
	observed
	[ "$(calls okta GET /api/v1/logs)" -eq 0 ]
}

@test "ghost: revoke settles it" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	okta_drop ben $GITHUB_WRITE
	later 120
	run lapse drift --fresh --kind ghost --json
	status_is 14
	has '"login":"ben@acme.example"'
	has "\"issue\":\"$key\""
	has '"command":"lapse revoke 1 --reason TEXT"'
	[ "$(grants)" = "active|" ]		# naming it ends nothing
	settle <<<"$output"
	[ -z "$(rows ghost)" ]
	[ "$(grants)" = "ended|revoked" ]
	isnt_member ben $GITHUB_READ
}

@test "overdue: expire settles it, and a parked one is tried again" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	later 30000
	run rows overdue
	has '"command":"lapse expire"'
	settle <<<"$output"
	[ -z "$(rows overdue)" ]
	isnt_member ben $GITHUB_WRITE
	granted ben GitHub write 8h dana
	fault status okta DELETE "/groups/$GITHUB_WRITE" '"status":400,"times":-1'
	later 28900
	lapse expire || true
	later 400
	run rows overdue
	has '"command":"lapse parked retry '
	no_faults
	settle <<<"$output"
	later 30
	lapse expire || true
	[ -z "$(rows overdue)" ]
	isnt_member ben $GITHUB_WRITE
}

@test "reappeared: named until a person settles it" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	later 28900
	lapse expire
	DIRECTORY=okta console_put ben $GITHUB_WRITE gina
	observed
	run rows reappeared
	has '"login":"ben@acme.example"'
	has '"added_by":"gina@acme.example"'
	[ -z "$(rows shadow ben@acme | grep "$GITHUB_WRITE")" ]
	settle <<<"$output"
	[ -z "$(rows reappeared)" ]
	observed
	[ -z "$(rows reappeared)" ]
	[ -z "$(rows shadow ben@acme | grep "$GITHUB_WRITE")" ]
	[ "$(sql "select actor from evidence where kind = 'drift-settled'")" = "$(account_of anna)" ]
}

@test "unevidenced: an issue that is owed is made by sync" {
	world "$ANNA"
	ask ben GitHub read 8h "look around" >/dev/null
	lapse sync	# ben is known from here on
	fault drop jira "" "" '"times":-1'
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 2h --reason "INC-7" || true
	run rows unevidenced
	has "\"group\":\"$GITHUB_PROD\""
	has '"command":"lapse sync"'
	no_faults
	later 60
	settle <<<"$output"
	[ -z "$(rows unevidenced)" ]
}

@test "unevidenced: the issue of a live grant is not there any more" {
	world "$ANNA"
	key=$(ask ben GitHub read 8h "look around")
	lapse sync
	run lapse drift --fresh --kind unevidenced --json
	hasnt "$key"
	control DELETE "/jira/issue/$key"
	run lapse drift --fresh --kind unevidenced --json
	status_is 14
	has "\"issue\":\"$key\""
	has "\"command\":\"lapse drift --settle $key --reason TEXT\""
	settle <<<"$output"
	[ -z "$(rows unevidenced)" ]
	is_member ben $GITHUB_READ
	[ "$(grants)" = "active|" ]
}

@test "approved-not-done: the ledger knows of the approval; grant settles it" {
	world "$ANNA"
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync
	approve dana "$key"
	sed -i '/^role "github.write"/a mode = "observe"' "$LAPSE_CONFIG"
	lapse sync
	[ -z "$(grants)" ]
	[ -z "$(rows approved-not-done)" ]	# the next tick may do it
	later 700
	lapse sync
	run rows approved-not-done
	has "\"issue\":\"$key\""
	has "\"command\":\"lapse grant $key --reason TEXT\""
	sed -i '/^mode = "observe"/d' "$LAPSE_CONFIG"
	settle <<<"$output"
	[ -z "$(rows approved-not-done)" ]
	[ "$(grants)" = "active|" ]
}

@test "approved-not-done: only Jira knows of it" {
	world "$ANNA"
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync
	approve dana "$key"
	run rows approved-not-done
	hasnt "$key"
	run lapse drift --fresh --kind approved-not-done --json
	status_is 14
	has "\"issue\":\"$key\""
	settle <<<"$output"
	[ "$(grants)" = "active|" ]
	[ -z "$(rows approved-not-done)" ]
}

@test "orphan-issue: moved back to active after the end; a word moves it on" {
	world "$ANNA"
	key=$(ask ben GitHub read 8h "look around")
	lapse sync
	later 28900
	lapse expire
	lapse sync
	[ "$(status_of "$key")" = 10015 ]
	transition hugo "$key" 92
	# The workflow lets only lapse's own account do that: somebody used it.
	curl -sS --fail-with-body -u "lapse-bot@acme.example:$JIRA_TOKEN" \
		-H 'Content-Type: application/json' \
		-d '{"transition":{"id":"41"}}' \
		"$SANDBOX_JIRA/rest/api/3/issue/$key/transitions"
	[ "$(status_of "$key")" = 10013 ]
	lapse sync || true
	run lapse drift --fresh --kind orphan-issue --json
	status_is 14
	has "\"issue\":\"$key\""
	settle <<<"$output"
	[ -z "$(rows orphan-issue)" ]
	lapse sync || true
	[ "$(status_of "$key")" = 10015 ]
	run lapse drift --fresh --kind orphan-issue --json
	hasnt "$key"
}
