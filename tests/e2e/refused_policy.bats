#!/usr/bin/env bats
# What the catalog does not allow is refused before anybody is asked: unknown
# roles, too long, without an end, groups that are not lapse's to change,
# conflicts, people who may not ask.

load decide

setup() { world; }
teardown() { world_end; }

@test "a role that was retired while its request waited" {
	key=$(ask ben AWS admin 1h "restart the cluster")
	synced
	is "$(request_state "$key")" asked
	configured '/^role "aws\/admin"/,/^}/d'
	lapse catalog publish >/dev/null
	approve karin "$key"
	synced
	refused_as "$key" unknown-role "not in the catalog any more"
	isnt_member ben $AWS_ADMIN
	run ask ben AWS admin 1h "again"	# the option is disabled
	hasnt "ACC-"
}

@test "a role that the catalog does not know" {
	configured '/^role "aws\/admin"/,/^}/d'
	key=$(ask ben AWS admin 1h "restart the cluster")
	synced
	refused_as "$key" unknown-role "not in the catalog any more"
	says "$key" "No access was given."
	isnt_member ben $AWS_ADMIN
}

@test "several roles in one request" {
	key=$(ask_multi ben 8h "start here" "GitHub / write" "AWS / read")
	synced
	refused_as "$key" several-roles "one request for each role"
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $AWS_READ
}

@test "a duration that cannot be read" {
	key=$(ask ben GitHub write "a while" "fix the build")
	synced
	refused_as "$key" not-understood "Write it like 8h, 90m or 2d"
	isnt_member ben $GITHUB_WRITE
}

@test "over the maximum, where the role refuses" {
	key=$(ask ben GitHub prod-admin 48h "deploy all week")
	synced
	refused_as "$key" over-maximum \
		"'github/prod-admin' is given for 1d at the most, and 2d was"
	isnt_member ben $GITHUB_PROD
}

@test "over the maximum, where the role caps" {
	key=$(ask ben AWS admin 48h "rebuild the cluster")
	synced
	is "$(request_state "$key")" asked
	says "$key" "For: 8 hours"
	has "2 days were asked for, which is more than this role allows"
	approve karin "$key"
	synced
	is_member ben $AWS_ADMIN
	is_member ben $AWS_BASE
	is "$(sql "select ends_at - starts_at from \"grant\"")" 28800
}

@test "an elevated role without an end" {
	key=$(ask ben GitHub hotfix permanent "I always deploy")
	synced
	refused_as "$key" no-end-elevated "always has an end"
	isnt_member ben $GITHUB_PROD
}

@test "a role that is only given for a time, without an end" {
	key=$(ask ben GitHub write "no end" "I work here")
	synced
	refused_as "$key" no-end "is only given for a time"
	isnt_member ben $GITHUB_WRITE
}

@test "an elevated role on top of access from before" {
	key=$(ask gus GitHub hotfix 15s "deploy the fix")
	synced
	refused_as "$key" pre-existing "Gus Petrov has this access already"
	tells "$key" "lapse adopt"
	is_member gus $GITHUB_PROD	# not lapse's to remove
	is "$(sql "select count(*) from hold")" 0
}

@test "an elevated role on top of access that came after the approval" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	approve dana "$key"
	okta_put ben "GitHub Production"
	synced
	refused_as "$key" pre-existing "has this access already"
	is_member ben $GITHUB_PROD
}

# not_ours ROLE CODE WORDS
not_ours() {
	key=$(ask zoe Directory "$1" 1h "to be in it")
	synced
	refused_as "$key" "$2" "cannot be given this way"
	tells "$key" "$3"
	has "lapse must not change it"
}

@test "a group that a rule feeds" {
	not_ours engineering group-rule "rule"
	isnt_member zoe 00g1engineering000h7
}

@test "a group that a rule began to feed after the approval" {
	key=$(ask ivan GitHub write 8h "fix the build")
	synced
	approve hana "$key"
	control POST /okta/rule '{"group":"GitHub Writers",
		"expression":"user.department==\"Legal\""}' >/dev/null
	synced
	refused_as "$key" group-rule "cannot be given this way"
	isnt_member ivan $GITHUB_WRITE
}

@test "a group that another directory masters" {
	not_ours ad-engineers group-directory "mastered by another directory"
	isnt_member zoe 00g1adengineers000h7
}

@test "a group that an application masters" {
	control POST /okta/group '{"id":"00g1payroll00000000h7",
		"name":"Payroll","type":"APP_GROUP",
		"objectClass":"payroll:team"}'
	configured 's/00g1adengineers000h7/00g1payroll00000000h7/'
	not_ours ad-engineers group-app "mastered by an application"
	isnt_member zoe 00g1payroll00000000h7
}

@test "a built-in group" {
	not_ours everyone group-built-in "built"
}

@test "a group that gives rights at the provider itself" {
	not_ours okta-admin group-restricted "administrator"
	isnt_member zoe 00g1oktaadmins0000h7
}

@test "a group that is gone" {
	control POST /okta/group '{"id":"00g1githubaudit000h7","delete":true}'
	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	refused_as "$key" group-not-found "cannot be given this way"
	tells "$key" "does not exist at 'okta'"
}

@test "someone who is not eligible" {
	key=$(ask tara GitHub prod-admin 1h "look around")
	synced
	refused_as "$key" not-eligible "only for certain teams"
	has "Tara Singh is in none of them"
	isnt_member tara $GITHUB_PROD
}

@test "someone eligible asks for someone who is not" {
	key=$(ask ben GitHub prod-admin 1h "let her look" tara)
	synced
	refused_as "$key" not-eligible "Tara Singh is in none of them"
	isnt_member tara $GITHUB_PROD
}

@test "someone who stopped being eligible after the approval" {
	key=$(ask ivan GitHub prod-admin 1h "deploy the fix")
	synced
	approve hana "$key"
	approve dana "$key"
	okta_drop ivan Engineering
	synced
	refused_as "$key" not-eligible "Ivan Kuzmin is in none of them"
	isnt_member ivan $GITHUB_PROD
}
