#!/usr/bin/env bats
# A property is a claim: who may edit the issue may write anything, who has the
# key may seal anything, and Jira itself has the last word.

load lib
load hand
load rebuild

setup() { needs_operator; world "$ANNA"; }
teardown() { world_end; }

# changed FROM TO: carol's property with one text for another, sealed anew.
changed() { sealed "$(value_of "$key" | sed "s|$1|$2|")"; }
ends() { sql "select ends_at - $(date +%s -d "$1") from \"grant\""; }

@test "an edited property is not believed, and said; nothing is granted by it" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(value_of "$key" |
		sed 's/"ends_at":"20[0-9]*/"ends_at":"2099/')"
	lost
	run rebuild
	status_is 65
	has "$key"
	has "not as lapse wrote it"
	[ -z "$(grants)" ]
	[ "$(request_state "$key")" = stale ]
	run lapse rebuild --check
	status_is 65
	lapse catalog publish >/dev/null
	control DELETE /log >/dev/null
	later 960
	lapse sync >/dev/null || true
	later 960
	lapse sync >/dev/null || true
	[ -z "$(grants)" ]
	[ "$(calls okta PUT '')" -eq 0 ]
	# It shows as what nobody here gave.
	run lapse drift --kind shadow -v
	has "carol@acme.example"
}

@test "a deadline beyond approval and maximum is cut, whoever sealed it" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(changed \
		'"ends_at":"20[0-9]*' '"ends_at":"2099')"
	lost
	run rebuild
	status_is 0
	has "capped"
	most=$(sql 'select decided_at + 30 * 86400 + 600 from approval')
	[ "$(sql 'select ends_at from "grant"')" -eq "$most" ]
	# The ledger's word stands on the issue again.
	run lapse rebuild --check
	status_is 0
	later 2592800
	run lapse expire
	isnt_member carol $GITHUB_WRITE
}

@test "no end at all is cut too" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(changed \
		'"ends_at":"[^"]*"' '"ends_at":null')"
	lost
	run rebuild
	status_is 0
	has "capped"
	[ -n "$(sql 'select ends_at from "grant" where ends_at is not null')" ]
}

@test "without an approval that bears it out it ends now" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(changed \
		'"approval":"[0-9]*"' '"approval":"99999"')"
	lost
	run rebuild
	status_is 0
	has "no approval in Jira bears it out"
	lapse expire || true
	later 60
	lapse expire || true
	isnt_member carol $GITHUB_WRITE
	[ "$(grants)" = "ended|withdrawn" ]
}

@test "an approval that was declined bears nothing out" {
	granted carol GitHub write 8h dana
	good=$key
	key=$(ask erik GitHub write 8h "please")
	lapse sync
	decline dana "$key"
	lapse sync
	id=$(sql "select issue_id from request where issue_key = '$key'")
	was=$(sql "select issue_id from request where issue_key = '$good'")
	ap=$(sql "select approval_id from approval where request_id =
		(select id from request where issue_key = '$key')")
	old=$(sql "select approval_id from approval where request_id =
		(select id from request where issue_key = '$good')")
	# Somebody with the key claims that it was a yes.
	put_property "$key" "$(sealed "$(value_of "$good" | sed \
		-e "s/\"issue\":\"$was\"/\"issue\":\"$id\"/" \
		-e "s/\"approval\":\"$old\"/\"approval\":\"$ap\"/" \
		-e "s/$(account_of carol)/$(account_of erik)/" \
		-e 's/"grants":\[{"id":1/"grants":[{"id":7/')")"
	lost
	run rebuild
	status_is 0
	has "no approval in Jira bears it out"
	[ "$(grants | head -n 1)" = "active|" ]
	[ "$(sql 'select state from "grant" where id = 7')" = ending ]
}

# Nobody needs the key for it: the old property is well sealed.
@test "an older property put back raises no grant that lapse ended" {
	granted carol GitHub write 8h dana
	old=$(value_of "$key")
	by_hand revoke "$key" --reason "left the project"
	lapse expire
	lapse sync
	isnt_member carol $GITHUB_WRITE
	okta_put carol $GITHUB_WRITE	# by hand, and to stay
	put_property "$key" "$old"
	lost
	run rebuild --dry-run
	status_is 65
	[ ! -e "$LEDGER" ]
	run rebuild
	status_is 65
	has "$key"
	has "an older property was put back"
	[ "$(sql 'select state from "grant"')" = ended ]
	[ "$(sql 'select count(*) from hold')" = 0 ]
	run lapse rebuild --check
	status_is 0
	later 28900
	run lapse expire
	status_is 0
	is_member carol $GITHUB_WRITE
}

@test "nor one of an issue that lapse made itself: its own comment tells" {
	by_hand grant --break-glass ben@acme.example github/prod-admin \
		--for 2h --reason "INC-7: production is down"
	lapse sync
	key=$(sql 'select issue_key from "grant"')
	old=$(value_of "$key")
	later 7300
	lapse expire
	isnt_member ben $GITHUB_PROD
	okta_put ben $GITHUB_PROD
	put_property "$key" "$old"
	lost
	run rebuild
	status_is 65
	has "an older property was put back"
	[ "$(sql 'select state from "grant"')" = ended ]
	lapse expire
	is_member ben $GITHUB_PROD
}

@test "another role than its issue asks for: it ends now, as what was asked" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(sealed "$(value_of "$key" | sed \
		-e 's|"role":"github/write"|"role":"github/read"|' \
		-e 's|"ends_at":"20[0-9]*|"ends_at":"2099|')")"
	lost
	run rebuild
	status_is 65
	has "its issue asks for another role"
	[ "$(sql 'select role, state from "grant"')" = "github/write|ending" ]
	lapse expire || true
	later 60
	lapse expire || true
	isnt_member carol $GITHUB_WRITE
	isnt_member carol $GITHUB_READ
}

@test "another person than its issue asks for: it ends now" {
	granted carol GitHub write 8h dana
	whose=$(sql 'select account from "grant"')
	put_property "$key" "$(sealed "$(value_of "$key" | sed \
		"s|\"account\":\"$whose\"|\"account\":\"$(account_of \
			erik)\"|")")"
	lost
	run rebuild
	status_is 65
	has "its issue asks for another person"
	[ "$(sql 'select account, state from "grant"')" = "$whose|ending" ]
	lapse expire || true
	later 60
	lapse expire || true
	isnt_member carol $GITHUB_WRITE
}

@test "whom it is for, edited after the grant: the person it was for keeps it" {
	granted carol GitHub write 8h dana
	edit gina "$key" customfield_10201 "$(_person ivan)"
	lost
	run rebuild
	status_is 0
	[ "$(sql 'select account, state from "grant"')" = \
		"$(account_of carol)|active" ]
}

@test "the role on the issue, edited after the grant: it ends now" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(changed \
		'"role":"github/write"' '"role":"github/read"')"
	edit gina "$key" customfield_10200 \
		'{"value":"GitHub","child":{"value":"read"}}'
	lost
	run rebuild
	status_is 65
	has "was changed after that was approved"
	[ "$(sql 'select state from "grant"')" = ending ]
}

# foreign ARRAY: carol's property with a hold, or a change, of Erik's more.
foreign() {
	okta_put erik $AWS_ADMIN
	value_of "$key" | python3 -c '
import json, sys
value = json.load(sys.stdin)
grant = value["grants"][0]
more = dict(grant["holds"][0], group=sys.argv[2], user=sys.argv[3])
if sys.argv[1] == "changes":
    grant["state"] = "ending"
    more = dict(id=9, kind="remove", state="open", idp=more["idp"],
        group=more["group"], user=more["user"], attempts=0,
        opened_at=more["placed_at"], due_at=more["placed_at"])
grant[sys.argv[1]].append(more)
print(json.dumps(value))' "$1" "$AWS_ADMIN" "00u1erik0000000000h7a"
}

@test "a membership that the role never gave is named, and not taken" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(sealed "$(foreign holds)")"
	lost
	run rebuild
	status_is 65
	has "okta $AWS_ADMIN 00u1erik0000000000h7a"
	has "nobody is removed there"
	[ "$(grants)" = "active|" ]
	[ "$(sql 'select count(*) from hold')" = 2 ]
	sql "select data from evidence where kind = 'learnt'" |
		grep -q '"outside":\["okta 00g1awsadmin'
	run lapse rebuild --check
	status_is 0
	later 28900
	run lapse expire
	isnt_member carol $GITHUB_WRITE
	is_member erik $AWS_ADMIN
}

@test "nor is a removal sent that such a claim has as open" {
	granted carol GitHub write 8h dana
	put_property "$key" "$(sealed "$(foreign changes)")"
	lost
	run rebuild
	status_is 65
	has "nobody is removed there"
	for _ in 1 2; do
		lapse expire || true
		later 400
	done
	is_member erik $AWS_ADMIN
}

@test "the property of another issue, and that of another ledger" {
	granted carol GitHub write 8h dana
	first=$key
	granted erik GitHub write 8h dana
	put_property "$key" "$(value_of "$first")"
	run lapse rebuild --check
	status_is 65
	has "another issue"
	put_property "$key" "$(sealed "$(value_of "$first" | sed \
		-e 's/"ledger":"[0-9a-f]*"/"ledger":"0123"/' \
		-e "s/\"issue\":\"[0-9]*\"/\"issue\":\"$(sql "select issue_id
			from request where issue_key = '$key'")\"/")")"
	lost
	run rebuild
	status_is 65
	has "another ledger's"
	[ "$(sql 'select count(*) from "grant"')" = 1 ]
}

@test "sealed by another key: the anchor is not ours, nothing is made" {
	granted carol GitHub write 8h dana
	lost
	printf %s ffffffffffffffffffffffffffffffff >"$W/secrets/ledger-key"
	run rebuild
	status_is 65
	has "not as lapse wrote it"
	[ ! -e "$LEDGER" ]
	control DELETE /log >/dev/null
	run rebuild
	[ "$(calls jira PUT '')" -eq 0 ]
}

@test "a role that left the catalog: its grant ends now" {
	granted carol Salesforce admin 1d sam
	lost
	sed -i 's|role "salesforce/admin"|role "salesforce/boss"|' "$LAPSE_CONFIG"
	run rebuild
	has "not in the catalog"
	[ "$(sql 'select state from "grant"')" = ending ]
}

@test "check names each difference, and what was deleted" {
	granted carol GitHub write 8h dana
	first=$key
	granted erik GitHub write 8h dana
	run lapse rebuild --check
	status_is 0
	has "equal"
	sqlite3 "$LEDGER" 'update "grant" set ends_at = ends_at + 60
		where id = 1'
	run lapse rebuild --check
	status_is 14
	has "$first"
	has "deadline"
	control DELETE "/jira/issue/$key" >/dev/null
	run lapse rebuild --check --json
	status_is 14
	has '"what":"grant","ledger":"active","jira":null'
	# Lost with the host, it is nobody's any more: what is there is drift.
	lost
	run rebuild
	status_is 0
	[ "$(sql 'select count(*) from "grant"')" = 1 ]
	is_member erik $GITHUB_WRITE
}

@test "what the index does not show is learnt from later, and named" {
	granted carol GitHub write 8h dana
	index_lag 0 "$key"
	lost
	run rebuild
	status_is 0
	[ -z "$(grants)" ]
	index_lag 0
	run lapse rebuild --check
	status_is 14
	has "$key"
	run by_hand rebuild --forward --reason "the index was late"
	status_is 0
	has "$key"
	[ "$(grants)" = "active|" ]
	run lapse rebuild --check
	status_is 0
	later 28900
	run lapse expire
	isnt_member carol $GITHUB_WRITE
}

@test "access whose issue says nothing of it: listed, and its agents are told" {
	granted carol GitHub write 8h dana
	lost_one=$key
	granted ben GitHub write 8h dana
	over=$key
	portal_transition ben "$over" 51
	lapse sync
	for issue in "$lost_one" "$over"; do
		as gina DELETE "/rest/api/3/issue/$issue/properties/lapse.v1"
	done
	lost
	run rebuild
	has "$lost_one"
	has "not-rebuilt"
	hasnt "$over"
	lapse catalog publish >/dev/null
	lapse sync >/dev/null || true
	said() {
		as gina GET "/rest/api/3/issue/$1/comment" |
			jq '[.comments[] | tostring |
			select(contains("make its ledger anew"))] | length'
	}
	[ "$(said "$lost_one")" -eq 1 ]
	[ "$(said "$over")" -eq 0 ]
	by_hand rebuild --forward --reason "once more" >/dev/null
	lapse sync >/dev/null || true
	[ "$(said "$lost_one")" -eq 1 ]
	run lapse verify
	status_is 0
}

@test "a campaign that the rebuilt ledger never knew: that is said" {
	run by_hand review-close 2026-q4
	status_is 13
	hasnt "rebuilt"
	lost
	rebuild >/dev/null
	run by_hand review-close 2026-q4
	status_is 13
	has "rebuilt"
	has "nothing is carried out any more"
}

@test "whose group was gone when access ended is looked for again" {
	granted ben GitHub write 8h dana
	control POST /okta/group "{\"id\":\"$GITHUB_WRITE\",\"delete\":true}"
	later 28900
	lapse expire
	lapse sync
	until=$(sql 'select until from watch')
	[ -n "$until" ]
	lost
	rebuild >/dev/null
	[ "$(($(sql 'select until from watch') - until))" -le 5 ]
	later 3024000
	lapse sync >/dev/null || true
	[ -z "$(sql 'select until from watch')" ]
}

@test "how a request came is learnt, and what cannot be compared is named" {
	granted ben GitHub write 8h dana
	granted carol GitHub write 8h dana
	before=$(sql "select channel from intake order by request_id")
	[ -n "$before" ]
	lost
	rebuild >/dev/null
	[ "$(sql "select channel from intake order by request_id")" = "$before" ]
	run lapse rebuild --check
	status_is 0
	for what in reviews reclaim drift baseline; do
		has "$what"
	done
}
