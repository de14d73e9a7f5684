#!/usr/bin/env bats
# The sandbox itself: that its company behaves as the other tests assume.
# Not lapse. One sandbox serves the whole file; each test begins from the seed.

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	export SANDBOX=${SANDBOX:-${BUILD:-build}/sandbox}
	export SEED=examples/sandbox/company.json
	export READY=$BATS_FILE_TMPDIR/ready
	export RECORD=${RECORD_DIR:-$BATS_FILE_TMPDIR}/sandbox.jsonl
	export GOOGLE_PEM=$BATS_FILE_TMPDIR/google.pem
	mkdir -p "${RECORD%/*}"
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$GOOGLE_PEM"
	openssl pkey -in "$GOOGLE_PEM" -pubout -out "$GOOGLE_PEM.pub"
	# bats waits for whatever holds its descriptor 3.
	"$SANDBOX" --seed "$SEED" --ready "$READY" --record "$RECORD" \
		--google-key "$GOOGLE_PEM.pub" \
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

# okta METHOD PATH [CURL-OPTION...]
okta() {
	_verb=$1 _where=$2
	shift 2
	curl -sS -H 'Authorization: SSWS sandbox-okta-ssws' -X "$_verb" \
		-w '\n%{http_code}' "$@" "$SANDBOX_OKTA$_where"
}

code() { printf '%s\n' "$output" | tail -n 1; }
GROUP=00g1githubprod0000h7
BEN=00u1ben0000000000h7a

# asked WHO STATUS-TRANSITION APPROVER...: a request that waits for approval.
asked() {
	key=$(ask "$1" GitHub prod-admin 1h "deploy")
	_transition=$2
	shift 2
	set_approvers hugo "$key" "$@"
	bot POST "/rest/api/3/issue/$key/transitions" \
		"{\"transition\":{\"id\":\"$_transition\"}}" >/dev/null
}

@test "a customer files a request and sees it, a stranger does not" {
	key=$(ask ben GitHub prod-admin 1h "deploy")
	[ "$key" = ACC-1 ]
	[ "$(status_of "$key")" = 10001 ]
	as ben GET "/rest/servicedeskapi/request/$key"
	run as tara GET "/rest/api/3/issue/$key"
	[ "$status" -ne 0 ]
	[[ "$output" == *"do not have permission to see it"* ]]
}

@test "any: one approval settles it, in the name of who approved" {
	asked ben 21 dana maria
	[ "$(status_of "$key")" = 10010 ]
	approve dana "$key"
	[ "$(status_of "$key")" = 10012 ]
	run bot GET "/rest/api/3/issue/$key/changelog"
	[[ "$output" == *'"displayName":"Dana Reyes"'*'"toString":"Approved"'* ]]
	run approve maria "$key"
	[ "$status" -ne 0 ]
	[[ "$output" == *409* ]]
}

@test "all: every approver is needed, one decline ends it" {
	asked ben 22 dana maria
	approve dana "$key"
	[ "$(status_of "$key")" = 10011 ]
	approve maria "$key"
	[ "$(status_of "$key")" = 10012 ]
	asked ben 22 dana maria
	approve dana "$key"
	decline maria "$key"
	[ "$(status_of "$key")" = 10016 ]
}

@test "who is no approver cannot answer" {
	asked ben 21 dana
	run approve ben "$key"
	[[ "$output" == *403* ]]
	run approve hugo "$key"
	[[ "$output" == *403* ]]
	[ "$(status_of "$key")" = 10010 ]
}

@test "approvers follow the field while pending" {
	asked ben 21 dana
	set_approvers hugo "$key" karin
	run approve dana "$key"
	[ "$status" -ne 0 ]
	approve karin "$key"
	[ "$(status_of "$key")" = 10012 ]
}

@test "asking again makes a new approval; the old one stays unanswerable" {
	asked ben 21 dana
	old=$(question /jira/approval "key=$key")
	bot POST "/rest/api/3/issue/$key/transitions" \
		'{"transition":{"id":"21"}}' >/dev/null
	new=$(question /jira/approval "key=$key")
	[ "$old" != "$new" ]
	run bot GET "/rest/servicedeskapi/request/$key/approval/$old"
	[[ "$output" == *'"finalDecision":"pending"'* ]]
	approve dana "$key" "$new"
	run approve dana "$key" "$old"
	[[ "$output" == *403* ]]
}

@test "enforced: nobody steps round an approval until the workflow lets him" {
	asked ben 21 dana
	run transition hugo "$key" 31
	[ "$status" -ne 0 ]
	control POST /jira/workflow '{"enforced":false}'
	transition hugo "$key" 31
	[ "$(status_of "$key")" = 10012 ]
	run transition hugo "$key" 41
	[ "$status" -ne 0 ]
}

@test "properties leave updated alone, fields move it" {
	key=$(ask ben GitHub read 1h "x")
	before=$(bot GET "/rest/api/3/issue/$key?fields=updated")
	run bot PUT "/rest/api/3/issue/$key/properties/lapse.v1" '{"a":1}'
	[ "$(code)" = 201 ]
	run bot PUT "/rest/api/3/issue/$key/properties/lapse.v1" '{"a":2}'
	[ "$(code)" = 200 ]
	[ "$(bot GET "/rest/api/3/issue/$key?fields=updated")" = "$before" ]
	edit hugo "$key" customfield_10202 '"2h"'
	[ "$(bot GET "/rest/api/3/issue/$key?fields=updated")" != "$before" ]
	long=$(printf '%032768d' 0)
	run bot PUT "/rest/api/3/issue/$key/properties/long" "\"$long\""
	[ "$(code)" = 400 ]
}

@test "search: bounded, quoted, paged by token, fields are asked for" {
	for role in read write auditor; do
		ask ben GitHub $role 1h "x" >/dev/null
	done
	run bot POST /rest/api/3/search/jql '{"jql":"order by key"}'
	[ "$(code)" = 400 ]
	run bot POST /rest/api/3/search/jql '{"jql":"project = \"A\\q\""}'
	[ "$(code)" = 400 ]
	run bot POST /rest/api/3/search \
		'{"jql":"project = ACC"}'
	[ "$(code)" = 410 ]
	run bot POST /rest/api/3/search/jql \
		'{"jql":"project = ACC","maxResults":2}'
	[[ "$output" == *'{"id":"20003"},{"id":"20002"}'* ]]
	token=$(sed -n 's/.*"nextPageToken":"\([^"]*\)".*/\1/p' <<<"$output")
	run bot POST /rest/api/3/search/jql \
		"{\"jql\":\"project = ACC\",\"nextPageToken\":\"$token\"}"
	[[ "$output" == *'[{"id":"20001"}],"isLast":true'* ]]
}

@test "the index lags and misses" {
	ask ben GitHub read 1h "x"
	query='{"jql":"project = ACC AND updated >= -5m"}'
	index_lag 60
	run bot POST /rest/api/3/search/jql "$query"
	[[ "$output" == *'"issues":[]'* ]]
	clock_by 61
	run bot POST /rest/api/3/search/jql "$query"
	[[ "$output" == *20001* ]]
	index_lag 0 ACC-1
	run bot POST /rest/api/3/search/jql "$query"
	[[ "$output" == *'"issues":[]'* ]]
}

@test "a scoped token works at the gateway only" {
	scoped=lapse-bot@acme.example:sandbox-jira-scoped
	run curl -s -o /dev/null -w '%{http_code}' -u "$scoped" \
		"$SANDBOX_JIRA/rest/api/3/myself"
	[ "$output" = 401 ]
	run curl -s -o /dev/null -w '%{http_code}' -u "$scoped" \
		"$SANDBOX_GATEWAY/rest/api/3/myself"
	[ "$output" = 200 ]
}

@test "okta: memberships, their refusals, and what a rule feeds" {
	run okta PUT "/api/v1/groups/$GROUP/users/$BEN"
	[ "$(code)" = 411 ]
	run okta PUT "/api/v1/groups/$GROUP/users/$BEN" -H 'Content-Length: 0'
	[ "$(code)" = 204 ]
	is_member ben "GitHub Production"
	run okta DELETE "/api/v1/groups/$GROUP/users/$BEN"
	[ "$(code)" = 204 ]
	run okta DELETE "/api/v1/groups/$GROUP/users/$BEN"
	[ "$(code)" = 204 ]
	knobs '{"okta":{"removeNonMember":404}}'
	run okta DELETE "/api/v1/groups/$GROUP/users/$BEN"
	[ "$(code)" = 404 ]
	run okta DELETE "/api/v1/groups/00g1everyone0000000h7/users/$BEN"
	[ "$(code)" = 501 ]
	run okta DELETE "/api/v1/groups/00g1adengineers000h7/users/$BEN"
	[ "$(code)" = 403 ]
	run okta GET /api/v1/groups/00g1engineering000h7/users
	[[ "$output" == *ben@acme.example* && "$output" != *tara@acme* ]]
}

@test "okta: pages by Link, and leaves the deactivated out" {
	knobs '{"okta":{"pageLimit":3}}'
	next="$SANDBOX_OKTA/api/v1/users?limit=200" seen=0 all=
	while [ -n "$next" ]; do
		page=$(curl -sSi -H 'Authorization: SSWS sandbox-okta-ssws' \
			"$next")
		all="$all$page"
		next=$(tr -d '\r' <<<"$page" |
			sed -n 's/^[Ll]ink: <\(.*\)>; rel="next"/\1/p')
		seen=$((seen + 1))
	done
	[ "$seen" -gt 10 ]
	[[ "$all" == *tomas@acme.example* && "$all" != *emil@acme* ]]
	run okta GET '/api/v1/users' -G --data-urlencode \
		'search=status pr and profile.login sw "emil"'
	[[ "$output" == *DEPROVISIONED* ]]
}

@test "lag: a write is seen late, and flaps until then" {
	lag 30 flap
	okta PUT "/api/v1/groups/$GROUP/users/$BEN" -H 'Content-Length: 0'
	one=$(okta GET "/api/v1/users/$BEN/groups" | grep -c "$GROUP" || :)
	two=$(okta GET "/api/v1/users/$BEN/groups" | grep -c "$GROUP" || :)
	[ "$one" != "$two" ]
	clock_by 31
	okta GET "/api/v1/users/$BEN/groups" | grep -q "$GROUP"
	okta GET "/api/v1/users/$BEN/groups" | grep -q "$GROUP"
}

@test "faults: applied or not, once, and only where they match" {
	fault status-429 okta GET /users '"retry_after":"5"'
	run okta GET /api/v1/users -i
	[[ "$output" == *"429"*"Retry-After: 5"* ]]
	run okta GET /api/v1/users
	[ "$(code)" = 200 ]
	fault lost-reply okta PUT
	run okta PUT "/api/v1/groups/$GROUP/users/$BEN" -H 'Content-Length: 0'
	[ "$status" -ne 0 ]
	is_member ben "GitHub Production"
	fault drop okta DELETE
	run okta DELETE "/api/v1/groups/$GROUP/users/$BEN"
	[ "$status" -ne 0 ]
	is_member ben "GitHub Production"
	fault cut-body okta GET
	run okta GET /api/v1/users
	[ "$status" -eq 18 ]
	fault html-200 jira
	run bot GET /rest/api/3/myself
	[[ "$output" == *"Please sign in"* ]]
	fault foreign-next okta GET /users '"origin":"http://127.0.0.2:1"'
	run okta GET '/api/v1/users?limit=2' -i
	[[ "$output" == *'<http://127.0.0.2:1/'*'rel="next"'* ]]
	fault status jira "" "" '"status":502,"html":true,"skip":1'
	run bot GET /rest/api/3/myself
	[ "$(code)" = 200 ]
	run bot GET /rest/api/3/myself
	[ "$(code)" = 502 ]
}

@test "the clock moves stamps and Date, and Date can lie" {
	clock_to 2027-03-04T05:06:07Z
	run okta GET /api/v1/groups -i
	[[ "$output" == *"Date: Thu, 04 Mar 2027 05:0"* ]]
	key=$(ask ben GitHub read 1h "x")
	run bot GET "/rest/api/3/issue/$key?fields=created"
	[[ "$output" == *'"created":"2027-03-04T06:0'*'+0100"'* ]]
	date_mode absent
	run okta GET /api/v1/groups -i
	[[ "$output" != *"Date:"* ]]
	date_mode skew 3600
	run okta GET /api/v1/groups -i
	[[ "$output" == *"Date: Thu, 04 Mar 2027 06:0"* ]]
}

@test "clones start afresh, moved issues keep their id" {
	asked ben 21 dana
	approve dana "$key"
	copy=$(clone "$key" carol)
	[ "$copy" = ACC-2 ]
	[ "$(status_of "$copy")" = 10001 ]
	moved=$(move "$key" OTH)
	[ "$moved" = OTH-1 ]
	run bot GET "/rest/api/3/issue/$key?fields=project"
	[[ "$output" == *'"id":"20001"'*'"key":"OTH-1"'* ]]
}

@test "comments: public unless said otherwise, customers never internal" {
	key=$(ask ben GitHub read 1h "x")
	comment ben "$key" "thanks"
	comment hugo "$key" "looks odd" internal
	run comment ben "$key" "psst" internal
	[ "$status" -ne 0 ]
	run comments_of "$key"
	[ "${lines[0]}" = "public ben: thanks" ]
	[ "${lines[1]}" = "internal hugo: looks odd" ]
	run as ben GET "/rest/servicedeskapi/request/$key/comment"
	[[ "$output" == *thanks* && "$output" != *odd* ]]
}

@test "okta: the rate limit counts down, refuses and comes back" {
	clock_to 2027-01-01T00:00:05Z
	knobs '{"okta":{"rateLimit":2}}'
	run okta GET /api/v1/groups -i
	[[ "$output" == *"X-Rate-Limit-Remaining: 1"* ]]
	okta GET /api/v1/groups
	run okta GET /api/v1/groups -i
	[[ "$output" == *E0000047* && "$output" == *"Limit-Remaining: 0"* ]]
	clock_by 60
	run okta GET /api/v1/groups
	[ "$(code)" = 200 ]
}

@test "the record holds no credential" {
	bot GET /rest/api/3/myself >/dev/null
	okta GET /api/v1/groups >/dev/null
	grep -q '"authorization_scheme":"SSWS"' "$RECORD"
	! grep -q 'sandbox-okta-ssws\|sandbox-jira\|token-ben' "$RECORD"
}

# ---- Google ----

DIRECTORY_API=/admin/directory/v1
SHELL_GROUP=01gprodshell000
G_BEN=118100000000000000004

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }

# assertion [CLAIM=JSON...]: a good one but for these claims; KEY signs, ALG
# says with what.
assertion() {
	_now=$(question /clock) _now=$(date -d "$_now" +%s)
	_claims=$(jq -nc --arg aud "$SANDBOX_GOOGLE/token" --argjson now "$_now" \
		--arg jti "$RANDOM$RANDOM$RANDOM" '{aud: $aud, iat: ($now - 20),
		exp: ($now + 1800), jti: $jti, sub: "jonas@acme.example",
		iss: "lapse@acme-it.iam.gserviceaccount.com", scope:
		("admin.directory.user.readonly admin.directory.group.readonly"
		+ " admin.directory.group.member cloud-identity.groups" |
		split(" ") | map("https://www.googleapis.com/auth/" + .) |
		join(" "))}')
	for _claim; do
		_claims=$(jq -c --argjson now "$_now" \
			".${_claim%%=*} = (${_claim#*=})" <<<"$_claims")
	done
	_text=$(printf '{"alg":"%s","typ":"JWT"}' "${ALG:-RS256}" | base64url)
	_text=$_text.$(printf %s "$_claims" | base64url)
	printf '%s.%s' "$_text" "$(printf %s "$_text" | openssl dgst \
		-"${DIGEST:-sha256}" -sign "${KEY:-$GOOGLE_PEM}" | base64url)"
}

# token_for ASSERTION: answer and status
token_for() {
	curl -sS -w '\n%{http_code}' "$SANDBOX_GOOGLE/token" -d "assertion=$1" \
		-d grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer
}
signed_in() {
	G_TOKEN=$(token_for "$(assertion "$@")" | head -n 1 |
		jq -r .access_token)
}

# google METHOD PATH [JSON], identity likewise: answer and status
_google() {
	curl -sS -H "Authorization: Bearer $G_TOKEN" -X "$2" \
		-H 'Content-Type: application/json' -w '\n%{http_code}' \
		${4+--data-binary "$4"} "$1$3"
}
google() { _google "$SANDBOX_GOOGLE" "$@"; }
identity() { _google "$SANDBOX_GOOGLE_IDENTITY" "$@"; }

refused_with() { # STATUS TEXT ASSERTION
	run token_for "$3"
	[ "$(code)" = "$1" ] && [[ $output == *"$2"* ]] || {
		printf 'not %s %s: %s\n' "$1" "$2" "$output" >&2
		return 1
	}
}

@test "Google gives tokens for good assertions only, and for each once" {
	run token_for "$(assertion)"
	[ "$(code)" = 200 ]
	again=$(assertion)
	token_for "$again" >/dev/null
	refused_with 400 jti "$again"
	refused_with 400 jti "$(assertion jti=null)"
	refused_with 400 audience "$(assertion 'aud="https://x/token"')"
	refused_with 400 short-lived "$(assertion 'exp=$now - 1')"
	refused_with 400 short-lived "$(assertion 'exp=$now + 7200')"
	refused_with 400 short-lived "$(assertion 'iat=$now + 900' \
		'exp=$now + 1800')"
	refused_with 400 "not found" "$(assertion 'iss="eve@x"')"
	refused_with 400 "email" "$(assertion 'sub="nobody@acme.example"')"
	refused_with 401 unauthorized_client "$(assertion sub=null)"
	refused_with 401 unauthorized_client "$(assertion \
		'scope=.scope + " https://www.googleapis.com/auth/drive"')"
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$BATS_TEST_TMPDIR/other"
	refused_with 400 Signature \
		"$(KEY=$BATS_TEST_TMPDIR/other assertion)"
	refused_with 400 Signature "$(ALG=RS384 DIGEST=sha384 assertion)"
	refused_with 400 Signature "$(ALG=none assertion)"
	good=$(assertion)
	refused_with 400 Signature "${good%?????}AAAAA"
}

@test "a Google token ends, has scopes, and acts as somebody" {
	signed_in
	run google GET "$DIRECTORY_API/users?customer=my_customer"
	[ "$(code)" = 200 ]
	run google POST "$DIRECTORY_API/users/$G_BEN/signOut" ""
	[ "$(code)" = 403 ]
	[[ $output == *insufficientPermissions* ]]
	clock_by 3600
	run google GET "$DIRECTORY_API/users?customer=my_customer"
	[ "$(code)" = 401 ]
	signed_in 'sub="ben@acme.example"'
	run google GET "$DIRECTORY_API/users?customer=my_customer"
	[ "$(code)" = 403 ]
	[[ $output == *forbidden* ]]
}

@test "Google's members: added once, shown directly, removed once" {
	signed_in
	where=$DIRECTORY_API/groups/$SHELL_GROUP/members
	run google POST "$where" "{\"id\":\"$G_BEN\",\"role\":\"MEMBER\"}"
	[ "$(code)" = 200 ]
	run google POST "$where" '{"email":"ben@acme.example"}'
	[ "$(code)" = 409 ]
	[[ $output == *duplicate* ]]
	run google GET "$where/$G_BEN?fields=id,role"
	[ "$(head -n 1 <<<"$output")" = \
		"{\"id\":\"$G_BEN\",\"role\":\"MEMBER\"}" ]
	run google DELETE "$where/$G_BEN"
	[ "$(code)" = 204 ]
	run google DELETE "$where/$G_BEN"
	[ "$(code)" = 404 ]
	run google GET "$where/$G_BEN"
	[[ $output == *"Resource Not Found: memberKey"* ]]
	run google GET "$DIRECTORY_API/groups/01gbilling00000/members"
	[ "$(head -n 1 <<<"$output" | jq -c '[.members[].type]')" = \
		'["GROUP","CUSTOMER"]' ]
	run google POST "$DIRECTORY_API/groups/01gengineers000/members" \
		"{\"id\":\"$G_BEN\"}"
	[ "$(code)" = 400 ]
	run google POST "$DIRECTORY_API/groups/01gsynced000000/members" \
		"{\"id\":\"$G_BEN\"}"
	[ "$(code)" = 403 ]
}

@test "Google's lists: pages by token, the empty left out" {
	signed_in
	knobs '{"google":{"pageLimit":4}}'
	seen='' page=
	for _ in 1 2 3 4; do
		run google GET "$DIRECTORY_API/users?customer=my_customer&fields=nextPageToken,users(id)${page:+&pageToken=$page}"
		seen=$seen$(head -n 1 <<<"$output" | jq -r '.users[].id')
		page=$(head -n 1 <<<"$output" | jq -r '.nextPageToken // ""')
		[ -n "$page" ] || break
	done
	[ "$(grep -o 1181 <<<"$seen" | wc -l)" -eq 10 ]
	[ -z "$page" ]
	run google GET "$DIRECTORY_API/users?customer=my_customer&query=email%3D%27x%40y%27"
	[ "$(head -n 1 <<<"$output")" = '{"kind":"admin#directory#users"}' ]
	run google GET "$DIRECTORY_API/users/ben%40elsewhere.example"
	[ "$(code)" = 403 ]
}

# expire_at TIME|null: of ben in the shell group
expire_at() {
	identity POST "/v1/$name:modifyMembershipRoles" "{\"updateRolesParams\":[
		{\"fieldMask\":\"expiryDetail.expireTime\",\"membershipRole\":{
		\"name\":\"${2:-MEMBER}\",\"expiryDetail\":{\"expireTime\":$1}}}]}"
}

@test "a Google membership ends by itself when its time is up" {
	signed_in
	DIRECTORY=google console_put $G_BEN $SHELL_GROUP
	run identity GET "/v1/groups:lookup?groupKey.id=prod-shell%40acme.example"
	group=$(head -n 1 <<<"$output" | jq -r .name)
	run identity GET "/v1/$group/memberships:lookup?memberKey.id=ben%40acme.example"
	name=$(head -n 1 <<<"$output" | jq -r .name)
	end=\"$(date -u -d "$(question /clock) + 600 sec" +%FT%TZ)\"
	run expire_at '"2020-01-01T00:00:00Z"'
	[ "$(code)" = 400 ]
	run expire_at "$end" OWNER
	[ "$(code)" = 400 ]
	run expire_at "$end"
	[ "$(code)" = 200 ]
	run identity GET "/v1/$name"
	[[ $output == *expireTime* ]]
	run expire_at null
	run identity GET "/v1/$name"
	[[ $output != *expireTime* ]]
	run expire_at "$end"
	clock_by 590
	DIRECTORY=google is_member ben $SHELL_GROUP
	clock_by 20
	DIRECTORY=google isnt_member ben $SHELL_GROUP
	run identity GET "/v1/$name"
	[ "$(code)" = 404 ]
	DIRECTORY=google is_member gus $SHELL_GROUP
}

@test "an edition without expiring memberships says so by number" {
	signed_in
	knobs '{"google":{"licence":false}}'
	DIRECTORY=google console_put $G_BEN $SHELL_GROUP
	name=groups/0ci$SHELL_GROUP/memberships/0m$G_BEN
	run expire_at '"2040-01-01T00:00:00Z"'
	[ "$(code)" = 403 ]
	[[ $output == *"Error(3005)"* ]]
	run identity GET "/v1/groups:lookup?groupKey.id=none%40acme.example"
	[ "$(code)" = 403 ]
	[[ $output == *"Error(2028)"* ]]
}

@test "Google's quota is a 403, for a minute" {
	signed_in
	knobs '{"google":{"rateLimit":1}}'
	google GET "$DIRECTORY_API/groups?customer=my_customer" >/dev/null
	run google GET "$DIRECTORY_API/groups?customer=my_customer"
	[ "$(code)" = 403 ]
	[[ $output == *userRateLimitExceeded* ]]
	clock_by 60
	run google GET "$DIRECTORY_API/groups?customer=my_customer"
	[ "$(code)" = 200 ]
}

# graph METHOD PATH [CURL-OPTION...]: as the application APP, by its secret.
graph() {
	_verb=$1 _where=$2
	shift 2
	_token=$(graph_token "${APP:-1}" |
		sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
	curl -sS -g -H "Authorization: Bearer $_token" -X "$_verb" \
		-w '\n%{http_code}' "$@" "$SANDBOX_ENTRA/v1.0$_where"
}

# graph_token APP [CURL-OPTION...]
graph_token() {
	_app=66666666-7777-4888-8999-00000000000$1
	shift
	[ $# -gt 0 ] || set -- -d client_secret=sandbox-entra-secret
	curl -sS -d grant_type=client_credentials -d "client_id=$_app" \
		-d "scope=$SANDBOX_ENTRA/.default" -w '\n%{http_code}' "$@" \
		"$SANDBOX_ENTRA/${TENANT:-acme.example}/oauth2/v2.0/token"
}

READERS=9a1b2c3d-0001-4b00-8000-000000000001
ENTRA_BEN=0e1f2a3b-0001-4a00-8000-000000000004
in_readers="/groups/$READERS/members"

link_of() {
	printf '{"@odata.id":"%s/v1.0/directoryObjects/%s"}' "$SANDBOX_ENTRA" "$1"
}
# put_in GROUP: ben.
put_in() {
	graph POST "/groups/$1/members/\$ref" \
		-H 'Content-Type: application/json' -d "$(link_of $ENTRA_BEN)"
}
put_reader() { put_in $READERS; }

@test "entra: a member is a resource, and /\$ref is all that saves the user" {
	DIRECTORY=entra
	run put_reader
	[ "$(code)" = 204 ]
	is_member ben "Azure Readers"
	run put_reader
	[[ "$(code)" = 400 && "$output" == *"already exist"* ]]
	run graph GET "$in_readers/$ENTRA_BEN/\$ref"
	[ "$(code)" = 200 ]
	run graph DELETE "$in_readers/$ENTRA_BEN/\$ref"
	[ "$(code)" = 204 ]
	run graph GET "$in_readers/$ENTRA_BEN/\$ref"
	[ "$(code)" = 404 ]
	run graph DELETE "$in_readers/$ENTRA_BEN/\$ref"
	[[ "$(code)" = 404 && "$output" == *Request_ResourceNotFound* ]]
	knobs '{"entra":{"removeNonMember":400}}'
	run graph DELETE "$in_readers/$ENTRA_BEN/\$ref"
	[[ "$(code)" = 400 && "$output" == *"do not exist"* ]]
	# without it, and with the right to, the user is gone
	run graph DELETE "$in_readers/$ENTRA_BEN"
	[ "$(code)" = 403 ]
	APP=3
	run graph DELETE "$in_readers/$ENTRA_BEN"
	[ "$(code)" = 204 ]
	run graph GET "/users/$ENTRA_BEN"
	[ "$(code)" = 404 ]
}

@test "entra: groups that refuse, and who may change which" {
	for n in 4 5 6 7; do
		run put_in 9a1b2c3d-0001-4b00-8000-00000000000$n
		[[ "$(code)" = 40[03] ]]
	done
	APP=2
	run put_reader
	[ "$(code)" = 204 ]
	run put_in 9a1b2c3d-0001-4b00-8000-000000000003
	[ "$(code)" = 403 ]
	APP=4
	run graph GET /users
	[[ "$(code)" = 403 && "$output" == *Authorization_RequestDenied* ]]
}

@test "entra: pages by a link in the body, activity by a licence" {
	knobs '{"entra":{"pageLimit":5}}'
	seen=0
	where='/users?$select=id&$top=999'
	while [ -n "$where" ]; do
		page=$(graph GET "$where")
		seen=$((seen + $(grep -o '"id":' <<<"$page" | wc -l)))
		where=$(sed -n 's/.*"@odata.nextLink":"[^"]*v1.0\([^"]*\)".*/\1/p' \
			<<<"$page")
	done
	[ "$seen" -eq 16 ]
	run graph GET '/users?$select=id,signInActivity&$top=121'
	[[ "$(code)" = 400 && "$output" == *"120 users"* ]]
	run graph GET '/users?$select=id,signInActivity&$top=120'
	[[ "$(code)" = 200 && "$output" == *lastSuccessfulSignIn* ]]
	run graph GET '/users?$top=5'
	[[ "$output" != *accountEnabled* && "$output" != *signInActivity* ]]
	knobs '{"entra":{"licence":false}}'
	run graph GET '/users?$select=id,signInActivity'
	[[ "$(code)" = 403 && "$output" == *premium* ]]
	run graph GET "/users?\$filter=mail%20eq%20'BEN@acme.example'"
	[[ "$(code)" = 200 && "$output" == *Adler* ]]
	run graph GET "/users?\$filter=mail%20ne%20'x'"
	[[ "$(code)" = 400 && "$output" == *UnsupportedQuery* ]]
}

@test "entra: a token for the right secret, tenant and scope only" {
	run graph_token 1
	[ "$(code)" = 200 ]
	run graph_token 1 -d client_secret=wrong
	[[ "$(code)" = 401 && "$output" == *7000215* ]]
	run graph_token 9
	[[ "$(code)" = 400 && "$output" == *700016* ]]
	run graph_token 1 -d x=y
	[[ "$(code)" = 401 && "$output" == *7000218* ]]
	TENANT=common
	run graph_token 1
	[[ "$(code)" = 400 && "$output" == *90002* ]]
}

# entra_assertion CERTIFICATE KEY AUDIENCE ENDS JTI [ALG]
entra_assertion() {
	b64() { base64 -w0 | tr '+/' '-_' | tr -d =; }
	_x5t=$(openssl x509 -in "$1" -outform der | openssl dgst -sha256 -binary |
		b64)
	_id=66666666-7777-4888-8999-000000000001
	_signed=$(printf '{"alg":"%s","typ":"JWT","x5t#S256":"%s"}' \
		"${6:-PS256}" "$_x5t" | b64).$(printf \
		'{"iss":"%s","sub":"%s","aud":"%s","exp":%s,"nbf":1,"jti":"%s"}' \
		$_id $_id "$3" "$4" "$5" | b64)
	_padding=(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32)
	[ "${6:-PS256}" = PS256 ] || _padding=()
	printf '%s.%s' "$_signed" "$(printf %s "$_signed" | openssl dgst \
		-sha256 "${_padding[@]}" -sign "$2" -binary | b64)"
}

@test "entra: an assertion once, of the right key, certificate, audience and time" {
	own=$BATS_TEST_TMPDIR
	for one in good else; do
		openssl req -x509 -newkey rsa:2048 -noenc -subj "/CN=$one" \
			-keyout "$own/$one.key" -out "$own/$one.crt" 2>/dev/null
	done
	"$SANDBOX" --seed "$SEED" --ready "$own/ready" --with-parent \
		--entra-certificate "$own/good.crt" 3>&- >/dev/null 2>&1 &
	for _ in $(seq 100); do
		[ ! -e "$own/ready" ] || break
		sleep 0.05
	done
	. "$own/ready"
	aud=$SANDBOX_ENTRA/acme.example/oauth2/v2.0/token
	soon=$(($(date +%s) + 300))
	by() {
		graph_token 1 -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
			-d "client_assertion=$(entra_assertion "$own/$1.crt" \
				"$own/$2.key" "${@:3}")"
	}
	run by good good "$aud" $soon a
	[ "$(code)" = 200 ]
	run by good good "$aud" $soon a
	[[ "$(code)" = 401 && "$output" == *"used before"* ]]
	run by good else "$aud" $soon b
	[[ "$(code)" = 401 && "$output" == *700027* ]]
	run by else good "$aud" $soon c
	[[ "$(code)" = 401 && "$output" == *700027* ]]
	run by good good "$aud" $soon d RS256
	[[ "$(code)" = 401 && "$output" == *700027* ]]
	run by good good "$SANDBOX_ENTRA/elsewhere" $soon e
	[[ "$(code)" = 401 && "$output" == *700023* ]]
	run by good good "$aud" $((soon - 301)) f
	[[ "$(code)" = 401 && "$output" == *700024* ]]
	kill "$SANDBOX_PID"
}

@test "entra: the record holds no secret" {
	graph GET /users >/dev/null
	run grep -c 'sandbox-entra-secret\|SANDBOX\.[A-Za-z0-9]' "$RECORD"
	[ "$output" = 0 ]
}

# ---- The logs that directories keep of themselves ----

# okta_log FILTER [SINCE] [CURL-OPTION...]: newest first.
okta_log() {
	_filter=$1 _since=${2:-$(days_ago 30)}
	shift; [ $# -eq 0 ] || shift
	okta GET /api/v1/logs -G --data-urlencode "filter=$_filter" \
		--data-urlencode "since=$_since" -d sortOrder=DESCENDING "$@"
}
days_ago() {
	_now=$(date -d "$(question /clock)" +%s)
	date -u -d "@$((_now - $1 * 86400))" +%FT%TZ
}
added() {
	okta_log "eventType eq \"group.user_membership.add\" and target.id eq \
\"$BEN\" and target.id eq \"$GROUP\"" "$@"
}
used() {
	okta_log "eventType eq \"user.authentication.sso\" and actor.id eq \
\"$BEN\" and target.id eq \"$1\"" "${@:2}"
}

@test "okta's log: who changed a group, in the console, by a token, by a rule" {
	okta PUT "/api/v1/groups/$GROUP/users/$BEN" -H 'Content-Length: 0'
	clock_by 60
	console_drop ben "GitHub Production"
	console_put ben "GitHub Production" gina
	run added
	[ "$(head -n 1 <<<"$output" | jq -r '.[].actor.alternateId' | xargs)" \
		= "gina@acme.example jonas@acme.example" ]
	control POST /okta/rule '{"group":"GitHub Production",
		"expression":"user.department==\"Support\""}' >/dev/null
	run okta_log 'eventType eq "group.user_membership.add" and actor.type eq
		"SystemPrincipal"'
	[[ $output == *"GitHub Production"* ]]
	knobs '{"okta":{"pageLimit":1}}'
	run added "$(days_ago 30)" -i
	[[ $output == *'rel="next"'* && $output != *jonas@acme* ]]
	next=$(tr -d '\r' <<<"$output" |
		sed -n 's/^[Ll]ink: <[^>]*\(\/api.*\)>; rel="next"/\1/p')
	run okta GET "$next" -i
	[[ $output == *jonas@acme* && $output != *'rel="next"'* ]]
}

@test "okta's log: sign-ons, for 90 days, late, and with the right only" {
	signed_on okta ben 0oa1github "$(days_ago 20)"
	signed_on okta ben 0oa1github "$(days_ago 100)"
	signed_on okta ben "$(days_ago 10)"
	run used 0oa1github "$(days_ago 179)"
	[ "$(head -n 1 <<<"$output" | jq length)" = 1 ]
	run used 0oa1github "$(days_ago 19)"
	[ "$(head -n 1 <<<"$output")" = '[]' ]
	run used 0oa1other
	[ "$(head -n 1 <<<"$output")" = '[]' ]
	run okta GET "/api/v1/users/$BEN"
	[[ $output == *"\"lastLogin\":\"$(days_ago 10 | cut -c 1-10)"* ]]
	run used 0oa1github "$(days_ago 181)"
	[[ "$(code)" = 400 && $output == *E0000053* ]]
	signed_on okta ben 0oa1github "$(days_ago 0)"
	knobs '{"okta":{"logLag":120}}'
	run used 0oa1github "$(days_ago 1)"
	[ "$(head -n 1 <<<"$output")" = '[]' ]
	clock_by 121
	run used 0oa1github "$(days_ago 1)"
	[[ $output == *AppInstance* ]]
	knobs '{"okta":{"logRefused":true}}'
	run used 0oa1github
	[[ "$(code)" = 403 && $output == *E0000006* ]]
}

# audits SINCE, sign_ins APP SINCE
audits() {
	graph GET /auditLogs/directoryAudits -G --data-urlencode \
		"\$filter=activityDisplayName eq 'Add member to group' and \
activityDateTime ge $1 and targetResources/any(t:t/id eq '$ENTRA_BEN')" \
		--data-urlencode '$orderby=activityDateTime desc'
}
sign_ins() {
	graph GET /auditLogs/signIns -G --data-urlencode \
		"\$filter=userId eq '$ENTRA_BEN' and appId eq '$1' and \
createdDateTime ge $2"
}

@test "entra's logs: who added, who signed in, for 30 days and with the right" {
	app=7c1b2c3d-0001-4c00-8000-000000000001
	put_reader
	clock_by 60
	DIRECTORY=entra
	console_drop ben "Azure Readers"
	console_put ben "Azure Readers"
	console_put dana "Azure Readers"
	run audits "$(days_ago 1)"
	[ "$(head -n 1 <<<"$output" | jq -r '.value[].initiatedBy |
		.user.userPrincipalName // .app.displayName' | xargs)" = \
		"gina@acme.example lapse" ]
	run audits "$(days_ago -1)"
	[ "$(head -n 1 <<<"$output" | jq -c .value)" = '[]' ]
	signed_on entra ben $app "$(days_ago 20)"
	signed_on entra ben $app "$(days_ago 31)"
	run sign_ins $app "$(days_ago 60)"
	[ "$(head -n 1 <<<"$output" | jq '.value | length')" = 1 ]
	run sign_ins $app "$(days_ago 19)"
	[ "$(head -n 1 <<<"$output" | jq -c .value)" = '[]' ]
	knobs '{"entra":{"licence":false}}'
	run sign_ins $app "$(days_ago 60)"
	[[ "$(code)" = 403 && $output == *premium* ]]
	APP=2
	run audits "$(days_ago 1)"
	[[ "$(code)" = 403 && $output == *Authorization_RequestDenied* ]]
	APP=1
	knobs '{"entra":{"logRefused":true}}'
	run audits "$(days_ago 1)"
	[ "$(code)" = 403 ]
	run graph GET /auditLogs/directoryAudits -G --data-urlencode \
		"\$filter=targetResources/any(t:t/id ne 'x')"
	[ "$(code)" = 403 ]
	knobs '{"entra":{"logRefused":false}}'
	run graph GET /auditLogs/directoryAudits -G --data-urlencode \
		"\$filter=targetResources/any(t:t/id ne 'x')"
	[[ "$(code)" = 400 && $output == *UnsupportedQuery* ]]
}

@test "Google's log: who added, by address, with a scope of its own" {
	reports='/admin/reports/v1/activity/users/all/applications/admin?eventName='
	asked="${reports}ADD_GROUP_MEMBER&filters=USER_EMAIL%3D%3Dben%40acme.example"
	signed_in
	run google GET "$asked"
	[[ "$(code)" = 403 && $output == *insufficientPermissions* ]]
	all='("https://www.googleapis.com/auth/admin.reports.audit.readonly "'
	all="$all + \"https://www.googleapis.com/auth/admin.directory.group.member\")"
	signed_in "scope=$all"
	google POST "$DIRECTORY_API/groups/$SHELL_GROUP/members" \
		"{\"id\":\"$G_BEN\"}"
	clock_by 1
	group=$(control GET /state | jq -r ".google.groups[] |
		select(.id == \"$SHELL_GROUP\").email")
	run google GET "$asked,GROUP_EMAIL%3D%3D$group&startTime=$(days_ago 1)"
	[ "$(head -n 1 <<<"$output" | jq -r '.items[].actor.email')" = \
		jonas@acme.example ]
	run google GET "$asked,GROUP_EMAIL%3D%3Dother@acme.example"
	[ "$(head -n 1 <<<"$output" | jq -r .items)" = null ]
	run google GET "$asked&startTime=$(days_ago -1)"
	[ "$(code)" = 400 ]
	signed_on google ben "$(days_ago 3)"
	[[ "$(control GET /state)" == *"\"lastLoginTime\":\"$(days_ago 3 |
		cut -c 1-10)"* ]]
	clock_by 3000
	knobs '{"google":{"logRefused":true}}'
	signed_in "scope=$all"
	run google GET "$asked"
	[[ "$(code)" = 403 && $output == *forbidden* ]]
}
