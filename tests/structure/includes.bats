#!/usr/bin/env bats
# Arrows point down only: cli -> core -> {ledger, jira, idp, slack} -> http ->
# base.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	rules=$PWD/tests/structure/includes.awk
}

# The forbidden includes of the tree we are in.
violations() {
	local headers files
	headers=$(find lib cli -name '*.h' | sort | tr '\n' ' ')
	mapfile -t files < <(find lib cli -name '*.[ch]' | sort)
	awk -v headers="$headers" -f "$rules" "${files[@]}"
}

# plant FILE LINE: a tree of one header a layer, and one more line.
plant() {
	cd "$BATS_TEST_TMPDIR" || return 1
	rm -rf lib cli
	mkdir -p lib/{base,http,idp,jira,slack,ledger,core} cli
	: >lib/lapse.h
	for layer in base http idp jira slack ledger core; do
		: >"lib/$layer/in_$layer.h"
	done
	echo "$2" >"$1"
}

@test "includes point down only" {
	run violations
	echo "$output"
	[ -z "$output" ]
	[ "$status" -eq 0 ]
}

@test "what may be included is taken" {
	while read -r file line; do
		plant "$file" "$line"
		run violations
		echo "$file $line: $output"
		[ -z "$output" ]
	done <<-'END'
		lib/core/x.c #include "in_ledger.h"
		lib/core/x.c #include "in_base.h"
		lib/idp/x.c #include "in_http.h"
		lib/slack/x.c #include "in_http.h"
		lib/core/x.c #include "in_slack.h"
		lib/jira/x.c #include "in_base.h"
		lib/ledger/x.c #include "in_base.h"
		lib/ledger/x.c #include "schema.h"
		lib/base/x.c #include "lapse.h"
		cli/x.c #include "lapse.h"
		lib/base/json.c #include <cJSON.h>
		lib/ledger/x.c #include <sqlite3.h>
		lib/http/engine_tls.c #include <curl/curl.h>
	END
}

@test "every forbidden arrow is seen" {
	while read -r file line; do
		plant "$file" "$line"
		run violations
		echo "$file $line: $output"
		[ -n "$output" ]
	done <<-'END'
		lib/base/x.c #include "in_http.h"
		lib/base/x.h #include "in_core.h"
		lib/http/x.c #include "in_idp.h"
		lib/http/x.c #include "in_ledger.h"
		lib/idp/x.c #include "in_ledger.h"
		lib/idp/x.c #include "in_jira.h"
		lib/jira/x.c #include "in_idp.h"
		lib/slack/x.c #include "in_jira.h"
		lib/slack/x.c #include "in_ledger.h"
		lib/jira/x.c #include "in_slack.h"
		lib/jira/x.h # include "in_ledger.h"
		lib/jira/x.c #include "schema.h"
		lib/ledger/x.c #include "in_http.h"
		lib/ledger/x.c #include "in_core.h"
		lib/ledger/x.c #include "../http/in_http.h"
		lib/core/x.c #include "nowhere.h"
		cli/x.c #include "in_base.h"
		cli/x.c #include "in_core.h"
		cli/x.c #include "core/in_core.h"
		cli/x.c #include <cJSON.h>
		lib/core/x.c #include <cjson/cJSON.h>
		lib/base/text.c #include <cJSON.h>
		lib/core/x.c #include <sqlite3.h>
		lib/http/auth.c #include <curl/curl.h>
		lib/jira/x.c #include <curl/curl.h>
		lib/http/in_base.h /* a second header of that name */
	END
}
