#!/usr/bin/env python3
"""`cynosure alerts` as an operator uses it: run.py BINARY [--write].

*.txt are transcripts over a project of its own each, named in the first line: an example ("# learning";
"# learning, by the clock" without its as_of), or "# init KIND". "@ TIME" sets the clock, "$ cynosure …" runs a command, then follows what it prints
(standard error after standard output), and "exit N" unless it is 0. --write brings them up to date.
What docs/reference/alerts.md shows is what the retail example prints. Then: who comes second, Ctrl-C, what is
sent when, and JSON.
"""
import datetime
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PAGE = ROOT / "docs/reference/alerts.md"
NOW = "2026-11-16T09:00:00+09:00"


def environment(now):
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "USER", "LOGNAME")}
    return {**clean, "CYNOSURE_NOW": now, "USER": "kim"}


def cynosure(binary, folder, words, now=NOW):
    return subprocess.run([binary, "-C", folder, *words], capture_output=True, text=True, timeout=60,
                          env=environment(now), check=False)


def make_project(binary, work, name):
    """A copy of an example, with its data."""
    folder = Path(work) / "project"
    if name.startswith("init "):
        subprocess.run([binary, "init", name[5:], folder], check=True, capture_output=True)
        return folder
    name, _, by_clock = name.partition(", ")
    shutil.copytree(ROOT / "docs/examples" / name, folder, ignore=shutil.ignore_patterns(".cynosure"))
    if by_clock:
        config = folder / "cynosure.yaml"
        config.write_text(re.sub(r"^as_of: .*\n", "", config.read_text(encoding="utf-8"), flags=re.M),
                          encoding="utf-8")
    if name == "learning":
        (folder / "data").mkdir(exist_ok=True)
        subprocess.run([sys.executable, ROOT / "scripts/generate-learning", folder / "data/events.csv"],
                       check=True)
    return folder


def transcript(binary, text):
    """The transcript with what its commands print now."""
    name, now, out = re.match(r"# (.*)\n", text)[1], NOW, []
    with tempfile.TemporaryDirectory(prefix="cynosure-alerts-") as work:
        folder = make_project(binary, work, name)
        for line in re.findall(r"^(?:\$ cynosure|@) .*$", text, re.M):
            if line.startswith("@ "):
                now = line[2:]
                out.append(f"{line}\n")
                continue
            done = cynosure(binary, folder, shlex.split(line[len("$ cynosure "):]), now)
            status = f"exit {done.returncode}\n" if done.returncode else ""
            out.append(f"{line}\n{done.stdout}{done.stderr}{status}")
    return f"# {name}\n\n" + "\n".join(out)


def documented():
    """The page's transcripts as (commands, text): blocks that begin with a command."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```\n(\$ cynosure(?:.*\n)+?)```$", text, re.M)


# ---- what no transcript shows ----

def second_one(binary, work):
    """While one runs, another one says so, names it, and leaves; and so does `forget`."""
    folder = make_project(binary, work, "init transaction")
    with subprocess.Popen([binary, "-C", folder, "alerts", "run", "--for", "60s"],
                          stdout=subprocess.PIPE, env=environment(NOW)) as first:
        first.stdout.readline()  # it has begun
        second = [cynosure(binary, folder, ["alerts", *words])
                  for words in (["run"], ["forget", "order_value_falls"])]
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)
    for done in second:
        if done.returncode != 1 or f"process {first.pid}" not in done.stderr:
            yield f"exit {done.returncode}: {done.stderr}"
    after = cynosure(binary, folder, ["alerts", "run"])
    if after.returncode != 0:
        yield f"after it: exit {after.returncode}: {after.stderr}"


def interrupted(binary, work):
    """Ctrl-C ends a long run at once, with the exit code of an interrupt."""
    folder = make_project(binary, work, "init transaction")
    with subprocess.Popen([binary, "-C", folder, "alerts", "run", "--for", "60s"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(NOW)) as run:
        for line in run.stdout:
            if b"messages:" in line:
                break
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=20)
        took = time.monotonic() - began
    if run.returncode != 130:
        yield f"exit {run.returncode}"
    if took > 2:  # 0.2 s on a machine that does nothing else
        yield f"it took {took:.1f} s"


def nothing_is_sent(binary, work):
    """--no-send leaves the messages to the next run, which sends each once."""
    folder = make_project(binary, work, "init transaction")
    first = cynosure(binary, folder, ["alerts", "run", "--no-send"]).stdout
    second = cynosure(binary, folder, ["alerts", "run"]).stdout
    third = cynosure(binary, folder, ["alerts", "run"]).stdout
    if "fired" not in first or "messages:" in first:
        yield f"--no-send prints {first}"
    if "messages: 1 sent" not in second:
        yield f"the next run prints {second}"
    if third:
        yield f"the one after it prints {third}"


def mistakes_are_said(binary, work):
    """A rule that names a channel that there is not is evaluated; each run says so, and exits with 1."""
    folder = make_project(binary, work, "init transaction")
    script = folder / "alerts/orders.lua"
    script.write_text(script.read_text().replace('notify   = "team"', 'notify   = "taem"'))
    for fires in (True, False):
        done = cynosure(binary, folder, ["alerts", "run"])
        if done.returncode != 1 or done.stderr.count("did you mean 'team'?") != 3:
            yield f"exit {done.returncode}: {done.stderr}"
        if ("order_value_falls" in done.stdout) != fires:
            yield f"it prints {done.stdout}"
    now = cynosure(binary, folder, ["alerts"]).stdout
    if "1 firing, 0 pending, 3 with a mistake: 3 rules" not in now:
        yield f"alerts prints {now}"


def json_is_json(binary, work):
    """Every command's --json is one object per line, with the members that cli.md names."""
    folder = make_project(binary, work, "init transaction")
    wanted = {"evaluation": "rule slot health", "event": "at event alert key deliveries",
              "alert": "alert fingerprint state severity value deliveries", "rule": "rule health evaluated",
              "why": "conditions facts series", "silence": "id matchers until who why"}
    seen, told = set(), 0
    for words in (["run"], ["--all"], ["history"], ["why", "order_value_falls"],
                  ["silence", "order_value_falls", "--for", "1h", "--why", "x"], ["silences"]):
        form = [] if words[0] == "silence" else ["--json"]
        done = cynosure(binary, folder, ["alerts", *words, *form])
        if done.returncode:
            yield f"{words}: exit {done.returncode}: {done.stderr}"
        for line in done.stdout.splitlines() if form else ():
            if not line.startswith("{"):
                continue  # the channel stdout has its say, too
            record = json.loads(line)
            seen.add(record["type"])
            lacks = set(wanted[record["type"]].split()) - set(record)
            if lacks:
                yield f"{words}: {record['type']} lacks {lacks}"
            for delivery in record.get("deliveries") or ():
                told += 1
                if set(delivery) != set("channel state at message detail".split()):
                    yield f"{words}: a delivery has {sorted(delivery)}"
                datetime.datetime.fromisoformat(delivery["at"])
    if not told:
        yield "nobody was told of anything"
    if seen != set(wanted):
        yield f"only {sorted(seen)} were seen"


CHECKS = (second_one, interrupted, nothing_is_sent, mistakes_are_said, json_is_json)


def main():
    binary, writing = os.path.abspath(sys.argv[1]), "--write" in sys.argv
    results = []
    for path in sorted(HERE.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        now = transcript(binary, text)
        if writing:
            path.write_text(now, encoding="utf-8")
        differs = [f"expected {a!r}\nfound    {b!r}"
                   for a, b in zip(text.splitlines(), now.splitlines()) if a != b]
        results.append((path.name, [] if writing or text == now else differs[:3] or ["longer or shorter"]))
    for number, block in enumerate(documented(), 1):
        now = transcript(binary, "# retail\n\n" + block).split("\n\n", 1)[1]
        same = now.replace("\n\n$", "\n$").strip() == block.replace("\n\n$", "\n$").strip()
        results.append((f"{PAGE.name}, block {number}", [] if same else [f"it prints now\n{now}"]))
    for check in CHECKS:
        with tempfile.TemporaryDirectory(prefix="cynosure-alerts-") as work:
            results.append((check.__doc__.split("\n", maxsplit=1)[0], list(check(binary, work))))
    print(f"1..{len(results)}")
    for number, (title, problems) in enumerate(results, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {title}")
        for problem in problems:
            print("# " + str(problem).replace("\n", "\n# "))


main()
