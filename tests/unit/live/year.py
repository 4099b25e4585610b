#!/usr/bin/env python3
"""A year of intervals under a false clock, held against an obvious reference: year.py CLOCKWORK
[--days N] [--start DATE] [--seed N] [--kills N].

The reference knows no ledger and no queue. It lists the periods of each grain by the calendar of
the standard library, says of each when it is due, and counts rows. Data arrive once a day, some of
them late; the program is restarted at random, killed with SIGKILL where --kills asks for it, out for
three days, and given another definition. Each period must have been evaluated once, in order, when
it was due or as soon as the program was there; and all values that were ever recorded must be those
that the reference would have said, in their order. A value that is not final (who is back after four
weeks) must have been evaluated once more, when it was.
"""
import argparse
import bisect
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
SECOND = 1_000_000
DAY = 86400 * SECOND
LATENESS = {"hour": 10 * 60 * SECOND, "day": 6 * 3600 * SECOND}  # others: half an hour
SPREAD = 5 * 60 * SECOND
RESTATE = 10 * DAY
CHANNELS = ["ads", "web"]
PROJECT = """name: A year
timezone: America/New_York
fiscal_year_start: february
sources:
  events:
    type: csv
    path: events.csv
    time: time
    dimensions: [channel]
    columns: { time: timestamp, channel: text, amount: integer, who: integer }
schedule:
  lateness: 30m
  spread: 5m
  restate: 10d
  by: [channel]
  metrics: { hour: { lateness: 10m }, day: { lateness: 6h } }
"""
# name: grain, what it says of amounts
METRICS = {"hits_hour": ("hour", "count"), "sum_hour": ("hour", "sum"), "hits_day": ("day", "count"),
           "twice_day": ("day", "twice"), "sum_week": ("week", "sum"), "hits_month": ("month", "count"),
           "sum_quarter": ("quarter", "sum"), "back_day": ("day", "back")}
BACK = 28  # days after somebody's first row: well beyond what is restated
FORMULAS = {"count": "events:count()", "sum": "events:sum 'amount'",
            "sum10": "events:sum 'amount' * 10",
            "back": f"events:retention {{ entity = 'who', start = 'amount > 0' }}:at '{BACK}d' * 1000"}


def micros(moment):
    return (moment.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)) \
        // timedelta(microseconds=1)


def midnight(day):
    return micros(datetime(day.year, day.month, day.day, tzinfo=ZONE))


def add_months(day, n):
    months = day.year * 12 + day.month - 1 + n
    return date(months // 12, months % 12 + 1, 1)


def boundaries(grain, first, last):
    """Where periods begin, from the one that holds `first` to the one that holds `last` and one more."""
    out = []
    if grain == "hour":  # the zone is whole hours away from UTC, and changes by one
        at = midnight(first)
        return list(range(at, midnight(last + timedelta(2)), 3600 * SECOND))
    day = first
    if grain == "week":
        day -= timedelta(day.weekday())
    elif grain == "month":
        day = day.replace(day=1)
    elif grain == "quarter":  # of years that begin in February
        day = add_months(day.replace(day=1), -((day.month - 2) % 3))
    while True:
        out.append(midnight(day))
        if day > last:
            return out
        day = {"day": lambda d: d + timedelta(1), "week": lambda d: d + timedelta(7),
               "month": lambda d: add_months(d, 1), "quarter": lambda d: add_months(d, 3)}[grain](day)


class Reference:
    """What has to be recorded, said the slow way."""

    def __init__(self, first, last):
        self.grains = {g: boundaries(g, first, last) for g in {g for g, _ in METRICS.values()}}
        self.rows = []        # (time, channel, amount, who), by time, and as they were written
        self.loaded = []      # what the program has seen of them
        self.cohorts = {}     # day: {who began then: channel}
        self.active = {}      # who: days
        self.kinds = {name: kind for name, (_, kind) in METRICS.items()}
        self.said = defaultdict(list)  # (metric, segment, start): values, as they were recorded
        self.until = {}       # metric: how many of its periods are done

    def gather_cohorts(self):
        self.cohorts, self.active = defaultdict(dict), defaultdict(set)
        for moment, channel, _, who in self.loaded:
            day = bisect.bisect_right(self.grains["day"], moment) - 1
            if who not in self.active:
                self.cohorts[day][who] = channel
            self.active[who].add(day)

    def back(self, segment, start, now):
        day = bisect.bisect_right(self.grains["day"], start) - 1
        cohort = [who for who, channel in self.cohorts[day].items() if segment in (None, channel)]
        if not cohort:
            return None, 0, False
        came = sum(day + BACK in self.active[who] for who in cohort)
        return came / len(cohort) * 1000, len(cohort), self.grains["day"][day + BACK + 1] > now

    def value(self, name, segment, start, end, now):
        rows = self.loaded
        inside = rows[bisect.bisect_left(rows, (start,)):bisect.bisect_left(rows, (end,))]
        own = [r for r in inside if segment is None or r[1] == segment]
        if not (start <= rows[-1][0] and end > rows[0][0]):
            return None, 0, False  # a source says nothing of what it does not cover
        kind = self.kinds[name]
        if kind == "count":
            return len(own), len(own), False
        if kind == "twice":
            return 2 * len(own), len(own), False
        if kind == "back":
            return self.back(segment, start, now)
        return sum(r[2] for r in own) * (10 if kind == "sum10" else 1), len(own), False

    def record(self, name, index, now):
        start, end = self.grains[METRICS[name][0]][index:index + 2]
        for segment in [None] + CHANNELS:
            value, rows, immature = self.value(name, segment, start, end, now)
            known = self.said[name, segment, start]
            if segment is not None and rows == 0 and not known:
                continue  # a segment is recorded where it has rows
            if value is not None:
                value = round(value)
            if not known or known[-1] != (value, rows, immature):
                known.append((value, rows, immature))

    def evaluate(self, name, upto, now):
        for index in range(self.until[name], upto):
            self.record(name, index, now)
        self.until[name] = max(upto, self.until[name])

    def see(self, now):
        """The program looks at the files."""
        if self.rows == self.loaded:
            return
        self.loaded = list(self.rows)
        self.gather_cohorts()
        for name, (grain, _) in METRICS.items():
            edges = self.grains[grain]
            for index in range(self.until.get(name, 0)):
                if edges[index + 1] >= now - RESTATE and index >= self.first[name]:
                    self.record(name, index, now)

    def redefine(self, name, kind, now):
        self.kinds[name] = kind
        for index in range(self.first[name], self.until[name]):
            self.record(name, index, now)


class Simulation:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rnd = random.Random(options.seed)
        self.first = date.fromisoformat(options.start)
        self.last = self.first + timedelta(options.days)
        self.ref = Reference(self.first, self.last + timedelta(BACK + 2))
        self.matured = defaultdict(list)  # by: starts of periods evaluated once more, being final
        self.seen = defaultdict(list)  # (metric, by): starts of periods evaluated because due
        self.jitter = {}
        self.up_since = None
        self.batches = self.kills = self.restarts = 0
        self.took = []
        self.process = None
        self.written = []
        self.days = 0

    # ---- the program ----

    def start(self):
        self.process = subprocess.Popen([self.options.clockwork, str(self.folder)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def ask_next(self):
        self.say("next")
        return int(self.process.stdout.readline())

    def open(self, now):
        self.say(f"now {now}", "open")
        self.up_since = now
        self.ref.see(now)

    def close(self):
        self.say("close")
        self.restarts += 1

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1
        self.start()

    # ---- the world ----

    def write_project(self):
        (self.folder / "metrics").mkdir(exist_ok=True)
        (self.folder / "cynosure.yaml").write_text(PROJECT)
        (self.folder / "kpis.yaml").write_text("metrics:\n" + "".join(
            f"  {name}:\n    grain: {grain}\n" for name, (grain, _) in METRICS.items()))
        self.write_metrics()

    def write_metrics(self):
        lines = ["local events = source 'events'"]
        for name, kind in self.ref.kinds.items():
            if kind == "twice":
                lines.append(f"metric '{name}' {{ value = function(at) local n = at:get 'hits_day'\n"
                             "  return n and 2 * n end }")
            else:
                lines.append(f"metric '{name}' {{ value = {FORMULAS[kind]} }}")
        (self.folder / "metrics" / "all.lua").write_text("\n".join(lines) + "\n")

    def arrive(self, now):
        """A day's rows, and some that are late: by days, or by weeks, which is too late."""
        fresh = []
        for _ in range(self.rnd.randint(20, 40)):
            late = self.rnd.choice([0] * 30 + [2, 3, 5, 9, 15, 30])
            moment = now - DAY - late * DAY + self.rnd.randrange(DAY)
            fresh.append((max(moment, self.begin), self.rnd.choice(CHANNELS), self.rnd.randint(1, 99),
                          self.rnd.randint(0, 9 * self.days + 99)))
        self.days += 1
        self.ref.rows = sorted(self.ref.rows + fresh, key=lambda row: row[0])
        self.written += fresh
        with open(self.folder / "events.csv", "w", encoding="utf-8") as out:
            out.write("time,channel,amount,who\n")
            for moment, channel, amount, who in self.written:
                at = datetime(1970, 1, 1) + timedelta(microseconds=moment)
                out.write(f"{at.isoformat()}Z,{channel},{amount},{who}\n")

    # ---- what is seen ----

    def check_batch(self, batch, now):
        """One because it was due: in order, once, in time."""
        assert not batch["failed"], batch
        self.batches += 1
        self.took.append(batch["took"])
        if batch["reason"] not in ("due", "caught up"):
            return
        edges = self.ref.grains[batch["grain"]]
        first, last = edges.index(batch["first"]), edges.index(batch["last"])
        for name in batch["metrics"]:
            assert METRICS[name][0] == batch["grain"], batch
            done = self.seen[name, batch["by"]]
            if done and first <= done[-1]:
                self.check_final(name, batch, first, last, now)
                continue
            assert first == (done[-1] + 1 if done else self.ref.first[name]), (batch, done[-3:])
            done.extend(range(first, last))
            lateness = LATENESS.get(batch["grain"], 30 * 60 * SECOND)
            due = edges[last] + lateness  # of the newest; the oldest is caught up
            waited = now - due
            if waited > 0 and now != self.up_since:
                self.jitter.setdefault(name, waited)
                assert self.jitter[name] == waited, (name, waited, self.jitter[name])
            assert 0 <= waited, batch
            assert waited < SPREAD or now == self.up_since, (batch, waited)
            if not batch["by"]:
                self.ref.evaluate(name, last, now)

    def check_final(self, name, batch, first, last, now):
        """One because values are final: once, in order, in time."""
        assert name == "back_day" and batch["metrics"] == [name] and batch["reason"] == "due", batch
        matured = self.matured[batch["by"]]
        assert not matured or first > matured[-1], (batch, matured[-3:])
        matured.extend(range(first, last))
        waited = now - (self.ref.grains["day"][last + BACK] + LATENESS["day"])
        assert 0 <= waited, (batch, waited)
        assert waited < SPREAD or now == self.up_since, (batch, waited)
        if not batch["by"]:
            for index in range(first, last):
                self.ref.record(name, index, now)

    def turn(self, now):
        self.say(f"now {now}", "turn")
        while (line := self.process.stdout.readline()) != ".\n":
            assert line.startswith("{"), line
            batch = json.loads(line)
            assert "note" not in batch, batch
            self.check_batch(batch, now)

    def run_until(self, now, end):
        """Turns at each time at which something is due."""
        self.turn(now)
        while (then := self.ask_next()) <= end:
            assert then > now, (then, now)  # nothing that is due was left
            now = then
            self.turn(now)
        return end

    def kill_at(self, now):
        """Somewhere on the way: what was printed may be less than what was done."""
        self.say(f"now {now}", "turn")
        time.sleep(self.rnd.random() * 0.005)
        self.kill()
        self.catch_up_reference(now)

    def catch_up_reference(self, now):
        """What the program did before it was killed stands in its ledger; the reference goes as far."""
        with closing(sqlite3.connect(self.folder / ".cynosure" / "state.db")) as db:
            for name, dims, until in db.execute("SELECT metric, dims, until FROM ledger"):
                index = self.ref.grains[METRICS[name][0]].index(until)
                done = self.seen[name, dims]
                done.extend(range(done[-1] + 1 if done else self.ref.first[name], index))
                if not dims:
                    self.ref.evaluate(name, index, now)
            days = self.ref.grains["day"]
            for (start,) in db.execute("SELECT period_start FROM latest WHERE metric = 'back_day' AND"
                                       " segment = '{}' AND NOT immature ORDER BY 1").fetchall():
                said = self.ref.said["back_day", None, start]
                if said and said[-1][2]:
                    self.matured[""].append(days.index(start))
                    self.ref.record("back_day", days.index(start), now)

    def simulate(self):
        self.write_project()
        now = self.begin = midnight(self.first)
        self.ref.first = {name: 0 for name in METRICS}
        now = midnight(self.first + timedelta(1)) + 3 * 3600 * SECOND
        self.arrive(now)
        for name, (grain, _) in METRICS.items():
            edges = self.ref.grains[grain]
            self.ref.first[name] = bisect.bisect_right(edges, min(self.ref.rows)[0]) - 1
            self.ref.until[name] = self.ref.first[name]
        self.start()
        self.open(now)
        outage = self.options.days * 2 // 3
        change = self.options.days // 2
        kill_days = set(self.rnd.sample(range(2, self.options.days - 1), self.options.kills))
        for number in range(1, self.options.days):
            arrives = midnight(self.first + timedelta(number + 1)) + 3 * 3600 * SECOND
            if number in range(outage, outage + 3):  # it is not there for three days
                if number == outage:
                    self.close()
                self.arrive(arrives)
                now = arrives
                if number == outage + 2:
                    self.open(now)
                continue
            end = arrives - 1
            if number in kill_days:
                end = self.rnd.randrange(now + 1, arrives)
                now = self.run_until(now, end)
                now = min(max(self.ask_next(), now), arrives - 1)
                self.kill_at(now)
                self.open(now)
            elif self.rnd.random() < 0.1:
                now = self.run_until(now, self.rnd.randrange(now, arrives))
                self.close()
                self.open(now)
            now = self.run_until(now, arrives - 1)
            if number == change:
                self.close()
                self.ref.redefine("sum_week", "sum10", now)
                self.write_metrics()
                self.open(now)
                self.turn(now)
            now = arrives
            self.arrive(now)
            self.say(f"now {now}", "load")
            self.up_since = None
            self.ref.see(now)
            self.turn(now)
        self.ended = now
        self.say("close")
        self.process.stdin.close()
        assert self.process.wait() == 0

    # ---- what is recorded ----

    def check_state(self):
        recorded = defaultdict(list)
        with closing(sqlite3.connect(self.folder / ".cynosure" / "state.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = db.execute("SELECT metric, segment, period_start, value, rows, immature FROM value"
                              " ORDER BY metric, segment, period_start, run")
            for metric, segment, start, value, count, immature in rows:
                own = json.loads(segment).get("channel")
                recorded[metric, own, start].append((None if value is None else round(value), count,
                                                     bool(immature)))
            open_ends = [end for (end,) in db.execute("SELECT period_end FROM latest WHERE immature")]
            due = db.execute("SELECT sum(metrics) FROM evaluation WHERE reason = 'due'").fetchone()[0]
            partial = db.execute("SELECT count(*) FROM value WHERE partial").fetchone()[0]
            size = db.execute("SELECT count(*) FROM run").fetchone()[0]
        assert partial == 0 and due > 0
        wanted = {key: said for key, said in self.ref.said.items() if said}
        for key in sorted(set(recorded) | set(wanted), key=str):
            got, want = recorded.get(key), wanted.get(key)
            assert got == want, (key, got, want)
        final = self.ended - BACK * DAY - LATENESS["day"] - SPREAD - DAY  # a day is up to 25 hours
        assert not [end for end in open_ends if end < final], "some are immature for ever"
        assert open_ends and (self.options.days < BACK + 5 or self.matured[""]), "none was immature"
        for (name, by), done in self.seen.items():
            assert [n for n, c in Counter(done).items() if c > 1] == [], (name, by)
            assert done == list(range(self.ref.first[name], self.ref.first[name] + len(done))), name
        return len(recorded), sum(map(len, recorded.values())), size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clockwork")
    parser.add_argument("--days", type=int, default=32)
    parser.add_argument("--start", default="2028-02-20")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    memory = Path("/dev/shm")  # thousands of commits, of which none has to outlive this
    with tempfile.TemporaryDirectory(prefix="cyn-year-",
                                     dir=memory if os.access(memory, os.W_OK) else None) as folder:
        s = Simulation(options, Path(folder))
        try:
            s.simulate()
            periods, values, runs = s.check_state()
        finally:
            if s.process and s.process.poll() is None:
                s.process.kill()
    evaluated = sum(map(len, s.seen.values()))
    took = sorted(s.took)
    print(f"ok: {options.days} days, {evaluated} evaluations that were due, each once; {s.batches} "
          f"batches in {runs} runs, {values} values of {periods} periods; {s.restarts} restarts, "
          f"{s.kills} kills; {len(s.matured[''])} were evaluated when they were final; a batch took {took[len(took) // 2] / 1000:.1f} ms (median); "
          f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
