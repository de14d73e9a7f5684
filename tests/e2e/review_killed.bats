#!/usr/bin/env bats
# review-open is killed while its requests are on the wire.

load lib
load hand

setup() { world; }
teardown() { world_end; }

all_tasks() {
	for key in $(sql "select issue_key from sheet where issue_key
		is not null"); do
		as gina GET "/rest/api/3/issue/$key" |
			grep -o '"summary":"[0-9]*: '
	done
}

@test "killed while its issues are made: sync goes on, each is there once" {
	for part in /servicedeskapi/request /issue/bulk; do
		fault slow jira POST $part '"seconds":30'
		control DELETE /log >/dev/null
		"$LAPSE" review-open "killed$part" --application GitHub \
			--reason "quarterly review" >"$W/out" 2>&1 3>&- &
		pid=$!
		for _ in $(seq 200); do
			[ "$(calls jira POST $part)" -eq 0 ] || break
			sleep 0.05
		done
		kill -KILL $pid
		wait $pid || true
		no_faults >/dev/null
		later 400
		lapse sync || true
		later 400
		lapse sync || true
	done
	[ "$(sql "select distinct state from campaign")" = open ]
	[ "$(sql "select count(distinct task_id) from item")" -eq "$(sql "select count(*) from item")" ]
	[ "$(all_tasks | grep -c .)" -eq "$(sql "select count(*) from item")" ]
}
