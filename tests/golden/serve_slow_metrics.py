#!/usr/bin/env python3
"""Metrics whose scripts take long, or for ever: they delay each other, and nobody else.

    serve_slow_metrics.py BINARY [CASE…]
"""
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import serving
from serving import Daemon, project, query, values, write

BINARY = Path(sys.argv[1]).resolve()
CALL = 20  # seconds that a call of a script has; the lane of metrics gives it 2
PATIENCE = 4 * CALL
CONFIG = serving.CONFIG + f"limits: {{call_time: {CALL}s}}\n"
LOOP = "local n = 0 for i = 1, {turns} do n = n + i % 7 end"
PLAIN = """local events = source "events"
metric "amount" {{ value = events:sum "amount" }}
metric "rows" {{ value = events:count() }}
metric "slow" {{ value = function(at)
  local rows = at:get "rows"
  {loop}
  return rows
end }}
"""
HANGS = """metric "hang" { value = function(at) while true do end end }
"""
MENDED = """metric "hang" { value = function(at) return 7 end }
"""
FAST = """metric "fast" { value = function(at) return 2 * at:get "rows" end }
"""


def turns_of(seconds):
    """How often a loop turns that takes about so long here, when nothing else is going on."""
    few = 10_000_000

    def takes(folder, metric):
        began = time.monotonic()
        subprocess.run([BINARY, "-C", folder, "eval", metric, "--last", "1", "--no-record"],
                       capture_output=True, check=True, timeout=PATIENCE)
        return time.monotonic() - began

    with project(config=CONFIG, metrics=PLAIN.format(loop=LOOP.format(turns=few))) as folder:
        plain, slow = (min(takes(folder, metric) for _ in range(3)) for metric in ("rows", "slow"))
    each = max(slow - plain, 0.01) / 3  # it is evaluated for what it is compared with, too
    return int(few * seconds / each)


TURNS = turns_of(2.5)
SLOW = PLAIN.format(loop=LOOP.format(turns=TURNS))


def slow_project(metrics):
    """Of two hours: the first call of the slow one takes five seconds."""
    return project(config=CONFIG, metrics=metrics, data=serving.rows(serving.last_hours(2), 2))


def failures(folder, metric):
    return query(folder, "SELECT failures, error FROM ledger WHERE metric = ?", metric)


def handed_over(metric):
    return f"metric '{metric}' is slow: it is evaluated in a lane of its own"


def gauge(daemon, name):
    for line in daemon.get("/metrics")[1].splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no {name}")


def shown(daemon, metric):
    """Its ended value, as programs are told."""
    answer = json.loads(daemon.get("/api/v1/metrics")[1])
    ended = [each["ended"] for each in answer["metrics"] if each["metric"] == metric][0]
    return ended and ended["value"]


def the_others_go_on():
    with slow_project(SLOW + HANGS + FAST) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder, "fast")) == 2, "the fast one waits", PATIENCE)
        assert failures(folder, "hang") == []
        before = values(folder)
        write(folder, "data/b.csv", serving.rows(serving.last_hours(2), 1, lambda hour: 1000))
        daemon.until(lambda: values(folder) != before, "the plain one waits", PATIENCE)
        assert failures(folder, "hang") == [], "that took longer than what hangs has"
        daemon.until(lambda: set(values(folder, "slow").values()) == {2, 1},
                     "the slow one has no value", PATIENCE)
        daemon.until(lambda: shown(daemon, "slow") == 1, "its value is not shown", PATIENCE)
        assert daemon.get("/metric/slow")[0] == 200
        daemon.wait_for("metrics: " + handed_over("slow"), seconds=PATIENCE)
        daemon.wait_for(f"metric 'hang': ran longer than {CALL} s", seconds=PATIENCE)
        daemon.until(lambda: failures(folder, "hang")[0][0] > 0, "no failure is noted", PATIENCE)
        assert f"ran longer than {CALL} s" in failures(folder, "hang")[0][1]
        assert not daemon.said("ran longer than 2 s"), daemon.lines
        assert gauge(daemon, "cynosure_metrics_slow") == 2
        assert len(daemon.said(handed_over("hang"))) == 1
        daemon.stop()


def what_hangs_is_put_into_quarantine_and_comes_back():
    with slow_project(HANGS + FAST + SLOW) as folder:
        with Daemon(BINARY, folder) as daemon:
            daemon.wait_for(f"metric 'hang': ran longer than {CALL} s", seconds=PATIENCE)
            daemon.until(lambda: failures(folder, "hang"), "no failure is noted", PATIENCE)
            daemon.stop()
        with closing(sqlite3.connect(folder / ".cynosure/state.db")) as state, state:
            state.execute("UPDATE ledger SET failures = 4, again = 0 WHERE metric = 'hang'")
        with Daemon(BINARY, folder) as daemon:
            daemon.wait_for("metric 'hang' failed 5 times in a row", seconds=PATIENCE)
            assert not daemon.said(handed_over("hang")), "the ledger says that it takes long"
            assert gauge(daemon, "cynosure_metrics_quarantined") == 1
            write(folder, "metrics/m.lua", PLAIN.format(loop="") + MENDED + FAST)
            daemon.until(lambda: set(values(folder, "hang").values()) == {7},
                         "it does not come back", PATIENCE)
            daemon.until(lambda: gauge(daemon, "cynosure_metrics_quarantined") == 0,
                         "it is still counted", PATIENCE)
            daemon.stop()


def a_reload_ends_what_hangs():
    with slow_project(HANGS + PLAIN.format(loop="") + FAST) as folder, \
            Daemon(BINARY, folder) as daemon:
        daemon.wait_for(handed_over("hang"), seconds=PATIENCE)
        write(folder, "metrics/m.lua", MENDED + PLAIN.format(loop="") + FAST)
        daemon.until(lambda: set(values(folder, "hang").values()) == {7}, "it does not come back",
                     PATIENCE)
        assert failures(folder, "hang")[0][0] == 0
        assert not daemon.said("ran longer"), daemon.lines
        assert not daemon.said("error:"), daemon.lines
        daemon.stop()


def a_stop_ends_what_hangs():
    with slow_project(HANGS + FAST + PLAIN.format(loop="")) as folder, \
            Daemon(BINARY, folder) as daemon:
        daemon.wait_for(handed_over("hang"), seconds=PATIENCE)
        daemon.until(lambda: len(values(folder, "fast")) == 2, "the fast one waits", PATIENCE)
        took = daemon.stop()
        assert took < CALL - 2, took
        assert failures(folder, "hang") == []


def once_evaluates_the_slow_ones_too():
    # Slow, whatever else went on while it was timed.
    slower = PLAIN.format(loop=LOOP.format(turns=3 * TURNS))
    with project(config=CONFIG.replace(f"{CALL}s", "120s"), metrics=slower + FAST,
                 data=serving.rows(serving.last_hours(2), 2)) as folder:
        run = subprocess.run([BINARY, "-C", folder, "serve", "--once"], capture_output=True,
                             text=True, timeout=2 * PATIENCE, check=False)
        assert run.returncode == 0, run.stderr
        assert handed_over("slow") in run.stderr
        assert len(values(folder, "slow")) == 2, run.stderr
        assert len(values(folder, "fast")) == 2, run.stderr


CASES = [the_others_go_on, what_hangs_is_put_into_quarantine_and_comes_back,
         a_reload_ends_what_hangs, a_stop_ends_what_hangs, once_evaluates_the_slow_ones_too]

only = sys.argv[2:]
events.tap([(case.__name__.replace("_", " "), case) for case in CASES
            if not only or case.__name__ in only])
