#!/usr/bin/env bats
# fetch stands for curl in all these files: what it prints, and how it ends, is
# what curl says.

load lib

setup() {
	[ -x "$BUILD/e2e/fetch" ] || skip "there is no $BUILD/e2e/fetch"
	world
}
teardown() { world_end; }

# alike MOVE...: once by each; a request that it files bears another number.
alike() {
	run --separate-stderr "$@"
	local said=$output end=$status
	run --separate-stderr by_curl "$@"
	diff <(numberless "$said") <(numberless "$output")
	[ "$end" -eq "$status" ]
}
by_curl() (
	unset -f curl
	"$@"
)
numberless() { sed -E 's/[0-9]{4,}|ACC-[0-9]+|T[0-9:.]+//g' <<<"$1"; }

# What a service heard in the last call.
heard() {
	tail -n 1 "${RECORD_DIR:-$W}/fetch.bats.$BATS_TEST_NUMBER.jsonl" | jq 'del(.at, .response_headers,
		.response_body)'
}

@test "what people do and ask is the same by fetch and by curl" {
	bats_require_minimum_version 1.5.0
	alike question /jira/account login=ben
	[ -n "$output" ]
	alike question /jira/email "login=no one & nobody"
	alike control GET /state
	[ "${#output}" -gt 10000 ]
	alike ask ben GitHub hotfix 1h "the \"fix\" & a Ümlaut, 100 %"
	[ -n "$output" ]
	alike as ben GET /rest/api/3/issue/ACC-999
	[ "$status" -ne 0 ]
	alike as dana PUT /rest/api/3/issue/ACC-1 '{"fields":{}}'
	alike clock_by 0
	alike comments_of nothing
	SANDBOX_CONTROL=http://127.0.0.1:1
	alike clock_now
	[ "$status" -eq 7 ]
}

@test "a service hears the same from fetch as from curl" {
	as ben GET /rest/api/3/myself >/dev/null
	heard >"$W/fetch"
	by_curl as ben GET /rest/api/3/myself >/dev/null
	heard >"$W/curl"
	diff "$W/fetch" "$W/curl"
	grep -q '"authorization_scheme": "Basic"' "$W/curl"
	key=$(ask ben GitHub hotfix 1h "deploy the fix")
	comment ben "$key" "a word"
	heard >"$W/fetch"
	by_curl comment ben "$key" "a word"
	heard >"$W/curl"
	diff "$W/fetch" "$W/curl"
	grep -q 'a word' "$W/curl"
}
