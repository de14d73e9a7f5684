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
