#!/usr/bin/env bats
# Break-glass and adopt: by a named person, with a short end, on the record.

load lib
load hand
load still

setup() { needs_operator; }
teardown() { world_end; }

record() { sql "select issue_key from \"grant\" where id = ${1:-1}"; }
glass() {
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 2h --reason "INC-7: production is down" "$@"
}
adopt_gus() {
	by_hand adopt gus@acme.example github/prod-admin --for 8h \
		--reason "agreed with Gus" "$@"
}

@test "break-glass: granted now, its own issue, a short end" {
	world "$ANNA"
	before=$(sha256sum "$LEDGER")
	run glass --dry-run
	status_is 14
	has "github/prod-admin"
	isnt_member ben $GITHUB_PROD
	[ "$before" = "$(sha256sum "$LEDGER")" ]
	run glass
	status_is 0
	is_member ben $GITHUB_PROD
	[ -n "$(record)" ]
	run control GET "/jira/issue?key=$(record)"
	has "Emergency access"
	has "Anna Schmidt"
	has "INC-7"
	run property_of "$(record)"
	has '"state":"active"'
	later 7300
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	run comments_of "$(record)"
	has "the time is up"
	run lapse verify
	status_is 0
}

@test "the reply to the making of its issue is lost: found, not made twice" {
	world "$ANNA"
	control DELETE /log >/dev/null
	fault lost-reply jira POST /rest/api/3/issue
	run glass
	is_member ben $GITHUB_PROD
	[ -z "$(record)" ]
	later 60
	run lapse sync
	status_is 10
	has "may have been made already"
	later 900
	run lapse sync
	status_is 0
	[ -n "$(record)" ]
	[ "$(calls jira POST /rest/api/3/issue)" -eq 1 ]
}

@test "break-glass is flagged until another account acknowledges it" {
	world "$ANNA"
	glass
	flagged() { sql 'select acknowledged_by is null from "grant"'; }
	run lapse status
	has "unacknowledged break glass  1"
	transition anna "$(record)" 91	# the operator
	lapse sync
	[ "$(flagged)" = 1 ]
	transition anna "$(record)" 92
	later 60
	lapse sync
	transition hugo "$(record)" 91
	lapse sync
	[ "$(flagged)" = 0 ]
	[ "$(sql 'select acknowledged_by from "grant"')" = "$(account_of hugo)" ]
	is_member ben $GITHUB_PROD
	run lapse status
	has "unacknowledged break glass  0"
}

@test "acknowledged: an earlier move by someone else is not enough" {
	world "$ANNA"
	glass
	transition hugo "$(record)" 91
	transition hugo "$(record)" 92
	transition anna "$(record)" 91
	lapse sync
	[ "$(sql 'select acknowledged_by is null from "grant"')" = 1 ]
}

@test "break-glass while Jira is down: granted, the issue is owed" {
	world "$ANNA"
	r=$(ask ben GitHub read 8h "look around")
	lapse sync	# ben is known from here on
	fault drop jira "" "" '"times":-1'
	run glass
	is_member ben $GITHUB_PROD
	[ -z "$(record 2)" ]
	no_faults
	later 60
	run lapse sync
	status_is 0
	[ -n "$(record 2)" ]
	run control GET "/jira/issue?key=$(record 2)"
	has "Emergency access"
	later 7300
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
}

@test "break-glass: refused without a name, a role, a sane time" {
	world
	run glass
	status_is 12
	has "operator"
	isnt_member ben $GITHUB_PROD
	sed -i "$ANNA" "$LAPSE_CONFIG"
	run by_hand grant --break-glass ben@acme.example github/nothing \
		--for 2h --reason "INC-7"
	status_is 13
	run by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 40d --reason "INC-7"
	status_is 12
	run by_hand grant --break-glass nobody@acme.example github/prod-admin \
		--for 2h --reason "INC-7"
	status_is 13
	run by_hand grant --break-glass ben@acme.example directory/okta-admin \
		--for 1h --reason "INC-7"
	status_is 12
	[ -z "$(grants)" ]
}

@test "adopt: what was there before gets an end" {
	world "$ANNA"
	before=$(sha256sum "$LEDGER")
	run adopt_gus --dry-run
	status_is 14
	[ "$before" = "$(sha256sum "$LEDGER")" ]
	run adopt_gus
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(calls okta PUT $GITHUB_PROD)" -eq 0 ]
	is_member gus $GITHUB_PROD
	run control GET "/jira/issue?key=$(record)"
	has "agreed with Gus"
	hasnt "Emergency"
	later 28900
	run lapse expire
	status_is 0
	isnt_member gus $GITHUB_PROD
	[ "$(grants)" = "ended|expired" ]
	run comments_of "$(record)"
	has "the time is up"
}

@test "adopt: only what is there, and not what a grant holds" {
	world "$ANNA"
	run by_hand adopt ben@acme.example github/prod-admin --for 8h \
		--reason "x"
	status_is 12
	has "nothing to adopt"
	adopt_gus
	run adopt_gus
	status_is 12
	has "a grant holds it already"
}

@test "adopt on top of a grant that found it there: both end, it is gone" {
	world "$ANNA"
	r=$(ask walt GitHub read 8h "look around")
	lapse sync
	run by_hand adopt walt@acme.example github/read --for 4h --reason "x"
	status_is 0
	later 14500
	run lapse expire
	status_is 0
	is_member walt $GITHUB_READ	# the request's grant holds it
	later 14500
	run lapse expire
	status_is 0
	isnt_member walt $GITHUB_READ
}
