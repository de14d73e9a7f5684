#!/usr/bin/env bats
# Two runs at once: one is held between what it read and what it writes of it,
# and another does the same meanwhile.

load lib
load hand
load review
load held

setup() { needs_operator; }
teardown() {
	[ -z "${HELD:-}" ] || kill -CONT "$HELD" 2>/dev/null || true
	world_end
}

verified() {
	run lapse verify
	status_is 0
}

VPN=00g1vpn00000000000h7

@test "a review's decision is judged once, and is not put back" {
	world "$ANNA"
	opened q4 --role vpn/user --due 4d
	later 60
	says revoke farah VPN "left the project"
	held jira POST /changelog sync
	beside sync
	let_go
	later 60
	lapse sync
	[ "$(kinds review-decided)" -eq 1 ]
	[ "$(kinds review-acted)" -eq 1 ]
	[ "$(kinds review-settled)" -eq 1 ]
	[ "$(state_of farah VPN)" = "done revoke" ]
	isnt_member farah "$VPN"
	verified
}

@test "two reclaim at once: the second waits for the first" {
	world "$ANNA; /^role \"salesforce/s|\$| inactive-after = \"30d\" \
		reclaim = \"all\" reclaim-except = {\"xenia@acme.example\"}|"
	later $((200 * 86400))
	lapse sync >/dev/null 2>&1
	held jira POST /rest/api/3/issue reclaim
	PATIENCE=100 beside reclaim
	[ ! -e "$W/beside.status" ]
	let_go
	status_is 0
	# It found them warned.
	[ "$BESIDE" -eq 0 ]
	[ "$(kinds reclaim-warned)" -gt 0 ]
	[ "$(sql "select count(*) from reclaim where issue_key is null")" -eq 0 ]
	[ "$(kinds reclaim-cancelled)" -eq 0 ]
	verified
}

@test "break-glass on access that another run removes meanwhile" {
	world "$ANNA"
	granted ben GitHub write 2h dana
	is_member ben $GITHUB_WRITE
	# It has read that he is in, and meets its operator for the first time.
	held jira GET /rest/api/3/user grant --break-glass \
		ben@acme.example github/write --for 1h --reason INC-7
	beside revoke "$key" --reason "laptop stolen"
	let_go
	[ "$BESIDE" -eq 0 ]
	isnt_member ben $GITHUB_WRITE
	# Nothing says that he has what he has not.
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" = 0 ]
	[ "$(sql "select count(*) from hold where grant_id is null")" = 0 ]
	verified
}

@test "two adopt at once: one grant" {
	world "$ANNA"
	# Who runs it is met last, before it is written.
	AFTER=2 held jira GET /rest/api/3/user adopt gus@acme.example \
		github/prod-admin --for 8h --reason "agreed with Gus"
	beside adopt gus@acme.example github/prod-admin --for 8h \
		--reason "agreed with Gus"
	let_go
	[ "$BESIDE" -eq 0 ]
	status_is 12
	has "a grant holds it already"
	[ "$(grants)" = "active|" ]
	[ "$(kinds adopted)" -eq 1 ]
	verified
}

@test "a removal that is done while a person gives it up is not given up" {
	world "$ANNA"
	granted ben GitHub write 2h dana
	later 7300
	fault status okta DELETE "/groups/$GITHUB_WRITE" '"status":403,
		"times":-1,"body":"{\"errorCode\":\"E0000006\"}"'
	lapse expire || true
	no_faults
	id=$(sql "select id from change where state = 'parked'")
	held jira GET /properties parked abandon "$id" --reason CHG-81
	beside parked retry "$id" --reason "role restored"
	let_go
	[ "$BESIDE" -eq 0 ]
	status_is 13
	has "not parked"
	isnt_member ben $GITHUB_WRITE
	[ "$(grants)" = "ended|expired" ]
	[ "$(kinds abandoned)" -eq 0 ]
	verified
}

@test "sessions end once, and it is said once" {
	world "$ANNA"
	granted ben GitHub prod-admin 2h dana
	later 7300
	held okta DELETE /sessions expire
	beside sync
	let_go
	[ "$(kinds sessions-ended)" -eq 1 ]
	[ "$(grants)" = "ended|expired" ]
	verified
}

@test "a break-glass grant is acknowledged once" {
	world "$ANNA"
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 2h --reason INC-7
	transition hugo "$(sql 'select issue_key from "grant"')" 91
	held jira GET /changelog sync
	beside sync
	let_go
	[ "$(kinds acknowledged)" -eq 1 ]
	verified
}

@test "the notify-command gets an event from one of them" {
	cat >"$BATS_TEST_TMPDIR/tell" <<'TELL'
#!/bin/sh
d=${0%/*}
cat >>"$d/events"
touch "$d/at-it"
while [ -e "$d/block" ]; do sleep 0.05; done
TELL
	chmod +x "$BATS_TEST_TMPDIR/tell"
	world "$ANNA; 1i notify-command = {\"$BATS_TEST_TMPDIR/tell\"}"
	ask ben GitHub read 8h "look around"
	touch "$W/block"
	began held sync
	wait_for "$W/at-it" 400
	began beside sync --full
	wait_for "$W/beside.status" 60
	rm "$W/block"
	came held
	status_is 0
	came beside
	status_is 0
	[ "$(wc -l <"$W/events")" -eq "$(sort -u "$W/events" | wc -l)" ]
	[ -s "$W/events" ]
}
