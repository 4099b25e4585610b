#!/usr/bin/env python3
"""The daemon in a world that does what it should not: serve_faults.py BINARY WORLD.

WORLD is what serve_world.c became: preloaded, it sets clocks, has a thread hang, and holds whoever
reads a file until something has happened to that file.
"""
import json
import mmap
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import serving
from serving import Daemon, Notified, project, query, values, write

BINARY, PRELOADED = (Path(name).resolve() for name in sys.argv[1:3])
SECOND = 1_000_000
HOUR = 3600 * SECOND
HOURLY = "SELECT until FROM ledger WHERE metric = 'amount' AND dims = ''"
TWICE = """SELECT count(*) FROM (SELECT value, definition, rows,
           lag(value) OVER w AS v, lag(definition) OVER w AS d, lag(rows) OVER w AS r,
           row_number() OVER w AS n FROM value
           WINDOW w AS (PARTITION BY metric, grain, segment, period_start ORDER BY run))
           WHERE n > 1 AND v IS value AND d IS definition AND r IS rows"""


class World:
    """The words of serve_world.c, by name."""
    NAMES = ["clock", "monotonic", "hang", "read", "reading"]

    def __init__(self, folder):
        self.path = Path(folder) / "world"
        self.path.write_bytes(bytes(8 * len(self.NAMES)))
        with open(self.path, "r+b") as file:
            self.words = mmap.mmap(file.fileno(), 0)

    def __getitem__(self, name):
        at = 8 * self.NAMES.index(name)
        return int.from_bytes(self.words[at:at + 8], sys.byteorder, signed=True)

    def __setitem__(self, name, value):
        at = 8 * self.NAMES.index(name)
        self.words[at:at + 8] = value.to_bytes(8, sys.byteorder, signed=True)

    def env(self):
        """The first in the list is loaded first, which a sanitizer wants to be itself."""
        linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
        own = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
        return {"LD_PRELOAD": ":".join([*own, str(PRELOADED)]),
                "CYNOSURE_TEST_WORLD": str(self.path)}


@contextmanager
def world():
    with tempfile.TemporaryDirectory(prefix="cynosure-world-") as folder:
        yield World(folder)


def hour_of(moment):
    return moment.replace(minute=0, second=0, microsecond=0)


def ledger_says(folder):
    """Up to when the hours are evaluated."""
    found = query(folder, HOURLY)
    return datetime(1970, 1, 1) + timedelta(microseconds=found[0][0]) if found else None


def the_clock_goes_forward_by_a_day():
    with world() as w, project() as folder, Daemon(BINARY, folder, env=w.env()) as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        daemon.until(lambda: query(folder, "SELECT count(*) FROM alert") != [(0,)], "no alert")
        w["clock"] = 24 * HOUR
        daemon.wait_for("clock: warning: it went forward by 86400 s")
        tomorrow = hour_of(datetime.utcnow() + timedelta(days=1))
        daemon.until(lambda: ledger_says(folder) == tomorrow, "a day was not caught up")
        daemon.wait_for("rule 'high' missed 23 slots")
        assert query(folder, TWICE) == [(0,)]
        daemon.stop()


def the_clock_goes_back_and_nothing_is_said_twice():
    with world() as w, project() as folder, Daemon(BINARY, folder, env=w.env()) as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        daemon.until(lambda: query(folder, "SELECT count(*) FROM alert") != [(0,)], "no alert")
        everything = ("SELECT * FROM value ORDER BY metric, segment, period_start, run",
                      "SELECT * FROM alert_event ORDER BY id", HOURLY)
        before = [query(folder, each) for each in everything]
        w["clock"] = -HOUR
        daemon.wait_for("clock: warning: it went back by 3600 s")
        daemon.wait_for("the clock was set back: 1 rule waits, 'high' until")
        daemon.hang_up()  # all of it is opened again by that clock, and nothing comes of it
        daemon.until(lambda: len(daemon.said("is in use")) == 2, "not read again")
        daemon.wait_until_ready()
        assert [query(folder, each) for each in everything] == before
        w["clock"] = HOUR
        daemon.wait_for("clock: warning: it went forward by 7200 s")
        later = hour_of(datetime.utcnow() + timedelta(hours=1))
        daemon.until(lambda: ledger_says(folder) == later, "it does not go on")
        assert query(folder, TWICE) == [(0,)]
        daemon.stop()


def a_lane_that_hangs_is_not_hidden_from_the_watchdog():
    heard = Notified()
    try:
        with world() as w, project() as folder, \
                Daemon(BINARY, folder, env={**w.env(), "NOTIFY_SOCKET": heard.path,
                                            "WATCHDOG_USEC": "400000"}) as daemon:
            daemon.wait_until_ready()
            daemon.until(lambda: "WATCHDOG=1" in heard.listen(), "no watchdog")
            w["hang"] = 1
            time.sleep(1.5)  # it looks at its source each second
            for clock in ("clock", "monotonic"):
                w[clock] = 150 * SECOND
            daemon.wait_for("loading: error: hangs")
            heard.listen()
            told = len(heard.heard)
            time.sleep(1)
            assert "WATCHDOG=1" not in heard.listen()[told:], heard.heard
            assert daemon.get("/-/healthy")[0] == 503
            assert len(daemon.said("loading: error: hangs")) == 1, daemon.lines
            for name in ("clock", "monotonic", "hang"):
                w[name] = 0
            daemon.wait_for("loading: goes on")
            assert daemon.get("/-/healthy")[0] == 200
            daemon.stop()
    finally:
        heard.close()


def many_rows(count, amount):
    """A day of hours; every line as long as every other."""
    first = serving.last_hours(24)
    lines = [f"{(first + timedelta(seconds=i * 86400 // count)).isoformat()}Z,a,{amount}\n"
             for i in range(count)]
    return "at,channel,amount\n" + "".join(lines)


def while_it_is_read(happen):
    """The file is other than it was, and `happen` comes to it in the middle."""
    config = serving.CONFIG.replace("data/*.csv", "data/a.csv")
    with world() as w, project(config=config, data=many_rows(200000, 1)) as folder, \
            Daemon(BINARY, folder, "--no-cache", env=w.env()) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        w["read"] = 4
        write(folder, "data/a.csv", many_rows(200000, 2))
        daemon.until(lambda: w["reading"], "it was not met while it reads")
        happen(folder / "data" / "a.csv")
        w["read"] = 0
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        daemon.until(lambda: values(folder) == wanted, "other values than those of the file")
        daemon.wait_until_ready()
        daemon.stop()


def a_file_is_replaced_while_it_is_read():
    while_it_is_read(lambda path: write(path.parent, path.name, many_rows(100000, 3)))


def a_file_is_cut_while_it_is_read():
    def cut(path):
        header, line = len("at,channel,amount\n"), len(many_rows(1, 2)) - len("at,channel,amount\n")
        os.truncate(path, header + 10 * line)
    while_it_is_read(cut)


def a_file_is_emptied_and_written_again_while_it_is_read():
    def rewrite(path):
        path.write_text("", encoding="ascii")
        path.write_text(many_rows(150000, 4), encoding="ascii")
    while_it_is_read(rewrite)


def the_state_is_deleted_while_it_runs():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        for left in ("", "-wal -shm"):  # the file alone; with its journal
            told = len(daemon.lines)
            for end in ["", *left.split()]:
                (folder / ".cynosure" / f"state.db{end}").unlink(missing_ok=True)
            daemon.wait_for("state.db was deleted: a new one begins", told)
            daemon.until(lambda: len(values(folder)) >= 24, "nothing is recorded anew")
            daemon.until(lambda: query(folder, "SELECT count(*) FROM alert") not in ([], [(0,)]),
                         "no alert anew")
            assert query(folder, "PRAGMA integrity_check") == [("ok",)]
            assert len(daemon.said("was deleted", told)) == 1, daemon.lines
        write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        daemon.until(lambda: values(folder) == wanted, "other values")
        daemon.wait_until_ready()
        daemon.stop()
        assert values(folder) == wanted


def the_state_is_replaced_while_it_runs():
    """A copy from before is put back, which knows nothing of what came since."""
    with project() as folder, Daemon(BINARY, folder) as daemon:
        state, copy = folder / ".cynosure" / "state.db", folder / "copy.db"
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        with closing(sqlite3.connect(state)) as db, closing(sqlite3.connect(copy)) as to:
            db.backup(to)
        write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        daemon.until(lambda: values(folder) == wanted, "late rows did not restate")
        with closing(sqlite3.connect(copy)) as db:  # in place the daemon may be quicker than we
            assert dict(db.execute("SELECT period, value FROM latest"
                                   " WHERE metric = 'amount' AND segment = '{}'")) != wanted
        for end in ("-wal", "-shm"):
            state.with_name(state.name + end).unlink(missing_ok=True)
        copy.rename(state)
        daemon.wait_for("state.db was replaced by another file")
        daemon.until(lambda: values(folder) == wanted, "it does not go by the new file")
        assert query(folder, "PRAGMA integrity_check") == [("ok",)]
        assert query(folder, TWICE) == [(0,)]
        daemon.stop()


def the_state_becomes_read_only_while_it_runs():
    """What is open stays so; who comes later is told."""
    if os.geteuid() != 0:
        return "SKIPPED: only root becomes somebody else, who may be refused"
    nobody = pwd.getpwnam("nobody")
    with project() as folder:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        with Daemon(BINARY, folder, "--no-cache", user=nobody.pw_uid, group=nobody.pw_gid,
                    extra_groups=[]) as daemon:
            daemon.wait_until_ready()
            daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
            state = folder / ".cynosure"
            for path in [*state.iterdir(), state]:
                os.chown(path, 0, 0)
                path.chmod(0o555 if path == state else 0o444)
            write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
            wanted = serving.evaluated(BINARY, folder, "amount", 24)
            daemon.until(lambda: values(folder) == wanted, "what is open is not written to")
            assert daemon.get("/")[0] == 200
            daemon.stop()
        with Daemon(BINARY, folder, "--no-cache", user=nobody.pw_uid, group=nobody.pw_gid,
                    extra_groups=[]) as daemon:
            assert daemon.process.wait(serving.PATIENCE) == 1, daemon.lines
            daemon.reader.join()
            assert daemon.said("cannot"), daemon.lines
        assert values(folder) == wanted
    return None


def the_disk_is_full_for_a_while():
    """A disk of its own, of three megabytes, that something else fills."""
    if os.geteuid() != 0:
        return "SKIPPED: mounting is for root"
    with tempfile.TemporaryDirectory(prefix="cynosure-disk-") as disk:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            return "SKIPPED: nothing can be mounted here"
        try:
            fill_the_disk(Path(disk))
        finally:
            subprocess.run(["umount", disk], check=True)
    return None


def fill_the_disk(disk):
    with project() as template:
        for item in template.iterdir():
            (shutil.copytree if item.is_dir() else shutil.copy)(item, disk / item.name)
    with Daemon(BINARY, disk, "--no-cache") as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(disk)) >= 24, "24 hours are not recorded")
        before = values(disk)
        write(disk, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 0))
        daemon.until(lambda: serving.evaluated(BINARY, disk, "amount", 24) == values(disk), "values")
        text = serving.rows(serving.last_hours(3), 3, lambda hour: 7)
        room = disk / "data" / "c.csv"
        room.write_text(" " * len(text), encoding="ascii")
        told = len(daemon.lines)
        filler = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(filler, bytes(4096)):
                pass
        except OSError:
            pass
        finally:
            os.close(filler)
        room.write_text(text, encoding="ascii")
        daemon.wait_for("metrics: error:", told)
        for path in 3 * ["/", "/alerts", "/metrics", "/api/v1/metrics", "/api/v1/health"]:
            assert daemon.get(path)[0] == 200, path
        assert values(disk) == before, "something was recorded"
        (disk / "filler").unlink()
        daemon.wait_for("metrics: works again", told)
        wanted = serving.evaluated(BINARY, disk, "amount", 24)
        daemon.until(lambda: values(disk) == wanted, "what came meanwhile is not recorded")
        daemon.stop()


SLOW = "local n = 0\nwhile true do n = n + 1 end\n"


def a_signal_is_heard_while_the_project_is_opened():
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 0)):
        with project(metrics=SLOW) as folder, Daemon(BINARY, folder) as daemon:
            daemon.until(lambda: any(is_busy(pid) for pid in
                                     events.descendants_of(daemon.process.pid)), "no script runs")
            began = time.monotonic()
            daemon.process.send_signal(number)
            assert daemon.process.wait(serving.PATIENCE) == code, daemon.lines
            assert time.monotonic() - began < 8
            daemon.reader.join()
            assert daemon.said("daemon: stopped") and len(daemon.lines) == 1, daemon.lines


def is_busy(pid):
    """A script worker that computes; the process that starts them is busy, too, but sooner."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False
    return "R (running)" in status and "cyn-worker" in status


def is_not_ready_without_any_rows():
    with project() as folder:
        (folder / "data" / "a.csv").unlink()
        with Daemon(BINARY, folder) as daemon:
            daemon.wait_for("loading: error:")
            daemon.until(lambda: daemon.get("/-/ready") ==
                         (503, "not ready: no source could be read\n"), "it says that it is ready")
            health = json.loads(daemon.get("/api/v1/health")[1])
            assert health["healthy"] and not health["ready"], health
            bad = [fact["name"] for fact in health["facts"] if fact["state"] == "bad"]
            assert bad == ["source events"], health
            write(folder, "data/a.csv", serving.rows(serving.last_hours(24), 24))
            daemon.wait_until_ready()
            (folder / "data" / "a.csv").unlink()  # the rows that were read stay
            daemon.wait_for("goes on with the rows that were read before")
            assert daemon.get("/-/ready")[0] == 200
            daemon.stop()


def is_not_ready_when_something_fails_for_long():
    with world() as w, project() as folder, Daemon(BINARY, folder, env=w.env()) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        daemon.wait_until_ready()
        told = len(daemon.lines)
        with closing(sqlite3.connect(folder / ".cynosure" / "state.db", timeout=60)) as db:
            db.execute("BEGIN IMMEDIATE")
            write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
            daemon.wait_for("cannot begin a run: another process is writing", told, 60)
            assert daemon.get("/-/ready")[0] == 200, "an attempt that is made again is an alarm"
            w["clock"] = 60 * SECOND
            daemon.until(lambda: daemon.get("/-/ready") ==
                         (503, "not ready: metrics cannot be evaluated\n"), "it says it is ready")
            db.execute("ROLLBACK")
        daemon.wait_until_ready()
        daemon.stop()


def error_of(folder, rule):
    found = query(folder, "SELECT error FROM rule WHERE rule = ?", rule)
    return (found and found[0][0]) or ""


def a_rule_that_is_stopped_again_and_again_is_in_quarantine_until_it_is_mended():
    """It rests longer each time: the clock that this is measured by is ahead of it."""
    config = serving.CONFIG + "limits: {call_time: 100ms}\n"
    when = 'alert "forever" {{ metric = "amount", every = "5s", when = function(s) {} end }}\n'
    hangs, mended = (when.format(text) for text in ("while true do end", "return s.value > 0"))
    with world() as w, project(config=config, rules=serving.RULES + hangs) as folder, \
            Daemon(BINARY, folder, env=w.env()) as daemon:
        daemon.wait_for("rule 'forever' takes long: it is evaluated in a lane of its own")
        for times in range(1, 5):
            failed = f"\ncynosure_rule_evaluation_failures_total {times}\n"
            daemon.until(lambda: failed in daemon.get("/metrics")[1], f"not tried {times} times")
            assert "quarantine" not in error_of(folder, "forever"), f"after {times} times"
            w["monotonic"] = times * HOUR
        daemon.wait_for("rule 'forever' is in quarantine")
        assert len(daemon.said("forever")) == 3, daemon.said("forever")  # moved, failed, given up
        assert "in quarantine" in error_of(folder, "forever")
        assert "in quarantine" in daemon.get("/api/v1/schedule")[1]
        assert "\ncynosure_rules_quarantined 1\n" in daemon.get("/metrics")[1]
        told, w["monotonic"] = len(daemon.lines), 0
        write(folder, "alerts/a.lua", serving.RULES + mended)
        daemon.wait_for(" rules: warning: forever fired", told)
        assert not daemon.said("takes long", told), daemon.lines
        assert error_of(folder, "forever") == "", "it is said to fail"
        daemon.until(lambda: "\ncynosure_rules_quarantined 0\n" in daemon.get("/metrics")[1],
                     "it is counted")
        daemon.stop()


CASES = [
    the_clock_goes_forward_by_a_day, the_clock_goes_back_and_nothing_is_said_twice,
    a_lane_that_hangs_is_not_hidden_from_the_watchdog, a_file_is_replaced_while_it_is_read,
    a_file_is_cut_while_it_is_read, a_file_is_emptied_and_written_again_while_it_is_read,
    the_state_is_deleted_while_it_runs, the_state_is_replaced_while_it_runs,
    the_state_becomes_read_only_while_it_runs, the_disk_is_full_for_a_while,
    a_signal_is_heard_while_the_project_is_opened, is_not_ready_without_any_rows,
    is_not_ready_when_something_fails_for_long,
    a_rule_that_is_stopped_again_and_again_is_in_quarantine_until_it_is_mended,
]
only = sys.argv[3:]
events.tap([(case.__name__.replace("_", " "), case) for case in CASES
            if not only or case.__name__ in only])
