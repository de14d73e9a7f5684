#!/usr/bin/env bats
# Memory runs out in expire, as it ends a grant, and in review-export:
# memory.bash says where, and how much of it. A clean line, a documented
# status, a ledger that verifies, an export that is whole or absent, and the
# next tick settles it.

load memory

teardown() { world_end; }

@test "expire runs out of memory" {
	due
	sweep ended_once expire
}

@test "review-export runs out of memory" {
	due
	sweep exported review-export --out "$W/export"
}
