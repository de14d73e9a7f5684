#!/usr/bin/env bats
# The main job by the program as it is built for release, each command under
# valgrind. Not a second look at what the commands do.

load ../e2e/lib
load ../e2e/hand
load ../e2e/slack

setup() {
	command -v valgrind >/dev/null || skip "valgrind is absent"
	printf '#!/bin/sh\nexec "%s/under" "%s" "$@"\n' \
		"$BATS_TEST_DIRNAME" "$LAPSE" >"$BATS_TEST_TMPDIR/lapse"
	chmod +x "$BATS_TEST_TMPDIR/lapse"
	LAPSE=$BATS_TEST_TMPDIR/lapse
}

# An instruction takes some fifty times as long.
SLOWLY='s/^organization/run-deadline = "9m"\n&/'
slow_world() { world "$ANNA;$SLOWLY"; }

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

@test "nor where people ask, answer and hear in Slack" {
	slack_world "$WRITE_IN_SLACK
		$SLOWLY" "$SLACK_DELEGATE"
	lapse sync
	slack_says carol access "access github/write 8h her work" >/dev/null
	slack_says ben dm "access" >/dev/null
	slack_says ben dm "access no/such 1h" >/dev/null
	run lapse sync
	status_is 0
	heard_once dana "Carol Nguyen asks for *github/write*"
	slack_reacts dana "$(heard_ts dana "Carol Nguyen asks")" white_check_mark
	slack_says ben dm "approve" "$(heard_ts ben "access no/such")" >/dev/null
	run lapse sync
	status_is 0
	is_member carol $GITHUB_WRITE
	heard_once dana "Recorded for"
	heard_once carol "is granted to Carol Nguyen"
	fault lost-reply slack POST /chat.postMessage
	later 28800
	run lapse sync
	isnt_member carol $GITHUB_WRITE
	later 120
	run lapse sync
	status_is 0
	heard_once carol "has ended"
}
