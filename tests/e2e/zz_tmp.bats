load lib
load hand
teardown() { world_end; }
@test "smoke" {
	world "$ANNA"
	granted ben GitHub hotfix 1h dana
	run lapse report
	echo "$output"; echo "st $status" 
	later 7200; lapse sync; run lapse report --fail-above manual=0.25 --fail-above overdue=0,parked=1
	echo "$output"; echo "st $status"
	run lapse report --json --fail-above bogus=1
	echo "st $status $output $stderr"
	sqlite3 -readonly $LEDGER "select * from baseline; select * from hold; select * from membership limit 5"
	false
}
