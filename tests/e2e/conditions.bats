#!/usr/bin/env bats
# What a timer's runs say about a condition that lasts, and when.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

@test "a lasting condition is said when it begins, after 1 h, 1 d, weekly, and when it ends" {
	fault drop okta '' '' '"times":-1'
	ask ben GitHub hotfix 15s "deploy" >/dev/null
	run lapse sync
	[ -n "$output" ]
	later 60
	run lapse sync
	[ -z "$output" ]
	[ "$status" -ne 0 ]	# the exit status tells in between
	later 3600
	run lapse sync
	[ -n "$output" ]
	later 3600
	run lapse sync
	[ -z "$output" ]
	later 86400
	run lapse sync
	[ -n "$output" ]
	no_faults >/dev/null
	later 60
	run lapse sync
	has "is over: "
}

@test "what a run did not look at is not over" {
	lapse sync
	sqlite3 "$LEDGER" "insert into condition (name, since, spoken_at, text) values
		('sync:14:okta', cast(strftime('%s') as integer) - 9, cast(strftime('%s') as integer) - 9,
		'okta: group ''x'': many would go; confirm it')"
	fault drop okta '' '' '"times":-1'
	later 60
	run lapse sync --full
	has "okta"
	hasnt "is over"
	no_faults >/dev/null
	later 60
	run lapse sync --full
	has "is over: okta: group 'x': many would go"
	hasnt "confirm it"
}

# Okta answers each call with another error id.
@test "a provider that fails every call is said in one line a run" {
	fault status okta '' /users '"status":503,"times":-1'
	run lapse sync --full
	has "okta: E0000010"
	[ "$(grep -c . <<<"$output")" -eq 1 ]
	no_faults >/dev/null
}

@test "the error id of an answer does not make an old condition news" {
	granted ben GitHub write 8h dana
	later 28900
	fault status okta '' '' '"status":503,"times":-1'
	run lapse sync
	has "okta: E0000010"
	has "error id"
	for _ in 1 2; do
		later 60
		run lapse sync
		[ -z "$output" ]
		[ "$status" -ne 0 ]
	done
	no_faults >/dev/null
	later 60
	run lapse sync
	has "is over: okta: E0000010"
}
