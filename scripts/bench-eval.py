#!/usr/bin/python3
"""One scan over a large CSV file, six metrics by week: Cynosure beside DuckDB. See scripts/bench.

"Cynosure" reads the CSV in every run, as DuckDB does; "Cynosure, again" finds what an earlier run kept.

Every run is a fresh process from reading the file to printing the values; the programs take turns,
so that a busy moment of the machine hits all of them. Medians are compared only after the answers
agreed.
"""
import argparse
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import bench_lib as lib
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
SQL = """
SELECT strftime(date_trunc('week', time), '%G-W%V') AS period,
       count(*)::DOUBLE AS events,
       count(DISTINCT user_id)::DOUBLE AS users,
       (sum(amount) FILTER (event = 'purchase'))::DOUBLE AS revenue,
       avg(duration) AS duration_mean,
       quantile_cont(duration, 0.5) FILTER (event = 'lesson_done') AS lesson_p50,
       quantile_cont(duration, 0.95) FILTER (event = 'lesson_done') AS lesson_p95
FROM read_csv('{csv}', header = true, columns = {{
  time: 'TIMESTAMP', user_id: 'VARCHAR', event: 'VARCHAR', channel: 'VARCHAR',
  amount: 'DECIMAL(12,2)', duration: 'DOUBLE'}})
GROUP BY 1 ORDER BY 1"""


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


def cynosure_values(output):
    return {(p["period"], p["metric"]): p["value"] for p in lib.rows_of(output)}


def duckdb_values(output):
    return {(row["period"], metric): row[metric]
            for row in lib.rows_of(output) for metric in METRICS}


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

    statements = json.dumps([["week", SQL.format(csv=str(csv).replace("'", "''"))]])
    env = lib.node_env(args.work)
    command = [args.binary, "-C", project, "eval", *METRICS, "--from", "2025-W47", "--to",
               "2026-W46", "--format", "json"]
    programs = {"Cynosure": ([*command, "--no-cache"], "", cynosure_values),
                "Cynosure, again": (command, "", cynosure_values)}
    if lib.has_duckdb(args.work):
        cpus = os.cpu_count() or 1
        for threads in dict.fromkeys([1, cpus]):
            plural = "" if threads == 1 else "s"
            programs[f"DuckDB, {threads} thread{plural}"] = (
                lib.duckdb_command(":memory:", threads), statements, duckdb_values)

    warm = {name: values(lib.measure(command, env, stdin).output)
            for name, (command, stdin, values) in programs.items()}
    for name, found in warm.items():
        lib.compare(warm["Cynosure"], found, name)
    print(f"All {len(warm['Cynosure'])} values agree.")

    results = {name: [] for name in programs}
    for _ in range(args.runs):
        for name, (command, stdin, _) in programs.items():
            results[name].append(lib.measure(command, env, stdin))

    size = csv.stat().st_size / 1e6
    print(f"{args.rows:,} rows, {size:.1f} MB, median of {args.runs} runs")
    print(f"{'':<20}{'seconds':>9}{'rows/s':>12}{'MB/s':>8}{'peak MB':>9}{'ratio':>7}")
    base = lib.median(results["Cynosure"], "seconds")
    for name, runs in results.items():
        took = lib.median(runs, "seconds")
        print(f"{name:<20}{took:>9.3f}{args.rows / took:>12,.0f}{size / took:>8.1f}"
              f"{lib.median(runs, 'peak'):>9.0f}{took / base:>7.2f}")


main()
