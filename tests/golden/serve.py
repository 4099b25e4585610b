#!/usr/bin/env python3
"""The daemon as whoever runs it meets it: serve.py BINARY.

Each case starts `cynosure serve` over a project of its own, on a port that the system chooses.
"""
import json
import os
import pwd
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import serving
from serving import Daemon, Notified, project, query, values, write

BINARY = Path(sys.argv[1]).resolve()


def starts_evaluates_and_shows():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        assert values(folder) == wanted, (values(folder), wanted)
        status, page = daemon.get("/")
        assert status == 200 and "amount" in page
        took = daemon.stop()
        assert took < 8, took
        assert daemon.said("stopped")
        assert query(folder, "SELECT count(*) FROM alert WHERE rule = 'high'") != [(0,)]


def one_for_each_project():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        owner = f"'cynosure serve' is at work in this project (process {daemon.process.pid})"
        for words in (["serve", "--no-listen"], ["alerts", "run"], ["alerts", "forget", "high"]):
            second = subprocess.run([BINARY, "-C", folder, *words], capture_output=True, text=True,
                                    timeout=serving.PATIENCE, check=False)
            assert second.returncode == 1 and owner in second.stderr, (words, second)
        daemon.stop()
        again = subprocess.run([BINARY, "-C", folder, "alerts", "run"], capture_output=True,
                               timeout=serving.PATIENCE, check=False)
        assert again.returncode == 0, again


def late_rows_restate():
    first = serving.last_hours(24)
    with project(data=serving.rows(first, 24)) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        write(folder, "data/b.csv", serving.rows(first, 3, lambda hour: 1000))
        wanted = {**values(folder)}
        for period in sorted(wanted)[:3]:
            wanted[period] += 1000
        daemon.until(lambda: values(folder) == wanted, "late rows did not restate")
        hours = query(folder, "SELECT min(period) || ' to ' || max(period) FROM value"
                              " GROUP BY run HAVING count(*) = 6 ORDER BY run DESC LIMIT 1")[0][0]
        daemon.wait_for(f", 6 restated (amount {hours}, rows {hours}) in ")
        changed = query(folder, "SELECT count(*) FROM value WHERE metric = 'amount'"
                                " AND segment = '{}'")
        assert changed == [(24 + 3,)], changed
        daemon.stop()


def watched_files_are_seen_at_once():
    config = serving.CONFIG.replace("poll: 1s", "poll: 1d").replace("time: at,",
                                                                   "time: at, watch: true,")
    first = serving.last_hours(24)
    with project(config=config, data=serving.rows(first, 24)) as folder, \
            Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        write(folder, "data/b.csv", serving.rows(first, 1, lambda hour: 1000))
        daemon.until(lambda: 1000 in values(folder).values(), "the new file was not seen")
        daemon.stop()


MORE = 'metric "twice" { value = 2 * source("events"):sum "amount" }\n'


def reloads_a_good_project():
    for by_signal in (True, False):
        with project() as folder, Daemon(BINARY, folder) as daemon:
            daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
            daemon.wait_until_ready()
            daemon.until(lambda: query(folder, "SELECT count(*) FROM alert") != [(0,)], "no alert")
            before = query(folder, "SELECT * FROM alert ORDER BY 1, 2")
            told = len(daemon.lines)
            write(folder, "metrics/more.lua", MORE)
            if by_signal:
                daemon.hang_up()
            daemon.wait_for("is in use, as changed: 3 metrics", told)
            daemon.until(lambda: len(values(folder, "twice")) >= 24, "'twice' is not recorded")
            assert values(folder, "twice") == {k: 2 * v for k, v in values(folder).items()}
            assert query(folder, "SELECT * FROM alert ORDER BY 1, 2") == before
            assert query(folder, "SELECT count(*) FROM value WHERE metric = 'rows'"
                                 " AND segment = '{}'") == [(24,)]
            daemon.stop()


def says_which_files_changed():
    sheet = "metrics: {amount: {title: Amount, target: %d}}\n"
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()

        def told(said, change):
            before = len(daemon.lines)
            change()
            daemon.wait_for(f"project: {said}'served' is in use", before)

        told("kpis.yaml added; ", lambda: write(folder, "kpis.yaml", sheet % 100))
        told("kpis.yaml changed; ", lambda: write(folder, "kpis.yaml", sheet % 200))
        told("metrics/m.lua changed; ", lambda: write(folder, "metrics/m.lua", serving.METRICS + "\n"))
        told("kpis.yaml removed; ", (folder / "kpis.yaml").unlink)
        for name in "abcde":
            write(folder, f".lib/{name}.lua", "return {}\n")
        told("lib/a.lua added, lib/b.lua added, lib/c.lua added and 2 more; ",
             lambda: (folder / ".lib").rename(folder / "lib"))
        told("", daemon.hang_up)
        daemon.stop()


def refuses_a_broken_project():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        for name, text in (("metrics/m.lua", serving.METRICS + "metric {\n"),
                           ("cynosure.yaml", "name: [\n")):
            good = (folder / name).read_text(encoding="utf-8")
            told = len(daemon.lines)
            write(folder, name, text)
            daemon.wait_for("refused", told)
            daemon.until(lambda: daemon.said(name + ":", told), f"{name} is not named")
            assert "amount" in daemon.get("/")[1]
            facts = json.loads(daemon.get("/api/v1/health")[1])["facts"]
            assert [f for f in facts if f["name"] == "project" and f["state"] == "bad"], facts
            told = len(daemon.lines)
            write(folder, name, good)
            daemon.wait_for("is in use again, mended: 2 metrics", told)
            facts = json.loads(daemon.get("/api/v1/health")[1])["facts"]
            assert [f for f in facts if f["name"] == "project" and f["state"] == "good"], facts
        daemon.stop()


HANGS = """metric "hangs" { value = function(at)
  local n = 0
  while true do n = n + 1 end
end }
"""


def ends_in_time_while_a_script_hangs():
    with project(metrics=serving.METRICS + HANGS) as folder, \
            Daemon(BINARY, folder, "--stop-within", "20s") as daemon:
        daemon.wait_for("loading: source 'events'")
        time.sleep(1)  # it is in the middle of it
        took = daemon.stop()
        assert took < 8, took


def ends_in_time_while_a_changed_script_hangs():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        write(folder, "metrics/m.lua", serving.METRICS + "while true do end\n")
        daemon.until(lambda: any("R (running)" in status_of(pid)
                                 for pid in events.descendants_of(daemon.process.pid)),
                     "the changed script does not run")
        assert daemon.get("/")[0] == 200
        took = daemon.stop()
        assert took < 8, took


def status_of(pid):
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return ""


def ends_when_no_script_can_be_run_any_more():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        zygote = events.children_of(daemon.process.pid)
        assert len(zygote) == 1, zygote
        os.kill(int(zygote[0]), signal.SIGKILL)
        assert daemon.process.wait(serving.PATIENCE) == 1
        daemon.reader.join()
        assert daemon.said("script workers has ended"), daemon.lines


def a_script_that_hangs_delays_no_other():
    config = serving.CONFIG + "limits: {call_time: 1s}\n"
    with project(config=config, metrics=serving.METRICS + HANGS) as folder, \
            Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "'amount' is not recorded")
        daemon.wait_for("metric 'hangs'")
        daemon.until(lambda: query(folder, "SELECT failures FROM ledger WHERE metric = 'hangs'")
                     not in ([], [(0,)]), "the failure is not noted")
        assert query(folder, "SELECT failures FROM ledger WHERE metric = 'amount' AND dims = ''") \
            == [(0,)]
        daemon.stop()


def is_shown_while_a_function_hangs():
    """With the limits as they are, a call may take a minute."""
    with project(metrics=serving.METRICS + HANGS) as folder, \
            Daemon(BINARY, folder, "--stop-within", "20s") as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "'amount' is not recorded", 15)
        daemon.until(lambda: daemon.get("/-/ready")[0] == 200, "not ready", 5)
        status, page = daemon.get("/")
        assert status == 200 and "amount" in page
        assert not query(folder, "SELECT * FROM ledger WHERE metric = 'hangs'")
        daemon.stop()


def a_function_that_hung_is_tried_rarely_and_said_once():
    config = serving.CONFIG + "limits: {call_time: 2s}\n"
    with project(config=config, metrics=serving.METRICS + HANGS) as folder, \
            Daemon(BINARY, folder, "--stop-within", "20s") as daemon:
        daemon.until(lambda: query(folder, "SELECT failures FROM ledger WHERE metric = 'hangs'"
                                           " AND dims = ''") == [(1,)], "the failure is not noted")
        daemon.until(lambda: "ran longer" in daemon.get("/metric/hangs")[1], "the page does not say why")
        told = len(daemon.lines)
        write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 1000))
        daemon.until(lambda: 1000 < max(values(folder).values()), "a new row had to wait", 4)
        daemon.stop()
        assert len(daemon.said("metric 'hangs': ran longer")) == 1, daemon.lines
        assert not [line for line in daemon.lines[told:] if "hangs" in line], daemon.lines


def says_a_failure_once_while_its_period_is_sought():
    boom = 'metric "boom" { value = function(at) error "no way" end }\n'
    with project(metrics=serving.METRICS + boom) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: query(folder, "SELECT failures FROM ledger WHERE metric = 'boom'"
                                           " AND dims = ''") == [(1,)], "the failure is not noted")
        daemon.until(lambda: daemon.said("no way"), "the failure is not said")
        daemon.stop()
        assert len(daemon.said("no way")) == 1, daemon.lines


def what_was_due_before_it_was_there_is_not_late():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        daemon.until(lambda: query(folder, "SELECT count(*) FROM alert") != [(0,)], "no alert")
        late = query(folder, "SELECT max(late) FROM ledger")[0][0]
        assert late < serving.PATIENCE * 1000000, late
        lines = daemon.get("/metrics")[1].splitlines()
        sums = [float(line.split()[1]) for line in lines if "lateness_seconds_sum" in line]
        assert sums and max(sums) < serving.PATIENCE, sums
        daemon.stop()


def a_folder_beside_the_project_is_none_of_its_files():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        told = len(daemon.lines)
        (folder / "notes").mkdir()
        time.sleep(1)
        assert not daemon.said("is in use", told), daemon.lines
        write(folder, "lib/more.lua", "return {}\n")  # a folder that may hold scripts
        daemon.wait_for("is in use", told)
        daemon.stop()


def what_fires_is_as_urgent_in_the_journal_as_the_rule_says():
    for severity, level in (("critical", 3), ("warning", 4), ("info", 5)):
        rules = serving.RULES.replace('"warning"', f'"{severity}"')
        with project(rules=rules) as folder, \
                Daemon(BINARY, folder, env={"JOURNAL_STREAM": "9:1"}) as daemon:
            line = daemon.wait_for(" fired")
            daemon.stop()
            assert line.startswith(f"<{level}>rules: high"), (severity, line)


def says_of_each_source_whether_it_can_be_read():
    config = serving.CONFIG.replace("channels:", "  other: {type: csv, path: none/*.csv, time: at}\n"
                                                 "channels:")
    with project(config=config) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: 'cynosure_source_failed{source="events"} 0' in
                     daemon.get("/metrics")[1].splitlines(), "the source is not shown")
        text = daemon.get("/metrics")[1]
        assert 'cynosure_source_failed{source="other"} 1' in text.splitlines(), text
        loaded, = [line.split()[1] for line in text.splitlines()
                   if line.startswith('cynosure_source_loaded_timestamp_seconds{source="events"}')]
        assert abs(float(loaded) - time.time()) < 2 * serving.PATIENCE, loaded
        daemon.stop()


def tells_systemd():
    for abstract in (False, True):
        heard = Notified(abstract)
        try:
            with project() as folder, \
                    Daemon(BINARY, folder, env={"NOTIFY_SOCKET": heard.path,
                                                "WATCHDOG_USEC": "400000",
                                                "JOURNAL_STREAM": "9:1"}) as daemon:
                daemon.until(lambda: heard.listen().count("WATCHDOG=1") >= 3, "no watchdog")
                assert heard.heard[0] == "READY=1", heard.heard
                daemon.hang_up()
                daemon.until(lambda: "RELOADING=1" in heard.listen(), "no RELOADING=1")
                daemon.until(lambda: heard.listen().count("READY=1") == 2, "not ready again")
                at = heard.heard.index("RELOADING=1")
                assert heard.heard[at + 1].startswith("MONOTONIC_USEC="), heard.heard
                daemon.stop()
                assert "STOPPING=1" in heard.listen(), heard.heard
                assert daemon.lines and all(line[0] == "<" and line[2] == ">"
                                            for line in daemon.lines), daemon.lines
        finally:
            heard.close()


def damage(folder):
    """The first pages are other bytes; what is in memory of them is not asked any more."""
    with closing(sqlite3.connect(folder / ".cynosure" / "state.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(folder / ".cynosure" / "state.db", "r+b") as f:
        f.seek(100)
        f.write(b"\xa5" * 60000)


def goes_on_with_a_new_state_when_it_is_damaged():
    with project() as folder:
        with Daemon(BINARY, folder) as daemon:
            daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
            daemon.stop()
        damage(folder)
        with Daemon(BINARY, folder) as daemon:
            daemon.wait_for("was damaged")
            daemon.until(lambda: len(values(folder)) >= 24, "nothing is recorded anew")
            assert len(list((folder / ".cynosure").glob("state.db.corrupt-*Z"))) == 1
            told = len(daemon.lines)
            damage(folder)  # and once more, while it runs
            write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
            daemon.wait_for("was damaged", told)
            daemon.until(lambda: len(values(folder)) >= 24, "nothing is recorded anew")
            wanted = serving.evaluated(BINARY, folder, "amount", 24)
            daemon.until(lambda: values(folder) == wanted, "other values")
            daemon.wait_until_ready()
            daemon.stop()


def damage_that_a_request_meets_is_mended():
    config = serving.CONFIG.replace("poll: 1s", "poll: 1d")
    with project(config=config) as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        told = len(daemon.lines)
        damage(folder)
        began = time.monotonic()
        daemon.until(lambda: daemon.get("/api/v1/alerts")[0] == 503, "nobody has noticed", 10)
        for _ in range(20):
            daemon.get("/api/v1/alerts")
        daemon.wait_for("was damaged", told)
        assert time.monotonic() - began < 20
        daemon.until(lambda: daemon.get("/api/v1/alerts")[0] == 200, "it cannot be read")
        said = daemon.said("GET /api/v1/alerts", told)
        assert 1 <= len(said) == len(set(said)), said
        daemon.stop()


def goes_on_when_the_disk_is_full_and_is_not_any_more():
    """A limit on the size of files is met as a full disk is: writes fail, reads do not."""
    with project() as folder, Daemon(BINARY, folder, "--no-cache") as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        daemon.wait_until_ready()
        before, told = values(folder), len(daemon.lines)
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
        daemon.wait_for("metrics: error:", told)
        assert daemon.get("/")[0] == 200 and daemon.get("/api/v1/metrics")[0] == 200
        time.sleep(3)  # it tries again meanwhile, and says no more
        assert len(daemon.said("metrics: error:", told)) == 1, daemon.lines
        assert values(folder) == before
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        daemon.wait_for("metrics: works again", told)
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        daemon.until(lambda: values(folder) == wanted, "what came meanwhile is not recorded")
        daemon.stop()


def goes_on_when_nothing_can_be_written():
    nobody = pwd.getpwnam("nobody")
    as_other = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} \
        if os.geteuid() == 0 else {}
    with project() as folder:
        if as_other:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        state = folder / ".cynosure"
        with Daemon(BINARY, folder, "--no-cache", **as_other) as daemon:
            daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
            daemon.stop()
        for path in state.iterdir():
            path.chmod(0o444)
        state.chmod(0o555)
        if as_other:
            for path in [state, *state.iterdir()]:
                os.chown(path, 0, 0)
        with Daemon(BINARY, folder, "--no-cache", **as_other) as daemon:
            daemon.process.wait(serving.PATIENCE)
            daemon.reader.join()
            assert daemon.process.returncode == 1, daemon.lines
            assert daemon.said("cannot"), daemon.lines
        state.chmod(0o755)


def waits_for_another_writer():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        told = len(daemon.lines)
        with closing(sqlite3.connect(folder / ".cynosure" / "state.db", timeout=60)) as db:
            db.execute("BEGIN IMMEDIATE")
            write(folder, "data/b.csv", serving.rows(serving.last_hours(3), 3, lambda hour: 7))
            daemon.wait_for("another process is writing", told, 60)
            assert daemon.get("/")[0] == 200
            db.execute("ROLLBACK")
        wanted = serving.evaluated(BINARY, folder, "amount", 24)
        daemon.until(lambda: values(folder) == wanted, "other values", 60)
        daemon.stop()


def keeps_rows_of_a_file_that_was_cut():
    data = serving.rows(serving.last_hours(24), 24)
    with project(data=data) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
        before, told = values(folder), len(daemon.lines)
        (folder / "data" / "a.csv").write_text("", encoding="ascii")
        daemon.wait_for("goes on with the rows that were read before", told)
        assert values(folder) == before
        write(folder, "data/a.csv", data.replace(",a,0\n", ",a,50\n"))
        daemon.wait_for("can be read again", told)
        daemon.until(lambda: 50 in values(folder).values(), "the mended file is not used")
        daemon.stop()


def writes_reports_by_itself():
    config = serving.CONFIG.replace("schedule: {poll: 1s}",
                                    "schedule:\n  poll: 1s\n  reports:\n"
                                    "    now: {when: '* * * * * *', to: 'out/{date}/of {date}.html'}\n")
    with project(config=config) as folder, Daemon(BINARY, folder) as daemon:
        daemon.until(lambda: list(folder.glob("out/*/*.html")), "no report")
        page = next(iter(folder.glob("out/*/*.html")))
        assert page.name == f"of {page.parent.name}.html" and len(page.parent.name) == 10, page
        text = page.read_text(encoding="utf-8")
        assert "amount" in text and "</html>" in text
        daemon.until(lambda: query(folder, "SELECT count(*) FROM job WHERE job = 'report now'")
                     == [(1,)], "the job is not noted")
        daemon.stop()


def once_does_what_is_due_and_ends():
    with project() as folder:
        with Daemon(BINARY, folder, "--once", listen=None) as daemon:
            assert daemon.process.wait(serving.PATIENCE) == 0, daemon.lines
        assert len(values(folder)) == 24
        count = "SELECT count(*) FROM value"
        before = query(folder, count)
        with Daemon(BINARY, folder, "--once", listen=None) as daemon:
            assert daemon.process.wait(serving.PATIENCE) == 0, daemon.lines
        assert query(folder, count) == before
        assert (folder / "all.ndjson").exists()
        shutil.rmtree(folder / "data")
        with Daemon(BINARY, folder, "--once", listen=None) as daemon:
            assert daemon.process.wait(serving.PATIENCE) == 0, daemon.lines
            assert daemon.said("data/*.csv"), daemon.lines


def what_failed_is_tried_again_though_now_is_a_date():
    config = serving.CONFIG.replace("grain: hour", "grain: hour\nas_of: 2026-03-02T00:00:00Z")
    broken = 'metric "broken" { value = function(at) error "no" end }\n'
    with project(config=config, metrics=serving.METRICS + broken,
                 data=serving.rows(datetime(2026, 3, 1), 24)) as folder:
        for minute, failures in ((0, 1), (0, 1), (5, 2), (6, 2), (20, 3)):
            clock = {"CYNOSURE_NOW": f"2026-06-01T09:{minute:02d}:00Z"}
            with Daemon(BINARY, folder, "--once", listen=None, env=clock) as daemon:
                assert daemon.process.wait(serving.PATIENCE) == 0, daemon.lines
            assert query(folder, "SELECT failures FROM ledger WHERE metric = 'broken'") \
                == [(failures,)], (minute, daemon.lines)
        assert len(values(folder)) == 24


def says_what_is_wrong_at_the_start():
    with project(config="name: [\n") as folder, Daemon(BINARY, folder) as daemon:
        assert daemon.process.wait(serving.PATIENCE) == 3, daemon.lines
        daemon.reader.join()
        assert daemon.said("cynosure.yaml:"), daemon.lines
        assert not (folder / ".cynosure").exists()
    with project() as folder, Daemon(BINARY, folder, listen="300.1.1.1:80") as daemon:
        assert daemon.process.wait(serving.PATIENCE) == 2, daemon.lines
        daemon.reader.join()
        assert daemon.said("300.1.1.1"), daemon.lines


def what_another_start_does_not_change_is_told_by_the_exit_code():
    files = "tls: {certificate: none.pem, key: none.key}"
    for settings, listen, options, code, text in (
            ("token: '${CYN_NOT_SET}'", "127.0.0.1:0", [], 3, "serve: token: the environment"),
            (files, "127.0.0.1:0", [], 3, "serve: tls: certificate: cannot read"),
            ("listen: '0.0.0.0:0'", None, [], 3, "no token"),
            ("public_read: false", "0.0.0.0:0", [], 2, "no token"),
            ("public_read: false", "127.0.0.1:99999", [], 2, "99999"),
            ("public_read: false", "127.0.0.1:0", ["--token-file", "/none"], 2, "--token-file")):
        with project(config=serving.CONFIG + f"serve: {{{settings}}}\n") as folder, \
                Daemon(BINARY, folder, *options, listen=listen) as daemon:
            found = daemon.process.wait(serving.PATIENCE)
            daemon.reader.join()
            assert found == code and daemon.said(text), (settings, listen, found, daemon.lines)


# Sorts 198,000 points 11,000 times.
SLOW = ("/api/v1/query_range?query=quantile_over_time(0.5,vector(1)[55h:1s])&start=1700000000"
        "&end=1700010999&step=1")


def ask_at_once(daemon, path, count):
    """Threads that ask, and the list in which their answers appear: status and body."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(daemon.get(path)))
               for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, answers


def slow_queries_delay_nobody_else():
    in_time = "ASAN_OPTIONS" not in os.environ  # under it queries that were stopped go on for seconds
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        began = time.monotonic()
        status, text = daemon.get(SLOW)
        assert (status, json.loads(text)["errorType"]) == (503, "timeout"), (status, text)
        assert time.monotonic() - began < 8
        threads, answers = ask_at_once(daemon, SLOW + "&timeout=1", 16)
        longest = asked = 0
        while any(thread.is_alive() for thread in threads):
            began = time.monotonic()
            assert daemon.get("/-/healthy")[0] == 200
            longest, asked = max(longest, time.monotonic() - began), asked + 1
        assert not in_time or (asked >= 5 and longest < 2.5), (asked, longest)
        kinds = {json.loads(text)["errorType"] for _, text in answers}
        assert kinds == {"timeout", "unavailable"} and len(answers) == 16, kinds
        assert daemon.get("/api/v1/query?query=1")[0] == 200
        threads, answers = ask_at_once(daemon, "/api/v1/query?query=amount", 12)
        for thread in threads:
            thread.join()
        assert not in_time or [status for status, _ in answers] == [200] * 12, answers  # a dashboard
        daemon.stop()


def ends_in_time_while_queries_run():
    with project() as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        url = daemon.url()
        queries = [subprocess.Popen(["curl", "-s", "-m", "30", "-o", "/dev/null", "-g", url + SLOW])
                   for _ in range(12)]
        time.sleep(0.5)
        took = daemon.stop()
        assert took < 8, took
        assert "stopped" in daemon.lines[-1], daemon.lines
        for process in queries:
            process.wait(serving.PATIENCE)


def files_of_tls_are_the_projects():
    config = serving.CONFIG + "serve: {tls: {certificate: tls/a.crt, key: tls/a.key}}\n"
    with project(config=config) as folder:
        (folder / "tls").mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-out", folder / "tls/a.crt", "-keyout", folder / "tls/a.key"],
                       check=True, capture_output=True, timeout=serving.PATIENCE)
        with Daemon(BINARY, folder, cwd="/") as daemon:
            daemon.wait_for("listens on https://")
            daemon.stop()
        write(folder, "cynosure.yaml", config.replace("tls/a.crt", "'${CYNOSURE_NO_SUCH}'"))
        write(folder, "token", "0123456789abcdef\n")
        for options in ((), ("--token-file", str(folder / "token"))):
            with Daemon(BINARY, folder, *options) as daemon:
                assert daemon.process.wait(serving.PATIENCE) != 0
                daemon.reader.join()
                assert daemon.said("serve: certificate: the environment variable "
                                   "CYNOSURE_NO_SUCH is not set"), daemon.lines


CASES = [
    starts_evaluates_and_shows, one_for_each_project, late_rows_restate,
    watched_files_are_seen_at_once, reloads_a_good_project, says_which_files_changed,
    refuses_a_broken_project,
    ends_in_time_while_a_script_hangs, ends_in_time_while_a_changed_script_hangs,
    ends_when_no_script_can_be_run_any_more, a_script_that_hangs_delays_no_other,
    is_shown_while_a_function_hangs, a_function_that_hung_is_tried_rarely_and_said_once,
    says_a_failure_once_while_its_period_is_sought, what_was_due_before_it_was_there_is_not_late,
    a_folder_beside_the_project_is_none_of_its_files,
    what_fires_is_as_urgent_in_the_journal_as_the_rule_says,
    says_of_each_source_whether_it_can_be_read, tells_systemd,
    goes_on_with_a_new_state_when_it_is_damaged, damage_that_a_request_meets_is_mended,
    goes_on_when_the_disk_is_full_and_is_not_any_more,
    goes_on_when_nothing_can_be_written, waits_for_another_writer,
    keeps_rows_of_a_file_that_was_cut, writes_reports_by_itself, once_does_what_is_due_and_ends,
    what_failed_is_tried_again_though_now_is_a_date,
    says_what_is_wrong_at_the_start,
    what_another_start_does_not_change_is_told_by_the_exit_code, slow_queries_delay_nobody_else,
    ends_in_time_while_queries_run,
    files_of_tls_are_the_projects,
]
only = sys.argv[2:]
events.tap([(case.__name__.replace("_", " "), case) for case in CASES
            if not only or case.__name__ in only])
