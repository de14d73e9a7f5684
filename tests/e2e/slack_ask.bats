#!/usr/bin/env bats
# Asking for access in Slack: each message that is meant for lapse is answered
# once, in its thread, and what it asks for is a request in Jira like any other.

load lib
load hand
load still
load slack

setup() {
	slack_world
	lapse sync	# it listens from here on
}
teardown() { world_end; }

# says WHO TEXT: in the channel; heard WHO TEXT: by direct message
says() { ts=$(slack_says "$1" access "$2"); }
writes() { ts=$(slack_says "$1" dm "$2"); }
# The answers in the thread of TS, in the channel or to WHO.
answers() { slack_channel access | grep -F " ${1:-$ts} lapse-app: " || true; }
answers_to() { slack_inbox "$1" | grep -F " $ts lapse-app: " || true; }
n_answers() { answers "${1-}" | grep -c . || true; }
requests() { sql "select count(*) from request"; }
asks() { sql "select state from slack_ask order by id"; }
key_of() { sql "select issue_key from slack_ask where ts = '${1:-$ts}'"; }
filings() { calls jira POST /rest/servicedeskapi/request; }

@test "filed on behalf of the person, asked, answered with key, link and status" {
	says ben "access github/prod-admin 6h deploying the hotfix"
	run lapse sync
	status_is 0
	key=$(key_of)
	run answers
	has "<$SANDBOX_JIRA/browse/$key|$key>: *github/prod-admin* for you, 6h"
	has "it waits for Dana Reyes"
	[ "$(n_answers)" -eq 1 ]
	[ "$(request_state "$key")" = asked ]
	run as anna GET "/rest/api/3/issue/$key"
	has "\"customfield_10202\":\"6h\""
	has '"text":"deploying the hotfix"'
	ben=$(account_of ben)
	[ "$(sql "select requester, beneficiary from request")" = "$ben|$ben" ]
	[ "$(sql "select channel from intake")" = slack ]
	run as anna GET "/rest/api/3/issue/$key"
	has '"summary":"Access: github/prod-admin (asked in Slack on 2026-11-23 at 10:00:'
	run comments_of "$key"
	has "Ben Adler asked for this in Slack, 23 Nov 2026"
	has "https://acme.slack.com/archives/C0ACCESS0/p${ts/./}"
	has '"access github/prod-admin 6h deploying the hotfix"'
	[ "$(sql "select actor from evidence where kind = 'slack-asked'")" = "$ben" ]
	heard_once dana "asks for *github/prod-admin*"
	later 60
	lapse sync
	[ "$(n_answers)" -eq 1 ]
	[ "$(requests)" -eq 1 ]
}

@test "in direct messages: answered there, and the outcome in the same thread" {
	writes ben "access github/write 8h fix the build"
	lapse sync
	key=$(key_of)
	run answers_to ben
	has "$key>: *github/write* for you, 8h: it waits for Dana Reyes"
	approve dana "$key"
	lapse sync
	run answers_to ben
	has "is granted to Ben Adler until"
	run comments_of "$key"
	has "Ben Adler asked for this in Slack by direct message, 23 Nov 2026"
	hasnt "acme.slack.com"
	is_member ben $GITHUB_WRITE
}

@test "nobody has to approve it: access is there in the same run" {
	writes ben "Access: github/read 8h look something up"
	run lapse sync
	status_is 0
	is_member ben $GITHUB_READ
	run answers_to ben
	has "it is approved"
}

@test "an end that is a time, or none, is said back; so is that it waits" {
	writes erik "access github/read 2026-11-23T20:00:00+01:00 till tonight"
	lapse sync
	run answers_to erik
	has "*github/read* for you, until 2026-11-23T20:00:00+01:00: it is approved"
	writes erik "access salesforce/user no end selling"
	lapse sync
	run answers_to erik
	has "*salesforce/user* for you, no end: "
	control POST /okta/user '{"login":"erik@acme.example","status":"STAGED"}'
	writes erik "access github/write 8h soon"
	lapse sync
	run answers_to erik
	has "*github/write* for you, 8h: it waits: Erik Sandberg's user account is not active yet."
	says erik "access github/prod-admin 1h soon"
	lapse sync
	run answers
	has "*github/prod-admin* for you, 1h: it waits; the issue says for what."
}

@test "refused at once: the first answer says why, in a channel the issue does" {
	writes erik "access github/prod-admin 2d too long"
	lapse sync
	run answers_to erik
	has "*github/prod-admin* for you, 2d: it is refused: "
	hasnt "the issue says why"
	says ben "access github/prod-admin 2d too long"
	lapse sync
	run answers
	has "it is refused; the issue says why."
}

@test "more than is given: the answer says for how long it is" {
	writes ben "access github/read 100d look something up"
	run lapse sync
	status_is 0
	run answers_to ben
	has "*github/read* for you, 90d (not 100d, which is more than this role allows at a time): it is approved"
	has "100 days were asked for, which is more than this role allows at a time."
}

@test "access alone: what this person may ask for, with durations" {
	writes ben "access"
	lapse sync
	run answers_to ben
	has "You may ask for:"
	has "*github/prod-admin*: merge and deploy to production; for 1h, 6h, 24h; at most 1d"
	has "*vpn/user*"
	writes sam "ACCESS"	# not in Engineering
	lapse sync
	run answers_to sam
	has "*github/write*"
	hasnt "github/prod-admin"
	writes ben "access github"
	lapse sync
	run answers_to ben
	has "Of GitHub you may ask for:"
	hasnt "vpn/user"
	[ "$(filings)" -eq 0 ]
}

@test "whoever may not ask for a role is not shown it by mistakes either" {
	for who in sam ben; do
		writes $who "access github/prod-admn 6h x"
		writes $who "access github/prod 6 x"
		writes $who "access github/prod hotfix 6h"
		writes $who "what?"
	done
	lapse sync
	run slack_inbox ben
	has "Did you mean *github/prod-admin*?"
	has "Usual for *github/prod-admin*: 1h, 6h, 24h"
	[ "$(slack_inbox sam | grep -c "lapse-app:")" -eq 4 ]
	[ "$(slack_inbox sam | grep "lapse-app:" | grep -c "prod-admin\|24h")" -eq 0 ]
	run slack_inbox sam
	has 'Write for example `access '
}

@test "not understood: an example, or the name that was meant, never silence" {
	writes ben "please give me something"
	lapse sync
	run answers_to ben
	has 'Write for example `access github/read 8h and the reason`'
	says ben "<@U0LAPSE00> hello?"
	lapse sync
	run answers
	has 'Write for example `access'
	says ben "access github/prd-admin 6h hotfix"
	lapse sync
	run answers
	has "Did you mean *github/prod-admin*?"
	says ben "access github/prod-admin 6x hotfix"
	lapse sync
	run answers
	has 'The duration "6x" was not understood.'
	has "replies in this thread are not read"
	has "Usual for *github/prod-admin*: 1h, 6h, 24h"
	sed -i '/default-duration = "30d"/d' "$LAPSE_CONFIG"
	says ben "access figma/editor look at it"
	lapse sync
	run answers
	has "Please say for how long."
	says ben "access github/prod-admin 6h"
	lapse sync
	run answers
	has "has to say why"
	says ben "access github/prod-admin 6h $(printf '%05000d' 0)"
	lapse sync
	run answers
	has "too long to read"
	[ "$(filings)" -eq 0 ]
	later 60
	before=$(posts)
	lapse sync
	[ "$(posts)" -eq "$before" ]
}

@test "a part of the name is enough where only one role has it" {
	says ben "<@U0LAPSE00> access gith/prod for 6h: deploying"
	lapse sync
	[ "$(sql "select role, duration_s from request")" = "github/prod-admin|21600" ]
	writes dana "access server-room 2h replacing a disk"
	lapse sync
	[ "$(sql "select role from request where id = 2")" = badge/server-room ]
}

@test "for oneself, one role at a time, the duration where it is seen: else nothing is filed" {
	writes erik "access github/read for <@$(slack_id ben)> 8h please"
	lapse sync
	run answers_to erik
	has "you can ask for yourself only"
	writes erik "access github/read for ben 8h please"
	lapse sync
	run answers_to erik
	has "you can ask for yourself only"
	writes erik "access github/read github/write 8h both"
	lapse sync
	run answers_to erik
	has "ask for one role at a time"
	writes erik "access github/read look at the code for 8h"
	lapse sync
	run answers_to erik
	has 'is "8h" the duration?'
	has 'for example `access github/read 8h and the reason`'
	[ "$(filings)" -eq 0 ]
	writes erik "access github/read 8 Hours look at the code"
	lapse sync
	run answers_to erik
	has "*github/read* for you, 8h"
}

@test "help, status and an answer in the wrong place are told what to write" {
	writes ben "help"
	lapse sync
	run answers_to ben
	has "To ask for access, write for example"
	has "To approve or decline, answer the message that asks you"
	writes ben "status?"
	lapse sync
	run answers_to ben
	has "its issue, which is linked there"
	for word in "approve" "approve ACC-4" "decline: no"; do
		writes dana "$word"
		lapse sync
		run answers_to dana
		has "not certain which request you mean"
		has "in the thread of the message that asks you"
	done
	[ "$(filings)" -eq 0 ]
}

@test "ordinary talk is left alone, and not kept" {
	says ben "did anybody see the accessories?"
	says ben "I have access to everything"
	says ben "access-control is hard"
	says ben "access prod 2d ago was broken"
	says ben "access to the VPN is slow"
	says ben "approve"
	lapse sync
	[ "$(posts)" -eq 0 ]
	[ -z "$(asks)" ]
}

@test "what stood there before lapse listened is nobody's" {
	slack_member C0GENERAL true
	ts=$(slack_says ben general "access github/write 8h from before")
	sed -i s/C0ACCESS0/C0GENERAL/ "$LAPSE_CONFIG"
	later 60
	lapse sync
	later 60
	lapse sync
	[ -z "$(asks)" ]
	ts=$(slack_says ben general "access github/write 8h from now on")
	lapse sync
	[ "$(asks)" = filed ]
}

@test "guest, deactivated, bot, stranger, two accounts of one address" {
	slack_user ben '"guest":true'
	says ben "access github/write 8h work"
	lapse sync
	run answers
	has "Nothing was filed: it is not certain who you are in Jira (a guest in Slack)"
	slack_user ben '"guest":false'
	slack_user carol '"deleted":true'
	writes carol "access github/write 8h work"
	lapse sync
	[ -z "$(answers_to carol)" ]
	slack_user lena '"bot":true'
	says lena "access github/write 8h work"
	lapse sync
	[ "$(n_answers)" -eq 0 ]
	slack_user dana '"email":"dana@elsewhere.example"'
	says dana "access github/read 8h work"
	lapse sync
	run answers
	has "not exactly one Jira account has the address"
	[ "$(filings)" -eq 0 ]
	[ "$(asks | sort -u)" = refused ]
	says ben "access github/read 8h work"
	lapse sync
	[ "$(filings)" -eq 1 ]
}

@test "two Jira accounts of one address are neither's" {
	control POST /jira/user "{\"account\":\"carol\",\"email\":\"ben@acme.example\"}"
	says ben "access github/read 8h work"
	lapse sync
	run answers
	has "not exactly one Jira account has the address"
	[ "$(filings)" -eq 0 ]
}

@test "an edit changes nothing, and is no second request" {
	says ben "access github/write 8h the first words"
	lapse sync
	slack_edits "$ts" "access github/prod-admin 24h other words"
	lapse sync
	later 60
	lapse sync
	[ "$(filings)" -eq 1 ]
	[ "$(sql "select text from slack_ask")" = "access github/write 8h the first words" ]
	[ "$(n_answers)" -eq 1 ]
	says ben "nothing for lapse"
	lapse sync
	slack_edits "$ts" "access github/write 8h now it is"
	lapse sync
	[ "$(filings)" -eq 1 ]
}

@test "several lines stay lines, in Jira and for the approver" {
	says ben $'access github/write 8h because\nthe first thing\n- and the second'
	lapse sync
	[ "$(sql "select reason from slack_ask")" = $'the first thing\n- and the second' ]
	run as anna GET "/rest/api/3/issue/$(key_of)"
	hasnt 'the first thing - and the second'
	sql "select body from slack_message where kind = 'asked'" >"$W/body"
	grep -qx '&gt; the first thing' "$W/body"
	grep -qx '&gt; - and the second' "$W/body"
}

@test "a reason too long to be shown: the approver is told where its end is" {
	writes ben "access github/write 8h $(printf '%03500d' 0) the end of it"
	lapse sync
	key=$(key_of)
	[ "$(n_heard dana "the end of it")" -eq 0 ]
	heard_once dana "The reason is longer than is shown here. Please read all of it on <$SANDBOX_JIRA/browse/$key|$key> before you answer."
	decline dana "$key" >/dev/null
	writes ben "access github/write 8h $(printf '%02500d' 0) the end of it"
	lapse sync
	heard_once dana "the end of it"
}

@test "hostile words stay words" {
	says ben 'access github/write 8h &lt;!channel&gt; *now* "quoted" \u202e &amp; <https://evil.example|here>'
	lapse sync
	run as anna GET "/rest/api/3/issue/$(key_of)"
	has '<!channel> *now* \"quoted\"'
	has '& here (https://evil.example)'
	says ben '<@U0LAPSE00> access x&lt;!here&gt;y'
	lapse sync
	run answers
	has 'x&lt;!here&gt;y'
	hasnt '<!here>'
}

@test "a lost reply: found by its summary, not filed twice" {
	fault lost-reply jira POST /rest/servicedeskapi/request
	says ben "access github/write 8h once"
	lapse sync || true
	[ "$(asks)" = filing ]
	[ "$(n_answers)" -eq 0 ]
	later 61
	run lapse sync
	[ "$(asks)" = filed ]
	[ "$(filings)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
	[ "$(sql "select channel from intake")" = slack ]
}

@test "a request that never came: filed again once Jira must have shown it" {
	fault drop jira POST /rest/servicedeskapi/request
	says ben "access github/write 8h once"
	lapse sync || true
	later 120
	lapse sync || true
	[ "$(asks)" = filing ]
	[ "$(requests)" -eq 0 ]
	later 600
	run lapse sync
	status_is 0
	[ "$(asks)" = filed ]
	[ "$(requests)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
}

@test "killed while it files: one request, one answer" {
	says ben "access github/write 8h once"
	fault slow jira POST /rest/servicedeskapi/request '"seconds":2'
	"$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(asks)" = filing ] && break
		sleep 0.05
	done
	kill -KILL $pid
	wait $pid || true
	for _ in $(seq 100); do
		status_of ACC-2 >/dev/null 2>&1 && break
		sleep 0.05
	done
	later 120
	run lapse sync
	[ "$(asks)" = filed ]
	[ "$(requests)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
	later 60
	lapse sync
	[ "$(requests)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
}

@test "an older ledger reads it again: it is found, not filed again" {
	cp -r "$W/state" "$W/older"
	says ben "access github/write 8h once"
	lapse sync
	later 900
	rm -r "$W/state"
	mv "$W/older" "$W/state"
	lapse sync || true
	[ "$(filings)" -eq 1 ]
}

@test "a ledger that forgot: what it filed is found in Jira, not filed again" {
	says ben "access github/write 8h once"
	lapse sync
	later 900
	sqlite3 "$LEDGER" "update slack_cursor set ts = (select
		cast(ts as integer) - 1 || '.000000' from slack_ask)
		where channel = 'C0ACCESS0'; delete from slack_ask"
	lapse sync
	[ "$(asks)" = filed ]
	[ "$(filings)" -eq 1 ]
	[ "$(requests)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
}

@test "Jira refuses it: the answer says why" {
	types=$(sed -n '/"requestTypes": \[/,/^    \],/p' \
		examples/sandbox/company.json | sed -e '$ s/,$//' \
		-e 's/"From when"}/"From when", "required": true}/')
	knobs "{\"jira\":{$types}}"
	says ben "access github/write 8h work"
	lapse sync
	[ "$(asks)" = refused ]
	run answers
	has "*github/write* could not be asked for: "
	has "From when is required."
	later 900
	lapse sync
	[ "$(filings)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
}

@test "the answer is lost on its way: said once" {
	says ben "access github/write 8h once"
	fault lost-reply slack POST /chat.postMessage
	lapse sync
	later 120
	lapse sync
	[ "$(n_answers)" -eq 1 ]
	[ "$(requests)" -eq 1 ]
}

@test "Slack down: what is not older than a day is filed, the rest told so" {
	says ben "access github/write 8h yesterday"
	old=$ts
	fault drop slack '' '' '"times":-1'
	lapse sync || true
	later 7200
	lapse sync || true
	says ben "access github/read 8h today"
	later 80000
	no_faults
	run lapse sync
	status_is 0
	[ "$(requests)" -eq 1 ]
	[ "$(sql "select role from request")" = github/read ]
	run answers "$old"
	has "Please ask again if it is still needed."
	[ "$(n_answers)" -eq 1 ]
}

@test "Jira down: it waits, and is filed once Jira is back" {
	says ben "access github/write 8h later"
	fault drop jira POST '' '"times":-1'
	lapse sync || true
	[ "$(requests)" -eq 0 ]
	later 120
	no_faults
	lapse sync || true
	later 660
	run lapse sync
	[ "$(requests)" -eq 1 ]
	[ "$(n_answers)" -eq 1 ]
}

@test "many messages: read page by page, some in a run, each once" {
	knobs '{"slack":{"pageLimit":7}}'
	for n in $(seq 25); do says ben "<@U0LAPSE00> access nothing-$n"; done
	lapse sync
	[ "$(sql "select count(*) from slack_ask")" -eq 25 ]
	[ "$(sql "select count(*) from slack_ask where settled_at is not null")" -eq 20 ]
	lapse sync
	[ "$(sql "select count(*) from slack_message where kind = 'answer' and state = 'done'")" -eq 25 ]
	lapse sync
	[ "$(posts)" -eq 25 ]
}

@test "a rate limit is waited for, and access is not" {
	key=$(ask ben GitHub write 8h "work")
	fault status-429 slack GET /conversations.history '"retry_after":"90"'
	says ben "access github/read 8h look"
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = asked ]
	[ -z "$(asks)" ]
	later 120
	run lapse sync
	status_is 0
	[ "$(asks)" = filed ]
}

# Of what was read once nothing is read again: a clock that is ahead, though not
# by so much that it is suspect, must not close what others still write in.
ahead() { # SECONDS COMMAND...
	CLOCK= CLOCK_SHIFT=$(($(get_clock) / 1000 + $1 - $(date +%s))) \
		LD_PRELOAD=$BUILD/kill/clock.so "$LAPSE" "${@:2}"
}

@test "this host's clock is ahead: nothing is overlooked" {
	later $((3 * 600 - 60))
	ahead 200 sync
	says ben "access github/read 8h while it was ahead"
	later 60
	lapse sync
	[ "$(asks)" = filed ]
	slack_member C0GENERAL true
	sed -i s/C0ACCESS0/C0GENERAL/ "$LAPSE_CONFIG"
	ahead 200 sync
	ts=$(slack_says ben general "access github/write 8h from now on")
	later 60
	lapse sync
	[ "$(sql "select count(*) from slack_ask where state = 'filed'")" -eq 2 ]
}

@test "somebody's endless words keep nobody from being heard" {
	says ben "access github/read 8h look something up"
	for _ in $(seq 150); do
		slack_says emil access $'\xe6\xbc\xa2' '' 40000 >/dev/null
	done
	says ben "access vpn/user 1d travel"
	run lapse sync
	status_is 0
	[ "$(asks | tr '\n' ' ')" = "filed filed " ]
}

@test "what cannot be read at all is left out, and said" {
	says ben "access github/read 8h look something up"
	later 20
	slack_says emil access 0123456789 '' 1700000 >/dev/null
	later 20
	says ben "access vpn/user 1d travel"
	run lapse sync
	status_is 10
	[ -z "$(asks)" ]
	later 1300
	for _ in 1 2 3 4; do lapse sync 2>&1 || true; done >"$W/said"
	grep -q "channel 'C0ACCESS0': what was said at 20.*Z is left out" "$W/said"
	[ "$(asks | tr '\n' ' ')" = "filed filed " ]
	run lapse sync
	status_is 0
}

@test "nor do direct messages that cannot be read keep others from theirs" {
	slack_says emil dm 0123456789 '' 1700000 >/dev/null
	writes ben "access github/read 8h look something up"
	later 2
	run lapse sync
	status_is 10
	has "what was said until"
	[ "$(asks)" = filed ]
	slack_says emil dm "access vpn/user 1d travel" >/dev/null
	run lapse sync
	status_is 0
	[ "$(asks | tr '\n' ' ')" = "filed filed " ]
}

@test "direct messages that use up all the time are the last ones next time" {
	writes emil "access vpn/user 1d travel"
	writes ben "access github/read 8h look something up"
	fault status-429 slack GET /conversations.history \
		'"retry_after":"90","skip":1'
	lapse sync
	[ -z "$(asks)" ]
	later 120
	fault status-429 slack GET /conversations.history \
		'"retry_after":"90","skip":2'
	lapse sync
	[ "$(sql "select slack_user from slack_ask")" = "$(slack_id ben)" ]
}

@test "what Slack says is garbage for long: nothing of it is left out" {
	says ben "access github/read 8h look something up"
	fault garbage-json slack GET /conversations.history '"times":-1'
	for _ in 1 2 3 4; do
		later 1300
		lapse sync || true
	done
	no_faults
	run lapse sync
	status_is 0
	[ "$(asks)" = filed ]
}

@test "one person's flood: the others' turn comes, and there is a most" {
	for i in $(seq 40); do says emil "access github/read ${i}h nr $i"; done
	says ben "access github/read 8h look something up"
	lapse sync
	[ "$(sql "select state from slack_ask where slack_user = '$(slack_id ben)'")" = filed ]
	later 60
	lapse sync
	later 60
	lapse sync
	[ "$(sql "select count(*) from slack_ask where settled_at is null")" -eq 0 ]
	[ "$(requests)" -eq 11 ]
	run slack_channel access
	has "no more than 10 requests of one person in an hour"
	later 3600
	says emil "access github/read 8h an hour later"
	lapse sync
	[ "$(requests)" -eq 12 ]
}

@test "asked for already: said, and not filed again until that one is over" {
	says ben "access github/write 8h fix the build"
	lapse sync
	key=$(key_of)
	says ben "access github/write 2d it takes longer"
	run lapse sync
	status_is 0
	run answers
	has "you have asked for it already: <$SANDBOX_JIRA/browse/$key|$key>"
	has "it waits for Dana Reyes. To ask for it otherwise, close that request first."
	[ "$(requests)" -eq 1 ]
	decline dana "$key" >/dev/null
	lapse sync
	says ben "access github/write 2d it takes longer"
	lapse sync
	[ "$(requests)" -eq 2 ]
}

@test "somebody's first words, long after, are answered in the same run" {
	later 8640000	# 100 days
	lapse sync || true
	writes ben "access github/write 8h work"
	lapse sync || true
	[ "$(asks)" = filed ]
	later 8640000
	lapse sync || true
	writes ben "access vpn/user 1d travel"
	lapse sync || true
	[ "$(sql "select count(*) from slack_ask where state = 'filed'")" -eq 2 ]
}

@test "more direct messages than one run reads: they take turns" {
	for who in abel anna bella ben carol cyril dana daria emil erik farah \
		fiona gina grace gus hana hugo iris ivan jana jonas karin kofi \
		lena leo maria milo mona nils olga otto paula quinn; do
		writes $who "access nothing"
	done
	lapse sync
	[ "$(sql "select count(*) from slack_ask")" -eq 30 ]
	later 60
	lapse sync
	[ "$(sql "select count(*) from slack_ask")" -eq 33 ]
	for who in ben quinn; do writes $who "access nothing else"; done
	for _ in 1 2; do
		later 60
		lapse sync
	done
	[ "$(sql "select count(*) from slack_ask")" -eq 35 ]
	[ "$(posts)" -eq 35 ]
}
