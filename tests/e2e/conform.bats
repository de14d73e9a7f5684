#!/usr/bin/env bats
# What the services do to every provider alike comes out alike: each test runs
# over every row of the driver table at once. What single replies mean is in
# tests/unit/conform.c.

load lib
load hand
load still
load google

OPERATORS=9a1b2c3d-0001-4b00-8000-000000000002

setup() { google_world examples/sandbox/entra.conf.in; }
teardown() { world_end; }

drivers() { sed -n 's/.*struct idp_driver idp_\([a-z]*\);/\1/p' lib/idp/drivers.h; }

# How a role of each provider is asked for: application, role, its first group,
# and how a membership is added and removed on the wire (google: by which API). A new row has none,
# and fails.
of() {
	case $1 in
	okta) echo "GitHub write $GITHUB_WRITE PUT DELETE" ;;
	entra) echo "Azure operator $OPERATORS POST DELETE" ;;
	google) echo "Cloud prod-shell $SHELL_GROUP POST DELETE directory/" ;;
	*) echo "tests/e2e/conform.bats has no role for '$1'" >&2 && return 1 ;;
	esac
}

# Ben asks for one role of each; all are approved.
asked() {
	keys=
	for d in $(drivers); do
		read -r app role _ <<<"$(of "$d")"
		[ -n "$app" ]
		keys="$keys $(ask ben "$app" "$role" 1h "to get work done")"
	done
	lapse sync
	for key in $keys; do approve dana "$key"; done
	control DELETE /log >/dev/null
}

each() { # each COMMAND...: with DIRECTORY, GROUP, ADD and REMOVE set
	for DIRECTORY in $(drivers); do
		read -r _ _ GROUP ADD REMOVE API <<<"$(of "$DIRECTORY")"
		"$@" || { echo "$DIRECTORY: $*" >&2 && return 1; }
	done
	DIRECTORY=google
}
states() { sql 'select distinct state || coalesce(" " || end_reason, "") from "grant"'; }
in_it() { is_member ben "$GROUP"; }
out_of_it() { isnt_member ben "$GROUP"; }

until_all() { # until_all STATE TICKS
	for _ in $(seq "$2"); do
		lapse sync || true
		lapse expire || true
		[ "$(states)" != "$1" ] || return 0
		later 60
	done
	states >&2
	return 1
}

lose() { fault lost-reply "$DIRECTORY" "$1" "$GROUP"; }
sent_once() {
	[ "$(calls "$DIRECTORY" "$1" "${API:+${API}v1/groups/}$GROUP")" -eq 1 ]
}

@test "the reply to an add is lost: read back, sent once, told once" {
	asked
	each eval 'lose "$ADD"'
	until_all active 3
	each in_it
	each eval 'sent_once "$ADD"'
	for key in $keys; do
		[ "$(n_comments "$key" "now has")" -eq 1 ]
	done
}

@test "the reply to a removal is lost: gone, proven, told once" {
	asked
	until_all active 3
	later 3610
	each eval 'lose "$REMOVE"'
	until_all "ended expired" 4
	each out_of_it
	for key in $keys; do
		[ "$(n_comments "$key" "the time is up")" -eq 1 ]
	done
	run lapse verify
	status_is 0
}

@test "writes are seen late: nothing is claimed before it is read back" {
	each lag 45
	asked
	lapse sync || true
	each in_it
	[ "$(states)" = granting ]
	until_all active 5
	later 3600
	lapse expire || true
	each out_of_it
	[ "$(states)" = "ending expired" ]
	until_all "ended expired" 6
}

@test "replicas that disagree: nothing is claimed" {
	each lag 45 flap
	asked
	lapse sync || true
	[ "$(states)" = granting ]
	until_all active 6
	each in_it
	for key in $keys; do
		[ "$(n_comments "$key" "now has")" -eq 1 ]
	done
}

@test "servers fail: nothing is lost, all is right at the first good run" {
	asked
	each eval 'fault status "$DIRECTORY" "" "" "\"status\":503,\"times\":-1"'
	lapse sync || true
	later 300
	no_faults
	until_all active 3
	later 3610
	each eval 'fault status "$DIRECTORY" "" "" "\"status\":500,\"times\":-1"'
	lapse expire || true
	each in_it
	later 600
	run lapse expire
	status_is 11
	no_faults
	until_all "ended expired" 4
	each out_of_it
}

@test "a removal that is refused is parked, told of, and done at last" {
	asked
	until_all active 3
	later 3610
	each eval 'fault status "$DIRECTORY" "$REMOVE" "" "\"status\":403,\"times\":-1"'
	run lapse expire
	status_is 11
	each in_it
	run lapse parked
	[ "$(grep -c remove <<<"$output")" -ge 3 ]
	no_faults
	later 86500
	until_all "ended expired" 3
	each out_of_it
}

@test "somebody takes it away in the console: it stays away" {
	asked
	until_all active 3
	each eval 'console_drop ben "$GROUP"'
	for _ in 1 2 3; do
		later 1000
		lapse sync || true
	done
	[ "$(states)" = "ended removed-outside" ]
	each out_of_it
}

# Roles that may stand on access from before.
plain_of() {
	case $1 in
	okta) echo "GitHub write $GITHUB_WRITE" ;;
	entra) echo "Azure reader 9a1b2c3d-0001-4b00-8000-000000000001" ;;
	google) echo "Cloud billing 01gbilling00000" ;;
	*) echo "tests/e2e/conform.bats has no plain role for '$1'" >&2 && return 1 ;;
	esac
}

@test "whoever was there before is never removed" {
	for DIRECTORY in $(drivers); do
		read -r app role group <<<"$(plain_of "$DIRECTORY")"
		console_put ben "$group"
		key=$(ask ben "$app" "$role" 8h "to get work done")
		lapse sync
		[ "$DIRECTORY" = google ] || approve dana "$key"
	done
	until_all active 3
	later 29000
	until_all "ended expired" 3
	for DIRECTORY in $(drivers); do
		read -r _ _ group <<<"$(plain_of "$DIRECTORY")"
		is_member ben "$group"
		[ "$(calls "$DIRECTORY" DELETE "$group")" -eq 0 ]
	done
}
