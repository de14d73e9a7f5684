#!/usr/bin/env bats
# A request that nobody answers: a reminder at half of the time, then the
# fallback approver, and the right one of both answers counts.

load decide

setup() { world; }
teardown() { world_end; }

# aws/admin: karin or leo; after 4 h gina.
waits() {
	key=$(ask ben AWS admin 1h "restart the cluster")
	synced
	is "$(owed_of "$key")" "Karin Holm, Leo Marchetti"
}

count_of() {
	sql "select count(*) from evidence where kind = '$2' and issue_id =
		(select issue_id from request where issue_key = '$1')"
}

@test "a reminder at half of the time, once, not earlier" {
	waits
	later 7100
	synced
	is "$(count_of "$key" reminded)" 0
	later 160
	synced
	is "$(count_of "$key" reminded)" 1
	says "$key" "still waits for Karin Holm and Leo Marchetti."
	has "Without an answer it goes to someone else:"
	later 3600
	synced
	is "$(count_of "$key" reminded)" 1
	is "$(owed_of "$key")" "Karin Holm, Leo Marchetti"
	is "$(status_of "$key")" $ASKED_ANY
}

@test "then the fallback is asked, and only his answer counts" {
	waits
	first=$(question /jira/approval "key=$key")
	later 7300
	synced
	later 7000
	synced
	is "$(code_of "$key" asked)" ""
	later 200
	synced
	is "$(code_of "$key" asked)" escalated
	is "$(owed_of "$key")" "Gina Moretti"
	is "$(status_of "$key")" $ASKED_ANY
	says "$key" "Nobody decided in time, so someone else is asked now."
	has "Waiting for Gina Moretti."
	run approve karin "$key"
	[ "$status" -ne 0 ]
	run approve karin "$key" "$first"
	[ "$status" -ne 0 ]
	synced
	nothing_given "$key"
	isnt_member ben $AWS_ADMIN
	approve gina "$key"
	synced
	is_member ben $AWS_ADMIN
}

@test "the fallback is reminded too, and nobody comes after him" {
	waits
	later 14500
	synced
	is "$(owed_of "$key")" "Gina Moretti"
	later 7300
	synced
	run comments_of "$key"
	has "still waits for Gina Moretti."
	case ${output##*still waits for Gina} in
	*"goes to someone else"*) false ;;
	esac
	later 14500
	synced
	is "$(owed_of "$key")" "Gina Moretti"
	is "$(sql "select asks from request where issue_key = '$key'")" 2
}

@test "an answer that was there before the time ran out counts" {
	waits
	approve leo "$key"
	later 14500
	synced
	is "$(request_state "$key")" approved
	is_member ben $AWS_ADMIN
	is "$(count_of "$key" asked)" 1
}

@test "no fallback: it goes on waiting for those who were asked" {
	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	later 900000
	synced
	is "$(request_state "$key")" asked
	is "$(owed_of "$key")" "Karin Holm"
	is "$(count_of "$key" reminded)" 1
	nothing_given "$key"
}

@test "the fallback himself asked: it goes on waiting for the others" {
	key=$(ask gina AWS admin 1h "restart the cluster")
	synced
	is "$(owed_of "$key")" "Karin Holm, Leo Marchetti"
	later 14500
	synced
	is "$(request_state "$key")" asked
	is "$(owed_of "$key")" "Karin Holm, Leo Marchetti"
	nothing_given "$key"
}
