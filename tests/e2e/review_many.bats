#!/usr/bin/env bats
# A large campaign: how long it takes, and how often Jira is called.

load lib
load hand
load still

# crowd PEOPLE MANAGERS: a company with so many more people, each of one of so
# many managers, who are all in nine groups besides the one of everybody.
crowd() {
	awk -v people="$1" -v managers="$2" '
	function person(i, login, boss) {
		printf "    {\"login\": \"%s\", \"name\": \"Person %s\",", login, i
		printf " \"department\": \"Crowd\", \"title\": \"Member\","
		printf " \"manager\": \"%s\", \"number\": \"%d\",", boss, 20000 + i
		printf " \"account\": \"5c%022d\", \"google\": \"2%020d\",", i, i
		printf " \"okta\": \"00uc%012dh7a\",", i
		printf " \"entra\": \"0e1f2a3b-0009-4a00-8000-%012d\",", i
		printf " \"lastLogin\": \"2026-10-05T12:15:00.000Z\"},\n"
	}
	/"id": "00g1(githubread|githubwrite|githubaudit|awsread|awsbase|sfuser|netsuite0|figma|vpn)/ {
		inside = 1
	}
	inside && /"members": \[/ {
		all = ""
		for (i = 1; i <= people; i++)
			all = all "\"p" i "\", "
		sub(/\[/, "[" all)
		inside = 0
	}
	{ print }
	/^  "people": \[/ {
		for (i = 1; i <= managers; i++)
			person(i, "m" i, "grace")
		for (i = 1; i <= people; i++)
			person(managers + i, "p" i, "m" (i % managers + 1))
	}' examples/sandbox/company.json >"$BATS_TEST_TMPDIR/company.json"
	SEED=$BATS_TEST_TMPDIR/company.json
}

setup() { :; }
teardown() { world_end; }

# How often issues were made many at once; reading many is bulkfetch.
creations() {
	echo $(($(calls jira POST /issue/bulk) -
		$(calls jira POST /issue/bulkfetch)))
}

# What lapse-jira(7) says of a campaign with so many sheets, files, and items
# that have a sub-task.
bulks() { echo $((($1 + 49) / 50 + ($2 + 49) / 50 + ($2 + 349) / 350)); }
most_calls() { echo $((2 + $(bulks "$1" "$2") + $3 + 2 * ($1 + 2) + 10 + $1 + 3 + $4)); }

@test "10,000 items, 300 reviewers: few calls, each issue once" {
	MORE_CONF=$BATS_TEST_TMPDIR/more.conf
	echo 'run-deadline = 900s' >"$MORE_CONF"
	crowd 1120 300
	world
	control DELETE /log >/dev/null
	run lapse review-open q4 --reason "quarterly review"
	status_is 0
	items=$(sql "select count(*) from item")
	sheets=$(sql "select count(*) from sheet")
	# Each member of each group.
	[ "$items" -eq "$(for group in $(sql "select group_id from idp_group
		where complete_at is not null"); do members_of $group; done |
		grep -c .)" ]
	[ "$items" -gt 10000 ]
	[ "$sheets" -ge 300 ]
	files=$(sql "select count(*) from sheet where form = 'csv'")
	in_files=$(sql "select count(*) from item i join sheet s
		on s.id = i.sheet_id where s.form = 'csv'")
	[ "$(sql "select state from campaign")" = open ]
	[ "$(sql "select count(*) from item i join sheet s on s.id = i.sheet_id
		where s.form = 'tasks' and task_id is null")" -eq 0 ]
	tasks=$((items - in_files))
	echo "# $(calls jira) calls of Jira" >&3
	[ "$(creations)" -le "$(bulks "$sheets" "$tasks")" ]
	# Its population stands on the campaign's issue, in some files.
	parts=$(as gina GET "/rest/api/3/issue/$(sql "select issue_key
		from campaign")?fields=attachment" |
		grep -o '"filename":"lapse-campaign-[0-9]*-population' | wc -l)
	[ "$parts" -gt 1 ]
	[ "$parts" -lt 10 ]
	[ "$(calls jira)" -le "$(most_calls "$sheets" "$tasks" "$files" "$parts")" ]
	[ "$(calls jira)" -lt 1300 ]
}
