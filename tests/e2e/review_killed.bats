#!/usr/bin/env bats
# review-open is killed while its requests are on the wire.

load lib
load hand

setup() { world; }
teardown() { world_end; }

# How often issues were made many at once; reading many is bulkfetch.
creations() {
	echo $(($(calls jira POST /issue/bulk) -
		$(calls jira POST /issue/bulkfetch)))
}
all_tasks() {
	for key in $(sql "select issue_key from sheet where issue_key
		is not null"); do
		as gina GET "/rest/api/3/issue/$key" |
			grep -o '"summary":"[0-9]*: '
	done
}

# killed_at PATH KEY TABLE: while a request to it waits for its answer. The server
# carries it out all the same, and makes KEY.
killed_at() {
	fault slow jira POST "$1" '"seconds":3'
	control DELETE /log >/dev/null
	"$LAPSE" review-open q4 --application GitHub \
		--reason "quarterly review" >"$W/out" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(sql "select count(*) from $3 where sought_at is not null
			and issue_id is null")" -eq 0 ] || break
		sleep 0.05
	done
	kill -KILL $pid
	wait $pid || true
	no_faults >/dev/null
	for _ in $(seq 200); do
		! as gina GET "/rest/api/3/issue/$2" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	echo "$2 was never made" >&2
	return 1
}

goes_on() {
	[ "$(sql "select state from campaign")" = opening ]
	later 400
	lapse sync || true
	later 400
	lapse sync || true
	[ "$(sql "select state from campaign")" = open ]
	n=$(sql "select count(*) from item")
	[ "$n" -gt 0 ]
	[ "$(sql "select count(distinct task_id) from item")" -eq "$n" ]
	[ "$(all_tasks | grep -c .)" -eq "$n" ]
	# None was made twice.
	[ "$(calls jira POST /servicedeskapi/request)" -eq 1 ]
	[ "$(creations)" -eq 2 ]
	run lapse verify
	status_is 0
}

@test "killed while the campaign's issue is made: sync goes on, each is there once" {
	killed_at /servicedeskapi/request ACC-2 campaign
	goes_on
}

@test "killed while the sheets are made: sync goes on, each is there once" {
	killed_at /issue/bulk ACC-3 sheet
	goes_on
}
