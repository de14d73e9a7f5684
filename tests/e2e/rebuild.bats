#!/usr/bin/env bats
# The ledger is lost: what stands on the issues makes a new one.

load lib
load hand
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

@test "grants, holds and deadlines come back; the next expire ends on time" {
	granted carol GitHub write 8h dana
	granted erik GitHub write 2d dana
	okta_put hana $GITHUB_READ
	before=$(sql 'select id, issue_id, account, role, state, starts_at,
		ends_at from "grant" order by id')
	lost
	run rebuild
	status_is 0
	has "rebuilt"
	[ "$before" = "$(sql 'select id, issue_id, account, role, state,
		starts_at, ends_at from "grant" order by id')" ]
	run lapse rebuild --check
	status_is 0
	has "equal"
	run lapse verify
	status_is 0
	control DELETE /log >/dev/null
	run tick
	status_is 0
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(calls okta DELETE '')" -eq 0 ]
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
	is_member erik $GITHUB_WRITE
	is_member hana $GITHUB_READ
}
