#!/usr/bin/env bats
# Roles in groups of a Google Workspace, beside Okta.

load lib
load still
load lag
load google

setup() { google_world; }
teardown() { world_end; }

asked_and_approved() {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	control DELETE /log >/dev/null
}
added() { calls google POST "/groups/$SHELL_GROUP/members"; }
removed() { calls google DELETE "/groups/$SHELL_GROUP/members"; }
n_told() { comments_of "$key" | grep -c "now has" || true; }

@test "a request becomes a member of a Google group, and no longer than asked" {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	run lapse sync
	status_is 0
	isnt_member ben $SHELL_GROUP
	approve dana "$key"
	run lapse sync
	status_is 0
	is_member ben $SHELL_GROUP
	[ "$(status_of "$key")" = 10013 ]

	later 3610
	run lapse expire
	status_is 0
	isnt_member ben $SHELL_GROUP
	is_member gus $SHELL_GROUP	# was there before, stays
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "now has cloud/prod-shell"
	has "the time is up"
	has "Approved by: Dana Reyes"
	run lapse verify
	status_is 0
}

@test "two groups, two providers: the person is found in each by address" {
	key=$(ask farah Cloud billing 8h "look at the bill")
	other=$(ask farah GitHub read 8h "read the code")
	run lapse sync
	status_is 0
	is_member farah 01gbilling00000
	DIRECTORY=okta is_member farah $GITHUB_READ
	[ "$(grants)" = "$(printf 'active|\nactive|')" ]
}

@test "the reply to an add is lost: seen by reading back, sent once" {
	asked_and_approved
	fault lost-reply google POST "/members"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(added)" -eq 1 ]
	is_member ben $SHELL_GROUP
}

@test "the reply to a removal is lost: it is read back, or sent again" {
	asked_and_approved
	lapse sync
	later 3610
	fault lost-reply google DELETE "/members"
	lapse expire || true
	until_state 4 ended
	isnt_member ben $SHELL_GROUP
	run comments_of "$key"
	has "the time is up"
}

@test "flapping replicas: nothing is claimed from reads that disagree" {
	lag 45 flap
	asked_and_approved
	lapse sync || true
	[ "$(sql 'select state from "grant"')" = granting ]
	until_state 4 active
	[ "$(n_told)" -eq 1 ]
	is_member ben $SHELL_GROUP
	later 3600
	lapse expire || true
	isnt_member ben $SHELL_GROUP
	until_state 6 ended
	run comments_of "$key"
	has "read back as absent"
	run lapse verify
	status_is 0
}

@test "a quota is a 403 and waits, in the run and for the next" {
	asked_and_approved
	fault status-429 google POST "/members" '"retry_after":"20"'
	run lapse sync
	status_is 0
	[ "$(added)" -eq 2 ]
	is_member ben $SHELL_GROUP
	later 3610
	control DELETE /log >/dev/null
	fault status-429 google DELETE "/members" \
		'"times":-1,"reason":"quotaExceeded"'
	lapse expire || true
	is_member ben $SHELL_GROUP
	[ "$(removed)" -gt 1 ]
	[ "$(sql 'select state from "grant"')" = ending ]
	[ "$(sql "select count(*) from change where state = 'parked'")" -eq 0 ]
	no_faults
	until_state 4 ended
	isnt_member ben $SHELL_GROUP
}

@test "any other 403 is a refusal, and the grant is withdrawn" {
	asked_and_approved
	fault status google POST "/members" '"status":403,"times":-1'
	until_state 4 ended
	[ "$(grants)" = "ended|withdrawn" ]
	isnt_member ben $SHELL_GROUP
	run comments_of "$key"
	hasnt "now has"
}

@test "who was made a manager meanwhile is not removed, and stays on the list" {
	asked_and_approved
	lapse sync
	knobs "{\"google\":{\"roles\":{\"$SHELL_GROUP\":{
		\"118100000000000000004\":\"MANAGER\"}}}}"
	later 3610
	run lapse expire
	status_is 11
	has "is MANAGER of the group"
	is_member ben $SHELL_GROUP
	[ "$(removed)" -eq 0 ]
	run lapse parked
	has "$SHELL_GROUP"
	knobs '{"google":{"roles":{}}}'
	later 86400		# parked ones are tried daily
	run lapse expire
	status_is 0
	isnt_member ben $SHELL_GROUP
}

# Observing has its own pace.
observed() { later 1000; lapse sync || true; }

@test "who is archived or deleted at Google loses it, who is suspended keeps it" {
	asked_and_approved
	lapse sync
	control POST /google/user '{"login":"ben","suspended":true}'
	observed
	is_member ben $SHELL_GROUP
	[ "$(sql 'select state from "grant"')" = active ]
	control POST /google/user '{"login":"ben","archived":true}'
	observed
	lapse expire || true
	isnt_member ben $SHELL_GROUP
	[ "$(grants)" = "ended|left" ]
}

@test "an account that is deleted at Google ends what it had" {
	asked_and_approved
	lapse sync
	control POST /google/user '{"login":"ben","delete":true}'
	observed
	lapse expire || true
	[ "$(sql 'select end_reason from "grant"')" = left ]
	[ "$(sql "select count(*) from change where state = 'gone'")" -eq 1 ]
}

@test "access that somebody takes away in the Admin console stays away" {
	asked_and_approved
	lapse sync
	console_drop ben $SHELL_GROUP
	observed
	observed
	[ "$(grants)" = "ended|removed-outside" ]
	[ "$(added)" -eq 1 ]
	run comments_of "$key"
	has "somebody removed the membership at the provider"
}

@test "who was there before stays, whatever ends" {
	key=$(ask gus Cloud prod-shell 1h "restart the queue")
	run lapse sync
	later 3700
	lapse expire || true
	is_member gus $SHELL_GROUP
}

@test "an invitation that nobody sees is not taken for access" {
	knobs "{\"google\":{\"pending\":{\"$SHELL_GROUP\":[
		\"118100000000000000004\"]}}}"
	asked_and_approved
	until_state 40 ended
	[ "$(grants)" = "ended|withdrawn" ]
	[ "$(n_told)" -eq 0 ]
}

@test "groups that others feed are refused, with the reason" {
	sed -i 's/{"01gbilling00000"}/{"01gengineers000"}/' "$W/lapse.conf"
	key=$(ask farah Cloud billing 8h "look at the bill")
	lapse sync || true
	run comments_of "$key"
	hasnt "now has"
	run lapse catalog check
	[ "$status" -ne 0 ]
	has "is fed by a group rule"
	sed -i 's/{"01gengineers000"}/{"01gsynced000000"}/' "$W/lapse.conf"
	run lapse catalog check
	[ "$status" -ne 0 ]
	has "is mastered by another directory"
}

@test "a complete reading sees small pages, nested groups and nobody twice" {
	knobs '{"google":{"pageLimit":2}}'
	run lapse sync --full
	status_is 0
	[ "$(sql "select count(*) from idp_user where idp = 'google'")" -eq 10 ]
	[ "$(sql "select status from idp_user where user_id =
		'118100000000000000007'")" = suspended ]
	[ "$(sql "select status from idp_user where user_id =
		'118100000000000000008'")" = inactive ]
}

@test "doctor asks both services, and names what is missing" {
	run lapse doctor
	hasnt "FAIL  google"
	has "Cloud Identity tells what kind a group is"
	sed -i 's/administrator = "jonas/administrator = "ben/' "$W/lapse.conf"
	run lapse doctor
	[ "$status" -ne 0 ]
	has "google"
	has "Users: Read"
	sed -i 's/administrator = "ben/administrator = "nobody/' "$W/lapse.conf"
	run lapse doctor
	status_is 77
	has "invalid_grant"
	[ "$(calls google POST /token)" -gt 0 ]
}

@test "the key of another is refused, and the other provider goes on" {
	google_key "$W/other"
	cp "$W/other" "$W/secrets/google"
	key=$(ask ben GitHub hotfix 15s "deploy")
	run lapse sync
	approve dana "$key"
	lapse sync || true
	DIRECTORY=okta is_member ben $GITHUB_PROD
	other=$(ask farah Cloud billing 8h "look at the bill")
	run lapse sync
	[ "$status" -ne 0 ]
	isnt_member farah 01gbilling00000
}

@test "neither key nor token is found anywhere" {
	asked_and_approved
	lapse sync -vv >"$W/loud" 2>&1
	sql .dump >"$W/dump"
	token=$(control GET /state | jq -r '.google.tokens[-1].token')
	piece=$(jq -r .private_key "$GOOGLE_KEY" | sed -n 5p)
	[ -n "$token" ] && [ -n "$piece" ]
	for file in "$W/loud" "$W/dump" "$W"/*.log \
		"${RECORD_DIR:-$W}"/google.bats."$BATS_TEST_NUMBER".jsonl; do
		run grep -F -e "$token" -e "$piece" "$file"
		status_is 1
	done
	run grep -c assertion=eyJ "${RECORD_DIR:-$W}"/google.bats."$BATS_TEST_NUMBER".jsonl
	[ "$output" = 0 ]
}
