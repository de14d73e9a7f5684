#!/usr/bin/env bats
# What an auditor sees who opens the files in LibreOffice: texts, no formulas,
# whatever people and groups are called.

load ../e2e/lib
load ../e2e/history

setup_file() {
	tests/deps libreoffice-calc-nogui || return
	history
}

setup() { remember; }

# cells FILE.csv: opens it as a double click does; how many rows and formulas.
cells() {
	# Each run its own profile: two at once would wait for each other.
	soffice -env:UserInstallation="file://$W/profile" --headless \
		--convert-to fods --outdir "$W/opened" "$1" \
		>"$W/soffice.log" 2>&1 || cat "$W/soffice.log"
	python3 - "$W/opened/$(basename "$1" .csv).fods" <<'PY'
import sys
import xml.etree.ElementTree as tree
table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
rows = formulas = 0
for row in tree.parse(sys.argv[1]).iter(table + "table-row"):
    cells = list(row.iter(table + "table-cell"))
    formulas += sum(table + "formula" in cell.attrib for cell in cells)
    if any(len(cell) for cell in cells):
        rows += int(row.get(table + "number-rows-repeated", 1))
print(rows, formulas)
PY
}

@test "no file of an export has a formula, and each has all its rows" {
	hostile "$W"
	"$LAPSE" review-export --ledger "$W/hostile.db" --out "$W/audit"
	"$LAPSE" export events --ledger "$W/hostile.db" >"$W/audit/events.csv"
	for file in entitlements changes events campaigns review_items; do
		run cells "$W/audit/$file.csv"
		echo "$file: $output"
		[ "$output" = "$(python3 -c 'import csv, sys
csv.field_size_limit(1 << 24)
print(len(list(csv.reader(open(sys.argv[1], newline="")))), 0)' \
			"$W/audit/$file.csv")" ]
	done
}

@test "it would see one" {
	hostile "$W"
	"$LAPSE" export entitlements --raw --ledger "$W/hostile.db" \
		>"$W/raw.csv"
	run cells "$W/raw.csv"
	echo "$output"
	[ "${output#* }" -gt 3 ]
}
