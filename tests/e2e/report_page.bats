#!/usr/bin/env bats
# The report as a page, and its diagnosis, from a ledger that lived.

load lib
load hand

teardown() { world_end; }

# The window ends before this second.
observed() { later 960; lapse sync >/dev/null 2>&1 || true; later 1; }

# answer QUESTION-PART: the diagnosis' answer, as a program reads it.
answer() {
	lapse report --json --diagnose |
		jq -r "select(.question // \"\" | test(\"$1\")) | .answer"
}

@test "the page is one file that appears whole, and says what is there" {
	world
	granted ben GitHub write 8h dana
	run lapse report --html "$W/page.html"
	status_is 0
	[ -z "$output" ]
	[ "$(head -n 1 "$W/page.html")" = "<!DOCTYPE html>" ]
	[ "$(tail -n 1 "$W/page.html")" = "</html>" ]
	[ "$(stat -c %a "$W/page.html")" = 600 ]
	head=$(lapse report --json | jq -r '.evidence_head // empty')
	[ ${#head} -eq 64 ]
	grep -q "<code>$head</code>" "$W/page.html"
	grep -q "Nothing is overdue" "$W/page.html"
	[ "$(grep -c "<script\|http://\|https://" "$W/page.html")" -eq 0 ]
	# A file that is there is replaced, and as readable as it was.
	chmod 644 "$W/page.html"
	later 29400
	run lapse report --html "$W/page.html"
	status_is 0
	[ "$(stat -c %a "$W/page.html")" = 644 ]
	grep -q "Overdue now: 1" "$W/page.html"
	[ "$(find "$W" -maxdepth 1 -name 'page.html*' | wc -l)" -eq 1 ]
}

@test "a snapshot gives the same page, byte for byte, without a configuration" {
	world
	granted ben GitHub write 8h dana
	lapse snapshot "$W/snapshot.db"
	unset LAPSE_CONFIG
	until=$(date -u -d '1800 seconds' +%Y-%m-%dT%H:%M:%SZ)
	for n in 1 2; do
		later 3600
		XDG_CONFIG_HOME=$W lapse report --ledger "$W/snapshot.db" \
			--until "$until" --html "$W/$n.html"
	done
	cmp "$W/1.html" "$W/2.html"
	grep -q "Which groups are elevated is not known" "$W/1.html"
}

@test "no page where there is something else, or nothing to write to" {
	world
	run lapse report --html "$W"
	status_is 12
	has "there is something that is no file"
	run lapse report --html "$W/nowhere/page.html"
	status_is 74
	has "report: '$W/nowhere/page.html': No such file"
}

@test "too little is not known, and a shadow is an answer" {
	needs_operator
	world "$ANNA"
	[ "$(answer 'more than one place')" = "not known" ]
	[ "$(answer 'record')" = "not known" ]
	granted ben GitHub write 8h dana
	observed
	[ "$(answer 'Do people')" = no ]
	[ "$(answer 'record')" = yes ]
	DIRECTORY=okta console_put carol $GITHUB_WRITE gina
	observed
	[ "$(answer 'Do people')" = yes ]
	[ "$(answer 'most lost')" = enforcement ]
	run lapse report --diagnose
	status_is 0
	has "Do people add people to groups past lapse?  yes"
	has "1 membership added"
	has "next: settle 1 membership from past lapse"
	has "      $ lapse drift --fresh --kind shadow"
	# What it says to type works.
	run lapse drift --fresh --kind shadow
	has "carol"
}

@test "the page says what the figures and the diagnosis say" {
	world
	granted ben GitHub write 8h dana
	lapse report --diagnose --html "$W/page.html" >"$W/said"
	grep -q "Where is most lost?" "$W/said"
	filed=$(lapse report --json | jq -r 'select(.figure == "filed").value')
	grep -q ">Filed</a>: $filed\." "$W/page.html"
	manual=$(lapse report --json |
		jq -r 'select(.figure == "manual").value * 1000 | round / 10')
	grep -q "$manual\(\.0\)\? %" "$W/page.html"
}
