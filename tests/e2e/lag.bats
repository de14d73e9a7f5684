#!/usr/bin/env bats
# Reads that lag behind writes, and replies that are lost.

load lib
load hand
load still
load lag

setup() { world; }
teardown() { world_end; }

@test "writes are seen late: granted when reads agree, removed likewise" {
	lag 45
	asked_and_approved
	lapse sync || true
	is_member ben $GITHUB_WRITE
	[ "$(sql 'select state from "grant"')" = granting ]
	until_state 4 active
	[ "$(calls okta PUT $GITHUB_WRITE)" -ge 1 ]
	[ "$(n_comments "$key" "now has")" -eq 1 ]
	later 28900
	lapse expire || true
	isnt_member ben $GITHUB_WRITE
	[ "$(sql 'select state from "grant"')" = ending ]
	until_state 4 ended
	run comments_of "$key"
	has "read back as absent"
	run lapse verify
	status_is 0
}

@test "flapping replicas: nothing is claimed from reads that disagree" {
	lag 45 flap
	asked_and_approved
	lapse sync || true
	[ "$(sql 'select state from "grant"')" = granting ]
	until_state 4 active
	[ "$(n_comments "$key" "now has")" -eq 1 ]
	is_member ben $GITHUB_WRITE
	is_member ben $GITHUB_READ
}

@test "the reply to an add is lost: seen by reading back, sent once" {
	asked_and_approved
	control DELETE /log >/dev/null
	fault lost-reply okta PUT "/groups/$GITHUB_WRITE"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(calls okta PUT $GITHUB_WRITE)" -eq 1 ]
	is_member ben $GITHUB_WRITE
}

@test "an add whose effect was never seen is answered by a real remove" {
	asked_and_approved
	lag 3600
	lapse sync || true
	[ "$(sql 'select state from "grant"')" = granting ]
	transition gina "$key" 91
	later 1900		# grant-within passes
	control DELETE /log >/dev/null
	lapse sync || true
	later 60
	lapse sync || true
	[ "$(calls okta DELETE $GITHUB_WRITE)" -ge 1 ]
	[ "$(sql 'select end_reason from "grant"')" = withdrawn ]
	isnt_member ben $GITHUB_WRITE
}

@test "ended before the add was seen: absent counts only when it cannot come" {
	asked_and_approved
	lag 45
	lapse sync || true
	[ "$(sql 'select state from "grant"')" = granting ]
	lag 0
	lapse revoke "$key" --reason "asked for by mistake" || true
	[ "$(calls okta DELETE $GITHUB_WRITE)" -eq 1 ]
	# Every read says absent, as it did before the add.
	[ "$(sql 'select state from "grant"')" = ending ]
	[ "$(n_comments "$key" "read back as absent")" -eq 0 ]
	later 60
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(sql 'select state from "grant"')" = ended ]
}

@test "one of two adds is refused: withdrawn, and the part is told of" {
	fault status okta PUT "/groups/$GITHUB_READ" '"status":403,"times":-1,
		"body":"{\"errorCode\":\"E0000006\",\"errorSummary\":\"No\"}"'
	asked_and_approved
	lapse sync || true
	later 60
	lapse sync || true
	later 60
	lapse sync || true
	[ "$(grants)" = "ended|withdrawn" ]
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "could not be given in full"
	has "A part of it existed from"
	hasnt "now has"
}

stale_groups() {
	fault status okta GET /users/00u1ben0000000000h7a/groups \
		"\"status\":200,\"times\":-1,\"body\":$(jq -R -s . <<<"$was")"
}
pre_existing() {
	sql "select count(*) from evidence where kind = 'pre-existing' and
		user_id = '00u1ben0000000000h7a'"
}
# ben's access ends; a new request of his is approved by then.
ended_and_approved() {
	asked_and_approved
	lapse sync
	was=$(curl -sS --fail -H "Authorization: SSWS $OKTA_TOKEN" \
		"$SANDBOX_OKTA/api/v1/users/00u1ben0000000000h7a/groups")
	later 28790
	key=$(ask ben GitHub write 2h "more of it")
	lapse sync
	approve dana "$key"
	later 20
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
}

@test "a stale replica after our removal makes nothing pre-existing" {
	ended_and_approved
	stale_groups
	run lapse sync
	status_is 10
	has "right after lapse removed that"
	[ "$(request_state "$key")" = asked ]
	no_faults
	later 60
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	is_member ben $GITHUB_READ
	[ "$(pre_existing)" -eq 0 ]
	later 7300
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
}

@test "and what somebody adds then is not taken for ours" {
	ended_and_approved
	okta_put ben $GITHUB_WRITE
	okta_put ben $GITHUB_READ
	run lapse sync
	status_is 10
	later 60
	run lapse sync
	[ "$(pre_existing)" -eq 2 ]
	later 7300
	lapse expire
	is_member ben $GITHUB_WRITE
	is_member ben $GITHUB_READ
}

@test "nor does it refuse an elevated role on top of what is gone" {
	granted ben GitHub hotfix 15s dana
	is_member ben $GITHUB_PROD
	was=$(curl -sS --fail -H "Authorization: SSWS $OKTA_TOKEN" \
		"$SANDBOX_OKTA/api/v1/users/00u1ben0000000000h7a/groups")
	later 30
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	key=$(ask ben GitHub hotfix 15s "once more")
	stale_groups
	lapse sync || true
	[ "$(request_state "$key")" = asked ]
	approve dana "$key"
	lapse sync || true
	no_faults
	[ "$(request_state "$key")" = asked ]
	later 60
	run lapse sync
	status_is 0
	is_member ben $GITHUB_PROD
}
