# What the tests of rebuild share. Not a test.

# lost: the host is gone, and its ledger with it. What it was is in $W/old.
lost() {
	rm -rf "$W/older"
	[ ! -e "$W/old" ] || mv "$W/old" "$W/older"
	anchor=$(sql 'select anchor_issue from ledger')
	mv "$W/state" "$W/old"
	mkdir -m 700 "$W/state"
}
rebuild() { by_hand rebuild --anchor "$anchor" --reason "disk lost" "$@"; }

# old COMMAND...: the old host, which knows nothing of all this.
old_conf() {
	sed "s|$W/state|$W/old|" "$LAPSE_CONFIG" >"$W/old.conf"
	chmod 600 "$W/old.conf"
}
old() { lapse "$@" --config "$W/old.conf"; }

# What the anchor says, and whose it is.
anchor_path() {
	printf '/rest/api/3/issue/%s/properties/lapse.anchor' \
		"$(sql 'select anchor_issue from ledger')"
}
anchor_value() { as gina GET "$(anchor_path)" | sed 's/.*"value"://; s/}$//'; }
anchor_ledger() { anchor_value | sed 's/.*"ledger":"\([0-9a-f]*\)".*/\1/'; }

# put_property ISSUE VALUE, as somebody who may edit the issue.
put_property() {
	as gina PUT "/rest/api/3/issue/$1/properties/lapse.v1" "$2"
}
value_of() { property_of "$1" | sed 's/.*"value"://; s/}$//'; }

# sealed JSON: with the "mac" that only the holder of the key can make.
sealed() {
	python3 - "$1" "$LEDGER_KEY" <<'PY'
import hashlib, hmac, json, sys
value = json.loads(sys.argv[1])
value.pop("mac", None)
canonical = json.dumps(value, sort_keys=True, separators=(",", ":"),
    ensure_ascii=False)
value["mac"] = hmac.new(sys.argv[2].encode(), canonical.encode(),
    hashlib.sha256).hexdigest()
print(json.dumps(value, separators=(",", ":")))
PY
}

# back_to FILE: somebody restores an old copy.
back_to() {
	rm -f "$LEDGER" "$LEDGER"-wal "$LEDGER"-shm
	cp "$1" "$LEDGER"
	chmod 600 "$LEDGER"
}
