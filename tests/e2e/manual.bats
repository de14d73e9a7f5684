#!/usr/bin/env bats
# An application without a group: a person does the steps on sub-tasks.

load lib
load hand

setup() { world; }
teardown() { world_end; }

sub() { sql "select issue_key from manual where kind = '$1'"; }
DONE='{"resolution":{"id":"10000"}}'
WONT='{"resolution":{"id":"10001"}}'

approved_for() {
	granted "$1" Badge server-room 2d gina
	[ "$(grants)" = "granting|" ]
	[ -n "$(sub add)" ]
}

@test "granted and removed by hand, with the names of who did it" {
	approved_for ben
	run control GET "/jira/issue?key=$(sub add)"
	has "Add the badge to door group 7."
	[ "$(status_of "$key")" = 10012 ]
	transition hugo "$(sub add)" 101 "$DONE"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(status_of "$key")" = 10013 ]
	run comments_of "$key"
	has "by hand, by Hugo Blanc"
	hasnt "read back"

	later 172900
	run lapse expire
	status_is 0
	[ "$(grants)" = "ending|expired" ]
	run control GET "/jira/issue?key=$(sub remove)"
	has "Take the badge out of door group 7."
	transition iris "$(sub remove)" 101 "$DONE"
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|expired" ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "by hand, by Iris Park"
	run lapse verify
	status_is 0
}

@test "one sub-task for a step, however often the timers run" {
	approved_for ben
	lapse sync
	lapse sync
	lapse expire
	[ "$(calls jira POST /rest/api/3/issue)" -ge 1 ]
	run as gina GET "/rest/api/3/issue/$key?fields=subtasks"
	[ "$(printf %s "$output" | grep -o '"key":"ACC-[0-9]*"' | sort -u |
		grep -vc "\"$key\"")" -eq 1 ]
}

@test "done by the beneficiary does not count" {
	approved_for hugo
	transition hugo "$(sub add)" 101 "$DONE"
	run lapse sync
	[ "$(grants)" = "granting|" ]
	run comments_of "$(sub add)"
	has "resolved by Hugo Blanc, whose own access"
	lapse sync
	[ "$(n_comments "$(sub add)" "whose own access")" -eq 1 ]
	transition iris "$(sub add)" 102
	transition iris "$(sub add)" 101 "$DONE"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
}

@test "resolved as something else does not count" {
	approved_for ben
	transition hugo "$(sub add)" 101 "$WONT"
	run lapse sync
	[ "$(grants)" = "granting|" ]
}

@test "a removal by hand that is late: exit 11 until it is done" {
	approved_for ben
	transition hugo "$(sub add)" 101 "$DONE"
	lapse sync
	later 172900
	run lapse expire
	status_is 0
	later 600
	run lapse expire
	status_is 11
	run lapse sync
	status_is 11
	has "by hand is late"
	transition iris "$(sub remove)" 101 "$DONE"
	run lapse sync
	status_is 0
	run lapse expire
	status_is 0
	run comments_of "$key"
	has "later than it should have been"
	[ "$(grants)" = "ended|expired" ]
}

@test "ended before the step was done: it is not needed any more" {
	approved_for ben
	transition hugo "$key" 91
	lapse sync
	[ "$(grants)" = "granting|" ]
	later 500000
	lapse expire || true
	[ "$(sql 'select state from "grant"')" != active ]
	run comments_of "$(sub add)"
	has "not needed any more"
}
