#!/usr/bin/env bats
# Where ledger, Jira and provider disagree: each kind is made here, named, and
# settled by the command that it names.

load lib
load hand

setup() { needs_operator; }
teardown() { world_end; }

# The rows of a kind and a login, as JSON lines.
rows() { # rows KIND [LOGIN]
	lapse drift --json --kind "$1" 2>/dev/null | grep "\"${2:-kind}" || true
}
field() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }
# Does what the first of these rows says, with a reason.
settle() {
	command=$(field command | head -n 1)
	echo "$command" >&2
	[ -n "$command" ]
	eval "by_$(echo "$command" | sed -e 's/^lapse /hand /' \
		-e 's/TEXT$/"agreed with security"/')" >&2
}
observed() { later 960; lapse sync >/dev/null 2>&1 || true; }

@test "who was there before is shadow, one line a group; and can be accepted at once" {
	world "$ANNA"
	run lapse drift
	status_is 14
	has shadow
	has "MEMBERS"
	has "lapse drift --settle okta:"
	hasnt "walt@"
	run lapse drift --json --kind shadow
	status_is 14
	has '"login":"walt@acme.example"'
	has '"command":"lapse adopt walt@acme.example github/read --ask --reason TEXT"'
	n=$(grep -c "\"group\":\"$GITHUB_READ\"" <<<"$output")
	[ "$n" -gt 5 ]
	# A person's word, for all who were there.
	run by_hand drift --settle "okta:$GITHUB_READ" --reason "reviewed, ok" \
		--dry-run
	status_is 14
	[ "$(sql 'select count(*) from drift')" = 0 ]
	run by_hand drift --settle "okta:$GITHUB_READ" --reason "reviewed, ok"
	status_is 0
	[ "$(sql "select count(*) from evidence where kind = 'drift-settled'
		and actor = '$(account_of anna)'")" = "$n" ]
	[ -z "$(rows shadow "$GITHUB_READ")" ]
	is_member walt $GITHUB_READ
	run lapse verify
	status_is 0
	# One who comes later is a question of his own.
	okta_put ben $GITHUB_READ
	observed
	run rows shadow ben@acme
	has "$GITHUB_READ"
}

@test "settling wants a name, a reason, and something to settle" {
	world
	run lapse drift --settle "okta:$GITHUB_READ"
	status_is 64
	run by_hand drift --settle "okta:$GITHUB_READ" --reason ok
	status_is 12
	has operator
	sed -i "$ANNA" "$LAPSE_CONFIG"
	run by_hand drift --settle "okta:nothing" --reason ok
	status_is 13
	run lapse drift --kind nothing
	status_is 64
	run lapse drift --idp nothing
	status_is 13
}

@test "from a snapshot, without network or configuration" {
	world "$ANNA"
	lapse snapshot "$W/copy.db"
	control DELETE /log >/dev/null
	run lapse drift --ledger "$W/copy.db" --json
	status_is 14
	has '"seen_at":"20'
	[ "$(calls okta)" -eq 0 ]
	run lapse drift --ledger "$W/copy.db" --fresh
	status_is 64
}
