# What the tests about decisions share: what the ledger, the issue and Okta
# say after a request was refused or asked again. Not a test.

load lib

HERE=10001	# statuses of the sandbox's workflow
ASKED_ANY=10010
ASKED_ALL=10011
APPROVED=10012
ACTIVE=10013
ENDED=10015
DECLINED=10016
REFUSED=10017

# A function, because a negated command in the middle of a test never fails.
isnt_member() {
	if is_member "$1" "$2"; then
		printf '%s is in %s\n' "$1" "$2" >&2
		return 1
	fi
}

# synced: one tick; refused and pending requests are no failure.
synced() {
	run lapse sync
	status_is 0
}

is() {
	[ "$1" = "$2" ] || {
		printf 'is: %s\nnot: %s\n' "$1" "$2" >&2
		return 1
	}
}

# code_of KEY KIND: the code of the newest evidence of that kind.
code_of() {
	sql "select coalesce(json_extract(data, '\$.code'), '') from evidence
		where kind = '$2' and issue_id = (select issue_id from request
		where issue_key = '$1') order by seq desc limit 1"
}

# says KEY TEXT: a public comment does; tells KEY TEXT: an internal one.
says() {
	run comments_of "$1"
	has "$2"
}
internals_of() {
	as anna GET "/rest/servicedeskapi/request/$1/comment?public=false&internal=true"
}
tells() {
	run internals_of "$1"
	has "$2"
}

# nothing_given KEY: no grant was ever born from it.
nothing_given() {
	is "$(sql "select count(*) from \"grant\" where issue_key = '$1'")" 0
}

# refused_as KEY CODE TEXT: for good, in words.
refused_as() {
	is "$(request_state "$1")" refused
	is "$(code_of "$1" refused)" "$2"
	is "$(status_of "$1")" "$REFUSED"
	says "$1" "$3"
	nothing_given "$1"
}

# asked_again_as KEY STATUS CODE TEXT: the earlier answers are void.
asked_again_as() {
	is "$(request_state "$1")" asked
	is "$(code_of "$1" asked)" "$3"
	is "$(status_of "$1")" "$2"
	says "$1" "Approval is asked for again, because"
	has "$4"
	nothing_given "$1"
	is "$(sql "select count(*) from approval where state = 'open'")" 1
}

# owed_of KEY: names of those whose answer counts now.
owed_of() {
	sql "select group_concat(name, ', ') from (select account.name from
		owed join approval on approval.id = owed.approval
		join request on request.id = approval.request_id
		join account on account.account = owed.account
		where request.issue_key = '$1' and approval.state = 'open'
		order by account.name)"
}

# operate [LOGIN]: whoever runs the tests is that operator; anna unless named.
operate() {
	export SUDO_UID
	SUDO_UID=$(id -u)	# asked only where no audit login uid is set
	login=$(cat /proc/self/loginuid 2>/dev/null || true)
	case $login in
	'' | 4294967295) login=$SUDO_UID ;;
	esac
	login=$(id -un "$login")
	configured "\$a operator \"$login\" { account = \"$(account_of \
		"${1:-anna}")\" }"
}

# The configuration goes on from here as sed says.
configured() {
	sed -i -e "$1" "$W/lapse.conf"
}
