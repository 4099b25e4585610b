#!/usr/bin/env python3
"""`cynosure alerts run` and receivers that have a bad day: alerts_send.py BINARY.

An alert fires, and its receiver does what receivers do. By a false clock the command is run again
and again, as cron does; in the end the message was delivered, once, as what it was from the start.
"""
import email
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import sink
from alertmanager import alertmanager, get
from messages import MAIL, main, wait_until

METRICS = """local events = source "events"
metric "amount" { value = events:sum "amount" }
"""
RULES = """alert "high" {
  metric = "amount", grain = "hour", every = "1h", when = "value > 10", notify = { "sink", "log" },
}
"""
AMOUNTS = [1, 30, 30, 1, 1]  # of the hours of a day: it fires at two, and is over at four
FIRES, IS_OVER = timedelta(hours=2, minutes=30), timedelta(hours=4, minutes=30)

# Seconds since it fires, what the server does then (None: it must not be asked), what is said of it.
HTTP_DAY = [(0, "500", "HTTP 500"), (10, "close", "closed without an answer"),
            (30, "hang", "timed out"), (60, "429/120", "HTTP 429"), (170, None, "HTTP 429"),
            (190, "short/503", "HTTP 503"), (250, "garbage", "the answer is not understood"),
            (320, "200", "HTTP 200")]
SMTP_DAY = [(0, {"greeting": "421 closing"}, None), (10, {"greeting": "hang"}, "timed out"),
            (30, {"RCPT": "close"}, None), (60, {"end": "451 busy"}, "SMTP 451"),
            (61, None, "SMTP 451"), (100, {"MAIL": "garbage"}, None),
            (200, {"end": "close"}, None), (320, {}, "accepted")]


class Life:
    """A project whose rule tells `channel`, and a file, which never fails."""

    def __init__(self, binary, folder, channel, begin=datetime(2026, 1, 5, tzinfo=timezone.utc)):
        self.binary, self.folder, self.begin = Path(binary).resolve(), Path(folder), begin
        config = {"name": "sent", "timezone": "UTC", "grain": "hour",
                  "sources": {"events": {"type": "csv", "path": "data.csv", "time": "at"}},
                  "channels": {"sink": {"timeout": "2s", **channel},
                               "log": {"type": "file", "path": "log.ndjson"}}}
        rows = [f"{(begin + timedelta(hours=hour, minutes=10)).isoformat()},{amount}\n"
                for hour, amount in enumerate(AMOUNTS)]
        for name, text in [("cynosure.yaml", json.dumps(config)), ("metrics/m.lua", METRICS),
                           ("alerts/a.lua", RULES), ("data.csv", "at,amount\n" + "".join(rows))]:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")

    def alerts(self, since, *words):
        clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return subprocess.run([self.binary, "alerts", *words], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=False,
                              env={**clean, "CYNOSURE_NOW": (self.begin + since).isoformat()})

    def delivery(self, event, channel="sink"):
        """What `history` says became of the newest such event."""
        said = self.alerts(IS_OVER, "history", "--json").stdout.splitlines()
        events = [e for e in map(json.loads, said) if e["event"] == event]
        found = [d for d in events[0]["deliveries"] if d["channel"] == channel] if events else []
        return found[0] if len(events) == len(found) == 1 else {"state": f"of {len(events)} events"}

    def keys(self):
        """Of the messages to the sink, in order."""
        with closing(sqlite3.connect(self.folder / ".cynosure" / "state.db")) as db:
            return [key for key, in db.execute(
                "SELECT key FROM message WHERE channel = 'sink' ORDER BY id")]

    def logged(self):
        return len((self.folder / "log.ndjson").read_text(encoding="utf-8").splitlines())


def live(tap, life, day, asked, behave):
    """The day of a message; asked(): how often the server was, behave(what) says what it does."""
    for seconds, what, detail in day:
        before, last = asked(), (seconds, what, detail) == day[-1]
        behave(what)
        done = life.alerts(FIRES + timedelta(seconds=seconds), "run")
        delivery = life.delivery("fired")
        name = f"after {seconds} s, {'too early' if what is None else what}"
        tap.test(f"{name}: the server is {'not asked' if what is None else 'asked once'}",
                 asked() - before == (what is not None), asked() - before, done)
        tap.test(f"{name}: the exit code and history say what came of it",
                 done.returncode == (0 if last or what is None else 1)
                 and delivery["state"] == ("sent" if last else "retrying")
                 and detail in (None, delivery["detail"]), done, delivery)
        tap.test(f"{name}: the other channel had it at once", life.logged() == 1, life.logged())
    rest(tap, life, asked, FIRES + timedelta(minutes=25))


def rest(tap, life, asked, since):
    before = asked()
    done = life.alerts(since, "run")
    tap.test("what was sent is not sent again",
             (done.returncode, done.stdout, done.stderr) == (0, "", "") and asked() == before, done)


def test_webhook(tap, binary, folder):
    class Moody(sink.Http):
        mood = "200"

        def answer(self, connection, path):
            super().answer(connection, self.mood)

    with Moody() as server:
        def behave(mood):
            server.mood = mood or "200"

        def asked():
            return len(server.requests)

        life = Life(binary, folder, {"type": "webhook", "url": f"http://127.0.0.1:{server.port}/"})
        live(tap, life, HTTP_DAY, asked, behave)
        tried = [(headers["idempotency-key"], body) for _, headers, body in server.requests]
        tap.test("all attempts were one message, under one key", len(set(tried)) == 1
                 and [tried[0][0]] == life.keys(), tried, life.keys())
        behave("short/200")
        done = life.alerts(IS_OVER, "run")
        rest(tap, life, asked, IS_OVER + timedelta(minutes=25))
        tap.test("an answer that lies about its length is one", done.returncode == 0
                 and life.delivery("resolved")["state"] == "sent" and asked() == len(tried) + 1, done)
        _, headers, body = server.requests[-1]
        tap.test("the end has a key of its own", json.loads(body)["status"] == "resolved"
                 and [tried[0][0], headers["idempotency-key"]] == life.keys(), headers, body)


def test_mail(tap, binary, folder):
    with sink.Smtp() as server:
        met = []

        def behave(script):
            script = {"greeting": "220 sink", **(script or {})}
            server.script = {**script, "greeting": lambda _: met.append(1) or script["greeting"]}

        life = Life(binary, folder, {**MAIL, "url": f"smtp://127.0.0.1:{server.port}"})
        live(tap, life, SMTP_DAY, lambda: len(met), behave)
        ids = [email.message_from_bytes(data)["message-id"] for _, data in server.mails]
        tap.test("it arrived once, under the message's key",
                 ids == [f"<{key}@example.com>" for key in life.keys()], ids, life.keys())


def test_alertmanager(tap, binary, folder):
    """By the true clock, which is Alertmanager's: the end was in this hour, not later than now."""
    if not shutil.which("prometheus-alertmanager"):
        return tap.skip("a real Alertmanager", "there is no prometheus-alertmanager")
    now = datetime.now(timezone.utc)
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=4)
    with sink.Http() as hook, alertmanager(folder, hook.port) as port:
        channel = {"type": "alertmanager", "url": f"http://127.0.0.1:{port}/", "timeout": "10s"}
        life, active = Life(binary, folder, channel, begin), [("high", "active")]

        def there():
            return [(a["labels"]["alertname"], a["status"]["state"]) for a in get(port, "alerts")]

        for name, since, wanted in (("an alert that fires is active", FIRES, active),
                                    ("… also an hour later", FIRES + timedelta(hours=1), active),
                                    ("it is gone once it is over", now - begin, [])):
            done = life.alerts(since, "run")
            tap.test(f"Alertmanager: {name}", done.returncode == 0
                     and wait_until(lambda: there() == wanted, 10), done, get(port, "alerts"))
        states = {event: life.delivery(event)["state"] for event in ("fired", "resolved")}
        tap.test("Alertmanager: history shows that it was told",
                 states == {"fired": "sent", "resolved": "sent"}, states)


def test(tap, binary, folder, _):
    for part in (test_webhook, test_mail, test_alertmanager):
        own = Path(folder) / part.__name__
        own.mkdir()
        part(tap, binary, own)


main(test)
