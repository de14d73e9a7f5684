#!/usr/bin/env bats
# One thing that never works, among many, delays none of the others; and a
# directory that tells nonsense about everybody ends nobody's access.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

# crowd N: two grants each to so many people.
crowd() {
	people="grace maria dana ben carol erik farah gus hana ivan jana kofi
		lena milo nina otto paula quinn rosa sam tara uwe vera walt
		xenia yusuf zoe abel bella cyril daria emil fiona"
	n=0
	for who in $people; do
		[ "$n" -lt "$1" ] || break
		is_member "$who" $GITHUB_READ && continue
		is_member "$who" 00g1vpn00000000000h7 && continue
		ask "$who" GitHub read 8h "look around" >/dev/null 2>&1 ||
			continue	# has no account at Jira
		ask "$who" VPN user 8h "work outside" >/dev/null
		n=$((n + 1))
	done
	lapse sync >"$W/granted.log" 2>&1
	ALL=$(active)
	[ "$ALL" -ge $(($1 * 2 - 8)) ]
	VICTIM=$(sql 'select user_id from hold where released_at is null
		order by id limit 1')
	# All whose ids begin alike: several memberships.
	CLAN=$(sql "select substr(user_id, 1, 5) from hold
		group by 1 order by count(*) desc limit 1")
	OF_CLAN=$(sql "select count(*) from hold where user_id glob '$CLAN*'
		and released_at is null")
	[ "$OF_CLAN" -gt 3 ]
}

issue_id() {
	control GET "/jira/issue?key=$1" |
		sed -n 's/^[^{]*{"id":"\([0-9]*\)".*/\1/p'
}
active() { sql "select count(*) from \"grant\" where state = 'active'"; }
ended() { sql "select count(*) from \"grant\" where state = 'ended'"; }

# One tick of expire ends all but the poisoned, whose removals stay due.
others_ended() {
	later 28900
	lapse expire >"$W/expire.out" 2>&1 || true
	echo "ended $(ended) of $ALL, without $1"
	cat "$W/expire.out"
	[ "$(ended)" -eq $((ALL - $1)) ]
	later 600
	run lapse expire
	status_is 11
	no_faults
	later 3700
	run lapse expire
	status_is 0
	[ "$(ended)" -eq "$ALL" ]
	[ "$(sql "select count(*) from evidence where kind = 'revoked'")" -eq "$ALL" ]
	run lapse verify
	status_is 0
}

@test "a removal that always fails with 500" {
	crowd 30
	fault status okta DELETE "/users/$VICTIM" '"status":500,"times":-1'
	others_ended 2
}

@test "a removal whose connection always dies" {
	crowd 15
	fault drop okta DELETE "/users/$VICTIM" '"times":-1'
	others_ended 2
}

@test "people who can never be read back: 500" {
	crowd 15
	fault status okta GET "/users/$CLAN" '"status":500,"times":-1'
	others_ended "$OF_CLAN"
}

@test "people who can never be read back: the connection dies" {
	crowd 15
	fault drop okta GET "/users/$CLAN" '"times":-1'
	others_ended "$OF_CLAN"
}

@test "requests that Jira can never show" {
	old=$(ask anna GitHub read 8h "one")
	fault drop jira GET "/issue/$(issue_id "$old")" '"times":-1'
	new=$(ask hugo GitHub read 8h "two")
	lapse sync || true
	is_member hugo $GITHUB_READ
	isnt_member anna $GITHUB_READ
	no_faults
	later 60
	lapse sync || true
	is_member anna $GITHUB_READ
}

@test "a group where nobody can be removed" {
	crowd 15
	fault status okta DELETE "/groups/$GITHUB_READ" '"status":500,"times":-1'
	others_ended $((ALL / 2))
}

@test "a directory that shows every group as empty: nothing is ended" {
	crowd 15
	fault garbage-json okta GET "/users" '"body":"[]","times":-1'
	for _ in 1 2 3; do
		later 960
		run lapse sync
		status_is 12
		[ "$(active)" -eq "$ALL" ]
	done
	run lapse sync --full
	[ "$(active)" -eq "$ALL" ]
	no_faults
	later 960
	run lapse sync
	later 960
	run lapse sync
	status_is 0
	[ "$(active)" -eq "$ALL" ]
}

@test "a directory that knows nobody any more: nothing is ended" {
	crowd 15
	fault status okta GET "/api/v1/users" \
		'"status":404,"body":"{\"errorCode\":\"E0000007\"}","times":-1'
	fault status okta GET "h7/users" '"status":200,"body":"[]","times":-1'
	for _ in 1 2 3; do
		later 960
		run lapse sync
		[ "$status" -ne 0 ]
		[ "$(active)" -eq "$ALL" ]
	done
	no_faults
	later 960
	run lapse sync
	later 960
	run lapse sync
	status_is 0
	[ "$(active)" -eq "$ALL" ]
}
