#!/usr/bin/env bats
# Sessions that end with the access, where the role says so.

load lib
load hand
load still

# A second role on the same group that lasts longer.
setup() { world 's/"20s"/"8h"/; s/"60s"/"1d"/'; }
teardown() { world_end; }

BEN_SESSIONS=/users/00u1ben0000000000h7a/sessions

# github/prod-admin has end-sessions.
due() {
	granted ben GitHub prod-admin 2h dana
	is_member ben $GITHUB_PROD
	later 7300
	control DELETE /log >/dev/null
}

@test "they end after the removal is proven, and the issue says what that covers" {
	due
	run lapse expire
	status_is 0
	[ "$(grants)" = "ended|expired" ]
	[ "$(calls okta DELETE $BEN_SESSIONS)" -eq 1 ]
	run comments_of "$key"
	has "Sessions: signed out at okta."
	has "an application that keeps a session of its own"
	[ "$(sql "select count(*) from evidence where kind = 'sessions-ended'")" -eq 1 ]
	run lapse review-export -o "$W/out"
	status_is 0
	run cat "$W/out/changes.csv"
	has "ended at okta"
}

@test "a role without it ends none" {
	granted ben GitHub write 2h dana
	later 7300
	run lapse expire
	status_is 0
	[ "$(grants)" = "ended|expired" ]
	[ "$(calls okta DELETE $BEN_SESSIONS)" -eq 0 ]
	run comments_of "$key"
	hasnt "Sessions:"
}

@test "a provider that fails is tried again, and the end waits for it" {
	due
	fault status okta DELETE $BEN_SESSIONS '"status":500,"times":-1'
	run lapse expire
	status_is 10
	isnt_member ben $GITHUB_PROD
	[ "$(grants)" = "ending|expired" ]
	no_faults
	later 60
	run lapse expire
	status_is 0
	[ "$(grants)" = "ended|expired" ]
	run comments_of "$key"
	has "Sessions: signed out at okta."
}

@test "what fails for ten minutes is told of and not waited for" {
	due
	fault status okta DELETE $BEN_SESSIONS '"status":500,"times":-1'
	run lapse expire
	later 700
	run lapse expire
	status_is 10
	[ "$(grants)" = "ended|expired" ]
	run comments_of "$key"
	has "Sessions: okta did not end them"
	later 60
	run lapse expire
	status_is 0
	[ "$(n_comments "$key" "the time is up")" -eq 1 ]
}

@test "a refusal is told of at once" {
	due
	fault status okta DELETE $BEN_SESSIONS '"status":403,"times":-1,
		"body":"{\"errorCode\":\"E0000006\",\"errorSummary\":\"No\"}"'
	run lapse expire
	status_is 10
	[ "$(grants)" = "ended|expired" ]
	isnt_member ben $GITHUB_PROD
	run comments_of "$key"
	has "Sessions: okta did not end them"
	[ "$(sql "select count(*) from evidence where kind = 'sessions-failed'")" -eq 1 ]
}

@test "access that something keeps keeps its sessions" {
	granted ben GitHub prod-admin 2h dana
	first=$key
	granted ben GitHub hotfix 4h dana
	later 7300
	run lapse expire
	status_is 0
	is_member ben $GITHUB_PROD
	[ "$(calls okta DELETE $BEN_SESSIONS)" -eq 0 ]
	run comments_of "$first"
	has "stays because of"
	hasnt "Sessions:"
}

@test "what was extended, or there before, ends its sessions as well" {
	granted ben GitHub prod-admin 2h dana
	first=$key
	key=$(ask ben GitHub prod-admin 4h "not done yet")
	link_to "$key" "$first"
	lapse sync
	approve dana "$key"
	lapse sync
	[ "$(grants)" = "ended|superseded
active|" ]
	later 7300
	lapse expire
	is_member ben $GITHUB_PROD
	[ "$(calls okta DELETE $BEN_SESSIONS)" -eq 0 ]
	later 15000
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	[ "$(calls okta DELETE $BEN_SESSIONS)" -eq 1 ]
	run comments_of "$key"
	has "Sessions: signed out at okta."
}
