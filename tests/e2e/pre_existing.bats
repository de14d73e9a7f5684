#!/usr/bin/env bats
# Access that was there before lapse: never removed, never taken for a grant.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

@test "an observed membership never becomes a grant, nor a removal" {
	later 1000
	run lapse sync --full
	status_is 0
	[ -z "$(grants)" ]
	[ "$(sql 'select count(*) from hold')" = 0 ]
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(calls okta DELETE '')" -eq 0 ]
}

@test "a grant on top of it ends, the access stays" {
	is_member walt $GITHUB_READ
	key=$(ask walt GitHub read 8h "look around")
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(calls okta PUT $GITHUB_READ)" -eq 0 ]
	run property_of "$key"
	has '"before":"present"'
	later 28900
	run lapse expire
	status_is 0
	is_member walt $GITHUB_READ
	[ "$(grants)" = "ended|expired" ]
	[ "$(calls okta DELETE '')" -eq 0 ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "stays because of access that was there before"
}

@test "the part that was there stays, the part that was not goes" {
	granted jonas GitHub write 8h gina
	is_member jonas $GITHUB_WRITE
	later 28900
	run lapse expire
	status_is 0
	is_member jonas $GITHUB_READ
	isnt_member jonas $GITHUB_WRITE
}

@test "an elevated role on top of it is refused, naming adopt" {
	key=$(ask gus GitHub hotfix 15s "deploy")
	run lapse sync
	status_is 0
	[ "$(status_of "$key")" = 10017 ]
	[ -z "$(grants)" ]
	run comments_of "$key"
	has "lapse adopt"
	is_member gus $GITHUB_PROD
}

@test "what was there before is forgotten when it is seen to be gone" {
	key=$(ask walt GitHub read 8h "look around")
	lapse sync
	okta_drop walt $GITHUB_READ
	later 1000
	lapse sync
	later 1000
	run lapse sync
	status_is 0
	isnt_member walt $GITHUB_READ
	[ "$(grants)" = "ended|removed-outside" ]
	later 100
	again=$(ask walt GitHub read 8h "needed after all")
	lapse sync
	is_member walt $GITHUB_READ
	later 28900
	run lapse expire
	status_is 0
	isnt_member walt $GITHUB_READ
}
