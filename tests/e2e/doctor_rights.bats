#!/usr/bin/env bats
# What doctor says of a credential: whether it may change what the
# configuration needs, what it need not, how long it lasts, and that it is the
# credential that is refused where it is.

load lib
load google

teardown() { world_end; }

# The lines of doctor about one provider.
of() { printf '%s\n' "$output" | grep -A 1 -F " $1: " || true; }
# line STATE WHAT: one line of the last `run lapse doctor`.
line() {
	printf '%s\n' "$output" | grep -F -e "$1" | grep -F -e "$2" >/dev/null ||
		has "$1 ... $2"
}
no_line() { ! printf '%s\n' "$output" | grep -F "$1" | grep -F "$2"; }

# ---- Okta ----

okta_app() {
	DIRECTORY=okta
	OKTA_KEY=$BATS_TEST_TMPDIR/okta.pem
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$OKTA_KEY"
	openssl pkey -in "$OKTA_KEY" -pubout -out "$OKTA_KEY.pub"
	world '/^role "directory/,/^}/d
		s|token = "file:@SECRETS@/okta"|client-id = "0oa1lapse00000000h7"\n\tkey = "file:@SECRETS@/okta-key"|'
}
# only_scopes WORDS: what lapse asks for.
only_scopes() {
	sed -i "s|^\tkey = \(.*okta-key\"\)|&\n\tscopes = \"$1\"|" \
		"$W/lapse.conf"
}

@test "okta: a token that has what the roles need" {
	okta_app
	run lapse doctor
	status_is 0
	line "ok  " "okta: the credential gives a token"
	line "ok  " "okta: the token may change members of groups: okta.groups.manage"
	line "ok  " "okta: the token may end sessions: okta.users.manage"
	line "?  " "administrator role may change the members"
	hasnt "warn "
}

@test "okta: a scope that is not asked for is missing, each by name" {
	okta_app
	only_scopes "okta.users.read okta.groups.read okta.users.manage"
	run lapse doctor
	status_is 77
	line "FAIL" "okta: the token may change members of groups"
	line "to do" "okta.groups.manage"
	line "ok  " "okta: the token may end sessions"
	sed -i 's/okta.users.manage"/okta.groups.manage"/' "$W/lapse.conf"
	run lapse doctor
	status_is 77
	line "ok  " "okta: the token may change members of groups"
	line "FAIL" "okta: the token may end sessions"
	line "to do" "scope okta.users.manage"
	# No role that ends sessions needs it.
	sed -i '/end-sessions/d' "$W/lapse.conf"
	run lapse doctor
	status_is 0
	hasnt "end sessions"
}

@test "okta: a scope that is not granted spoils the token, and is named" {
	okta_app
	right_take okta.groups.manage
	run lapse doctor
	status_is 77
	line "FAIL" "okta: the credential gives a token"
	line "to do" "refused are the scopes okta.groups.manage, the others"
	[ "$(of okta | grep -c FAIL)" -eq 1 ]
	right_give okta.groups.manage
	run lapse doctor
	status_is 0
}

@test "okta: a scope that is left out of the token in silence is named too" {
	okta_app
	right_take okta.users.manage
	knobs "{\"okta\":{\"apps\":$(control GET /state |
		jq -c '.okta.apps | .[0].ungranted = "drop"')}}"
	run lapse doctor
	status_is 77
	line "FAIL" "scopes not granted: 'okta.users.manage'"
	line "to do" "refused are the scopes okta.users.manage, the others"
}

@test "okta: rights that could do harm are told, and fail nothing" {
	okta_app
	right_give okta.roles.manage
	only_scopes "okta.users.read okta.users.manage okta.groups.read okta.groups.manage okta.roles.manage"
	run lapse doctor
	status_is 0
	line "warn" "okta.roles.manage could make administrators"
	line "to do" "take it away"
}

@test "okta: a wrong key is the credential, once; no permission is blamed" {
	okta_app
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$W/secrets/okta-key"
	control DELETE /log >/dev/null
	run lapse doctor
	status_is 77
	line "FAIL" "okta: the credential gives a token"
	line "to do" "client-id"
	[ "$(of okta | grep -c FAIL)" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -c invalid_client)" -eq 1 ]
	hasnt "group administrator role"
	# asked once, and not scope by scope
	[ "$(calls okta POST /token)" -eq 1 ]
}

@test "okta: of an API token it is said what reading cannot tell" {
	world '/^role "directory/,/^}/d'
	run lapse doctor
	status_is 0
	line "?  " "who made the API token may change the members"
	line "?  " "who made the API token may clear users' sessions"
	no_line "ok  " "may change"
	printf wrong >"$W/secrets/okta"
	run lapse doctor
	status_is 77
	line "FAIL" "okta: the credential is accepted"
	line "to do" "make a new one"
	[ "$(of okta | grep -c FAIL)" -eq 1 ]
	hasnt "may change"
}

@test "okta: a permission that is missing is not the credential's fault" {
	okta_app
	sed -i 's/0oa1lapse00000000h7/0oa1noadmin000000h7/' "$W/lapse.conf"
	only_scopes "okta.users.read okta.groups.read okta.groups.manage"
	run lapse doctor
	status_is 77
	line "ok  " "okta: the credential gives a token"
	line "FAIL" "okta: the credential may list groups"
	line "to do" "group administrator role"
}

# ---- Google ----

LONG=https://www.googleapis.com/auth

google_only() {
	sed -i '/^\tscopes = "/,/"$/d' "$W/lapse.conf"
	sed -i "s|^\tadministrator = .*|&\n\tscopes = \"$1\"|" "$W/lapse.conf"
}
READS="admin.directory.user.readonly admin.directory.group.readonly"

@test "google: each scope that was not authorised is named" {
	google_world "" '/^role "directory/,/^}/d'
	run lapse doctor
	status_is 0
	line "ok  " "google: the token may change members of groups"
	line "ok  " "google: the token may end sessions"
	line "ok  " "google: the token may set Google's own end"
	line "?  " "google: the edition ends memberships by itself"
	for scope in admin.directory.group.member admin.directory.user.security \
		cloud-identity.groups; do
		DIRECTORY=google right_take $scope
		run lapse doctor
		status_is 77
		line "FAIL" "google: the credential gives a token"
		line "to do" "refused are the scopes $LONG/$scope, the others"
		[ "$(of google | grep -c FAIL)" -eq 1 ]
		DIRECTORY=google right_give $scope
	done
}

@test "google: each scope that is not asked for is missing where it is needed" {
	google_world "" '/^role "directory/,/^}/d'
	google_only "$READS admin.directory.group.member cloud-identity.groups"
	run lapse doctor
	status_is 77
	line "FAIL" "google: the token may end sessions"
	line "to do" "name admin.directory.user.security"
	google_write() { sed -i "s|scopes = .*|scopes = \"$1\"|" "$W/lapse.conf"; }
	google_write "$READS admin.directory.user.security cloud-identity.groups"
	run lapse doctor
	status_is 77
	line "FAIL" "google: the token may change members of groups"
	line "to do" "name admin.directory.group.member"
	DIRECTORY=google right_give cloud-identity.groups.readonly
	google_write "$READS admin.directory.group.member admin.directory.user.security cloud-identity.groups.readonly"
	run lapse doctor
	status_is 77
	line "FAIL" "google: the token may set Google's own end"
	line "to do" "name cloud-identity.groups"
	line "ok  " "google: Cloud Identity tells what kind a group is"
}

@test "google: a delegation without any scope is not blamed on one" {
	google_world "" '/^role "directory/,/^}/d'
	for scope in $READS admin.directory.group.member \
		admin.directory.user.security cloud-identity.groups \
		admin.reports.audit.readonly; do
		DIRECTORY=google right_take $scope
	done
	run lapse doctor
	status_is 77
	line "FAIL" "unauthorized_client"
	line "to do" "client id stands in domain-wide delegation"
	hasnt "refused are the scopes"
	[ "$(of google | grep -c FAIL)" -eq 1 ]
}

@test "google: an API that is switched off is one line, with its own next step" {
	google_world "" '/^role "directory/,/^}/d'
	fault status google GET '' '"status":403,"times":-1,"body":"{\"error\":{\"code\":403,\"errors\":[{\"reason\":\"accessNotConfigured\"}]}}"'
	run lapse doctor
	status_is 77
	line "FAIL" "google: the credential is served: google: accessNotConfigured"
	has "enable the Admin SDK API"
	line "to do" "see lapse-google(7)"
	[ "$(of google | grep -c FAIL)" -eq 1 ]
	hasnt "Users: Read"
}

# ---- Entra ----

entra_world() { # SED NOT-AFTER
	ENTRA_KEY=$BATS_TEST_TMPDIR/pair
	openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=lapse \
		-days "${2:-90}" -keyout "$ENTRA_KEY" -out "$ENTRA_KEY.crt" \
		2>/dev/null
	cat "$ENTRA_KEY.crt" >>"$ENTRA_KEY"
	MORE_CONF=$BATS_TEST_TMPDIR/entra.conf
	sed '/Cannot be granted/,$d' examples/sandbox/entra.conf.in >"$MORE_CONF"
	world "/^role \"directory/,/^}/d;${1:-}"
}
by_certificate='s|client-secret = .*|key = "file:@SECRETS@/entra-key"|'

@test "entra: each permission that the roles need, and none is missing" {
	entra_world
	run lapse doctor
	status_is 0
	line "ok  " "entra: the application may change members of groups: GroupMember.ReadWrite.All"
	line "ok  " "entra: the application may end sessions: User.RevokeSessions.All"
	hasnt "warn "
	[ -z "$(of entra | grep '^?' || :)" ]
	for right in GroupMember.ReadWrite.All User.RevokeSessions.All; do
		DIRECTORY=entra right_take $right
		run lapse doctor
		status_is 77
		[ "$(of entra | grep -c FAIL)" -eq 1 ]
		line "to do" "application permission $right"
		DIRECTORY=entra right_give $right
	done
	DIRECTORY=entra right_take User.RevokeSessions.All
	sed -i '/end-sessions/d' "$W/lapse.conf"
	run lapse doctor
	status_is 0
	hasnt "end sessions"
}

@test "entra: an owner needs no permission, and its ownership is not shown" {
	entra_world 's/\(client-id = "6.*\)1"/\12"\n\tchange-as = "owner"/'
	run lapse doctor
	line "?  " "entra: the application owns the groups that it changes"
	no_line FAIL "may change members"
	sed -i 's/change-as = "owner"/change-as = "permission"/' "$W/lapse.conf"
	run lapse doctor
	status_is 77
	line FAIL "entra: the application may change members of groups"
	line "to do" 'change-as = "owner"'
	sed -i 's/change-as = "permission"/change-as = "onwer"/' "$W/lapse.conf"
	run lapse doctor
	status_is 78
	has "want permission or owner"
}

@test "entra: permissions that could do harm are told" {
	entra_world
	for right in User.ReadWrite.All RoleManagement.ReadWrite.Directory; do
		DIRECTORY=entra right_give $right
	done
	DIRECTORY=entra right_take User.RevokeSessions.All
	run lapse doctor
	status_is 0
	line "warn" "User.ReadWrite.All could change and delete users"
	line "warn" "RoleManagement.ReadWrite.Directory could make administrators"
	line "ok  " "entra: the application may end sessions: User.ReadWrite.All"
}

@test "entra: a certificate that ends soon is told in time" {
	entra_world "$by_certificate" 40
	run lapse doctor
	status_is 0
	line "ok  " "entra: the certificate lasts: until"
	later $((11 * 86400))
	run lapse doctor
	status_is 0
	line "warn" "entra: the certificate lasts: until"
	line "to do" "next key"
	later $((30 * 86400))
	run lapse doctor
	status_is 78
	line "FAIL" "entra: the certificate lasts: until"
}

@test "entra: a wrong secret or tenant is the credential, once" {
	entra_world
	printf wrong >"$W/secrets/entra"
	run lapse doctor
	status_is 77
	line "FAIL" "entra: the credential gives a token: entra: token: refused"
	has AADSTS7000215
	line "to do" "tenant, client-id"
	hasnt User.Read.All
	[ "$(of entra | grep -c FAIL)" -eq 1 ]
	printf sandbox-entra-secret >"$W/secrets/entra"
	sed -i 's/tenant = "1/tenant = "2/' "$W/lapse.conf"
	run lapse doctor
	status_is 77
	has AADSTS90002
	[ "$(of entra | grep -c FAIL)" -eq 1 ]
}

@test "entra: when users signed in is done without, for want of a right or a licence" {
	entra_world
	DIRECTORY=entra right_take AuditLog.Read.All
	run lapse doctor
	status_is 0
	hasnt FAIL
	line "warn" "when users signed in: it may not: last use stays unknown"
	line "to do" "application permission AuditLog.Read.All"
	DIRECTORY=entra right_give AuditLog.Read.All
	knobs '{"entra":{"licence":false}}'
	run lapse doctor
	status_is 0
	line "?  " "when users signed in: the tenant has no licence"
	hasnt FAIL
	hasnt AuditLog.Read.All
}

@test "entra: who may not read users is not told to read the audit log" {
	entra_world
	DIRECTORY=entra right_take User.Read.All
	run lapse doctor
	status_is 77
	line "FAIL" "entra: the application may read users"
	line "?  " "when users signed in: not checked: first mend"
	[ "$(of entra | grep -c FAIL)" -eq 1 ]
	hasnt AuditLog.Read.All
}

# ---- The next credential ----

# with_next SECTION KEY: `next-KEY` beside KEY, from a file next to its own.
with_next() {
	sed -i "/^$1/,/^}/s|^\t$2 = \"\(.*\)\"|&\n\tnext-$2 = \"\1-next\"|" \
		"$W/lapse.conf"
}

@test "next: an API token is proven, and is told where it is in use already" {
	world '/^role "directory/,/^}/d'
	with_next 'idp "okta"' token
	run lapse doctor
	status_is 78
	line "FAIL" "okta: next-token can be used: "
	line "to do" "where next-token says"
	printf wrong >"$W/secrets/okta-next"
	chmod 600 "$W/secrets/okta-next"
	run lapse doctor
	status_is 77
	line "FAIL" "okta: next-token is accepted"
	[ "$(of okta | grep -c FAIL)" -eq 1 ]
	cp "$W/secrets/okta" "$W/secrets/okta-next"
	run lapse doctor
	status_is 0
	line "ok  " "okta: next-token is accepted"
	hasnt "is in use"
	printf wrong >"$W/secrets/okta"
	run lapse doctor
	status_is 0
	line "warn" "okta: the first credential is in use: it was refused; next-token is in use"
	line "to do" "name in token what next-token names now"
}

@test "next: a key gets a token of its own" {
	okta_app
	with_next 'idp "okta"' key
	cp "$W/secrets/okta-key" "$W/secrets/okta-key-next"
	run lapse doctor
	status_is 0
	line "ok  " "okta: next-key gives a token"
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$W/secrets/okta-key-next"
	run lapse doctor
	status_is 77
	line "ok  " "okta: the credential gives a token"
	line "FAIL" "okta: next-key gives a token"
	echo nonsense >"$W/secrets/okta-key-next"
	run lapse doctor
	status_is 78
	line "FAIL" "okta: next-key can be used"
	# The first one that cannot be read does not hide the next.
	mv "$W/secrets/okta-key" "$W/secrets/okta-key-next"
	run lapse doctor
	status_is 78
	line "FAIL" "okta: the credential can be used"
	line "ok  " "okta: next-key gives a token"
}

@test "next: both certificates say how long they last" {
	entra_world "$by_certificate" 40
	with_next 'idp "entra"' key
	cp "$W/secrets/entra-key" "$W/secrets/entra-key-next"
	later $((11 * 86400))
	run lapse doctor
	status_is 0
	line "warn" "entra: the certificate lasts: until"
	line "warn" "entra: next-key lasts: until"
}

@test "next: the bot's next token is the bot's" {
	world '/^role "directory/,/^}/d'
	with_next jira token
	run lapse doctor
	status_is 78
	line "FAIL" "jira: next-token is accepted"
	cp "$W/secrets/jira" "$W/secrets/jira-next"
	run lapse doctor
	status_is 0
	line "ok  " "jira: next-token is accepted"
	printf wrong >"$W/secrets/jira-next"
	run lapse doctor
	status_is 77
	line "FAIL" "jira: next-token is accepted"
	cp "$W/secrets/jira" "$W/secrets/jira-next"
	printf wrong >"$W/secrets/jira"
	run lapse doctor
	status_is 0
	line "warn" "jira: the first token is in use: it was refused"
}

# ---- Not the credential ----

@test "a provider that is not reached, busy or another thing is no credential" {
	okta_app
	for fault in '"status":503' '"status":200,"body":"<html>sign in</html>"' \
		'"status":404'; do
		fault status okta POST /token "$fault,\"times\":-1"
		run lapse doctor
		line "FAIL" "okta: it can be reached: okta: token:"
		line "to do" "see url, proxy"
		[ "$(of okta | grep -c FAIL)" -eq 1 ]
		hasnt "client-id"
		no_faults
	done
	fault status okta POST /token '"status":404,"times":-1'
	run lapse doctor
	status_is 76
	line "FAIL" "(404); check url"
	no_faults
	sed -i '/^idp "okta"/,/^}/s|url = ".*"|url = "http://127.0.0.1:9"|' \
		"$W/lapse.conf"
	run lapse doctor
	status_is 69
	line "FAIL" "okta: it can be reached"
	hasnt "the credential"
}

@test "an API token's provider that answers garbage is not lacking rights" {
	world '/^role "directory/,/^}/d'
	fault status okta GET /api/v1/users '"status":200,"body":"<html>sign in</html>","times":-1'
	run lapse doctor
	status_is 76
	line "FAIL" "okta: it can be reached"
	hasnt "administrator role"
}

# ---- One cause, one failure ----

@test "google: what follows from a scope that is left out is not told as its own" {
	google_world "" '/^role "directory/,/^}/d'
	google_only "$READS admin.directory.group.member admin.directory.user.security"
	run lapse doctor
	status_is 77
	[ "$(of google | grep -c FAIL)" -eq 1 ]
	line "FAIL" "google: the token may set Google's own end of memberships"
	line "?  " "google: Cloud Identity tells what kind a group is: not checked"
	line "?  " "google: group 01gprodshell000 can be governed: not checked"
}

@test "google: an administrator who is none is one failure" {
	google_world "" '/^role "directory/,/^}/d'
	sed -i 's|administrator = ".*"|administrator = "ben@acme.example"|' \
		"$W/lapse.conf"
	run lapse doctor
	status_is 77
	[ "$(of google | grep -c FAIL)" -eq 1 ]
	line "?  " "google: group 01gprodshell000 can be governed: not checked"
}

@test "google: a cloud-identity-url that leads elsewhere is configuration" {
	google_world "" '/^role "directory/,/^}/d'
	sed -i 's|^\tcloud-identity-url = "\(.*\)"|\tcloud-identity-url = "\1/elsewhere"|' \
		"$W/lapse.conf"
	run lapse doctor
	status_is 78
	[ "$(of google | grep -c FAIL)" -eq 1 ]
	line "FAIL" "google: Cloud Identity tells what kind a group is"
	line "to do" "cloud-identity-url"
}

@test "google: scopes with commas are refused with their line" {
	google_world "" '/^role "directory/,/^}/d'
	google_only "admin.directory.user.readonly,admin.directory.group.readonly"
	run lapse doctor
	status_is 78
	has "lapse.conf:"
	has "scopes: 'admin.directory.user.readonly,admin"
	has "not commas"
}

@test "google: a person's own sign-in is named as such" {
	google_world "" '/^role "directory/,/^}/d'
	echo '{"type":"authorized_user","refresh_token":"x"}' \
		>"$W/secrets/google"
	run lapse doctor
	status_is 78
	line "FAIL" "is a person's own sign-in (authorized_user)"
}

# ---- For other programs, and the key of a provider that cannot ----

@test "in JSON each check has its state, and only a failure is not ok" {
	world '/^role "directory/,/^}/d'
	printf wrong >"$W/secrets/jira"
	lapse doctor --json >"$W/out" 2>/dev/null || true
	[ "$(jq -r 'select((.state == "fail") == .ok) | .what' "$W/out")" = "" ]
	[ "$(jq -r .state "$W/out" | sort -u | tr '\n' ' ')" = "fail ok unknown " ]
}

@test "expiry-grace where the provider has no such end is refused with its line" {
	world
	sed -i 's|^idp "okta" {|&\n\texpiry-grace = "2h"|' "$W/lapse.conf"
	run lapse doctor
	status_is 78
	has "lapse.conf:$(grep -n expiry-grace "$W/lapse.conf" | cut -d: -f1): 'expiry-grace': the okta driver has no memberships that end by themselves"
}
