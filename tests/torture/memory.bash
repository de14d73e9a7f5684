# Memory runs out at one place of a command after the other. Not a test.
#
# A place is an allocation that lapse itself makes, each of them, loops
# included; and of those that the libraries make for it (curl, OpenSSL, SQLite,
# confuse, libc) the first on each way through lapse's code. A way is the chain
# of callers within lapse, up to its call of malloc() or of a library.
#
# TORTURE_PLACES says which of these fail, one run each:
#   ways  each way's first: so every call of lapse that leads to an
#         allocation, in whatever library, fails once for each chain of callers
#         that it has in the command; of the repeats by loops a sample
#   each  all of them: every allocation of lapse itself
#   N     so many, spread by TORTURE_SEED (default half of TORTURE_POINTS)
# Besides, half of TORTURE_POINTS go to all allocations alike: what a library
# does after its first on a way, most of the 12,000 to 21,000 of a command, is
# only ever sampled. What libraries do before main() is left out. Two of three
# places fail alone, the third with all that come after; the seed says which.
#
# Counted with gcc: grant 1156 of its own and 410 of libraries, sync 1128 and
# 417, expire 544 and 233, review-export 181 and 61; a place takes 0.1 to 0.15
# seconds of processor time. In which order replies come in is not always the
# same, so a few places of the first run do not come up again: at most one, and
# one in a hundred.

load torture

POINTS=$(((POINTS + 1) / 2))
PLACES=${TORTURE_PLACES:-$POINTS}

# disturb AT [WAY NTH]
disturb() {
	local many=$((($1 + TORTURE_SEED) % 3 == 0 ? 1000000000 : 1))
	for _ in 1 2 3; do
		back
		rm -f "$W/met" "$W/left"
		code=0
		OOM_AT=$1 OOM_WAY=${2:-0} OOM_NTH=${3:-0} OOM_FOR=$many \
			OOM_MET=$W/met OOM_LEFT=$W/left free "${command[@]}" \
			>"$W/out" 2>"$W/err" || code=$?
		[ ! -e "$W/met" ] || break
	done
	[ -e "$W/met" ] || unmet=$((unmet + 1))
	# Only a library that ends the process leaves no count.
	[ "$(cat "$W/left" 2>/dev/null || echo 0)" -eq 0 ] ||
		wrong "$*" "$(cat "$W/left") of lapse's own are not freed"
	judge "$* and $((many - 1)) more"
}

# some MANY: so many of the lines given.
some() {
	local lines
	mapfile -t lines
	for i in $(points "${#lines[@]}" "$1"); do
		printf '%s\n' "${lines[i - 1]}"
	done
}

chosen() {
	case $PLACES in
	each) cat "$W/places" ;;
	ways)
		awk '$3 <= 1' "$W/places"
		awk '$3 > 1' "$W/places" | some "$POINTS"
		;;
	*) some "$PLACES" <"$W/places" ;;
	esac
	seq "$(cat "$W/count")" | some "$POINTS"
}

# Without those ways that are swept elsewhere.
new_ones() {
	[ -e "$W/elsewhere" ] || return 0
	awk 'NR == FNR { known[$1]; next } !($2 in known)' "$W/elsewhere" \
		"$W/places" >"$W/new" && mv "$W/new" "$W/places"
}

# sweep THEN COMMAND...
sweep() {
	then=$1
	failures=0
	unmet=0
	tried=0
	shift
	command=("$@")
	mark
	back
	OOM_COUNT=$W/count OOM_PLACES=$W/places free "${command[@]}" \
		>"$W/out" 2>&1
	new_ones
	# No sweep over nothing.
	[ "$(wc -l <"$W/places")" -gt 100 ]
	chosen >"$W/chosen"
	while read -r at way nth <&4; do
		disturb "$at" "$way" "$nth"
		tried=$((tried + 1))
	done 4<"$W/chosen"
	echo "# $tried places, $unmet of them not met" >&2
	[ $((unmet * 100)) -le $((tried + 100)) ]
	[ "$failures" -eq 0 ]
}
