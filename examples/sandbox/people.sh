# people.sh - the scripted humans of the sandbox: their moves, over the same
# public APIs that real people's browsers use, each with his own token.
# Not lapse, and not for the lapse account itself. Source it after the ready
# file; it needs curl only. People are named by login.
#
#   . "$ready"; . examples/sandbox/people.sh
#   key=$(ask ben GitHub prod-admin 1h "deploy the fix")
#   approve dana "$key"

# A text as a JSON string.
quote() {
	case $1 in
	*[\\\"[:cntrl:]]*) ;;
	*) printf '"%s"' "$1" && return ;;
	esac
	printf '"'
	printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
		-e "s/$(printf '\t')/\\\\t/g" |
		awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
	printf '"'
}

# _call METHOD URL [USER:PASSWORD] [JSON]: one exchange; prints the answer, and
# is not 0 where it says an error.
_call() {
	_method=$1 _url=$2 _user=${3-} _body=${4-}
	set -- -sS --fail-with-body -X "$_method"
	[ -z "$_user" ] ||
		set -- "$@" -u "$_user" -H 'Accept: application/json'
	[ -z "$_body$_user" ] ||
		set -- "$@" -H 'Content-Type: application/json'
	[ -z "$_body" ] || set -- "$@" --data-binary "$_body"
	curl "$@" "$_url"
}
# _query URL NAME=VALUE...: a plain answer; nothing where it is an error.
_query() {
	_url=$1
	shift
	for _pair; do
		set -- "$@" --data-urlencode "$_pair"
		shift
	done
	curl -sS --fail -G "$_url" "$@"
}

# control GET|POST|DELETE PATH [JSON]
control() { _call "$1" "$SANDBOX_CONTROL$2" "" "${3-}"; }

# question PATH NAME=VALUE...: a plain answer from the control port.
question() {
	_path=$1
	shift
	_query "$SANDBOX_CONTROL$_path" as=text "$@"
}

account_of() { question /jira/account "login=$1"; }

# as WHO METHOD PATH [JSON]: a call to Jira with WHO's own token.
as() {
	_mail=$(question /jira/email "login=$1") || return
	_call "$2" "$SANDBOX_JIRA$3" "$_mail:token-$1" "${4-}"
}

# {"accountId":...} of someone
_person() { printf '{"accountId":"%s"}' "$(account_of "$1")"; }

# _option APPLICATION ROLE: the value of a cascade
_option() {
	printf '"customfield_10200":{"value":%s,"child":{"value":%s}}' \
		"$(quote "$1")" "$(quote "$2")"
}

# _file WHO TYPE FIELDS DURATION WHY [MORE-MEMBERS]: prints a key. CAME says by
# which channel, where it is not the portal: email, jira (an agent's form), api.
_file() {
	as "$1" POST /rest/servicedeskapi/request "{\"serviceDeskId\":\"4\",
		\"requestTypeId\":\"$2\",${CAME:+\"channel\":\"$CAME\",}${6-}\"requestFieldValues\":{$3,
		\"summary\":$(quote "Access: $5"),
		\"customfield_10202\":$(quote "$4"),
		\"customfield_10204\":$(quote "$5")}}" |
		sed -n 's/.*"issueKey":"\([^"]*\)".*/\1/p'
}

# ask WHO APPLICATION ROLE DURATION WHY [FOR-WHOM] [FROM-WHEN]: prints a key.
ask() {
	_fields=$(_option "$2" "$3")
	[ -z "${6-}" ] ||
		_fields="$_fields,\"customfield_10201\":$(_person "$6")"
	[ -z "${7-}" ] || _fields="$_fields,\"customfield_10203\":\"$7\""
	_file "$1" 25 "$_fields" "$4" "$5"
}

# ask_multi WHO DURATION WHY ROLE...: several roles at once.
ask_multi() {
	_asker=$1 _duration=$2 _why=$3 _roles=
	shift 3
	for _role; do
		_roles="$_roles${_roles:+,}{\"value\":$(quote "$_role")}"
	done
	_file "$_asker" 26 "\"customfield_10206\":[$_roles]" "$_duration" \
		"$_why"
}

# ask_for AGENT REPORTER APPLICATION ROLE DURATION WHY: on behalf of someone.
ask_for() {
	_file "$1" 25 "$(_option "$3" "$4")" "$5" "$6" \
		"\"raiseOnBehalfOf\":\"$(account_of "$2")\","
}

# _decide WHO KEY approve|decline [APPROVAL]: the newest unless named.
_decide() {
	_approval=${4:-$(question /jira/approval "key=$2")}
	as "$1" POST "/rest/servicedeskapi/request/$2/approval/$_approval" \
		"{\"decision\":\"$3\"}" >/dev/null
}
approve() { _decide "$1" "$2" approve "${3-}"; }
decline() { _decide "$1" "$2" decline "${3-}"; }

# transition WHO KEY ID [FIELDS-JSON]
transition() {
	as "$1" POST "/rest/api/3/issue/$2/transitions" \
		"{\"transition\":{\"id\":\"$3\"},\"fields\":${4:-{\}}}"
}
portal_transition() {
	as "$1" POST "/rest/servicedeskapi/request/$2/transition" \
		"{\"id\":\"$3\"}"
}

# task_decide WHO KEY keep|revoke|limit [REASON] [UNTIL]: what is not given is
# left as it is; then the move itself.
task_decide() {
	case $3 in
	keep) _move=301 ;;
	revoke) _move=302 ;;
	limit) _move=303 ;;
	*) echo "task_decide: '$3': not a decision" >&2 && return 64 ;;
	esac
	_fields=
	[ -z "${4-}" ] || _fields="\"customfield_10207\":$(quote "$4")"
	[ -z "${5-}" ] || _fields="$_fields${_fields:+,}
		\"customfield_10208\":$(quote "$5")"
	[ -z "$_fields" ] ||
		as "$1" PUT "/rest/api/3/issue/$2" "{\"fields\":{$_fields}}" ||
		return
	transition "$1" "$2" "$_move"
}
# issue_assign WHO KEY ACCOUNT: WHO makes it the task of an account or login.
issue_assign() {
	as "$1" PUT "/rest/api/3/issue/$2/assignee" "$(_person "$3")"
}

# issue_attach WHO KEY FILE [NAME]: prints the attachment's id.
issue_attach() {
	_mail=$(question /jira/email "login=$1") || return
	_made=$(curl -sS --fail -u "$_mail:token-$1" \
		-H 'X-Atlassian-Token: no-check' \
		-F "file=@$3;filename=${4:-${3##*/}};type=text/csv" \
		"$SANDBOX_JIRA/rest/api/3/issue/$2/attachments") || return
	printf '%s\n' "$_made" |
		sed -n 's/.*"id":"\([0-9]*\)","filename".*/\1/p'
}
# issue_attachment WHO KEY NAME: the newest of that name, to stdout.
issue_attachment() {
	_id=$(as "$1" GET "/rest/api/3/issue/$2?fields=attachment" |
		grep -o '"id":"[0-9]*","filename":"[^"]*"' |
		sed -n "s/\"id\":\"\([0-9]*\)\",\"filename\":$(quote "$3" |
			sed 's/[.[*^$/]/\\&/g')\$/\1/p" | tail -n 1)
	[ -n "$_id" ] || return 1
	as "$1" GET "/rest/api/3/attachment/content/$_id?redirect=false"
}

# comment WHO KEY TEXT [public|internal]
comment() {
	_public=true
	[ "${4-}" != internal ] || _public=false
	as "$1" POST "/rest/servicedeskapi/request/$2/comment" \
		"{\"body\":$(quote "$3"),\"public\":$_public}" >/dev/null
}

# edit WHO KEY FIELD JSON
edit() {
	as "$1" PUT "/rest/api/3/issue/$2" "{\"fields\":{\"$3\":$4}}"
}

# set_approvers WHO KEY LOGIN...
set_approvers() {
	_editor=$1 _issue=$2 _list=
	shift 2
	for _login; do
		_list="$_list${_list:+,}$(_person "$_login")"
	done
	edit "$_editor" "$_issue" customfield_10003 "[$_list]"
}

# Each prints the new key.
_new_key() { sed 's/.*"key":"\([^"]*\)".*/\1/'; }
clone() {
	control POST /jira/clone "{\"key\":\"$1\",\"who\":\"$2\"}" | _new_key
}
move() {
	control POST /jira/move "{\"key\":\"$1\",\"project\":\"$2\"}" |
		_new_key
}
# jira_active LOGIN true|false
jira_active() {
	control POST /jira/user "{\"account\":\"$1\",\"active\":$2}"
}

# What is so, whatever any API would show at this moment.
status_of() { question /jira/status "key=$1"; }
comments_of() { question /jira/comments "issue=$1"; }
# In which directory: okta, unless DIRECTORY says another.
members_of() { question "/${DIRECTORY:-okta}/members" "group=$1" by=login; }
_membership() {
	question "/${DIRECTORY:-okta}/is-member" "user=$1" "group=$2"
}
is_member() { [ "$(_membership "$1" "$2")" = yes ]; }
# Not `! is_member`: a test's shell overlooks the failure of a negation.
isnt_member() { [ "$(_membership "$1" "$2")" = no ]; }
calls() {
	question /log/count "service=${1-}" "method=${2-}" "path=${3-}"
}

# peak SECONDS [SERVICE] [METHOD] [PATH]: the most calls within any so many
# seconds
peak() {
	question /log/peak "seconds=$1" "service=${2-}" "method=${3-}" \
		"path=${4-}"
}

# Someone in the vendor's console: WHO GROUP [BY-WHOM], an administrator
# unless named; the vendor's log has it so.
_console() {
	_by=
	[ -z "${4-}" ] || _by=",\"by\":\"$4\""
	control POST "/${DIRECTORY:-okta}/membership" \
		"{\"user\":\"$1\",\"group\":\"$2\",\"present\":$3$_by}"
}
console_put() { _console "$1" "$2" true "${3-}"; }
console_drop() { _console "$1" "$2" false "${3-}"; }
# signed_on DIRECTORY WHO [APP-ID] EPOCH|RFC3339: to the application, or to the
# vendor itself.
signed_on() {
	_app=
	[ $# -lt 4 ] || _app="\"app\":\"$3\","
	eval "_when=\${$#}"
	case $_when in
	*[!0-9]*) _when="\"$_when\"" ;;
	esac
	control POST "/$1/signed-on" "{\"user\":\"$2\",$_app\"at\":$_when}"
}
okta_put() { DIRECTORY=okta console_put "$@"; }
okta_drop() { DIRECTORY=okta console_drop "$@"; }
okta_status() {
	control POST /okta/user "{\"login\":\"$1\",\"status\":\"$2\"}" \
		>/dev/null
}
okta_profile() {
	control POST /okta/user "{\"login\":\"$1\",\"profile\":$2}" >/dev/null
}

# ---- In Slack, where people need no token here ----

# slack_says WHO CHANNEL TEXT [THREAD [TIMES]]: CHANNEL is a name, an id or "dm",
# the direct messages with the app; the text stands there so often, on end;
# prints the ts. SUBTYPE says how it is said, e.g. thread_broadcast.
slack_says() {
	_thread=",\"repeat\":${5:-1}"
	[ -z "${4-}" ] || _thread="$_thread,\"thread\":\"$4\""
	control POST '/slack/say?as=text' "{\"who\":\"$1\",
		\"channel\":\"$2\",\"text\":$(quote "$3")$_thread
		${SUBTYPE:+,\"subtype\":\"$SUBTYPE\"}}"
}
_slack_sign() {
	control POST /slack/react "{\"who\":\"$1\",\"ts\":\"$2\",
		\"name\":\"$3\",\"present\":$4}"
}
# slack_reacts WHO TS NAME, and taking it back
slack_reacts() { _slack_sign "$1" "$2" "$3" true; }
slack_unreacts() { _slack_sign "$1" "$2" "$3" false; }
slack_edits() { # TS TEXT
	control POST /slack/edit "{\"ts\":\"$1\",\"text\":$(quote "$2")}"
}
slack_deletes() { control POST /slack/delete "{\"ts\":\"$1\"}"; }
# slack_inbox WHO: the direct messages with the app, oldest first, one a line:
# "TS THREAD WHO: TEXT"; slack_channel NAME likewise
slack_inbox() { question /slack/inbox "who=$1"; }
slack_channel() { question /slack/channel "name=$1"; }
# slack_signs TS: "NAME WHO" of each reaction
slack_signs() { question /slack/signs "ts=$1"; }
slack_id() { question /slack/user "login=$1"; }
# slack_user LOGIN MEMBERS-JSON, e.g. '"guest":true'
slack_user() {
	control POST /slack/user "{\"login\":\"$1\",$2}"
}
# slack_member CHANNEL true|false: is the app in it?
slack_member() {
	control POST /slack/member "{\"channel\":\"$1\",\"present\":$2}"
}

# Consent that an administrator gives to lapse's client, or takes away; also
# that of another CLIENT: right_take RIGHT [CLIENT]
_right() {
	control POST "/${DIRECTORY:-okta}/right" \
		"{\"right\":\"$1\",\"present\":$3${2:+,\"client\":\"$2\"}}" \
		>/dev/null
}
right_give() { _right "$1" "${2-}" true; }
right_take() { _right "$1" "${2-}" false; }

# Weather: clock_to EPOCH|RFC3339, clock_by SECONDS, clock_offset SECONDS
clock_to() {
	case $1 in
	*[!0-9]*) control POST /clock "{\"at\":\"$1\"}" >/dev/null ;;
	*) control POST /clock "{\"at\":$1}" >/dev/null ;;
	esac
}
clock_by() { control POST /clock "{\"advance_s\":$1}" >/dev/null; }
clock_offset() { control POST /clock "{\"offset_s\":$1}" >/dev/null; }
clock_now() { question /clock; }
date_mode() {
	control POST /clock/date "{\"mode\":\"$1\",\"skew_s\":${2:-0}}"
}

# fault KIND SERVICE METHOD PATH [MORE-JSON]; "" matches any.
fault() {
	_fault="\"kind\":\"$1\""
	[ -z "${2-}" ] || _fault="$_fault,\"service\":\"$2\""
	[ -z "${3-}" ] || _fault="$_fault,\"method\":\"$3\""
	[ -z "${4-}" ] || _fault="$_fault,\"path\":\"$4\""
	[ -z "${5-}" ] || _fault="$_fault,$5"
	control POST /fault "{$_fault}" >/dev/null
}
no_faults() { control DELETE /fault; }
# lag SECONDS [flap]: how long membership writes stay unseen
lag() {
	_flap=false
	[ "${2-}" != flap ] || _flap=true
	control POST /lag \
		"{\"service\":\"${DIRECTORY:-okta}\",\"seconds\":$1,
		\"flap\":$_flap}"
}
# index_lag SECONDS [KEY...]: search lags, or never sees the keys
index_lag() {
	_lag=$1 _miss=
	shift
	for _issue; do _miss="$_miss${_miss:+,}\"$_issue\""; done
	control POST /index "{\"lag_s\":$_lag,\"miss\":[$_miss]}"
}
knobs() { control POST /knobs "$1"; }
reseed() { control POST /seed '{}'; }
