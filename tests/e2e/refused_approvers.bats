#!/usr/bin/env bats
# An answer counts only from those who were asked, on what they were asked:
# never from the requester, who filed it, the beneficiary, someone inactive or
# someone who was put among the approvers.

load decide

setup() { world; }
teardown() { world_end; }

# hotfix_asked WHO [FOR-WHOM]: prints the key of one that waits.
hotfix_asked() {
	key=$(ask "$1" GitHub hotfix 15s "deploy the fix" "${2:-}")
	synced
	is "$(status_of "$key")" $ASKED_ANY
}

@test "the requester is not among those asked and cannot approve" {
	hotfix_asked dana
	is "$(owed_of "$key")" "Maria Lindqvist"
	run approve dana "$key"
	[ "$status" -ne 0 ]
	synced
	is "$(request_state "$key")" asked
	nothing_given "$key"
	isnt_member dana $GITHUB_PROD
}

@test "the requester for somebody else, filed by a third, is not asked either" {
	fields="$(_option GitHub hotfix),\"customfield_10201\":$(_person ben)"
	key=$(_file hugo 25 "$fields" 15s "deploy the fix" \
		"\"raiseOnBehalfOf\":\"$(account_of dana)\",")
	synced
	is "$(owed_of "$key")" "Maria Lindqvist"
	says "$key" "Dana Reyes asks for github/hotfix (GitHub) for Ben Adler."
	set_approvers hugo "$key" maria dana
	approve dana "$key"
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Dana Reyes, who made the request, stood among the approvers"
	isnt_member ben $GITHUB_PROD
}

@test "the requester, put among the approvers by an agent, approves" {
	hotfix_asked dana
	set_approvers hugo "$key" maria dana
	approve dana "$key"
	is "$(status_of "$key")" $APPROVED
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Dana Reyes, who made the request, stood among the approvers"
	is "$(owed_of "$key")" "Maria Lindqvist"
	isnt_member dana $GITHUB_PROD
}

@test "the one who filed it for another is not asked" {
	key=$(ask_for gina ben Badge server-room 1d "mount the new rack")
	synced
	is "$(status_of "$key")" $ASKED_ANY
	is "$(owed_of "$key")" "Karin Holm"
	says "$key" "Waiting for Karin Holm."
	run approve gina "$key"
	[ "$status" -ne 0 ]
	synced
	is "$(request_state "$key")" asked
	nothing_given "$key"
}

@test "the one who filed it for another approves it himself" {
	key=$(ask_for hugo ben GitHub hotfix 15s "deploy the fix")
	synced
	is "$(owed_of "$key")" "Dana Reyes, Maria Lindqvist"
	set_approvers hugo "$key" dana maria hugo
	approve hugo "$key"
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Hugo Blanc, who filed the request, stood among the approvers"
	isnt_member ben $GITHUB_PROD
}

@test "the beneficiary is not among those asked" {
	hotfix_asked ben dana
	is "$(owed_of "$key")" "Maria Lindqvist"
	says "$key" "Ben Adler asks for github/hotfix (GitHub) for Dana Reyes."
	set_approvers hugo "$key" dana maria
	approve dana "$key"
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Dana Reyes, whom it is for, stood among the approvers"
	isnt_member dana $GITHUB_PROD
}

@test "requester and beneficiary are all the approvers there are" {
	key=$(ask maria GitHub hotfix 15s "deploy the fix" dana)
	synced
	refused_as "$key" no-approver "Nobody who must approve"
	tells "$key" "none of its approvers can be asked"
	isnt_member dana $GITHUB_PROD
}

@test "someone who is not owed an answer approves" {
	hotfix_asked ben
	run approve hana "$key"
	[ "$status" -ne 0 ]
	set_approvers anna "$key" hana
	approve hana "$key"
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Hana Mori stood among the approvers without having been asked"
	is "$(owed_of "$key")" "Dana Reyes, Maria Lindqvist"
	run sql "select data from evidence where kind = 'asked'
		order by seq desc limit 1"
	has "{\"account\":\"$(account_of hana)\",\"decision\":\"approved\"}"
	isnt_member ben $GITHUB_PROD
}

@test "an agent adds himself to the approvers and approves" {
	hotfix_asked ben
	set_approvers hugo "$key" dana maria hugo
	approve hugo "$key"
	is "$(status_of "$key")" $APPROVED
	synced
	asked_again_as "$key" $ASKED_ANY approvers-changed \
		"Hugo Blanc stood among the approvers without having been asked"
	isnt_member ben $GITHUB_PROD
}

@test "someone who was asked is taken out, so that one answer is enough" {
	key=$(ask ivan GitHub prod-admin 1h "deploy the fix")
	synced
	is "$(status_of "$key")" $ASKED_ALL
	is "$(owed_of "$key")" "Dana Reyes, Hana Mori"
	says "$key" "All of them must approve."
	set_approvers hugo "$key" dana
	approve dana "$key"
	is "$(status_of "$key")" $APPROVED
	synced
	asked_again_as "$key" $ASKED_ALL approvers-changed \
		"was taken out of the approvers"
	isnt_member ivan $GITHUB_PROD
}

@test "an approver whose account was switched off after the answer" {
	hotfix_asked ben
	approve dana "$key"
	jira_active dana false
	synced
	asked_again_as "$key" $ASKED_ANY approver-inactive \
		"the account of Dana Reyes, who answered, is not active"
	is "$(owed_of "$key")" "Maria Lindqvist"
	isnt_member ben $GITHUB_PROD
}

@test "an approver who left the company, but not Jira" {
	hotfix_asked ben
	approve dana "$key"
	okta_status dana DEPROVISIONED
	synced
	asked_again_as "$key" $ASKED_ANY approver-inactive \
		"the account of Dana Reyes, who answered, is not active"
	is "$(owed_of "$key")" "Maria Lindqvist"
	isnt_member ben $GITHUB_PROD
}

@test "an inactive approver, where all must approve" {
	key=$(ask rosa NetSuite approve-payments 1h "pay the invoices")
	synced
	refused_as "$key" approver-missing \
		"Nobody who must approve 'netsuite/approve-payments' can be"
	tells "$key" "approver 'otto@acme.example' could not be found, or is"
}

@test "an inactive approver, where he is the only one" {
	jira_active karin false
	key=$(ask ben GitHub auditor 1d "look for the leak")
	synced
	refused_as "$key" no-approver "Nobody who must approve"
	tells "$key" "none of its approvers can be asked"
}

@test "moved to approved by a transition, without any answer" {
	hotfix_asked ben
	control POST /jira/workflow '{"enforced":false}'
	transition hugo "$key" 31
	is "$(status_of "$key")" $APPROVED
	comment dana "$key" "approved"
	synced
	asked_again_as "$key" $ASKED_ANY not-by-approval \
		"not by an approval of those who were asked"
	isnt_member ben $GITHUB_PROD
}

@test "declined is told with the name and ends the request" {
	hotfix_asked ben
	decline maria "$key"
	synced
	is "$(request_state "$key")" declined
	is "$(code_of "$key" declined)" declined
	is "$(sql "select a.state, a.decided_at is not null, o.decision,
		o.decided_at = a.decided_at from approval a
		join owed o on o.approval = a.id
		where o.decision <> 'pending'")" "declined|1|declined|1"
	run lapse show "$key" --json
	printf '%s\n' "$output" | grep '"state":"declined"' |
		grep '"name":"Maria Lindqvist"' |
		grep -q '"decision":"declined"'
	is "$(status_of "$key")" $DECLINED
	says "$key" "Maria Lindqvist declined this request for github/hotfix"
	nothing_given "$key"
}
