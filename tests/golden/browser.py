#!/usr/bin/env python3
"""The dashboard in a browser: browser.py PAGE_SAMPLES [SCREENSHOTS].

Headless Chromium opens every page, in light and dark, on a desk and on a phone (360 px), in English
and Japanese, under the policy that the server sends, with scripts and without. Nothing complains;
nothing is wider than the screen; all text has the contrast of WCAG AA against what is behind it;
what can be pressed is reached with Tab, in the order of the page, shows that it is, and is large
enough; whoever listens hears a name for each control, picture and table. Filter, sort, hover and
refresh do what they say. With SCREENSHOTS the pictures are kept there.
"""
import http.server
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
from chromium import Chromium, Gone

POLICY = ("default-src 'none'; style-src 'nonce-test'; script-src 'nonce-test'; "
          "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'")
number = 0


def report(problems, name):
    global number
    number += 1
    problems = list(problems)
    print(f"{'not ok' if problems else 'ok'} {number} - {name}", flush=True)
    for problem in problems[:12]:
        print(f"# {problem}")


# What a person needs, asked in the page. Each function gives a list of what is wrong.
CHECKS = r"""
(() => {
  const luminance = ([r, g, b]) => {
    const f = (x) => ((x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const colour = (text) => {
    const n = (text.match(/[\d.]+/g) ?? []).map(Number);
    return text === "none" || text === "" ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1];
  };
  const over = (top, below) => below.map((b, i) => top[i] * top[3] + b * (1 - top[3])).slice(0, 3);
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    e.getClientRects().length > 0 && !e.closest(".unseen, .skip");
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const words = (e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
  const where = (e) => `<${e.localName} class="${e.getAttribute("class") ?? ""}"> ${words(e).slice(0, 30)}`;

  const contrast = () => {
    const bad = [];
    for (const e of document.querySelectorAll("body *")) {
      if (!words(e) || !seen(e) || ["script", "style", "title", "desc"].includes(e.localName)) continue;
      const style = getComputedStyle(e);
      const svg = e instanceof SVGElement;
      const back = behind(e);
      let text = over(colour(svg ? style.fill : style.color), back);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600);
      const [a, b] = [luminance(text), luminance(back)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < (large ? 3 : 4.5)) bad.push(`${ratio.toFixed(2)}: ${where(e)}`);
    }
    return bad;
  };
  const wide = () => {
    const bad = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
      bad.push(`the page is ${document.documentElement.scrollWidth} wide, the screen ${width}`);
    for (const e of document.querySelectorAll("body *")) {
      if (!words(e) || !seen(e) || e.closest(".scroll, .unseen, thead")) continue;
      const range = document.createRange();
      range.selectNodeContents(e);
      const box = range.getBoundingClientRect();
      if (box.right > width + 0.5 || box.left < -0.5) bad.push(`${box.right.toFixed()}: ${where(e)}`);
    }
    return bad;
  };
  /* Texts of one row or card that lie upon each other. */
  const overlaps = () => {
    const bad = [];
    for (const row of document.querySelectorAll(".metrics tbody tr, .facts, .alert h3, .plain tr")) {
      if (!seen(row)) continue;
      const boxes = [];
      for (const cell of row.children) {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          if (!walker.currentNode.data.trim() || !seen(walker.currentNode.parentElement)) continue;
          const range = document.createRange();
          range.selectNodeContents(walker.currentNode);
          for (const box of range.getClientRects()) boxes.push([cell, box, walker.currentNode.data]);
        }
        for (const svg of cell.querySelectorAll("svg"))
          boxes.push([cell, svg.getBoundingClientRect(), "a drawing"]);
      }
      for (const [c1, a, s] of boxes)
        for (const [c2, b, t] of boxes)
          if (c1 !== c2 && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 &&
              b.top < a.bottom - 3) bad.push(`"${s}" over "${t}"`);
    }
    return bad;
  };
  const targets = () => {
    const bad = [];
    for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, summary, nav a")) {
      const box = e.getBoundingClientRect();
      if (seen(e) && !e.classList.contains("sort") && (box.height < 24 || box.width < 24))
        bad.push(`${box.width.toFixed()}×${box.height.toFixed()}: ${where(e)}`);
    }
    return bad;
  };
  return { contrast, wide, overlaps, targets };
})()
"""


class Server(http.server.ThreadingHTTPServer):
    """What the daemon does for the browser, without a daemon: addresses, policy, tags."""

    def __init__(self, folder):
        self.folder, self.tag, self.asked, self.unchanged = folder, "1", 0, 0
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0].strip("/")
        name = path.replace("/", "-") or "index"
        file = Path(self.server.folder) / f"{name}.html"
        if not file.is_file():
            self.send_error(404)
            return
        self.server.asked += 1
        if self.headers.get("If-None-Match") == f'"{self.server.tag}"':
            self.server.unchanged += 1
            self.send_response(304)
            self.end_headers()
            return
        data = file.read_bytes()
        if self.server.tag != "1":
            data = data.replace(b"12,661", b"13,000")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("ETag", f'"{self.server.tag}"')
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def check(page, url, name, keep):
    page.go(url)
    problems = list(page.problems)
    page.run("for (const d of document.querySelectorAll('details')) d.open = true")
    for kind in ("wide", "overlaps", "contrast", "targets"):
        problems += [f"{kind}: {p}" for p in page.run(f"{CHECKS}.{kind}()")]
    if page.run("document.documentElement.dataset.lively") != "yes":
        problems.append("the script did not run to its end")
    page.run("for (const d of document.querySelectorAll('details')) d.open = false")
    if keep:
        page.png(f"{keep}/{name.replace(' ', '-').replace('/', '-')}.png")
    report(problems, f"{name}: nothing complains, all can be read")


def unnamed(page):
    """By the tree that a screen reader is given."""
    must = {"link", "button", "textbox", "searchbox", "combobox", "image", "table", "heading",
            "navigation", "region", "DisclosureTriangle", "listbox"}
    for node in page.call("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in must and not node.get("name", {}).get("value", "").strip():
            yield f"a {role} without a name: {node.get('description')}"


def hears(page, url, name):
    page.go(url)
    page.run("for (const d of document.querySelectorAll('details')) d.open = true")
    report(unnamed(page), f"{name}: whoever listens hears a name for everything")


def tabs(page, url, name):
    """Every stop is visible, marked, and further down the document than the one before."""
    page.go(url)
    problems, seen = [], []
    count = page.run("""(() => { let n = 0; window.stops = [];
      for (const e of document.querySelectorAll(
          'a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]'))
        if (e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)')) n++;
      return n })()""")
    for _ in range(count + 5):
        page.key("Tab")
        stop = page.run("""(() => { const e = document.activeElement;
          if (e === document.body) return null;
          const before = window.stops.at(-1); window.stops.push(e);
          const s = getComputedStyle(e), box = e.getBoundingClientRect();
          const mark = e instanceof SVGElement ? getComputedStyle(e.querySelector('.box')).strokeWidth
                                               : s.outlineWidth;
          return {text: (e.textContent || e.name || '').trim().slice(0, 20), mark: parseFloat(mark),
            first: window.stops.indexOf(e) < window.stops.length - 1, wide: box.width, left: box.left,
            after: !before || !!(before.compareDocumentPosition(e) & 4)} })()""")
        if stop is None or stop["first"]:
            break
        seen.append(stop["text"])
        if not stop["mark"] >= 2:
            problems.append(f"{stop['text']}: focus is not to be seen")
        if not stop["after"]:
            problems.append(f"{stop['text']}: out of order")
        if stop["wide"] <= 0 or stop["left"] < 0:
            problems.append(f"{stop['text']}: has the focus and is not to be seen")
    if len(seen) != count or count < 5:
        problems.append(f"{len(seen)} stops of {count}: {seen}")
    if seen[:1] != ["Skip to content"]:
        problems.append(f"the first stop is {seen[:1]}")
    report(problems, f"{name}: the keyboard gets everywhere, in order, and it shows")


def lively(browser, server, base):
    page = browser.page()
    page.go(base)
    shown = "[...document.querySelectorAll('.metrics tbody tr')].filter(r => !r.hidden).length"
    everything = page.run(shown)
    page.run("""(() => { const i = document.getElementById('filter'); i.focus(); i.value = 'aha';
                 i.dispatchEvent(new Event('input')) })()""")
    found = page.run(shown)
    said = page.run("document.querySelector('.found').textContent")
    sections = page.run("[...document.querySelectorAll('.layer')].filter(s => !s.hidden).length")
    report([] if (everything, found, said, sections) == (6, 1, "1 / 6", 1)
           else [everything, found, said, sections], "the filter leaves what it names, and says so")

    # What is newer appears; focus, filter, scroll stay.
    server.tag = "2"
    page.run("window.scrollTo(0, 40); document.dispatchEvent(new Event('visibilitychange'))")
    page.run("new Promise(done => setTimeout(done, 600))")
    after = page.run("""[document.querySelector('.hero .big').textContent.includes('13,000'),
        document.activeElement.id, document.activeElement.value, window.scrollY]""")
    report([] if after == [True, "filter", "aha", 40] and page.run(shown) == 1
           else [after, page.run(shown)], "what is newer appears; focus, filter and place stay")
    before = server.unchanged
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.run("new Promise(done => setTimeout(done, 400))")
    report([] if server.unchanged == before + 1 else [server.unchanged, before],
           "what has not changed is not sent again")

    page.go(base)
    column = "[...document.querySelectorAll('.layer')].at(0).querySelectorAll('tbody tr a')"
    names = f"[...{column}].map(a => a.textContent)"
    head = "document.querySelector('.layer thead th:nth-child(2)')"
    page.run(f"{head}.querySelector('button').click()")
    up = (page.run(names), page.run(f"{head}.getAttribute('aria-sort')"))
    page.run(f"{head}.querySelector('button').click()")
    down = (page.run(names), page.run(f"{head}.getAttribute('aria-sort')"))
    wanted = ["Aha rate", "Learners with a lesson"]
    report([] if (up, down) == ((wanted, "ascending"), (wanted[::-1], "descending")) else [up, down],
           "a heading sorts its column, up and down, and says which")

    page.go(f"{base}metric/weekly_learners")
    page.call("Page.bringToFront")
    x, y = page.run("""(() => { const b = document.querySelector('.plot').getBoundingClientRect();
                        return [b.left + b.width * (103.5 / 105), b.top + 80] })()""")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    tip = page.run("document.querySelector('.tip')?.textContent")
    inside = page.run("""(() => { const t = document.querySelector('.tip')?.getBoundingClientRect();
        const f = document.querySelector('.chart').getBoundingClientRect();
        return !!t && t.left >= f.left && t.right <= f.right })()""")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
    gone = page.run("document.querySelector('.tip') === null")
    report([] if tip and tip.startswith("2026-W46") and "13,000" in tip and inside and gone
           else [tip, inside, gone], "a chart tells the value under the pointer")
    report(page.collect(), "all of that without a complaint")
    page.close()


def without_script(browser, base):
    page = browser.page(script=False)
    page.go(base)
    text = page.call("DOMSnapshot.captureSnapshot", computedStyles=[])["strings"]
    missing = [w for w in ("Weekly learners", "Aha rate", "¥4,807,974") if w not in text]
    shot = page.call("Page.captureScreenshot")["data"]
    report(missing + page.problems + ([] if len(shot) > 5000 else ["a blank page"]),
           "without scripts everything is there")
    page.close()


def prints(browser, base):
    page = browser.page()
    page.go(base)
    page.call("Emulation.setEmulatedMedia", media="print")
    hidden = page.run("""[...document.querySelectorAll('.top nav, .filter')]
        .filter(e => e.checkVisibility()).length""")
    data = page.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"]
    report([] if hidden == 0 and len(data) > 10000 else [hidden, len(data)],
           "on paper there is nothing to press")
    page.close()


def look(browser, samples, keep):
    servers = {}
    with tempfile.TemporaryDirectory(prefix="cynosure-pages-") as work:
        for language in ("en", "ja"):
            folder = Path(work, language)
            folder.mkdir()
            subprocess.run([samples, folder, language, "served"], check=True, timeout=60)
            servers[language] = Server(folder)
            threading.Thread(target=servers[language].serve_forever, daemon=True).start()
        try:
            look_at(browser, servers, keep)
        finally:
            for server in servers.values():
                server.shutdown()
                server.server_close()


def look_at(browser, servers, keep):
    paths = ["", "metric/weekly_learners", "metric/churn", "tree/revenue", "alerts", "schedule",
             "health", "message"]
    for language, server in servers.items():
        base = f"http://127.0.0.1:{server.server_port}/"
        for width, dark in ((1200, False), (360, True), (360, False), (1200, True), (768, False)):
            if (language, width, dark) in (("ja", 360, False), ("ja", 1200, True), ("ja", 768, False)):
                continue
            page = browser.page(width=width, height=800, dark=dark)
            for path in paths:
                check(page, base + path, f"{language} {path or 'overview'} {width} "
                                         f"{'dark' if dark else 'light'}", keep)
            page.close()
    base = f"http://127.0.0.1:{servers['en'].server_port}/"
    page = browser.page()
    for path in paths[:7]:
        hears(page, base + path, path or "overview")
        tabs(page, base + path, path or "overview")
    page.close()
    without_script(browser, base)
    prints(browser, base)
    lively(browser, servers["en"], base)


def main():
    try:
        with Chromium(seconds=240) as browser:
            look(browser, sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    except Gone as gone:
        if number == 0 and "not installed" in str(gone):
            print(f"1..0 # SKIP {gone}")
            return
        report([str(gone)], "the browser goes on")
    print(f"1..{number}")


main()
