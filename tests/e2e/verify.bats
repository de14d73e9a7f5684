#!/usr/bin/env bats
# The chain by itself: one fault anywhere in it is found, and named, by lapse
# and by a script that has only the documented bytes.

load lib

setup_file() {
	export KEPT=$BATS_FILE_TMPDIR
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	load lib
	world
	granted ben GitHub write 8h dana
	granted carol GitHub write 8h dana
	later 28801
	lapse expire
	lapse snapshot "$KEPT/good.db"
	world_end
}

setup() {
	load lib
	db=$BATS_TEST_TMPDIR/ledger.db
	verify_py=$BATS_TEST_DIRNAME/../../examples/auditor/verify.py
	unset LAPSE_CONFIG
	export LAPSE
	fresh
}

# A copy whose owner has taken the triggers away.
fresh() {
	cp "$KEPT/good.db" "$db"
	chmod 600 "$db"
	sqlite3 "$db" "DROP TRIGGER evidence_no_update;
		DROP TRIGGER evidence_no_delete;"
}

# spoilt SQL WORDS...: both find it, and lapse says each of the words.
spoilt() {
	fresh
	sqlite3 "$db" "PRAGMA foreign_keys = OFF; $1"
	shift
	run python3 "$verify_py" "$db"
	status_is 65
	run lapse verify --ledger "$db"
	status_is 65
	for _words; do
		has "$_words"
	done
}

@test "the ledger of a few grants is whole, for both" {
	run lapse verify --ledger "$db"
	status_is 0
	has "unbroken"
	run python3 "$verify_py" "$db"
	status_is 0
}

@test "any byte of any column of any row" {
	columns="at kind issue_id grant_id idp group_id user_id actor run data
		text_digest hash"
	last=$(sqlite3 "$db" 'select max(seq) from evidence')
	[ "$last" -gt 15 ]
	python3 - "$db" $columns >"$BATS_TEST_TMPDIR/found" <<-'END'
		import os, random, shutil, sqlite3, subprocess, sys
		db, columns, n = sys.argv[1], sys.argv[2:], 0
		random.seed(20261123)
		good = sqlite3.connect(db)
		good.text_factory = bytes
		rows = good.execute("SELECT seq, %s FROM evidence" % ", ".join(columns)).fetchall()
		good.close()
		shutil.copy(db, db + ".kept")
		for seq, *values in rows:
		    column, value = random.choice([(c, v) for c, v in zip(columns, values)
		        if v not in (None, b"")])
		    if isinstance(value, int):
		        changed = value ^ 1 << random.randrange(20)
		        cast = "?"
		    else:
		        at = random.randrange(len(value))
		        changed = value[:at] + bytes([value[at] ^ 1 << random.randrange(8)]) + value[at + 1:]
		        cast = "?" if column == "hash" else "CAST(? AS TEXT)"
		    shutil.copy(db + ".kept", db)
		    bad = sqlite3.connect(db)
		    bad.execute("UPDATE evidence SET %s = %s WHERE seq = ?" % (column, cast), (changed, seq))
		    bad.commit()
		    bad.close()
		    run = subprocess.run([os.environ["LAPSE"], "verify", "--ledger", db], capture_output=True)
		    if run.returncode != 65 or b"evidence %d: " % seq not in run.stdout:
		        sys.exit("%s of %d: %d %s" % (column, seq, run.returncode, run.stdout))
		    n += 1
		print(n)
	END
	[ "$(cat "$BATS_TEST_TMPDIR/found")" -eq "$last" ]
}

@test "a row dropped, swapped, put in; its text changed or taken away" {
	spoilt "DELETE FROM evidence_text WHERE seq = 7;
		DELETE FROM evidence WHERE seq = 7;" "row 7 is missing"
	spoilt "UPDATE evidence SET seq = -1 WHERE seq = 7;
		UPDATE evidence SET seq = 7 WHERE seq = 8;
		UPDATE evidence SET seq = 8 WHERE seq = -1;" \
		"evidence 7: it and evidence 8 were swapped"
	spoilt "UPDATE evidence SET seq = -1 WHERE seq = 4;
		UPDATE evidence SET seq = 4 WHERE seq = 12;
		UPDATE evidence SET seq = 12 WHERE seq = -1;" \
		"evidence 4: it and evidence 12 were swapped"
	spoilt "UPDATE evidence SET seq = -seq - 1 WHERE seq > 9;
		UPDATE evidence SET seq = -seq WHERE seq < 0;
		INSERT INTO evidence SELECT 10, at, kind, issue_id, grant_id,
		idp, group_id, user_id, 'nobody', run, data, NULL, hash
		FROM evidence WHERE seq = 9;" "evidence 10:" \
		"evidence 11: it had the number of the row before, which was put in"
	text=$(sqlite3 "$db" 'select min(seq) from evidence_text')
	spoilt "UPDATE evidence_text SET text = text || ' '
		WHERE seq = $text;" "evidence $text: its text was changed"
	spoilt "UPDATE evidence_text SET text = NULL WHERE seq = $text;" \
		"evidence $text: its text was erased without a purge event"
	spoilt "DELETE FROM evidence_text WHERE seq = $text;" \
		"evidence $text: its text is missing"
}

@test "a tail cut off: the ledger itself knows that Jira was told more" {
	last=$(sqlite3 "$db" 'select max(seq) from evidence')
	sqlite3 "$db" "PRAGMA foreign_keys = OFF;
		DELETE FROM evidence_text WHERE seq > $last - 4;
		DELETE FROM evidence WHERE seq > $last - 4;"
	run lapse verify --ledger "$db"
	status_is 65
	has "is missing: the tail was cut off"
}

@test "a trigger or view of somebody's, a trigger of ours less: named" {
	world
	granted ben GitHub write 8h dana
	lapse snapshot "$W/ok.db"
	while IFS='|' read -r sql words; do
		cp "$W/ok.db" "$W/bad.db"
		sqlite3 "$W/bad.db" "$sql"
		run lapse verify --ledger "$W/bad.db"
		status_is 65
		has "$words"
	done <<-'END'
		CREATE TRIGGER later AFTER UPDATE ON notice BEGIN UPDATE "grant" SET ends_at = ends_at + 3600; END|schema: trigger 'later' is not lapse's
		CREATE VIEW more AS SELECT * FROM evidence|schema: view 'more' is not lapse's
		DROP TRIGGER evidence_no_delete|schema: trigger 'evidence_no_delete' is missing
	END
	run lapse verify --ledger "$W/ok.db"
	status_is 0
}
