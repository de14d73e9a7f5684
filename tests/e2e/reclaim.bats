#!/usr/bin/env bats
# Access that nobody uses is warned about and taken away, and nobody loses it
# for what is not known. Days go by on the virtual clock.

load lib
load hand
load still

SF=00g1sfuser00000000h7
APP=0oa1salesforce000h7
DAY=86400

# reclaim_world POLICY [SED]: Salesforce's plain role gets the policy.
reclaim_world() {
	world "/^role \"salesforce\/user\"/s|\$| inactive-after = \"30d\" \\
		reclaim-grace = \"7d\" $1|;${2:-}"
}
teardown() { world_end; }

# Ben has it by a grant without an end, for longer than the window.
ben_has_it() {
	granted ben Salesforce user 180d dana
	is_member ben $SF
	later $((31 * DAY))
	lapse sync >/dev/null 2>&1
}
# row USER FIELD: of the last run's --json
row() {
	jq -r --arg who "$1@acme.example" "select(.login == \$who) | .$2" \
		<<<"$output"
}
total() { jq -r "select(.schema == \"lapse/reclaim-summary.v1\" and
	.role == null) | .$1" <<<"$output"; }
rows() { sql "select state from reclaim order by id"; }
kinds() { sql "select kind from evidence where kind like 'reclaim%' order by seq"; }

@test "warned on the issue, removed after the grace, proven, told" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = warn ]
	[ "$(rows)" = warned ]
	is_member ben $SF
	run comments_of "$key"
	has "it seems not to be used"
	has "When Salesforce itself was used is not known"
	later $((6 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = wait ]
	is_member ben $SF
	later $((2 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = remove ]
	isnt_member ben $SF
	[ "$(total reclaimed)" = 1 ]
	[ "$(total seats)" = 1 ]
	[ "$(total money)" = "150 USD" ]
	[ "$(rows)" = reclaimed ]
	[ "$(grants)" = "ended|reclaimed" ]
	[ "$(kinds)" = "reclaim-warned
reclaimed" ]
	run comments_of "$key"
	has "it was not used"
	run lapse reclaim --json
	status_is 0
	[ -z "$(row ben action)" ]
	run lapse verify
	status_is 0
}
