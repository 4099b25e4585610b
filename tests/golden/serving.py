"""A daemon for tests: `cynosure serve` over a small project, with what it says and what it notifies.

    with serving.project() as folder, serving.Daemon(binary, folder) as daemon:
        daemon.wait_for("listens on")
        daemon.get("/-/ready")
"""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

PATIENCE = 30  # seconds; a test that waits so long has failed

CONFIG = """name: served
timezone: UTC
grain: hour
schedule: {poll: 1s}
sources:
  events: {type: csv, path: data/*.csv, time: at, dimensions: [channel]}
channels:
  all: {type: file, path: all.ndjson, group_interval: 0s}
"""
METRICS = """local events = source "events"
metric "amount" { value = events:sum "amount" }
metric "rows" { value = events:count() }
"""
RULES = """alert "high" {
  metric = "amount", by = { "channel" }, grain = "hour", every = "1h",
  when = "value > 10", hold = "0s", severity = "warning", notify = { "all" },
}
"""


def write(folder, name, text):
    """As an editor does it: the file is there as a whole, or as it was."""
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("." + path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.rename(path)


def rows(first, hours, amount=lambda hour: hour):
    """A row in each hour from the first one on, as CSV."""
    lines = ["at,channel,amount\n"]
    for hour in range(hours):
        at = first + timedelta(hours=hour, minutes=10)
        lines.append(f"{at.isoformat()}Z,{'ab'[hour % 2]},{amount(hour)}\n")
    return "".join(lines)


def last_hours(count):
    """Hours that have ended, up to the one that runs."""
    now = datetime.utcnow().replace(minute=0, second=0, microsecond=0)
    return now - timedelta(hours=count)


@contextmanager
def project(config=CONFIG, metrics=METRICS, rules=RULES, data=None):
    with tempfile.TemporaryDirectory(prefix="cynosure-serve-") as work:
        folder = Path(work)
        write(folder, "cynosure.yaml", config)
        write(folder, "metrics/m.lua", metrics)
        write(folder, "alerts/a.lua", rules)
        write(folder, "data/a.csv", data or rows(last_hours(24), 24))
        yield folder


class Notified:
    """What systemd would hear."""

    def __init__(self, abstract=False):
        self.folder = tempfile.TemporaryDirectory(prefix="cynosure-notify-")
        name = f"{self.folder.name}/socket"
        self.path = f"@{name}" if abstract else name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name if abstract else name)
        self.socket.settimeout(0.05)
        self.heard = []

    def listen(self):
        try:
            while True:
                self.heard += self.socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return self.heard

    def close(self):
        self.socket.close()
        self.folder.cleanup()


class Daemon:
    def __init__(self, binary, folder, *options, env=None, listen="127.0.0.1:0", **popen):
        command = [str(Path(binary).resolve()), "-C", str(folder), "serve", *options]
        if listen is not None:
            command += ["--listen", listen]
        environment = {k: v for k, v in os.environ.items() if k != "JOURNAL_STREAM"}
        self.folder, self.lines = Path(folder), []
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        text=True, env={**environment, **(env or {})}, **popen)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def said(self, text, since=0):
        return [line for line in self.lines[since:] if text in line]

    def wait_for(self, text, since=0, seconds=PATIENCE):
        self.until(lambda: self.said(text, since), f"{text!r} was not said", seconds)
        return self.said(text, since)[0]

    def until(self, holds, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"{what}; it said:\n" + "\n".join(self.lines))
            if self.process.poll() is not None and not holds():
                raise AssertionError(f"{what}, and it has ended; it said:\n" +
                                     "\n".join(self.lines))
            time.sleep(0.02)

    def url(self):
        return self.wait_for("listens on").split("listens on ")[1].split()[0]

    def get(self, path):
        """Status and text."""
        try:
            with urllib.request.urlopen(self.url() + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait_until_ready(self):
        self.until(lambda: self.get("/-/ready")[0] == 200, "not ready")

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self, seconds=PATIENCE):
        """Ends it in good order; how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        self.reader.join()
        assert self.process.returncode == 0, f"{self.process.returncode}: {self.lines}"
        return time.monotonic() - began


def query(folder, sql, *given):
    """Nothing while there is no state, or one that cannot be read."""
    path = Path(folder) / ".cynosure" / "state.db"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=PATIENCE)) as db:
            return db.execute(sql, given).fetchall()
    except sqlite3.DatabaseError:
        return []


def values(folder, metric="amount"):
    """What is known now, by the beginning of the hour."""
    return dict(query(folder, "SELECT period, value FROM latest WHERE metric = ? AND segment = '{}'",
                      metric))


def evaluated(binary, folder, metric, hours):
    """The same from `eval`, of the hours that have ended."""
    run = subprocess.run([str(Path(binary).resolve()), "-C", str(folder), "eval", metric, "--json",
                          "--last", str(hours), "--no-record"], capture_output=True, text=True,
                         check=True)
    points = [json.loads(line) for line in run.stdout.splitlines()]
    return {point["period"]: point["value"] for point in points}
