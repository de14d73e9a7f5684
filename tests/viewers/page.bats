#!/usr/bin/env bats
# The report's page as readers have it: valid, accessible in light, dark and
# on paper, silent on the wire, whatever things are called.

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	BUILD=$(realpath -m "${BUILD:-build}")
	export VIEWERS=$BUILD/viewers
	tests/deps chromium poppler-utils || return
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		tests/deps nodejs npm || return
	fi
	# Beside node_modules, since imports are looked up from where a module
	# lies.
	mkdir -p "$VIEWERS/pages" && cp tests/viewers/page.mjs "$VIEWERS/" ||
		return
	for package in html-validate@9.7.1 axe-core@4.10.3 \
		puppeteer-core@24.10.0; do
		[ "$(node -p "require('$VIEWERS/node_modules/${package%@*}/package.json').version" \
			2>/dev/null)" = "${package##*@}" ] || missing=yes
	done
	[ -z "${missing:-}" ] || npm install --prefix "$VIEWERS" --no-save \
		--no-package-lock --no-audit --no-fund --loglevel=error \
		html-validate@9.7.1 axe-core@4.10.3 puppeteer-core@24.10.0 ||
		return
	for page in quarter empty hostile; do
		"$VIEWERS/page" "$page" "$VIEWERS/pages/$page.html" || return
	done
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	pages=("$VIEWERS"/pages/{quarter,empty,hostile}.html)
}

judge() {
	run node "$VIEWERS/page.mjs" "$@"
	echo "$output"
}

@test "html-validate has nothing to say" {
	judge valid "${pages[@]}"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "axe has nothing to say: light, dark, on paper" {
	judge axe "${pages[@]}"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "no request, no script, no complaint, and it fits a phone" {
	judge still "${pages[@]}"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the judges see what is wrong" {
	judge valid tests/viewers/wrong.html
	[ "$status" -eq 1 ]
	[[ $output == *element-required-attributes* ]]
	judge axe tests/viewers/wrong.html
	[ "$status" -eq 1 ]
	[[ $output == *color-contrast* ]]
	[[ $output == *html-has-lang* ]]
	judge still tests/viewers/wrong.html
	[ "$status" -eq 1 ]
	[[ $output == *"asks for https://evil.example/x.png"* ]]
	[[ $output == *"asks for https://evil.example/y"* ]]
	[[ $output == *"on the wire: "*"report.example/"* ]]
	[[ $output == *"console: ran"* ]]
	[[ $output == *"has 1 scripts"* ]]
	[[ $output == *"pixels wide"* ]]
}

@test "it prints on a few sheets of A4" {
	judge paper "${pages[@]}"
	[ "$status" -eq 0 ]
	for page in "${pages[@]}"; do
		run pdfinfo "$page.pdf"
		echo "$output"
		[[ $output == *"(A4)"* ]]
		sheets=$(sed -n 's/^Pages: *//p' <<<"$output")
		[ "$sheets" -le 16 ]
		[[ $page != */quarter.html ]] || [ "$sheets" -le 7 ]
	done
}

@test "a page is under 300 KB" {
	for page in "${pages[@]}"; do
		[ "$(stat -c %s "$page")" -lt 300000 ]
	done
}
