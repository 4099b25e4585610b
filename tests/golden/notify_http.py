#!/usr/bin/env python3
"""Messages over HTTP, to servers that behave and to others: notify_http.py SENDER."""
import json
import re
import shutil
import socket
import sys
import time

sys.dont_write_bytecode = True  # the repository stays as it was
import sink
from messages import SECRET, Project, expect, expect_interruption, main, make_certificate

ANSWERS = [
    # path, outcome, detail, Retry-After in seconds
    ("200", "sent", "HTTP 200", 0), ("204", "sent", "HTTP 204", 0),
    ("400", "refused", "HTTP 400", 0), ("401", "refused", "HTTP 401", 0),
    ("404", "refused", "HTTP 404", 0), ("410/60", "refused", "HTTP 410", 0),
    ("408", "later", "HTTP 408", 0), ("425", "later", "HTTP 425", 0),
    ("429/120", "later", "HTTP 429", 120), ("429/date300", "later", "HTTP 429", 300),
    ("429/date-300", "later", "HTTP 429", 0), ("429/soon", "later", "HTTP 429", 0),
    ("429/-5", "later", "HTTP 429", 0), ("503/99999999999999999999", "later", "HTTP 503", 0),
    ("503/7200", "later", "HTTP 503", 3600), ("500", "later", "HTTP 500", 0),
    ("502", "later", "HTTP 502", 0),
    ("redirect", "refused", "HTTP 302: redirects are not followed", 0),
    ("close", "later", "closed without an answer", 0),
    ("garbage", "later", "the answer is not understood", 0),
    ("headers", "later|sent", ".*", 0),
    # The status was said; what follows is of no interest.
    ("short/200", "sent", "HTTP 200", 0), ("endless/200", "sent", "HTTP 200", 0),
    ("short/500", "later", "HTTP 500", 0), ("endless/500", "later", "HTTP 500", 0),
]


def test_http(tap, sender, folder, _):
    project = Project(sender, folder)
    with sink.Http() as server:
        base = f"http://127.0.0.1:{server.port}"

        def hook(path, **more):
            return {"type": "webhook", "url": f"{base}/{path}", "timeout": "1s", **more}

        for path, outcome, detail, retry in ANSWERS:
            result = project.send(hook(path))
            ok = (re.fullmatch(outcome, result.get("outcome", "")) and result["took"] < 3
                  and re.fullmatch(detail, result["detail"])
                  and abs(result["retry_after"] - retry) <= 2)
            tap.test(f"an answer of {path}", ok, result)
        for path in ("hang", "drip"):
            expect(tap, f"a server that does {path} is waited for as long as the channel says",
                   project.send(hook(path)), "later", "timed out", 0.9, 2)
        expect(tap, "a status is one even if the rest hangs", project.send(hook("stall/200")),
               "sent", "HTTP 200", 0.9, 2)
        test_headers(tap, project, server, hook)
        test_replies(tap, project, base)
        expect_interruption(tap, project, hook("hang", timeout="20s"))
    test_nobody(tap, project)
    test_tls(tap, project)
    tap.test("no secret was ever printed", SECRET not in project.said, project.said)


def test_headers(tap, project, server, hook):
    server.requests.clear()
    whsec = "whsec_" + "c2VjcmV0IGtleSBvZiAyNCBieXRlcw=="
    for secret in (SECRET, whsec):
        for attempt in (1, 2):
            project.send(hook("500", secret=secret, token=SECRET), "several", "--key", "abc123")
        (_, first, body), (_, second, again) = server.requests[-2:]
        tap.test("a repetition has the same key and the same bytes",
                 body == again and all(h[k] == "abc123" for h in (first, second)
                                       for k in ("idempotency-key", "webhook-id")), first, second)
        signed = sink.signature(secret, "abc123", first["webhook-timestamp"], body)
        tap.test("the signature is that of Standard Webhooks", first["webhook-signature"] == signed,
                 first, signed)
        tap.test("the time that is signed is now",
                 abs(int(first["webhook-timestamp"]) - time.time()) < 60, first)
        tap.test("a token is a bearer's", first["authorization"] == f"Bearer {SECRET}", first)
        tap.test("it is JSON", first["content-type"] == "application/json; charset=utf-8"
                 and json.loads(body)["key"] == "abc123" and "expect" not in first, first)
    project.send(hook("200", user="us:er", password=SECRET))
    headers = server.requests[-1][1]
    tap.test("without a secret nothing is signed", "webhook-signature" not in headers, headers)
    project.send(hook("200", user="user", password=SECRET))
    tap.test("user and password are basic authentication",
             server.requests[-1][1]["authorization"].startswith("Basic "), server.requests[-1][1])
    project.send(hook("200"), environment={"CYNOSURE_NOW": "2026-11-16T00:00:00Z"})
    unset = project.send({"type": "webhook", "url": "${CYN_TEST_NO_URL}"})
    expect(tap, "a channel whose secret is not there says so", unset, "later",
           "url: the environment variable CYN_TEST_NO_URL is not set")


def test_replies(tap, project, base):
    slack = {"type": "slack", "url": f"{base}/reason/{SECRET}"}
    expect(tap, "Slack's reason is shown, without control characters", project.send(slack),
           "refused", r"HTTP 400: invalid \[1m_sys")
    slack["url"] = f"{base}/echo/services/{SECRET}"
    expect(tap, "an answer that repeats the address is not shown", project.send(slack), "refused",
           "HTTP 404")
    hook = {"type": "webhook", "url": f"{base}/reason"}
    expect(tap, "a webhook's answer is not shown", project.send(hook), "refused", "HTTP 400")


def test_nobody(tap, project):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = f"http://user:{SECRET}@127.0.0.1:{port}/{SECRET}?token={SECRET}"
    expect(tap, "a server that is not there", project.send({"type": "webhook", "url": url}),
           "later", "cannot connect")
    expect(tap, "an address that is none",
           project.send({"type": "webhook", "url": f"http://127.0.0.1:99999999/{SECRET}"}),
           "refused", "the url is malformed")
    expect(tap, "a name that nobody has",
           project.send({"type": "webhook", "url": f"http://{SECRET}.invalid/", "timeout": "5s"}),
           "later", "the name of the host is not known|timed out", 0, 6)


def test_tls(tap, project):
    if not shutil.which("openssl"):
        return tap.skip("certificates are checked", "there is no openssl")
    context = make_certificate(project.folder)
    with sink.Http(context) as server, sink.Http() as plain:
        hook = {"type": "webhook", "url": f"https://127.0.0.1:{server.port}/200", "timeout": "5s"}
        expect(tap, "a certificate that nobody signed is not trusted", project.send(hook), "later",
               "the server's certificate is not trusted")
        expect(tap, "unless it is named", project.send({**hook, "ca": "cert.pem"}), "sent",
               "HTTP 200")
        other = {**hook, "ca": "cert.pem", "url": f"https://localhost:{server.port}/200"}
        expect(tap, "a certificate is that of one host", project.send(other), "later",
               "the server's certificate is not trusted")
        expect(tap, "a file of certificates that is not there", project.send({**hook, "ca": "no"}),
               "later", r"the file of certificates \(ca\) cannot be read")
        hook["url"] = f"https://127.0.0.1:{plain.port}/200"
        expect(tap, "a server that does not speak TLS", project.send(hook), "later",
               "no encrypted connection could be made")
        tap.test("nothing was sent to whom it was not for", len(server.requests) == 1
                 and not plain.requests, server.requests)


main(test_http)
