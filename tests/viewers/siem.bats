#!/usr/bin/env bats
# What is exported as ECS, against the types that Elastic itself publishes: each
# field is one of the schema's, with a value of its kind.

load ../e2e/lib
load ../e2e/history

ECS=9.4.0	# the version that the lines name

setup_file() {
	export SIEM=$BUILD/viewers/siem
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		tests/deps nodejs npm || return
	fi
	mkdir -p "$SIEM" || return
	[ -e "$SIEM/node_modules/.of-$ECS" ] || {
		npm install --prefix "$SIEM" --no-save --no-package-lock \
			--no-audit --no-fund --loglevel=error \
			"@elastic/ecs@$ECS" typescript@5.4.5 || return
		touch "$SIEM/node_modules/.of-$ECS"
	}
	history
}

setup() { remember; }

# typed: each line of standard input as a value of Elastic's type.
typed() {
	{
		echo "import type { Ecs } from '@elastic/ecs';"
		echo 'export const lines: Ecs[] = ['
		sed 's/$/,/'
		echo '];'
	} >"$SIEM/lines.ts"
	"$SIEM/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck \
		--module commonjs --moduleResolution node "$SIEM/lines.ts"
}

@test "each line is one of Elastic's schema" {
	for what in changes events; do
		"$LAPSE" export $what --format ecs --ledger "$LEDGER" \
			>"$W/$what"
		[ "$(wc -l <"$W/$what")" -gt 3 ]
		run typed <"$W/$what"
		echo "$output"
		[ "$status" -eq 0 ]
	done
	hostile "$W"
	run typed < <("$LAPSE" export changes --format ecs \
		--ledger "$W/hostile.db")
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a field that the schema does not have is seen" {
	"$LAPSE" export changes --format ecs --ledger "$LEDGER" >"$W/lines"
	for wrong in 's/"target"/"aim"/' 's/"sequence":\([0-9]*\)/"sequence":"\1"/' \
		's/"version":"9.4.0"/"version":"1.0.0"/' 's/"@timestamp"/"time"/'; do
		run typed < <(sed "$wrong" "$W/lines")
		echo "$wrong: $output"
		[ "$status" -ne 0 ]
		[[ $output == *"error TS"* ]]
	done
}
