#!/usr/bin/env python3
"""Pages of a made-up company, read strictly: markup.py PAGE_SAMPLES.

Every element is closed, in order; ids are there once; what refers to one finds it; headings go down
by one; tables have heads with a scope, pictures and fields have names; nothing is loaded from
elsewhere; no text of data or scripts became markup; in a folder and in one file every link leads
somewhere. In English and Japanese.
"""
import html.parser
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VOID = {"meta", "link", "input", "br", "hr", "img"}
SVG_ALONE = {"path", "rect", "line", "circle"}  # written with a slash
# What the sample puts into titles, labels, reasons, errors: it must come out as text.
HOSTILE = ["<b>seo</b>", "<in ads>", "kim <kim@example.org>", "<script>alert(1)</script>",
           "compare nil with <number>", "stuck for 3 min <!--", "metrics/<aha>.lua", "<img src=x>",
           'ads "x" \\ <i>', "Aha rate <drops>"]
TAGS = set("""code html head meta link title style body a header span nav ul li main div h1 h2 h3 h4 p
  section table thead tbody tr th td dl dt dd small svg path figure text line rect circle desc details
  summary pre time strong form input label select option button article g footer script""".split())
number = 0


def report(problems, name):
    global number
    number += 1
    problems = list(problems)
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")
    for problem in problems[:20]:
        print(f"# {problem}")


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.problems, self.stack, self.elements = [], [], []
        self.text, self.ids, self.comments = [], [], []
        self.feed(text)
        self.close()
        if self.stack:
            self.problems.append(f"not closed: {self.stack}")

    def place(self):
        return f"line {self.getpos()[0]}"

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(set(names)) < len(names):
            self.problems.append(f"{self.place()}: <{tag}> has an attribute twice")
        if tag not in TAGS:
            self.problems.append(f"{self.place()}: <{tag}> is none of ours")
        values = dict(attributes)
        self.elements.append((tag, values, list(self.stack)))
        if "id" in values:
            self.ids.append(values["id"])
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in SVG_ALONE:
            self.problems.append(f"{self.place()}: <{tag}/>")
        self.handle_starttag(tag, attributes)
        self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.problems.append(f"{self.place()}: </{tag}> closes what is not open")

    def handle_comment(self, data):
        self.problems.append(f"{self.place()}: a comment: {data[:40]}")

    def handle_data(self, data):
        self.text.append(data)
        if self.stack and self.stack[-1] not in ("style", "script"):
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]", data):
                self.problems.append(f"{self.place()}: a character that nobody should see")

    def of(self, tag):
        return [(values, stack) for t, values, stack in self.elements if t == tag]


def names(page):
    """What must be named, and refers to something that is there."""
    ids = set(page.ids)
    if len(ids) < len(page.ids):
        yield f"an id twice: {[i for i in ids if page.ids.count(i) > 1][:5]}"
    for tag, values, _ in page.elements:
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            for word in values.get(attribute, "").split():
                if word not in ids:
                    yield f"<{tag} {attribute}> names {word}, which is not there"
        if any(name.startswith("on") or name == "style" for name in values):
            yield f"<{tag}> has a handler or a style of its own"
        if tag == "svg" and not ({"aria-label", "aria-labelledby", "aria-hidden"} & set(values)
                                 or values.get("preserveaspectratio") == "none"):
            yield "a drawing without a name"
    labelled = {values["for"] for values, _ in page.of("label")}
    for tag in ("input", "select"):
        for values, _ in page.of(tag):
            if values.get("type") != "hidden" and values.get("id") not in labelled:
                yield f"<{tag} name={values.get('name')}> without a label"
    for values, stack in page.of("th"):
        if "scope" not in values:
            yield "<th> without scope"
    if len(page.of("main")) != 1 or len(page.of("title")) < 1:
        yield "not one <main>, or no <title>"


def headings(page):
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"not one h1 in front: {levels}"
    for above, below in zip(levels, levels[1:]):
        if below > above + 1:
            yield f"h{below} follows h{above}"


def outside(page, text):
    for tag, values, _ in page.elements:
        for attribute in ("src", "href", "action", "data", "srcset"):
            value = values.get(attribute)
            if value is None:
                continue
            if tag == "a" and value.startswith("https://example.org/"):
                continue  # a runbook, for people
            if re.match(r"[a-z]+:", value) and not value.startswith("data:,"):
                yield f"<{tag} {attribute}={value[:60]}>"
    if re.search(r"@import|url\(|https?://(?!example\.org|www\.w3\.org)", text):
        yield "something is loaded from elsewhere"


def links(pages, name):
    for values, _ in pages[name].of("a"):
        file, _, anchor = values["href"].partition("#")
        target = pages.get(file or name)
        if target is None:
            if not file.startswith("https://example.org/"):
                yield f"{values['href']} is no page"
        elif anchor and anchor not in target.ids:
            yield f"{values['href']} is no place"


def hostile(pages):
    text = "".join("".join(page.text) for page in pages.values())
    for words in HOSTILE:
        if words not in text:
            yield f"{words!r} is not shown as it is"


def look(texts, language, folder):
    pages = {name: Page(text) for name, text in texts.items()}
    for name, page in sorted(pages.items()):
        report([*page.problems, *names(page), *headings(page), *outside(page, texts[name])],
               f"{language} {name} is well-formed, named, and complete in itself")
        if folder:
            report(links(pages, name), f"{language} {name}: every link leads somewhere")
        else:
            nonces = [v.get("nonce") for t in ("style", "script") for v, _ in page.of(t)]
            report([] if nonces == ["test", "test"] else [nonces],
                   f"{language} {name} has one style and one script, with the nonce")
        wanted = {"en": "en", "ja": "ja"}[language]
        report([] if page.of("html")[0][0]["lang"] == wanted else ["lang"],
               f"{language} {name} says its language")
    if language == "en":
        report(hostile(pages), f"{language} {'folder' if folder else 'served'}: "
                               "what others wrote is text")


def main():
    for language in ("en", "ja"):
        for way in ("folder", "served"):
            with tempfile.TemporaryDirectory() as work:
                subprocess.run([sys.argv[1], work, language, way], check=True, timeout=60)
                texts = {p.name: p.read_text(encoding="utf-8") for p in Path(work).glob("*.html")}
            look(texts, language, way == "folder")
    print(f"1..{number}")


if __name__ == "__main__":
    main()
