"""What the scripts declare is kept, and taken from there only while nothing that it depends on has
changed. That it is taken shows where it is wrong: the kept catalog is changed behind the program's
back.
"""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

LUA = Path(__file__).resolve().parents[2] / "lua"
TRUE, FORGED = 41.5, 42.5
FILES = {
    "cynosure.yaml": "name: kept\ntimezone: Asia/Tokyo\ngrain: day\nas_of: 2026-01-02\n"
                     "sources:\n  events: {type: csv, path: data.csv, time: at}\n",
    "data.csv": "at,n\n2026-01-01T01:00:00Z,1\n2026-01-01T02:00:00Z,2\n",
    "lib/numbers.lua": "return { seven = 7 }\n",
    "packs/p/init.lua": "return { nine = 9 }\n",
    "packs/p/metrics/q.lua": 'metric "packed" { value = 3 }\n',
    "metrics/m.lua": 'local numbers, p = require "numbers", require "p"\n'
                     f'metric "own" {{ value = {TRUE} }}\n'
                     'metric "module" { value = numbers.seven }\n'
                     'metric "nine" { value = p.nine }\n'
                     'metric "hour" { value = hour(time "2026-01-01T00:00Z") }\n'
                     'metric "called" { value = function(at) return at:get "own" + 1 end }\n',
}
VALUES = {"own": TRUE, "module": 7, "nine": 9, "hour": 9, "called": TRUE + 1, "packed": 3}


class Project:
    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), Path(folder)
        self.catalog = self.folder / ".cynosure" / "catalog"
        for name, text in FILES.items():
            self.put(name, text)

    def put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")

    def run(self, *words, **env):
        return subprocess.run([self.binary, "-C", self.folder, *words], capture_output=True,
                              text=True, timeout=120, check=False, env={**os.environ, **env})

    def values(self, *options, **env):
        """By metric; there is nothing to complain about."""
        run = self.run("eval", "--json", "--at", "2026-01-01", *options, **env)
        assert run.returncode == 0 and not run.stderr, run.stderr
        return {p["metric"]: p["value"] for p in map(json.loads, run.stdout.splitlines())}

    def keep(self):
        """As often as it takes: the state is made by the first run."""
        assert self.values() == self.values() == VALUES
        assert self.catalog.exists()

    def change_bytes(self, change):
        """Of what is kept, under its key and with a checksum that is right again."""
        word, key, _, data = self.catalog.read_bytes().split(b"\n", 3)
        changed = change(data)
        assert changed != data
        checksum = hashlib.sha256(changed).hexdigest().encode()
        self.catalog.write_bytes(b"\n".join([word, key, checksum, changed]))

    def forge(self):
        self.change_bytes(lambda data: data.replace(struct.pack("<d", TRUE),
                                                    struct.pack("<d", FORGED)))


@contextmanager
def kept(binary):
    with tempfile.TemporaryDirectory(prefix="cynosure-catalog-") as folder:
        project = Project(binary, folder)
        project.keep()
        yield project


def is_taken(binary):
    with kept(binary) as project:
        project.forge()
        assert project.values("own") == {"own": FORGED}
        assert project.values("own", "--no-cache") == {"own": TRUE}
        assert project.values("own") == {"own": FORGED}


def is_made_anew_when_damaged(binary):
    with kept(binary) as project:
        good = project.catalog.read_bytes()
        middle = len(good) // 2
        for bad in (b"", good[:middle], good[:-1], good + b"x",
                    good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:]):
            project.catalog.write_bytes(bad)
            assert project.values() == VALUES
            assert project.catalog.read_bytes() == good


def is_not_believed(binary):
    """Its checksum is right, but it is no catalog."""
    with kept(binary) as project:
        good = project.catalog.read_bytes()
        project.change_bytes(lambda data: data[:-9])
        assert project.values() == VALUES
        assert project.catalog.read_bytes() == good


def is_dropped_when_a_worker_declares_something_else(binary):
    with kept(binary) as project:
        project.forge()
        run = project.run("eval", "called", "--at", "2026-01-01")
        assert run.returncode == 1, run.returncode
        assert "declare something else than what was kept of them" in run.stdout, run.stdout
        assert "run this again" in run.stdout, run.stdout
        assert not project.catalog.exists()
        assert project.values() == VALUES


# What may change between two runs, and what is another value then.
CHANGES = {
    "a script": ("metrics/m.lua", str(TRUE), "40.5", {"own": 40.5, "called": 41.5}),
    "a module": ("lib/numbers.lua", "7", "8", {"module": 8}),
    "a pack's module": ("packs/p/init.lua", "9", "10", {"nine": 10}),
    "a pack's script": ("packs/p/metrics/q.lua", "3", "4", {"packed": 4}),
    "the zone": ("cynosure.yaml", "Asia/Tokyo", "Europe/Berlin", {"hour": 1}),
}


def change_shows_at_once(binary, change):
    file, old, new, other = CHANGES[change]
    with kept(binary) as project:
        project.put(file, FILES[file].replace(old, new))
        assert project.values() == {**VALUES, **other}
        assert project.values() == {**VALUES, **other}
        project.put(file, FILES[file])
        assert project.values() == VALUES


def other_library_is_told(binary):
    with kept(binary) as project:
        library = project.folder / "lua"
        shutil.copytree(LUA, library, ignore=shutil.ignore_patterns("templates", "packs"))
        project.forge()
        assert project.values("own", CYNOSURE_LUA=str(library)) == {"own": TRUE}
        project.forge()
        assert project.values("own", CYNOSURE_LUA=str(library)) == {"own": FORGED}
        with open(library / "cynosure" / "init.lua", "a", encoding="ascii") as file:
            file.write("-- changed\n")
        assert project.values("own", CYNOSURE_LUA=str(library)) == {"own": TRUE}


def errors_are_told_each_time(binary):
    with kept(binary) as project:
        project.put("metrics/z.lua", "metric 'broken' {\n")
        for _ in range(2):
            run = project.run("eval", "own", "--at", "2026-01-01")
            assert run.returncode == 1 and run.stderr.count("metrics/z.lua:") == 1, run.stderr


def whoever_asks_for_the_scripts_runs_them(binary):
    with kept(binary) as project:
        project.forge()
        run = project.run("limits", "--json")
        used = [json.loads(line) for line in run.stdout.splitlines() if "script" in line]
        used = [u["memory_bytes"] for u in used if "script" in u]
        assert len(used) == 2 and min(used) > 0, used
        project.put("metrics/z.lua", "error 'no'\n")
        run = project.run("check")
        assert "metrics/z.lua:1" in run.stdout + run.stderr, run.stderr


def nothing_is_made_for_it(binary):
    with tempfile.TemporaryDirectory(prefix="cynosure-catalog-") as folder:
        project = Project(binary, folder)
        for _ in range(2):
            assert project.values("own", "--no-record") == {"own": TRUE}
            assert not project.catalog.parent.exists()
        assert project.values("--no-cache") == VALUES
        assert project.values("--no-cache") == VALUES
        assert not project.catalog.exists()


def daemon_takes_it(binary):
    with kept(binary) as project:
        project.forge()
        run = project.run("serve", "--once", "--no-send")
        assert run.returncode == 0, run.stderr
        assert "declare something else" in run.stderr, run.stderr  # to who calls a function
        assert not project.catalog.exists()


def main():
    binary = sys.argv[1]
    tests = [(f"the kept catalog {test.__name__.replace('_', ' ')}", test) for test in (
        is_taken, is_made_anew_when_damaged, is_not_believed,
        is_dropped_when_a_worker_declares_something_else)]
    tests += [(test.__name__.replace("_", " "), test) for test in (
        other_library_is_told, errors_are_told_each_time, whoever_asks_for_the_scripts_runs_them,
        nothing_is_made_for_it, daemon_takes_it)]
    tests += [(f"{change} that changes shows at once",
               lambda binary, change=change: change_shows_at_once(binary, change))
              for change in CHANGES]
    events.tap([(name, lambda test=test: test(binary)) for name, test in tests])


main()
