#!/usr/bin/env bats
# What the built files show to the outside, and what they ask of it.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	BUILD=${BUILD:-build}
}

# By the compiler's own reading of the header.
declared() {
	gcc -std=c17 -aux-info "$BATS_TEST_TMPDIR/protos" -fsyntax-only \
		-x c "$1"
	sed -n 's|^/\* [^ ]*lapse\.h:.*[ *]\(lapse_[a-z0-9_]*\) (.*|\1|p' \
		"$BATS_TEST_TMPDIR/protos" | sort -u
}

exported() {
	nm -D --defined-only "$BUILD/liblapse.so.0" | awk '{ print $3 }' | sort
}

@test "the shared library exports exactly what lapse.h declares" {
	declared lib/lapse.h >"$BATS_TEST_TMPDIR/declared"
	[ -s "$BATS_TEST_TMPDIR/declared" ]
	exported >"$BATS_TEST_TMPDIR/exported"
	diff "$BATS_TEST_TMPDIR/declared" "$BATS_TEST_TMPDIR/exported"
}

@test "lapse.h stands alone" {
	echo '#include "lapse.h"' >"$BATS_TEST_TMPDIR/alone.c"
	gcc -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Ilib \
		"$BATS_TEST_TMPDIR/alone.c"
	if command -v g++ >/dev/null; then
		g++ -Wall -Wextra -Werror -fsyntax-only -Ilib -x c++ \
			"$BATS_TEST_TMPDIR/alone.c"
	fi
}

@test "the library is found by its soname" {
	readelf -d "$BUILD/liblapse.so.0" | grep -F 'soname: [liblapse.so.0]'
}

# Clock, randomness, environment, output and the end of the process come in as
# struct lapse_env, or not at all.
outside='v?f?printf|f?puts|f?putc|putchar|perror|v?dprintf|stdout|stderr|syslog'
outside+='|exit|_exit|quick_exit|abort|system|popen'
outside+='|(secure_)?getenv|setenv|putenv|setlocale|tzset|localtime(_r)?|mktime'
outside+='|time|gettimeofday|clock_gettime|sleep|usleep|nanosleep'
outside+='|getrandom|getentropy|s?rand|random|arc4random|RAND_bytes'

@test "the library neither prints, exits nor looks around" {
	[ -s "$BUILD/liblapse.a" ]
	nm -uA "$BUILD/liblapse.a" | awk '{ print $1, $NF }' \
		>"$BATS_TEST_TMPDIR/asked"
	run grep -E " (__)?($outside)(_chk)?\$" "$BATS_TEST_TMPDIR/asked"
	echo "$output"
	[ -z "$output" ]
}

@test "programs and libraries are hardened" {
	for file in "$BUILD/lapse" "$BUILD/liblapse.so.0"; do
		readelf -hW "$file" | grep -E 'Type: +DYN'
		readelf -dW "$file" | grep -wE 'BIND_NOW|NOW'
		readelf -lW "$file" | grep GNU_RELRO
		readelf -lW "$file" | grep -E 'GNU_STACK.* RW '
		readelf -dW "$file" | { ! grep -E 'RPATH|RUNPATH'; }
		nm -D "$file" | grep -E '__stack_chk_fail'
	done
}

@test "built files do not know where they were built" {
	for file in lapse sandbox liblapse.so.0; do
		run grep -acF "$PWD/" "$BUILD/$file"
		echo "$file: $output"
		[ "$output" = 0 ]
	done
}
