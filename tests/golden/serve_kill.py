#!/usr/bin/env python3
"""Kills `cynosure serve` at random moments: serve_kill.py BINARY [--rounds N] [--seed N], until it
was killed N times.

Two projects live through the same hours. Rows come, late ones among them, a definition changes now
and then, a rule fires and recovers. In one, `serve --once` does at each hour what is due, in peace;
in the other the whole daemon, all lanes at work, is killed at some moment, maybe several times, and
then let do what is left. In the end both have recorded the same values, in the same order of
restatements, each period once; the same ledger, events and messages.
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

CONFIG = """name: killed
timezone: Europe/Berlin
grain: hour
schedule: {by: [channel], restate: 3d}
sources:
  events: {type: csv, path: data.csv, time: at, dimensions: [channel]}
channels:
  all: {type: file, path: all.ndjson, group_interval: 0s}
"""
METRICS = """local events = source "events"
metric "amount" { value = events:sum "amount" }
metric "rows" { value = events:count() + %d }
metric "share" { value = events:where "amount > 5":count() / events:count() }
metric "scripted" { value = function(at) return 2 * (at:get "amount" or 0) end }
"""
SHEETS = """metrics:
  share: {title: Share, grain: day}
"""
RULES = """alert "high" {
  metric = "amount", by = { "channel" }, grain = "hour", every = "1h",
  severity = { warning = "value > 10", critical = "value > 20" }, notify = { "all" },
}
"""
BEGIN = datetime(2026, 3, 27, 20)  # the clock goes forward in the second night
PATIENCE = 6  # rounds for each kill that is asked for, at most
# In the order in which it was said; which run said it is of no matter.
VALUES = """SELECT metric, grain, segment, period_start, period_end, period, definition, value,
            numerator, denominator, rows, partial, immature
            FROM value ORDER BY metric, grain, segment, period_start, run"""
TWICE = """SELECT count(*) FROM (SELECT metric, grain, segment, period_start, value, definition, rows,
           lag(value) OVER w AS v, lag(definition) OVER w AS d, lag(rows) OVER w AS r,
           row_number() OVER w AS n FROM value
           WINDOW w AS (PARTITION BY metric, grain, segment, period_start ORDER BY run))
           WHERE n > 1 AND v IS value AND d IS definition AND r IS rows"""
LEDGER = "SELECT metric, grain, dims, since, until, definition, failures FROM ledger ORDER BY 1, 2, 3"
EVENTS = "SELECT key, what, identity, slot, severity, value FROM alert_event ORDER BY id"
FATES = """SELECT alert_event.key, outbox.channel, outbox.state FROM outbox
           JOIN alert_event ON alert_event.id = outbox.event ORDER BY outbox.id"""


def rows_of(folder, query):
    with closing(sqlite3.connect(folder / ".cynosure" / "state.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return db.execute(query).fetchall()


class Hours:
    def __init__(self, binary, work, seed, count):
        self.binary, self.rnd, self.count = binary.resolve(), random.Random(seed), count
        self.peace, self.war = work / "peace", work / "war"
        self.hour, self.definition, self.did, self.took = 0, 0, Counter(), 0.3
        (self.peace / "metrics").mkdir(parents=True)
        (self.peace / "alerts").mkdir()
        for name, text in [("cynosure.yaml", CONFIG), ("kpis.yaml", SHEETS),
                           ("metrics/m.lua", METRICS % 0), ("alerts/a.lua", RULES),
                           ("data.csv", "at,channel,amount\n")]:
            (self.peace / name).write_text(text, encoding="ascii")
        shutil.copytree(self.peace, self.war)
        for _ in range(30):
            self.add_row(self.hour)
            self.hour += 1

    def add_row(self, hour):
        at = BEGIN + timedelta(hours=hour, minutes=self.rnd.randrange(60))
        line = f"{at.isoformat()}Z,{self.rnd.choice('abc')},{self.rnd.choice([1, 1, 7, 15, 30])}\n"
        for folder in (self.peace, self.war):
            with open(folder / "data.csv", "a", encoding="ascii") as f:
                f.write(line)

    def change(self):
        """What comes to pass before the next hour ends."""
        for _ in range(self.rnd.randint(1, 4)):
            self.add_row(self.hour)
        if self.rnd.random() < 0.3:
            self.did["late"] += 1
            self.add_row(self.hour - self.rnd.randint(1, 20))
        if self.rnd.random() < 0.1:
            self.did["redefined"] += 1
            self.definition += 1
            for folder in (self.peace, self.war):
                (folder / "metrics" / "m.lua").write_text(METRICS % self.definition,
                                                          encoding="ascii")
        self.hour += 1
        if self.rnd.random() < 0.05:
            self.did["stopped for a while"] += 1
            self.hour += self.rnd.randint(2, 30)

    def start(self, folder, *words):
        now = (BEGIN + timedelta(hours=self.hour, minutes=5)).isoformat() + "Z"
        return subprocess.Popen([self.binary, "-C", folder, "serve", *words],
                                env={**os.environ, "CYNOSURE_NOW": now},
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, folder):
        with self.start(folder, "--once") as process:
            _, says = process.communicate(timeout=120)
            assert process.returncode == 0, says.decode()

    def run_and_kill(self):
        with self.start(self.war, "--no-listen") as process:
            time.sleep(1.3 * self.took * self.rnd.random())
            assert process.poll() is None, process.stderr.read().decode()
            process.kill()
            self.did["killed"] += 1

    def live(self):
        for _ in range(PATIENCE * self.count):
            if self.did["killed"] >= self.count:
                return
            self.change()
            began = time.monotonic()
            self.run(self.peace)
            self.took = time.monotonic() - began
            for _ in range(self.rnd.randint(1, 3)):
                self.run_and_kill()
            self.run(self.war)
        raise AssertionError(f"{dict(self.did)} in {PATIENCE * self.count} rounds")


def told(folder):
    """The keys of messages, each as often as its line is there; a kill may have cut one."""
    keys = Counter()
    for line in (folder / "all.ndjson").read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            keys[json.loads(line)["key"]] += 1
        except ValueError:
            continue
    return keys


def compare(hours):
    wanted = rows_of(hours.peace, VALUES)
    assert len(wanted) > 20 * 4, f"{len(wanted)} values only"
    for folder in (hours.peace, hours.war):
        assert rows_of(folder, TWICE) == [(0,)], f"{folder.name}: the same was said twice"
    for query in (VALUES, LEDGER, EVENTS, FATES):
        got, want = rows_of(hours.war, query), rows_of(hours.peace, query)
        other = [pair for pair in zip(got, want) if pair[0] != pair[1]]
        assert got == want, f"{len(got)} and {len(want)} rows; war, peace: {other[:3]}: {query}"
    in_peace, in_war = told(hours.peace), told(hours.war)
    assert set(in_peace) == set(in_war), "other messages"
    assert set(in_peace.values()) == {1}, "told twice in peace"
    return len(wanted), sum(in_peace.values()), sum(in_war.values()) - sum(in_peace.values())


def main():
    args = events.rounds_asked_for(300)

    def kills():
        with tempfile.TemporaryDirectory(prefix="cynosure-serve-") as work:
            hours = Hours(args.binary, Path(work), args.seed, args.rounds)
            hours.run(hours.peace)
            hours.run(hours.war)
            hours.live()
            values, messages, twice = compare(hours)
        did = ", ".join(f"{what} {count} times" for what, count in sorted(hours.did.items()))
        return f"{did}; {values} values, {messages} messages, {twice} of them told twice"

    events.tap([(f"{args.rounds} kills leave no hole and say nothing twice", kills)])


main()
