"""Rows that come later change only what they can: random projects with a metric of every kind grow
in every way (after the last row, at its very time, in the past, far ahead, of new and of old
entities, without time; at the end of a file and in a new one), while now goes on or stays. Every
answer is that of a run that keeps and reuses nothing. That cohorts whose windows have passed are
not made again shows where what is kept of them is wrong: it is changed behind the program's back.

    growth.py BINARY [--rounds N] [--seed N]
"""
import datetime
import json
import random
import subprocess

import events

BEGIN = datetime.datetime(2026, 1, 5)  # a Monday
DAYS = 70
ROWS = 3000  # of so many bytes that the source is kept
HEADER = "time,user_id,event,channel,amount,starts,ends,filler\n"
FILLER = "x" * 400
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]
KINDS = ["signup", "view", "view", "aha", "purchase"]
CONFIG = """name: growth
timezone: {zone}
grain: {grain}
week_start: {week_start}
as_of: 2026-07-01
sources:
  events:
    type: csv
    path: data/*.csv
    time: time
    entity: user_id
    dimensions: [channel, event]
    columns:
      time: {time}
      user_id: {user}
      event: text
      channel: text
      amount: {{ type: decimal, scale: 2 }}
      starts: timestamp
      ends: timestamp
      filler: text
"""
ALWAYS = """local events = source "events"
metric "rows"    { value = events:count() }
metric "actives" { value = events:distinct "user_id" }
metric "slow"    { value = events:p(90, "amount") }
metric "month"   { value = events:distinct "user_id":rolling "14d" }
metric "so_far"  { value = events:sum "amount":cumulative() }
"""


def one_of(rnd, *choices):
    return rnd.choice(choices)


def windows(rnd, steps):
    """The steps, each perhaps with a window of its own, and the journey's."""
    each = rnd.random()
    told = [steps[0]]
    for step in steps[1:]:
        own = rnd.random() < 0.5 if each < 0.5 else each < 0.75
        window = one_of(rnd, "6h", "2d", "5d")
        told.append(f'{{ when = {step}, within = "{window}" }}' if own else step)
    within = f', within = "{one_of(rnd, "12h", "3d", "10d")}"' if rnd.random() < 0.6 else ""
    return f"steps = {{ {', '.join(told)} }}{within}"


def journey(rnd, name):
    steps = [one_of(rnd, "\"event == 'signup'\"", "\"event == 'view' and amount > 20\"")]
    steps += rnd.sample(["\"event == 'aha'\"", "\"event == 'purchase'\"", "\"amount > 50\""],
                        rnd.choice([1, 1, 2]))
    options = rnd.choice(["", ", strict = true", ", any_order = true", ', attempts = "every"',
                          ', attempts = "every", strict = true'])
    options += rnd.choice(["", ', same = { "channel" }'])
    base = rnd.choice(["events", 'events:where { channel = "ads" }', 'events:where "amount ~= 33"',
                       'events:where "channel and amount"'])
    last = len(steps)
    return f"""local {name} = {base}:journey {{
  entity = "user_id", {windows(rnd, steps)}{options},
}}
metric "{name}_n"     {{ value = {name}:count() }}
metric "{name}_rate"  {{ value = {name}:rate() }}
metric "{name}_time"  {{ value = {name}:time():p(50) }}
metric "{name}_most"  {{ value = {name}:time(1, {last}):max() }}
metric "{name}_first" {{ value = {name}:first "t2" }}
metric "{name}_users" {{ value = {name}:per "entity":count():max "value" }}
metric "{name}_soon"  {{ value = {name}:where "t2 - t1 < 90000":count() }}
"""


def retention(rnd, name):
    options = rnd.choice(["", ", active = \"event == 'view'\"", ', value = "amount"'])
    options += rnd.choice(["", ', mode = "unbounded"', ', mode = "within"'])
    at = [one_of(rnd, "1d", "2d", "7d"), one_of(rnd, "1w", "2w"), "1m"]
    told = [f"""local {name} = events:retention {{
  entity = "user_id", start = "event == '{one_of(rnd, 'signup', 'view', 'aha')}'"{options},
}}
"""]
    for k, offset in enumerate(at):
        told.append(f'metric "{name}_{k}" {{ value = {name}:at "{offset}" }}\n'
                    f'metric "{name}_{k}_n" {{ value = {name}:cohort "{offset}":count() }}\n')
    return "".join(told)


def per(rnd, name):
    func = one_of(rnd, "count()", 'sum "amount"', 'max "amount"', 'last "channel"')
    asks = ["count()"] if "last" in func else ['p(50, "value")', 'where "value > 2":count()']
    ask = rnd.choice(asks)
    return f'metric "{name}" {{ value = events:per "user_id":{func}:{ask} }}\n'


def balance(rnd, name):
    ends = rnd.choice(["", ', from = "starts", to = "ends"'])
    return (f'local {name} = {{ entity = "user_id", value = "amount"{ends} }}\n'
            f'metric "{name}_total" {{ value = events:balance({name}):total() }}\n'
            f'metric "{name}_new" {{ value = events:movement({name}):new() }}\n')


def script(rnd):
    parts = [ALWAYS]
    for number in range(2):
        parts += [journey(rnd, f"j{number}"), retention(rnd, f"k{number}"), per(rnd, f"p{number}")]
    return "".join(parts) + balance(rnd, "held")


class Growth:
    """One project that grows."""

    def __init__(self, project, seed):
        rnd = self.rnd = random.Random(seed)
        self.project, self.files, self.last = project, 0, BEGIN
        self.numbers = rnd.random() < 0.3   # entities are numbers
        self.dates = rnd.random() < 0.25    # times are dates
        self.coarse = rnd.choice([1, 3600, 21600])  # seconds that times are multiples of
        self.users, self.rate = 0, rnd.choice([0.02, 0.1, 0.4])  # of rows that bring a new entity
        self.now = BEGIN + datetime.timedelta(days=rnd.choice([DAYS, 200]))
        self.by = rnd.choice([[], ["--by", "channel"]])  # of what is asked again and again
        self.project.script(script(rnd))
        (project.folder / "cynosure.yaml").write_text(CONFIG.format(
            zone=rnd.choice(ZONES), grain=rnd.choice(["day", "week", "week", "month"]),
            week_start=rnd.choice(["monday", "sunday"]),
            time="date" if self.dates else "timestamp",
            user="integer" if self.numbers else "text"), encoding="ascii")
        span = DAYS * 86400
        moments = [rnd.randrange(span) for _ in range(ROWS)]
        moments.sort()
        lines = [self.row(BEGIN + datetime.timedelta(seconds=at)) for at in moments]
        if rnd.random() < 0.3:
            rnd.shuffle(lines)
        self.add(lines, new=True)

    # ---- rows ----

    def clock(self, at):
        seconds = int((at - BEGIN).total_seconds()) // self.coarse * self.coarse
        return BEGIN + datetime.timedelta(seconds=seconds)

    def any_user(self):
        """Half of them are of the last that came."""
        self.users += self.users == 0 or self.rnd.random() < self.rate
        few = self.users if self.rnd.random() < 0.5 else min(self.users, 20)
        return self.users - 1 - self.rnd.randrange(few)

    def row(self, at, user=None):
        rnd = self.rnd
        at = self.clock(at)
        told = "" if rnd.random() < 0.02 else at.date() if self.dates else at
        if told:
            self.last = max(self.last, at)
        user = self.any_user() if user is None else user
        user = "" if rnd.random() < 0.02 else user if self.numbers else f"u{user}"
        amount = "" if rnd.random() < 0.2 else f"{rnd.randrange(10000) / 100:.2f}"
        until = at + datetime.timedelta(days=rnd.randrange(1, 40))
        return (f"{told},{user},{rnd.choice(KINDS)},{rnd.choice(events.CHANNELS)},{amount},{at},"
                f"{until if rnd.random() < 0.6 else ''},{FILLER}\n")

    def rows(self, count, least, most, users=None):
        """Rows between so many days after the last one."""
        least, most = (int(days * 86400) for days in (least, most))
        first = self.last
        return [self.row(first + datetime.timedelta(seconds=self.rnd.randint(least, most)),
                         users and self.rnd.choice(users)) for _ in range(count)]

    def add(self, lines, new=False):
        if new or self.rnd.random() < 0.4:
            path = self.project.data / f"{self.files:03}.csv"
            self.files += 1
            part = path.with_suffix(".part")
            part.write_text(HEADER + "".join(lines), encoding="ascii")
            part.rename(path)
        else:
            path = self.project.data / f"{self.files - 1:03}.csv"
            with open(path, "a", encoding="ascii") as file:
                file.writelines(lines)

    # ---- what may happen between two runs ----

    def nothing(self):
        pass

    def a_day_more(self):
        self.add(sorted(self.rows(60, 0, 1.2)))

    def some_later(self):
        self.add(self.rows(self.rnd.randint(1, 30), 0, self.rnd.choice([0.1, 3, 12])))

    def the_last_moment(self):
        self.add(self.rows(5, 0, 0))

    def far_ahead(self):
        self.add(self.rows(3, 40, 60))

    def in_the_past(self):
        self.add(self.rows(self.rnd.randint(1, 5), -self.rnd.choice([1, 10, DAYS]), 0))

    def new_entities(self):
        users = list(range(self.users, self.users + 5))
        self.users += 5
        self.add(self.rows(20, 0, 4, users))

    def an_earlier_beginning(self):
        users = list(range(max(0, self.users - 40), self.users))
        self.add(self.rows(80, -50, -15, users))

    def without_time(self):
        kept, self.coarse = self.coarse, 1
        line = self.row(self.last).split(",", 1)[1]
        self.coarse = kept
        self.add(["," + line])

    def time_passes(self):
        self.now += datetime.timedelta(days=self.rnd.choice([-20, -1, 0.3, 1, 8, 30]))

    # ---- a round ----

    def at_now(self, *options):
        return [*options, "--as-of", self.now.strftime("%Y-%m-%dT%H:%M")]

    def usual_request(self):
        """Of what was kept of it before the last growth."""
        return self.at_now("--from", "2026-01-05", "--to", "2026-04-25", *self.by)

    def request(self):
        rnd = self.rnd
        options = rnd.choice([
            ["--last", "12"], ["--last", "12"], ["--from", "2026-01-12", "--to", "2026-05-01"],
            ["--from", "2026-03-01", "--to", "2026-03-20"], ["--grain", "day", "--last", "9"],
            ["--grain", "month", "--last", "4"], ["--grain", "all"]])
        by = rnd.choice([[], [], ["--by", "channel"], ["--by", "channel,event"]])
        return self.at_now(*options, *by)

    def run(self, *options):
        run = subprocess.run(self.project.command("eval", "--json", *options), check=False,
                             capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"exit {run.returncode}: {run.stderr.strip()}")
        return run.stdout

    def round(self):
        step = self.rnd.choice([
            self.nothing, self.a_day_more, self.a_day_more, self.some_later, self.some_later,
            self.the_last_moment, self.far_ahead, self.in_the_past, self.an_earlier_beginning,
            self.new_entities, self.without_time, self.time_passes, self.time_passes])
        step()
        for request in (self.usual_request(), self.request()):
            expected = self.run(*request, "--no-cache", "--no-record")
            for turn in ("at first", "again"):
                found = self.run(*request)
                assert found == expected, f"{turn}, {request} after {step.__name__}:\n" + \
                    first_difference(found, expected)


def first_difference(found, expected):
    pairs = zip(found.splitlines(), expected.splitlines())
    return next((f"{a}\n{b}" for a, b in pairs if a != b), "one has more lines")


# ---- what is not made again ----

COHORTS = """local events = source "events"
local kept = events:retention { entity = "user_id", start = "event == 'signup'" }
local aha = events:journey {
  entity = "user_id", steps = { "event == 'signup'", "event == 'aha_action'" }, within = "14d",
}
local ever = events:journey {
  entity = "user_id", steps = { "event == 'signup'", "event == 'aha_action'" },
}
metric "days"  { value = kept:cohort "1d":count() }
metric "weeks" { value = kept:cohort "1w":count() }
metric "tried" { value = aha:count() }
metric "ever"  { value = ever:count() }
"""
FORGED = 123456789


def values_of(project, *metrics):
    output = project.eval(*metrics)
    points = map(json.loads, output.splitlines())
    return {(point["metric"], point["period"]): point["value"] for point in points}


def only_open_cohorts_are_made_again(binary):
    """A row comes on the Wednesday of 2026-W20, into windows of earlier weeks' cohorts, too."""
    metrics = ["days", "weeks", "tried", "ever"]
    with events.project(binary) as project:
        project.script(COHORTS)
        lines = events.make_rows(120000, days=180)
        lines = [line for line in lines if line < "2026-05-13"]
        path = project.data / "0.csv"
        events.write_rows(path, lines)
        before = values_of(project, *metrics)
        events.forge(project, {count for count in before.values() if count}, FORGED)
        with open(path, "a", encoding="ascii") as file:
            file.write("2026-05-13 10:00:00,u999999,view,ads,,1\n")
        after = values_of(project, *metrics)
        forged = {metric: [week for week in sorted({w for _, w in after})
                           if after[metric, week] == FORGED] for metric in metrics}
        # The last week before which all is over; times count as if they were of any zone.
        expected = {"days": "2026-W18", "weeks": "2026-W17", "tried": "2026-W16"}
        for metric, last in expected.items():
            assert forged[metric][0] == "2026-W02" and forged[metric][-1] == last, forged
        assert not forged["ever"], forged
        rest = {key: value for key, value in after.items() if value != FORGED}
        assert rest == {key: before[key] for key in rest}, rest


def main():
    args = events.rounds_asked_for(30)

    def rounds():
        for seed in range(args.seed, args.seed + args.rounds):
            with events.project(args.binary) as project:
                growth = Growth(project, seed)
                for number in range(6):
                    try:
                        growth.round()
                    except (AssertionError, RuntimeError) as error:
                        raise RuntimeError(f"seed {seed}, round {number}: {error}") from error

    events.tap([
        (f"{args.rounds} projects grow, and every answer is that of a run from scratch", rounds),
        ("only cohorts that new rows can be in are made again",
         lambda: only_open_cohorts_are_made_again(args.binary)),
    ])


if __name__ == "__main__":
    main()
