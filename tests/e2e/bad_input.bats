#!/usr/bin/env bats
# Bad input: one clear line, the documented exit status, and nothing changed:
# not in the ledger, not at Okta, not at Jira.

load lib
load hand

setup() {
	needs_operator
	world "$ANNA"
	export SUDO_UID
	SUDO_UID=$(id -u)
}
teardown() { world_end; }

# What may not change: the ledger's bytes, memberships, issues, comments.
everything() {
	find "$W/state" -type f ! -name '*.ok' ! -name '*-shm' -size +0 \
		-exec sha256sum {} +
	control GET /state | sed 's/"opaque": *[0-9]*//' | sha256sum
}

# refused STATUS COMMAND -- PART-OF-THE-LINE...: that status, one line on
# stderr with each part in it, nothing on stdout, and all is as before.
refused() {
	local want=$1 words=() before got=0
	shift
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	before=$(everything)
	lapse "${words[@]}" >"$W/out" 2>"$W/err" </dev/null || got=$?
	output="${words[*]}: exit $got: $(cat "$W/err")"
	[ "$got" -eq "$want" ] && [ "$(wc -l <"$W/err")" -eq 1 ] &&
		[ ! -s "$W/out" ] || {
		printf '%s\nstdout: %s\n' "$output" "$(cat "$W/out")" >&2
		return 1
	}
	while [ $# -gt 0 ]; do
		has "$1" || return 1
		shift
	done
	[ "$before" = "$(everything)" ] || {
		echo "changed by: $output" >&2
		return 1
	}
}

# The number of the only line with a text.
line_of() {
	[ "$(grep -c -F "$1" "$LAPSE_CONFIG")" -eq 1 ] || return 1
	grep -n -F "$1" "$LAPSE_CONFIG" | cut -d: -f1
}

@test "the check itself sees two lines, a wrong status and a change" {
	lapse() { echo one >&2; return 64; }
	refused 64 x -- one
	run refused 65 x -- one
	[ "$status" -ne 0 ]
	run refused 64 x -- two
	[ "$status" -ne 0 ]
	lapse() { printf 'one\ntwo\n' >&2; return 64; }
	run refused 64 x -- one
	[ "$status" -ne 0 ]
	lapse() { okta_put ben $AWS_READ >/dev/null; echo one >&2; return 64; }
	run refused 64 x -- one
	[ "$status" -ne 0 ]
	lapse() { echo x >>"$LEDGER"; echo one >&2; return 64; }
	run refused 64 x -- one
	[ "$status" -ne 0 ]
}

@test "configuration: each mistake is named by file, line and key" {
	cp "$LAPSE_CONFIG" "$W/good"
	# what is replaced | by what | and what the line must say
	while IFS='|' read -r old new says; do
		cp "$W/good" "$LAPSE_CONFIG"
		line=$(line_of "$old")
		python3 - "$LAPSE_CONFIG" "$old" "$new" <<-'EOF'
		import sys
		path, old, new = sys.argv[1:]
		text = open(path).read()
		assert text.count(old) == 1
		open(path, "w").write(text.replace(old, new))
		EOF
		for c in sync expire 'catalog list'; do
			# shellcheck disable=SC2086
			refused 78 $c -- "$LAPSE_CONFIG:$line:" "$says"
		done
	done <<-'EOF'
	mode = "enforce"|mood = "enforce"|'mood': no such key
	mode = "enforce"|mode = "enforced"|must be one of: observe
	organization = "Acme"|organisation = "Acme"|did you mean 'organization'
	organization = "Acme"|organization = "Acme" run-deadline = "4x"|'run-deadline': is no duration
	organization = "Acme"|organization = "Acme" run-deadline = "-1h"|'run-deadline': is no duration
	organization = "Acme"|organization = "Acme" observe-every = "99999999999999999999d"|'observe-every': is no duration
	organization = "Acme"|organization = "Acme" observe-every = "0s"|'observe-every'
	email = "lapse-bot@acme.example"|emial = "lapse-bot@acme.example"|did you mean 'email'
	idp "okta" {|idb "okta" {|did you mean 'idp'
	account-attribute = "jiraAccountId"|account-atribute = "jiraAccountId"|did you mean 'account-attribute'
	driver = "okta"|driver = "oktq"|did you mean 'okta'
	role "github/prod-admin" {|role "github/read" {|
	max-total = "60s"|max-total = "soon"|'max-total': is no duration
	max-total = "60s"|max-total = "5s"|'max-total'
	escalate-after = "4h"|escalate-after = 4|'escalate-after'
	conflicts = {"netsuite/user"}|conflicts = {"netsuite/usr"}|netsuite/usr
	operator "gina" { account|operator "gina" { acount|did you mean 'account'
	EOF
}

@test "configuration: missing, not readable, writable by others, a secret in it" {
	refused 78 sync --config "$W/none.conf" -- "$W/none.conf" 'lapse init'
	mkdir "$W/folder"
	refused 78 sync --config "$W/folder" -- "$W/folder" 'not a regular file'
	chmod 666 "$LAPSE_CONFIG"
	for c in sync expire list 'grant ACC-1 --reason x'; do
		# shellcheck disable=SC2086
		refused 78 $c -- "$LAPSE_CONFIG" 'others can write it' \
			'chmod go-w'
	done
	chmod 600 "$LAPSE_CONFIG"
	sed -i "s|token = \"file:.*/jira\"|token = \"ATATT3secret\"|" \
		"$LAPSE_CONFIG"
	refused 78 sync -- "$LAPSE_CONFIG:" "'token': must be a reference"
	hasnt ATATT3secret
}

@test "a secret that others can read, is missing or empty" {
	ask ben GitHub read 8h "read" >/dev/null
	for name in jira okta ledger-key; do
		file=$W/secrets/$name
		cp -p "$file" "$W/kept"
		for mode in 644 604 620 666; do
			chmod $mode "$file"
			condition_refused "'$file': mode is 0$mode; do: chmod"
		done
		rm "$file"
		condition_refused "'$file': no such file"
		install -m 600 /dev/null "$file"
		condition_refused "$file': is empty"
		cp -p "$W/kept" "$file"
	done
	run lapse sync
	status_is 0
	is_member ben $GITHUB_READ
}

# One provider without a credential does not stop the rest of a run: what is
# told may be noted, what others may have is not changed.
condition_refused() {
	before=$(question /okta/members group=$GITHUB_READ)
	code=0
	lapse sync -v >"$W/out" 2>"$W/err" </dev/null || code=$?
	output="exit $code: $(cat "$W/err")"
	has "$1"
	[ "$(grep -c -F "$1" "$W/err")" -eq 1 ]
	[ "$code" -eq 78 ]
	[ "$before" = "$(question /okta/members group=$GITHUB_READ)" ]
}

@test "the ledger: missing, newer, foreign, cut off, overwritten, empty" {
	granted ben GitHub hotfix 15s dana
	later 60
	keep=$W/keep
	cp -a "$W/state" "$keep"
	# what is done to it | what the line says
	while IFS='|' read -r damage says; do
		eval "$damage"
		for c in sync expire status list 'who github/read' \
			"snapshot $W/snapshot.db" \
			"review-export --out $W/export" verify \
			"grant ACC-2 --reason x" \
			"revoke ben@acme.example --reason x"; do
			# shellcheck disable=SC2086
			refused 65 $c -- "$LEDGER" "$says"
			[ ! -e "$W/snapshot.db" ]
			[ ! -e "$W/export" ]
		done
		is_member ben $GITHUB_PROD
		rm -rf "$W/state"
		cp -a "$keep" "$W/state"
	done <<-'EOF'
	rm "$LEDGER"|`lapse init`
	sqlite3 "$LEDGER" 'pragma user_version = 999'|upgrade lapse
	sqlite3 "$LEDGER" 'pragma application_id = 1'|not a ledger of lapse
	truncate -s 20000 "$LEDGER"|restore the last snapshot
	head -c 50000 /dev/urandom >"$LEDGER"|restore the last snapshot
	: >"$LEDGER"|not a ledger of lapse
	EOF
	# Whole again, the removal that was due goes on.
	run lapse expire
	isnt_member ben $GITHUB_PROD
}

@test "the ledger's folder open to others, on nothing, a file that is none" {
	chmod 777 "$W/state"
	refused 78 sync -- "$LEDGER" 'others may write its folder' 'chmod 700'
	chmod 700 "$W/state"
	chmod 666 "$LEDGER"
	refused 78 expire -- "$LEDGER" 'others may write it' 'chmod 600'
	chmod 600 "$LEDGER"
	refused 13 status --ledger "$W/none" -- "$W/none" 'there is none'
	refused 65 status --ledger "$LAPSE_CONFIG" -- "$LAPSE_CONFIG"
	refused 13 verify "$W/none" -- "$W/none"
	refused 74 snapshot "$W/none/snapshot.db" -- "$W/none/snapshot.db"
	refused 74 review-export --out "$W/none/export" -- "$W/none"
}

@test "unknown users, roles, issues, grants and changes" {
	ben=ben@acme.example
	refused 13 grant NOPE-1 --reason x -- NOPE-1
	refused 13 review-export --out "$W/x" --role vpn/usr -- "'vpn/usr'"
	refused 13 review-export --out "$W/x" --idp entra -- "'entra'"
	refused 64 review-export --out "$W/x" --since 2026-02-01T00:00:00Z \
		--until 2026-01-01T00:00:00Z -- --since
	refused 13 grant ACC-999 --reason x -- ACC-999 'check the key'
	refused 64 grant 'ACC-1" OR 1=1' --reason x -- 'ACC-1" OR 1=1' ACC-12
	refused 64 grant ../../myself --reason x -- ../../myself ACC-12
	refused 64 extend '' --reason x -- "''" ACC-12
	refused 13 grant --break-glass nobody vpn/user --for 2h --reason x \
		-- "'nobody'"
	refused 13 grant --break-glass $ben vpn/usr --for 2h --reason x \
		-- "'vpn/usr'" 'catalog list'
	refused 13 revoke ACC-999 --reason x -- ACC-999
	refused 13 revoke 999 --reason x -- 999
	refused 13 revoke nobody@acme.example --reason x -- nobody@acme.example
	refused 13 revoke $ben vpn/usr --reason x -- vpn/usr 'lapse list'
	refused 13 adopt nobody vpn/user --for 2h --reason x -- "'nobody'"
	refused 13 adopt $ben vpn/usr --for 2h --reason x -- "'vpn/usr'"
	refused 13 extend ACC-999 --reason x -- ACC-999
	refused 13 parked retry 99 --reason x -- "'99'" 'parked list'
	refused 13 parked abandon 99 --reason x -- "'99'" 'parked list'
	refused 13 who vpn/usr -- vpn/usr
	refused 13 show nobody -- "'nobody'"
	refused 13 show role:vpn/usr -- vpn/usr
	refused 13 list --role vpn/usr -- list
}

@test "nonsense durations" {
	for d in '' 0 0s -1h +2h 1x 1.5h 2h30 3m2h 1H ' 1h' '1h ' 2h- 10y \
		1e3h 0x10h 99999999999d 9223372036854775807s ١h; do
		refused 64 grant --break-glass ben@acme.example vpn/user \
			"--for=$d" --reason x -- "'--for'" "'$d'" 'like 90m'
		refused 64 adopt ben@acme.example vpn/user "--for=$d" \
			--reason x -- "'--for'" "'$d'"
	done
	refused 64 status --max-age 1x -- "'--max-age'" "'1x'"
	refused 12 grant --break-glass ben@acme.example vpn/user --for 9h \
		--reason x -- --for 4h
	refused 64 grant --break-glass ben@acme.example vpn/user --reason x \
		-- --for
}

@test "nonsense times" {
	for t in '' yesterday 25:00 2026-11-23 2026-11-23T10:00:00 \
		2026-13-01T00:00:00Z 2026-02-30T00:00:00Z \
		99999-01-01T00:00:00Z 2026-11-23T10:00:00+25:00 \
		2026-11-23T24:00:01Z -1 1795403760; do
		refused 64 who vpn/user "--at=$t" -- "'--at'" "'$t'" \
			2026-11-23T10:00:00Z
		refused 64 review-export --out "$W/export" "--since=$t" -- \
			"'--since'" "'$t'"
		[ ! -e "$W/export" ]
	done
}

# On the form they are the requester's, who is told on the issue.
@test "nonsense durations and times on the form are refused on the issue" {
	for d in 0h -1h 'for ever' 1x '2026-13-01T00:00:00Z' 99999999999d; do
		keys+=("$(ask ben GitHub read "$d" "read")")
	done
	run lapse sync
	status_is 0
	for key in "${keys[@]}"; do
		[ "$(request_state "$key")" = refused ]
		[ "$(status_of "$key")" = 10017 ]
		run comments_of "$key"
		has 'The duration was not understood.'
	done
	isnt_member ben $GITHUB_READ
}
