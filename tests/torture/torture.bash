# A world that goes back to where it was as often as wanted, and what must
# hold in it after each mishap. Not a test.
#
# TORTURE_POINTS: at how many places a run is disturbed (default 15).
# TORTURE_SEED: which ones; told.

. "$BATS_TEST_DIRNAME/../e2e/lib.bash"
. "$BATS_TEST_DIRNAME/../e2e/hand.bash"
OOM=$BUILD/torture/oom.so
# Of the disturbed run: its status, what it must come to, and faults found.
code=0
then=true
patience=120	# what failed is tried again after so many seconds
failures=0
POINTS=${TORTURE_POINTS:-15}
: "${TORTURE_SEED:=$RANDOM}"

# free COMMAND...: undisturbed, without waiting. The variables that oom.so
# takes may stand before; no other program must see them.
uid=$(id -u)
free() { LD_PRELOAD=$OOM AHEAD_S=$NOW SUDO_UID=$uid "$LAPSE" "$@"; }

# An approved request of ben's, in $key.
approved() {
	world "$ANNA;s/\"15s\"/\"1h\"/;s/\"20s\"/\"2h\"/;s/\"60s\"/\"4h\"/"
	key=$(ask ben GitHub hotfix 1h "deploy the fix")
	free sync >/dev/null
	approve dana "$key"
}

# It was granted, and its time is up.
due() {
	approved
	free sync >/dev/null
	is_member ben $GITHUB_PROD
	later 7200
}

# From here on each disturbed run begins.
mark() {
	control POST /mark '{}' >/dev/null
	rm -rf "$W/state.marked"
	cp -a "$W/state" "$W/state.marked"
	marked_at=$NOW
	record=${RECORD_DIR:-$W}/${BATS_TEST_FILENAME##*/}
	record=$record.$BATS_TEST_NUMBER.jsonl
}

back() {
	reseed >/dev/null
	later $((marked_at - NOW))
	rm -rf "$W/state" "$W/export"
	cp -a "$W/state.marked" "$W/state"
	exchanges=$(wc -c <"$record")
}

# Since then nobody was called, and all of lapse's files are as they were: what
# holds of the world from before still holds.
untouched() {
	[ "$(wc -c <"$record")" -eq "$exchanges" ] && [ ! -e "$W/export" ] &&
		diff -rq "$W/state.marked" "$W/state" >/dev/null
}

# points LAST MANY: so many of 1..LAST, spread, with a new start at each run
# so that in time all are met; the seed is told.
points() {
	local last=$1 step=$(($1 / $2))
	[ "$step" -ge 1 ] || step=1
	echo "# every $step of $last, from TORTURE_SEED=$TORTURE_SEED" >&2
	seq $((TORTURE_SEED % step + 1)) "$step" "$last"
}

documented() {
	case $1 in
	0 | 1 | 10 | 11 | 12 | 13 | 14 | 65 | 69 | 74 | 75 | 76 | 77 | 78) ;;
	*) return 1 ;;
	esac
}

# One line for people, of the program's own, or of the one library that ends
# the process (process.c then gives the status).
clean() {
	! grep -qvE '^lapse: |^  |^out of dynamic memory in yy' "$1" &&
		! LC_ALL=C grep -q '[^[:print:][:space:]]' "$1"
}

# What must hold whatever happened: no membership without a row that will end
# it, nothing in the ledger that its own check does not know.
sound() {
	free verify >"$W/verify" 2>&1 || return 1
	! is_member ben $GITHUB_PROD || [ "$(sql 'select
		(select count(*) from hold where released_at is null) +
		(select count(*) from change where settled_at is null)')" \
		-gt 0 ]
}

# wrong WHERE WHAT: told with all that there is to know.
wrong() {
	echo "at $1: $2 (status $code)"
	cat "$W/out" "$W/err" "$W/verify" "$W/after" 2>/dev/null || true
	sql "select 'grant', id, state, end_reason from \"grant\";
		select 'change', id, kind, state, attempts, due_at from change;
		select 'notice', id, kind, state, attempts, next_attempt_at,
			last_error from notice" || true
	comments_of "$key" || true
	failures=$((failures + 1))
}

# granted_once, ended_once: as the one tick after it has to leave things.
granted_once() {
	is_member ben $GITHUB_PROD &&
		[ "$(sql 'select state from "grant"')" = active ] &&
		[ "$(status_of "$key")" = 10013 ] &&
		[ "$(n_comments "$key" 'now has github/hotfix')" -eq 1 ]
}

ended_once() {
	isnt_member ben $GITHUB_PROD &&
		[ "$(sql 'select state from "grant"')" = ended ] &&
		[ "$(status_of "$key")" = 10015 ] &&
		[ "$(n_comments "$key" 'the time is up')" -eq 1 ]
}

whole_or_absent() {
	[ ! -e "$W/export" ] || free verify "$W/export" >"$W/verify" 2>&1
}

exported() {
	rm -rf "$W/export"
	free review-export --out "$W/export" >"$W/after" 2>&1 &&
		free verify "$W/export" >>"$W/after" 2>&1
}

settled_later() {
	later "$patience"
	{ free sync && free expire; } >"$W/after" 2>&1 && "$then"
}

# judge WHERE: the disturbed run is over, $code its status.
judge() {
	rm -f "$W/verify" "$W/after"
	documented "$code" || wrong "$1" "not a documented status"
	# A timer does not speak of what the next tick tries again.
	[ "$code" -eq 0 ] || [ "$code" -eq 10 ] || [ -s "$W/err" ] ||
		wrong "$1" "nothing was said"
	clean "$W/err" || wrong "$1" "not a clean line"
	untouched || judge_world "$1"
}

judge_world() {
	sound || wrong "$1" "not sound"
	[ "$then" != exported ] || whole_or_absent ||
		wrong "$1" "half an export"
	{ free sync && free expire; } >"$W/after" 2>&1 && "$then" ||
		settled_later || wrong "$1" "not $then"
	sound || wrong "$1" "not sound in the end"
}
