#!/usr/bin/env bats
# Access that the rebuilt ledger does not know: nothing is asked or granted on
# top of it, for it would count as from before lapse and never end.

load lib
load hand
load still
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

status_of() {
	as gina GET "/rest/api/3/issue/$1?fields=status" |
		sed 's/.*"status":{[^}]*"name":"\([^"]*\)".*/\1/'
}

# missed: carol has access, and the rebuild did not see her issue.
missed() {
	granted carol GitHub write 8h dana
	index_lag 0 "$key"
	lost
	rebuild >/dev/null
	[ -z "$(grants)" ]
	index_lag 0
	lapse catalog publish >/dev/null
}

@test "a live grant that the rebuild missed is said, not asked for again" {
	missed
	before=$(status_of "$key")
	control DELETE /log >/dev/null
	run lapse sync
	status_is 65
	has "$key: its property tells of a live grant of github/write"
	has "rebuild --forward"
	[ -n "$before" ] && [ "$(status_of "$key")" = "$before" ]
	[ "$(calls jira POST transitions)" -eq 0 ]
	[ "$(calls jira PUT "/issue/")" -le 2 ]	# the anchor's issue
	# At every run, in evidence once; nobody can make it go by hand.
	later 60
	run lapse sync
	status_is 65
	run by_hand grant "$key" --reason "go on"
	status_is 65
	run kinds_of "$key"
	[ "$output" = "request-seen
waiting" ]
	[ -z "$(sql 'select id from hold')" ]
	run by_hand rebuild --forward --reason "the index was late"
	status_is 0
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
}

@test "a dry run says it too, and keeps nothing" {
	missed
	run lapse sync --dry-run
	status_is 65
	has "unknown-grant"
	[ -z "$(request_state "$key")" ]
}

@test "another ledger's live grant is not asked for here either" {
	granted carol GitHub write 8h dana
	more=$(ask ben GitHub write 8h "get work done")
	id=$(as gina GET "/rest/api/3/issue/$more?fields=summary" |
		sed 's/.*"id":"\([0-9]*\)".*/\1/')
	old=$(sql "select issue_id from request where issue_key = '$key'")
	put_property "$more" "$(sealed "$(value_of "$key" | sed \
		-e 's/"ledger":"[0-9a-f]*"/"ledger":"0123"/' \
		-e "s/\"issue\":\"$old\"/\"issue\":\"$id\"/")")"
	run lapse sync
	status_is 65
	has "which host holds the ledger"
	[ "$(request_state "$more")" = seen ]
}

@test "spoilt on a new issue it stops the asking, as a copy it does not" {
	granted carol GitHub write 8h dana
	spoilt=$(ask ben GitHub write 8h "get work done")
	put_property "$spoilt" '{"x":1}'
	copied=$(ask erik GitHub write 8h "get work done")
	put_property "$copied" "$(value_of "$key")"
	run lapse sync
	status_is 65
	has "$spoilt: its property 'lapse.v1' is not as lapse wrote it"
	hasnt "$copied:"
	[ "$(request_state "$spoilt")" = seen ]
	[ "$(request_state "$copied")" = asked ]
	as gina DELETE "/rest/api/3/issue/$spoilt/properties/lapse.v1"
	run lapse sync
	status_is 0
	[ "$(request_state "$spoilt")" = asked ]
}

@test "approved and not granted when the ledger was lost: asked again" {
	granted carol GitHub write 8h dana
	ended=$key
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	lost
	# What was granted once and lost its property is not the same.
	as gina DELETE "/rest/api/3/issue/$ended/properties/lapse.v1"
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	[ -z "$(request_state "$key")" ]
	[ "$(request_state "$ended")" = stale ]
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = asked ]
	isnt_member ben $GITHUB_WRITE
	approve dana "$key"
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(request_state "$ended")" = stale ]
}

@test "the host before granted on: every sync of the new one says it" {
	granted carol GitHub write 8h dana
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	old_conf
	lost
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	# Its run read the anchor before that was taken over.
	sqlite3 "$W/old/ledger.db" "update ledger set anchor_issue = null"
	old sync || true
	is_member ben $GITHUB_WRITE
	run lapse sync
	status_is 65
	has "$key: its property tells of a live grant"
	run lapse verify --jira
	status_is 65
	has "$key"
	has "does not know"
	run by_hand rebuild --forward --reason "the old host went on"
	later 28900
	run lapse expire
	isnt_member ben $GITHUB_WRITE
}

@test "not rebuilt, and the host before wrote on: sync --full and verify" {
	granted carol GitHub write 8h dana
	value=$(value_of "$key")
	as gina DELETE "/rest/api/3/issue/$key/properties/lapse.v1"
	later 60
	lost
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	[ "$(request_state "$key")" = stale ]
	lapse sync
	# So long ago that a plain sync does not look at it.
	later 3600
	ask erik GitHub write 8h "get work done" >/dev/null
	lapse sync
	put_property "$key" "$value"
	run lapse sync
	status_is 0
	run lapse verify --jira
	status_is 65
	has "$key"
	has "does not know"
	run lapse sync --full
	status_is 65
	has "$key"
	run lapse sync		# and from then on at every run
	status_is 65
	run by_hand rebuild --forward --reason "the old host went on"
	[ "$(grants)" = "active|" ]
	run lapse verify --jira
	status_is 0
	run lapse sync
	status_is 0
}
