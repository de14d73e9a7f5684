#!/usr/bin/env bats
# Who acknowledges a review is one person, who can be asked again and whose
# word nobody else can give.

load lib
load hand
load still
load review

# The company; in one test's, nobody may take the issue back.
seed() {
	case "$BATS_TEST_DESCRIPTION" in
	*"no way leads"*)
		sed 's/"from": \["10061", "10062", "10063"\]/"from": []/' \
			examples/sandbox/company.json >"$BATS_TEST_TMPDIR/company.json"
		echo "$BATS_TEST_TMPDIR/company.json"
		;;
	*) echo examples/sandbox/company.json ;;
	esac
}
setup() {
	SEED=$(seed) world "$ANNA"
	needs_operator
}
teardown() { world_end; }

# A campaign in which everything is settled, and its issue.
settled() {
	opened q4 --role figma/editor --due 1h --no-response "${1-keep-and-flag}"
	campaign=$(sql "select issue_key from campaign")
	later 3660
	ticks 1
	# The fallback is asked first, and the last member of a group is not
	# taken without a person's word.
	if [ -n "${1-}" ]; then
		later 90000
		ticks 1
		by_hand sync --confirm-removals \
			"$(sql "select idp || ':' || group_id from item")" || true
	fi
	ticks 2
	[ "$(sql "select count(*) from item where state not in ('done', 'stale')")" -eq 0 ]
}
closes() { run by_hand review-close q4 --acknowledger "$1@acme.example"; }
approvers_of() { # the accounts in the issue's field, one a line
	as gina GET "/rest/api/3/issue/$1?fields=customfield_10003" |
		grep -o '"accountId":"[^"]*"' | sort -u
}

@test "an unanswered question goes to somebody else, and they can answer" {
	settled
	closes hugo
	status_is 0
	closes hugo
	status_is 12
	has "is asked already since 20"
	closes maria
	status_is 0
	[ "$(sql "select acknowledger from campaign")" = "$(account_of maria)" ]
	approve maria "$campaign"
	ticks 1
	[ "$(sql "select acknowledged_by from campaign")" = "$(account_of maria)" ]
	run lapse verify
	status_is 0
}

@test "where no way leads nothing is written" {
	settled
	closes hugo
	status_is 0
	before=$(approvers_of "$campaign")
	closes maria
	status_is 12
	has "nobody was asked"
	has "lapse-jira(7)"
	[ "$(approvers_of "$campaign")" = "$before" ]
	approve hugo "$campaign"
	ticks 1
	[ "$(sql "select acknowledged_by from campaign")" = "$(account_of hugo)" ]
}

@test "somebody else's approval is void, and it can be asked again" {
	settled
	closes hugo
	status_is 0
	set_approvers gina "$campaign" gina
	approve gina "$campaign"
	ticks 2
	[ "$(kinds review-void)" -eq 1 ]
	[ "$(kinds review-acknowledged)" -eq 0 ]
	[ "$(comments_of "$campaign" | grep -o "does not count" | wc -l)" -eq 1 ]
	comments_of "$campaign" | grep -q "The answer of Gina"
	run lapse review-export --out "$W/void"
	status_is 12
	[ "$(csv void/campaigns.csv "r['acknowledgement'] == 'void'")" -eq 1 ]
	closes hugo
	status_is 0
	approve hugo "$campaign"
	ticks 1
	[ "$(sql "select acknowledged_by from campaign")" = "$(account_of hugo)" ]
	run lapse verify
	status_is 0
}

@test "what the policy revoked adds up" {
	settled revoke
	closes hugo
	status_is 0
	comments_of "$campaign" | grep -qxF -- "- by the policy, since nobody decided: 1"
	comments_of "$campaign" | grep -qxF "seats-freed: ok, 1 (45 USD a month)"
	run lapse review-export --out "$W/policy"
	[ "$(csv policy/campaigns.csv "(r['revoked'], r['removed'],
		r['revoked_by_policy'], r['not_reviewed'], r['items'],
		r['reviewers_answered']) == ('1', '1', '1', '0', '1', '0')")" -eq 1 ]
	[ "$(csv policy/review_items.csv "r['decision'] == 'revoke'
		and r['decided_by'] == 'lapse'")" -eq 1 ]
}

@test "a review is listed and shown, by its name and by any of its issues" {
	opened q4 --role figma/editor --due 1h
	run lapse list reviews
	status_is 0
	has "q4"
	run lapse list reviews --json
	[ "$(jq -r '[.schema, .review, .state, .items, .open, .sheets,
		.acknowledgement] | @csv' <<<"$output")" = \
		'"lapse/review.v1","q4","open",1,1,1,"not closed"' ]
	campaign=$(sql "select issue_key from campaign")
	later 3660
	ticks 2
	closes hugo
	status_is 0
	run lapse list reviews
	hasnt "q4"
	run lapse list reviews --all
	has "q4"
	run lapse list reviews --state closed
	has "asked"
	for what in q4 review:q4 "$campaign" "$(sql "select issue_key from sheet limit 1")" \
		"$(sql "select task_key from item")"; do
		run lapse show "$what" --json
		status_is 0
		jq -s -e 'map(select(.schema == "lapse/review.v1")) |
			length == 1 and .[0].review == "q4" and
			(.[0].checks | contains("self-review: ok, 0"))' \
			<<<"$output" >/dev/null
		jq -s -e 'any(.schema == "lapse/review-sheet.v1")' \
			<<<"$output" >/dev/null
		for kind in review-opened review-closed review-asked; do
			[ "$(jq -s --arg k "$kind" 'map(select(.kind == $k)) |
				length' <<<"$output")" -ge 1 ] || {
				echo "$what: no $kind" && return 1
			}
		done
	done
	run lapse show q4
	has "NOT REVIEWED"
	has "; self-review: ok, 0; reviewer-provisioned-it: ok, 0;"
	run lapse list reviews --role vpn/user --all
	status_is 13
}

@test "a name says something, and a campaign that is half made is gone on with" {
	for name in "" "   " "$(printf 'a\tb')" "$(printf '%0101d' 0)"; do
		run lapse review-open "$name" --role figma/editor --reason "a test"
		status_is 64
		has "name:"
	done
	fault status jira POST /rest/api/3/issue/bulk '"status":400,"times":9'
	run lapse review-open q4 --role figma/editor --reason "a test"
	[ "$(sql "select state from campaign")" = opening ]
	no_faults
	run lapse review-open q4 --role figma/editor --reason "a test"
	status_is 0
	has "goes on with them"
	[ "$(sql "select state from campaign")" = open ]
	[ "$(sql "select count(*) from campaign")" -eq 1 ]
	run lapse review-open q4 --role figma/editor --reason "a test"
	status_is 12
	has "take another"
}
