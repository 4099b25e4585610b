#!/usr/bin/env python3
"""Trees add up, and share a change out as plain Python does: trees.py BINARY [--real].

Below each line of `cynosure tree --json` the contributions add up to the line's own, in every period
of every project here. On real data (--real) the parts are computed again, of the files themselves: LMDI of
the orders of olist, month over month and by customer state; all orders in which the inputs could have
changed, of the SaaS ratios (rules X-… of docs/numerics.md).
"""
import csv
import itertools
import math
import os
import sys
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import yaml

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import run
from asked import check_sums, example, objects


def call(binary, folder, *args):
    """The header and the items of a tree."""
    lines = objects(binary, folder, "tree", *args, CYNOSURE_TEST_DATA=str(run.DATA),
                    CYNOSURE_TEST_WORK=str(folder.parent))
    return lines[0], lines[1:]


def near(a, b, size, what):
    if a is None or b is None or not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 * abs(size)):
        raise RuntimeError(f"{what}: {a}, expected {b}")


def adds_up(head, items):
    """The contributions of the children are their parent's; how many parents there were."""
    parents = check_sums(items, f"{head['period']} {items[0]['metric']}")
    if items[0]["contribution"] is not None:
        near(items[0]["contribution"], head["change"], head["change"] or 1, "the root")
    return parents


def check_example(binary, work, name, roots, periods, dimensions):
    folder = example(work, name)
    parents = 0
    for root, period in itertools.product(roots, periods):
        for against in ("previous", "last-year", "target"):
            parents += adds_up(*call(binary, folder, root, "--at", period, "--against", against))
        for dimension in dimensions:
            parents += adds_up(*call(binary, folder, root, "--at", period, "--by", dimension))
    if parents < len(periods):
        raise RuntimeError(f"only {parents} lines had children with contributions")
    return f"{parents} lines have children"


# ---- real data ----

def project(binary, work, name):
    """A copy of the golden project, with the database that its joins are made in."""
    source = run.ROOT / "tests" / "golden" / name
    spec = yaml.safe_load((source / "expect.yaml").read_text(encoding="utf-8"))["database"]
    (work / name).mkdir()
    copy = run.Project(binary, source, work / name)
    copy.make_database(spec, name)
    return copy.copy


def log_mean(a, b):
    return a if a == b else (b - a) / math.log(b / a)


def lmdi(before, after):
    """Parts of a product's change."""
    mean = log_mean(math.prod(before), math.prod(after))
    return [mean * math.log(b / a) for a, b in zip(before, after)]


def shapley(function, before, after):
    """The mean over all orders in which the inputs change one after the other."""
    n, parts = len(before), [0.0] * len(before)
    for order in itertools.permutations(range(n)):
        x = list(before)
        for i in order:
            y = function(*x)
            x[i] = after[i]
            parts[i] += (function(*x) - y) / math.factorial(n)
    return parts


def read(name):
    with open(run.DATA / "olist" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def olist_factors():
    """{(month, state or None): (orders, items per order, price per item)}"""
    state = {row["customer_id"]: row["customer_state"] for row in read("customers.csv")}
    key = {row["order_id"]: (row["order_purchase_timestamp"][:7], state[row["customer_id"]])
           for row in read("orders.csv")}
    orders, items, money = (defaultdict(int), defaultdict(int), defaultdict(Decimal))
    for month, of in key.values():
        orders[month, of] += 1
        orders[month, None] += 1
    for row in read("order_items.csv"):
        month, of = key[row["order_id"]]
        for place in ((month, of), (month, None)):
            items[place] += 1
            money[place] += Decimal(row["price"])
    return {place: (n, items[place] / n, float(money[place]) / items[place])
            for place, n in orders.items() if items[place]}


PARTS = ("sold_orders", "basket_items", "item_price")


def neighbours(factors, of):
    months = sorted(month for month, state in factors if state == of)
    for before, after in zip(months, months[1:]):
        year, month = map(int, before.split("-"))
        if after == f"{year + month // 12}-{month % 12 + 1:02}":
            yield before, after


def olist_months(binary, folder, factors):
    checked = 0
    for before, after in neighbours(factors, None):
        head, items = call(binary, folder, "goods", "--at", after)
        adds_up(head, items)
        found = {i["metric"]: i["contribution"] for i in items if i["line"] == "metric"}
        wanted = lmdi(factors[before, None], factors[after, None])
        for name, part in zip(PARTS, wanted):
            near(found[name], part, math.prod(factors[after, None]), f"{after} {name}")
        if items[0]["method"] != "lmdi":
            raise RuntimeError(f"shared out by {items[0]['method']}")
        checked += 1
    if checked < 12:
        raise RuntimeError(f"{checked} months")
    return f"{checked} months"


def olist_states(binary, folder, factors):
    """Each state's change, and the parts below it where it has both months."""
    both = 0
    for _, after in list(neighbours(factors, None))[-6:]:
        head, items = call(binary, folder, "goods", "--at", after, "--by", "state")
        adds_up(head, items)
        year, month = map(int, after.split("-"))
        before = f"{year - (month == 1)}-{(month - 2) % 12 + 1:02}"
        for segment in (i for i in items if i["line"] == "segment"):
            of = segment["segment"]["state"]
            one, other = factors.get((before, of)), factors.get((after, of))
            change = (math.prod(other) if other else 0) - (math.prod(one) if one else 0)
            near(segment["contribution"], change, head["change"], f"{after} {of}")
            if not one or not other:
                continue
            below = {i["metric"]: i["contribution"] for i in items
                     if i["parent"] == segment["item"] and i["line"] == "metric"}
            for name, part in zip(PARTS, lmdi(one, other)):
                near(below[name], part, math.prod(other), f"{after} {of} {name}")
            both += 1
    if both < 50:
        raise RuntimeError(f"only {both} states had both months")
    return f"{both} states with both months"


def olist_residual(binary, folder, _factors):
    """What was paid less what the goods cost is said to be unexplained, to the cent."""
    paid, freight = defaultdict(Decimal), defaultdict(Decimal)
    month = {row["order_id"]: row["order_purchase_timestamp"][:7] for row in read("orders.csv")}
    for row in read("order_payments.csv"):
        paid[month[row["order_id"]]] += Decimal(row["payment_value"])
    for row in read("order_items.csv"):
        freight[month[row["order_id"]]] += Decimal(row["price"])
    before, after = "2018-06", "2018-07"
    head, items = call(binary, folder, "paid_goods", "--at", after)
    adds_up(head, items)
    rest = [i for i in items if i["line"] == "residual" and i["parent"] == 0]
    wanted = (paid[after] - freight[after]) - (paid[before] - freight[before])
    near(rest[0]["contribution"], float(wanted), float(paid[after]), "the residual")
    return f"{wanted} are not explained"


def saas_shapley(binary, folder, root, function, months):
    """X-…: parts are means over all orders, by the values that the tree itself shows."""
    checked = 0
    for month in months:
        head, items = call(binary, folder, root, "--at", month)
        adds_up(head, items)
        parts = [i for i in items if i["parent"] == 0 and i["line"] == "metric"]
        before, after = [i["against"] for i in parts], [i["value"] for i in parts]
        if None in before or None in after:
            continue
        wanted = shapley(function, before, after)
        for item, part in zip(parts, wanted):
            near(item["part"], part, max(map(abs, wanted)), f"{month} {item['metric']}")
        checked += 1
    if checked < len(months) / 2:
        raise RuntimeError(f"only {checked} of {len(months)} months had values")
    return f"{checked} months"


def saas_movement(binary, folder, months):
    """Each flow of the month is its own part; what was open is what had been closed."""
    signs = {"new_mrr": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churn": -1}
    for month in months:
        head, items = call(binary, folder, "mrr_moved", "--at", month)
        adds_up(head, items)
        below = {i["metric"]: i for i in items if i["parent"] == 0}
        if items[0]["method"] != "movement":
            raise RuntimeError(f"shared out by {items[0]['method']}")
        for name, sign in signs.items():
            near(below[name]["part"], sign * below[name]["value"], 1, f"{month} {name}")
        near(below["start"]["part"], 0, 1, f"{month} start")
    return f"{len(months)} months"


def real_tests(binary, work):
    months = [f"2025-{month:02}" for month in range(1, 13)]
    olist = project(binary, work, "olist")
    saas = project(binary, work, "saas")
    factors = olist_factors()
    nrr = lambda start, expansion, contraction, churn: \
        (start + expansion - contraction - churn) / start
    return [
        ("olist: orders × items per order × price per item, each month",
         lambda: olist_months(binary, olist, factors)),
        ("olist: the same by customer state", lambda: olist_states(binary, olist, factors)),
        ("olist: what the identity leaves out is a line of its own",
         lambda: olist_residual(binary, olist, factors)),
        ("saas: NRR ← expansion, contraction, churn",
         lambda: saas_shapley(binary, saas, "nrr_tree", nrr, months)),
        ("saas: LTV ← ARPU, churn", lambda: saas_shapley(
            binary, saas, "ltv", lambda arpa, margin, churn: arpa * margin / churn, months)),
        ("saas: LTV / CAC", lambda: saas_shapley(
            binary, saas, "ltv_to_cac", lambda ltv, cac: ltv / cac, months)),
        ("saas: MRR as it moved", lambda: saas_movement(binary, saas, months)),
    ]


def example_tests(binary, work):
    weeks = [f"2026-W{week:02}" for week in range(30, 47)]
    months = ["1997-02", "1997-06", "1998-01", "1998-06"]
    return [
        ("learning: every line is the sum of those below it", lambda: check_example(
            binary, work, "learning", ["revenue", "lessons_per_learner"], weeks,
            ["channel", "plan"])),
        ("retail: every line is the sum of those below it", lambda: check_example(
            binary, work, "retail", ["revenue"], months, [])),
    ]


def main():
    binary, real = os.path.abspath(sys.argv[1]), "--real" in sys.argv[2:]
    if real and not run.DATA.is_dir():
        print(f"1..0 # SKIP no test data: {run.DATA} does not exist (set CYNOSURE_TEST_DATA)")
        return
    with tempfile.TemporaryDirectory(prefix="cynosure-trees-") as folder:
        events.tap((real_tests if real else example_tests)(binary, Path(folder)))


main()
