#!/usr/bin/env python3
"""Malformed input of every kind, one after the other: run.py BINARY [CASE…].

A case is a file of cases/*.yaml: a name, what it changes in the project base/, and what must come
of it. The base evaluates to orders 4, revenue 60 and visits 3; whatever a case does not break must
still come out.

    unknown column in where:
      files:
        metrics/bad.lua: metric "bad" { value = source "orders":where "amuont > 1":count() }
      exit: 1
      stderr: ["metrics/bad.lua:1", "amuont", "amount"]   # fragments, all of them
      values: { orders: 4, revenue: 60, visits: 3, bad: null }

A file's text replaces the base's; null removes it. `gzip` compresses a text and may `cut` bytes off
the end, `hex` gives bytes, `sqlite` runs SQL, `append` and `replace` change the base's text. `args`
is the command (eval --grain all --format json unless said), `env` adds to the environment. `stdout`
and `stderr` hold fragments. No case may crash, hang or print a Lua or C internal.
"""
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
EVAL = "eval --grain all --format json"
NEVER = ["AddressSanitizer", "runtime error:", "Assertion", "Segmentation fault", "stack traceback:",
         "[string \""]


def write(path, spec):
    path.parent.mkdir(parents=True, exist_ok=True)
    if spec is None:
        path.unlink()
    elif isinstance(spec, str):
        path.write_text(spec, encoding="utf-8", newline="")
    elif "gzip" in spec:
        packed = gzip.compress(spec["gzip"].encode(), mtime=0)
        path.write_bytes(packed[: len(packed) - spec.get("cut", 0)])
    elif "hex" in spec:
        path.write_bytes(bytes.fromhex(spec["hex"]))
    elif "sqlite" in spec:
        with sqlite3.connect(path) as db:
            db.executescript(spec["sqlite"])
        db.close()
    elif "append" in spec:
        path.write_text(path.read_text(encoding="utf-8") + spec["append"], encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        for old, new in spec["replace"].items():
            if old not in text:
                raise ValueError(f"{path.name} has no {old!r} to replace")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def values_of(stdout):
    """{metric: value} of the JSON lines on standard output."""
    found = {}
    for line in stdout.splitlines():
        point = json.loads(line)
        found[point["metric"]] = point["value"]
    return found


def problems_of(binary, case, folder):
    """Runs a case; yields what is not as expected."""
    shutil.copytree(HERE / "base", folder)
    for name, spec in case.get("files", {}).items():
        write(folder / name, spec)
    command = [binary, "-C", folder, *case.get("args", EVAL).split()]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60,
                         env={**os.environ, **case.get("env", {})}, check=False)
    if run.returncode != case["exit"]:
        yield f"exit {run.returncode}, expected {case['exit']}"
    for stream, text in (("stdout", run.stdout), ("stderr", run.stderr)):
        for fragment in case.get(stream, []):
            if fragment not in text:
                yield f"{stream} lacks {fragment!r}"
        for fragment in NEVER:
            if fragment in text:
                yield f"{stream} shows {fragment!r}"
    if "values" in case:
        found = values_of(run.stdout)
        if found != case["values"]:
            yield f"values {found}, expected {case['values']}"


def main():
    binary, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    cases = {}
    for path in sorted((HERE / "cases").glob("*.yaml")):
        for name, case in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            cases[f"{path.stem}: {name}"] = case
    cases = {name: case for name, case in cases.items()
             if not wanted or any(word in name for word in wanted)}
    print(f"1..{len(cases)}")
    for number, (name, case) in enumerate(cases.items(), 1):
        with tempfile.TemporaryDirectory(prefix="cynosure-malformed-") as work:
            try:
                problems = list(problems_of(binary, case, Path(work) / "project"))
            except (subprocess.TimeoutExpired, ValueError) as error:
                problems = [f"{type(error).__name__}: {error}"]
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in problems:
            print("# " + problem.replace("\n", "\n# "))


main()
