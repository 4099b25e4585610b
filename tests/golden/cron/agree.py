#!/usr/bin/env python3
"""Cron expressions against others: times worked out date by date, or minute by minute, with
Python's own zones, and croniter where it is installed.

    agree.py CRON_TIMES ROOT [--many N]

CRON_TIMES is the test executable of tests/unit/sched. Expressions are drawn field by field together
with the set of values that each stands for, so nothing here reads cron's grammar. ROOT is the
repository: the examples of docs/reference/schedule.md are checked, too.
"""

import calendar
import random
import re
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()

# A day in each zone near which its clock changes.
CHANGES = [
    ("Asia/Tokyo", "2026-05-05"),
    ("UTC", "2024-02-28"),
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"),
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1969-09-30"),
    ("Africa/Casablanca", "2026-02-15"), ("Africa/Casablanca", "2026-03-22"),
    ("America/Sao_Paulo", "2018-11-04"), ("America/Havana", "2025-11-02"),
    ("America/St_Johns", "2010-11-07"), ("Asia/Kathmandu", "1986-01-01"),
    ("America/New_York", "2060-03-14"), ("Asia/Pyongyang", "2018-05-05"),
]


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, ok, name, *details):
        self.count += 1
        self.failed += not ok
        for detail in () if ok else details:
            print("# " + str(detail).replace("\n", "\n# "))
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Times:
    """The program under test: all answers to all questions."""

    def __init__(self, program):
        self.program = program

    def __call__(self, questions):
        text = "".join("|".join(map(str, q)) + "\n" for q in questions)
        done = subprocess.run([self.program], input=text, capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        assert len(lines) == len(questions), (len(lines), len(questions))
        return lines


# ---- expressions and what they mean ----

class Field:
    """A text, the values that it stands for, and for days what depends on the month."""

    def __init__(self, text, values, rule=None):
        self.text, self.values, self.rule = text, set(values), rule


def plain(rng, least, most, names=None):
    """One item that stands for the same values always."""
    def shown(n):
        return rng.choice([names[n - least], names[n - least].lower()]) \
            if names and n - least < len(names) and rng.random() < 0.4 else str(n)
    a, b = sorted((rng.randint(least, most), rng.randint(least, most)))
    step = rng.randint(1, most - least)
    return rng.choice([
        Field(shown(a), [a]),
        Field(f"{shown(a)}-{shown(b)}" if not (names and b > 6 and most == 7) else str(a),
              range(a, b + 1) if not (names and b > 6 and most == 7) else [a]),
        Field(f"{a}-{b}/{step}", range(a, b + 1, step)),
        Field(f"*/{step}", range(least, (6 if most == 7 else most) + 1, step)),
    ])


def listed(rng, item, most):
    """One to three items between commas."""
    items = [item() for _ in range(rng.choice([1, 1, 1, 2, 3]))][:most]
    rules = [i.rule for i in items if i.rule]
    return Field(",".join(i.text for i in items), set().union(*(i.values for i in items)),
                 (lambda day: any(rule(day) for rule in rules)) if rules else None)


def length(day):
    return calendar.monthrange(day.year, day.month)[1]


def near_workday(day, wanted):
    """Whether the day is the weekday nearest to the wanted one, in its month."""
    if wanted > length(day):
        return False
    candidates = [d for d in range(1, length(day) + 1)
                  if date(day.year, day.month, d).weekday() < 5]
    return day.day == min(candidates, key=lambda d: (abs(d - wanted), -d if wanted == 1 else d))


def month_day(rng):
    n = rng.randint(1, 31)
    kind = rng.randint(0, 9)
    if kind == 0:
        return Field("L", [], lambda day: day.day == length(day))
    if kind == 1:
        return Field("LW", [], lambda day: day.day == max(
            d for d in range(1, length(day) + 1) if date(day.year, day.month, d).weekday() < 5))
    if kind == 2 and n < 31:
        return Field(f"L-{n}", [], lambda day: day.day == length(day) - n)
    if kind == 3:
        return Field(f"{n}W", [], lambda day: near_workday(day, n))
    return plain(rng, 1, 31)


def week_day(rng):
    n, nth = rng.randint(0, 7), rng.randint(1, 5)
    text = rng.choice([str(n), DAYS[n % 7], DAYS[n % 7].lower()])
    is_it = lambda day: day.isoweekday() % 7 == n % 7
    kind = rng.randint(0, 5)
    if kind == 0:
        return Field(f"{text}#{nth}", [], lambda day: is_it(day) and (day.day - 1) // 7 + 1 == nth)
    if kind == 1:
        return Field(f"{text}L", [], lambda day: is_it(day) and day.day + 7 > length(day))
    return plain(rng, 0, 7, DAYS)


class Expression:
    def __init__(self, second, minute, hour, month_day, month, week_day):
        self.second, self.minute, self.hour = second, minute, hour
        self.month_day, self.month, self.week_day = month_day, month, week_day
        fields = [minute, hour, month_day, month, week_day]
        self.text = " ".join(f.text for f in ([second] if second.text else []) + fields)
        self.is_passing = bool(re.fullmatch(r"\*(/\d+)?", hour.text))

    def has_day(self, day):
        if day.month not in self.month.values:
            return False
        by_date = day.day in self.month_day.values or \
            bool(self.month_day.rule and self.month_day.rule(day))
        weekday = day.isoweekday() % 7
        by_weekday = weekday in {d % 7 for d in self.week_day.values} or \
            bool(self.week_day.rule and self.week_day.rule(day))
        if self.month_day.text == "*":
            return by_weekday or self.week_day.text == "*"
        return by_date if self.week_day.text == "*" else by_date or by_weekday

    def times(self, zone, start, until):
        """All in [start, until), by walking over what the clock shows."""
        found = self.passing(zone, start, until) if self.is_passing else \
            self.named(zone, start, until)
        return sorted(t for t in found if start <= t < until)

    def named(self, zone, start, until):
        """Python's fold=0 is the first of two equal times, and the offset before a gap in it."""
        day = datetime.fromtimestamp(start, timezone.utc).date() - timedelta(days=3)
        last = datetime.fromtimestamp(until, timezone.utc).date() + timedelta(days=3)
        found = set()
        while day <= last:
            for hour in self.hour.values if self.has_day(day) else ():
                for minute in self.minute.values:
                    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                    found.update(round(at.timestamp()) + s for s in self.second.values)
            day += timedelta(days=1)
        return found

    def passing(self, zone, start, until):
        found, days = set(), {}
        for at in range(start - start % 60, until, 60):
            clock = datetime.fromtimestamp(at, zone)
            if clock.minute not in self.minute.values or clock.hour not in self.hour.values:
                continue
            if clock.date() not in days:
                days[clock.date()] = self.has_day(clock.date())
            if days[clock.date()]:
                found.update(at + s for s in self.second.values)
        return found


def any_of(rng, field, chance, least, most):
    return Field("*", range(least, most + 1)) if rng.random() < chance else field()


def draw(rng, hour=None):
    second = Field("", [0]) if rng.random() < 0.7 else listed(rng, lambda: plain(rng, 0, 59), 1)
    return Expression(
        second,
        any_of(rng, lambda: listed(rng, lambda: plain(rng, 0, 59), 3), 0.1, 0, 59),
        hour or any_of(rng, lambda: listed(rng, lambda: plain(rng, 0, 23), 3), 0.1, 0, 23),
        any_of(rng, lambda: listed(rng, lambda: month_day(rng), 3), 0.6, 1, 31),
        any_of(rng, lambda: listed(rng, lambda: plain(rng, 1, 12, MONTHS), 3), 0.8, 1, 12),
        any_of(rng, lambda: listed(rng, lambda: week_day(rng), 3), 0.6, 0, 6))


# ---- tests ----

def compare(tap, times, cases, name):
    """Forwards and backwards; how many had times at all is said, so that none is compared in vain."""
    answers = times([(zone, start, until, e.text) for zone, start, until, e in cases])
    wrong, filled = [], 0
    for (zone, start, until, e), answer in zip(cases, answers):
        want = e.times(ZoneInfo(zone), start, until)
        filled += bool(want)
        if answer.startswith("error: "):
            if want or "names a day that no year has" not in answer:
                wrong.append(f"'{e.text}': {answer}")
            continue
        for side, got in zip(("forwards", "backwards"), answer.split("|")):
            got = [int(t) for t in got.split()]
            if got != want:
                first = min(set(got) ^ set(want), default=None)
                at = first and datetime.fromtimestamp(first, ZoneInfo(zone)).isoformat()
                wrong.append(f"'{e.text}' in {zone} {side}: {len(got)} times, expected "
                             f"{len(want)}; the first that only one has is {at} ({first})")
    print(f"# {filled} of {len(cases)} expressions have times there")
    tap.test(not wrong and filled > len(cases) / 10, name, *wrong[:10])


def test_changes(tap, times, rng, many):
    """All times within two days of a change: named hours near it, often."""
    cases = []
    for i in range(many):
        zone, day = CHANGES[i % len(CHANGES)]
        start = int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp())
        hours = listed(rng, lambda: Field(str(h := rng.randint(0, 4)), [h]), 3)
        expression = draw(rng, hours if rng.random() < 0.5 else None)
        if len(expression.second.values) > 3:
            expression = draw(rng, hours)
        cases.append((zone, start - 2 * 86400, start + 2 * 86400, expression))
    compare(tap, times, cases, f"{many} expressions where clocks change")


def test_years(tap, times, rng, many):
    """Which days: three years, an hour at most of each."""
    cases = []
    for _ in range(many):
        zone = rng.choice(CHANGES)[0]
        start = rng.randrange(0, 2_000_000_000)
        expression = draw(rng, Field("9", [9]))
        expression = Expression(Field("", [0]), Field("30", [30]), Field("9", [9]),
                                expression.month_day, expression.month, expression.week_day)
        cases.append((zone, start, start + 3 * 366 * 86400, expression))
    compare(tap, times, cases, f"{many} expressions over three years")


def test_croniter(tap, times, rng, many):
    try:
        from croniter import croniter
    except ImportError:
        tap.test(True, "croniter agrees # SKIP python3-croniter is not installed")
        return
    cases, questions, wrong = [], [], []
    while len(cases) < many:
        e = Expression(
            Field("", [0]),
            any_of(rng, lambda: plain(rng, 0, 59), 0.2, 0, 59),
            any_of(rng, lambda: plain(rng, 0, 23), 0.3, 0, 23),
            any_of(rng, lambda: Field(str(d := rng.randint(1, 28)), [d]), 0.5, 1, 31),
            any_of(rng, lambda: plain(rng, 1, 12, MONTHS), 0.7, 1, 12),
            any_of(rng, lambda: Field(str(d := rng.randint(0, 6)), [d]), 0.5, 0, 6))
        start = rng.randrange(0, 2_000_000_000)
        step = croniter(e.text, datetime.fromtimestamp(start, timezone.utc))
        want = [int(step.get_next(float)) for _ in range(8)]
        cases.append((e.text, want))
        questions.append(("UTC", start + 1, want[-1] + 1, e.text))
    for (text, want), answer in zip(cases, times(questions)):
        got = [int(t) for t in answer.split("|")[0].split()] if "|" in answer else answer
        if got != want:
            wrong.append(f"'{text}': got {got}, croniter {want}")
    tap.test(not wrong, f"croniter agrees on {many} expressions", *wrong[:10])


ROW = re.compile(r"^\| `([^`|]+)` \|[^|]*\| ([^|]+ [^|]+) \|$", re.M)


def test_examples(tap, times, root):
    """The table of examples: "| `expression` | meaning | time, time, time |"; its zone and its
    beginning are in the line "<!-- examples: zone, time -->" above it."""
    page = (root / "docs/reference/schedule.md").read_text()
    checked = 0
    for block in re.finditer(r"<!-- examples: (\S+), ([^>]+?) -->\n((?:.*\n)*?)\n", page + "\n"):
        zone = ZoneInfo(block[1])
        start = datetime.fromisoformat(block[2]).replace(tzinfo=zone)
        for expression, shown in ROW.findall(block[3] + "\n"):
            want = [part.strip() for part in shown.split(",")]
            begin = int(start.timestamp())
            answer = times([(block[1], begin, begin + 12 * 366 * 86400, expression)])[0]
            got = [datetime.fromtimestamp(int(t), zone).strftime("%a %Y-%m-%d %H:%M:%S")
                   .removesuffix(":00") for t in answer.split("|")[0].split()[:len(want)]]
            tap.test(len(want) == 3 and got == want, f"the example '{expression}' comes then",
                     f"got {', '.join(got) or answer}", f"the page says {', '.join(want)}")
            checked += 1
    tap.test(checked >= 15, "the page has examples", f"{checked} were found")


def main():
    times, root = Times(sys.argv[1]), Path(sys.argv[2])
    many = int(sys.argv[sys.argv.index("--many") + 1]) if "--many" in sys.argv else 360
    rng, tap = random.Random(20261122), Tap()
    test_changes(tap, times, rng, many)
    test_years(tap, times, rng, many // 2)
    test_croniter(tap, times, rng, many)
    test_examples(tap, times, root)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
