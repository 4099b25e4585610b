#!/usr/bin/env python3
"""Targets, statuses with hysteresis and OKRs: goals.py BINARY [--rounds N].

Random projects, judged a second time here, the obvious way: statuses by walking from the first
period on (docs/numerics.md, S-1 … S-3, S-6), the line to a target in fractions (G-2), what hangs on
what by following names (G-12 … G-14).
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

FIRST = date(2026, 1, 1)
METHODS = ("holt", "holt-winters")
PERIODS = 24  # before one, that may decide its colour


def run(binary, project, *args):
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "CYNOSURE_NOW")}
    return subprocess.run([binary, "-C", project, *args], capture_output=True, text=True, timeout=60,
                          env=clean, check=False)


def lines(done):
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(folder, files):
    for name, text in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# ---- statuses ----

def inside(direction, bound, value, by):
    """Whether a value is on the good side of a threshold, and by so much."""
    if direction == "up":
        return value >= bound + by
    if direction == "down":
        return value <= bound - by
    return bound[0] + by <= value <= bound[1] - by


def statuses(sheet, values):
    """The status of each value; None where it is missing."""
    out, before = [], None
    for value in values:
        if value is None:
            out.append(None)
            continue
        def on(name, was_on):
            by = 0 if before is None else -sheet["hysteresis"] if was_on else sheet["hysteresis"]
            return inside(sheet["direction"], sheet[name], value, by)
        green = on("green", before == "green")
        before = "green" if green else "yellow" if on("yellow", before != "red") else "red"
        out.append(before)
    return out


def windowed(sheet, values):
    return [statuses(sheet, values[max(0, i - PERIODS):i + 1])[-1] for i in range(len(values))]


def random_sheet(rng):
    direction = rng.choice(["up", "down", "range"])
    green, yellow = {"up": (12, 8), "down": (8, 12), "range": ([7, 13], [4, 16])}[direction]
    return {"direction": direction, "green": green, "yellow": yellow,
            "hysteresis": rng.choice([1, 2, 3])}


def check_statuses(binary, folder, rng):
    sheet = random_sheet(rng)
    days = 70
    rows = {key: [rng.choice([None, *range(2, 19)]) if rng.random() < 0.9 else None
                  for _ in range(days)] for key in "ab"}
    text = "day,key,x\n" + "".join(
        f"{FIRST + timedelta(days=i)},{key},{rows[key][i]}\n"
        for i in range(days) for key in "ab" if rows[key][i] is not None)
    text += f"{FIRST + timedelta(days=days)},a,1\n"  # the day that has not ended
    write(folder, {
        "cynosure.yaml": f"name: s\ngrain: day\nas_of: {FIRST + timedelta(days=days)}\nsources:\n"
                         "  r: {path: r.csv, time: day, dimensions: [key]}\n",
        "r.csv": text,
        "metrics/x.lua": 'metric "x" { value = source "r":mean "x" }\n',
        "kpis.yaml": "metrics: {x: {direction: %s, thresholds: {green: %s, yellow: %s, "
                     "hysteresis: %s}}}\n" % tuple(sheet.values()),
    })
    first = rng.randrange(days - 1)
    last = rng.randrange(first, days)
    asked = [("--last", str(days)), ("--at", str(FIRST + timedelta(days=last))),
             ("--from", str(FIRST + timedelta(days=first)), "--to",
              str(FIRST + timedelta(days=last)))]
    seen = 0
    for args in asked:
        points = lines(run(binary, folder, "eval", "x", "--by", "key", "--json", "--no-record",
                           *args))
        seen += len(points)
        for point in points:
            i = (date.fromisoformat(point["period"]) - FIRST).days
            want = windowed(sheet, rows[point["segment"]["key"]])[i]
            if point["status"] != want:
                yield f"{sheet} {args} {point['segment']} {point['period']}: " \
                      f"{point['status']}, expected {want}"
    if seen < days:
        yield f"{sheet}: {seen} points in {days} days"


# ---- the line ----

def expected(goal, day):
    """What the line says of a day, as a fraction; None where it says nothing."""
    points = [(goal["since"], goal["from"])] if "since" in goal and "from" in goal else []
    points += goal["path"] + [(goal["by"], goal["to"])]
    if day >= goal["by"]:
        return Fraction(goal["to"])
    for (a, x), (b, y) in zip(points, points[1:]):
        if a <= day < b:
            return x + Fraction((day - a).days, (b - a).days) * (Fraction(y) - x)
    return None


def random_goal(rng):
    since = FIRST + timedelta(days=rng.randrange(-40, 60))
    by = since + timedelta(days=rng.randrange(20, 200))
    goal = {"to": rng.randrange(-50, 100), "by": by}
    if rng.random() < 0.8:
        goal["from"] = rng.randrange(-50, 100)
    if rng.random() < 0.8:
        goal["since"] = since
    ways = sorted(rng.sample(range(1, (by - since).days), rng.choice([0, 0, 1, 3])))
    goal["path"] = [(since + timedelta(days=n), rng.randrange(-50, 100)) for n in ways]
    return goal


def goal_yaml(goal):
    parts = [f"{key}: {goal[key]}" for key in ("from", "to", "since", "by") if key in goal]
    if goal["path"]:
        parts.append("path: [" + ", ".join(f"{{at: {a}, value: {x}}}" for a, x in goal["path"]) + "]")
    return "{" + ", ".join(parts) + "}"


def check_lines(binary, folder, rng):
    goals = [random_goal(rng) for _ in range(12)]
    days = 120
    grains = [rng.choice(["day", "week", "month"]) for _ in goals]
    write(folder, {
        "cynosure.yaml": "name: g\ngrain: day\nas_of: data\nsources: {r: {path: r.csv, time: day}}\n",
        "r.csv": "day,x\n" + "".join(f"{FIRST + timedelta(days=i)},{rng.randrange(-60, 110)}\n"
                                     for i in range(days)),
        "metrics/x.lua": "".join(f'metric "m{i}" {{ value = source "r":max "x" }}\n'
                                 for i in range(len(goals))),
        "kpis.yaml": "metrics:\n" + "".join(
            f"  m{i}: {{grain: {grain}, direction: {rng.choice(['up', 'down'])}, "
            f"target: {goal_yaml(goal)}}}\n" for i, (goal, grain) in enumerate(zip(goals, grains))),
    })
    points = lines(run(binary, folder, "targets", "--json"))
    if len(points) != len(goals):
        yield f"{len(points)} points of {len(goals)} goals"
    for point in points:
        i = int(point["metric"][1:])
        goal, label = goals[i], point["period"]
        if grains[i] == "week":
            last = date.fromisocalendar(int(label[:4]), int(label[6:]), 7)
        elif grains[i] == "month":
            last = date(2026, int(label[5:]) + 1, 1) - timedelta(days=1)
        else:
            last = date.fromisoformat(label)
        want = expected(goal, last)
        got = point["expected"]
        if (got is None) != (want is None) or (want is not None and abs(got - want) > 1e-9):
            yield f"{goal} {last}: expected {got}, not {want}"
        if "from" in goal and goal["from"] != goal["to"]:
            way = Fraction(point["value"] - goal["from"], goal["to"] - goal["from"])
            if abs(point["progress"] - way) > 1e-12:
                yield f"{goal} {point['value']}: progress {point['progress']}, not {way}"
        elif point["progress"] is not None:
            yield f"{goal}: progress {point['progress']}"
        down = point["target"]["direction"] == "down"
        reached = point["value"] <= goal["to"] if down else point["value"] >= goal["to"]
        if reached != (point["state"] == "reached"):
            yield f"{goal} {point['value']}: {point['state']}"
        if not reached and (last >= goal["by"]) != (point["state"] == "missed"):
            yield f"{goal} {last}: {point['state']}"
        ahead = point["at_deadline"]
        if ahead and (last >= goal["by"] or ahead["n"] < 8 or ahead["method"] not in METHODS or
                      not ahead["low"] <= ahead["value"] <= ahead["high"]):
            yield f"{goal} {last}: forecast {ahead}"
        if not ahead and grains[i] == "day" and 0 < (goal["by"] - last).days < days:
            yield f"{goal} {last}: no forecast"
        behind = want is not None and (point["value"] > want if down else point["value"] < want)
        if point["state"] not in ("reached", "missed") and behind != (point["state"] == "behind"):
            yield f"{goal} {point['value']} of {want}: {point['state']}"


# ---- what hangs on what ----

def hangs(name, supports, below, seen=()):
    """Whether an objective hangs on something."""
    above = supports[name]
    if above is None or above in below or name in seen:
        return above in below and above is not None
    return above in supports and hangs(above, supports, below, (*seen, name))


def check_okrs(binary, folder, rng):
    n = 12
    parts = {f"m{i}": rng.sample([f"m{k}" for k in range(i + 1, n)],
                                 min(n - 1 - i, rng.choice([0, 1, 2]))) for i in range(n)}
    roots = rng.sample(sorted(parts), 2)
    below, queue = set(roots), list(roots)
    while queue:
        queue += [m for m in parts[queue[0]] if m not in below]
        below.update(parts[queue.pop(0)])
    names = [f"o{i}" for i in range(14)]
    supports = {o: rng.choice([None, *names, *names, *parts, *parts]) for o in names}
    results = {o: rng.sample(sorted(parts), rng.choice([0, 1, 2, 3])) for o in names}
    write(folder, {
        "cynosure.yaml": "name: o\ngrain: day\nas_of: data\nsources: {r: {path: r.csv, time: day}}\n",
        "r.csv": "day,x\n2026-01-01,5\n2026-01-02,5\n",
        "metrics/x.lua": "".join(
            '%s "%s" { value = source "r":sum "x", %s }\n' % (
                ("nsm" if m == roots[0] else "kgi") if m in roots else "kpi", m,
                'identity = "%s"' % " + ".join(p) if p else "")
            for m, p in parts.items()),
        "okrs.yaml": "objectives:\n" + "".join(
            "  %s: {%sby: 2026-01-%02d, key_results: [%s]}\n" % (
                o, f"supports: {supports[o]}, " if supports[o] else "", rng.choice([1, 20]),
                ", ".join(f"{{metric: {m}, from: 0, to: {rng.choice([4, 10, 20])}}}"
                          for m in results[o]))
            for o in names),
    })
    found = lines(run(binary, folder, "okr", "--json"))
    shown = [x["objective"] for x in found if x["type"] == "objective"]
    if sorted(shown) != sorted(names):
        yield f"{supports}: shown are {shown}"
    loose = {x["objective"] for x in found if x["type"] == "loose" and not x["key_result"]}
    want = {o for o in names if not hangs(o, supports, below)}
    if loose != want:
        yield f"{supports} below {sorted(below)}: loose {sorted(loose)}, not {sorted(want)}"
    loose = {(x["objective"], x["key_result"]) for x in found
             if x["type"] == "loose" and x["key_result"]}
    want = {(o, m) for o in names for m in results[o] if m not in below}
    if loose != want:
        yield f"{results} below {sorted(below)}: {sorted(loose)}, not {sorted(want)}"
    for x in found:
        if x["type"] == "objective":
            yield from check_objective(x, [r for r in found if r["type"] == "key_result"
                                           and r["on"] == x["objective"]])


def check_objective(objective, results):
    """Its progress is the mean of its key results', its state the worst of theirs."""
    shares = [1 if r["state"] == "reached" else min(max(5 / r["target"]["to"], 0), 1)
              for r in results]
    mean = sum(shares) / len(shares) if shares else None
    if objective["progress"] != mean and abs(objective["progress"] - mean) > 1e-12:
        yield f"{objective}: progress is not {mean}"
    order = ["missed", "behind", "at risk", "ahead", "reached"]
    states = [r["state"] for r in results if r["state"]]
    worst = min(states, key=order.index) if states else None
    if objective["state"] != worst:
        yield f"{objective}: state is not {worst}, of {states}"


# ---- names ----

def check_names(binary, folder):
    write(folder, {
        "cynosure.yaml": "name: n\ngrain: day\nas_of: data\nsources: {r: {path: r.csv, time: day}}\n",
        "r.csv": "day,x\n2026-01-01,5\n2026-01-02,5\n",
        "metrics/x.lua": 'nsm "orders" { value = source "r":sum "x" }\n',
        "okrs.yaml": "objectives:\n"
                     "  growth: {supports: order}\n"
                     "  wider: {supports: grwoth, key_results: [{metric: odrers, to: 3}]}\n",
    })
    done = run(binary, folder, "okr")
    want = ["okrs.yaml:2:3: objective 'growth' supports 'order', but no metric and no objective has "
            "that name", "did you mean 'orders'?",
            "okrs.yaml:3:3: objective 'wider' supports 'grwoth', but no metric and no objective has "
            "that name", "did you mean 'growth'?",
            "okrs.yaml:3:43: a key result of objective 'wider' is about 'odrers', but no metric has "
            "that name", "did you mean 'orders'?"]
    for text in want:
        if text not in done.stderr:
            yield f"not said: {text}\n{done.stderr}"
    if done.returncode != 1:
        yield f"exit {done.returncode}"
    write(folder, {"okrs.yaml": "objectives:\n\tgrowth: 1\n"})
    done = run(binary, folder, "okr")
    if done.returncode != 1 or "One looks like this" in done.stderr or "a tab" not in done.stderr:
        yield f"a file that cannot be read: exit {done.returncode}\n{done.stderr}"


def check_chains(binary, folder):
    """A row of objectives as long as can be drawn, one that is longer, and a long circle."""
    def okrs(count, top):
        write(folder, {"okrs.yaml": "objectives:\n  o0: {supports: %s}\n" % top + "".join(
            f"  o{i}: {{supports: o{i - 1}}}\n" for i in range(1, count))})
        return run(binary, folder, "okr", "--json")

    write(folder, {
        "cynosure.yaml": "name: n\ngrain: day\nas_of: data\nsources: {r: {path: r.csv, time: day}}\n",
        "r.csv": "day,x\n2026-01-01,5\n",
        "metrics/x.lua": 'nsm "orders" { value = source "r":sum "x" }\n',
    })
    said = [x["type"] for x in lines(okrs(200, "orders"))]
    if said.count("objective") != 200 or "loose" in said:
        yield f"{said.count('objective')} of 200 objectives, {said.count('loose')} of them loose"
    done = okrs(300, "orders")
    if done.returncode != 1 or "more than 200 objectives support one another" not in done.stderr:
        yield f"300 in a row: exit {done.returncode}\n{done.stderr}"
    said = [x["why"] for x in lines(okrs(300, "o299")) if x["type"] == "loose"]
    if said != ["circle"] * 300:
        yield f"a circle of 300: {len(said)} loose ends, {said.count('circle')} of them in a circle"


def main():
    binary = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 12
    checks = [("statuses with hysteresis do not depend on what was asked for", check_statuses),
              ("expected values, progress and states follow the line", check_lines),
              ("objectives hang where their names lead", check_okrs)]
    once = [("names that there are not are found", check_names),
            ("long rows and circles of objectives are followed to their end", check_chains)]

    def test(check, *seeds):
        """The check on a project of its own for each seed."""
        problems = []
        for seed in seeds:
            with tempfile.TemporaryDirectory(prefix="cynosure-goals-") as folder:
                problems += [f"{seed}: {x}" if seed else x for x in
                             check(binary, folder, *([random.Random(seed)] if seed else []))]
        if problems:
            raise RuntimeError("\n".join(problems[:10]))

    events.tap([(name, lambda name=name, check=check: test(
        check, *(f"{name} {seed}" for seed in range(rounds)))) for name, check in checks] +
        [(name, lambda check=check: test(check, None)) for name, check in once])


main()
