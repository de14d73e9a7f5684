#!/usr/bin/env bats
# Asking when Jira does not show the approval that was just made: each entry
# makes one and mails it, so another is not made at every tick.

load lib

setup() { world; }
teardown() { world_end; }

@test "an approval that shows late is waited for, not made again" {
	key=$(ask ben GitHub hotfix 15s "deploy")
	# The first reading of the approvals is before asking, the second one
	# is the read-back.
	fault garbage-json jira GET /approval \
		'"skip":1,"times":-1,"body":"{\"size\":0,\"start\":0,\"limit\":50,\"isLastPage\":true,\"values\":[]}"'
	run lapse sync
	status_is 10
	first=$(question /jira/approval "key=$key")
	later 60
	run lapse sync
	later 60
	run lapse sync
	[ "$(question /jira/approval "key=$key")" = "$first" ]
	no_faults >/dev/null
	later 60
	run lapse sync
	status_is 0
	[ "$(question /jira/approval "key=$key")" = "$first" ]
	[ "$(request_state "$key")" = asked ]
	run comments_of "$key"
	[ "$(printf '%s\n' "$output" | grep -c 'Waiting for')" -eq 1 ]
}
