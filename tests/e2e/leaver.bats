#!/usr/bin/env bats
# People who leave lose what they hold at the next observation.

load lib
load hand
load still

teardown() { world_end; }

@test "deactivated: every grant ends, what was there before stays theirs" {
	world
	granted walt GitHub write 8h sam
	w=$key
	v=$(ask walt VPN user 2d "on the road")
	lapse sync
	is_member walt 00g1vpn00000000000h7
	okta_status walt DEPROVISIONED
	run lapse sync
	status_is 0
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 2 ]
	later 960
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|left
ended|left" ]
	isnt_member walt $GITHUB_WRITE
	isnt_member walt 00g1vpn00000000000h7
	[ "$(calls okta DELETE $GITHUB_READ)" -eq 0 ]
	for key in "$w" "$v"; do
		[ "$(status_of "$key")" = 10015 ]
		run comments_of "$key"
		has "account is not active any more"
	done
}

@test "suspended: nothing ends unless the configuration says so" {
	world
	granted ben GitHub write 8h dana
	okta_status ben SUSPENDED
	later 960
	run lapse sync
	status_is 0
	later 960
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	is_member ben $GITHUB_WRITE
}

@test "suspended, with suspended = end: every grant ends" {
	world 's/^\taccount-attribute = .*/&\n\tsuspended = "end"/'
	granted ben GitHub write 8h dana
	okta_status ben SUSPENDED
	later 960
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|left" ]
	isnt_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10015 ]
}

@test "a leaver whose access is by hand: the removal is asked for" {
	world
	granted ben Badge server-room 2d gina
	sub=$(sql "select issue_key from manual where kind = 'add'")
	transition hugo "$sub" 101 '{"resolution":{"id":"10000"}}'
	lapse sync
	[ "$(grants)" = "active|" ]
	okta_status ben DEPROVISIONED
	later 960
	run lapse sync
	status_is 0
	[ "$(grants)" = "ending|left" ]
	[ -n "$(sql "select issue_key from manual where kind = 'remove'")" ]
}

@test "deleted at the provider: over, and watched in case it comes back" {
	world
	granted ben GitHub write 8h dana
	control DELETE /okta/user/00u1ben0000000000h7a >/dev/null
	later 960
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|left" ]
	[ "$(sql "select distinct state from change where kind = 'remove'")" = gone ]
	[ "$(sql 'select count(*) from watch')" = 2 ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "does not exist any more"
}

# Each asks the provider about them alone in the next observation.
read_alone() { calls okta GET "/users/00u1$1"; }

@test "whom a group's list shows as active is not read once more" {
	world
	granted ben GitHub write 8h dana
	ask erik GitHub read 8h "look around" >/dev/null
	lapse sync
	later 60
	lapse sync
	okta_status erik SUSPENDED
	later 960
	control DELETE /log >/dev/null
	run lapse sync
	status_is 0
	[ "$(calls okta GET /groups/$GITHUB_READ/users)" -eq 1 ]
	[ "$(read_alone ben)" -eq 0 ]
	# Suspended: that is heard from himself.
	[ "$(read_alone erik)" -eq 1 ]
}
