#!/usr/bin/env bats
# An observation that the rate share cuts short goes on at the next tick, and
# what it sees piece by piece is judged as a whole.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

# share CALLS: so many a minute may be observed.
share() { knobs "{\"okta\":{\"rateLimit\":$(($1 * 4))}}" >/dev/null; }
cursor() { sql "select value from cursor where name = '$1:okta'"; }
unread() { # how many groups were not read since
	sql "select count(*) from idp_group where kind = 'ok'
		and complete_at < $1"
}
# Ticks, a minute each, until the round is over; how many.
round() {
	local n=1
	later 960
	lapse sync >>"$W/round.log" 2>&1 || true
	while [ "$(cursor observing)" -ne 0 ] && [ $n -lt 30 ]; do
		n=$((n + 1))
		later 60
		lapse sync >>"$W/round.log" 2>&1 || true
	done
	echo $n
}
crowd() { # WHO... APP ROLE, the last two
	local app=${*: -2:1} role=${*: -1}
	for who in "${@:1:$#-2}"; do
		ask "$who" "$app" "$role" 8h "look around" >/dev/null
	done
}

@test "every group is read once a round, however small the share" {
	granted ben GitHub write 8h dana
	share 8
	control DELETE /log >/dev/null
	since=$(sql "select max(complete_at) + 1 from idp_group")
	ticks=$(round)
	[ "$ticks" -gt 2 ]
	[ "$ticks" -lt 30 ]
	[ "$(unread "$since")" = 0 ]
	# The next tick does not begin anew.
	for group in $(sql "select group_id from idp_group
		where complete_at is not null"); do
		[ "$(calls okta GET "/groups/$group/users")" -eq 1 ]
	done
	[ "$(grants)" = "active|" ]
}

@test "the people are read too, and who left loses the access" {
	granted ben GitHub write 8h dana
	okta_status ben DEPROVISIONED
	share 8
	round >/dev/null
	[ "$(grants)" = "ended|left" ]
	isnt_member ben $GITHUB_WRITE
}

@test "many vanish, seen a few at a time: an incident, nothing is ended" {
	crowd ben carol erik farah gus hana GitHub read
	crowd ivan jana kofi lena milo maria VPN user
	lapse sync
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
	for who in ben carol erik farah gus hana; do
		okta_drop $who $GITHUB_READ
	done
	for who in ivan jana kofi lena milo maria; do
		okta_drop $who 00g1vpn00000000000h7
	done
	share 8
	round >/dev/null
	round >/dev/null
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 12 ]
	grep -q "12 of 12 held memberships vanished" "$W/round.log"
}
