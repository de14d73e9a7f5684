#!/usr/bin/env bats
# What was approved in Slack, after the ledger is lost or an older copy goes on:
# the same method and people, nothing said again, nothing filed twice.

load lib
load hand
load still
load rebuild
load slack

teardown() { world_end; }

setup() {
	needs_operator
	slack_world "/^role \"github\/write\"/a slack-approval = true
		/^role \"github\/prod-admin\"/a slack-approval = true
		s/approvers = {\"manager\"}/approvers = {\"manager\", \"maria@acme.example\"}/
		s/approvers = {\"manager\", \"owner\"}/approvers = {\"manager\", \"maria@acme.example\"}/
		$ANNA" \
		'delegate-account = "5b10d27c4e8a90b35f6c1d04"
		delegate-email = "lapse-slack@acme.example"
		delegate-token = "file:@SECRETS@/delegate"'
}
asked() {
	key=$(ask ben GitHub "${1:-write}" 1h "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
shown() { heard_ts "$1" "<$SANDBOX_JIRA/browse/$key|$key>"; }
# of_approvals: method and who said what, of each.
of_approvals() {
	sql "select a.method, a.state, (select group_concat(o.account || '=' ||
		o.decision, ' ') from (select * from owed order by account) o
		where o.approval = a.id and o.decision <> 'pending')
		from approval a join request r on r.id = a.request_id
		order by r.issue_id"
}
# What all have heard; what nobody has granted is asked for anew, as in Jira.
everything() {
	for who in ben maria carol dana; do
		slack_inbox $who
	done | grep -v "Carol .* asks for"
}
approved_in_slack() {
	asked prod-admin "for all"
	slack_reacts dana "$(shown dana)" white_check_mark
	slack_says maria dm approve "$(shown maria)" >/dev/null
	lapse sync
	asked write "for any"
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync
	asked write "by people"
	approve maria "$key" >/dev/null
	lapse sync
	[ "$(sql "select group_concat(method) from approval")" = "slack-delegate,slack-delegate,jsm" ]
	lapse sync
}

@test "lost: method and people come back, and the next run says nothing again" {
	approved_in_slack
	before=$(of_approvals)
	slack_says carol dm "access github/write 2h of old" >/dev/null
	lapse sync
	lapse sync	# what the first had no time left to tell
	heard_once carol "it waits for"
	# A new ledger listens from its own second on.
	later 1
	filed=$(sql "select count(*) from request")
	lost
	run rebuild
	status_is 0
	diff <(echo "$before") <(of_approvals)
	run lapse rebuild --check
	status_is 0
	has "equal"
	run lapse export changes --format csv
	has slack-delegate
	has "$(account_of dana)"
	run lapse verify
	status_is 0
	inbox=$(everything)
	run lapse sync
	status_is 0
	lapse sync
	diff <(echo "$inbox") <(everything)
	[ "$(sql "select count(*) from slack_ask")" -eq 0 ]
	[ "$(sql "select count(*) from request")" -le "$filed" ]
	asked write "a new one"
	heard_once dana "a new one"
	slack_says ben dm "access github/read 2h anew" >/dev/null
	lapse sync
	[ "$(sql "select count(*) from slack_ask where reason = 'anew'")" -eq 1 ]
}

@test "lost, and Slack is left: what was approved there stays so" {
	approved_in_slack
	before=$(of_approvals)
	lost
	sed -i '/^slack {/,/^}/d; /^slack-approval/d; /slack-approval = true/d' "$LAPSE_CONFIG"
	run rebuild
	diff <(echo "$before") <(of_approvals)
}

@test "lost, with a property from before: what Jira shows of the delegate" {
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync
	issue=$(sql "select issue_id from request")
	put_property "$issue" "$(sealed "$(value_of "$issue" |
		jq -c 'del(.grants[].approval_method) | del(.grants[].approvers)')")"
	lost
	run rebuild
	[ "$(of_approvals)" = "slack-delegate|used|" ]
}

@test "an older copy goes on: it learns the same, and says nothing again" {
	asked write "for any"
	sqlite3 "$LEDGER" ".backup $W/copy.db"
	slack_reacts dana "$(shown dana)" white_check_mark
	slack_says carol dm "access github/write 2h since" >/dev/null
	lapse sync
	asked write "by people"
	approve maria "$key" >/dev/null
	lapse sync
	lapse sync
	heard_once carol "it waits for"
	n=$(sql "select count(*) from request")
	before=$(sql "select method from approval where state = 'used' order by id")
	back_to "$W/copy.db"
	run by_hand rebuild --forward --reason "disk lost"
	status_is 0
	[ "$(sql "select method from approval where state = 'used' order by id")" = "$before" ]
	run lapse rebuild --check
	status_is 0
	inbox=$(everything)
	later 60
	lapse sync
	later 60
	lapse sync
	diff <(echo "$inbox") <(everything)
	[ "$(sql "select count(*) from request")" -eq "$n" ]
}
