# What the wire tests share: proxies between lapse and the services. Not a test.

# stand_before URL NAME: from here on lapse speaks to it through a proxy.
stand_before() {
	"$BUILD/wire/proxy" "${1##*:}" "$W/$2.proxy" 3>&- >"$W/$2.log" 2>&1 &
	for _ in $(seq 200); do
		[ -e "$W/$2.proxy" ] && break
		sleep 0.05
	done
	. "$W/$2.proxy"
	PIDS="${PIDS:-} $PROXY_PID"
	sed -i "s|url = \"$1\"|url = \"$PROXY\"|" "$W/lapse.conf"
}

# spoil NAME PLAN, see proxy.c; told NAME: what it counted.
spoil() {
	. "$W/$1.proxy"
	curl -sS --fail -d "$2" "$PROXY/proxy-plan" >/dev/null
}
told() {
	. "$W/$1.proxy"
	curl -sS --fail "$PROXY/proxy-plan"
}

proxies_end() {
	[ -z "${PIDS:-}" ] || kill $PIDS 2>/dev/null || true
}
