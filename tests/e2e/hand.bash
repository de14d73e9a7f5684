# What the tests of commands by hand share. Not a test.

# The login that lapse takes for the person behind the process: the audit
# login, else (the tests run as root, as under sudo) whoever sudo names.
_operator() {
	read -r _uid 2>/dev/null </proc/self/loginuid || _uid=4294967295
	[ "$_uid" != 4294967295 ] || _uid=$EUID
	getent passwd "$_uid" | cut -d: -f1
}

# world "$ANNA": this person is anna, an operator. Without it he is nobody's.
: "${OPERATOR:=$(_operator)}"
export OPERATOR
ANNA="s/^operator \"anna\"/operator \"$OPERATOR\"/"

by_hand() { SUDO_UID=$EUID lapse "$@"; }

# An operator can be told only where there is a login or root.
needs_operator() {
	[ "$(id -u)" -eq 0 ] ||
		[ "$(cat /proc/self/loginuid 2>/dev/null)" != 4294967295 ] ||
		skip "neither root nor a login session"
}

# link_to NEW OLD: an agent links two requests.
link_to() {
	as hugo POST /rest/api/3/issueLink "{\"type\":{\"name\":\"Relates\"},
		\"inwardIssue\":{\"key\":\"$1\"},
		\"outwardIssue\":{\"key\":\"$2\"}}"
}

# The property that lapse keeps on an issue, as Jira has it.
property_of() {
	as gina GET "/rest/api/3/issue/$1/properties/lapse.v1"
}

# The number of comments of an issue, or of those with a text.
n_comments() { comments_of "$1" | grep -c -- "${2:-^lapse-}" || true; }
