#!/usr/bin/env bats
# What Jira keeps, held against the ledger: whoever changes one of the two is
# found by the other.

load lib
load hand
load still

setup() {
	world
	granted ben GitHub write 8h dana
	first=$key
	granted carol GitHub write 8h dana
	anchor=$(sql 'select anchor_issue from ledger')
}
teardown() { world_end; }

# The ledger as its owner can make it: without the triggers, and with any
# other content.
rewrite() {
	triggers=$(sql "select group_concat(sql || ';', ' ')
		from sqlite_master where type = 'trigger'
		and name like 'evidence_no_%'")
	sqlite3 "$LEDGER" "DROP TRIGGER evidence_no_update;
		DROP TRIGGER evidence_no_delete; PRAGMA foreign_keys = OFF; $1"
}

# The attacker's own way to make a chain that is right in itself; who does that
# puts the triggers back too.
recompute() {
	python3 - "$LEDGER" <<-'END'
		import hashlib, sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.text_factory, prev = bytes, bytes(32)
		net = lambda v: b"-1:," if v is None else b"%d:%s," % (len(v), v)
		for row in db.execute("SELECT * FROM evidence ORDER BY seq").fetchall():
		    prev = hashlib.sha256(prev + b"".join(net(b"%d" % v
		        if isinstance(v, int) else v) for v in row[:12])).digest()
		    db.execute("UPDATE evidence SET hash = ? WHERE seq = ?", (prev, row[0]))
		db.commit()
	END
	sqlite3 "$LEDGER" "$triggers"
}

back_to() {
	rm -f "$LEDGER" "$LEDGER"-wal "$LEDGER"-shm
	cp "$1" "$LEDGER"
	chmod 600 "$LEDGER"
}

# comment_like TEXT: the id of the first one on the first issue.
comment_like() {
	as gina GET "/rest/api/3/issue/$first/comment" | jq -r --arg like "$1" \
		'[.comments[] | select(tostring | contains($like))][0].id'
}

property_back() { # ISSUE KEY VALUE
	as gina PUT "/rest/api/3/issue/$1/properties/$2" "$3" >/dev/null
}

value_of() { # ISSUE KEY
	as gina GET "/rest/api/3/issue/$1/properties/$2" | jq -c .value
}

@test "all agree; nothing is written, in Jira or in the ledger" {
	before=$(sqlite3 -readonly "$LEDGER" .dump | sha256sum)
	control DELETE /log >/dev/null
	run lapse verify --jira
	status_is 0
	has "agrees"
	[ "$(calls jira PUT '')" -eq 0 ]
	# Searching is asked by a POST too.
	[ "$(calls jira POST '')" -eq "$(($(calls jira POST search/jql) +
		$(calls jira POST bulkfetch)))" ]
	[ "$before" = "$(sqlite3 -readonly "$LEDGER" .dump | sha256sum)" ]
	run lapse verify --jira --json
	[ "$(jq -s '[.[] | select(.schema == "lapse/verified-jira.v1")][0] |
		.issues >= 2 and .comments >= 4' <<<"$output")" = true ]
}

@test "a tail that was cut: named by the anchor and the comments" {
	last=$(sql 'select max(seq) from evidence')
	rewrite "DELETE FROM evidence_text WHERE seq > $last - 3;
		DELETE FROM evidence WHERE seq > $last - 3;"
	run lapse verify --jira
	status_is 65
	has "anchor issue $anchor"
	has "its tail was cut, or an old copy restored"
	has "the ledger ends at $((last - 3))"
	has "put the newest copy of the ledger back"
}

@test "a chain written anew from the start: right in itself, and found" {
	rewrite "UPDATE evidence SET actor = 'nobody' WHERE seq = 3;"
	run lapse verify
	status_is 65
	has "evidence 3"
	recompute
	run lapse verify
	status_is 0
	run lapse verify --jira
	status_is 65
	has "anchor issue $anchor"
	has "$first"
	has "the witness saw another chain"
}

@test "yesterday's ledger, restored" {
	lapse snapshot "$W/old.db"
	later 86400
	tick
	granted erik GitHub write 8h dana
	back_to "$W/old.db"
	run lapse verify
	status_is 0
	run lapse verify --jira
	status_is 65
	has "anchor issue $anchor"
	has "its tail was cut, or an old copy restored"
	# On an issue that both know, too.
	has "$first"
}

@test "a comment edited or deleted, public or internal: named" {
	id=$(comment_like "now has")
	as gina PUT "/rest/api/3/issue/$first/comment/$id" '{"body":{"version":1,
		"type":"doc","content":[{"type":"paragraph","content":[{
		"type":"text","text":"Nothing happened here."}]}]}}' >/dev/null
	run lapse verify --jira
	status_is 65
	has "$first"
	has "comment $id"
	has "was edited"
	as gina DELETE "/rest/api/3/issue/$first/comment/$id"
	run lapse verify --jira
	status_is 65
	has "comment $id"
	has "was deleted"
	[ "$(lapse verify --jira --json 2>/dev/null | grep -c fault.v1)" -eq 1 ]
}

@test "one character of a comment" {
	id=$(comment_like "now has")
	doc=$(as gina GET "/rest/api/3/issue/$first/comment/$id" |
		jq -c '{body: .body} | (.. | .text? // empty |
		select(contains("now has"))) |= sub("now has"; "now had")')
	as gina PUT "/rest/api/3/issue/$first/comment/$id" "$doc" >/dev/null
	run lapse verify --jira
	status_is 65
	has "was edited"
}

@test "a property forged, put back, taken away" {
	value=$(value_of "$first" lapse.v1)
	property_back "$first" lapse.v1 "$(jq -c \
		'.grants[0].ends_at = "2036-01-01T00:00:00Z"' <<<"$value")"
	run lapse verify --jira
	status_is 65
	has "$first"
	has "property: is not as lapse wrote it"
	property_back "$first" lapse.v1 "$value"
	run lapse verify --jira
	status_is 0
	# Another issue's own, which has a good seal.
	property_back "$first" lapse.v1 "$(value_of "$key" lapse.v1)"
	run lapse verify --jira
	status_is 65
	has "$first"
	# An old one of the same issue.
	property_back "$first" lapse.v1 "$value"
	portal_transition ben "$first" 51
	lapse sync
	run lapse verify --jira
	status_is 0
	property_back "$first" lapse.v1 "$value"
	run lapse verify --jira
	status_is 65
	has "an older one was put back"
	as gina DELETE "/rest/api/3/issue/$first/properties/lapse.v1"
	run lapse verify --jira
	status_is 65
	has "property: is gone"
}

@test "the anchor forged, put back, taken away, or another ledger's" {
	value=$(value_of "$anchor" lapse.anchor)
	property_back "$anchor" lapse.anchor "$(jq -c '.seq = 1' <<<"$value")"
	run lapse verify --jira
	status_is 65
	has "its property is not as lapse wrote it"
	property_back "$anchor" lapse.anchor "$value"
	granted erik GitHub write 8h dana
	property_back "$anchor" lapse.anchor "$value"
	run lapse verify --jira
	status_is 65
	has "an older one was put back"
	as gina DELETE "/rest/api/3/issue/$anchor/properties/lapse.anchor"
	run lapse verify --jira
	status_is 65
	has "gone"
}

@test "a projection that the ledger does not have" {
	rewrite "UPDATE \"grant\" SET ends_at = ends_at + 86400 WHERE id = 1;"
	run lapse verify --jira
	status_is 65
	has "$first"
	has "its grants are not the ledger's"
}

# forget SQL: rows of what the first issue was told are gone.
forget() {
	sqlite3 "$LEDGER" "DELETE FROM notice WHERE issue_id = (SELECT issue_id
		FROM request WHERE issue_key = '$first') AND $1"
}

@test "the rows of what an issue was told deleted: what stands there names them" {
	lapse snapshot "$W/whole.db"
	forget "kind <> 'property'"
	run lapse verify
	status_is 65
	run lapse verify --jira
	status_is 65
	has "$first"
	has "comment $(comment_like "now has") (lapse-"
	has "the ledger has no row of having written it"
	hasnt "$key "
	back_to "$W/whole.db"
	run lapse verify --jira
	status_is 0
	forget "kind = 'property'"
	run lapse verify --jira
	status_is 65
	has "$first"
	has "property: the ledger has no row of having written it"
	back_to "$W/whole.db"
	# So nothing can be edited behind it.
	forget true
	id=$(comment_like "now has")
	as gina PUT "/rest/api/3/issue/$first/comment/$id" '{"body":{"version":1,
		"type":"doc","content":[{"type":"paragraph","content":[{
		"type":"text","text":"Nothing happened here."}]}]}}' >/dev/null
	run lapse verify --jira
	status_is 65
	has "$first"
}

@test "the rows deleted, and all that they tell of in Jira too: the chain names them" {
	forget true
	for id in $(as gina GET "/rest/api/3/issue/$first/comment" |
		jq -r '.comments[].id'); do
		as gina DELETE "/rest/api/3/issue/$first/comment/$id"
	done
	as gina DELETE "/rest/api/3/issue/$first/properties/lapse.v1"
	for how in "" --jira; do
		run lapse verify $how
		status_is 65
		has "no notice tells"
	done
}

@test "Jira silent: nothing is said to be whole" {
	fault drop jira "" "" '"times":-1'
	run lapse verify --jira
	[ "$status" -ne 0 ]
	[ "$status" -ne 65 ]
	hasnt "agrees"
}

@test "what does not go together is refused" {
	run lapse verify "$W" --jira
	status_is 64
	run lapse verify --jira --ledger "$LEDGER"
	status_is 64
	run lapse verify --jira --ledger "$LEDGER" --config "$LAPSE_CONFIG"
	status_is 0
}

@test "rebuilt from Jira: the new chain agrees with what the old one said" {
	needs_operator
	mv "$W/state" "$W/old"
	mkdir -m 700 "$W/state"
	sed -i "$ANNA" "$LAPSE_CONFIG"
	by_hand rebuild --anchor "$anchor" --reason "disk lost" >/dev/null
	run lapse verify --jira
	status_is 0
	lapse sync
	granted erik GitHub write 8h dana
	run lapse verify --jira
	status_is 0
}

@test "brought forward over a gap: agrees again" {
	needs_operator
	sed -i "$ANNA" "$LAPSE_CONFIG"
	lapse snapshot "$W/copy.db"
	later 60
	portal_transition ben "$first" 51
	lapse sync
	granted erik GitHub write 8h dana
	back_to "$W/copy.db"
	later 60
	run lapse verify --jira
	status_is 65
	by_hand rebuild --forward --reason "restored" >/dev/null
	run lapse verify --jira
	status_is 0
	lapse sync
	granted ben GitHub write 8h dana
	run lapse verify --jira
	status_is 0
}
