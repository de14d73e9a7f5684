#!/usr/bin/env bats
# Rate limits, with and without a hint of how long.

load lib
load hand
load still
load lag

setup() { world; }
teardown() { world_end; }

@test "429 with Retry-After: waited for and done in the same run" {
	asked_and_approved
	fault status-429 okta PUT /users '"seconds":2,"retry_after":2,"times":1'
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "active|" ]
}

@test "429 without any hint: done all the same" {
	asked_and_approved
	fault status-429 okta "" /users '"bare":true,"times":1'
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
}

@test "429 from Jira: done all the same" {
	asked_and_approved
	fault status-429 jira "" "" '"retry_after":1,"times":1'
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
}

@test "429 for longer than the run: nothing lost, the next run goes on" {
	asked_and_approved
	lapse sync
	later 28900
	fault status-429 okta DELETE /users '"retry_after":3600,"seconds":3600,
		"times":-1'
	run lapse expire
	[ "$status" -ne 0 ]
	is_member ben $GITHUB_WRITE
	no_faults
	later 60
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
}
