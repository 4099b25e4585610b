#!/usr/bin/python3
"""A project of very many metrics: how long eval, check and tree take. See scripts/bench.

A shop of many products: of each product its buyers, orders for each, value of an order, revenue (an
identity of the three) and how long delivery takes; areas are sums of products, and the root is the
sum of areas. Every metric has a sheet. Every run is a fresh process, from the scripts to the last
line; "load" reads the rows and evaluates nothing.
"""
import argparse
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import bench_lib as lib
from pcg32 import Random

START = datetime(2026, 9, 14)  # Monday of 2026-W38; ten weeks
SECONDS = 10 * 7 * 86400
EACH = 5    # metrics of a product
AREAS = 10  # of products

CONFIG = """name: bench
timezone: UTC
grain: week
as_of: 2026-11-23
sources:
  orders:
    type: csv
    path: orders.csv
    time: time
    dimensions: [channel]
    columns:
      user_id: text
      product: integer
      amount: { type: decimal, scale: 2 }
      duration: real
    bad_rows: 0
"""
SCRIPT = """local orders = source "orders"
local areas, all = {{}}, {{}}
for i = 1, {products} do
  local name = string.format("%03d", i)
  local own = orders:where("product == " .. i)
  local buyers = own:distinct "user_id"
  metric("buyers_" .. name) {{ value = buyers }}
  metric("orders_each_" .. name) {{ value = own:count() / buyers }}
  metric("order_value_" .. name) {{ value = own:mean "amount" }}
  metric("delivery_p95_" .. name) {{ value = own:p(95, "duration") }}
  metric("revenue_" .. name) {{
    value    = own:sum "amount",
    identity = ("buyers_%s * orders_each_%s * order_value_%s"):format(name, name, name),
    drivers  = {{ ["delivery_p95_" .. name] = "down" }},
  }}
  local area = "area_" .. (i - 1) % {areas}
  areas[area] = areas[area] or {{}}
  table.insert(areas[area], "revenue_" .. name)
end
for area, parts in pairs(areas) do
  local value
  for _, part in ipairs(parts) do
    value = value and value + metric[part] or metric[part]
  end
  metric(area) {{ value = value }}
  table.insert(all, area)
end
table.sort(all)
local value
for _, area in ipairs(all) do
  value = value and value + metric[area] or metric[area]
end
kgi "revenue" {{ value = value }}
"""
SHEET = """  {name}:
    title: {{ en: "{title}", ja: "指標 {name}" }}
    layer: {layer}
    direction: {direction}
    unit: {unit}
    why: It is a part of the revenue.
    owner: sales
    target: {target}
    thresholds: {{ green: {target}, yellow: {yellow} }}
    review: 2027-03-31
"""


def make_csv(path, rows, products):
    """The same orders on every machine."""
    if path.exists():
        return
    print(f"Making {rows:,} rows …", flush=True)
    rnd = Random(rows)
    part = path.with_suffix(".part")
    with open(part, "w", encoding="ascii", newline="\n") as out:
        out.write("time,user_id,product,channel,amount,duration\n")
        for i in range(rows):
            at = START + timedelta(seconds=int((i + rnd.unit()) * SECONDS / rows))
            channel = ["organic", "ads", "friend", "school"][rnd.below(4)]
            out.write(f"{at},u{rnd.below(20000):05d},{1 + rnd.below(products)},{channel},"
                      f"{5 + rnd.exponential(25):.2f},{rnd.exponential(48):.3f}\n")
    os.replace(part, path)


def sheets(products):
    names = [("revenue", "lagging")] + [(f"area_{i}", "lagging") for i in range(AREAS)]
    for i in range(1, products + 1):
        names += [(f"{kind}_{i:03d}", layer) for kind, layer in
                  [("buyers", "leading"), ("orders_each", "coincident"),
                   ("order_value", "coincident"), ("delivery_p95", "leading"),
                   ("revenue", "lagging")]]
    yield "metrics:\n"
    for name, layer in names:
        down = name.startswith("delivery")
        yield SHEET.format(name=name, title=name.replace("_", " "), layer=layer,
                           direction="down" if down else "up", unit="h" if down else "USD",
                           target=100, yellow=120 if down else 80)


def make_project(folder, rows, products):
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    make_csv(folder / "orders.csv", rows, products)
    (folder / "cynosure.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "metrics" / "shop.lua").write_text(
        SCRIPT.format(products=products, areas=AREAS), encoding="utf-8")
    (folder / "kpis.yaml").write_text("".join(sheets(products)), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--metrics", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    products = max(1, (args.metrics - AREAS - 1) // EACH)
    project = args.work / f"project-{args.metrics}-{args.rows}"
    make_project(project, args.rows, products)

    cynosure = [args.binary, "-C", project]
    commands = {"load": ["load", "--no-cache"],
                "eval": ["eval", "--no-record", "--no-cache", "--json"],
                "eval, again": ["eval", "--json"],
                "check": ["check"],
                "tree": ["tree", "revenue", "--json"],
                "tree by channel": ["tree", "revenue", "--by", "channel", "--json"]}
    count = len(lib.rows_of(lib.measure([*cynosure, *commands["eval"]]).output))
    results = {name: [] for name in commands}
    for _ in range(args.runs):
        for name, command in commands.items():
            results[name].append(lib.measure([*cynosure, *command]))
    print(f"{count:,} metrics over {args.rows:,} rows, median of {args.runs} runs")
    for name, runs in results.items():
        print(f"{name:<20}{lib.median(runs, 'seconds'):>9.3f} s"
              f"{lib.median(runs, 'peak'):>9.0f} MB")


main()
