#!/usr/bin/env bats
# Services that are away for days: nothing is lost, what is late is said, and
# the first run after it puts everything right.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

# What a timer's user would see: the worse status of the two.
ticked() {
	code=0
	lapse sync >"$W/sync.out" 2>&1 || code=$?
	lapse expire >"$W/expire.out" 2>&1 || [ $? -lt "$code" ] || code=$?
}

held() { sql 'select count(*) from hold where released_at is null'; }
late_s() {
	sql "select json_extract(data, '\$.late_s') from evidence
		where kind = 'revoked'"
}
away() { fault drop "$1" '' '' '"times":-1'; }

@test "Okta down for three days: late in the evidence and the export, removed at once after it" {
	granted ben GitHub write 8h dana
	ends=$(sql 'select ends_at from "grant"')
	away okta
	for hours in 9 6 6 6 6 6 6 6 6 6 6 6; do
		later $((hours * 3600))
		run lapse expire
		status_is 11
		run lapse sync
		status_is 11
		[ "$(grants)" = "ending|expired" ]
		[ "$(held)" -eq 0 ]	# never taken for access from before
	done
	run lapse status
	has "late"
	is_member ben $GITHUB_WRITE
	no_faults
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(grants)" = "ended|expired" ]
	[ "$(late_s)" -ge 230000 ]
	[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
	run comments_of "$key"
	has "late"
	run lapse review-export --out "$W/export"
	status_is 0
	grep -rq "$(late_s)\|late" "$W/export"
	run lapse verify "$W/export"
	status_is 0
}

@test "a removal that is refused is never imported again, and is done after it" {
	granted ben GitHub write 8h dana
	later 28900
	fault status okta DELETE '' '"status":500,"times":-1'
	for _ in 1 2 3; do
		later 960	# an observation is due each time
		run lapse sync --full
		status_is 11
		[ "$(grants)" = "ending|expired" ]
		[ "$(held)" -eq 0 ]
	done
	[ "$(sql "select count(*) from change where kind = 'remove' and
		settled_at is null")" -eq 2 ]
	run lapse status
	has "late"
	no_faults
	later 3700	# the pauses between attempts are at most an hour
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_WRITE
	[ "$(late_s)" -ge 6000 ]
	[ "$(sql "select count(*) from drift")" -eq 0 ]
}

@test "Jira down for a day: removed on time, told afterwards, once" {
	granted ben GitHub hotfix 15s dana
	old=$key
	new=$(ask carol GitHub write 8h "to work")
	lapse sync
	approve dana "$new"
	away jira
	later 30
	ticked
	isnt_member ben $GITHUB_PROD
	[ "$(grants)" = "ended|expired" ]
	isnt_member carol $GITHUB_WRITE	# a grant waits for Jira
	later 43200
	ticked
	[ "$code" -ne 0 ]		# a notice is undelivered
	later 43200
	no_faults
	ticked
	[ "$code" -eq 0 ]
	is_member carol $GITHUB_WRITE
	[ "$(n_comments "$old" 'the time is up')" -eq 1 ]
	[ "$(n_comments "$new" 'now has github/write')" -eq 1 ]
	[ "$(status_of "$old")" = 10015 ]
	run lapse verify
	status_is 0
}

@test "storms of 429: everything is done, once" {
	granted ben GitHub hotfix 15s dana
	old=$key
	new=$(ask carol GitHub write 8h "to work")
	later 30
	for service in okta jira; do
		for skip in 0 4 9; do
			fault status-429 $service '' '' "\"retry_after\":5,
				\"times\":3,\"skip\":$skip,\"agent\":\"lapse\""
		done
	done
	ticked
	no_faults
	later 60
	ticked
	approve dana "$new"
	fault status-429 okta PUT '' '"retry_after":30,"times":2'
	fault status-429 jira POST '' '"retry_after":30,"times":2'
	ticked
	later 60
	ticked
	[ "$code" -eq 0 ]
	isnt_member ben $GITHUB_PROD
	is_member carol $GITHUB_WRITE
	[ "$(n_comments "$old" 'the time is up')" -eq 1 ]
	[ "$(n_comments "$new")" -eq 2 ]
}

@test "filed while Okta was down for hours: looked at in the first run after it" {
	away okta
	first=$(ask carol GitHub read 8h "look around")
	run lapse sync
	status_is 69
	later 7200
	second=$(ask ben VPN user 8h "on the road")
	run lapse sync
	status_is 69
	later 7200
	run lapse sync
	status_is 69
	no_faults
	later 60
	run lapse sync
	status_is 0
	is_member carol $GITHUB_READ
	is_member ben 00g1vpn00000000000h7
	[ "$(request_state "$first") $(request_state "$second")" = \
		"approved approved" ]
	# And it is not sought for ever.
	[ "$(sql "select value from cursor where name = 'missed'")" -eq 0 ]
}
