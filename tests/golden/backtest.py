#!/usr/bin/env python3
"""Backtests give what the table of docs/reference/alert-states.md gives, and what live evaluation
would have given: backtest.py BINARY [--real | --first N --seeds N].

Random rules over random hours are replayed here a second time, row of the table by row. Then each
slot in turn is evaluated by `alerts run` on data cut off at that slot, and the incidents are the
backtest's. On real data (--real) days above a threshold are counted by SQLite, and the windows of
the NAB are the known incidents.
"""
import argparse
import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import run as golden

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 27, tzinfo=timezone.utc)  # DST of Berlin begins on the 29th
LEVELS = ["info", "warning", "critical"]
CONFIG = """name: backtest
timezone: {zone}
grain: hour
sources:
  events:
    type: csv
    path: {path}
    time: {time}
    dimensions: [{dims}]
    columns:
      {time}: timestamp
"""


def call(binary, folder, *args, now=None, code=0):
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "CYNOSURE_NOW")}
    if now:
        env["CYNOSURE_NOW"] = now.isoformat()
    done = subprocess.run([binary, "-C", folder, *args], capture_output=True, text=True, timeout=120,
                          env=env, check=False)
    if done.returncode != code:
        raise RuntimeError(f"{' '.join(args)}: exit {done.returncode}: {done.stderr}")
    return done


def replay(binary, folder, *args, **given):
    """The rule's line, and the others by their type."""
    lines = [json.loads(x) for x in call(binary, folder, "backtest", *args, "--json",
                                         **given).stdout.splitlines()]
    return lines[0], [x for x in lines if x["type"] == "incident"], \
        [x for x in lines if x["type"] == "known"]


def instant(text):
    return datetime.fromisoformat(text) if text else None


def same(got, want, what):
    if got != want:
        raise RuntimeError(f"{what}: {got}, expected {want}")


# ---- the table, once more ----

class Alert:
    """One rule over one segment; comments name the rows of the table."""

    def __init__(self, rule):
        self.rule, self.state, self.since = rule, "inactive", None
        self.severity, self.gone, self.incidents, self.told = 0, 0, [], []

    def firing(self):
        return self.state in ("firing", "recovering")

    def fire(self, t, severity, value):  # A1, A4, A18
        self.state, self.severity, self.gone = "firing", severity, 0
        self.incidents.append({"start": t, "end": None, "severity": severity, "value": value,
                               "reason": None})
        self.told.append(t)

    def end(self, t, reason):
        self.state = "resolved"
        self.incidents[-1].update(end=t, reason=reason)

    def go_on(self, t, severity):  # A7, A8, A9, A14
        self.state, self.gone = "firing", 0
        if severity > self.severity:
            self.told.append(t)
        self.severity = severity or self.severity
        self.incidents[-1]["severity"] = max(self.incidents[-1]["severity"], self.severity)

    def missed(self, t):  # A12, A13, A17
        self.gone += 1
        if self.gone > self.rule["gone_after"]:
            self.end(t, "no longer reported")

    def step(self, t, seen, severity, value):
        gone = self.gone
        self.take(t, seen, severity, value)
        if seen == "no data":  # it says nothing about a single segment
            self.gone = gone

    def take(self, t, seen, severity, value):
        reason, rule = "recovered", self.rule
        if seen == "no data":  # A20
            if rule["no_data"] == "keep":
                return
            reason = "no data"
            seen = "true" if rule["no_data"] == "fire" else "false"
            severity = 0 if self.firing() else rule["worst"]
        if self.state in ("inactive", "resolved"):
            if seen == "true" and not rule["hold"]:
                self.fire(t, severity, value)
            elif seen == "true":  # A2
                self.state, self.since = "pending", t
        elif self.state == "pending":
            if seen != "true":  # A6
                self.state = "inactive"
            elif t - self.since >= rule["hold"]:
                self.fire(t, severity, value)
        elif seen == "true":
            self.go_on(t, severity)
        elif self.state == "firing":
            self.from_firing(t, seen, reason)
        elif t - self.since >= rule["keep"]:  # A16
            self.end(t, reason)
        elif seen == "gone":
            self.missed(t)
        else:  # A15
            self.gone = 0

    def from_firing(self, t, seen, reason):
        if seen == "gone":
            self.missed(t)
            return
        self.gone = 0
        if seen == "false" and not self.rule["keep"]:  # A10
            self.end(t, reason)
        elif seen == "false":  # A11
            self.state, self.since = "recovering", t


def seen_of(rule, value):
    """true, between or false, and how bad."""
    worst = max((s for s, over in rule["levels"] if value > over), default=0)
    if worst:
        return "true", worst
    if rule["clear"] is not None and not value < rule["clear"]:
        return "between", 0
    return "false", 0


def reference(rule, values, start, stop):
    """The alerts after all slots in [start, stop); values: {(hour, channel): mean}."""
    alerts, slots, empty = {}, 0, 0
    step = rule["every"]
    t = start + (datetime.min.replace(tzinfo=timezone.utc) - start) % step
    while t < stop:
        hour = t.replace(minute=0) - HOUR
        names = rule["channels"] if rule["by"] else [None]
        here = {n: values[hour, n] for n in names if (hour, n) in values}
        slots += 1
        empty += not here
        if not here and rule["no_data"] == "fire" and not alerts:
            alerts[None] = Alert(rule)
        for name, value in here.items():
            if name not in alerts:
                alerts[name] = Alert(rule)
        for name, alert in alerts.items():
            if not here:
                alert.step(t, "no data", 0, None)
            elif name in here:
                alert.step(t, *seen_of(rule, here[name]), here[name])
            else:
                alert.step(t, "gone", 0, None)
        t += step
    return alerts, slots, empty


# ---- random projects ----

CHANNELS = ["ads", "seo", "メール"]


def random_rows(rng, hours):
    """One row for each hour and channel, some left out; levels wander, so that incidents last."""
    rows, levels = [], {c: 5.0 for c in CHANNELS}
    hour, absent = BEGIN, {}
    for _ in range(hours):
        if rng.random() < 0.04:
            absent["all"] = hour + rng.randint(1, 4) * HOUR
        for c in CHANNELS:
            levels[c] = min(10, max(0, levels[c] + rng.uniform(-2.5, 2.5)))
            if rng.random() < 0.05:
                absent[c] = hour + rng.randint(1, 6) * HOUR
            if all(absent.get(k, BEGIN) <= hour for k in (c, "all")):
                rows.append((hour + timedelta(minutes=rng.randint(0, 59)), c, round(levels[c], 2)))
        hour += HOUR
    return sorted(rows)


def random_rule(rng):
    count = rng.randint(1, 3)
    overs = sorted(rng.sample([5.5, 6, 6.5, 7, 7.5, 8], count))
    severities = sorted(rng.sample([1, 2, 3], count))
    by = rng.random() < 0.6
    return {"by": by, "channels": CHANNELS,
            "levels": list(zip(severities, overs)), "worst": severities[-1],
            "clear": rng.choice([None, None, 4, 5]),
            "hold": rng.choice([0, 0, 1, 2, 3]) * HOUR, "keep": rng.choice([0, 0, 1, 2, 4]) * HOUR,
            "every": rng.choice([HOUR, HOUR, 2 * HOUR, HOUR / 2]),
            "gone_after": rng.choice([0, 1, 2, 2, 4]),
            "no_data": rng.choice(["keep", "ok"] if by else ["keep", "ok", "fire"])}


def lua_of(rule):
    hours = lambda d: f'"{int(d.total_seconds() // 60)}m"'
    levels = ", ".join(f'{LEVELS[s - 1]} = "value > {over}"' for s, over in rule["levels"])
    fields = ['metric = "level"', f"severity = {{ {levels} }}", f'no_data = "{rule["no_data"]}"',
              f'gone_after = {rule["gone_after"]}', "flapping = false",
              f'every = {hours(rule["every"])}']
    fields += [f'{k} = {hours(rule[k])}' for k in ("hold", "keep") if rule[k]]
    fields += ['by = { "channel" }'] if rule["by"] else []
    fields += [f'clear = "value < {rule["clear"]}"'] if rule["clear"] is not None else []
    return f'alert "rule" {{ {", ".join(fields)} }}\n'


def write_project(folder, rows, alerts, zone="Europe/Berlin"):
    events_csv = folder / "events.csv"
    for name, text in (("cynosure.yaml", CONFIG.format(zone=zone, path="events.csv", time="time",
                                                       dims="channel")),
                       ("metrics/level.lua", 'local e = source "events"\n'
                                             'metric "level" { value = e:mean "v" }\n'
                                             'metric "rows" { value = e:count() }\n'),
                       ("alerts/rule.lua", alerts)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    write_rows(events_csv, rows)


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time", "channel", "v"])
        out.writerows((t.isoformat(), c, v) for t, c, v in rows)


def means(rows, by):
    cells = {}
    for t, c, v in rows:
        cells.setdefault((t.replace(minute=0), c if by else None), []).append(v)
    return {k: sum(v) / len(v) for k, v in cells.items()}


def shown(incident):
    return (instant(incident["start"]), incident["segment"].get("channel"),
            instant(incident["end"]), LEVELS.index(incident["severity"]) + 1,
            None if incident["value"] is None else round(incident["value"], 9),
            incident["reason"] if incident["end"] else None)


def expected(alerts):
    out = [(i["start"], name, i["end"], i["severity"],
            None if i["value"] is None else round(i["value"], 9), i["reason"])
           for name, alert in alerts.items() for i in alert.incidents]
    return sorted(out, key=lambda x: (x[0], str(x[1])))


def random_rules(binary, work, seeds):
    total = 0
    for seed in seeds:
        rng = random.Random(seed)
        folder = work / f"random{seed}"
        rows, rule = random_rows(rng, 150), random_rule(rng)
        start, stop = BEGIN + 5 * HOUR + timedelta(minutes=7), BEGIN + 140 * HOUR
        write_project(folder, rows, lua_of(rule))
        alerts, slots, empty = reference(rule, means(rows, rule["by"]), start, stop)
        head, incidents, _ = replay(binary, folder, "rule", "--from", start.isoformat(), "--to",
                                    stop.isoformat(), now=BEGIN + 200 * HOUR)
        what = f"seed {seed}, {lua_of(rule)}"
        same((head["slots"], head["no_data"]), (slots, empty), what)
        same([shown(i) for i in incidents if i["value"] is not None],
             [i for i in expected(alerts) if i[4] is not None], what)
        same([(shown(i)[0], shown(i)[2]) for i in incidents],
             [(i[0], i[2]) for i in expected(alerts)], what)
        same(head["pages"], len({t for a in alerts.values() for t in a.told}), what)
        same(head["firing_s"], firing(alerts, stop), what)
        total += len(incidents)
    if total < 3 * len(seeds):
        raise RuntimeError(f"{total} incidents only: the rules are too quiet to tell anything")
    return f"{total} incidents"


def firing(alerts, stop):
    """Seconds in which some alert fires, second by second of its borders."""
    spans = sorted((i["start"], i["end"] or stop) for a in alerts.values() for i in a.incidents)
    borders = sorted({x for span in spans for x in span})
    return float(sum((b - a).total_seconds() for a, b in zip(borders, borders[1:])
                     if any(s <= a and b <= e for s, e in spans)))


# ---- live ----

LIVE = """alert "few" { metric = "rows", by = { "channel" }, when = "value < 2", severity = "warning",
  hold = "1h", gone_after = 1 }
alert "none" { metric = "rows", when = "value < 4", no_data = "fire", severity = "info" }
alert "stale" { metric = "rows", when = "age > 5400", severity = "critical" }
alert "mean" { metric = "level", by = { "channel" }, severity = "warning",
  when = function(s) return s:mean(3) > 6 and s:change(2) ~= nil end, depends = { "none" } }
alert "part" { metric = "rows", partial = true, every = "30m", when = "value < 3",
  severity = "warning" }
"""


def live_events(binary, folder, rows, slots):
    """What `alerts run` says at each slot, of the data that there are by then."""
    got = {}
    for t in slots:
        write_rows(folder / "events.csv", [r for r in rows if r[0] < t])
        for line in call(binary, folder, "alerts", "run", "--json", "--no-send", now=t,
                         ).stdout.splitlines():
            e = json.loads(line)
            if e["type"] != "event" or e["event"] not in ("fired", "resolved"):
                continue
            if e["event"] == "fired":
                got.setdefault(e["rule"], []).append([instant(e["at"]), e["alert"], None])
            else:
                [i for i in got[e["rule"]] if i[1] == e["alert"]][-1][2] = instant(e["at"])
    return got


def as_live(binary, work):
    rng = random.Random(4)
    rows = [r for r in random_rows(rng, 45) for _ in range(rng.randint(1, 2))
            if not any(BEGIN + a * HOUR <= r[0] < BEGIN + b * HOUR for a, b in ((14, 17), (26, 31)))]
    start, stop = BEGIN + 4 * HOUR, BEGIN + 40 * HOUR
    live, past = work / "live", work / "past"
    write_project(live, rows, LIVE)
    write_project(past, rows, LIVE)
    slots = [start + k * HOUR / 2 for k in range(int((stop - start) / (HOUR / 2)))]
    want, told = live_events(binary, live, rows, slots), []
    for rule in ("few", "none", "stale", "mean", "part"):
        _, incidents, _ = replay(binary, past, rule, "--from", start.isoformat(), "--to",
                                 stop.isoformat(), now=stop + HOUR)
        got = [[instant(i["start"]), i["alert"], instant(i["end"])] for i in incidents]
        same(got, sorted(want.get(rule, []), key=lambda x: (x[0], x[1])), rule)
        told.append(f"{rule} {len(got)}")
        if not got:
            raise RuntimeError(f"{rule} never fires: nothing is compared")
    return ", ".join(told)


# ---- known incidents and sweeps ----

SCORED = """alert "rule" { metric = "level", params = { over = 6 }, when = "value > over", hold = "1h",
  severity = "warning", flapping = false }
"""


def scored(binary, work):
    rng = random.Random(11)
    folder, rows = work / "scored", random_rows(rng, 150)
    write_project(folder, rows, SCORED, zone="UTC")
    start, stop = BEGIN + 5 * HOUR, BEGIN + 140 * HOUR
    known = sorted((BEGIN + rng.randint(0, 150) * HOUR, rng.randint(0, 8) * HOUR) for _ in range(12))
    with open(folder / "known.csv", "w", encoding="utf-8") as file:
        file.write("from,to\n")
        file.writelines(f"{f:%Y-%m-%d %H:%M},{f + n:%Y-%m-%d %H:%M}\n" for f, n in known)
    span = ["--from", start.isoformat(), "--to", stop.isoformat()]
    rule = {"by": False, "clear": None, "every": HOUR, "gone_after": 2, "no_data": "keep",
            "channels": [], "worst": 2, "keep": 0 * HOUR}
    trials = [json.loads(x) for x in call(
        binary, folder, "backtest", "rule", *span, "--incidents", str(folder / "known.csv"), "--set",
        "over=5..7:1", "--set", "hold=0s,1h,3h", "--json", now=stop + HOUR).stdout.splitlines()]
    same(len(trials), 9, "combinations")
    same([t["set"] for t in trials if t["own"]], [{"over": "6", "hold": "1h"}], "the own one")
    for over in (5, 6, 7):
        for hold in (0, 1, 3):
            alerts, _, _ = reference({**rule, "levels": [(2, over)], "hold": hold * HOUR},
                                     means(rows, False), start, stop)
            starts = [i[0] for i in expected(alerts)]
            inside = [k for k in known if start <= k[0] < stop]
            meets = lambda k, s: k[0] - HOUR <= s <= k[0] + k[1] + HOUR
            found = [next(s for s in starts if meets(k, s)) - k[0] for k in inside
                     if any(meets(k, s) for s in starts)]
            right = [s for s in starts if any(meets(k, s) for k in known)]
            head, _, _ = replay(binary, folder, "rule", *span, "--incidents",
                                str(folder / "known.csv"), "--set", f"over={over}", "--set",
                                f"hold={hold}h", now=stop + HOUR)
            what = f"over {over}, hold {hold}"
            same((head["precision"]["k"], head["precision"]["n"]), (len(right), len(starts)), what)
            same((head["recall"]["k"], head["recall"]["n"]), (len(found), len(inside)), what)
            found = sorted(f.total_seconds() for f in found)
            middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2 if found else None
            same(head["delay_s"], middle, what)
            single = {k: v for k, v in head.items() if k not in ("type", "set")}
            here = [t for t in trials if t["set"]["over"] == str(over)
                    and t["set"]["hold"] == ("0s" if hold == 0 else f"{hold}h")]
            same([{k: t[k] for k in single} for t in here], [single], what)
    return ""


def wrong(binary, work):
    folder = work / "scored"
    (folder / "bad.csv").write_text("from,to\n2026-03-28,soon\n", encoding="utf-8")
    for args, code, part in (
            (["nothing"], 2, "there is no rule 'nothing'"),
            ([], 2, "backtest takes one rule"),
            (["rule", "--from", "soon"], 2, "--from: 'soon' is no date"),
            (["rule", "--from", "2026-04", "--to", "2026-03"], 2, "nothing to replay"),
            (["rule", "--set", "over"], 2, "expected NAME=VALUE"),
            (["rule", "--set", "limit=1"], 2, "no such setting"),
            (["rule", "--tolerance", "1h"], 2, "needs --incidents"),
            (["rule", "--incidents", str(folder / "bad.csv")], 1, "bad.csv:2:12: 'soon' is no date"),
            (["rule", "--format", "csv"], 2, "expected table, json or markdown")):
        done = call(binary, folder, "backtest", *args, now=BEGIN + 150 * HOUR, code=code)
        if part not in done.stderr or done.stdout:
            raise RuntimeError(f"{args}: {done.stderr}")


# ---- real data ----

def write_real(folder, path, time, metric, alert, kind="csv"):
    folder.mkdir()
    config = CONFIG.format(zone="UTC", path=path, time=time, dims="").replace(
        "    dimensions: []\n", "").replace("type: csv", f"type: {kind}")
    (folder / "cynosure.yaml").write_text(config, encoding="utf-8")
    for name, text in (("metrics", metric), ("alerts", alert)):
        (folder / name).mkdir()
        (folder / name / "real.lua").write_text(text, encoding="utf-8")


def days_above(binary, work, name, path, time, over):
    """Runs of days with more rows than that, by SQLite; the day is judged at the next midnight."""
    db = sqlite3.connect(":memory:")
    with open(path, encoding="utf-8", newline="") as file:
        db.execute("create table t (d text)")
        db.executemany("insert into t values (?)", ((r[time][:10],) for r in csv.DictReader(file)))
    days = [datetime.fromisoformat(d) for d, in db.execute(
        "select d from t where d <> '' group by d having count(*) > ? order by d", (over,))]
    day, runs = timedelta(days=1), []
    for d in days:
        if runs and runs[-1][1] == d:
            runs[-1][1] = d + day
        else:
            runs.append([d, d + day])
    last, = db.execute("select max(d) from t").fetchone()
    last = datetime.fromisoformat(last)
    folder = work / name
    write_real(folder, path, time, 'metric "n" { value = source "events":count() }',
               f'alert "rule" {{ metric = "n", grain = "day", when = "value > {over}", '
               'severity = "warning", flapping = false }')
    now = (last + 2 * day).replace(tzinfo=timezone.utc)
    _, incidents, _ = replay(binary, folder, "rule", now=now)
    first, = db.execute("select min(d) from t where d <> ''").fetchone()
    since = datetime.fromisoformat(first) + 3 * day  # two days to look back on
    want = [[a + day, b + day] for a, b in runs]
    got = [[instant(i["start"]).replace(tzinfo=None),
            i["end"] and instant(i["end"]).replace(tzinfo=None)] for i in incidents]
    same(got, [[max(a, since), b] for a, b in want if b > since], name)
    return fired(got)


def busy_minutes(binary, work, over):
    """Stretches of minutes with more events than that, held for two minutes."""
    counts, minute = {}, timedelta(minutes=1)
    for path in (golden.DATA / "github_events").glob("*.ndjson"):
        with open(path, encoding="utf-8") as file:
            for line in file:
                t = datetime.fromisoformat(json.loads(line)["created_at"].replace("Z", "+00:00"))
                t = t.replace(second=0)
                counts[t] = counts.get(t, 0) + 1
    folder = work / "github"
    write_real(folder, f"{golden.DATA}/github_events/*.ndjson", "created_at",
               'metric "n" { value = source "events":count() }',
               f'alert "rule" {{ metric = "n", grain = "1m", when = "value > {over}", hold = "2m", '
               'keep = "1m", severity = "warning", flapping = false }', kind="ndjson")
    alert = Alert({"hold": 2 * minute, "keep": minute, "no_data": "keep", "gone_after": 2})
    first, stop = min(counts) + minute, max(counts) + 2 * minute
    for k in range(int((stop - first) / minute)):
        t = first + k * minute
        alert.step(t, "true" if counts.get(t - minute, 0) > over else "false", 2, 0)
    _, incidents, _ = replay(binary, folder, "rule", "--from", first.isoformat(), now=stop - minute)
    got = [(instant(i["start"]), instant(i["end"])) for i in incidents]
    same(got, [(i["start"], i["end"]) for i in alert.incidents], "github")
    return fired(got)


def fired(incidents):
    if not incidents:
        raise RuntimeError("no incident: nothing is compared")
    return f"{len(incidents)} incidents"


def nab(binary, work, name, over):
    data = golden.DATA / "nab"
    slot, values = timedelta(minutes=5), {}
    with open(data / name, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            t = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=timezone.utc)
            cell = t - (t - BEGIN) % slot
            values.setdefault(cell, []).append(float(row["value"]))
    with open(data / "windows.csv", encoding="utf-8", newline="") as file:
        windows = [(r["window_start"][:19], r["window_end"][:19]) for r in csv.DictReader(file)
                   if r["file"] == name]
    folder = work / Path(name).stem
    write_real(folder, data / name, "timestamp",
               'metric "level" { value = source "events":mean "value" }',
               f'alert "rule" {{ metric = "level", grain = "5m", when = "value > {over}", '
               'severity = "warning", hold = "10m", flapping = false }')
    (folder / "known.csv").write_text("from,to\n" + "".join(f"{a},{b}\n" for a, b in windows),
                                      encoding="utf-8")
    first, stop = min(values) + 3 * slot, max(values) + 3 * slot
    alert = Alert({"hold": 2 * slot, "keep": 0 * slot, "no_data": "keep", "gone_after": 2})
    t = first
    while t < stop:
        here = values.get(t - slot)
        mean = sum(here) / len(here) if here else None
        alert.step(t, "no data" if not here else "true" if mean > over else "false", 2, mean)
        t += slot
    head, incidents, known = replay(binary, folder, "rule", "--from", first.isoformat(), "--to",
                                    stop.isoformat(), "--incidents", str(folder / "known.csv"),
                                    "--tolerance", "0", now=stop)
    starts = [i["start"] for i in alert.incidents]
    same([(instant(i["start"]), instant(i["end"])) for i in incidents],
         [(i["start"], i["end"]) for i in alert.incidents], name)
    zone = [tuple(datetime.fromisoformat(x).replace(tzinfo=timezone.utc) for x in w)
            for w in windows]
    same(head["recall"]["k"], sum(any(a <= s <= b for s in starts) for a, b in zone), name)
    same(head["precision"]["k"], sum(any(a <= s <= b for a, b in zone) for s in starts), name)
    same([k["found"] for k in known], [any(a <= s <= b for s in starts) for a, b in zone], name)
    return f"{fired(starts)}, {head['recall']['k']} of {len(windows)} windows"


def real_tests(binary, work):
    data = golden.DATA
    return [
        ("olist: days with more than 40 orders", lambda: days_above(
            binary, work, "olist", data / "olist/orders.csv", "order_purchase_timestamp", 40)),
        ("saas: days with more than 12 sign-ups", lambda: days_above(
            binary, work, "saas", data / "saas/customers.csv", "signup_date", 12)),
        ("github_events: minutes with more than 120 events", lambda: busy_minutes(
            binary, work, 120)),
        ("nab: request latency", lambda: nab(
            binary, work, "realKnownCause/ec2_request_latency_system_failure.csv", 49)),
        ("nab: CPU", lambda: nab(
            binary, work, "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv", 0.15)),
    ]


def tests(binary, work, seeds):
    return [
        ("random rules fire as the table says", lambda: random_rules(binary, work, seeds)),
        ("a backtest finds what live evaluation did", lambda: as_live(binary, work)),
        ("known incidents and sweeps are counted as by hand", lambda: scored(binary, work)),
        ("what is wrong is said", lambda: wrong(binary, work)),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=40)
    args = parser.parse_args()
    if args.real and not golden.DATA.is_dir():
        print(f"1..0 # SKIP no test data: {golden.DATA} does not exist (set CYNOSURE_TEST_DATA)")
        return
    seeds = range(args.first, args.first + args.seeds)
    with tempfile.TemporaryDirectory(prefix="cynosure-backtest-") as folder:
        work = Path(folder)
        events.tap(real_tests(args.binary, work) if args.real else tests(args.binary, work, seeds))


main()
