#!/usr/bin/env bats
# The harness itself: nothing that went wrong may look like success.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p tests/unit build/unit
	cp "$BATS_TEST_DIRNAME/../run" "$BATS_TEST_DIRNAME/../deps" tests/
	unset BUILD ONLY
}

# unit NAME: a test program; its text is read.
unit() {
	touch "tests/unit/$1.c"
	{ echo '#!/bin/sh'; cat; } >"build/unit/$1"
	chmod +x "build/unit/$1"
}

last_line() {
	printf '%s\n' "$output" | tail -n 1
}

@test "passes and failures are counted over all parts" {
	unit good <<<'echo 1..2; echo ok 1 - a; echo ok 2 - b'
	unit bad <<<'echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1'
	mkdir tests/structure
	echo '@test "holds" { true; }' >tests/structure/x.bats
	run tests/run unit structure
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "4 passed, 1 failed" ]
	[[ $output == *"not ok 2 - b"* ]]
}

@test "what took longest the last time comes first, what is new before it" {
	local here
	here=$(realpath build/unit)
	for name in early late new; do
		unit "$name" <<<'echo 1..1; echo ok 1 - a'
	done
	printf '%s\n' "2 $here/early" "600 $here/late" "7 tests/e2e/x.bats" \
		>build/took
	JOBS=1 run tests/run unit
	[ "$status" -eq 0 ]
	[[ $output == new*late*early* ]]
	# Known from now on; and what did not run is not forgotten.
	[ "$(wc -l <build/took)" -eq 4 ]
	[ "$(grep -c "^600 " build/took)" -eq 0 ]
	grep -qx "7 tests/e2e/x.bats" build/took
}

@test "a test program that dies is a failure" {
	unit dies <<<'echo 1..3; echo ok 1 - a; kill -SEGV $$'
	run tests/run unit
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "1 passed, 1 failed" ]
}

@test "a test program that ends early with status 0 is a failure" {
	unit stops <<<'echo 1..3; echo ok 1 - a'
	run tests/run unit
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "1 passed, 1 failed" ]
}

@test "a leak found at the end is a failure" {
	unit leaks <<<'echo 1..1; echo ok 1 - a; exit 23'
	run tests/run unit
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "1 passed, 1 failed" ]
}

@test "a test program that was not built is a failure" {
	touch tests/unit/absent.c
	run tests/run unit
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "0 passed, 1 failed" ]
}

@test "no tests at all is no success" {
	run tests/run unit
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "0 passed, 0 failed" ]
	run tests/run nonsense
	[ "$status" -ne 0 ]
}

@test "a broken bats file is a failure" {
	mkdir tests/structure
	echo '@test "never closed" { true' >tests/structure/x.bats
	run tests/run structure
	[ "$status" -eq 1 ]
	[[ $(last_line) == *" 1 failed" ]]
}

@test "deps says what is needed where there is no apt-get" {
	mkdir bin
	run env PATH="$PWD/bin" /bin/sh tests/deps one two
	[ "$status" -eq 0 ]
	[[ $output == *"one two"* ]]
}
