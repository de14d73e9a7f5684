#!/usr/bin/env bats
# Two roles that nobody may have both: whichever comes first, and also when
# both are decided at once.

load decide

setup() { world; }
teardown() { world_end; }

both_approved() {
	one=$(ask ben GitHub auditor 1d "look for the leak")
	two=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	approve karin "$one"
	approve dana "$two"
}

# only_one_given: one grant, one refusal that names the other role.
only_one_given() {
	is "$(sql "select count(*) from \"grant\"")" 1
	is "$(sql "select count(*) from request where state = 'refused'")" 1
	lost=$(sql "select issue_key from request where state = 'refused'")
	is "$(code_of "$lost" refused)" conflict
	is "$(status_of "$lost")" $REFUSED
	if [ "$lost" = "$one" ]; then
		says "$lost" "github/hotfix"
		isnt_member ben $GITHUB_AUDIT
		is_member ben $GITHUB_PROD
	else
		says "$lost" "github/auditor"
		isnt_member ben $GITHUB_PROD
		is_member ben $GITHUB_AUDIT
	fi
}

@test "a role in conflict with one that is held" {
	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	approve karin "$key"
	synced
	is_member ben $GITHUB_AUDIT

	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	refused_as "$key" conflict "Ben Adler already has 'github/auditor'"
	isnt_member ben $GITHUB_PROD

	# Only one of the two names the other in the catalog.
	run lapse revoke ben@acme.example github/auditor --reason "done"
	status_is 0
	isnt_member ben $GITHUB_AUDIT
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	is "$(request_state "$key")" asked
}

@test "the catalog names the conflict at one of the two only" {
	key=$(ask ben GitHub hotfix 20s "deploy the fix")
	synced
	approve dana "$key"
	synced
	is_member ben $GITHUB_PROD

	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	refused_as "$key" conflict "Ben Adler already has 'github/hotfix'"
	isnt_member ben $GITHUB_AUDIT
}

@test "a role in conflict with access from before" {
	key=$(ask mona GitHub hotfix 15s "deploy the fix")
	synced
	refused_as "$key" conflict "Mona Farouk already has 'github/auditor'"
	isnt_member mona $GITHUB_PROD
	is_member mona $GITHUB_AUDIT
}

@test "both decided in one minute, by one run" {
	both_approved
	synced
	only_one_given
}

@test "both decided in one minute, by two runs at once" {
	both_approved
	# Who meets the other's add between two reads tries again: 10.
	lapse sync >"$W/first" 2>&1 3>&- &
	first=$!
	lapse sync >"$W/second" 2>&1 3>&- || [ $? -eq 10 ]
	wait $first || [ $? -eq 10 ]
	synced
	only_one_given
}

@test "one request, decided by two runs at once, is decided once" {
	key=$(ask ben GitHub read 8h "read the code")
	later 2
	lapse sync >"$W/first" 2>&1 3>&- &
	first=$!
	lapse sync >"$W/second" 2>&1 3>&- || [ $? -eq 10 ]
	wait $first || [ $? -eq 10 ]
	synced
	is_member ben $GITHUB_READ
	is "$(sql "select count(*) from \"grant\"")" 1
	is "$(sql "select count(*) from approval")" 1
	run comments_of "$key"
	is "$(grep -c "Approved without asking anyone" <<<"$output")" 1
	is "$(grep -c "now has github/read" <<<"$output")" 1
}

@test "one request, asked for by two runs at once, can be answered" {
	key=$(ask ben GitHub auditor 1d "look for the leak")
	later 2
	lapse sync >"$W/first" 2>&1 3>&- &
	first=$!
	lapse sync >"$W/second" 2>&1 3>&- || [ $? -eq 10 ]
	wait $first || [ $? -eq 10 ]
	synced
	is "$(owed_of "$key")" "Karin Holm"
	approve karin "$key"
	synced
	is_member ben $GITHUB_AUDIT
	is "$(sql "select count(*) from \"grant\"")" 1
}

# The other role became a grant after this run had decided.
@test "both given by hand at the same moment" {
	operate
	both_approved
	lapse grant "$one" --reason "now" >"$W/first" 2>&1 3>&- &
	first=$!
	lapse grant "$two" --reason "now" >"$W/second" 2>&1 3>&- &
	second=$!
	wait $first || true
	wait $second || true
	synced
	only_one_given
}
