#!/usr/bin/env bats
# What `lapse doctor` says of Slack, of asking there, and of the delegate.

load lib
load hand
load still
load slack

teardown() { world_end; }

# The delegate is NAME, with ACCOUNT and TOKEN.
delegated() {
	DELEGATE_TOKEN=$2
	slack_world '/^role "github\/write"/a\	slack-approval = true' "
		delegate-account = \"$1\"
		delegate-email = \"$3\"
		delegate-token = \"file:@SECRETS@/delegate\""
}
todo() { has "to do: $1"; }

@test "Slack is not reached: that is said, about address and network" {
	slack_world
	fault drop slack '' '' '"times":-1'
	run lapse doctor
	has "FAIL  slack: it can be reached: "
	hasnt "the token is taken"
	todo "see url, proxy and ca-file of the slack section, and the network"
	no_faults
	printf wrong >"$W/secrets/slack"
	run lapse doctor
	status_is 77
	has "FAIL  slack: the token is taken: "
	hasnt "slack: it can be reached"
}

@test "no form takes a request from Slack: doctor and the answer say so" {
	slack_world
	run lapse doctor
	has "ok    slack: access can be asked for: "
	sed -i '/service-desk/d' "$LAPSE_CONFIG"
	run lapse doctor
	status_is 78
	has "FAIL  slack: access can be asked for: project '10042' has no service-desk"
	todo "set service-desk in the project"
	ts=$(slack_says ben dm "access vpn/user 8h travel")
	lapse sync
	run slack_inbox ben
	has "Nothing can be asked for here: no form in Jira takes requests from Slack yet."
	hasnt "There is no role"
	[ "$(calls jira POST /rest/servicedeskapi/request)" -eq 0 ]
}

@test "a delegate whose token is refused, and one who has to approve" {
	delegated 5b10d27c4e8a90b35f6c1d04 wrong lapse-slack@acme.example
	run lapse doctor
	status_is 77
	has "FAIL  slack: the delegate has a Jira account of its own: "
	todo "see delegate-account, delegate-email and delegate-token"
	dana=$(account_of dana)
	printf token-dana >"$W/secrets/delegate"
	sed -i -e "s/5b10d27c4e8a90b35f6c1d04/$dana/" \
		-e 's/lapse-slack@acme.example/dana@acme.example/' "$LAPSE_CONFIG"
	run lapse doctor
	status_is 78
	has "Dana Reyes is the owner of GitHub: nobody is asked in that place"
	todo "make an account for this alone"
}
