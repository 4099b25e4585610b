#!/usr/bin/env python3
"""Drivers and identities, worked out once more: evidence.py BINARY [--seeds N].

Random projects are written, and what `cynosure drivers --json` and `cynosure identity --json` say of
them is compared with what this file makes of the same rows: correlations by the statistics module
over exact differences (docs/numerics.md, C), identities (X-40, X-41) and their rows counted twice or
not at all one by one (X-43, X-44), what rounding may take by the largest term (X-42).
"""
import argparse
import csv
import datetime
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

MONDAY = datetime.date(2025, 1, 6)
CHANNELS = ["organic", "ads", "ads+referral", "referral", "", "other"]


class Failure(RuntimeError):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


def near(a, b, tolerance=1e-9):
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


class Project:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_csv(self, name, heads, rows):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(heads)
            out.writerows(rows)

    def run(self, *args):
        """The objects that a command prints, and its exit code."""
        env = {k: v for k, v in os.environ.items() if k != "CYNOSURE_NOW"}
        done = subprocess.run([self.binary, "-C", self.folder, *args, "--json"], env=env,
                              capture_output=True, text=True, timeout=120, check=False)
        expect(done.returncode in (0, 1), f"{' '.join(args)}: exit {done.returncode}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


# ---- correlations ----

def differences(values, season):
    return [None if i < season or None in (v, values[i - season]) else v - values[i - season]
            for i, v in enumerate(values)]


def covariance(d, k):
    known = [x for x in d if x is not None]
    mean = sum(known, Fraction(0)) / len(known)
    products = [(d[i] - mean) * (d[i - k] - mean) for i in range(k, len(d))
                if d[i] is not None and d[i - k] is not None]
    return sum(products, Fraction(0)) / len(products) if products else Fraction(0)


def memory(dx, dy, season):
    """How many pairs say as much as one (C-5)."""
    n, total = sum(None not in pair for pair in zip(dx, dy)), Fraction(0)
    for k in range(1, min(max(n // 4, season), n - 1) + 1):
        rx = max(-1, min(1, covariance(dx, k) / covariance(dx, 0)))
        ry = max(-1, min(1, covariance(dy, k) / covariance(dy, 0)))
        total += (1 - Fraction(k, n)) * rx * ry
    return max(1.0, 1 + 2 * float(total))


def correlate(x, y, lags, season):
    """{lag, r, low, high, n, effective_n, slope}; None: not enough."""
    dx, dy = differences(x, season), differences(y, season)
    each, tried, best = memory(dx, dy, season), 0, None
    for lag in range(lags + 1):
        pairs = [(float(dx[i - lag]), float(dy[i])) for i in range(lag, len(dx))
                 if dx[i - lag] is not None and dy[i] is not None]
        if len(pairs) / each < 8:
            continue
        tried += 1
        r = statistics.correlation(*zip(*pairs))
        if best is None or abs(r) > abs(best["r"]):
            best = {"lag": lag, "r": r, "n": len(pairs), "effective_n": len(pairs) / each,
                    "slope": statistics.linear_regression(*zip(*pairs)).slope}
    if best:
        z = statistics.NormalDist().inv_cdf(1 - 0.05 / 2 / tried)
        wide, middle = z / math.sqrt(best["effective_n"] - 3), math.atanh(best["r"])
        best.update(low=math.tanh(middle - wide), high=math.tanh(middle + wide))
    return best


def weekly(project, columns, as_of):
    """A project with one row a week, in which a column's mean is its value (None: missing)."""
    n = len(next(iter(columns.values())))
    rows = [[MONDAY + datetime.timedelta(weeks=i), *("" if c[i] is None else c[i]
                                                     for c in columns.values())] for i in range(n)]
    project.write_csv("data/weeks.csv", ["day", *columns], rows)
    project.write("cynosure.yaml", f"name: Drivers\ntimezone: UTC\ngrain: week\nas_of: {as_of}\n"
                  "sources:\n  weeks:\n    path: data/weeks.csv\n    time: day\n")


def planted(rng, n, lag, by, noise):
    """x, and a y that follows it by so much so many weeks later."""
    steps = [rng.randint(-20, 20) for _ in range(n)]
    x, y, a, b = [], [], 500, 900
    for i in range(n):
        a += steps[i]
        b += (by * steps[i - lag] if i >= lag else 0) + rng.randint(-noise, noise)
        x.append(a)
        y.append(b)
    return x, y


def check_correlations(binary, folder, seed):
    """Every number is the one worked out here, missing values and the running week left out."""
    rng = random.Random(seed)
    n, lags = rng.randint(24, 90), rng.randint(0, 6)
    x, y = planted(rng, n, rng.randint(0, 4), rng.choice([-3, 2, 5]), rng.randint(1, 60))
    z = [rng.randint(0, 99) for _ in range(n)]
    for series in (x, z):
        for i in rng.sample(range(n), rng.randint(0, 3)):
            series[i] = None
    project = Project(binary, folder)
    weekly(project, {"x": x, "y": y, "z": z}, MONDAY + datetime.timedelta(weeks=n - 1, days=3))
    project.write("metrics/m.lua", 'local w = source "weeks"\n'
                  'for _, name in ipairs { "x", "z" } do metric(name) { value = w:mean(name) } end\n'
                  'metric "y" { value = w:mean "y", drivers = { x = "up", z = "down" } }\n')
    found, _ = project.run("drivers", "y", "--lags", str(lags))
    expect(len(found) == 4, f"{len(found)} lines")
    for line in found:
        series = {"x": x, "z": z}[line["metric"]]
        want = correlate(series[:n - 1], y[:n - 1], lags, 1)
        if line["season"] != 1:
            raise Failure("a season where there is none")
        if want is None:
            expect(line["verdict"] == "too_short", f"{line['metric']}: {line['verdict']}")
            continue
        for key, value in want.items():
            expect(line[key] is not None and near(line[key], value),
                   f"{line['metric']} {key}: {line[key]}, expected {value}")
        up = line["expected"] == "up"
        verdict = ("unrelated" if want["low"] <= 0 <= want["high"] else "related"
                   if line["expected"] is None else "as_expected"
                   if (want["low"] > 0) == up else "opposite")
        expect(line["verdict"] == verdict, f"{line['metric']}: {line['verdict']}, not {verdict}")


def check_planted(binary, folder):
    """Planted relations are found at their lags with their signs, and ranked leading first."""
    rng = random.Random(3)
    x, y = planted(rng, 104, 2, 6, 15)
    down = [rng.randint(-9, 9) for _ in range(104)]
    y = [value - 9 * sum(down[:max(0, i)]) for i, value in enumerate(y)]
    down = [100 + sum(down[:i + 1]) for i in range(104)]
    noise = [rng.randint(0, 99) for _ in range(104)]
    late = [None] * 99 + [rng.randint(0, 9) for _ in range(5)]
    project = Project(binary, folder)
    weekly(project, {"x": x, "down": down, "noise": noise, "flat": [4] * 104, "late": late, "y": y},
           MONDAY + datetime.timedelta(weeks=104))
    project.write("metrics/m.lua", """
      local w = source "weeks"
      for name, layer in pairs { x = "lagging", down = "leading", noise = "leading", flat = "leading",
                                 late = "coincident" } do
        metric(name) { value = w:mean(name), layer = layer }
      end
      metric "twice" { value = w:mean "y" * 2 }
      metric "made_of_y" { value = metric.y + 1 }
      nsm "y" { value = w:mean "y",
                drivers = { x = "up", down = "up", noise = "up", flat = "up", late = "up" } }
    """)
    found, code = project.run("drivers")
    expect(code == 0, f"exit {code}")
    seen = {line["metric"]: line for line in found if line["list"] == "declared"}
    verdicts = {name: line["verdict"] for name, line in seen.items()}
    expect(verdicts == {"x": "as_expected", "down": "opposite", "noise": "unrelated",
                        "flat": "unvarying", "late": "too_short"}, str(verdicts))
    expect((seen["x"]["lag"], seen["down"]["lag"]) == (2, 1), "lags")
    expect((seen["late"]["has"], seen["late"]["needs"]) == (5, 9), "history")
    ranks = {line["metric"]: line["rank"] for line in found if line["list"] == "ranking"}
    expect(ranks == {"down": 1, "x": 2, "noise": None, "flat": None, "late": None}, str(ranks))
    more, _ = project.run("drivers", "--all")
    names = {line["metric"] for line in more if line["list"] == "ranking"}
    expect(names == {*ranks, "twice"}, f"--all: {names}")


def check_season(binary, folder):
    """Where both repeat themselves every year, years are compared, and the season is no cause."""
    rng = random.Random(11)
    shape = [5, 3, 0, -2, 1, 4, -6, -8, 2, 1, 7, 20]
    x = [200 + 6 * shape[i % 12] + rng.randint(-3, 3) for i in range(72)]
    y = [90 + 4 * shape[i % 12] + rng.randint(-3, 3) for i in range(72)]
    project = Project(binary, folder)
    rows = [[datetime.date(2019 + i // 12, i % 12 + 1, 1), x[i], y[i]] for i in range(72)]
    project.write_csv("data/months.csv", ["day", "x", "y"], rows)
    project.write("cynosure.yaml", "name: Season\ntimezone: UTC\ngrain: month\nas_of: 2025-01-01\n"
                  "sources:\n  months:\n    path: data/months.csv\n    time: day\n")
    project.write("metrics/m.lua", 'local m = source "months"\nmetric "x" { value = m:sum "x" }\n'
                  'metric "y" { value = m:sum "y", drivers = { x = "up" } }\n')
    line = project.run("drivers", "y", "--lags", "2")[0][0]
    want = correlate(x, y, 2, 12)
    expect((line["season"], line["verdict"]) == (12, "unrelated"), str(line))
    for key, value in want.items():
        expect(near(line[key], value), f"{key}: {line[key]}, expected {value}")


def check_immature(binary, folder):
    """A cohort whose window has not passed is no evidence."""
    rng = random.Random(4)
    rows = []
    for week in range(30):
        for user in range(rng.randint(6, 12)):
            day = MONDAY + datetime.timedelta(weeks=week, days=rng.randint(0, 6))
            rows.append([day, f"u{week}.{user}", "signup"])
            if rng.random() < 0.5:
                rows.append([day + datetime.timedelta(days=21), f"u{week}.{user}", "back"])
    rows.append([MONDAY + datetime.timedelta(weeks=30), "last", "back"])
    rows = sorted(row for row in rows if row[0] <= MONDAY + datetime.timedelta(weeks=30))
    project = Project(binary, folder)
    project.write_csv("data/events.csv", ["day", "user", "event"], rows)
    project.write("cynosure.yaml", "name: Cohorts\ntimezone: UTC\ngrain: week\n"
                  f"as_of: {MONDAY + datetime.timedelta(weeks=30)}\n"
                  "sources:\n  events:\n    path: data/events.csv\n    time: day\n")
    project.write("metrics/m.lua", """
      local e = source "events"
      metric "d21" { value = e:retention { entity = "user", start = "event == 'signup'", at = "21d" } }
      metric "signups" { value = e:where "event == 'signup'":count(), drivers = { d21 = "up" } }
    """)
    points, _ = project.run("eval", "d21", "--last", "30", "--no-record")
    mature = sum(not p["immature"] and p["value"] is not None for p in points)
    expect(20 < mature < 30, f"{mature} of 30 weeks are mature: nothing is shown")
    line = project.run("drivers", "signups", "--lags", "0")[0][0]
    expect(line["n"] == mature - 1, f"{line['n']} pairs of {mature} mature weeks")


# ---- identities ----

PARTS = {  # as Lua says it, and as Python does
    "organic": ("event == 'signup' and channel == 'organic'",
                lambda r: r["event"] == "signup" and r["channel"] == "organic"),
    "ads": ("channel and channel:find('ads', 1, true) and event ~= 'pay'",
            lambda r: "ads" in r["channel"] and r["event"] != "pay"),
    "referral": ("event == 'signup' and (channel == 'referral' or channel == 'ads+referral')",
                 lambda r: r["event"] == "signup" and r["channel"] in ("referral", "ads+referral")),
}


def describe(rows):
    """Rows by time, as examples are written."""
    texts, before = [], None
    for row in sorted(rows, key=lambda r: r["time"])[:3]:
        at = row["time"].isoformat() + "+00:00"
        place = f"row {row['number']} ({at})"
        texts.append(place if row["file"] == before else f"{row['file']} {place}")
        before = row["file"]
    return ", ".join(texts)


def check_rows(binary, folder, seed):
    """Rows counted twice, in no part, or in a part alone are those found one by one."""
    rng = random.Random(seed)
    project, rows = Project(binary, folder), []
    for number in range(rng.randint(1, 3)):
        name = f"data/events{number}.csv"
        some = [{"time": datetime.datetime(2026, 9, 1) + datetime.timedelta(
                     minutes=rng.randrange(60 * 24 * 28)),
                 "event": rng.choice(["signup", "signup", "visit", "pay"]),
                 "channel": rng.choice(CHANNELS), "amount": rng.randint(-500, 5000) / 100,
                 "file": name, "number": k + 1} for k in range(rng.randint(0, 80))]
        project.write_csv(name, ["time", "event", "channel", "amount"], [
            [r["time"].isoformat(), r["event"], r["channel"], f"{r['amount']:.2f}"] for r in some])
        rows += some
    project.write("cynosure.yaml", "name: Parts\ntimezone: UTC\ngrain: week\nas_of: 2026-10-01\n"
                  "sources:\n  events:\n    path: data/*.csv\n    time: time\n    columns:\n"
                  "      {event: text, channel: text, amount: decimal(2), time: timestamp}\n")
    parts = "".join(f'metric "{name}" {{ value = e:where "{lua}":count() }}\n'
                    f'metric "{name}_amount" {{ value = e:where "{lua}":sum "amount" }}\n'
                    for name, (lua, _) in PARTS.items())
    project.write("metrics/m.lua", f"""local e = source "events"\n{parts}
      local s = e:where "event == 'signup'"
      metric "signups" {{ value = s:count(), identity = "{' + '.join(PARTS)}" }}
      metric "amount" {{ value = s:sum "amount", identity = "{' + '.join(
          name + '_amount' for name in PARTS)}" }}
      metric "same" {{ value = s:count(), identity = "signups" }}
      metric "mixed" {{ value = s:count(), identity = "signups + organic - organic" }}
    """)
    found, code = project.run("identity", "--from", "2026-W36", "--to", "2026-W39")
    expect(len(found) == 16, f"{len(found)} lines")
    failed = False
    for line in found:
        year, week = 2026, int(line["period"][-2:])
        here = [r for r in rows if r["time"].isocalendar()[:2] == (year, week)]
        whole = [r for r in here if r["event"] == "signup"]
        counts = [sum(holds(r) for _, holds in PARTS.values()) for r in here]
        if line["measured"] is None:
            expect(line["holds"] is None and line["rows"] is None, "a value of nothing")
            continue
        cents = [round(100 * r["amount"]) for r in here]
        money = line["metric"] == "amount"
        measured = sum(c for c, r in zip(cents, here) if r["event"] == "signup") / 100 if money \
            else len(whole)
        computed = {"signups": sum(counts),
                    "amount": sum(c * k for c, k in zip(cents, counts)) / 100}.get(
                        line["metric"], len(whole))
        expect(near(line["measured"], measured), f"measured {line['measured']}, not {measured}")
        expect(near(line["computed"], computed), f"computed {line['computed']}, not {computed}")
        expect(line["tolerance"] == 0, "both sides are exact")
        expect(line["holds"] == near(measured, computed), f"holds: {line['holds']}")
        failed = failed or not line["holds"]
        if line["metric"] == "mixed":
            expect(line["rows"] is None, "a difference is no sum of parts")
            continue
        if line["metric"] == "same":
            counts = [r["event"] == "signup" for r in here]
        pairs = list(zip(here, counts))
        kinds = {"twice": [r for r, k in pairs if r["event"] == "signup" and k > 1],
                 "none": [r for r, k in pairs if r["event"] == "signup" and k == 0],
                 "outside": [r for r, k in pairs if r["event"] != "signup" and k > 0]}
        want = {"total": len(whole), **{name: len(list_) for name, list_ in kinds.items()},
                "examples": {name: describe(list_) for name, list_ in kinds.items() if list_}}
        expect(line["rows"] == want, f"{line['metric']} {line['period']}: {line['rows']}\n{want}")
    expect(code == (1 if failed else 0), f"exit {code}")


def check_relation(binary, folder, seed):
    """Rows that a relation makes are sorted out like a source's, and called by their entity."""
    rng = random.Random(seed)
    project = Project(binary, folder)
    rows = [[f"2026-09-{rng.randint(1, 27):02}", f"u{rng.randint(1, 12):02}"] for _ in range(70)]
    project.write_csv("data/events.csv", ["day", "user"], rows)
    project.write("cynosure.yaml", "name: Users\ntimezone: UTC\ngrain: week\nas_of: 2026-09-28\n"
                  "sources:\n  events:\n    path: data/events.csv\n    time: day\n")
    project.write("metrics/m.lua", """
      local users = source "events":per "user":count()
      metric "users" { value = users:count(), identity = "once + often + always" }
      metric "once" { value = users:where "value == 1":count() }
      metric "often" { value = users:where "value >= 3":count() }
      metric "always" { value = users:where "value >= 4":count() }
    """)
    found, _ = project.run("identity", "--last", "4")
    expect(len(found) == 4, f"{len(found)} lines")
    for line in found:
        week = int(line["period"][-2:])
        counts = {}
        for day, user in rows:
            if datetime.date.fromisoformat(day).isocalendar()[1] == week:
                counts[user] = counts.get(user, 0) + 1
        twice = {user for user, n in counts.items() if n >= 4}
        none = {user for user, n in counts.items() if n == 2}
        got = line["rows"]
        expect((got["total"], got["twice"], got["none"], got["outside"]) ==
               (len(counts), len(twice), len(none), 0), f"{line['period']}: {got}")
        expect(line["residual"] == len(none) - len(twice), f"{line['period']}: residual")
        for kind, users in (("twice", twice), ("none", none)):
            named = got["examples"].get(kind, "").split(", ") if users else []
            expect(len(named) == min(3, len(users)) and set(named) <= users,
                   f"{line['period']}: {kind} are {named}, of {users}")


def check_tolerance(binary, folder, seed):
    """Large terms that cancel out may take their rounding with them."""
    rng = random.Random(seed)
    project, rows = Project(binary, folder), {}
    for week in range(36, 40):
        terms = [rng.uniform(-1, 1) * 10 ** rng.randint(0, 12) for _ in range(2)]
        terms.append(terms[0] - terms[1] + rng.uniform(-1, 1))
        measured = terms[0] - terms[1] - terms[2]
        most = max(abs(x) for x in (measured, *terms))
        off = rng.choice([0, 0.5, 0.99, 1.01, 2, -0.99, -1.01]) * 1e-6 * most
        rows[week] = (measured + off, *terms)
    del rows[rng.randint(36, 39)]  # nothing was measured then
    project.write_csv("data/parts.csv", ["day", "t", "x", "y", "z"],
                      [[datetime.date.fromisocalendar(2026, week, 3), *map(repr, values)]
                       for week, values in rows.items()])
    project.write("cynosure.yaml", "name: Terms\ntimezone: UTC\ngrain: week\nas_of: 2026-09-28\n"
                  "sources:\n  parts:\n    path: data/parts.csv\n    time: day\n"
                  "    columns: {t: real, x: real, y: real, z: real}\n")
    project.write("metrics/m.lua", """
      local parts = source "parts"
      metric "t" { value = parts:mean "t", identity = "x - y - z" }
      metric "x" { value = parts:mean "x" }
      metric "y" { value = parts:mean "y" }
      metric "z" { value = parts:mean "z" }
    """)
    found, _ = project.run("identity", "--from", "2026-W36", "--to", "2026-W39")
    expect(len(found) == 4, f"{len(found)} lines")
    for line in found:
        values = rows.get(int(line["period"][-2:]))
        if values is None:
            expect(line["measured"] is None and line["holds"] is None, "a value of nothing")
            continue
        measured, x, y, z = values
        residual, tolerance = measured - (x - y - z), 1e-6 * max(map(abs, values))
        expect(line["residual"] == residual, f"residual {line['residual']}, not {residual}")
        expect(near(line["tolerance"], tolerance), f"{line['tolerance']}, not {tolerance}")
        expect(line["holds"] == (abs(residual) <= tolerance), f"{values}: {line['holds']}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary")
    options.add_argument("--seeds", type=int, default=12)
    args = options.parse_args()
    binary = os.path.abspath(args.binary)
    cases = [(check_planted, ()), (check_season, ()), (check_immature, ())]
    cases += [(check_correlations, (seed,)) for seed in range(args.seeds)]
    cases += [(check_rows, (seed,)) for seed in range(args.seeds)]
    cases += [(check_relation, (seed,)) for seed in range(args.seeds // 4)]
    cases += [(check_tolerance, (seed,)) for seed in range(args.seeds)]

    def test(check, seeds):
        with tempfile.TemporaryDirectory(prefix="cynosure-evidence-") as folder:
            check(binary, folder, *seeds)

    events.tap([(check.__doc__.splitlines()[0].rstrip(".") + "".join(f", seed {s}" for s in seeds),
                 lambda check=check, seeds=seeds: test(check, seeds)) for check, seeds in cases])


main()
