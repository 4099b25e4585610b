"""A project like that of scripts/bench, made by the tests that look at how a run goes, not at what a
metric means: an app's event log in the order of time, and one metric of each kind over it.
"""
import argparse
import contextlib
import datetime
import os
import random
import sqlite3
import struct
import subprocess
import tempfile
import time
from pathlib import Path

BEGIN = datetime.datetime(2026, 1, 5)  # a Monday
HEADER = "time,user_id,event,channel,amount,duration\n"
KINDS = ["lesson_start"] * 3 + ["lesson_done"] * 3 + ["view", "aha_action", "purchase"]
CHANNELS = ["organic", "ads", "friend"]

CONFIG = """name: events
timezone: Europe/Berlin
grain: week
as_of: 2026-12-01
sources:
  events:
    type: csv
    path: data/*.csv
    time: time
    entity: user_id
    dimensions: [channel]
    columns:
      time: timestamp
      user_id: text
      amount: { type: decimal, scale: 2 }
      duration: real
    bad_rows: 0
"""
SCRIPT = """local events  = source "events"
local lessons = events:where { event = "lesson_done" }
local aha = events:journey {
  entity = "user_id", steps = { "event == 'signup'", "event == 'aha_action'" }, within = "14d",
}
local kept = events:retention { entity = "user_id", start = "event == 'signup'" }

metric "rows"     { value = events:count() }
metric "actives"  { value = events:distinct "user_id" }
metric "nsm"      { value = lessons:count() / events:distinct "user_id" }
metric "regular"  { value = lessons:per "user_id":count():where "value >= 3":count() }
metric "revenue"  { value = events:where { event = "purchase" }:sum "amount" }
metric "spread"   { value = events:stddev "duration" }
metric "seconds"  { value = events:sum "duration" }
metric "slow"     { value = events:p(95, "duration") }
metric "ttv"      { value = aha:time():p(50) }
metric "d1"       { value = kept:at "1d" }
metric "doubled"  { value = events:mean "duration * 2" }
"""


def make_rows(count, days, seed=1):
    """Lines of CSV in the order of time; a fortieth of them are signups."""
    rnd = random.Random(seed)
    lines, users = [], 0
    for i in range(count):
        signup = i % 40 == 0
        users += signup
        user = users if signup else 1 + int(users * rnd.random())
        kind = "signup" if signup else rnd.choice(KINDS)
        at = BEGIN + datetime.timedelta(seconds=i * days * 86400 // count)
        amount = f"{rnd.randrange(300, 9000) / 100:.2f}" if kind == "purchase" else ""
        duration = "" if signup else f"{rnd.expovariate(1 / 300):.3f}"
        lines.append(f"{at},u{user:06d},{kind},{CHANNELS[user % 3]},{amount},{duration}\n")
    return lines


def write_rows(path, lines):
    """A new file in the place of the old one, if there is one."""
    part = path.with_suffix(".part")
    part.write_text(HEADER + "".join(lines), encoding="ascii")
    part.rename(path)


class Project:
    def __init__(self, binary, folder):
        self.binary, self.folder = Path(binary).resolve(), Path(folder)
        self.data, self.state = self.folder / "data", self.folder / ".cynosure"
        self.data.mkdir()
        (self.folder / "metrics").mkdir()
        (self.folder / "cynosure.yaml").write_text(CONFIG, encoding="ascii")
        self.script(SCRIPT)

    def script(self, text):
        (self.folder / "metrics" / "events.lua").write_text(text, encoding="ascii")

    def command(self, *options):
        return [str(word) for word in (self.binary, "-C", self.folder, *options)]

    def eval_command(self, *options):
        return self.command("eval", "--json", "--from", "2026-W02", "--to", "2026-W30", *options)

    def eval(self, *options, **env):
        """What eval prints, which is something; it must have nothing to complain about."""
        run = subprocess.run(self.eval_command(*options), capture_output=True, text=True,
                             check=False, env={**os.environ, **env})
        if run.returncode or run.stderr or not run.stdout:
            raise RuntimeError(f"exit {run.returncode}: {run.stderr.strip()}")
        return run.stdout


def children_of(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:  # it is gone
        return []


def descendants_of(pid):
    """The zygote and its workers."""
    mine = children_of(pid)
    return mine + [child for one in mine for child in children_of(one)]


def is_running(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def gone_within(pids, seconds):
    until = time.monotonic() + seconds
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(is_running, pids))


@contextlib.contextmanager
def project(binary):
    """In a folder of its own, which goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="cynosure-events-") as work:
        yield Project(binary, work)


def forge(project, numbers, new):
    """Changes numbers in everything that is kept."""
    with contextlib.closing(sqlite3.connect(project.state / "state.db")) as state:
        kept = state.execute("SELECT id, data FROM cells").fetchall()
        for row, data in kept:
            for old in numbers:
                data = data.replace(struct.pack("=q", old), struct.pack("=q", new))
            state.execute("UPDATE cells SET data = ? WHERE id = ?", (data, row))
        state.commit()


def is_sanitized(binary):
    """Sanitizers take their time and their memory."""
    code = Path(binary).read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


def rounds_asked_for(usual):
    """The command line of tests that go in rounds: BINARY [--rounds N] [--seed N]."""
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("--rounds", type=int, default=usual)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def play(args, kind):
    """All rounds of one project; the object that played them."""
    with project(args.binary) as it:
        rounds = kind(it, args.seed)
        for number in range(args.rounds):
            try:
                rounds.round()
            except (AssertionError, RuntimeError) as error:
                raise RuntimeError(f"round {number}: {error}") from error
        return rounds


def tap(tests):
    """Runs functions that raise when something is wrong; what they return is told."""
    print(f"1..{len(tests)}", flush=True)
    for number, (title, test) in enumerate(tests, 1):
        try:
            told, result = test(), "ok"
        except (RuntimeError, AssertionError, OSError, ValueError, LookupError,
                subprocess.TimeoutExpired) as error:
            told, result = str(error) or repr(error), "not ok"
        print(f"{result} {number} - {title}")
        for line in (told or "").splitlines():
            print(f"# {line}", flush=True)
