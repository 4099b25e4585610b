#!/usr/bin/python3
"""Workloads over an app's event log: Cynosure beside DuckDB and SQLite. See scripts/bench.

Every run is a fresh process, from opening the files to printing the values; the programs take turns,
so that a busy moment of the machine hits all of them. Each answer of each program is compared with
Cynosure's before anything is timed. "CSV" starts from the text, "own files" from what the program has
made of it: Cynosure's segments, DuckDB's and SQLite's databases. Cynosure forgets all that it keeps
before each run from the CSV, and what it computed before each run from own files; "a repeat" is the
same command again. The output is Markdown, for docs/performance.md.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import bench_lib as lib
import bench_programs as programs
import bench_workloads as what

FEW_ROWS = 1_000_000  # beyond which DuckDB with one thread and SQLite are not worth the wait
CORES = os.cpu_count() or 1


@dataclass
class Case:
    work: str
    start: str
    programs: list
    size: int             # bytes that are read, or were
    expected: dict = None  # what must come out, where no other program says so


def make_data(args, name, mode=()):
    """The same bytes on every machine; written once for each number of rows."""
    path = args.work / name
    if not path.exists():
        print(f"Making {name} …", file=sys.stderr, flush=True)
        part = path.with_suffix(".part")
        with open(part, "wb") as out:
            subprocess.run([args.work / "bench-events", str(args.rows), *mode], stdout=out,
                           check=True)
        part.rename(path)
    return path


def duckdbs(args, kind, data):
    if not lib.has_duckdb(args.work):
        return []
    threads = dict.fromkeys([1, CORES] if args.rows <= FEW_ROWS else [CORES])
    return [kind(args, data, n) for n in threads]


def event_cases(args, csv):
    able = [programs.Cynosure(args, "metrics", csv), *duckdbs(args, programs.DuckDB, csv)]
    if shutil.which("sqlite3") and args.rows <= FEW_ROWS:
        able.append(programs.SQLite(args, csv))
    for program in able:
        program.prepare()
    for name in [args.only] if args.only else [*programs.QUERIES, "all"]:
        yield Case(name, "own files", [p for p in able if p.can(name, "own files")],
                   csv.stat().st_size)
    if args.only in (None, "all"):
        yield Case("all", "a repeat", able[:1], csv.stat().st_size)
    for name in [args.only] if args.only else ["all"]:  # any other is mostly the time of parsing
        yield Case(name, "CSV", [p for p in able if p.can(name, "CSV")], csv.stat().st_size)


def append_cases(args, csv):
    whole = programs.Cynosure(args, "metrics", csv)
    expected = whole.values(whole.run("all", "own files").output)
    ours = programs.CynosureAppend(args, csv)
    for start in ("a new file", "a longer file"):
        yield Case("append", start, [ours], len(ours.day), expected)
    shutil.rmtree(ours.project)


def ndjson_cases(args, _csv):
    data = make_data(args, f"metrics-{args.rows}.ndjson", ["ndjson"])
    able = [programs.CynosureNdjson(args, "ndjson", data, "ndjson"),
            *duckdbs(args, programs.DuckDBNdjson, data)]
    yield Case("ndjson", "NDJSON", able, data.stat().st_size)


def ids_cases(args, _csv):
    data = make_data(args, f"ids-{args.rows}.csv", ["ids"])
    able = [programs.CynosureIds(args, data), *duckdbs(args, programs.DuckDBIds, data)]
    for program in able:
        program.prepare()
    yield Case("ids", "own files", able, data.stat().st_size)


def bench(case, runs):
    answers = {p.name: p.values(p.run(case.work, case.start).output)  # and warms up
               for p in case.programs}
    ours = answers["Cynosure"]
    for name, cells in [*answers.items(), ("a run over all", case.expected or ours)]:
        lib.compare(ours, cells, name)
    results = {p.name: [] for p in case.programs}
    for _ in range(runs):
        for p in case.programs:
            results[p.name].append(p.run(case.work, case.start))
    return len(ours), results


def report(case, cells, results, rows):
    base = lib.median(results["Cynosure"], "seconds")
    for name, runs in results.items():
        took = lib.median(runs, "seconds")
        asked = what.ASKED.get((case.work, case.start), {}).get(rows / 1e6, "–")
        print(f"| {case.work} | {case.start} | {name} | {took:.3f} "
              f"| {asked if name == 'Cynosure' else ''} | {took / base:.2f} "
              f"| {rows / took / 1e6:,.1f} | {case.size / took / 1e6:,.0f} "
              f"| {lib.median(runs, 'private'):,.0f} | {lib.median(runs, 'peak'):,.0f} "
              f"| {cells:,} |", flush=True)


def print_head(args, csv):
    machine = json.loads(subprocess.run([args.work / "bench-machine", csv], check=True,
                                        capture_output=True).stdout)
    print(f"{args.rows:,} rows, {csv.stat().st_size / 1e6:,.0f} MB of CSV, median of {args.runs} "
          f"runs, {CORES} processors, {date.today()}")
    print("\nGB/s: memory {read} with one thread, {read_all} with all; fresh memory {touch}; "
          "file in the page cache {page_cache}".format(**machine))
    print("\n| work | from | program | seconds | asked | ratio | Mrows/s | MB/s | private MB "
          "| peak MB | answers |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)


def main():
    makers = {**dict.fromkeys([*programs.QUERIES, "all"], event_cases), "append": append_cases,
              "ndjson": ndjson_cases, "ids": ids_cases}
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=makers)
    args = parser.parse_args()
    csv = make_data(args, f"metrics-{args.rows}.csv")
    print_head(args, csv)
    chosen = [makers[args.only]] if args.only else [event_cases, append_cases, ndjson_cases, ids_cases]
    for make in chosen:
        for case in make(args, csv):
            report(case, *bench(case, args.runs), args.rows)


main()
