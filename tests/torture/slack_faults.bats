#!/usr/bin/env bats
# Each call of a tick in Slack fails in each way, also those that it makes in
# Jira for it: access that is due ends as ever, nothing is lost or left in
# memory, and the next ticks leave everything as if nothing had happened.

load torture
. tests/torture/slack.bash

teardown() { world_end; }

calls_made="slack POST /auth.test
slack POST /conversations.open
slack POST /chat.postMessage
slack GET /conversations.history
slack GET /conversations.list
slack GET /conversations.replies
slack GET /reactions.get
slack GET /users.lookupByEmail
slack GET /users.info
jira POST /approval/
jira POST /servicedeskapi/request
jira GET /requesttype/"

# Of these "status" and "drop" come before anything is done, the others after.
ways="drop
lost-reply
status \"status\":500
status \"status\":503,\"retry_after\":\"1\"
status-429 \"retry_after\":\"2\"
status-429 \"retry_after\":\"3600\"
redirect
empty-200
html-200
cut-body
garbage-json
garbage-json \"body\":\"[]\"
garbage-json \"body\":\"{}\"
garbage-json \"body\":\"{\\\"ok\\\":true}\"
status \"status\":200,\"body\":\"{\\\"ok\\\":false,\\\"error\\\":\\\"ratelimited\\\"}\"
garbage-json \"body\":\"{\\\"ok\\\":false,\\\"error\\\":\\\"fatal_error\\\"}\"
status \"status\":200,\"body\":\"{\\\"ok\\\":false,\\\"error\\\":\\\"invalid_auth\\\"}\"
status \"status\":200,\"body\":\"{\\\"ok\\\":false,\\\"error\\\":\\\"missing_scope\\\"}\""

# pairs: "SERVICE METHOD PATH KIND MORE" each.
pairs() {
	while read -r call; do
		while read -r way; do
			echo "$call $way"
		done <<<"$ways"
	done <<<"$calls_made"
}

# disturbed SERVICE METHOD PATH KIND [MORE]: the first such call of a tick.
disturbed() {
	fault "$4" "$1" "$2" "$3" "${5:-\"times\":1}"
	code=0
	OOM_LEFT=$W/left free sync >"$W/out" 2>"$W/err" || code=$?
	[ "$(cat "$W/left")" -eq 0 ] || wrong "$*" "$(cat "$W/left") not freed"
	rm -f "$W/left"
}

@test "each call of a tick in Slack fails in each way" {
	waiting_in_slack
	pairs >"$W/pairs"
	failures=0
	then=as_ever
	for at in $(points "$(wc -l <"$W/pairs")" "$POINTS"); do
		read -r service method path kind more \
			< <(sed -n "${at}p" "$W/pairs")
		back
		disturbed "$service" "$method" "$path" "$kind" "$more"
		no_faults
		judge "$service $method $path $kind $more"
	done
	[ "$failures" -eq 0 ]
}
