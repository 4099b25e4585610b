#!/usr/bin/env python3
"""The dashboard of a running daemon: dashboard.py BINARY.

Every page is there, and every link of theirs; what has not changed is not sent again; what somebody
presses in a browser (headless Chromium, where it is installed) is done, and done once; nobody
without the token, and no other site, presses anything.
"""
import http.cookiejar
import re
import sqlite3
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "page"))
import markup
import serving
from chromium import Chromium, Gone
from serving import Daemon, project

BINARY = Path(sys.argv[1]).resolve()
TOKEN = "a-token-for-the-test-0123456789"
CONFIG = serving.CONFIG + f"serve: {{token: \"{TOKEN}\", public_read: true}}\n"
number = 0


def report(name, problem=None):
    global number
    number += 1
    print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
    if problem:
        print("# " + str(problem)[:2000].replace("\n", "\n# "))


class Browser:
    """Cookies and redirections, without scripts."""

    def __init__(self, base):
        self.base, self.jar = base, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path, form=None, **headers):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self.base + path, data, {
            "Accept": "text/html", **{k.replace("_", "-"): v for k, v in headers.items()}})
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers, answer.url
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers, error.url

    def log_in(self):
        status, _, _, url = self.ask("/login", {"token": TOKEN, "next": "/alerts"})
        assert status == 200 and url.endswith("/alerts"), (status, url)


def pages(base):
    """Every page that links lead to, beginning with the overview."""
    browser, found, todo = Browser(base), {}, ["/"]
    while todo:
        path = todo.pop()
        status, text, headers, _ = browser.ask(path)
        assert status == 200, (path, status)
        page = markup.Page(text)
        problems = [*page.problems, *markup.names(page), *markup.headings(page)]
        assert not problems, (path, problems)
        nonce = page.of("style")[0][0]["nonce"]
        assert f"'nonce-{nonce}'" in headers["Content-Security-Policy"], path
        found[path] = text
        for link, _ in page.of("a"):
            target = link["href"].partition("#")[0]
            if target and target not in found and target not in todo and not target.startswith("/login"):
                todo.append(target)
    return found


def every_page_is_there(base):
    found = pages(base)
    assert {"/", "/alerts", "/schedule", "/health", "/metric/amount", "/metric/rows"} <= set(found), found
    assert "<form" not in found["/alerts"] and "/login?next=/alerts" in found["/alerts"]
    for path in ("/metric/nothing", "/tree/nothing", "/nothing"):
        status, text, _, _ = Browser(base).ask(path)
        assert status == 404 and "Not found" in text, (path, status)
    japanese = Browser(base).ask("/", Accept_Language="ja")[1]
    assert '<html lang="ja">' in japanese and "概要" in japanese


def the_language_that_was_asked_for_stays(base):
    browser, page = Browser(base), markup.Page
    for asked, other, word in (("ja", "en", "概要"), ("en", "ja", "Overview")):
        text = browser.ask(f"/?lang={asked}", Accept_Language=other)[1]
        assert f'<html lang="{asked}">' in text and word in text, asked
        links = [link["href"] for link, _ in page(text).of("a") if link["href"][0] == "/"]
        assert len(links) > 5 and all(f"lang={asked}" in link for link in links), links
        assert f'href="?lang={other}"' in text
    assert "/metric/amount?" not in browser.ask("/", Accept_Language="ja")[1]  # as the browser prefers
    assert "lang" not in "".join(link["href"] for link, _ in page(browser.ask("/?lang=fr")[1]).of("a")
                                 if link["href"][0] == "/")
    browser.log_in()
    text = browser.ask("/alerts?lang=ja")[1]
    token = re.search(r'name="csrf" value="(\w+)"', text).group(1)
    action = re.search(r'action="(/alerts/ack[^"]*)"', text).group(1)
    assert action == "/alerts/ack?lang=ja", action
    for undo in ({}, {"undo": "1"}):  # and the alert is as it was
        status, _, _, url = browser.ask(action, {"alert": "high", "why": "x", "csrf": token, **undo})
        assert status == 200 and url.endswith("/alerts?lang=ja"), (status, url)


def what_has_not_changed_is_not_sent_again(base):
    browser = Browser(base)
    for path in ("/", "/metric/amount"):
        for _ in range(5):  # an evaluation may have ended in between
            status, _, headers, _ = browser.ask(path)
            again, text, _, _ = browser.ask(path, If_None_Match=headers["ETag"])
            if again == 304:
                break
        assert (status, again, text) == (200, 304, ""), (path, status, again)
    english = browser.ask("/")[2]["ETag"]
    assert browser.ask("/", If_None_Match=english, Accept_Language="ja")[0] == 200


def nobody_else_writes(base):
    stranger, forms = Browser(base), ({"alert": "high", "why": "x"}, {"match": "high", "for": "1h", "why": "x"})
    for path, form in zip(("/alerts/ack", "/alerts/silence"), forms):
        assert stranger.ask(path, form)[0] in (401, 403), path
    owner = Browser(base)
    owner.log_in()
    for path, form in zip(("/alerts/ack", "/alerts/silence"), forms):
        assert owner.ask(path, form)[0] == 403, path  # without the page's token
    token = re.search(r'name="csrf" value="(\w+)"', owner.ask("/alerts")[1]).group(1)
    assert owner.ask("/alerts/ack", {**forms[0], "csrf": token},
                     Sec_Fetch_Site="cross-site", Origin="http://evil.example")[0] == 403
    other = Browser(base)
    other.log_in()
    assert other.ask("/alerts/ack", {**forms[0], "csrf": token})[0] == 403  # of another session
    for form, words in (({"match": "high", "for": "1h"}, "say why"),
                        ({"match": "high", "for": "soon", "why": "x"}, "for how long"),
                        ({"match": 'a~"', "for": "1h", "why": "x"}, ""),
                        ({"for": "1h", "why": "x"}, "silence what")):
        status, text, _, _ = owner.ask("/alerts/silence", {**form, "csrf": token})
        assert 400 <= status < 500 and words in text, (form, status, text[-400:])
    assert owner.ask("/alerts/ack", {"alert": "nothing", "csrf": token})[0] == 404
    assert owner.ask("/alerts/unsilence", {"id": "77", "csrf": token})[0] in (400, 404)


def restated_values_are_listed(base, folder, daemon):
    """A row comes late, for the fifth hour from the end."""
    first = serving.last_hours(5)
    before = Browser(base).ask("/metric/amount")[1]
    assert "Restated" not in before and "its data changed" not in before
    serving.write(folder, "data/late.csv", serving.rows(first, 1, lambda hour: 1000))
    daemon.until(lambda: "its data changed" in Browser(base).ask("/metric/amount")[1],
                 "no page says that a value was restated")
    text = Browser(base).ask("/metric/amount")[1]
    row = re.search(r'<tr><th scope="row">([^<]+)</th><td[^>]* class="number">(\d[\d,]*)</td>'
                    r'<td[^>]* class="number">(\d[\d,]*)</td>(?:(?!</tr>).)*its data changed', text, re.S)
    assert row, text[text.find("Restated"):][:1500]
    period, was, now = row.groups()
    assert period == first.strftime("%Y-%m-%dT%H"), (period, first)
    assert (int(was), int(now.replace(",", ""))) == (19, 1019), (was, now)


def press(page, selector):
    """A click of a person: the button must be in sight."""
    x, y = page.run(f"""(() => {{ const e = document.querySelector({selector!r});
        e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();
        return [b.left + b.width / 2, b.top + b.height / 2] }})()""")
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def load_after(page, selector):
    page.collect()
    press(page, selector)
    page.browser.wait(page.session, "Page.loadEventFired")
    page.collect()


def somebody_takes_care(base, folder):
    """In a browser: logs in, acknowledges, silences, ends the silence."""
    with Chromium(seconds=90) as browser:
        page = browser.page()
        page.go(base + "/login?next=/alerts")
        page.run(f"document.querySelector('input[name=token]').value = {TOKEN!r}")
        load_after(page, "form button")
        text = "document.body.innerText"
        assert page.run("location.pathname") == "/alerts", page.run("location.href")
        assert "Firing" in page.run(text)
        press(page, ".alert .act summary")
        page.run("document.querySelector('form[action=\"/alerts/ack\"] input[name=why]').value = 'on it'")
        page.run("document.querySelector('form[action=\"/alerts/ack\"] input[name=who]').value = 'Ann'")
        load_after(page, 'form[action="/alerts/ack"] button')
        assert "acknowledged by Ann" in page.run(text), page.run(text)
        page.go(base + "/alerts")
        assert "acknowledged by Ann" in page.run(text)
        assert "Ann: on it" in page.run("document.querySelector('#history').parentNode.innerText")

        press(page, ".alert .act summary")
        page.run("document.querySelector('form[action=\"/alerts/silence\"] input[name=why]').value = "
                 "'planned <b>work</b>'")
        load_after(page, 'form[action="/alerts/silence"] button')
        assert "planned <b>work</b>" in page.run(text), page.run(text)
        assert page.run("document.querySelectorAll('#silences').length") == 1
        with closing(sqlite3.connect(folder / ".cynosure" / "state.db")) as db:
            who = db.execute("SELECT who FROM silence").fetchall()
        assert who == [("Ann",)], who  # the browser remembers who sits before it
        load_after(page, 'form[action="/alerts/unsilence"] button')
        assert page.run("document.querySelectorAll('#silences').length") == 0, page.run(text)
        assert page.problems == [], page.problems
        for path in ("/", "/metric/amount", "/schedule", "/health"):
            page.go(base + path)
            assert page.problems == [], (path, page.problems)
            assert page.run("document.documentElement.dataset.lively") == "yes", path


def run(test, *given):
    try:
        test(*given)
        report(test.__name__)
    except AssertionError as error:
        report(test.__name__, error or "an assertion")
    except Gone as error:
        if "not installed" in str(error):
            report(f"{test.__name__} # SKIP {error}")
        else:
            report(test.__name__, error)


def main():
    with project(config=CONFIG) as folder, Daemon(BINARY, folder) as daemon:
        daemon.wait_until_ready()
        base = daemon.url().rstrip("/")
        daemon.until(lambda: "Firing now" in Browser(base).ask("/")[1], "nothing fires")
        run(every_page_is_there, base)
        run(the_language_that_was_asked_for_stays, base)
        run(what_has_not_changed_is_not_sent_again, base)
        run(nobody_else_writes, base)
        run(restated_values_are_listed, base, folder, daemon)
        run(somebody_takes_care, base, folder)
        daemon.stop()
    print(f"1..{number}")


main()
