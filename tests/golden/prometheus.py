#!/usr/bin/env python3
"""The query language agrees with Prometheus itself.

    prometheus.py PROMQL [--seeds N] [--first N]
    prometheus.py CYNOSURE --serve

Expressions are in prometheus/*.txt: those that both answer ({r} is a range, {d} a duration, {t} a
time, {n} a number), those that both refuse, and those that fail in both. Random series, weekly, daily and without order, with holes, are given to a Prometheus of its own as
blocks, and to PROMQL (promql.c); then expressions are answered by both, at instants and over
ranges. Instants never meet a sample or the end of a window exactly: there Prometheus 2 and 3 differ
from each other, and ours is as 3 is (tests/unit/serve/test_promql.c).

With --serve, a daemon over a small project is asked as Grafana asks, its answers are held against
sums made here, `promtool` looks at its /metrics, and a Prometheus scrapes it.
"""
import argparse
import csv
import http.client
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

BEGIN = 1735689600  # 2025-01-01
DAY, WEEK = 86400, 7 * 86400
END = BEGIN + 30 * WEEK
LOOKBACK = 8 * DAY


def make_series(rng):
    """name and labels → samples (seconds, value)."""
    series = {}

    def add(name, step, holes, values, **labels):
        samples = []
        for at in range(BEGIN, END, step):
            if rng.random() >= holes:
                samples.append((at, values()))
        series[(name, tuple(sorted(labels.items())))] = samples

    channels = ["ads", "seo", "mail", "a.b"]
    for channel in channels:
        for plan in ("free", "pro"):
            base = rng.uniform(10, 1000)
            add("revenue", WEEK, 0.1, lambda: round(rng.gauss(base, base / 4), 2),
                channel=channel, plan=plan, grain="week")
            add("users", WEEK, 0.1, lambda: float(rng.randint(0, 50)),
                channel=channel, plan=plan, grain="week")
    for channel in channels[:3]:
        add("budget", WEEK, 0.05, lambda: float(rng.choice([100, 200, 300])), channel=channel, owner="o" + channel)
        add("visits", DAY, 0.2, lambda: float(rng.choice([0, 1, 1, 2, 3, 1e6, -4.5, 1e-9])), channel=channel)
    counter = [0.0]

    def grow():
        counter[0] = 0.0 if rng.random() < 0.05 else counter[0] + rng.randint(0, 9)
        return counter[0]
    add("ticks", DAY, 0.1, grow, kind="counter")
    add("odd", DAY, 0.3, lambda: rng.choice([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5]))
    add("whole", WEEK, 0.0, lambda: rng.uniform(-1, 1))
    return series



def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Prometheus:
    def __init__(self, folder, series):
        self.port = free_port()
        text = folder + "/series.om"
        data = folder + "/data"
        with open(text, "w") as f:
            for name in sorted({name for name, _ in series}):
                f.write(f"# TYPE {name} gauge\n")
                for (other, labels), samples in series.items():
                    if other == name:
                        inside = ",".join(f'{k}="{v}"' for k, v in labels)
                        for at, value in samples:
                            f.write(f"{name}{{{inside}}} {number(value)} {at}\n")
            f.write("# EOF\n")
        os.mkdir(data)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, data],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        open(folder + "/empty.yml", "w").close()
        self.start(folder + "/empty.yml", data)

    def start(self, config, data):
        self.process = subprocess.Popen(
            ["timeout", "600", "prometheus", f"--config.file={config}",
             f"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=100y",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error",
             f"--query.lookback-delta={LOOKBACK}s"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.connection = None
        for _ in range(300):
            try:
                if self.get("/-/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("Prometheus does not start")

    def get(self, path, **params):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request("GET", path + ("?" + urllib.parse.urlencode(params) if params else ""))
        reply = c.getresponse()
        body = reply.read()
        c.close()
        return reply.status, body

    def query(self, expression, start, end, step):
        if step:
            _, body = self.get("/api/v1/query_range", query=expression, start=start, end=end, step=step)
        else:
            _, body = self.get("/api/v1/query", query=expression, time=start)
        reply = json.loads(body)
        if reply["status"] == "success":
            return reply["data"]
        return {"error": reply["error"], "code": reply["errorType"]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def number(x):
    return "NaN" if math.isnan(x) else "+Inf" if x == math.inf else "-Inf" if x == -math.inf else repr(x)


class Ours:
    def __init__(self, program, folder, series):
        text = folder + "/series.tsv"
        with open(text, "w") as f:
            for (name, labels), samples in series.items():
                pairs = sorted([("__name__", name), *labels])
                for at, value in samples:
                    f.write("\t".join([str(at * 1000), number(value), *(x for p in pairs for x in p)]) + "\n")
        self.process = subprocess.Popen([program, text], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def query(self, expression, start, end, step):
        self.process.stdin.write(f"{start * 1000}\t{end * 1000}\t{step * 1000}\t{LOOKBACK * 1000}\t{expression}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(30)


def close(a, b):
    x, y = float(a), float(b)
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or abs(x - y) <= 1e-9 * max(abs(x), abs(y)) + 1e-12


def points(row):
    return row["values"] if "values" in row else [row["value"]]


def difference(want, got, ordered):
    """None, or what differs."""
    if "error" in want or "error" in got:
        return None if "error" in want and "error" in got else f"{want} / {got}"
    if want["resultType"] != got["resultType"]:
        return f"{want['resultType']} / {got['resultType']}"
    if want["resultType"] == "string":
        return None if want["result"] == got["result"] else f"{want['result']} / {got['result']}"
    if want["resultType"] == "scalar":
        same = want["result"][0] == got["result"][0] and close(want["result"][1], got["result"][1])
        return None if same else f"{want['result']} / {got['result']}"
    key = lambda row: sorted(row["metric"].items())
    a, b = want["result"], got["result"]
    if not ordered:
        a, b = sorted(a, key=key), sorted(b, key=key)
    if [key(r) for r in a] != [key(r) for r in b]:
        return f"labels {[key(r) for r in a]} / {[key(r) for r in b]}"
    for x, y in zip(a, b):
        p, q = points(x), points(y)
        if [i[0] for i in p] != [i[0] for i in q]:
            return f"times of {key(x)}: {p} / {q}"
        for i, k in zip(p, q):
            if not close(i[1], k[1]):
                return f"{key(x)} at {i[0]}: {i[1]} / {k[1]}"
    return None


def fill(rng, text):
    """Durations with odd seconds, so that no window ends where a sample is."""
    values = {"{r}": rng.choice(["8d3h1s", "3w2d5s", "26h7s", "90d1h3s"]),
              "{d}": rng.choice(["1d2h3s", "3w5s", "11s"]),
              "{t}": str(rng.randrange(BEGIN, END) // DAY * DAY + 12345),
              "{n}": rng.choice(["250", "0.5", "-3", "1e2"])}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def lines(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prometheus", name + ".txt")) as f:
        return [line for line in f.read().split("\n") if line]


def compare(rng, prometheus, ours, report):
    def ask(expression, start, end, step):
        want = prometheus.query(expression, start, end, step)
        got = ours.query(expression, start, end, step)
        return want, got

    for text in lines("expressions"):
        wrong, n, filled = None, 0, 0
        for _ in range(3):
            expression = fill(rng, text)
            start = rng.randrange(BEGIN + WEEK, END + 2 * WEEK) // DAY * DAY + rng.choice([40013, 777, 86311])
            step = rng.choice([DAY, 5 * DAY, 6 * 3600 + 17, 3 * WEEK])
            # Ranges keep off the samples, too: multiples of a day and the like behind the first.
            for span in ((start, start, 0), (start, start + rng.randrange(40) * step, step)):
                want, got = ask(expression, *span)
                ordered = span[2] == 0 and expression.startswith(("sort", "topk(3", "bottomk(2"))
                what = difference(want, got, ordered)
                n += 1
                filled += bool(want.get("result"))
                if what and not wrong:
                    wrong = f"{expression} at {span}: {what[:700]}"
        report(text, wrong)
    for text in lines("refused"):
        want, got = ask(text, END, END, 0)
        report("refused: " + text, None if want.get("code") == "bad_data" and got.get("code") == "syntax"
               else f"{want} / {got}")
    for text in lines("failing"):
        want, got = ask(text, END - 3 * DAY, END - 3 * DAY, 0)
        report("fails: " + text, None if want.get("code") == "execution" and got.get("code") == "data"
               else f"{want} / {got}")


# ---- the daemon ----

PROJECT = {
    "cynosure.yaml": """name: Shop
timezone: Asia/Tokyo
grain: week
as_of: data
schedule: { by: [channel] }
sources:
  orders: { type: csv, path: orders.csv, time: time, dimensions: [channel] }
""",
    "kpis.yaml": """metrics:
  revenue: { title: Revenue, unit: JPY, why: What customers paid., target: 2500, direction: up,
             thresholds: { green: 2500, yellow: 2000 } }
""",
    "metrics/shop.lua": """local orders = source 'orders'
nsm 'revenue' { value = orders:sum 'amount' }
metric 'basket' { value = orders:mean 'amount' }
""",
}
TOKYO = 9 * 3600


def make_project(folder, rng):
    """Its orders: seconds, channel, amount. Weeks begin on Mondays, 15:00 UTC of the Sunday."""
    os.makedirs(folder + "/metrics")
    for name, text in PROJECT.items():
        with open(f"{folder}/{name}", "w") as f:
            f.write(text)
    orders, at = [], BEGIN
    while at < BEGIN + 40 * WEEK:
        orders.append((at, rng.choice(["ads", "seo", 'a "b"', "メール"]), rng.randrange(10, 500)))
        at += rng.randrange(1, 30) * 3600
    with open(folder + "/orders.csv", "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["time", "channel", "amount"])
        for at, channel, amount in orders:
            out.writerow([time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + TOKYO)), channel, amount])
    return orders


def week_end(at):
    monday = 4 * DAY - TOKYO  # 1970-01-05, a Monday, in Tokyo
    return (at - monday) // WEEK * WEEK + monday + WEEK


class Daemon:
    def __init__(self, program, folder):
        self.log = open(folder + "/log", "w+")
        self.process = subprocess.Popen(["timeout", "--foreground", "--preserve-status", "120", program, "serve", "-C", folder, "--listen", "127.0.0.1:0"],
                                        stderr=self.log, stdout=subprocess.DEVNULL)
        self.port = None
        for _ in range(600):
            time.sleep(0.1)
            text = self.said()
            found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
            if found:
                self.port = int(found[1])
            if found and "by channel" in text and "cynosure_metric_value{" in self.get("/metrics")[1]:
                return
        self.stop()
        raise RuntimeError("the daemon does not start: " + self.said())

    def said(self):
        self.log.flush()
        with open(self.log.name) as f:
            return f.read()

    def get(self, path, form=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = urllib.parse.urlencode(form) if form is not None else None
        c.request("GET" if body is None else "POST", path, body,
                  {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        reply = c.getresponse()
        text = reply.read().decode()
        c.close()
        return reply.status, text

    def type_of(self, path, accept):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request("GET", path, headers={"Accept": accept})
        reply = c.getresponse()
        reply.read()
        c.close()
        return reply.getheader("Content-Type")

    def data(self, path, form=None):
        status, text = self.get(path, form)
        assert status == 200, f"{path}: {status}: {text}"
        reply = json.loads(text)
        assert reply["status"] == "success", text
        return reply["data"]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(60)
        self.log.close()
        return status


def check_series(daemon, orders, report):
    sums = {}
    last = week_end(orders[-1][0])
    for at, channel, amount in orders:
        for key in ("", channel):
            ends = sums.setdefault(key, {})
            ends[week_end(at)] = ends.get(week_end(at), 0) + amount
    for channel, ends in sums.items():
        quoted = json.dumps(channel, ensure_ascii=False)
        first = min(week_end(orders[0][0]), *ends)
        got = daemon.data("/api/v1/query_range", {
            "query": f"revenue{{channel={quoted}}}", "start": first, "end": last - WEEK, "step": "1w"})["result"]
        values = {int(at): float(v) for at, v in got[0]["values"]} if len(got) == 1 else got
        # Nothing is recorded of a segment that has no row in a week; the whole has a sum of nothing.
        want = {end: ends.get(end, 0) for end in range(first, last, WEEK) if not channel or end in ends}
        report(f"recorded series {channel or 'whole'}",
               None if values == want else f"{values} / {want}")
        report(f"labels {channel or 'whole'}", None if got and got[0]["metric"] == {
            "__name__": "revenue", "grain": "week", **({"channel": channel} if channel else {})} else str(got)[:300])
    parts = daemon.data("/api/v1/query", {
        "query": 'sum(revenue{channel!=""}) - on () revenue{channel=""}', "time": last - 2 * WEEK + 5})["result"]
    report("segments add up to the whole", None if [r["value"][1] for r in parts] == ["0"] else str(parts))


def check_grafana(daemon, report):
    """The calls that Grafana's data source makes, in the order in which a person sees them."""
    at = BEGIN + 20 * WEEK
    for name, ok in (
        ("health check", lambda: daemon.data("/api/v1/query", {"query": "1+1", "time": 4})["result"] == [4, "2"]),
        ("build info", lambda: daemon.data("/api/v1/status/buildinfo")["version"].startswith("2.")),
        ("metric names", lambda: daemon.data("/api/v1/label/__name__/values")
         == ["basket", "cynosure_metric_value", "revenue"]),
        ("metadata", lambda: daemon.data("/api/v1/metadata")["revenue"]
         == [{"type": "gauge", "help": "Revenue: What customers paid.", "unit": "JPY"}]),
        ("labels", lambda: daemon.data("/api/v1/labels", {"match[]": "revenue", "start": at, "end": at + WEEK})
         == ["__name__", "channel", "grain"]),
        ("values of a label", lambda: daemon.data(
            f"/api/v1/label/channel/values?match[]=revenue&start={BEGIN}&end={END}")
         == ['a "b"', "ads", "seo", "メール"]),
        ("no values before there were any", lambda: daemon.data(
            "/api/v1/label/channel/values?match[]=revenue&start=1&end=2") == []),
        ("series", lambda: len(daemon.data("/api/v1/series", {"match[]": 'revenue{channel=~".+"}'})) == 4),
        ("a table", lambda: len(daemon.data("/api/v1/query", {"query": "topk(2, revenue)", "time": at})["result"]) == 2),
        ("exemplars", lambda: daemon.data("/api/v1/query_exemplars", {"query": "revenue"}) == []),
        ("a mistake", lambda: daemon.get("/api/v1/query", {"query": "sum("})[0] == 400),
    ):
        report("Grafana: " + name, None if ok() else "not as expected")


def check_scraping(daemon, folder, report):
    _, text = daemon.get("/metrics")
    lint = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, timeout=60)
    report("promtool finds nothing in /metrics", None if lint.returncode == 0 and not lint.stderr.strip()
           else lint.stdout + lint.stderr)
    kind = daemon.type_of("/metrics", "application/openmetrics-text;q=0.9,text/plain;q=0.5")
    report("what Prometheus scrapes is OpenMetrics", None if kind.startswith("application/openmetrics-text; version=1")
           else kind)
    scraper = Prometheus.__new__(Prometheus)
    scraper.port = free_port()
    with open(folder + "/scrape.yml", "w") as f:
        f.write("global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: cynosure\n"
                f"    static_configs: [{{ targets: ['127.0.0.1:{daemon.port}'] }}]\n")
    scraper.start(folder + "/scrape.yml", folder + "/scraped")
    try:
        rows = []
        for _ in range(150):
            rows = scraper.query("cynosure_metric_value", time.time(), 0, 0)["result"]
            if rows:
                break
            time.sleep(0.2)
        lines = [x for x in text.split("\n") if x.startswith("cynosure_metric_value{")]
        got = sorted(float(r["value"][1]) for r in rows)
        want = sorted(float(x.rsplit(" ", 1)[1]) for x in lines)
        report("Prometheus scrapes the values", None if got == want and len(want) > 5 else f"{got} / {want}")
        up = scraper.query("up", time.time(), 0, 0)["result"]
        report("Prometheus finds the daemon up", None if [r["value"][1] for r in up] == ["1"] else str(up))
    finally:
        scraper.stop()


def serve(program, report):
    with tempfile.TemporaryDirectory() as folder:
        orders = make_project(folder + "/shop", random.Random(7))
        daemon = Daemon(program, folder + "/shop")
        try:
            check_series(daemon, orders, report)
            check_grafana(daemon, report)
            check_scraping(daemon, folder, report)
        finally:
            status = daemon.stop()
        report("the daemon ends well", None if status == 0 else f"exit status {status}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    missing = [p for p in ("promtool", "prometheus") if not shutil.which(p)]
    if missing:
        print(f"1..0 # SKIP {' and '.join(missing)} not installed (Debian: prometheus)")
        return 0
    count, failed = 0, 0

    def report(name, wrong):
        nonlocal count, failed
        count += 1
        failed += bool(wrong)
        print(f"{'not ' if wrong else ''}ok {count} - {name.replace('#', '')}")
        if wrong:
            print(f"# {wrong}")

    if args.serve:
        serve(args.program, report)
    for seed in range(args.first, args.first + (0 if args.serve else args.seeds)):
        rng = random.Random(seed)
        series = make_series(rng)
        with tempfile.TemporaryDirectory() as folder:
            ours, prometheus = Ours(args.program, folder, series), Prometheus(folder, series)
            try:
                compare(rng, prometheus, ours, report)
            finally:
                prometheus.stop()
                status = ours.stop()
            report(f"seed {seed} ends well", None if status == 0 else f"exit status {status}")
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
