#!/usr/bin/env bats
# Witnesses of the operator's own: a program that gets the head once a day, and
# a key that signs manifests.

load lib

setup() {
	MORE_CONF=$BATS_TEST_TMPDIR/more.conf
	note=$BATS_TEST_TMPDIR/note
	printf '#!/bin/sh\nexec cat >>"$1"\n' >"$note"
	chmod 755 "$note"
	printf 'witness-command = {"%s", "%s"}\n' "$note" \
		"$BATS_TEST_TMPDIR/heads" >"$MORE_CONF"
	openssl genpkey -algorithm ed25519 >"$BATS_TEST_TMPDIR/sign.pem"
	chmod 600 "$BATS_TEST_TMPDIR/sign.pem"
	openssl pkey -in "$BATS_TEST_TMPDIR/sign.pem" -pubout \
		>"$BATS_TEST_TMPDIR/public.pem"
	printf 'sign-key = "file:%s"\n' "$BATS_TEST_TMPDIR/sign.pem" \
		>>"$MORE_CONF"
	world
	cd "$W" || return 1
}
teardown() { world_end; }

head_of() { sql 'select seq, lower(hex(hash)) from evidence
	order by seq desc limit 1'; }
heads() { wc -l <heads; }

@test "the head is told once a day, and only a new one" {
	[ "$(heads)" -eq 1 ]
	[ "$(jq -r '"\(.seq)|\(.hash)"' heads)" = "$(head_of)" ]
	[ "$(jq -r .ledger heads)" = "$(sql 'select id from ledger')" ]
	granted ben GitHub write 8h dana
	lapse sync
	[ "$(heads)" -eq 1 ]
	later 86400
	lapse expire
	[ "$(heads)" -eq 2 ]
	[ "$(tail -n 1 heads | jq -r '"\(.seq)|\(.hash)"')" = "$(head_of)" ]
	# A run that changes nothing has nothing to tell.
	later 86400
	lapse expire
	later 86400
	lapse expire
	[ "$(heads)" -eq 2 ]
	run lapse verify --witness heads
	status_is 0
	has "on the chain"
	lapse review-export --out out >/dev/null
	cat out/MANIFEST.json >>heads
	run lapse verify --witness heads
	status_is 0
	lapse snapshot copy.db
	run "$BATS_TEST_DIRNAME/../../examples/auditor/verify.py" copy.db heads
	status_is 0
}

@test "a program that fails delays no removal, and is said" {
	granted ben GitHub write 8h dana
	later 86401
	printf '#!/bin/sh\nexit 3\n' >"$note"
	run lapse expire
	status_is 10
	has "witness-command"
	has "exit status 3"
	isnt_member ben $GITHUB_WRITE
	# Not tried again each minute, but not forgotten either.
	later 60
	printf '#!/bin/sh\ntouch %s/tried\n' "$W" >"$note"
	run lapse sync
	status_is 10
	has "tried again at"
	[ ! -e tried ]
	later 3600
	run lapse sync
	status_is 0
	[ -e tried ]
	run lapse sync
	status_is 0
}

@test "noted heads find what the chain does not" {
	granted ben GitHub write 8h dana
	later 86400
	lapse sync
	[ "$(heads)" -eq 2 ]
	lapse snapshot good.db
	last=$(tail -n 1 heads | jq .seq)
	sqlite3 "$LEDGER" "DROP TRIGGER evidence_no_delete;
		PRAGMA foreign_keys = OFF;
		DELETE FROM evidence_text WHERE seq >= $last - 1;
		DELETE FROM evidence WHERE seq >= $last - 1;"
	run lapse verify --witness heads
	status_is 65
	has "heads:2"
	has "evidence $last: the ledger ends before what the witness saw"
	run "$BATS_TEST_DIRNAME/../../examples/auditor/verify.py" "$LEDGER" \
		heads
	status_is 65
	cp good.db "$LEDGER"
	sed -i '2s/"hash":"./"hash":"x/' heads
	run lapse verify --witness heads
	status_is 65
	has "the witness saw another chain"
	sed -i '2s/"ledger":"./"ledger":"x/' heads
	run lapse verify --witness heads
	status_is 65
	has "is of another ledger"
	echo '{"seq":1}' >heads
	run lapse verify --witness heads
	status_is 65
	has "neither a head nor a manifest"
	: >empty
	run lapse verify --witness empty
	status_is 65
	has "empty"
	has "holds no head"
	run lapse verify --witness none
	status_is 13
}

@test "a manifest is signed; openssl and lapse say the same" {
	lapse review-export --out out >/dev/null
	run lapse verify out --public-key public.pem
	status_is 0
	run openssl pkeyutl -verify -pubin -inkey public.pem -rawin \
		-in out/MANIFEST.json -sigfile out/MANIFEST.json.sig
	status_is 0
	[ "$(jq -r .public_key out/MANIFEST.json)" = "$(cat public.pem)" ]
	run "$BATS_TEST_DIRNAME/../../examples/auditor/verify.py" out
	status_is 0
	# The key is not in the folder, and no secret is told.
	run grep -rl PRIVATE out
	[ -z "$output" ]
}

@test "a signature that is asked for and missing, wrong or another's" {
	lapse review-export --out out >/dev/null
	openssl genpkey -algorithm ed25519 | openssl pkey -pubout >other.pem
	run lapse verify out --public-key other.pem
	status_is 65
	has "is not signed by this key"
	mv out/MANIFEST.json.sig kept
	for key in --public-key=public.pem -v; do
		run lapse verify out "$key"
		status_is 65
		has "MANIFEST.json.sig"
		has "is missing"
	done
	printf 'not a signature' >out/MANIFEST.json.sig
	run lapse verify out
	status_is 65
	has "its signature is not by the key that it names"
	cp kept out/MANIFEST.json.sig
	sed -i 's/"tool":"lapse"/"tool":"lapze"/' out/MANIFEST.json
	run lapse verify out --public-key public.pem
	status_is 65
	# What is no key at all.
	run lapse verify out --public-key heads
	status_is 78
	run lapse verify out --public-key sign.pem
	status_is 78
	run lapse verify out --public-key none
	status_is 13
}

@test "a key that is none, or has a pass phrase: no export, no folder" {
	openssl genpkey -algorithm ed25519 -aes256 -pass pass:word >sign.pem
	run lapse review-export --out out
	status_is 78
	has "ed25519"
	[ ! -e out ]
	openssl ecparam -name prime256v1 -genkey -noout >sign.pem
	run lapse review-export --out out
	status_is 78
	[ ! -e out ]
}
