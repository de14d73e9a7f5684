#!/usr/bin/env bats
# Two roles that share a group: github/read is one of github/write's groups.
# The last hold to go takes the membership away, in every order.

load lib
load hand
load still

setup() { world "$ANNA"; }
teardown() { world_end; }

give_read() {
	r=$(ask ben GitHub read 8h "look around")
	lapse sync
	is_member ben $GITHUB_READ
}
give_write() {
	granted ben GitHub write 8h dana
	w=$key
	is_member ben $GITHUB_READ
	is_member ben $GITHUB_WRITE
}
end_it() { # by the issue, so that nothing of the other is touched
	portal_transition ben "$1" 51
	run lapse sync
	status_is 0
	[ "$(status_of "$1")" = 10015 ]
}
end_read_first() {
	end_it "$r"
	is_member ben $GITHUB_READ
	is_member ben $GITHUB_WRITE
	run comments_of "$r"
	has "stays because of github/write, until"
	end_it "$w"
	none_left
}
end_write_first() {
	end_it "$w"
	is_member ben $GITHUB_READ
	isnt_member ben $GITHUB_WRITE
	run comments_of "$w"
	has "stays because of github/read, until"
	end_it "$r"
	none_left
}
none_left() {
	isnt_member ben $GITHUB_READ
	isnt_member ben $GITHUB_WRITE
	[ "$(sql 'select count(*) from hold where released_at is null')" = 0 ]
	run lapse verify
	status_is 0
}

@test "read, write; read ends, write ends" {
	give_read; give_write; end_read_first
}

@test "read, write; write ends, read ends" {
	give_read; give_write; end_write_first
}

@test "write, read; read ends, write ends" {
	give_write; give_read; end_read_first
}

@test "write, read; write ends, read ends" {
	give_write; give_read; end_write_first
}

@test "both end at the same moment: both wait for the removal" {
	give_read
	give_write
	later 28900
	run lapse expire
	status_is 0
	none_left
	for key in "$r" "$w"; do
		run comments_of "$key"
		has "the time is up"
		has "read back as absent"
		hasnt "stays because of"
	done
}

@test "access from before stays through all of it" {
	is_member jonas $GITHUB_READ
	r=$(ask jonas GitHub read 8h "look around")
	granted jonas GitHub write 8h gina
	is_member jonas $GITHUB_WRITE
	portal_transition jonas "$key" 51
	run lapse sync
	status_is 0
	is_member jonas $GITHUB_READ
	isnt_member jonas $GITHUB_WRITE
	portal_transition jonas "$r" 51
	run lapse sync
	status_is 0
	is_member jonas $GITHUB_READ
	run comments_of "$r"
	has "stays because of access that was there before"
	[ "$(calls okta DELETE $GITHUB_READ)" -eq 0 ]
}

@test "one is extended, the other ends: no gap in what they share" {
	give_read
	give_write
	more=$(ask ben GitHub write 8h "still not done")
	link_to "$more" "$w"
	lapse sync
	approve dana "$more"
	run lapse sync
	status_is 0
	[ "$(status_of "$more")" = 10013 ]
	later 28900
	run lapse expire
	status_is 0
	[ "$(status_of "$r")" = 10015 ]
	is_member ben $GITHUB_READ
	is_member ben $GITHUB_WRITE
	[ "$(calls okta DELETE $GITHUB_READ)" -eq 0 ]
	later 28800
	run lapse expire
	status_is 0
	none_left
}

@test "all of a person's access by hand: both roles, one membership" {
	needs_operator
	give_write
	give_read
	run by_hand revoke ben@acme.example --reason "laptop stolen"
	status_is 0
	none_left
	for key in "$r" "$w"; do
		[ "$(status_of "$key")" = 10015 ]
		run comments_of "$key"
		has "laptop stolen"
		has "read back as absent"
	done
}

@test "a hold that comes while the removal fails: nothing is taken away" {
	give_write
	later 28790
	w=$(ask ben GitHub write 2h "more of it")
	lapse sync
	approve dana "$w"
	fault status okta DELETE /users '"status":500,"times":-1'
	later 20
	lapse expire || true
	lapse sync || true
	[ "$(sql "select count(*) from change where kind = 'remove' and
		settled_at is null and attempts > 0")" -eq 2 ]
	no_faults
	control DELETE /log >/dev/null
	later 300
	run lapse expire
	status_is 0
	run lapse sync
	status_is 0
	[ "$(calls okta DELETE '')" -eq 0 ]
	is_member ben $GITHUB_READ
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "ended|expired
active|" ]
	end_it "$w"
	none_left
}
