#!/usr/bin/env bats
# The planted bugs and their runner (tests/mutants): nothing that kills no bug
# may look as if it did.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	P=$BATS_TEST_TMPDIR
}

# patch_of NAME KILLER OLD NEW: a patch of the first line of base/when.c.
patch_of() {
	{
		echo "Killed by: $2"
		diff -u --label a/lib/base/when.c --label b/lib/base/when.c \
			lib/base/when.c <(sed "1s|$3|$4|" lib/base/when.c)
	} >"$P/$1.patch" || true
}

has() {
	[[ $output == *"$1"* ]] || {
		printf 'missing: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

@test "each planted bug applies and names a test that is there" {
	for patch in tests/mutants/*.patch; do
		echo "$patch"
		patch -p1 --dry-run --fuzz=0 -s <"$patch"
		killers=$(sed -n '/^---/q; s/^Killed by: *//p' "$patch")
		[ -n "$killers" ]
		while read -r part file name; do
			case $part in
			unit) grep -qF "($name)" "tests/unit/$file.c" ;;
			model) grep -qF "$name" tests/model/model.c ;;
			*) grep -qF "@test \"$name" "tests/$part/$file.bats" ;;
			esac || { echo "no such test: $name"; return 1; }
		done <<<"$killers"
	done
}

@test "what is no bug, or cannot be tried, is a failure" {
	test=$(sed -n 's/.*cmocka_unit_test(\(.*\)).*/\1/p' tests/unit/when.c |
		head -n 1)
	patch_of harmless "unit when $test" '^/\*' '/*  '
	patch_of broken "unit when $test" '^/\*' '/ *'
	patch_of untested "unit when no_such_test" '^/\*' '/*  '
	patch_of unnamed "" '^/\*' '/*  '
	sed 's|^-/\*|-/* not |' "$P/harmless.patch" >"$P/foreign.patch"
	run tests/mutants/run "$P"/*.patch
	[ "$status" -ne 0 ]
	has " - green without a bug: unit when $test"
	has "harmless: survives: unit when $test stays green"
	has "broken: does not build"
	has "foreign: does not apply any more"
	has " - not green without a bug: unit when no_such_test"
	has "untested: its test is not green without it"
	has "unnamed: no line 'Killed by"
	[ "$(tail -n 1 <<<"$output")" = "1 passed, 6 failed" ]
}

@test "a bug that is seen passes" {
	sed 's/^Killed by.*/Killed by: unit policy digests_every_part/' \
		tests/mutants/hash-without-groups.patch >"$P/seen.patch"
	run tests/mutants/run "$P/seen.patch"
	[ "$status" -eq 0 ]
	[ "$(tail -n 1 <<<"$output")" = "2 passed, 0 failed" ]
}
