#!/usr/bin/env python3
"""Functions of points (tests/golden/free) give what this script computes from the rows: free.py BINARY.

The rows are made here, and every expected value is computed here in plain loops over them. Rules
F-… of docs/numerics.md.
"""
import datetime
import math
import os
import random
import statistics
import sys

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from asked import alone, evaluated, expect, project_of_rows

FIRST = datetime.datetime(2025, 9, 1)   # a Monday
NOW = datetime.datetime(2026, 10, 28, 12)
WEEK = datetime.timedelta(weeks=1)


def make_rows():
    choose = random.Random(20261028)
    rows = []
    for _ in range(9000):
        ts = FIRST + datetime.timedelta(seconds=choose.randrange(62 * 7 * 86400))
        rows.append({"ts": ts, "user_id": f"u{choose.randrange(300)}",
                     "event": choose.choice(["visit", "buy", "lesson"]),
                     "channel": choose.choice(["ads", "organic", "mail"]),
                     "plan": choose.choice(["free", "pro"]), "amount": choose.randrange(1, 100)})
    return rows


class Point:
    """A week in a segment; `end` cuts one that has not ended."""

    def __init__(self, rows, start, segment, elapsed=None):
        self.rows, self.start, self.segment, self.elapsed = rows, start, segment, elapsed

    def at(self, weeks=0, segment=None):
        return Point(self.rows, self.start + weeks * WEEK,
                     self.segment if segment is None else segment, self.elapsed)

    def chosen(self, event):
        end = self.start + (self.elapsed or WEEK)
        return [r for r in self.rows if r["event"] == event and self.start <= r["ts"] < end
                and all(r[k] == v for k, v in self.segment.items())]

    def covered(self):
        end = self.start + (self.elapsed or WEEK)
        return self.start <= max(r["ts"] for r in self.rows) \
            and end > min(r["ts"] for r in self.rows)

    def buyers(self):
        return len({r["user_id"] for r in self.chosen("buy")}) if self.covered() else None

    def visitors(self):
        return len({r["user_id"] for r in self.chosen("visit")}) if self.covered() else None

    def revenue(self):
        return sum(r["amount"] for r in self.chosen("buy")) if self.covered() else None


def over(a, b):
    return a / b if a is not None and b else None


def plus(*parts):
    return None if None in parts else sum(parts)


def times(a, b):
    return None if a is None or b is None else a * b


def health(p):
    rate = over(p.buyers(), p.visitors())
    return plus(times(0.6, rate), times(0.4, over(p.at(-1).buyers(), p.buyers())))


def median5(p):
    known = [v for v in (p.at(-k).revenue() for k in range(5)) if v is not None]
    return statistics.median(known)


def streak(p):
    weeks = 0
    while weeks < 50:
        this, before = p.at(-weeks).revenue(), p.at(-weeks - 1).revenue()
        if before is None or this <= before:
            break
        weeks += 1
    return weeks


def point(p):
    return p.start.isocalendar()[1] * 1000 + 7 + (0.5 if p.elapsed else 0) \
        + len(p.segment.get("channel", ""))


def health4(p):
    known = [v for v in (health(p.at(-k)) for k in range(4)) if v is not None]
    return sum(known) / len(known) if known else None


METRICS = {
    "health": health,
    "score": lambda p: plus(health(p),
                            over(p.at(segment={"channel": "ads"}).revenue(), 1000)),
    "of_total": lambda p: over(p.revenue(), p.at(segment={}).revenue()),
    "pro_ads": lambda p: p.at(segment={"plan": "pro", "channel": "ads"}).buyers(),
    "median5": median5,
    "streak": streak,
    "named": lambda p: plus(p.buyers(), p.visitors()),
    "growth": lambda p: plus(over(p.revenue(), p.at(-52).revenue()), -1),
    "point": point,
    "up": lambda p: int((p.at(-1).revenue() or math.inf) < p.revenue()),
    "nothing": lambda p: None,
    "double": lambda p: plus(times(health(p), 2), -1),
    "health4": health4,
    "health_before": lambda p: health(p.at(-1)),
}


def whole_weeks(rows, points, name):
    """Values, and what they are compared with, of weeks that have ended."""
    for p in points:
        start = datetime.datetime.fromisoformat(p["start"]).replace(tzinfo=None)
        here = Point(rows, start, p["segment"] or {})
        what = f"{name} {p['period']} {p['segment']}"
        expect(p["value"], what, METRICS[name](here))
        expect(p["previous"], what + ", the week before", METRICS[name](here.at(-1)))


def values(binary, folder, rows, name):
    points = evaluated(binary, folder, name, "--last", "6")
    if len(points) != 6:
        raise RuntimeError(f"{len(points)} points, expected 6")
    whole_weeks(rows, points, name)
    points = evaluated(binary, folder, name, "--last", "3", "--by", "channel")
    if len(points) != 9:
        raise RuntimeError(f"{len(points)} points by channel, expected 9")
    whole_weeks(rows, points, name)


def running_week(binary, folder, rows):
    """F-5: a week that has not ended, and the same elapsed part of others."""
    start = datetime.datetime(2026, 10, 26)
    here = Point(rows, start, {}, NOW - start)
    names = ["health", "score", "streak", "growth", "point", "median5"]
    for p in evaluated(binary, folder, *names, "--at", "2026-W44"):
        if not p["partial"]:
            raise RuntimeError("the week has not ended")
        expect(p["value"], p["metric"], METRICS[p["metric"]](here))
        expect(p["previous"], p["metric"] + " before", METRICS[p["metric"]](here.at(-1)))


def main():
    binary, rows = os.path.abspath(sys.argv[1]), make_rows()
    with project_of_rows("free", rows) as folder:
        tests = [(f"{name} is what plain loops give",
                  lambda name=name: values(binary, folder, rows, name)) for name in METRICS]
        tests.append(("a week that has not ended is cut, and so is what it asks for",
                      lambda: running_week(binary, folder, rows)))
        tests.append(("F-4: values do not depend on what is evaluated beside them",
                      lambda: alone(binary, folder, METRICS)))
        events.tap(tests)


main()
