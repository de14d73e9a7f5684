#!/usr/bin/env bats
# What a timer's runs say about a condition that lasts, and when.

load lib

setup() { world; }
teardown() { world_end; }

@test "a lasting condition is said when it begins, after 1 h, 1 d, weekly, and when it ends" {
	fault drop okta '' '' '"times":-1'
	ask ben GitHub hotfix 15s "deploy" >/dev/null
	run lapse sync
	[ -n "$output" ]
	later 60
	run lapse sync
	[ -z "$output" ]
	[ "$status" -ne 0 ]	# the exit status tells in between
	later 3600
	run lapse sync
	[ -n "$output" ]
	later 3600
	run lapse sync
	[ -z "$output" ]
	later 86400
	run lapse sync
	[ -n "$output" ]
	no_faults >/dev/null
	later 60
	run lapse sync
	has "over: "
}
