#!/usr/bin/env python3
"""Random projects with alert rules, evaluated day by day: rules.py BINARY [--first SEED] [--seeds N].

A seed makes rows over some weeks and rules of all kinds. Each day is one `cynosure alerts run` under a
false clock, a process of its own, so every day is a restart; some days are left out. Beside it goes an
obvious reference: conditions are Python functions of counts in dictionaries, and the machine is a
dictionary that follows docs/reference/alert-states.md row by row. Both must see the same segments and
tell the same events, with the same values, and have the same messages sent. On some days the file of rows is
not there at first: that is no evaluation, whether it comes back on the same day or not. Then, by hand: what is
said when it is not there, and when a script does not load; what is told of an alert that flapped.
"""
import argparse
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was

START = datetime.date(2026, 9, 28)  # a Monday
DAYS = 28
CHANNELS = ["ads", "seo", "tv", None]
WORST = {"info": 1, "warning": 2, "critical": 3}
LEAST_LOOKBACK = 2
FLAPS = 21
NEWS = ("fired", "rose", "resolved")


# ---- Rows, and what a rule may read of them ----

class Rows:
    def __init__(self, rnd):
        self.rows = []  # (day, channel, amount)
        for day in range(DAYS):
            for channel in CHANNELS:
                gone = rnd.random() < 0.15
                for _ in range(0 if gone else rnd.choice([0, 1, 4, 6, 9])):
                    self.rows.append((day, channel, rnd.randrange(100)))
        self.rows += [(0, "ads", 5), (DAYS - 1, "ads", 5)]  # what the source covers

    def of(self, day, channel):
        """The amounts of a day; of all channels where that is ()."""
        return [a for d, c, a in self.rows if d == day and channel in ((), c)]

    def write(self, path):
        lines = [f"{START + datetime.timedelta(d)} {12 + i % 12:02}:00:00,{c or ''},{a}\n"
                 for i, (d, c, a) in enumerate(self.rows)]
        path.write_text("time,channel,amount\n" + "".join(lines), encoding="utf-8")


class Series:
    """A metric of one segment, up to a judged day."""

    def __init__(self, rows, metric, channel, day):
        self.rows, self.metric, self.channel, self.day = rows, metric, channel, day

    def back(self, n):
        day = self.day - n
        if not 0 <= day < DAYS:
            return None
        amounts = self.rows.of(day, self.channel)
        if self.metric == "orders":
            return len(amounts)
        return sum(amounts) / len(amounts) if amounts else None

    @property
    def value(self):
        return self.back(0)

    def change(self, n):
        before, now = self.back(n), self.value
        return None if before is None or now is None or before == 0 else (now - before) / abs(before)

    def mean(self, n):
        known = [v for v in map(self.back, range(n)) if v is not None]
        return sum(known) / len(known) if known else None


def below(a, b):
    return a is not None and b is not None and a < b


def above(a, b):
    return below(b, a)


class Condition(tuple):
    """Lua, the same in Python, and how far back it looks; two of the same Lua are equal."""

    def __eq__(self, other):
        return isinstance(other, Condition) and self[0] == other[0]

    __hash__ = None


def condition(rnd, limit):
    return Condition(rnd.choice([
        (f'"value < {limit}"', lambda s: below(s.value, limit), 0),
        (f"function(s) return s.value > {limit} end", lambda s: above(s.value, limit), 0),
        ('"change(\\"1d\\") > 0.5"', lambda s: above(s.change(1), 0.5), 1),
        (f'function(s) return s:change "2d" < -0.3 or s.value == {limit} end',
         lambda s: below(s.change(2), -0.3) or s.value == limit, 2),
        (f'"mean(3) < {limit}"', lambda s: below(s.mean(3), limit), 2),
        (f"function(s) local n = 0 for i = 1, 3 do n = n + i end return s.value < {limit} + n - 6 end",
         lambda s: below(s.value, limit), 0),  # a loop: the interpreter's
    ]))


# ---- Rules ----

class Rule:
    def __init__(self, rnd, number):
        self.name = f"rule_{number}"
        self.metric = rnd.choice(["orders", "size"])
        self.by = rnd.random() < 0.7
        limit = rnd.choice([3, 5, 7]) if self.metric == "orders" else rnd.choice([35, 50, 65])
        self.when = condition(rnd, limit) if rnd.random() < 0.6 else None
        self.levels = {"warning": condition(rnd, limit) if not self.when or rnd.random() < 0.4 else None}
        if rnd.random() < 0.5:
            self.levels["critical"] = condition(rnd, limit)
        self.clear = condition(rnd, limit) if rnd.random() < 0.3 else None
        if self.clear and self.clear in [self.when, *self.levels.values()]:
            self.clear = None  # such an incident would never end, which is an error of the rule
        self.hold, self.keep = rnd.choice([0, 0, 1, 2, 3]), rnd.choice([0, 0, 1, 2])
        self.gaps = rnd.random() < 0.3
        self.no_data = rnd.choice(["ok", "keep", "fire"])
        self.gone_after = rnd.choice([0, 1, 2, 3])
        self.flapping = rnd.random() < 0.7
        self.calendar = rnd.random() < 0.25
        self.parent = rnd.randrange(number) if number and rnd.random() < 0.4 else None
        tests = [self.when, self.clear, *self.levels.values()]
        self.lookback = max([LEAST_LOOKBACK] + [t[2] for t in tests if t])

    def lua(self):
        if list(self.levels.values()) == [None]:
            severity = '"warning"'
        else:
            own = ", ".join(f"{k} = {v[0]}" for k, v in self.levels.items() if v)
            rest = "".join(f", {k} = \"value == value\"" for k, v in self.levels.items() if not v)
            severity = "{ " + own + rest + " }"
        lines = [f'  metric = "{self.metric}", severity = {severity},',
                 f'  hold = "{self.hold}d", keep = "{self.keep}d", no_data = "{self.no_data}",',
                 f"  gone_after = {self.gone_after}, hold_through_gaps = {str(self.gaps).lower()},",
                 f"  flapping = {'{ damp = 30, calm = 20 }' if self.flapping else 'false'},"]
        if self.by:
            lines.append('  by = "channel",')
        for name, test in (("when", self.when), ("clear", self.clear)):
            if test:
                lines.append(f"  {name} = {test[0]},")
        lines.append('  notify = "log",')
        if self.calendar:
            lines.append('  calendar = "office",')
        if self.parent is not None:
            lines.append(f'  depends = "rule_{self.parent}",')
        return f'alert "{self.name}" {{\n' + "\n".join(lines) + "\n}\n"

    def on_duty(self, day):
        return not self.calendar or (START + datetime.timedelta(day)).weekday() < 5

    def sights(self, rows, day):
        """Segment → "false", "between" or a severity; value of each."""
        seen, values = {}, {}
        for channel in CHANNELS if self.by else [()]:
            window = range(day - self.lookback, day + 1)
            if self.by and not any(rows.of(d, channel) for d in window):
                continue
            series = Series(rows, self.metric, channel, day)
            if series.value is None:
                continue
            held = [level for level, own in self.levels.items()
                    if (not self.when or self.when[1](series)) and (not own or own[1](series))]
            if held:
                seen[channel] = max(held, key=WORST.get)
            else:
                seen[channel] = "between" if self.clear and not self.clear[1](series) else "false"
            values[channel] = series.value
        return seen, values


# ---- The machine: docs/reference/alert-states.md ----

class Alert:
    def __init__(self):
        self.state, self.since, self.idle, self.severity, self.last = "inactive", None, 0, None, None
        self.gone, self.shown, self.damped, self.frozen = 0, [], False, False
        self.start, self.told = None, (None, 0)  # told last: when the incident started, and how bad it was

    def firing(self):
        return self.state in ("firing", "recovering")

    def enter(self, state, slot):
        self.state, self.since, self.idle = state, slot, 0

    def pass_time(self, rule, slot):
        if self.last is None:
            return
        if self.frozen and self.state in ("pending", "recovering"):  # A27
            self.idle += slot - self.last
        elif self.state == "pending" and not rule.gaps:              # A25
            self.idle += slot - 1 - self.last

    def counted(self, slot):
        return slot - self.since - self.idle

    def end(self, slot, reason):
        self.enter("resolved", slot)
        self.gone, self.reason = 0, reason
        return "resolved"

    def miss(self, rule, slot):  # A12, A13
        if self.gone >= rule.gone_after:
            return self.end(slot, "no longer reported")
        self.gone += 1
        return None

    def renew(self, severity):  # A7, A8, A9
        before, self.severity = self.severity, severity or self.severity
        return "rose" if WORST[self.severity] > WORST[before] else None

    def raise_(self, rule, slot, severity):  # A1, A2, A4, A5, A18
        if self.state != "pending":
            self.enter("pending", slot)
            self.severity = None
        self.severity = severity or self.severity or "info"
        if self.counted(slot) < rule.hold:
            return None
        self.enter("firing", slot)
        self.start = slot
        return "fired"

    def decide(self, rule, slot, what, severity, reason):
        """The event, of something that is true, between, false or gone."""
        if self.state in ("inactive", "resolved"):  # A3, A19
            return self.raise_(rule, slot, severity) if what == "true" else None
        if self.state == "pending":
            if what == "true":
                return self.raise_(rule, slot, severity)
            self.enter("inactive", slot)            # A6
            self.severity = None
            return None
        if what == "true":                          # A14
            if self.state == "recovering":
                self.enter("firing", slot)
            return self.renew(severity)
        if self.state == "recovering":              # A15, A16, A17
            if self.counted(slot) >= rule.keep:
                return self.end(slot, reason)
            return self.miss(rule, slot) if what == "gone" else None
        if what == "gone":
            return self.miss(rule, slot)
        if what == "between":
            return None
        if rule.keep == 0:                          # A10
            return self.end(slot, reason)
        self.enter("recovering", slot)              # A11
        return None

    def step(self, rule, slot, what, severity, frozen):
        """What happens, in order."""
        was_frozen, was_damped, event = self.frozen, self.damped, None
        self.frozen = frozen
        self.pass_time(rule, slot)
        reason = "no data" if what == "no data" else "recovered"
        if what not in ("gone", "no data") and not frozen:
            self.gone = 0
        if what == "no data":                       # A20
            what = {"ok": "false", "keep": None, "fire": "true"}[rule.no_data]
        if what and not frozen:
            event = self.decide(rule, slot, what, severity, reason)
            self.shown = (self.shown + [self.firing()])[-FLAPS:]
        changes = sum(a != b for a, b in zip(self.shown, self.shown[1:])) * 100 // (FLAPS - 1)
        self.damped = rule.flapping and (changes > 20 if was_damped else changes >= 30)  # A29, A30
        self.last = slot
        out = []
        if self.frozen != was_frozen:
            out.append("frozen" if frozen else "thawed")
        if self.damped != was_damped:
            out.append("damped" if self.damped else "undamped")
        return out + ([event] if event else [])

    def untold(self):
        """Whether it is something else than what was told last."""
        start, severity = self.told
        if not self.firing():
            return start is not None
        return start != self.start or severity < WORST[self.severity]

    def tell(self, happened):
        """Which of these events is told."""
        out = []
        for k, event in enumerate(happened):
            later = NEWS + ("undamped",)
            tells = not (self.damped or self.frozen) and (
                event in NEWS or event in ("undamped", "thawed") and self.untold()
                and not any(e in later for e in happened[k + 1:]))
            if tells:
                self.told = (self.start if self.firing() else None, WORST.get(self.severity, 0))
            out.append(tells)
        return out

    def forgettable(self, slot):
        quiet = not any(self.shown) and not self.damped and not self.frozen
        return quiet and self.state == "inactive" or (
            self.state == "resolved" and not self.damped and not self.frozen
            and slot - self.since >= FLAPS)


class Watch:
    def __init__(self, rules, rows):
        self.rules, self.rows = rules, rows
        self.alerts = {r.name: {} for r in rules}
        self.messages = []  # (day, alert, event) that somebody is told of
        self.last = {r.name: None for r in rules}

    def run(self, slot):
        """One day: events and evaluations."""
        events, health = [], {}
        for rule in self.rules:
            if not rule.on_duty(slot):
                continue
            alerts, last = self.alerts[rule.name], self.last[rule.name]
            frozen = rule.parent is not None and any(
                a.firing() for a in self.alerts[self.rules[rule.parent].name].values())
            seen, values = rule.sights(self.rows, slot - 1)
            for segment, what, severity in self.met(rule, alerts, seen, frozen):
                events += self.told(rule, segment, alerts[segment], slot, what, severity, frozen,
                                    values.get(segment))
            missed = [] if last is None else [d for d in range(last + 1, slot) if rule.on_duty(d)]
            for segment in [s for s, a in alerts.items() if a.forgettable(slot)]:
                del alerts[segment]
            health[rule.name] = ("ok" if seen else "no data", len(missed), len(seen),
                                 sum(a.firing() for a in alerts.values()),
                                 sum(a.state == "pending" for a in alerts.values()))
            self.last[rule.name] = slot
        return sorted(events, key=str), health

    @staticmethod
    def met(rule, alerts, seen, frozen):
        """What each alert sees; those that there are none of yet are made."""
        if not seen:
            fire = rule.no_data == "fire"
            if fire and not alerts and not frozen:
                alerts["none" if rule.by else ()] = Alert()
            worst = max(rule.levels, key=WORST.get)
            return [(s, "no data", worst if fire and not a.firing() else None)
                    for s, a in alerts.items()]
        for segment, what in seen.items():
            if segment not in alerts and what in WORST and not frozen:
                alerts[segment] = Alert()
        out = []
        for segment in alerts:
            what = seen.get(segment, "false" if segment == "none" else "gone")
            out.append((segment, "true", what) if what in WORST else (segment, what, None))
        return out

    def told(self, rule, segment, alert, slot, what, severity, frozen, value):
        out = []
        happened = alert.step(rule, slot, what, severity, frozen)
        name = rule.name if segment in ((), "none") else \
            f"{rule.name}{{channel={json.dumps(segment) if segment else 'nil'}}}"
        for event, tells in zip(happened, alert.tell(happened)):
            if tells:
                self.messages.append((slot, name, event))
            out.append((name, event, alert.severity or "",
                        alert.reason if event == "resolved" else None,
                        alert.damped or alert.frozen, alert.firing(), value))
        return out


# ---- Cynosure ----

CONFIG = """name: rules
timezone: UTC
grain: day
sources:
  events: { type: csv, path: events.csv, time: time, dimensions: [channel] }
channels:
  log: { type: file, path: log.ndjson }
calendars:
  office: { days: [mon, tue, wed, thu, fri] }
"""
METRICS = """local events = source "events"
metric "orders" { value = events:count() }
metric "size" { value = events:mean "amount" }
"""


def cynosure(binary, folder, slot, *words):
    now = (START + datetime.timedelta(slot)).isoformat() + "T00:20:00Z"
    return subprocess.run([binary, "-C", folder, *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "CYNOSURE_NOW": now})


def run(binary, folder, slot):
    done = cynosure(binary, folder, slot, "alerts", "run", "-j", "--no-send")
    if done.returncode or done.stderr:
        raise AssertionError(f"day {slot}: exit {done.returncode}\n{done.stderr}")
    events, health = [], {}
    for line in map(json.loads, done.stdout.splitlines()):
        if line["type"] == "event" and line["event"] != "renewed":
            events.append((line["alert"], line["event"], line["severity"] or "", line["reason"],
                           line["quiet"], line["firing"], line["value"]))
        elif line["type"] == "evaluation":
            health[line["rule"]] = (line["health"], line["missed"], line["segments"], line["firing"],
                                    line["pending"])
    return sorted(events, key=str), health


def run_without_rows(binary, project, slot, rules):
    """A21: all that happens is that each rule on duty is in error."""
    rows, away = project / "events.csv", project / "away"
    rows.rename(away)
    done = cynosure(binary, project, slot, "alerts", "run", "-j", "--no-send")
    away.rename(rows)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    health = {line["rule"]: line["health"] for line in lines if line["type"] == "evaluation"}
    expected = {r.name: "error" for r in rules if r.on_duty(slot)}
    if done.returncode != (1 if expected else 0) or len(lines) != len(health) or health != expected:
        raise AssertionError(f"day {slot}, without rows: exit {done.returncode}\n{done.stdout}{done.stderr}")


def messages(binary, project):
    """What somebody is to be told of, as it is recorded."""
    done = cynosure(binary, project, DAYS, "alerts", "history", "--all", "-j", "--from", str(START))
    events = map(json.loads, done.stdout.splitlines())
    return [((datetime.date.fromisoformat(e["at"][:10]) - START).days, e["alert"], e["event"])
            for e in events if e["deliveries"]]


def same(ours, theirs):
    return len(ours) == len(theirs) and all(
        a[:6] == b[:6] and (a[6] == b[6] or None not in (a[6], b[6]) and abs(a[6] - b[6]) < 1e-9)
        for a, b in zip(ours, theirs))


def make_project(folder, alerts):
    project = Path(folder)
    (project / "metrics").mkdir()
    (project / "alerts").mkdir()
    (project / "cynosure.yaml").write_text(CONFIG, encoding="utf-8")
    (project / "metrics/m.lua").write_text(METRICS, encoding="utf-8")
    (project / "alerts/a.lua").write_text(alerts, encoding="utf-8")
    return project


def play(binary, seed):
    rnd = random.Random(seed)
    rows, rules = Rows(rnd), [Rule(rnd, i) for i in range(6)]
    watch = Watch(rules, rows)
    told = 0
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(folder, "".join(r.lua() for r in rules))
        rows.write(project / "events.csv")
        for slot in range(5, DAYS):
            if rnd.random() < 0.15:
                continue
            if rnd.random() < 0.2:
                run_without_rows(binary, project, slot, rules)
                if rnd.random() < 0.5:
                    continue
            events, health = run(binary, project, slot)
            expected, expected_health = watch.run(slot)
            told += len(expected)
            if not same(events, expected) or health != expected_health:
                wrong = "\n".join(r.lua() for r in rules)
                raise AssertionError(f"day {slot}\nexpected {expected}\ngot      {events}\n"
                                     f"expected {expected_health}\ngot      {health}\n{wrong}")
        if sorted(messages(binary, project)) != sorted(watch.messages):
            wrong = set(messages(binary, project)) ^ set(watch.messages)
            raise AssertionError(f"messages differ: {sorted(wrong)}")
    return told


# ---- By hand ----

LOW = "".join(f'alert "low_{i}" {{ metric = "orders", severity = "warning", when = "value < 3" }}\n'
              for i in range(1, 6))
ONE_A_DAY = "time,channel,amount\n" + "".join(
    f"{START + datetime.timedelta(d)} 12:00:00,ads,1\n" for d in range(DAYS))


def said_once(binary, project):
    """A file that is not there is said once for all rules, and its slot is evaluated when it is there."""
    first = cynosure(binary, project, 9, "alerts", "run")
    if first.returncode != 1 or first.stdout or first.stderr.count("no file is named 'events.csv'") != 1 or \
            "rules 'low_1', 'low_2', 'low_3' and 2 more: " not in first.stderr:
        yield f"without rows: exit {first.returncode}\n{first.stdout}{first.stderr}"
    table = cynosure(binary, project, 9, "alerts").stdout
    if table.count("events.csv") != 1 or \
            "low_1, low_2, low_3 and 2 more: error since 2026-10-07 00:00" not in table:
        yield f"the table says\n{table}"
    (project / "events.csv").write_text(ONE_A_DAY, encoding="utf-8")
    second = cynosure(binary, project, 9, "alerts", "run")
    if second.returncode or second.stderr or second.stdout.count("fired") != 5:
        yield f"with rows: exit {second.returncode}\n{second.stdout}{second.stderr}"


def no_spin(binary, project):
    """A long run tries again after a minute, not at once."""
    done = cynosure(binary, project, 9, "alerts", "run", "-j", "--for", "2s")
    if done.returncode != 1 or done.stdout.count('"evaluation"') != 5 or done.stderr.count("events.csv") != 1:
        yield f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def unread(binary, project):
    """Rules whose script does not load any more stay as they were, and are shown so."""
    (project / "events.csv").write_text(ONE_A_DAY, encoding="utf-8")
    cynosure(binary, project, 9, "alerts", "run")
    (project / "alerts/a.lua").write_text(LOW + "x = (\n", encoding="utf-8")
    done = cynosure(binary, project, 10, "alerts", "run")
    if done.stdout:
        yield f"with the script broken: {done.stdout}"
    shown = cynosure(binary, project, 10, "alerts")
    if shown.stdout.count("● firing") != 5 or \
            "low_1, low_2, low_3 and 2 more: error: its script does not load" not in shown.stdout:
        yield f"it shows\n{shown.stdout}"
    (project / "alerts/a.lua").write_text(LOW.replace("< 3", "< 1"), encoding="utf-8")
    mended = cynosure(binary, project, 11, "alerts", "run").stdout
    if mended.count("resolved") != 5:
        yield f"with the script mended: {mended}"


def forgotten(binary, project):
    """A rule that is gone leaves nothing behind that a broken script would bring back."""
    (project / "events.csv").write_text(ONE_A_DAY, encoding="utf-8")
    (project / "alerts/a.lua").write_text(LOW.replace("< 3", "< 1"), encoding="utf-8")  # all is well
    cynosure(binary, project, 9, "alerts", "run")
    (project / "alerts/a.lua").write_text("", encoding="utf-8")
    cynosure(binary, project, 10, "alerts", "run")
    (project / "alerts/a.lua").write_text("x = (\n", encoding="utf-8")
    shown = cynosure(binary, project, 10, "alerts", "--all").stdout
    if "low_" in shown:
        yield f"it shows\n{shown}"


def came_back(binary, project):
    """A rule that was gone for a moment is told of again, by its next slot."""
    (project / "events.csv").write_text(ONE_A_DAY, encoding="utf-8")
    (project / "alerts/a.lua").write_text(LOW.replace(" }", ', notify = "log" }'), encoding="utf-8")
    expected = [(9, "fired"), (9, "resolved"), (10, "fired")]
    for step, slot, says in (("there", 9, "fired"), ("away", 9, "rule withdrawn"), ("back", 9, ""),
                             ("back", 9, ""), ("back", 10, "fired"), ("back", 11, "")):
        if step == "away":
            (project / "alerts/a.lua").rename(project / "away")
        elif (project / "away").exists():
            (project / "away").rename(project / "alerts/a.lua")
        out = cynosure(binary, project, slot, "alerts", "run", "--no-send").stdout
        if out.count(says) != 5 if says else out:
            yield f"{step}, day {slot}: {out}"
    told = sorted(messages(binary, project))
    if told != sorted((d, f"low_{i}", what) for i in range(1, 6) for d, what in expected):
        yield f"it tells {told}"


def flapped(binary, project):
    """What was told last is known in the next process: once an alert has calmed down, only news is told."""
    rule = LOW.splitlines()[0].replace(" }", ', notify = "log" }\n')
    (project / "alerts/a.lua").write_text(rule, encoding="utf-8")
    told = [(d, "low_1", "resolved" if d % 2 == 0 else "fired") for d in range(1, 7)]  # damped on day 7
    for after, calm in ((1, [(25, "low_1", "undamped")]), (5, [])):  # orders a day; it fires, or it does not
        rows = "time,channel,amount\n"
        for day in range(DAYS):
            orders = after if day >= 8 else 5 if day % 2 else 1
            rows += f"{START + datetime.timedelta(day)} 12:00:00,ads,1\n" * orders
        (project / "events.csv").write_text(rows, encoding="utf-8")
        for slot in range(1, DAYS):
            cynosure(binary, project, slot, "alerts", "run", "--no-send")
        if sorted(messages(binary, project)) != told + calm:
            yield f"{after} a day: {sorted(messages(binary, project))}"
        shutil.rmtree(project / ".cynosure")


CHECKS = (said_once, no_spin, unread, forgotten, came_back, flapped)


def check_by_hand(binary, check):
    with tempfile.TemporaryDirectory() as folder:
        return "\n".join(check(binary, make_project(folder, LOW)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=12)
    a = parser.parse_args()
    failed = told = 0
    for i, seed in enumerate(range(a.first, a.first + a.seeds), 1):
        try:
            told += play(a.binary.resolve(), seed)
            print(f"ok {i} - seed {seed}", flush=True)
        except AssertionError as e:
            failed += 1
            print("# " + str(e).replace("\n", "\n# "))
            print(f"not ok {i} - seed {seed}", flush=True)
    enough = told >= 15 * a.seeds
    print(f"{'ok' if enough else 'not ok'} {a.seeds + 1} - enough happens: {told} events")
    for i, check in enumerate(CHECKS, a.seeds + 2):
        problems = check_by_hand(a.binary.resolve(), check)
        failed += bool(problems)
        if problems:
            print("# " + problems.replace("\n", "\n# "))
        print(f"{'not ok' if problems else 'ok'} {i} - {check.__doc__}")
    print(f"1..{a.seeds + 1 + len(CHECKS)}")
    sys.exit(failed > 0 or not enough)


main()
