#!/usr/bin/env bats
# Who is who: one Jira account is one active user at the provider, or the
# request is refused and the administrator told what would settle it.

load decide

setup() { world; }
teardown() { world_end; }

link_of() {
	sql "select method from link where idp = 'okta' and account =
		'$(account_of "$1")'"
}

@test "two users with one address" {
	key=$(ask petra GitHub read 8h "read the code")
	synced
	refused_as "$key" no-user "it could not be matched"
	tells "$key" "2 users of okta have the address shared@acme.example"
	has "put the accountId"
	is "$(link_of petra)" ""
	isnt_member petra $GITHUB_READ
	isnt_member petro $GITHUB_READ
}

@test "two users with one address, told apart by the attribute" {
	okta_profile petra "{\"jiraAccountId\":\"$(account_of petra)\"}"
	key=$(ask petra GitHub read 8h "read the code")
	synced
	is_member petra $GITHUB_READ
	isnt_member petro $GITHUB_READ
	is "$(link_of petra)" attribute
}

@test "two users with one account in their profile" {
	okta_profile ben "{\"jiraAccountId\":\"$(account_of ben)\"}"
	okta_profile ivan "{\"jiraAccountId\":\"$(account_of ben)\"}"
	key=$(ask ben GitHub read 8h "read the code")
	synced
	refused_as "$key" no-user "it could not be matched"
	tells "$key" "2 users of okta have the accountId"
	isnt_member ben $GITHUB_READ
	isnt_member ivan $GITHUB_READ
}

@test "a hidden address, with the attribute" {
	key=$(ask bella Figma editor 30d "draw the banner")
	synced
	is "$(status_of "$key")" $ASKED_ANY
	is "$(link_of bella)" attribute
	is "$(owed_of "$key")" "Yusuf Demir"
}

@test "a hidden address, without the attribute" {
	okta_profile bella '{"jiraAccountId":""}'
	key=$(ask bella Figma editor 30d "draw the banner")
	synced
	refused_as "$key" no-user "it could not be matched"
	tells "$key" "Jira hides the e-mail address"
	has "put the accountId $(account_of bella) into the user's profile"
	isnt_member bella 00g1figma000000000h7
}

@test "a hidden address, in the people map" {
	okta_profile bella '{"jiraAccountId":""}'
	printf '%s okta bella@acme.example\n' "$(account_of bella)" \
		>"$W/people.map"
	chmod 600 "$W/people.map"
	configured "1i people-map = \"$W/people.map\""
	key=$(ask bella Figma editor 30d "draw the banner")
	synced
	is "$(status_of "$key")" $ASKED_ANY
	is "$(link_of bella)" map
}

@test "the address is another's in the profile" {
	okta_profile ben "{\"jiraAccountId\":\"$(account_of ivan)\"}"
	key=$(ask ben GitHub read 8h "read the code")
	synced
	refused_as "$key" no-user "it could not be matched"
	tells "$key" "has another accountId in the profile"
	isnt_member ben $GITHUB_READ
}

@test "the user is suspended, or was deactivated" {
	key=$(ask vera GitHub read 8h "read the code")
	synced
	refused_as "$key" no-user "has no user account where"
	tells "$key" "suspended"
	key=$(ask emil GitHub read 8h "read the code")
	synced
	refused_as "$key" no-user "has no user account where"
	isnt_member vera $GITHUB_READ
	isnt_member emil $GITHUB_READ
}

@test "the user is not active yet: it waits and goes on by itself" {
	key=$(ask olga GitHub read 8h "read the contracts")
	synced
	is "$(request_state "$key")" seen
	is "$(code_of "$key" waiting)" user-pending
	says "$key" "user account is not active yet"
	later 60
	synced
	is "$(sql "select count(*) from evidence where kind = 'waiting'")" 1
	nothing_given "$key"
	okta_status olga ACTIVE
	synced
	is_member olga $GITHUB_READ
}

@test "a link is to the user's id: a stranger who takes the address gets nothing" {
	key=$(ask ivan GitHub write 8h "fix the build")
	synced
	approve hana "$key"
	later 2
	okta_profile ivan '{"email":"old@acme.example",
		"login":"old@acme.example"}'
	control POST /okta/user '{"id":"00u1newivan000000h7a","profile":{
		"login":"ivan@acme.example","email":"ivan@acme.example",
		"firstName":"Ivan","lastName":"Other"}}' >/dev/null
	synced
	is_member old@acme.example $GITHUB_WRITE
	isnt_member ivan@acme.example $GITHUB_WRITE
}

@test "for someone whose Jira account is switched off" {
	jira_active ivan false
	key=$(ask ben GitHub read 8h "he is back soon" ivan)
	synced
	refused_as "$key" beneficiary-inactive "account is not active"
	isnt_member ivan $GITHUB_READ
}
