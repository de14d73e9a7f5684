#!/usr/bin/env bats
# The figures for monitoring: each state shows in its figure, the file is whole at
# every moment, and the format is what the collector reads.

load lib
load hand

bats_require_minimum_version 1.5.0

setup() { world "$ANNA"; }
teardown() { world_end; }

metric() { # metric NAME[{LABELS}]: its value, nothing where there is none
	lapse metrics | grep -v '^#' | grep -F "lapse_$1 " | sed 's/.* //'
}
is_metric() {
	got=$(metric "$1")
	[ "$got" = "$2" ] || {
		echo "lapse_$1 is '$got', not '$2'" >&2
		return 1
	}
}
plugin() { run lapse status --nagios "$@"; }

@test "the format: every line is in the grammar, every sample has its type" {
	granted ben GitHub write 8h dana
	later 28900
	lapse expire
	lapse metrics >"$W/m"
	run awk '
	/^# HELP / {
		if ($3 in helped) bad("help twice")
		helped[$3] = 1; current = $3
		if (NF < 4) bad("no words")
		next
	}
	/^# TYPE / {
		if ($3 != current) bad("type without help")
		if ($4 !~ /^(gauge|counter|histogram)$/) bad("type")
		type[$3] = $4
		next
	}
	/^lapse_[a-z_]+(\{[a-z_]+="([^"\\]|\\["\\n])*"(,[a-z_]+="([^"\\]|\\["\\n])*")*\})? -?[0-9]+$/ {
		name = $1
		sub(/\{.*/, "", name)
		family = name
		if (!(family in type))
			sub(/_(bucket|sum|count)$/, "", family)
		if (!(family in type)) bad("no type")
		if (family != current) bad("apart from its family")
		if (type[family] == "histogram" && family == name)
			bad("histogram")
		if (($0 in said)) bad("twice")
		key = $0; sub(/ [^ ]*$/, "", key)
		if (key in said) bad("twice")
		said[key] = 1
		n++
		next
	}
	{ bad("grammar") }
	function bad(why) { print FILENAME ":" FNR ": " why ": " $0; failed = 1 }
	END { print n " samples"; exit failed || n < 60 }' "$W/m"
	echo "$output"
	status_is 0
	# No person, no issue, no group in any label.
	run grep -E 'ben|dana|acme|ACC-|00u1|00g1|5b10' "$W/m"
	status_is 1
}

@test "the same as JSON" {
	run lapse metrics --json
	status_is 0
	has '{"schema":"lapse/metric.v1","name":"lapse_grants","labels":"state=\"active\"","value":0,"metric":"grants","type":"gauge",'
}

@test "grants, holds, elevated, deadline, and their end" {
	is_metric 'grants{state="active"}' 0
	is_metric next_deadline_timestamp_seconds ''
	granted ben GitHub write 8h dana
	is_metric 'grants{state="active"}' 1
	is_metric 'role_grants{role="github/write",elevated="no"}' 1
	is_metric 'holds{idp="okta",kind="grant"}' 2
	is_metric 'requests{state="approved"}' 1
	is_metric memberships_exposed 2
	is_metric next_deadline_timestamp_seconds \
		"$(sql 'select ends_at from "grant"')"
	later 28900
	lapse expire
	is_metric 'grants{state="active"}' 0
	is_metric 'grants{state="ended"}' 1
	is_metric memberships_exposed 0
	sum=$(sql "select sum(verified_at - due_at) from change
		where kind = 'remove'")
	is_metric removal_lag_seconds_sum "$sum"
	is_metric removal_lag_seconds_count 2
	is_metric 'removal_lag_seconds_bucket{le="+Inf"}' 2
	is_metric 'removal_lag_seconds_bucket{le="10"}' 0
	is_metric 'removal_lag_seconds_bucket{le="300"}' 2
	is_metric removal_lag_max_seconds "$(sql "select max(verified_at - due_at)
		from change where kind = 'remove'")"
	is_metric evidence_head_seq "$(sql 'select max(seq) from evidence')"
}

@test "late, refused, doubtful: in the figures and in the plugin's line" {
	plugin
	status_is 0
	[[ $output == "LAPSE OK - 0 active grants, none late | overdue=0;;0 parked=0;;0"* ]]
	[ "${#lines[@]}" -eq 1 ]
	granted ben GitHub write 8h dana
	later 28900
	fault status okta DELETE /users '"status":500,"times":-1'
	lapse expire || true
	later 600
	is_metric overdue_removals 1
	[ "$(metric overdue_removals_oldest_seconds)" -ge 690 ]
	plugin
	status_is 2
	has "LAPSE CRITICAL - 1 removal overdue, the oldest by 1"
	has "overdue=1;;0"
	no_faults
	fault status okta DELETE /users '"status":403,"times":-1'
	lapse expire || true
	is_metric 'parked_changes{idp="okta",kind="remove"}' 2
	is_metric 'open_changes{idp="okta",state="parked"}' 2
	plugin
	status_is 2
	has "2 changes parked"
	no_faults
	later 87000
	lapse expire
	is_metric overdue_removals 0
	is_metric overdue_removals_oldest_seconds 0
	is_metric 'parked_changes{idp="okta",kind="remove"}' 0
	plugin
	status_is 0
}

@test "a reply that was lost is doubtful" {
	granted ben GitHub write 8h dana
	later 28900
	fault drop okta DELETE /users '"times":-1'
	lapse expire || true
	# As a run leaves it that is killed before it reads back.
	sqlite3 "$LEDGER" "update change set state = 'unknown'
		where settled_at is null"
	is_metric 'open_changes{idp="okta",state="unknown"}' 2
	plugin
	has "unknown=2"
}

@test "break-glass, drift, notices, manual steps wait for people" {
	needs_operator
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 1h --reason "site is down"
	is_metric break_glass_unacknowledged 1
	is_metric grants_elevated 1
	plugin
	status_is 1
	has "LAPSE WARNING - 1 break-glass unacknowledged"
	console_put carol "$GITHUB_WRITE" maria
	later 960
	lapse sync
	is_metric 'drift{idp="okta",kind="shadow"}' 1
	fault status jira POST /comment '"status":503,"times":-1'
	granted jonas GitHub write 8h gina || true
	later 4000
	[ "$(metric 'notices_undelivered{state="open"}')" -gt 0 ]
	[ "$(metric notices_undelivered_oldest_seconds)" -gt 3600 ]
	plugin
	has "undelivered"
}

@test "the timers: last success, and none for too long" {
	at=$(lapse status --json | sed -n \
		's/.*"sync_ok_at":"\([^"]*\)".*/\1/p' | head -n 1)
	at=$(date -d "$at" +%s)
	is_metric 'last_success_timestamp_seconds{command="sync"}' "$at"
	is_metric 'last_success_timestamp_seconds{command="expire"}' ''
	plugin --max-age 10m
	status_is 2
	has "expire never went well here"
	lapse expire
	plugin --max-age 10m
	status_is 0
	has "sync_age="
	has "s;;600"
	touch -d '20 minutes ago' "$W/state/sync.ok"
	plugin --max-age 10m
	status_is 2
	has "sync went well 20m"
	hasnt "expire went"
	plugin
	status_is 0
	touch "$W/state/not a stamp.ok" "$W/state/x.ok.bak"
	run lapse metrics
	hasnt 'command="not a'
	hasnt 'command="x'
}

@test "how old the readings are" {
	old=$(sql 'select min(complete_at) from idp_group')
	is_metric 'observation_oldest_timestamp_seconds{idp="okta"}' "$old"
	later 960
	lapse sync
	[ "$(metric 'observation_oldest_timestamp_seconds{idp="okta"}')" -gt \
		"$old" ]
	is_metric 'groups_unread{idp="okta"}' 0
	[ "$(metric 'groups_read{idp="okta"}')" -gt 5 ]
}

@test "a ledger that is not in charge, and a clock that is wrong" {
	is_metric ledger_stale 0
	is_metric ledger_enforcing 1
	sqlite3 "$LEDGER" "update ledger set stale_since = 1795000000"
	is_metric ledger_stale 1
	plugin
	status_is 2
	has "behind its anchor"
	sqlite3 "$LEDGER" "update ledger set stale_since = null,
		taken_over_by = 'other'"
	is_metric ledger_taken_over 1
	plugin
	status_is 2
	has "another ledger took over"
	sqlite3 "$LEDGER" "update ledger set taken_over_by = null,
		high_water = high_water + 100000"
	[ "$(metric clock_behind_seconds)" -gt 90000 ]
	plugin
	status_is 1
	has "the clock is "
	is_metric clock_suspect 0
	sqlite3 "$LEDGER" "insert into condition values ('12:clock', 1, 1,
		'clock: 4000 s behind the services'' time')"
	is_metric clock_suspect 1
	is_metric conditions 1
}

@test "the plugin says why it has no answer" {
	run --separate-stderr lapse status --nagios --ledger "$W/none.db"
	status_is 3
	[[ $output == "LAPSE UNKNOWN - "*none.db* ]]
	[ "${#lines[@]}" -eq 1 ]
	run --separate-stderr lapse status --nagios --max-age soon
	status_is 3
	[[ $output == "LAPSE UNKNOWN - option '--max-age'"* ]]
	# Whatever else is wrong, and wherever it stands.
	for words in "--nagios --bogus" "--bogus --nagios" "surplus --nagios" \
		"--max-age soon --nagios" "--nagios=yes"; do
		# shellcheck disable=SC2086 # words are meant to split
		run --separate-stderr lapse status $words
		status_is 3
		[[ $output == "LAPSE UNKNOWN - "* ]]
		[ "${#lines[@]}" -eq 1 ]
	done
	# Without it the statuses are ours.
	run lapse status --ledger "$W/none.db"
	status_is 13
	run lapse status --max-age soon
	status_is 64
	run lapse status --nagios --help
	status_is 0
}

@test "the file is whole, readable by all, and replaced in one step" {
	lapse metrics --out "$W/lapse.prom"
	[ "$(stat -c %a "$W/lapse.prom")" = 644 ]
	inode=$(stat -c %i "$W/lapse.prom")
	exec 8<"$W/lapse.prom"
	granted ben GitHub write 8h dana
	run lapse metrics --out "$W/lapse.prom"
	status_is 0
	[ -z "$output" ]
	# Whoever had the old one open reads all of the old one.
	grep -q 'lapse_grants{state="active"} 0' <&8
	grep -q 'lapse_grants{state="active"} 1' "$W/lapse.prom"
	[ "$(stat -c %i "$W/lapse.prom")" != "$inode" ]
	diff <(grep -v 'command="metrics"' "$W/lapse.prom") \
		<(lapse metrics | grep -v 'command="metrics"')
	[ "$(ls "$W" | grep -c '^lapse\.prom')" -eq 1 ]
	(umask 077; lapse metrics --out "$W/lapse.prom")
	[ "$(stat -c %a "$W/lapse.prom")" = 644 ]
}

@test "a folder that cannot be written in: 74, and the old file stays" {
	run lapse metrics --out "$W/none/lapse.prom"
	status_is 74
	has "none/lapse.prom': No such file or directory"
	mkdir "$W/lapse.prom"
	run lapse metrics --out "$W/lapse.prom"
	status_is 74
	[ "$(ls "$W" | grep -c '^lapse\.prom')" -eq 1 ]
}

@test "it needs neither credential nor network nor configuration" {
	granted ben GitHub write 8h dana
	lapse snapshot "$W/copy.db"
	rm -r "$W/secrets"
	world_end
	run env -u LAPSE_CONFIG "$LAPSE" metrics --ledger "$W/copy.db"
	status_is 0
	has 'lapse_grants{state="active"} 1'
	run lapse metrics
	status_is 0
}
