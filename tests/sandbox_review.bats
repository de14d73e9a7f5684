#!/usr/bin/env bats
# The sandbox's side of access reviews: issues by the dozen, attachments,
# change logs, and what a reviewer may do. Not lapse. One sandbox serves the
# whole file; each test begins from the seed.

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	export READY=$BATS_FILE_TMPDIR/ready
	export RECORD=${RECORD_DIR:-$BATS_FILE_TMPDIR}/sandbox_review.jsonl
	mkdir -p "${RECORD%/*}"
	# bats waits for whatever holds its descriptor 3.
	"${SANDBOX:-${BUILD:-build}/sandbox}" --ready "$READY" \
		--seed examples/sandbox/company.json --record "$RECORD" \
		3>&- >/dev/null 2>&1 &
	for _ in $(seq 100); do
		[ -e "$READY" ] && return
		sleep 0.05
	done
	return 1
}

teardown_file() {
	kill "$(sed -n 's/^SANDBOX_PID=//p' "$READY")"
}

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	. "$READY"
	. examples/sandbox/people.sh
	reseed
	clock_offset 0
}

# bot METHOD PATH [JSON]: status on the last line.
bot() {
	curl -sS -u "lapse-bot@acme.example:sandbox-jira-classic" -X "$1" \
		-H 'Content-Type: application/json' -w '\n%{http_code}' \
		"$SANDBOX_JIRA$2" ${3:+--data-binary "$3"}
}

code() { printf '%s\n' "$output" | tail -n 1; }

# a_review REVIEWER: the issue of a reviewer, filed and assigned by the bot.
a_review() {
	review=$(bot POST /rest/servicedeskapi/request "{\"serviceDeskId\":\"4\",
		\"requestTypeId\":\"27\",\"requestFieldValues\":{
		\"summary\":\"Review of Figma\"}}" |
		sed -n 's/.*"issueKey":"\([^"]*\)".*/\1/p')
	bot PUT "/rest/api/3/issue/$review" "{\"fields\":{\"assignee\":$(
		_person "$1"),\"customfield_10003\":[$(_person "$1")]}}" \
		>/dev/null
}

# element SUMMARY [MORE]: one of a bulk creation, a sub-task of $review.
element() {
	printf '{"fields":{"project":{"id":"10042"},"parent":{"key":"%s"},' \
		"$review"
	printf '"issuetype":{"id":"10103"},"summary":"%s"%s}}' "$1" "${2-}"
}

# made ELEMENT...: makes them; their keys, in $keys.
made() {
	run bot POST /rest/api/3/issue/bulk \
		"{\"issueUpdates\":[$(IFS=,; echo "$*")]}"
	# shellcheck disable=SC2207 # keys hold no blanks
	keys=($(printf '%s' "$output" | grep -o '"key":"[^"]*"' | cut -d'"' -f4))
}

@test "issues are made in bulk, in their order, with fields and properties" {
	a_review hana
	made "$(element one ",\"assignee\":$(_person hana)")" \
		"{\"properties\":[{\"key\":\"lapse.item\",\"value\":{\"n\":7}}],$(
			element two | cut -c2-)"
	[ "$(code)" = 201 ]
	[ ${#keys[@]} = 2 ]
	run bot GET "/rest/api/3/issue/${keys[0]}?fields=summary,assignee,parent"
	[[ "$output" == *"\"summary\":\"one\""* ]]
	[[ "$output" == *"Hana Mori"* && "$output" == *"\"$review\""* ]]
	run bot GET "/rest/api/3/issue/${keys[1]}/properties/lapse.item"
	[[ "$output" == *'"value":{"n":7}'* ]]
}

@test "of a bulk some fail, by their numbers; when all do it is a 400" {
	a_review hana
	made "$(element one)" "$(element two ',"assignee":{"accountId":"x"}')" \
		"$(element three)"
	[ "$(code)" = 201 ]
	[ ${#keys[@]} = 2 ]
	[[ "$output" == *'"failedElementNumber":1'* ]]
	[[ "$output" == *'"assignee":"Specified user does not exist'* ]]
	made '{"fields":{"summary":"no project"}}'
	[ "$(code)" = 400 ]
	[[ "$output" == *'"issues":[],"errors":[{'* ]]
	[[ "$output" == *'"failedElementNumber":0'* ]]
}

@test "of a bulk there are at most fifty, and customers make none" {
	a_review hana
	fifty=$(yes "$(element x)" | head -50 | paste -sd,)
	run bot POST /rest/api/3/issue/bulk "{\"issueUpdates\":[$fifty]}"
	[ "$(code)" = 201 ]
	run bot POST /rest/api/3/issue/bulk \
		"{\"issueUpdates\":[$fifty,$(element y)]}"
	[ "$(code)" = 400 ]
	[[ "$output" == *'"errors":{}'* ]]
	run as ben POST /rest/api/3/issue/bulk \
		"{\"issueUpdates\":[$(element x)]}"
	[ "$status" -ne 0 ]
	[[ "$output" == *"do not have permission to create issues"* ]]
}

@test "a bulk fetch leaves out what is hidden, and says what it cannot give" {
	a_review hana
	made "$(element one ",\"assignee\":$(_person hana)")" "$(element two)"
	ask="{\"issueIdsOrKeys\":[\"${keys[1]}\",\"${keys[0]}\",\"ACC-999\"],
		\"fields\":[\"summary\"]}"
	run bot POST /rest/api/3/issue/bulkfetch "$ask"
	[[ "$output" == *'"summary":"one"'*'"summary":"two"'* ]]
	[[ "$output" == *'"issueErrors":[]'* ]]
	run as hana POST /rest/api/3/issue/bulkfetch "$ask"
	[[ "$output" == *'"summary":"one"'* ]]
	[[ "$output" != *'"summary":"two"'* ]]
	knobs "{\"jira\":{\"unreadable\":[\"${keys[0]}\"]}}"
	run bot POST /rest/api/3/issue/bulkfetch "$ask"
	[[ "$output" != *'"summary":"one"'* ]]
	[[ "$output" == *'"issueErrors":[{"id":"'* ]]
	many=$(seq 101 | sed 's/.*/"&"/' | paste -sd,)
	run bot POST /rest/api/3/issue/bulkfetch "{\"issueIdsOrKeys\":[$many]}"
	[ "$(code)" = 400 ]
}

@test "histories in bulk: by field, by page, times as milliseconds" {
	a_review hana
	made "$(element one ",\"assignee\":$(_person hana)")" \
		"$(element two ",\"assignee\":$(_person hana)")"
	task_decide hana "${keys[0]}" limit "soon gone" 2027-01-31
	clock_by 60
	task_decide hana "${keys[1]}" keep
	clock_by 60
	task_decide hana "${keys[0]}" revoke
	ask="\"issueIdsOrKeys\":[\"${keys[0]}\",\"${keys[1]}\"]"
	run bot POST /rest/api/3/changelog/bulkfetch \
		"{$ask,\"fieldIds\":[\"status\"]}"
	[ "$(code)" = 200 ]
	[ "$(grep -o '"to":"100' <<<"$output" | wc -l)" = 3 ]
	[[ "$output" != *customfield_* && "$output" != *nextPageToken* ]]
	grep -qE '"created":[0-9]{13},' <<<"$output"
	run bot POST /rest/api/3/changelog/bulkfetch "{$ask}"
	[[ "$output" == *customfield_10208*2027-01-31* ]]
	knobs '{"jira":{"pageLimit":2}}'
	run bot POST /rest/api/3/changelog/bulkfetch \
		"{$ask,\"fieldIds\":[\"status\"]}"
	[ "$(grep -o '"to":"100' <<<"$output" | wc -l)" = 2 ]
	token=$(sed -n 's/.*"nextPageToken":"\([^"]*\)".*/\1/p' <<<"$output")
	run bot POST /rest/api/3/changelog/bulkfetch \
		"{$ask,\"fieldIds\":[\"status\"],\"nextPageToken\":\"$token\"}"
	[[ "$output" == *'"to":"10071"'* && "$output" != *'"to":"10070"'* ]]
	[[ "$output" != *nextPageToken* ]]
	run bot POST /rest/api/3/changelog/bulkfetch \
		"{\"issueIdsOrKeys\":[\"ACC-1\"],\"nextPageToken\":\"$token\"}"
	[ "$(code)" = 400 ]
}

@test "decisions: whoever sees the item moves it, the bot alone voids it" {
	a_review hana
	made "$(element one ",\"assignee\":$(_person hana)")"
	task_decide hana "${keys[0]}" keep
	[ "$(status_of "${keys[0]}")" = 10070 ]
	task_decide hana "${keys[0]}" limit "until the merger" 2027-01-31
	[ "$(status_of "${keys[0]}")" = 10072 ]
	task_decide hugo "${keys[0]}" revoke
	[ "$(status_of "${keys[0]}")" = 10071 ]
	run task_decide ivan "${keys[0]}" keep
	[ "$status" -ne 0 ]
	run transition hana "${keys[0]}" 391
	[ "$status" -ne 0 ]
	bot POST "/rest/api/3/issue/${keys[0]}/transitions" \
		'{"transition":{"id":"391"}}'
	[ "$(status_of "${keys[0]}")" = 10073 ]
	run task_decide hana "${keys[0]}" keep
	[ "$status" -ne 0 ]
}

@test "an assignee edits what is his, until it is another's" {
	a_review hana
	made "$(element one ",\"assignee\":$(_person hana)")"
	edit hana "${keys[0]}" customfield_10207 '"needed"'
	issue_assign hana "${keys[0]}" ivan
	run edit hana "${keys[0]}" customfield_10207 '"still needed"'
	[ "$status" -ne 0 ]
	edit ivan "${keys[0]}" customfield_10207 '"no more"'
	run bot GET "/rest/api/3/issue/${keys[0]}?fields=customfield_10207"
	[[ "$output" == *'"no more"'* ]]
}

@test "a review is acknowledged by its approver, and opened again by the bot" {
	a_review hana
	[ "$(status_of "$review")" = 10060 ]
	run transition hugo "$review" 211
	[ "$status" -ne 0 ]
	bot POST "/rest/api/3/issue/$review/transitions" \
		'{"transition":{"id":"211"}}'
	[ "$(status_of "$review")" = 10061 ]
	run transition hugo "$review" 231
	[ "$status" -ne 0 ]
	decline hana "$review"
	[ "$(status_of "$review")" = 10063 ]
	bot POST "/rest/api/3/issue/$review/transitions" \
		'{"transition":{"id":"211"}}'
	bot POST "/rest/api/3/issue/$review/transitions" \
		'{"transition":{"id":"241"}}'
	[ "$(status_of "$review")" = 10060 ]
	bot POST "/rest/api/3/issue/$review/transitions" \
		'{"transition":{"id":"211"}}'
	approve hana "$review"
	[ "$(status_of "$review")" = 10062 ]
	run bot GET "/rest/api/3/issue/$review?fields=resolution"
	[[ "$output" == *'"Done"'* ]]
	transition hugo "$review" 291
	[ "$(status_of "$review")" = 10020 ]
}

@test "an agent files for somebody, a customer for himself only" {
	body="{\"serviceDeskId\":\"4\",\"requestTypeId\":\"27\",
		\"raiseOnBehalfOf\":\"$(account_of hana)\",
		\"requestFieldValues\":{\"summary\":\"Review\"}}"
	run bot POST /rest/servicedeskapi/request "$body"
	[ "$(code)" = 201 ]
	[[ "$output" == *'"displayName":"Hana Mori"'* ]]
	run as ben POST /rest/servicedeskapi/request "$body"
	[ "$status" -ne 0 ]
	[[ "$output" == *"on behalf of others"* ]]
}

@test "a file is attached by whom it may concern, and is what it was" {
	a_review hana
	printf 'who,role\r\n"Ivan \342\200\223 \0 --lapse-0",editor\r\n' \
		>"$BATS_TEST_TMPDIR/decisions.csv"
	id=$(issue_attach hana "$review" "$BATS_TEST_TMPDIR/decisions.csv")
	[ -n "$id" ]
	issue_attachment hugo "$review" decisions.csv |
		cmp - "$BATS_TEST_TMPDIR/decisions.csv"
	: >"$BATS_TEST_TMPDIR/empty.csv"
	issue_attach hana "$review" "$BATS_TEST_TMPDIR/empty.csv" decisions.csv
	[ "$(issue_attachment hana "$review" decisions.csv | wc -c)" = 0 ]
	run bot GET "/rest/api/3/issue/$review?fields=attachment"
	size=$(wc -c <"$BATS_TEST_TMPDIR/decisions.csv")
	[[ "$output" == *"\"size\":$size,\"mimeType\":\"text/csv\""* ]]
	[[ "$output" == *'"filename":"decisions.csv","author":{'*'Hana Mori'* ]]
	run bot GET "/rest/api/3/issue/$review/changelog"
	[[ "$output" == *'"fieldId":"attachment"'*"\"to\":\"$id\""* ]]
	run issue_attach ivan "$review" "$BATS_TEST_TMPDIR/empty.csv"
	[ "$status" -ne 0 ]
	[[ "$output" == *404* ]]
	run as ivan GET "/rest/api/3/attachment/content/$id?redirect=false"
	[ "$status" -ne 0 ]
}

@test "an attachment is redirected to unless one says no, and can be deleted" {
	a_review hana
	printf 'a\r\n' >"$BATS_TEST_TMPDIR/a.csv"
	id=$(issue_attach hana "$review" "$BATS_TEST_TMPDIR/a.csv")
	run bot GET "/rest/api/3/attachment/content/$id"
	[ "$(code)" = 303 ]
	run bot GET "/rest/api/3/attachment/$id"
	[[ "$output" == *"\"id\":$id,"* ]]
	run as hugo DELETE "/rest/api/3/attachment/$id"
	[ "$status" -ne 0 ]
	as hana DELETE "/rest/api/3/attachment/$id"
	run bot GET "/rest/api/3/attachment/content/$id?redirect=false"
	[ "$(code)" = 404 ]
}

# upload FILE... with any more options of curl: status on the last line
upload() {
	curl -sS -u "lapse-bot@acme.example:sandbox-jira-classic" \
		-w '\n%{http_code}' "$@" \
		"$SANDBOX_JIRA/rest/api/3/issue/$review/attachments"
}

@test "uploads that are refused: forged, too large, too many, no upload" {
	a_review hana
	printf '0123456789' >"$BATS_TEST_TMPDIR/ten"
	one="file=@$BATS_TEST_TMPDIR/ten"
	check='X-Atlassian-Token: no-check'
	run upload -F "$one"
	[ "$(code)" = 403 ]
	knobs '{"jira":{"uploadLimit":10}}'
	run upload -H "$check" -F "$one" -F "$one"
	[ "$(code)" = 200 ]
	knobs '{"jira":{"uploadLimit":9}}'
	run upload -H "$check" -F "$one"
	[ "$(code)" = 413 ]
	knobs '{"jira":{"uploadLimit":10}}'
	# shellcheck disable=SC2046 # as many words as there are files
	run upload -H "$check" $(yes -- "-F $one" | head -61)
	[ "$(code)" = 413 ]
	run upload -H "$check" -H 'Content-Type: application/json' -d '{}'
	[ "$(code)" = 415 ]
	run upload -H "$check" -d 'no part' \
		-H 'Content-Type: multipart/form-data; boundary=x'
	[ "$(code)" = 400 ]
	run bot GET "/rest/api/3/issue/$review?fields=attachment"
	[ "$(grep -o '"filename"' <<<"$output" | wc -l)" = 2 ]
}

@test "a rate limit for Jira, and the peak of calls" {
	control DELETE /log
	for _ in 1 2 3; do bot GET /rest/api/3/myself >/dev/null; done
	clock_by 3600
	bot GET /rest/api/3/myself >/dev/null
	[ "$(calls jira GET myself)" = 4 ]
	[ "$(peak 60 jira GET myself)" = 3 ]
	[ "$(peak 7200 jira GET myself)" = 4 ]
	[ "$(peak 60 okta)" = 0 ]
	reseed
	clock_to 1800000000
	knobs '{"jira":{"rateLimit":2}}'
	run bot GET /rest/api/3/myself
	[ "$(code)" = 200 ]
	bot GET /rest/api/3/myself >/dev/null
	run bot GET /rest/api/3/myself
	[ "$(code)" = 429 ]
	clock_by 60
	run bot GET /rest/api/3/myself
	[ "$(code)" = 200 ]
}
