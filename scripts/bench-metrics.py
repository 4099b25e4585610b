#!/usr/bin/python3
"""Eight workloads over an app's event log: Cynosure beside DuckDB and SQLite. See scripts/bench.

Every run is a fresh process, from opening the files to printing the values; the programs take turns,
so that a busy moment of the machine hits all of them. Each answer of each program is compared with
Cynosure's before anything is timed. "CSV" starts from the text, "own files" from what the program has
made of it: Cynosure's segments, DuckDB's and SQLite's databases. Cynosure forgets its recorded state
before each run from the CSV.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import bench_lib as lib

CHANNELS = ["organic", "ads", "friend", "school"]
EVENTS = ["signup", "lesson_start", "lesson_done", "view", "share", "aha_action", "purchase"]
PERCENTS = [50, 90, 95, 99]

CONFIG = """name: bench
timezone: UTC
grain: week
as_of: 2027-01-04              # every cohort is mature
sources:
  events:
    type: csv
    path: {csv}
    time: time
    entity: user_id
    dimensions: [channel, event]
    columns:
      time: timestamp
      user_id: text
      version: text
      amount: {{ type: decimal, scale: 2 }}
      duration: real
    bad_rows: 0
"""
SCRIPT = """local events  = source "events"
local lessons = events:where { event = "lesson_done" }
local paid    = events:where { event = "purchase" }

metric "actives" { value = events:distinct "user_id" }
metric "nsm"     { value = lessons:count() / events:distinct "user_id" }
metric "regular" { value = lessons:per "user_id":count():where "value >= 3":count() }

local first_aha = events:journey {
  entity = "user_id", steps = { "event == 'signup'", "event == 'aha_action'" }, within = "14d",
}
metric "ttv_p50" { value = first_aha:time():p(50) }
metric "ttv_p95" { value = first_aha:time():p(95) }

local kept = events:retention { entity = "user_id", start = "event == 'signup'" }
metric "d1" { value = kept:at "1d" }
metric "w1" { value = kept:at "1w" }

-- By day and segment: with --by, and for the run of all at once one metric for each segment.
metric "revenue" { grain = "day", value = paid:sum "amount" }
for _, channel in ipairs { CHANNELS } do
  metric("revenue__" .. channel) {
    grain = "day", value = paid:where { channel = channel }:sum "amount",
  }
end
for _, p in ipairs { 50, 90, 95, 99 } do
  metric("duration_p" .. p) { grain = "day", value = events:p(p, "duration") }
  for _, event in ipairs { EVENTS } do
    metric(("duration_p%d__%s"):format(p, event)) {
      grain = "day", value = events:where { event = event }:p(p, "duration"),
    }
  end
end
"""

# Per workload: Cynosure's metrics and options, and the SQL (period, segment, metrics) over {events}.
# {week} and {day} are the first day of a row's week and its day; {seconds} turns a time into seconds.
WORKLOADS = {
    "actives": (["actives"], "week", None, """
        SELECT {week} AS period, count(DISTINCT user_id) AS actives FROM {events} GROUP BY 1"""),
    "revenue": (["revenue"], "day", "channel", """
        SELECT {day} AS period, channel AS segment, CAST(sum(amount) AS DOUBLE) AS revenue
        FROM {events} WHERE event = 'purchase' GROUP BY 1, 2"""),
    "nsm": (["nsm"], "week", None, """
        SELECT {week} AS period,
               1.0 * count(CASE WHEN event = 'lesson_done' THEN 1 END) / count(DISTINCT user_id) AS nsm
        FROM {events} GROUP BY 1"""),
    "regular": (["regular"], "week", None, """
        SELECT period, count(*) AS regular FROM (
          SELECT {week} AS period, user_id FROM {events} WHERE event = 'lesson_done'
          GROUP BY 1, 2 HAVING count(*) >= 3) x GROUP BY 1"""),
    "ttv": (["ttv_p50", "ttv_p95"], "week", None, """
        WITH s AS (SELECT user_id, time AS began FROM {events} WHERE event = 'signup'),
        a AS (SELECT user_id, began, min(time) AS done FROM {events} JOIN s USING (user_id)
              WHERE event = 'aha_action' AND time >= began GROUP BY 1, 2),
        t AS (SELECT date_trunc('week', began)::DATE::VARCHAR AS period, epoch(done - began) AS took
              FROM a WHERE done <= began + INTERVAL 14 DAY)
        SELECT period, quantile_cont(took, 0.5) AS ttv_p50, quantile_cont(took, 0.95) AS ttv_p95
        FROM t GROUP BY 1"""),
    "retention": (["d1", "w1"], "week", None, """
        WITH s AS (SELECT user_id, {day} AS day, {week} AS week FROM {events}
                   WHERE event = 'signup'),
        r AS (SELECT s.user_id, s.week, max({day} = {next_day}) AS d1, max({week} = {next_week}) AS w1
              FROM {events} JOIN s USING (user_id) GROUP BY 1, 2)
        SELECT week AS period, avg(CAST(d1 AS INTEGER)) AS d1, avg(CAST(w1 AS INTEGER)) AS w1
        FROM r GROUP BY 1"""),
    "durations": ([f"duration_p{p}" for p in PERCENTS], "day", "event", """
        SELECT {day} AS period, event AS segment, quantile_cont(duration, 0.5) AS duration_p50,
               quantile_cont(duration, 0.9) AS duration_p90,
               quantile_cont(duration, 0.95) AS duration_p95,
               quantile_cont(duration, 0.99) AS duration_p99
        FROM {events} GROUP BY 1, 2"""),
}
# All at once: one command has one --by, so each segment is a metric of its own.
ALL = [*(metric for metrics, _, by, _ in WORKLOADS.values() if not by for metric in metrics),
       *(f"revenue__{channel}" for channel in CHANNELS),
       *(f"duration_p{p}__{event}" for p in PERCENTS for event in EVENTS)]
PERIODS = ["--from", "2025-11-17", "--to", "2026-11-15", "--format", "json"]

DUCKDB = {"week": "date_trunc('week', time)::DATE::VARCHAR", "day": "time::DATE::VARCHAR",
          "next_day": "(s.day::DATE + 1)::VARCHAR", "next_week": "(s.week::DATE + 7)::VARCHAR"}
DUCKDB_CSV = """read_csv('{csv}', header = true, columns = {{
  time: 'TIMESTAMP', user_id: 'VARCHAR', event: 'VARCHAR', channel: 'VARCHAR', plan: 'VARCHAR',
  country: 'VARCHAR', platform: 'VARCHAR', version: 'VARCHAR', session: 'VARCHAR',
  amount: 'DECIMAL(12,2)', duration: 'DOUBLE', text: 'VARCHAR'}})"""
SQLITE = {"week": "date(time, 'weekday 0', '-6 days')", "day": "date(time)",
          "next_day": "date(s.day, '+1 day')", "next_week": "date(s.week, '+7 days')"}
SQLITE_WORKLOADS = ["actives", "revenue", "nsm", "regular", "retention"]  # it has no percentiles
SQLITE_ROWS = 1_000_000  # beyond which it is not worth the wait


# ---- Answers: {(metric, first day of the period[, segment]): value} ----

def cynosure_values(output):
    cells = {}
    for point in lib.rows_of(output):
        metric, _, segment = point["metric"].partition("__")
        segments = [segment] if segment else list((point["segment"] or {}).values())
        cells[metric, point["start"][:10], *segments] = point["value"]
    return cells


def sql_values(output):
    cells = {}
    for row in lib.rows_of(output):
        place = [row.pop("period")] + ([row.pop("segment")] if "segment" in row else [])
        row.pop("query", None)
        for metric, value in row.items():
            cells[metric, *place] = value
    return cells


# ---- The programs ----

class Cynosure:
    name = "Cynosure"

    def __init__(self, args, csv):
        self.binary, self.project = args.binary, args.work / "metrics"
        (self.project / "metrics").mkdir(parents=True, exist_ok=True)
        (self.project / "cynosure.yaml").write_text(CONFIG.format(csv=csv), encoding="utf-8")
        script = SCRIPT
        for word, names in (("CHANNELS", CHANNELS), ("EVENTS", EVENTS)):
            script = script.replace(word, ", ".join(f'"{name}"' for name in names))
        (self.project / "metrics" / "bench.lua").write_text(script, encoding="utf-8")

    def prepare(self):
        self.run("all", "CSV")

    def run(self, workload, start):
        if start == "CSV":
            shutil.rmtree(self.project / ".cynosure", ignore_errors=True)
        metrics, options = ALL, []
        if workload != "all":
            metrics, grain, by, _ = WORKLOADS[workload]
            options = ["--grain", grain, *(["--by", by] if by else [])]
        return lib.measure([self.binary, "-C", self.project, "eval", *metrics, *options, *PERIODS])

    values = staticmethod(cynosure_values)

    def can(self, _workload, _start):
        return True


class DuckDB:
    def __init__(self, args, csv, threads):
        self.name = f"DuckDB, {threads} thread{'s' if threads > 1 else ''}"
        self.env, self.threads = lib.node_env(args.work), threads
        self.csv = DUCKDB_CSV.format(csv=str(csv).replace("'", "''"))
        self.database = args.work / f"{csv.stem}.duckdb"

    def prepare(self):
        if not self.database.exists():
            self.call(self.database, [[None, f"CREATE TABLE events AS FROM {self.csv}"]])

    def call(self, database, statements):
        return lib.measure(lib.duckdb_command(database, self.threads), self.env,
                           json.dumps(statements))

    def run(self, workload, start):
        chosen = list(WORKLOADS) if workload == "all" else [workload]
        many = start == "CSV" and workload == "all"  # worth a table of its own
        setup = [[None, f"CREATE TEMP TABLE events AS FROM {self.csv}"]] if many else []
        table = self.csv if start == "CSV" and not many else "events"
        queries = [[name, WORKLOADS[name][3].format(events=table, **DUCKDB)] for name in chosen]
        return self.call(":memory:" if start == "CSV" else self.database, setup + queries)

    values = staticmethod(sql_values)

    def can(self, _workload, _start):
        return True


class SQLite:
    name = "SQLite"

    def __init__(self, args, csv):
        self.csv, self.database = csv, args.work / f"{csv.stem}.sqlite"

    def prepare(self):
        if self.database.exists():
            return
        columns = [f"{name} {kind}" for name, kind in zip(
            self.csv.open(encoding="ascii").readline().strip().split(","),
            ["TEXT"] * 9 + ["REAL", "REAL", "TEXT"])]
        part = self.database.with_suffix(".part")
        part.unlink(missing_ok=True)
        subprocess.run(["sqlite3", part], check=True, text=True, input=(
            f"CREATE TABLE events ({', '.join(columns)});\n.mode csv\n"
            f".import --skip 1 \"{self.csv}\" events\n"))
        part.rename(self.database)

    def run(self, workload, _start):
        query = WORKLOADS[workload][3].format(events="events", **SQLITE)
        return lib.measure(["sqlite3", "-json", self.database], stdin=query + ";")

    @staticmethod
    def values(output):
        return sql_values("\n".join(json.dumps(row) for row in json.loads(output or "[]")))

    def can(self, workload, start):
        return start != "CSV" and workload in SQLITE_WORKLOADS


def programs_of(args, csv):
    programs = [Cynosure(args, csv)]
    if lib.has_duckdb(args.work):
        programs += [DuckDB(args, csv, n) for n in dict.fromkeys([1, os.cpu_count() or 1])]
    if shutil.which("sqlite3") and args.rows <= SQLITE_ROWS:
        programs.append(SQLite(args, csv))
    return programs


# ---- The bench ----

def make_csv(args):
    """The same events on every machine; written once for each number of rows."""
    csv = args.work / f"metrics-{args.rows}.csv"
    if not csv.exists():
        print(f"Making {args.rows:,} rows …", flush=True)
        part = csv.with_suffix(".part")
        with open(part, "wb") as out:
            subprocess.run([args.work / "bench-events", str(args.rows)], stdout=out, check=True)
        part.rename(csv)
    return csv


def bench(programs, workload, start, runs):
    able = [p for p in programs if p.can(workload, start)]
    answers = {p.name: p.values(p.run(workload, start).output) for p in able}  # and warms up
    for name, cells in answers.items():
        lib.compare(answers["Cynosure"], cells, name)
    results = {p.name: [] for p in able}
    for _ in range(runs):
        for p in able:
            results[p.name].append(p.run(workload, start))
    return len(answers["Cynosure"]), results


def report(workload, start, cells, results, args, size):
    base = lib.median(results["Cynosure"], "seconds")
    for name, runs in results.items():
        took = lib.median(runs, "seconds")
        print(f"| {workload} | {start} | {name} | {took:.3f} | {took / base:.2f} "
              f"| {args.rows / took / 1e6:,.1f} | {size / took / 1e6:,.0f} "
              f"| {lib.median(runs, 'private'):,.0f} | {lib.median(runs, 'peak'):,.0f} "
              f"| {cells:,} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=[*WORKLOADS, "all"])
    args = parser.parse_args()
    csv = make_csv(args)
    size = csv.stat().st_size
    machine = json.loads(subprocess.run([args.work / "bench-machine", csv], check=True,
                                        capture_output=True).stdout)
    print(f"{args.rows:,} rows, {size / 1e6:,.0f} MB, median of {args.runs} runs, "
          f"{os.cpu_count()} processors, {date.today()}")
    print("GB/s: memory {read} with one thread, {read_all} with all; fresh memory {touch}; "
          "file in the page cache {page_cache}".format(**machine))
    print("\n| work | from | program | seconds | ratio | Mrows/s | MB/s | private MB | peak MB "
          "| answers |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|")
    programs = programs_of(args, csv)
    for program in programs:
        program.prepare()
    for start in ("CSV", "own files"):
        for workload in [args.only] if args.only else [*WORKLOADS, "all"]:
            cells, results = bench(programs, workload, start, args.runs)
            report(workload, start, cells, results, args, size)


main()
