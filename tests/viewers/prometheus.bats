#!/usr/bin/env bats
# What Prometheus itself thinks of `lapse metrics` and of the example rules, and
# whether rules and dashboard ask for nothing that there is not.

load ../e2e/lib
load ../e2e/hand

EXAMPLES=examples/prometheus

setup_file() {
	tests/deps prometheus >&3
}
setup() {
	command -v promtool >/dev/null ||
		skip "promtool is absent; Debian's package prometheus has it"
}
teardown() { world_end; }

# A company with a bit of everything.
eventful() {
	world "$ANNA"
	granted ben GitHub write 8h dana
	granted jonas GitHub write 8h gina
	by_hand grant --break-glass carol@acme.example github/prod-admin \
		--for 1h --reason "site is down"
	later 28900
	fault status okta DELETE /users '"status":403,"times":2'
	tick || true
	no_faults
	console_put gus "$GITHUB_WRITE" maria
	later 960
	tick || true
	later 87000	# what was refused is tried once a day
	tick
	granted ben GitHub write 8h dana
	sqlite3 "$LEDGER" "insert into cursor values
		('credential-end:okta', 1800000000)"
}

@test "promtool check metrics has nothing to say" {
	eventful
	lapse metrics >"$W/lapse.prom"
	grep -q '^lapse_removal_lag_seconds_count [1-9]' "$W/lapse.prom"
	run promtool check metrics <"$W/lapse.prom"
	echo "$output"
	status_is 0
	[ -z "$output" ]
}

@test "promtool check rules has nothing to say" {
	run promtool check rules "$EXAMPLES/alerts.yml"
	echo "$output"
	status_is 0
	has "SUCCESS: 15 rules found"
}

@test "rules and dashboard ask only for what there is" {
	eventful
	lapse metrics | sed -n 's/^\(lapse_[a-z_]*\).*/\1/p' | sort -u \
		>"$W/there"
	[ "$(wc -l <"$W/there")" -gt 40 ]
	for file in alerts.yml grafana.json; do
		grep -v '^ *#' "$EXAMPLES/$file" |
			grep -oE '\blapse_[a-z_]+' | sort -u >"$W/asked"
		[ "$(wc -l <"$W/asked")" -gt 10 ]
		run comm -23 "$W/asked" "$W/there"
		echo "$file: $output"
		[ -z "$output" ]
	done
	# Each value of a label that is asked for, too.
	lapse metrics >"$W/lapse.prom"
	for label in $(grep -oE '(state|kind|command)=~?\\?"[^"\\]*' \
		"$EXAMPLES"/alerts.yml "$EXAMPLES"/grafana.json |
		sed 's/.*:\([a-z]*\)=~*\\*"/\1=/'); do
		for value in $(echo "${label#*=}" | tr '|' ' '); do
			grep -q "${label%%=*}=\"$value\"" "$W/lapse.prom" || {
				echo "no ${label%%=*} $value"
				false
			}
		done
	done
}

@test "the alerts fire when they should, and not else" {
	cat >"$BATS_TEST_TMPDIR/rules.test.yml" <<-END
	rule_files: [$PWD/$EXAMPLES/alerts.yml]
	evaluation_interval: 1m
	tests:
	  - interval: 1m
	    input_series: &well
	      - {series: 'lapse_build_info{instance="a"}', values: '1+0x60'}
	      - {series: 'lapse_overdue_removals{instance="a"}', values: '0+0x60'}
	      - {series: 'lapse_ledger_enforcing{instance="a"}', values: '1+0x60'}
	      - {series: 'lapse_last_success_timestamp_seconds{instance="a",command="expire"}', values: '0+60x60'}
	      - {series: 'lapse_last_success_timestamp_seconds{instance="a",command="sync"}', values: '0+60x60'}
	    alert_rule_test:
	      - {eval_time: 30m, alertname: LapseRemovalOverdue}
	      - {eval_time: 30m, alertname: LapseNotRunning}
	      - {eval_time: 30m, alertname: LapseNeverRan}
	      - {eval_time: 30m, alertname: LapseMetricsStale}
	  - interval: 1m
	    input_series:
	      - {series: 'lapse_overdue_removals{instance="a"}', values: '0 0 2+0x60'}
	      - {series: 'lapse_last_success_timestamp_seconds{instance="a",command="sync"}', values: '0+0x60'}
	      - {series: 'lapse_ledger_enforcing{instance="a"}', values: '1+0x60'}
	    alert_rule_test:
	      - eval_time: 10m
	        alertname: LapseRemovalOverdue
	        exp_alerts:
	          - exp_labels: {severity: page, instance: a}
	            exp_annotations:
	              summary: "2 grant(s) are beyond their deadline"
	              description: "lapse status; lapse list changes; lapse parked list"
	      - eval_time: 30m
	        alertname: LapseNotRunning
	        exp_alerts:
	          - exp_labels: {severity: page, instance: a, command: sync}
	            exp_annotations:
	              summary: "lapse sync last went well 30m 0s ago"
	              description: "systemctl list-timers 'lapse-*'; journalctl -u lapse-sync"
	      - eval_time: 30m
	        alertname: LapseNeverRan
	        exp_alerts:
	          - exp_labels: {severity: page, command: expire}
	            exp_annotations:
	              summary: "lapse expire never went well on this host"
	              description: "systemctl enable --now lapse-expire.timer"
	      - eval_time: 30m
	        alertname: LapseMetricsStale
	        exp_alerts:
	          - exp_labels: {severity: page}
	            exp_annotations:
	              summary: "nobody hears from lapse"
	              description: "systemctl status lapse-metrics.timer node_exporter"
	END
	run promtool test rules "$BATS_TEST_TMPDIR/rules.test.yml"
	echo "$output"
	status_is 0
}
