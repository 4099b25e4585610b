#!/usr/bin/env python3
"""cynosure schedule: schedule.py BINARY ROOT.

The project of docs/reference/schedule.md in a folder of its own, with data, rules and a clock that
stands (CYNOSURE_NOW); times are worked out here, too, with Python's calendar and zones.
"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=ZONE)  # a Wednesday, before the clock jumps on the 8th

METRICS = """
local orders = source "orders"
kpi "revenue" { value = orders:sum "amount" }
kpi "buyers"  { value = orders:distinct "who" }
"""
KPIS = """
metrics:
  revenue: {title: {en: Revenue, ja: 売上}, grain: week}
  buyers: {title: {en: Buyers per day, ja: 一日の購入者数}, grain: day}
"""
ALERTS = """
alert "low" { metric = "revenue", every = "1d", at = "9h", when = "value < 10",
              severity = "warning", title = { en = "Revenue is low", ja = "売上が少ない" } }
alert "on_duty" { metric = "revenue", every = "1d", at = "9h", calendar = "office",
                  when = "value < 10", severity = "warning" }
alert "often" { metric = "buyers", every = "6h", when = "value < 1", severity = "info" }
"""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, ok, name, *details):
        self.count += 1
        self.failed += not ok
        for detail in () if ok else details:
            print("# " + str(detail).replace("\n", "\n# "))
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")

    def equal(self, got, want, name):
        self.test(got == want, name, f"got      {got}", f"expected {want}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Project:
    def __init__(self, binary, root, folder):
        page = (root / "docs/reference/schedule.md").read_text(encoding="utf-8")
        self.binary, self.folder = binary, Path(folder)
        self.yaml = re.search(r"^```yaml\n(.*?)^```$", page, re.M | re.S)[1] + (
            'calendars:\n  office: {days: mon-fri, hours: "09:00-18:00"}\n')
        for name in ("metrics", "alerts", "data"):
            (self.folder / name).mkdir()
        self.write("cynosure.yaml", self.yaml)
        self.write("kpis.yaml", KPIS)
        self.write("metrics/shop.lua", METRICS)
        self.write("alerts/shop.lua", ALERTS)
        days = [date(2026, 1, 5) + timedelta(days=n) for n in range(58)]
        self.write("data/orders.csv", "at,who,amount\n" + "".join(
            f"{d} 10:00,{d.day % 7},{d.day}\n" for d in days))

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def environment(self, now, **more):
        env = {**os.environ, "CYNOSURE_NOW": now.isoformat(), "LC_ALL": "C.UTF-8", **more}
        env.pop("COLUMNS", None)
        return env

    def run(self, *command, now=NOW):
        return subprocess.run([self.binary, "-C", self.folder, *command], capture_output=True,
                              text=True, timeout=120, env=self.environment(now), check=False)

    def on_terminal(self, *command, **more):
        """What a terminal of 200 cells gets."""
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        done = subprocess.run([self.binary, "-C", self.folder, *command], stdout=its, timeout=120,
                              stderr=subprocess.PIPE, env=self.environment(NOW, **more), check=False)
        os.close(its)
        text = b""
        try:
            while part := os.read(mine, 65536):
                text += part
        except OSError:  # Linux says so when the other end is closed and all was read
            pass
        os.close(mine)
        return (text + done.stderr).decode()

    def items(self, *command, now=NOW):
        done = self.run("schedule", "--json", *command, now=now)
        if done.returncode:
            raise SystemExit(f"Bail out! {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


# ---- the same by Python ----

def local(day, hour=0, minute=0):
    return datetime.combine(day, time(hour, minute), ZONE)


def later(moment, **length):
    """So much later in time that passes, not on the clock."""
    utc = ZoneInfo("UTC")
    return (moment.astimezone(utc) + timedelta(**length)).astimezone(ZONE)


def week_due(monday):
    return later(local(monday + timedelta(days=7)), hours=2)


def day_due(day):
    """Six hours after its end, at nine on a working day then."""
    ready = later(local(day + timedelta(days=1)), hours=6)
    at = local(ready.date(), 9)
    while at < ready or at.weekday() > 4:
        at = local(at.date() + timedelta(days=1), 9)
    return at


def first_monday(year, month):
    return next(d for d in (date(year, month, n) for n in range(1, 8)) if d.weekday() == 0)


def shown(moment):
    return moment.isoformat(timespec="seconds")


def named(items, kind, name):
    return next(i for i in items if i["kind"] == kind and i["name"] == name)


# ---- tests ----

def test_before(tap, project):
    items = project.items()
    tap.equal([(i["kind"], i["name"]) for i in items],
              [("source", "orders"), ("metric", "buyers"), ("metric", "revenue"), ("rule", "often"),
               ("rule", "low"), ("rule", "on_duty"), ("report", "weekly")], "everything is listed, by kind and time")
    tap.test(all(i["last"] is None and i["error"] is None for i in items), "nothing has run yet")
    tap.equal(named(items, "source", "orders")["next"], shown(later(NOW, minutes=1)),
              "a source is looked at within a poll")
    tap.equal([i["next"] for i in items if i["kind"] == "metric"], [None, None],
              "a metric that was never evaluated begins with the data")
    low = named(items, "rule", "low")
    tap.equal((low["next"], low["due"]), (shown(local(NOW.date(), 9)), True),
              "a rule that was never evaluated is due")
    tap.equal(named(items, "report", "weekly")["next"], shown(local(first_monday(2026, 4), 8)),
              "a report comes at its next time")
    tap.equal([i["when"] for i in items],
              ["every 1m, on change", "day + 6h, 0 9 * * MON-FRI", "week + 2h", "every 6h",
               "every 1d, 09:00", "every 1d, 09:00, office", "0 8 * * MON#1"], "each says when")


def test_after(tap, project):
    done = project.run("serve", "--once", "--no-send")
    tap.equal(done.returncode, 0, "all that is due runs once")
    items = project.items()
    monday = NOW.date() - timedelta(days=NOW.weekday())
    revenue, buyers = named(items, "metric", "revenue"), named(items, "metric", "buyers")
    tap.equal((revenue["next"], revenue["period"], revenue["due"]),
              (shown(week_due(monday)), "2026-W10", False), "a week is due after it has ended")
    yesterday = NOW.date()
    tap.equal((buyers["next"], buyers["period"]), (shown(day_due(yesterday)), str(yesterday)),
              "a day is due at nine on the next working day")
    tap.test(all(i["last"] for i in items if i["kind"] != "report"), "what ran says when", items)
    tap.test(all(i["took_s"] is not None for i in items if i["kind"] in ("source", "metric")),
             "… and how long it took")
    tap.test(all(not i["due"] for i in items), "nothing is due now")
    coming = week_due(monday)
    tap.equal([named(project.items(now=t), "metric", "revenue")["due"]
               for t in (coming - timedelta(seconds=1), coming)], [False, True],
              "it is due from that second on")


def test_next(tap, project):
    """All that comes within twelve days, over the change of the clock."""
    until = later(NOW, days=12)
    monday = NOW.date() - timedelta(days=NOW.weekday())
    want = [("revenue", t) for t in map(week_due, (monday + timedelta(days=7 * n)
                                                   for n in range(3)))]
    want += [("buyers", day_due(NOW.date() + timedelta(days=n))) for n in range(12)]
    want = sorted((shown(t), name) for name, t in want if t <= until)
    got = [(i["next"], i["name"]) for i in project.items("--kind", "metric", "--next", "12d")]
    tap.equal(sorted(got), want, "--next lists each time of each metric")
    tap.test([datetime.fromisoformat(t) for t, _ in got] ==
             sorted(datetime.fromisoformat(t) for t, _ in got), "… by time", got)
    tap.equal([i["next"] for i in project.items("often", "--next", "25h")],
              [shown(later(local(NOW.date(), 13), hours=6 * n)) for n in range(5)],
              "--next of a rule")
    # At nine on the clock, before and after it jumps.
    tap.equal([i["next"] for i in project.items("low", "--next", "5d")],
              [shown(local(NOW.date() + timedelta(days=n), 9)) for n in range(1, 6)],
              "--next of a rule with a time of day")
    tap.equal([i["next"] for i in project.items("on_duty", "--next", "6d")],
              [shown(local(NOW.date() + timedelta(days=n), 9)) for n in (1, 2, 5, 6)],
              "--next of a rule that is off duty at the weekend")
    reports = project.items("--kind", "report", "--next", "100d")
    tap.equal([i["next"] for i in reports],
              [shown(local(first_monday(2026, m), 8)) for m in (4, 5, 6)], "--next of a report")
    many = project.run("schedule", "--next", "9000d")
    tap.test(many.returncode != 0 and "more than 20000 times" in many.stderr,
             "a list that nobody reads is refused", many.stderr)


def cells(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF"
               else 1 for c in text)


def column_starts(line, words):
    """The display column at which each word begins."""
    return [cells(line[:line.index(w)]) for w in words]


def test_table(tap, project):
    english = project.run("schedule").stdout
    tap.equal(english.splitlines()[0].split(),
              ["NEXT", "KIND", "NAME", "WHEN", "PERIOD", "LAST", "TOOK", "LATE"], "the headings")
    project.write("cynosure.yaml", project.yaml + "language: ja\n")
    lines = project.run("schedule").stdout.splitlines()
    starts = column_starts(lines[0], ["種別", "名前", "いつ"])
    row = next(line for line in lines if "一日の購入者数" in line)
    tap.equal(column_starts(row, ["指標", "一日の購入者数", "日 + 6時間"]), starts,
              "Japanese titles are in line")
    project.write("cynosure.yaml", project.yaml)
    plain = project.on_terminal("schedule", LC_ALL="C")
    tap.test(plain.isascii() and "Buyers per day" in plain, "plain terminals get ASCII", plain)
    markdown = project.run("schedule", "--format", "markdown").stdout
    tap.test(all(line.startswith("|") for line in markdown.splitlines() if line), "Markdown",
             markdown)


def test_failures(tap, project):
    data = (project.folder / "data/orders.csv").read_text(encoding="utf-8")
    (project.folder / "data/orders.csv").unlink()
    project.run("serve", "--once", "--no-send", now=later(NOW, days=7))
    table = project.run("schedule", now=later(NOW, days=7)).stdout
    source = project.items("orders", now=later(NOW, days=7))[0]
    tap.test(source["error"] and source["failures"] == 1, "a source that cannot be read says why",
             source)
    below = table.split("\n\n")[1] if "\n\n" in table else ""
    tap.test("✗ source orders: " in below and source["error"] in below, "… below the table", table)
    project.write("data/orders.csv", data)
    project.run("serve", "--once", "--no-send", now=later(NOW, days=7, hours=1))
    tap.equal(project.items("orders", now=later(NOW, days=8))[0]["error"], None,
              "… until it can be read again")


def test_as_of(tap, project):
    project.write("cynosure.yaml", project.yaml + "as_of: data\n")
    items = project.items("--kind", "metric")
    tap.equal([(i["next"], i["due"]) for i in items], [(None, False)] * 2,
              "where now is the data's end, nothing waits for the clock")
    project.write("cynosure.yaml", project.yaml)


def test_mistakes(tap, project):
    for command, code, said in (
            (["revenu"], 2, "did you mean 'revenue'?"),
            (["--kind", "rule", "revenue"], 2, "no rule is called 'revenue'"),
            (["--kind", "rules"], 2, "expected source, metric, rule or report"),
            (["--next", "soon"], 2, "expected a duration"),
            (["--next", "0s"], 2, "expected a duration"),
            (["--format", "csv"], 2, "expected table, json or markdown"),
            (["a", "b"], 2, "found 'b' too")):
        done = project.run("schedule", *command)
        tap.test(done.returncode == code and said in done.stderr and not done.stdout,
                 f"schedule {' '.join(command)}: says what is wrong",
                 f"exit {done.returncode}", done.stdout, done.stderr)


def test_unknown_names(tap, project):
    """Of annotations and dimensions: without effect, were nobody told."""
    project.write("cynosure.yaml", project.yaml.replace(
        "  lateness: 2h\n", "  lateness: 2h\n  by: [chanel]\n").replace(
        "time: at,", "time: at, dimensions: [channel],") +
        "annotations:\n  - {at: 2026-01-10, text: fair, metrics: [revenue, buyer]}\n")
    done = project.run("schedule")
    line = len(project.yaml.splitlines()) + 3
    tap.test(done.returncode == 1 and "Revenue" in done.stdout, "unknown names stop nothing",
             done.stderr)
    tap.test(f"cynosure.yaml:{line}:5: annotations.metrics: no metric is named 'buyer'" in
             done.stderr and "did you mean 'buyers'?" in done.stderr,
             "an annotation of an unknown metric is a finding", done.stderr)
    tap.test("schedule.by: no source has the dimension 'chanel'" in done.stderr and
             "did you mean 'channel'?" in done.stderr, "so is an unknown dimension", done.stderr)
    project.write("cynosure.yaml", project.yaml)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(sys.argv[1], Path(sys.argv[2]), folder)
        test_before(tap, project)
        test_after(tap, project)
        test_next(tap, project)
        test_table(tap, project)
        test_as_of(tap, project)
        test_mistakes(tap, project)
        test_unknown_names(tap, project)
        test_failures(tap, project)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
