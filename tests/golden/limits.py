#!/usr/bin/env python3
"""cynosure limits, and what a script that meets one looks like: limits.py BINARY."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

BINARY = sys.argv[1]
YAML = """name: Limits
timezone: UTC
limits:
  instructions: 200000
  memory: 64M
sources:
  events:
    path: events.csv
    time: at
"""
FINE = 'metric "n" { value = source("events"):count() }\n'
LOOP = 'local n = 0\nfor i = 1, 1000000 do\n  n = n + i\nend\n'


def run(folder, *args):
    return subprocess.run([BINARY, "-C", folder, *args], capture_output=True, text=True,
                          timeout=60, check=False)


def values_and_places(folder):
    lines = [json.loads(line) for line in run(folder, "limits", "--json").stdout.splitlines()]
    limits = {x["limit"]: (x["value"], x["line"]) for x in lines if "limit" in x}
    return limits == {"time": (10_000_000, None), "call_time": (60_000_000, None),
                      "instructions": (200_000, 4), "memory": (64 << 20, 5),
                      "output": (64 << 20, None)}


def use_of_each_script(folder):
    lines = [json.loads(line) for line in run(folder, "limits", "--json").stdout.splitlines()]
    used = {x["script"]: x for x in lines if "script" in x}
    fine, loop = used["metrics/fine.lua"], used["metrics/loop.lua"]
    return (0 < fine["memory_bytes"] < 64 << 20 and fine["time_us"] > 0
            and fine["instructions"] < 200_000 < loop["instructions"] <= 201_000)


def the_line_is_shown(folder):
    return run(folder, "check").stdout.startswith(
        "error: metrics/loop.lua:3: ran more than 200000 instructions [script-invalid]\n"
        "      3 |   n = n + i\n")


def the_other_script_counts(folder):
    done = run(folder, "eval", "n", "--at", "2026-01-05", "--grain", "day", "--json")
    return json.loads(done.stdout)["value"] == 2


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "metrics").mkdir()
        (root / "cynosure.yaml").write_text(YAML, encoding="utf-8")
        (root / "metrics" / "fine.lua").write_text(FINE, encoding="utf-8")
        (root / "metrics" / "loop.lua").write_text(LOOP, encoding="utf-8")
        (root / "events.csv").write_text("at,x\n2026-01-05,1\n2026-01-05,2\n", encoding="utf-8")
        failed = 0
        tests = (values_and_places, use_of_each_script, the_line_is_shown, the_other_script_counts)
        for number, test in enumerate(tests, 1):
            ok = test(folder)
            failed += not ok
            print(f"{'' if ok else 'not '}ok {number} - {test.__name__.replace('_', ' ')}")
        print(f"1..{len(tests)}")
        return 1 if failed else 0


sys.exit(main())
