#!/usr/bin/env bats
# An approval covers what was asked when it was asked for: an edit, a changed
# role, an old or a used approval, and an issue that only looks like an
# approved one give nobody access.

load decide

setup() { world; }
teardown() { world_end; }

# approved_hotfix: ben's, approved by dana, not yet seen by lapse.
approved_hotfix() {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	later 2
	approve dana "$key"
	is "$(status_of "$key")" $APPROVED
}

# edit_reason WHO KEY TEXT
edit_reason() {
	edit "$1" "$2" customfield_10204 '{"type":"doc","version":1,"content":
		[{"type":"paragraph","content":[{"type":"text","text":"'"$3"'"}]}]}'
}

# edited_as TEXT: so it is asked again, and the old answer stays void.
edited_as() {
	synced
	asked_again_as "$key" $ASKED_ANY edited "$1"
	says "$key" "Earlier answers do not count."
	synced
	is "$(request_state "$key")" asked
	nothing_given "$key"
	isnt_member ben $GITHUB_PROD
}

@test "the role is edited after the approval" {
	key=$(ask ben AWS read 1d "find the bill")
	synced
	later 2
	approve dana "$key"
	edit hugo "$key" customfield_10200 \
		'{"value":"AWS","child":{"value":"admin"}}'
	synced
	asked_again_as "$key" $ASKED_ANY edited \
		"the role was changed by Hugo Blanc after approval was asked for"
	has "Ben Adler asks for aws/admin (AWS)."
	is "$(owed_of "$key")" "Karin Holm, Leo Marchetti"
	isnt_member ben $AWS_ADMIN
	isnt_member ben $AWS_READ
}

@test "the beneficiary is edited after the approval" {
	approved_hotfix
	edit hugo "$key" customfield_10201 "$(_person ivan)"
	edited_as "the person it is for was changed by Hugo Blanc"
	says "$key" "Ben Adler asks for github/hotfix (GitHub) for Ivan Kuzmin."
	isnt_member ivan $GITHUB_PROD
	# What was answered stands with the asking that counts no more.
	is "$(sql "select a.state, o.decision from approval a
		join owed o on o.approval = a.id
		where o.decision <> 'pending'")" "void|approved"
}

@test "the duration is edited after the approval" {
	approved_hotfix
	edit hugo "$key" customfield_10202 '"20s"'
	edited_as "the duration was changed by Hugo Blanc"
	says "$key" "For: 20 seconds"
}

@test "the reason is edited after the approval" {
	approved_hotfix
	edit_reason hugo "$key" "look around a bit"
	edited_as "the reason was changed by Hugo Blanc"
	says "$key" "look around a bit"
}

@test "edited and put back after the approval" {
	approved_hotfix
	edit hugo "$key" customfield_10202 '"20s"'
	edit hugo "$key" customfield_10202 '"15s"'
	edited_as "the duration was changed by Hugo Blanc"
}

@test "edited before the answer: the answer was to something else" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	later 2
	edit_reason hugo "$key" "look around a bit"
	approve dana "$key"
	edited_as "the reason was changed by Hugo Blanc"
}

@test "what is no input of the request may change" {
	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	later 2
	edit hugo "$key" summary '"Access for Ben"'
	edit hugo "$key" labels '["urgent"]'
	comment hugo "$key" "please hurry"
	approve karin "$key"
	synced
	is "$(request_state "$key")" approved
	is_member ben $GITHUB_AUDIT
}

@test "asked again three times, then it is closed" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	for n in 1 2 3; do
		later 2
		edit_reason hugo "$key" "reason $n"
		synced
		is "$(request_state "$key")" asked
		says "$key" "reason $n"
	done
	later 2
	edit_reason hugo "$key" "reason 4"
	synced
	refused_as "$key" asked-too-often "changed so often"
	approve dana "$key" || true
	synced
	nothing_given "$key"
}

@test "the role's groups change in the catalog after the approval" {
	approved_hotfix
	configured '/^role "github\/hotfix"/,/^}/s/00g1githubprod0000h7/00g1githubwrite000h7/'
	synced
	asked_again_as "$key" $ASKED_ANY role-changed \
		"what this role gives was changed after approval was asked for"
	isnt_member ben $GITHUB_PROD
	isnt_member ben $GITHUB_WRITE
	is "$(sql "select count(*) from evidence
		where kind = 'config-changed'")" 1
}

@test "an approval that is too old" {
	key=$(ask ben AWS admin 1h "restart the cluster")
	synced
	approve karin "$key"
	later 90000
	synced
	is "$(request_state "$key")" stale
	is "$(code_of "$key" stale)" approval-too-old
	is "$(status_of "$key")" $REFUSED
	says "$key" "The approval of this request is too old to be used."
	nothing_given "$key"
	isnt_member ben $AWS_ADMIN
}

@test "an approval that was used: ended, opened again and moved on" {
	approved_hotfix
	synced
	is_member ben $GITHUB_PROD
	later 20
	run lapse expire
	status_is 0
	is "$(status_of "$key")" $ENDED
	later 2
	control POST /jira/workflow '{"enforced":false}'
	transition hugo "$key" 92
	is "$(status_of "$key")" $HERE
	synced
	says "$key" "an approval is used once."
	later 2
	synced
	is "$(sql "select count(*) from evidence where kind = 'reopened'")" 1
	is "$(sql "select count(*) from \"grant\"")" 1
	is "$(sql "select state from approval")" used
	isnt_member ben $GITHUB_PROD

	operate
	run lapse grant "$key" --reason "he says it was approved"
	status_is 12
	has "an approval is used once"
	is "$(sql "select count(*) from \"grant\"")" 1
	isnt_member ben $GITHUB_PROD
}

@test "a refused request that is opened again" {
	key=$(ask ben GitHub prod-admin 9d "just in case")
	synced
	is "$(request_state "$key")" refused
	later 2
	transition hugo "$key" 92
	synced
	is "$(request_state "$key")" refused
	says "$key" "Opening it again gives nobody access"
	nothing_given "$key"
}

@test "its approval status is entered once more" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	first=$(question /jira/approval "key=$key")
	curl -sS --fail -u "lapse-bot@acme.example:sandbox-jira-classic" \
		-H 'Content-Type: application/json' \
		-d '{"transition":{"id":"21"}}' \
		"$SANDBOX_JIRA/rest/api/3/issue/$key/transitions"
	approve dana "$key"
	synced
	asked_again_as "$key" $ASKED_ANY approval-replaced \
		"moved to its approval status once more"
	[ "$(question /jira/approval "key=$key")" != "$first" ]
	isnt_member ben $GITHUB_PROD
}

@test "closed by the requester before anybody answered" {
	key=$(ask ben GitHub hotfix 15s "deploy the fix")
	synced
	portal_transition ben "$key" 81
	synced
	is "$(request_state "$key")" cancelled
	is "$(code_of "$key" cancelled)" cancelled
	says "$key" "closed before it was approved"
	nothing_given "$key"
}

@test "a clone of an approved issue asks for itself" {
	approved_hotfix
	copy=$(clone "$key" hugo)
	synced
	is "$(request_state "$copy")" asked
	is "$(status_of "$copy")" $ASKED_ANY
	is "$(code_of "$copy" asked)" ""
	says "$copy" "Hugo Blanc asks for github/hotfix"
	nothing_given "$copy"
	isnt_member hugo $GITHUB_PROD
	is_member ben $GITHUB_PROD	# the approved one goes on
}

@test "an approved issue that is moved away" {
	approved_hotfix
	moved=$(move "$key" OTH)
	synced
	is "$(request_state "$moved")" cancelled
	is "$(code_of "$moved" cancelled)" moved
	run comments_of "$moved"
	has "This issue was moved to another project or form"
	nothing_given "$moved"
	isnt_member ben $GITHUB_PROD
	move "$moved" ACC >/dev/null
	synced
	isnt_member ben $GITHUB_PROD
	is "$(sql "select count(*) from \"grant\"")" 0
}

@test "an issue of another project that was made to look approved" {
	approved_hotfix
	copy=$(clone "$key" hugo)
	moved=$(move "$copy" OTH)
	moved=$(move "$moved" ACC)
	synced
	is "$(request_state "$moved")" asked
	nothing_given "$moved"
	isnt_member hugo $GITHUB_PROD
}

@test "the answer to the first asking does not answer the second" {
	approved_hotfix
	first=$(question /jira/approval "key=$key")
	edit hugo "$key" customfield_10202 '"20s"'
	synced
	is "$(request_state "$key")" asked
	second=$(question /jira/approval "key=$key")
	[ "$first" != "$second" ]
	run approve maria "$key" "$first"
	[ "$status" -ne 0 ]
	later 2
	synced
	is "$(request_state "$key")" asked
	nothing_given "$key"
	approve maria "$key"
	synced
	is_member ben $GITHUB_PROD
	is "$(sql "select ends_at - starts_at from \"grant\"")" 20
}
