#!/usr/bin/env bats
# An export checked by itself, as lapse does it and as an auditor's script does
# it from the documented bytes: both say the same, in every case.

load lib

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

@test "a file without its root, one that is named twice, a link: refused" {
	for edit in 'del(.files[0].merkle_root)' '.files[0].merkle_root = null' \
		'.files += [.files[0]]'; do
		rm -rf bad && cp -r out bad
		jq "$edit" out/MANIFEST.json >bad/MANIFEST.json
		run lapse verify bad
		status_is 65
	done
	rm -rf bad && cp -r out bad
	mv bad/changes.csv elsewhere.csv
	ln -s "$PWD/elsewhere.csv" bad/changes.csv
	run lapse verify bad
	status_is 65
	has "is not a file"
}
