#!/usr/bin/env bats
# The main job while every reply of a service is spoilt on its way, each in
# one manner: nothing is granted or removed wrongly, no other host is spoken
# to, memory stays small, and the first run after it puts everything right.
# What the engine does with each kind is in tests/unit/engine.c.

load ../e2e/lib
load ../e2e/hand
load ../e2e/still
load wire

ADDRESS_SPACE_KB=400000		# far below what is sent

setup() {
	world
	stand_before "$SANDBOX_OKTA" okta
	stand_before "$SANDBOX_JIRA" jira
}

teardown() {
	world_end
	proxies_end
}

small() {
	if grep -q __asan_init "$LAPSE"; then
		lapse "$@"	# reserves terabytes
	else
		(ulimit -v $ADDRESS_SPACE_KB && lapse "$@")
	fi
}

documented() {
	case $1 in
	0 | 10 | 11 | 12 | 69 | 74 | 75 | 76 | 77) ;;
	*) printf 'exit %s: ' "$1" && cat "$W/out" && return 1 ;;
	esac
}

spoilt_run() {
	code=0
	small "$1" >"$W/out" 2>&1 || code=$?
	documented $code
	run lapse verify
	status_is 0
	is_member gus $GITHUB_PROD	# was there before
	# Whoever is in has a row that ends it.
	isnt_member carol $GITHUB_WRITE || [ "$(sql "select count(*) from hold
		where released_at is null and user_id glob '*carol*'")" -gt 0 ]
	isnt_member ivan $GITHUB_WRITE
}

# through PLAN SERVICE...: ben's access is due, carol's is approved, ivan's is
# not.
through() {
	plan=$1
	shift
	granted ben GitHub hotfix 15s dana
	old=$key
	new=$(ask carol GitHub write 8h "to work")
	other=$(ask ivan GitHub write 8h "to work")
	lapse sync
	approve dana "$new"
	for service; do spoil "$service" "$plan"; done
	later 30
	spoilt_run sync
	spoilt_run expire
	later 60
	spoilt_run sync
	for service; do
		[[ $(told "$service") != "spoilt=0 "* ]]
		[[ $(told "$service") == *" strangers=0" ]]
		spoil "$service" none
	done
	later 600	# notices are tried again after a while
	lapse sync || true
	later 60
	run lapse sync
	status_is 0
	run lapse expire
	status_is 0
	isnt_member ben $GITHUB_PROD
	is_member carol $GITHUB_WRITE
	is_member carol $GITHUB_READ
	isnt_member ivan $GITHUB_WRITE
	[ "$(n_comments "$old" 'the time is up')" -eq 1 ]
	[ "$(n_comments "$new" 'now has github/write')" -eq 1 ]
	[ "$(n_comments "$new")" -eq 2 ]
	[ "$(n_comments "$other")" -eq 1 ]
	[ "$(sql 'select count(*) from "grant"')" -eq 2 ]
	run lapse verify
	status_is 0
}

@test "Okta: reset after 0 bytes" { through "reset 0 -1 * *" okta; }
@test "Okta: reset after 60 bytes" { through "reset 60 -1 * *" okta; }
@test "Okta: reset within the body" { through "reset 700 -1 * *" okta; }
@test "Okta: cut within the body" { through "cut 700 -1 * *" okta; }
@test "Okta: a body of 500 MiB" { through "pad 500 -1 * *" okta; }
@test "Okta: garbage" { through "garbage - -1 * *" okta; }
@test "Okta: a next link elsewhere" { through "next - -1 GET *" okta; }
@test "Okta: redirects elsewhere" { through "redirect 302 -1 * *" okta; }
@test "Okta: redirects that keep the method" {
	through "redirect 307 -1 * *" okta
}
@test "Jira: reset after 0 bytes" { through "reset 0 -1 * *" jira; }
@test "Jira: reset within the body" { through "reset 400 -1 * *" jira; }
@test "Jira: cut within the body" { through "cut 400 -1 * *" jira; }
@test "Jira: only writes lose their replies" {
	through "reset 0 -1 POST *" jira
}
@test "Jira: a body of 500 MiB" { through "pad 500 -1 * *" jira; }
@test "Jira: garbage" { through "garbage - -1 * *" jira; }
@test "Jira: redirects elsewhere" { through "redirect 307 -1 * *" jira; }
@test "both: every reply is lost" { through "reset 0 -1 * *" okta jira; }

@test "a gzip bomb" {
	head -c 500M /dev/zero | gzip -9 >"$W/bomb.gz"
	through "body $W/bomb.gz -1 * *" okta jira
}
