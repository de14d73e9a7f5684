#!/usr/bin/env bats
# What reviewers decide is done, and only what they decide: by the author of
# the move or of the file, on what is still true, within a budget, read back.

load lib
load hand
load still
load google
load review

setup() {
	google_world examples/sandbox/entra.conf.in "$ANNA"
	DIRECTORY=okta
}
teardown() { world_end; }

# decide_rows FROM TO: a reviewer's table, with three rows that cannot count.
decide_rows() {
	python3 - "$1" "$2" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
for r in rows:
    if r["group"] != "VPN":
        continue
    who = r["login"].split("@")[0]
    if who == "ben":
        r["decision"] = "Keep"
    elif who == "farah":
        r["decision"], r["reason"] = "revoke", "left, as said"
    elif who == "gus":
        r["decision"], r["row_digest"] = "keep", "0" * 64
    elif who == "petra":
        r["decision"] = "revoke"
twice = [r for r in rows if r["group"] == "Salesforce Users"][:2]
for r in twice:
    r["decision"] = "keep"
rows.append(dict(twice[0], decision="revoke", reason="or not"))
rows.append(dict(twice[1]))
rows.append(dict(rows[0], item="9999", decision="keep"))
with open(sys.argv[2], "w", newline="") as out:
    w = csv.DictWriter(out, rows[0].keys())
    w.writeheader()
    w.writerows(rows)
PY
}

VPN=00g1vpn00000000000h7
SALES=00g1sfuser00000000h7
ENGINEERING=00g1engineering000h7

@test "keep, revoke and limit by who is asked" {
	opened q4 --due 4d
	says keep ben VPN
	says revoke farah VPN "left the project"
	says limit gus VPN "" 3d
	run lapse sync
	status_is 0

	[ "$(state_of ben VPN)" = "done keep" ]
	[ "$(state_of farah VPN)" = "done revoke" ]
	[ "$(state_of gus VPN)" = "done limit" ]
	is_member ben "$VPN"
	isnt_member farah "$VPN"
	is_member gus "$VPN"
	# The grant that ended is the removal's, verified by reads.
	[ "$(sql "select g.end_reason, g.state, g.issue_key = i.task_key
		from item i join \"grant\" g on g.id = i.remediation_grant
		where i.decision = 'revoke'")" = "reviewed|ended|1" ]
	[ "$(kinds review-decided)" -eq 3 ]
	[ "$(kinds review-settled)" -eq 1 ]
	comments_of "$(task_of farah VPN)" | grep -q "a review decided so"
	# By name, also whom no account is known of.
	[ "$(comments_of "$(task_of farah VPN)" | grep -c "okta:00u")" -eq 0 ]
	# The end that the reviewer set comes, and is kept to the minute.
	later $((3 * 86400 + 60))
	lapse expire
	isnt_member gus "$VPN"
	run lapse verify
	status_is 0
}

@test "a decision of somebody else does not count, and is told once" {
	opened q4 --due 4d
	key=$(task_of farah VPN)
	[ "$(reviewer_of farah VPN)" = dana ]
	task_decide gina "$key" revoke "I think so" >/dev/null
	lapse sync
	later 60
	lapse sync
	[ "$(state_of farah VPN)" = "open " ]
	is_member farah "$VPN"
	[ "$(n_comments "$key" "does not count: Dana Reyes is asked")" -eq 1 ]
	[ "$(kinds review-refused)" -eq 1 ]
	# She who is asked says the same: that counts.
	task_decide dana "$key" keep >/dev/null
	lapse sync
	[ "$(state_of farah VPN)" = "done keep" ]
	# And may think again while nothing was done.
	task_decide dana "$key" revoke "not needed after all" >/dev/null
	lapse sync
	isnt_member farah "$VPN"
}

@test "what a field says is the reviewer's word only if the reviewer wrote it" {
	opened q4 --due 4d
	gus=$(task_of gus VPN)
	farah=$(task_of farah VPN)
	says limit gus VPN "" 2d
	says revoke farah VPN "left the project"
	later 5
	edit gina "$gus" customfield_10208 '"7d"'
	edit gina "$farah" customfield_10207 '"I say so"'
	later 5
	lapse sync
	[ "$(state_of gus VPN)" = "open " ]
	[ "$(state_of farah VPN)" = "open " ]
	is_member farah "$VPN"
	[ "$(n_comments "$gus" "the field for the end was changed by Gina Moretti; please set it again")" -eq 1 ]
	[ "$(n_comments "$farah" "the field for the reason was changed by Gina Moretti")" -eq 1 ]
	[ "$(sql "select count(*) from evidence where kind = 'review-refused'
		and data like '%\"detail\":\"field-changed\",\"refused\":\"limit\"%'")" -eq 1 ]
	# To set it again is enough; the move stays as it was.
	edit dana "$gus" customfield_10208 '"2d"'
	later 5
	lapse sync
	[ "$(state_of gus VPN)" = "done limit" ]
	[ "$(sql "select limit_until - decided_at from item
		where task_key = '$gus'")" -eq 172800 ]
	# Somebody else's words are not the reason of a Keep.
	edit gina "$(task_of ben VPN)" customfield_10207 '"Gina was here"'
	says keep ben VPN
	later 5
	lapse sync
	[ "$(of_item "state || coalesce(decision_reason, '')" ben VPN)" = "done" ]
}

@test "who moves an issue after the reviewer does not undo the decision" {
	opened q4 --due 4d
	key=$(task_of farah VPN)
	task_decide gina "$key" keep >/dev/null
	later 5
	says revoke farah VPN "left the project"
	later 5
	task_decide gina "$key" keep >/dev/null
	later 5
	run lapse sync
	status_is 0
	[ "$(state_of farah VPN)" = "done revoke" ]
	isnt_member farah "$VPN"
	[ "$(of_item decided_by farah VPN)" = "$(account_of dana)" ]
	[ "$(n_comments "$key" "What stands is Revoke, decided by Dana Reyes")" -eq 2 ]
	# Each of them is kept, with what it was and why it does not count.
	[ "$(sql "select count(*) from evidence where kind = 'review-refused'
		and data like '%\"detail\":\"not-asked\",\"refused\":\"keep\"%'")" -eq 2 ]
	later 60
	lapse sync
	[ "$(kinds review-refused)" -eq 2 ]
}

@test "Revoke wants a reason, Limit an end within the role's" {
	opened q4 --due 4d
	says revoke farah VPN
	says limit gus VPN
	says limit petra VPN "" 90d
	lapse sync
	[ "$(state_of farah VPN)" = "open " ]
	[ "$(state_of gus VPN)" = "open " ]
	[ "$(state_of petra VPN)" = "open " ]
	[ "$(n_comments "$(task_of farah VPN)" "Revoke needs a reason: please fill in the field for it; that is enough")" -eq 1 ]
	[ "$(n_comments "$(task_of gus VPN)" "Limit needs an end: please fill in the field")" -eq 1 ]
	[ "$(n_comments "$(task_of petra VPN)" "longer than this role may be held, which is 7d")" -eq 1 ]
	# What was missing is filled in; the move is the same.
	edit dana "$(task_of farah VPN)" customfield_10207 '"left the team"'
	edit dana "$(task_of gus VPN)" customfield_10208 '"2026-11-25"'
	later 5
	lapse sync
	[ "$(state_of farah VPN)" = "done revoke" ]
	[ "$(of_item limit_until gus VPN)" -eq "$(date -d 2026-11-25T23:59:59Z +%s)" ]
}

@test "a group that a rule feeds is not lapse's to take from" {
	lapse sync --full
	opened q4 --due 4d
	who=$(sql "select replace(login, '@acme.example', '') from item
		where group_id = '$ENGINEERING' limit 1")
	[ -n "$who" ]
	group=$(sql "select group_name from item
		where group_id = '$ENGINEERING' limit 1")
	says revoke "$who" "$group" "left the team"
	later 5
	lapse sync
	[ "$(state_of "$who" "$group")" = "open " ]
	is_member "$who" "$ENGINEERING"
	task=$(task_of "$who" "$group")
	[ "$(n_comments "$task" "is fed by the rule")" -eq 1 ]
	[ "$(n_comments "$task" "take the person out there, then this access is gone; or decide on Keep")" -eq 1 ]
	[ "$(sql "select count(*) from change where group_id = '$ENGINEERING'")" -eq 0 ]
	says keep "$who" "$group"
	later 5
	lapse sync
	[ "$(state_of "$who" "$group")" = "done keep" ]
}

@test "silence does not take from a group that a rule feeds" {
	lapse sync --full
	opened q4 --role directory/engineering --due 4d --no-response revoke
	later $((5 * 86400))
	lapse sync
	later $((2 * 86400))
	ticks 3
	[ "$(sql "select count(*) from item where group_id = '$ENGINEERING'
		and state = 'stale' and outcome like
		'lapse cannot take this away: % is fed by the rule%'")" -ge 1 ]
	[ "$(sql "select count(*) from change where group_id = '$ENGINEERING'")" -eq 0 ]
}

@test "a removal that fails is tried again, and the item waits for it" {
	opened q4 --due 4d
	says revoke farah VPN "left"
	fault status okta DELETE "$VPN" '"status":500,"times":9'
	run lapse sync
	[ "$(state_of farah VPN)" = "acting revoke" ]
	is_member farah "$VPN"
	needs_operator
	run by_hand review-close q4
	status_is 12
	has "undecided"
	no_faults
	ticks 4 600
	[ "$(state_of farah VPN)" = "done revoke" ]
	isnt_member farah "$VPN"
	# Absence is not claimed earlier than it was read.
	[ "$(sql "select i.settled_at >= c.verified_at from item i join change c
		on c.user_id = i.user_id and c.group_id = i.group_id
		and c.kind = 'remove' where i.state = 'done'
		and i.decision = 'revoke'")" = 1 ]
}

@test "access that was granted anew after the opening is not taken by an older review" {
	opened q4 --due 4d --role vpn/user
	ask gus VPN user 8h "on call" >/dev/null
	lapse sync >/dev/null 2>&1
	[ "$(sql "select count(*) from \"grant\" where state = 'active'")" -eq 1 ]
	says revoke gus VPN "not needed"
	later 60
	lapse sync
	[ "$(state_of gus VPN)" = "stale revoke" ]
	[[ "$(of_item outcome gus VPN)" == *"after the review was opened" ]]
	is_member gus "$VPN"
}

@test "a mass revoke stops at the budget, and says how to go on" {
	opened q4 --due 4d
	for who in tara uwe vera walt xenia; do
		says revoke "$who" "Salesforce Users" "nobody needs it"
	done
	run lapse sync
	status_is 12
	has "--confirm-removals okta:$SALES"
	left=$(members_of "$SALES" | wc -l)
	[ "$left" -ge 3 ]
	later 60
	run lapse sync
	status_is 12
	[ "$(members_of "$SALES" | wc -l)" -eq "$left" ]
	# A person confirms it, for one run and this group.
	needs_operator
	run by_hand sync --confirm-removals "okta:$VPN"
	status_is 12
	[ "$(members_of "$SALES" | wc -l)" -eq "$left" ]
	run by_hand sync --confirm-removals "okta:$SALES"
	status_is 0
	[ "$(members_of "$SALES" | wc -l)" -eq 0 ]
	[ "$(sql "select count(*) from item where state = 'done' and
		decision = 'revoke'")" -eq 5 ]
}

@test "a run's budget is one for all campaigns, and what waited goes on without Jira" {
	sed -i '1i removals-per-run = 1' "$LAPSE_CONFIG"
	opened q4 --due 4d --role vpn/user
	opened extra --due 4d --application Salesforce
	says revoke farah VPN "left the project"
	says revoke tara "Salesforce Users" "left the project"
	run lapse sync
	status_is 10
	has "removals-per-run is 1"
	[ "$(sql "select count(*) from item where state = 'done' and
		decision = 'revoke'")" -eq 1 ]
	later 60
	fault drop jira "" "" '"times":-1'
	run lapse sync
	[ "$status" -ne 0 ]
	no_faults
	isnt_member farah "$VPN"
	isnt_member tara "$SALES"
}

@test "a reminder at half of the time, the fallback at three quarters, then the policy" {
	opened q4 --due 4d
	says keep ben VPN
	later $((2 * 86400 + 60))
	lapse sync
	[ "$(n_comments "$(sheet_of dana)" "A reminder for Dana Reyes")" -eq 1 ]
	lapse sync
	[ "$(n_comments "$(sheet_of dana)" "A reminder for Dana Reyes")" -eq 1 ]
	later 86400
	ticks 2
	[ "$(reviewer_of gus VPN)" = karin ]
	[ "$(reviewer_of ben VPN)" = dana ]	# decided: stays where it was
	[ "$(n_comments "$(sheet_of dana)" "from Dana Reyes to Karin Holm, since nobody decided in time")" -eq 1 ]
	[ "$(as gina GET "/rest/api/3/issue/$(task_of gus VPN)?fields=assignee" |
		grep -c "$(account_of karin)")" -eq 1 ]
	task_decide karin "$(task_of petra VPN)" keep >/dev/null
	lapse sync
	[ "$(state_of petra VPN)" = "done keep" ]
	later 86400
	ticks 2
	[ "$(sql "select count(*) from item where state = 'open'")" -eq 0 ]
	[ "$(of_item decided_by gus VPN)" = lapse ]
	[ "$(of_item "decision || ' ' || outcome" gus VPN)" = "keep kept; nobody reviewed it" ]
	is_member gus "$VPN"
}

@test "what comes after the end is told once that it came too late" {
	opened q4 --role vpn/user --due 4d
	says revoke farah VPN "left"
	lapse sync
	[ "$(state_of farah VPN)" = "done revoke" ]
	later 5
	says keep farah VPN
	later 5
	ticks 2
	[ "$(n_comments "$(task_of farah VPN)" "it came too late, the review has gone on")" -eq 1 ]
	for who in $(sql "select replace(login, '@acme.example', '') from item
		where state = 'open'"); do
		says keep "$who" VPN
	done
	later 5
	lapse sync
	needs_operator
	by_hand review-close q4
	[ "$(sql "select state from campaign")" = closed ]
	ticks 2
	[ "$(kinds review-refused)" -eq 1 ]
	says revoke gus VPN "after all"
	later 5
	ticks 3
	[ "$(state_of gus VPN)" = "done keep" ]
	is_member gus "$VPN"
	[ "$(n_comments "$(task_of gus VPN)" "it came too late: the review is closed")" -eq 1 ]
	[ "$(kinds review-refused)" -eq 2 ]
}

@test "silence may also take away, after the fallback had its time" {
	opened q4 --role vpn/user --due 4d --no-response revoke
	# Nothing ran for long: the fallback is asked now, not passed over.
	later $((5 * 86400))
	lapse sync
	[ "$(reviewer_of gus VPN)" = karin ]
	is_member gus "$VPN"
	later 43200
	lapse sync
	is_member gus "$VPN"
	later 86400
	ticks 2
	[ "$(of_item "decision || ' ' || decided_by" gus VPN)" = "revoke lapse" ]
	# Of those that the budget let go, who took it is said as it was.
	key=$(sql "select task_key from item where state in ('acting', 'done')
		and decision = 'revoke' order by n limit 1")
	[ "$(n_comments "$key" "Nobody decided in time whether ")" -eq 1 ]
}

@test "a sub-task or a sheet that is given on moves, not to the person itself" {
	opened q4 --role vpn/user --due 4d
	issue_assign dana "$(task_of farah VPN)" maria >/dev/null
	issue_assign dana "$(task_of ben VPN)" ben >/dev/null
	jira_active tara false
	issue_assign dana "$(task_of gus VPN)" tara >/dev/null
	ticks 2
	[ "$(reviewer_of farah VPN)" = maria ]
	[ "$(reviewer_of ben VPN)" = dana ]
	[ "$(kinds review-reassigned)" -eq 1 ]
	says revoke farah VPN "not in my team"
	lapse sync
	[ "$(state_of farah VPN)" = "done revoke" ]
	[ "$(of_item decided_by farah VPN)" = "$(account_of maria)" ]
	# The whole sheet.
	issue_assign gina "$(sheet_of dana)" maria >/dev/null
	ticks 2
	[ "$(reviewer_of petra VPN)" = maria ]
	[ "$(n_comments "$(sheet_of dana)" "from Dana Reyes to Maria Lindqvist")" -eq 1 ]
}

@test "who left in the meantime, and what was gone, is stale and said" {
	opened q4 --role vpn/user --due 4d
	okta_status farah DEPROVISIONED
	console_drop gus "$VPN"
	later 1000
	lapse sync
	ticks 2 1000
	[ "$(state_of farah VPN)" = "stale " ]
	[ "$(state_of gus VPN)" = "stale " ]
	[ "$(n_comments "$(task_of gus VPN)" "the access was gone before anybody decided")" -eq 1 ]
	# Gone, but not seen yet: the fresh read tells.
	console_drop petra "$VPN"
	says revoke petra VPN "not needed"
	lapse sync
	[ "$(state_of petra VPN)" = "stale revoke" ]
	[ "$(of_item outcome petra VPN)" = "the access was gone already" ]
}

@test "a sheet with many items is decided in a file" {
	opened q4 --due 4d --reviewer dana@acme.example
	[ "$(sql "select form from sheet where reviewer = '$(account_of dana)'")" = csv ]
	sheet=$(sheet_of dana)
	name=$(sql "select 'lapse-review-' || id || '.csv' from sheet
		where issue_key = '$sheet'")
	issue_attachment dana "$sheet" "$name" >"$W/all.csv"
	decide_rows "$W/all.csv" "$W/mine.csv"
	# Somebody else's file first: it is not read.
	issue_attach gina "$sheet" "$W/mine.csv" >/dev/null
	lapse sync
	[ "$(sql "select count(*) from item where decision is not null")" -eq 0 ]
	[ "$(n_comments "$sheet" "mine.csv of Gina Moretti does not count")" -eq 1 ]
	later 5
	issue_attach dana "$sheet" "$W/mine.csv" >/dev/null
	ticks 3
	[ "$(state_of ben VPN)" = "done keep" ]
	[ "$(state_of farah VPN)" = "done revoke" ]
	isnt_member farah "$VPN"
	# The removal has an issue of its own, the kept row has none.
	[ -n "$(task_of farah VPN)" ]
	[ -z "$(task_of ben VPN)" ]
	# A stale row, an unknown one, one without a reason.
	[ "$(state_of gus VPN)" = "open " ]
	[ "$(n_comments "$sheet" "its digest differs")" -eq 1 ]
	[ "$(n_comments "$sheet" "no such item on this sheet")" -eq 1 ]
	[ "$(n_comments "$sheet" "Revoke needs a reason")" -eq 1 ]
	# Said twice and differently it is not decided; twice the same is once.
	[ "$(sql "select count(*) from item where group_name =
		'Salesforce Users' and state = 'done' and decision = 'keep'")" -eq 1 ]
	[ "$(comments_of "$sheet" | grep -o "in the file more than once" | wc -l)" -eq 2 ]
	[ "$(n_comments "$sheet" "Of mine.csv, 3 rows counted.")" -eq 1 ]
	# The rows that counted, again: nothing of it is an error.
	python3 - "$W/mine.csv" "$W/good.csv" <<-'PY'
	import csv, sys
	rows = list(csv.DictReader(open(sys.argv[1], newline="")))
	with open(sys.argv[2], "w", newline="") as out:
	    w = csv.DictWriter(out, rows[0].keys())
	    w.writeheader()
	    w.writerows(r for r in rows if r["group"] == "VPN" and
	        r["login"].split("@")[0] in ("ben", "farah"))
	PY
	later 5
	issue_attach dana "$sheet" "$W/good.csv" >/dev/null
	ticks 2
	[ "$(n_comments "$sheet" "Of good.csv, 1 row counted.")" -eq 1 ]
	[ "$(n_comments "$sheet" "1 more was settled before.")" -eq 1 ]
	[ "$(comments_of "$sheet" | grep -c "These do not")" -eq 1 ]
	# Not a table at all: nothing of it counts.
	printf 'item,row_digest,decision\n1,"\n' >"$W/broken.csv"
	later 5
	issue_attach dana "$sheet" "$W/broken.csv" >/dev/null
	ticks 2
	[ "$(n_comments "$sheet" "broken.csv of Dana Reyes does not count")" -eq 1 ]
}

@test "accounts of a file, and grants by hand, end by the fulfiller's hand" {
	cat >"$W/accounts.csv" <<-'CSV'
	login,email,name,role
	ben.t,ben@acme.example,Ben Torres,server-room
	svc-old,,Old Service,server-room
	CSV
	chmod 600 "$W/accounts.csv"
	lapse review-open badge --population "$W/accounts.csv" --for Badge \
		--reviewer owner --due 4d --reason "a test"
	[ "$(sql "select count(*) from item where source = 'import'")" -eq 2 ]
	[ "$(sql "select orphan from item where login = 'svc-old'")" = 1 ]
	key=$(sql "select task_key from item where login = 'svc-old'")
	task_decide gina "$key" revoke "nobody knows it" >/dev/null
	ticks 4
	[ "$(sql "select state from item where login = 'svc-old'")" = acting ]
	step=$(sql "select issue_key from manual where kind = 'remove'")
	[ -n "$step" ]
	transition hugo "$step" 101 '{"resolution":{"id":"10000"}}'
	ticks 3
	[ "$(sql "select state || ' ' || outcome from item
		where login = 'svc-old'")" = "done removed by hand" ]
	lapse review-export --out "$W/out"
	grep -q "^1,badge,.*svc-old.*,revoke," "$W/out/review_items.csv"
}

@test "a standing grant of lapse's own is limited by a deadline" {
	key=$(ask abel Salesforce user "no end" "I sell")
	lapse sync
	approve yusuf "$key"
	lapse sync
	[ "$(sql 'select state, ends_at is null from "grant"')" = "active|1" ]
	lapse sync --full
	opened q4 --role salesforce/user --due 4d
	says limit abel "Salesforce Users" "" 2d
	lapse sync
	[ "$(state_of abel "Salesforce Users")" = "done limit" ]
	[ "$(sql 'select count(*) from "grant"')" -eq 1 ]
	[ "$(sql 'select ends_at from "grant"')" -eq "$(of_item limit_until abel "Salesforce Users")" ]
	[ "$(n_comments "$key" "decided in a review that")" -eq 1 ]
	later $((2 * 86400 + 60))
	lapse expire
	isnt_member abel "$SALES"
}
