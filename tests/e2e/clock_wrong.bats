#!/usr/bin/env bats
# A clock ten years ahead, one two hours back, and no Date to be had, each with
# every command that changes access: nothing is removed that is not due by the
# true time, nothing is granted, and what is due is removed or spoken of.

load lib
load hand

setup() { world "$ANNA"; }
teardown() { world_end; }

# host SECONDS: only this host's clock is off by so much.
host() { NOW=$((NOW + $1)); }
AHEAD=315360000
BACK=-7200

# By the true time Carol's access is ten minutes late, Erik's has hours left,
# and Ben's request is approved.
scene() {
	needs_operator
	granted carol GitHub write 30m dana
	due=$key
	granted erik GitHub write 8h dana
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	later 2400
	control DELETE /log >/dev/null
}
# Whatever the command: Erik keeps his, Ben gets nothing, and his request is
# not decided by the wrong time.
kept() {
	is_member erik $GITHUB_WRITE
	isnt_member ben $GITHUB_WRITE
	[ "$(request_state "$key")" = asked ]
	[ "$(calls okta PUT '')" = 0 ]
}
removed() { isnt_member carol $GITHUB_WRITE; }
waits() {
	is_member carol $GITHUB_WRITE
	[ "$(calls okta DELETE '')" = 0 ]
}
# With the clock set, the same world goes on as if nothing had been.
recovers() {
	host "$1"
	date_mode normal
	lapse expire
	removed
	lapse sync
	is_member ben $GITHUB_WRITE
	is_member erik $GITHUB_WRITE
}
grant_it() { by_hand grant "$key" --reason "now"; }

@test "ten years ahead, expire" {
	scene
	host $AHEAD
	run lapse expire
	status_is 12
	has "clock: 31536000" # and the second or so that it took
	has " s ahead of the services' time"
	removed
	kept
	recovers -$AHEAD
}

@test "ten years ahead, sync" {
	scene
	host $AHEAD
	run lapse sync
	status_is 12
	has "clock: 31536000" # and the second or so that it took
	has " s ahead of the services' time"
	removed
	kept
	recovers -$AHEAD
}

@test "ten years ahead, grant" {
	scene
	host $AHEAD
	run grant_it
	status_is 12
	has "clock: 31536000" # and the second or so that it took
	has " s ahead of the services' time"
	has "$key: not granted"
	kept
	recovers -$AHEAD
}

@test "two hours back, expire: the clock is known to be wrong, so Date is asked for" {
	scene
	host $BACK
	run lapse expire
	status_is 12
	has "s behind the services' time"
	removed
	kept
	recovers 7200
}

@test "two hours back, sync" {
	scene
	host $BACK
	run lapse sync
	status_is 12
	has "s behind the services' time"
	removed
	kept
	recovers 7200
}

@test "two hours back, grant" {
	scene
	host $BACK
	run grant_it
	status_is 12
	has "s behind the services' time"
	has "$key: not granted"
	kept
	recovers 7200
}

# no_date COMMAND STATUS: with the clock right, ahead and back.
no_date() {
	scene
	date_mode absent
	for off in 0 $AHEAD $BACK; do
		host $off
		run "${@:2}"
		status_is "$1"
		if [ "$off" -lt 0 ]; then
			has "s behind what services told before"
		else
			has "time: no service told it; '$due'"
		fi
		waits
		kept
		host $((-off))
	done
}

@test "no Date from anybody, expire" {
	no_date 69 lapse expire
	recovers 0
}

@test "no Date from anybody, sync" {
	no_date 69 lapse sync
	recovers 0
}

@test "no Date from anybody, grant" {
	no_date 69 grant_it
	has "$key: not decided: no service told the time"
	recovers 0
}
