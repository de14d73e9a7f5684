#!/usr/bin/env bats
# People who moved, and reviews that are overdue: noted, counted, said.

load lib
load hand
load still
load google

teardown() { world_end; }

movers() { sql "select user_id || ' ' || field || ' ' || old || ' > ' || new from moved order by id"; }
full() { later 960; lapse sync --full; }

@test "a change of title and department is evidence, with old and new value" {
	world
	# The first reading of a person is no move.
	lapse sync --full
	[ -z "$(movers)" ]
	old=$(sql "select title from idp_user where login = 'walt@acme.example'")
	[ -n "$old" ]
	okta_profile walt '{"title":"Head of Sales","department":"Field"}'
	run full
	status_is 0
	run movers
	has "title $old > Head of Sales"
	has "> Field"
	[ "$(sql "select count(*) from evidence where kind = 'mover'")" = 2 ]
	run sql "select data from evidence where kind = 'mover'"
	hasnt "Sales"
	run sql "select text from evidence_text t join evidence e using (seq)
		where kind = 'mover'"
	has "\"old\":\"$old\",\"new\":\"Head of Sales\""
	# Said once.
	run full
	[ "$(sql "select count(*) from moved")" = 2 ]
	run lapse verify
	status_is 0
}

@test "status counts movers who were not reviewed within 30 days" {
	world
	lapse sync --full
	okta_profile walt '{"title":"Head of Sales"}'	# in governed groups
	okta_profile walt '{"department":"Field"}'
	full
	okta_profile hana '{"title":"Chief"}'	# in none of them
	full
	[ "$(sql "select count(distinct user_id) from moved")" = 2 ]
	run lapse status --json
	has '"movers_unreviewed":0'
	later $((31 * 86400))
	run lapse status --json
	has '"movers_unreviewed":1'
	run lapse status
	has "1 person moved more than 30 days ago"
}

@test "a change of manager, whichever list shows it" {
	world
	lapse sync --full
	granted ben GitHub write 8h dana
	okta_profile ben '{"managerId":"karin@acme.example"}'
	full || true
	run movers
	has "manager"
	has "> karin"
	[ "$(sql "select count(*) from moved where field = 'manager'")" = 1 ]
}

@test "three directories: what a list leaves out is no move" {
	google_world examples/sandbox/entra.conf.in
	lapse sync --full
	for _ in 1 2 3; do full || true; done
	[ -z "$(movers)" ]
}

@test "overdue reviews are named where reviews are configured" {
	world '/^review {/,/^}/d'
	later $((100 * 86400))
	run lapse status --json
	has '"reviews_overdue":0'
	has '"overdue_reviews":null'
	cat >>"$LAPSE_CONFIG" <<-'EOF'
	review {
		project = "10042"
		issue-type = "10102"
		campaign-request = "27"
		subtask-type = "10103"
		status-keep = "10070"
		status-revoke = "10071"
		status-limit = "10072"
		status-acknowledge = "10061"
		status-closed = "10020"
		field-why = "customfield_10207"
		field-until = "customfield_10208"
		field-approvers = "customfield_10003"
		fallback = "karin@acme.example"
	}
	EOF
	run lapse status --json
	# Elevated ones after 90 days, the others after a year.
	has '"overdue_reviews":"github/prod-admin, github/hotfix, aws/admin, '
	hasnt 'github/read'
	run lapse status
	status_is 0
	has "review(s) overdue, the oldest by 10d"
	later $((270 * 86400))
	run lapse status --json
	has 'github/read'
}
