# lapse on Slack: a configuration with its section, and short questions about
# what people see there. Load lib first, and hand where it is needed.

# What lets roles with slack-approval be answered there.
SLACK_DELEGATE='delegate-account = "5b10d27c4e8a90b35f6c1d04"
	delegate-email = "lapse-slack@acme.example"
	delegate-token = "file:@SECRETS@/delegate"'
WRITE_IN_SLACK='/^role "github\/write"/a slack-approval = true'

# slack_section [MORE]: what stands in a configuration.
slack_section() {
	cat <<-END
		slack {
			token = "file:@SECRETS@/slack"
			url = "@SLACK@"
			channel = "C0ACCESS0"
			${1-}
		}
	END
}

# slack_world [SED] [MORE]: a world in which lapse is on Slack.
slack_world() {
	slack_section "${2-}" >"$BATS_TEST_TMPDIR/slack.conf"
	MORE_CONF=$BATS_TEST_TMPDIR/slack.conf
	world "${1-}"
}

# How many of WHO's direct messages hold TEXT.
n_heard() { slack_inbox "$1" | grep -cF -- "$2" || true; }
heard_once() {
	[ "$(n_heard "$1" "$2")" -eq 1 ] || {
		printf 'not once: %s\nin: %s\n' "$2" "$(slack_inbox "$1")" >&2
		return 1
	}
}
hears_nothing() { [ -z "$(slack_inbox "$1")" ]; }
# The ts of WHO's first direct message that holds TEXT.
heard_ts() { slack_inbox "$1" | grep -F -- "$2" | head -n 1 | cut -d ' ' -f 1; }
posts() { calls slack POST /chat.postMessage; }
messages() { sql "select kind, state from slack_message order by id"; }

# ---- Approving ----

# approving [SED]: github/write asks dana (any of one), github/prod-admin dana
# and maria (all of two), and both may be answered in Slack.
approving() {
	slack_world "$WRITE_IN_SLACK
		/^role \"github\/prod-admin\"/a slack-approval = true
		s/approvers = {\"manager\", \"owner\"}/approvers = {\"manager\", \"maria@acme.example\"}/
		${1-}" "$SLACK_DELEGATE"
}
# asked [ROLE] [WHY]: ben asks, and the first tick asks the approvers.
asked() {
	key=$(ask ben GitHub "${1:-write}" 1h "${2:-get work done}")
	lapse sync >/dev/null 2>&1 || true
}
# The ts of what asks WHO.
shown() { heard_ts "$1" "<$SANDBOX_JIRA/browse/$key|$key>"; }
decisions() {
	sql "select decision, form, counted, coalesce(refused, '')
		from slack_decision order by id"
}
methods() { sql "select state, method from approval order by id"; }
# What the delegate stands to in Jira's newest approval.
delegate_said() { sql "select state, decision from slack_answer"; }
delegate=lapse-slack
