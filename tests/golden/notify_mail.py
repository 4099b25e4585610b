#!/usr/bin/env python3
"""Mail, to servers that behave, to others, and to aiosmtpd: notify_mail.py SENDER."""
import email
import logging
import shutil
import sys

sys.dont_write_bytecode = True  # the repository stays as it was
import sink
from messages import (KEY, MAIL, SECRET, Project, expect, expect_interruption, free_port, main,
                      make_certificate)


def test_mail(tap, sender, folder, _):
    project = Project(sender, folder)

    def send(script=None, most=3, kind="fired", **more):
        with sink.Smtp(script) as server:
            channel = {**MAIL, "url": f"smtp://127.0.0.1:{server.port}", "timeout": "2s", **more}
            result = project.send(channel, kind)
            tap.test("in time", result.get("took", 99) < most, result)
            return result, server

    for kind in ("fired", "hostile", "many"):
        result, server = send(kind=kind)
        expect(tap, f"mail {kind} is accepted", result, "sent", "accepted")
        tap.test(f"mail {kind} arrives as it was made, at all recipients",
                 server.mails == [(["<a@example.com>", "<b@example.com>"],
                                   project.body(MAIL, kind))], server.lines)
    tap.test("the sender is the address", "MAIL FROM:<m@example.com>" in
             [line.split(" SIZE")[0] for line in server.lines], server.lines)
    one_gone = {"RCPT": lambda line: "550 gone" if "a@" in line else "250 fine"}
    result, server = send(one_gone)
    expect(tap, "one recipient who is gone does not keep the others from it", result, "sent",
           "1 of 2 recipients refused")
    tap.test("… who get it", [m[0] for m in server.mails] == [["<b@example.com>"]], server.lines)
    for name, script, outcome, detail in [
        ("no recipient is known", {"RCPT": "550 no"}, "refused", "SMTP 550"),
        ("all recipients shall wait", {"RCPT": "450 later"}, "later", "SMTP 450"),
        ("the sender is refused", {"MAIL": "553 no"}, "refused", "SMTP 553"),
        ("the mail is refused", {"end": "554 spam"}, "refused", "SMTP 554"),
        ("the mail shall come later", {"end": "451 busy"}, "later", "SMTP 451"),
        ("the data are refused", {"DATA": "552 too large"}, "refused", "SMTP 552"),
        ("the server is closing", {"greeting": "421 closing"}, "later", ".*"),
        ("the server hangs", {"greeting": "hang"}, "later", "timed out"),
        ("the server hangs in the end", {"end": "hang"}, "later", "timed out"),
        ("the server leaves", {"greeting": "close"}, "later", ".*"),
        ("the server leaves in the middle", {"RCPT": "close"}, "later", ".*"),
        ("the server leaves in the end", {"end": "close"}, "later", ".*"),
        ("the server does not say good-bye", {"QUIT": "hang"}, "sent", "accepted"),
        ("the server says nonsense", {"MAIL": "garbage"}, "later", ".*"),
        ("the server greets for ever", {"greeting": "endless"}, "later", ".*"),
        ("an answer is no number", {"MAIL": "abc def"}, "later", ".*"),
    ]:
        result, server = send(script)
        expect(tap, name, result, outcome, detail)
    with sink.Smtp({"greeting": "hang"}) as server:
        expect_interruption(tap, project, {**MAIL, "url": f"smtp://127.0.0.1:{server.port}",
                                           "timeout": "20s"})
    test_login(tap, project)
    tap.test("no secret was ever printed", SECRET not in project.said, project.said)
    test_aiosmtpd(tap, project)


def test_login(tap, project):
    """A host that is not the machine's own, as far as one can tell from its name."""
    login = {"user": "metrics", "password": SECRET}
    with sink.Smtp(extensions=("AUTH PLAIN LOGIN",)) as server:
        channel = {**MAIL, **login, "url": f"smtp://[::ffff:127.0.0.1]:{server.port}",
                   "timeout": "2s"}
        result = project.send(channel)
        if result.get("detail") == "cannot connect":
            tap.skip("a password needs an encrypted connection", "there is no IPv6")
        else:
            expect(tap, "a password needs an encrypted connection", result, "later",
                   r"the server offers no encryption \(STARTTLS\)")
            tap.test("… and is not said without", not any("AUTH" in line for line in server.lines),
                     server.lines)
        server.script.update(AUTH="334 ", password="235 welcome")
        channel["url"] = f"smtp://127.0.0.1:{server.port}"
        expect(tap, "within the machine it does not", project.send(channel), "sent", "accepted")
        tap.test("… and is said", any(line.startswith("AUTH") for line in server.lines), server.lines)
    with sink.Smtp({"AUTH": "535 no"}, extensions=("AUTH PLAIN",)) as server:
        channel["url"] = f"smtp://127.0.0.1:{server.port}"
        expect(tap, "a login that is refused", project.send(channel), "refused",
               "SMTP 535: the login was refused")


def test_aiosmtpd(tap, project):
    """A mail server that others have written: with TLS, and a login that is checked."""
    try:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult
    except ImportError:
        return tap.skip("aiosmtpd", "there is no python3-aiosmtpd")
    if not shutil.which("openssl"):
        return tap.skip("aiosmtpd", "there is no openssl")
    logging.disable()  # of its own failures, which are what is asked for
    got = []

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            got.append((session.ssl is not None, envelope.rcpt_tos, envelope.original_content))
            return "250 taken"

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"metrics", SECRET.encode()),
                          handled=False)

    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port(), auth_required=True,
                            tls_context=make_certificate(project.folder), authenticator=check)
    controller.start()
    try:
        channel = {**MAIL, "url": f"smtp://[::ffff:127.0.0.1]:{controller.port}", "user": "metrics",
                   "password": SECRET, "ca": "cert.pem"}
        result = project.send(channel, "japanese")
        if result.get("detail") == "cannot connect":
            return tap.skip("aiosmtpd", "there is no IPv6")
        expect(tap, "aiosmtpd: STARTTLS and a login", result, "sent", "accepted")
        tap.test("aiosmtpd: the mail arrives, encrypted",
                 got and got[0][0] and email.message_from_bytes(got[0][2])["message-id"] == f"<{KEY}@example.com>",
                 got)
        expect(tap, "aiosmtpd: a wrong password", project.send({**channel, "password": "wrong"}),
               "refused", "SMTP 535: the login was refused")
        expect(tap, "aiosmtpd: a certificate that nobody signed",
               project.send({k: v for k, v in channel.items() if k != "ca"}), "later",
               "the server's certificate is not trusted")
    finally:
        controller.stop()


main(test_mail)
