#!/usr/bin/env bats
# What people hear in Slack: each thing once, whoever it is for, and never at
# the cost of anybody's access.

load lib
load hand
load still
load slack

setup() { slack_world; }
teardown() { world_end; }

asked() {
	key=$(ask ben GitHub write "${1:-8h}" "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
decided() {
	approve dana "$key" >/dev/null
	lapse sync >/dev/null 2>&1
}

@test "asked, granted, ends soon, ended: each once, one thread a request, with the link" {
	asked
	heard_once dana "<$SANDBOX_JIRA/browse/$key|$key>"
	heard_once dana "Ben Adler asks for *github/write*"
	heard_once dana "get work done"
	hears_nothing ben
	decided
	heard_once ben "is granted to Ben Adler until"
	later 27000	# 7 h 30 min
	lapse sync
	later 900
	run lapse sync
	status_is 0
	heard_once ben "*github/write* ends at"
	heard_once ben "write \`access github/write 8h and the reason\`"
	run comments_of "$key"
	hasnt "file the same request again"
	later 1800
	lapse expire
	run lapse sync
	status_is 0
	heard_once ben "has ended: its time is up"
	first=$(heard_ts ben "is granted")
	[ "$(slack_inbox ben | cut -d ' ' -f 2 | tr '\n' ' ')" = "- $first $first " ]
	before=$(posts)
	lapse sync
	later 60
	lapse sync
	[ "$(posts)" -eq "$before" ]
	[ "$(sql "select count(*) from slack_message where state <> 'done'")" -eq 0 ]
}

@test "asked for once more before the end: the end says that the access stays, and until when" {
	ts=$(slack_says bella dm "access vpn/user 8h travel")
	lapse sync
	later 27900	# 7 h 45 min
	lapse sync
	heard_once bella "write \`access vpn/user"
	ts=$(slack_says bella dm "access vpn/user 2h more")
	lapse sync
	later 1800
	lapse expire
	run lapse sync
	run slack_inbox bella
	has "this request for *vpn/user* of Bella Jansen has ended: its time is up."
	has "The access itself stays, by another request for vpn/user, until 23 Nov 2026"
	later 7200
	lapse expire
	lapse sync
	heard_once bella ": *vpn/user* of Bella Jansen has ended: its time is up."
}

@test "taken back: who had it hears by whom and why" {
	needs_operator
	sed -i "$ANNA" "$LAPSE_CONFIG"
	asked
	decided
	by_hand revoke "$key" --reason "the <laptop> was stolen"
	lapse sync
	run slack_inbox ben
	has "has ended: it was taken back by Anna Schmidt."
	has "the &lt;laptop&gt; was stolen"
}

@test "what is asked for shows the length that would be given" {
	key=$(ask ben AWS admin 20h "look")	# 8 h at the most
	lapse sync
	heard_once karin "For: 8 hours"
	heard_once karin "20 hours were asked for, which is more than this role allows at a time."
	key=$(ask ben GitHub write 2026-12-02T18:00:00+01:00 "look")
	lapse sync
	heard_once dana "Until: 2 Dec 2026 18:00"
	[ "$(n_heard dana "without an end")" -eq 0 ]
	key=$(ask carol Figma editor "" "draw")
	lapse sync
	[ "$(n_heard dana "without an end")" -eq 0 ]
	heard_once dana "For: 30 days"
}

@test "declined: the requester hears by whom" {
	asked
	decline dana "$key"
	lapse sync
	heard_once ben "was not granted"
	heard_once ben "Declined by Dana Reyes."
}

@test "hostile words are words" {
	asked 8h 'deploy <!channel> & <https://evil.example|here> *now* <@U0DANA000>'
	run slack_inbox dana
	has $'&lt;!channel&gt; &amp; &lt;https:\u200b//evil\u200b.example|here&gt;'
	hasnt 'https://evil'
	hasnt '<!channel>'
	hasnt '<@U0DANA000>'
	hasnt '*now*'
}

@test "a lost reply: found by its mark, not said again" {
	fault lost-reply slack POST /chat.postMessage
	asked
	[ "$(messages)" = "asked|doubtful" ]
	later 120
	run lapse sync
	status_is 0
	[ "$(messages)" = "asked|done" ]
	heard_once dana "asks for"
	[ "$(posts)" -eq 1 ]
}

@test "a post that never came: looked for, and said then" {
	fault drop slack POST /chat.postMessage
	asked
	[ "$(messages)" = "asked|doubtful" ]
	later 120
	lapse sync
	[ "$(messages)" = "asked|done" ]
	heard_once dana "asks for"
}

@test "a rate limit is waited for, within a run or over several" {
	fault status-429 slack POST /chat.postMessage '"retry_after":"1"'
	asked
	heard_once dana "asks for"
	key=$(ask carol GitHub write 8h "more work")
	fault status-429 slack POST /chat.postMessage '"retry_after":"90"'
	run lapse sync
	status_is 0
	[ "$(n_heard dana "more work")" -eq 0 ]
	[ "$(request_state "$key")" = asked ]
	later 60
	run lapse sync
	status_is 0
	heard_once dana "more work"
}

@test "Slack down for a day: said once, access as ever, each message once after it" {
	fault drop slack '' '' '"times":-1'
	asked 30d
	for _ in 1 2 3; do
		later 300
		run lapse sync
		status_is 10
	done
	approve dana "$key"
	run lapse sync
	status_is 10
	is_member ben $GITHUB_WRITE
	later 86400
	run lapse sync
	no_faults
	later 300
	run lapse sync
	status_is 0
	heard_once ben "is granted"
	hears_nothing dana	# it was decided meanwhile
	later 60
	lapse sync
	heard_once ben "is granted"
}

@test "show and list: who was told where and when, and what waits" {
	asked
	run lapse show "$key" --json
	has '"schema":"lapse/message.v1"'
	row=$(grep '"lapse/message.v1"' <<<"$output")
	[[ $row == *'"kind":"asked"'*'"name":"Dana Reyes"'*'"state":"done"'* ]]
	[[ $row == *'"channel":"D'*'"said_at":"2026-11-23T10:'* ]]
	run lapse show dana@acme.example
	has "$key  asked  Dana Reyes  done"
	run lapse list messages
	[ -z "$output" ]
	fault drop slack '' '' '"times":-1'
	decided || true
	run lapse list messages
	has "$key  granted  Ben Adler  open"
	hasnt "Dana Reyes"
	run lapse list messages --all --user dana@acme.example
	has "$key  asked  Dana Reyes  done"
	hasnt "Ben Adler"
	run lapse list messages --user carol@acme.example
	status_is 13
}

@test "a fault of Slack is no dead timer: the success stands, each such run says one line" {
	printf wrong >"$W/secrets/slack"
	asked
	later 60
	touch -d 2020-01-01 "$W/state/sync.ok"
	run lapse sync
	status_is 77
	[ "$(grep -c . <<<"$output")" -eq 1 ]
	has "slack: "
	touch -d 2020-01-01 "$W/state/expire.ok"
	lapse expire
	run lapse status --max-age 10m
	status_is 0
	later 60
	run lapse sync
	status_is 77
	[ "$(grep -c . <<<"$output")" -eq 1 ]
	has "slack: "
	has "(since "
	fault drop jira '' '' '"times":-1'
	touch -d 2020-01-01 "$W/state/sync.ok"
	later 60
	run lapse sync
	run lapse status --max-age 10m
	status_is 11
	no_faults
	printf %s "$SLACK_TOKEN" >"$W/secrets/slack"
	later 60
	run lapse sync
	status_is 0
	has "is over: slack"
	later 60
	run lapse sync
	[ -z "$output" ]
}

@test "down before an end: the issue says it, and what means nothing any more is dropped" {
	asked
	decided
	fault drop slack '' '' '"times":-1'
	later 27900	# 7 h 45 min
	for _ in 1 2 3; do
		lapse sync || true
		later 90
	done
	run comments_of "$key"
	has "file the same request again"
	[ "$(n_comments "$key" 'file the same request again')" -eq 1 ]
	[ "$(sql "select state from slack_message where kind = 'ending'")" = dropped ]
	later 3600
	before=$(calls slack)
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(calls slack)" -eq "$before" ]
	no_faults
	lapse sync
	[ "$(n_heard ben "ends at")" -eq 0 ]
}

@test "a guest, a deactivated one, a bot and two accounts are told nothing, and why is kept" {
	slack_user dana '"guest":true'
	asked
	hears_nothing dana
	[ "$(sql "select why from slack_user")" = "a guest in Slack" ]
	[ "$(sql "select why from slack_message")" = "a guest in Slack" ]
	run lapse show "$key"
	has "$key  asked  Dana Reyes  dropped"
	has "a guest in Slack"
	slack_user dana '"guest":false,"deleted":true'
	later 90000
	key=$(ask carol GitHub write 8h "more")
	lapse sync
	[ "$(sql "select why from slack_user where account = '$(account_of dana)'")" = "nobody in Slack has the address" ]
	slack_user dana '"deleted":false,"bot":true'
	later 90000
	key=$(ask farah GitHub write 8h "more")
	lapse sync
	[ "$(sql "select why from slack_user where account = '$(account_of dana)'")" = "a bot in Slack" ]
	hears_nothing dana
}

@test "two Slack users: the one with the address of Jira; two Jira accounts: neither" {
	slack_user dana '"second":"dana@other.example"'
	asked
	heard_once dana "asks for"
	hears_nothing dana-2
	sqlite3 "$LEDGER" "insert into account (account, name, email, type,
		active, seen_at) values ('5b1other', 'Dana', 'DANA@acme.example',
		'customer', 1, 0)"
	later 90000
	key=$(ask carol GitHub write 8h "two of them")
	lapse sync
	[ "$(n_heard dana "two of them")" -eq 0 ]
	[ "$(sql "select why from slack_user where account = '$(account_of dana)'")" = "two Jira accounts have the address" ]
}

@test "whom Slack finds by an address has exactly that address" {
	fault garbage-json slack GET /users.lookupByEmail "\"body\":$(quote '{
		"ok":true,"user":{"id":"'"$(slack_id maria)"'","team_id":"T0ACME000","profile":{
		"email":"dana@acme.example.example"}}}')"
	asked
	hears_nothing maria
	hears_nothing dana
	[ "$(sql "select why from slack_user")" = "Slack has another address for that user" ]
}

@test "a token that is not taken: noted, and nobody's access waits" {
	printf wrong >"$W/secrets/slack"
	key=$(ask ben GitHub write 8h "work")
	run lapse sync
	status_is 77
	has "the token is not taken"
	[ "$(request_state "$key")" = asked ]
	approve dana "$key"
	run lapse sync
	is_member ben $GITHUB_WRITE
}

@test "a dry run says nothing" {
	key=$(ask ben GitHub write 8h "work")
	before=$(calls slack)
	run lapse sync --dry-run
	[ "$(calls slack)" -eq "$before" ]
}
