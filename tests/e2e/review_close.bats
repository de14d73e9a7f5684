#!/usr/bin/env bats
# A campaign from open to close over everybody and three providers, and every
# number of its export counted once more: in SQL, and at the providers.

load lib
load hand
load still
load google
load review

setup() {
	google_world examples/sandbox/entra.conf.in "$ANNA"
	DIRECTORY=okta
	needs_operator
}
teardown() { world_end; }

VPN=00g1vpn00000000000h7
SALES=00g1sfuser00000000h7
FIGMA=00g1figma000000000h7

items() { csv out/review_items.csv "$1"; }
all_kept() { # whoever is asked keeps what is left, but for the logins given
	sql "select i.task_key, replace(a.email, '@acme.example', '')
		from item i join sheet s on s.id = i.sheet_id join account a
		on a.account = s.reviewer where i.decision is null
		and i.state = 'open' and i.task_key is not null" |
		while IFS='|' read -r key who; do
			case " $1 " in
			*" $who "*) ;;
			*) task_decide "$who" "$key" keep >/dev/null ;;
			esac
		done
}

@test "a campaign from open to close, and its export" {
	opened q4 --due 4d
	[ "$(sql "select count(distinct login) from item")" -ge 40 ]
	[ "$(sql "select count(distinct idp) from item")" -eq 3 ]
	n=$(sql "select count(*) from item")
	asked=$(sql "select count(*) from sheet")
	[ "$(sql "select items from campaign")" -eq "$n" ]

	# Joined after the freeze; left in the middle; gave it on.
	console_put olga "$FIGMA"
	okta_status quinn DEPROVISIONED
	issue_assign dana "$(task_of petra VPN)" maria >/dev/null
	later 1000
	ticks 2
	says limit gus VPN "only for the move" 3d
	says revoke farah VPN "left the project"
	says revoke walt "Salesforce Users" "has no customers"
	fault status okta DELETE "$SALES" '"status":500,"times":9'
	says keep ben VPN
	says revoke petra VPN "not in my team"
	# Not theirs to say.
	task_decide gina "$(task_of tara "Salesforce Users")" revoke "mine?" >/dev/null
	ticks 1
	[ "$(state_of walt "Salesforce Users")" = "acting revoke" ]
	run by_hand review-close q4
	status_is 12
	has "undecided"
	no_faults
	# Kofi is silent, and so is Karin, who is asked instead.
	all_kept "kofi karin"
	ticks 3 600
	[ "$(state_of walt "Salesforce Users")" = "done revoke" ]
	isnt_member walt "$SALES"
	# Two of four members of a group at once want a person's word.
	[ "$(state_of petra VPN)" = "held revoke" ]
	by_hand sync --confirm-removals "okta:$VPN"
	later $((4 * 86400))
	ticks 3
	[ "$(sql "select count(*) from item where state not in ('done', 'stale')")" -eq 0 ]

	# Gina reviewed, so she cannot acknowledge; sam neither.
	run by_hand review-close q4 --acknowledger sam@acme.example
	status_is 12
	has "decided on items of q4"
	[ "$(sql "select state from campaign")" = open ]
	run by_hand review-close q4 --acknowledger hugo@acme.example
	status_is 0
	has "joined-after-freeze"
	has "Figma Editors: olga@acme.example"
	[ "$(sql "select state from campaign")" = closed ]
	[ "$(sql "select count(*) from evidence where kind = 'review-closed'")" -eq 1 ]
	# What is to be acknowledged stands on the issue, a line each.
	comments_of "$(sql "select issue_key from campaign")" >"$W/said"
	for line in "Items: $n" "Revoked: 3" "- removed, and read back as gone: 3" \
		"Limited: 1" "self-review: ok, 0" \
		"rubber-stamping: flagged, 25 (Dana Reyes)" \
		"coverage: ok, $n ($n rows of $n, digest as it was frozen)"; do
		[ "$(grep -cxFe "$line" "$W/said")" -eq 2 ] || {
			echo "not said twice: $line" && cat "$W/said" && return 1
		}
	done

	# Not acknowledged yet: the export says so, everywhere.
	run lapse review-export --out "$W/early"
	status_is 12
	has "q4: closed, and not acknowledged"
	[ "$(jq -r '.reviews.not_acknowledged[]' "$W/early/MANIFEST.json")" = q4 ]
	campaign=$(sql "select issue_key from campaign")
	decline hugo "$campaign"
	ticks 1
	[ "$(sql "select rejected_at is not null from campaign")" = 1 ]
	run by_hand review-close q4 --acknowledger hugo@acme.example
	status_is 0
	approve hugo "$campaign"
	ticks 1
	[ "$(sql "select acknowledged_by from campaign")" = "$(account_of hugo)" ]
	run by_hand review-close q4
	status_is 12
	has "acknowledged already"

	run lapse review-export --out "$W/out"
	status_is 0
	run lapse verify "$W/out"
	status_is 0
	export_is_true
}

# Every number of the export against SQL, and against the providers.
export_is_true() {
	[ "$(items True)" -eq "$n" ]
	[ "$(jq .reviews.items "$W/out/MANIFEST.json")" -eq "$n" ]
	for d in keep revoke limit; do
		[ "$(items "r['decision'] == '$d'")" -eq "$(sql "select count(*)
			from item where decision = '$d' and
			decided_by <> 'lapse'")" ]
	done
	[ "$(items "r['decision'] == 'not_reviewed'")" -eq "$(sql "select count(*)
		from item where decision is null or decided_by = 'lapse'")" ]
	[ "$(items "r['state'] == 'stale'")" -eq "$(sql "select count(*) from
		item where state = 'stale'")" ]
	[ "$(items "r['acknowledged_by'] == '$(account_of hugo)'")" -eq "$n" ]
	[ "$(items "r['reviewer_is_member'] in ('yes', 'true', '1')")" -eq 0 ]
	# As many as the scenario made.
	[ "$(items "r['decision'] == 'revoke'")" -eq 3 ]
	[ "$(items "r['decision'] == 'limit'")" -eq 1 ]
	[ "$(items "r['decision'] == 'not_reviewed' and r['decided_by'] == 'lapse'")" -gt 0 ]
	[ "$(items "r['member_login'].startswith('quinn') and r['state'] == 'stale'")" -gt 0 ]
	[ "$(items "r['member_login'].startswith('olga') and r['group_name'] == 'Figma Editors'")" -eq 0 ]
	# Each revoke has its proof, and is gone at the provider; what was kept
	# is there.
	[ "$(items "r['decision'] == 'revoke' and not (r['absence_verified_at']
		and r['remediated_at'] and r['remediation_grant']
		and r['remediation_issue'])")" -eq 0 ]
	isnt_member farah "$VPN"
	isnt_member petra "$VPN"
	isnt_member walt "$SALES"
	is_member ben "$VPN"
	# The limit has ended by now, as it said.
	isnt_member gus "$VPN"
	python3 - "$W/out/review_items.csv" <<'PY' >"$W/kept"
import csv, sys
for r in csv.DictReader(open(sys.argv[1], newline="")):
    if r["decision"] in ("keep", "not_reviewed") and r["state"] == "done":
        print(r["idp"], r["member_login"].split("@")[0], r["group_id"])
PY
	[ "$(wc -l <"$W/kept")" -gt 40 ]
	while read -r idp who group; do
		[ "$(DIRECTORY=$idp _membership "$who" "$group")" = yes ] || {
			echo "$idp $who $group is gone" && return 1
		}
	done <"$W/kept"
	# The campaign's own row adds up.
	[ "$(csv out/campaigns.csv "int(r['kept']) + int(r['revoked'])
		+ int(r['limited']) + int(r['not_reviewed'])
		== int(r['items'])")" -eq 1 ]
	# And is what its items say.
	for pair in kept:keep revoked:revoke limited:limit \
		not_reviewed:not_reviewed; do
		[ "$(csv out/campaigns.csv "int(r['${pair%:*}']) ==
			$(items "r['decision'] == '${pair#*:}'")")" -eq 1 ]
	done
	[ "$(csv out/campaigns.csv "int(r['stale']) ==
		$(items "r['state'] == 'stale'")")" -eq 1 ]
	[ "$(csv out/campaigns.csv "int(r['removed']) ==
		$(items "r['decision'] == 'revoke' and r['absence_verified_at']")")" -eq 1 ]
	# Asked at the opening; who answered is counted apart.
	[ "$(csv out/campaigns.csv "int(r['reviewers']) == $asked")" -eq 1 ]
	[ "$(csv out/campaigns.csv "int(r['reviewers_answered']) == $(sql "select
		count(distinct decided_by) from item where decided_by <> 'lapse'")")" -eq 1 ]
	[ "$(sql "select count(distinct sheet_id) from item")" -ne "$asked" ]
	[ "$(csv out/campaigns.csv "r['acknowledgement'] == 'acknowledged'")" -eq 1 ]
	# The same ledger and time give the same bytes.
	run lapse review-export --out "$W/again" --campaign q4
	cmp "$W/out/review_items.csv" "$W/again/review_items.csv" ||
		[ "$(sql "select count(*) from campaign")" -gt 1 ]
	run lapse review-export --out "$W/none" --campaign nope
	status_is 13
}
