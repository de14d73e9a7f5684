# The clock that sandbox (--clock) and lapse (clock.so) share: milliseconds
# since 1970 in the file $W/clock, where whoever sleeps moves it on at once.
# Not a test.

get_clock() { od -A n -t d8 "$W/clock" | tr -d ' '; }

set_clock() { # in place: others have mapped the file
	local n=$1 bytes='' byte
	for _ in 1 2 3 4 5 6 7 8; do
		printf -v byte '\\x%02x' $((n & 255))
		bytes+=$byte
		n=$((n >> 8))
	done
	printf %b "$bytes" 1<>"$W/clock"
}

later() { set_clock $(($(get_clock) + $1 * 1000)); }
