#!/usr/bin/env bats
# Questions about the past: who was in, what a person had, why somebody is in or is
# not. What lapse did is right to the second, what it read is as old as it is, and
# what it did not watch it does not know.

load lib
load hand
load still

setup() { world "$ANNA"; }
teardown() { world_end; }

time_of() { date -u -d "@$1" +%FT%TZ; }
in_group() { # in_group TIME [GROUP]: logins, by what
	lapse who "${2:-$GITHUB_WRITE}" --json --at "$(time_of "$1")" |
		sed 's/.*"login":"\([^@]*\)@.*"by":"\([^"]*\)".*"basis":"\([^"]*\)".*/\1 \2 \3/'
}
lines() { printf '%s\n' "$output"; }

@test "who: added and removed by lapse, to the second" {
	granted ben GitHub write 8h dana
	sent=$(sql "select first_sent_at from change where kind = 'add'
		and group_id = '$GITHUB_WRITE'")
	read_back=$(sql "select verified_at from hold where
		group_id = '$GITHUB_WRITE' and grant_id = 1")
	later 28900
	lapse expire
	gone=$(sql "select verified_at from change where kind = 'remove'
		and group_id = '$GITHUB_WRITE'")
	[ "$gone" -gt "$read_back" ]
	run in_group $((sent - 1))
	hasnt ben
	run in_group "$sent"
	if [ "$sent" -lt "$read_back" ]; then
		has "ben grant sent"
	fi
	run in_group "$read_back"
	has "ben grant read back"
	run in_group $((gone - 1))
	has "ben grant read back"
	run in_group "$gone"
	hasnt ben
	# Readings that still have the person change nothing about that.
	[ "$(sql "select count(*) from membership m join idp_group g
		on g.id = m.gid where g.group_id = '$GITHUB_WRITE'")" -ge 1 ]
	later 960
	lapse sync
	run in_group "$gone"
	hasnt ben
	run in_group $((gone - 1))
	has "ben grant read back"
}

@test "who: the removal that is in a reading's stretch cuts it" {
	granted ben GitHub write 8h dana
	later 960
	lapse sync	# a reading has ben
	later 28000
	lapse expire
	gone=$(sql "select verified_at from change where kind = 'remove'
		and group_id = '$GITHUB_WRITE'")
	run in_group "$gone"
	hasnt ben
	later 960
	lapse sync	# this one has not
	run in_group "$gone"
	hasnt ben
	run in_group $((gone - 1))
	has "ben grant read back"
}

@test "who: nobody knows what was before the first reading" {
	first=$(sql "select min(since) from watched")
	run lapse who "$GITHUB_WRITE" --at "$(time_of $((first - 1)))"
	status_is 13
	has "lapse was not watching okta:$GITHUB_WRITE yet, which was first read at $(time_of "$first")"
	hasnt nobody
	run lapse who "$GITHUB_WRITE" --at "$(time_of "$first")"
	status_is 0
	has farah@
	run lapse who --all --at "$(time_of $((first - 1)))"
	status_is 13
	has "was not watching all of it"
	run lapse show farah@acme.example --at "$(time_of $((first - 1)))"
	status_is 13
	run lapse show --why farah@acme.example "$GITHUB_WRITE" \
		--at "$(time_of $((first - 1)))"
	status_is 13
	has "was not watching"
	run lapse who "$GITHUB_WRITE" --at "$(time_of $(($(now) + 900)))"
	status_is 64
	has future
}

@test "who: what lapse knew before the first reading is listed, and 13" {
	granted ben GitHub write 8h dana
	# As after a rebuild: the readings begin later than the grant.
	sqlite3 "$LEDGER" "update watched set since = since + 5000,
		until = until + 5000;
		update idp_group set complete_at = complete_at + 5000"
	run lapse who "$GITHUB_WRITE" --json
	status_is 13
	has '"login":"ben@'
	has "what it knew all the same is listed"
}

@test "who: somebody who left and came back was out in between" {
	console_put ben "$GITHUB_WRITE" maria
	later 960
	lapse sync
	in=$(now)
	console_drop ben "$GITHUB_WRITE"
	later 960
	lapse sync
	out=$(now)
	console_put ben "$GITHUB_WRITE" maria
	later 960
	lapse sync
	run in_group "$in"
	has "ben no grant reading"
	run in_group "$out"
	hasnt ben
	run in_group "$(now)"
	has "ben no grant reading"
}

@test "who: the age of the reading that an answer rests on" {
	first=$(sql "select min(since) from watched")
	later 100
	run lapse who "$GITHUB_WRITE" --at "$(time_of $((first + 60)))" --json
	has "\"observed_at\":\"$(time_of "$first")\""
	hasnt "rests on"
	# Readings that stand close: not longer ago than their longest pause.
	later 960
	lapse sync
	later 960
	lapse sync
	longest=$(sql "select max(longest_s) from watched w join idp_group g
		on g.id = w.gid where g.group_id = '$GITHUB_WRITE'")
	[ "$longest" -ge 960 ]
	mid=$((first + 1500))
	run lapse who "$GITHUB_WRITE" --at "$(time_of $mid)" --json
	has "\"observed_at\":\"$(time_of $((mid - longest)))\""
	# An outage of ten hours is said.
	last=$(sql "select max(until) from watched w join idp_group g
		on g.id = w.gid where g.group_id = '$GITHUB_WRITE'")
	later 36000
	lapse sync
	run lapse who "$GITHUB_WRITE" --at "$(time_of $((last + 18000)))"
	status_is 0
	has "rests on a reading of $(time_of "$last"), 5h before"
	[ "$(sql "select count(*) from watched w join idp_group g
		on g.id = w.gid where g.group_id = '$GITHUB_WRITE'")" -eq 2 ]
}

@test "who: a removal that is under way has not happened" {
	granted ben GitHub write 8h dana
	later 28900
	fault status okta DELETE /users '"status":500,"times":-1'
	lapse expire || true
	[ "$(sql "select count(*) from change where kind = 'remove'
		and settled_at is null")" -eq 2 ]
	run in_group "$(now)"
	has "ben grant read back"
	run lapse show --why ben@acme.example github/write --json
	has '"member":true'
}

@test "who: a snapshot of an older ledger still answers for its reading" {
	granted ben GitHub write 8h dana
	lapse snapshot "$W/old.db"
	sqlite3 "$W/old.db" "drop table watched; drop table membership_past;
		pragma user_version = 3"
	run lapse who "$GITHUB_WRITE" --ledger "$W/old.db" --json
	status_is 0
	has '"login":"ben@'
	has '"login":"farah@'
	first=$(sql "select min(since) from watched")
	run lapse who "$GITHUB_WRITE" --ledger "$W/old.db" \
		--at "$(time_of $((first - 1)))"
	status_is 13
}

@test "who: a role without the configuration has the groups of its section" {
	granted ben GitHub write 8h dana
	run lapse who github/write --json
	status_is 0
	has '"login":"farah@'
	with=$output
	lapse snapshot "$W/copy.db" >/dev/null
	run lapse who github/write --ledger "$W/copy.db" --json
	status_is 0
	[ "$output" = "$with" ]
	first=$(sql "select min(since) from watched")
	run lapse who github/write --ledger "$W/copy.db" \
		--at "$(time_of $((first - 1)))"
	status_is 13
	has "was not watching"
	# Without the section: the groups that its grants held.
	sqlite3 "$W/copy.db" "pragma foreign_keys = off; delete from policy"
	run lapse who github/write --ledger "$W/copy.db" --json
	status_is 0
	[ "$(lines | sort)" = "$(printf '%s\n' "$with" | sort)" ]
	# Neither: what others hold is not known, and that is said.
	sqlite3 "$W/copy.db" "pragma foreign_keys = off; delete from \"grant\""
	run lapse who github/write --ledger "$W/copy.db" --json
	status_is 13
	has "does not say which groups"
	run lapse show --why farah@acme.example github/write \
		--ledger "$W/copy.db"
	status_is 13
	has "does not say which groups"
	run lapse who figma/editor --ledger "$W/copy.db"
	status_is 13
	has "known only once it was asked for: --config"
	run lapse who figma/nothing
	status_is 13
	hasnt "--config"
}

@test "show --at: grants and memberships, the deadline as it was known" {
	granted ben GitHub write 8h dana
	then=$(now)
	until=$(sql 'select ends_at from "grant"')
	# A review shortens it later.
	later 60
	short=$((until - 3600))
	sqlite3 "$LEDGER" "update \"grant\" set ends_at = $short"
	run lapse show ben@acme.example --at "$(time_of "$then")" --json
	status_is 0
	lines | grep "\"group\":\"$GITHUB_WRITE\"" |
		grep '"role":"github/write"' | grep '"issue":"ACC-' |
		grep '"approved_by":"Dana Reyes"' |
		grep -q "\"until_at\":\"$(time_of "$until")\""
	lines | grep '"group_name":"VPN"' | grep -q '"by":"no grant"'
	hasnt farah
	later 30000
	lapse expire
	run lapse show ben@acme.example --at "$(time_of "$then")" --json
	has '"role":"github/write"'
	run lapse show ben@acme.example --at "$(time_of "$(now)")" --json
	hasnt '"role":"github/write"'
	run lapse show github/write --at "$(time_of "$then")"
	status_is 64
	has "is no person"
}

@test "why: two holds, each by its own word; what ends one ends not the other" {
	granted ben GitHub write 8h dana
	ask ben GitHub read 8h "look around" >/dev/null
	lapse sync
	run lapse show --why ben@acme.example "$GITHUB_READ" --json
	status_is 0
	[ "${#lines[@]}" -eq 2 ]
	lines | grep '"role":"github/write"' | grep '"member":true' |
		grep '"because":"approved by Dana Reyes at ' |
		grep '"approved_by":"Dana Reyes"' |
		grep '"reason":"to get work done"' |
		grep -q '"ends_by":"its deadline, 2'
	lines | grep '"role":"github/read"' |
		grep -q '"because":"the catalog asks nobody for this role'
	# The older one ends: the membership is kept, and that is said.
	portal_transition ben "$(sql 'select issue_key from "grant"
		where id = 1')" 51
	lapse sync
	run lapse show --why ben@acme.example "$GITHUB_READ" --json
	[ "${#lines[@]}" -eq 1 ]
	has '"role":"github/read"'
	run lapse show --why ben@acme.example github/write --json
	lines | grep "\"group\":\"$GITHUB_READ\"" | grep '"member":false' |
		grep -q '"ended":"revoked at .*; the membership was kept by grant 2'
	lines | grep "\"group\":\"$GITHUB_WRITE\"" |
		grep -q '"ended":"revoked at [^;]*"'
}

@test "why: access from before, and a grant on top of it" {
	later 60
	ask jonas GitHub read 8h "look around" >/dev/null
	lapse sync
	run lapse show --why jonas@acme.example "$GITHUB_READ" --json
	status_is 0
	[ "${#lines[@]}" -eq 2 ]
	# As old as the reading that has it, not as the grant on top of it.
	first=$(sql "select min(since) from watched")
	[ "$first" -lt "$(sql 'select min(placed_at) from hold')" ]
	lines | grep '"by":"pre-existing"' |
		grep "\"since_at\":\"$(time_of "$first")\"" |
		grep '"because":"was a member before lapse changed anything"' |
		grep -q '"ends_by":"nothing by itself: `lapse adopt`'
	lines | grep -q '"by":"grant"'
	run lapse show --why jonas@acme.example "$GITHUB_READ" --json \
		--at "$(time_of $((first + 30)))"
	status_is 0
	[ "${#lines[@]}" -eq 1 ]
	has '"by":"pre-existing"'
	run lapse who "$GITHUB_READ" --json
	lines | grep '"login":"jonas@' | grep '"by":"pre-existing"' |
		grep -q "\"since_at\":\"$(time_of "$first")\""
	# Two things hold the one membership, and each has its row.
	[ "$(lines | grep -c '"login":"jonas@')" -eq 2 ]
}

@test "why: a role is held by all that holds its groups" {
	ask jonas GitHub read 8h "look around" >/dev/null
	lapse sync
	run lapse show --why jonas@acme.example github/read --json
	status_is 0
	[ "${#lines[@]}" -eq 2 ]
	lines | grep -q '"by":"pre-existing"'
	lines | grep '"by":"grant"' | grep -q '"role":"github/read"'
	# No grant of the role at all, and in its group.
	run lapse show --why farah@acme.example github/write --json
	status_is 0
	lines | grep '"member":true' | grep '"by":"no grant"' |
		grep -q "\"group\":\"$GITHUB_WRITE\""
	hasnt '"member":false'
	console_drop farah "$GITHUB_WRITE"
	console_drop farah "$GITHUB_READ"
	later 960
	lapse sync
	run lapse show --why farah@acme.example github/write --json
	status_is 0
	hasnt '"member":true'
	has '"ended":"not in the reading of 2'
}

@test "why --at: not yet is not never" {
	later 60
	before=$(now)
	later 60
	granted ben GitHub write 8h dana
	sent=$(sql "select min(first_sent_at) from change where kind = 'add'
		and group_id = '$GITHUB_WRITE'")
	for in in github/write "$GITHUB_WRITE"; do
		run lapse show --why ben@acme.example "$in" \
			--at "$(time_of "$before")"
		status_is 13
		has "was not in $in yet at $(time_of "$before"): that began at $(time_of "$sent")"
		hasnt never
	done
}

@test "why: put in by hand, by whom the provider's log says" {
	console_put carol "$GITHUB_WRITE" maria
	later 960
	lapse sync
	lapse sync
	run lapse show --why carol@acme.example "$GITHUB_WRITE" --json
	status_is 0
	[ "${#lines[@]}" -eq 1 ]
	has '"by":"no grant"'
	has '"because":"no grant of lapse; added by maria@'
	has '"added_by":"maria@'
	has '"ends_by":"nothing of lapse'
	console_drop carol "$GITHUB_WRITE"
	later 960
	lapse sync
	run lapse show --why carol@acme.example "$GITHUB_WRITE" --json
	status_is 0
	has '"member":false'
	has '"ended":"not in the reading of 2'
}

@test "why: break-glass, by hand" {
	needs_operator
	run by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 1h --reason "site is down"
	status_is 0
	run lapse show --why ben@acme.example github/prod-admin
	status_is 0
	has "break-glass by "
	has "its deadline, "
}

@test "why: never in, as far as one has read; and what cannot be asked" {
	run lapse show --why carol@acme.example "$GITHUB_WRITE"
	status_is 13
	has "was never in $GITHUB_WRITE, by the readings until 2"
	run lapse show --why carol@acme.example github/write
	status_is 13
	has "was never in github/write, by the readings until 2"
	run lapse show --why carol@acme.example
	status_is 64
	run lapse show carol@acme.example github/write
	status_is 64
	run lapse show --why github/write github/write
	status_is 64
	run lapse who
	status_is 64
	run lapse who --all "$GITHUB_WRITE"
	status_is 64
}

@test "why --at: in then, with what was known then; gone now, and how" {
	granted ben GitHub write 8h dana
	then=$(now)
	later 30000
	lapse expire
	run lapse show --why ben@acme.example "$GITHUB_WRITE" --json \
		--at "$(time_of "$then")"
	status_is 0
	has '"member":true'
	run lapse show --why ben@acme.example "$GITHUB_WRITE" --json
	status_is 0
	has '"member":false'
	has '"end_reason":"expired"'
	gone=$(sql "select verified_at from change where kind = 'remove'
		and group_id = '$GITHUB_WRITE'")
	has "\"ended\":\"expired at $(time_of "$gone")\""
}
