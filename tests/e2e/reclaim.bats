#!/usr/bin/env bats
# Access that nobody uses is warned about and taken away, and nobody loses it
# for what is not known. Days go by on the virtual clock.

load lib
load hand
load still
load google

DIRECTORY=okta

SF=00g1sfuser00000000h7
APP=0oa1salesforce000h7
DAY=86400

# reclaim_world POLICY [SED]: Salesforce's plain role gets the policy.
reclaim_world() {
	world "/^role \"salesforce\/user\"/s|\$| inactive-after = \"30d\" \\
		reclaim-grace = \"7d\" $1|;${2:-}"
}
teardown() { world_end; }
# The administrators' role shares its group: it must agree that what lapse did
# not give may go. Xenia is one of them.
both() { echo "/^role \"salesforce\/admin\"/s|\$| inactive-after = \"30d\" \\
	reclaim = \"all\" reclaim-except = {\"xenia@acme.example\"}|"; }

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
		<<<"$(json)"
}
json() { grep '^{' <<<"$output"; }
total() { jq -r "select(.schema == \"lapse/reclaim-summary.v1\" and
	.role == null) | .$1" <<<"$(json)"; }
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

@test "a dry run is the plan of it, and writes nothing anywhere" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	control DELETE /log >/dev/null
	before=$(sql "select count(*) from evidence")
	run lapse reclaim --dry-run --json
	status_is 14
	[ "$(row ben action)" = warn ]
	[ "$(row ben last_use)" = seen ]
	[ "$(row ben seat_cost)" = "150 USD" ]
	[ "$(total seats)" = 1 ]
	[ "$(total money)" = "150 USD" ]
	[ -z "$(rows)" ]
	[ "$(sql "select count(*) from evidence")" = "$before" ]
	[ "$(calls '' POST '')" -eq 0 ]
	[ "$(calls '' PUT '')" -eq 0 ]
	[ "$(calls '' DELETE '')" -eq 0 ]
	lapse reclaim
	later $((8 * DAY))
	run lapse reclaim --dry-run --json
	status_is 14
	[ "$(row ben action)" = remove ]
	is_member ben $SF
	[ "$(rows)" = warned ]
}

@test "seen during the grace: kept, told, and the evidence says so" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	later $((3 * DAY))
	signed_on okta ben $(($(get_clock) / 1000))
	later $((5 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = cancel ]
	is_member ben $SF
	[ "$(grants)" = "active|" ]
	[ "$(kinds)" = "reclaim-warned
reclaim-cancelled" ]
	run comments_of "$key"
	has "is not taken away. Reason: was used at"
	# The window begins anew.
	later $((8 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = skip ]
	is_member ben $SF
}

@test "the timer stood still: seen in the grace counts, however long ago" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	later $DAY
	signed_on okta ben $(($(get_clock) / 1000))
	later $((90 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = cancel ]
	is_member ben $SF
}

app_id() { echo "/^application \"Salesforce\"/s|\$| app-id = \"$APP\"|"; }

@test "with an app-id its sign-ons count, and only they" {
	reclaim_world 'reclaim = "granted"' "$(app_id)"
	ben_has_it
	# Signing in to Okta is not using Salesforce.
	signed_on okta ben $(($(get_clock) / 1000))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = warn ]
	[ "$(row ben last_use)" = not-seen ]
	[ "$(row ben of_application)" = true ]
	run comments_of "$key"
	has "Not used since"
	has "sign in to Salesforce before then"
	hasnt "is not known"
	later $((3 * DAY))
	signed_on okta ben $APP $(($(get_clock) / 1000))
	later $((5 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = cancel ]
	is_member ben $SF
}

@test "unknown is never idle, nor removed after a warning" {
	reclaim_world 'reclaim = "granted"' "$(app_id)"
	ben_has_it
	knobs '{"okta":{"logRefused":true}}'
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = skip ]
	[ "$(row ben last_use)" = unknown ]
	[ "$(total unknown)" = 1 ]
	run lapse reclaim --dry-run
	has "last use is not known: the credential may not read the system log"
	knobs '{"okta":{"logRefused":false}}'
	run lapse reclaim --json
	[ "$(row ben action)" = warn ]
	knobs '{"okta":{"logRefused":true}}'
	for _ in 1 2 3; do
		later $((8 * DAY))
		run lapse reclaim --json
		status_is 0
		[ "$(row ben action)" = wait ]
		is_member ben $SF
	done
	knobs '{"okta":{"logRefused":false}}'
	run lapse reclaim --json
	[ "$(row ben action)" = remove ]
	isnt_member ben $SF
}

@test "a log that keeps less than the window proves nothing" {
	reclaim_world 'reclaim = "granted"' "$(app_id);s/\"30d\" .*reclaim-grace/\"120d\" reclaim-grace/"
	granted ben Salesforce user 180d dana
	later $((121 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = skip ]
	run lapse reclaim --dry-run
	has "less than the policy asks for"
	is_member ben $SF
}

@test "whoever has it for less than the window is left out" {
	reclaim_world 'reclaim = "granted"'
	granted ben Salesforce user 180d dana
	later $((29 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = skip ]
	case $(row ben why) in *"began only at"*) ;; *) false ;; esac
	later $((2 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = warn ]
}

@test "an end in time needs no warning" {
	reclaim_world 'reclaim = "granted"'
	granted ben Salesforce user 30d dana
	control POST /clock '{}' >/dev/null || true
	sed -i 's/inactive-after = "30d"/inactive-after = "24d"/' "$W/lapse.conf"
	later $((25 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = skip ]
	case $(row ben why) in *"ends by itself at"*) ;; *) false ;; esac
	[ -z "$(rows)" ]
}

@test "protected people and excluded groups are left out, and may become so" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	sed -i 's/reclaim = "granted"/& reclaim-except = {"ben@acme.example"}/' \
		"$W/lapse.conf"
	run lapse reclaim --json
	[ "$(row ben action)" = skip ]
	[ "$(row ben why)" = "ben@acme.example is excepted" ]
	sed -i 's/"ben@acme.example"}/"group:00g1vpn00000000000h7"}/' \
		"$W/lapse.conf"
	run lapse reclaim --json
	[ "$(row ben action)" = skip ]
	[ "$(row ben why)" = "group okta:00g1vpn00000000000h7 is excepted" ]
	# A group that cannot be read protects as if they were in it.
	fault status okta GET 00g1vpn00000000000h7/users '"status":500,"times":99'
	run lapse reclaim --json
	status_is 10
	[ "$(row ben action)" = skip ]
	no_faults
	okta_drop ben 00g1vpn00000000000h7
	run lapse reclaim --json
	[ "$(row ben action)" = warn ]
	later $((8 * DAY))
	okta_put ben 00g1vpn00000000000h7
	run lapse reclaim --json
	[ "$(row ben action)" = cancel ]
	is_member ben $SF
}

@test "a name that protects nobody leaves the role alone" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	sed -i 's/reclaim = "granted"/& reclaim-except = {"bne@acme.example"}/' \
		"$W/lapse.conf"
	run lapse catalog check
	has "bne@acme.example is not exactly one Jira account"
	later $((8 * DAY))
	run lapse reclaim --json
	status_is 12
	has "'bne@acme.example' protects nobody known; role left alone"
	[ "$(row ben action)" = wait ]
	is_member ben $SF
	sed -i 's/bne@/dana@/' "$W/lapse.conf"
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = remove ]
}

@test "the policy is taken back, or the membership is gone: nothing is removed" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	sed -i 's/reclaim = "granted"/reclaim = "no"/' "$W/lapse.conf"
	later $((8 * DAY))
	run lapse reclaim --dry-run
	status_is 14
	run lapse reclaim --json
	status_is 0
	[ "$(rows)" = cancelled ]
	[ "$(total cancelled)" = 1 ]
	is_member ben $SF
	sed -i 's/reclaim = "no"/reclaim = "granted"/' "$W/lapse.conf"
	lapse reclaim
	okta_drop ben $SF
	later $((8 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = cancel ]
	[ "$(row ben why)" = "is not a member any more" ]
	run sql "select data from evidence where kind = 'reclaim-cancelled'"
	has last_use_at
	hasnt 1970
	[ "$(rows)" = "cancelled
cancelled" ]
}

@test "mode observe: the plan and nothing else" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	sed -i 's/reclaim = "granted"/& mode = "observe"/' "$W/lapse.conf"
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = plan ]
	[ -z "$(rows)" ]
}

# ---- Lists that lost their people ----

nobody_is_warned() {
	[ -z "$(rows)" ]
	is_member ben $SF
	no_faults
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = warn ]
}

@test "a list that is cut reclaims nobody, and says so" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	fault cut-body okta GET "$SF/users" '"times":99'
	run lapse reclaim
	status_is 10
	has "$SF"
	nobody_is_warned
}

@test "an empty list reclaims nobody, and says so" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	fault status okta GET "$SF/users" '"status":200,"body":"[]","times":99'
	run lapse reclaim
	status_is 12
	has "the list shows 0 of 6 members; nobody of it is touched"
	nobody_is_warned
}

@test "an empty list takes back no warning either" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	later $((8 * DAY))
	fault status okta GET "$SF/users" '"status":200,"body":"[]","times":99'
	run lapse reclaim --json
	status_is 12
	[ "$(row ben action)" = wait ]
	[ "$(rows)" = warned ]
	is_member ben $SF
	no_faults
	run lapse reclaim
	status_is 0
	isnt_member ben $SF
}

# ---- What was there before; budgets ----

@test "access from before lapse is taken by all only, on an issue of its own" {
	reclaim_world 'reclaim = "granted"'
	later $((200 * DAY))
	run lapse reclaim --json
	status_is 0
	[ -z "$(row tara action)" ]
	sed -i 's/reclaim = "granted"/reclaim = "all"/' "$W/lapse.conf"
	run lapse reclaim --json
	[ "$(row tara action)" = skip ]
	has "salesforce/admin has the same group"
	sed -i "$(both)" "$W/lapse.conf"
	run lapse reclaim --json
	status_is 0
	[ "$(row tara action)" = warn ]
	issue=$(sql "select issue_key from reclaim where user_id like '00u1tara%'")
	[ -n "$issue" ]
	# Who is warned can read it.
	run as tara GET "/rest/api/3/issue/$issue"
	has "Unused: salesforce"
	has "No request is known that it was given by"
	# Xenia administers Salesforce too, and so keeps a seat.
	lapse reclaim --dry-run --json >"$W/plan" || true
	output=$(cat "$W/plan")
	[ "$(row tara seat_cost)" = "150 USD" ]
	[ "$(row xenia 'role + " " + .action + " " + (.seat_cost // "none")')" = \
		"salesforce/user wait none
salesforce/admin skip none" ]
}

@test "an issue whose making was lost is found, not made twice" {
	reclaim_world 'reclaim = "all"' "$(both)"
	later $((200 * DAY))
	control DELETE /log >/dev/null
	fault lost-reply jira POST /rest/api/3/issue
	lapse reclaim || true
	later 60
	run lapse reclaim
	status_is 10
	has "may have been made already"
	later 900
	run lapse reclaim
	status_is 0
	n=$(sql "select count(*) from reclaim")
	[ "$(sql "select count(distinct issue_key) from reclaim")" = "$n" ]
	[ "$(calls jira POST /rest/api/3/issue)" -eq "$n" ]
}

@test "who may not be named its reporter is not warned, and keeps it" {
	reclaim_world 'reclaim = "all"' "$(both)"
	later $((200 * DAY))
	fault status jira POST /rest/api/3/issue '"status":400,"times":99'
	run lapse reclaim --json
	status_is 10
	[ "$(row tara action)" = skip ]
	case $(row tara why) in "could not be warned:"*) ;; *) false ;; esac
	later $((30 * DAY))
	lapse reclaim || true
	[ "$(members_of $SF | wc -l)" = 5 ]
}

@test "budgets stop a mass removal and say how it goes on" {
	reclaim_world 'reclaim = "all"' "$(both);$ANNA"
	later $((200 * DAY))
	lapse reclaim
	[ "$(rows | sort | uniq -c | tr -s ' ')" = " 5 warned" ]
	later $((8 * DAY))
	# The plan of it is what it then does.
	run lapse reclaim --dry-run --json
	[ "$(total removed)" = 1 ]
	[ "$(total held)" = 4 ]
	[ "$(rows | sort -u)" = warned ]
	run lapse reclaim --json
	status_is 12
	[ "$(total reclaimed)" = 1 ]
	[ "$(total held)" = 4 ]
	[ "$(members_of $SF | wc -l)" = 4 ]
	run lapse reclaim -v
	status_is 12
	has "lapse reclaim --confirm-removals okta:$SF"
	[ "$(members_of $SF | wc -l)" = 4 ]
	run lapse reclaim --confirm-removals "okta:$SF"
	status_is 12
	has "a named operator says so"
	needs_operator
	run by_hand reclaim --confirm-removals okta:00g1nothing
	status_is 13
	run by_hand reclaim --confirm-removals "okta:$SF" --json
	status_is 0
	[ "$(total reclaimed)" = 4 ]
	[ -z "$(members_of $SF)" ]
	run comments_of "$(sql "select issue_key from reclaim where user_id like '00u1tara%'")"
	has "it was not used"
	# Xenia's seat is not free.
	[ "$(sql "select count(*) from reclaim where seat_cost = '150 USD'")" = 4 ]
	[ "$(rows | sort | uniq -c | tr -s ' ')" = " 5 reclaimed" ]
}

@test "so many in a run, the rest in the next" {
	reclaim_world 'reclaim = "all"' "$(both);
		s/^state-dir/removals-per-run = 2 removals-of-group = 100 &/"
	later $((200 * DAY))
	lapse reclaim
	later $((8 * DAY))
	run lapse reclaim --json
	status_is 12
	[ "$(total reclaimed)" = 2 ]
	has "removals-per-run (2) is used up"
	run lapse reclaim
	status_is 12
	[ "$(members_of $SF | wc -l)" = 1 ]
	# The last one never without a word.
	run lapse reclaim -v
	status_is 12
	has "--confirm-removals"
	[ "$(members_of $SF | wc -l)" = 1 ]
}

# ---- Weather ----

@test "the reply to the removal is lost: gone, proven, told once" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	lapse reclaim
	later $((8 * DAY))
	fault lost-reply okta DELETE $SF
	lapse reclaim || true
	for _ in 1 2 3; do
		later 60
		lapse expire || true
	done
	isnt_member ben $SF
	run lapse reclaim
	status_is 0
	[ "$(rows)" = reclaimed ]
	[ "$(n_comments "$key" "it was not used")" -eq 1 ]
	[ "$(sql "select count(*) from evidence where kind = 'reclaimed'")" = 1 ]
}

@test "Jira is down: nobody loses what they were not warned about" {
	reclaim_world 'reclaim = "granted"'
	ben_has_it
	fault status jira POST comment '"status":503,"times":9999'
	lapse reclaim || true
	[ "$(rows)" = warned ]
	later $((8 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = wait ]
	is_member ben $SF
	no_faults
	later 7200
	lapse sync
	# The comment came late, and the grace with it.
	run lapse reclaim --json
	[ "$(row ben action)" = wait ]
	due=$(($(row ben due_at | date -f - +%s)))
	[ $((due - $(get_clock) / 1000)) -gt $((7 * DAY - 600)) ]
	run comments_of "$key"
	has "after: $(TZ=Europe/Berlin date -d "@$due" '+%-d %b %Y %H:%M')"
	later $((6 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = wait ]
	is_member ben $SF
	later $((2 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = remove ]
	isnt_member ben $SF
}

# ---- Grants of several groups ----

@test "a grant goes whole, and not while another role holds a part of it" {
	world "/^role \"github\/write\"/s|\$| inactive-after = \"1d\" \\
		reclaim = \"granted\" reclaim-grace = \"1d\"|"
	granted ben GitHub write 30d dana
	read=$(ask ben GitHub read 30d "read too")
	lapse sync
	[ "$(grants)" = "active|
active|" ]
	later $((2 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action | sort -u)" = skip ]
	has "a grant of github/read holds it too"
	lapse revoke "$read" --reason "enough"
	run lapse reclaim --json
	[ "$(row ben action)" = "warn
warn" ]
	later $((2 * DAY))
	run lapse reclaim --json
	status_is 0
	[ "$(total reclaimed)" = 2 ]
	[ "$(total seats)" = 1 ]
	[ "$(total money)" = "21 USD" ]
	isnt_member ben $GITHUB_WRITE
	isnt_member ben $GITHUB_READ
	[ "$(n_comments "$key" "it seems not to be used")" -eq 1 ]
}

@test "a role of which one group stays is left whole" {
	world "/^role \"github\/write\"/s|\$| inactive-after = \"1d\" \\
		reclaim = \"all\" reclaim-grace = \"1d\"|"
	okta_put farah $GITHUB_READ
	lapse sync
	later $((200 * DAY))
	run lapse reclaim --json
	has "which goes whole or not at all: github/read has the same group"
	[ "$(row farah action | sort -u)" = skip ]
	later $((3 * DAY))
	lapse reclaim
	is_member farah $GITHUB_WRITE
}

# ---- Other providers ----

# others_world APPLICATION ROLE SED: Entra and Google too, with a policy there.
others_world() {
	google_world examples/sandbox/entra.conf.in
	sed -i "/^role \"${1%/*}\/${1#*/}\"/s|\$| inactive-after = \"30d\" reclaim = \"granted\" \\
		reclaim-grace = \"7d\"|" "$W/lapse.conf"
}

@test "Entra: unknown without the licence, the activity with it" {
	others_world azure/reader
	READERS=9a1b2c3d-0001-4b00-8000-000000000001
	DIRECTORY=entra console_put carol $READERS
	granted ben Azure reader 90d dana
	later $((31 * DAY))
	knobs '{"entra":{"licence":false}}'
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = skip ]
	[ "$(row ben last_use)" = unknown ]
	knobs '{"entra":{"licence":true}}'
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = warn ]
	knobs '{"entra":{"licence":false}}'
	later $((8 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = wait ]
	DIRECTORY=entra is_member ben $READERS
	knobs '{"entra":{"licence":true}}'
	lapse reclaim || true
	for _ in 1 2 3 4; do
		later 300
		lapse expire || true
	done
	lapse reclaim
	[ "$(rows)" = reclaimed ]
	DIRECTORY=entra isnt_member ben $READERS
}

@test "Google: warned, seen, kept; then warned and removed" {
	others_world cloud/billing
	DIRECTORY=google console_put dana 01gbilling00000
	key=$(ask ben Cloud billing 30d "to get work done")
	lapse sync
	sed -i 's/inactive-after = "30d"/inactive-after = "10d"/' "$W/lapse.conf"
	DIRECTORY=google is_member ben 01gbilling00000
	later $((11 * DAY))
	lapse sync
	run lapse reclaim --json
	status_is 0
	[ "$(row ben action)" = warn ]
	signed_on google ben $(($(get_clock) / 1000))
	later $DAY
	run lapse reclaim --json
	[ "$(row ben action)" = cancel ]
	later $((10 * DAY))
	run lapse reclaim --json
	[ "$(row ben action)" = warn ]
	later $((7 * DAY + 60))
	lapse reclaim || true
	for _ in 1 2 3 4; do
		later 300
		lapse expire || true
	done
	DIRECTORY=google isnt_member ben 01gbilling00000
	run lapse reclaim --json
	[ "$(rows)" = "cancelled
reclaimed" ]
}
