#!/usr/bin/env bats
# An answer in Slack counts because lapse read it and wrote so into its
# evidence; a row that somebody else wrote does not.

load lib
load hand
load still
load slack

teardown() { world_end; }

# forge WHO DECISION: an answer of WHO to what was asked, past lapse.
forge() {
	sqlite3 "$LEDGER" "insert into slack_decision (message_id, approval,
		decision, form, ref, shown, shown_hash, channel, ts, slack_user,
		address, account, read_at, counted) select id, approval, '$2',
		'reaction', '+1', body, content_hash, channel, ts, 'U0FORGED0',
		'$1@acme.example', account, created_at, 1 from slack_message
		where kind = 'asked' and account = '$(account_of "$1")'"
}

@test "a forged answer decides nothing, is said, and verify lists it" {
	approving
	asked
	forge dana approved
	run lapse sync
	status_is 65
	has "$key: the ledger has an answer of $(account_of dana) in Slack that no evidence tells of"
	later 70
	run lapse sync
	status_is 65
	[ "$(request_state "$key")" = asked ]
	[ "$(grants)" = "" ]
	[ "$(delegate_said)" = "" ]
	run lapse verify
	status_is 65
	has "approval 1 has approved of $(account_of dana) in Slack, and no evidence says so"
}

@test "a true answer that was turned round, taken away or put into other words" {
	approving
	asked prod-admin
	slack_says dana dm "approve: for the release" "$(shown dana)" >/dev/null
	lapse sync
	run lapse verify
	status_is 0
	seq=$(sql "select seq from evidence where kind = 'slack-decision'")
	says="has not approved of $(account_of dana) in Slack, and evidence $seq says otherwise"
	sqlite3 "$LEDGER" "update slack_decision set words = 'never'"
	run lapse verify
	status_is 65
	has "$says"
	sqlite3 "$LEDGER" "update slack_decision set words = 'for the release', counted = 0"
	run lapse verify
	status_is 65
	has "$says"
	sqlite3 "$LEDGER" "update slack_decision set counted = 1, decision = 'declined'"
	run lapse verify
	status_is 65
	has "$says"
	has "approval 1 has declined of $(account_of dana) in Slack, and no evidence says so"
	run lapse sync
	status_is 65
	[ "$(request_state "$key")" = asked ]
	sqlite3 "$LEDGER" "update slack_decision set decision = 'approved'"
	run lapse verify
	status_is 0
}
