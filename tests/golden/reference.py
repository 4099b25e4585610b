#!/usr/bin/env python3
"""Random projects on which Cynosure must agree with a slow, obvious evaluator (oracle.py).

    reference.py BINARY [--seeds N] [--first SEED] [--keep FOLDER]

A seed makes a project: random rows (missing values, ties, equal times, clock changes) in random order
over several files, and random metrics, each as Lua for Cynosure and as a Python function.
`cynosure eval --format json` then says which periods and segments there are, and every value must be
the function's. With --interpret, which computes all expressions in Lua, it says the same to the byte.

Left out is what only other tests look at: rows without a value in `per`, first and last over rows
without time, movements over other stretches than periods.
"""
import argparse
import csv
import datetime
import itertools
import json
import math
import random
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import oracle
from oracle import CHANNELS, CONDITIONS, DAY, NUMBERS, UTC

# A zone, and a day shortly before its clocks change.
PLACES = [
    ("UTC", datetime.date(2026, 2, 20)),
    ("Asia/Tokyo", datetime.date(2026, 5, 1)),
    ("Europe/Berlin", datetime.date(2026, 3, 25)),
    ("America/New_York", datetime.date(2026, 10, 20)),
    ("Australia/Lord_Howe", datetime.date(2026, 3, 28)),  # half an hour
    ("America/Sao_Paulo", datetime.date(2018, 10, 28)),   # skips midnight
]
USERS = ["u1", "u2", "u3", "ü 4", 'a,"b"', "u6", "u7"]
KINDS = ["a", "b", "c"]


# ---- Projects ----

def maybe(rnd, value, missing=0.12):
    return None if rnd.random() < missing else value


class Project:
    def __init__(self, seed):
        rnd = self.rnd = random.Random(seed)
        self.zone, self.day = rnd.choice(PLACES)
        self.monday = rnd.random() < 0.7
        self.calendar = oracle.Calendar(self.zone, 0 if self.monday else 6)
        self.grain = rnd.choice(["day", "week", "month", "all"])
        self.by = rnd.random() < 0.4
        self.days = rnd.choice([4, 20, 70])
        self.table = [self.make_row() for _ in range(rnd.choice([1, 12, 60, 200]))]
        self.subs_table = [self.make_sub() for _ in range(rnd.choice([1, 8, 40]))]
        self.cut()

    def cut(self):
        """Splits the rows into files; the table is the files' rows in the order of their names."""
        self.files = [[] for _ in range(self.rnd.choice([1, 1, 2, 4]))]
        for row in self.table:
            self.rnd.choice(self.files).append(row)
        self.files = [f for f in self.files if f]
        together = [self.typed(row) for f in self.files for row in f]
        timed = sorted((r for r in together if r["time"]), key=oracle.column("time"))
        self.rows = [r for r in together if not r["time"]] + timed
        self.subs = [self.typed_sub(row) for row in self.subs_table]
        self.covered = (timed[0]["time"], timed[-1]["time"]) if timed else None

    def make_row(self):
        rnd = self.rnd
        seconds = rnd.choice([rnd.randrange(86400), 3600 * rnd.randrange(24), 9000])
        local = datetime.datetime.combine(self.day, datetime.time()) + datetime.timedelta(
            days=rnd.randrange(self.days), seconds=seconds)
        return {
            "time": maybe(rnd, local, 0.03),
            "zulu": rnd.random() < 0.3,  # written as an instant instead of a local time
            "user": maybe(rnd, rnd.choice(USERS), 0.05),
            "kind": maybe(rnd, rnd.choice(KINDS)),
            "channel": rnd.choice(CHANNELS),
            "n": maybe(rnd, rnd.randint(-2, 9)),
            "amount": maybe(rnd, Fraction(rnd.choice([0, 5, 999, 1000, rnd.randrange(5000)]), 100)),
            "score": maybe(rnd, rnd.choice([0.5, 1.25, round(rnd.uniform(0, 10), 3)])),
        }

    def make_sub(self):
        rnd = self.rnd
        since = self.day + DAY * rnd.randrange(self.days)
        till = maybe(rnd, since + DAY * rnd.randint(1, 40), 0.3)
        return {"since": since, "till": till, "user": rnd.choice(USERS),
                "channel": rnd.choice(CHANNELS),
                "amount": maybe(rnd, Fraction(rnd.randrange(5000), 100), 0.05)}

    def typed(self, row):
        return {**row, "time": row["time"] and self.calendar.instant(row["time"]),
                "score": None if row["score"] is None else Fraction(row["score"])}

    def typed_sub(self, row):
        return {**row, "time": self.calendar.midnight(row["since"]),
                "to": row["till"] and self.calendar.midnight(row["till"])}

    # ---- on disk ----

    def cell(self, row, name):
        value = row[name]
        if value is None:
            return ""
        if name == "time":
            if row["zulu"]:
                return self.calendar.instant(value).strftime("%Y-%m-%dT%H:%M:%SZ")
            return value.isoformat(sep=" ")
        return f"{float(value):.2f}" if name == "amount" else str(value)

    def write(self, folder, metrics):
        (folder / "metrics").mkdir()
        for number, rows in enumerate(self.files):
            names = ["time", "user", "kind", "channel", "n", "amount", "score"]
            self.rnd.shuffle(names)
            self.write_csv(folder / f"events-{number}.csv", names, rows)
        self.write_csv(folder / "subs.csv", ["since", "till", "user", "channel", "amount"],
                       self.subs_table)
        money = "{ type: decimal, scale: 2 }"
        (folder / "cynosure.yaml").write_text(
            f"name: reference\ntimezone: {self.zone}\nas_of: 2030-01-01\n"
            f"week_start: {'monday' if self.monday else 'sunday'}\nsources:\n"
            "  events:\n    type: csv\n    path: events-*.csv\n    time: time\n"
            "    dimensions: [channel]\n    bad_rows: 0\n    columns: { time: timestamp, user: text,"
            f" kind: text, channel: text, n: integer, amount: {money}, score: real }}\n"
            "  subs:\n    type: csv\n    path: subs.csv\n    time: since\n"
            "    dimensions: [channel]\n    bad_rows: 0\n    columns: { since: date, till: date,"
            f" user: text, channel: text, amount: {money} }}\n", encoding="utf-8")
        script = 'local events, subs = source "events", source "subs"\n' + "".join(
            f'metric "m{i}" {{ value = {lua} }}\n' for i, (lua, *_) in enumerate(metrics))
        (folder / "metrics" / "random.lua").write_text(script, encoding="utf-8")

    def write_csv(self, path, names, rows):
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(names)
            writer.writerows([self.cell(row, name) for name in names] for row in rows)

    # ---- metrics ----

    def metrics(self):
        """[(Lua, function of start, end and segment)]"""
        rnd, calendar = self.rnd, self.calendar
        events = oracle.Rows("events", lambda *place: oracle.between(self.rows, *place),
                             NUMBERS, CONDITIONS)
        intervals, snapshots = oracle.Intervals(self.subs), oracle.Snapshots(self.subs)
        makers = {
            "aggregate": lambda: oracle.aggregate(rnd, events, self.grain != "all"),
            "per": lambda: oracle.per(rnd, events),
            "journey": lambda: oracle.journey(rnd, events),
            "retention": lambda: oracle.retention(rnd, events, calendar),
            "balance": lambda: oracle.balance(rnd, rnd.choice([intervals, snapshots])),
            "movement": lambda: oracle.movement(rnd, intervals, calendar, self.grain),
            "snapshots": lambda: oracle.movement(rnd, snapshots, calendar, self.grain),
        }
        # All time has no end at which something would be in force.
        kinds = list(makers)[:4 if self.grain == "all" else None]

        def leaf():
            kind = rnd.choice(["aggregate", *kinds])
            metric = makers[kind]()
            state = kind in ("balance", "movement", "snapshots")  # goes on after the last row
            metric = metric if state else oracle.within(metric, self.covered)
            # What was seen before a stretch that is no period is another test's.
            if self.grain != "all" and kind in kinds[:5] and rnd.random() < 0.25:
                metric = oracle.stretch(rnd, metric, calendar)
            return metric

        made = []
        for _ in range(10):
            metric = leaf()
            if rnd.random() < 0.2:
                metric = oracle.ratio(metric, leaf())
            if rnd.random() < 0.2:
                metric = oracle.called(rnd, metric, leaf)
            if self.grain != "all" and rnd.random() < 0.25:
                metric = oracle.earlier(rnd, metric, calendar, self.grain)
            made.append(metric)
        return made

    def lost(self, metrics, seen):
        """(name, channel) of what has a value over all time, but is not among the points seen."""
        if not self.by or self.grain != "all":
            return
        for i, (_, value) in enumerate(metrics):
            of_no_rows = value(None, None, {"channel": "nowhere"})  # exp of a count is 1
            for channel in CHANNELS:
                known = value(None, None, {"channel": channel})
                if (f"m{i}", channel) not in seen and known and known != of_no_rows:
                    yield f"m{i}", channel

    def command(self, binary, folder, names):
        args = [binary, "-C", folder, "eval", *names, "--grain", self.grain, "--format", "json"]
        if self.grain != "all":
            last = self.day + DAY * self.days
            args += ["--from", str(self.day - 9 * DAY), "--to", str(last + 9 * DAY)]
        return args + (["--by", "channel"] if self.by else [])


# ---- Comparison ----

def same(want, got):
    if want is None or got is None:
        return want is None and got is None
    return math.isclose(float(want), float(got), rel_tol=1e-9, abs_tol=1e-12)


def expected(project, metric, point):
    """The value by brute force."""
    segment = point["segment"] or {}
    if project.grain == "all":
        return metric[1](None, None, segment)
    start, end = (datetime.datetime.fromisoformat(point[name]).astimezone(UTC)
                  for name in ("start", "end"))
    return metric[1](start, end, segment)


def run(project, binary, folder, names, *options):
    command = [*map(str, project.command(binary, folder, names)), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def interpreted(found, project, binary, folder, names):
    """How the interpreter's points differ, if they do."""
    again = run(project, binary, folder, names, "--interpret").stdout
    if again == found:
        return []
    pairs = itertools.zip_longest(found.splitlines(), again.splitlines())
    return ["found {}\n  by the interpreter {}".format(*next(p for p in pairs if p[0] != p[1]))]


def check(binary, seed, folder):
    """(values compared, problems)"""
    project = Project(seed)
    metrics = project.metrics()
    project.write(folder, metrics)
    names = [f"m{i}" for i in range(len(metrics))]
    done = run(project, binary, folder, names)
    if done.returncode not in (0, 1) or done.stderr and not done.stdout:
        return 0, [f"exit {done.returncode}: {done.stderr.strip()}"]
    compared, seen = 0, set()
    problems = interpreted(done.stdout, project, binary, folder, names)
    for point in map(json.loads, done.stdout.splitlines()):
        metric = metrics[int(point["metric"][1:])]
        seen.add((point["metric"], *(point["segment"] or {}).values()))
        if "error" in point:
            problems.append(f"{metric[0]}\n  error: {point['error']}")
            continue
        want = expected(project, metric, point)
        compared += 1
        if not same(want, point["value"]):
            place = f"{point['period']} {json.dumps(point['segment'])}"
            shown = None if want is None else float(want)
            problems.append(f"{metric[0]}\n  {place}: expected {shown}, found {point['value']}")
    if not seen:
        problems.append("there are no points")
    problems += [f"{metrics[int(name[1:])][0]}\n  channel {channel} is not there"
                 for name, channel in project.lost(metrics, seen)]
    return compared, problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the projects of failed seeds here")
    args = parser.parse_args()
    print(f"1..{args.seeds}")
    total = 0
    for number, seed in enumerate(range(args.first, args.first + args.seeds), 1):
        with tempfile.TemporaryDirectory(prefix="cynosure-reference-") as work:
            folder = Path(work) / "project"
            folder.mkdir()
            compared, problems = check(args.binary.resolve(), seed, folder)
            total += compared
            print(f"{'not ok' if problems else 'ok'} {number} - seed {seed}: {compared} values")
            for problem in problems[:5]:
                print("# " + problem.replace("\n", "\n# "))
            if problems and args.keep:
                folder.rename(args.keep / f"seed-{seed}")
    print(f"# {total} values compared")


main()
