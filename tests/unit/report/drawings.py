#!/usr/bin/env python3
"""Drawings and JSON of trees, read by others' parsers: drawings.py TEST_TREE_DRAWINGS.

SVG is well-formed, holds every title, keeps its boxes apart and inside, and its text inside the
boxes; Graphviz and each line of JSON parse. Graphviz is looked at only where `dot` is installed.
"""
import json
import re
import shutil
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
TITLES = {
    "revenue": ["売上", "アクティブ利用者", "新規利用者", "継続利用者", "一人あたり注文数", "注文単価",
                "説明されない差", "ドライバー ↑ Aha到達率"],
    "ratio": ["Aha到達率", "ads", "率の変化", "構成の変化", "口コミ|x（新規）", "（なし）（消滅）"],
    "hostile": ['"];click</text>|<script>&amp;%%{init}%%  [31m\\', "--> `code` #35; *x* [y](z)"],
}
number = 0


def report(problems, name):
    global number
    number += 1
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")
    for problem in problems:
        print(f"# {problem}")


def written(program, form, view):
    return subprocess.run([program, form, view], capture_output=True, check=True).stdout


def squeezed(text):
    return "".join(text.split())


def cells(text):
    """Widths by the Unicode data of Python, which knows nothing of the program's."""
    text = re.sub("\u200d.", "", text)  # what is joined is drawn as one
    return sum(0 if unicodedata.combining(c)
               else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def box_of(rect):
    return [float(rect.get(k)) for k in ("x", "y", "width", "height")]


def svg_problems(data, view):
    root = ET.fromstring(data)
    if root.find(f".//{SVG}script") is not None or b"href" in data or b"url(" in data:
        yield "it reaches outside itself"
    text = squeezed("".join(root.itertext()))
    for title in TITLES[view]:
        if squeezed(title) not in text:
            yield f"{title!r} is not in it"
    width, height = float(root.get("width")), float(root.get("height"))
    boxes = [box_of(r) for r in root.iter(f"{SVG}rect") if r.get("class") == "box"]
    if len(boxes) < 5:
        yield f"{len(boxes)} boxes"
    for i, (x, y, w, h) in enumerate(boxes):
        if x < 0 or y < 0 or x + w > width or y + h > height:
            yield f"box {i} leaves the drawing"
        for k, (x2, y2, w2, h2) in enumerate(boxes[:i]):
            if x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h:
                yield f"boxes {k} and {i} overlap"
    for group in root.iter(f"{SVG}g"):
        x, y, w, h = box_of(group.find(f"{SVG}rect"))
        for label in group.iter(f"{SVG}text"):
            end = float(label.get("x")) + 7 * cells(label.text)
            if end > x + w or not y < float(label.get("y")) < y + h:
                yield f"{label.text!r} leaves its box"
        for bar in group.iter(f"{SVG}rect"):
            bx, by, bw, bh = box_of(bar)
            if bx < x or by < y or bx + bw > x + w or by + bh > y + h:
                yield "a bar leaves its box"


def json_problems(data):
    lines = [json.loads(line) for line in data.decode().splitlines()]
    header, items = lines[0], lines[1:]
    if header["items"] != len(items):
        yield f"{header['items']} items are announced, {len(items)} written"
    members = set(items[0])
    for i, item in enumerate(items):
        if item["item"] != i or (item["parent"] is None) != (i == 0):
            yield f"item {i} has another number or no parent"
        if set(item) != members:
            yield f"item {i} has other members"
    for i, item in enumerate(items):
        below = [k["contribution"] for k in items if k["parent"] == i and k["contribution"]]
        if below and abs(sum(below) - item["contribution"]) > 1e-3 * abs(item["contribution"]):
            yield f"the contributions below item {i} do not add up"


def dot_problems(data):
    done = subprocess.run(["dot", "-Tplain"], input=data, capture_output=True, check=False)
    if done.returncode or done.stderr.strip():
        yield done.stderr.decode()
    if not done.stdout.startswith(b"graph"):
        yield "it draws nothing"


def main():
    program = sys.argv[1]
    print(f"1..{3 * len(TITLES)}")
    for view in TITLES:
        report(list(svg_problems(written(program, "svg", view), view)), f"SVG of {view}")
        report(list(json_problems(written(program, "json", view))), f"JSON of {view}")
        if shutil.which("dot"):
            report(list(dot_problems(written(program, "dot", view))), f"Graphviz of {view}")
        else:
            report([], f"Graphviz of {view} # SKIP dot is not installed (Debian package graphviz)")


main()
