#!/usr/bin/env bats
# A campaign over every provider at once.

load lib
load hand
load still
load google

setup() { google_world examples/sandbox/entra.conf.in; }
teardown() { world_end; }

@test "three providers: every member of every group is an item, once" {
	run lapse review-open everything --reason "yearly review"
	status_is 0
	for DIRECTORY in okta entra google; do
		[ "$(sql "select count(distinct group_id) from item
			where idp = '$DIRECTORY'")" -gt 0 ]
		for group in $(sql "select group_id from idp_group
			where idp = '$DIRECTORY' and complete_at is not null"); do
			[ "$(sql "select login from item where idp =
				'$DIRECTORY' and group_id = '$group'
				order by 1")" = "$(members_of "$group" | sort)" ]
		done
	done
	[ "$(sql "select count(*) from (select 1 from item
		group by idp, group_id, user_id having count(*) > 1)")" -eq 0 ]
	# A manager is a person; what somebody has elsewhere is said.
	[ "$(sql "select count(*) from item where manager is not null
		and manager not like '% <%@%>'")" -eq 0 ]
	run lapse review-open entra --provider entra --reason "yearly review"
	status_is 0
	[ "$(sql "select distinct i.idp from item i join campaign c
		on c.id = i.campaign_id where c.name = 'entra'")" = entra ]
}

@test "what a person has at another provider is named" {
	granted ben GitHub write 8h dana
	DIRECTORY=google console_put ben $SHELL_GROUP
	lapse sync --full || true
	sqlite3 "$LEDGER" "insert or replace into link
		(account, idp, user_id, method, linked_at)
		select '$(account_of ben)', 'google', user_id, 'email', 1795428000
		from idp_user where idp = 'google' and login like 'ben@%'"
	run lapse review-open everything --reason "yearly review"
	status_is 0
	there=$(sql "select role from item where idp = 'google' and
		group_id = '$SHELL_GROUP' and login like 'ben@%'")
	[ -n "$there" ]
	[ "$(sql "select count(*) from item where idp = 'okta' and
		login like 'ben@%' and role = 'github/write' and
		', ' || other_roles || ',' like '%, $there,%'")" -gt 0 ]
	[ "$(sql "select other_roles like '%github/write%' from item
		where idp = 'google' and group_id = '$SHELL_GROUP' and
		login like 'ben@%'")" -eq 1 ]
}

@test "one of three providers is down: no campaign" {
	fault status google GET '' '"status":503,"times":-1'
	run lapse review-open everything --reason "yearly review"
	status_is 69
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
}
