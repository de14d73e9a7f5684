#!/usr/bin/env bats
# Approving in Slack: one person's own answer to what was shown to them, counted
# by the same quorum as Jira's, and answered there by the delegate.

load lib
load hand
load still
load slack

teardown() { world_end; }

# approving [SED]: github/write asks dana (any of one), github/prod-admin dana
# and maria (all of two), and both may be answered in Slack.
approving() {
	slack_world "/^role \"github\/write\"/a slack-approval = true
		/^role \"github\/prod-admin\"/a slack-approval = true
		${1-}" 'delegate-account = "5b10d27c4e8a90b35f6c1d04"
		delegate-email = "lapse-slack@acme.example"
		delegate-token = "file:@SECRETS@/delegate"'
}
asked() {
	key=$(ask ben GitHub "${1:-write}" 1h "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
shown() { heard_ts "$1" "<$SANDBOX_JIRA/browse/$key|$key>"; }
decisions() {
	sql "select decision, form, counted, coalesce(refused, '')
		from slack_decision order by id"
}
methods() { sql "select state, method from approval order by id"; }
answers() { calls jira POST "/rest/servicedeskapi/request/*/approval/*"; }

@test "a reaction approves: recorded, answered in Jira by the delegate, told, granted" {
	approving
	asked
	run comments_of "$key"
	has "They answer here or in Slack."
	slack_reacts dana "$(shown dana)" white_check_mark
	run lapse sync
	status_is 0
	[ "$(decisions)" = "approved|reaction|1|" ]
	[ "$(request_state "$key")" = approved ]
	[ "$(grants)" = "active|" ]
	[ "$(methods)" = "used|slack-delegate" ]
	is_member "$GITHUB_WRITE" ben
	heard_once dana "Recorded for $key: you approve it."
	heard_once ben "is granted to Ben Adler until"
	run comments_of "$key"
	has "Approved in Slack by Dana Reyes."
	run kinds_of "$key"
	has slack-decision
	has delegate-answered
	[ "$(sql "select state, decision from slack_answer")" = "done|approved" ]
	run lapse verify
	status_is 0
}
