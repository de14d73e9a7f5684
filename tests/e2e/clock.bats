#!/usr/bin/env bats
# Time: the services' Date against this host's clock, and the mark that the
# ledger keeps.

load lib
load hand

setup() { world; }
teardown() { world_end; }

# host SECONDS: only this host's clock is off by so much.
host() { NOW=$((NOW + $1)); }
asked_and_approved() {
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
}

@test "an hour ahead: nothing granted, nothing ended early, exit 12" {
	granted carol GitHub write 30m dana
	asked_and_approved
	host 3600
	run lapse sync
	status_is 12
	has "clock"
	isnt_member ben $GITHUB_WRITE
	is_member carol $GITHUB_WRITE
	run lapse expire
	is_member carol $GITHUB_WRITE
	[ "$(sql 'select max(high_water) from ledger')" -lt $(($(date +%s) + NOW - 3000)) ]
	host -3600
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
}

@test "an hour behind: nothing granted, what is due by the Date is ended" {
	granted carol GitHub write 30m dana
	w=$key
	asked_and_approved
	later 2000
	host -3600
	run lapse sync
	status_is 12
	isnt_member ben $GITHUB_WRITE
	isnt_member carol $GITHUB_WRITE
	[ "$(status_of "$w")" = 10015 ]
	# The end is told by the Date, not by the clock.
	[ "$(sql "select ended_at - ends_at between 0 and 400 from \"grant\"
		where issue_key = '$w'")" = 1 ]
}

@test "four minutes apart is no reason to stop" {
	asked_and_approved
	host 240
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
}

@test "no Date at all: no change is sent" {
	granted carol GitHub write 30m dana
	asked_and_approved
	date_mode absent
	control DELETE /log >/dev/null
	later 2000
	date_mode absent
	run lapse sync
	[ "$(calls okta PUT '')$(calls okta DELETE '')" = 00 ]
	isnt_member ben $GITHUB_WRITE
	run lapse expire
	[ "$(calls okta DELETE '')" = 0 ]
	date_mode normal
	later 60
	run lapse expire
	isnt_member carol $GITHUB_WRITE
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
}

@test "a Date that is garbage is none" {
	asked_and_approved
	date_mode garbage
	run lapse sync
	isnt_member ben $GITHUB_WRITE
	date_mode normal
	lapse sync
	is_member ben $GITHUB_WRITE
}

@test "the clock behind the mark, no network: the mark is the time" {
	granted carol GitHub write 30m dana
	granted ben GitHub write 8h dana	# raises the mark below
	later 1500
	portal_transition ben "$key" 51
	lapse sync
	mark=$(sql 'select high_water from ledger')
	[ "$mark" -gt $(($(date +%s) + 1400)) ]
	host -86400
	fault drop "" "" "" '"times":-1'
	run lapse sync
	is_member carol $GITHUB_WRITE
	[ "$(sql 'select high_water from ledger')" = "$mark" ]
	[ "$(sql "select count(*) from evidence where at < $mark - 3600")" = 0 ]
	run lapse verify
	status_is 0
}

@test "the clock behind the mark, no network: what a person ends has its time" {
	granted carol GitHub write 8h dana
	later 1500
	granted ben GitHub write 8h dana	# raises the mark
	mark=$(sql 'select high_water from ledger')
	[ "$mark" -gt $(($(date +%s) + 1400)) ]
	host -86400
	fault drop "" "" "" '"times":-1'
	by_hand revoke "$key" --reason "asked for by mistake" || true
	[ "$(sql "select ending_at - $mark between 0 and 60 from \"grant\"
		where issue_key = '$key'")" = 1 ]
	[ "$(sql "select count(*) from evidence where at < $mark and seq >
		(select max(seq) from evidence where kind = 'granted')")" = 0 ]
}
