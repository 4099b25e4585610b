#!/usr/bin/env python3
"""A day of many metrics: day.py CLOCKWORK [--metrics N] [--hours N].

The clock goes on by as long as each turn really took, as if the program ran. Everything must be
evaluated once, each metric at the same time after its periods end (no drift), and hardly later than
that; the memory of the program stays what it was.
"""
import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
SPREAD = 10 * 60 * SECOND
BEGIN = 1_800_000_000 * SECOND // DAY * DAY
PROJECT = """name: Many
timezone: UTC
sources:
  events:
    type: csv
    path: events.csv
    time: time
    columns: { time: timestamp, kind: text, amount: integer }
schedule: { lateness: 5m, spread: 10m, restate: 1d, catch_up: 30 }
"""


def stamp(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment // SECOND))


class Day:
    def __init__(self, options, folder):
        self.options, self.folder, self.rnd = options, folder, random.Random(1)
        (folder / "metrics").mkdir()
        (folder / "cynosure.yaml").write_text(PROJECT)
        scripts, sheets = defaultdict(list), ["metrics:"]
        for n in range(options.metrics):  # formulas differ, kinds of rows are fewer
            scripts[n // 1000].append(f"metric 'm{n}' {{ value = events:where \"kind == 'k{n % 100}'\""
                                      f":sum 'amount' * {n + 1} }}\n")
            sheets.append(f"  m{n}: {{ grain: {('hour', 'hour', 'day', 'week')[n % 4]} }}")
        for number, lines in scripts.items():
            text = "local events = source 'events'\n" + "".join(lines)
            (folder / "metrics" / f"{number}.lua").write_text(text)
        (folder / "kpis.yaml").write_text("\n".join(sheets) + "\n")
        self.out = open(folder / "events.csv", "w", encoding="utf-8")
        self.out.write("time,kind,amount\n")
        for hour in range(-24, 0):
            self.rows(BEGIN + hour * HOUR)
        self.process = subprocess.Popen([options.clockwork, str(folder)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.due, self.offsets = defaultdict(int), {}
        self.late, self.took, self.evaluated, self.again = [], 0.0, 0, 0

    def rows(self, start):
        for _ in range(500):
            moment = start + self.rnd.randrange(HOUR)
            self.out.write(f"{stamp(moment)},k{self.rnd.randrange(100)},{self.rnd.randint(1, 9)}\n")
        self.out.flush()

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def ask_next(self):
        self.say("next")
        return int(self.process.stdout.readline())

    def memory(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmRSS:")[1].split()[0]) // 1024

    def turn(self, now, counted):
        """Evaluates what is due; the time that it took is time that passed."""
        self.say(f"now {now}", "turn")
        began = time.monotonic()
        passed = 0
        while (line := self.process.stdout.readline()) != ".\n":
            batch = json.loads(line)
            assert "failed" in batch and not batch["failed"], line[:300]
            if batch["reason"] != "due":
                self.again += len(batch["metrics"])
            elif counted:
                self.late += [now + passed - batch["due"]] * len(batch["metrics"])
                for name in batch["metrics"]:
                    self.due[name, batch["first"]] += 1
                    offset = batch["due"] - batch["last"]
                    if len(batch["metrics"]) == 1:  # a batch says when the first of it was due
                        assert self.offsets.setdefault(name, offset) == offset, (name, offset)
                    assert 300 * SECOND <= offset < 300 * SECOND + SPREAD, (name, offset)
                    self.evaluated += 1
            passed = int((time.monotonic() - began) * SECOND)
        self.took += time.monotonic() - began
        return now + passed

    def run(self):
        now = BEGIN
        self.say(f"now {now}", "open")
        now = self.turn(now, False)
        first = self.memory()
        end = BEGIN + self.options.hours * HOUR
        loads = BEGIN + HOUR
        self.took = 0.0
        while now < end:
            then = max(now, min(self.ask_next(), loads))
            if then >= loads:  # rows of the hour before
                self.rows(loads - HOUR)
                self.say(f"now {then}", "load")
                loads += HOUR
            now = max(self.turn(then, True), then + 1)
        last = self.memory()
        self.say("close")
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.check(first, last)

    def check(self, first, last):
        hours = [n for n in range(self.options.metrics) if n % 4 < 2]
        assert max(self.due.values()) == 1
        for n in hours:
            done = sum((f"m{n}", BEGIN + hour * HOUR) in self.due
                       for hour in range(self.options.hours - 1))
            assert done == self.options.hours - 1, (n, done)
        late = sorted(self.late)
        p99 = late[len(late) * 99 // 100] / SECOND
        size = (self.folder / ".cynosure" / "state.db").stat().st_size
        print(f"ok: {self.options.metrics} metrics, {self.options.hours} hours: {self.evaluated} evaluations due, "
              f"each once, {self.again} again because of data; late p50 {late[len(late) // 2] / SECOND:.2f} s, "
              f"p99 {p99:.2f} s, most {late[-1] / SECOND:.2f} s; {self.took:.0f} s of work, "
              f"{self.took / (self.evaluated + self.again) * 1e3:.2f} ms a metric; memory {first} → {last} MiB; "
              f"state {size / 2**20:.0f} MiB")
        assert p99 < 60
        assert last < first * 1.5 + 50, (first, last)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clockwork")
    parser.add_argument("--metrics", type=int, default=200)
    parser.add_argument("--hours", type=int, default=4)
    options = parser.parse_args()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="cyn-day-",
                                     dir=memory if os.access(memory, os.W_OK) else None) as folder:
        day = Day(options, Path(folder))
        try:
            day.run()
        finally:
            day.out.close()
            if day.process.poll() is None:
                day.process.kill()


if __name__ == "__main__":
    main()
