# A world in which waiting costs no time: load after lib. Pauses, retries and
# virtual days go by as fast as the machine can. Not for faults of kind slow.
# Not a test.

. tests/kill/clock.bash
CLOCK=$BATS_TEST_TMPDIR/clock
W=$BATS_TEST_TMPDIR
set_clock 1795428000000
now() { echo $(($(get_clock) / 1000)); }
lapse() { LD_PRELOAD=$BUILD/kill/clock.so CLOCK=$CLOCK "$LAPSE" "$@"; }
