#!/usr/bin/env bats
# mode = observe: all decisions, no grant; removals go on for what is live.

load lib
load hand
load still

teardown() { world_end; }

mode() { sed -i "s/^mode = .*/mode = \"$1\"/" "$LAPSE_CONFIG"; }

@test "observe: the decision is told to the operator, nothing is done" {
	world 's/^mode = .*/mode = "observe"/'
	key=$(ask ben GitHub write 8h "get work done")
	r=$(ask ben GitHub read 8h "look around")
	e=$(ask ben NetSuite auditor 8h "nonsense" 2>/dev/null || true)
	control DELETE /log >/dev/null
	run lapse sync -v
	status_is 0
	has "$key: would ask"
	has "$r: would grant"
	[ "$(status_of "$key")" = 10001 ]
	[ -z "$(comments_of "$key")$(comments_of "$r")" ]
	[ "$(calls okta PUT '')$(calls okta DELETE '')" = 00 ]
	isnt_member ben $GITHUB_READ
	[ -z "$(grants)" ]
	run lapse sync --dry-run
	status_is 14
	has "$key"
	has "ask"
}

@test "the first enforcing run: older requests only by a person" {
	needs_operator
	world "$ANNA;s/^mode = .*/mode = \"observe\"/"
	old=$(ask ben GitHub read 8h "look around")
	lapse sync
	later 60
	mode enforce
	run lapse sync -v
	status_is 0
	has "$old: older than the first enforcing run"
	later 60
	lapse sync
	isnt_member ben $GITHUB_READ
	new=$(ask carol GitHub read 8h "look around")
	lapse sync
	is_member carol $GITHUB_READ
	isnt_member ben $GITHUB_READ
	run by_hand grant "$old" --reason "was waiting"
	status_is 0
	is_member ben $GITHUB_READ
	[ "$(status_of "$old")" = 10013 ]
}

@test "back to observe with live grants: removals go on, grants do not" {
	world
	granted ben GitHub write 8h dana
	asked=$(ask carol GitHub write 8h "get work done")
	lapse sync
	approve dana "$asked"
	mode observe
	run lapse sync
	isnt_member carol $GITHUB_WRITE
	later 28900
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10015 ]
}

@test "back to observe: the holder still ends it from the portal" {
	world
	granted ben GitHub write 8h dana
	mode observe
	portal_transition ben "$key" 51
	run lapse sync
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(status_of "$key")" = 10015 ]
}

@test "observe for one role: the others are enforced" {
	world 's/^role "github\/write" {/&\n\tmode = "observe"/'
	key=$(ask ben GitHub write 8h "get work done")
	r=$(ask ben GitHub read 8h "look around")
	run lapse sync
	status_is 0
	is_member ben $GITHUB_READ
	approve dana "$key" 2>/dev/null || true
	lapse sync
	isnt_member ben $GITHUB_WRITE
}

@test "observe: break-glass and adopt give nothing, revoke still takes" {
	needs_operator
	world "$ANNA"
	granted ben GitHub write 8h dana
	mode observe
	run by_hand grant --break-glass carol@acme.example github/prod-admin \
		--for 1h --reason "INC-7"
	status_is 12
	isnt_member carol $GITHUB_PROD
	run by_hand revoke "$key" --reason "left the project"
	status_is 0
	isnt_member ben $GITHUB_WRITE
}
