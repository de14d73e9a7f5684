#!/usr/bin/env bats
# Several providers at once: Okta, Entra and Google Workspace, one ledger.

load lib
load hand
load still
load google

READERS=9a1b2c3d-0001-4b00-8000-000000000001

setup() {
	cat examples/sandbox/entra.conf.in - >"$BATS_TEST_TMPDIR/more" <<-END

	# One role, two providers.
	role "azure/bridge" {
		application = "Azure"
		about = "look at both sides"
		groups = {"okta:$GITHUB_READ", "$READERS"}
		max-duration = "8h"
		approvers = {"owner"}
		end-sessions = true
	}
	END
}
teardown() { world_end; }

begin() { google_world "$BATS_TEST_TMPDIR/more"; }
at() { DIRECTORY=$1 is_member "$2" "$3"; }
not_at() { DIRECTORY=$1 isnt_member "$2" "$3"; }

bridge() {
	key=$(ask ben Azure bridge 2h "compare")
	lapse sync
	approve dana "$key"
}

@test "a role in two providers is given and taken in both" {
	begin
	bridge
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	at okta ben $GITHUB_READ
	at entra ben $READERS
	later 7300
	run lapse expire
	status_is 0
	[ "$(grants)" = "ended|expired" ]
	not_at okta ben $GITHUB_READ
	not_at entra ben $READERS
	run comments_of "$key"
	has "signed out at okta."
	has "signed out at entra."
	[ "$(n_comments "$key")" -eq 3 ]
	run lapse verify
	status_is 0
}

@test "one half is refused for good: the other is taken back, and it says so" {
	begin
	bridge
	fault status entra POST "/members/\$ref" '"status":403,"times":-1'
	lapse sync || true
	later 60
	lapse sync || true
	later 60
	lapse sync || true
	[ "$(grants)" = "ended|withdrawn" ]
	not_at okta ben $GITHUB_READ
	not_at entra ben $READERS
	run comments_of "$key"
	has "could not be given in full"
	has "A part of it existed from"
	hasnt "now has"
}

@test "one provider is down: the half-given role waits, the others are served" {
	begin
	granted carol GitHub write 2h dana
	at okta carol $GITHUB_WRITE
	bridge
	key2=$(ask farah Cloud billing 8h "look at the bill")
	fault status entra "" "" '"status":503,"times":-1'
	lapse sync || true
	at google farah 01gbilling00000
	[ "$(sql "select state from \"grant\" where issue_key = '$key2'")" = active ]
	later 7300
	run lapse expire
	not_at okta carol $GITHUB_WRITE
	no_faults
	lapse sync || true
	later 60
	lapse sync
	[ "$(sql "select count(*) from \"grant\" where issue_key = '$key'
		and state = 'active'")" -eq 1 ]
	at okta ben $GITHUB_READ
	at entra ben $READERS
}

@test "a provider that is down delays no removal elsewhere, and its own are due" {
	begin
	bridge
	lapse sync
	at entra ben $READERS
	later 7300
	fault status entra "" "" '"status":503,"times":-1'
	lapse expire || true
	not_at okta ben $GITHUB_READ
	at entra ben $READERS
	[ "$(grants)" = "ending|expired" ]
	later 600
	run lapse expire
	status_is 11
	no_faults
	run lapse expire
	not_at entra ben $READERS
	[ "$(grants)" = "ended|expired" ]
	run comments_of "$key"
	has "later than it should have been"
}

everywhere() {
	key=$(ask farah Cloud billing 8h "look at the bill")
	other=$(ask farah GitHub read 8h "read the code")
	lapse sync
	[ "$(grants)" = "active|
active|" ]
	control POST /google/user '{"login":"farah","archived":true}' >/dev/null
	for _ in 1 2 3; do
		later 1000
		lapse sync || true
	done
	lapse expire || true
	not_at google farah 01gbilling00000
}

@test "who leaves one provider keeps what the others give" {
	begin
	everywhere
	at okta farah $GITHUB_READ
	[ "$(sql "select end_reason from \"grant\" where issue_key = '$key'")" = left ]
	[ "$(sql "select state from \"grant\" where issue_key = '$other'")" = active ]
}

@test "but not where leaving one is leaving all" {
	begin
	sed -i '1s/^/left-anywhere = true\n/' "$W/lapse.conf"
	everywhere
	not_at okta farah $GITHUB_READ
	[ "$(sql "select count(*) from \"grant\" where end_reason = 'left'")" -eq 2 ]
}

@test "half of a role is kept by another: the other half is signed out" {
	begin
	ask carol GitHub read 8h "read the code" >/dev/null
	key=$(ask carol Azure bridge 2h "compare")
	lapse sync
	approve dana "$key"
	lapse sync
	at entra carol $READERS
	later 7300
	run lapse expire
	status_is 0
	at okta carol $GITHUB_READ
	not_at entra carol $READERS
	run comments_of "$key"
	has "stays because of"
	has "signed out at entra."
	hasnt "signed out at okta."
}

@test "nothing may be changed at all: refused, absent, over; no alarm for what never was" {
	begin
	bridge
	fault status entra POST "/members/\$ref" '"status":403,"times":-1'
	fault status entra DELETE "/members" '"status":403,"times":-1'
	for _ in 1 2 3 4; do
		lapse sync || true
		lapse expire || true
		later 60
	done
	[ "$(grants)" = "ended|withdrawn" ]
	run lapse expire
	status_is 0
	run lapse status
	status_is 0
}

@test "an idp that is not configured is named with its line" {
	sed -i 's/"okta:/"gogle:/' "$BATS_TEST_TMPDIR/more"
	run begin
	run cat "$BATS_TEST_TMPDIR/init.log"
	has "there is no idp 'gogle'"
}
