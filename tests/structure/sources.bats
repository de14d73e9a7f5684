#!/usr/bin/env bats
# The house style where a machine can see it.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
}

# c_files DIRECTORY...
c_files() {
	find "$@" -name '*.[ch]' 2>/dev/null | sort
}

# The files with their comments and texts blanked, as FILE:LINE.
code() {
	c_files "$@" | while read -r file; do
		gcc -fpreprocessed -dD -E -P "$file" 2>/dev/null |
			sed -E 's/"([^"\\]|\\.)*"/""/g' | sed "s|^|$file: |"
	done
}

@test "every file says first what it is" {
	for file in $(c_files lib cli examples/sandbox tests/unit); do
		[ "$(head -c 2 "$file")" = "/*" ] || {
			echo "$file"
			false
		}
	done
}

@test "functions that cannot be used safely are not used" {
	local bad='strcpy|strcat|v?sprintf|gets|strtok|ato[il]|alloca|system'
	bad+='|popen|tmpnam|mktemp|gmtime|localtime|sqlite3_v?mprintf'
	run grep -E "\b($bad)[[:space:]]*\(" <(code lib cli)
	echo "$output"
	[ -z "$output" ]
}

@test "no goto, and no assert that would end a run" {
	run grep -E '\bgoto\b|\bassert[[:space:]]*\(' <(code lib cli)
	echo "$output"
	[ -z "$output" ]
}

@test "SQL is never put together from texts" {
	local verbs='SELECT|INSERT|UPDATE|DELETE'
	run grep -rnE "\"[^\"]*\b($verbs)\b[^\"]*%[-0-9.*]*[a-z]" \
		lib cli --include='*.c'
	echo "$output"
	[ -z "$output" ]
}

@test "indentation is tabs, lines end without blanks" {
	local files
	mapfile -t files < <(c_files lib cli examples/sandbox tests/unit)
	run grep -nE '^ {8}|[[:blank:]]$' "${files[@]}"
	echo "$output"
	[ -z "$output" ]
}

# A path of the machine that a file was written on says nothing to anybody.
@test "no file knows the directory it lies in" {
	case $PWD in
	/*/*) ;;
	*) skip "the directory's name is too short to be told apart" ;;
	esac
	run grep -rIlF "$PWD" . --exclude-dir=.git --exclude-dir=build
	echo "$output"
	[ -z "$output" ]
	run grep -rIlE '/home/[a-z]|/Users/[A-Za-z]' . --exclude-dir=.git \
		--exclude-dir=build --exclude-dir=node_modules \
		--exclude=sources.bats
	echo "$output"
	[ -z "$output" ]
}

# Without the last part of a membership's address Graph deletes the user.
@test "one function of the Entra driver makes a DELETE" {
	run grep -n 'HTTP_DELETE' lib/idp/entra*.c
	echo "$output"
	[ "$(grep -c 'entra_membership(ret, HTTP_DELETE,' <<<"$output")" -eq 1 ]
	# the other is the judgement of a refusal, which sends nothing
	[ "$(grep -vc 'entra_membership(ret, HTTP_DELETE,\|entra_refused(r, HTTP_DELETE,' \
		<<<"$output")" -eq 0 ]
}
