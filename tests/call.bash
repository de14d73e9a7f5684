# What examples/sandbox/people.sh asks curl for, without a process: tests make
# thousands of these calls, and starting curl takes ten times as long as the
# answer. Load after it. For a server on loopback that closes when told to. Not
# a test.

# bats looks at each command of a function that inherits its traps, and a byte
# is a character here.
_call() { local - LC_ALL=C; set +eET; _exchange fail-with-body "$@"; }
_query() {
	local - LC_ALL=C url=$1 query='' pair
	set +eET
	for pair in "${@:2}"; do
		_encode "${pair#*=}"
		query+="&${pair%%=*}=$_encoded"
	done
	case $url in
	*\?*) url+=$query ;;
	*) url+="?${query#&}" ;;
	esac
	_exchange fail GET "$url"
}

# _exchange fail|fail-with-body METHOD URL [USER:PASSWORD] [JSON]: its statuses
# are curl's.
_exchange() {
	local host=${3#http://} head fd line status='' length='' body='' kind=''
	local path=/${host#*/}
	host=${host%%/*}
	printf -v head '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' \
		"$2" "$path" "$host"
	if [ -n "${4-}" ]; then
		_base64 "$4"
		head+="Authorization: Basic $_encoded"$'\r\n'
		head+=$'Accept: application/json\r\n'
	fi
	[ -z "${4-}${5-}" ] || head+=$'Content-Type: application/json\r\n'
	[ -z "${5-}" ] || head+="Content-Length: ${#5}"$'\r\n'
	{ exec {fd}<>"/dev/tcp/${host%:*}/${host#*:}"; } 2>/dev/null || {
		echo "call: $3: cannot connect" >&2
		return 7
	}
	printf '%s\r\n%s' "$head" "${5-}" >&"$fd"
	while IFS= read -r line <&"$fd" && [ "$line" != $'\r' ]; do
		line=${line%$'\r'}
		case $line in
		HTTP/*) status=${line#* } status=${status%% *} ;;
		[Cc]ontent-[Ll]ength:*) length=${line#*: } ;;
		[Cc]ontent-[Tt]ype:*) kind=${line#*: } ;;
		esac
	done
	# What is long, a program reads faster than bash does; and what is no
	# text may have bytes that bash loses.
	if [ -z "$status" ] || [ "$status" -eq 204 ] ||
		{ [ "$status" -ge 400 ] && [ "$1" = fail ]; }; then
		:
	elif [ -z "$length" ] || [ "$length" -gt 4096 ] ||
		[[ $kind != application/json* && $kind != text/plain* ]]; then
		cat <&"$fd"
	elif [ "$length" -gt 0 ]; then
		IFS= read -r -N "$length" body <&"$fd"
		printf %s "$body"
	fi
	exec {fd}>&-
	if [ -z "$status" ]; then
		echo "call: $3: no answer" >&2
		return 52
	elif [ "$status" -ge 400 ]; then
		echo "call: $3: status $status" >&2
		return 22
	fi
}

# Both leave what they made in _encoded.
_encode() {
	local i c n
	_encoded=
	for ((i = 0; i < ${#1}; i++)); do
		c=${1:i:1}
		case $c in
		[A-Za-z0-9._~-]) ;;
		*)
			printf -v n %d "'$c"
			printf -v c %%%02X $((n & 255))
			;;
		esac
		_encoded+=$c
	done
}
_base64() {
	local digits=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz
	local i a b c n
	digits+=0123456789+/
	_encoded=
	for ((i = 0; i < ${#1}; i += 3)); do
		printf -v a %d "'${1:i:1}"
		printf -v b %d "'${1:i+1:1}"
		printf -v c %d "'${1:i+2:1}"
		n=$(((a & 255) << 16 | (b & 255) << 8 | c & 255))
		_encoded+=${digits:n >> 18:1}${digits:n >> 12 & 63:1}
		_encoded+=${digits:n >> 6 & 63:1}${digits:n & 63:1}
	done
	case $((${#1} % 3)) in
	1) _encoded=${_encoded%??}== ;;
	2) _encoded=${_encoded%?}= ;;
	esac
}
