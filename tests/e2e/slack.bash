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
