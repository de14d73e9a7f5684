#!/usr/bin/env bats
# Whoever was asked in Slack and need not answer any more is told so under that
# very message, once; and whoever answers all the same hears why it is too late.

load lib
load hand
load still
load slack

teardown() { world_end; }

# github/write asks dana or maria, github/prod-admin dana and maria; both may be
# answered in Slack.
setup() {
	slack_world "/^role \"github\/write\"/a slack-approval = true
		/^role \"github\/prod-admin\"/a slack-approval = true
		s/approvers = {\"manager\"}/approvers = {\"manager\", \"maria@acme.example\"}/
		s/approvers = {\"manager\", \"owner\"}/approvers = {\"manager\", \"maria@acme.example\"}/" \
		'delegate-account = "5b10d27c4e8a90b35f6c1d04"
		delegate-email = "lapse-slack@acme.example"
		delegate-token = "file:@SECRETS@/delegate"'
}
asked() {
	key=$(ask ben GitHub "${1:-write}" 1h "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
shown() { heard_ts "$1" "<$SANDBOX_JIRA/browse/$key|$key>"; }
# over_once WHO TEXT: under the message that asked, and nowhere else.
over_once() {
	heard_once "$1" "$2"
	[ "$(slack_inbox "$1" | grep -F -- "$2" | cut -d ' ' -f 2)" = "$(shown "$1")" ]
}
n_over() { sql "select count(*) from slack_message where kind = 'over'"; }
# Nothing is said twice, however often it is looked at.
settled() {
	before=$(posts)
	lapse sync >/dev/null 2>&1 || true
	later 60
	lapse sync >/dev/null 2>&1 || true
	[ "$(posts)" -eq "$before" ]
}

@test "decided in Slack: the other one is told by whom, the decider is not" {
	asked
	slack_reacts dana "$(shown dana)" white_check_mark
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	over_once maria "$key: it is approved by Dana Reyes. Nothing more is asked of you."
	[ "$(n_over)" -eq 1 ]
	[ "$(n_heard dana "Nothing more is asked")" -eq 0 ]
	settled
}

@test "decided in Jira: the other one is told; a late sign is answered, and changes nothing" {
	asked
	decline dana "$key" >/dev/null
	run lapse sync
	status_is 0
	over_once maria "$key: it is declined by Dana Reyes. Nothing more is asked of you."
	[ "$(n_over)" -eq 1 ]
	slack_reacts maria "$(shown maria)" white_check_mark
	slack_says maria dm "thanks for telling" "$(shown maria)" >/dev/null
	later 700
	run lapse sync
	status_is 0
	over_once maria "Not counted for $key: it is decided already."
	[ "$(n_heard maria "To answer, react")" -eq 0 ]
	[ "$(grants)" = "" ]
	[ "$(request_state "$key")" = declined ]
	settled
	slack_says maria dm approve "$(shown maria)" >/dev/null
	later 700
	lapse sync
	[ "$(n_heard maria "Not counted for $key")" -eq 2 ]
	run lapse verify
	status_is 0
}

@test "one of all declines: the other is told" {
	asked prod-admin
	slack_says dana dm "decline: not now" "$(shown dana)" >/dev/null
	lapse sync
	over_once maria "$key: it is declined by Dana Reyes."
	[ "$(n_over)" -eq 1 ]
}

@test "withdrawn: both are told, and a late word is answered so" {
	asked
	portal_transition ben "$key" 81
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = cancelled ]
	over_once dana "$key: the request was withdrawn. Nothing more is asked of you."
	over_once maria "$key: the request was withdrawn."
	slack_says dana dm approve "$(shown dana)" >/dev/null
	later 700
	lapse sync
	over_once dana "Not counted for $key: the request was withdrawn."
	[ "$(grants)" = "" ]
}

@test "edited: the old message leads to the new one, which is below it" {
	asked
	later 5
	edit anna "$key" customfield_10202 '"7d"'
	run lapse sync
	status_is 0
	over_once dana "$key: it has changed, or is asked for anew: the next message takes the place of this one."
	[ "$(slack_inbox dana | cut -d ' ' -f 4- | grep -n "the next message\|For: 7 days" | cut -d : -f 1 | tr '\n' ' ')" = "2 3 " ]
	[ "$(n_over)" -eq 2 ]
	settled
}

@test "nobody answered in time: who was asked first is told that another is asked" {
	asked
	later 44000
	lapse sync || true
	later 44000
	run lapse sync
	[ "$(sql "select count(*) from approval where state = 'void'")" -eq 1 ]
	heard_once gina "Ben Adler asks for"
	over_once dana "$key: others are asked now. Nothing more is asked of you."
	over_once maria "$key: others are asked now."
}

@test "refused by the rules meanwhile: told" {
	asked
	later 5
	sed -i '/^role "github\/write"/a requestable-by = {"00g1netsuiteadm000h7"}' "$LAPSE_CONFIG"
	edit anna "$key" customfield_10202 '"7d"'
	later 60
	lapse sync || true
	[ "$(request_state "$key")" = refused ]
	over_once maria "$key: the request was refused by the rules."
}

@test "without a delegate too: what was asked of two and decided by one" {
	sed -i '/delegate-/d; /^slack-approval/d' "$LAPSE_CONFIG"
	asked
	approve maria "$key" >/dev/null
	run lapse sync
	status_is 0
	over_once dana "$key: it is approved by Maria"
}

@test "Slack is down when it is decided, a reply is lost: told once after it" {
	asked
	fault drop slack '' '' '"times":-1'
	approve dana "$key" >/dev/null
	lapse sync || true
	later 300
	no_faults
	fault lost-reply slack POST /chat.postMessage
	lapse sync || true
	later 300
	run lapse sync
	status_is 0
	over_once maria "$key: it is approved by Dana Reyes."
	settled
}

@test "not sent yet when it is decided: neither asked nor told" {
	fault drop slack '' '' '"times":-1'
	asked
	approve dana "$key" >/dev/null
	lapse sync || true
	no_faults
	later 300
	run lapse sync
	hears_nothing maria
	[ "$(n_over)" -eq 0 ]
}
