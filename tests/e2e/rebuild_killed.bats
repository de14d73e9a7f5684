#!/usr/bin/env bats
# rebuild is killed, or Jira falls silent, in the middle: a ledger that is half
# rebuilt ends nothing and grants nothing, and running it again completes it.

load lib
load hand
load still
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

# Nothing is done with a ledger whose anchor is not its own yet.
does_nothing() {
	control DELETE /log >/dev/null
	run lapse sync
	status_is 65
	has "half rebuilt"
	run lapse expire	# which looks at nothing where nothing is due
	[ "$(calls okta DELETE '')" -eq 0 ]
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(calls jira PUT '')" -eq 0 ]
	by_hand revoke carol@acme.example --reason "now" >/dev/null 2>&1 || true
	[ "$(calls okta DELETE '')" -eq 0 ]
}

@test "the anchor cannot be taken over: half rebuilt, and completed later" {
	granted carol GitHub write 8h dana
	old_conf
	lost
	fault status jira PUT /properties/lapse.anchor \
		'"status":500,"times":-1'
	run rebuild
	[ "$status" -ne 0 ]
	later 28900
	run lapse expire
	status_is 65
	has "half rebuilt"
	does_nothing
	is_member carol $GITHUB_WRITE
	no_faults
	# Meanwhile the old host is the one that acts.
	run old expire
	isnt_member carol $GITHUB_WRITE
	# And so what was read is not what is so any more.
	run rebuild
	status_is 12
	has "wrote on"
	rm "$LEDGER"*
	run rebuild
	status_is 0
	run lapse rebuild --check
	status_is 0
}

@test "half rebuilt: running it again takes the anchor over" {
	granted carol GitHub write 8h dana
	lost
	fault status jira PUT /properties/lapse.anchor \
		'"status":500,"times":-1'
	run rebuild
	[ "$status" -ne 0 ]
	does_nothing
	no_faults
	run by_hand rebuild --reason "again"
	status_is 0
	[ "$(sql 'select count(*) from "grant"')" = 1 ]
	[ "$(sql "select count(*) from evidence where kind = 'rebuilt'")" = 1 ]
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
	run lapse verify
	status_is 0
}

@test "the reply to the taking over is lost: it is ours, and goes on" {
	granted carol GitHub write 8h dana
	lost
	fault lost-reply jira PUT /properties/lapse.anchor '"times":-1'
	run rebuild
	no_faults
	[ "$status" -eq 0 ] || run rebuild
	status_is 0
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
}

@test "Jira falls silent at any call: nothing is made, or it is completed" {
	granted carol GitHub write 8h dana
	granted erik GitHub write 2d dana
	lost
	for skip in $(seq 0 3 40); do
		fault status jira "" "" \
			"\"status\":503,\"times\":-1,\"skip\":$skip"
		run rebuild
		no_faults
		[ "$status" -ne 0 ] || break
		[ "$status" -ne 1 ]
		if [ -e "$LEDGER" ]; then
			# Whole or not at all.
			[ "$(sql 'select count(*) from "grant"')" = 2 ]
			[ "$(sql "select value from cursor
				where name = 'rebuild:unfinished'")" != 1 ] ||
				does_nothing
			break
		fi
	done
	[ "$skip" -gt 6 ]
	rm -f "$LEDGER"*
	run rebuild
	status_is 0
	[ "$(sql 'select count(*) from "grant" where state = '"'active'")" = 2 ]
}

@test "kill -9 at any write: nothing, or half rebuilt, or whole" {
	command -v strace >/dev/null || skip "no strace"
	[ "$SANITIZED" = no ] || skip "not under the sanitizer"
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace"
	granted carol GitHub write 8h dana
	lost
	export SUDO_UID
	SUDO_UID=$(id -u)
	for call in fdatasync fsync pwrite64; do
		for n in 1 2 3 5 8 13 21 34; do
			rm -rf "$W/state"
			mkdir -m 700 "$W/state"
			strace -f -qq -o /dev/null -e trace=$call \
				-E LD_PRELOAD="$BUILD/kill/clock.so" \
				-E CLOCK="$CLOCK" \
				-e inject=$call:signal=KILL:when=$n \
				"$LAPSE" rebuild --anchor "$anchor" \
				--reason "disk lost" >"$W/killed.log" 2>&1 &&
				break
			# A ledger that knows of the grant acts by it only
			# when the anchor is its own.
			if [ -e "$LEDGER" ] && lapse status >/dev/null 2>&1 &&
				[ "$(sql 'select count(*) from "grant"')" = 1 ]; then
				run lapse verify
				status_is 0
			fi
			run rebuild
			status_is 0
			[ "$(grants)" = "active|" ]
			run lapse rebuild --check
			status_is 0
		done
	done
	later 28900
	run lapse expire
	isnt_member carol $GITHUB_WRITE
}
