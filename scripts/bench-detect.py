#!/usr/bin/python3
"""The detectors of rules on series whose anomalies are labelled. See scripts/bench.

The data are those of the Numenta Anomaly Benchmark: FOLDER/windows.csv has the stretches of time
that hold an anomaly, FOLDER/*/*.csv the series. A detector's thresholds are those that the
documentation names; nothing is fitted to a file. Scores are described in docs/performance.md.
"""
import argparse
import csv
import math
import os
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was

PROBATION = 0.15, 750  # of a series is not judged: a share, at most so many periods
COST = 0.11            # of a false alarm, where a missed anomaly costs 1
CALM = 12              # periods without a sight after which the next one is a new incident


@dataclass
class Series:
    name: str
    minutes: int
    start: int                                   # seconds
    values: list
    windows: list = field(default_factory=list)  # (first, last) period

    @property
    def group(self):
        return self.name.split("/")[0]

    @property
    def first(self):
        """The first period that counts."""
        share, most = PROBATION
        return min(int(share * len(self.values)), most)


# A detector: the readings that it takes, how unusual they say that a value is, and from when on
# that is an alarm: in the textbooks, and in hours and minutes (docs/numerics.md, Z-31).

def size(_value, reading):
    return abs(reading)


def widths(value, low, high):
    """Halves of the band from its middle."""
    return abs(2 * value - low - high) / (high - low) if high > low else math.nan


DETECTORS = {
    "zscore": (["zscore"], size, 3, 6),
    "mad": (["mad"], size, 3.5, 10),
    "season": (["season"], size, 3.5, 15),
    "ewma": (["ewma"], size, 3, 8),
    "cusum": (["cusum"], size, 5, 15),
    "change_point": (["change_point"], size, 5, 15),
    "band_low(28), band_high(28)": (["band_low(28)", "band_high(28)"], widths, 1, 4),
    "change (no detector)": (["change"], size, 0.5, 0.5),
}
FACTORS = [0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10]  # of the first threshold; one is chosen


# ---- the data ----

def seconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def read_series(folder, path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    steps = Counter(b - a for (a, _), (b, _) in zip(rows, rows[1:]) if b > a)
    step = steps.most_common(1)[0][0]
    start = rows[0][0] // step * step
    together = defaultdict(list)
    for time, value in rows:
        together[(time - start) // step].append(value)
    values = [statistics.fmean(together[i]) if i in together else math.nan
              for i in range(max(together) + 1)]
    return Series(str(path.relative_to(folder)), step // 60, start, values)


def read_all(folder):
    series = (read_series(folder, path) for path in sorted(folder.glob("*/*.csv")))
    every = {s.name: s for s in series}
    with open(folder / "windows.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            s = every[row["file"]]
            s.windows.append(tuple((seconds(row[end]) - s.start) // (60 * s.minutes)
                                   for end in ("window_start", "window_end")))
    return list(every.values())


def read_at_all(binary, series, readings, times):
    """The readings at every period."""
    lines = "\n".join(map(repr, series.values))
    done = subprocess.run([binary, str(series.minutes), str(series.start), *readings], input=lines,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    for line in done.stderr.splitlines():
        name, nanoseconds = line.split()
        times[name].append((len(series.values), int(nanoseconds)))
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]


# ---- what is seen, what people are told, what that is worth ----

def sizes(series, answers, readings, how):
    """How unusual each period is; what is missing, or comes too early, is not."""
    told = [how(value, *read) for value, read in
            zip(series.values, zip(*(answers[name] for name in readings)))]
    return [0 if i < series.first or math.isnan(x) else x for i, x in enumerate(told)]


def tally_from(series, unusual, threshold):
    return tally(series, [i for i, x in enumerate(unusual) if x >= threshold])


def beginnings(seen):
    """Of incidents, when people are told: a sight at most CALM periods after the last one is
    nothing new."""
    return [i for before, i in zip([-math.inf, *seen], seen) if i - before > CALM]


def reward(y):
    """1 at the beginning of a window (y = -1), 0 at its end, -1 long after it."""
    top = 2 / (1 + math.exp(-5)) - 1
    return -1 if y > 3 else (2 / (1 + math.exp(5 * y)) - 1) / (top if y < 0 else 1)


@dataclass
class Tally:
    found: int = 0    # windows
    windows: int = 0
    true: int = 0     # beginnings of incidents
    false: int = 0
    score: float = 0
    days: float = 0

    def add(self, other):
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def tally(series, seen):
    """What NAB's standard profile gives, with beginnings of incidents in place of rows: a window in
    which one begins counts by how early it does, one that is missed -1, a false alarm up to -0.11,
    less right after a window."""
    t = Tally(windows=len(series.windows),
              days=(len(series.values) - series.first) * series.minutes / 1440)
    told = beginnings(seen)
    for first, last in series.windows:
        inside = [i for i in told if first <= i <= last]
        t.found += bool(inside)
        t.true += len(inside)
        t.score += reward((inside[0] - last) / (last - first)) if inside else -1
    for i in told:
        if any(first <= i <= last for first, last in series.windows):
            continue
        t.false += 1
        before = [w for w in series.windows if w[1] < i]
        y = (i - before[-1][1]) / (before[-1][1] - before[-1][0]) if before else math.inf
        t.score += COST * reward(y)
    return t


def fixed_limits(series):
    """Nobody's detector: three standard deviations from the mean of the time before, for ever."""
    known = [x for x in series.values[:series.first] if not math.isnan(x)]
    mean, spread = statistics.fmean(known), statistics.stdev(known)
    return [i for i in range(series.first, len(series.values))
            if abs(series.values[i] - mean) > 3 * spread]


def percent(part, whole):
    return f"{100 * part / whole:.0f}" if whole else "–"


def score(t):
    """0 for who sees nothing, 100 for who tells every window at its beginning and nothing else."""
    return 100 * (t.score + t.windows) / (2 * t.windows) if t.windows else -t.false


def total(tallies):
    t = Tally()
    for other in tallies:
        t.add(other)
    return t


def table(title, tallies):
    print(f"\n{title}\n\n| detector | precision % | recall % | score | false alarms a week |")
    print("|---|--:|--:|--:|--:|")
    for name, t in tallies.items():
        shown = f"{score(t):.1f}" if t.windows else "–"
        print(f"| {name} | {percent(t.true, t.true + t.false)} | {percent(t.found, t.windows)} "
              f"| {shown} | {t.false / t.days * 7:.2f} |")


def chosen_elsewhere(by_factor, group):
    """The tally of a group at the factor that is best in all the other groups."""
    def elsewhere(factor):
        return score(total(t for other, t in by_factor[factor].items() if other != group))
    return by_factor[max(FACTORS, key=elsewhere)][group]


def find_data(given):
    data = os.environ.get("CYNOSURE_TEST_DATA")
    folder = given or (Path(data) / "nab" if data else None)
    if not folder or not (folder / "windows.csv").is_file():
        sys.exit("SKIPPED: no labelled series. Set CYNOSURE_TEST_DATA to the test data, or say "
                 "--data FOLDER, one with the Numenta Anomaly Benchmark's series and windows.csv")
    return folder


def add_plain(tallies, series):
    known = {"nothing": [], "every window's beginning": [first for first, _ in series.windows],
             "fixed limits (no detector)": fixed_limits(series)}
    for name, seen in known.items():
        tallies[name][series.group].add(tally(series, seen))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    every, times = read_all(find_data(args.data)), defaultdict(list)
    wanted = sorted({name for readings, *_ in DETECTORS.values() for name in readings})
    textbook, short = (defaultdict(lambda: defaultdict(Tally)) for _ in range(2))  # [name][group]
    swept = {name: {f: defaultdict(Tally) for f in FACTORS} for name in DETECTORS}
    for series in every:
        answers = dict(zip(wanted, zip(*read_at_all(args.binary, series, wanted, times))))
        add_plain(textbook, series)
        add_plain(short, series)
        for name, (readings, how, usual, high) in DETECTORS.items():
            unusual = sizes(series, answers, readings, how)
            textbook[name][series.group].add(tally_from(series, unusual, usual))
            short[name][series.group].add(tally_from(series, unusual, high))
            for factor, groups in swept[name].items():
                groups[series.group].add(tally_from(series, unusual, factor * usual))
    judged = sum(len(s.values) - s.first for s in every)
    groups = sorted({s.group for s in every})
    print(f"{len(every)} series, {judged:,} periods judged, "
          f"{sum(len(s.windows) for s in every)} windows")
    for title, tallies in (("of the textbooks", textbook), ("for hours and minutes", short)):
        table(f"Thresholds {title}", {name: total(of.values()) for name, of in tallies.items()})
    table("Thresholds chosen in the other groups",
          {name: total(chosen_elsewhere(swept[name], g) for g in groups) for name in DETECTORS})
    for group in groups:
        table(f"{group}, thresholds for hours and minutes",
              {name: of[group] for name, of in short.items()})
    print("\nµs a judgement: " + ", ".join(
        f"{name} {sum(n * ns for n, ns in of) / sum(n for n, _ in of) / 1000:.1f}"
        for name, of in times.items()))


main()
