#!/usr/bin/env python3
"""Random trees of identities, computed a second time: identities.py BINARY [--first N] [--rounds N].

Each project has metrics made of metrics, up to four levels deep: sums, differences, products, ratios,
min, max and abs, over the columns of a small CSV with zeros, negative numbers and missing values. Some
are their formula; others are measured, so that their identity is off by something. Here the formulas are
computed in plain Python. Then, of what `cynosure tree --json` and `what-if --json` say (rules X-… of
docs/numerics.md),

- each metric has its formula's value, and what stands below a line adds up to the line;
- the parts of a root that is shared out by Shapley are means over all orders of change;
- with assumptions the root and all between is what the identities give, as far off as it was.
"""
import itertools
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from asked import check_sums, objects

COLUMNS = [f"a{i}" for i in range(6)]
MONTHS = ("2026-01", "2026-02")


# ---- formulas: a name, a number, or (operator, left, right) ----

SIGNS = "+-*/"
FUNCTIONS = {"min": min, "max": max}


def written(tree, metric=str):
    """The formula in Lua, where `metric` says how a metric is named."""
    if isinstance(tree, str):
        return metric(tree)
    if isinstance(tree, float):
        return repr(tree)
    op, *sides = tree
    sides = [written(side, metric) for side in sides]
    return f"({sides[0]} {op} {sides[1]})" if op in SIGNS else f"{op}({', '.join(sides)})"


def names(tree):
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, float):
        return []
    return list(dict.fromkeys(name for side in tree[1:] for name in names(side)))


def finite(x):
    return x if x is not None and math.isfinite(x) else None


def computed(tree, values):
    """The formula's value; missing spreads, and what was divided by 0 is missing."""
    if isinstance(tree, str):
        return values[tree]
    if isinstance(tree, float):
        return tree
    sides = [computed(side, values) for side in tree[1:]]
    if None in sides:
        return None
    op, x, y = tree[0], sides[0], sides[-1]
    if op == "/":
        return finite(x / y) if y else None
    if op == "abs":
        return abs(x)
    if op in FUNCTIONS:
        return FUNCTIONS[op](x, y)
    return finite({"+": x + y, "-": x - y, "*": x * y}[op])


def random_formula(rng, inputs):
    """A formula in which each input stands at least once."""
    rest = [name for name in inputs]
    if rng.random() < 0.2:
        rest.append(rng.choice(inputs))
    if rng.random() < 0.2:
        rest.append(rng.choice([0.5, 2.0, 100.0]))
    rng.shuffle(rest)
    while len(rest) > 1:
        x, y = rest.pop(), rest.pop()
        tree = (rng.choice("++--***//") if rng.random() < 0.8 else rng.choice(["min", "max"]), x, y)
        rest.insert(rng.randrange(len(rest) + 1), tree)
    return ("abs", rest[0]) if rng.random() < 0.05 else rest[0]


# ---- projects ----

class Project:
    """Metrics, the leaves first; `formulas` of those that are made of others."""

    def __init__(self, rng):
        self.rng, self.is_sparse = rng, rng.random() < 0.4
        self.rows = [(month, rng.choice("xyz"), *(self.cell() for _ in COLUMNS))
                     for month in MONTHS for _ in range(rng.randint(1, 12))]
        self.leaves = {f"leaf{i}": column for i, column in enumerate(COLUMNS)}
        self.formulas, self.measured = {}, {}
        below = list(self.leaves)
        for level in range(rng.randint(1, 4)):
            upper = [f"m{level}{i}" for i in range(rng.randint(1, 2))]
            for name in upper:
                self.formulas[name] = random_formula(rng, rng.sample(below, rng.randint(2, 5)))
                if rng.random() < 0.3:
                    self.measured[name] = rng.choice(COLUMNS)
            below += upper
        self.root = upper[0]

    def cell(self):
        if self.is_sparse:
            return self.rng.choice([None, 0, 0, 0, 0, -1, 1, 2])
        return self.rng.choice([None, 0, -2, *range(1, 40)])

    def write(self, folder):
        (folder / "metrics").mkdir(parents=True)
        (folder / "cynosure.yaml").write_text(
            "name: Random\ngrain: month\nas_of: 2026-03-01\nsources:\n  rows:\n    path: rows.csv\n"
            "    time: day\n    dimensions: [c]\n    columns: {"
            + ", ".join(f"{c}: integer" for c in COLUMNS) + "}\n", encoding="utf-8")
        (folder / "rows.csv").write_text(
            f"day,c,{','.join(COLUMNS)}\n" + "".join(
                f"{month}-05,{','.join('' if x is None else str(x) for x in rest)}\n"
                for month, *rest in self.rows), encoding="utf-8")
        script = ['local rows = source "rows"', "local min, max, abs = formula.min, formula.max, formula.abs"]
        for name, column in self.leaves.items():
            script.append(f'metric "{name}" {{ value = rows:sum "{column}" }}')
        for name, tree in self.formulas.items():
            way = ', decompose = "shapley"' if name == self.root else ""
            if name in self.measured:
                script.append(f'metric "{name}" {{ value = rows:sum "{self.measured[name]}", '
                              f'identity = "{written(tree)}"{way} }}')
            else:
                script.append(f'metric "{name}" {{ value = '
                              f'{written(tree, lambda metric: "metric." + metric)}{way} }}')
        (folder / "metrics" / "all.lua").write_text("\n".join(script) + "\n", encoding="utf-8")

    def total(self, column, month):
        """The sum of a column's known values; nothing to sum is nothing."""
        at = 2 + COLUMNS.index(column)
        known = [row[at] for row in self.rows if row[0] == month and row[at] is not None]
        return float(sum(known)) if known else NOTHING

    def values(self, month):
        """All metrics' values, and those of the formulas, in this order of computing."""
        values, by_formula = {}, {}
        for name, column in self.leaves.items():
            values[name] = self.total(column, month)
        for name, tree in self.formulas.items():
            by_formula[name] = computed(tree, values)
            values[name] = self.total(self.measured[name], month) if name in self.measured \
                else by_formula[name]
        return values, by_formula


NOTHING = 0.0  # the sum over no rows


# ---- what the tree must say ----

def near(found, wanted, size, what):
    """Equal to a billionth of the values involved; or both missing."""
    missing = found is None or wanted is None
    if found is not wanted if missing else abs(found - wanted) > 1e-9 * max(abs(wanted), abs(size)):
        raise RuntimeError(f"{what}: {found}, expected {wanted}")


def call(binary, folder, *args):
    head, *items = objects(binary, folder, *args)
    return head, items


def check_values(project, items):
    (before, _), (after, _) = project.values(MONTHS[0]), project.values(MONTHS[1])
    for item in items:
        name = item["metric"]
        if item["line"] == "metric":
            near(item["value"], after[name], 0, f"{name} after")
            near(item["against"], before[name], 0, f"{name} before")
    return len(items)


def check_marks(items):
    """X-23: the best and the worst of the lines without lines below; how many are marked."""
    inner = {item["parent"] for item in items}
    leaves = [i for i in items[1:] if i["item"] not in inner and i["line"] != "residual"
              and i["contribution"] is not None]
    rounding = 1e-12 * max(abs(items[0]["value"] or 0), abs(items[0]["against"] or 0))
    for mark, sign in ("best", 1), ("worst", -1):
        most = max((sign * i["contribution"] for i in leaves), default=0)
        marked = [i["contribution"] for i in items if i["mark"] == mark]
        if marked != ([sign * most] if most > rounding else []):
            raise RuntimeError(f"the {mark} is {marked}, expected {sign * most} (rounding: {rounding})")
    return sum(item["mark"] is not None for item in items)


def orders(tree, before, after):
    """The mean over all orders in which the inputs change; None where some mixture has no value."""
    inputs = [name for name in names(tree) if before[name] != after[name]]
    parts, mixtures = dict.fromkeys(names(tree), 0.0), {}
    for chosen in itertools.product((False, True), repeat=len(inputs)):
        mixed = dict(before, **{n: after[n] for n, is_new in zip(inputs, chosen) if is_new})
        mixtures[frozenset(n for n, is_new in zip(inputs, chosen) if is_new)] = computed(tree, mixed)
    if None in mixtures.values():
        return None, mixtures
    for order in itertools.permutations(inputs):
        for i, name in enumerate(order):
            step = mixtures[frozenset(order[:i + 1])] - mixtures[frozenset(order[:i])]
            parts[name] += step / math.factorial(len(order))
    return parts, mixtures


def check_shapley(project, items):
    """X-8 at the root; whether it could be shared out."""
    root, tree = items[0], project.formulas[project.root]
    (before, _), (after, _) = project.values(MONTHS[0]), project.values(MONTHS[1])
    inputs = names(tree)
    known = not {None} & {values[n] for values in (before, after) for n in [project.root, *inputs]}
    wanted, mixtures = orders(tree, before, after) if known else (None, {})
    below = {i["metric"]: i for i in items if i["parent"] == root["item"] and i["line"] == "metric"}
    if wanted is None:
        if root["method"] != "none" or any(i["part"] is not None for i in below.values()):
            raise RuntimeError(f"{project.root} was shared out, and some mixture has no value")
        return False
    size = max(map(abs, mixtures.values()))
    for name in inputs:
        near(below[name]["part"], wanted[name], size, f"the part of {name}")
    return True


# ---- what if ----

def random_assumptions(rng, project):
    """Texts, and what they make of the metrics' values."""
    reached = below_root(project)
    chosen = rng.sample(reached, min(len(reached), rng.randint(1, 3)))
    for name in chosen:
        kind, by = rng.randrange(3), rng.randint(-20, 30)
        if kind == 0:
            yield f"{name}=={by}", name, lambda x, by=by: float(by)
        elif kind == 1:
            yield f"{name}={by:+}%", name, lambda x, by=by: None if x is None else x * (1 + by / 100)
        else:
            yield f"{name}={by:+}", name, lambda x, by=by: None if x is None else x + by


def below_root(project):
    found, todo = [], [project.root]
    while todo:
        for name in names(project.formulas.get(todo.pop(), 1.0)):
            if name not in found:
                found.append(name)
                todo.append(name)
    return found


def assumed_values(project, assumed):
    """X-16: an assumption wins; what its parts moved is its formula, as far off as it was."""
    now, by_formula = project.values(MONTHS[1])
    then, sizes = dict(now), dict.fromkeys(now, 0.0)
    moved = set()
    for name in [*project.leaves, *project.formulas]:
        tree = project.formulas.get(name)
        if name in assumed:
            then[name] = assumed[name](now[name])
            moved.add(name)
        elif tree and moved & set(names(tree)):
            moved.add(name)
            new = computed(tree, then)
            known = None not in (new, now[name], by_formula[name])
            then[name] = new + (now[name] - by_formula[name]) if known else None
            sizes[name] = max(map(abs, (new, now[name], by_formula[name]))) if known else 0.0
    return then, sizes


def check_what_if(binary, folder, project):
    given = list(random_assumptions(project.rng, project))
    then, sizes = assumed_values(project, {name: change for _, name, change in given})
    head, nodes = call(binary, folder, "what-if", project.root, *(text for text, _, _ in given))
    told = " ".join(text for text, _, _ in given)
    for node in nodes:
        name = node["metric"]
        near(node["then"], then[name], max(sizes.values()), f"{name} if {told}")
    near(head["then"], then[project.root], max(sizes.values()), f"the root if {told}")
    return len(nodes)


# ---- all of it ----

def main():
    binary = os.path.abspath(sys.argv[1])
    option = lambda name, default: int(sys.argv[sys.argv.index(name) + 1]) \
        if name in sys.argv else default
    first, rounds = option("--first", 0), option("--rounds", 10)

    with tempfile.TemporaryDirectory(prefix="cynosure-identities-") as folder:
        made = []
        for seed in range(first, first + rounds):
            project, place = Project(random.Random(seed)), Path(folder) / str(seed)
            project.write(place)
            made.append((seed, project, place))

        def each(check, least):
            """The check on every project, and how much of it there was to check."""
            counts = []
            for seed, project, place in made:
                try:
                    counts.append(int(check(project, place)))
                except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
                    raise RuntimeError(f"seed {seed}: {error}") from error
            if sum(counts) < least * rounds:
                raise RuntimeError(f"only {sum(counts)} in {rounds} projects")
            return f"{sum(counts)} in {rounds} projects"

        tree = lambda project, place, *more: call(binary, place, "tree", project.root, *more)[1]
        events.tap([
            ("metrics have the values of their formulas",
             lambda: each(lambda p, at: check_values(p, tree(p, at)), 3)),
            ("every line is the sum of those below it",
             lambda: each(lambda p, at: check_sums(tree(p, at), p.root, True), 0.5)),
            ("every line of a segment is, too",
             lambda: each(lambda p, at: check_sums(
                 tree(p, at, "--by", "c"), p.root, True), 0.5)),
            ("the best and the worst line are marked",
             lambda: each(lambda p, at: check_marks(tree(p, at)), 1)),
            ("Shapley's parts are means over all orders of change",
             lambda: each(lambda p, at: check_shapley(p, tree(p, at)), 0.3)),
            ("what if is what the identities give",
             lambda: each(lambda p, at: check_what_if(binary, at, p), 3)),
        ])


main()
