#!/usr/bin/env bats
# An extension: a linked request with its own approval, without a gap.

load lib
load hand
load still

setup() { world "$ANNA"; }
teardown() { world_end; }

ends_of() { sql "select ends_at from \"grant\" where issue_key = '$1'"; }

# prolong OLD DURATION: linked and asked for; the key is in $more.
prolong() {
	more=$(ask ben GitHub prod-admin "$2" "not done yet")
	link_to "$more" "$1"
	run lapse sync
	status_is 0
}
first() {
	key=$(ask ben GitHub prod-admin 24h "deploy")
	lapse sync
	approve dana "$key"
	lapse sync
	is_member ben $GITHUB_PROD
}

@test "own approval, the old deadline plus its duration, no gap" {
	first
	was=$(ends_of "$key")
	prolong "$key" 6h
	[ "$(status_of "$more")" = 10011 ]
	[ "$(grants)" = "active|" ]
	approve dana "$more"
	run lapse sync
	status_is 0
	[ "$(ends_of "$more")" -eq $((was + 6 * 3600)) ]
	[ "$(grants)" = "ended|superseded
active|" ]
	is_member ben $GITHUB_PROD
	[ "$(status_of "$key")" = 10015 ]
	[ "$(status_of "$more")" = 10013 ]
	run comments_of "$more"
	has "keeps github/prod-admin (GitHub) for longer"
	run comments_of "$key"
	has "by a newer request now"
	has "$more"
	run property_of "$more"
	has "\"state\":\"active\""

	later 86500		# the old deadline passes
	run tick
	status_is 0
	is_member ben $GITHUB_PROD
	[ "$(calls okta DELETE $GITHUB_PROD)" -eq 0 ]
	later 21600		# the new one
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	[ "$(status_of "$more")" = 10015 ]
}

@test "without its own approval the old deadline holds" {
	first
	prolong "$key" 6h
	later 86500
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	[ "$(grants)" = "ended|expired" ]
}

@test "approved after the old one ended: nothing is extended" {
	first
	prolong "$key" 6h
	later 86500
	lapse expire
	approve dana "$more"
	run lapse sync
	[ "$(sql "select count(*) from \"grant\" where extended_from is not null")" = 0 ]
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 0 ]
}

@test "not beyond max-total" {
	first
	for _ in 1 2; do
		prolong "$key" 24h
		approve dana "$more"
		lapse sync
		key=$more
	done
	[ "$(status_of "$more")" = 10013 ]
	prolong "$key" 6h
	[ "$(status_of "$more")" = 10017 ]
	run comments_of "$more"
	has "for 3d at the most"
	is_member ben $GITHUB_PROD
}

@test "by hand, when it is approved" {
	needs_operator
	first
	was=$(ends_of "$key")
	prolong "$key" 6h
	approve dana "$more"
	before=$(sha256sum "$LEDGER")
	run by_hand extend --dry-run "$more" --reason "release slipped"
	status_is 14
	has "$more"
	[ "$before" = "$(sha256sum "$LEDGER")" ]
	run by_hand extend "$more" --reason "release slipped"
	status_is 0
	[ "$(ends_of "$more")" -eq $((was + 6 * 3600)) ]
	is_member ben $GITHUB_PROD
}
