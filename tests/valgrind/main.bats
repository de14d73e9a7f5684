#!/usr/bin/env bats
# The main job by the program as it is built for release, each command under
# valgrind. Not a second look at what the commands do.

load ../e2e/lib
load ../e2e/hand

setup() {
	command -v valgrind >/dev/null || skip "valgrind is absent"
	printf '#!/bin/sh\nexec "%s/under" "%s" "$@"\n' \
		"$BATS_TEST_DIRNAME" "$LAPSE" >"$BATS_TEST_TMPDIR/lapse"
	chmod +x "$BATS_TEST_TMPDIR/lapse"
	LAPSE=$BATS_TEST_TMPDIR/lapse
}

# slow_world: an instruction takes some fifty times as long.
slow_world() { world "$ANNA;s/^organization/run-deadline = \"9m\"\n&/"; }

teardown() {
	cat "$BATS_TEST_TMPDIR"/*.log
	world_end
}

@test "nothing is read, written or lost wrongly in the main job" {
	slow_world
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	run lapse sync
	status_is 0
	[ "$(status_of "$key")" = 10010 ]
	approve dana "$key"
	run lapse sync
	status_is 0
	is_member ben $GITHUB_PROD
	run lapse show "$key"
	status_is 0
	run lapse status
	status_is 0

	later 20
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	[ "$(grants)" = "ended|expired" ]
	run lapse review-export --out "$W/export"
	status_is 0
	run lapse verify
	status_is 0
	run lapse verify "$W/export"
	status_is 0
	run lapse show "$key"
	status_is 0
	run lapse status
	status_is 0
}

@test "nor where something is refused, taken back or out of order" {
	slow_world
	run lapse show ACC-99
	[ "$status" -ne 0 ] && [ "$status" -ne 99 ]
	key=$(ask ben GitHub write 8h "get work done")
	run lapse sync
	status_is 0
	run by_hand grant "$key" --reason "the boss says so"
	status_is 12
	approve dana "$key"
	run by_hand grant "$key" --reason "asked by phone"
	status_is 0
	is_member ben $GITHUB_WRITE
	fault drop okta "" "" '"times":-1'
	run by_hand revoke "$key" --reason "left the project"
	[ "$status" -ne 0 ] && [ "$status" -ne 99 ]
	no_faults
	later 3600
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
}
