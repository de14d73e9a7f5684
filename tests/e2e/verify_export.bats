#!/usr/bin/env bats
# An export checked by itself, as lapse does it and as an auditor's script does
# it from the documented bytes: both say the same, in every case.

load lib
load still

setup() {
	world
	granted ben GitHub write 8h dana
	granted carol GitHub write 8h dana
	cd "$W" || return 1
	lapse review-export --out out
	verify_py=$BATS_TEST_DIRNAME/../../examples/auditor/verify.py
}
teardown() { world_end; }

# both STATUS ARGUMENT...: both end so; what lapse said is in $output.
both() {
	_wanted=$1
	shift
	run python3 "$verify_py" "$@"
	status_is "$_wanted"
	case $1 in
	*.json) set -- --proof "$1" --manifest "$2" ;;
	*.db) set -- ${2:+--witness "$2"} --ledger "$1" ;;
	*) set -- "$1" ${2:+--row "$2"} ;;
	esac
	run lapse verify "$@"
	status_is "$_wanted"
}

# flip FILE OFFSET: one byte becomes another.
flip() {
	python3 - "$1" "$2" <<-'END'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    f.seek(int(sys.argv[2]))
		    byte = f.read(1)[0]
		    f.seek(int(sys.argv[2]))
		    f.write(bytes([byte ^ 1]))
	END
}

@test "an export is whole: each file has the root of its rows" {
	both 0 out
	has "as its manifest says"
	[ "$(jq '[.files[].merkle_root | test("^[0-9a-f]{64}$")] | all' \
		out/MANIFEST.json)" = true ]
}

@test "any byte flipped, a row dropped, swapped or added: named, 65" {
	size=$(stat -c %s out/changes.csv)
	for at in $(seq 0 $((size / 40 + 1)) $((size - 1))); do
		rm -rf bad && cp -r out bad
		flip bad/changes.csv "$at"
		both 65 bad
		has "changes.csv"
		has "its content was changed"
	done
	for edit in '2d' '2{h;d};3{G}' '2p'; do
		rm -rf bad && cp -r out bad
		sed -i "$edit" bad/changes.csv
		both 65 bad
		has "changes.csv"
	done
	rm -rf bad && cp -r out bad
	rm bad/changes.csv
	both 65 bad
	has "changes.csv"
	has "is missing"
	cp out/changes.csv bad/changes.csv
	: >bad/more.csv
	both 65 bad
	has "is not in the manifest"
}

@test "a file changed with its digest, not with its root: found" {
	sed -i '2s/,okta,/,okto,/' out/changes.csv
	jq -c --arg sum "$(sha256sum <out/changes.csv | cut -d ' ' -f 1)" \
		'(.files[] | select(.name == "changes.csv")).sha256 = $sum' \
		out/MANIFEST.json >new && mv new out/MANIFEST.json
	both 65 out
	has "merkle_root"
}

@test "a sampled row is shown with its proof, and by that alone" {
	rows=$(jq '.files[] | select(.name == "changes.csv").rows' \
		out/MANIFEST.json)
	[ "$rows" -ge 2 ]
	for n in $(seq 0 "$rows"); do
		both 0 out "changes.csv:$n"
		lapse verify out --row "changes.csv:$n" --json >row.json
		both 0 row.json out/MANIFEST.json
		run lapse verify --proof row.json
		status_is 0
		has "under this root"
	done
	jq -r .text row.json | grep -q okta
	# Another text, another place, another way, another file.
	for edit in '.text |= sub("okta"; "okto")' '.row -= 1 | .leaf -= 1' \
		'.path |= sub("[0-8]"; "9")' '.path = ""' \
		'.file = "entitlements.csv"' '.merkle_root |= sub("[0-8]"; "9")' \
		'.leaves += 1'; do
		jq -c "$edit" row.json >bad.json
		run lapse verify --proof bad.json --manifest out/MANIFEST.json
		status_is 65
	done
	for edit in '.text |= sub("okta"; "okto")' '.row -= 1 | .leaf -= 1' \
		'.path |= sub("[0-8]"; "9")' '.path = ""' \
		'.file = "entitlements.csv"'; do
		jq -c "$edit" row.json >bad.json
		both 65 bad.json out/MANIFEST.json
	done
}

@test "rows that are not there, and proofs that are none" {
	run lapse verify out --row changes.csv:999
	status_is 13
	has "the file has rows 0 to"
	run lapse verify out --row changes.csv
	status_is 64
	run lapse verify out --row ../lapse.conf:1
	status_is 64
	run lapse verify --row changes.csv:1
	status_is 64
	run lapse verify --proof out/MANIFEST.json
	status_is 65
	run lapse verify out --proof out/MANIFEST.json
	status_is 64
	run lapse verify --manifest out/MANIFEST.json
	status_is 64
}

@test "lines of JSON are rows too, whoever wrote the manifest" {
	printf '{"a":"x\\"y"}\n{"b":2}\n{"c":3}\n' >out/events.jsonl
	python3 - <<-'END'
		import hashlib, json
		sha = lambda b: hashlib.sha256(b).digest()
		data = open("out/events.jsonl", "rb").read()
		a, b, c = (sha(b"\0" + row) for row in data.splitlines(True))
		root = sha(b"\1" + sha(b"\1" + a + b) + c).hex()
		m = json.load(open("out/MANIFEST.json"))
		m["files"].append({"name": "events.jsonl", "rows": 3,
		    "bytes": len(data), "sha256": sha(data).hex(),
		    "merkle_root": root})
		json.dump(m, open("out/MANIFEST.json", "w"))
	END
	both 0 out
	both 0 out events.jsonl:3
	lapse verify out --row events.jsonl:3 --json >row.json
	both 0 row.json out/MANIFEST.json
	run lapse verify out --row events.jsonl:0
	status_is 13
	sed -i 's/2/4/' out/events.jsonl
	both 65 out
}

@test "a manifest that is none, or not there: which one is said" {
	mkdir bad
	run lapse verify bad
	status_is 13
	has "'bad/MANIFEST.json': is not there"
	echo '{' >bad/MANIFEST.json
	run lapse verify bad
	status_is 65
	has "'bad/MANIFEST.json': JSON"
	lapse verify out --row changes.csv:1 --json >row.json
	run lapse verify --proof row.json --manifest bad/MANIFEST.json
	status_is 65
	has "'bad/MANIFEST.json': JSON"
}

@test "the auditor's script says in a line what it cannot check" {
	mkdir empty
	: >empty.db
	echo '{' >broken.json
	sqlite3 other.db 'create table a (b)'
	for args in '65 empty.db' '13 none.db' '65 other.db' '13 empty' \
		'65 broken.json' '65 broken.json broken.json' '64' \
		'64 a b c' '13 none.json none.json'; do
		set -- $args
		run python3 "$verify_py" "${@:2}"
		status_is "$1"
		hasnt Traceback
		[ "$1" = 64 ] || has "cannot be checked"
	done
}

@test "one row taken out of the chain is one fault, for both" {
	lapse snapshot one.db
	sqlite3 one.db "PRAGMA foreign_keys = OFF;
		DROP TRIGGER evidence_no_delete;
		DELETE FROM evidence_text WHERE seq = 7;
		DELETE FROM evidence WHERE seq = 7"
	run python3 "$verify_py" one.db
	status_is 65
	[ "${#lines[@]}" -eq 1 ]
	has "evidence 8"
}

@test "a file without its root, one that is named twice, a link: refused" {
	for edit in 'del(.files[0].merkle_root)' '.files[0].merkle_root = null' \
		'.files += [.files[0]]'; do
		rm -rf bad && cp -r out bad
		jq "$edit" out/MANIFEST.json >bad/MANIFEST.json
		both 65 bad
	done
	rm -rf bad && cp -r out bad
	mv bad/changes.csv elsewhere.csv
	ln -s "$PWD/elsewhere.csv" bad/changes.csv
	both 65 bad
	has "is not a file"
}

# hostile FILE: every text that somebody could make of a proof or manifest to
# be read otherwise by one of the two, each in a file of its own in bad/.
hostile() {
	rm -rf bad && mkdir bad
	python3 - "$1" <<-'END'
		import json, re, sys
		good = open(sys.argv[1]).read().strip()
		it, n = json.loads(good), 0
		def put(text):
		    global n
		    n += 1
		    name = f"bad/{n:03}.json"
		    open(name, "wb").write(text if isinstance(text, bytes) else text.encode())
		def with_(**more):
		    put(json.dumps({**it, **more}))
		put(good[:-1]); put(good + good); put("[" + good + "]"); put("\ufeff" + good)
		put(good[:-1] + ',"x":NaN}'); put(good[:-1] + ',"x":Infinity}')
		put(good[:-1] + ',"x":01}'); put(good[:-1] + ',"x":"\\ud800"}')
		put(good[:-1] + ',"x":"\\u0000"}'); put(good[:-1] + ',"x":"a\tb"}')
		put(good[:-1].encode() + b',"x":"\xff"}'); put(good[:-1] + ",}")
		put(good[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}"); put(""); put("null")
		for key, value in it.items():
		    said = json.dumps(value)
		    put(good[:-1] + f',{json.dumps(key)}:{said}}}')    # twice
		if "path" in it:
		    way = it["path"].split(" ")
		    assert len(way) > 1
		    for path in (" ".join(way[:-1]), " ".join(way + way[:1]), "  ".join(way),
		                 it["path"] + " ", " " + it["path"], it["path"].upper(),
		                 it["path"][:-1], it["path"] + "0", it["path"][:-2], "zz" + it["path"][2:],
		                 it["path"].replace(" ", "\t"), it["path"] + "\n", " ".join(way[::-1]),
		                 " ".join(way * 40), None, [], way):
		        with_(path=path)
		    for key in ("row", "leaf", "leaves"):
		        for value in (it[key] + 1, it[key] - 1, -it[key] - 1, str(it[key]), True, None,
		                      it[key] + 2 ** 64, it[key] + 0.5, []):
		            with_(**{key: value})
		    with_(row=99, leaf=99); with_(row=-1, leaf=-1); with_(leaf=it["leaves"], row=it["leaves"])
		    for key in ("merkle_root", "file", "schema", "text"):
		        for value in (it[key].upper() + " ", it[key][:-1], it[key] + "0", "", None, 1, True):
		            with_(**{key: value})
		    with_(file="MANIFEST.json"); with_(file="../changes.csv")
		    for key in it:
		        put(json.dumps({k: v for k, v in it.items() if k != key}))
	END
}

@test "hostile proofs: both refuse every one" {
	lapse verify out --row changes.csv:1 --json >row.json
	both 0 row.json out/MANIFEST.json
	hostile row.json
	[ "$(ls bad | wc -l)" -gt 80 ]
	for bad in bad/*.json; do
		both 65 "$bad" out/MANIFEST.json || {
			echo "$bad: $(head -c 400 "$bad")"
			return 1
		}
	done
}

@test "hostile manifests: both refuse every one, for the folder and for a proof" {
	lapse verify out --row changes.csv:1 --json >row.json
	mkdir folder && cp out/* folder
	hostile out/MANIFEST.json
	n=$(ls bad | wc -l)
	[ "$n" -gt 20 ]
	at='.files |= map(if .name == "changes.csv" then'
	for edit in '.rows = true' '.rows = null' '.rows = "2"' '.rows += 1' \
		'.rows = -1' '.merkle_root = 1' '.merkle_root |= ascii_upcase' \
		'.merkle_root += "0"' '.name = "Changes.csv"' 'del(.rows)' \
		'.name = 1' '.name = ""' '.name = "../out/changes.csv"' \
		'.name = ".changes.csv"' '.name = "MANIFEST.json"'; do
		n=$((n + 1))
		jq -c "$at $edit else . end)" out/MANIFEST.json >"bad/x$n.json"
	done
	for edit in '.files += [.files[0]]' '.files = {}' '.files = null' \
		'.files = []' '.schema = "lapse/manifest.v2"' 'del(.schema)'; do
		n=$((n + 1))
		jq -c "$edit" out/MANIFEST.json >"bad/x$n.json"
	done
	for bad in bad/*.json; do
		cp "$bad" folder/MANIFEST.json
		both 65 folder && both 65 row.json "$bad" || {
			echo "$bad: $(head -c 400 "$bad")"
			return 1
		}
	done
}

@test "a row that is cut off, a signature that is none: both say so" {
	for edit in 'printf "%s" "$(cat $f)"' 'cat $f; printf "%s" "\"a,b"' \
		'cat $f; echo "\"a,b"'; do
		rm -rf bad && cp -r out bad
		f=out/changes.csv
		eval "$edit" >bad/changes.csv
		python3 - <<-'END'
			import hashlib, json, re
			data = open("bad/changes.csv", "rb").read()
			sha = lambda b: hashlib.sha256(b).digest()
			rows = re.findall(rb'(?:"[^"]*"|[^"\n])*\n|[\s\S]+', data)
			def tree(l):
			    if len(l) == 1:
			        return l[0]
			    k = 1 << ((len(l) - 1).bit_length() - 1)
			    return sha(b"\1" + tree(l[:k]) + tree(l[k:]))
			m = json.load(open("bad/MANIFEST.json"))
			for f in m["files"]:
			    if f["name"] == "changes.csv":
			        f.update(sha256=sha(data).hex(), bytes=len(data), rows=len(rows) - 1,
			                 merkle_root=tree([sha(b"\0" + r) for r in rows]).hex())
			json.dump(m, open("bad/MANIFEST.json", "w"))
		END
		both 65 bad
		has "cut off"
		hasnt "merkle"
	done
	rm -rf bad && cp -r out bad
	jq -c '.public_key = "-----BEGIN PUBLIC KEY-----"' out/MANIFEST.json \
		>bad/MANIFEST.json
	both 65 bad
	printf x >bad/MANIFEST.json.sig
	run python3 "$verify_py" bad
	status_is 65
	run lapse verify bad
	[ "$status" -ne 0 ]
}

@test "hostile heads: both refuse every one" {
	lapse snapshot one.db
	seq=$(sqlite3 one.db 'select max(seq) from evidence')
	id=$(sqlite3 one.db 'select id from ledger')
	hash=$(sqlite3 one.db "select lower(hex(hash)) from evidence where seq = $seq")
	first=$(sqlite3 one.db "select lower(hex(hash)) from evidence where seq = 1")
	printf '{"ledger":"%s","seq":%s,"hash":"%s"}\n' "$id" "$seq" "$hash" >heads
	both 0 one.db heads
	while read -r line; do
		printf '%s\n' "$line" >bad.heads
		both 65 one.db bad.heads || {
			echo "$line"
			return 1
		}
	done <<-END
		{"ledger":"$id","seq":$seq,"hash":"$hash","hash":"$hash"}
		{"ledger":"$id","ledger":"$id","seq":$seq,"hash":"$hash"}
		{"ledger":"00$id","seq":$seq,"hash":"$hash"}
		{"ledger":"$id","seq":true,"hash":"$first"}
		{"ledger":"$id","seq":"$seq","hash":"$hash"}
		{"ledger":"$id","seq":$((seq + 1)),"hash":"$hash"}
		{"ledger":"$id","seq":-1,"hash":"$hash"}
		{"ledger":"$id","seq":$seq,"hash":"${hash^^}"}
		{"ledger":"$id","seq":$seq,"hash":"${hash}0"}
		{"ledger":"$id","seq":$seq,"hash":null}
		{"ledger":"$id","seq":$seq}
		{"ledger":{"id":"$id"},"seq":$seq,"hash":"$hash"}
		{"seq":$seq,"hash":"$hash"}
		{"ledger":"$id","seq":$seq,"hash":"$hash"} {}
		[]
		NaN
	END
	: >bad.heads
	both 65 one.db bad.heads
}
