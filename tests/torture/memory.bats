#!/usr/bin/env bats
# Memory runs out: each allocation of a command fails in turn (a sample of
# them; TORTURE_POINTS), alone or with all that come after. A clean line, a
# documented status, a ledger that verifies, and the next tick settles it.

load torture

# Half of them among the program's own allocations.
POINTS=$(((POINTS + 1) / 2))

teardown() { world_end; }

# spoil WHOSE COMMAND...: WHOSE is 1 for the program's own allocations, empty
# for its libraries' too.
spoil() {
	local whose=$1
	shift
	back
	OOM_COUNT=$W/count spoiled "$@" >"$W/out" 2>&1
	for at in $(points "$(cat "$W/count")"); do
		many=$((at % 3 == 0 ? 1000000000 : 1))
		back
		code=0
		OOM_AT=$at OOM_FOR=$many spoiled "$@" >"$W/out" 2>"$W/err" ||
			code=$?
		judge "allocation $at and $((many - 1)) more${whose:+, own}"
	done
}

spoiled() {
	if [ -n "$whose" ]; then
		OOM_OWN=1 free "$@"
	else
		free "$@"
	fi
}

# sweep THEN COMMAND...
sweep() {
	then=$1
	failures=0
	shift
	mark
	spoil 1 "$@"
	spoil "" "$@"
	[ "$failures" -eq 0 ]
}

@test "grant runs out of memory" {
	approved
	sweep granted_once grant "$key" --reason "it is urgent"
}

@test "sync runs out of memory" {
	approved
	sweep granted_once sync
}

@test "expire runs out of memory" {
	due
	sweep ended_once expire
}

@test "review-export runs out of memory" {
	due
	sweep exported review-export --out "$W/export"
}
