# What the tests of access reviews share: load after lib, hand, still, google.
# Not a test.

# opened NAME [OPTION...]: a campaign over all three providers, all issues made.
opened() {
	lapse review-open "$1" --reason "a test" "${@:2}" >"$W/open.log" 2>&1
	[ "$(sql "select state from campaign where name = '$1'")" = open ]
}
# item LOGIN GROUP: its number; GROUP as the provider names it.
item() {
	sql "select n from item where login = '$1@acme.example' and
		group_name = '$2' order by campaign_id desc limit 1"
}
of_item() { # of_item COLUMN LOGIN GROUP
	sql "select $1 from item where login = '$2@acme.example' and
		group_name = '$3' order by campaign_id desc limit 1"
}
task_of() { of_item task_key "$@"; }
sheet_of() { # the key of a reviewer's sheet
	sql "select issue_key from sheet where reviewer = '$(account_of "$1")'
		order by id desc limit 1"
}
reviewer_of() { # the login of who decides on LOGIN GROUP
	sql "select replace(a.email, '@acme.example', '') from item i
		join sheet s on s.id = i.sheet_id join account a
		on a.account = s.reviewer where i.login = '$1@acme.example'
		and i.group_name = '$2' order by i.id desc limit 1"
}
# says WHAT LOGIN GROUP [REASON] [UNTIL]: by who is asked.
says() { task_decide "$(reviewer_of "$2" "$3")" "$(task_of "$2" "$3")" "$1" "${@:4}" >/dev/null; }
state_of() { of_item "state || ' ' || coalesce(decision, '')" "$@"; }
# kinds LIKE: how many evidence rows of these kinds there are.
kinds() { sql "select count(*) from evidence where kind = '$1'"; }
# ticks N [SECONDS]: so many runs of both timers, their status not asked for.
ticks() {
	for _ in $(seq "$1"); do
		lapse sync >>"$W/ticks.log" 2>&1 || true
		lapse expire >>"$W/ticks.log" 2>&1 || true
		later "${2:-60}"
	done
}
# csv FILE EXPRESSION: counts the rows for which a Python expression holds.
csv() {
	python3 - "$W/$1" "$2" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
print(sum(1 for r in rows if eval("(" + sys.argv[2] + ")", {}, {"r": r})))
PY
}
