#!/usr/bin/env python3
"""SIGINT and SIGTERM end `cynosure eval` soon, with nothing half-written: interrupt.py BINARY.

Asked is 0.2 s. A loaded machine is given a second, but the time is told.
"""
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

sys.dont_write_bytecode = True  # the repository stays as it was
import events

MOST = 1.0       # seconds
CANCELLED = 130  # the exit code

SLOW_ROWS = """metric "slow" {
  value = source "events":sum(function(row)
    local sum = 0
    for i = 1, 60000 do sum = sum + i % 7 end
    return sum + row.duration
  end),
}
"""
SLOW_EXPRESSION = """local parts = {}
for i = 1, 100 do parts[i] = ("#string.rep(user_id, %d)"):format(20000 + i) end
metric "slow" { value = source "events":sum(table.concat(parts, " + ")) }
"""
ENDLESS = "while true do end\n"


def write_many(project, size):
    """The same rows again and again, so that gigabytes need no generator."""
    block = "".join(events.make_rows(20000, days=180)).encode()
    with open(project.data / "events.csv", "wb") as out:
        out.write(events.HEADER.encode())
        for _ in range(size // len(block)):
            out.write(block)


def interrupt(project, sent, after, *options):
    """Seconds from the signal to the end."""
    with subprocess.Popen(project.eval_command(*options), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        time.sleep(after)
        helpers = events.descendants_of(process.pid)
        began = time.monotonic()
        process.send_signal(sent)
        out, told = process.communicate(timeout=60)
        took = time.monotonic() - began
    assert process.returncode == CANCELLED, f"exit {process.returncode}: {told.strip()}"
    assert (out, told) == ("", "interrupted\n"), f"it says {out!r} and {told!r}"
    assert took < MOST, f"it took {took:.3f} s"
    assert events.gone_within(helpers, 5), "a script worker is still there"
    return took


def check_state(project):
    """Neither segments nor values of a run that did not end."""
    left = sorted(project.state.rglob("*.seg*")) if project.state.exists() else []
    assert not left, f"left in segments: {left}"
    database = project.state / "state.db"
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT count(*) FROM run").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM segment").fetchone() == (0,)


def main():
    binary = sys.argv[1]

    def loading(sent, after, *options):
        def test():
            with events.project(binary) as project:
                write_many(project, 500_000_000)
                took = interrupt(project, sent, after, *options)
                check_state(project)
                return f"{took:.3f} s"
        return test

    def evaluating(script, sent):
        def test():
            with events.project(binary) as project:
                project.script(script)
                events.write_rows(project.data / "events.csv", events.make_rows(8000, days=180))
                took = interrupt(project, sent, 0.3)
                check_state(project)  # so few rows are not kept
                return f"{took:.3f} s"
        return test

    events.tap([
        ("SIGINT while a file is read", loading(signal.SIGINT, 0.1)),
        ("SIGINT while a file is read and nothing is kept", loading(signal.SIGINT, 0.2, "--no-cache")),
        ("SIGTERM while a file is read", loading(signal.SIGTERM, 0.3)),
        ("SIGINT while a function runs over rows", evaluating(SLOW_ROWS, signal.SIGINT)),
        ("SIGTERM while a function runs over rows", evaluating(SLOW_ROWS, signal.SIGTERM)),
        ("SIGINT while scripts are loaded", evaluating(ENDLESS, signal.SIGINT)),
        ("SIGINT while an expression is evaluated", evaluating(SLOW_EXPRESSION, signal.SIGINT)),
    ])


main()
