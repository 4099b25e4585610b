#!/usr/bin/env python3
"""The shorthand for series means what promtool makes of it: shorthand.py BINARY [--rounds N].

Random texts are read by `promtool test rules`, minute by minute, and by `cynosure test`, day by day:
values must be the same within 1e-12 (promtool adds up doubles, cynosure decimals), and missing where
promtool has none. Skipped, and said so, where there is no promtool.
"""
import datetime
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

START = datetime.date(2026, 1, 1)
CASES = ["1", "1 2 3", "0.3x4", "5x0", "0x10", "0.2+0.01x5", "10-2x3", "-1-1x2", "1 _ 2", "_x3 1",
         "1 _x0 2", "1 stale 2", "+4 -3", "1e2+1e1x2", ".5 00.5 5.", "0.1+0.1x9", "  7   8  ",
         "_ _ _", "1-1x1 1+1x1", "3x2 _x2 3x2"]


def random_item(rng):
    def number():
        return rng.choice(["", "", "-"]) + rng.choice(
            [str(rng.randrange(100)), f"{rng.randrange(1000) / 100}", f"{rng.randrange(9)}e{rng.randrange(4)}"])

    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(["_", f"_x{rng.randrange(5)}", "stale"])
    if kind == 1:
        return f"{number()}x{rng.randrange(6)}"
    if kind in (2, 3):
        step = number().lstrip("-")
        return f"{number()}{rng.choice('+-')}{step}x{rng.randrange(6)}"
    return number()


def texts(rounds):
    rng = random.Random(7)
    return CASES + [" ".join(random_item(rng) for _ in range(rng.randrange(1, 6))) for _ in range(rounds)]


def promtool_values(promtool, work, all_texts, most):
    """[text][minute]: what promtool has there, or None."""
    series = "".join(f"  - series: 'm{{i=\"{i}\"}}'\n    values: '{t}'\n" for i, t in enumerate(all_texts))
    queries = "".join(f"  - expr: last_over_time(m[30s])\n    eval_time: {k}m\n    exp_samples:\n"
                      "    - labels: 'never'\n      value: 1\n" for k in range(most))
    (work / "t.yml").write_text(f"rule_files: []\nevaluation_interval: 1m\ntests:\n- interval: 1m\n"
                                f"  input_series:\n{series}  promql_expr_test:\n{queries}")
    done = subprocess.run([promtool, "test", "rules", work / "t.yml"], capture_output=True, text=True,
                          check=False)
    values = [[None] * most for _ in all_texts]
    minute = None
    for line in (done.stdout + done.stderr).splitlines():
        if found := re.search(r'expr: "last_over_time.*", time: (\S+),', line):
            hours, minutes = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:\d+s)?", found[1]).groups()
            minute = int(hours or 0) * 60 + int(minutes or 0)
        for i, value in re.findall(r'i="(\d+)"\} (\S+)', line.split("got:")[1] if "got:" in line else ""):
            values[int(i)][minute] = float(value.rstrip(","))
    if minute is None:
        raise RuntimeError(done.stdout + done.stderr)
    return values


def write_project(folder, all_texts, values):
    (folder / "metrics").mkdir(parents=True)
    (folder / "alerts").mkdir()
    (folder / "tests").mkdir()
    (folder / "cynosure.yaml").write_text(
        "name: shorthand\ntimezone: UTC\nsources:\n  rows: { type: csv, path: rows.csv, time: day }\n")
    (folder / "rows.csv").write_text("day\n2026-01-01\n")
    (folder / "metrics/m.lua").write_text('metric "m" { value = source "rows":count(), grain = "day" }\n')
    (folder / "alerts/m.lua").write_text('alert "m_is" { metric = "m", when = "value == 12345" }\n')
    tests = []
    for i, (text, found) in enumerate(zip(all_texts, values)):
        expect = "".join(
            f'    {{ at = "{START + datetime.timedelta(days=k + 1)}", alert = "m_is", '
            + ('value = "missing" },\n' if v is None else f"value = {v!r}, within = {max(abs(v), 1e-9) * 1e-12!r} }},\n")
            for k, v in enumerate(found))
        tests.append(f'test "{i}: {text}" {{\n  series = {{ m = {{ from = "{START}", "{text}" }} }},\n'
                     f"  expect = {{\n{expect}  }},\n}}\n")
    (folder / "tests/shorthand.lua").write_text("".join(tests))


def main():
    binary = Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 60
    promtool = shutil.which("promtool")
    if not promtool:
        print("1..0 # SKIP there is no promtool (Debian: prometheus)")
        return
    all_texts = texts(rounds)
    with tempfile.TemporaryDirectory(prefix="cynosure-shorthand-") as work:
        work = Path(work)
        values = promtool_values(promtool, work, all_texts, 40)
        known = sum(v is not None for found in values for v in found)
        write_project(work / "project", all_texts, values)
        done = subprocess.run([binary, "-C", work / "project", "test", "--json"], capture_output=True,
                              text=True, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    tests = [r for r in results if "test" in r]
    print(f"1..{len(all_texts) + 1}")
    for n, text in enumerate(all_texts, 1):
        r = tests[n - 1] if n <= len(tests) else {"result": "missing", "failures": []}
        print(f"{'ok' if r['result'] == 'passed' else 'not ok'} {n} - {text}")
        for failure in r["failures"][:2]:
            print("# " + failure["message"].replace("\n", "\n# "))
    enough = known > 5 * len(all_texts) and len(tests) == len(all_texts)
    print(f"{'ok' if enough else 'not ok'} {len(all_texts) + 1} - promtool had {known} values to compare with")
    if not enough:
        print("# " + done.stderr.replace("\n", "\n# "))


main()
