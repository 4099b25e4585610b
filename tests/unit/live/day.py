#!/usr/bin/env python3
"""A day of many metrics and rules: day.py CLOCKWORK [--metrics N] [--rules N] [--hours N].

The clock goes on by as long as each turn really took, as if the program ran. Everything must be
evaluated once, each metric at the same time after its periods end (no drift), and hardly later than
that; each rule in each of its slots, hardly later; the memory of the program stays what it was.
Metrics and rules take turns here, rules first; in the daemon neither waits for the other.
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
        (folder / "alerts").mkdir()
        for first in range(0, options.rules, 1000):
            numbers = range(first, min(first + 1000, options.rules))
            (folder / "alerts" / f"{first}.lua").write_text("".join(map(self.rule, numbers)))
        (folder / "kpis.yaml").write_text("\n".join(sheets) + "\n")
        self.out = open(folder / "events.csv", "w", encoding="utf-8")
        self.out.write("time,kind,amount\n")
        for hour in range(-24, 0):
            self.rows(BEGIN + hour * HOUR)
        self.process = subprocess.Popen([options.clockwork, str(folder)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.due, self.offsets = defaultdict(int), {}
        self.late, self.took, self.evaluated, self.again = [], 0.0, 0, 0
        self.slots, self.rules_late, self.rules_took, self.fired = defaultdict(set), [], 0.0, set()

    @staticmethod
    def every(rule):
        """Minutes."""
        return (5, 15, 60, 360)[rule % 4]

    def rule(self, n):
        """Fires in about half of the hours."""
        metric = n % self.options.metrics
        return (f"alert 'r{n}' {{ metric = 'm{metric}', grain = 'hour', every = '{self.every(n)}m', "
                f"when = 'value > {25 * (metric + 1)}', severity = 'warning' }}\n")

    def rows(self, start):
        for _ in range(500):
            moment = start + self.rnd.randrange(HOUR)
            self.out.write(f"{stamp(moment)},k{self.rnd.randrange(100)},{self.rnd.randint(1, 9)}\n")
        self.out.flush()

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def ask_next(self):
        self.say("next", "next rules")
        return min(int(self.process.stdout.readline()), int(self.process.stdout.readline()))

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

    def turn_rules(self, now, counted):
        """Evaluates the rules that are due; a slot is evaluated once, and none is left out."""
        self.say(f"now {now}", "turn rules")
        began = time.monotonic()
        slots = []
        while (line := self.process.stdout.readline()) != ".\n":
            assert line.startswith("{"), line
            rule = json.loads(line)
            assert not rule["failed"], line
            if rule["firing"]:
                self.fired.add(rule["rule"])
            if counted:
                assert rule["missed"] == 0, line
                assert rule["slot"] not in self.slots[rule["rule"]], line
                self.slots[rule["rule"]].add(rule["slot"])
                slots.append(rule["slot"])
        took = time.monotonic() - began
        self.rules_took += took
        now += int(took * SECOND)
        self.rules_late += [now - slot for slot in slots]
        return now

    def run(self):
        now = BEGIN
        self.say(f"now {now}", "open")
        now = self.turn(self.turn_rules(now, False), False)
        first = self.memory()
        end = BEGIN + self.options.hours * HOUR
        loads = BEGIN + HOUR
        self.took = self.rules_took = 0.0
        while now < end:
            then = max(now, min(self.ask_next(), loads))
            if then >= loads:  # rows of the hour before
                self.rows(loads - HOUR)
                self.say(f"now {then}", "load")
                loads += HOUR
            now = max(self.turn(self.turn_rules(then, True), True), then + 1)
        last = self.memory()
        self.say("close")
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.check_rules(now)
        self.check(first, last)

    def check_rules(self, end):
        """The slots are known without the program: multiples of `every`, from the first on."""
        for n in range(self.options.rules):
            step = self.every(n) * 60 * SECOND
            wanted = set(range(BEGIN + step, end + 1, step))
            got = self.slots[f"r{n}"]
            assert wanted - {max(wanted, default=0)} <= got <= wanted, (n, sorted(wanted ^ got))
        if not self.options.rules:
            return
        late = sorted(self.rules_late)
        p99 = late[len(late) * 99 // 100] / SECOND
        print(f"ok: {self.options.rules} rules: {len(late)} evaluations, each slot once, {len(self.fired)} fired; "
              f"late p50 {late[len(late) // 2] / SECOND:.2f} s, p99 {p99:.2f} s, most {late[-1] / SECOND:.2f} s; "
              f"{self.rules_took:.0f} s of work, {self.rules_took / len(late) * 1e6:.0f} µs a rule")
        assert p99 < 60
        assert 0 < len(self.fired) < self.options.rules, len(self.fired)

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
        # A sanitizer keeps what was freed, for a while.
        assert self.options.sanitized or last < first * 1.5 + 50, (first, last)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clockwork")
    parser.add_argument("--metrics", type=int, default=200)
    parser.add_argument("--rules", type=int, default=80)
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--sanitized", action="store_true")
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
