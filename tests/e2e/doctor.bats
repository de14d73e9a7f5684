#!/usr/bin/env bats
# What doctor finds, and the next step that it names.

load lib

setup() { world "${CONFIG:-}"; }
teardown() { world_end; }

@test "approval steps that ask for something else are found" {
	sed -i -e 's/status-any = "10010"/status-any = "10030"/' \
		-e 's/status-all = "10011"/status-all = "10010"/' \
		"$W/lapse.conf"
	run lapse doctor
	[ "$status" -ne 0 ]
	has "status-any 10030 asks as it must: no approval is configured"
	has "status-all 10010 asks as it must: it asks for another number"
	has "lapse-jira(7)"
}

@test "a revoked token is one clear failure with its next step" {
	printf wrong >"$W/secrets/okta"
	run lapse doctor
	status_is 77
	has "okta"
	has "to do:"
}

@test "what a review lacks is found before one is opened" {
	sed -i -e 's/field-why = "customfield_10207"/field-why = "customfield_19999"/' \
		-e 's/status-limit = "10072"/status-limit = "19998"/' \
		-e 's/fallback = "karin@/fallback = "nobody@/' "$W/lapse.conf"
	run lapse doctor
	status_is 78
	has "reviews: field-why customfield_19999: there is no such field"
	has "not there: 19998"
	has "fallback nobody@acme.example is somebody: nobody"
}

@test "a log that may not be read is no fault, and what is lost is said" {
	run lapse doctor
	has "okta: the credential may read the system log"
	hasnt "stay unknown"
	knobs '{"okta":{"logRefused":true}}'
	before=$status
	run lapse doctor
	[ "$status" -eq "$before" ]
	has "who added a member stay unknown"
}
