#!/usr/bin/env bats
# The same where the provider ends memberships by itself and sessions end with
# the access; see sweep. Every 21st point, another one each time; KILL_EVERY=1
# for all.

sweep() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	KILL_EVERY=${KILL_EVERY:-21} run tests/kill/sweep "$1" 3>&-
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}

@test "grant at Google, killed" { sweep google-grant; }
@test "extend at Google, killed" { sweep google-extend; }
@test "expire at Google, killed" { sweep google-expire; }
