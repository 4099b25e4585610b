#!/usr/bin/env python3
"""Answers of independent engines, asked of Cynosure: run.py BINARY PROJECT [QUESTION…].

A project folder holds metrics and expect.yaml, which says how each question of the data set's
answers.json is put:

    answers:
      monthly:                               # the question's id
        args: --grain month --from 1997-01   # cynosure eval METRIC… ARGS --format json
        key: { month: period }               # answer column: where its value is found in a point
        columns: { revenue: revenue }        # answer column: metric
      exact_duplicates: { args: --grain all, value: surplus_rows }
    later:
      repeat_rate: per                       # waits for this part of the language

Keys: period, segment.DIMENSION, zone, or =TEXT; "@hour", "@clock", "@year", "@monday", "@month_end"
and "@boolean" convert. Columns: METRIC, or METRIC@date, @instant, @yoy, @numerator, @denominator. A
question may have several `parts` (args, key, columns), run in several `zones`, ask for some rows only
(`where`), leave columns out (`without`), or list only the `top` of its rows. Where metrics are made
in a loop, `pivot` spreads the rows of an answer to match, and "*" stands for any name:

      retention:                             # columns cohort, k, rate: rate_0, rate_1, … of a cohort
        pivot: [k]
        key: { cohort: period }
        columns: { "rate_*": "kept_*" }

Every question is in `answers` or in `later`, so that none is forgotten. Answers that always run are
beside expect.yaml, which then names the `project` folder it asks; `table` names a CSV file of the
data set that is the one answer itself.

Results go out as TAP. Counts and dates must be equal, reals within 1e-9 of their size.
"""
import calendar
import csv
import datetime
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CYNOSURE_TEST_DATA") or ROOT.parent / "shared" / "data")
EPOCH = datetime.datetime(1970, 1, 1)


def monday(label):
    return datetime.datetime.strptime(label + "-1", "%G-W%V-%u").date()


def month_end(label):
    year, month = map(int, label.split("-"))
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


KEY_FORMS = {
    None: lambda x: x,
    "hour": lambda label: str(int(label[11:13])),   # 2015-01-01T07 → 7
    "clock": lambda label: label[11:16],            # 2015-01-01T07:05 → 07:05
    "year": lambda label: label[:4],                # 2025-12 → 2025
    "monday": lambda label: monday(label).isoformat(),
    "month_end": lambda label: month_end(label).isoformat(),
    "boolean": lambda x: None if x is None else bool(x),
}
VALUE_FORMS = {
    None: lambda p: p["value"],
    "date": lambda p: (EPOCH + datetime.timedelta(days=p["value"])).date().isoformat(),
    "instant": lambda p: (EPOCH + datetime.timedelta(seconds=p["value"])).isoformat() + "Z",
    "yoy": lambda p: p["value"] / p["last_year"] - 1 if p["last_year"] else None,
    "numerator": lambda p: p["numerator"],
    "denominator": lambda p: p["denominator"],
}


def split_form(spec):
    name, _, form = spec.partition("@")
    return name, form or None


def key_text(value):
    """Keys compare as text: 7 and "7" are the same hour."""
    return json.dumps(value) if isinstance(value, bool) or value is None else str(value)


def key_of(point, spec, zone):
    if spec.startswith("="):
        return spec[1:]
    name, form = split_form(spec)
    if name.startswith("segment."):
        found = point["segment"][name[len("segment."):]]
    else:
        found = zone if name == "zone" else point[name]
    return key_text(KEY_FORMS[form](found))


def equal(want, got):
    if want is None or got is None:
        return want is None and got is None
    if isinstance(want, str):
        return want == got
    if isinstance(want, int):
        return got == want
    return math.isclose(want, got, rel_tol=1e-9, abs_tol=0)


class Project:
    """A copy of a project folder: evaluation writes its state beside the project's files."""

    def __init__(self, binary, folder, work):
        self.binary, self.work = binary, Path(work)
        self.copy = self.work / "project"
        shutil.copytree(folder, self.copy, ignore=shutil.ignore_patterns(".cynosure", "expect.yaml"))
        self.config = (self.copy / "cynosure.yaml").read_text(encoding="utf-8")

    def prepare(self, program, target):
        """Runs one of the repository's generators into the copy."""
        subprocess.run([sys.executable, ROOT / program, self.copy / target], check=True)

    def make_database(self, spec, dataset):
        with sqlite3.connect(self.work / spec["name"]) as db:
            for name in spec["files"]:
                with open(DATA / dataset / f"{name}.csv", encoding="utf-8", newline="") as f:
                    rows = csv.reader(f)
                    heads = next(rows)
                    db.execute(f"CREATE TABLE {name} ({', '.join(heads)})")
                    marks = ", ".join("?" * len(heads))
                    db.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        db.close()

    def set_zone(self, zone):
        """Another time zone for the project; None: its own again."""
        path = self.copy / "cynosure.yaml"
        lines = self.config.splitlines(keepends=True)
        if zone:
            lines = [f"timezone: {zone}\n" if line.startswith("timezone:") else line
                     for line in lines]
        path.write_text("".join(lines), encoding="utf-8")

    def eval(self, metrics, args):
        command = [self.binary, "-C", self.copy, "eval", *metrics, *args.split(), "--format", "json"]
        env = dict(os.environ, CYNOSURE_TEST_DATA=str(DATA), CYNOSURE_TEST_WORK=str(self.work))
        run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f"{' '.join(map(str, command[3:]))}: exit {run.returncode}\n"
                               + run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]


def read_table(path):
    """A CSV file as an answer: numbers, and nothing where a cell is empty."""
    def value(cell):
        if not cell:
            return None
        try:
            return float(cell)
        except ValueError:
            return cell

    with open(path, encoding="utf-8", newline="") as f:
        columns, *rows = csv.reader(f)
    # What rows are told apart by stays text, as written: see pivot().
    return {"question": f"every row of {path.name}", "columns": columns,
            "rows": [[*row[:-1], value(row[-1])] for row in rows]}


def pivot(rows, by, keys):
    """One row per combination of `keys`: the other columns are named COLUMN_VALUE… after `by`."""
    wide = {}
    for row in rows:
        suffix = "".join("_" + str(row[column]).replace(".", "_") for column in by)
        cells = wide.setdefault(tuple(row[key] for key in keys), {key: row[key] for key in keys})
        for column, value in row.items():
            if column not in keys and column not in by:
                cells[column + suffix] = value
    return list(wide.values())


def columns_of(part, names):
    """{answer column: metric}: "*" is written out for the answer's columns not named before it."""
    columns = {}
    for column, metric in (part.get("columns") or {"value": part["value"]}).items():
        if "*" not in column:
            columns[column] = metric
            continue
        before, after = column.split("*")
        for name in names:
            if name not in columns and name.startswith(before) and name.endswith(after):
                columns[name] = metric.replace("*", name[len(before):len(name) - len(after)])
    return columns


def prepared(question, answer):
    """The question with its columns written out, and the answer's rows as dictionaries."""
    parts = question.get("parts", [question])
    keys = list(parts[0].get("key", {}))
    columns = answer.get("columns", ["value"])
    rows = answer.get("rows", [[answer.get("value")]])
    without = question.get("without", [])
    rows = [{c: v for c, v in zip(columns, row) if c not in without} for row in rows]
    if "pivot" in question:
        rows = pivot(rows, question["pivot"], keys)
    taken = {*keys, *question.get("where", {})}
    names = list(dict.fromkeys(name for row in rows for name in row if name not in taken))
    parts = [{**part, "columns": columns_of(part, names)} for part in parts]
    return {**question, "parts": parts}, {**answer, "rows": rows}


def ask(project, question):
    """{(key, answer column): value} of all parts of a question."""
    cells = {}
    for part in question["parts"]:
        specs = {column: split_form(spec) for column, spec in part["columns"].items()}
        names = list(dict.fromkeys(name for name, _ in specs.values()))
        for zone in question.get("zones", [None]):
            if zone:
                project.set_zone(zone)
            for point in project.eval(names, part["args"]):
                key = tuple(key_of(point, s, zone) for s in part.get("key", {}).values())
                for column, (name, form) in specs.items():
                    if name == point["metric"]:
                        value = None if point["value"] is None else VALUE_FORMS[form](point)
                        cells[key, column] = value
    project.set_zone(None)
    return cells


def compare(question, answer, cells):
    """What differs, as lines of text."""
    keys = list(question["parts"][0].get("key", {}))
    only = question.get("where", {})
    expected = set()
    for row in answer["rows"]:
        if any(row[column] != want for column, want in only.items()):
            continue
        key = tuple(key_text(row[k]) for k in keys)
        expected.add(key)
        for column in row:
            if column in keys or column in only:
                continue
            if (key, column) not in cells:
                yield f"{key} {column}: expected {row[column]}, found nothing"
            elif not equal(row[column], cells[key, column]):
                yield f"{key} {column}: expected {row[column]}, found {cells[key, column]}"
    if not expected:
        yield "no row of the answer was compared"
    if not question.get("top"):
        for (key, column), value in cells.items():
            if key not in expected and value:
                yield f"{key} {column}: {value} is not in the answer"


def test(project, number, name, question, answer):
    try:
        question, answer = prepared(question, answer)
        problems = list(compare(question, answer, ask(project, question)))
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        problems = [f"{type(error).__name__}: {error}"]
    print(f"{'not ok' if problems else 'ok'} {number} - {name}: {answer['question'][:90]}")
    for problem in problems[:12]:
        print("# " + problem.replace("\n", "\n# "))


def main():
    binary, folder, wanted = os.path.abspath(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    own, path = folder / "answers.json", DATA / folder.name / "answers.json"
    if own.exists():
        path = own
    elif not path.exists():
        print(f"1..0 # SKIP no test data: {path} does not exist (set CYNOSURE_TEST_DATA)")
        return
    expect = yaml.safe_load((folder / "expect.yaml").read_text(encoding="utf-8"))
    if "table" in expect:
        table = path.parent / expect["table"]
        answers = {table.stem: read_table(table)}
    else:
        answers = {a["id"]: a for a in json.loads(path.read_text(encoding="utf-8"))["answers"]}
    asked, later = expect["answers"], expect.get("later", {})
    if both := set(answers) ^ (set(asked) | set(later)) or set(asked) & set(later):
        sys.exit(f"Bail out! {folder.name}: not exactly once in answers or later: {sorted(both)}")
    chosen = [name for name in asked if not wanted or name in wanted]
    print(f"1..{len(chosen)}")
    with tempfile.TemporaryDirectory(prefix="cynosure-golden-") as work:
        project = Project(binary, ROOT / expect["project"] if "project" in expect else folder, work)
        if "prepare" in expect:
            project.prepare(*expect["prepare"])
        if "database" in expect:
            project.make_database(expect["database"], folder.name)
        for number, name in enumerate(chosen, 1):
            test(project, number, name, asked[name], answers[name])


if __name__ == "__main__":
    main()
