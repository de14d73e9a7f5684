#!/usr/bin/env bats
# Runs side by side: what is due is done once, and nobody waits for a slow one.

load lib
load hand
load held

setup() { world; }
teardown() { world_end; }

# started NAME COMMAND...: in the background; its status goes to NAME.status.
started() {
	name=$1
	shift
	{
		code=0
		lapse "$@" >"$W/$name.out" 2>&1 || code=$?
		echo $code >"$W/$name.status"
	} 3>&- &
}

@test "twenty expire at once: each removal once, one comment each" {
	people="ben carol erik farah gus"
	keys=
	for who in $people; do
		keys="$keys $(ask $who GitHub read 8h "look around")"
	done
	lapse sync
	later 28900
	fault slow okta DELETE '' '"seconds":0.3,"times":-1'
	control DELETE /log >/dev/null
	for i in $(seq 20); do started "$i" expire; done
	wait_for=$(jobs -p | tail -n 20)
	for pid in $wait_for; do
		[ "$pid" = "$SANDBOX_PID" ] || wait "$pid"
	done
	# One did it, the others said that it is being done.
	[ "$(cat "$W"/*.status | sort | uniq -c | awk '$2 != 0 && $2 != 75' |
		wc -l)" -eq 0 ]
	grep -qx 0 "$W"/*.status
	[ "$(calls okta DELETE '')" -eq 5 ]
	for key in $keys; do
		[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
	done
	[ "$(sql "select count(*) from \"grant\" where state = 'ended'
		and end_reason = 'expired'")" -eq 5 ]
	[ "$(sql "select count(*) from evidence where kind = 'revoked'")" -eq 5 ]
	run lapse verify
	status_is 0
}

@test "a sync that takes long does not delay expire" {
	granted ben GitHub hotfix 15s dana
	is_member ben $GITHUB_PROD
	fault slow jira '' /search '"seconds":12'
	control DELETE /log >/dev/null
	started sync sync
	fired
	# Due while the other waits for Jira.
	later 30
	began=$(date +%s)
	run lapse expire
	status_is 0
	[ $(($(date +%s) - began)) -lt 9 ]
	[ ! -e "$W/sync.status" ]
	isnt_member ben $GITHUB_PROD
	[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
	for _ in $(seq 300); do
		[ ! -e "$W/sync.status" ] || break
		sleep 0.1
	done
	[ "$(cat "$W/sync.status")" -eq 0 ]
	[ "$(calls okta DELETE '')" -eq 1 ]
	run lapse verify
	status_is 0
}

# What a run decided on is read again where it is kept: the other one used the
# approval meanwhile.
@test "a sync that comes late finds the approval used, and keeps nothing" {
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync
	approve dana "$key"
	fault slow jira GET /changelog '"seconds":4,"times":1'
	started late sync
	fired
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ ! -e "$W/late.status" ]
	for _ in $(seq 300); do
		[ ! -e "$W/late.status" ] || break
		sleep 0.1
	done
	[ "$(cat "$W/late.status")" -eq 0 ]
	[ "$(sql "select group_concat(state) from approval")" = used ]
	[ "$(sql "select count(*) from evidence where kind = 'approved'")" -eq 1 ]
	run lapse verify
	status_is 0
}

@test "two sync at once: asked once, granted once, told once" {
	old=$(ask ben GitHub write 8h "to get work done")
	lapse sync
	approve dana "$old"
	new=$(ask carol GitHub write 8h "the same")
	# Long enough that each is in the middle of the other.
	fault slow '' '' '' '"seconds":0.1,"times":-1'
	control DELETE /log >/dev/null
	for i in 1 2; do started $i sync; done
	for _ in $(seq 400); do
		[ -e "$W/1.status" ] && [ -e "$W/2.status" ] && break
		sleep 0.1
	done
	no_faults
	# Whichever was second may have left something to the next tick.
	later 60
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "active|" ]
	[ "$(calls okta PUT '')" -eq 2 ]	# two groups
	[ "$(n_comments "$old" 'now has github/write')" -eq 1 ]
	[ "$(n_comments "$new")" -eq 1 ]
	[ "$(status_of "$new")" = 10010 ]
	[ "$(sql "select count(*) from approval where state = 'open'")" -eq 1 ]
	run lapse verify
	status_is 0
}
