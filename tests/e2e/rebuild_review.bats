#!/usr/bin/env bats
# The ledger is lost in the middle of an access review: the campaign, what was
# decided and what became of it come back, and nothing is asked twice.

load lib
load hand
load still
load google
load review
load rebuild

setup() {
	google_world examples/sandbox/entra.conf.in "$ANNA"
	DIRECTORY=okta
	needs_operator
}
teardown() { world_end; }

VPN=00g1vpn00000000000h7
SALES=00g1sfuser00000000h7

# Every issue of the reviews' types with what it is called, one a line.
review_issues() {
	local token=
	while :; do
		as gina POST /rest/api/3/search/jql "$(jq -nc --arg t "$token" '{
			jql: "project = \"10042\" AND issuetype in (\"10102\",
				\"10103\") ORDER BY key ASC", maxResults: 100,
			fields: ["summary"]} +
			if $t == "" then {} else {nextPageToken: $t} end')" \
			>"$W/page"
		jq -r '.issues[] | .key + " " + .fields.summary' "$W/page"
		token=$(jq -r '.nextPageToken // empty' "$W/page")
		[ -n "$token" ] || break
	done
}
# The frozen rows, and who decides on each.
population() {
	sql "select i.*, s.reviewer, s.issue_key from (select n, source,
		application, role, idp, group_id, user_id, account, login, name,
		email, manager, orphan, elevated, via, grant_id, granted_at,
		expires_at, request_key, justification, provisioned_by, last_use,
		last_use_at, days_inactive, other_roles, seat_cost, recommendation,
		recommended_why, digest, sheet_id, task_key from item) i
		join sheet s on s.id = i.sheet_id order by n"
}
decided() {
	sql "select n, state, decision, decided_at, decided_by, decision_ref,
		decision_reason, limit_until, outcome from item
		where decision is not null order by n"
}
campaign() {
	sql "select id, name, scope, state, no_response, opened_by, opened_at,
		due_at, items, digest, issue_id, closed_at, closed_by,
		acknowledger, approval_id, asked_at, acknowledged_by,
		acknowledged_at, rejected_at from campaign"
}
rebuilt() {
	lost
	rebuild >"$W/rebuilt" 2>&1 || { cat "$W/rebuilt"; return 1; }
}

@test "an open campaign: what was done stays done, what was said is heard" {
	opened q4 --due 4d
	says keep ben VPN
	says revoke farah VPN "left the project"
	says limit gus VPN "only for the move" 3d
	ticks 3
	[ "$(state_of farah VPN)" = "done revoke" ]
	[ "$(state_of gus VPN)" = "done limit" ]
	# Said, and not heard by the host that is lost.
	says revoke walt "Salesforce Users" "has no customers"
	population >"$W/before"
	decided >"$W/decided"
	campaign >"$W/campaign"
	review_issues >"$W/issues"
	[ "$(wc -l <"$W/issues")" -gt 40 ]
	rebuilt
	grep -q q4 "$W/rebuilt"
	diff "$W/campaign" <(campaign)
	diff "$W/before" <(population)
	[ "$(kinds review-learnt)" -eq 1 ]
	[ "$(state_of farah VPN)" = "done revoke" ]
	before=$(sql "select count(*) from change where kind = 'remove'")
	ticks 3
	# The keep is heard anew from the sub-task, with its author and time.
	diff "$W/decided" <(decided | grep -v "has no customers")
	[ "$(state_of walt "Salesforce Users")" = "done revoke" ]
	isnt_member walt $SALES
	[ "$(sql "select count(*) from change where kind = 'remove'")" -eq \
		$((before + 1)) ]
	diff "$W/issues" <(review_issues)
	run lapse verify
	status_is 0
	run lapse rebuild --check
	status_is 0
}

# all_once: every issue that the open campaign needs is there, and no other.
all_once() {
	[ "$(sql "select state from campaign")" = open ]
	n=$(sql "select count(*) from item")
	[ "$(sql "select count(distinct task_id) from item")" -eq "$n" ]
	[ "$(review_issues | grep -c 'ACC-[0-9]* [0-9]*: ')" -eq "$n" ]
	[ "$(review_issues | wc -l)" -eq \
		"$((n + 1 + $(sql "select count(*) from sheet")))" ]
}

@test "lost while its issues are made: none is made a second time" {
	fault lost-reply jira POST /issue/bulk '"times":-1'
	opened q4 --application GitHub || true
	[ "$(sql "select state from campaign")" = opening ]
	# Jira has them all; the host that is lost knew of none.
	[ "$(sql "select count(*) from sheet where issue_id is not null")" -eq 0 ]
	[ "$(review_issues | wc -l)" -gt 1 ]
	no_faults >/dev/null
	before=$(review_issues | wc -l)
	rebuilt
	[ "$(review_issues | wc -l)" -eq "$before" ]
	fault lost-reply jira POST /issue/bulk
	ticks 2 400
	# And once more with the sub-tasks, of which the sheets know nothing.
	[ "$(sql "select state from campaign")" = opening ]
	rebuilt
	ticks 3 400
	all_once
}

@test "decided in files: what each file said comes back, the last is heard" {
	opened q4 --due 4d --reviewer dana@acme.example
	sheet=$(sheet_of dana)
	name=$(sql "select 'lapse-review-' || id || '.csv' from sheet
		where issue_key = '$sheet'")
	issue_attachment dana "$sheet" "$name" >"$W/all.csv"
	said() { # said FILE LOGIN DECISION [REASON]
		python3 - "$W/all.csv" "$W/$1" "${@:2}" <<-'PY'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		for r in rows:
		    if r["group"] == "VPN" and r["login"].startswith(sys.argv[3]):
		        r["decision"], r["reason"] = sys.argv[4], sys.argv[5]
		with open(sys.argv[2], "w", newline="") as out:
		    w = csv.DictWriter(out, rows[0].keys())
		    w.writeheader()
		    w.writerows(rows)
		PY
		issue_attach dana "$sheet" "$W/$1" >/dev/null
		later 5
	}
	said one.csv ben keep ""
	ticks 2
	said two.csv farah revoke "left, as said"
	ticks 3
	[ "$(state_of farah VPN)" = "done revoke" ]
	decided >"$W/decided"
	review_issues >"$W/issues"
	# Not read yet when the host is lost.
	said three.csv gus keep ""
	rebuilt
	[ "$(state_of ben VPN)" = "done keep" ]
	diff "$W/decided" <(decided)
	run lapse rebuild --check
	status_is 0
	ticks 2
	[ "$(state_of gus VPN)" = "done keep" ]
	[ "$(state_of farah VPN)" = "done revoke" ]
	diff "$W/issues" <(review_issues)
	[ "$(n_comments "$sheet" "Of two.csv")" -eq 1 ]
	run lapse verify
	status_is 0
}

# settled: a campaign of one item in which nothing is left to decide.
settled() {
	opened q4 --role figma/editor --due 1h
	key=$(sql "select issue_key from campaign")
	later 3660
	ticks 3
	[ "$(sql "select count(*) from item where state not in ('done', 'stale')")" -eq 0 ]
}

# The rows of an export but for the event's number, of which the new chain has
# none.
without_seq() {
	python3 - "$1" <<-'PY'
	import csv, sys
	for row in csv.DictReader(open(sys.argv[1], newline="")):
	    row.pop("ledger_seq")
	    print(row)
	PY
}

@test "closed and asked: the answer counts, and the export is the same" {
	settled
	by_hand review-close q4 --acknowledger hugo@acme.example >/dev/null
	campaign >"$W/campaign"
	population >"$W/before"
	decided >"$W/decided"
	[ -s "$W/decided" ]
	lapse review-export --out "$W/first" --campaign q4 || true
	rebuilt
	diff "$W/campaign" <(campaign)
	diff "$W/before" <(population)
	diff "$W/decided" <(decided)
	lapse review-export --out "$W/second" --campaign q4 || true
	for which in first second; do
		without_seq "$W/$which/review_items.csv" >"$W/$which.csv"
	done
	grep -q figma/editor "$W/first.csv"
	diff "$W/first.csv" "$W/second.csv"
	run lapse verify "$W/second"
	status_is 0
	run by_hand review-close q4
	status_is 12
	has "is asked already"
	approve hugo "$key"
	ticks 1
	[ "$(sql "select acknowledged_by from campaign")" = "$(account_of hugo)" ]
	campaign >"$W/campaign"
	rebuilt
	diff "$W/campaign" <(campaign)
	run by_hand review-close q4
	status_is 12
	has "acknowledged already"
	run lapse verify
	status_is 0
}

# drop_files NAME: somebody deletes the campaign's files of that name.
drop_files() {
	as gina GET "/rest/api/3/issue/$key?fields=attachment" |
		jq -r ".fields.attachment[] | select(.filename |
			contains(\"$1\")) | .id" |
		while read -r id; do
			as gina DELETE "/rest/api/3/attachment/$id" >/dev/null
		done
}

@test "a campaign whose files are gone: open again, or not back; that is said" {
	settled
	by_hand review-close q4 --acknowledger hugo@acme.example >/dev/null
	run lapse rebuild --check
	status_is 0
	drop_files result
	run lapse rebuild --check
	status_is 14
	has "review q4"
	rebuilt
	grep -q "is open again" "$W/rebuilt"
	[ "$(sql "select state, closed_at is null, approval_id is null
		from campaign")" = "open|1|1" ]
	ticks 2
	run by_hand review-close q4 --acknowledger hugo@acme.example
	status_is 0
	drop_files population
	rebuilt
	grep -q "the file with its population is not on its issue" "$W/rebuilt"
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
	run by_hand review-close q4
	status_is 13
	has "nothing is carried out any more"
	run lapse verify
	status_is 0
}

@test "a file that lapse did not write, or did not seal, is not believed" {
	settled
	name=lapse-campaign-1-population-1.jsonl
	as_bot() { # who has its token, and not its key
		curl -sS --fail -u "lapse-bot@acme.example:$JIRA_TOKEN" \
			-H 'X-Atlassian-Token: no-check' \
			-F "file=@$1;filename=$name;type=text/csv" \
			"$SANDBOX_JIRA/rest/api/3/issue/$key/attachments" \
			>/dev/null
	}
	issue_attachment gina "$key" $name >"$W/good"
	sed 's/"via":"[a-z-]*"/"via":"grant"/' "$W/good" >"$W/forged"
	! cmp -s "$W/good" "$W/forged"
	drop_files population
	# Whole, but anybody can attach a file.
	issue_attach gina "$key" "$W/good" $name >/dev/null
	rebuilt
	grep -q "not-rebuilt" "$W/rebuilt"
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
	# By lapse's own account, but one row is not as it was sealed.
	as_bot "$W/forged"
	rebuilt
	grep -q "not-rebuilt" "$W/rebuilt"
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
	later 5
	as_bot "$W/good"
	rebuilt
	[ "$(sql "select count(*) from campaign")" -eq 1 ]
	[ "$(sql "select via from item")" = standing ]
}

@test "an old copy of the ledger learns what became of the campaign" {
	opened q4 --due 4d
	says keep ben VPN
	ticks 1
	lapse snapshot "$W/copy.db"
	says revoke farah VPN "left the project"
	ticks 3
	[ "$(state_of farah VPN)" = "done revoke" ]
	decided >"$W/decided"
	review_issues >"$W/issues"
	back_to "$W/copy.db"
	[ "$(state_of farah VPN)" = "open " ]
	by_hand rebuild --forward --reason "restored" >"$W/rebuilt" 2>&1
	[ "$(state_of farah VPN)" = "done revoke" ]
	ticks 2
	diff "$W/decided" <(decided)
	diff "$W/issues" <(review_issues)
	run lapse verify
	status_is 0
}

@test "one that was opened after the copy was made comes back" {
	lapse snapshot "$W/copy.db"
	opened q4 --application GitHub --due 4d
	campaign >"$W/campaign"
	back_to "$W/copy.db"
	run by_hand rebuild --forward --reason "restored" --dry-run
	status_is 14
	has "q4"
	by_hand rebuild --forward --reason "restored" >"$W/rebuilt" 2>&1
	diff "$W/campaign" <(campaign)
	ticks 2
	all_once
}

# One file that cannot be read, or says what no file says, is that campaign's
# own trouble: access and its deadlines come back without it.
@test "a file that is strange, or cannot be read, keeps nothing else away" {
	granted carol GitHub write 8h dana
	grants >"$W/grants"
	[ "$(cat "$W/grants")" = "active|" ]
	settled
	# Under lapse's own seal, and not of a file: the issue's property.
	value_of "$key" >"$W/value"
	curl -sS --fail -u "lapse-bot@acme.example:$JIRA_TOKEN" \
		-H 'X-Atlassian-Token: no-check' -F \
		"file=@$W/value;filename=lapse-campaign-1-population-9.jsonl" \
		"$SANDBOX_JIRA/rest/api/3/issue/$key/attachments" >/dev/null
	rebuilt
	diff "$W/grants" <(grants)
	[ "$(sql "select count(*) from campaign")" -eq 1 ]
	fault status jira GET /attachment/content/ '"status":403,"times":-1'
	lost
	run rebuild
	diff "$W/grants" <(grants)
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
	[ "$(grep -c "review q4, issue .*could not be read" <<<"$output")" -eq 1 ]
}
