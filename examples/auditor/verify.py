#!/usr/bin/env python3
"""Checks what lapse proves, from the bytes that lapse-ledger(5) documents; 65: it is not so.
  verify.py DIR [FILE:N]              an export, and that it has this row
  verify.py PROOF.json MANIFEST.json  a row that came with its proof
  verify.py LEDGER.db [HEADS]         a snapshot's chain, and heads noted elsewhere
Signed: openssl pkeyutl -verify -pubin -inkey KEY -rawin -in MANIFEST.json -sigfile SIGNATURE"""
import hashlib, json, os, re, sqlite3, sys
OWN = ["MANIFEST.json", "MANIFEST.json.sig"]
sha = lambda data: hashlib.sha256(data).digest()
first_row = lambda name: 0 if name.endswith(".csv") else 1    # a CSV file's row 0 is its header
left_of = lambda n: 1 << (n - 1).bit_length() >> 1            # so many of n leaves are left
def refuse(why):
    raise ValueError(why)
def strict(data):    # JSON that reads in one way only; a true is no 1, half a pair no text
    def once(pairs):
        it = {key: str(v) if isinstance(v, bool) else v for key, v in pairs}
        good = len(it) == len(pairs) and "\0" not in "".join(map(str, it.values()))
        return it if good else refuse("a member that stands twice, or has a NUL")
    it = json.loads(data.decode(), object_pairs_hook=once, parse_constant=refuse)
    return json.dumps(it, ensure_ascii=False).encode() and it
def manifest_of(path):
    m = strict(open(path, "rb").read())
    names = OWN + [f["name"] for f in m["files"]]
    good = all(map(re.compile("(?![.])[A-Za-z0-9._:-]{1,255}").fullmatch, names))
    good = good and len({*names}) == len(names) and m["schema"] == "lapse/manifest.v1"
    return m if good else refuse("another schema, or a name that is impossible or stands twice")
def rows_of(name, data):    # in CSV a line end inside quotes is part of a cell
    row = rb"[^\n]*\n" if first_row(name) else rb'(?:"[^"]*"|[^"\n])*\n'
    rows = re.findall(row + rb"|[\s\S]+", data)
    return rows, re.fullmatch(row, rows[-1]) if rows else first_row(name)
def tree(leaves):
    k = left_of(len(leaves))
    return (sha(b"\1" + tree(leaves[:k]) + tree(leaves[k:])) if len(leaves) > 1
            else leaves[0] if leaves else sha(b""))
def climb(leaf, at, leaves, beside):    # the lowest first
    if leaves < 2 or not beside:
        return leaf if (at, leaves, beside) == (0, 1, []) else refuse("a path of another length")
    k, top = left_of(leaves), beside.pop()
    return sha(b"\1" + (climb(leaf, at, k, beside) + top if at < k
                        else top + climb(leaf, at - k, leaves - k, beside)))
def check_export(folder, wanted=":0"):
    m, (file, number) = manifest_of(os.path.join(folder, OWN[0])), wanted.rsplit(":", 1)
    names, signature = {f["name"] for f in m["files"]}, os.path.join(folder, OWN[1])
    for name in sorted({*os.listdir(folder), file} - {*OWN, *names, ""}):
        yield f"{name}: is not in the manifest"
    if m.get("public_key") and (not os.path.isfile(signature) or os.path.getsize(signature) != 64):
        yield f"{OWN[1]}: is missing, or no signature"
    for f in m["files"]:
        name, path = f["name"], os.path.join(folder, f["name"])
        good = os.path.isfile(path) and not os.path.islink(path)
        data = open(path, "rb").read() if good else refuse(f"{name}: is missing, or no file")
        rows, ended = rows_of(name, data)
        found = {"sha256": sha(data).hex(), "bytes": len(data),
                 "merkle_root": tree([sha(b"\0" + row) for row in rows]).hex(),
                 "rows": len(rows) - 1 + first_row(name) if ended else "one cut off"}
        yield from (f"{name}: {k} is {found[k]}, not {f[k]}" for k in found if found[k] != f[k])
        if name == file and not 0 <= int(number) - first_row(name) < len(rows):
            yield f"{name}: row {number} is not there"
def check_proof(proof, manifest):
    p, files = strict(open(proof, "rb").read()), manifest_of(manifest)["files"]
    f, first = {f["name"]: f for f in files}[p["file"]], first_row(p["file"])
    way = re.fullmatch("([0-9a-f]{64}( [0-9a-f]{64}){0,63})?", p["path"]) or refuse("no path")
    leaf, beside = sha(b"\0" + p["text"].encode()), [bytes.fromhex(h) for h in way[0].split()]
    said, root = [p[k] for k in ("schema", "merkle_root", "leaf", "leaves")], f["merkle_root"]
    if (said != ["lapse/proof.v1", root, p["row"] - first, f["rows"] + 1 - first] or
            climb(leaf, *said[2:], beside).hex() != root):
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
                text is not None and (len(salt), sha(salt + text).hex().encode()) != (16, digest)):
            yield f"evidence {seq}: its text was changed, or is missing"
        last, prev = seq, chain.setdefault(seq, here)
    me, lines = db.execute("SELECT id FROM ledger").fetchone()[0], open(heads or os.devnull, "rb")
    noted = [strict(line) for line in lines if line != b"\n"]
    for head in noted or heads and refuse("there is no head in it") or []:
        of = head["ledger"] if isinstance(head["ledger"], dict) else {
            "id": head["ledger"], "head_seq": head["seq"], "head_sha256": head["hash"]}
        if [of["id"], of["head_sha256"]] != [me.decode(), chain.get(of["head_seq"], b"").hex()]:
            yield f"evidence {of['head_seq']}: is missing, or not the one that was noted"
if __name__ == "__main__":
    it = sys.argv[1] if len(sys.argv) in (2, 3) else sys.exit(print(__doc__, file=sys.stderr) or 64)
    check = check_export if os.path.isdir(it) else check_proof if it.endswith(".json") else check_chain
    try:
        faults = [print(f"{it}: {fault}") or fault for fault in check(*sys.argv[1:])]
    except Exception as e:    # whatever it stumbles over proves nothing
        gone = isinstance(e, FileNotFoundError) or not os.path.exists(it)
        sys.exit(print(f"{it}: cannot be checked: {e}", file=sys.stderr) or (13 if gone else 65))
    sys.exit(65 if faults else print(f"{it}: whole"))
