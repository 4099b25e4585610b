#!/usr/bin/env python3
"""Kills `cynosure backfill` at random moments, and stops it with Ctrl-C: backfill.py BINARY
[--rounds N] [--seed N].

However often it was killed, the same command goes on: in the end each period of each metric was
evaluated once, and what is recorded is what a backfill that nobody disturbed records.
"""
import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

FIRST, DAYS = date(2023, 1, 1), 1200
PROJECT = """name: Past
timezone: Asia/Tokyo
grain: day
sources:
  events:
    type: csv
    path: events.csv
    time: time
    dimensions: [channel]
    columns: { time: timestamp, channel: text, amount: integer }
"""
NAMES = [f"sum{n}" for n in range(6)] + [f"free{n}" for n in range(6)]


def make_project(folder, rnd):
    (folder / "metrics").mkdir()
    (folder / "cynosure.yaml").write_text(PROJECT)
    lines = ["local events = source 'events'"]
    lines += [f"metric 'sum{n}' {{ value = events:sum 'amount' + {n} }}" for n in range(6)]
    lines += [f"metric 'free{n}' {{ value = function(at) local v = at:get 'sum{n}'\n"
              "  return v and v * 2 end }" for n in range(6)]
    (folder / "metrics" / "all.lua").write_text("\n".join(lines) + "\n")
    rows = ["time,channel,amount"]
    for day in range(DAYS + 1):
        for hour in (1, 13):
            moment = f"{FIRST + timedelta(day)}T{hour:02}:00:00+09:00"
            rows.append(f"{moment},{rnd.choice(['ads', 'web'])},{rnd.randint(1, 99)}")
    (folder / "events.csv").write_text("\n".join(rows) + "\n")


class Past:
    def __init__(self, binary, folder, by):
        self.folder = folder
        self.command = [binary, "-C", str(folder), "backfill", *NAMES, "--json",
                        "--from", str(FIRST), "--to", str(FIRST + timedelta(DAYS - 1))]
        self.command += ["--by", "channel"] if by else []
        self.env = {**os.environ, "CYNOSURE_NOW": "2026-11-22T00:00:00Z"}

    def start(self):
        return subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.env, text=True)

    def finish(self):
        done = subprocess.run(self.command, capture_output=True, env=self.env, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def state(self):
        """What is recorded, and how many evaluations of a metric in a period that took."""
        with closing(sqlite3.connect(self.folder / ".cynosure" / "state.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            values = db.execute("SELECT metric, segment, period, value, rows FROM value"
                                " ORDER BY metric, segment, period, run").fetchall()
            batches = db.execute("SELECT first, last, metrics FROM evaluation").fetchall()
        days = [((date.fromisoformat(b) - date.fromisoformat(a)).days + 1) * m for a, b, m in batches]
        return values, sum(days)

    def forget(self):
        for file in (self.folder / ".cynosure").glob("state.db*"):
            file.unlink()


def interrupt(past, rnd, longest):
    """Ctrl-C: it says so, and what was recorded stays. True when it came in time."""
    process = past.start()
    time.sleep(longest * (0.3 + 0.6 * rnd.random()))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode in (0, 130, -signal.SIGINT), (process.returncode, errors)
    return process.returncode == 130


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rnd = random.Random(options.seed)
    kills = stops = finished = 0
    with tempfile.TemporaryDirectory(prefix="cyn-backfill-") as name:
        folder = Path(name)
        make_project(folder, rnd)
        past = {by: Past(options.binary, folder, by) for by in (False, True)}
        wanted, took = {}, {}
        for by, p in past.items():
            began = time.monotonic()
            p.finish()
            took[by] = time.monotonic() - began
            wanted[by], count = p.state()
            assert count == DAYS * len(NAMES), count
            assert len(wanted[by]) >= count
            p.forget()
        while kills < options.rounds:
            by = rnd.random() < 0.3
            p = past[by]
            if rnd.random() < 0.5:
                stops += interrupt(p, rnd, took[by])
            for _ in range(20):
                with p.start() as process:
                    try:
                        process.wait(took[by] * rnd.random())
                        break
                    except subprocess.TimeoutExpired:
                        process.kill()
                        kills += 1
            p.finish()
            again = p.finish()
            assert [line["done"] for line in again] == [0], again  # nothing is left
            values, count = p.state()
            assert values == wanted[by], "what is recorded differs"
            assert count == DAYS * len(NAMES), f"{count} evaluations, expected {DAYS * len(NAMES)}"
            finished += 1
            p.forget()
    assert kills >= options.rounds and stops > 0
    print(f"# {finished} backfills of {DAYS * len(NAMES)} periods, {kills} kills, {stops} times Ctrl-C")
    print("ok 1 - a backfill goes on where it was stopped, and evaluates each period once\n1..1")


if __name__ == "__main__":
    main()
