#!/usr/bin/env bats
# The disk is full, or fails: each call that writes is refused in turn (a
# sample of them; TORTURE_POINTS). Status 74 where it matters, a ledger that
# verifies, an export that is whole or absent, and the next tick settles it.

load torture

# Tracing makes each run dearer.
POINTS=$(((POINTS + 1) / 2))

setup() {
	command -v strace >/dev/null || skip "strace is absent"
	strace -qq -o /dev/null true || skip "nothing can be traced here"
}

teardown() { world_end; }

# traced ARGUMENT... -- COMMAND...
traced() {
	local arguments=()
	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	shift
	SUDO_UID=$uid strace -f -qq "${arguments[@]}" \
		-E LD_PRELOAD="$OOM" -E AHEAD_S="$NOW" "$LAPSE" "$@"
}

calls='pwrite64 write fdatasync fsync ftruncate openat renameat2'

# The calls of an undisturbed run that are about our files: "CALL N", N as
# strace counts them.
places() {
	for call in $calls; do
		back
		traced -y -o "$W/trace" -e trace="$call" -- "$@" \
			>"$W/out" 2>&1 || true
		awk -v call="$call" -v ours="$W/(state|export)" '
			$0 ~ call "\\(" { n++ }
			$0 ~ call "\\(" && $0 ~ ours { print call, n }' \
			"$W/trace"
	done
}

# sweep THEN COMMAND...
sweep() {
	then=$1
	failures=0
	tells=0
	shift
	mark
	places "$@" >"$W/places"
	for at in $(points "$(wc -l <"$W/places")" "$POINTS"); do
		read -r call n < <(sed -n "${at}p" "$W/places")
		error=$([ $((at % 2)) -eq 0 ] && echo ENOSPC || echo EIO)
		back
		code=0
		traced -o "$W/trace" -e trace="$call" \
			-e "inject=$call:error=$error:when=$n" -- "$@" \
			>"$W/out" 2>"$W/err" || code=$?
		grep -q INJECTED "$W/trace" || wrong "$call $n" "not reached"
		[ "$code" -ne 74 ] || tells=$((tells + 1))
		judge "$call $n: $error"
	done
	echo "# $tells runs said 74" >&2
	[ "$failures" -eq 0 ]
	[ "$tells" -gt 0 ]
}

@test "grant meets a full disk" {
	approved
	sweep granted_once grant "$key" --reason "it is urgent"
}

@test "sync meets a full disk" {
	approved
	sweep granted_once sync
}

@test "sync in Slack meets a full disk" {
	. tests/torture/slack.bash
	waiting_in_slack
	sweep as_ever sync
}

@test "expire meets a full disk" {
	due
	sweep ended_once expire
}

@test "review-export meets a full disk" {
	due
	sweep exported review-export --out "$W/export"
}

@test "a full standard output is told" {
	due
	run free show "$key"
	status_is 0
	code=0
	free show "$key" >/dev/full 2>"$W/err" || code=$?
	[ "$code" -eq 74 ]
	grep -q '^lapse: ' "$W/err"
}
