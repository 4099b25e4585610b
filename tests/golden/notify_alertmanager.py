#!/usr/bin/env python3
"""A real Alertmanager receives, groups and resolves: notify_alertmanager.py SENDER."""
import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True  # the repository stays as it was
import sink
from alertmanager import alertmanager, get
from messages import Project, expect, main, wait_until


def test_alertmanager(tap, sender, folder, _):
    if not shutil.which("prometheus-alertmanager"):
        return tap.skip("a real Alertmanager", "there is no prometheus-alertmanager")
    project = Project(sender, folder)
    with sink.Http() as hook, alertmanager(folder, hook.port) as port:
        channel = {"type": "alertmanager", "url": f"http://127.0.0.1:{port}/"}
        now = datetime.now(timezone.utc).replace(microsecond=0)
        stamp = (now - timedelta(minutes=1)).isoformat()
        receive(tap, project, channel, port, hook, stamp)
        worsen(tap, project, channel, port, stamp)
        resolve(tap, project, channel, port, hook, now.isoformat())
        for kind in ("hostile", "long", "many", "nothing"):
            result = project.send(channel, kind, "--at", stamp)
            expect(tap, f"it takes {kind}", result, "sent", "HTTP 200")
        found = [a for a in get(port, "alerts") if a["labels"].get("bytes")]
        tap.test("no label of a hostile alert is lost", len(found) == 1
                 and found[0]["labels"]["label_4"] == '国="日本"'
                 and found[0]["labels"]["label_5"] == 'severity="mine"', found)
        expect(tap, "an address beside the API", project.send(
            {"type": "alertmanager", "url": f"http://127.0.0.1:{port}/elsewhere"}), "refused",
            "HTTP 404.*")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def notified(hook, status):
    """What Alertmanager told the receiver: labels of alerts of that status."""
    bodies = [json.loads(body) for _, _, body in hook.requests]
    return [a["labels"] for b in bodies for a in b["alerts"] if a["status"] == status]


def receive(tap, project, channel, port, hook, stamp):
    expect(tap, "an alert is taken", project.send(channel, "fired", "--at", stamp), "sent",
           "HTTP 200")
    expect(tap, "and once more", project.send(channel, "fired", "--at", stamp), "sent", "HTTP 200")
    alerts = get(port, "alerts")
    labels = {"alertname": "aha_drop", "severity": "warning", "channel": "ads",
              "project": "Learning app", "label_2": "plan=nil"}
    tap.test("it is there once, with its labels and texts",
             len(alerts) == 1 and alerts[0]["labels"] == labels
             and alerts[0]["annotations"]["summary"].startswith("Aha% in ads is 31.2 %")
             and alerts[0]["status"]["state"] == "active"
             and instant(alerts[0]["startsAt"]) == instant(stamp), alerts)
    ends = instant(alerts[0]["endsAt"])
    tap.test("it does not end before it should have been told again three times",
             timedelta(days=3) < ends - datetime.now(timezone.utc) < timedelta(days=4), ends)
    told = wait_until(lambda: notified(hook, "firing"), 10)
    tap.test("its receiver is told", told and told[0] == labels, hook.requests)
    if shutil.which("amtool"):
        said = subprocess.run(["amtool", f"--alertmanager.url=http://127.0.0.1:{port}", "alert",
                               "query", "channel=ads", "--output=json"], capture_output=True,
                              text=True, check=False, timeout=30).stdout
        tap.test("amtool finds it", [a["labels"] for a in json.loads(said)] == [labels], said)
    else:
        tap.skip("amtool finds it", "there is no amtool")


def active(port):
    return [a["labels"]["severity"] for a in get(port, "alerts?active=true")
            if a["labels"].get("channel") == "ads"]


def worsen(tap, project, channel, port, stamp):
    project.send(channel, "rose", "--at", stamp)
    tap.test("an alert that got worse is one alert", wait_until(
        lambda: active(port) == ["critical"], 10), active(port))
    project.send(channel, "reminder", "--at", stamp)
    tap.test("and one again that is a warning once more", wait_until(
        lambda: active(port) == ["warning"], 10), active(port))
    groups = get(port, "alerts/groups")
    tap.test("alerts of one rule are one group", [g["labels"] for g in groups]
             == [{"alertname": "aha_drop"}], groups)


def resolve(tap, project, channel, port, hook, stamp):
    expect(tap, "an end is taken", project.send(channel, "resolved", "--at", stamp), "sent",
           "HTTP 200")
    tap.test("it is over", wait_until(lambda: active(port) == [], 10), active(port))
    told = wait_until(lambda: [r for r in notified(hook, "resolved")
                               if r["severity"] == "warning"], 10)
    tap.test("its receiver is told", told, notified(hook, "resolved"))
    tap.test("… and of no severity that the rule does not have",
             {a["severity"] for a in notified(hook, "resolved")} <= {"warning", "critical"},
             notified(hook, "resolved"))


main(test_alertmanager)
