#!/usr/bin/env python3
"""Kills `cynosure alerts run` at random moments while alerts fire, recover and are told:
alerts_kill.py BINARY [--rounds N] [--seed N].

Two projects with the same rows and rules live through the same hours. One is left in peace; in the
other each hour's run is killed, and run again. In the end both have the same events and have told
the same messages, in the same order and under the same keys; only that a message may stand there
twice, as the same line.
"""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

CONFIG = """name: killed
timezone: UTC
grain: hour
sources:
  events: {type: csv, path: data.csv, time: at, dimensions: [channel]}
channels:
  all: {type: file, path: all.ndjson, group_interval: 0s}
  each: {type: file, path: each.ndjson, group_by: [rule, channel], group_interval: 2h, repeat: 5h}
"""
METRICS = """local events = source "events"
metric "amount" { value = events:sum "amount" }
"""
RULES = """alert "high" {
  metric = "amount", by = { "channel" }, grain = "hour", every = "1h",
  severity = { warning = "value > 10", critical = "value > 20" }, notify = { "all", "each" },
}
alert "lasting" {
  metric = "amount", by = { "channel" }, grain = "hour", every = "1h",
  when = "value > 5", hold = "2h", keep = "1h", severity = "info", notify = { "each" },
}
"""
EVENTS = "SELECT key, what, identity, slot, severity, value FROM alert_event ORDER BY id"
OPEN = "SELECT * FROM outbox WHERE state = 'waiting' AND channel = 'all'"


def make_project(folder, rnd, hours):
    for name, text in [("cynosure.yaml", CONFIG), ("metrics/m.lua", METRICS),
                       ("alerts/a.lua", RULES)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="ascii")
    rows = ["at,channel,amount\n"]
    for hour in range(hours):
        day, clock = divmod(hour, 24)
        month, date = divmod(day, 28)
        for channel in "abc":
            amount = rnd.choice([1, 1, 7, 15, 30])
            rows.append(f"2026-{month + 1:02}-{date + 1:02}T{clock:02}:10:00Z,{channel},{amount}\n")
    (folder / "data.csv").write_text("".join(rows), encoding="ascii")


class Hours:
    def __init__(self, binary, work, seed, count):
        self.binary, self.rnd, self.count = binary.resolve(), random.Random(seed), count
        self.peace, self.war = work / "peace", work / "war"
        self.peace.mkdir()
        make_project(self.peace, self.rnd, count + 48)
        shutil.copytree(self.peace, self.war)
        self.took, self.killed, self.ended = 0.2, 0, 0

    def start(self, folder, hour):
        day, clock = divmod(hour, 24)
        month, date = divmod(day, 28)
        now = f"2026-{month + 1:02}-{date + 1:02}T{clock:02}:30:00Z"
        return subprocess.Popen([self.binary, "alerts", "run"], cwd=folder,
                                env={**os.environ, "CYNOSURE_NOW": now},
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, folder, hour):
        with self.start(folder, hour) as process:
            _, says = process.communicate(timeout=60)
            assert process.returncode == 0, says.decode()

    def run_and_kill(self, hour):
        with self.start(self.war, hour) as process:
            try:
                process.wait(1.2 * self.took * self.rnd.random())
                self.ended += 1
            except subprocess.TimeoutExpired:
                process.kill()
                self.killed += 1

    def live(self):
        for hour in range(24, 24 + self.count):
            began = time.monotonic()
            self.run(self.peace, hour)
            self.took = time.monotonic() - began
            self.run_and_kill(hour)
            self.run(self.war, hour)
        assert self.killed > self.count / 3, f"killed {self.killed} times only"


def rows_of(folder, query):
    with closing(sqlite3.connect(folder / ".cynosure" / "state.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return db.execute(query).fetchall()


def told(folder, channel):
    return (folder / f"{channel}.ndjson").read_text(encoding="utf-8").splitlines()


def check_channel(hours, channel):
    """How often something was told twice."""
    wanted, got = told(hours.peace, channel), told(hours.war, channel)
    assert len(set(wanted)) == len(wanted), f"{channel}: told twice in peace"
    once = list(dict.fromkeys(got))
    assert once == wanted, f"{channel}: {len(wanted)} messages in peace, {len(once)} others in war"
    return len(wanted), len(got) - len(once)


def main():
    args = events.rounds_asked_for(200)

    def kills():
        with tempfile.TemporaryDirectory(prefix="cynosure-alerts-") as work:
            hours = Hours(args.binary, Path(work), args.seed, args.rounds)
            hours.live()
            wanted = rows_of(hours.peace, EVENTS)
            assert len(wanted) > args.rounds, f"{len(wanted)} events only"
            assert rows_of(hours.war, EVENTS) == wanted, "other events"
            assert rows_of(hours.war, OPEN) == []
            counts = [check_channel(hours, channel) for channel in ("all", "each")]
        messages, twice = map(sum, zip(*counts))
        return (f"killed {hours.killed} times, ended before {hours.ended} times; "
                f"{len(wanted)} events, {messages} messages, {twice} of them told twice")

    events.tap([(f"{args.rounds} kills lose nothing and change no key", kills)])


main()
