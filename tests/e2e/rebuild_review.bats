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

# Every issue of the reviews' types, one a line.
review_issues() {
	sql "select issue_id from campaign" | while read -r id; do
		echo "$id"
	done
	page=
	while :; do
		as gina POST "/rest/api/3/search/jql" "{\"jql\":\"project = \
\\\"10042\\\" AND issuetype in (\\\"10102\\\", \\\"10103\\\") \
ORDER BY key ASC\",\"maxResults\":100,\"fields\":[\"summary\"]$page}" >"$W/page"
		jq -r '.issues[].key' "$W/page"
		next=$(jq -r '.nextPageToken // empty' "$W/page")
		[ -n "$next" ] || break
		page=",\"nextPageToken\":\"$next\""
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
	diff "$W/decided" <(decided | grep -v Salesforce.*customers | grep -v customers)
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
