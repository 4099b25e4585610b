"""What Cynosure answers, and whether that is what a test has computed itself."""
import csv
import json
import math
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


def close(a, b, rel=1e-9, absolute=1e-12):
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=rel, abs_tol=absolute)


def expect(found, what, wanted):
    if not close(found, wanted):
        raise RuntimeError(f"{what}: found {found}, expected {wanted}")


def objects(binary, folder, *args, may_fail=False, **env):
    """What a command prints as JSON, a line each; it has nothing to complain about."""
    run = subprocess.run([binary, "-C", folder, *args, "--json"], capture_output=True, text=True,
                         check=False, env=env or None)
    if (run.returncode or run.stderr) and not may_fail:
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
