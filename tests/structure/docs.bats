#!/usr/bin/env bats
# The manual, the README and the examples say what the source does.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	BUILD=$(realpath -m "${BUILD:-build}")
	lapse=$BUILD/lapse
	[ -x "$lapse" ] || {
		echo "there is no $lapse; run make"
		return 1
	}
}

# The names of the table, each once, as `lapse help` lists them.
commands() {
	"$lapse" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p' | uniq
}

# Those that are too small for a page stand in lapse.1.
has_page() {
	case $1 in
	completion | help | version) return 1 ;;
	esac
}

# differ A B: shows what only one of two lists has.
differ() {
	run diff <(printf '%s\n' "$1" | sort -u) <(printf '%s\n' "$2" | sort -u)
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the manual's markup is clean" {
	command -v mandoc >/dev/null || skip "mandoc is absent"
	run mandoc -T lint -W warning man/*.[1-8]
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "every command has a page, and every page a command" {
	wanted=lapse.1
	for name in $(commands); do
		if has_page "$name"; then
			wanted="$wanted
lapse-$name.1"
		else
			grep -q "lapse $name" man/lapse.1 || {
				echo "lapse.1 lacks $name"
				false
			}
		fi
	done
	differ "$wanted" "$(cd man && ls ./*.1 | sed 's|^\./||')"
}

@test "every page is named in lapse(1), and every reference leads somewhere" {
	for page in man/lapse[-.]*.[1-8]; do
		name=${page##*/}
		[ "$name" = lapse.1 ] && continue
		grep -q "^\.\(It \)\?Xr ${name%.*} ${name##*.}" man/lapse.1 || {
			echo "lapse.1 does not name $name"
			false
		}
	done
	for xr in $(sed -n 's/^\.\(It \)\{0,1\}Xr \(lapse[^ ]*\) \([1-8]\).*/\2.\3/p' \
		man/*.[1-8] | sort -u); do
		[ -e "man/$xr" ] || {
			echo "there is no $xr"
			false
		}
	done
}

@test "options in each page are those of the command" {
	for name in $(commands); do
		has_page "$name" || continue
		echo "$name"
		differ "$("$lapse" help "$name" |
			sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p')" \
			"$(grep -o 'Fl -[a-z-]*' "man/lapse-$name.1" |
				sed 's/Fl -//')"
	done
}

@test "short options in each page are those of the command" {
	for name in $(commands); do
		has_page "$name" || continue
		echo "$name"
		# The letters of the common options stand in lapse.1.
		differ "$("$lapse" help "$name" |
			sed -n 's/^  -\(.\), --.*/\1/p' | grep -v '[hVcqv]' ||
			:)" \
			"$(grep -oE '^\.It Fl [a-z]( |$)' \
				"man/lapse-$name.1" | sed 's/.* Fl \(.\).*/\1/')"
	done
}

@test "lapse.1 has the common options" {
	differ "$("$lapse" help version |
		sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p')" \
		"$(sed -n '/^\.Ss Options/,/^\.El/p' man/lapse.1 |
			grep -o 'Fl -[a-z-]*' | sed 's/Fl -//')"
}

@test "lapse.1 has the exit statuses, as the help does" {
	differ "$("$lapse" help exit-codes |
		sed -n 's/^ \{1,4\}\([0-9]\{1,2\}\)  .*/\1/p')" \
		"$(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]*\)$/\1/p' \
			man/lapse.1)"
	grep -q '65 11 1 12 77 78 76 74 69 75 10 14 13' man/lapse.1
}

@test "lapse.1 has the variables of the environment, as the help does" {
	differ "$("$lapse" help environment |
		sed -n 's/^  \([A-Z_]\{2,\}\) .*/\1/p')" \
		"$(sed -n '/^\.Sh ENVIRONMENT/,/^\.El/s/^\.It Ev //p' \
			man/lapse.1 | tr -d ' ' | tr ',' '\n')"
}

# SECTION.KEY|TYPE|DEFAULT, of the table and of the page.
keys_of_table() {
	"$lapse" help config | sed -n '3,$p' | awk '{
		text = $0
		sub(/^  /, "", text)
		match(text, /  +/)
		name = substr(text, 1, RSTART - 1)
		rest = substr(text, RSTART + RLENGTH)
		type = rest
		sub(/ .*/, "", type)
		note = ""
		if (rest ~ /\(needed\)$/)
			note = "needed"
		else if (match(rest, / \[[^][]*\]$/))
			note = substr(rest, RSTART + 2, RLENGTH - 3)
		if (name !~ /\./)
			name = "top." name
		print name "|" type "|" note
	}'
}

keys_of_page() {
	sed -n -e 's/^\.\\" section /section /p' -e 's/^\.It Cm \([a-z-]*\) Pq /key \1 /p' \
		man/lapse.conf.5 | awk '
		$1 == "section" { section = substr($0, 9); next }
		{
			name = $2
			note = $0
			sub(/^key [a-z-]* /, "", note)
			type = note
			sub(/,.*/, "", type)
			if (note !~ /,/)
				note = ""
			sub(/^[a-z]*, (default )?/, "", note)
			print section "." name "|" type "|" note
		}'
}

@test "lapse.conf.5 has every key, with its type and default, and no other" {
	[ "$(keys_of_table | wc -l)" -gt 60 ]
	differ "$(keys_of_table)" "$(keys_of_page)"
}

@test "lapse-ledger.5 has every table, and no other" {
	differ "$(sed -n 's/^CREATE TABLE "\{0,1\}\([a-z_]*\).*/\1/p' \
		lib/ledger/schema/*.sql)" \
		"$(sed -n '/^\.Ss Tables/,/^\.El/s/^\.It Cm //p' \
			man/lapse-ledger.5)"
}

@test "lapse-metrics.1 has every metric, with its help, and no other" {
	# Names and help lines stand side by side in the tables.
	differ "$(tr -d '\n' <lib/core/metrics/metrics.c | grep -oE \
		'\{"[a-z_]+",[^"{}]*("[^"]*"[[:space:]]*)+\}' |
		sed -E -e 's/^\{"([a-z_]+)",[^"]*"/lapse_\1|/' \
		-e 's/"[[:space:]]*\}$//' -e 's/"[[:space:]]*"//g')" \
		"$(sed -n '/^\.Ss Metrics/,/^\.El/p' man/lapse-metrics.1 |
		awk '/^\.It Cm/ { name = $3; next }
			name != "" { print name "|" $0; name = "" }')"
}

# part NAME: a literal part of lapse-ledger.5, as it is read.
part() {
	sed -n "/^\.\\\\\" $1 begin/,/^\.\\\\\" $1 end/p" man/lapse-ledger.5 |
		grep -v '^\.' | sed "s/\\\\(aq/'/g"
}

@test "the worked example of the evidence chain is right" {
	part example >"$BATS_TEST_TMPDIR/example.sh"
	run sh "$BATS_TEST_TMPDIR/example.sh"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$(part result)" ]
	[ "$(printf '%s\n' "$output" | grep -cE '^[0-9a-f]{64}$')" -eq 3 ]
}

@test "lapse-review-export.1 has the columns of both files" {
	columns() {
		sed -n "/^\.Ss Columns of $1/,/^\.S/p" man/lapse-review-export.1 |
			grep -v '^\.' | tr -d '.\n ' | tr ',' '\n'
		echo
	}
	differ "$(sed -n 's/^\t{"\([a-z_0-9]*\)", EXPORT_.*/\1/p' \
		lib/ledger/export_change_rows.c)" "$(columns changes)"
	differ "$(sed -n '/columns\[\] = {/,/};/p' \
		lib/core/evidence/export_entitlements.c | grep -o '"[a-z_]*"' |
		tr -d '"')" "$(columns entitlements)"
}

@test "lapse-export.1 has the columns of events and policies" {
	columns() {
		sed -n "/^\.Ss Columns of $1/,/^\.[SP]p*/p" man/lapse-export.1 |
			grep -v '^\.' | tr -d '.\n ' | tr ',' '\n'
		echo
	}
	table() {
		sed -n "/ $1_columns\[\] = {/,/^};/s/^\t{\"\([a-z_0-9]*\)\".*/\1/p" \
			lib/ledger/export_event_rows.c
	}
	[ "$(table event | wc -l)" -gt 20 ]
	differ "$(table event)" "$(columns events)"
	differ "$(table policy)" "$(columns policies)"
}

@test "each exported column is mapped to controls, and no other" {
	mapped() {
		sed -n "s/^$1,\([a-z_0-9]*\),.*/\1/p" examples/auditor/controls.csv
	}
	columns() { # FILE TABLE
		sed -n "/ $2\[\] = {/,/^};/s/^\t{\"\([a-z_0-9]*\)\".*/\1/p" "$1"
	}
	differ "$(columns lib/ledger/export_change_rows.c change_columns)" \
		"$(mapped changes)"
	differ "$(columns lib/core/evidence/export_entitlements.c columns)" \
		"$(mapped entitlements)"
	differ "$(columns lib/ledger/export_review_rows.c campaign_columns)" \
		"$(mapped campaigns)"
	differ "$(columns lib/ledger/export_review_rows.c item_columns)" \
		"$(mapped review_items)"
	differ "$(columns lib/ledger/export_event_rows.c event_columns)" \
		"$(mapped events)"
	differ "$(columns lib/ledger/export_event_rows.c policy_columns)" \
		"$(mapped policies)"
	[ "$(wc -l <examples/auditor/controls.csv)" -gt 200 ]
	# Each row names a control of each frame, and each control has rows.
	run grep -vE '^[a-z_]+,[a-z_0-9]+,(CC6\.[1-3](; )?)+,(A\.(5\.15|5\.18|8\.2)(; )?)+,(AC-[26][^,]*)+,.+' \
		<(tail -n +2 examples/auditor/controls.csv)
	echo "$output"
	[ -z "$output" ]
	for control in CC6.1 CC6.2 CC6.3 A.5.15 A.5.18 A.8.2 AC-2 AC-6; do
		grep -qF "$control" <(tail -n +2 examples/auditor/controls.csv)
	done
}

@test "each way of an approval is told where its column is explained" {
	for way in $(sed -n '/"approval_method": {/,/}/p' \
		man/schema/access-change.v1.json | tr -d '\n\t' |
		sed 's/.*enum": \[//; s/, *null.*//; s/[",]/ /g'); do
		n=$((${n:-0} + 1))
		grep '^changes,approval_method,' examples/auditor/controls.csv |
			grep -qw -- "$way"
		grep -qxF ".It Ql $way" man/lapse-review-export.1
	done
	[ "$n" -eq 4 ]
}

@test "each row that is exported has a JSON Schema with its columns, installed" {
	types() { # FILE TABLE
		sed -n "/ $2\[\] = {/,/^};/s/^\t{\"\([a-z_0-9]*\)\", EXPORT_\([A-Z]*\)}.*/\1 \2/p" \
			"$1" | sed -e 's/TEXT$/string/' -e 's/TIME$/string/' \
			-e 's/INT$/integer/' -e 's/YES$/boolean/'
	}
	properties() { # SCHEMA
		python3 - "man/schema/$1.json" <<-'END'
			import json, sys
			s = json.load(open(sys.argv[1]))
			assert s["properties"]["schema"]["const"].endswith("/" +
			    sys.argv[1].split("/")[-1][:-5])
			for name in s["required"][1:]:
			    kind = s["properties"][name]["type"]
			    print(name, kind if isinstance(kind, str) else kind[0])
		END
	}
	while read -r schema file table; do
		differ "$(types "$file" "$table")" "$(properties "$schema")"
		[ "$(properties "$schema" | wc -l)" -gt 3 ]
	done <<-'END'
		access-change.v1 lib/ledger/export_change_rows.c change_columns
		event.v1 lib/ledger/export_event_rows.c event_columns
		policy.v1 lib/ledger/export_event_rows.c policy_columns
		entitlement.v1 lib/core/evidence/export_entitlements.c columns
	END
	make -n install BUILD="$BUILD" PREFIX=/p | grep -q \
		'man/schema/ocsf-group-management.json.* /p/share/lapse/schema/'
}

# The commands in the README, the crontab and the examples of each page.
@test "commands in the examples exist" {
	words=$(cat README.md examples/crontab examples/demo.sh examples/ci/* \
		examples/*/*.md examples/systemd/*.service man/*.[1-8] | sed -nE \
		-e 's/^[ #]*(\.Dl |\.Nm |.*; )?([$#] |run |sudo |-u lapse |.*lapse  )*lapse +([a-z-]+).*/\3/p' \
		-e 's/.*(`|\|\| |@BINDIR@\/|Ql )lapse ([a-z-]+).*/\2/p' |
		sort -u)
	echo "$words"
	[ "$(printf '%s\n' "$words" | wc -l)" -gt 12 ]
	names=$(commands)
	for word in $words; do
		[[ $'\n'$names$'\n' == *$'\n'"$word"$'\n'* ]] || {
			echo "there is no lapse $word"
			false
		}
	done
}

@test "options in the examples exist" {
	seen=0
	declare -A help
	while read -r name option; do
		seen=$((seen + 1))
		[ -n "${help[$name]-}" ] || help[$name]=$("$lapse" help "$name")
		[[ ${help[$name]} =~ \ $option(=|\ \ ) ]] || {
			echo "lapse $name has no $option"
			false
		}
	done < <(cat README.md examples/ci/*.yml examples/crontab examples/sudoers \
		man/*.[1-8] | sed -e ':more' -e '/\\e\{0,1\}$/{' \
		-e 'N; s/\\e\{0,1\}\n *//; b more' -e '}' |
		grep -oE 'lapse [a-z-]+ [^#`]*--[^#`]*' |
		sed -E 's/.*lapse ([a-z-]+) /\1 /' | awk '{
			for (name = $1; match($0, /--[a-z-]+/);
				$0 = substr($0, RSTART + RLENGTH))
				print name, substr($0, RSTART, RLENGTH)
		}')
	[ "$seen" -gt 20 ]
}

@test "files that the documents name are there" {
	for file in $(grep -ohE '\]\([^)h#][^)]*\)' README.md | tr -d ']()'); do
		[ -e "$file" ] || {
			echo "README.md: there is no $file"
			false
		}
	done
	for target in $(grep -oE '`make [a-z]+`|^ {4}make [a-z]+' README.md |
		grep -oE '[a-z]+`?$' | tr -d '`'); do
		grep -qE "^$target( |:)" Makefile || {
			echo "README.md: there is no make $target"
			false
		}
	done
	# The map names files and functions of the library.
	for file in $(grep -ohE '\b(core|ledger|jira|idp|http|base|cli)/[a-z_]+\.[ch]' \
		lib/README.md lib/ADDING.md); do
		[ -e "lib/$file" ] || [ -e "$file" ] || {
			echo "lib/README.md: there is no $file"
			false
		}
	done
	[ "$(wc -l <lib/README.md)" -lt 100 ]
}

# What the unit files become when they are installed.
units() {
	for unit in examples/systemd/*.service examples/systemd/*.timer; do
		sed 's|@BINDIR@/lapse|/bin/true|' "$unit" \
			>"$BATS_TEST_TMPDIR/${unit##*/}"
	done
}

@test "the services are hardened" {
	command -v systemd-analyze >/dev/null ||
		skip "systemd-analyze is absent"
	units
	for unit in "$BATS_TEST_TMPDIR"/*.service; do
		run systemd-analyze security --offline=true --threshold=15 \
			--no-pager "$unit"
		echo "${unit##*/}: $output" | tail -n 1
		[ "$status" -eq 0 ]
	done
}

@test "the units are valid" {
	command -v systemd-analyze >/dev/null ||
		skip "systemd-analyze is absent"
	units
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR"/*.service \
		"$BATS_TEST_TMPDIR"/*.timer
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	for unit in examples/systemd/lapse-*.timer; do
		grep -q '^AccuracySec=1s$' "$unit"
		grep -q '^Persistent=yes$' "$unit"
		[ -e "${unit%.timer}.service" ]
	done
}

@test "the credentials of the units are those of the example" {
	for unit in examples/systemd/lapse-*[a-z].service; do
		# Needs none: it must not have one.
		if [ "$unit" = examples/systemd/lapse-metrics.service ]; then
			run grep LoadCredential "$unit"
			[ "$status" -eq 1 ]
			continue
		fi
		for name in $(grep -ohE '^[^#]*"credential:[a-z-]+"' \
			examples/lapse.conf | sed 's/.*credential:\([a-z-]*\).*/\1/' |
			sort -u); do
			grep -q "^LoadCredential=$name:" "$unit" || {
				echo "$unit lacks $name"
				false
			}
		done
	done
}

# As text they would never be read by anybody: each parses once uncommented.
@test "the Slack sections of the example and of init are as the parser has them" {
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/slack.XXXXXX")
	"$lapse" init -c "$dir/init.conf" || true
	for conf in examples/lapse.conf "$dir/init.conf"; do
		sed -n '/^# slack {/,/^# }/s/^# \{0,1\}//p' "$conf" >"$dir/lapse.conf"
		grep -q '^slack {' "$dir/lapse.conf"
		grep -q 'channel = ' "$dir/lapse.conf"
		cat >>"$dir/lapse.conf" <<-END
			state-dir = "$dir"
			jira { url = "https://acme.example" email = "a@acme.example" token = "file:/x" }
		END
		chmod 600 "$dir/lapse.conf"
		run "$lapse" status -c "$dir/lapse.conf"
		[[ $output != *lapse.conf:* ]]
		sed -i 's/channel = /chanel = /' "$dir/lapse.conf"
		run "$lapse" status -c "$dir/lapse.conf"
		[[ $output == *chanel* ]]
	done
}

@test "the sandbox's README has every move and knob of Slack" {
	for path in $(sed -n 's/.*{ "[A-Z]*", "\(\/slack\/[a-z]*\)".*/\1/p' \
		examples/sandbox/control_slack.c); do
		n=$((${n:-0} + 1))
		grep -qF "$path" examples/sandbox/README.md
	done
	[ "$n" -ge 10 ]
	for knob in $(grep -oh 'slack_all(), "\(pageLimit\|rateLimit\|scopes\)"' \
		examples/sandbox/slack*.c | sed 's/.*"\(.*\)"/\1/' | sort -u); do
		grep '"slack":' examples/sandbox/README.md | grep -qF "\"$knob\""
	done
	grep -qF SANDBOX_SLACK_TOKEN examples/sandbox/README.md
}

@test "the sudoers example is valid" {
	command -v visudo >/dev/null || skip "visudo is absent"
	run visudo -cf examples/sudoers
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the CI job makes the files from a snapshot only" {
	# A ledger without anything in it is enough for the way through.
	dir=$BATS_TEST_TMPDIR
	mkdir -m 700 "$dir/state"
	printf 0123456789abcdef0123456789abcdef >"$dir/key"
	printf x >"$dir/token"
	cat >"$dir/lapse.conf" <<-END
		state-dir = "$dir/state"
		ledger-key = "file:$dir/key"
		jira {
			url = "http://127.0.0.1:1"
			email = "bot@acme.example"
			token = "file:$dir/token"
		}
	END
	chmod 600 "$dir"/key "$dir"/token "$dir"/lapse.conf
	"$lapse" init --config "$dir/lapse.conf" >/dev/null
	"$lapse" snapshot "$dir/snapshot.db" --config "$dir/lapse.conf"
	rm -r "$dir/state" "$dir/lapse.conf" "$dir/key"
	run env -i PATH="$PATH" LAPSE="$lapse" examples/ci/audit.sh \
		"$dir/snapshot.db" "$dir/audit"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -s "$dir/audit/MANIFEST.json" ]
	echo >>"$dir/audit/changes.csv"
	run "$lapse" verify "$dir/audit"
	[ "$status" -eq 65 ]
}

# Numbers and ids differ from run to run, columns are as wide as their cells. So
# do months, and near midnight the two zones of a time have a day each.
plain_numbers() {
	local months='Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
	sed -E -e 's/[0-9]+/N/g' -e "s/N ($months) N/DAY/g" \
		-e 's/\(DAY N:N UTC\)/(N:N UTC)/g' \
		-e 's/ +/ /g' -e 's/^ //' -e 's/ $//'
}

@test "the demonstration goes well, and the README's session is from it" {
	[ -x "$BUILD/sandbox" ] || skip "there is no sandbox"
	run env BUILD="$BUILD" TMPDIR="$BATS_TEST_TMPDIR" examples/demo.sh --stop
	[ "$status" -eq 0 ] || echo "$output"
	[ "$status" -eq 0 ]
	printf '%s\n' "$output" | plain_numbers >"$BATS_TEST_TMPDIR/said"
	[ -z "$(ls "$BATS_TEST_TMPDIR" | grep lapse-demo)" ]
	sed -n '/^## A session/,/^An auditor/p' README.md |
		grep -E '^    [^$]' | plain_numbers \
		>"$BATS_TEST_TMPDIR/session"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/session")" -gt 15 ]
	while read -r line; do
		grep -qF -e "$line" "$BATS_TEST_TMPDIR/said" || {
			echo "the demonstration does not say: $line"
			false
		}
	done <"$BATS_TEST_TMPDIR/session"
}
