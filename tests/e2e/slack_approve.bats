#!/usr/bin/env bats
# Approving in Slack: one person's own answer to what was shown to them, counted
# by the same quorum as Jira's, and answered there by the delegate.

load lib
load hand
load still
load slack

teardown() { world_end; }

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
	is_member ben "$GITHUB_WRITE"
	heard_once dana "Recorded for $key: you approve it."
	heard_once ben "is granted to Ben Adler until"
	run comments_of "$key"
	has "Approved in Slack by Dana Reyes."
	has "Dana Reyes answered by a reaction, read on 23 Nov 2026"
	has "Jira shows it as the answer of "
	run kinds_of "$key"
	has slack-decision
	has delegate-answered
	[ "$(sql "select state, decision from slack_answer")" = "done|approved" ]
	run lapse show "$key" --json
	row=$(grep '"lapse/slack-answer.v1"' <<<"$output")
	[[ $row == *'"name":"Dana Reyes","decision":"approved","form":"reaction"'* ]]
	[[ $row == *'"counts":true'*'"address":"dana@acme.example"'* ]]
	run lapse verify
	status_is 0
	for format in csv ecs ocsf; do
		run lapse export changes --format $format
		has slack-delegate
		has "Dana Reyes"
	done
	run lapse show "$key"
	has "Dana Reyes: slack decision github/write on $key"
	run lapse verify
	status_is 0
	[ "$(sql "select count(*) from evidence, json_each(data, '$.answers') j
		where kind = 'approved'
		and json_extract(j.value, '$.in') = 'slack'")" -eq 1 ]
}

@test "double reactions and a skin tone: one decision; a removed one stands" {
	approving
	asked prod-admin
	ts=$(shown dana)
	slack_reacts dana "$ts" +1::skin-tone-3
	slack_reacts dana "$ts" white_check_mark
	lapse sync
	lapse sync
	[ "$(sql "select count(*) from slack_decision where counted")" -eq 1 ]
	heard_once dana "Recorded for"
	[ "$(n_heard dana "Not counted")" -eq 0 ]
	slack_unreacts dana "$ts" +1::skin-tone-3
	slack_unreacts dana "$ts" white_check_mark
	lapse sync
	[ "$(sql "select count(*) from slack_decision where counted and gone_at is not null")" -eq 1 ]
	[ "$(grants)" = "" ]
	slack_says maria dm approve "$(shown maria)" >/dev/null
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	run comments_of "$key"
	has "They answer in Slack."
	has "Approved in Slack by Dana Reyes and Maria"
	[ "$(methods)" = "used|slack-delegate" ]
}

@test "a reaction that was taken back before it was read is nobody's" {
	approving
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	slack_unreacts dana "$(shown dana)" white_check_mark
	lapse sync
	[ "$(decisions)" = "" ]
	[ "$(request_state "$key")" = asked ]
}

@test "all: one no declines, and the first answer of a person stands" {
	approving
	asked prod-admin
	slack_reacts dana "$(shown dana)" +1
	lapse sync
	slack_reacts dana "$(shown dana)" x
	lapse sync
	heard_once dana "you have answered already, and the first answer stands"
	[ "$(request_state "$key")" = asked ]
	slack_says maria dm "Decline: not before the release" "$(shown maria)" >/dev/null
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = declined ]
	[ "$(delegate_said)" = "done|declined" ]
	[ "$(methods)" = "declined|slack-delegate" ]
	[ "$(sql "select words from slack_decision where account = '$(account_of maria)'")" = "not before the release" ]
	run comments_of "$key"
	has "Declined in Slack by Maria"
	heard_once ben "Declined by Maria"
	has "Maria Lindqvist answered by a reply, read on 23 Nov 2026"
	[ "$(grep -c '"not before the release"' <<<"$output")" -eq 2 ]
	has "In their words:"
	heard_once ben 'In their words: "not before the release"'
}

@test "words with an approval: on the issue, and to whoever gets the access" {
	approving
	asked
	slack_says dana dm "approve: thanks for waiting" "$(shown dana)" >/dev/null
	lapse sync
	run comments_of "$key"
	has "Dana Reyes answered by a reply"
	has '"thanks for waiting"'
	run slack_inbox ben
	has "Approved with the words: &gt; thanks for waiting"
}

@test "ok below what asks approves; ok to anything else that lapse said does not" {
	approving
	asked
	slack_says dana dm "ok, but not before Monday" "$(shown dana)" >/dev/null
	lapse sync
	heard_once dana "That was not taken for an answer"
	slack_says dana dm ok "$(shown dana)" >/dev/null
	later 60
	lapse sync
	later 60
	lapse sync
	[ "$(decisions)" = "" ]
	[ "$(request_state "$key")" = asked ]
	asked write "once more"
	ts=$(sql "select ts from slack_message where approval = 2")
	slack_says dana dm "LGTM!" "$ts" >/dev/null
	lapse sync
	[ "$(decisions)" = "approved|reply|1|" ]
	[ "$(request_state "$key")" = approved ]
}

@test "an answer beside the thread is told where it belongs" {
	approving
	asked
	lapse sync
	slack_says dana dm "approve $key" >/dev/null
	lapse sync
	heard_once dana 'write `approve` or `decline: why` in the thread of'
	[ "$(n_heard dana "Write for example")" -eq 0 ]
	[ "$(request_state "$key")" = asked ]
}

@test "both signs by one person, read at once: declined" {
	approving
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	slack_reacts dana "$(shown dana)" x
	lapse sync
	[ "$(request_state "$key")" = declined ]
	[ "$(grants)" = "" ]
}

@test "a wrong person's reaction is nobody's, a wrong person's word is answered" {
	approving
	asked
	slack_reacts maria "$(shown dana)" white_check_mark
	slack_reacts ben "$(shown dana)" white_check_mark
	lapse sync
	[ "$(request_state "$key")" = asked ]
	[ "$(sql "select counted, refused from slack_decision where account = '$(account_of ben)'")" = "0|this was not asked of you" ]
	[ "$(sql "select count(*), max(counted) from slack_decision")" = "2|0" ]
	[ "$(n_heard dana "Not counted")" -eq 0 ]
	dm=$(sql "select channel from slack_message where kind = 'asked'")
	slack_says ben "$dm" approve "$(shown dana)" >/dev/null
	lapse sync
	heard_once dana "Not counted for $key: this was not asked of you"
	slack_says dana dm "what for?" "$(shown dana)" >/dev/null
	lapse sync
	lapse sync
	heard_once dana 'write `approve` or `decline: why`'
	[ "$(request_state "$key")" = asked ]
}

@test "a guest, a bot, an address of two accounts, an address that changed: nobody" {
	approving
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	slack_user dana '"guest":true'
	lapse sync
	[ "$(decisions)" = "approved|reaction|0|a guest in Slack" ]
	asked write again
	slack_user dana '"guest":false'
	control POST /jira/user '{"account":"carol","email":"dana@acme.example"}'
	slack_reacts dana "$(sql "select ts from slack_message where approval = 2")" +1
	lapse sync
	[ "$(grants)" = "" ]
	[ "$(sql "select count(*) from slack_decision where counted")" -eq 0 ]
}

@test "edited after the reaction: asked again with what it says now" {
	approving
	asked
	old=$(shown dana)
	slack_reacts dana "$old" white_check_mark
	later 5
	edit anna "$key" customfield_10202 '"7d"'
	lapse sync
	[ "$(grants)" = "" ]
	[ "$(sql "select state from approval order by id" | tr '\n' ' ')" = "void open " ]
	[ "$(sql "select count(*) from slack_decision where counted")" -eq 0 ]
	lapse sync
	heard_once dana "it was asked for again, because the duration was changed by Anna Schmidt after approval was asked for; please answer the newer message"
	heard_once dana "This is asked for again, because the duration was changed by Anna Schmidt"
	new=$(heard_ts dana "For: 7 days")
	[ "$new" != "$old" ]
	slack_reacts dana "$new" white_check_mark
	lapse sync
	[ "$(grants)" = "active|" ]
}

# What a ledger says that somebody changed by hand: it is held against the
# request each time.
@test "what was shown is what counts: an answer to other words decides nothing" {
	approving
	asked prod-admin
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync
	sqlite3 "$LEDGER" "update slack_decision set shown_hash = 'of other words'"
	slack_reacts maria "$(shown maria)" white_check_mark
	lapse sync
	[ "$(sql "select sum(counted) from slack_decision")" -eq 2 ]
	[ "$(request_state "$key")" = asked ]
	[ "$(delegate_said)" = "" ]
	asked
	sqlite3 "$LEDGER" "update slack_message set content_hash = 'of other words'"
	slack_reacts dana "$(heard_ts dana "browse/$key|")" white_check_mark
	lapse sync
	[ "$(request_state "$key")" = asked ]
	heard_once dana "please answer the newer message"
}

@test "an edited reply is no answer; a new one is" {
	approving
	asked
	ts=$(slack_says dana dm "approve" "$(shown dana)")
	slack_edits "$ts" "approve"
	lapse sync
	[ "$(request_state "$key")" = asked ]
	heard_once dana "please write it anew"
	slack_says dana dm "Approve" "$(shown dana)" >/dev/null
	lapse sync
	[ "$(grants)" = "active|" ]
}

@test "read again after a restart: once" {
	approving
	asked prod-admin
	slack_says dana dm approve "$(shown dana)" >/dev/null
	lapse sync
	sqlite3 "$LEDGER" "delete from slack_cursor"
	lapse sync
	[ "$(decisions)" = "approved|reply|1|" ]
	heard_once dana "Recorded for"
	[ "$(sql "select count(*) from evidence where kind = 'slack-decision'")" -eq 1 ]
}

@test "any: a person in Jira still decides, and it is theirs" {
	approving
	asked
	approve dana "$key" >/dev/null
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(methods)" = "used|jsm" ]
	[ "$(delegate_said)" = "" ]
}

@test "the delegate on its own: refused, reported, asked again" {
	approving
	asked
	approve $delegate "$key" >/dev/null
	run lapse sync
	status_is 12
	has "the account that answers for Slack has approved it, and nobody decided so there"
	[ "$(grants)" = "" ]
	run kinds_of "$key"
	has delegate-refused
	[ "$(sql "select state from approval order by id" | tr '\n' ' ')" = "void open " ]
	run comments_of "$key"
	has "the account that answers for Slack did so on its own"
	heard_once dana "This is asked for again, because the account that answers for Slack did so on its own."
	later 7200
	run lapse sync
	status_is 12
	hasnt "is over"
	[ "$(sql "select count(*) from evidence where kind = 'delegate-refused'")" -eq 1 ]
	[ "$(grants)" = "" ]
	later 86400
	run lapse sync
	status_is 0
	has "is over"
}

@test "the delegate says otherwise than those for whom it answers: refused" {
	approving
	asked
	fault drop jira POST /approval/
	slack_reacts dana "$(shown dana)" x
	lapse sync >/dev/null 2>&1 || true
	[ "$(delegate_said)" = "sent|declined" ]
	approve $delegate "$key" >/dev/null
	later 120
	run lapse sync
	status_is 12
	has "the account that answers for Slack has approved it, and nobody decided so there"
	run kinds_of "$key"
	has delegate-refused
	[ "$(grants)" = "" ]
}

@test "lapse itself is nobody's delegate, whatever is configured" {
	approving
	sed -i "s/delegate-account = .*/delegate-account = \"$(account_of lapse-bot)\"/" \
		"$LAPSE_CONFIG"
	asked
	[ "$(methods)" = "open|jsm" ]
	run comments_of "$key"
	hasnt "in Slack"
	asked prod-admin
	[ "$(sql "select count(*) from approval where method = 'jsm'")" -eq 2 ]
}

@test "the delegate's token is refused: access waits, said, and goes on with a good one" {
	approving
	asked
	printf wrong >"$W/secrets/delegate"
	slack_reacts dana "$(shown dana)" white_check_mark
	run lapse sync
	status_is 77
	has "decided in Slack, and the account that answers in Jira could not; access waits"
	[ "$(grants)" = "" ]
	[ "$(delegate_said)" = "open|approved" ]
	printf token-lapse-slack >"$W/secrets/delegate"
	later 120
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(decisions)" = "approved|reaction|1|" ]
}

@test "the delegate's answer gets lost: found in Jira, not given twice" {
	approving
	asked
	fault lost-reply jira POST /approval/
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync >/dev/null 2>&1 || true
	later 120
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(delegate_said)" = "done|approved" ]
	run comments_of "$key"
	n=$(grep -c "Approved in Slack by" <<<"$output")
	[ "$n" -eq 1 ] || { echo "$output"; lapse list notices; sql "select * from slack_answer"; false; }
}

@test "Slack down for a day: any goes on in Jira, all is asked for there" {
	approving
	asked
	first=$key
	asked prod-admin "for all"
	fault drop slack '' '' '"times":-1'
	approve dana "$first" >/dev/null
	lapse sync >/dev/null 2>&1 || true
	[ "$(grants)" = "active|" ]
	for _ in 1 2 3 4 5; do
		run comments_of "$key"
		hasnt "nobody could be heard"
		later 800
		lapse sync >/dev/null 2>&1 || true
	done
	run comments_of "$key"
	has "nobody could be heard in Slack for an hour"
	approve dana "$key" >/dev/null
	approve maria "$key" >/dev/null
	lapse sync >/dev/null 2>&1 || true
	[ "$(sql "select count(*) from \"grant\" where role = 'github/prod-admin' and state = 'active'")" -eq 1 ]
	asked prod-admin "while it is down"
	[ "$(sql "select method from approval order by id desc limit 1")" = jsm ]
}

@test "lapse was down: what was answered meanwhile is read before anything is void" {
	approving '/^role "aws\/admin"/a slack-approval = true'
	asked prod-admin
	both=$key
	key=$(ask ben AWS admin 1h "restart")	# gina after 4 h
	lapse sync
	slack_reacts karin "$(shown karin)" +1
	key=$both
	slack_reacts dana "$(shown dana)" +1
	slack_reacts maria "$(shown maria)" +1
	later 15000
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|
active|" ]
	[ "$(sql "select count(*) from slack_decision where counted")" -eq 3 ]
	[ "$(sql "select count(*) from approval where state = 'void'")" -eq 0 ]
	hears_nothing gina
	[ "$(n_heard dana "Not counted")" -eq 0 ]
}

@test "lapse was down while Slack was: its sleep is not counted" {
	approving
	asked prod-admin
	fault drop slack '' '' '"times":-1'
	later 300
	lapse sync >/dev/null 2>&1 || true
	later 7200
	lapse sync >/dev/null 2>&1 || true
	[ "$(methods)" = "open|slack-delegate" ]
	no_faults
	slack_reacts dana "$(shown dana)" +1
	slack_reacts maria "$(shown maria)" +1
	later 300
	run lapse sync
	[ "$(grants)" = "active|" ]
}

@test "asked for in Jira after all: an answer in Slack is told where to go" {
	approving
	asked prod-admin
	old=$(shown dana)
	fault drop slack '' '' '"times":-1'
	for _ in 1 2 3 4 5 6; do
		later 800
		lapse sync >/dev/null 2>&1 || true
	done
	no_faults
	later 120
	lapse sync
	heard_once dana "This is asked for again, because nobody could be heard in Slack for an hour. Earlier answers do not count."
	slack_says dana dm approve "$old" >/dev/null
	later 60
	lapse sync
	later 60
	lapse sync
	heard_once dana "it was asked for again, because nobody could be heard in Slack for an hour; please answer on $key."
	[ "$(n_heard dana "please answer the newer message")" -eq 0 ]
}

@test "all: who never gets the message answers in Jira, and so do the others" {
	approving
	asked prod-admin
	sqlite3 "$LEDGER" "update slack_message set state = 'dropped', ts = null
		where account = '$(account_of maria)'"
	later 60
	run lapse sync
	[ "$(methods)" = "void|slack-delegate
open|jsm" ]
	run comments_of "$key"
	has "not everybody who was asked can be reached in Slack"
}

@test "all: who has answered is not waited for, nor reminded" {
	approving
	asked prod-admin
	slack_reacts dana "$(shown dana)" +1
	lapse sync
	run lapse list requests
	has "Maria Lindqvist"
	hasnt "Dana Reyes"
	run lapse show "$key"
	has "Dana Reyes       manager  approved"
	later 43300	# half of escalate-after
	lapse sync
	run comments_of "$key"
	has "still waits for Maria Lindqvist."
	has "It is answered in Slack."
	hasnt "Please choose Approve or Decline on it."
	heard_once maria "still waits for your answer"
	[ "$(n_heard dana "still waits for your answer")" -eq 0 ]
}

@test "doctor: the delegate is its own account, and the one that is named" {
	approving
	run lapse doctor
	has "the delegate has a Jira account of its own"
	printf token-hugo >"$W/secrets/delegate"
	run lapse doctor
	status_is 77
	sed -i 's/lapse-slack@acme.example/hugo@acme.example/' "$LAPSE_CONFIG"
	run lapse doctor
	status_is 77
	has "delegate-token is of account"
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	run lapse sync
	status_is 77
	[ "$(grants)" = "" ]
	[ "$(delegate_said)" = "open|approved" ]
}

@test "two runs at once: one decision, one answer, one grant" {
	approving
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync >/dev/null 2>&1 &
	lapse sync >/dev/null 2>&1 || true
	wait $! || true
	later 120
	lapse sync >/dev/null 2>&1 || true
	[ "$(decisions)" = "approved|reaction|1|" ]
	[ "$(grants)" = "active|" ]
	run comments_of "$key"
	n=$(grep -c "Approved in Slack by" <<<"$output")
	[ "$n" -eq 1 ] || { echo "$output"; lapse list notices; sql "select * from slack_answer"; false; }
	heard_once dana "Recorded for"
}

@test "slack-approval is taken from the role: what waits is asked for in Jira" {
	approving
	asked
	any=$key
	asked prod-admin "for all"
	all=$key
	sed -i '/slack-approval = true/d' "$LAPSE_CONFIG"
	slack_reacts dana "$(key=$any shown dana)" +1
	slack_reacts dana "$(shown dana)" +1
	slack_reacts maria "$(shown maria)" +1
	lapse sync
	lapse sync
	[ "$(grants)" = "" ]
	[ "$(delegate_said)" = "" ]
	[ "$(methods | tail -n 2 | tr '\n' ' ')" = "open|jsm open|jsm " ]
	run comments_of "$all"
	has "this role is not approved in Slack any more"
	approve dana "$any" >/dev/null
	approve dana "$all" >/dev/null
	approve maria "$all" >/dev/null
	run lapse sync
	status_is 0
	[ "$(sql 'select count(*) from "grant" where state = "active"')" -eq 2 ]
}

@test "slack-approval is taken from the role after people decided in Jira: it counts" {
	approving
	asked
	sed -i '/slack-approval = true/d' "$LAPSE_CONFIG"
	approve dana "$key" >/dev/null
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(methods)" = "used|jsm" ]
}

@test "somebody of another workspace with an approver's address is nobody" {
	approving
	lapse sync
	slack_user maria '"email":"maria.left@acme.example"'
	slack_user gina '"second":"maria@acme.example","team":"T0OTHER00"'
	asked prod-admin
	run slack_inbox gina-2
	hasnt "$key"
	[ "$(sql "select why from slack_user where account = '$(account_of maria)'")" = "of another workspace in Slack" ]
	slack_says gina-2 access "access github/write 6h from outside" >/dev/null
	lapse sync
	lapse sync
	[ "$(sql "select count(*) from request")" -eq 1 ]
	slack_user gina-2 '"team":"T0ACME000"'
	later 90000
	asked prod-admin "for the release"
	[ -n "$(shown gina-2)" ]
	slack_user gina-2 '"team":"T0OTHER00"'
	slack_reacts gina-2 "$(shown gina-2)" +1
	slack_reacts dana "$(shown dana)" +1
	lapse sync
	[ "$(grants)" = "" ]
	[ "$(sql "select refused from slack_decision where not counted")" = "of another workspace in Slack" ]
}

@test "a reply that is said to the channel as well, or with a file, is a reply" {
	approving
	asked prod-admin
	SUBTYPE=thread_broadcast slack_says maria dm approve "$(shown maria)" >/dev/null
	SUBTYPE=file_share slack_says dana dm "decline: see the picture" "$(shown dana)" >/dev/null
	SUBTYPE=channel_topic slack_says maria dm decline "$(shown maria)" >/dev/null
	lapse sync
	[ "$(sql "select decision, words from slack_decision order by decision")" = "approved|
declined|see the picture" ]
	[ "$(request_state "$key")" = declined ]
}

@test "a sign under a reminder is shown the way, once" {
	approving '/^role "github\/write"/a escalate-after = "2h"'
	asked
	later 3700
	lapse sync
	reminder=$(heard_ts dana "still waits for your answer")
	slack_reacts dana "$reminder" x
	lapse sync
	slack_reacts dana "$reminder" -1
	lapse sync
	heard_once dana "react to the message that asks with"
	[ "$(decisions)" = "" ]
	slack_says dana dm decline "$(shown dana)" >/dev/null
	lapse sync
	[ "$(request_state "$key")" = declined ]
}

@test "whose sign it is was not certain for a while: told, and asked again" {
	approving
	asked
	control POST /jira/user '{"account":"carol","email":"dana@acme.example"}'
	slack_reacts dana "$(shown dana)" x
	lapse sync
	later 60
	lapse sync
	[ "$(decisions)" = "declined|reaction|0|not exactly one Jira account has the address" ]
	heard_once dana "Not counted for $key: not exactly one Jira account has the address"
	control POST /jira/user '{"account":"carol","email":"carol@acme.example"}'
	later 60
	lapse sync
	[ "$(decisions)" = "declined|reaction|1|" ]
	[ "$(request_state "$key")" = declined ]
	run lapse verify
	status_is 0
}

@test "a reply just after it was asked for again may be meant for the older text" {
	approving
	asked
	later 5
	edit anna "$key" customfield_10202 '"7d"'
	lapse sync
	heard_once dana "For: 7 days"
	slack_says dana dm approve "$(shown dana)" >/dev/null
	lapse sync
	heard_once dana "asked for again less than a minute before"
	[ "$(request_state "$key")" = asked ]
	later 61
	slack_says dana dm approve "$(shown dana)" >/dev/null
	lapse sync
	[ "$(sql "select counted, shown like '%7 days%' from slack_decision
		order by id")" = "0|1
1|1" ]
	[ "$(grants)" = "active|" ]
	later 700
	lapse sync
	[ "$(n_heard dana "Not counted")" -eq 1 ]
}
