#!/usr/bin/env bats
# Secrets stay where they are: known values are looked for in all that lapse
# shows, keeps and sends. And the other two ways to sign in, which have other
# secrets: Okta by a signed assertion with DPoP, Jira by a scoped token.

load lib

setup() {
	JIRA_TOKEN=ATATT3xCanaryClassic$RANDOM$RANDOM
	JIRA_SCOPED=ATATT3xCanaryScoped$RANDOM$RANDOM
	OKTA_TOKEN=00CanaryOkta$RANDOM$RANDOM
	LEDGER_KEY=0cana0ledger0key$RANDOM$RANDOM$RANDOM$RANDOM
	WRONG=00CanaryWrong$RANDOM$RANDOM
	# Out of reach of what looks through the folders.
	CANARIES=$BATS_FILE_TMPDIR/canaries.$BATS_TEST_NUMBER
	printf '%s\n' "$JIRA_TOKEN" "$JIRA_SCOPED" "$OKTA_TOKEN" \
		"$LEDGER_KEY" "$WRONG" >"$CANARIES"
	# As they go over the wire, and the tokens that the sandbox gives out.
	for token in "$JIRA_TOKEN" "$JIRA_SCOPED" "$WRONG"; do
		printf 'lapse-bot@acme.example:%s' "$token" | base64 -w0
		echo
	done >>"$CANARIES"
	echo eyJraWQi.SANDBOX. >>"$CANARIES"
}

teardown() { world_end; }

# A key whose lines are canaries too.
okta_key() {
	OKTA_KEY=$BATS_FILE_TMPDIR/key.$BATS_TEST_NUMBER
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$OKTA_KEY" 2>/dev/null
	openssl pkey -in "$OKTA_KEY" -pubout -out "$OKTA_KEY.pub"
	grep -v -e '-----' "$OKTA_KEY" | awk 'length > 40' >>"$CANARIES"
}

# found FILE...: those with a canary in them.
found() { grep -laFf "$CANARIES" -- "$@" 2>/dev/null; }

# watched NAME COMMAND...: at full voice, as from a unit (all that goes to the
# journal or syslog is on stderr then), while what every process shows of
# itself is looked through; the sandbox alone has canaries around it.
watched() {
	local name=$1 seen=$W/seen.$1
	shift
	: >"$seen"
	: >"$W/said.$name.err"
	( cd "$W" && ulimit -c unlimited &&
		JOURNAL_STREAM=$(stat -c %d:%i "$W/said.$name.err") \
			lapse -v -v -v "$@" >"$W/said.$name.out" \
			2>"$W/said.$name.err" 3>&- ) &
	local job=$!
	while kill -0 "$job" 2>/dev/null; do
		found /proc/[0-9]*/cmdline /proc/[0-9]*/environ |
			grep -v "/proc/$SANDBOX_PID/" >>"$seen" || true
		polls=$((${polls:-0} + 1))
		sleep 0.05
	done
	code=0
	wait "$job" || code=$?
	[ ! -s "$seen" ] || {
		echo "$name shows itself in:" "$(sort -u "$seen")" >&2
		return 1
	}
}

# All that lapse and the sandbox wrote, but for the secrets themselves.
nothing_leaked() {
	run found $(find "$W" -type f ! -path "$W/secrets/*")
	[ -z "$output" ] || {
		echo "leaked to: $output" >&2
		grep -aohFf "$CANARIES" $output | sort | uniq -c >&2
		return 1
	}
	[ -z "$(find "$W" / -maxdepth 1 -name 'core*' -newer "$W/ready")" ]
	comments_of "$key" >"$W/comments"
	control GET "/jira/issue?key=$key" >"$W/issue"
	[ -s "$W/issue" ]
	run found "$W/comments" "$W/issue"
	[ -z "$output" ]
}

# The main job, watched, from the wish to the audit files.
whole_story() {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	watched sync1 sync
	[ "$code" -eq 0 ]
	approve dana "$key"
	watched sync2 sync
	[ "$code" -eq 0 ]
	is_member ben $GITHUB_PROD
	# While others write, so that there is a -wal to look through.
	sqlite3 "$LEDGER" 'select count(*) from evidence' '.shell sleep 2' \
		>/dev/null 3>&- &
	later 20
	watched expire expire
	[ "$code" -eq 0 ]
	isnt_member ben $GITHUB_PROD
	[ "$(status_of "$key")" = 10015 ]
	watched doctor doctor
	watched json status --json
	watched show show "$key"
	watched snapshot snapshot "$W/snapshot.db"
	[ "$code" -eq 0 ]
	watched export review-export --out "$W/export"
	[ "$code" -eq 0 ]
	[ -s "$W/said.sync2.err" ]
	[ "$polls" -gt 10 ]
}

@test "the search for canaries finds one where there is one" {
	W=$BATS_TEST_TMPDIR
	SANDBOX_PID=none
	printf 'x%sx' "$OKTA_TOKEN" >"$W/text"
	[ "$(found "$W/text")" = "$W/text" ]
	lapse() { env LEAK="$OKTA_TOKEN" sleep 1; }
	run watched leak
	[ "$status" -ne 0 ]
	has environ
	lapse() { sh -c 'sleep 1; :' "$JIRA_TOKEN"; }
	run watched leak
	[ "$status" -ne 0 ]
	has cmdline
}

@test "tokens and the ledger's key: nowhere, with a command among them" {
	world
	# One secret by way of a child, which lives long enough to be seen.
	sed -i "s|token = \"file:$W/secrets/okta\"|token = 'command:[\
\"/bin/sh\", \"-c\", \"sleep 0.3; cat $W/secrets/okta\"]'|" "$LAPSE_CONFIG"
	grep -q 'command:' "$LAPSE_CONFIG"
	whole_story
	[ -n "$(ls "$W"/export/*.csv)" ]
	nothing_leaked
}

@test "failing calls: 401, 403, errors that repeat the credential" {
	world '1i run-deadline = "5s"'
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	watched first sync
	approve dana "$key"

	printf %s "$WRONG" >"$W/secrets/okta"
	watched okta401 sync
	[ "$code" -eq 77 ]
	printf %s "$OKTA_TOKEN" >"$W/secrets/okta"

	printf %s "$WRONG" >"$W/secrets/jira"
	watched jira401 sync
	[ "$code" -eq 77 ]
	printf %s "$JIRA_TOKEN" >"$W/secrets/jira"

	basic=$(printf 'lapse-bot@acme.example:%s' "$JIRA_TOKEN" | base64 -w0)
	for status in 500 403 400; do
		fault status okta '' '' "\"status\":$status,\"times\":1000,
			\"body\":\"{\\\"errorCode\\\":\\\"E0000009\\\",
			\\\"errorSummary\\\":\\\"SSWS $OKTA_TOKEN\\\"}\""
		fault status jira '' '' "\"status\":$status,\"times\":1000,
			\"body\":\"{\\\"errorMessages\\\":[
			\\\"Authorization: Basic $basic $JIRA_TOKEN\\\"]}\""
		watched "fails$status" sync
		[ "$code" -ne 0 ]
		watched "doctor$status" doctor
		watched "hand$status" grant "$key" --reason x --json
		no_faults >/dev/null
	done
	fault status okta '' '' "\"status\":500,\"html\":true,\"times\":1000,
		\"body\":\"<pre>Authorization: SSWS $OKTA_TOKEN</pre>\""
	watched html sync
	no_faults >/dev/null

	later 600
	watched after sync
	is_member ben $GITHUB_PROD
	watched show show "$key"
	watched snapshot snapshot "$W/snapshot.db"
	watched export review-export --out "$W/export"
	# The sandbox's record of what it was told to answer is not lapse's.
	rm -f "$W"/*.jsonl
	nothing_leaked
}

@test "a run that is killed leaves no core" {
	world
	key=$(ask ben GitHub read 8h "read")
	fault slow okta '' '' '"seconds":3,"times":1000'
	(cd "$W" && ulimit -c unlimited && exec "$LAPSE" sync 3>&-) \
		>/dev/null 2>&1 &
	job=$!
	for _ in $(seq 100); do
		grep -q "^Name:.lapse" "/proc/$job/status" && break
		sleep 0.05
	done
	sleep 0.5
	kill -ABRT "$job"
	code=0
	wait "$job" || code=$?
	[ "$code" -eq 134 ]
	no_faults >/dev/null
	nothing_leaked
}

@test "Okta by a signed assertion with DPoP: the main job, and no leak" {
	okta_key
	world 's|token = "file:@SECRETS@/okta"|client-id = \
"0oa1lapse00000000h7" key = "file:@SECRETS@/okta-key"|'
	[ "$(calls okta POST /oauth2/v1/token)" -ge 2 ]	# first the nonce
	whole_story
	nothing_leaked
	# A client that the organization does not know.
	sed -i 's/0oa1lapse00000000h7/0oa1nobody0000000h7/' "$LAPSE_CONFIG"
	ask ben GitHub read 8h "read" >/dev/null
	watched stranger sync
	[ "$code" -eq 77 ]
	nothing_leaked
}

@test "Okta by an application without DPoP, and by one without a role" {
	okta_key
	world 's|token = "file:@SECRETS@/okta"|client-id = \
"0oa1bearer0000000h7" key = "file:@SECRETS@/okta-key"|'
	granted ben GitHub hotfix 15s dana
	is_member ben $GITHUB_PROD
	# Its user list is empty, and that is no answer.
	sed -i 's/0oa1bearer0000000h7/0oa1noadmin000000h7/' "$LAPSE_CONFIG"
	watched doctor doctor
	[ "$code" -ne 0 ]
	later 20
	watched expire expire
	[ "$code" -ne 0 ]
	is_member ben $GITHUB_PROD
	[ "$(grants)" = "ending|expired" ]
	nothing_leaked
}

@test "Jira by a scoped token over the gateway: the main job, and no leak" {
	world 's|^\temail = .*|& cloud-id = "@CLOUD@" gateway = "@GATEWAY@"|
		s|file:@SECRETS@/jira|&-scoped|'
	whole_story
	nothing_leaked
	[ "$(calls gateway '' '')" -gt 20 ]
	# The site's own address was never asked in lapse's name.
	run grep -c '"service":"jira".*X-AACCOUNTID","'"$(account_of lapse-bot)" \
		"${RECORD_DIR:-$W}/secrets.bats.$BATS_TEST_NUMBER.jsonl"
	[ "$output" = 0 ]
}
