#!/usr/bin/env bats
# The second line: a provider that ends memberships by itself is told when.

load lib
load hand
load still
load google

setup() {
	cat >"$BATS_TEST_TMPDIR/more" <<-'END'

	# The same group for as long as somebody wants it.
	role "cloud/standing-shell" {
		application = "Cloud"
		about = "keep a shell on production machines"
		groups = {"01gprodshell000"}
		standing = true
		default-duration = "30d"
		auto-approve = true
	}

	role "cloud/both" {
		application = "Cloud"
		about = "look at the bill and at the machines"
		groups = {"01gprodshell000", "01gbilling00000"}
		max-duration = "8h"
		auto-approve = true
	}
	END
	google_world "$BATS_TEST_TMPDIR/more" "$ANNA"
}
teardown() { world_end; }

SETS=:modifyMembershipRoles

shell() { granted ben Cloud prod-shell 1h dana; }
held() { sql 'select coalesce(held_at, 0) from failsafe'; }
ends_of() { sql "select ends_at from \"grant\" where issue_key = '$1'"; }
kinds() { sql "select count(*) from evidence where kind = '$1'"; }
exposed() { lapse status --json | jq -r 'select(.exposed != null).exposed'; }

end_text() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

# within A B S: B is at most S seconds after A.
within() { [ "$2" -ge "$1" ] && [ "$2" -le $(($1 + $3)) ]; }

@test "the host dies: the membership still ends, at the deadline plus grace" {
	shell
	is_member ben $SHELL_GROUP
	end=$(ends_of "$key")
	within $((end + 3600)) "$(held)" 1200
	rm -rf "$W/state" "$W/lapse.conf"
	later 7100		# the deadline is over, the grace is not
	is_member ben $SHELL_GROUP
	later 1400
	isnt_member ben $SHELL_GROUP
}

@test "it is read back, is evidence, and status says what has none" {
	shell
	[ "$(kinds failsafe-set)" -eq 1 ]
	run lapse show "$key"
	has "failsafe set"
	[ "$(sql "select json_extract(data, '\$.failsafe_at') from evidence
		where kind = 'granted'")" != "" ]
	[ "$(exposed)" -eq 0 ]
	granted carol GitHub write 8h dana
	[ "$(exposed)" -eq 2 ]	# the role has two groups
	run lapse status
	has "if this host died now, 2 memberships would not end by themselves"
}

@test "an extension counts once the provider's own end is raised and read back" {
	shell
	first=$key
	was=$(held)
	more=$(ask ben Cloud prod-shell 2h "not done yet")
	link_to "$more" "$first"
	lapse sync
	approve dana "$more"
	fault status google "" $SETS '"status":503,"times":-1'
	lapse sync || true
	[ "$(grants)" = "active|
granting|" ]
	[ "$(held)" -eq "$was" ]
	no_faults
	later 60
	run lapse sync
	status_is 0
	[ "$(grants)" = "ended|superseded
active|" ]
	within $(($(ends_of "$more") + 3600)) "$(held)" 1200
	later 7300		# the old one would be over by now
	lapse expire
	is_member ben $SHELL_GROUP
	later 3600
	run lapse expire
	status_is 0
	isnt_member ben $SHELL_GROUP
}

@test "a hold without an end takes it away, and it comes back after that" {
	shell
	first=$key
	[ "$(held)" -gt 0 ]
	key=$(ask ben Cloud standing-shell "no end" "on call")
	lapse sync
	lapse sync
	[ "$(held)" -eq 0 ]
	[ "$(kinds failsafe-cleared)" -eq 1 ]
	portal_transition ben "$key" 51
	later 60
	lapse sync
	within $(($(ends_of "$first") + 3600)) "$(held)" 1200
	later 20000
	lapse expire
	isnt_member ben $SHELL_GROUP
}

@test "never on access that was there before" {
	console_put farah $SHELL_GROUP
	key=$(ask farah Cloud standing-shell 1d "on call")
	lapse sync
	[ "$(grants)" = "active|" ]
	[ "$(calls google POST $SETS)" -eq 0 ]
	[ "$(sql 'select count(*) from failsafe')" -eq 0 ]
	later 100000
	is_member farah $SHELL_GROUP
}

@test "an edition without it: said once, and lapse alone ends the access" {
	knobs '{"google":{"licence":false}}'
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	run lapse sync
	status_is 0
	[ "$(grep -c "google: cannot end memberships by itself" <<<"$output")" -eq 1 ]
	[ "$(grants)" = "active|" ]
	[ "$(held)" -eq 0 ]
	[ "$(exposed)" -eq 1 ]
	run lapse sync
	hasnt "cannot end memberships by itself"
	later 3700
	run lapse expire
	status_is 0
	isnt_member ben $SHELL_GROUP
}

@test "what the provider ended is expired, not removed outside" {
	shell
	later 9000		# nothing ran for so long
	isnt_member ben $SHELL_GROUP
	lapse expire || true
	lapse sync || true
	later 120
	lapse sync || true
	[ "$(grants)" = "ended|expired" ]
	run comments_of "$key"
	has "ended by the provider itself at"
	hasnt "removed it directly"
}

@test "a provider that fails at it for ten minutes is not waited for, but tried on" {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	fault status google "" $SETS '"status":503,"times":-1'
	lapse sync || true
	is_member ben $SHELL_GROUP
	[ "$(grants)" = "granting|" ]
	later 660
	lapse sync || true
	[ "$(grants)" = "active|" ]
	[ "$(held)" -eq 0 ]
	[ "$(exposed)" -eq 1 ]
	no_faults
	later 120
	run lapse sync
	status_is 0
	within $(($(ends_of "$key") + 3600)) "$(held)" 1200
	[ "$(exposed)" -eq 0 ]
}

# longer DURATION: an extension of $key, approved; the old key is in $first.
longer() {
	first=$key
	key=$(ask ben Cloud prod-shell "$1" "not done yet")
	link_to "$key" "$first"
	lapse sync
	approve dana "$key"
}

@test "an extension does not count while the edition lacks it, and then does" {
	shell
	was=$(held)
	longer 8h
	knobs '{"google":{"licence":false}}'
	lapse sync || true
	[ "$(grants)" = "active|
granting|" ]
	[ "$(held)" -eq "$was" ]
	knobs '{"google":{"licence":true}}'
	later 120
	run lapse sync
	[ "$(grants)" = "ended|superseded
active|" ]
	within $(($(ends_of "$key") + 3600)) "$(held)" 1200
}

@test "what was set although the replies were lost is found before an extension counts" {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	fault lost-reply google POST $SETS '"times":-1'
	fault status google GET /memberships '"status":503,"times":-1'
	lapse sync || true
	later 700
	lapse sync || true
	[ "$(grants)" = "active|" ]
	[ "$(held)" -eq 0 ]
	longer 8h
	lapse sync || true
	[ "$(sql "select state from \"grant\" where issue_key = '$key'")" = granting ]
	no_faults
	later 120
	run lapse sync
	[ "$(sql "select state from \"grant\" where issue_key = '$key'")" = active ]
	within $(($(ends_of "$key") + 3600)) "$(held)" 1200
}

@test "an extension that never counted says so, and not that its time is up" {
	shell
	longer 8h
	fault status google "" $SETS '"status":503,"times":-1'
	lapse sync || true
	later 9000
	isnt_member ben $SHELL_GROUP
	for _ in 1 2 3; do
		lapse sync || true
		later 1000
	done
	[ "$(sql "select end_reason from \"grant\" where issue_key = '$key'")" = withdrawn ]
	run comments_of "$key"
	has "before its own end could be moved"
	hasnt "the time is up"
}

@test "an edition that gets it later has it on what lives already" {
	knobs '{"google":{"licence":false}}'
	key=$(ask ben Cloud prod-shell 8h "restart the queue")
	lapse sync
	approve dana "$key"
	lapse sync
	[ "$(held)" -eq 0 ]
	knobs '{"google":{"licence":true}}'
	key=$(ask ben Cloud standing-shell 30d "on call")
	lapse sync
	lapse sync || true
	within $(($(ends_of "$key") + 3600)) "$(held)" 1200
}

# farah_until S: a member from before, whose end an administrator set S seconds
# from now.
farah_until() {
	needs_operator
	console_put farah $SHELL_GROUP
	FARAH=$(jq -r '.people[] | select(.login == "farah").google' \
		examples/sandbox/company.json)
	FOUND=$(($(sql "select max(at) from evidence") + $1))
	knobs "{\"google\":{\"expiries\":{\"$SHELL_GROUP\":{\"$FARAH\":$FOUND}}}}"
}
adopt_farah() {
	by_hand adopt farah@acme.example cloud/prod-shell --for 6h \
		--reason "on call, and not for ever" "$@"
}

@test "adopted access gets it" {
	needs_operator
	console_put farah $SHELL_GROUP
	run adopt_farah
	status_is 0
	hasnt "by itself there"
	within $(($(sql 'select ends_at from "grant"') + 3600)) "$(held)" 1200
	[ "$(exposed)" -eq 0 ]
	[ "$(kinds end-found)" -eq 0 ]
}

@test "an end that somebody set there before is found, and said when it moves" {
	farah_until 864000
	run adopt_farah
	status_is 0
	has "was to end by itself there at $(end_text "$FOUND")"
	[ "$(sql "select json_extract(data, '\$.at') from evidence
		where kind = 'end-found'")" = "$(end_text "$FOUND")" ]
	within $(($(sql 'select ends_at from "grant"') + 3600)) "$(held)" 1200
	run lapse show "$(sql 'select id from "grant"')"
	has "end found"
}

@test "adopting never makes access longer than somebody meant it to be" {
	farah_until 7200
	for more in --dry-run ""; do
		run adopt_farah $more
		status_is 12
		has "ends by itself there at $(end_text "$FOUND"), before that"
	done
	[ "$(sql 'select count(*) from "grant"')" -eq 0 ]
	[ "$(calls google POST $SETS)" -eq 0 ]
	later 7300
	isnt_member farah $SHELL_GROUP
}

@test "an end between the deadline and its grace stays, and a dry run says so" {
	farah_until 864000
	run adopt_farah --dry-run
	status_is 14
	has "its own end there, $(end_text "$FOUND"), moves to"
	farah_until 23000
	run adopt_farah --dry-run
	status_is 14
	has "its own end there, $(end_text "$FOUND"), stays"
	run adopt_farah
	status_is 0
	[ "$(held)" -eq "$FOUND" ]
	lapse sync --full
	[ "$(held)" -eq "$FOUND" ]
	later 21700
	lapse expire
	isnt_member farah $SHELL_GROUP
	# Ended, it keeps what stood after it was adopted.
	[ "$(exported)" = "held,$(end_text "$FOUND")" ]
}

@test "an end that cannot be asked for is not taken for none" {
	farah_until 7200
	fault status google GET /memberships/ '"status":503,"times":-1'
	run adopt_farah
	[ "$status" -ne 0 ]
	[ "$(sql 'select count(*) from "grant"')" -eq 0 ]
	no_faults
	fault status google GET /memberships/ '"status":400,"times":-1'
	run adopt_farah
	has "whether it ends by itself there cannot be read"
}

@test "set, but not to be read: it may stand, and an extension does not count" {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	fault status google GET /memberships/ '"status":400,"times":-1'
	lapse sync || true
	later 700
	lapse sync || true
	longer 8h
	lapse sync || true
	[ "$(sql "select state from \"grant\" where issue_key = '$key'")" = granting ]
	# Longer than a new end is waited for: the old one may stand all the same.
	later 700
	lapse sync || true
	[ "$(sql "select state from \"grant\" where issue_key = '$key'")" = granting ]
	no_faults
	later 120
	lapse sync
	[ "$(sql "select state from \"grant\" where issue_key = '$key'")" = active ]
	within $(($(ends_of "$key") + 3600)) "$(held)" 1200
}

# provider_end ISSUE: as the list has it, with its time.
provider_end() {
	lapse list grants --all --json | jq -r --arg key "$1" \
		'select(.issue == $key) | "\(.provider_end) \(.provider_ends_at)"'
}
# What changes.csv says of the last change, in its last two columns.
exported() {
	rm -rf "$W/out"
	lapse review-export -o "$W/out" >/dev/null
	python3 -c 'import csv, sys
row = list(csv.DictReader(open(sys.argv[1], newline="")))[-1]
print(row["provider_end"], row["provider_ends_at"], sep=",")' \
		"$W/out/changes.csv"
}

@test "list, show and the export say which grant the provider would end itself" {
	shell
	until=$(end_text "$(held)")
	[ "$(provider_end "$key")" = "held $until" ]
	run lapse list
	has "PROVIDER END"
	has "$until"
	run lapse show "$key"
	has "PROVIDER ENDS"
	[ "$(lapse list holds --json | jq -r .provider_ends_at)" = "$until" ]
	[ "$(exported)" = "held,$until" ]
	cp "$W/out/changes.csv" "$W/before.csv"
	[ "$(exported)" = "held,$until" ]
	cmp "$W/out/changes.csv" "$W/before.csv"
	run lapse verify "$W/out"
	status_is 0
	later 3700
	lapse expire
	[ "$(provider_end "$key")" = "null null" ]
	# What has ended keeps what stood when it began.
	[ "$(exported)" = "held,$until" ]
}

@test "what the provider would not end, or perhaps, is not called held" {
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	fault status google "" $SETS '"status":503,"times":-1'
	lapse sync || true
	[ "$(provider_end "$key")" = "not confirmed null" ]
	[ "$(exported)" = "not confirmed," ]
	no_faults
	knobs '{"google":{"licence":false}}'
	later 120
	lapse sync
	[ "$(provider_end "$key")" = "none null" ]
	[ "$(exported)" = "none," ]
	later 4000
	lapse expire
	[ "$(grants)" = "ended|expired" ]
	[ "$(exported)" = "none," ]
	granted carol GitHub write 8h dana	# at Okta
	[ "$(provider_end "$key")" = "none null" ]
}

@test "of two memberships one may be held and the other not" {
	key=$(ask ben Cloud both 4h "the bill for the machines")
	fault status google POST 0ci01gbilling00000/memberships \
		'"status":400,"times":-1'
	lapse sync
	[ "$(provider_end "$key")" = "partly null" ]
	[ "$(lapse list holds --json | jq -r .provider_end)" = "held
none" ]
}

# at_google SECONDS: an administrator moves ben's end there to so long from now,
# or takes it away (0).
at_google() {
	local ends="{}"
	[ "$1" -eq 0 ] || ends="{\"118100000000000000004\":$(($(sql \
		"select max(at) from evidence") + $1))}"
	knobs "{\"google\":{\"expiries\":{\"$SHELL_GROUP\":$ends}}}"
}

@test "what somebody changed at the provider is found by sync --full and put back" {
	shell
	until=$(end_text "$(held)")
	for moved in 0 1800; do
		later 60
		at_google $moved
		lapse sync		# it was read a moment ago
		[ "$(kinds failsafe-lost)" -eq "${before:-0}" ]
		lapse sync --dry-run --full || true
		[ "$(kinds failsafe-lost)" -eq "${before:-0}" ]
		run lapse sync --full
		status_is 0
		before=$((${before:-0} + 1))
		[ "$(kinds failsafe-lost)" -eq "$before" ]
		[ "$(kinds failsafe-set)" -eq $((before + 1)) ]
		[ "$(provider_end "$key")" = "held $until" ]
		[ "$(exposed)" -eq 0 ]
	done
	later 1900
	is_member ben $SHELL_GROUP
}

@test "an end that cannot be put back is not called held, and counts as exposed" {
	shell
	at_google 0
	fault status google "" $SETS '"status":503,"times":-1'
	lapse sync --full || true
	[ "$(provider_end "$key")" = "not confirmed null" ]
	[ "$(exposed)" -eq 1 ]
}

# roles GROUP USER ROLE: the only one at Google that is not plain.
roles() { knobs "{\"google\":{\"roles\":{\"$1\":{\"$2\":\"$3\"}}}}"; }

@test "one member who cannot have an end does not hide that nobody can" {
	roles $SHELL_GROUP 118100000000000000004 MANAGER	# ben
	key=$(ask ben Cloud prod-shell 1h "restart the queue")
	lapse sync
	approve dana "$key"
	run lapse sync
	status_is 0
	has "user '118100000000000000004': has a role there that cannot have an end"
	hasnt "in this edition"
	[ "$(exposed)" -eq 1 ]
	knobs '{"google":{"licence":false}}'
	key=$(ask farah Cloud billing 8h "look at the bill")
	run lapse sync
	status_is 0
	has "google: cannot end memberships by itself in this edition"
	key=$(ask gus Cloud billing 8h "look at the bill")
	run lapse sync
	hasnt "in this edition"
}

@test "who becomes a manager has no end any more, and gets it back as a member" {
	key=$(ask farah Cloud billing 20d "look at the bill")
	lapse sync
	lapse sync
	[ "$(provider_end "$key" | cut -d' ' -f1)" = held ]
	farah=$(sql "select user_id from hold")
	roles 01gbilling00000 "$farah" OWNER
	later 90000		# what stands is looked at daily
	run lapse sync
	has "has a role there that cannot have an end"
	[ "$(provider_end "$key")" = "none null" ]
	[ "$(exposed)" -eq 1 ]
	knobs '{"google":{"roles":{}}}'
	later 90000
	lapse sync
	[ "$(provider_end "$key" | cut -d' ' -f1)" = held ]
	[ "$(exposed)" -eq 0 ]
}
