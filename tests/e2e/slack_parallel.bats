#!/usr/bin/env bats
# Two runs at once on Slack: whatever is on its way is on its way once.

load lib
load hand
load slack

setup() {
	slack_world "$WRITE_IN_SLACK" "$SLACK_DELEGATE"
	NOW=0
	clock_offset 0
}
teardown() { world_end; }

# meanwhile SQL OPTION...: one run in the background got so far that SQL finds
# something, and another run begins and ends.
meanwhile() {
	_sql=$1
	shift
	"$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ -z "$(sql "$_sql")" ] || break
		sleep 0.05
	done
	lapse sync "$@"
	wait $pid
}

@test "a message that is being sent is sent once, and is the one that is read" {
	key=$(ask ben GitHub write 8h "get work done")
	fault slow slack POST /chat.postMessage '"seconds":3,"times":-1'
	meanwhile "select 1 from slack_message where state = 'doubtful'"
	control DELETE /fault
	heard_once dana "asks for"
	slack_reacts dana "$(shown dana)" x
	lapse sync
	[ "$(request_state "$key")" = declined ]
}

@test "what is asked there becomes one request" {
	lapse sync
	slack_says ben access "access github/read 8h for the report" >/dev/null
	slack_says ben access "access github/write 1h for the release" >/dev/null
	fault slow slack '' /users.info '"seconds":3,"times":-1'
	meanwhile "select 1 from slack_ask where state = 'read'" --full
	control DELETE /fault
	lapse sync
	[ "$(sql "select count(*) from request")" -eq 2 ]
	[ "$(sql "select count(*) from \"grant\"")" -eq 1 ]
	[ "$(slack_channel access | grep -c lapse-app)" -eq 2 ]
}
