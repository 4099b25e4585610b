#!/usr/bin/env python3
"""What commands print: run.py BINARY [--write].

*.txt are transcripts over project/, and over others named with -C ("shop" is docs/examples/retail):
a line "$ cynosure …" (with "< FILE" for what is typed), then what it prints (standard error after
standard output), then "exit N" unless it is 0. Times are masked as "# ms", definitions as "#".
--write brings them up to date. What README.md and docs/reference show of the examples is printed, too.
The retention triangle is also counted from the CSV, the obvious way.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PAGES = ["README.md", *(f"docs/reference/{page}.md" for page in ("tree", "targets", "run", "testing",
                                                                 "backtest", "dashboard"))]
sys.dont_write_bytecode = True  # the repository stays as it was
sys.path.insert(0, str(HERE.parent))
import asked

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, tzinfo=ZONE)


def run(binary, work, line):
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "CYNOSURE_NOW")}
    command, _, typed = line.partition(" < ")
    given = (Path(work) / typed).read_text(encoding="utf-8") if typed else ""
    return subprocess.run([binary, "-C", "project", *command.split()], capture_output=True,
                          text=True, timeout=60, env=clean, cwd=work, check=False, input=given)


def transcript(binary, work, text):
    """The transcript's commands with what they print now."""
    out = []
    for line in re.findall(r"^\$ cynosure (.*)$", text, re.M):
        done = run(binary, work, line)
        shown = re.sub(r"[0-9.]+ ms|(?<=_ms\":)[0-9.]+", "# ms", done.stdout + done.stderr)
        shown = re.sub(r"\b[0-9a-f]{64}\b", "#", shown)
        status = f"exit {done.returncode}\n" if done.returncode else ""
        out.append(f"$ cynosure {line}\n{shown}{status}")
    return "\n".join(out)


def documented():
    """(page, command, what it prints) of the blocks in the pages that show an example; not at the
    prompt, where they also show what is typed."""
    shown = r"^```\n\$ cynosure (-C docs/examples/\S+ (?!repl|serve).*)\n((?:(?!```).*\n)*)```$"
    found = []
    for page in PAGES:
        blocks = re.findall(shown, (ROOT / page).read_text(encoding="utf-8"), re.M)
        found += [(page, *block) for block in blocks] or [(page, "", "a block of an example")]
    return found


# ---- the triangle, counted one entity after the other ----

def day(t):
    return t.date().toordinal()


def week(t):
    return (t.date().toordinal() - 1) // 7  # day 1 of the calendar, 0001-01-01, was a Monday


def month(t):
    return t.year * 12 + t.month - 1


def end_of(unit, number):
    """The first date after a unit."""
    if unit is month:
        year, m = divmod(number + 1, 12)
        return datetime(year, m + 1, 1, tzinfo=ZONE)
    first = datetime.min + timedelta(days=number if unit is day else (number + 1) * 7)
    return first.replace(tzinfo=ZONE)


def triangle(rows, start, active, cohort, unit, offset, within=False, value=None):
    """{cohort number: (size, numerator, denominator)} at one offset."""
    members = {}
    for t, row in rows:
        user = row["user_id"]
        if user not in members:
            if row["event"] != start:
                continue
            members[user] = {"time": t, "retained": 0, "value": 0, "base": 0}
        m = members[user]
        if row["event"] != active:
            continue
        index = unit(t) - unit(m["time"])
        hit = 1 <= index <= offset if within else index == offset
        m["retained"] |= hit
        if value:
            m["value"] += Fraction(row[value]) * hit
            m["base"] += Fraction(row[value]) * (index == 0)
    found = {}
    for m in members.values():
        size, top, bottom = found.get(cohort(m["time"]), (0, 0, 0))
        found[cohort(m["time"])] = (size + 1, top + (m["value"] if value else m["retained"]),
                                    bottom + (m["base"] if value else 1))
    return found


def read_rows():
    with open(HERE / "project/data/events.csv", encoding="utf-8") as file:
        rows = [(datetime.fromisoformat(r["time"]).replace(tzinfo=ZONE), r)
                for r in csv.DictReader(file)]
    return sorted(rows, key=lambda r: r[0])


def check_triangle(binary, work, metric, grain, unit, offsets, **rule):
    """Yields how the command's cells differ from those counted here."""
    done = run(binary, work, f"cohort {metric} --json -g {grain.__name__} -o {offsets} -n 9")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    rows, cells, mature = read_rows(), 0, 0
    for line in lines:
        cohort_end = datetime.fromisoformat(line["end"])
        number = grain(datetime.fromisoformat(line["start"]).astimezone(ZONE))
        last = (cohort_end.astimezone(timezone.utc) - timedelta(microseconds=1)).astimezone(ZONE)
        for cell in line["offsets"]:
            k = cell["offset"]
            size, top, bottom = triangle(rows, cohort=grain, unit=unit, offset=k, **rule).get(
                number, (0, 0, 0))
            passed = end_of(unit, unit(last) + k) <= NOW
            wanted = float(Fraction(top, 1) / bottom) if passed and bottom else None
            cells, mature = cells + 1, mature + passed
            if line["size"] != size:
                yield f"{line['cohort']}: size {line['size']}, counted {size}"
            if cell["immature"] == passed:
                yield f"{line['cohort']} {k}: immature {cell['immature']}"
            got = cell["value"]
            if (got is None) != (wanted is None) or (got and abs(got - wanted) > 1e-12):
                yield f"{line['cohort']} {k}: {got}, counted {wanted}"
    if not 0 < mature < cells:
        yield f"{mature} of {cells} cells are mature: nothing is shown"


TRIANGLES = {
    "d1": (week, day, 20, {"start": "signup", "active": "lesson"}),
    "w1": (week, week, 8, {"start": "signup", "active": "lesson"}),
    "again": (month, week, 6, {"start": "signup", "active": "lesson", "within": True}),
    "paid_m1": (month, month, 2, {"start": "purchase", "active": "purchase", "value": "amount"}),
}


def main():
    binary, writing = os.path.abspath(sys.argv[1]), "--write" in sys.argv
    transcripts = sorted(HERE.glob("*.txt"))
    blocks = documented()
    print(f"1..{len(transcripts) + len(blocks) + len(TRIANGLES)}")
    number = 0
    with tempfile.TemporaryDirectory(prefix="cynosure-commands-") as work:
        for project in ("project", "retail", "expressions", "together", "wrong", "evidence", "compared",
                        "goals", "testing", "testing_ja"):
            shutil.copytree(HERE / project, Path(work) / project)
        for example in ("retail", "learning"):
            asked.example(Path(work) / "docs/examples", example)
        shutil.copytree(Path(work) / "docs/examples/retail", Path(work) / "shop")
        for path in transcripts:
            number += 1
            text = path.read_text(encoding="utf-8")
            now = transcript(binary, work, text)
            if writing:
                path.write_text(now, encoding="utf-8")
            same = writing or now == text
            print(f"{'ok' if same else 'not ok'} {number} - {path.name}")
            for a, b in zip(text.splitlines(), now.splitlines()) if not same else ():
                if a != b:
                    print(f"# expected {a!r}\n# found    {b!r}")
                    break
        for page, line, printed in blocks:
            number += 1
            now = run(binary, work, line).stdout if line else ""
            print(f"{'ok' if now == printed else 'not ok'} {number} - {page}: cynosure {line}")
            if now != printed:
                print("# it prints now\n# " + now.replace("\n", "\n# "))
        for metric, (grain, unit, offsets, rule) in TRIANGLES.items():
            number += 1
            problems = list(check_triangle(binary, work, metric, grain, unit, offsets, **rule))
            print(f"{'not ok' if problems else 'ok'} {number} - the triangle of {metric} by "
                  f"{grain.__name__} is the one counted from the rows")
            for problem in problems[:10]:
                print("# " + problem)


main()
