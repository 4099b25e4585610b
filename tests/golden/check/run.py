#!/usr/bin/env python3
"""What `check` finds: run.py BINARY [CASE…].

A case of cases.yaml changes the project base/ and lists all findings: an id, and maybe the beginning
of its place and, after a colon, a part of its message, to which its hint is added in parentheses. The
changes are those of malformed/run.py;
`noise: N` and `signal: N` make N weeks of rows, in which revenue has nothing to do with the lessons
per user, or follows them a week later; `values: N` adds a row for each of N events. `many` is how many
findings are not listed. `silenced` holds ids with their reasons. Together the cases
find every id that `check --list` lists. What is printed as text, JSON and SARIF is about the same
findings, and docs/reference/check.md is about the same ids.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import yaml

sys.dont_write_bytecode = True  # the repository stays as it was
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import events

PAGE = HERE.parents[2] / "docs" / "reference" / "check.md"
ROLES = ("nsm", "kgi", "kpi", "guardrail", "none")


# ---- projects ----

def weeks_of_rows(weeks, related):
    """CSV of four users a week, the same on every machine."""
    lines, state, before = ["time,user_id,event,channel,amount,score"], 12345, 5
    first = datetime(2026, 11, 16) - timedelta(weeks=weeks)
    for week in range(weeks):
        state = state * 1103515245 + 12345 & 0x7fffffff
        lessons = 5 + (state >> 16) % 20
        state = state * 1103515245 + 12345 & 0x7fffffff
        amount = 10 * before if related else 50 + (state >> 16) % 200
        day = first + timedelta(weeks=week, hours=9)
        lines += [f"{day},u{u},{event},ads,," for u in range(4) for event in ("signup", "aha")]
        lines += [f"{day},u{n % 4},lesson_done,ads,,{n}" for n in range(lessons)]
        lines.append(f"{day},u1,purchase,ads,{amount}.50,")
        before = lessons
    return "\n".join(lines) + "\n"


def write(path, spec):
    path.parent.mkdir(parents=True, exist_ok=True)
    if spec is None:
        path.unlink()
        return
    if isinstance(spec, str):
        spec = {"text": spec}
    text = spec.get("text")
    if "noise" in spec or "signal" in spec:
        text = weeks_of_rows(spec.get("noise") or spec["signal"], "signal" in spec)
    if text is None:
        text = path.read_text(encoding="utf-8")
    for old, new in spec.get("replace", {}).items():
        if old not in text:
            raise ValueError(f"{path.name} has no {old!r} to replace")
        text = text.replace(old, new)
    for n in range(spec.get("values", 0)):
        text += f"2026-11-14 10:00:00,u1,{chr(65 + n) * 8},ads,,\n"
    path.write_text(text + spec.get("append", ""), encoding="utf-8")


def check(binary, folder, *options):
    return subprocess.run([binary, "-C", folder, "check", *options], capture_output=True, text=True,
                          timeout=60, check=False)


def place_of(finding):
    parts = [finding["file"], finding["line"], finding["column"]]
    return ":".join(str(p) for p in parts if p)


def fits(wanted, finding):
    head, _, message = wanted.partition(": ")
    ident, _, place = head.partition(" ")
    return (finding["id"] == ident and place_of(finding).startswith(place)
            and message in f"{finding['message']} ({finding['hint']})")


def compare(case, findings):
    """Yields what differs between the findings that are wanted and those that there are."""
    left = list(findings)
    for wanted in case["found"]:
        match = next((f for f in left if fits(wanted, f)), None)
        if match is None:
            yield f"not found: {wanted}"
        else:
            left.remove(match)
    for f in left[case.get("many", 0):]:
        yield f"found as well: {f['id']} {place_of(f)}: {f['message']}"
    for f in findings:
        if f["silenced"] != case.get("silenced", {}).get(f["id"]):
            yield f"{f['id']} is silenced: {f['silenced']!r}"


# ---- the three forms ----

def problems_of_sarif(log, findings, folder):
    """The structure that SARIF 2.1.0 asks for, with what JSON says in it."""
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    if log["version"] != "2.1.0" or len(log["runs"]) != 1 or not run["tool"]["driver"]["name"]:
        yield "SARIF: version, run or driver"
    if len({r["id"] for r in rules}) != len(rules):
        yield "SARIF: a rule is there twice"
    if len(run["results"]) != len(findings):
        yield f"SARIF: {len(run['results'])} results, {len(findings)} findings"
    base = run.get("originalUriBaseIds", {}).get("PROJECT", {}).get("uri")
    if base and base != Path(folder).resolve().as_uri() + "/":
        yield f"SARIF: the base is {base}"
    for result, f in zip(run["results"], findings):
        rule = rules[result["ruleIndex"]]
        same = (result["ruleId"] == rule["id"] == f["id"] and result["level"] == f["severity"]
                and result["message"]["text"] == f["message"] and rule["help"]["text"] == f["how"]
                and rule["defaultConfiguration"]["level"] == f["severity"])
        reasons = [s["justification"] for s in result["suppressions"]]
        if not same or reasons != ([f["silenced"]] if f["silenced"] else []):
            yield f"SARIF: {result} is not {f}"
        for location in result.get("locations", []):
            physical = location["physicalLocation"]
            region = physical.get("region", {})
            if (physical["artifactLocation"]["uri"] != f["file"]
                    or region.get("startLine", 0) != f["line"]
                    or region.get("startColumn", 0) != f["column"]):
                yield f"SARIF: {physical} is not at {place_of(f)}"
        if bool(result.get("locations")) != bool(f["file"]):
            yield f"SARIF: {f['id']} has no location"


def problems_of_text(text, findings):
    """Each finding is a line with its id; why and how stand there once for each id."""
    for f in findings:
        line = f"{f['severity']}: {place_of(f)}{': ' if f['file'] else ''}{f['message']} [{f['id']}]"
        if line not in text.splitlines():
            yield f"text: there is no line {line!r}"
        if not f["silenced"] and text.count(f"  how: {f['how']}\n") != 1:
            yield f"text: how to mend {f['id']} is not there once"


def problems_of(binary, case, folder, seen):
    """Runs a case; yields what is not as expected. Adds ids to `seen`."""
    shutil.copytree(HERE / "base", folder)
    for name, spec in case.get("files", {}).items():
        write(folder / name, spec)
    options = case.get("args", "").split()
    run = check(binary, folder, "--json", "--silenced", *options)
    findings = [json.loads(line) for line in run.stdout.splitlines()]
    seen.update(f["id"] for f in findings)
    if run.returncode != case.get("exit", 0) or run.stderr:
        yield f"exit {run.returncode}: {run.stderr}"
    yield from compare(case, findings)
    if not case.get("exit"):
        warnings = any(f["severity"] == "warning" and not f["silenced"] for f in findings)
        if check(binary, folder, "--strict", *options).returncode != warnings:
            yield "--strict does not count the warnings"
        quiet = check(binary, folder, "--json", *options).stdout.splitlines()
        if len(quiet) != sum(not f["silenced"] for f in findings):
            yield "what is silenced is listed"
    sarif = check(binary, folder, "--format", "sarif", *options).stdout
    yield from problems_of_sarif(json.loads(sarif), findings, folder)
    yield from problems_of_text(check(binary, folder, "--silenced", *options).stdout, findings)


# ---- the page ----

def table_of(lints):
    """The lints of one topic as the page has them."""
    def row(lint):
        data = " (data)" if lint["data"] else ""
        return f"| `{lint['id']}` | {lint['severity']}{data} | {lint['why']} | {lint['how']} |"
    return ["| id | severity | why it matters | how to mend it |", "|---|---|---|---|",
            *(row(lint) for lint in lints)]


def page_of(lints):
    """Both generated parts of docs/reference/check.md, by the name of their marker."""
    topics = {}
    for lint in lints:
        topics.setdefault(lint["topic"], []).append(lint)
    found = []
    for topic, members in topics.items():
        found += [f"### {topic}", "", *table_of(members), ""]
    roles = ["| id | NSM | KGI | KPI | guardrail | without a role |", "|---|---|---|---|---|---|"]
    for lint in lints:
        if lint["roles"]:
            marks = " | ".join("●" if role in lint["roles"] else "" for role in ROLES)
            roles.append(f"| `{lint['id']}` | {marks} |")
    return {"lints": "\n".join(found), "roles": "\n".join(roles) + "\n"}


def problems_of_page(lints, writing):
    text = PAGE.read_text(encoding="utf-8")
    now = text
    for name, part in page_of(lints).items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)"
        if not re.search(pattern, now, re.S):
            yield f"{PAGE.name} has no part {name}"
        now = re.sub(pattern, lambda m, part=part: m[1] + part + m[2], now, flags=re.S)
    if writing:
        PAGE.write_text(now, encoding="utf-8")
    elif now != text:
        yield f"{PAGE.name} differs from 'check --list'; bring it up to date with --write"


# ---- tests ----

def main():
    binary = os.path.abspath(sys.argv[1])
    writing, names = "--write" in sys.argv, [a for a in sys.argv[2:] if a != "--write"]
    cases = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
    cases = {"nothing to mend": {"found": []}, **cases}
    listed = subprocess.run([binary, "check", "--list", "--json"], capture_output=True, text=True,
                            check=True)
    lints = [json.loads(line) for line in listed.stdout.splitlines()]
    seen = set()

    def test(problems):
        found = list(problems())
        if found:
            raise RuntimeError("\n".join(map(str, found[:20])))

    def in_folder(case):
        with tempfile.TemporaryDirectory(prefix="cynosure-check-") as work:
            yield from problems_of(binary, case, Path(work) / "project", seen)

    def never_found():
        if not lints:
            yield "no ids are listed"
        yield from (f"never found: {i}" for i in sorted({lint["id"] for lint in lints} - seen))

    tests = [(f"{title}: as expected", lambda case=case: in_folder(case))
             for title, case in cases.items() if not names or title in names]
    if not names:
        tests += [("every id is found in some case", never_found),
                  ("the page lists what is looked for", lambda: problems_of_page(lints, writing))]
    events.tap([(title, lambda problems=problems: test(problems)) for title, problems in tests])


main()
