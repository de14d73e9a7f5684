#!/usr/bin/env bats
# A month of a small company, before and after lapse: the invariants hold, the
# report's figures agree with what was counted otherwise, and the same seed
# tells the same story. examples/simulation/README.md says what is checked.

cd "$BATS_TEST_DIRNAME/../.." || exit 1
BUILD=$(realpath -m "${BUILD:-$PWD/build}")
export BUILD

setup() {
	command -v python3 >/dev/null || skip "python3 is absent"
	! grep -q __asan_init "$BUILD/lapse" || skip "lapse is sanitized"
}

year() { examples/simulation/year.py "$@" 2>"$BATS_TEST_TMPDIR/err"; }

# The figures without those that count seconds, and no name or digest.
told() {
	jq -c 'select(.figure != null and .unit != "s" and .unit != "h")
		| [.figure, .value]' <<<"$output"
}

@test "thirty days of sixty people: all checks hold, both worlds report" {
	run year --days 30 --people 60 --seed 11
	cat "$BATS_TEST_TMPDIR/err"
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q '^simulation: seed 11: all checks hold$' <<<"$output"
	grep -q '^==== Before' <<<"$output"
	grep -q '^==== After' <<<"$output"
	# What else it found, in words.
	grep -q '^# [0-9]* runs of lapse ended with 0: ' <<<"$output"
	grep -q '^# memberships in the end: .*; 0 that should not be$' <<<"$output"
	# Each headline is in both reports.
	headlines=$(sed -n '/^==== Both/,$p' <<<"$output" | grep -c '^[a-z-]*[a-z. -]*  .*  ')
	[ "$headlines" -ge 12 ]
	! sed -n '/^==== Both/,$p' <<<"$output" | grep -q ' -$' || false
}

@test "the same seed gives the same figures, another seed others" {
	run year --days 14 --people 40 --seed 3 --json
	[ "$status" -eq 0 ]
	first=$(told)
	run year --days 14 --people 40 --seed 3 --json
	[ "$status" -eq 0 ]
	diff <(echo "$first") <(told)
	run year --days 14 --people 40 --seed 4 --json
	[ "$status" -eq 0 ]
	[ "$(told)" != "$first" ]
}
