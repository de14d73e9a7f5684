#!/usr/bin/env bats
# Memory runs out in sync, as it hears, files, answers and tells in Slack. The
# ways are those that a sync without Slack has not: memory_sync.bats has the
# others. There are some two and a half thousand, so that a run takes a sample;
# TORTURE_SLACK=N takes N of them, =ways all.

load memory
. tests/torture/slack.bash

POINTS=$(((POINTS + 1) / 2))
PLACES=${TORTURE_SLACK:-$POINTS}

teardown() { world_end; }

# The ways of a sync that is told of no Slack.
elsewhere() {
	sed '/slack {/,$d; /slack-approval/d' "$W/lapse.conf" >"$W/deaf.conf"
	chmod 600 "$W/deaf.conf"
	OOM_PLACES=$W/ways LAPSE_CONFIG=$W/deaf.conf free sync
	back
	cut -d ' ' -f 2 "$W/ways" | sort -u >"$W/elsewhere"
}

@test "sync in Slack runs out of memory" {
	waiting_in_slack
	elsewhere >"$W/out" 2>&1
	sweep as_ever sync
}
