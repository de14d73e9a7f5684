#!/usr/bin/env bats
# The same of a tick that hears in Slack what is asked and approved there, files
# it, answers Jira for those who approved, and tells people; see sweep. Every
# 21st point, another one each time; KILL_EVERY=1 for all.

@test "a tick in Slack, killed" {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	KILL_EVERY=${KILL_EVERY:-21} run tests/kill/sweep slack 3>&-
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}
