#!/usr/bin/env python3
"""What `cynosure test` is for machines, and what the page says of it: testing.py BINARY.

The tests that docs/reference/testing.md shows are run; JUnit's XML and TAP are read by readers of
their own, and must say what the JSON says; each way to write a test wrongly has its message; and no
expectation passes that is not so: of an alert with a known life, exactly one state is accepted at
every time.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs/reference/testing.md"

CONFIG = """name: page
timezone: UTC
sources:
  orders: { type: csv, path: orders.csv, time: date, dimensions: [channel] }
"""
ORDERS = "order_id,date,channel,amount\n1,2026-01-05,ads,10.50\n"
METRICS = """local orders = source "orders"
metric "aha_rate" { value = orders:share "amount > 5", grain = "day", unit = "%" }
metric "revenue" { value = orders:sum "amount", grain = "week" }
"""
ALERTS = """alert "aha_drop" {
  metric = "aha_rate", by = { "channel" }, when = "value < 0.25", hold = "1d",
  severity = "warning", summary = "Aha% in {channel} is {value}",
}
"""

FAILING = """test "aha_drop fires at once" {
  series = { aha_rate = { from = "2026-01-05", { channel = "ads", "0.3x13 0.2x5" } } },
  expect = {
    { at = "2026-01-20", alert = "aha_drop", channel = "ads", state = "firing" },
    { at = "2026-01-22", alert = "aha_drop", channel = "ads", state = "firing" },
  },
}
"""
FINE = 'expect = { { at = "2026-01-05", alert = "aha_drop", count = 0 } }'
# A line of a test's table, and what is said about it.
WRONG = {
    'expect = {}': "'expect' of test 'x' is an empty list",
    'series = { aha_rate = "1" }': "test 'x' has no 'expect'",
    'expext = {}': "did you mean 'expect'?",
    'expect = { { alert = "aha_drop", state = "firing" } }': "has no 'at'",
    'expect = { { at = "2026-01-05", state = "firing" } }': "says neither 'alert' nor 'metric'",
    'expect = { { at = "2026-01-05", alert = "aha_drop" } }': "expects nothing",
    'expect = { { at = "2026-01-05", alert = "aha_drop", sate = "firing" } }':
        "did you mean 'state' by 'sate'?",
    'expect = { { at = "2026-01-05", alert = "aha_drop", state = "fireing" } }': "did you mean 'firing'?",
    'expect = { { at = "2026-01-05", alert = "aha_drop", severity = "critcal" } }':
        "did you mean 'critical'?",
    'expect = { { at = "2026-01-05", alert = "aha_drop", value = "none" } }':
        "is 'none', expected a number or \"missing\"",
    'expect = { { at = "2026-01-05", alert = "aha_drop", state = "firing", within = 1 } }':
        "'within' needs a number as 'value'",
    'expect = { { at = "2026-01-05", alert = "aha_drop", count = 1, message = "x" } }':
        "'message' is of one alert, 'count' of several",
    'expect = { { at = "2026-01-05", alert = "aha_drop", count = 1.5 } }': "expected a whole number",
    'expect = { { metric = "revenue", value = 1 } }': "has no 'period'",
    'expect = { { metric = "revenue", period = "2026-W02", at = "2026-01-05", value = 1 } }':
        "'at' says nothing about a metric",
    'series = { aha_rate = { 5 } }, ' + FINE: "expected a text of values, or a table",
    'series = { aha_rate = { {} } }, ' + FINE: "has no values",
    'series = { aha_rate = { { "1", "2" } } }, ' + FINE: "more than one text of values",
    'series = { aha_rate = { frm = "2026", "1" } }, ' + FINE: "did you mean 'from'?",
    'series = { aha_rate = { grain = "dya", "1" } }, ' + FINE: "did you mean 'day'?",
    'rows = { order = "a" }, ' + FINE: "did you mean 'orders'?",
    'series = { aha_rate = "1" }, expect = { { metric = "aha_rate", period = "2026-01-05", value = 1 } }':
        "has series, and expects a value of the metric",
    'series = { aha_rate = "1" }, rows = { orders = "a" }, ' + FINE: "has series and rows",
    'series = { aha_rate = { from = "2026-01-05", { channel = "a", " " } } }, ' + FINE:
        "there are no values",
    'series = { aha_rate = { from = "9999-12-31", { channel = "a", "1x5" } } }, ' + FINE:
        "beyond the last year",
    'series = { aha_rate = { from = "soon", { channel = "a", "1" } } }, ' + FINE: "'soon'",
    'from = "soon", series = { aha_rate = { from = "2026-01-05", { channel = "a", "1" } } }, ' + FINE:
        "'soon' is no date or time",
    'series = { aha_rate = { { channel = "a", "1" } } }, ' + FINE: "it does not say when it begins",
    'series = { aha_rate = { from = "2026-01-05", { channel = "a", "1" }, { channel = "a", "2" } } }, '
    + FINE: "two series have the same labels",
}

STATES = ["inactive", "pending", "firing", "recovering", "resolved"]


class Checks:
    def __init__(self):
        self.number = 0

    def __call__(self, good, name, *problems):
        self.number += 1
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}")
        if not good:
            for problem in problems:
                print("# " + str(problem).replace("\n", "\n# "))


def run(binary, project, *args):
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "CYNOSURE_NOW")}
    return subprocess.run([binary, "-C", project, "test", *args], capture_output=True, text=True,
                          env=clean, check=False, timeout=60)


def write_project(folder, tests):
    for name, text in {"cynosure.yaml": CONFIG, "orders.csv": ORDERS, "metrics/m.lua": METRICS,
                       "alerts/a.lua": ALERTS, "tests/t.lua": tests}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def check_page(check, binary, work):
    blocks = re.findall(r"^```lua\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    done = run(binary, write_project(work / "page", "\n".join(blocks)))
    passed = re.search(r"^(\d+) passed$", done.stdout, re.M)
    check(done.returncode == 0 and passed and int(passed[1]) == len(blocks) >= 2,
          "the tests of testing.md pass", done.stdout, done.stderr)


def check_failure(check, binary, work):
    """The failure that the page shows is what is printed."""
    shown = re.search(r"^```\n(✗ .*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)[1]
    project = write_project(work / "failure", "")
    (project / "tests/growth.lua").write_text(FAILING)
    done = run(binary, project)
    check(shown in done.stdout and done.returncode == 1, "a failure looks as testing.md shows it",
          done.stdout, done.stderr)


def read_tap(text):
    """{name: passed}, by the rules of TAP 14 as far as they matter here."""
    lines = text.splitlines()
    assert lines[0] == "TAP version 14", lines[0]
    plan = int(re.fullmatch(r"1\.\.(\d+)", lines[1])[1])
    found, number, inside = {}, 0, False
    for line in lines[2:]:
        if line in ("  ---", "  ..."):
            inside = line == "  ---"
        elif not inside:
            bad, at, name = re.fullmatch(r"(not )?ok (\d+) - (.*)", line).groups()
            number += 1
            assert int(at) == number
            found[name] = not bad
        else:
            assert line.startswith("  "), line
    assert number == plan and not inside
    return found


def read_junit(text):
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    found, totals = {}, {"tests": 0, "failures": 0, "errors": 0}
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name") and float(suite.get("time")) >= 0
        cases = list(suite)
        kinds = [[child.tag for child in case] for case in cases]
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == kinds.count(["failure"])
        assert int(suite.get("errors")) == kinds.count(["error"])
        assert suite.get("skipped") == "0"
        for name in totals:
            totals[name] += int(suite.get(name))
        for case, kind in zip(cases, kinds):
            assert case.get("classname") == suite.get("name") and float(case.get("time")) >= 0
            assert kind in ([], ["failure"], ["error"])
            assert all(child.get("message") and child.get("type") and child.text for child in case)
            found[case.get("name")] = kind == []
    assert all(int(root.get(name)) == value for name, value in totals.items())
    return found


def check_forms(check, binary, work):
    shutil.copytree(HERE / "commands/testing", work / "forms")
    with open(work / "forms/tests/names.lua", "w", encoding="utf-8") as f:
        for name in ['a "quoted" <name> & more', "a # that is no directive \\\\ 日本語"]:
            f.write(f"test '{name}' {{ expect = {{ {{ metric = 'revenue', period = '2026-W02',"
                    " value = 1 } } }\n")
    says = {}
    for line in run(binary, work / "forms", "--json").stdout.splitlines():
        record = json.loads(line)
        if "test" in record:
            says[record["test"]] = record["result"] == "passed"
    check(len(says) > 15 and True in says.values() and False in says.values(), "JSON has all tests", says)
    for form, read in {"tap": read_tap, "junit": read_junit}.items():
        done = run(binary, work / "forms", "--format", form)
        try:
            found, problem = read(done.stdout), None
        except (AssertionError, TypeError, ElementTree.ParseError) as e:
            found, problem = None, repr(e)
        if form == "tap" and found:
            found = {re.sub(r"\\(.)", r"\1", name): passed for name, passed in found.items()}
        check(found == says and done.returncode == 1, f"{form} says what JSON says", problem, found)


def check_screen(check, binary, work):
    """What a script writes cannot move the cursor, clear the screen or turn a line around."""
    project = write_project(work / "screen", 'test "a\\27[2J\\nb \\u{202e}c" {\n'
                            '  expect = { { metric = "revenue", period = "2026-W02", value = 1 },\n'
                            '    { at = "2026-01-21", alert = "aha_drop", channel = "ads\\27[1A\\u{2028}",\n'
                            '      message = "\\27[31m\\r", state = "firing" } } }\n')
    done = run(binary, project)
    bad = [c for c in done.stdout + done.stderr
           if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in "\u2028\u202e")]
    check(done.returncode == 1 and "a [2J b" in done.stdout and not bad,
          "names and texts of scripts are printable", bad, done.stdout)


def check_wrong(check, binary, work):
    for i, (line, message) in enumerate(WRONG.items()):
        project = write_project(work / f"wrong{i}", f'\n\ntest "x" {{\n  {line} }}\n')
        done = run(binary, project)
        said = done.stdout + done.stderr
        check(done.returncode == 1 and message in said and "tests/t.lua:" in said,
              f"{line[:70]}: {message[:50]}", said)


def check_states(check, binary, work):
    """Values 0.3 0.2x2 0.3x3 with hold 1d and keep 1d: the life is known from the table."""
    values = "0.3 0.2x2 0.3x3"
    known = ["inactive", "pending", "firing", "firing", "recovering", "resolved"]
    tests = []
    for day in range(6):
        for state in STATES:
            tests.append(f'test "{day} {state}" {{ series = {{ aha_rate = {{ from = "2026-01-05", '
                         f'{{ channel = "ads", "{values}" }} }} }}, expect = {{ {{ at = "2026-01-{6 + day:02}", '
                         f'alert = "aha_drop", channel = "ads", state = "{state}" }} }} }}\n')
    project = write_project(work / "states", "".join(tests))
    (project / "alerts/a.lua").write_text(ALERTS.replace('hold = "1d"', 'hold = "1d", keep = "1d"'))
    passed = {}
    for line in run(binary, project, "--json").stdout.splitlines():
        record = json.loads(line)
        if record.get("result") == "passed":
            passed.setdefault(int(record["test"][0]), []).append(record["test"][2:])
    check(passed == {day: [state] for day, state in enumerate(known)},
          "at every time exactly one state is accepted", passed)


def main():
    binary, check = os.path.abspath(sys.argv[1]), Checks()
    with tempfile.TemporaryDirectory(prefix="cynosure-testing-") as work:
        work = Path(work)
        check_page(check, binary, work)
        check_failure(check, binary, work)
        check_forms(check, binary, work)
        check_screen(check, binary, work)
        check_wrong(check, binary, work)
        check_states(check, binary, work)
        tmp = work / "tmp"
        tmp.mkdir()
        os.environ["TMPDIR"] = str(tmp)
        run(binary, work / "forms")
        check(not list(tmp.iterdir()), "no folder of rows is left behind", list(tmp.iterdir()))
    print(f"1..{check.number}")


main()
