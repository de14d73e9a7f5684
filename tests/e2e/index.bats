#!/usr/bin/env bats
# A search index that lags and misses, and answers that are none.

load lib
load hand
load still
load lag

setup() { world; }
teardown() { world_end; }

@test "the index lags: found when it shows the issue" {
	index_lag 120
	r=$(ask ben GitHub read 8h "look around")
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_READ
	later 180
	lapse sync
	is_member ben $GITHUB_READ
}

@test "the index lags: an end from the portal is still obeyed" {
	granted ben GitHub write 8h dana
	index_lag 120
	later 300
	portal_transition ben "$key" 51
	lapse sync
	later 180
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_WRITE
}

@test "the index missed an issue: the daily sweep finds it" {
	missed="ACC-$(($(ask carol GitHub read 8h "first" | tr -dc 0-9) + 1))"
	index_lag 0 "$missed"
	r=$(ask ben GitHub read 8h "look around")
	[ "$r" = "$missed" ]
	lapse sync
	isnt_member ben $GITHUB_READ
	# Others come and move the cursor on; the missed one lies behind it.
	later 4000
	ask erik GitHub read 8h "second" >/dev/null
	lapse sync
	later 4000
	ask farah GitHub read 8h "third" >/dev/null
	lapse sync
	index_lag 0
	later 60
	lapse sync
	isnt_member ben $GITHUB_READ
	later 86400
	run lapse sync
	status_is 0
	is_member ben $GITHUB_READ
}

@test "a page instead of an answer, and an empty one: no decision from it" {
	asked_and_approved
	fault html-200 okta GET /groups '"times":-1'
	run lapse sync
	[ "$status" -ne 0 ]
	isnt_member ben $GITHUB_WRITE
	no_faults
	fault empty-200 okta GET /groups '"times":-1'
	run lapse sync
	[ "$status" -ne 0 ]
	isnt_member ben $GITHUB_WRITE
	no_faults
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
}
