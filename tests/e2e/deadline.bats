#!/usr/bin/env bats
# When exactly access ends, by a clock that moves only when it is told to.

load lib
load still

setup() { world; }
teardown() { world_end; }

@test "a deadline is kept to the second" {
	granted ben GitHub write 8h dana
	ends=$(sql 'select ends_at from "grant"')
	set_clock $((ends * 1000 - 1))
	run lapse expire
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "active|" ]
	set_clock $((ends * 1000))
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(grants)" = "ended|expired" ]
}
