#!/usr/bin/env bats
# An old copy of the ledger learns what was told to Jira after it was made.

load lib
load hand
load still
load rebuild
load held

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

forward() { by_hand rebuild --forward --reason "restored from backup" "$@"; }

@test "grants, ends and deadlines that the copy has not are learnt" {
	granted carol GitHub write 8h dana
	ended=$key
	granted ben GitHub prod-admin 24h dana
	long=$key
	lapse snapshot "$W/old.db"
	portal_transition carol "$ended" 51
	lapse sync
	more=$(ask ben GitHub prod-admin 6h "not done yet")
	link_to "$more" "$long"
	lapse sync
	approve dana "$more"
	lapse sync
	granted erik GitHub write 8h dana
	was=$(sql 'select id, state, ends_at, end_reason from "grant"')
	back_to "$W/old.db"
	run lapse sync
	status_is 65
	run forward --dry-run
	status_is 14
	has "$ended"
	has "$more"
	[ -n "$(sql 'select stale_since from ledger')" ]
	control DELETE /log >/dev/null
	run forward
	status_is 0
	has "$ended"
	has "$more"
	has "$key"
	[ "$(calls okta PUT '')" -eq 0 ]
	[ -z "$(sql 'select stale_since from ledger')" ]
	run lapse expire
	[ "$was" = "$(sql 'select id, state, ends_at, end_reason from "grant"')" ]
	run sql "select data from evidence where kind = 'forwarded'"
	has '"witness_seq":'
	run lapse verify
	status_is 0
	run lapse rebuild --check
	status_is 0
	# It grants again, and ends on time.
	key=$(ask kofi GitHub read 8h "to get work done")
	lapse sync
	is_member kofi $GITHUB_READ
	run lapse sync
	status_is 0
	later 28900
	run lapse expire
	isnt_member erik $GITHUB_WRITE
	isnt_member carol $GITHUB_WRITE
	is_member ben $GITHUB_PROD
}

@test "a copy that is not behind learns nothing" {
	granted carol GitHub write 8h dana
	before=$(sql 'select count(*) from evidence')
	run forward
	status_is 0
	has "not behind"
	[ "$before" = "$(sql 'select count(*) from evidence')" ]
}

@test "twice, and after its own removals: what it saw itself stands" {
	granted carol GitHub write 8h dana
	lapse snapshot "$W/old.db"
	granted erik GitHub write 8h dana
	back_to "$W/old.db"
	later 28900
	run lapse expire		# stale, and still on time
	status_is 65
	isnt_member carol $GITHUB_WRITE
	run forward
	status_is 0
	lapse expire
	isnt_member erik $GITHUB_WRITE
	[ "$(grants)" = "ended|expired
ended|expired" ]
	run forward
	status_is 0
	has "not behind"
	[ "$(sql 'select count(*) from "grant"')" = 2 ]
}

@test "what the copy was about to say is not said twice" {
	fault status jira POST /comment '"status":500,"times":-1'
	granted carol GitHub write 8h dana || true
	lapse snapshot "$W/old.db"
	no_faults
	later 4000
	lapse sync
	n=$(comments_of "$key" | grep -c '^lapse-')
	more=$(ask walt GitHub read 8h "look around")
	lapse sync
	back_to "$W/old.db"
	run forward
	has "$more"
	later 4000
	lapse sync
	[ "$(comments_of "$key" | grep -c '^lapse-')" -eq "$n" ]
}

@test "a ledger that was taken over is not brought forward" {
	granted carol GitHub write 8h dana
	old_conf
	lost
	rebuild >/dev/null
	run by_hand rebuild --forward --reason x --config "$W/old.conf"
	status_is 12
	has "not brought forward"
}

@test "the drill: snapshot, lose, restore, forward, verify" {
	granted carol GitHub write 8h dana
	due=$(sql 'select ends_at from "grant"')
	lapse snapshot "$W/old.db"
	granted erik GitHub write 8h dana
	later 14400
	rm -rf "$W/state"		# the disk is gone
	later 21600			# and nobody is there for six hours
	mkdir -m 700 "$W/state"
	cp "$W/old.db" "$LEDGER"
	chmod 600 "$LEDGER"
	is_member carol $GITHUB_WRITE
	run forward
	status_is 0
	run lapse verify
	status_is 0
	run lapse rebuild --check
	status_is 0
	lapse sync >/dev/null || true
	isnt_member carol $GITHUB_WRITE
	isnt_member erik $GITHUB_WRITE
	# No later than its deadline and the outage.
	[ "$(sql 'select max(ended_at - ends_at) from "grant"')" -le 21700 ]
	[ "$(sql 'select max(ended_at) from "grant"')" -le \
		$((due + 21600 + 300)) ]
	run lapse sync
	status_is 0
}

@test "another run ends access while Jira is read: nothing is learnt by what was" {
	granted carol GitHub write 8h dana
	lapse snapshot "$W/old.db"
	granted erik GitHub write 8h dana
	back_to "$W/old.db"
	later 28900
	held jira POST /search rebuild --forward --reason "restored"
	beside expire
	let_go
	isnt_member carol $GITHUB_WRITE
	status_is 75
	has "another run wrote to it"
	[ "$(grants)" = "ended|expired" ]
	run forward
	status_is 0
	[ "$(sql 'select count(*) from "grant"')" -eq 2 ]
	run lapse verify
	status_is 0
}
