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
	granted ben GitHub write 8h dana
	opened q4 --role github/write --due 4d
	lapse sync || true
	says revoke ben "GitHub Writers" "not needed"
	ticks 4
	[ "$(kinds review-decided)" -ge 1 ]
	heard_once ben "has ended: a review decided so"
	settled
}
