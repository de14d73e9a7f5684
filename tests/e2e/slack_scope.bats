#!/usr/bin/env bats
# An app that lacks one scope: what needs that is left out and named, and
# everything else goes on.

load lib
load hand
load still
load slack

teardown() { world_end; }

ALL=chat:write,im:write,im:read,im:history,users:read,users:read.email
ALL=$ALL,reactions:read,channels:history

# github/write asks dana, github/prod-admin dana and maria: both may be answered
# in Slack. Both know the app already.
setup() {
	slack_world "/^role \"github\/write\"/a slack-approval = true
		/^role \"github\/prod-admin\"/a slack-approval = true
		s/approvers = {\"manager\", \"owner\"}/approvers = {\"manager\", \"maria@acme.example\"}/" \
		'delegate-account = "5b10d27c4e8a90b35f6c1d04"
		delegate-email = "lapse-slack@acme.example"
		delegate-token = "file:@SECRETS@/delegate"'
}

scopes() { knobs "{\"slack\":{\"scopes\":\"$1\",\"scopesHidden\":${2:-false}}}"; }
# without SCOPE [true]: from now on; with true Slack does not list them.
without() {
	scopes "$(tr , '\n' <<<"$ALL" | grep -vx "$1" | paste -sd ,)" "${2:-false}"
}
# A run says it once and ends with 77; doctor and status name it and what to do.
named() {
	run lapse sync
	status_is 77
	has "slack: the app lacks $1 ("
	has "add it to the app and install it again, see lapse-slack(7)"
	[ "$(grep -c "the app lacks" <<<"$output")" -eq 1 ]
	run lapse status
	has "slack: the app lacks $1 ("
	has "install it again, see lapse-slack(7)"
	[ "$(lapse status --json 2>/dev/null | jq -r 'select(.schema == "lapse/status.v1") | .slack_lacks')" = "$1" ]
	run lapse doctor
	has "missing: $1 ("
	has "add them to the app and install it again"
}
again() {
	scopes "$ALL"
	later 700
	run lapse sync
	status_is 0
	[ "$(lapse status --json | jq -r 'select(.schema == "lapse/status.v1") | .slack_lacks')" = null ]
}
asked() {
	key=$(ask ben GitHub "${1:-write}" 1h "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
shown() { heard_ts "$1" "<$SANDBOX_JIRA/browse/$key|$key>"; }
n_asks() { sql "select count(*) from slack_ask where issue_id is not null"; }

@test "without chat:write nothing is said, and what is asked and answered is read" {
	without chat:write
	named chat:write
	slack_says carol dm "access github/write 2h to look" >/dev/null
	before=$(posts)
	lapse sync || true
	[ "$(n_asks)" -eq 1 ]
	[ "$(posts)" -eq "$before" ]
	again
	heard_once carol "it waits for Dana Reyes"
	heard_once dana "to look"
}

@test "without im:write those are told who were, and of all one who cannot be is asked in Jira" {
	asked
	without im:write
	named im:write
	asked prod-admin "second thing"
	heard_once dana "second thing"
	hears_nothing maria
	[ "$(sql "select method from approval order by id desc limit 1")" = jsm ]
	slack_reacts dana "$(heard_ts dana "get work done")" white_check_mark
	lapse sync || true
	[ "$(grants)" = "active|" ]
	hears_nothing ben
	again
	heard_once maria "second thing"
	heard_once ben "is granted"
}

@test "without im:read the channel is read, and who has heard from lapse" {
	asked
	without im:read
	named im:read
	slack_says dana dm "access github/write 2h one" >/dev/null
	slack_says carol dm "access github/write 2h two" >/dev/null
	slack_says ben access "access github/read 2h three" >/dev/null
	lapse sync || true
	[ "$(sql "select reason from slack_ask order by id" | sort | tr '\n' ' ')" = "one three " ]
	again
	[ "$(sql "select count(*) from slack_ask where reason = 'two'")" -eq 1 ]
}

@test "without im:history reactions are read, and nobody is told to write" {
	without im:history
	named im:history
	asked
	heard_once dana "React with"
	[ "$(n_heard dana "or answer here")" -eq 0 ]
	slack_says dana dm "access github/write 2h one" >/dev/null
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync || true
	[ "$(grants)" = "active|" ]
	heard_once dana "Recorded for"
	[ "$(sql "select count(*) from slack_ask")" -eq 0 ]
	again
	[ "$(sql "select count(*) from slack_ask")" -eq 1 ]
}

@test "without im:history what was sent in doubt is not sent again" {
	fault lost-reply slack POST /chat.postMessage
	without im:history
	asked
	later 700
	lapse sync || true
	[ "$(messages)" = "asked|doubtful" ]
	again
	[ "$(messages)" = "asked|done" ]
	heard_once dana "asks for"
}

@test "without reactions:read replies are read, and nobody is told to react" {
	asked prod-admin
	first=$key
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync
	without reactions:read
	named reactions:read
	[ "$(sql "select count(*) from slack_decision where gone_at is not null")" -eq 0 ]
	asked write "second thing"
	[ "$(slack_inbox dana | grep "second thing" | grep -c "React with")" -eq 0 ]
	[ "$(slack_inbox dana | grep "second thing" | grep -c "Answer here, in this thread")" -eq 1 ]
	slack_says dana dm approve "$(shown dana)" >/dev/null
	lapse sync || true
	[ "$(grants)" = "active|" ]
	slack_says maria dm approve "$(heard_ts maria "$first")" >/dev/null
	lapse sync || true
	[ "$(sql 'select count(*) from "grant"')" -eq 2 ]
	again
}

@test "without reactions:read and im:history it is asked and answered in Jira" {
	scopes chat:write,im:write,im:read,users:read,users:read.email,channels:history
	lapse sync || true
	asked prod-admin
	[ "$(sql "select method from approval")" = jsm ]
	heard_once dana "Please approve or decline on"
	asked write
	[ "$(sql "select method from approval order by id desc limit 1")" = jsm ]
	approve dana "$key" >/dev/null
	lapse sync || true
	[ "$(grants)" = "active|" ]
}

# nobody_known SCOPE: who is not known by address is not heard, and waits.
nobody_known() {
	asked
	without "$1"
	named "$1"
	slack_says carol dm "access github/write 2h one" >/dev/null
	slack_reacts dana "$(shown dana)" white_check_mark
	lapse sync || true
	[ "$(sql "select count(*) from slack_decision")" -eq 0 ]
	[ "$(sql "select count(*) from slack_ask")" -eq 0 ]
	asked prod-admin "second thing"
	[ "$(sql "select method from approval order by id desc limit 1")" = jsm ]
	heard_once dana "second thing"	# known since a while ago
	again
	[ "$(n_asks)" -eq 1 ]
	[ "$(sql "select count(*) from slack_decision where counted")" -eq 1 ]
}

@test "without users:read nobody is heard, and is when it is there" {
	nobody_known users:read
	heard_once maria "second thing"
}

@test "without users:read.email nobody new is told, and is when it is there" {
	nobody_known users:read.email
	heard_once maria "second thing"
}

@test "without channels:history direct messages are read" {
	without channels:history
	named channels:history
	slack_says carol dm "access github/write 2h one" >/dev/null
	slack_says ben access "access github/read 2h two" >/dev/null
	lapse sync || true
	[ "$(sql "select reason from slack_ask" | tr '\n' ' ')" = "one " ]
	again
	[ "$(sql "select count(*) from slack_ask where reason = 'two'")" -eq 1 ]
}

@test "where Slack does not list scopes, each refusal tells of its own" {
	asked
	for scope in im:read im:history channels:history; do
		without $scope true
		later 60
		run lapse sync
		status_is 77
		has "$scope ("
	done
	without reactions:read true
	run lapse sync
	has "reactions:read ("
	slack_says dana dm approve "$(shown dana)" >/dev/null
	lapse sync || true
	[ "$(grants)" = "active|" ]
	without chat:write true
	lapse sync >/dev/null 2>&1 || true
	asked write "second thing"
	later 60
	run lapse sync
	status_is 77
	[ "$(n_heard dana "second thing")" -eq 0 ]
	scopes "$ALL" true
	later 700
	run lapse sync
	status_is 0
	heard_once dana "second thing"
}

@test "the end of access is told on the issue where it cannot be told in Slack" {
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key" >/dev/null
	lapse sync
	without chat:write
	later 27900
	lapse sync || true
	later 90
	lapse sync || true
	[ "$(n_comments "$key" 'file the same request again')" -eq 1 ]
}
