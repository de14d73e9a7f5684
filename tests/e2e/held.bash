# A run that is held in the middle of what it does, while others go on: load
# after lib and hand. Not a test.

# fired: waits until a fault met its call.
fired() {
	for _ in $(seq 200); do
		case $(control GET /fault) in
		*'"fired":0'*) sleep 0.05 ;;
		*) return 0 ;;
		esac
	done
	return 1
}

# began NAME COMMAND...: in the background; its output is kept, and its status.
began() {
	{
		_code=0
		by_hand "${@:2}" >"$W/$1.out" 2>&1 || _code=$?
		echo $_code >"$W/$1.status"
	} 3>&- &
}
# came NAME: to its end; as after `run`.
came() {
	wait_for "$W/$1.status" 1200
	status=$(cat "$W/$1.status")
	output=$(cat "$W/$1.out")
}

# held SERVICE METHOD PATH COMMAND...: a run that is stopped while it waits for
# the reply to its first such call, or that after AFTER others.
held() {
	fault slow "$1" "$2" "$3" "\"seconds\":2,\"skip\":${AFTER:-0}"
	began held "${@:4}"
	fired
	read -r HELD _ <"/proc/$!/task/$!/children" || [ -n "$HELD" ]
	kill -STOP "$HELD"
	no_faults
	[ ! -e "$W/held.status" ]
}
# beside COMMAND...: another run at once; it ends, or waits for the held one,
# which after PATIENCE looks it is taken for.
beside() {
	began beside "$@"
	wait_for "$W/beside.status" "${PATIENCE:-600}"
}
# let_go: both go on to their ends; `run` of the held one.
let_go() {
	kill -CONT "$HELD"
	came beside
	BESIDE=$status
	came held
}
