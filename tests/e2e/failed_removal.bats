#!/usr/bin/env bats
# A removal that fails: tried again at every run, exit 11 once it is later
# than overdue-after, gone on the first run after the trouble.

load lib
load hand
load still

setup() {
	world "$ANNA"
	granted ben GitHub write 8h dana
	is_member ben $GITHUB_WRITE
}
teardown() { world_end; }

# The deadline passes with the fault there; the status of the first run.
due_under() {
	later 28900
	"$@"
	run lapse expire
	[ "$status" -ne 0 ]
	[ "$(grants)" = "ending|expired" ]
	[ "$(status_of "$key")" = 10013 ]	# nothing is claimed
}
late_now() {
	later 400
	run lapse expire
	status_is 11
	has "late or parked"
}
over_after() {	# on the next tick after the trouble
	no_faults
	later 60
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(grants)" = "ended|expired" ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "$1"
	run lapse verify
	status_is 0
}

@test "500 for every removal" {
	due_under fault status okta DELETE /users '"status":500,"times":-1'
	is_member ben $GITHUB_WRITE
	late_now
	over_after "later than it should have been"
}

@test "the connection drops before the removal is applied" {
	due_under fault drop okta DELETE /users '"times":-1'
	is_member ben $GITHUB_WRITE
	late_now
	over_after "later than it should have been"
}

@test "the provider is down" {
	due_under fault drop okta "" "" '"times":-1'
	is_member ben $GITHUB_WRITE
	late_now
	over_after "later than it should have been"
}

@test "the reply is lost: verified by reading back in the same run" {
	later 28900
	fault lost-reply okta DELETE /users '"times":-1'
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(grants)" = "ended|expired" ]
	over_after "read back as absent"
	hasnt "later than it should"
}

@test "404 although the access is there: no proof, removed all the same" {
	later 28900
	fault status okta DELETE "/groups/$GITHUB_WRITE" '"status":404,
		"body":"{\"errorCode\":\"E0000007\",\"errorSummary\":\"Not found\"}"'
	control DELETE /log >/dev/null
	run lapse expire
	status_is 0
	[ "$(calls okta DELETE "/groups/$GITHUB_WRITE")" -eq 2 ]
	over_after "read back as absent"
}

@test "one that fails does not delay the other" {
	r=$(ask carol GitHub read 8h "look around")
	lapse sync
	is_member carol $GITHUB_READ
	due_under fault status okta DELETE "/groups/$GITHUB_WRITE" \
		'"status":500,"times":-1' || true
	isnt_member carol $GITHUB_READ
	isnt_member ben $GITHUB_READ
	is_member ben $GITHUB_WRITE
	[ "$(status_of "$r")" = 10015 ]
}

refuse() {
	fault status okta DELETE "/groups/$GITHUB_WRITE" '"status":403,
		"times":-1,"body":"{\"errorCode\":\"E0000006\",
		\"errorSummary\":\"You do not have permission\"}"'
}

@test "403: parked, exit 11, listed; retried by hand once it may" {
	needs_operator
	due_under refuse
	status_is 11
	is_member ben $GITHUB_WRITE
	run lapse parked list
	status_is 11
	has $GITHUB_WRITE
	has "no permission"
	no_faults
	# A tick does not, before its day.
	run lapse expire
	status_is 11
	is_member ben $GITHUB_WRITE
	id=$(sql "select id from change where state = 'parked'")
	run by_hand parked retry --dry-run "$id" --reason "role restored"
	status_is 14
	[ "$(sql "select state from change where id = $id")" = parked ]
	run by_hand parked retry "$id" --reason "role restored"
	status_is 0
	over_after "the time is up"
	run lapse parked list
	status_is 0
}

@test "403: parked, retried after a day" {
	due_under refuse
	no_faults
	later 86500
	over_after "later than it should have been"
}

@test "403: abandoned by a named human, and the issue says so" {
	needs_operator
	due_under refuse
	id=$(sql "select id from change where state = 'parked'")
	run lapse parked abandon "$id" --reason "done by the vendor, CHG-81"
	status_is 12
	run by_hand parked abandon --dry-run "$id" --reason "CHG-81"
	status_is 14
	run by_hand parked abandon "$id" --reason "done by the vendor, CHG-81"
	status_is 0
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	run comments_of "$key"
	has "The access may still be there"
	has "Anna Schmidt"
	hasnt "read back as absent"
	run lapse parked list
	status_is 0
}

@test "the group is deleted at the provider: gone, not revoked, and watched" {
	control POST /okta/group "{\"id\":\"$GITHUB_WRITE\",\"delete\":true}"
	later 28900
	run lapse expire
	status_is 0
	[ "$(sql "select state from change where kind = 'remove'
		and group_id = '$GITHUB_WRITE'")" = gone ]
	[ "$(kinds_of "$key" | tail -n 1)" = gone ]
	[ "$(sql 'select count(*) from watch')" = 1 ]
	run comments_of "$key"
	has "does not exist any more"
}

@test "a user who was gone and comes back with the access loses it at once" {
	okta_status ben DEPROVISIONED
	fault status okta DELETE "/users/00u1ben" '"status":404,"times":-1,
		"body":"{\"errorCode\":\"E0000007\",\"errorSummary\":\"Not found\"}"'
	fault status okta GET "/users/00u1ben" '"status":404,"times":-1,
		"body":"{\"errorCode\":\"E0000007\",\"errorSummary\":\"Not found\"}"'
	later 28900
	run lapse expire
	status_is 0
	[ "$(sql 'select count(*) from watch')" = 2 ]
	no_faults
	okta_status ben ACTIVE
	okta_put ben $GITHUB_WRITE
	later 87000
	run lapse sync
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
}
