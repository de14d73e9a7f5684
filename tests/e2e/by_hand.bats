#!/usr/bin/env bats
# grant ISSUE and revoke by hand: by the same checks, now, and also while
# Jira is down; what somebody without a name may do.

load lib
load hand
load still

teardown() { world_end; }

setup() { needs_operator; }

jira_down() { fault drop jira "" "" '"times":-1'; }

unchanged() { # COMMAND...: a dry run: exit 14, a plan, nothing changed
	before=$(sha256sum "$LEDGER")
	control DELETE /log >/dev/null
	run by_hand "$@"
	status_is 14
	[ -n "$output" ]
	[ "$before" = "$(sha256sum "$LEDGER")" ]
	[ "$(calls okta PUT '')$(calls okta DELETE '')" = 00 ]
	[ "$(calls jira PUT '')$(calls jira POST /comment)" = 00 ]
}

@test "grant ISSUE: an approved one, at once" {
	world "$ANNA"
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	unchanged grant --dry-run "$key" --reason "asked by phone"
	run by_hand grant "$key" --reason "asked by phone"
	status_is 0
	has "github/write"
	is_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10013 ]
	[ "$(sql 'select operator from "grant"')" = "$(account_of anna)" ]
}

@test "grant ISSUE: not approved is not granted" {
	world "$ANNA"
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	run by_hand grant "$key" --reason "the boss says so"
	status_is 12
	has "asked"
	isnt_member ben $GITHUB_WRITE
}

@test "grant ISSUE: by nobody who is known: refused; without a reason: usage" {
	world
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	run by_hand grant "$key" --reason "asked by phone"
	status_is 12
	has "operator"
	isnt_member ben $GITHUB_WRITE
	run by_hand grant "$key"
	status_is 64
	isnt_member ben $GITHUB_WRITE
}

@test "revoke ISSUE" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	unchanged revoke --dry-run "$key" --reason "left the project"
	is_member ben $GITHUB_WRITE
	run by_hand revoke "$key" --reason "left the project"
	status_is 0
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "Anna Schmidt ended it"
	has "left the project"
	run by_hand revoke "$key" --reason "again"
	status_is 13
}

@test "revoke GRANT" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	run by_hand revoke 1 --reason "wrong role"
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10015 ]
}

@test "revoke USER ROLE, then USER" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	w=$key
	r=$(ask ben GitHub read 8h "look around")
	granted ben AWS read 8h karin
	a=$key
	is_member ben $AWS_READ
	run by_hand revoke ben@acme.example github/write --reason "one"
	status_is 0
	isnt_member ben $GITHUB_WRITE
	is_member ben $GITHUB_READ
	is_member ben $AWS_READ
	[ "$(status_of "$w")" = 10015 ]
	run comments_of "$w"
	has "stays because of github/read"
	run by_hand revoke ben@acme.example --reason "all"
	status_is 0
	isnt_member ben $GITHUB_READ
	isnt_member ben $AWS_READ
	isnt_member ben $AWS_BASE
	[ "$(status_of "$r")$(status_of "$a")" = 1001510015 ]
}

@test "revoke while Jira is down: ended at once, told afterwards" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	jira_down
	run by_hand revoke ben@acme.example --reason "laptop stolen"
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(grants)" = "ended|revoked" ]
	[ "$status" -ne 0 ]	# somebody has not been told
	no_faults
	later 300
	run lapse sync
	status_is 0
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "$(_operator) ended it"
	has "laptop stolen"
	[ "$(n_comments "$key" "ended it")" -eq 1 ]
}

@test "revoke by nobody who is known: done and flagged" {
	world
	granted ben GitHub write 8h dana
	run by_hand revoke "$key" --reason "laptop stolen"
	status_is 0
	has "flagged"
	isnt_member ben $GITHUB_WRITE
	[ "$(sql 'select end_by from "grant"')" = "local:$(_operator)" ]
	run comments_of "$key"
	has "laptop stolen"
}

@test "revoke what is not there: 13, and nothing happens" {
	world "$ANNA"
	run by_hand revoke nobody@acme.example --reason "gone"
	status_is 13
	run by_hand revoke ACC-999 --reason "gone"
	status_is 13
	run by_hand revoke ben@acme.example --reason "gone"
	status_is 13
}

@test "a revoke that the provider refuses for now: exit 10 or worse, goes on" {
	world "$ANNA"
	granted ben GitHub write 8h dana
	fault status okta DELETE /users '"status":500,"times":-1'
	run by_hand revoke "$key" --reason "left the project"
	[ "$status" -ne 0 ]
	has "lapse expire"
	no_faults
	later 60
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10015 ]
}
