#!/usr/bin/env bats
# A campaign is opened: the population is all there is and nothing else, each
# item has somebody who decides, and each issue is made once.

load lib
load hand
load still

setup() { world; }
teardown() { world_end; }

open_review() { lapse review-open "$@" --reason "quarterly review"; }
items() { sql "select count(*) from item"; }
tasks_of() { # the sub-tasks that Jira has below an issue
	as gina GET "/rest/api/3/issue/$1" | grep -o '"summary":"[0-9]*: ' |
		sort | uniq
}
# How often issues were made many at once; reading many is bulkfetch.
creations() {
	echo $(($(calls jira POST /issue/bulk) -
		$(calls jira POST /issue/bulkfetch)))
}
all_tasks() {
	for key in $(sql "select issue_key from sheet where issue_key
		is not null"); do
		tasks_of "$key"
	done
}
nothing_opened() {
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
	[ "$(calls jira POST '')" -eq 0 ]
}

@test "the population is what the provider shows, and each item has a reviewer" {
	granted ben GitHub write 8h dana
	control DELETE /log >/dev/null
	run open_review q4 --application GitHub
	status_is 0
	has "open"
	# Each member of each group is one item, and nothing else is.
	for group in $GITHUB_READ $GITHUB_WRITE $GITHUB_PROD $GITHUB_AUDIT; do
		[ "$(sql "select login from item where group_id = '$group'
			order by 1")" = "$(members_of $group | sort)" ]
	done
	[ "$(items)" -eq "$(for group in $GITHUB_READ $GITHUB_WRITE \
		$GITHUB_PROD $GITHUB_AUDIT; do members_of $group; done |
		grep -c .)" ]
	[ "$(sql "select items from campaign")" -eq "$(items)" ]
	[ "$(sql "select group_concat(n, ' ') from (select n from item
		order by n)")" = "$(seq -s ' ' "$(items)")" ]
	# How Ben's came about.
	[ "$(sql "select via, request_key, justification, expires_at is null
		from item where login like 'ben@%' and role = 'github/write'
		and group_id = '$GITHUB_WRITE'")" = \
		"grant|$key|to get work done|0" ]
	[ "$(sql "select count(*) from item where login like 'ben@%' and
		provisioned_by = '$(account_of dana)'")" -eq 2 ]
	# A manager is a person, whatever the profile keeps.
	[ "$(sql "select count(*) from item where manager not like
		'% <%@acme.example>'")" -eq 0 ]
	# Nobody reviews himself, everybody's manager is asked.
	[ "$(sql "select count(*) from item i join sheet s on s.id = i.sheet_id
		where s.reviewer = i.account")" -eq 0 ]
	[ "$(sql "select distinct s.why from sheet s")" = manager ]
	# Everything stands in Jira once, and belongs to the reviewer.
	[ "$(all_tasks | grep -c .)" -eq "$(items)" ]
	sheet=$(sql "select issue_key from sheet order by id limit 1")
	who=$(sql "select reviewer from sheet order by id limit 1")
	run as gina GET "/rest/api/3/issue/$sheet"
	has "\"assignee\":{\"self\":\"$SANDBOX_JIRA/rest/api/3/user?accountId=$who"
	has '"type":"table"'
	has "lapse recommends"
	has ", for $(sql "select name from account where account = '$who'") ("
	task=$(sql "select task_key from item where n = 1")
	run as gina GET "/rest/api/3/issue/$task"
	has "With it they can: "
	run as gina GET "/rest/api/3/issue/$task/properties/lapse.review"
	has '"item":1'
	has "$(sql "select digest from item where n = 1")"
	run lapse verify
	status_is 0
}

@test "the digests are those of the rows" {
	open_review q4 --role github/read,github/auditor
	for n in $(sql "select n from item"); do
		printf %s "$(sql "select digest from item where n = $n")"
	done | sha256sum | cut -d ' ' -f 1 >"$W/digest"
	[ "$(sql "select digest from campaign")" = "$(cat "$W/digest")" ]
	# A netstring for each frozen column; see lapse-ledger(5).
	parts=
	for column in $(sql "select name from pragma_table_info('item')
		where cid between 2 and (select cid - 1 from
		pragma_table_info('item') where name = 'digest')
		order by cid"); do
		parts="$parts${parts:+||}coalesce(length(cast($column as
			blob)) || ':' || $column, '-1:') || ','"
	done
	for n in $(sql "select n from item"); do
		[ "$(sql "select $parts from item where n = $n" |
			head -c -1 | sha256sum | cut -d ' ' -f 1)" = \
			"$(sql "select digest from item where n = $n")" ]
	done
}

@test "a dry run says what would be and writes nothing" {
	before=$(sql "select count(*) from evidence")
	control DELETE /log >/dev/null
	run open_review q4 --elevated --dry-run
	status_is 14
	has "open review"
	has "accesses, as manager"
	nothing_opened
	[ "$(sql "select count(*) from evidence")" = "$before" ]
}

@test "a name is taken once, and without a review section there is none" {
	open_review q4 --role github/read
	run open_review q4 --role github/auditor
	status_is 12
	has "there is a campaign of that name"
	[ "$(sql "select count(*) from campaign")" -eq 1 ]
	run open_review q5 --role github/nothing
	status_is 13
	run open_review q5 --role github/read --no-response shrug
	status_is 64
	sed -i '/^review {/,/^}/d' "$W/lapse.conf"
	run open_review q5 --role github/read
	status_is 78
	has "there is no such section"
}

@test "a reading that fails, is cut short or cannot be true opens nothing" {
	control DELETE /log >/dev/null
	fault status okta GET "groups/$GITHUB_READ/users" \
		'"status":500,"times":-1'
	run open_review q4 --application GitHub
	status_is 69
	has "no campaign was opened"
	nothing_opened
	no_faults
	fault cut-body okta GET "groups/$GITHUB_READ/users" '"times":-1'
	run open_review q4 --application GitHub
	[ "$status" -eq 69 ] || [ "$status" -eq 76 ]
	nothing_opened
	no_faults
	# A group that was not empty a moment ago.
	for who in $(members_of $GITHUB_READ); do
		console_drop "${who%@*}" $GITHUB_READ
	done
	run open_review q4 --application GitHub
	status_is 12
	has "read as empty"
	nothing_opened
	# Also when a run of sync has seen it in between.
	lapse sync --full || true
	control DELETE /log >/dev/null
	run open_review q4 --application GitHub
	status_is 12
	nothing_opened
	# After a day it is what it is.
	later 90000
	run open_review q4 --application GitHub
	status_is 0
}

@test "cut off while users are read: it says that nothing was opened" {
	control DELETE /log >/dev/null
	fault status okta GET "/api/v1/users" '"status":503,"times":-1'
	run open_review q4 --application GitHub
	status_is 69
	has "no campaign was opened: "
	nothing_opened
}

@test "the example of the help is about the sandbox's catalog" {
	printf 'login,email\nben1,ben@acme.example\n' >"$W/accounts.csv"
	chmod 600 "$W/accounts.csv"
	run lapse review-open --help
	[[ $output =~ --for\ ([A-Za-z]+) ]]
	run open_review help --population "$W/accounts.csv" \
		--for "${BASH_REMATCH[1]}" --dry-run
	status_is 14
}

@test "a group that lapse emptied itself is believed; nobody at all is said" {
	for who in $(members_of $GITHUB_AUDIT); do
		console_drop "${who%@*}" $GITHUB_AUDIT
	done
	later 100000
	lapse sync --full || true
	later 100000
	granted ben GitHub auditor 1h karin
	is_member ben $GITHUB_AUDIT
	lapse sync --full || true
	later 4000
	lapse expire || true
	lapse expire || true
	isnt_member ben $GITHUB_AUDIT
	lapse sync --full || true
	run open_review q4 --role github/auditor
	status_is 13
	has "nobody has what was asked for"
	[ "$(sql "select count(*) from campaign")" -eq 0 ]
}

@test "who cannot review passes it on: owner, then fallback" {
	okta_profile ben '{"manager":"","managerId":""}'
	okta_put ben $GITHUB_READ
	okta_put dana $GITHUB_READ
	okta_profile dana '{"manager":"dana@acme.example","managerId":""}'
	run open_review q4 --role github/read
	status_is 0
	why_of() { sql "select s.reviewer || ' ' || s.why from item i
		join sheet s on s.id = i.sheet_id
		where i.login = '$1@acme.example'"; }
	[ "$(why_of ben)" = "$(account_of dana) owner" ]
	[ "$(why_of dana)" = "$(account_of karin) fallback" ]
	run open_review self --role github/read --reviewer "$(account_of dana)"
	status_is 0
	[ "$(sql "select group_concat(distinct s.why) from item i
		join sheet s on s.id = i.sheet_id join campaign c
		on c.id = i.campaign_id where c.name = 'self'
		and i.login = 'dana@acme.example'")" = fallback ]
	run open_review named --role github/read --reviewer gina@acme.example
	status_is 0
	[ "$(sql "select group_concat(distinct s.reviewer) from sheet s
		join campaign c on c.id = s.campaign_id
		where c.name = 'named'")" = "$(account_of gina)" ]
}

@test "a reviewer who was mistyped opens nothing" {
	control DELETE /log >/dev/null
	for who in nobody@acme.example Otto "manager,nobody@acme.example"; do
		run open_review q4 --role github/read --reviewer "$who"
		status_is 12
		has "reviewer '${who#manager,}': "
		has "no campaign was opened"
		nothing_opened
	done
}

@test "the reply to each creation is lost: every issue is there once" {
	fault lost-reply jira POST /rest/servicedeskapi/request
	run open_review q4 --application GitHub
	status_is 10
	has "may have been carried out"
	[ "$(sql "select issue_id is null, state from campaign")" = "1|opening" ]
	later 310
	fault lost-reply jira POST /issue/bulk
	lapse sync || true
	[ "$(sql "select issue_key is null from campaign")" = 0 ]
	[ "$(calls jira POST /rest/servicedeskapi/request)" -eq 1 ]
	[ "$(sql "select count(*) from sheet where issue_id is not null")" -eq 0 ]
	# Not before it is certain.
	lapse sync || true
	[ "$(creations)" -eq 1 ]
	later 310
	fault lost-reply jira POST /issue/bulk
	lapse sync || true
	[ "$(sql "select count(*) from sheet where issue_id is null")" -eq 0 ]
	later 310
	lapse sync || true
	[ "$(sql "select state from campaign")" = open ]
	[ "$(all_tasks | grep -c .)" -eq "$(items)" ]
	[ "$(sql "select count(*) from item where task_id is null")" -eq 0 ]
	[ "$(creations)" -eq 2 ]
	[ "$(sql "select count(distinct task_id) from item")" -eq "$(items)" ]
	[ "$(sql "select count(*) from evidence where kind = 'review-asked'")" \
		-eq "$(sql "select count(*) from sheet")" ]
}

@test "Jira does not take its issues: sync goes on, each is there once" {
	fault drop jira POST /issue/bulk '"times":-1'
	run open_review q4 --application GitHub
	status_is 10
	[ "$(sql "select state from campaign")" = opening ]
	no_faults
	later 310
	run lapse sync
	later 310
	run lapse sync
	[ "$(sql "select state from campaign")" = open ]
	[ "$(all_tasks | grep -c .)" -eq "$(items)" ]
}

@test "more than 50 items of one reviewer come as a file" {
	for i in $(seq 60); do printf 'acc%s,acc%s@old.example,User %s\n' \
		"$i" "$i" "$i"; done | sed '1i login,email,name' >"$W/many.csv"
	chmod 600 "$W/many.csv"
	run open_review badge --population "$W/many.csv" --for Badge
	status_is 0
	sheet=$(sql "select s.issue_key from sheet s join campaign c on
		c.id = s.campaign_id where c.name = 'badge'")
	[ "$(sql "select form from sheet where issue_key = '$sheet'")" = csv ]
	id=$(sql "select id from sheet where issue_key = '$sheet'")
	issue_attachment gina "$sheet" "lapse-review-$id.csv" >"$W/sheet.csv"
	[ "$(grep -c . "$W/sheet.csv")" -eq 61 ]
	grep -q "$(sql "select digest from item i join campaign c on
		c.id = i.campaign_id where c.name = 'badge' and n = 60")" \
		"$W/sheet.csv"
	run as gina GET "/rest/api/3/issue/$sheet/properties/lapse.review"
	has "$(sha256sum "$W/sheet.csv" | cut -d ' ' -f 1)"
	[ "$(sql "select count(*) from item where task_id is not null and
		sheet_id = $id")" -eq 0 ]
}

@test "accounts of an application without groups: matched, or of nobody" {
	cat >"$W/badge.csv" <<-CSV
	Login,E-mail,email,name,role,last_use,granted
	ben1,x,ben@acme.example,Ben B.,server-room,2026-11-01,2025-01-01
	old,,gone@acme.example,"Gone, Person",server-room,,
	CAROL@acme.example,,,,,2026-01-02T10:00:00Z,
	CSV
	chmod 600 "$W/badge.csv"
	run open_review badge --population "$W/badge.csv" --for Badge
	status_is 0
	[ "$(sql "select login, orphan, role, last_use, source, recommendation
		from item order by login")" = "\
CAROL@acme.example|0||seen|import|revoke
ben1|0|badge/server-room|seen|import|keep
old|1|badge/server-room|unknown|import|revoke" ]
	# Of nobody: the owner says.
	[ "$(sql "select s.reviewer, s.why from item i join sheet s on
		s.id = i.sheet_id where i.orphan")" = "$(account_of gina)|owner" ]
	printf 'login,role\nben,x,y\n' >"$W/bad.csv"
	chmod 600 "$W/bad.csv"
	run open_review bad --population "$W/bad.csv" --for Badge
	status_is 12
	has "bad.csv: line 2: 3 cells where the first row has 2"
	run open_review bad --population "$W/badge.csv" --for GitHub
	status_is 12
	has "has groups"
	run open_review bad --population "$W/badge.csv"
	status_is 64
}

@test "new access is not idle, and says since when and by whom" {
	sed -i '/^role "github\/read"/s|$| inactive-after = "5d"|' "$W/lapse.conf"
	lapse sync --full || true
	later 864000
	okta_put kofi $GITHUB_READ maria
	later 960
	lapse sync --full || true
	later 960
	lapse sync --full || true
	okta_put hana $GITHUB_READ
	run open_review q4 --role github/read
	status_is 0
	advice() { sql "select recommendation, granted_at is null,
		coalesce(provisioned_by, '-') from item
		where login = '$1@acme.example'"; }
	[ "$(advice jonas)" = "revoke|1|-" ]
	[ "$(advice kofi)" = "keep|0|maria@acme.example (okta system log)" ]
	# Not in any reading yet: it began after the last one.
	[ "$(advice hana)" = "keep|0|-" ]
	[ "$(sql "select granted_at > 1795428000 + 864000 from item
		where login = 'hana@acme.example'")" -eq 1 ]
	run as gina GET "/rest/api/3/issue/$(sql "select task_key from item
		where login = 'kofi@acme.example'")"
	has "Came about: not by lapse; added "
	has "by maria@acme.example (okta system log)"
}

@test "what lapse cannot take away is not recommended to it" {
	sed -i '/^role "directory\/engineering"/s|$| inactive-after = "1d"|' \
		"$W/lapse.conf"
	lapse sync --full || true
	later 864000
	run open_review q4 --role directory/engineering --dry-run
	status_is 14
	[[ $output =~ ([0-9]+)" accesses, 0 of nobody, "([0-9]+)" that lapse" ]]
	[ "${BASH_REMATCH[1]}" -gt 0 ]
	[ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
	run open_review q4 --role directory/engineering
	status_is 0
	[ "$(sql "select distinct recommendation from item")" = keep ]
	[ "$(sql "select count(*) from item where recommended_why like
		'%lapse cannot take it away: the group is fed by a rule%'")" \
		-eq "$(items)" ]
	[ "$(sql "select count(*) from item where recommended_why like
		'%to be revoked there: not signed in for%'")" -gt 0 ]
}

@test "requests are read as ever, and review issues are not" {
	open_review q4 --application GitHub
	control DELETE /log >/dev/null
	lapse sync
	for issue in $(sql "select issue_id from campaign union
		select issue_id from sheet union select task_id from item"); do
		[ "$(calls jira GET "/rest/api/3/issue/$issue")" -eq 0 ]
	done
	granted ben GitHub write 8h dana
	is_member ben $GITHUB_WRITE
}

@test "only who has moved since, and what is done by hand" {
	granted ben Badge server-room 2d gina
	transition hugo "$(sql "select issue_key from manual")" 101 \
		'{"resolution":{"id":"10000"}}'
	lapse sync >/dev/null 2>&1
	[ "$(grants)" = "active|" ]
	run open_review badge --application Badge
	status_is 0
	[ "$(sql "select source, via, role, group_id is null, request_key,
		login from item")" = \
		"manual|by-hand|badge/server-room|1|$key|ben@acme.example" ]
	sqlite3 "$LEDGER" "insert into moved (idp, user_id, field, old, new, at)
		select idp, user_id, 'title', 'a', 'b', 1795428000 from idp_user
		where login = 'walt@acme.example'"
	run open_review movers --moved-since 2026-11-20T00:00:00Z
	status_is 0
	[ "$(sql "select distinct i.login from item i join campaign c
		on c.id = i.campaign_id where c.name = 'movers'")" = \
		walt@acme.example ]
	run open_review later --moved-since 2026-12-20T00:00:00Z
	status_is 13
}
