# The world of the sweep in which people ask, approve and hear in Slack: what
# is configured, what waits there when the killed command begins, and what it
# must come to. Not a test.

. tests/e2e/slack.bash

slack_secrets() {
	printf sandbox-slack-bot >"$W/secrets/slack"
	printf token-lapse-slack >"$W/secrets/delegate"
}

# Behind the configuration.
slack_conf() {
	slack_section "$SLACK_DELEGATE" >"$W/slack.conf.in"
	printf %s "$W/slack.conf.in"
}

# dana was asked about ben's request and has reacted, carol has just asked in
# the channel, and ivan's access has ended of which he has not heard.
prepare_slack() {
	local old new
	old=$(ask ivan GitHub read 8h "the old work") && lapse sync &&
		later 28000 &&
		new=$(ask ben GitHub write 8h "the new work") && lapse sync &&
		slack_reacts dana "$(heard_ts dana "$new")" white_check_mark &&
		slack_says carol access "access github/write 8h her work" \
			>/dev/null && later 900 && lapse expire || return
	command=(sync)
}

# Each decision, answer and request once, and each message, whatever the ledger
# thinks of it: what stands in Slack is counted.
picture_slack() {
	sql "select 'decision', account, decision, form, counted, refused
		from slack_decision order by 2, 3;
	select 'answer', state, decision from slack_answer;
	select 'ask', state, issue_key, role, (select channel from intake
		join request r on r.id = request_id
		where r.issue_id = a.issue_id) from slack_ask a order by id;
	select 'filed', json_extract(i.value, '\$.key'), json_extract(i.value,
		'\$.reporter') from json_each(readfile('$W/now.json'),
		'\$.jira.issues') i where json_extract(i.value,
		'\$.requestType') is not null order by 2;
	select 'said', place, count(*), count(distinct marker), substr(words,
			1, instr(words || char(10), char(10)) - 1)
		from (select c.key place, json_extract(m.value,
			'\$.metadata.event_payload.id') marker, replace(
			json_extract(m.value, '\$.text'), ' until', char(10))
			words from json_each(readfile('$W/now.json'),
			'\$.slack.channels') c, json_each(c.value,
			'\$.messages') m) where marker is not null
		group by 2, 5 order by 2, 5;
	select 'message', kind, state, count(*) from slack_message
		group by 2, 3;
	select 'told', issue_id, kind, count(*) from evidence where kind glob
		'slack-*' or kind glob 'delegate-*' group by 2, 3" \
		>"$W/in-slack" || return
	sed "s|$SANDBOX_JIRA||" "$W/in-slack"
}
