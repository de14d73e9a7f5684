#!/usr/bin/env bats
# Microsoft Entra ID as the provider: the main job, its odd answers, its late
# replicas, and the one request that must never be sent.

load lib
load hand
load lag
load still

READERS=9a1b2c3d-0001-4b00-8000-000000000001
OPERATORS=9a1b2c3d-0001-4b00-8000-000000000002
ON_CALL=9a1b2c3d-0001-4b00-8000-000000000008
BEN=0e1f2a3b-0001-4a00-8000-000000000004

setup_file() {
	export ENTRA_PAIR=$BATS_FILE_TMPDIR/pair
	openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=lapse -days 30 \
		-keyout "$ENTRA_PAIR" -out "$ENTRA_PAIR.crt" 2>/dev/null
	cat "$ENTRA_PAIR.crt" >>"$ENTRA_PAIR"
}

setup() {
	MORE_CONF=examples/sandbox/entra.conf.in
	DIRECTORY=entra
	ENTRA_KEY=$ENTRA_PAIR
	world "${CONFIG:-}"
	users=$(n_users)
}

# Whatever a test does: every DELETE was of a membership, nobody was deleted.
teardown() {
	nobody_deleted
	world_end
}

n_users() {
	control GET /state |
		grep -o '"id":"0e1f2a3b[^"]*","userPrincipalName"' | wc -l
}
nobody_deleted() {
	[ "$(calls entra DELETE)" = "$(control GET /log | tr '{' '\n' |
		grep '"service":"entra"' | grep '"method":"DELETE"' |
		grep -c '/members/[0-9a-f-]\{36\}/$ref"' || :)" ]
	[ "$users" -gt 10 ]
	[ "$users" = "$(n_users)" ]
}

asked_for_reader() {
	key=$(ask ben Azure reader 8h "see the bill")
	lapse sync
	approve dana "$key"
}

@test "a request becomes access in Entra, ends on time and leaves its story" {
	key=$(ask ben Azure operator 1h "restart the queue")
	run lapse sync
	status_is 0
	isnt_member ben $OPERATORS
	approve dana "$key"
	run lapse sync
	status_is 0
	is_member ben $OPERATORS
	is_member ben $READERS
	[ "$(grants)" = "active|" ]
	[ "$(status_of "$key")" = 10013 ]
	[ "$(calls entra POST /revokeSignInSessions)" -eq 0 ]

	later 3700
	run lapse expire
	status_is 0
	isnt_member ben $OPERATORS
	isnt_member ben $READERS
	is_member gus $READERS		# was there before, stays
	[ "$(grants)" = "ended|expired" ]
	[ "$(status_of "$key")" = 10015 ]
	run comments_of "$key"
	has "now has azure/operator"
	has "Approved by: Dana Reyes"
	has "the time is up"
	has "read back as absent"
	[ "$(printf '%s\n' "$output" | grep -c '^lapse-')" -eq 3 ]
	has "Sessions: signed out at entra."
	has "belong to the home organization"
	[ "$(calls entra DELETE '/$ref')" -eq 2 ]
	[ "$(calls entra POST /users/$BEN/revokeSignInSessions)" -eq 1 ]

	run lapse verify
	status_is 0
	run lapse review-export --out "$W/export"
	status_is 0
	run lapse verify "$W/export"
	status_is 0
}

@test "by a certificate, and not by another" {
	sed -i 's|client-secret = .*|key = "file:'"$W"'/secrets/entra-key"|' \
		"$W/lapse.conf"
	asked_for_reader
	run lapse sync
	status_is 0
	is_member ben $READERS
	openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=else -days 30 \
		-keyout "$W/secrets/entra-key" -out "$W/else.crt" 2>/dev/null
	run lapse doctor
	has "holds no certificate of its key"
	cat "$W/else.crt" >>"$W/secrets/entra-key"
	run lapse doctor
	has "AADSTS700027"
	printf wrong >"$W/secrets/entra"
	sed -i 's|key = "file:.*entra-key"|client-secret = "file:'"$W"'/secrets/entra"|' \
		"$W/lapse.conf"
	run lapse doctor
	has "AADSTS7000215"
}

@test "doctor: what may be read, and which groups are somebody else's" {
	run lapse doctor
	has "entra: the application may read users"
	has "entra: one membership can be read by itself"
	has "entra: group $OPERATORS can be governed"
	has "is fed by a group rule (user.department -eq \"Engineering\")"
	has "is mastered by another directory (corp.acme.example)"
	has "can be changed with administrator rights only (roles can be assigned"
	sed -i 's/\(client-id = ".*\)1"/\14"/' "$W/lapse.conf"
	run lapse doctor
	has "Authorization_RequestDenied"
	has "User.Read.All"
}

@test "an owner of the groups needs no right over all groups" {
	sed -i 's/\(client-id = ".*\)1"/\12"/' "$W/lapse.conf"
	asked_for_reader
	run lapse sync
	status_is 0
	is_member ben $READERS
}

@test "the reply to an add is lost: seen by reading back, sent once" {
	asked_for_reader
	control DELETE /log >/dev/null
	fault lost-reply entra POST '/members/$ref'
	run lapse sync
	status_is 0
	[ "$(grants)" = "active|" ]
	[ "$(calls entra POST '/members/$ref')" -eq 1 ]
	is_member ben $READERS
}

@test "the reply to a removal is lost: absent by reading back" {
	asked_for_reader
	lapse sync
	later 28900
	fault lost-reply entra DELETE
	run lapse expire
	status_is 0
	isnt_member ben $READERS
	[ "$(grants)" = "ended|expired" ]
}

@test "someone who was removed at Entra already: both odd answers" {
	for odd in 404 400; do
		asked_for_reader
		lapse sync
		knobs "{\"entra\":{\"removeNonMember\":$odd}}"
		fault status entra GET '' '"status":500,"times":-1'
		console_drop ben $READERS
		later 28900
		lapse expire || true
		no_faults
		later 3700
		run lapse expire
		status_is 0
		[ "$(sql 'select state from "grant" order by id desc limit 1')" = \
			ended ]
	done
}

@test "writes are seen late, by three reads that agree" {
	lag 45
	asked_for_reader
	lapse sync || true
	is_member ben $READERS
	until_state 4 active
	[ "$(n_comments "$key" "now has")" -eq 1 ]
	[ "$(calls entra POST '/members/$ref')" -ge 1 ]
	later 28900
	lapse expire || true
	until_state 6 ended
	isnt_member ben $READERS
	run comments_of "$key"
	has "read back as absent"
}

@test "flapping replicas: nothing is claimed from reads that disagree" {
	lag 45 flap
	asked_for_reader
	lapse sync || true
	until_state 4 active
	[ "$(n_comments "$key" "now has")" -eq 1 ]
	is_member ben $READERS
	later 28900
	lapse expire || true
	until_state 6 ended
	isnt_member ben $READERS
}

@test "someone in a group within the group is no direct member" {
	key=$(ask farah Azure reader 8h "see the bill")
	lapse sync
	approve dana "$key"
	run lapse sync
	status_is 0
	is_member farah $READERS
	later 28900
	run lapse expire
	status_is 0
	isnt_member farah $READERS
	is_member farah $ON_CALL
	[ "$(grants)" = "ended|expired" ]
}

@test "a next link to elsewhere is not followed" {
	knobs '{"entra":{"pageLimit":2}}'
	fault foreign-next entra GET /v1.0/users '"times":-1'
	run lapse sync --full
	[ "$status" -ne 0 ]
	has "the next link leads away from $SANDBOX_ENTRA/v1.0"
	no_faults
	run lapse sync --full
	status_is 0
}

@test "a user whom not every replica knows yet is added by a later run" {
	asked_for_reader
	fault status entra POST '/members/$ref' '"status":404,"body":"{\"error\":{\"code\":\"Request_ResourceNotFound\",\"message\":\"x\"}}","times":-1'
	lapse sync || true
	isnt_member ben $READERS
	[ "$(sql 'select state from "grant"')" = granting ]
	no_faults
	until_state 3 active
	is_member ben $READERS
}

@test "limits are kept to, with a time to wait and without" {
	asked_for_reader
	fault status-429 entra POST '/members/$ref' '"retry_after":"7"'
	fault status-429 entra GET '/members/' '"bare":true'
	run lapse sync
	status_is 0
	is_member ben $READERS
	[ "$(calls entra POST '/members/$ref')" -eq 2 ]
}

@test "without a licence the last use is unknown, and all else goes on" {
	last_use() {
		sql "select last_login_known, last_login_at is null
			from idp_user where idp = 'entra' and user_id = '$BEN'"
	}
	knobs '{"entra":{"licence":false}}'
	run lapse sync --full
	status_is 0
	[ "$(last_use)" = "0|1" ]
	knobs '{"entra":{"licence":true}}'
	run lapse sync --full
	status_is 0
	[ "$(last_use)" = "1|0" ]
}

@test "the list of users is heard too where the lists of members come first" {
	knobs '{"entra":{"licence":false}}'
	lapse sync --full
	knobs '{"entra":{"licence":true}}'
	later 60
	fault status entra GET /users '"status":503,"times":1'
	run lapse sync --full
	status_is 0
	[ "$(sql "select last_login_known from idp_user
		where idp = 'entra' and user_id = '$BEN'")" = 1 ]
}

@test "who is disabled at Entra loses what he has there" {
	asked_for_reader
	lapse sync
	is_member ben $READERS
	control POST /entra/user '{"login":"ben","accountEnabled":false}' \
		>/dev/null
	later 960
	run lapse sync
	status_is 0
	isnt_member ben $READERS
	[ "$(grants)" = "ended|left" ]
}

@test "a group that is filled by a rule is refused, with the reason" {
	key=$(ask ben Azure engineer 8h "be one")
	lapse sync || true
	run comments_of "$key"
	has "Azure"
	isnt_member erik $OPERATORS
	[ "$(request_state "$key")" = refused ]
	[ "$(calls entra POST '/members/$ref')" -eq 0 ]
}
