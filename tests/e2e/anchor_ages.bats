#!/usr/bin/env bats
# An add goes by nothing that was read of the anchor more than five seconds
# before it, however long a run waits in between; a removal waits for nobody.

load lib
load hand
load still

setup() {
	world
	key=$(ask ben GitHub write 8h "to get work done")
	lapse sync
	approve dana "$key"
}
teardown() { world_end; }

anchor_reads() { calls jira GET /properties/lapse.anchor; }
# The calls since the log was forgotten, in order: adds and looks at the anchor.
order() {
	control GET /log | jq -r '.[] | select((.method == "PUT" and
		(.path | contains("/users/"))) or (.method == "GET" and
		(.path | contains("lapse.anchor")))) | .method'
}
# waits SECONDS: Jira lets the run wait so long before the intent stands there.
waits() {
	fault status jira PUT /properties/lapse.v1 \
		"\"status\":429,\"retry_after\":\"$1\",\"times\":1"
}

@test "a wait of more than five seconds before the add: the anchor is read again" {
	control DELETE /log >/dev/null
	waits 6
	lapse sync
	is_member ben $GITHUB_WRITE
	# The first look, the one before the add, and that before the anchor is
	# written.
	[ "$(anchor_reads)" -eq 3 ]
	order >"$W/order"
	[ "$(sed -n 1,2p "$W/order" | tr '\n' ' ')" = "GET GET " ]
}

@test "no wait: what the run began with will do" {
	control DELETE /log >/dev/null
	lapse sync
	is_member ben $GITHUB_WRITE
	[ "$(anchor_reads)" -eq 2 ]
}

@test "the anchor cannot be read after the wait: nothing is added" {
	waits 6
	fault status jira GET /properties/lapse.anchor \
		'"status":503,"skip":1,"times":-1'
	run lapse sync
	isnt_member ben $GITHUB_WRITE
	no_faults
	lapse sync
	is_member ben $GITHUB_WRITE
}

@test "a removal goes, however old the look is" {
	lapse sync
	later 29400
	fault status okta GET '' '"status":429,"retry_after":"9","times":1'
	control DELETE /log >/dev/null
	lapse expire
	isnt_member ben $GITHUB_WRITE
	[ "$(anchor_reads)" -le 2 ]
}
