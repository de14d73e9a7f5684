#!/usr/bin/env bats
# The notify-command: each event as JSON, whatever becomes of it; the reminder
# of an end without Slack; and what doctor says of Slack.

load lib
load hand
load still
load slack

teardown() { world_end; }

# told: a world whose notify-command keeps what it gets, and fails while there
# is a file of that name.
told() {
	cat >"$BATS_TEST_TMPDIR/tell" <<-END
		#!/bin/sh
		[ ! -e "$BATS_TEST_TMPDIR/fail" ] || exit 3
		[ ! -e "$BATS_TEST_TMPDIR/hang" ] || exec sleep 60
		cat >>"$BATS_TEST_TMPDIR/told"
	END
	chmod 755 "$BATS_TEST_TMPDIR/tell"
	world "1i notify-command = {\"$BATS_TEST_TMPDIR/tell\", \"x y\"}"
}
# Each line is as the schema says.
fits() {
	/usr/bin/python3 tests/e2e/export.py schema man/schema/notify.v1.json \
		<"$W/told"
}
kinds() { sed -n 's/.*"kind":"\([a-z]*\)".*/\1/p' "$W/told" | tr '\n' ' '; }

@test "each event once, in order, as JSON" {
	told
	granted ben GitHub write 8h dana
	[ "$(kinds)" = "asked granted " ]
	run head -n 1 "$W/told"
	has '"schema":"lapse/notify.v1"'
	has "\"issue\":\"$key\""
	has "\"url\":\"$SANDBOX_JIRA/browse/$key\""
	has "\"account\":\"$(account_of dana)\""
	has '"email":"dana@acme.example"'
	has '"requester":"Ben Adler"'
	has '"duration_s":28800'
	run tail -n 1 "$W/told"
	has '"grant":"1"'
	has "\"by\":[{\"account\":\"$(account_of dana)\""
	fits
	lapse sync
	[ "$(kinds)" = "asked granted " ]
}

@test "what came out, by whom and why; who ended it" {
	needs_operator
	told
	sed -i "$ANNA" "$LAPSE_CONFIG"
	key=$(ask ben GitHub write 8h "my own reason")
	lapse sync
	decline dana "$key"
	lapse sync
	run tail -n 1 "$W/told"
	has '"kind":"outcome"'
	has '"outcome":"declined"'
	has '"why":"Declined by Dana Reyes.'
	has "\"by\":[{\"account\":\"$(account_of dana)\""
	has '"reason":"my own reason"'
	key=$(ask ben GitHub prod-admin 2d "too long")
	lapse sync
	run tail -n 1 "$W/told"
	has '"outcome":"refused"'
	has '"by":[]'
	granted ben GitHub write 8h dana
	by_hand revoke "$key" --reason "no longer needed"
	lapse sync
	run tail -n 1 "$W/told"
	has '"end_reason":"revoked"'
	has '"why":"no longer needed"'
	has '"name":"Anna Schmidt"'
	fits
}

@test "one that fails: noted, nobody's access waits, and the event comes again" {
	told
	touch "$W/fail"
	key=$(ask ben GitHub write 8h "work")
	run lapse sync
	status_is 10
	has "notify-command"
	has "exit status 3"
	approve dana "$key"
	lapse sync || true
	is_member ben $GITHUB_WRITE
	rm "$W/fail"
	run lapse sync
	status_is 0
	[ "$(kinds)" = "granted " ] || [ "$(kinds)" = "asked granted " ]
}

@test "one that hangs is killed" {
	told
	touch "$W/hang"
	key=$(ask ben GitHub write 8h "work")
	run lapse sync
	status_is 10
	has "takes too long"
	! pgrep -f "sleep 60" -g "$$" >/dev/null
}

@test "without Slack the issue reminds of the end, once, of long access alone" {
	world
	granted ben GitHub write 8h dana
	long=$key
	granted carol GitHub write 2h dana
	later 5700	# 1 h 35 min
	lapse sync
	[ "$(n_comments "$key" 'file the same request again')" -eq 0 ]
	later 22000
	lapse sync
	lapse sync
	[ "$(n_comments "$long" 'file the same request again')" -eq 1 ]
	[ "$(sql "select count(*) from evidence where kind = 'ending-soon'")" -eq 1 ]
}

@test "doctor: token, scopes, channel" {
	slack_world
	run lapse doctor
	has "slack: the token is taken"
	has "slack: the bot is in channel C0ACCESS0"
	slack_member access false
	knobs '{"slack":{"scopes":"chat:write,users:read"}}'
	run lapse doctor
	status_is 77
	has "missing: im:write (to open direct messages)"
	has "users:read.email"
	printf wrong >"$W/secrets/slack"
	run lapse doctor
	status_is 77
	has "lapse-slack(7)"
}
