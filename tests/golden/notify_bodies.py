#!/usr/bin/env python3
"""Bodies of messages: notify_bodies.py SENDER [--write].

Those of tests/unit/notify/sender.c are held against notify/*.txt in both languages, and read back as
whoever gets them would. --write brings the expected bodies up to date.
"""
import email
import email.policy
import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
from messages import KEY, MAIL, Project, main

HERE = Path(__file__).parent / "notify"


def units(text):
    """Characters as services count them: UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def slack_texts(value):
    """All text objects of a message."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for inner in value.values():
            yield from slack_texts(inner)
    if isinstance(value, list):
        for inner in value:
            yield from slack_texts(inner)


def parse_mail(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def check_slack(tap, kind, raw):
    body = json.loads(raw)
    blocks = [b for a in body["attachments"] for b in a["blocks"]]
    texts = list(slack_texts(body))
    tap.test(f"slack {kind}: within the limits",
             len(blocks) <= 50 and all(units(t["text"]) <= 3000 for t in texts)
             and units(body["text"]) <= 4000 and len(body["attachments"]) <= 100
             and all(len(b.get("elements", [])) <= 10 for b in blocks),
             [units(t["text"]) for t in texts])
    marked = [body["text"]] + [t["text"] for t in texts if t["type"] == "mrkdwn"]
    tap.test(f"slack {kind}: nothing from data is a link or a mention",
             not any(re.search(r"<|>|&(?!amp;|lt;|gt;)", t) for t in marked), marked)


def check_mail(tap, kind, raw, project):
    headers = raw.split(b"\r\n\r\n")[0]
    mail = parse_mail(raw)
    text, page = (mail.get_body((form,)).get_content() for form in ("plain", "html"))
    tap.test(f"mail {kind}: lines are short, ASCII and end in CRLF",
             all(len(line) <= 78 for line in raw.split(b"\r\n")) and raw.isascii()
             and b"\n" not in raw.replace(b"\r\n", b""), max(map(len, raw.split(b"\r\n"))))
    names = [line.split(b":")[0] for line in headers.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    tap.test(f"mail {kind}: each header once, and none from data",
             sorted(names) == sorted(set(names))
             and set(names) <= {b"Date", b"From", b"To", b"Subject", b"Message-ID", b"References",
                                b"Auto-Submitted", b"MIME-Version", b"Content-Type"}, names)
    tap.test(f"mail {kind}: what a program reads out of it",
             mail["message-id"] == f"<{KEY}@example.com>"
             and mail["from"].addresses[0].display_name == "学習, \"metrics\""
             and [a.addr_spec for a in mail["to"].addresses] == ["a@example.com", "b@example.com"]
             and mail["date"].datetime.isoformat() == "2026-11-16T09:00:00+09:00"
             and not mail.defects and all(not p.defects for p in mail.walk()),
             mail.items(), mail.defects)
    plain = project.body({"type": "stdout"}, kind).decode()
    tap.test(f"mail {kind}: the plain part is the text", text.replace("\r\n", "\n") == plain, text)
    tap.test(f"mail {kind}: nothing from data is HTML",
             "<script" not in page and "<b>three" not in page and "javascript:alert(1)\"" not in page
             and page.count("<html") == page.count("</body>") == 1, page)


def check_json(tap, kind, raw):
    body = json.loads(raw)
    tap.test(f"webhook {kind}: one line that says which message it is",
             b"\n" not in raw and body["version"] == 1 and body["key"] == KEY
             and body["firing"] + body["resolved"] <= len(body["alerts"]), body)
    return body


CHANNELS = {
    "slack": {"type": "slack", "url": "http://127.0.0.1:9/"},
    "webhook": {"type": "webhook", "url": "http://127.0.0.1:9/"},
    "mail": MAIL,
    "text": {"type": "stdout"},
    "alertmanager": {"type": "alertmanager", "url": "http://127.0.0.1:9/", "repeat": "4h"},
}
KINDS = ["fired", "japanese", "rose", "reminder", "resolved", "gone", "escalated", "several",
         "hostile", "long", "wide", "many", "nothing"]
SHOWN = [k for k in KINDS if k not in ("long", "wide", "many")]  # short enough to be looked at


def readable(name, raw):
    """What is compared: JSON laid out, mail decoded."""
    if name == "text":
        return raw.decode()
    if name != "mail":
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=1) + "\n"
    mail = parse_mail(raw)
    heads = "".join(f"{k}: {v}\n" for k, v in mail.items())
    parts = [mail.get_body((form,)).get_content().replace("\r\n", "\n") for form in ("plain", "html")]
    return heads + "\n" + "\n".join(parts)


def test_bodies(tap, sender, folder, options):
    for language in ("en", "ja"):
        project = Project(sender, folder, language)
        for name, channel in CHANNELS.items():
            path = HERE / f"{name}.{language}.txt"
            got = "".join(f"==== {kind}\n{readable(name, project.body(channel, kind))}"
                          for kind in SHOWN)
            if "--write" in options:
                path.write_text(got, encoding="utf-8")
            want = path.read_text(encoding="utf-8")
            tap.test(f"{name}, {language}: as expected", got == want, first_difference(got, want))
    project = Project(sender, folder)
    for kind in KINDS:
        check_slack(tap, kind, project.body(CHANNELS["slack"], kind))
        check_mail(tap, kind, project.body(MAIL, kind), project)
        check_json(tap, kind, project.body(CHANNELS["webhook"], kind))
        alerts = json.loads(project.body(CHANNELS["alertmanager"], kind))
        tap.test(f"alertmanager {kind}: names are names",
                 all(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name)
                     for a in alerts for name in (*a["labels"], *a["annotations"]))
                 and all(v for a in alerts for v in a["labels"].values()), alerts)
    test_long(tap, project)


def test_long(tap, project):
    body = check_json(tap, "long", project.body(CHANNELS["webhook"], "long"))
    tap.test("webhook: nothing is cut", body["alerts"][0]["summary"] == "&" * 100000)
    many = project.body(CHANNELS["slack"], "many").decode()
    tap.test("slack: what is left out is counted", "… and 180 more" in many, many[-300:])
    wide = json.loads(project.body(CHANNELS["slack"], "wide"))
    tap.test("slack: a text is cut between characters",
             all("�" not in t["text"] for t in slack_texts(wide))
             and any(t["text"].endswith("警…") for t in slack_texts(wide)))
    text = project.body({"type": "stdout"}, "many").decode()
    tap.test("text: what is left out is counted", "… and 100 more" in text)


def first_difference(got, want):
    for a, b in zip(got.splitlines() + [""], want.splitlines() + [""]):
        if a != b:
            return f"got:      {a}\nexpected: {b}"
    return "one is longer"


main(test_bodies)
