#!/usr/bin/env bats
# What is exported: the same bytes for the same question, as many rows as the
# ledger has, in the words of those who read it, also as of a past time.

bats_require_minimum_version 1.5.0

load lib
load history

setup_file() { history; }

setup() { remember; }

export_() { "$LAPSE" export "$@" --ledger "$LEDGER"; }
ask_file() { /usr/bin/python3 tests/e2e/export.py "$@"; }
manifest() { python3 -c "import json, sys
print(eval('m' + sys.argv[2], {'m': json.load(open(sys.argv[1]))}))" \
	"$1/MANIFEST.json" "$2"; }
# rows FILE: of a CSV file, as another reader counts them.
rows() { python3 -c 'import csv, sys
print(len(list(csv.DictReader(open(sys.argv[1], newline="")))))' "$1"; }

@test "the same ledger and the same question give the same bytes" {
	for what in changes events entitlements; do
		for format in csv jsonl ocsf ecs; do
			[ "$what-$format" != entitlements-ocsf ] || continue
			[ "$what-$format" != entitlements-ecs ] || continue
			export_ $what --format $format >"$W/one"
			NOW=400000000	# years later
			lapse export $what --format $format --ledger "$LEDGER" \
				>"$W/two"
			[ -s "$W/one" ]
			cmp "$W/one" "$W/two"
			lapse export $what --format $format --ledger "$LEDGER" \
				--out "$W/$what-$format" >/dev/null
			NOW=0
			cmp "$W/one" "$W/$what-$format/$what".*
			export_ $what --format $format --out "$W/again" >/dev/null
			diff -r "$W/$what-$format" "$W/again"
			run "$LAPSE" verify "$W/again"
			status_is 0
			rm -r "$W/again"
		done
	done
	"$LAPSE" review-export --ledger "$LEDGER" --out "$W/audit"
	NOW=400000000
	lapse review-export --ledger "$LEDGER" --out "$W/audit2"
	diff -r "$W/audit" "$W/audit2"
	# One table of columns: the file of the folder is the stream.
	export_ changes | cmp - "$W/audit/changes.csv"
	export_ entitlements | cmp - "$W/audit/entitlements.csv"
}

@test "the counts of the manifest are those of SQL" {
	for what in changes events entitlements; do
		export_ $what --out "$W/$what"
		[ "$(rows "$W/$what/$what.csv")" = \
			"$(manifest "$W/$what" "['files'][0]['rows']")" ]
		[ "$(manifest "$W/$what" "['ledger']['head_seq']")" = \
			"$(sql 'select max(seq) from evidence')" ]
		[ "$(manifest "$W/$what" "['files'][1]['rows']")" = \
			"$(sql 'select count(*) from policy')" ]
	done
	[ "$(rows "$W/changes/changes.csv")" = "$(sql 'select count(*)
		from "grant" g left join hold h on h.grant_id = g.id')" ]
	[ "$(rows "$W/events/events.csv")" = \
		"$(sql 'select count(*) from evidence')" ]
	[ "$(manifest "$W/entitlements" "['population']['memberships_read']")" = \
		"$(sql 'select count(*) from membership
			where missed_at is null')" ]
	# Who is where, counted from what happened instead of what was read.
	[ "$(rows "$W/entitlements/entitlements.csv")" = "$(sql 'select
		count(*) from (select g.idp, g.group_id, u.user_id
			from membership m join idp_group g on g.id = m.gid
			join idp_user u on u.id = m.uid
			where missed_at is null
		union select idp, group_id, user_id from hold
			where released_at is null)')" ]
	[ "$(export_ events --format ocsf | wc -l)" = "$(sql "select count(*)
		from evidence where kind in ('added', 'removed', 'parked')")" ]
}

@test "every line passes the schema that is installed for it" {
	for what in changes events; do
		for format in ocsf ecs jsonl; do
			export_ $what --format $format >"$W/$what.$format"
		done
		ask_file schema man/schema/ocsf-group-management.json \
			<"$W/$what.ocsf"
		ask_file schema man/schema/ecs-iam.json <"$W/$what.ecs"
	done
	# Added and removed, done and refused.
	for part in '"type_uid":300603' '"type_uid":300604' '"status_id":1' \
		'"status_id":2' '"severity":"High"'; do
		grep -qF "$part" "$W/events.ocsf"
	done
	cmp <(grep -o '"uid":"[0-9a-f]\{32\}:[0-9]*"' "$W/events.ocsf" |
		cut -d: -f2-) <(grep -o '"id":"[0-9a-f]\{32\}:[0-9]*"' \
		"$W/events.ecs" | cut -d: -f2-)
	ask_file schema man/schema/access-change.v1.json <"$W/changes.jsonl"
	ask_file schema man/schema/event.v1.json <"$W/events.jsonl"
	export_ entitlements --format jsonl --out "$W/e"
	ask_file schema man/schema/entitlement.v1.json <"$W/e/entitlements.jsonl"
	ask_file schema man/schema/policy.v1.json <"$W/e/policies.jsonl"
	ask_file schema man/schema/manifest.v1.json <"$W/e/MANIFEST.json"
	"$LAPSE" review-export --ledger "$LEDGER" --out "$W/audit"
	ask_file schema man/schema/manifest.v1.json <"$W/audit/MANIFEST.json"
}

@test "the judge of the schemas sees what is wrong" {
	export_ changes --format ocsf | head -n 1 >"$W/ocsf"
	export_ changes --format ecs | head -n 1 >"$W/ecs"
	export_ changes --format jsonl | head -n 1 >"$W/jsonl"
	wrong() { # SCHEMA FILE SED
		sed "$3" "$W/$2" >"$W/wrong"
		! cmp -s "$W/$2" "$W/wrong"
		run ask_file schema "man/schema/$1.json" <"$W/wrong"
		status_is 1
		has "line 1"
	}
	wrong ocsf-group-management ocsf 's/"class_uid":3006/"class_uid":3005/'
	wrong ocsf-group-management ocsf 's/300603/300604/'
	wrong ocsf-group-management ocsf 's/"group":{[^}]*},//'
	wrong ocsf-group-management ocsf 's/"time":[0-9]*/"time":1795440111/'
	wrong ocsf-group-management ocsf 's/"message"/"massage"/'
	wrong ocsf-group-management ocsf 's/"status":"Success"/"status":"Failure"/'
	wrong ecs-iam ecs 's/"iam"/"authentication"/'
	wrong ecs-iam ecs 's/"target"/"aim"/'
	wrong ecs-iam ecs 's/"outcome":"success"/"outcome":"yes"/'
	wrong access-change.v1 jsonl 's/"elevated":true/"elevated":"yes"/'
	wrong access-change.v1 jsonl 's/"lateness_s":[0-9]*,//'
	run ask_file schema man/schema/ecs-iam.json </dev/null
	status_is 1
}

@test "CSV and JSON Lines have the same rows" {
	for what in changes events entitlements; do
		export_ $what >"$W/$what.csv"
		export_ $what --format jsonl >"$W/$what.jsonl"
		ask_file same "$W/$what.csv" "$W/$what.jsonl"
	done
	export_ changes --json | cmp - "$W/changes.jsonl"
}

@test "the exported events are the chain, to the byte" {
	export_ events --format jsonl >"$W/events"
	run ask_file chain <"$W/events"
	status_is 0
	[ "$output" = "$(sql "select max(seq) || ' ' || lower(hex(hash))
		from evidence")" ]
	sed '7s/"data":"{\\"/&x/' "$W/events" >"$W/forged"
	run ask_file chain <"$W/forged"
	status_is 1
	has "event 7 has another hash"
	sed 's/to get work done/to get rich/' "$W/events" >"$W/forged"
	run ask_file chain <"$W/forged"
	status_is 1
	has "was changed"
}

@test "an erased text is not in the events, nor is what would help to guess it" {
	cp "$LEDGER" "$W/purged.db"
	sqlite3 "$W/purged.db" 'update evidence_text set text = null'
	run "$LAPSE" export events --format jsonl --ledger "$W/purged.db"
	status_is 0
	hasnt "to get work done"
	hasnt '"text_salt":"'
	has '"text_erased":true'
}

@test "each policy is there by the digest that the changes name" {
	"$LAPSE" review-export --ledger "$LEDGER" --out "$W/audit"
	ask_file policies "$W/audit/changes.csv" "$W/audit/policies.jsonl"
	export_ changes --out "$W/changes"
	cmp "$W/audit/policies.jsonl" "$W/changes/policies.jsonl"
	run "$LAPSE" verify "$W/audit"
	status_is 0
	sed -i 's/max-duration/max-duratiom/' "$W/audit/policies.jsonl"
	run "$LAPSE" verify "$W/audit"
	status_is 65
	has policies.jsonl
}

@test "the manifest says what the population does not contain" {
	for what in changes entitlements; do
		export_ $what --out "$W/$what" >/dev/null
		for words in 'direct assignments' 'administrator roles' \
			'local accounts' 'neither in the catalog'; do
			[[ $(manifest "$W/$what" "['not_contained']") = *"$words"* ]]
		done
	done
}

# member_of FILE: those of the hotfix group, as LOGIN BY.
hotfix_of() { python3 -c 'import csv, sys
for r in csv.DictReader(sys.stdin):
	if r["group_id"] == sys.argv[1]:
		print(r["member_login"].split("@")[0], r["granted_via"])' $GITHUB_PROD; }

@test "entitlements as of a past time" {
	run hotfix_of < <(export_ entitlements --as-of "$BEFORE")
	hasnt "ben"
	has "gus"
	run hotfix_of < <(export_ entitlements --as-of "$HELD")
	has "ben 1"
	run hotfix_of < <(export_ entitlements --as-of "$ENDED")
	hasnt "ben"
	# As of the last moment it is the population that is known now, and of
	# it the access whose removal is refused.
	as_now() { python3 -c 'import csv, sys
for r in sorted([r[i] for i in (5, 8, 10, 20)] for r in csv.reader(sys.stdin)):
	print(*r)'; }
	diff <(export_ entitlements --as-of "$LAST" | as_now) \
		<(export_ entitlements | as_now)
	[ "$(sql "select state from change where kind = 'remove'
		and settled_at is null" | sort -u)" = parked ]
	grep -q "$GITHUB_WRITE [^ ]* 2\$" <(export_ entitlements | as_now)
	export_ entitlements --as-of "$HELD" --out "$W/then"
	run "$LAPSE" verify "$W/then"
	status_is 0
	[ "$(manifest "$W/then" "['filters']['as_of']")" = "$HELD" ]
	[[ $(manifest "$W/then" "['not_contained']") = *"as last observed"* ]]
	[ "$(($(manifest "$W/then" "['population']['rows_of_read_memberships']") \
		+ $(manifest "$W/then" "['population']['rows_granted_since_read']")))" \
		= "$(rows "$W/then/entitlements.csv")" ]
}

@test "before a group was first read it is not known, and not empty" {
	run --separate-stderr "$LAPSE" export entitlements --ledger "$LEDGER" \
		--as-of 2020-01-01T00:00:00Z --out "$W/early"
	status_is 13
	output=$stderr has "not known at 2020-01-01T00:00:00Z"
	[ "$(rows "$W/early/entitlements.csv")" -eq 0 ]
	groups=$(manifest "$W/early" "['population']['groups']")
	[ "$groups" = "$(sql 'select count(*) from idp_group')" ]
	[ "$groups" = "$(manifest "$W/early" \
		"['population']['groups_never_read']")" ]
	[ "$(manifest "$W/early" "['observed']['oldest_age_s']")" = None ]
	ask_file schema man/schema/manifest.v1.json <"$W/early/MANIFEST.json"
	export_ changes --as-of 2020-01-01T00:00:00Z >/dev/null
	export_ entitlements --as-of "$HELD" --out "$W/held"
	[ "$(manifest "$W/held" "['observed']['oldest_age_s']")" -ge 0 ]
	[ "$(manifest "$W/held" "['population']['groups_never_read']")" = \
		"$(sql 'select count(*) from idp_group
			where complete_at is null')" ]
	ask_file schema man/schema/manifest.v1.json <"$W/held/MANIFEST.json"
}

@test "as of a past time it is what \`who --at\` says" {
	NOW=100000	# the history went on in the future
	for time in $BEFORE $HELD $ENDED $LAST; do
		export_ entitlements --as-of "$time" --format jsonl \
			>"$W/export"
		sql 'select distinct group_id from idp_group' |
			while read -r group; do
				lapse who "okta:$group" --at "$time" --json \
					--ledger "$LEDGER" || true
			done >"$W/who" 2>/dev/null
		run python3 - "$W/export" "$W/who" <<'PY'
import json, sys
ours = {}
for r in map(json.loads, open(sys.argv[1])):
    via = r["granted_via"].replace("unmanaged", "None").split("; ")
    ours[r["group_id"], r["member_id"]] = sorted(via)
theirs = {}
for r in map(json.loads, open(sys.argv[2])):
    via = r["grant"] or ("None" if r["by"] == "no grant" else r["by"])
    theirs.setdefault((r["group"], r["user"]), []).append(str(via))
theirs = {key: sorted(via) for key, via in theirs.items()}
for key in sorted(ours.keys() | theirs.keys()):
    if ours.get(key) != theirs.get(key):
        print(key, ours.get(key), theirs.get(key))
print(len(ours) > 20)
PY
		echo "$time: $output"
		[ "$output" = True ]
	done
}

@test "as of a past time nothing of later is known" {
	run export_ changes --as-of "$BEFORE"
	[ "${#lines[@]}" -eq 1 ]
	export_ changes --as-of "$HELD" --format jsonl >"$W/held"
	[ "$(wc -l <"$W/held")" -eq 1 ]
	run cat "$W/held"
	has '"final_state":"active"'
	has '"revoke_reason":null'
	has '"absence_verified_at":null'
	has '"lateness_s":null'
	hasnt "$(sql 'select lower(hex(hash)) from evidence where grant_id = 1
		order by seq desc limit 1')"
	ask_file schema man/schema/access-change.v1.json <"$W/held"
	export_ changes --as-of "$LAST" | cut -d, -f1-53,56- >"$W/last"
	diff "$W/last" <(export_ changes | cut -d, -f1-53,56-)
	export_ events --as-of "$HELD" --format jsonl >"$W/events"
	cmp "$W/events" <(export_ events --format jsonl |
		head -n "$(wc -l <"$W/events")")
	[ "$(wc -l <"$W/events")" -lt "$(sql 'select count(*) from evidence')" ]
	run export_ events --as-of 2040-01-01T00:00:00Z
	status_is 0
	has "the ledger knows nothing of later than"
}

@test "only what was asked for" {
	[ "$(export_ changes --role github/hotfix --format jsonl | wc -l)" -eq 1 ]
	run export_ events --role github/hotfix
	hasnt github/write
	has github/hotfix
	[ "$(export_ changes --idp okta | wc -l)" = "$(export_ changes | wc -l)" ]
	# Two halves are the whole, and none has what the other has.
	export_ events --until "$ENDED" --format jsonl >"$W/halves"
	export_ events --since "$ENDED" --format jsonl >>"$W/halves"
	export_ events --format jsonl | cmp - "$W/halves"
	export_ events --until "$ENDED" --format ecs >"$W/halves"
	export_ events --since "$ENDED" --format ecs >>"$W/halves"
	export_ events --format ecs | cmp - "$W/halves"
	export_ changes --format ecs | cmp - "$W/halves"
	# A grant that ended before is no change of later.
	[ "$(export_ changes --since "$ENDED" --role github/hotfix --format ocsf |
		wc -l)" -eq 0 ]
	[ "$(export_ changes --until "$ENDED" --format ocsf | wc -l)" -eq 2 ]
}

@test "what cannot be exported is refused in a line" {
	run export_ changes --format xml
	status_is 64
	has "is not csv, jsonl, ocsf or ecs"
	run export_ entitlements --format ocsf
	status_is 64
	has "csv and jsonl have them"
	run export_ changes --role no/such
	status_is 13
	run export_ changes --since "$ENDED" --until "$HELD"
	status_is 64
	run export_ secrets
	status_is 64
	mkdir "$W/there"
	run export_ changes --out "$W/there"
	status_is 12
	[ -z "$(ls -A "$W/there")" ]
	run bash -c '"$0" export events --ledger "$1" >/dev/full' "$LAPSE" \
		"$LEDGER"
	status_is 74
}

@test "hostile names stay whole, and no cell of CSV is a formula" {
	hostile "$W"
	LEDGER=$W/hostile.db
	for what in changes events entitlements; do
		export_ $what >"$W/$what.csv"
		export_ $what --format jsonl >"$W/$what.jsonl"
		run ask_file cells "$W/$what.csv"
		status_is 0
		[ "$output" -gt 50 ]
		export_ $what --out "$W/$what"
		run "$LAPSE" verify "$W/$what"
		status_is 0
	done
	for what in csv jsonl; do
		ask_file hold "$W/entitlements.$what" "$W/names" member_name
	done
	export_ changes --format ocsf |
		ask_file schema man/schema/ocsf-group-management.json
	export_ changes --format ecs | ask_file schema man/schema/ecs-iam.json
	ask_file schema man/schema/access-change.v1.json <"$W/changes.jsonl"
	# The reader does see one: raw cells are as they are.
	export_ entitlements --raw >"$W/raw.csv"
	run ask_file cells "$W/raw.csv"
	status_is 1
	has "is a formula"
}
