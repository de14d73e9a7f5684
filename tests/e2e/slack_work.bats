#!/usr/bin/env bats
# What people hear in Slack of reviews and of access that nobody uses: each
# thing once, with its issue.

load lib
load hand
load still
load google
load review
load slack

DIRECTORY=okta
SF=00g1sfuser00000000h7
APP=0oa1salesforce000h7
DAY=86400

teardown() { world_end; }
said() { sql "select kind, account, state from slack_message order by id"; }
# settled: nothing more is said, however often it is looked at.
settled() {
	before=$(posts)
	ticks 3
	[ "$(posts)" -eq "$before" ]
}

@test "a review is due: each reviewer hears it once, and the reminder once" {
	slack_world
	run lapse review-open q4 --role github/write --due 4d --reason "a test"
	echo "$output" >&2
	status_is 0
	lapse sync || true
	reviewers=$(sql "select count(*) from sheet")
	[ "$reviewers" -gt 0 ]
	[ "$(sql "select count(*) from slack_message where kind = 'review' and state = 'done'")" -eq "$reviewers" ]
	who=$(sql "select replace(a.email, '@acme.example', '') from sheet s join account a on a.account = s.reviewer order by s.id limit 1")
	sheet=$(sheet_of "$who")
	heard_once "$who" "<$SANDBOX_JIRA/browse/$sheet|$sheet>: a review of access waits for you:"
	settled
	later $((2 * DAY + 600))
	lapse sync || true
	[ "$(kinds review-reminded)" -gt 0 ]
	[ "$(n_heard "$who" "a review of access waits for you")" -eq 2 ]
	[ "$(slack_inbox "$who" | grep -F "a review of access" | cut -d ' ' -f 2 | sort -u | wc -l)" -eq 2 ]	# one thread
	settled
}

@test "decided: no reviewer is reminded of what is done; whose access ends hears it once" {
	slack_world
	granted ben GitHub write 30d dana
	opened q4 --role github/write --due 4d
	lapse sync || true
	who=$(reviewer_of ben "GitHub Writers")
	for login in $(sql "select distinct replace(login, '@acme.example', '') from item where state = 'open' and sheet_id = (select sheet_id from item where login = 'ben@acme.example' limit 1)"); do
		for group in "GitHub Writers" "GitHub Readers"; do
			[ "$(of_item state "$login" "$group")" != open ] ||
				says revoke "$login" "$group" "not needed"
		done
	done
	ticks 4
	[ "$(kinds review-decided)" -ge 1 ]
	heard_once ben "has ended: a review decided so"
	later $((2 * DAY + 600))
	lapse sync || true
	heard_once "$who" "a review of access waits for you"
	settled
}

# idle [SED]: Ben has Salesforce by a grant that lasts longer than the window.
idle() {
	slack_world "/^role \"salesforce\/user\"/s|\$| inactive-after = \"30d\" \\
		reclaim-grace = \"7d\" reclaim = \"granted\"|"
	granted ben Salesforce user 180d dana
	is_member ben $SF
	later $((31 * DAY))
	lapse sync >/dev/null 2>&1
	lapse reclaim
	lapse sync
	heard_once ben "*salesforce/user* was not used for a while and will be taken back on"
}
# The thread that the warning began.
in_its_thread() {
	[ "$(slack_inbox ben | grep -F -- "$1" | cut -d ' ' -f 2)" = \
		"$(heard_ts ben "was not used for a while")" ]
}

@test "unused: warned once, and told once when it is taken back" {
	idle
	lapse reclaim
	settled
	later $((8 * DAY))
	run lapse reclaim
	status_is 0
	isnt_member ben $SF
	lapse sync
	heard_once ben "has ended: it was not used"
	heard_once ben "was not used for a while"
	[ "$(n_heard ben "is not taken back")" -eq 0 ]
	settled
}

@test "used after the warning: told once that it stays, and why" {
	idle
	later $((3 * DAY))
	signed_on okta ben $(($(get_clock) / 1000))
	later $((5 * DAY))
	run lapse reclaim
	status_is 0
	lapse sync
	heard_once ben "<$SANDBOX_JIRA/browse/$key|$key>: *salesforce/user* is not taken back."
	heard_once ben "was used at"
	in_its_thread "is not taken back"
	lapse reclaim
	settled
	is_member ben $SF
}

@test "ended by the holder after the warning: told as ended alone" {
	idle
	portal_transition ben "$key" 51
	lapse sync
	lapse expire
	lapse reclaim || true
	lapse sync
	heard_once ben "has ended:"
	[ "$(n_heard ben "is not taken back")" -eq 0 ]
}
