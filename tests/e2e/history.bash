# A history for tests that only read, made once a file: hotfix ended by itself,
# write is refused to be taken away, another write is held. They work on the
# snapshot. Load after lib. Not a test.

history() {	# in setup_file
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR BATS_TEST_NUMBER=0
	world
	at BEFORE
	granted ben GitHub hotfix 15s dana
	at HELD
	later 20
	lapse expire
	at ENDED
	granted ben GitHub write 8h dana
	later 28900
	fault status okta DELETE /users '"status":403,"times":-1'
	lapse expire || true
	no_faults
	later 60
	granted carol GitHub write 8h dana || true	# exit 11: one is parked
	lapse sync || true
	at LAST
	lapse snapshot "$BATS_FILE_TMPDIR/snapshot.db"
	world_end
}

# at NAME: what time it is there.
at() {
	later 2
	date -u -d "@$(($(date +%s) + NOW))" +%Y-%m-%dT%H:%M:%SZ \
		>"$BATS_FILE_TMPDIR/$1"
	later 2
}

remember() {	# in setup
	W=$BATS_TEST_TMPDIR
	LEDGER=$BATS_FILE_TMPDIR/snapshot.db
	for name in BEFORE HELD ENDED LAST; do
		read -r "$name" <"$BATS_FILE_TMPDIR/$name"
	done
}

# hostile DIR: a copy of the ledger with names that somebody could have, in every
# way that a reader could choke on, as DIR/hostile.db, and DIR/names.
hostile() {
	python3 - "$1" <<'PY'
import json, sys
names = ['=HYPERLINK("http://evil","x")', '+1+1', '-2-2', '@SUM(A1)',
	"\tTAB", "\rCR", " =1+1", "'=quoted", '"', '""', 'a"b,c;d',
	'two\nlines', 'two\r\nlines', ',', ';', "\u202eevil\u2066bidi",
	'\u200b=zero', '＝full width', '\ufeff=mark', '<script>alert(1)</script>',
	'{"a":1}', '\\', '\\n', 'DDE ("cmd";"/C calc";"!A0")', '\x1b[31mred',
	'\x7f', '\x01', '𝕬🂡é\u0301', 'x' * 100000, '=' * 5000, "'; DROP TABLE x; --",
	'%s%n', 'null', 'TRUE', '1e9', '00123']
json.dump(names, open(sys.argv[1] + '/names', 'w'))
with open(sys.argv[1] + '/sql', 'w', encoding='utf-8') as out:
	for n, name in enumerate(names):
		name = name.replace("'", "''").replace("\r", "'||char(13)||'")
		out.write(f"""insert into idp_user (idp, user_id, login, name,
			email, status, last_login_known, observed_at) values
			('okta', '00uhostile{n}', 'h{n}', '{name}', '{name}',
			'active', 0, 1);
			insert into membership (gid, uid, since) select g.id,
			last_insert_rowid(), 1795428000 from idp_group g
			where g.group_id = '00g1githubprod0000h7';
			""")
	name = names[0].replace("'", "''")
	for text in names:
		text = text.replace("'", "''").replace("\r", "'||char(13)||'")
		out.write(f"""update "grant" set reason = coalesce(reason, '') ||
			'{text}'; update idp_group set name = '{text}' where
			id = (select max(id) from idp_group where name not like
			'%{name[:5]}%');""")
PY
	cp "$LEDGER" "$1/hostile.db"
	sqlite3 "$1/hostile.db" <"$1/sql"
}
