#!/usr/bin/env bats
# The anchor says how far the ledger had come. Where it says nothing, or not
# what was written, nothing is granted; what is due ends all the same.

load lib
load hand
load still
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

jira_status() {
	as gina GET "/rest/api/3/issue/$1?fields=status" | jq -r .fields.status.name
}

# An old copy of the ledger, which knows of carol's and not of ben's.
old_copy() {
	granted carol GitHub write 8h dana
	lapse snapshot "$W/old.db"
	first=$(anchor_value)
	granted ben GitHub write 2d dana
	bens=$key
	back_to "$W/old.db"
}

# gives_nothing STATUS WORDS: it grants and asks nothing, and ends what is due.
gives_nothing() {
	more=$(ask erik GitHub write 8h "let me in")
	control DELETE /log >/dev/null
	for _ in 1 2; do
		run lapse sync -v
		status_is "$1"
		has "nothing is granted"
		has "$2"
	done
	[ "$(calls jira PUT lapse.anchor)" -eq 0 ]
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(jira_status "$bens")" = "Access active" ]
	[ "$(sql "select count(*) from approval")" -eq 1 ]
	later 28900
	run lapse expire
	isnt_member carol $GITHUB_WRITE
	is_member ben $GITHUB_WRITE
}

# A named person says that this ledger is the one: ben's grant is known again.
forward_mends() {
	run by_hand rebuild --forward --reason "looked at it with Anna"
	status_is 0
	has "forwarded"
	run lapse sync
	status_is 0
	[ -z "$(sql 'select stale_since from ledger')" ]
	[ "$(request_state "$more")" = asked ]
	approve dana "$more"
	run lapse sync
	status_is 0
	is_member erik $GITHUB_WRITE
	later 172900
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	run lapse verify --jira
	status_is 0
}

@test "an old copy, and an anchor that was edited: nothing until a person says so" {
	old_copy
	as gina PUT "$(anchor_path)" '{"x":1}'
	gives_nothing 65 "someone changed it"
	run lapse status
	status_is 65
	run lapse doctor
	has "its anchor was changed"
	forward_mends
}

@test "an old copy, and an anchor that was deleted: nothing until a person says so" {
	old_copy
	as gina DELETE "$(anchor_path)"
	gives_nothing 65 "is gone"
	forward_mends
}

@test "an older anchor was put back: nothing until a person says so" {
	granted carol GitHub write 8h dana
	first=$(anchor_value)
	granted ben GitHub write 2d dana
	bens=$key
	as gina PUT "$(anchor_path)" "$first"
	run lapse sync
	status_is 65
	has "an older property"
	run by_hand rebuild --forward --reason "looked at it with Anna"
	status_is 0
	run lapse sync
	status_is 0
	granted erik GitHub write 8h dana
	is_member erik $GITHUB_WRITE
}

@test "the anchor cannot be read: nothing is granted, what is due ends" {
	old_copy
	fault status jira GET '/properties/lapse.anchor' \
		'"status":503,"times":-1'
	gives_nothing 65 "witness: not checked"
	no_faults
	run lapse sync
	status_is 65
	has "older than what it told Jira"
	forward_mends
}

@test "the anchor cannot be read: what was approved waits" {
	key=$(ask ben GitHub write 8h "deploy")
	lapse sync
	approve dana "$key"
	fault status jira GET '/properties/lapse.anchor' \
		'"status":503,"times":-1'
	run lapse sync
	has "witness: not checked"
	isnt_member ben $GITHUB_WRITE
	[ "$(sql 'select count(*) from "grant"')" -eq 0 ]
	no_faults
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
}

@test "the anchor cannot be read: break-glass is a person's word, and goes on" {
	fault status jira GET '/properties/lapse.anchor' \
		'"status":503,"times":-1'
	run by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 1h --reason "INC-9: production is down"
	is_member ben $GITHUB_PROD
}

@test "the old host took the anchor back: alarm, not obeyed, written anew" {
	granted carol GitHub write 8h dana
	before=$(anchor_value)
	old_conf
	lost
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	mine=$(sql 'select id from ledger')
	as gina PUT "$(anchor_path)" "$before"
	later 28900
	run lapse expire
	status_is 65
	has "the old host wrote there"
	isnt_member carol $GITHUB_WRITE
	[ "$(anchor_ledger)" = "$mine" ]
	[ "$(sql "select count(*) from evidence
		where kind = 'anchor-taken'")" -eq 2 ]
	run lapse sync
	status_is 0
	run old sync
	status_is 65
	has "another ledger took over"
}

@test "a ledger that gave way to the one it replaced acts again" {
	granted carol GitHub write 8h dana
	theirs=$(sql 'select id from ledger')
	lost
	rebuild >/dev/null
	# As an earlier version kept it.
	sqlite3 "$LEDGER" "update ledger set taken_over_by = '$theirs'"
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
	[ -z "$(sql 'select taken_over_by from ledger')" ]
}

@test "an old copy with the anchor of its time: the properties tell, nothing until a person says so" {
	old_copy
	as gina PUT "$(anchor_path)" "$first"
	run lapse verify --jira
	status_is 65
	has "$bens"
	has "an old copy restored"
	gives_nothing 65 "evidence"
	run lapse status
	status_is 65
	has "behind what it told Jira"
	run lapse doctor
	has "behind what it told Jira"
	run lapse verify --jira
	status_is 65
	forward_mends
}

@test "an old copy that ran on: its own property of before the copy was put back tells" {
	old_copy
	as gina PUT "$(anchor_path)" "$first"
	told=$(value_of "$bens" | jq .seq)
	index_lag 0 "$bens"
	later 60
	for who in erik jonas carol; do
		ask "$who" GitHub read 8h "look around" >/dev/null
	done
	lapse sync
	is_member erik $GITHUB_READ
	[ "$(sql 'select max(seq) from evidence')" -ge "$((told))" ]
	index_lag 0
	run lapse sync --full
	status_is 65
	has "$bens"
	has "the witness saw another chain"
	more=$(ask erik GitHub write 8h "let me in")
	run lapse sync
	status_is 65
	has "nothing is granted"
	forward_mends
}

@test "brought forward, with Jira silent: its properties are known, not met as new" {
	old_copy
	as gina PUT "$(anchor_path)" "$first"
	run lapse sync
	status_is 65
	fault status jira PUT '/properties/lapse.v1' '"status":503,"times":-1'
	run by_hand rebuild --forward --reason "looked at it with Anna"
	no_faults
	later 2
	run lapse sync
	[ "$status" -ne 65 ]
	[ -z "$(sql 'select stale_since from ledger')" ]
	# A second time there is nothing to learn.
	later 600
	lapse sync
	run by_hand rebuild --forward --reason "once more"
	status_is 0
	has "not behind"
}
