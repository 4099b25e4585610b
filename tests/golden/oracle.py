"""What reference.py compares Cynosure with: every number by brute force, in fractions.

A metric is a pair: its Lua, and a function of (start, end, segment) over lists of rows. Both None is
all time. The functions below make random ones; docs/numerics.md says what they must give.
"""
import datetime
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
CHANNELS = ["x", "y", None]


# ---- Time ----

class Calendar:
    def __init__(self, zone, week_start):
        self.zone, self.first_weekday = ZoneInfo(zone), week_start

    def instant(self, local):
        """P-5: fold 0 is the first of two; a skipped time keeps the offset before the gap."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def midnight(self, day):
        """P-4: the first instant of a day, also where clocks skip midnight."""
        found = self.instant(datetime.datetime.combine(day, datetime.time()))
        while self.date(found) < day:
            found += datetime.timedelta(minutes=1)
        return found

    def date(self, instant):
        return instant.astimezone(self.zone).date()

    def first_day(self, grain, day):
        if grain == "week":
            return day - DAY * ((day.weekday() - self.first_weekday) % 7)
        return day if grain == "day" else day.replace(day=1)

    def shift(self, grain, day, n):
        if grain in ("day", "week"):
            return day + DAY * n * (7 if grain == "week" else 1)
        months = day.year * 12 + day.month - 1 + n
        return datetime.date(months // 12, months % 12 + 1, 1)

    def period(self, grain, instant, n=0):
        """(start, end) of the n-th period after the one that holds the instant."""
        first = self.shift(grain, self.first_day(grain, self.date(instant)), n)
        return self.midnight(first), self.midnight(self.shift(grain, first, 1))

    def units_between(self, grain, a, b):
        """How many days, weeks or months of the calendar lie between two instants."""
        a, b = (self.first_day(grain, self.date(t)) for t in (a, b))
        if grain == "month":
            return (b.year - a.year) * 12 + b.month - a.month
        return (b - a).days // (7 if grain == "week" else 1)


# ---- Aggregates: of the known values, in the order of rows ----

def quantile(values, p, kind):
    """Hyndman and Fan; p is a fraction."""
    x, n = sorted(values), len(values)
    a, b = {4: (0, 1), 5: (Fraction(1, 2),) * 2, 6: (0, 0), 7: (1, 1), 8: (Fraction(1, 3),) * 2,
            9: (Fraction(3, 8),) * 2}.get(kind, (0, 0))
    rank = n * p if kind < 3 else n * p - Fraction(1, 2) if kind == 3 else a + p * (n + 1 - a - b)
    j = math.floor(rank)
    share = rank - j

    def at(k):
        return x[min(max(k, 1), n) - 1]

    if kind == 1:
        return at(j) if share == 0 else at(j + 1)
    if kind == 2:
        return (at(j) + at(j + 1)) / 2 if share == 0 else at(j + 1)
    if kind == 3:
        return at(j) if share == 0 and j % 2 == 0 else at(j + 1)
    return (1 - share) * at(j) + share * at(j + 1)


def variance(values):
    if len(values) < 2:
        return None
    mean = sum(values) / Fraction(len(values))
    return sum((v - mean) ** 2 for v in values) / (len(values) - 1)


def root(x):
    return None if x is None else math.sqrt(x)


AGGREGATES = {
    "sum": lambda v: sum(v, Fraction(0)),
    "mean": lambda v: sum(v) / Fraction(len(v)) if v else None,
    "min": lambda v: min(v, default=None),
    "max": lambda v: max(v, default=None),
    "variance": variance,
    "stddev": lambda v: root(variance(v)),
    "first": lambda v: v[0] if v else None,
    "last": lambda v: v[-1] if v else None,
}


def divide(a, b):
    return None if a is None or b is None or b == 0 else Fraction(a) / Fraction(b)


# ---- Rows: dicts whose "time" is an instant or None, in the order of time, then of the table ----

@dataclass
class Rows:
    """What an aggregate runs over: rows by (interval, segment)."""
    lua: str
    select: Callable                # (start, end, segment) → rows
    columns: list                   # (lua, function of a row): numbers
    conditions: list                # (lua, predicate of a row)
    default: str = None


def in_segment(row, segment):
    return all(row[name] == value for name, value in segment.items())


def between(rows, start, end, segment):
    return [r for r in rows if in_segment(r, segment)
            and (start is None or r["time"] is not None and start <= r["time"] < end)]


def known(rows, function):
    return [v for v in map(function, rows) if v is not None]


def plus(f, g):
    return lambda row: None if f(row) is None else g(f(row))


def column(name):
    return lambda row: row[name]


NUMBERS = [
    ('"n"', column("n")),
    ('"amount"', column("amount")),
    ('"score"', column("score")),
    ('"n * 2 + 1"', plus(column("n"), lambda n: n * 2 + 1)),
    ('"amount / 4"', plus(column("amount"), lambda a: Fraction(float(a) / 4))),
]
CONDITIONS = [
    ('"kind == \'a\'"', lambda r: r["kind"] == "a"),
    ('"kind ~= \'b\'"', lambda r: r["kind"] != "b"),
    ('{ kind = "c" }', lambda r: r["kind"] == "c"),
    ('"n > 3"', lambda r: r["n"] is not None and r["n"] > 3),
    ('"not (n == 2)"', lambda r: r["n"] != 2),
    ('"amount >= 10 and channel == \'x\'"',
     lambda r: r["amount"] is not None and r["amount"] >= 10 and r["channel"] == "x"),
    ('function(r) return r.score ~= nil and r.score < 5 end',
     lambda r: r["score"] is not None and r["score"] < 5),
    ('"(n or 7) % 3 == 1"', lambda r: (7 if r["n"] is None else r["n"]) % 3 == 1),
    # These two are the interpreter's: arithmetic with a text, and a loop.
    ('"(\'1\' .. ((n or 0) % 10)) + 0 > 13"', lambda r: (r["n"] or 0) % 10 > 3),
    ('function(r) for i = 2, 3 do if r.n == i then return true end end return false end',
     lambda r: r["n"] in (2, 3)),
]


def filtered(rnd, rows):
    """The rows, or those of them for which one or two conditions hold."""
    for _ in range(rnd.choice([0, 0, 1, 1, 2])):
        lua, holds = rnd.choice(rows.conditions)
        # Bound as defaults: a later turn of the loop must not change what this one means.
        rows = Rows(f"{rows.lua}:where({lua})",
                    lambda *place, below=rows.select, holds=holds:
                    [r for r in below(*place) if holds(r)],
                    rows.columns, rows.conditions, rows.default)
    return rows


def aggregate(rnd, rows, ordered=True):
    """(Lua, function of an interval and a segment) of a random aggregate."""
    rows = filtered(rnd, rows)
    kind = rnd.choice(["count", "distinct", "share", "p", *AGGREGATES])
    if not ordered and kind in ("first", "last"):
        kind = "sum"
    select = rows.select
    if kind == "count":
        return f"{rows.lua}:count()", lambda *place: len(select(*place))
    if kind == "share":
        lua, holds = rnd.choice([c for c in rows.conditions if not c[0].startswith("{")])
        return (f"{rows.lua}:share({lua})",
                lambda *place: divide(sum(map(holds, select(*place))), len(select(*place))))
    lua, value = rnd.choice(rows.columns)
    if kind == "distinct":
        return (f"{rows.lua}:distinct({lua})",
                lambda *place: len(set(known(select(*place), value))))
    if kind == "p":
        p, definition = rnd.choice([0, 10, 25, 50, 90, 95, 100]), rnd.randint(1, 9)

        def percentile(*place):
            values = known(select(*place), value)
            return quantile(values, Fraction(p, 100), definition) if values else None
        return f"{rows.lua}:p({p}, {lua}, {{ type = {definition} }})", percentile
    return (f"{rows.lua}:{kind}({lua})",
            lambda *place: AGGREGATES[kind](known(select(*place), value)))


# ---- Relations ----

VALUE = [('"value"', column("value"))]


def value_conditions(least):
    return [(f'"value >= {least}"', lambda r: r["value"] is not None and r["value"] >= least),
            (f'"value ~= {least}"', lambda r: r["value"] != least)]


def per(rnd, events):
    """One row per entity within the interval and segment."""
    base = filtered(rnd, events)
    lua, value = rnd.choice(NUMBERS)
    kind = rnd.choice(["count", "sum", "distinct", "max", "mean"])
    inner = "count()" if kind == "count" else f"{kind}({lua})"

    def of(rows):
        if kind == "count":
            return len(rows)
        values = known(rows, value)
        return len(set(values)) if kind == "distinct" else AGGREGATES[kind](values)

    def select(*place):
        groups = {}
        for row in base.select(*place):
            if row["user"] is not None:
                groups.setdefault(row["user"], []).append(row)
        made = [{"value": of(rows)} for rows in groups.values()]
        return [r for r in made if r["value"] is not None]

    # Whether an entity without a value is a row is not asked: every aggregate is of the value.
    rows = Rows(f'{base.lua}:per("user"):{inner}:where("value ~= nil")', select, VALUE,
                value_conditions(rnd.choice([1, 2, 5])))
    return aggregate(rnd, rows, ordered=False)


def steps_of(rnd):
    return [rnd.choice(CONDITIONS[:4]) for _ in range(rnd.randint(2, 3))]


class Journey:
    """J-…: greedy walks over the rows of one entity."""

    def __init__(self, rnd):
        self.steps = steps_of(rnd)
        self.limits = [None] + [rnd.choice([None, None, 1, 3]) for _ in self.steps[1:]]
        self.within = rnd.choice([None, 2, 7])
        self.strict = rnd.random() < 0.2
        self.any_order = not self.strict and rnd.random() < 0.3
        self.every = rnd.random() < 0.4
        self.same = not self.strict and rnd.random() < 0.2

    def lua(self, base):
        steps = ", ".join(
            when if limit is None else f'{{ when = {when}, within = "{limit}d" }}'
            for (when, _), limit in zip(self.steps, self.limits))
        parts = ['entity = "user"', f"steps = {{ {steps} }}"]
        if self.within:
            parts.append(f'within = "{self.within}d"')
        for name, value in (("strict", self.strict), ("any_order", self.any_order)):
            parts += [f"{name} = true"] if value else []
        parts += ['attempts = "every"'] if self.every else []
        parts += ['same = { "channel" }'] if self.same else []
        return f"{base}:journey {{ {', '.join(parts)} }}"

    def lines(self, rows):
        """The rows of an entity, and where they must have a value in common, of each value."""
        entities = {}
        for row in rows:
            if row["user"] is None or row["time"] is None:
                continue
            if not self.strict and not any(holds(row) for _, holds in self.steps):
                continue
            entities.setdefault(row["user"], []).append(row)
        begins = self.steps[0][1]
        for line in entities.values():
            first = next((r for r in line if begins(r)), None)
            if first is None:
                continue
            if not self.same:
                yield line
                continue
            # A missing value is like no other, so that such a row stands alone.
            def of(value, line=line):
                return [r for r in line if value is not None and r["channel"] == value]
            lonely = [[r] for r in line if r["channel"] is None]
            if self.every:
                yield from (of(c) for c in CHANNELS if c is not None)
                yield from lonely
            else:
                yield of(first["channel"]) if first["channel"] is not None else [first]

    def next_step(self, line, reached, met):
        """(index of the row, step) that comes next, or None."""
        last = line[reached[-1]]["time"]
        steps = [k for k in range(1, len(self.steps)) if k not in met]
        found = []
        for k in steps if self.any_order else steps[:1]:
            later = range(reached[-1] + 1, len(line))
            i = next((i for i in later if self.steps[k][1](line[i])), None)
            if i is None or self.strict and i != reached[-1] + 1:
                continue
            limits = [(last, self.limits[k]), (line[reached[0]]["time"], self.within)]
            if all(days is None or line[i]["time"] <= since + DAY * days for since, days in limits):
                found.append((i, k))
        return min(found, default=None)

    def attempts(self, rows):
        made = []
        for line in self.lines(rows):
            i = 0
            while i < len(line):
                if not self.steps[0][1](line[i]):
                    i += 1
                    continue
                reached, met = [i], {0}
                while len(met) < len(self.steps):
                    step = self.next_step(line, reached, met)
                    if step is None:
                        break
                    reached.append(step[0])
                    met.add(step[1])
                first = line[i]
                made.append({"time": first["time"], "channel": first["channel"],
                             "at": [line[k]["time"] for k in reached]})
                if not self.every:
                    break
                i = (reached[-1] if len(met) == len(self.steps) else i) + 1
        return made


def journey(rnd, events):
    base, spec = filtered(rnd, events), Journey(rnd)
    attempts = spec.attempts(base.select(None, None, {}))
    n, lua = len(spec.steps), spec.lua(base.lua)

    def count(*place, reached=1):
        return sum(len(a["at"]) >= reached for a in between(attempts, *place))

    def seconds(*place):
        return [Fraction((a["at"][n - 1] - a["at"][0]).total_seconds())
                for a in between(attempts, *place) if len(a["at"]) == n]

    return rnd.choice([
        (f"{lua}:count()", count),
        (f"{lua}:reach({n})", lambda *place: count(*place, reached=n)),
        (f"{lua}:rate()", lambda *place: divide(count(*place, reached=n), count(*place))),
        (f"{lua}:rate(2)", lambda *place: divide(count(*place, reached=2), count(*place))),
        (f"{lua}:drop_off({n})", lambda *place: divide(
            count(*place, reached=n - 1) - count(*place, reached=n), count(*place, reached=n - 1))),
        (f"{lua}:time():mean()", lambda *place: AGGREGATES["mean"](seconds(*place))),
        (f"{lua}:time():p(90)", lambda *place: quantile(seconds(*place), Fraction(9, 10), 7)
         if seconds(*place) else None),
    ])


def retention(rnd, events, calendar):
    base = filtered(rnd, events)
    start_lua, starts = rnd.choice(CONDITIONS)
    active_lua, active = rnd.choice([(None, lambda r: True), rnd.choice(CONDITIONS)])
    mode, n = rnd.choice(["bounded", "unbounded", "within"]), rnd.randint(1, 3)
    unit = rnd.choice(["day", "week", "month"])
    valued = rnd.random() < 0.3

    def in_window(index):
        return {"bounded": index == n, "unbounded": index >= n, "within": 1 <= index <= n}[mode]

    members = {}
    for row in base.select(None, None, {}):
        user = row["user"]
        if user is None or row["time"] is None:
            continue
        if user not in members:
            if not starts(row):
                continue
            members[user] = {"time": row["time"], "channel": row["channel"], "retained": False,
                             "value": Fraction(0), "base": Fraction(0)}
        if not active(row):
            continue
        member = members[user]
        index = calendar.units_between(unit, member["time"], row["time"])
        member["retained"] |= in_window(index)
        for name, counts in (("value", in_window(index)), ("base", index == 0)):
            if counts and row["amount"] is not None:
                member[name] += row["amount"]

    def rate(*place):
        cohort = between(members.values(), *place)
        if valued:
            return divide(sum(m["value"] for m in cohort), sum(m["base"] for m in cohort))
        return divide(sum(m["retained"] for m in cohort), len(cohort))

    parts = ['entity = "user"', f"start = {start_lua}", f'mode = "{mode}"',
             f'at = "{n}{unit[0]}"']
    parts += [f"active = {active_lua}"] if active_lua else []
    parts += ['value = "amount"'] if valued else []
    return f"{base.lua}:retention {{ {', '.join(parts)} }}", rate


def total_by_user(rows, segment):
    """{entity: its amounts}, without zeros."""
    held = {}
    for row in rows:
        if row["amount"] is not None and in_segment(row, segment):
            held[row["user"]] = held.get(row["user"], 0) + row["amount"]
    return {user: amount for user, amount in held.items() if amount}


class Intervals:
    """B-1: what is in force in the last moment before an instant."""
    lua = '{ entity = "user", value = "amount", from = "since", to = "till" }'

    def __init__(self, subs):
        self.subs = subs

    def state(self, at, segment):
        return total_by_user([r for r in self.subs if r["time"] < at
                              and (r["to"] is None or r["to"] >= at)], segment)

    def has_state(self, _start, _end):
        return True


class Snapshots(Intervals):
    """B-4, B-5: the rows of the latest time before an instant."""
    lua = '{ entity = "user", value = "amount" }'

    def state(self, at, segment):
        last = max((r["time"] for r in self.subs if r["time"] < at), default=None)
        return total_by_user([r for r in self.subs if r["time"] == last], segment)

    def has_state(self, start, end):
        return any(start <= r["time"] < end for r in self.subs)


def balance(rnd, ledger):
    kind = rnd.choice(["total()", "count()", "mean()", "p(50)"])

    def value(start, end, segment):
        if not ledger.has_state(start, end):
            return None
        held = [Fraction(v) for v in ledger.state(end, segment).values()]
        if kind == "count()":
            return len(held)
        if kind == "p(50)":
            return quantile(held, Fraction(1, 2), 7) if held else None
        return AGGREGATES["sum" if kind == "total()" else "mean"](held)
    return f"subs:balance {ledger.lua}:{kind}", value


def movement(rnd, ledger, calendar, grain):
    lua = f"subs:movement {ledger.lua}"
    part = rnd.choice(["opening", "closing", "expansion", "contraction", "churn", "new",
                       "reactivation"])

    def seen(user, start, segment):
        """B-7: positive at the period's start or at an earlier end of a period."""
        first = min(r["time"] for r in ledger.subs)
        while start > first:
            if ledger.state(start, segment).get(user, 0) > 0:
                return True
            start = calendar.period(grain, start, -1)[0]
        return False

    def amount(user, a, b, start, segment):
        if part in ("opening", "closing"):
            return a if part == "opening" else b
        if not a:
            kind = "reactivation" if seen(user, start, segment) else "new"
        else:
            kind = "churn" if not b else "expansion" if b > a else "contraction"
        return abs(b - a) if kind == part else 0

    def value(start, end, segment):
        if not ledger.has_state(start, end):
            return None
        opening, closing = ledger.state(start, segment), ledger.state(end, segment)
        return sum((amount(user, Fraction(opening.get(user, 0)), Fraction(closing.get(user, 0)),
                           start, segment) for user in {*opening, *closing}), Fraction(0))
    return f"{lua}:{part}()", value


# ---- Formulas and windows ----

def ratio(a, b):
    return f"({a[0]}) / ({b[0]})", lambda *place: divide(a[1](*place), b[1](*place))


def real(function):
    """N-10: what has no real result, or one beyond a double, is missing."""
    def of(x):
        try:
            return None if x is None else function(x)
        except (ValueError, OverflowError):
            return None
    return of


FUNCTIONS = {"abs": real(abs), "sqrt": real(math.sqrt), "exp": real(math.exp),
             "log": real(math.log)}


def called(rnd, a, other):
    """A mathematical function of a formula, or of two."""
    name = rnd.choice(["min", "max", *FUNCTIONS])
    lua, value = a
    if name in FUNCTIONS:
        return f"formula.{name}({lua})", lambda *place: FUNCTIONS[name](value(*place))
    choose, (right, second) = min if name == "min" else max, other()

    def either(*place):
        both = [value(*place), second(*place)]
        return None if None in both else choose(both)
    return f"formula.{name}({lua}, {right})", either


def within(metric, covered):
    """P-9: missing in a stretch of time that the source does not meet. All time is covered."""
    lua, value = metric

    def inside(start, end, segment):
        if start is not None and (not covered or start > covered[1] or end <= covered[0]):
            return None
        return value(start, end, segment)
    return lua, inside


def stretch(rnd, inner, calendar):
    """The value over another stretch that ends with the period."""
    lua, value = inner
    kind, days = rnd.choice(["rolling", "to_date", "cumulative"]), rnd.choice([1, 2, 7, 10])
    unit = rnd.choice(["week", "month"])
    since = {
        "rolling": lambda end: calendar.midnight(calendar.date(end) - DAY * days),
        "to_date": lambda end: calendar.period(unit, end - datetime.timedelta(seconds=1))[0],
        "cumulative": lambda end: datetime.datetime.min.replace(tzinfo=UTC),
    }[kind]
    argument = {"rolling": f'"{days}d"', "to_date": f'"{unit}"', "cumulative": "()"}[kind]
    return (f"({lua}):{kind}{argument}",
            lambda start, end, segment: value(since(end), end, segment))


def earlier(rnd, inner, calendar, grain):
    """The value of an earlier period, or of the last ones together."""
    lua, value = inner
    n, fold = rnd.randint(1, 3), rnd.choice(["sum", "mean", "min", "max"])

    def at(start, segment, k):
        return value(*calendar.period(grain, start, -k), segment)

    def over(start, _end, segment):
        values = [at(start, segment, k) for k in range(n)]
        values = [Fraction(v) for v in values if v is not None]
        return AGGREGATES[fold](values) if values else None

    if rnd.random() < 0.5:
        return f"({lua}):offset({-n})", lambda start, _end, segment: at(start, segment, n)
    return f'({lua}):over({n}, "{fold}")', over
