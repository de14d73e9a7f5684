#!/usr/bin/env bats
# The auditor's five questions: the commands of examples/auditor/questions.md, run
# as they stand there on a snapshot, in a company with something to find.

load lib
load hand

PAGE=examples/auditor/questions.md

at() { date -u -d "@$(($(date +%s) + NOW))" +%FT%TZ; }
# asked N [SED]: the command under that question, run on a snapshot, by a
# reader whose clock is the world's.
asked() { run _asked "$@"; }
_asked() {
	line=$(sed -n "/^## $1\\. /,/^## /s/^    \\$ //p" "$PAGE" |
		sed "${2:-}")
	[ "$(printf '%s\n' "$line" | wc -l)" -eq 1 ]
	rm -f "$W/snapshot.db"
	"$LAPSE" snapshot "$W/snapshot.db" >/dev/null
	env -u LAPSE_CONFIG "PATH=$W/bin:$PATH" "LEDGER=$W/snapshot.db" \
		"NOW=$NOW" "DAY=${DAY:-}" "FROM=${FROM:-}" "TO=${TO:-}" \
		"ISSUE=${ISSUE:-}" bash -c "$line --json"
}

setup() {
	world "$ANNA"
	mkdir "$W/bin"
	{
		echo '#!/bin/bash'
		declare -p LAPSE SANITIZED BUILD FAKETIME_SO
		declare -f lapse
		echo 'lapse "$@"'
	} >"$W/bin/lapse"
	chmod +x "$W/bin/lapse"
}
teardown() { world_end; }

@test "the page has five questions with one command each" {
	[ "$(grep -c '^## [1-5]\. ' "$PAGE")" -eq 5 ]
	[ "$(grep -c '^    \$ ' "$PAGE")" -eq 5 ]
}

@test "1: the whole population of a day, whoever put them in" {
	granted ben GitHub write 8h dana
	DAY=$(at)
	later 30000
	tick >/dev/null 2>&1
	console_put carol "$GITHUB_WRITE" maria
	later 960
	lapse sync >/dev/null 2>&1
	asked 1
	status_is 0
	printf '%s\n' "$output" | grep "\"group\":\"$GITHUB_WRITE\"" |
		grep -o '"login":"[^@]*' >"$W/then"
	diff - "$W/then" <<-END
		"login":"ben
		"login":"farah
	END
	[ "$(printf '%s\n' "$output" | grep -c '"schema":"lapse/who.v1"')" \
		-eq "$(sql 'select count(*) from membership m where m.since <=
		(select min(since) from membership)' | awk '{ print $1 + 2 }')" ]
	DAY=$(at)
	asked 1
	printf '%s\n' "$output" | grep "\"group\":\"$GITHUB_WRITE\"" |
		grep -o '"login":"[^@]*' >"$W/now"
	diff - "$W/now" <<-END
		"login":"carol
		"login":"farah
	END
	DAY=2026-01-01T00:00:00Z
	asked 1
	status_is 13
	has "was not watching"
}

@test "2: who approved it, and whether it was changed afterwards" {
	granted ben GitHub write 8h dana
	ISSUE=$key
	asked 2
	status_is 0
	printf '%s\n' "$output" | grep '"schema":"lapse/approval.v1"' >"$W/a"
	[ "$(wc -l <"$W/a")" -eq 1 ]
	grep '"name":"Dana Reyes"' "$W/a" | grep '"decision":"approved"' |
		grep '"state":"used"' | grep -q '"unchanged":"yes"'
	# What was granted is another content than what was approved.
	sqlite3 "$LEDGER" "update \"grant\" set content_hash =
		'00' || substr(content_hash, 3)"
	asked 2
	printf '%s\n' "$output" | grep '"schema":"lapse/approval.v1"' |
		grep -q '"unchanged":"no"'
}

@test "2: an edit after the asking voids it; the second asking is the one" {
	ISSUE=$(ask ben GitHub write 8h "to get work done")
	lapse sync >/dev/null 2>&1
	later 2
	edit hugo "$ISSUE" customfield_10204 '{"type":"doc","version":1,"content":
		[{"type":"paragraph","content":[{"type":"text","text":"more"}]}]}'
	lapse sync >/dev/null 2>&1
	later 2
	approve dana "$ISSUE" >/dev/null
	lapse sync >/dev/null 2>&1
	asked 2
	printf '%s\n' "$output" | grep '"schema":"lapse/approval.v1"' |
		grep -o '"state":"[a-z]*"' | sort >"$W/states"
	diff - "$W/states" <<-'END'
		"state":"used"
		"state":"void"
	END
}

@test "3: removals executed and verified, counted; an open one is not" {
	granted ben GitHub write 8h dana
	granted jonas GitHub write 8h gina
	FROM=$(at)
	later 28900
	lapse expire >/dev/null 2>&1
	TO=$(at)
	asked 3
	status_is 0
	n=$(sql "select count(*) from change where kind = 'remove'")
	[ "$n" -ge 3 ]
	has "{\"schema\":\"lapse/removals.v1\",\"removals\":$n,\"executed\":$n,\"verified\":$n,\"by_hand\":0,\"gone\":0,\"abandoned\":0,\"open\":0,"
	[ "$(printf '%s\n' "$output" | grep -c '"schema":"lapse/removal.v1".*"reason":"expired"')" -eq "$n" ]
	# One that the provider refuses, in the next window.
	FROM=$TO
	granted ben GitHub write 8h dana
	fault status okta DELETE /users '"status":500,"times":-1'
	later 28900
	lapse expire >/dev/null 2>&1 || true
	TO=$(at)
	asked 3
	has '"executed":0,"verified":0,"by_hand":0,"gone":0,"abandoned":0,"open":2,'
}

@test "4: what lasted longer than approved, and by how much" {
	granted ben GitHub write 8h dana
	key1=$key
	ask carol GitHub read 8h "look around" >/dev/null
	lapse sync >/dev/null 2>&1
	ends=$(sql 'select ends_at from "grant" where id = 1')
	# Ended before its deadline: that is no lateness.
	portal_transition carol "$(sql 'select issue_key from "grant" where id = 2')" 51
	lapse sync >/dev/null 2>&1
	later 36000
	lapse expire >/dev/null 2>&1
	late=$(($(sql 'select ended_at from "grant" where id = 1') - ends))
	[ "$late" -gt 7000 ]
	asked 4
	status_is 0
	[ "$(printf '%s\n' "$output" | grep -c '"schema":"lapse/grant.v1"')" -eq 1 ]
	has "\"issue\":\"$key1\""
	has "\"outlasted\":$late}"
	asked 4 "s/1s/3h/"
	status_is 13
}

@test "5: a row that is missing from the log is named" {
	granted ben GitHub write 8h dana
	asked 5
	status_is 0
	sqlite3 "$LEDGER" "drop trigger evidence_no_delete;
		delete from evidence_text where seq = 5;
		delete from evidence where seq = 5"
	asked 5
	status_is 65
	has 6
}
