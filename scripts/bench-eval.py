#!/usr/bin/python3
"""One scan over a large CSV file, six metrics by week: Cynosure beside DuckDB. See scripts/bench.

Every run is a fresh process from reading the file to printing the values; the programs take turns,
so that a busy moment of the machine hits all of them. Medians are compared only after the answers
agreed.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
from pcg32 import Random

START = datetime(2025, 11, 17)  # Monday of 2025-W47; 52 weeks up to 2026-W46
SECONDS = 52 * 7 * 86400
METRICS = ["events", "users", "revenue", "duration_mean", "lesson_p50", "lesson_p95"]

CONFIG = """name: bench
timezone: UTC
grain: week
as_of: 2026-11-16
sources:
  events:
    type: csv
    path: {csv}
    time: time
    columns:
      user_id: text
      amount: {{ type: decimal, scale: 2 }}
      duration: real
    bad_rows: 0
"""
SCRIPT = """local events = source "events"
local lessons = events:where { event = "lesson_done" }
metric "events"        { value = events:count() }
metric "users"         { value = events:distinct "user_id" }
metric "revenue"       { value = events:where { event = "purchase" }:sum "amount" }
metric "duration_mean" { value = events:mean "duration" }
metric "lesson_p50"    { value = lessons:p(50, "duration") }
metric "lesson_p95"    { value = lessons:p(95, "duration") }
"""


def make_csv(path, rows):
    """The same events on every machine; written once for each number of rows."""
    if path.exists():
        return
    print(f"Making {rows:,} rows …", flush=True)
    rnd = Random(rows)
    kinds = [("lesson_start", 45), ("lesson_done", 40), ("view", 10), ("purchase", 5)]
    cuts = [(kind, sum(w for _, w in kinds[: i + 1]) / 100) for i, (kind, _) in enumerate(kinds)]
    channels = ["organic", "ads", "friend", "school"]
    part = path.with_suffix(".part")
    with open(part, "w", encoding="ascii", newline="\n") as out:
        out.write("time,user_id,event,channel,amount,duration\n")
        for i in range(rows):
            at = START + timedelta(seconds=int((i + rnd.unit()) * SECONDS / rows))
            u, dice = rnd.unit(), rnd.unit()
            kind = next(kind for kind, cut in cuts if dice <= cut)
            amount = f"{5 + rnd.exponential(25):.2f}" if kind == "purchase" else ""
            user = int(50000 * u * u)  # few are very active
            out.write(f"{at},u{user:05d},{kind},{channels[user % 4]},{amount},"
                      f"{rnd.exponential(300):.3f}\n")
    os.replace(part, path)


def make_project(folder, csv):
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "cynosure.yaml").write_text(CONFIG.format(csv=csv), encoding="utf-8")
    (folder / "metrics" / "bench.lua").write_text(SCRIPT, encoding="utf-8")


def measure(command, env):
    """(seconds, peak RSS in MB, standard output) of one process."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}")
    return took, usage.ru_maxrss / 1024, output.decode()


def cynosure_values(output):
    points = [json.loads(line) for line in output.splitlines()]
    return {(p["period"], p["metric"]): p["value"] for p in points}


def duckdb_values(output):
    rows = [json.loads(line) for line in output.splitlines()]
    return {(row["period"], metric): row[metric] for row in rows for metric in METRICS}


def compare(ours, theirs):
    """Ends the bench when the two do not agree: a wrong answer has no speed."""
    for cell in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(cell), theirs.get(cell)
        # A sum over no rows is 0 here (a covered period), and null in SQL.
        same = (a or 0) == (b or 0) or (a and b and math.isclose(a, b, rel_tol=1e-9))
        if not same:
            sys.exit(f"the answers differ in {cell}: Cynosure {a}, DuckDB {b}")
    print(f"All {len(ours)} values agree.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    csv = args.work / f"events-{args.rows}.csv"
    make_csv(csv, args.rows)
    project = args.work / "project"
    make_project(project, csv)

    node = args.work / "node"
    env = dict(os.environ, BENCH_NODE=str(node))
    duckdb = ["node", Path(__file__).parent / "bench-duckdb.cjs", csv]
    programs = {"Cynosure": [args.binary, "-C", project, "eval", *METRICS, "--from", "2025-W47",
                             "--to", "2026-W46", "--format", "json"]}
    if (node / "node_modules" / "@duckdb" / "node-api").exists():
        programs["DuckDB, 1 thread"] = [*duckdb, "1"]
        if (os.cpu_count() or 1) > 1:
            programs[f"DuckDB, {os.cpu_count()} threads"] = [*duckdb, str(os.cpu_count())]

    outputs = {name: measure(command, env)[2] for name, command in programs.items()}  # warms up
    values = {name: (cynosure_values if name == "Cynosure" else duckdb_values)(output)
              for name, output in outputs.items()}
    for name, found in values.items():
        if name != "Cynosure":
            compare(values["Cynosure"], found)

    results = {name: [] for name in programs}
    for _ in range(args.runs):
        for name, command in programs.items():
            results[name].append(measure(command, env)[:2])

    size = csv.stat().st_size / 1e6
    print(f"{args.rows:,} rows, {size:.1f} MB, median of {args.runs} runs")
    print(f"{'':<20}{'seconds':>9}{'rows/s':>12}{'MB/s':>8}{'peak MB':>9}{'ratio':>7}")
    base = statistics.median(t for t, _ in results["Cynosure"])
    for name, runs in results.items():
        took = statistics.median(t for t, _ in runs)
        peak = statistics.median(rss for _, rss in runs)
        print(f"{name:<20}{took:>9.3f}{args.rows / took:>12,.0f}{size / took:>8.1f}{peak:>9.0f}"
              f"{took / base:>7.2f}")


main()
