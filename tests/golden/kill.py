#!/usr/bin/env python3
"""Kills `cynosure eval` at random moments while it loads, caches and records: kill.py BINARY
[--rounds N] [--seed N].

Before each round the data changes: a file more, one longer, one less, or the state is gone. After
each kill the state is whole, the next run gives the right answers and is recorded once, and nothing
is left that nobody needs.
"""
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

sys.dont_write_bytecode = True  # the repository stays as it was
import events

KEPT = {".gitignore", "state.db", "segments"}  # of .cynosure, when nothing runs …
LATER = {"catalog"}  # … and from the run on that finds the folder


class Rounds:
    def __init__(self, project, seed):
        self.project, self.rnd = project, random.Random(seed)
        lines = events.make_rows(60000, days=180)
        cut = [0, 30000, 40000, 50000, 60000]  # even the first is large enough to be kept
        self.parts = [lines[a:b] for a, b in zip(cut, cut[1:])]
        self.wanted = {}  # which data: what eval prints
        self.took = 0.1   # seconds, the last run that was not killed
        self.killed = self.ended = 0
        self.data = None

    def set_data(self, data):
        """data: how many parts, and whether the last one ends a thousand rows early."""
        if data == self.data:
            return
        count, short = self.data = data
        for number, part in enumerate(self.parts):
            path = self.project.data / f"{number}.csv"
            rows = part[:-1000] if short and number == count - 1 else part
            text = events.HEADER + "".join(rows)
            if number >= count:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.stat().st_size != len(text):
                events.write_rows(path, rows)

    def expected(self):
        """Of these data, read without anything kept."""
        if self.data not in self.wanted:
            self.wanted[self.data] = self.project.eval("--no-cache", "--no-record")
        return self.wanted[self.data]

    def run_and_kill(self, longest):
        """False when it ended first."""
        with subprocess.Popen(self.project.eval_command(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(longest * self.rnd.random())
                return False
            except subprocess.TimeoutExpired:
                helpers = events.descendants_of(process.pid)
                process.kill()
        assert events.gone_within(helpers, 5), "a script worker is still there"
        return True

    def recorded(self):
        """[(run, finished, values)], after the database was found whole."""
        path = self.project.state / "state.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'series'").fetchone():
                return []
            assert db.execute("SELECT 1 FROM run WHERE (SELECT count(*) FROM value "
                              "WHERE run = id) > points").fetchall() == []
            return db.execute("SELECT id, finished IS NOT NULL, points FROM run "
                              "ORDER BY id").fetchall()

    def check_folder(self):
        """Only what is listed is there, and all of it."""
        found = {path.name for path in self.project.state.iterdir()}
        assert KEPT <= found <= KEPT | LATER, f"in .cynosure: {sorted(found)}"
        with closing(sqlite3.connect(self.project.state / "state.db")) as db:
            listed = {path for path, in db.execute("SELECT path FROM segment")}
        found = {path.name for path in (self.project.state / "segments").iterdir()}
        assert found == listed, f"in segments: {sorted(found)}, listed {sorted(listed)}"

    def round(self):
        if self.rnd.random() < 0.25 and self.project.state.exists():
            subprocess.run(["rm", "-r", self.project.state], check=True)
        self.set_data((self.rnd.randint(1, len(self.parts)), self.rnd.random() < 0.5))
        answer = self.expected()
        values = answer.count("\n")
        before = self.recorded()
        if self.run_and_kill(2 * self.took):
            self.killed += 1
        else:
            self.ended += 1
        after = self.recorded()
        self.check_runs(before, after, values, least=0)
        began = time.monotonic()
        assert self.project.eval() == answer, f"other answers over {self.data}"
        self.took = time.monotonic() - began
        runs = self.recorded()
        self.check_runs(after, runs, values, least=1)
        self.check_folder()

    @staticmethod
    def check_runs(before, after, values, least):
        """Nothing changed of what was recorded; what came is there once, and whole."""
        new = after[len(before):]
        assert after[:len(before)] == before, f"runs {before} became {after}"
        assert least <= len(new) <= 1, f"{len(new)} runs came"
        assert all(run[1:] == (1, values) for run in new), f"{values} values, recorded {new}"


def main():
    args = events.rounds_asked_for(150)

    def rounds():
        played = events.play(args, Rounds)
        # A test that never killed anything would show nothing.
        assert played.killed > args.rounds / 3, f"killed {played.killed} times only"
        return f"killed {played.killed} times, ended before {played.ended} times"

    events.tap([(f"{args.rounds} kills cost nothing", rounds)])


main()
