"""What Cynosure answers, and whether that is what a test has computed itself."""
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def close(a, b, rel=1e-9, absolute=1e-12):
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=rel, abs_tol=absolute)


def expect(found, what, wanted):
    if not close(found, wanted):
        raise RuntimeError(f"{what}: found {found}, expected {wanted}")


def objects(binary, folder, *args, **env):
    """What a command prints as JSON, a line each and at least one; it has nothing to complain about."""
    run = subprocess.run([binary, "-C", folder, *map(str, args), "--json"], capture_output=True,
                         text=True, timeout=120, check=False, env={**os.environ, **env})
    if run.returncode or run.stderr or not run.stdout:
        raise RuntimeError(f"{args}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def evaluated(binary, folder, *args):
    return objects(binary, folder, "eval", *args)


def alone(binary, folder, names):
    """A value is the same whatever is evaluated beside it."""
    together = {(p["metric"], p["period"]): p["value"]
                for p in evaluated(binary, folder, "--last", "4")}
    for name in names:
        for p in evaluated(binary, folder, name, "--last", "4"):
            expect(p["value"], name, together[name, p["period"]])


def check_sums(items, what, may_lack=False):
    """X-15: contributions below a line of a tree add up to the line's; how many lines had some. With
    may_lack all of them may be missing, where no gain leads there (X-5)."""
    checked = 0
    for item in items:
        below = [i["contribution"] for i in items
                 if i["parent"] == item["item"] and i["link"] != "driver"]
        known = [c for c in below if c is not None]
        shared = item["method"] not in (None, "none") and not may_lack
        if item["contribution"] is None or not below or not (known or shared):
            continue
        if len(known) < len(below):
            raise RuntimeError(f"{what}: below line {item['item']} some have no contribution: {below}")
        total, wanted = math.fsum(known), item["contribution"]
        if not math.isclose(total, wanted, rel_tol=1e-9, abs_tol=1e-9 * max(map(abs, known))):
            raise RuntimeError(f"{what}: {total} below line {item['item']}, expected {wanted}")
        checked += 1
    return checked


def example(work, name):
    """A copy of one of docs/examples, with its rows and without what was computed there."""
    folder = Path(work) / name
    shutil.copytree(ROOT / "docs" / "examples" / name, folder,
                    ignore=shutil.ignore_patterns(".cynosure"))
    if name == "learning":
        subprocess.run([sys.executable, ROOT / "scripts" / "generate-learning",
                        folder / "data" / "events.csv"], check=True, capture_output=True)
    return folder


@contextmanager
def project_of_rows(name, rows):
    """A copy of a project beside this file, with the rows as data/events.csv."""
    with tempfile.TemporaryDirectory(prefix=f"cynosure-{name}-") as work:
        folder = Path(work) / name
        shutil.copytree(HERE / name, folder)
        (folder / "data").mkdir()
        with open(folder / "data" / "events.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows({**r, "ts": r["ts"].isoformat()} for r in rows)
        yield folder
