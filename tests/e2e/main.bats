#!/usr/bin/env bats
# The main job: asked, approved, granted, ended, told.

load lib

setup() { world; }
teardown() { world_end; }

@test "a request becomes access, ends on time and leaves its story" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	run lapse sync
	status_is 0
	[ "$(status_of "$key")" = 10010 ]
	run comments_of "$key"
	has "Waiting for Dana Reyes and Maria Lindqvist. One of them is enough."
	isnt_member ben $GITHUB_PROD

	approve dana "$key"
	run lapse sync
	status_is 0
	is_member ben $GITHUB_PROD
	[ "$(status_of "$key")" = 10013 ]

	later 20
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	is_member gus $GITHUB_PROD	# was there before, stays
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "now has github/hotfix"
	has "the time is up"
	has "Approved by: Dana Reyes"
	[ "$(printf '%s\n' "$output" | grep -c '^lapse-')" -eq 3 ]

	run lapse verify
	status_is 0
	run lapse review-export --out "$W/export"
	status_is 0
	run lapse verify "$W/export"
	status_is 0
}

@test "an idle expire writes nothing and calls nobody" {
	before=$(sha256sum "$LEDGER")
	control DELETE /log >/dev/null
	run lapse expire
	status_is 0
	[ -z "$output" ]
	[ "$(calls okta '' '')" -eq 0 ]
	[ "$(calls jira '' '')" -eq 0 ]
	[ "$before" = "$(sha256sum "$LEDGER")" ]
}

@test "a sync that finds nothing new writes nothing" {
	ask ben GitHub hotfix 15s "deploy" >/dev/null
	lapse sync
	lapse sync	# sees its own comment
	before=$(sqlite3 -readonly "$LEDGER" .dump | sha256sum)
	run lapse sync
	status_is 0
	[ -z "$output" ]
	[ "$before" = "$(sqlite3 -readonly "$LEDGER" .dump | sha256sum)" ]
}
