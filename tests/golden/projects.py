#!/usr/bin/env python3
"""What `init` writes and what docs/examples holds is well-formed and runs: projects.py BINARY."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["attention", "transaction", "productivity", "subscription"]


def call(binary, *args):
    """Standard output of a command that must succeed and has nothing to complain about."""
    run = subprocess.run([binary, *map(str, args)], capture_output=True, text=True, check=False)
    if run.returncode or run.stderr:
        raise RuntimeError(f"cynosure {' '.join(map(str, args))}: exit {run.returncode}\n"
                           f"{run.stdout}{run.stderr}")
    return run.stdout


def evaluated(binary, folder):
    """Every metric has a value, and the NSM comes first."""
    call(binary, "-C", folder, "check")
    points = [json.loads(line) for line in
              call(binary, "-C", folder, "eval", "--format", "json").splitlines()]
    missing = [p["metric"] for p in points if p["value"] is None]
    if not points or missing:
        raise RuntimeError(f"{len(points)} values, missing: {missing}")
    nsm = [line.split()[1].strip('"') for script in sorted((folder / "metrics").glob("*.lua"))
           for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("nsm ")]
    if [points[0]["metric"]] != nsm:
        raise RuntimeError(f"{points[0]['metric']} comes first, expected the NSM {nsm}")


def init(binary, work, kind):
    folder = work / kind
    call(binary, "init", kind, folder)
    evaluated(binary, folder)
    before = (folder / "cynosure.yaml").read_text(encoding="utf-8")
    again = subprocess.run([binary, "init", kind, folder], capture_output=True, check=False)
    if again.returncode == 0 or (folder / "cynosure.yaml").read_text(encoding="utf-8") != before:
        raise RuntimeError("init wrote over a project that was there")


def example(binary, work, name):
    folder = work / name
    shutil.copytree(ROOT / "docs" / "examples" / name, folder,
                    ignore=shutil.ignore_patterns(".cynosure"))
    if name == "learning":
        subprocess.run([sys.executable, ROOT / "scripts" / "generate-learning",
                        folder / "data" / "events.csv"], check=True)
    evaluated(binary, folder)
    for script in sorted((folder / "analysis").glob("*.lua")):
        if not call(binary, "-C", folder, "run", script):
            raise RuntimeError(f"{script.name} prints nothing")


def templates_are_current(_binary, work, _name):
    """The committed sample data are what their generator makes."""
    subprocess.run([sys.executable, ROOT / "scripts" / "generate-templates", work], check=True)
    made = sorted(work.rglob("*.csv"))
    stale = [p.name for p in made
             if p.read_bytes() != (ROOT / "lua" / "templates" / p.relative_to(work)).read_bytes()]
    if stale or not made:
        raise RuntimeError(f"run scripts/generate-templates; out of date: {stale}")


def main():
    binary = os.path.abspath(sys.argv[1])
    tests = [(f"init {kind} writes a project that runs at once", init, kind) for kind in KINDS]
    tests += [(f"the example {name} is well-formed and runs", example, name)
              for name in ("retail", "learning")]
    tests += [("the templates' data are what their generator makes", templates_are_current, "")]
    print(f"1..{len(tests)}")
    for number, (title, test, name) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="cynosure-projects-") as work:
            try:
                test(binary, Path(work), name)
                print(f"ok {number} - {title}")
            except (RuntimeError, OSError, ValueError) as error:
                print(f"not ok {number} - {title}")
                print("# " + str(error).replace("\n", "\n# "))


main()
