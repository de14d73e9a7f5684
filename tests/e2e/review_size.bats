#!/usr/bin/env bats
# What a campaign costs in calls to Jira, as a formula of its items (n) and
# reviewers (r), counted at the sandbox. REVIEW_PEOPLE=2500 REVIEW_BOSSES=300
# makes the 10,000 items of a large company; it takes minutes.

load lib
load hand
load still
load review

PEOPLE=${REVIEW_PEOPLE:-200}
BOSSES=${REVIEW_BOSSES:-24}
GROUPS_OF_ALL="00g1vpn00000000000h7 00g1figma000000000h7 00g1sfuser00000000h7 00g1githubaudit000h7"

setup() {
	SEED=$BATS_TEST_TMPDIR/company.json
	bigger "$SEED"
	world "$ANNA"
	needs_operator
}
teardown() { world_end; }

# The company with so many more people, all in four groups.
bigger() {
	python3 - "$1" "$PEOPLE" "$BOSSES" $GROUPS_OF_ALL <<'PY'
import json, sys
out, people, bosses, groups = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
c = json.load(open("examples/sandbox/company.json"))
def person(login, n, manager):
    return {"login": login, "name": login.title(), "department": "Field",
        "title": "Agent", "manager": manager, "number": str(9000 + n),
        "account": "5c%022d" % n, "okta": "00u1%s0000000h7a" % login,
        "lastLogin": "2026-11-01T09:15:00.000Z"}
at = next(i for i, p in enumerate(c["people"]) if "okta" not in p)
c["people"][at:at] = [person("boss%05d" % n, n, "gina") for n in range(bosses)] + \
    [person("agent%05d" % n, bosses + n, "boss%05d" % (n % bosses)) for n in range(people)]
for d in c["directory"]:
    if d["id"] in groups:
        d["members"] = ["agent%05d" % n for n in range(people)]
json.dump(c, open(out, "w"))
PY
}

# Everybody who is asked says Keep, over one connection after the other.
keep_all() {
	sql "select i.task_key, a.email from item i join sheet s
		on s.id = i.sheet_id join account a on a.account = s.reviewer" |
		awk -F'|' -v jira="$SANDBOX_JIRA" '{
			login = $2
			sub(/@.*/, "", login)
			printf "%surl = \"%s/rest/api/3/issue/%s/transitions\"\n", \
				(NR > 1 ? "next\n" : ""), jira, $1
			printf "user = \"%s:token-%s\"\n", $2, login
			print "header = \"Content-Type: application/json\""
			print "data = \"{\\\"transition\\\":{\\\"id\\\":\\\"301\\\"}}\""
			print "silent\nshow-error\nfail"
		}' >"$W/keep.curl"
	curl --config "$W/keep.curl" >/dev/null
}
cost() { # cost MOST: how many calls Jira had since the log was emptied
	n_calls=$(calls jira "" "")
	echo "$1: $n_calls calls, at most $2" >>"${COSTS:-$W/costs}"
	[ "$n_calls" -le "$2" ] || {
		calls jira "" "" >&2
		echo "$1: $n_calls calls, more than $2" >&2
		return 1
	}
	control DELETE /log >/dev/null
}

@test "open, decide and close cost what the formula says" {
	control DELETE /log >/dev/null
	lapse review-open big --reason "a test" --due 14d \
		--role vpn/user,figma/editor,salesforce/user,github/auditor \
		>"$W/open.log" 2>&1 || true
	for _ in $(seq 20); do
		[ "$(sql "select state from campaign")" != open ] || break
		lapse sync >>"$W/open.log" 2>&1 || true
		later 60
	done
	[ "$(sql "select state from campaign")" = open ]
	n=$(sql "select items from campaign")
	r=$(sql "select count(*) from sheet")
	[ "$n" -eq $((4 * PEOPLE)) ]
	[ "$r" -eq "$BOSSES" ]
	# Two look-ups a reviewer, 50 issues in a creation.
	cost open $((40 + 2 * r + r / 50 + n / 35))

	later 5
	keep_all
	control DELETE /log >/dev/null
	later 5
	for _ in $(seq 20); do
		lapse sync >>"$W/open.log" 2>&1 || true
		[ "$(sql "select count(*) from item where state = 'open'")" -ne 0 ] ||
			break
		later 60
	done
	[ "$(sql "select count(*) from item where state = 'done'")" -eq "$n" ]
	# A search of 1000 a page, then 100 issues and their histories.
	cost decide $((40 + n / 1000 + r / 100 + 2 * n / 100))

	# A tick with nothing new reads nothing again: the search's overlap is
	# all it costs.
	later 1000
	lapse sync >>"$W/open.log" 2>&1 || true
	cost idle $((10 + n / 1000))

	run by_hand review-close big --acknowledger hugo@acme.example
	status_is 0
	ticks 4
	# Each sheet is read, its transitions too, and moved.
	cost close $((80 + 4 * r))
	[ "$(sql "select count(*) from notice where state in ('open', 'doubtful')")" -eq 0 ]

	run lapse review-export --out "$W/out"
	status_is 12
	[ "$(jq .reviews.items "$W/out/MANIFEST.json")" -eq "$n" ]
	[ "$(grep -c ',keep,' "$W/out/review_items.csv")" -eq "$n" ]
	run lapse verify "$W/out"
	status_is 0
}
