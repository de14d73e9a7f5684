#!/usr/bin/env bats
# The binary before TLS servers that it must not talk to: each is refused before
# a token is sent, and the line says why and what to do. The servers are
# `openssl s_server`, which prints whatever it is told.

load ../e2e/lib
load ../e2e/hand

setup() {
	world
	granted ben GitHub hotfix 15s dana
	later 30
	certificates
}
teardown() {
	serve_end
	world_end
}

# ---- Certificates ----

# certificate NAME SUBJECT-ALT-NAME [DAYS-AGO]: its own authority, for ten days.
certificate() {
	LD_PRELOAD=$FAKETIME_SO FAKETIME="-${3:-0}d" openssl req -x509 -days 10 \
		-newkey rsa:2048 -nodes -subj "/CN=$1" -addext \
		"subjectAltName=$2" -keyout "$W/$1.key" -out "$W/$1.pem" \
		2>/dev/null
}
certificates() {
	certificate authority DNS:authority.example
	certificate stranger DNS:stranger.example
	certificate self IP:127.0.0.1
	certificate host DNS:other.example
	certificate expired IP:127.0.0.1 20
	openssl req -newkey rsa:2048 -nodes -subj /CN=right \
		-keyout "$W/right.key" -out "$W/right.csr" 2>/dev/null
	openssl x509 -req -in "$W/right.csr" -CA "$W/authority.pem" \
		-CAkey "$W/authority.key" -CAcreateserial -days 10 \
		-extfile <(echo subjectAltName=IP:127.0.0.1) \
		-out "$W/right.pem" 2>/dev/null
}

# ---- Servers ----

# serve NAME CERTIFICATE [OPTION...]: prints what it is told to $W/NAME.told
serve() {
	mkfifo "$W/$1.in"
	exec 8<>"$W/$1.in"
	openssl s_server -accept 127.0.0.1:0 -key "$W/$2.key" \
		-cert "$W/$2.pem" -cipher ALL:@SECLEVEL=0 "${@:3}" \
		<&8 3>&- >"$W/$1.told" 2>&1 &
	PIDS="${PIDS:-} $!"
	for _ in $(seq 100); do
		grep -q '^ACCEPT 127' "$W/$1.told" && break
		sleep 0.05
	done
	PORT=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$W/$1.told" | head -n 1)
}
serve_end() { [ -z "${PIDS:-}" ] || kill $PIDS 2>/dev/null || true; }

# before CERTIFICATE CA [OPTION...]: lapse speaks to such servers, one for each
# of $SERVICES, and trusts that authority (-: those of the system).
SERVICES="jira okta"
before() {
	local trust="" service
	[ "$2" = - ] || trust="\\n\\tca-file = \"$W/$2.pem\""
	cp "$W/lapse.conf" "$W/lapse.conf.plain"
	for service in $SERVICES; do
		serve $service "$1" "${@:3}"
		url=$SANDBOX_JIRA
		[ $service = jira ] || url=$SANDBOX_OKTA
		sed -i "s|url = \"$url\"|url = \"https://127.0.0.1:$PORT\"$trust|" \
			"$W/lapse.conf"
	done
}

# Nothing of a request arrived, and no credential in any form.
told_nothing() {
	for service in jira okta; do
		run cat "$W/$service.told"
		has "ACCEPT"
		hasnt "HTTP/1.1"
		hasnt "uthorization"
		hasnt "SSWS"
		hasnt "$OKTA_TOKEN"
		hasnt "$JIRA_TOKEN"
		hasnt "$(printf %s "lapse-bot@acme.example:$JIRA_TOKEN" |
			base64 -w 0)"
	done
}

# refused REASON ADVICE: the due removal waits, loudly; then it is done.
refused() {
	run lapse expire
	[ "$status" -eq 69 ] || [ "$status" -eq 11 ]
	has "jira: "
	has "okta: "
	[ "$(printf '%s\n' "$output" | grep -c "$1")" -ge 2 ]
	has "$2"
	hasnt "$OKTA_TOKEN"
	is_member ben $GITHUB_PROD
	told_nothing
	cp "$W/lapse.conf.plain" "$W/lapse.conf"
	chmod 600 "$W/lapse.conf"
	lapse expire
	isnt_member ben $GITHUB_PROD
}

@test "the right server is told the token, so what follows would be seen" {
	# Such a server never answers.
	sed -i '1i run-deadline = "10s"' "$W/lapse.conf"
	SERVICES=okta
	before right authority
	run lapse expire
	grep -q "uthorization: SSWS $OKTA_TOKEN" "$W/okta.told"
	mv "$W/lapse.conf.plain" "$W/lapse.conf"
	SERVICES=jira
	before right authority
	run lapse expire
	grep -q "uthorization: Basic $(printf %s \
		"lapse-bot@acme.example:$JIRA_TOKEN" | base64 -w 0)" \
		"$W/jira.told"
}

@test "wrong CA" {
	before right stranger
	refused "unable to get local issuer certificate" "ca-file"
}

@test "wrong host" {
	before host host
	refused "subject name" "check 'url'"
}

@test "expired" {
	before expired expired
	refused "certificate has expired" "ca-file"
}

@test "self-signed" {
	before self -
	refused "self-signed certificate" "ca-file"
}

@test "TLS 1.1" {
	before right authority -tls1_1
	refused "protocol" "TLS 1.2 or newer"
}
