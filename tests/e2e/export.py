"""What the tests of the exports ask of the files, read by other means than
ours: Python's own readers of CSV and JSON, and a validator of JSON Schema that
Debian has (python3-jsonschema). Not a test.

    export.py schema SCHEMA.json          lines on standard input are all of it
    export.py chain                       lapse/event.v1 lines hash as they say
    export.py policies CHANGES POLICIES   named, and each is what its name says
    export.py cells FILE.csv              no cell is a formula
    export.py same FILE.csv FILE.jsonl    the same rows in both
    export.py hold FILE TEXTS COLUMN      the texts stand in this column, whole
"""
import csv
import hashlib
import json
import sys

FORMULA = "=+-@\t\r\n＝＋－＠"
csv.field_size_limit(1 << 24)


def lines(file):
    text = file.buffer.read().decode("utf-8", "strict")
    if text and not text.endswith("\n"):
        sys.exit("the last line is cut off")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def rows(name):
    with open(name, encoding="utf-8", errors="strict", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def schema(name):
    import jsonschema

    with open(name, encoding="utf-8") as file:
        rules = json.load(file)
    jsonschema.Draft202012Validator.check_schema(rules)
    judge = jsonschema.Draft202012Validator(rules)
    all_of_it = lines(sys.stdin)
    if not all_of_it:
        sys.exit("there is no line")
    for n, line in enumerate(all_of_it, 1):
        for fault in judge.iter_errors(line):
            sys.exit(f"line {n}: {fault.json_path}: {fault.message}")


def netstring(value):
    if value is None:
        return b"-1:,"
    value = str(value).encode()
    return b"%d:%s," % (len(value), value)


def chain():
    head = bytes(32)
    events = lines(sys.stdin)
    hashed = ("issue_id", "grant", "idp", "group", "user", "actor", "run",
              "data", "text_digest")
    for e in events:
        at = __import__("calendar").timegm(__import__("time").strptime(
            e["at"], "%Y-%m-%dT%H:%M:%SZ"))
        row = b"".join(map(netstring, [e["seq"], at, e["kind"]] +
                           [e[name] for name in hashed]))
        head = hashlib.sha256(head + row).digest()
        if head.hex() != e["hash"]:
            sys.exit(f"event {e['seq']} has another hash")
        if e["text"] is not None and hashlib.sha256(bytes.fromhex(
                e["text_salt"]) + e["text"].encode()).hexdigest() != \
                e["text_digest"]:
            sys.exit(f"the text of event {e['seq']} was changed")
    print(len(events), head.hex())


def policies(changes, known):
    with open(known, encoding="utf-8") as file:
        known = {p["sha256"]: p for p in map(json.loads, file)}
    for name, p in known.items():
        if hashlib.sha256(p["section"].encode()).hexdigest() != name:
            sys.exit(f"{name} is not the digest of its section")
    named = {row["policy_sha256"] for row in rows(changes)} - {""}
    if not named or named - set(known):
        sys.exit(f"named and not there: {named - set(known)}")


def cells(name):
    n = 0
    for row in rows(name):
        for column, cell in row.items():
            n += 1
            if cell.lstrip(" \u00a0\u3000").startswith(tuple(FORMULA)):
                sys.exit(f"{column} is a formula: {cell[:60]!r}")
    print(n)


def as_cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def same(name, other):
    with open(other, "rb") as file:
        objects = [json.loads(line) for line in file]
    ours = rows(name)
    if len(ours) != len(objects):
        sys.exit(f"{len(ours)} rows and {len(objects)} lines")
    for row, line in zip(ours, objects):
        del line["schema"]
        if list(row) != list(line):
            sys.exit("other columns, or in another order")
        for column, cell in row.items():
            if cell.removeprefix("'") != as_cell(line[column]).removeprefix(
                    "'"):
                sys.exit(f"{column}: {cell!r} and {line[column]!r}")


def hold(name, texts, column):
    with open(texts, encoding="utf-8") as file:
        texts = json.load(file)
    if name.endswith(".csv"):
        there = [row[column] for row in rows(name)]
        there += [cell[1:] for cell in there if cell.startswith("'")]
    else:
        with open(name, "rb") as file:
            there = [json.loads(line)[column] for line in file]
    for text in texts:
        if text not in there:
            sys.exit(f"{text[:60]!r} is not there, or not whole")


if __name__ == "__main__":
    {f.__name__: f for f in (schema, chain, policies, cells, same,
                             hold)}[sys.argv[1]](*sys.argv[2:])
