#!/usr/bin/env bats
# Access that somebody took away, or gave, at the provider itself.

load lib
load hand
load still

setup() { world "$ANNA"; }
teardown() { world_end; }

# An observation is due every quarter of an hour.
observe_next() { later 960; }
observed() { observe_next; lapse sync; }

@test "a member removed outside: two observations, ended, never added again" {
	granted ben GitHub write 8h dana
	okta_drop ben $GITHUB_WRITE
	observe_next
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	# A tick without an observation says nothing more.
	later 60
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	control DELETE /log >/dev/null
	observe_next
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|removed-outside" ]
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ	# the rest of the role goes with it
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "someone removed it directly"
	has "It is not put back"
	observe_next
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_WRITE
}

@test "missing once and back the next time: nothing is ended" {
	granted ben GitHub write 8h dana
	okta_drop ben $GITHUB_WRITE
	observed
	okta_put ben $GITHUB_WRITE
	observed
	okta_drop ben $GITHUB_WRITE
	observe_next
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
}

@test "a reading that is cut short says nothing" {
	granted ben GitHub write 8h dana
	okta_drop ben $GITHUB_WRITE
	fault cut-body okta GET "/groups/$GITHUB_WRITE/users" '"times":-1'
	observed || true
	observed || true
	observed || true
	[ "$(grants)" = "active|" ]
	no_faults
	observed
	observe_next
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|removed-outside" ]
}

@test "many vanish at once: an incident, nothing is ended until it is confirmed" {
	needs_operator
	crowd="ben carol erik farah gus hana ivan jana kofi lena milo maria"
	for who in $crowd; do
		ask $who GitHub read 8h "look around" >/dev/null
	done
	lapse sync
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
	for who in $crowd; do okta_drop $who $GITHUB_READ; done
	observe_next
	run lapse sync
	status_is 12
	has "12 of 12 held memberships vanished"
	observe_next
	run lapse sync
	status_is 12
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
	# Not by somebody without a name.
	run lapse sync --confirm-incident okta
	status_is 12
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
	run by_hand sync --confirm-incident okta
	status_is 0
	[ "$(sql "select count(*) from \"grant\" where end_reason = 'removed-outside'")" = 12 ]
}

@test "many vanish and come back: the incident passes" {
	crowd="ben carol erik farah gus hana ivan jana kofi lena milo maria"
	for who in $crowd; do
		ask $who GitHub read 8h "look around" >/dev/null
	done
	lapse sync
	for who in $crowd; do okta_drop $who $GITHUB_READ; done
	observe_next
	run lapse sync
	status_is 12
	for who in $crowd; do okta_put $who $GITHUB_READ; done
	observe_next
	run lapse sync
	status_is 0
	observe_next
	run lapse sync
	status_is 0
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
}

@test "back after a verified removal: loud, and nobody's grant" {
	granted ben GitHub write 8h dana
	later 28900
	lapse expire
	isnt_member ben $GITHUB_WRITE
	okta_put ben $GITHUB_WRITE
	observe_next
	run lapse sync
	status_is 14
	has "is back after a verified removal"
	[ "$(sql "select count(*) from drift where kind = 'reappeared'")" = 1 ]
	is_member ben $GITHUB_WRITE	# a named human's to settle
	[ "$(grants)" = "ended|expired" ]
	observe_next
	run lapse sync
	[ "$(sql "select count(*) from evidence where kind = 'reappeared'")" = 1 ]
}
