#!/usr/bin/env bats
# What a power cut leaves: an intent is on the disk before its call goes out.

load lib
load lag

setup() {
	strace -qq -o /dev/null true || skip "nothing can be traced here"
	[ "$SANITIZED" = no ] || skip "the sanitizer has another clock"
	world
}
teardown() { world_end; }

# traced COMMAND...: what it writes, syncs and sends goes to $W/trace. Leaks
# are not looked for in what is traced.
traced() {
	strace -f -qq -y -s 64 -o "$W/trace" \
		-e trace=pwrite64,write,fdatasync,fsync,sendto,sendmsg \
		-E LD_PRELOAD="$FAKETIME_SO" -E FAKETIME="+${NOW}s" \
		-E FAKETIME_DONT_FAKE_MONOTONIC=1 \
		-E ASAN_OPTIONS=detect_leaks=0 "$LAPSE" "$@"
}

# sent_late METHOD: the calls with it, and how many of them went out while
# something stood in the log that was not synced, or nothing had been.
sent_late() {
	awk -v call="\"$1 /api/v1/groups/" '
		/pwrite64\(.*ledger\.db-wal>/ { dirty = 1 }
		/f(data)?sync\(.*ledger\.db-wal>/ { dirty = 0; synced = 1 }
		index($0, call) { n++; late += dirty || !synced }
		END { print n + 0, late + 0 }' "$W/trace"
}

@test "an intent is on the disk before its call" {
	asked_and_approved
	traced sync
	is_member ben $GITHUB_WRITE
	[ "$(sent_late PUT)" = "2 0" ]
	later 28900
	traced expire
	isnt_member ben $GITHUB_WRITE
	[ "$(sent_late DELETE)" = "2 0" ]
}
