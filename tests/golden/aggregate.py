#!/usr/bin/env python3
"""Custom aggregates (tests/golden/aggregate) give what this script computes from the rows: aggregate.py BINARY.

The rows are made here, in no order of time, and every expected value is computed here in plain
loops over them. Rules U-… of docs/numerics.md.
"""
import datetime
import math
import os
import random
import shutil
import sys

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from asked import alone, evaluated, expect, project_of_rows

FIRST = datetime.datetime(2026, 7, 6)   # a Monday
NOW = datetime.datetime(2026, 10, 28, 12)
DAY, WEEK = datetime.timedelta(days=1), datetime.timedelta(weeks=1)


def make_rows():
    choose = random.Random(20261122)
    rows = []
    for i in range(6000):
        ts = FIRST + datetime.timedelta(minutes=choose.randrange(16 * 7 * 1440))
        rows.append({"ts": ts, "user_id": f"u{choose.randrange(200)}",
                     "event": choose.choice(["visit", "buy", "lesson"]),
                     "channel": "tv" if i % 200 == 0 else choose.choice(["ads", "mail"]),
                     "plan": choose.choice(["free", "pro"]),
                     "amount": choose.choice([None, *range(1, 100)])})
    return rows


class Stretch:
    """The rows of a stretch of time in a segment, by time; equal times as they stand in the file."""

    def __init__(self, rows, start, stop, segment):
        self.rows, self.start, self.stop, self.segment = rows, start, stop, segment
        self.chosen = sorted(
            (r for r in rows if start <= r["ts"] < stop
             and all(r[k] == v for k, v in segment.items())), key=lambda r: r["ts"])

    def events(self, event=None):
        return [r for r in self.chosen if event in (None, r["event"])]

    def moved(self, start, stop):
        return Stretch(self.rows, start, stop, self.segment)

    def covered(self):
        return self.start <= max(r["ts"] for r in self.rows) \
            and self.stop > min(r["ts"] for r in self.rows)


def geo(s):
    known = [r["amount"] for r in s.events("buy") if r["amount"] is not None]
    if not known:
        return None
    return math.exp(math.fsum(math.log(a) for a in known) / len(known))


def mean_amount(s):
    known = [r["amount"] for r in s.events("buy") if r["amount"] is not None]
    return sum(known) / len(known) if known else None


def over3(s):
    known = [v for v in (geo(s.moved(s.start - k * WEEK, s.stop - k * WEEK)) for k in range(3))
             if v is not None]
    return sum(known) / len(known) if known else None


def ratio(s):
    a, b = geo(s), mean_amount(s)
    return a / b if a is not None and b else None


def silence(s):
    times = [r["ts"] for r in s.events()]
    if not times:
        return None
    return max((b - a for a, b in zip(times, times[1:])),
               default=datetime.timedelta()).total_seconds() / 60


def spread(s):
    sums = {}
    for r in s.events("buy"):
        if r["amount"] is not None:
            sums[r["user_id"]] = sums.get(r["user_id"], 0) + r["amount"]
        else:
            sums.setdefault(r["user_id"], 0)
    return (max(sums.values()) - min(sums.values())) / 2 if sums else None


def reached(s):
    """The first visit of each user of all time, and whether a buy follows within seven days."""
    total, first = 0, {}
    for r in sorted(s.rows, key=lambda r: r["ts"]):
        if r["event"] == "visit":
            first.setdefault(r["user_id"], r)
    for user, r in first.items():
        if s.start <= r["ts"] < s.stop and all(r[k] == v for k, v in s.segment.items()):
            after = [b for b in s.rows if b["user_id"] == user and b["event"] == "buy"
                     and r["ts"] < b["ts"] <= r["ts"] + 7 * DAY]
            total += 2 if after else 1
    return total


METRICS = {
    "geo_mean": geo,
    "geo_rolling": lambda s: geo(s.moved(s.stop - 28 * DAY, s.stop)),
    "geo_before": lambda s: geo(s.moved(s.start - WEEK, s.stop - WEEK)),
    "geo_ever": lambda s: geo(s.moved(FIRST, s.stop)),
    "geo_over": over3,
    "geo_ratio": ratio,
    "rows": lambda s: len(s.events()) if s.covered() else None,
    "silence": silence,
    "spread": spread,
    "ends_with_buy": lambda s: int(s.events()[-1]["event"] == "buy") if s.events() else
    0 if s.covered() else None,
    "reached": reached,
}


# A count over the same rows; over the same stretches but for windows.
TWINS = {"rows": "all", "silence": "all", "ends_with_buy": "all", "reached": "attempts",
         "spread": "buyers"}
WINDOWS = {"geo_rolling", "geo_before", "geo_ever", "geo_over"}


def check(rows, points, name):
    for p in points:
        start = datetime.datetime.fromisoformat(p["start"]).replace(tzinfo=None)
        stop = min(start + WEEK, NOW)
        here = Stretch(rows, start, stop, p["segment"] or {})
        expect(p["value"], f"{name} {p['period']} {p['segment']}", METRICS[name](here))


def values(binary, folder, rows, name):
    points = evaluated(binary, folder, name, "--last", "8")
    if len(points) != 8:
        raise RuntimeError(f"{len(points)} points, expected 8")
    check(rows, points, name)


def by_segment(binary, folder, rows, name):
    points = evaluated(binary, folder, name, "--last", "5", "--by", "channel,plan")
    twin = [p["segment"] for p in evaluated(binary, folder, TWINS.get(name, "buys"),
                                            "--last", "5", "--by", "channel,plan")]
    if name not in WINDOWS and [p["segment"] for p in points] != twin:
        raise RuntimeError(f"{len(points)} points, expected the {len(twin)} of a count")
    check(rows, points, name)


def segments(binary, folder, rows):
    """A segment without rows in a week has what the functions make of no rows (U-5)."""
    empty = 0
    for p in evaluated(binary, folder, "rows", "--last", "16", "--by", "channel,plan"):
        empty += p["value"] == 0
    if not empty:
        raise RuntimeError("every segment has rows in every week")


def rows_counted(binary, folder, rows):
    """The rows of a value are those that passed the filter (U-7)."""
    for p in evaluated(binary, folder, "geo_mean", "--last", "4"):
        start = datetime.datetime.fromisoformat(p["start"]).replace(tzinfo=None)
        here = Stretch(rows, start, min(start + WEEK, NOW), {})
        expect(p["rows"], f"rows {p['period']}", len(here.events("buy")))


def before_rows(binary, folder, _rows):
    """A week that the source does not cover has no value, not that of no rows (P-9)."""
    for p in evaluated(binary, folder, "rows", "geo_mean", "--at", "2026-W20"):
        expect(p["value"], p["metric"], None)


def again(binary, folder, _rows):
    """Cells that were kept and those computed anew are the same to the last bit."""
    first = evaluated(binary, folder, "--last", "6", "--by", "channel")
    if evaluated(binary, folder, "--last", "6", "--by", "channel") != first:
        raise RuntimeError("a second run gives something else")
    shutil.rmtree(folder / ".cynosure")
    if evaluated(binary, folder, "--last", "6", "--by", "channel") != first:
        raise RuntimeError("without what was kept there is something else")


def main():
    binary, rows = os.path.abspath(sys.argv[1]), make_rows()
    with project_of_rows("aggregate", rows) as folder:
        tests = [(f"{name} is what plain loops give",
                  lambda name=name: values(binary, folder, rows, name)) for name in METRICS]
        tests += [(f"{name} by segment is what plain loops give",
                   lambda name=name: by_segment(binary, folder, rows, name)) for name in METRICS]
        tests += [(test.__doc__.strip(), lambda test=test: test(binary, folder, rows))
                  for test in (segments, rows_counted, before_rows, again)]
        tests.append((alone.__doc__, lambda: alone(binary, folder, METRICS)))
        events.tap(tests)


main()
