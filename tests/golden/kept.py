"""What is kept between runs never shows in an answer: a project whose files, scripts and settings
change at random, in the ways that files do change, is evaluated over and over, and every answer is
that of a run that keeps and reuses nothing. That it is reused shows where it is wrong: what is kept
of a count is changed behind the program's back.
"""
import json
import os
import random
import subprocess

import events

REQUESTS = [
    ["--from", "2026-W02", "--to", "2026-W30"],
    ["--from", "2026-W02", "--to", "2026-W30", "--by", "channel"],
    ["--from", "2026-03-01", "--to", "2026-04-10", "--grain", "day", "rows", "actives", "slow"],
    ["--last", "3"],
    ["--last", "3", "--as-of", "2026-05-20T15:30"],
    ["--grain", "month", "--last", "6", "--as-of", "data", "--by", "channel"],
    ["--grain", "all"],
]


# Of each kind that is kept by interval, and some that cannot be.
SCRIPT = events.SCRIPT + """
metric "least"    { value = events:min "duration" }
metric "first"    { value = events:first "duration" }
metric "last"     { value = events:last "amount" }
metric "typical"  { value = events:mean "amount" }
metric "month"    { value = events:distinct "user_id":rolling "28d" }
metric "so_far"   { value = events:sum "amount":cumulative() }
metric "spenders" { value = events:per "user_id":sum "amount":where "value > 20":count() }
metric "spent"    { value = events:per "user_id":sum "amount":p(50, "value") }
metric "kinds"    { value = events:distinct("user_id", { approx = true }) }
"""


class Rounds:
    def __init__(self, project, seed):
        self.project, self.rnd = project, random.Random(seed)
        self.lines = events.make_rows(60000, days=180)
        self.next = 40000
        events.write_rows(self.path(0), self.lines[:30000])
        events.write_rows(self.path(1), self.lines[30000:40000])
        self.count = 2
        self.settings = (project.folder / "cynosure.yaml").read_text(encoding="ascii")
        self.settings = self.settings.replace("bad_rows: 0", "bad_rows: 50")
        self.configure(self.settings)
        project.script(SCRIPT)
        self.rest = ""  # of a line that was begun
        self.answered = 0

    def path(self, number):
        return self.project.data / f"{number:03}.csv"

    def configure(self, text):
        (self.project.folder / "cynosure.yaml").write_text(text, encoding="ascii")

    def take(self):
        count = self.rnd.randint(1, 400)
        taken = self.lines[self.next:self.next + count]
        self.next = (self.next + count) % 50000
        return "".join(taken)

    def append(self, path, text):
        with open(path, "a", encoding="ascii") as file:
            file.write(text)

    # What may happen between two runs:

    def nothing(self):
        pass

    def grow_last(self):
        self.append(self.path(self.count - 1), self.take())

    def grow_any(self):
        self.append(self.path(self.rnd.randrange(self.count)), self.take())

    def begin_a_line(self):
        text = self.take()
        cut = self.rnd.randrange(len(text))
        self.append(self.path(self.count - 1), text[:cut])
        self.rest = text[cut:]

    def append_bad_rows(self):
        self.append(self.path(self.count - 1),
                    self.rnd.choice(["broken\n", '"open\n', '"\n', "\n", "2026-07-01,u1,view\n"]))

    def add_a_file(self):
        events.write_rows(self.path(self.count), self.take().splitlines(True))
        self.count += 1

    def replace_in_place(self):
        path = self.path(self.rnd.randrange(self.count))
        text = path.read_text(encoding="ascii")
        with open(path, "r+", encoding="ascii") as file:
            file.write(text.replace("friend", "organ1" if self.rnd.random() < 0.5 else "fr1end"))

    def write_anew(self):
        path = self.path(self.count - 1)
        text = path.read_text(encoding="ascii").replace(",ads,", ",radio,")
        path.write_text(text + self.take(), encoding="ascii")

    def cut_off(self):
        path = self.path(self.count - 1)
        with open(path, "r+b") as file:
            file.truncate(max(len(events.HEADER), path.stat().st_size // 2))

    def touch(self):
        os.utime(self.path(0))

    def change_settings(self):
        old, new = self.rnd.choice([("Europe/Berlin", "America/New_York"), ("grain: week", "grain: month"),
                                    ("2026-12-01", "2026-05-03T12:00"), ("real", "{ type: decimal, scale: 3 }")])
        self.configure(self.settings.replace(old, new))

    def change_scripts(self):
        old, new = self.rnd.choice([("duration * 2", "duration * 3"), ("value >= 3", "value >= 4"),
                                    ('"purchase" }', '"view" }'), ("p(95", "p(90")])
        self.project.script(SCRIPT.replace(old, new))

    def run(self, *options):
        run = subprocess.run(self.project.command("eval", "--json", *options), check=False,
                             capture_output=True, text=True)
        if run.returncode < 0 or not (run.returncode or run.stdout):
            raise RuntimeError(f"exit {run.returncode}: {run.stderr.strip()}")
        return run.returncode, run.stdout

    def round(self):
        if self.rest:
            self.append(self.path(self.count - 1), self.rest)
            self.rest = ""
        step = self.rnd.choice([
            self.nothing, self.grow_last, self.grow_last, self.grow_any, self.begin_a_line,
            self.append_bad_rows, self.add_a_file, self.replace_in_place, self.write_anew,
            self.cut_off, self.touch, self.change_settings, self.change_scripts,
        ])
        step()
        request = self.rnd.choice(REQUESTS)
        expected = self.run(*request, "--no-cache", "--no-record")
        self.answered += expected[0] == 0
        for turn in ("at first", "again"):
            assert self.run(*request) == expected, f"{turn}, {request} after {step.__name__}"


def weeks_of(project, metric, *options):
    output = subprocess.run(project.eval_command(*options, metric), check=True, capture_output=True,
                            text=True).stdout
    return {point["period"]: point["value"] for point in map(json.loads, output.splitlines())}


def only_touched_weeks_are_counted_again(binary):
    """Rows come into one week; another week's count is what was kept of it, right or wrong."""
    with events.project(binary) as project:
        lines = events.make_rows(60000, days=180)
        path = project.data / "0.csv"
        events.write_rows(path, lines[:50000])
        before = weeks_of(project, "rows")
        forged = 123456789
        events.forge(project, {count for count in before.values() if count}, forged)
        more = [line for line in lines[:50000] if line.startswith("2026-05-13")]  # of 2026-W20
        with open(path, "a", encoding="ascii") as file:
            file.writelines(more)
        after = weeks_of(project, "rows")
        expected = {week: count and forged for week, count in before.items()}
        expected["2026-W20"] = before["2026-W20"] + len(more)
        expected["2026-W19"] = before["2026-W19"]  # as near as if times were of another zone
        assert more and after == expected, after
        # Another request has some of these weeks, too.
        some = weeks_of(project, "rows", "--from", "2026-W10", "--to", "2026-W11")
        assert some == {"2026-W10": forged, "2026-W11": forged}, some
        computed = weeks_of(project, "rows", "--no-cache")
        assert computed == {**before, "2026-W20": expected["2026-W20"]}, computed


def main():
    args = events.rounds_asked_for(40)

    def rounds():
        played = events.play(args, Rounds)
        # Errors that agree would show little.
        assert played.answered > args.rounds / 2, f"{played.answered} had answers"
        return f"{played.answered} of them had answers"

    events.tap([
        (f"{args.rounds} changes are all noticed", rounds),
        ("only weeks that new rows are in are counted again",
         lambda: only_touched_weeks_are_counted_again(args.binary)),
    ])


main()
