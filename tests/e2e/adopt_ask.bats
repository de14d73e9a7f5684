#!/usr/bin/env bats
# Access that lapse did not give, decided on by an approver.

load lib
load hand
load still

setup() { needs_operator; }
teardown() { world_end; }

ask_about() { # ask_about WHO ROLE [MORE]
	by_hand adopt "$1@acme.example" "$2" --ask \
		--reason "found in the review" "${@:3}"
}
key_of() { sql "select coalesce(issue_key, '') from adoption order by id desc limit 1"; }
drift_of() { lapse drift --json --kind shadow 2>/dev/null | grep "\"$1@" | grep "$2" || true; }

@test "approved: it gets an end, on this issue" {
	world "$ANNA"
	[ -n "$(drift_of farah $GITHUB_WRITE)" ]
	okta_put farah $GITHUB_READ
	later 960
	lapse sync
	run ask_about farah github/write --for 2d --dry-run
	status_is 14
	has "for 2d; asks "
	has "Farah"
	[ "$(sql "select count(*) from adoption")" = 0 ]
	run ask_about farah github/write --for 2d
	status_is 0
	key=$(key_of)
	has "$key"
	run control GET "/jira/issue?key=$key"
	has "May Farah"
	has "\"reporter\":\"$(sql "select requester from request")\""
	run comments_of "$key"
	has "already has github/write"
	has "Approve: Farah"
	has "keeps it for 2 days"
	has "Decline: it is taken away from Farah"
	has "Without a decision nothing changes"
	[ -z "$(drift_of farah $GITHUB_WRITE)" ]
	[ -z "$(grants)" ]
	approver=$(sql "select a.email from owed o join account a using (account)" | cut -d@ -f1)
	control DELETE /log >/dev/null
	approve "$approver" "$key"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(calls okta PUT)" -eq 0 ]
	[ "$(status_of "$key")" = 10013 ]
	run comments_of "$key"
	has "keeps github/write (GitHub); it has an end now"
	[ "$(sql "select ends_at - starts_at from \"grant\"")" = 172800 ]
	[ -z "$(drift_of farah $GITHUB_WRITE)" ]
	run property_of "$key"
	has '"state":"active"'
	later 172900
	run lapse expire
	status_is 0
	isnt_member farah $GITHUB_WRITE
	isnt_member farah $GITHUB_READ
	lapse sync
	[ "$(status_of "$key")" = 10015 ]
	run lapse verify
	status_is 0
}

@test "declined: taken away, and read back" {
	world "$ANNA"
	run ask_about gus github/prod-admin
	status_is 0
	key=$(key_of)
	is_member gus $GITHUB_PROD
	decline dana "$key"
	run lapse sync
	status_is 0
	isnt_member gus $GITHUB_PROD
	[ "$(grants)" = "ended|declined" ]
	[ "$(request_state "$key")" = declined ]
	[ "$(sql "select a.state, o.decision from approval a
		join owed o on o.approval = a.id
		where o.decided_at is not null")" = "declined|declined" ]
	[ "$(status_of "$key")" = 10016 ]
	run comments_of "$key"
	has "may not keep github/prod-admin"
	has "no longer has github/prod-admin"
	has "read back as absent"
	hasnt "No access was given"
	[ "$(sql "select actor from evidence where kind = 'ending'")" = "$(account_of dana)" ]
	run lapse verify
	status_is 0
}

@test "declined while a request's grant is on it: it stays until that ends" {
	world "$ANNA"
	FIGMA=00g1figma000000000h7
	other=$(ask abel Figma editor 30d "the new design")
	lapse sync
	approve yusuf "$other"
	lapse sync
	[ "$(grants)" = "active|" ]
	ask_about abel figma/editor
	key=$(key_of)
	decline yusuf "$key"
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|
ended|declined" ]
	is_member abel $FIGMA
	later $((31 * 86400))
	run lapse expire
	status_is 0
	isnt_member abel $FIGMA
}

@test "a role that a grant gave a part of is not asked about" {
	world "$ANNA"
	other=$(ask farah GitHub write 8h "a task of mine")
	lapse sync
	approve "$(sql "select a.email from owed o join account a using (account)" | cut -d@ -f1)" "$other"
	lapse sync
	is_member farah $GITHUB_WRITE
	run ask_about farah github/write
	status_is 12
	has "nothing to adopt"
}

@test "the operator who asks does not decide" {
	world "$ANNA"
	sed -i 's/^operator "gina".*//' "$LAPSE_CONFIG"
	ask_about gus github/prod-admin
	key=$(key_of)
	run sql "select count(*) from owed where account = '$(account_of anna)'"
	[ "$output" = 0 ]
	[ "$(sql "select opened_by from adoption")" = "$(account_of anna)" ]
	# Nor the person: an approval of theirs, or of the operator, is none.
	run approve gus "$key"
	[ "$status" -ne 0 ]
	lapse sync
	[ -z "$(grants)" ]
}

@test "nobody answers: nothing changes, and drift names it again" {
	world "$ANNA"
	ask_about gus github/prod-admin
	key=$(key_of)
	[ -z "$(drift_of gus $GITHUB_PROD)" ]
	transition hugo "$key" 91	# closed without an answer
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = cancelled ]
	is_member gus $GITHUB_PROD
	[ -z "$(grants)" ]
	run comments_of "$key"
	has "Nothing was changed"
	hasnt "Nothing was granted"
	[ -n "$(drift_of gus $GITHUB_PROD)" ]
	# Asked again, by another request.
	run ask_about gus github/prod-admin
	status_is 0
	[ "$(key_of)" != "$key" ]
}

@test "an approval that is too old is not acted on" {
	world "$ANNA"
	ask_about gus github/prod-admin
	key=$(key_of)
	approve dana "$key"
	later $((40 * 86400))
	lapse sync || true
	[ "$(request_state "$key")" = stale ]
	is_member gus $GITHUB_PROD
	[ -z "$(grants)" ]
	[ -n "$(drift_of gus $GITHUB_PROD)" ]
}

@test "left before the answer: nothing to adopt" {
	world "$ANNA"
	ask_about walt github/read
	# Nobody is asked for this role: the catalog itself says yes.
	[ "$(grants)" = "active|" ]
	ask_about gus github/prod-admin
	key=$(key_of)
	okta_drop gus $GITHUB_PROD
	decline dana "$key"
	run lapse sync
	status_is 0
	[ "$(request_state "$key")" = declined ]
	[ "$(sql "select count(*) from \"grant\"")" = 1 ]
}

@test "refused: nothing to adopt, asked already, no form" {
	world "$ANNA"
	run ask_about ben github/prod-admin
	status_is 12
	has "nothing to adopt"
	run by_hand adopt gus@acme.example github/prod-admin --reason x
	status_is 64
	run ask_about gus github/prod-admin --for 40d
	status_is 12
	ask_about gus github/prod-admin
	run ask_about gus github/prod-admin
	status_is 12
	has "is asked about already; see $(key_of)"
	sed -i 's/service-desk = "4"//' "$LAPSE_CONFIG"
	run ask_about mona github/auditor
	status_is 12
	has "no request type offers it"
	[ "$(sql 'select count(*) from adoption')" = 1 ]
}

@test "a person who is not active: no issue, and drift says what settles" {
	world "$ANNA"
	okta_status gus SUSPENDED
	later 86400
	lapse sync --full || true
	run drift_of gus $GITHUB_PROD
	has "github/prod-admin --for TIME --reason TEXT"
	hasnt "--ask"
	control DELETE /log >/dev/null
	run ask_about gus github/prod-admin
	status_is 12
	has "is suspended in okta"
	[ "$(calls jira POST /rest/servicedeskapi/request)" -eq 0 ]
	[ "$(sql 'select count(*) from adoption')" = 0 ]
}

@test "a form that is only observed is none" {
	world "$ANNA"
	sed -i '/service-desk = "4"/a\    mode = "observe"' "$LAPSE_CONFIG"
	run ask_about gus github/prod-admin
	status_is 12
	[ "$(sql 'select count(*) from adoption')" = 0 ]
}

@test "a lost reply: sync finds the issue, and there is one" {
	world "$ANNA"
	fault lost-reply jira POST /rest/servicedeskapi/request
	run ask_about gus github/prod-admin
	status_is 10
	has "no reply from Jira; whether it asks will be seen"
	hasnt callback
	[ -z "$(key_of)" ]
	run ask_about gus github/prod-admin
	status_is 10
	has "was lost"
	later 120
	run lapse sync
	status_is 0
	key=$(key_of)
	[ -n "$key" ]
	[ "$(sql 'select count(*) from adoption')" = 1 ]
	[ "$(calls jira POST /rest/servicedeskapi/request)" -ge 1 ]
	decline dana "$key"
	lapse sync
	isnt_member gus $GITHUB_PROD
}

@test "a lost reply, asked again: the issue is looked for first" {
	world "$ANNA"
	fault lost-reply jira POST /rest/servicedeskapi/request
	ask_about gus github/prod-admin || true
	later 700
	run ask_about gus github/prod-admin
	status_is 0
	[ -n "$(key_of)" ]
	has "$(key_of)"
	# And where Jira never made it, it is made now.
	fault drop jira POST /rest/servicedeskapi/request
	ask_about mona github/auditor || true
	later 700
	run ask_about mona github/auditor
	status_is 0
	[ "$(sql "select count(*) from adoption where role = 'github/auditor'")" = 1 ]
}
