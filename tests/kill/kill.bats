#!/usr/bin/env bats
# kill -9 at any moment loses nothing and doubles nothing; see sweep. Every
# 7th point, another seventh each time; KILL_EVERY=1 for all.

sweep() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	KILL_EVERY=${KILL_EVERY:-7} run tests/kill/sweep "$1" 3>&-
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}

@test "grant, killed" { sweep grant; }
@test "expire, killed" { sweep expire; }
@test "sync, killed" { sweep sync; }
