#!/usr/bin/env bats
# What lapse costs, at small size: the calls, rows and bytes that no load
# changes against exact limits, the times against wide ones.

within_limits() {
	run "$BATS_TEST_DIRNAME/run" small "$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "sync asks once for each page and waits for the network only" {
	within_limits sync
}

@test "expire costs its requests and one commit for 64 grants" {
	within_limits expire
}

@test "an idle sweep reads a few pages and writes, sends and asks nothing" {
	within_limits idle
}

@test "review-export is no slower than sqlite3 writing the same rows" {
	within_limits export
}

@test "verify costs a few times the reading of what it verifies" {
	within_limits chain
}

@test "verify, reports and questions read a year of grants a few times" {
	within_limits lives
}
