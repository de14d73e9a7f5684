#!/usr/bin/env bats
# A ledger that is older than what it told Jira, and one that was replaced.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

# back_to FILE: somebody restores an old copy.
back_to() {
	rm -f "$LEDGER" "$LEDGER"-wal "$LEDGER"-shm
	cp "$1" "$LEDGER"
	chmod 600 "$LEDGER"
}

@test "restored from an old snapshot: stale, exit 65, nothing granted" {
	granted carol GitHub write 8h dana
	lapse snapshot "$W/old.db"
	granted erik GitHub write 8h dana
	is_member erik $GITHUB_WRITE
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
	back_to "$W/old.db"
	control DELETE /log >/dev/null
	run lapse sync
	status_is 65
	has "older than what it told Jira"
	isnt_member ben $GITHUB_WRITE
	[ "$(calls okta PUT '')" -eq 0 ]
	[ -n "$(sql 'select stale_since from ledger')" ]
	run lapse status
	has "stale"
	# A due removal goes on.
	later 28900
	run lapse expire
	status_is 65
	isnt_member carol $GITHUB_WRITE
}

@test "stale: an end that it forgot comes about once more, harmlessly" {
	granted ben GitHub write 8h dana
	first=$key
	lapse snapshot "$W/old.db"
	portal_transition ben "$first" 51
	lapse sync
	isnt_member ben $GITHUB_WRITE
	back_to "$W/old.db"
	later 28900
	run lapse expire
	status_is 65
	isnt_member ben $GITHUB_WRITE
}

@test "the good copy is back: no longer stale" {
	lapse snapshot "$W/old.db"
	granted carol GitHub write 8h dana
	lapse snapshot "$W/good.db"
	back_to "$W/old.db"
	run lapse sync
	status_is 65
	back_to "$W/good.db"
	run lapse sync
	status_is 0
	[ -z "$(sql 'select stale_since from ledger')" ]
	granted ben GitHub write 8h dana
	is_member ben $GITHUB_WRITE
}

@test "another ledger took the anchor over: this one does nothing more" {
	granted carol GitHub write 8h dana
	lapse snapshot "$W/one.db"
	anchor=$(sql 'select anchor_issue from ledger')
	# A second host, with the same key and the same anchor.
	mkdir -m 700 "$W/other"
	sed "s|$W/state|$W/other|" "$LAPSE_CONFIG" >"$W/other.conf"
	chmod 600 "$W/other.conf"
	lapse init --config "$W/other.conf" --project 10042 \
		--issue-type 10100 >"$W/init2.log" 2>&1
	theirs=$(sqlite3 -readonly "$W/other/ledger.db" \
		'select anchor_issue from ledger')
	value=$(as gina GET \
		"/rest/api/3/issue/$theirs/properties/lapse.anchor" |
		sed 's/.*"value"://; s/}$//')
	as gina PUT "/rest/api/3/issue/$anchor/properties/lapse.anchor" \
		"$value"
	later 28900
	control DELETE /log >/dev/null
	run lapse sync
	status_is 65
	has "another ledger took over"
	run lapse expire
	status_is 65
	is_member carol $GITHUB_WRITE	# the other one's to end
	[ "$(calls okta DELETE '')" -eq 0 ]
	# It stays so, whatever the anchor says later.
	run lapse sync
	status_is 65
}

@test "Jira silent: the removal goes on, the witness was not checked" {
	granted ben GitHub write 8h dana
	later 28900
	fault drop jira "" "" '"times":-1'
	run lapse expire
	has "witness: not checked"
	isnt_member ben $GITHUB_WRITE
}

@test "stale: an extension that it forgot keeps the access" {
	granted ben GitHub write 8h dana
	first=$key
	lapse snapshot "$W/old.db"
	more=$(ask ben GitHub write 8h "not done yet")
	link_to "$more" "$first"
	lapse sync
	approve dana "$more"
	lapse sync
	[ "$(grants)" = "ended|superseded
active|" ]
	back_to "$W/old.db"
	later 28900		# past the first end, before the second
	run lapse expire
	status_is 65
	is_member ben $GITHUB_WRITE
}

@test "an anchor that was deleted is replaced by init, one that is there is not" {
	granted ben GitHub write 8h dana
	control DELETE /jira/issue/ACC-1 >/dev/null
	run lapse sync
	status_is 65
	run lapse init --project 10042 --issue-type 10100
	status_is 0
	first=$(sql 'select anchor_issue from ledger')
	run lapse sync
	status_is 0
	run lapse init --project 10042 --issue-type 10100
	[ "$(sql 'select anchor_issue from ledger')" = "$first" ]
}
