#!/usr/bin/env bats
# The report: how requests came, what people did by hand, what was held.

load lib
load hand
load still

teardown() { world_end; }

# figure NAME [OPTION...]: its value, as a program reads it.
figure() {
	_name=$1
	shift
	lapse report --json "$@" |
		jq -r "select(.figure == \"$_name\") | .value |
			if . == null then . else . + 0 end"
}

# assigned KEY: an agent takes it, which changes nothing that was asked.
assigned() {
	as hugo PUT "/rest/api/3/issue/$1/assignee" "$(_person hugo)"
}

@test "how a request came, by hand or not, and what of it was manual" {
	needs_operator
	world "$ANNA"
	granted ben GitHub hotfix 1h dana
	CAME=email granted carol GitHub write 8h dana
	key=$(CAME=jira ask erik VPN user 2d "on the road")
	lapse sync
	by_hand grant --break-glass ben@acme.example aws/admin --for 1h \
		--reason "the site is down"
	[ "$(figure filed)" -eq 4 ]
	[ "$(figure channel.portal)" -eq 1 ]
	[ "$(figure channel.mail)" -eq 1 ]
	[ "$(figure channel.agent)" -eq 1 ]
	[ "$(figure channel.by-hand)" -eq 1 ]
	[ "$(figure outcome.granted)" -eq 4 ]
	# The agent's form, and the override.
	[ "$(figure manual)" = 0.5 ]
	[ "$(figure automatic)" = 0.5 ]
	[ "$(figure steps.grant)" -eq 1 ]
	[ "$(figure steps.approval-chase)" -eq 1 ]
	[ "$(figure minutes-spent)" -eq 22 ]	# 12 and 10, as configured
	[ "$(figure role.aws/admin)" -eq 12 ]
	# The same by plain counting, and the moment of filing is Jira's.
	[ "$(sql "select count(*) from intake join request r on r.id =
		request_id where abs(filed_at - r.changed_at) < 60")" -eq 3 ]
}

@test "an agent who files for someone is help, whatever the channel says" {
	world
	key=$(ask_for hugo ben VPN user 2d "asked me in the corridor")
	lapse sync
	[ "$(figure channel.portal)" -eq 1 ]
	[ "$(figure manual)" = 1 ]
}

@test "what is granted by hand is manual, and a limit says so" {
	needs_operator
	world "$ANNA"
	key=$(ask ben GitHub hotfix 1h "deploy")
	lapse sync
	approve dana "$key"
	by_hand grant "$key" --reason "cannot wait for the timer"
	is_member ben $GITHUB_PROD
	run lapse report --fail-above overdue=0 --fail-above manual=0.25
	status_is 12
	has "report: 'manual': 1.0000 is above 0.25"
	hasnt "'overdue':"
	run lapse report --fail-above manual=1,overdue=0
	status_is 0
	run lapse report --quiet --fail-above manual=0.25,nonsense=1
	status_is 64
	has "'nonsense': no figure"
	run lapse report --fail-above manual
	status_is 64
	run lapse report --fail-above role.github/hotfix=1
	status_is 64
}

@test "ended by hand is manual, ended by its holder is not" {
	needs_operator
	world "$ANNA"
	granted ben GitHub hotfix 1h dana
	portal_transition ben "$key" 51
	lapse sync
	[ "$(grants)" = "ended|revoked" ]
	[ "$(figure manual)" = 0 ]
	granted carol GitHub write 8h dana
	by_hand revoke "$key" --reason "wrong person"
	[ "$(figure manual)" = 0.5 ]
	[ "$(figure steps.revoke)" -eq 1 ]
	[ "$(figure removed-automatically)" -eq 1 ]
	[ "$(figure removed-by-people)" -eq 2 ]	# of both groups
}

@test "moves of people between approval and access are counted once" {
	world
	key=$(ask ben GitHub hotfix 1h "deploy")
	lapse sync
	approve dana "$key"
	later 5
	assigned "$key"
	later 5
	lapse sync
	later 60
	assigned "$key"		# after the access: no hop any more
	lapse sync
	[ "$(sql "select hops from intake")" -eq 1 ]
	[ "$(figure hops.1)" -eq 1 ]
	[ "$(figure hops-over)" = 0 ]
	[ "$(figure steps.approval-chase)" -eq 1 ]
	[ "$(calls jira GET changelog)" -ge 1 ]
	control DELETE /log >/dev/null
	later 60
	assigned "$key"
	lapse sync
	[ "$(calls jira GET "issue/")" -ge 1 ]
	[ "$(calls jira GET changelog)" -eq 0 ]
}

@test "who left, and how long it took until the last removal" {
	world
	granted walt GitHub write 8h sam
	okta_status walt DEPROVISIONED
	later 960
	lapse sync
	later 60
	lapse sync
	[ "$(sql "select count(*) from leaver where back_at is null")" -eq 1 ]
	[ "$(figure leavers)" -eq 1 ]
	[ "$(figure leavers-held)" -eq 1 ]
	[ "$(figure left-to-removed.open)" -eq 0 ]
	[ "$(figure left-to-removed.worst)" -le 90 ]
	okta_status walt ACTIVE
	later 960
	lapse sync --full
	[ "$(sql "select count(*) from leaver where back_at is null")" -eq 0 ]
}

@test "what nobody knows is not known, and fails" {
	world
	[ "$(figure manual)" = null ]
	[ "$(figure automatic)" = null ]
	[ "$(figure filed-to-approved.median)" = null ]
	[ "$(figure hops-over)" = null ]
	run lapse report --fail-above manual=1
	status_is 12
	has "'manual': not known in this window"
	hasnt "manual                        0.0 %"
}

@test "a window without a ledger has no zero, and one to come is none" {
	world
	past="--since 2020-01-01T00:00:00Z --until 2020-02-01T00:00:00Z"
	for name in filed standing bound elevated-bound parked shadow \
		minutes-spent; do
		# shellcheck disable=SC2086
		[ "$(figure $name $past)" = null ]
	done
	[ "$(figure filed)" -eq 0 ]
	run lapse report --since 2100-01-01T00:00:00Z \
		--until 2100-02-01T00:00:00Z
	status_is 64
	has "the window has not begun yet"
}

@test "a time of no second was measured, and is printed" {
	world
	granted ben GitHub hotfix 1h dana
	sqlite3 "$LEDGER" "update intake set filed_at = (select decided_at
		from approval where request_id = intake.request_id)"
	run lapse report
	status_is 0
	[[ "$output" =~ filed-to-approved.median\ +0s\ +\(of\ 1\) ]]
	hasnt "channel.slack"
}

@test "who adds people past lapse spends minutes" {
	world
	[ "$(figure minutes-spent)" -eq 0 ]
	DIRECTORY=okta console_put carol $GITHUB_WRITE gina
	later 960
	lapse sync >/dev/null 2>&1 || true
	later 1
	[ "$(figure shadow)" -eq 1 ]
	[ "$(figure steps.grant)" -eq 1 ]
	[ "$(figure minutes-spent)" -eq 12 ]
	[ "$(figure manual)" = null ]
}

@test "from a snapshot: no network, no configuration, the same bytes" {
	world
	granted ben GitHub hotfix 1h dana
	later 7200
	lapse expire
	lapse sync
	lapse snapshot "$W/copy"
	control DELETE /log >/dev/null
	until=$(date -u -d "@$(($(now) + 60))" +%Y-%m-%dT%H:%M:%SZ)
	later 120
	run lapse report --ledger "$W/copy" --until "$until" --window 7d
	status_is 0
	one=$output
	later 86400
	run lapse report --ledger "$W/copy" --until "$until" --window 7d
	[ "$output" = "$one" ]
	[ "$(calls okta '' '')" -eq 0 ]
	[ "$(calls jira '' '')" -eq 0 ]
	# Which groups are elevated only the catalog knows.
	export LAPSE_CONFIG=/nonexistent
	[ "$(figure privileged-removed --ledger "$W/copy")" = null ]
	[ "$(figure reviews-overdue --ledger "$W/copy")" = null ]
	[ "$(figure closed --ledger "$W/copy")" -eq 1 ]
}

@test "privileged access removed: what stands against what stood" {
	world
	[ "$(figure elevated-baseline)" -eq 11 ]
	console_drop gus $GITHUB_PROD
	later 3600
	lapse sync
	later 36000
	lapse sync
	[ "$(figure elevated-standing)" -eq 10 ]
	left=$(figure privileged-left)
	jq -en "$left > 0.90 and $left < 0.93"
	granted ben GitHub hotfix 1h dana
	later 7200
	lapse expire
	lapse sync
	jq -en "$(figure elevated-held) > 0.99 and
		$(figure elevated-held) < 2.1"
}

@test "every figure is defined in the manual, and no other" {
	world
	lapse report --json | jq -r 'select(.figure != null) | .figure' |
		sed -E 's/^(filed-to-approved|approved-to-verified|deadline-to-removed|left-to-removed)\..*/\1/' |
		sort -u >"$W/printed"
	[ "$(wc -l <"$W/printed")" -gt 80 ]
	sed -n 's/^\.It Cm //p' man/lapse-report.7 | tr -d ' ' |
		tr , '\n' | grep -v '\.Ns' | sed 's/Ns.*//' | sort -u >"$W/defined"
	run diff "$W/printed" "$W/defined"
	echo "$output"
	status_is 0
}

@test "what is held now counts, however long the window is" {
	world
	later $((20 * 86400))
	granted ben GitHub write 8h dana
	later 60
	[ "$(figure bound --window 20d)" -eq 2 ]
	[ "$(figure bound)" -eq "$(sql "select count(*) from hold
		where released_at is null and grant_id is not null")" ]
}
