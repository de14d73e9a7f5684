#!/usr/bin/env bats
# A stopped run: nothing half-done, ended soon, and the next one goes on.

load lib
load hand
load lag

setup() { world; }
teardown() { world_end; }

@test "SIGTERM while Jira is slow ends the run within seconds" {
	ask ben GitHub hotfix 15s "deploy" >/dev/null
	fault slow jira '' '' '"seconds":30,"times":-1'
	began=$(date +%s)
	NOW=0 "$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	sleep 1
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	[ $(($(date +%s) - began)) -lt 10 ]
	no_faults >/dev/null
	run lapse verify
	status_is 0
}

claimed() { sql "select count(*) from change where state = 'claimed'"; }

@test "killed while an add is on the wire: the next run finds out and goes on" {
	asked_and_approved
	fault slow okta PUT '' '"seconds":120,"times":-1'
	"$LAPSE" sync >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(claimed)" -eq 0 ] || break
		sleep 0.05
	done
	sleep 0.5
	[ "$(claimed)" -gt 0 ]
	kill -KILL $pid
	wait $pid || true
	no_faults >/dev/null
	later 60
	run lapse sync
	status_is 0
	is_member ben $GITHUB_WRITE
	[ "$(grants)" = "active|" ]
	[ "$(n_comments "$key" "now has")" -eq 1 ]
}
