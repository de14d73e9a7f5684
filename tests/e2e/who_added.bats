#!/usr/bin/env bats
# Who added a member, by the logs of all providers.

load lib
load hand
load still
load google

OPERATORS=9a1b2c3d-0001-4b00-8000-000000000002

setup() {
	google_world examples/sandbox/entra.conf.in
}
teardown() { world_end; }

# Of each row of the driver table a governed group; a new row has none, and
# fails.
group_of() {
	case $1 in
	okta) echo $GITHUB_PROD ;;
	entra) echo $OPERATORS ;;
	google) echo $SHELL_GROUP ;;
	*) echo "tests/e2e/who_added.bats has no group for '$1'" >&2; return 1 ;;
	esac
}
drivers() { sed -n 's/.*struct idp_driver idp_\([a-z]*\);/\1/p' lib/idp/drivers.h; }
# What drift says of the one who joined last.
row_of() { # row_of DIRECTORY
	user=$(sql "select user_id from drift where idp = '$1'
		order by id desc limit 1")
	lapse drift --json --idp "$1" --kind shadow 2>/dev/null |
		grep "\"group\":\"$(group_of "$1")\"" | grep "\"user\":\"$user\""
}

@test "each log names who added a member, once it shows it" {
	for d in $(drivers); do
		DIRECTORY=$d console_put ben "$(group_of "$d")" maria
	done
	later 960
	run lapse sync
	status_is 0
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":"maria@'
		has '"added_at":"2026'
		has "\"added_source\":\""
		hasnt '"added_source":"the provider'
	done
}

@test "a log that is late is asked again; one that has nothing is unknown" {
	for d in $(drivers); do
		knobs "{\"$d\":{\"logLag\":1200}}"
		DIRECTORY=$d console_put ben "$(group_of "$d")" maria
	done
	later 960
	lapse sync
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":null'
	done
	for _ in 1 2; do
		later 960
		lapse sync
	done
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":"maria@'
	done
	for d in $(drivers); do
		knobs "{\"$d\":{\"logLag\":864000}}"
		DIRECTORY=$d console_put emil "$(group_of "$d")" maria
	done
	for _ in 1 2 3 4 5 6; do
		later 960
		lapse sync
	done
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":"unknown"'
		has "the provider's log has no such event"
	done
}

@test "an add from before the last absence is not the one that is named" {
	for d in $(drivers); do
		DIRECTORY=$d console_put ben "$(group_of "$d")" maria
	done
	later 960
	lapse sync
	for d in $(drivers); do
		DIRECTORY=$d console_drop ben "$(group_of "$d")"
	done
	later 960
	lapse sync
	# Back by another hand, which the log does not show yet.
	for d in $(drivers); do
		knobs "{\"$d\":{\"logLag\":1200}}"
		DIRECTORY=$d console_put ben "$(group_of "$d")" emil
	done
	later 960
	lapse sync
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":null'
	done
	later 960
	lapse sync
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":"emil@'
	done
}

@test "lapse's own add is not why somebody is back after its removal" {
	GROUP=00g1vpn00000000000h7
	ask walt VPN user 15m "on the road" >/dev/null
	lapse sync
	DIRECTORY=okta is_member walt $GROUP
	later 1000
	lapse sync
	DIRECTORY=okta isnt_member walt $GROUP
	later 960
	lapse sync
	knobs '{"okta":{"logLag":1200}}'
	DIRECTORY=okta console_put walt $GROUP maria
	later 960
	lapse sync || true
	run sql "select kind, added_by from drift where group_id = '$GROUP'"
	[ "$output" = "reappeared|" ]
	later 960
	lapse sync || true
	run sql "select kind, added_by from drift where group_id = '$GROUP'"
	has "reappeared|maria@"
}

@test "a log that is opened again is asked again, once a day" {
	knobs '{"okta":{"logRefused":true}}'
	DIRECTORY=okta console_put ben $GITHUB_PROD maria
	later 960
	lapse sync
	run row_of okta
	has '"added_source":"the provider'"'"'s log may not be read"'
	knobs '{"okta":{"logRefused":false}}'
	later 960
	lapse sync
	run row_of okta
	has '"added_by":"unknown"'
	later 86400
	lapse sync
	run row_of okta
	has '"added_by":"maria@'
	run sql "select count(*) from drift where ask_at is not null"
	[ "$output" = 0 ]
}

@test "a log that may not be read never holds sync up" {
	for d in $(drivers); do
		knobs "{\"$d\":{\"logRefused\":true}}"
		for who in ben emil dana farah grace; do
			DIRECTORY=$d console_put $who "$(group_of "$d")"
		done
	done
	later 960
	run lapse sync
	status_is 0
	for d in $(drivers); do
		run row_of "$d"
		has '"added_by":"unknown"'
		has '"added_source":"'
	done
	# And no provider was given up for it.
	key=$(ask walt VPN user 8h "on the road")
	run lapse sync
	status_is 0
	DIRECTORY=okta is_member walt 00g1vpn00000000000h7
}
