#!/usr/bin/env python3
"""A year of a growing company, before and after lapse, in a few minutes.

    year.py [--seed N] [--days N] [--people N] [--json]

Two worlds live through the same year with the same dice, each with a sandbox
and a ledger of its own, and the released lapse on a clock that nobody waits
for. In the end `lapse report` says what the ledgers know; this program computes
no figure, it only holds some of them against what it saw itself. Progress goes
to stderr. Run it by `make simulation`; README.md says more."""

import argparse
import json
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback

import check
import plan
from after import After
from before import Before
from world import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def options():
    p = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--days", type=lambda t: int(t.removesuffix("d")),
                   default=365, help="how long the year is: 14 to 365")
    p.add_argument("--people", type=int, default=None,
                   help="how many there are in the end")
    p.add_argument("--json", action="store_true",
                   help="the reports as lapse prints them with --json")
    o = p.parse_args()
    if not 14 <= o.days <= 365 or not 40 <= (o.people or 420) <= 900:
        p.error("14 to 365 days, 40 to 900 people")
    return o


def made_plan(o):
    a = plan.Assumptions(os.path.join(HERE, "assumptions.conf"), o.seed)
    final = o.people or int(a.of("company", "people-at-end"))
    start = round(final * a.of("company", "people-at-start") /
                  a.of("company", "people-at-end"))
    return a, plan.make(a, o.days, max(start, 30), final)


def since(p):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(p.begin))
    return f"--since={stamp}"


def live(o, kind, out):
    """One world in a process of its own; sends what came of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))   # and clean up
    result = {"name": kind.__name__.lower(), "faults": []}
    try:
        a, p = made_plan(o)
        world = kind(p, a)
        try:
            began = time.monotonic()
            world.run()
            result["seconds"] = round(time.monotonic() - began)
            result["runs"] = sum(world.runs.values())
            world.must("verify")
            result["report"] = world.must("report", since(p))
            result["json"] = world.must("report", since(p), "--json")
            result["faults"] = world.problems + check.all_of(
                world, [json.loads(line) for line in
                        result["json"].splitlines()])
            result["story"] = check.story(world)
        finally:
            world.close()
    except Failed as e:
        result["faults"].append(str(e))
    except Exception:              # a defect of this program, told whole
        result["faults"].append(traceback.format_exc())
    out.put(result)


HEADLINES = (
    "elevated-baseline", "elevated-standing", "elevated-held",
    "elevated-standing-held", "privileged-removed", "automatic", "manual",
    "filed", "removed-automatically", "deadline-to-removed.median",
    "left-to-removed.median", "leavers-still", "hops-over", "minutes-spent",
    "minutes-saved", "shadow",
)


def printed(report, figure):
    """A figure as the report has it, without what stands behind it."""
    found = re.search(rf"^  {re.escape(figure)} +(\S.*?)(?:   |\s*$)", report,
                      re.MULTILINE)
    return found[1].strip() if found else "-"


def show(o, results):
    if o.json:
        for r in results:
            print(r.get("json", ""), end="")
        return
    titles = {"before": "Before: by hand, and lapse only looks on",
              "after": "After: the same needs, with lapse"}
    results = [r for r in results if "report" in r]
    for r in results:
        print(f"\n==== {titles[r['name']]} ====\n")
        print(r["report"])
        for line in r["story"]:
            print(f"# {line}")
    print("\n==== Both, as printed above ====\n")
    print(f"{'':<28}" + "".join(f"{r['name']:>20}" for r in results))
    for figure in HEADLINES:
        print(f"{figure:<28}" + "".join(
            f"{printed(r['report'], figure):>20}" for r in results))


def main():
    o = options()
    os.chdir(ROOT)
    _, p = made_plan(o)
    print(f"simulation: seed {o.seed}, {o.days} days, "
          f"{sum(x.hired < p.begin for x in p.people)} to {len(p.people)} "
          f"people, {len(p.needs)} needs", file=sys.stderr)
    out = multiprocessing.Queue()
    worlds = [multiprocessing.Process(target=live, args=(o, kind, out),
                                      daemon=True)
              for kind in (Before, After)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for w in worlds:
        w.start()
    results = sorted((out.get() for _ in worlds), key=lambda r:
                     r["name"] != "before")
    for w in worlds:
        w.join()
    show(o, results)
    for r in results:
        for fault in r["faults"]:
            print(f"simulation: {r['name']}: {fault}", file=sys.stderr)
        print(f"simulation: {r['name']}: {r.get('runs', 0)} runs of lapse in "
              f"{r.get('seconds', 0)} s", file=sys.stderr)
    bad = sum(len(r["faults"]) for r in results)
    print(f"simulation: seed {o.seed}: "
          f"{f'{bad} wrong' if bad else 'all checks hold'}",
          file=sys.stderr if o.json else sys.stdout)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
