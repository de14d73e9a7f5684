#!/usr/bin/env bats
# Replies that come at a byte a second, on the real clock.

load ../e2e/lib
load ../e2e/hand
load wire

setup() {
	world
	stand_before "$SANDBOX_OKTA" okta
	stand_before "$SANDBOX_JIRA" jira
}
teardown() {
	world_end
	proxies_end
}

deadline() {
	sed -i -e '/^run-deadline/d' -e "s/^mode/run-deadline = \"$1\"\nmode/" \
		"$W/lapse.conf"
}

@test "Okta drips: the run ends by its deadline, the next one after it is done" {
	granted ben GitHub hotfix 15s dana
	later 30
	deadline 8s
	spoil okta "drip - -1 * *"
	began=$(date +%s)
	run lapse expire
	[ "$status" -ne 0 ]
	[ $(($(date +%s) - began)) -lt 15 ]
	[ "$(sql "select count(*) from change where kind = 'remove' and
		settled_at is null")" -eq 1 ]
	spoil okta none
	deadline 60s
	later 60
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
}

@test "Jira drips: a removal does not wait for it" {
	granted ben GitHub hotfix 15s dana
	later 30
	spoil jira "drip - -1 * *"
	began=$(date +%s)
	{ lapse expire >"$W/out" 2>&1 || true; } 3>&- &
	for _ in $(seq 60); do
		is_member ben $GITHUB_PROD || break
		sleep 0.5
	done
	[ $(($(date +%s) - began)) -lt 25 ]
	isnt_member ben $GITHUB_PROD
	wait $!
	spoil jira none
	later 600
	run lapse sync
	status_is 0
	[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
}
