#!/usr/bin/env bats
# The ledger is rebuilt elsewhere while the old host's run is under way: the
# anchor stays the new one's. In real time, since the run is held in the middle.

load lib
load hand
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() {
	[ -z "${old_run:-}" ] || kill -9 "$old_run" 2>/dev/null || true
	world_end
}

@test "the old host's run was under way: it does not take the anchor back" {
	granted carol GitHub write 8h dana
	key=$(ask ben GitHub write 8h "deploy")
	lapse sync
	approve dana "$key"
	old_conf
	lost
	fault slow okta '' '' '"seconds":2,"times":1'
	control DELETE /log >/dev/null
	"$LAPSE" sync --config "$W/old.conf" >"$W/old.out" 2>&1 3>&- &
	old_run=$!
	until [ "$(calls jira GET lapse.anchor)" -gt 0 ]; do
		kill -0 "$old_run"
	done
	kill -STOP "$old_run"
	rebuild >/dev/null
	mine=$(sql 'select id from ledger')
	kill -CONT "$old_run"
	code=0
	wait "$old_run" || code=$?
	cat "$W/old.out"
	[ "$code" -eq 65 ]
	grep -q "another ledger took over" "$W/old.out"
	[ "$(anchor_ledger)" = "$mine" ]
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
}
