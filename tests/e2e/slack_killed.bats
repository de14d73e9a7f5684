#!/usr/bin/env bats
# A run that is killed while it says something in Slack, or in Jira what was
# decided there. Every other place: tests/kill.

load lib
load hand
load slack

setup() {
	slack_world "$WRITE_IN_SLACK" "$SLACK_DELEGATE"
	key=$(ask ben GitHub write 8h "get work done")
}
teardown() { world_end; }

# killed_at QUESTION ANSWER: a run is killed as soon as the ledger says so.
killed_at() {
	"$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(sql "$1")" = "$2" ] && break
		sleep 0.05
	done
	kill -KILL $pid
	wait $pid || true
}

@test "killed while it posts: said once" {
	fault slow slack POST /chat.postMessage '"seconds":2'
	killed_at "select state from slack_message" doubtful
	[ "$(messages)" = "asked|doubtful" ]
	for _ in $(seq 100); do
		hears_nothing dana || break
		sleep 0.05
	done
	heard_once dana "asks for"
	later 120
	lapse sync
	[ "$(messages)" = "asked|done" ]
	heard_once dana "asks for"
}

@test "killed while it answers Jira for an approver: one answer, one grant" {
	lapse sync
	slack_reacts dana "$(heard_ts dana "$key")" white_check_mark
	fault slow jira POST /approval/ '"seconds":2'
	killed_at "select state from slack_answer" sent
	[ "$(sql "select count(*) from \"grant\"")" -eq 0 ]
	later 120
	lapse sync
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "active|" ]
	[ "$(sql "select count(*) from evidence
		where kind = 'delegate-answered'")" -eq 1 ]
	[ "$(n_comments "$key" "Approved in Slack by Dana Reyes")" -eq 1 ]
	[ "$(sql "select count(*), sum(counted) from slack_decision")" = "1|1" ]
	heard_once dana "Recorded for $key"
}
