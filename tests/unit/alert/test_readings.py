#!/usr/bin/env python3
"""Readings beside Python's statistics and fractions, over random series with gaps: read_series.

docs/numerics.md, Z-3 … Z-28. Windows are compared to the last bit, the rest to 1e-9.
"""
import math
import random
import statistics
import subprocess
import sys
from fractions import Fraction

MAD, MEAN = 1.482602218505602, math.sqrt(math.pi / 2)
missing = math.nan


def known(values):
    return [x for x in values if not math.isnan(x)]


def rounded(fraction):
    return float(fraction)


# Windows: the last n values, the judged one included.

def mean(x):
    return rounded(sum(map(Fraction, x)) / len(x)) if x else missing


def total(x):
    return rounded(sum(map(Fraction, x))) if x else missing


def stddev(x):
    return statistics.stdev(x) if len(x) > 1 else missing


def percentile(q):
    def of(x):
        if len(x) < 2:
            return x[0] if x else missing
        return statistics.quantiles(x, n=100, method="inclusive")[q - 1]
    return of


WINDOWS = {
    "mean": mean, "sum": total, "stddev": stddev,
    "min": lambda x: min(x, default=missing), "max": lambda x: max(x, default=missing),
}


# Detectors: b are the known values of the n periods before, v the judged one.

def zscore(b, v):
    return (v - statistics.mean(b)) / statistics.stdev(b)


def mad(b, v):
    middle = statistics.median(b)
    away = [abs(x - middle) for x in b]
    return (v - middle) / (MAD * statistics.median(away) or MEAN * statistics.mean(away))


def ewma(b, v, weight=0.2):
    centre = chart = statistics.mean(b)
    for x in [*b, v]:
        chart = weight * x + (1 - weight) * chart
    share = weight / (2 - weight) * (1 - (1 - weight) ** (2 * len([*b, v])))
    return (chart - centre) / (statistics.stdev(b) * math.sqrt(share))


def cusum(b, v):
    centre, spread, above, below = statistics.mean(b), statistics.stdev(b), 0, 0
    for x in [*b, v]:
        above = max(0, above + (x - centre) / spread - 0.5)
        below = max(0, below - (x - centre) / spread - 0.5)
    return above if above >= below else -below


def season(x, length, seasons):
    """Z-26."""
    def earlier(i):
        return known(x[k] for k in range(i, i - seasons * length, -length) if k >= 0)
    own = earlier(len(x) - 1 - length)
    if math.isnan(x[-1]) or len(own) < max(3, seasons / 2):
        return missing
    away = []
    for i in range(len(x) - 1 - length, len(x) - 1):
        values = earlier(i)
        if len(values) >= 3:
            away += [abs(v - statistics.median(values)) for v in values]
    spread = MAD * statistics.median(away) or MEAN * statistics.mean(away)
    return (x[-1] - statistics.median(own)) / spread if spread else missing


def judged(detector, before, v, periods):
    """Z-22, Z-23."""
    b = known(before)
    if math.isnan(v) or len(b) < max(3, periods / 2) or len(set(b)) == 1:
        return missing
    return detector(b, v)


DETECTORS = {"zscore": zscore, "mad": mad, "ewma": ewma, "cusum": cusum}


def change(x, back):
    if len(x) <= back or x[-1 - back] == 0:
        return missing
    return (x[-1] - x[-1 - back]) / abs(x[-1 - back])


def cases(chance):
    """(reading, values, answer, how near)."""
    kind = chance.choice(["reals", "counts", "cents", "wide"])
    length = chance.randint(1, 70)
    draw = {"reals": lambda: chance.gauss(10, 3), "counts": lambda: float(chance.randint(0, 4)),
            "cents": lambda: round(chance.uniform(-9, 9), 2),
            "wide": lambda: chance.choice([-1, 1]) * 10 ** chance.uniform(-20, 20)}[kind]
    gaps = chance.choice([0, 0.1, 0.6])
    x = [missing if chance.random() < gaps else draw() for _ in range(length)]
    n = chance.randint(1, 40)
    back = chance.randint(1, 10)
    for name, of in WINDOWS.items():
        yield f"{name}({n})", x, of(known(x[-n:])), 1e-13 if name == "stddev" else 0
    q = chance.randint(1, 99)
    yield f"p({q},{n})", x, percentile(q)(known(x[-n:])), 1e-12
    yield f"change({back})", x, change(x, back), 0
    yield f"delta({back})", x, x[-1] - x[-1 - back] if length > back else missing, 0
    if kind != "wide":  # rounding is all that is left of the small ones there
        n = max(n, 3)
        for name, detector in DETECTORS.items():
            yield f"{name}({n})", x, judged(detector, x[-1 - n:-1], x[-1], n), 1e-9
        yield 'season("1w")', x, season(x, 7, 6), 1e-9
        yield "season(4,3)", x, season(x, 4, 3), 1e-9


def text(x):
    return "nan" if math.isnan(x) else repr(x)


def same(got, want, near):
    if math.isnan(got) or math.isnan(want):
        return math.isnan(got) and math.isnan(want)
    return got == want or abs(got - want) <= near * max(1, abs(want))


def main():
    chance = random.Random(20261122)
    every = [case for _ in range(400) for case in cases(chance)]
    lines = "".join(f"{name} {' '.join(map(text, x))}\n" for name, x, _, _ in every)
    done = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True)
    answers = list(map(float, done.stdout.split()))
    if len(answers) != len(every):
        sys.exit(f"{len(answers)} answers to {len(every)} questions")
    tried = {}
    for (name, x, want, near), got in zip(every, answers):
        kind = tried.setdefault(name.split("(")[0], [0, 0, []])
        kind[0] += 1
        kind[1] += not math.isnan(want)
        if not same(got, want, near):
            kind[2].append(f"{name} of {x[-45:]}: got {got!r}, expected {want!r}")
    for number, (name, (count, told, wrong)) in enumerate(sorted(tried.items()), 1):
        fine = not wrong and told > count / 5  # not all of them may be missing
        print(f"{'' if fine else 'not '}ok {number} - {name}, {told} values in {count} series")
        for line in wrong[:3]:
            print(f"# {line}")
    print(f"1..{len(tried)}")


main()
