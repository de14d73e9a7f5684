#!/usr/bin/env bats
# A stopped run: nothing half-done, ended soon, and the next one goes on.

load lib

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
