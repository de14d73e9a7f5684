#!/usr/bin/env bats
# Access that is ended, or not ended, by what somebody does to the issue.

load lib
load hand
load still

setup() {
	world
	granted ben GitHub write 8h dana
	is_member ben $GITHUB_WRITE
	is_member ben $GITHUB_READ
}
teardown() { world_end; }

ended_by() {
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(status_of "$key")" = 10015 ]
	[ "$(grants)" = "ended|revoked" ]
	run comments_of "$key"
	has "$1 ended it"
	run property_of "$key"
	has '"end_reason":"revoked"'
}

@test "the holder ends it from the portal" {
	portal_transition ben "$key" 51
	ended_by "Ben Adler"
}

@test "an agent ends it in Jira" {
	transition hugo "$key" 51
	ended_by "Hugo Blanc"
}

@test "an automation rule ends it" {
	transition automation "$key" 51
	ended_by "Automation for Jira"
}

@test "opened again afterwards: nobody gets access, and it says so once" {
	portal_transition ben "$key" 51
	lapse sync
	later 60
	transition hugo "$key" 92
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_WRITE
	run comments_of "$key"
	has "again gives nobody access"
	later 60
	run lapse sync
	status_is 0
	[ "$(n_comments "$key" "Opening")" -eq 1 ]
	[ "$(grants)" = "ended|revoked" ]
	isnt_member ben $GITHUB_WRITE
}

@test "closed while active: the access stays until its end, and it says so" {
	transition hugo "$key" 91
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	run comments_of "$key"
	has "was closed, but Ben Adler still has"
	later 60
	lapse sync
	[ "$(n_comments "$key" "was closed, but")" -eq 1 ]
	later 28800
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	run comments_of "$key"
	has "the time is up"
	[ "$(status_of "$key")" = 10020 ]
}

@test "closed while active, opened again: it can be ended from the portal" {
	transition hugo "$key" 91
	lapse sync
	later 60
	transition hugo "$key" 92
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10013 ]
	portal_transition ben "$key" 51
	ended_by "Ben Adler"
}

@test "closed twice while active: said each time" {
	transition hugo "$key" 91
	lapse sync
	later 60
	transition hugo "$key" 92
	lapse sync
	later 60
	transition hugo "$key" 91
	run lapse sync
	status_is 0
	[ "$(n_comments "$key" "was closed, but")" -eq 2 ]
	is_member ben $GITHUB_WRITE
}
