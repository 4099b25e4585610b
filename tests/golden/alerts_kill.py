#!/usr/bin/env python3
"""Kills `cynosure alerts run` at random moments while alerts fire, recover and are told:
alerts_kill.py BINARY [--rounds N] [--seed N], until it was killed N times.

Two projects with the same rows and rules live through the same hours. Now and then the clock is set
back for a run, hours are skipped, an alert is silenced or acknowledged, in both alike. One is left
in peace; in the other each run is killed, and run again. In the end both have the same events and
have told the same messages, in the same order and under the same keys; only that a message may stand
there twice, as the same line.
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
FIRING = "SELECT DISTINCT identity FROM alert WHERE state = 'firing' ORDER BY identity"
# What has to be the same in both: what became of each event, and what people said.
FATES = """SELECT alert_event.key, outbox.channel, outbox.state FROM outbox
           JOIN alert_event ON alert_event.id = outbox.event ORDER BY outbox.id"""
MESSAGES = "SELECT key, state, made FROM message ORDER BY id"
SAID = ["SELECT * FROM silence ORDER BY id", "SELECT * FROM ack ORDER BY 1, 2"]
OPEN = "SELECT * FROM outbox WHERE state = 'waiting' AND channel = 'all'"
BEGIN = datetime(2026, 1, 1)
PATIENCE = 4  # rounds for each kill that is asked for, at most
# What comes to pass in ten rounds, in any order.
TEN = ["set back", "skipped", "silenced", "acknowledged", "acknowledged"] + [None] * 5


def make_project(folder, rnd, hours):
    for name, text in [("cynosure.yaml", CONFIG), ("metrics/m.lua", METRICS),
                       ("alerts/a.lua", RULES)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="ascii")
    rows = ["at,channel,amount\n"]
    for hour in range(hours):
        at = BEGIN + timedelta(hours=hour, minutes=10)
        for channel in "abc":
            amount = rnd.choice([1, 1, 7, 15, 30])
            rows.append(f"{at.isoformat()}Z,{channel},{amount}\n")
    (folder / "data.csv").write_text("".join(rows), encoding="ascii")


class Hours:
    def __init__(self, binary, work, seed, count):
        self.binary, self.rnd, self.count = binary.resolve(), random.Random(seed), count
        self.peace, self.war = work / "peace", work / "war"
        self.peace.mkdir()
        make_project(self.peace, self.rnd, 48 + 2 * PATIENCE * count)
        shutil.copytree(self.peace, self.war)
        self.took, self.did, self.cards = 0.2, Counter(), []

    def start(self, folder, hour, *words):
        now = (BEGIN + timedelta(hours=hour, minutes=30)).isoformat() + "Z"
        return subprocess.Popen([self.binary, "alerts", *words], cwd=folder,
                                env={**os.environ, "CYNOSURE_NOW": now},
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, folder, hour, *words):
        with self.start(folder, hour, *words) as process:
            _, says = process.communicate(timeout=60)
            assert process.returncode == 0, f"{words}: {says.decode()}"

    def run_and_kill(self, hour):
        with self.start(self.war, hour, "run") as process:
            try:
                process.wait(1.2 * self.took * self.rnd.random())
                self.did["ended before"] += 1
            except subprocess.TimeoutExpired:
                process.kill()
                self.did["killed"] += 1

    def both(self, what, hour, *words):
        self.did[what] += 1
        for folder in (self.peace, self.war):
            self.run(folder, hour, *words, "--who", "kim")

    def speak(self, what, hour):
        """Somebody silences a channel for a while, or acknowledges what fires."""
        firing = rows_of(self.peace, FIRING)
        if what == "silenced":
            self.both(what, hour, "silence", f"channel={self.rnd.choice('abc')}", "--why", "x",
                      "--for", f"{self.rnd.randint(1, 6)}h")
        elif what == "acknowledged" and firing:
            self.both(what, hour, "ack", self.rnd.choice(firing)[0])

    def round(self, hour):
        began = time.monotonic()
        self.run(self.peace, hour, "run")
        self.took = time.monotonic() - began
        self.run_and_kill(hour)
        self.run(self.war, hour, "run")

    def live(self):
        hour = 24
        self.round(hour)
        for _ in range(PATIENCE * self.count):
            if self.did["killed"] >= self.count:
                return
            self.cards = self.cards or self.rnd.sample(TEN, len(TEN))
            what = self.cards.pop()
            if what in ("set back", "skipped"):
                self.did[what] += 1
            if what == "set back":
                self.round(hour - 1)
                continue
            hour += self.rnd.randint(2, 5) if what == "skipped" else 1
            self.round(hour)
            self.speak(what, hour)
        raise AssertionError(f"{dict(self.did)} in {PATIENCE * self.count} rounds")


def rows_of(folder, query):
    with closing(sqlite3.connect(folder / ".cynosure" / "state.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return db.execute(query).fetchall()


def is_whole(line):
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def told(folder, channel):
    """The messages; a line that a kill has cut is the beginning of one that is whole."""
    lines = (folder / f"{channel}.ndjson").read_text(encoding="utf-8", errors="replace").splitlines()
    whole = [line for line in lines if is_whole(line)]
    for cut in (line.rstrip("\ufffd") for line in lines if not is_whole(line)):
        assert any(line.startswith(cut) for line in whole), f"{channel}: {cut!r} is no message"
    return whole


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
            for query in (FATES, MESSAGES, *SAID):
                assert rows_of(hours.war, query) == rows_of(hours.peace, query), query
            assert rows_of(hours.war, OPEN) == []
            counts = [check_channel(hours, channel) for channel in ("all", "each")]
        assert set(TEN) - {None} <= set(hours.did), hours.did
        messages, twice = map(sum, zip(*counts))
        did = ", ".join(f"{what} {count} times" for what, count in sorted(hours.did.items()))
        return f"{did}; {len(wanted)} events, {messages} messages, {twice} of them told twice"

    events.tap([(f"{args.rounds} kills lose nothing and change no key", kills)])


main()
