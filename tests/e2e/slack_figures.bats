#!/usr/bin/env bats
# What monitoring is told of Slack: how old the last complete reading is, what
# waits, and what fails.

load lib
load hand
load slack

setup() { slack_world; }
teardown() { world_end; }

field() {
	lapse status --json 2>/dev/null |
		jq -r "select(.schema == \"lapse/status.v1\") | .$1"
}
metric() { lapse metrics | sed -n "s/^lapse_$1 //p"; }
figure() {
	lapse report --json 2>/dev/null | jq -r "select(.figure == \"$1\") | .value"
}
seconds() { date -d "$1" +%s; }

@test "all is read and said: nothing waits, nothing fails, and when it was read" {
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	[ "$(field slack_waiting)" -eq 0 ]
	[ "$(field slack_failing)" -eq 0 ]
	[ "$(field oldest_slack_at)" = null ]
	[ "$(field slack_error)" = null ]
	read_at=$(seconds "$(field slack_read_at)")
	[ "$(metric slack_read_timestamp_seconds)" -eq "$read_at" ]
	[ "$(metric slack_messages_waiting)" -eq 0 ]
	[ "$(metric slack_failing)" -eq 0 ]
	[ "$(figure slack-waiting)" -eq 0 ]
	[ "$(figure slack-failing)" -eq 0 ]
	[ "$(figure slack-read)" -lt 30 ]
	over=$(lapse report --since 2020-01-01T00:00:00Z \
		--until 2020-02-01T00:00:00Z --json 2>/dev/null)
	[ "$(jq -r 'select(.figure == "slack-waiting") | .value' <<<"$over")" = null ]
	lapse snapshot "$W/copy.db"
	run lapse status --ledger "$W/copy.db" --json
	[ "$(grep '^{' <<<"$output" | jq -r 'select(.schema == "lapse/status.v1") | .slack_waiting')" = 0 ]
}

@test "Slack is down: how long, how much waits, and why" {
	lapse sync
	before=$(field slack_read_at)
	[ "$before" != null ]
	fault drop slack '' '' '"times":-1'
	key=$(ask ben GitHub write 8h "get work done")
	run lapse sync
	status_is 10
	[ "$(field slack_waiting)" -eq 1 ]
	[ "$(field slack_read_at)" = "$before" ]
	[ "$(field slack_error)" != null ]
	later 4000
	lapse sync || true
	[ "$(metric slack_messages_waiting)" -eq 1 ]
	[ "$(metric slack_messages_waiting_oldest_seconds)" -ge 4000 ]
	[ "$(figure slack-waiting)" -eq 1 ]
	touch -d '2 hours ago' "$W/state/slack.read"
	[ "$(figure slack-read)" -ge 7000 ]
	run lapse status --nagios
	status_is 1
	has "1 message not sent in Slack"
	has "slack_waiting=1"
	no_faults
	later 60
	lapse sync
	[ "$(field slack_waiting)" -eq 0 ]
	[ "$(field slack_error)" = null ]
	# By clock.so a file is as old as the days that went by.
	[ "$(figure slack-read)" -lt 7000 ]
}

@test "a channel that cannot be read is no complete reading; what fails is counted" {
	lapse sync
	before=$(stat -c %y "$W/state/slack.read")
	slack_member access false
	later 60
	lapse sync || true
	[ "$(stat -c %y "$W/state/slack.read")" = "$before" ]
	slack_member access true
	fault status-429 slack POST /chat.postMessage '"retry_after":"90"'
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync || true
	[ "$(field slack_waiting)" -eq 1 ]
	[ "$(field slack_failing)" -eq 1 ]
	[ "$(metric slack_failing)" -eq 1 ]
	[ "$(figure slack-failing)" -eq 1 ]
}
