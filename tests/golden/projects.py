#!/usr/bin/env python3
"""What `init` writes and what docs/examples holds is well-formed and runs: projects.py BINARY."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import asked
import events

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
    review = call(binary, "-C", folder, "check", "--strict").splitlines()
    if len(review) != 1 or "nothing to mend" not in review[0]:
        raise RuntimeError("\n".join(review))
    points = [json.loads(line) for line in
              call(binary, "-C", folder, "eval", "--format", "json").splitlines()]
    missing = [p["metric"] for p in points if p["value"] is None]
    if not points or missing:
        raise RuntimeError(f"{len(points)} values, missing: {missing}")
    nsm = [line.split()[1].strip('"') for script in sorted((folder / "metrics").glob("*.lua"))
           for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("nsm ")]
    if [points[0]["metric"]] != nsm:
        raise RuntimeError(f"{points[0]['metric']} comes first, expected the NSM {nsm}")


def alone(binary, folder):
    """Where `as_of` is the end of the data, a metric's last period does not depend on which others
    are asked for, nor on the command."""
    points = [json.loads(line) for line in call(binary, "-C", folder, "eval", "-j").splitlines()]
    for p in points:
        for command in ("eval", "targets"):
            one = json.loads(call(binary, "-C", folder, command, p["metric"], "-j"))
            if one["period"] != p["period"]:
                raise RuntimeError(f"{p['metric']}: {p['period']} with all others, and "
                                   f"{one['period']} from '{command} {p['metric']}'")


def shows(binary, *args):
    """What a command prints; `serve`, which stays, ends when all that is due was done."""
    if args[-1] != "serve":
        return call(binary, *args)
    run = subprocess.run([binary, *map(str, args), "--once", "--no-send"], capture_output=True,
                         text=True, timeout=120, check=False)
    if run.returncode or "error" in run.stderr:
        raise RuntimeError(f"cynosure {' '.join(map(str, args))}: exit {run.returncode}\n{run.stderr}")
    return run.stderr


def readme(binary, folder):
    """Every command that a project's README shows runs, and shows something."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line.partition("#")[0].split()[1:] for line in lines if line.startswith("cynosure ")]
    silent = [c for c in commands if not shows(binary, "-C", folder, *c)
              and c != ["alerts", "run"]]  # which `init` has proposed, and nothing is news twice
    if len(commands) < 7 or silent:
        raise RuntimeError(f"{len(commands)} commands; without output: {silent}")


def next_steps(binary, folder, said):
    """What `init` tells people to type next works as it stands."""
    steps = [line.split("  ")[1].split() for line in said.splitlines()
             if line.startswith("  cynosure ")]
    if [s[3] for s in steps] != ["eval", "tree", "what-if", "targets", "alerts", "check", "serve"]:
        raise RuntimeError(f"the next steps are {steps}")
    for step in steps:
        if step[1:3] != ["-C", str(folder)] or not shows(binary, *step[1:]):
            raise RuntimeError(f"{step} shows nothing")


def tested(binary, folder):
    """Its tests pass, and make every rule fire."""
    call(binary, "-C", folder, "test", "--strict")


def init(binary, work, kind):
    folder = work / kind
    next_steps(binary, folder, call(binary, "init", kind, folder))
    evaluated(binary, folder)
    tested(binary, folder)
    alone(binary, folder)
    readme(binary, folder)
    before = (folder / "cynosure.yaml").read_text(encoding="utf-8")
    again = subprocess.run([binary, "init", kind, folder], capture_output=True, check=False)
    if again.returncode == 0 or (folder / "cynosure.yaml").read_text(encoding="utf-8") != before:
        raise RuntimeError("init wrote over a project that was there")


def example(binary, work, name):
    folder = asked.example(work, name)
    evaluated(binary, folder)
    tested(binary, folder)
    for script in sorted((folder / "analysis").glob("*.lua")):
        if not call(binary, "-C", folder, "run", script):
            raise RuntimeError(f"{script.name} prints nothing")


def nothing_to_read(binary, work, name):
    """Without its data no metric of an example has a value. Each command says why once, to people
    and beside what programs read."""
    folder = work / name
    shutil.copytree(ROOT / "docs" / "examples" / name, folder,
                    ignore=shutil.ignore_patterns(".cynosure", "data"))
    for command in (["eval"], ["tree"], ["targets"], ["okr"], ["drivers"], ["identity"],
                    ["what-if", "revenue", "cvr=+1pt"]):
        for form in ([], ["--json"]):
            done = subprocess.run([binary, "-C", folder, *command, *form], capture_output=True,
                                  text=True, check=False)
            said = done.stdout if not form and command[0] != "what-if" else done.stderr
            if done.returncode != 1 or said.count("no file is named") != 1:
                raise RuntimeError(f"{command + form}: exit {done.returncode}\n{said}")


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
    tests += [("a file that is not there is said once", nothing_to_read, "learning")]
    tests += [("the templates' data are what their generator makes", templates_are_current, "")]

    def run(test, name):
        with tempfile.TemporaryDirectory(prefix="cynosure-projects-") as work:
            test(binary, Path(work), name)

    events.tap([(title, lambda test=test, name=name: run(test, name))
                for title, test, name in tests])


main()
