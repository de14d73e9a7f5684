#!/usr/bin/env bats
# The ledger is lost: what stands on the issues makes a new one.

load lib
load hand
load still
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

@test "grants, holds and deadlines come back; the next expire ends on time" {
	granted carol GitHub write 8h dana
	granted erik GitHub write 2d dana
	okta_put hana $GITHUB_READ
	before=$(sql 'select id, issue_id, account, role, state, starts_at,
		ends_at from "grant" order by id')
	lost
	run rebuild
	status_is 0
	has "rebuilt"
	[ "$before" = "$(sql 'select id, issue_id, account, role, state,
		starts_at, ends_at from "grant" order by id')" ]
	run lapse rebuild --check
	status_is 0
	has "equal"
	run lapse verify
	status_is 0
	control DELETE /log >/dev/null
	run tick
	status_is 0
	[ "$(calls okta PUT '')" -eq 0 ]
	[ "$(calls okta DELETE '')" -eq 0 ]
	later 28900
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
	is_member erik $GITHUB_WRITE
	is_member hana $GITHUB_READ
}

@test "the old host finds its anchor taken, and does nothing more" {
	granted carol GitHub write 8h dana
	old_conf
	lost
	rebuild >/dev/null
	later 28900
	control DELETE /log >/dev/null
	for command in sync expire; do
		run old $command
		status_is 65
		has "another ledger took over"
	done
	[ "$(calls okta DELETE '')" -eq 0 ]
	[ "$(calls jira PUT '')" -eq 0 ]
	[ "$(calls jira POST comment)" -eq 0 ]
	run lapse expire
	status_is 0
	isnt_member carol $GITHUB_WRITE
}

@test "what was there before stays, shared groups are kept, ends come once" {
	walts=$(ask walt GitHub read 8h "look around")
	lapse sync
	granted carol GitHub write 8h dana
	more=$(ask carol GitHub read 2d "read on")
	lapse sync
	lost
	run rebuild
	status_is 0
	run lapse rebuild --check
	status_is 0
	later 28900
	run lapse expire
	status_is 0
	is_member walt $GITHUB_READ	# from before lapse
	isnt_member carol $GITHUB_WRITE
	is_member carol $GITHUB_READ	# by her other grant
	[ "$(grants)" = "ended|expired
ended|expired
active|" ]
	run comments_of "$walts"
	has "stays because of access that was there before"
	run comments_of "$key"
	has "Carol Nguyen no longer has github/write"
	later 172800
	run lapse expire
	isnt_member carol $GITHUB_READ
	run lapse verify
	status_is 0
}

@test "who was taken out meanwhile is not put back: removed outside" {
	granted ben GitHub write 8h dana
	lost
	okta_drop ben $GITHUB_WRITE
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	control DELETE /log >/dev/null
	for _ in 1 2 3; do
		later 960
		lapse sync >/dev/null || true
	done
	[ "$(grants)" = "ended|removed-outside" ]
	isnt_member ben $GITHUB_WRITE
	[ "$(calls okta PUT '')" -eq 0 ]
}

@test "what was being granted is withdrawn, its add answered by a removal" {
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	lag 300
	lapse sync || true
	lost
	[ "$(sqlite3 "$W/old/ledger.db" 'select state from "grant"')" = granting ]
	run rebuild
	status_is 0
	has "withdrawn"
	[ "$(calls okta PUT "")" -eq 2 ]
	for _ in 1 2 3; do
		lapse expire || true
		later 400
	done
	[ "$(calls okta PUT "")" -eq 2 ]
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(grants)" = "ended|withdrawn" ]
}

@test "a removal that was under way goes on; an ended grant stays ended" {
	granted carol GitHub write 8h dana
	fault status okta DELETE "" '"status":500,"times":-1'
	later 28900
	lapse expire || true
	[ "$(grants)" = "ending|expired" ]
	no_faults
	lapse sync >/dev/null || true
	is_member carol $GITHUB_WRITE
	lost
	run rebuild
	status_is 0
	run lapse rebuild --check
	status_is 0
	later 4000
	lapse expire || true
	isnt_member carol $GITHUB_WRITE
	[ "$(grants)" = "ended|expired" ]
}

@test "by hand: steps stand on their sub-tasks, and are not asked for again" {
	granted ben Badge server-room 2d gina
	sub=$(sql "select issue_key from manual where kind = 'add'")
	transition hugo "$sub" 101 '{"resolution":{"id":"10000"}}'
	lapse sync
	granted carol Badge server-room 2d gina
	[ "$(grants)" = "active|
granting|" ]
	lost
	run rebuild
	status_is 0
	[ "$(grants)" = "active|
granting|" ]
	before=$(sql 'select grant_id, kind, issue_key from manual')
	lapse sync
	later 600
	lapse sync
	[ "$before" = "$(sql 'select grant_id, kind, issue_key from manual')" ]
	sub=$(sql "select issue_key from manual where done_at is null")
	transition hugo "$sub" 101 '{"resolution":{"id":"10000"}}'
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|
active|" ]
}

@test "break-glass, adopted, extended" {
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 2h --reason "INC-7: production is down"
	by_hand adopt gus@acme.example github/prod-admin --for 8h \
		--reason "agreed with Gus"
	granted erik GitHub write 8h dana
	first=$key
	more=$(ask erik GitHub write 8h "not done yet")
	link_to "$more" "$first"
	lapse sync
	approve dana "$more"
	lapse sync
	before=$(sql 'select id, role, state, ends_at, extended_from,
		break_glass from "grant" order by id')
	lost
	run rebuild
	status_is 0
	[ "$before" = "$(sql 'select id, role, state, ends_at, extended_from,
		break_glass from "grant" order by id')" ]
	later 28900
	run lapse expire
	isnt_member ben $GITHUB_PROD
	isnt_member gus $GITHUB_PROD
	is_member erik $GITHUB_WRITE
	later 28900
	run lapse expire
	isnt_member erik $GITHUB_WRITE
}

@test "requests that nobody granted yet are asked again, granted ones are not" {
	granted carol GitHub write 8h dana
	open=$(ask ben GitHub write 8h "get work done")
	lapse sync
	portal_transition carol "$key" 51	# she ends it
	lapse sync
	lost
	rebuild >/dev/null
	lapse catalog publish >/dev/null
	later 60
	run lapse sync
	status_is 0
	[ "$(request_state "$open")" = asked ]
	[ "$(request_state "$key")" = approved ]
	[ "$(grants)" = "ended|revoked" ]
	approve dana "$open"
	run lapse sync
	is_member ben $GITHUB_WRITE
	isnt_member carol $GITHUB_WRITE
}

@test "a dry run plans and touches nothing; a ledger in use is refused" {
	granted carol GitHub write 8h dana
	anchor=$(sql 'select anchor_issue from ledger')
	run rebuild
	status_is 12
	has "not empty"
	lost
	control DELETE /log >/dev/null
	run rebuild --dry-run
	status_is 14
	has "$key"
	[ ! -e "$LEDGER" ]
	[ "$(calls jira PUT '')" -eq 0 ]
	run lapse rebuild --check --reason x
	status_is 64
	run by_hand rebuild --reason "no anchor"
	status_is 64
	run by_hand rebuild --anchor "$key" --reason "no anchor there"
	status_is 13
	run rebuild
	status_is 0
	run rebuild
	status_is 12
}

@test "the first event names the old ledger, its head and what was read" {
	granted carol GitHub write 8h dana
	was=$(sql 'select id from ledger')
	head=$(sql 'select max(seq) from evidence')
	lost
	rebuild >/dev/null
	run sql "select kind, data from evidence where seq = 1"
	has "rebuilt|"
	has "\"old_ledger\":\"$was\""
	has "\"old_seq\":$head"
	has '"sha256":"'
	[ "$(sql 'select id from ledger')" != "$was" ]
	# And from what this one wrote another is made.
	lost
	run rebuild
	status_is 0
	run lapse rebuild --check
	status_is 0
	[ "$(grants)" = "active|" ]
}
