#!/usr/bin/env bats
# What an approver decides on in Slack is what was shown to them there.

load lib
load hand
load still
load slack

setup() { needs_operator; }
teardown() { world_end; }

reason() { # WHO KEY TEXT: the reason is edited
	edit "$1" "$2" customfield_10204 '{"type":"doc","version":1,"content":
		[{"type":"paragraph","content":[{"type":"text","text":"'"$3"'"}]}]}'
}

@test "edited before the message was owed: the new reason is shown, once" {
	approving "$ANNA"
	key=$(ask ben GitHub write 1h "look at a log file")
	# Asked by hand, which leaves Slack to the timer's run.
	by_hand grant "$key" --reason "asked by phone" || true
	[ "$(request_state "$key")" = asked ]
	hears_nothing dana
	later 5
	reason anna "$key" "copy the production database"
	later 5
	lapse sync
	lapse sync
	heard_once dana "asks for"
	run slack_inbox dana
	has "copy the production database"
	hasnt "look at a log file"
	slack_reacts dana "$(shown dana)" +1
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(sql "select count(*) from slack_decision d
		join approval a on a.id = d.approval
		where counted and shown like '%copy the production%'
		and a.content_hash = d.shown_hash")" -eq 1 ]
	[ "$(sql "select group_concat(json_extract(data, '$.asks') =
		(select approval_id from approval a where a.id = rank))
		from (select data, row_number() over (order by seq) as rank
		from evidence where kind = 'asked')")" = 1,1 ]
}
