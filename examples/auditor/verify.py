#!/usr/bin/env python3
"""Checks what lapse proves, by the bytes that lapse-ledger(5) documents and with
Python's standard library alone. Prints what is wrong, and ends with 65 then.
  verify.py DIR [FILE:N]              an export, and the way of one row to its root
  verify.py PROOF.json MANIFEST.json  a row that came with its proof
  verify.py LEDGER.db [HEADS]         a snapshot's chain, and heads noted elsewhere
Signed: openssl pkeyutl -verify -pubin -inkey KEY -rawin -in MANIFEST.json -sigfile SIGNATURE"""
import hashlib, io, json, os, sqlite3, sys
sha = lambda data: hashlib.sha256(data).digest()
first_row = lambda name: 0 if name.endswith(".csv") else 1    # a CSV file's row 0 is its header
def rows_of(name, data):
    """Each with its line end; in CSV, one inside quotes is part of a cell."""
    rows = [b""]
    for line in io.BytesIO(data):
        rows[-1] += line
        if line.endswith(b"\n") and not (name.endswith(".csv") and rows[-1].count(b'"') % 2):
            rows.append(b"")
    return rows if rows[-1] else rows[:-1]

def tree(leaves, at=0):
    # The root, and the hashes beside the way of one leaf, lowest first.
    if len(leaves) < 2:
        return (leaves[0] if leaves else sha(b"")), []
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    (left, low), (right, high) = tree(leaves[:k], at), tree(leaves[k:], at - k)
    return sha(b"\1" + left + right), low + [right] if at < k else high + [left]

def climb(row, at, leaves, beside):
    top, last = sha(b"\0" + row), leaves - 1
    for other in beside if 0 <= at <= last else [b""]:
        if last <= 0:
            return None
        right = at % 2 == 1 or at == last
        top = sha(b"\1" + (other + top if right else top + other))
        while right and at % 2 == 0 and at > 0:
            at, last = at // 2, last // 2
        at, last = at // 2, last // 2
    return top.hex() if last == 0 else None

def check_export(folder, wanted=":0"):
    listed = json.load(open(os.path.join(folder, "MANIFEST.json"), encoding="utf-8"))["files"]
    names, (file, number) = [f["name"] for f in listed], wanted.rsplit(":", 1)
    for name in sorted(set(os.listdir(folder)) - {"MANIFEST.json", "MANIFEST.json.sig", *names}):
        yield f"{name}: is not in the manifest"
    for f in listed:
        name, path = f["name"], os.path.join(folder, os.path.basename(f["name"]))
        if not os.path.isfile(path):
            yield f"{name}: is missing"
            continue
        data = open(path, "rb").read()
        rows, at = rows_of(name, data), int(number) - first_row(name)
        root, beside = tree([sha(b"\0" + row) for row in rows], at)
        found = {"sha256": sha(data).hex(), "bytes": len(data), "merkle_root": root.hex(),
                 "rows": len(rows) - 1 + first_row(name)}
        yield from (f"{name}: {k} is {found[k]}, not {f[k]}" for k in found if found[k] != f[k])
        if name == file and not (0 <= at < len(rows) and
                                 climb(rows[at], at, len(rows), beside) == f["merkle_root"]):
            yield f"{name}: row {number} is not there, or not under the root"
    yield from [f"{file}: is not in the manifest"] if file and file not in names else []

def check_proof(proof, manifest):
    p, m = (json.load(open(name, encoding="utf-8")) for name in (proof, manifest))
    f = next((f for f in m["files"] if f["name"] == p["file"]), {"rows": 0, "merkle_root": ""})
    first, way = first_row(p["file"]), [bytes.fromhex(h) for h in p["path"].split()]
    if climb(p["text"].encode(), p["row"] - first, f["rows"] + 1 - first, way) != f["merkle_root"]:
        yield f"{p['file']}: row {p['row']} is not in the manifest's file"

def check_chain(ledger, heads=None):
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    db.text_factory, prev, last, chain = bytes, bytes(32), 0, {}
    purges = db.execute("SELECT data FROM evidence WHERE kind = 'purge'")
    purged = max((json.loads(data)["before"] for data, in purges), default=-1)
    net = lambda v: b"-1:," if v is None else b"%d:%s," % (len(v), v)
    for row in db.execute("SELECT e.*, t.seq, salt, text FROM evidence e LEFT JOIN"
                          " evidence_text t USING (seq) ORDER BY e.seq"):
        (seq, at), (digest, here, beside, salt, text) = row[:2], row[11:]
        want = sha(prev + b"".join(net(b"%d" % v if isinstance(v, int) else v) for v in row[:12]))
        if seq != last + 1 or here != want:
            yield f"evidence {seq}: does not follow from its content and the row before"
        if ((digest is None) != (beside is None) or digest and text is None and at >= purged or
                text is not None and sha(salt + text).hex().encode() != digest):
            yield f"evidence {seq}: its text was changed, or is missing"
        last, prev = seq, chain.setdefault(seq, here)
    for head in map(json.loads, open(heads).read().strip().split("\n") if heads else []):
        seq, noted = ((head["ledger"]["head_seq"], head["ledger"]["head_sha256"])
                      if "files" in head else (head["seq"], head["hash"]))
        if chain.get(seq, b"").hex() != noted:
            yield f"evidence {seq}: is missing, or not the one that was noted"

if __name__ == "__main__":
    it = sys.argv[1] if len(sys.argv) in (2, 3) else sys.exit(print(__doc__, file=sys.stderr) or 64)
    check = (check_export if os.path.isdir(it) else
             check_proof if it.endswith(".json") else check_chain)
    try:
        faults = [print(f"{it}: {fault}") or fault for fault in check(*sys.argv[1:])]
    except (OSError, sqlite3.Error, ValueError, LookupError, TypeError, AttributeError) as e:
        gone = isinstance(e, FileNotFoundError) or not os.path.exists(it)
        sys.exit(print(f"{it}: cannot be checked: {e}", file=sys.stderr) or (13 if gone else 65))
    sys.exit(65 if faults else print(f"{it}: whole"))
