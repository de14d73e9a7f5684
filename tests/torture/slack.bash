# A world in which people asked, answered and have to hear in Slack, and what
# the next tick has to make of it, whatever happens to it. Load it after torture
# or what loads that. Not a test.

. tests/kill/slack.bash

# What was filed, and its reply lost, is looked for until Jira must show it.
patience=700

waiting_in_slack() {
	lapse() { free "$@"; }
	W=$BATS_TEST_TMPDIR
	MORE_CONF=$(slack_conf)
	world "$ANNA;$WRITE_IN_SLACK"
	prepare_slack >"$W/prepare.log" 2>&1
	mark
	free "${command[@]}" >"$W/out" 2>&1
	in_all >"$W/expected"
	grep -q '^said|' "$W/expected"
	back
}

# Access, the issues, and all that stands in Slack.
in_all() {
	control GET /state >"$W/now.json"
	sql "select 'grant', issue_key, state, end_reason from \"grant\"
		order by 2;
	select 'issue', json_extract(i.value, '\$.key'), json_extract(i.value,
		'\$.status'), (select count(*) from json_each(i.value,
		'\$.comments')) from json_each(readfile('$W/now.json'),
		'\$.jira.issues') i order by 2;
	select 'owed', (select count(*) from change where settled_at is null),
		(select count(*) from notice where state in ('open',
		'doubtful'))" || return
	members_of $GITHUB_WRITE
	picture_slack
}

as_ever() { in_all >"$W/picture" && diff "$W/expected" "$W/picture"; }
