#!/usr/bin/env bats
# What a lost ledger knew besides grants and reviews: what the report measures
# against, and who was warned that unused access goes.

load lib
load hand
load still
load rebuild

teardown() { world_end; }

DIRECTORY=okta
SF=00g1sfuser00000000h7
DAY=86400

figure() {
	lapse report --json "${@:2}" |
		jq -r "select(.figure == \"$1\") | .value | if . == null then .
			else . + 0 end"
}
rebuilt() {
	lost
	rebuild >"$W/rebuilt" 2>&1 || { cat "$W/rebuilt"; return 1; }
}

@test "the baseline is what was there before lapse, also after a rebuild" {
	needs_operator
	world "$ANNA"
	lapse sync
	was=$(figure elevated-baseline)
	[ "$was" -eq 11 ]
	console_drop gus $GITHUB_PROD
	later 3600
	lapse sync
	lapse sync
	rebuilt
	# Not read yet: nothing is known, and nothing is made up.
	[ "$(figure elevated-baseline)" = null ]
	# And once more, before the first reading.
	rebuilt
	lapse catalog publish >/dev/null
	later 3600
	lapse sync --full
	later 36000
	lapse sync
	[ "$(figure elevated-baseline)" -eq "$was" ]
	[ "$(figure elevated-standing)" -eq $((was - 1)) ]
	# What is left counts against what stood, from this ledger's first
	# reading on: one of eleven is gone.
	left=$(figure privileged-left)
	jq -en "$left > 0.90 and $left < 0.92"
	run lapse rebuild --check
	status_is 0
	run lapse verify --jira
	status_is 0
}

@test "who was warned is warned afresh, and loses nothing before that day" {
	needs_operator
	world "$ANNA;/^role \"salesforce\/user\"/s|\$| inactive-after = \"30d\" \\
		reclaim-grace = \"7d\" reclaim = \"granted\"|"
	granted ben Salesforce user 180d dana
	later $((31 * DAY))
	lapse sync >/dev/null 2>&1
	lapse reclaim
	[ "$(sql 'select state from reclaim')" = warned ]
	told=$(sql 'select due_at from reclaim')
	later $((6 * DAY))
	rebuilt
	lapse catalog publish >/dev/null
	lapse sync --full >/dev/null 2>&1 || true
	lapse reclaim
	[ "$(sql 'select due_at from reclaim')" -gt "$told" ]
	# The day that the old warning named.
	later $((2 * DAY))
	lapse sync >/dev/null 2>&1 || true
	lapse reclaim
	is_member ben $SF
	later $((6 * DAY))
	lapse sync >/dev/null 2>&1 || true
	lapse reclaim
	isnt_member ben $SF
	[ "$(grants)" = "ended|reclaimed" ]
	run lapse verify
	status_is 0
}
