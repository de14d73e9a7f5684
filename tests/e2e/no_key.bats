#!/usr/bin/env bats
# The key that seals what lapse writes on issues cannot be read.

load lib

setup() { world; }
teardown() { world_end; }

@test "a removal does not wait for the ledger key; a grant does" {
	granted ben GitHub hotfix 15s dana
	is_member ben $GITHUB_PROD
	mv "$W/secrets/ledger-key" "$W/key"
	other=$(ask carol GitHub read 8h "read")
	later 30
	run lapse expire
	status_is 78
	has "ledger-key"
	! is_member ben $GITHUB_PROD || false
	run lapse sync
	status_is 78
	! is_member carol $GITHUB_READ || false

	mv "$W/key" "$W/secrets/ledger-key"
	later 60
	run lapse sync
	lapse sync
	is_member carol $GITHUB_READ
	run comments_of "$key"
	has "the time is up"
	run lapse verify
	status_is 0
}
