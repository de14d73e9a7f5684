#!/usr/bin/env bats
# A run that is killed while it says something in Slack.

load lib
load hand
load slack

setup() { slack_world; }
teardown() { world_end; }

@test "killed while it posts: said once" {
	key=$(ask ben GitHub write 8h "get work done")
	fault slow slack POST /chat.postMessage '"seconds":2'
	"$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(messages)" = "asked|doubtful" ] && break
		sleep 0.05
	done
	kill -KILL $pid
	wait $pid || true
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
