#!/usr/bin/env bats
# One message that cannot be sent or read in Slack costs nobody else an answer,
# and its own request is asked for where it can be answered.

load lib
load hand
load still
load slack

teardown() { world_end; }

# lost KEY: what asks for it stands in a channel that is not there any more.
lost() {
	sqlite3 "$LEDGER" "update slack_message set channel = 'D0GONE0000'
		where kind = 'asked' and request_id = (select id from request
		where issue_key = '$1')"
}
# for_minutes N: so many ticks, each five minutes after the last.
for_minutes() {
	for _ in $(seq $(($1 / 5))); do
		later 300
		run lapse sync
	done
}
method_of() {
	sql "select a.state, a.method from approval a join request r
		on r.id = a.request_id where r.issue_key = '$1' order by a.id"
}

@test "one is unreadable: what others answered stands, and is said" {
	approving
	asked write "cannot be read"
	bad=$key
	lost "$bad"
	asked prod-admin "for all"
	slack_reacts dana "$(shown dana)" +1
	lapse sync
	for_minutes 75
	status_is 10
	has "slack: what is answered to 1 message cannot be read, that of $bad"
	[ "$(method_of "$key")" = "open|slack-delegate" ]
	[ "$(decisions)" = "approved|reaction|1|" ]
	slack_reacts maria "$(shown maria)" +1
	lapse sync || true
	[ "$(grants)" = "active|" ]
}

@test "that of a request which all must approve: it is asked for in Jira" {
	approving
	asked prod-admin
	lost "$key"
	for_minutes 90
	[ "$(method_of "$key")" = "void|slack-delegate
open|jsm" ]
	run comments_of "$key"
	has "not everybody who was asked can be reached in Slack"
	run lapse sync
	status_is 0
}

@test "more unreadable ones than a run reads: the others are read" {
	approving
	asked write "the old one"
	lost "$key"
	sqlite3 "$LEDGER" "insert into slack_message (kind, subject, account,
		issue_id, request_id, approval, body, content_hash, channel, ts,
		state, created_at, until_at, next_at, sent_at, done_at)
		select kind, subject || value, account, issue_id, request_id,
		approval, body, content_hash, channel, ts || value, state,
		created_at, until_at, next_at, sent_at, done_at
		from slack_message, generate_series(1, 50) where kind = 'asked'"
	asked write "the new one"
	slack_reacts dana "$(shown dana)" +1
	later 60
	lapse sync || true
	later 60
	lapse sync || true
	later 60
	lapse sync || true
	[ "$(request_state "$key")" = approved ]
}

@test "a refusal that Slack never told of: sent again, once" {
	approving
	fault status slack POST /chat.postMessage "\"status\":200,\"body\":$(quote '{
		"ok":false,"error":"messages_tab_disabled"}')"
	asked prod-admin
	for_minutes 10
	heard_once dana "asks for"
	heard_once maria "asks for"
	[ "$(method_of "$key")" = "open|slack-delegate" ]
}

@test "never sent: what all must approve is asked for in Jira" {
	approving
	fault status slack POST /chat.postMessage "\"status\":200,\"times\":-1,
		\"body\":$(quote '{
		"ok":false,"error":"messages_tab_disabled"}')"
	asked prod-admin
	for_minutes 70
	[ "$(method_of "$key")" = "void|slack-delegate
open|jsm" ]
	approve dana "$key" >/dev/null
	approve maria "$key" >/dev/null
	lapse sync || true
	[ "$(grants)" = "active|" ]
}
