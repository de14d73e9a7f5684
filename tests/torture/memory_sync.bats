#!/usr/bin/env bats
# Memory runs out in sync, as it grants: memory.bash says where, and how much
# of it. A clean line, a documented status, a ledger that verifies, and the
# next tick settles it.

load memory

teardown() { world_end; }

@test "sync runs out of memory" {
	approved
	sweep granted_once sync
}
