#!/usr/bin/env python3
"""The JSON API of `cynosure serve`, over a small project: api.py BINARY

- docs/openapi.yaml and the routes in src/serve name the same calls, in both directions;
- every answer has the shape that the file gives it, and no other member;
- what it says is what the command line says;
- every example of docs/reference/api.md runs, and answers as it is written there.
"""
import contextlib
import html
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "3a5f9c1e3a5f9c1e3a5f9c1e"
OPENAPI = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
GUIDE = ROOT / "docs/reference/api.md"

FILES = {
    "cynosure.yaml": """\
name: Shop
timezone: Asia/Tokyo
grain: week
as_of: 2025-11-13T10:00:00+09:00
schedule: { by: [channel] }
serve: { public_read: true }
annotations:
  - { at: 2025-11-05, text: New prices }
sources:
  orders: { type: csv, path: orders.csv, time: time, dimensions: [channel] }
""",
    "kpis.yaml": """\
metrics:
  revenue:
    title: { en: Revenue, ja: 売上 }
    role: nsm
    unit: JPY
    direction: up
    target: 250
    thresholds: { green: 250, yellow: 200 }
    review: 2026-01-08
""",
    "okrs.yaml": """\
objectives:
  more_orders:
    title: { en: Customers order more, ja: 注文が増える }
    supports: revenue
    owner: kim
    by: 2026-03-31
    key_results:
      - { metric: orders, from: 1, to: 10 }
      - { metric: revenue, to: 500 }
  tidy:
    title: Nothing is broken
    key_results: [{ metric: broken, to: 1 }]
""",
    "metrics/shop.lua": """\
local orders = source "orders"
nsm "revenue" { value = orders:sum "amount", identity = "orders * basket" }
metric "orders" { value = orders:count(), drivers = { basket = "down" } }
metric "basket" { value = orders:mean "amount" }
metric "broken" { value = orders:sum(function(r) error "it is broken" end) }
""",
    "alerts/shop.lua": """\
alert "few_orders" {
  metric = "orders", by = { "channel" }, every = "1h", when = "value < 3",
  summary = "{channel} has {value}", severity = "warning",
}
""",
    "orders.csv": """\
time,channel,amount
2025-10-28 10:00:00,ads,100
2025-11-04 09:00:00,ads,200
2025-11-05 09:00:00,ads,50.5
2025-11-09 23:59:59,seo,30
2025-11-11 09:00:00,seo,70
""",
}

number = failures = 0


def check(name, good, detail=""):
    global number, failures
    number += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    if not good and detail:
        print("\n".join("# " + line for line in str(detail)[:2000].splitlines()))


# ---- the file and the routes ----

WORDS = {"GET": "get", "POST": "post", "DELETE": "delete", "PUT": "put"}


def routes_of(*names):
    found = set()
    for name in names:
        text = (ROOT / "src/serve" / name).read_text()
        found |= {(WORDS[m], p) for m, p in re.findall(r'\{"([A-Z]+)", "(/[^"]*)"', text)}
    return found


def documented():
    return {(method, path) for path, item in OPENAPI["paths"].items() for method in item if method in WORDS.values()}


def check_routes():
    code = routes_of("api.c", "health.c", "prometheus.c")
    check("routes and docs/openapi.yaml name the same calls", code == documented(), code ^ documented())
    for path, item in OPENAPI["paths"].items():
        wanted = set(re.findall(r"\{(\w+)\}", path))
        for method in set(item) & set(WORDS.values()):
            parameters = [resolve(p) for p in item[method].get("parameters", [])]
            named = {p["name"] for p in parameters if p["in"] == "path"}
            check(f"{method} {path} says what its path holds", named == wanted, named ^ wanted)


def check_file():
    """The schemas are schemas, and what they refer to is there."""
    for name, schema in OPENAPI["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            good = True
        except jsonschema.SchemaError as error:
            good = error.message
        check(f"{name} is a schema", good is True, good)
    references = set(re.findall(r'\$ref: "(#[^"]*)"', (ROOT / "docs/openapi.yaml").read_text()))
    for reference in sorted(references):
        try:
            resolve({"$ref": reference})
            good = True
        except KeyError:
            good = False
        check(f"{reference} is there", good)
    unused = {f"#/components/schemas/{name}" for name in OPENAPI["components"]["schemas"]} - references
    check("every schema is of use", not unused, unused)


def resolve(node):
    while "$ref" in node:
        target = OPENAPI
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def check_shape(name, schema, answer):
    """Local references of the file lead from its root."""
    whole = {"$ref": schema} if isinstance(schema, str) else dict(schema)
    whole["components"] = OPENAPI["components"]
    errors = list(jsonschema.Draft202012Validator(whole).iter_errors(answer))
    check(f"{name} has the shape of the file", not errors, [(e.json_path, e.message[:300]) for e in errors[:5]])


# ---- the daemon ----


def write(folder, name, text):
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@contextlib.contextmanager
def daemon(binary, folder):
    write(folder, "token", TOKEN + "\n")
    for name, text in FILES.items():
        write(folder, "shop/" + name, text)
    process = subprocess.Popen(
        [binary, "serve", "-C", f"{folder}/shop", "--listen", "127.0.0.1:0", "--token-file", f"{folder}/token",
         "--no-send"],
        stderr=subprocess.PIPE, text=True)
    try:
        url = None
        for line in process.stderr:
            if found := re.search(r"listens on (http://\S+)", line):
                url = found[1]
                break
        os.set_blocking(process.stderr.fileno(), False)  # what follows fits into the pipe
        if not url or not wait_until(lambda: ask(url, "/-/ready")[0] == 200 and evaluated(url)):
            raise SystemExit("Bail out! the daemon is not ready: " + (process.stderr.read() or ""))
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(holds, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def evaluated(url):
    return len(ask(url, "/api/v1/alerts")[1].get("alerts", [])) == 2 and ask(url, "/api/v1/evaluations")[1]["evaluations"]


def ask(url, path, method="GET", body=None, headers=None):
    """Status, answer (JSON where it is), headers."""
    request = urllib.request.Request(url + path, method=method, headers=dict(headers or {}))
    if body is not None:
        request.data = (body if isinstance(body, str) else json.dumps(body)).encode()
        if not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            status, text, sent = reply.status, reply.read().decode(), reply.headers
    except urllib.error.HTTPError as reply:
        status, text, sent = reply.code, reply.read().decode(), reply.headers
    is_json = text and "json" in (sent.get("Content-Type") or "")
    return status, json.loads(text) if is_json else text, sent


BEARER = {"Authorization": "Bearer " + TOKEN}


# ---- shapes ----

ADS = urllib.parse.quote('{"channel":"ads"}')
CALLS = {  # of each that reads: how it is asked
    "/api/v1/project": [""],
    "/api/v1/metrics": ["", "?limit=1", "?role=nsm", "?limit=1&after=revenue", "?layer=lagging"],
    "/api/v1/metrics/{name}": ["revenue", "orders", "broken", "basket?lang=ja"],
    "/api/v1/metrics/{name}/series": ["revenue/series", "revenue/series?grain=week&limit=1"],
    "/api/v1/values": ["?metric=revenue", f"?metric=revenue&segment={ADS}", "?metric=revenue&restatements=true",
                       "?metric=basket&from=2025-W45&to=2025-W45", "?metric=revenue&grain=day", "?metric=orders&limit=1"],
    "/api/v1/tree/{root}": ["revenue"],
    "/api/v1/okr": ["", "?lang=ja"],
    "/api/v1/alerts": ["", "?all=true", "?rule=few_orders"],
    "/api/v1/alerts/history": ["", "?limit=1", "?renewals=true", "?from=2030-01-01"],
    "/api/v1/rules": ["", "?lang=ja"],
    "/api/v1/silences": ["", "?all=true"],
    "/api/v1/schedule": ["", "?kind=metric", "?kind=report"],
    "/api/v1/evaluations": ["", "?limit=1"],
    "/api/v1/sources": [""],
    "/api/v1/health": [""],
    "/-/healthy": [""],
    "/-/ready": [""],
    "/metrics": [""],
    "/api/v1/query": ["?query=revenue"],
    "/api/v1/query_range": ["?query=revenue&start=1762300800&end=1762700000&step=3600"],
    "/api/v1/query_exemplars": ["?query=revenue&start=1762300800&end=1762700000"],
    "/api/v1/labels": [""],
    "/api/v1/label/{name}/values": ["label/channel/values"],
    "/api/v1/series": ["?match[]=revenue"],
    "/api/v1/metadata": [""],
    "/api/v1/status/buildinfo": [""],
}


def schema_of(path, method, status):
    answer = resolve(OPENAPI["paths"][path][method]["responses"][status])
    return next(iter(answer["content"].values()))["schema"]


def check_reading(url):
    unasked = {path for method, path in documented() if method == "get"} - set(CALLS)
    check("every call that reads is asked", not unasked, unasked)
    for path, ways in CALLS.items():
        for way in ways:
            target = way if way.startswith("/") else re.sub(r"(label/)?\{.*", "", path) + way
            status, answer, _ = ask(url, target)
            check(f"GET {target} is answered", status == 200, (status, answer))
            check_shape(f"GET {target}", schema_of(path, "get", "200"), answer)


def check_errors(url):
    wrong = {
        "/api/v1/metrics?rol=nsm": 400, "/api/v1/metrics?limit=x": 400, "/api/v1/metrics/nothing": 404,
        "/api/v1/values": 400, "/api/v1/values?metric=revenue&from=soon": 400, "/api/v1/tree/basket": 404,
        "/api/v1/alerts?rule=nothing": 404, "/api/v1/schedule?kind=x": 400, "/api/v1/nothing": 404,
        "/api/v1/values?metric=revenue&segment=%7B": 400, "/api/v1/alerts/history?from=x": 400,
    }
    for target, expected in wrong.items():
        status, answer, _ = ask(url, target)
        check(f"GET {target}: {expected}", status == expected, (status, answer))
        check_shape(f"the error of {target}", "#/components/schemas/Error", answer)


# ---- what it says ----


def command(binary, folder, *args):
    done = subprocess.run([binary, *args, "-C", f"{folder}/shop", "--json"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_agreement(binary, folder, url):
    """Other ways to the same: `eval` evaluates each period by itself, by label."""
    metrics = {m["metric"]: m for m in ask(url, "/api/v1/metrics", headers=BEARER)[1]["metrics"]}
    ended = command(binary, folder, "eval", "--last", "1", "--no-record")
    running = command(binary, folder, "eval", "--at", "2025-W46", "--no-record")
    check("ended points are those of eval", {m: p["ended"] for m, p in metrics.items()} == {p["metric"]: p for p in ended})
    check("running points are those of eval",
          {m: p["running"] for m, p in metrics.items() if p["running"]}
          == {p["metric"]: p for p in running if "error" not in p})
    revenue = ask(url, "/api/v1/metrics/revenue")[1]
    past = command(binary, folder, "eval", "revenue", "--last", "2", "--no-record")
    check("the chart is what eval says of each period",
          [(p["period"], p["start"], p["value"]) for p in revenue["history"]]
          == [(p["period"], p["start"], p["value"]) for p in past], revenue["history"])
    segments = command(binary, folder, "eval", "revenue", "--by", "channel", "--no-record")
    check("segments are those of eval", revenue["segments"] == segments, revenue["segments"])
    tree = ask(url, "/api/v1/tree/revenue")[1]
    lines = command(binary, folder, "tree")
    check("the tree is that of the command", [tree["tree"], *tree["lines"]] == lines)
    okr = ask(url, "/api/v1/okr", headers=BEARER)[1]
    check("OKRs are those of the command", okr["items"] + okr["loose"] == command(binary, folder, "okr"), okr)
    check("of all kinds", okr["count"] == 2 and {i["type"] for i in okr["items"]} == {"metric", "objective", "key_result"}
          and [e["why"] for e in okr["loose"]] == ["supports_nothing", "result"], okr)
    told = command(binary, folder, "alerts")
    alerts, rules = ask(url, "/api/v1/alerts")[1]["alerts"], ask(url, "/api/v1/rules")[1]["rules"]
    check("alerts and rules are those of the command", alerts + rules == told, (alerts, told))
    happened = command(binary, folder, "alerts", "history")
    events = ask(url, "/api/v1/alerts/history")[1]["events"]
    check("events are those of the command, newest first", events == happened[::-1])
    stored = ask(url, "/api/v1/values?metric=revenue")[1]["values"]
    check("recorded values are those of eval", [(v["period"], v["value"]) for v in stored][-1:] == [("2025-W45", 280.5)], stored)


def check_pages(url):
    """Page after page is the whole."""
    whole = ask(url, "/api/v1/metrics")[1]["metrics"]
    pages, target = [], "/api/v1/metrics?limit=1"
    while target:
        answer = ask(url, target)[1]
        pages += answer["metrics"]
        target = answer["next"] and "/api/v1/metrics?limit=1&after=" + answer["next"]
    check("metrics, page by page", pages == whole)
    whole = ask(url, "/api/v1/alerts/history")[1]["events"]
    pages, target = [], "/api/v1/alerts/history?limit=1"
    while target:
        answer = ask(url, target)[1]
        pages += answer["events"]
        target = answer["next"] and "/api/v1/alerts/history?limit=1&after=" + urllib.parse.quote(answer["next"])
    check("events, page by page", pages == whole and len(whole) == 2, len(whole))


def check_tags(url):
    for target in ("/api/v1/metrics", "/api/v1/metrics/revenue", "/api/v1/tree/revenue", "/api/v1/okr"):
        _, _, headers = ask(url, target)
        status, text, _ = ask(url, target, headers={"If-None-Match": headers["ETag"]})
        check(f"{target} is not sent twice", status == 304 and text == "", status)
        status, _, _ = ask(url, target, headers={"If-None-Match": '"another"'})
        check(f"{target} is sent where it differs", status == 200, status)


def check_discretion(url):
    """Why something failed is told to who shows the token."""
    reason = "row 1: it is broken"
    places = {"/api/v1/metrics": lambda a: next(m for m in a["metrics"] if m["metric"] == "broken")["ended"]["error"],
              "/api/v1/metrics/broken": lambda a: a["ended"]["error"],
              "/api/v1/okr": lambda a: next(i for i in a["items"] if i.get("metric") == "broken")["error"]}
    for target, find in places.items():
        stranger, known = ask(url, target), ask(url, target, headers=BEARER)
        told, whole = find(stranger[1]), find(known[1])
        check(f"{target} tells a stranger the code alone",
              told["code"] == "script" and told["file"] is None and reason not in json.dumps(stranger[1]), told)
        check(f"{target} tells who shows the token", reason in whole["message"] and whole["line"] == 5, whole)
        again = ask(url, target, headers={**BEARER, "If-None-Match": stranger[2]["ETag"]})[0]
        check(f"{target} is another answer for them", again == 200, again)
    page, whole = (html.unescape(ask(url, "/metric/broken", headers=headers)[1]) for headers in ({}, BEARER))
    check("its page does not tell a stranger", reason not in page and "the server's log says why" in page)
    check("and tells who shows the token", reason in whole)


# ---- writing ----


def check_writing(binary, folder, url):
    silence = {"match": ["few_orders", "channel=ads"], "for": "2h", "why": "campaign", "who": "kim"}
    writes = [("POST", "/api/v1/silences", silence), ("POST", "/api/v1/alerts/ack", {"alert": "few_orders"}),
              ("DELETE", "/api/v1/silences/1", None), ("DELETE", "/api/v1/alerts/ack?alert=few_orders", None)]
    for method, target, body in writes:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            status, answer, _ = ask(url, target, method, body, headers)
            check(f"{method} {target} needs the token", status in (401, 403), (status, answer))
            check_shape("its refusal", "#/components/schemas/Error", answer)
    check("nothing was written", ask(url, "/api/v1/silences?all=1")[1]["count"] == 0)

    status, answer, _ = ask(url, "/api/v1/silences", "POST", silence, BEARER)
    check("a silence is made", status == 201 and answer.get("matching") == 1, (status, answer))
    check_shape("POST /api/v1/silences", schema_of("/api/v1/silences", "post", "201"), answer)
    made = answer["silence"]["id"]
    check("the command shows it", [s["why"] for s in command(binary, folder, "alerts", "silences")] == ["campaign"])
    muted = [a["segment"]["channel"] for a in ask(url, "/api/v1/alerts")[1]["alerts"] if a["muted"]]
    check("what matches is muted", muted == ["ads"], muted)
    check_shape("alerts that are muted", schema_of("/api/v1/alerts", "get", "200"), ask(url, "/api/v1/alerts")[1])
    check_shape("silences", schema_of("/api/v1/silences", "get", "200"), ask(url, "/api/v1/silences")[1])
    form = urllib.parse.urlencode([("match", "few_orders"), ("match", "channel=seo"), ("until", "2035-01-01"), ("why", "x")])
    status, answer, _ = ask(url, "/api/v1/silences", "POST", form,
                            {**BEARER, "Content-Type": "application/x-www-form-urlencoded"})
    check("a form says the same", status == 201 and len(answer["silence"]["matchers"]) == 2, (status, answer))
    ask(url, f"/api/v1/silences/{answer['silence']['id']}", "DELETE", headers=BEARER)
    status, answer, _ = ask(url, f"/api/v1/silences/{made}", "DELETE", headers=BEARER)
    check("it is ended", status == 200 and ask(url, "/api/v1/silences")[1]["count"] == 0, (status, answer))
    check_shape("DELETE /api/v1/silences/{id}", schema_of("/api/v1/silences/{id}", "delete", "200"), answer)
    status, answer, _ = ask(url, f"/api/v1/silences/{made}", "DELETE", headers=BEARER)
    check("but once", status == 404, (status, answer))

    status, answer, _ = ask(url, "/api/v1/alerts/ack", "POST", {"alert": "few_orders", "why": "on it"}, BEARER)
    check("alerts are acknowledged", status == 200 and len(answer["alerts"]) == 2, (status, answer))
    check_shape("POST /api/v1/alerts/ack", schema_of("/api/v1/alerts/ack", "post", "200"), answer)
    alerts = ask(url, "/api/v1/alerts")[1]
    check("and say so", all(a["acknowledged"]["why"] == "on it" for a in alerts["alerts"]), alerts)
    check_shape("alerts that are acknowledged", schema_of("/api/v1/alerts", "get", "200"), alerts)
    status, answer, _ = ask(url, "/api/v1/alerts/ack?alert=few_orders", "DELETE", headers=BEARER)
    check("and are no longer", status == 200 and not any(a["acknowledged"] for a in ask(url, "/api/v1/alerts")[1]["alerts"]))
    check_shape("DELETE /api/v1/alerts/ack", schema_of("/api/v1/alerts/ack", "delete", "200"), answer)
    for body in ("{", '{"alert":1}', '{"hwo":"x","alert":"few_orders"}', "[]", '{"alert":"few_orders"} x'):
        status, answer, _ = ask(url, "/api/v1/alerts/ack", "POST", body, BEARER)
        check(f"a body {body} is refused", status == 400, (status, answer))
        check_shape("its refusal", "#/components/schemas/Error", answer)


def check_limits(url):
    """Texts that the file allows are taken, and no others."""
    schema = {"$ref": "#/components/schemas/NewSilence", "components": OPENAPI["components"]}
    limits = OPENAPI["components"]["schemas"]["NewSilence"]["properties"]
    most = {name: limits[name]["maxLength"] for name in ("why", "who")}
    matchers = limits["match"]["oneOf"][1]["maxItems"]
    cases = {"a short one": {}, "no reason": {"why": ""}, "a blank reason": {"why": " \u3000\n"},
             "no matcher": {"match": []},
             "as many matchers as there may be": {"match": ["few_orders"] * matchers},
             "one matcher more": {"match": ["few_orders"] * (matchers + 1)}}
    for name, length in most.items():
        cases[f"the longest '{name}'"] = {name: "あ" * length}
        cases[f"a longer '{name}'"] = {name: "あ" * (length + 1)}
    for name, members in cases.items():
        body = {"match": "few_orders", "for": "2h", "why": "x", "who": "kim", **members}
        valid = jsonschema.Draft202012Validator(schema).is_valid(body)
        status, answer, _ = ask(url, "/api/v1/silences", "POST", body, BEARER)
        check(f"a silence with {name} is {'made' if valid else 'refused'}", status == (201 if valid else 400), (status, answer))
        if status == 201:
            ask(url, f"/api/v1/silences/{answer['silence']['id']}", "DELETE", headers=BEARER)


def check_refused(folder, url):
    """A pattern that was written down by a version that took it."""
    silence = {"match": ["channel=~a.*"], "for": "2h", "why": "old", "who": "kim"}
    made = ask(url, "/api/v1/silences", "POST", silence, BEARER)[1]["silence"]
    check("a pattern is none that is refused", made["refused"] is False, made)
    with contextlib.closing(sqlite3.connect(f"{folder}/shop/.cynosure/state.db", timeout=20)) as state:
        state.execute("UPDATE silence SET matchers = 'channel=~\"a(\"' WHERE id = ?", (made["id"],))
        state.commit()
    silences = ask(url, "/api/v1/silences")[1]
    check_shape("silences with one that is refused", schema_of("/api/v1/silences", "get", "200"), silences)
    check("one that is no pattern today says so", [s["refused"] for s in silences["silences"]] == [True], silences)
    page = ask(url, "/alerts")[1]
    check("and on the page", "no regular expression any more: matches nothing" in page)
    ask(url, f"/api/v1/silences/{made['id']}", "DELETE", headers=BEARER)


# ---- the guide ----


def is_part(expected, answer):
    """What the guide shows is there; "…" stands for anything, and ends a list."""
    if expected == "…":
        return True
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(k in answer and is_part(v, answer[k]) for k, v in expected.items())
    if isinstance(expected, list):
        shown = expected[:-1] if expected[-1:] == ["…"] else expected
        complete = shown is not expected or len(shown) == len(answer)
        return isinstance(answer, list) and complete and len(answer) >= len(shown) and all(map(is_part, shown, answer))
    return expected == answer


def check_guide(url):
    """Each ```sh block runs, in order; a ```json block behind it is a part of what it says."""
    global number
    missing = [tool for tool in ("curl", "jq") if not shutil.which(tool)]
    if missing:
        number += 1
        print(f"ok {number} - the examples of the guide # SKIP without {' and '.join(missing)}")
        return
    blocks = re.findall(r"```(sh|json)\n(.*?)```", GUIDE.read_text(), re.S)
    check("the guide has examples", sum(kind == "sh" for kind, _ in blocks) >= 10)
    environment = {**os.environ, "URL": url, "TOKEN": TOKEN}
    said = ""
    for kind, text in blocks:
        if kind == "sh":
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, env=environment)
            said = done.stdout
            check(f"runs: {text.strip().splitlines()[0]}", done.returncode == 0, done.stderr + done.stdout)
        else:
            try:
                good = is_part(json.loads(text), json.loads(said))
            except json.JSONDecodeError as error:
                good, said = False, f"{error}: {said}"
            check("… and says so", good, said)


def main():
    warnings.simplefilter("ignore", DeprecationWarning)
    binary = os.path.abspath(sys.argv[1])
    check_file()
    check_routes()
    with tempfile.TemporaryDirectory(prefix="cyn-api-") as folder, daemon(binary, folder) as url:
        check_reading(url)
        check_errors(url)
        check_agreement(binary, folder, url)
        check_pages(url)
        check_tags(url)
        check_discretion(url)
        check_writing(binary, folder, url)
        check_limits(url)
        check_refused(folder, url)
        check_guide(url)
    print(f"1..{number}")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
