# What the tests of late reads, limits and the index share. Not a test.

asked_and_approved() {
	key=$(ask ben GitHub write 8h "get work done")
	lapse sync
	approve dana "$key"
}
# Ticks a minute apart, at most $1, until the grant is in state $2.
until_state() {
	for _ in $(seq "$1"); do
		lapse sync || true
		lapse expire || true
		[ "$(sql 'select state from "grant"')" != "$2" ] || return 0
		later 60
	done
	return 1
}
