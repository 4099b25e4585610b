#!/usr/bin/env python3
"""The lines of trees add up, and are what this script computes from the rows: lines.py BINARY.

The rows are made here: channels come and go, users buy over several. Values and effects are computed
in exact fractions, one segment after the other. Then the examples that ship with the project: every
tree of theirs, in every period. Rules X-12 … X-23 of docs/numerics.md.
"""
import datetime
import random
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from asked import check_sums, example, objects

MONDAY = datetime.datetime(2026, 11, 2)  # of 2026-W45
WEEK = datetime.timedelta(weeks=1)

CONFIG = """name: lines
timezone: UTC
grain: week
as_of: 2026-11-16
sources:
  events:
    type: csv
    path: events.csv
    time: time
    dimensions: [channel]
    columns:
      amount: integer
      kind: text
      user: text
    bad_rows: 0
  prices:                  # without channels: what drives a tree need not have its dimensions
    type: csv
    path: prices.csv
    time: time
    bad_rows: 0
"""
SCRIPT = """local events = source "events"
local orders = events:where "kind == 'order'"
metric "visits" { value = events:where "kind == 'visit'":count() }
metric "orders" { value = orders:count() }
metric "users"  { value = events:distinct "user" }
metric "aov"    { value = orders:mean "amount" }
metric "price"  { value = source("prices"):mean "price" }
metric "cvr"    { value = metric.orders / metric.visits, drivers = { price = "down" } }
metric "sales"  { value = orders:sum "amount", identity = "visits * cvr * aov" }
metric "arpu"   { value = metric.sales / metric.users }
metric "profit" { value = metric.sales - 3 * metric.orders }
"""


# ---- what the rows say ----

def ratio(a, b):
    return None if a is None or not b else Fraction(a) / b


def minus(a, b):
    return None if a is None or b is None else a - b


class Side:
    """The rows of one week, of one channel or all."""

    def __init__(self, rows, week, channel=None):
        rows = [r for r in rows if r["week"] == week and channel in (None, r["channel"])]
        bought = [r["amount"] for r in rows if r["kind"] == "order"]
        self.visits, self.orders = sum(r["kind"] == "visit" for r in rows), len(bought)
        self.users = len({r["user"] for r in rows})
        self.sales = sum(bought)
        self.price = week + 5
        self.aov = ratio(self.sales, self.orders)
        self.cvr = ratio(self.orders, self.visits)
        self.arpu = ratio(self.sales, self.users)
        self.profit = self.sales - 3 * self.orders
        self.parts = {"cvr": (self.orders, self.visits), "arpu": (self.sales, self.users)}
        self.rows = {"users": len(rows), "cvr": self.visits, "arpu": len(rows)}

    def has(self, root):
        """Whether any of the root's rows is here; of a ratio its denominator's."""
        return self.rows.get(root, self.orders) > 0

    def counts(self, root):
        """Whether anything of the root is here (X-14): rows that add up to 0 are, too."""
        return self.has(root) or bool(getattr(self, root)) or any(self.parts.get(root, ()))


def make_rows(seed):
    choose = random.Random(seed)
    rows = []
    for week in (0, 1):
        channels = choose.sample(["ads", "mail", "shop", "tv", "web"], choose.randint(2, 4))
        for channel in channels:
            for _ in range(choose.randint(3, 30)):
                kind = choose.choice(["visit", "visit", "order"])
                rows.append({"week": week, "channel": channel, "kind": kind,
                             "user": f"u{choose.randrange(12)}",
                             "amount": choose.randint(1, 60)})
    return rows


def write_project(folder, rows, seed):
    choose = random.Random(seed)
    with open(folder / "events.csv", "w", encoding="ascii") as out:
        out.write("time,user,kind,channel,amount\n")
        for r in rows:
            at = MONDAY + r["week"] * WEEK + datetime.timedelta(seconds=choose.randrange(604800))
            out.write(f"{at.isoformat()},{r['user']},{r['kind']},{r['channel']},{r['amount']}\n")
    (folder / "prices.csv").write_text("time,price\n" + "".join(
        f"{(MONDAY + week * WEEK).isoformat()},{week + 5}\n" for week in (0, 1)), encoding="ascii")
    (folder / "cynosure.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "metrics").mkdir()
    (folder / "metrics" / "lines.lua").write_text(SCRIPT, encoding="utf-8")


# ---- asking ----

class Wrong(RuntimeError):
    pass


def near(found, wanted, what, size=0.0):
    """Equal to 1e-9 of what is added up."""
    if found is None or wanted is None:
        if found is not None or wanted is not None:
            raise Wrong(f"{what}: {found}, expected {wanted}")
    elif abs(found - float(wanted)) > 1e-9 * max(abs(found), abs(float(wanted)), size):
        raise Wrong(f"{what}: {found}, expected {float(wanted)}")


def tree(binary, folder, root, *words):
    """The lines of the tree, each with the lines right below it."""
    items = objects(binary, folder, "tree", root, *words)[1:]
    for item in items:
        item["below"] = [i for i in items if i["parent"] == item["item"] and i is not item]
    return items


def check_line(item, before, after, what):
    near(item["value"], getattr(after, item["metric"]), f"{what}: value of {item['metric']}")
    near(item["against"], getattr(before, item["metric"]), f"{what}: {item['metric']} before")


# ---- the root in each channel ----

def state(before, after, root):
    if before.counts(root) == after.counts(root):
        return "stays"
    return "new" if after.counts(root) else "vanished"


def effects(rows, root, channels):
    """Rate and mix of each channel, by the definition."""
    sides = {c: [Side(rows, w, c).parts[root] for w in (0, 1)] for c in channels}
    sums = [sum(s[w][1] for s in sides.values()) for w in (0, 1)]
    average = sum(ratio(*Side(rows, w).parts[root]) for w in (0, 1)) / 2
    for channel, pair in sides.items():
        weights = [Fraction(pair[w][1], sums[w]) for w in (0, 1)]
        rates = [ratio(*pair[w]) for w in (0, 1)]
        rates = [r if r is not None else rates[1 - w] for w, r in enumerate(rates)]
        if None in rates:
            yield channel, Fraction(0), Fraction(0)
            continue
        rate = (weights[0] + weights[1]) / 2 * (rates[1] - rates[0])
        yield channel, rate, (weights[1] - weights[0]) * ((rates[0] + rates[1]) / 2 - average)


def check_parts_in(rows, line, channel, what):
    """The metrics below a segment, or below its rate."""
    before, after = (Side(rows, week, channel) for week in (0, 1))
    for item in line["below"]:
        if item["line"] == "metric":
            check_line(item, before, after, f"{what} in {channel}")


def check_segments(binary, folder, rows, root):
    items = tree(binary, folder, root, "--by", "channel")
    segments = [i for i in items if i["line"] == "segment"]
    names = [i["segment"]["channel"] for i in segments]
    if sorted(names) != sorted(c for c in {r["channel"] for r in rows}
                               if any(Side(rows, week, c).has(root) for week in (0, 1))):
        raise Wrong(f"{root} by channel: {names}")
    for item, channel in zip(segments, names):
        before, after = (Side(rows, week, channel) for week in (0, 1))
        if item["state"] != state(before, after, root):
            raise Wrong(f"{root} in {channel}: {item['state']}")
        check_line(item, before, after, f"{root} in {channel}")
        check_parts_in(rows, item, channel, root)
    if items[0]["method"] == "additive":
        for item, channel in zip(segments, names):
            change = minus(getattr(Side(rows, 1, channel), root),
                           getattr(Side(rows, 0, channel), root))
            near(item["part"], change, f"the part of {channel} in {root}")
    elif items[0]["method"] == "rate_mix":
        for channel, rate, mix in effects(rows, root, names):
            item = segments[names.index(channel)]
            lines = {i["line"]: i for i in item["below"]}
            near(lines["mix"]["part"], mix, f"{root}, mix of {channel}", abs(item["part"]))
            if item["state"] == "stays":
                near(lines["rate"]["part"], rate, f"{root}, rate of {channel}", abs(item["part"]))
                check_parts_in(rows, lines["rate"], channel, root)
            elif "rate" in lines:
                raise Wrong(f"{root}: {channel} is {item['state']} and has a rate")
    sizes = [abs(i["part"]) for i in segments if i["part"] is not None]
    if sizes != sorted(sizes, reverse=True):
        raise Wrong(f"{root} by channel: not the largest first: {sizes}")
    return check_sums(items, f"{root} by channel"), items[0]["method"]


# ---- tests ----

def check_random(binary, seeds):
    methods, checked = {}, 0
    for seed in range(seeds):
        rows = make_rows(seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_project(folder, rows, seed)
            before, after = Side(rows, 0), Side(rows, 1)
            for root in ("sales", "cvr", "arpu", "profit"):
                items = tree(binary, folder, root)
                for item in items:
                    if item["line"] == "metric":
                        check_line(item, before, after, f"seed {seed}, {root}")
                checked += check_sums(items, f"seed {seed}, {root}")
            for root in ("sales", "cvr", "arpu", "profit", "users"):
                sums, method = check_segments(binary, folder, rows, root)
                checked += sums
                methods.setdefault(root, set()).add(method)
    wanted = {"sales": {"additive"}, "cvr": {"rate_mix"}, "profit": {"additive"}}
    for root, expected in wanted.items():
        if methods[root] != expected:
            raise Wrong(f"{root} by channel: {methods[root]}")
    if checked < 20 * seeds:
        raise Wrong(f"only {checked} lines were checked")


# ---- a balance ----

FLOWS = ("new", "expansion", "contraction", "churn", "reactivation")
STATE_CONFIG = """name: moved
timezone: UTC
grain: month
as_of: 2026-11-16
sources:
  plans:
    type: csv
    path: plans.csv
    time: valid_from
    columns: {valid_from: date, valid_to: date, mrr: integer, customer: text}
    bad_rows: 0
"""
STATE_SCRIPT = """local moved = source("plans"):movement {
  entity = "customer", value = "mrr", from = "valid_from", to = "valid_to",
}
metric "start" { value = moved:opening() }
for _, name in ipairs { "new", "expansion", "contraction", "churn", "reactivation" } do
  metric(name) { value = moved[name](moved) }
end
metric "mrr" {
  value    = moved:closing(),
  identity = "start + new + expansion - contraction - churn + reactivation",
}
"""


def write_plans(folder):
    """What each customer pays from one day to another."""
    choose = random.Random(7)
    first = datetime.date(2025, 6, 1)
    with open(folder / "plans.csv", "w", encoding="ascii") as out:
        out.write("customer,mrr,valid_from,valid_to\n")
        for customer in range(60):
            at = first + datetime.timedelta(days=choose.randrange(200))
            for _ in range(choose.randint(1, 4)):
                end = at + datetime.timedelta(days=choose.randint(20, 150))
                out.write(f"c{customer},{choose.choice([10, 20, 50])},{at},{end}\n")
                at = end + datetime.timedelta(days=choose.choice([0, 0, 45]))
    (folder / "cynosure.yaml").write_text(STATE_CONFIG, encoding="utf-8")
    (folder / "metrics").mkdir()
    (folder / "metrics" / "moved.lua").write_text(STATE_SCRIPT, encoding="utf-8")


def check_balance(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_plans(folder)
        for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
            items = {i["metric"]: i for i in tree(binary, folder, "mrr", "--at", month)}
            if items["mrr"]["method"] != "movement" or check_sums(list(items.values()), month) != 1:
                raise Wrong(f"{month}: {items['mrr']['method']}: {items['mrr']['why']}")
            for flow in FLOWS:
                value = items[flow]["value"]
                signed = -value if flow in ("contraction", "churn") else value
                near(items[flow]["part"], signed, f"{flow} in {month}")
            near(items["start"]["part"], 0, f"the opening balance of {month}")
            if items["mrr"]["change"] == 0 or items["churn"]["value"] == 0:
                raise Wrong(f"nothing moved in {month}")
        # Flows of a month do not lead from one year to the next, nor to a day in the month.
        for words in (["--at", "2026-01", "--against", "last-year"], ["--at", "2026-11"]):
            method = tree(binary, folder, "mrr", *words)[0]["method"]
            if method != "additive":
                raise Wrong(f"{' '.join(words)}: {method}")


def roots_of(binary, folder):
    """Metrics that have an identity, or are made of others."""
    for point in objects(binary, folder, "eval", "--no-record"):
        items = tree(binary, folder, point["metric"])
        if any(i["link"] == "part" for i in items):
            yield point["metric"], point["grain"]


def check_example(binary, folder, first, dimensions):
    checked = 0
    for root, grain in roots_of(binary, folder):
        points = objects(binary, folder, "eval", root, "--no-record", "--from", first,
                     "--grain", grain)
        for point in points:
            items = tree(binary, folder, root, "--at", point["period"])
            near(items[0]["value"], point["value"], f"{root} {point['period']}")
            near(items[0]["against"], point["previous"], f"{root} before {point['period']}")
            checked += check_sums(items, f"{root} {point['period']}")
        for dimension in dimensions:
            for against in ("previous", points[0]["period"]):
                items = tree(binary, folder, root, "--by", dimension, "--against", against)
                checked += check_sums(items, f"{root} by {dimension}")
    if checked < 10:
        raise Wrong(f"only {checked} lines were checked")


def check_examples(binary, name, first, dimensions):
    with tempfile.TemporaryDirectory() as work:
        check_example(binary, example(work, name), first, dimensions)


def main():
    binary = str(Path(sys.argv[1]).resolve())
    events.tap([
        ("trees over made-up rows are what the rows say", lambda: check_random(binary, 12)),
        ("a balance is shared out among what flowed", lambda: check_balance(binary)),
        ("every tree of the learning example adds up", lambda: check_examples(
            binary, "learning", "2026-W36", ["channel", "country"])),
        ("every tree of the retail example adds up", lambda: check_examples(
            binary, "retail", "1997-01", [])),
    ])


main()
