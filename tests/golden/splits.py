#!/usr/bin/env python3
"""However the rows are cut into files, ordered and kept, and however many processors work on them, eval
prints the same bytes: splits.py BINARY HOOK [--rounds N]
[--seed N].

Rows of one user at one instant are in the order of the files, which is part of what they mean
(docs/numerics.md); here no two are, so that the order of rows may not matter at all.
"""
import argparse
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events

ROWS = 40000  # 1.8 MB: more than one block, more than the least that is kept


def untied(lines):
    """Without the later of two rows of a user at the same second."""
    seen, kept = set(), []
    for line in lines:
        place = tuple(line.split(",", 2)[:2])
        if place not in seen:
            kept.append(line)
        seen.add(place)
    return kept


class Splits:
    def __init__(self, project, seed):
        self.project, self.rnd = project, random.Random(seed)
        self.lines = untied(events.make_rows(ROWS, days=180))

    def write(self, parts):
        for old in self.project.data.iterdir():
            old.unlink()
        for number, lines in enumerate(parts):
            events.write_rows(self.project.data / f"{number:03d}.csv", lines)

    def cut(self, lines):
        cuts = sorted(self.rnd.sample(range(len(lines) + 1), self.rnd.choice([0, 1, 2, 6, 20])))
        return [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)])]

    def order(self):
        lines = self.lines[:]
        how = self.rnd.choice(["time", "backwards", "shuffled", "blocks"])
        if how == "backwards":
            lines.reverse()
        elif how == "shuffled":
            self.rnd.shuffle(lines)
        elif how == "blocks":
            blocks = self.cut(lines)
            self.rnd.shuffle(blocks)
            lines = [line for block in blocks for line in block]
        return how, lines

    def difference(self, answer, options, told):
        found = self.project.eval(*options)
        for want, got in zip(answer.splitlines(), found.splitlines()):
            assert want == got, f"{told}:\n{want}\n{got}"
        assert answer == found, f"{told}: {len(answer)} bytes became {len(found)}"

    def rounds(self, count):
        for by in ([], ["--by", "channel"]):
            self.write([self.lines])
            answer = self.project.eval("--no-cache", "--no-record", *by)
            for number in range(count):
                how, lines = self.order()
                parts = self.cut(lines)
                self.write(parts)
                told = f"round {number}, {how}, {len(parts)} files"
                self.difference(answer, ["--no-cache", "--no-record", *by], told)
                self.difference(answer, ["--no-record", *by], told + ", parsed and kept")
                self.difference(answer, ["--no-record", *by], told + ", from segments")

    def grow(self):
        """A file longer, a file more, one after the other, and each time what is kept is used."""
        ends = sorted(self.rnd.sample(range(len(self.lines) // 2, len(self.lines)), 4))
        for end in [*ends, len(self.lines)]:
            half = self.lines[:end // 2], self.lines[end // 2:end]
            self.write([self.lines[:end]])
            answer = self.project.eval("--no-cache", "--no-record")
            for parts in ([half[0]], half, [half[0] + half[1][:10], half[1][10:]]):
                self.write(parts)
                found = self.project.eval("--no-record")
            assert found == answer, f"{end} rows: other answers"

    def processors(self, hook):
        """hook: processors.so, which tells the program how many there are."""
        if events.is_sanitized(self.project.binary):
            return "skipped: a library cannot be put before a sanitizer"
        self.write(self.cut(self.lines))
        for by in ([], ["--by", "channel"]):
            options = ["--no-cache", "--no-record", *by]
            answer = self.project.eval(*options)
            for count in (1, 2, 7):
                found = self.project.eval(*options, LD_PRELOAD=str(hook.resolve()),
                                          CYNOSURE_TEST_PROCESSORS=str(count))
                assert found == answer, f"{count} processors: other answers"
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("hook", type=Path)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with events.project(args.binary) as project:
        splits = Splits(project, args.seed)
        events.tap([
            ("any files and any order of rows give the same bytes",
             lambda: splits.rounds(args.rounds)),
            ("files that grow and files that come give the same bytes", splits.grow),
            ("any number of processors gives the same bytes",
             lambda: splits.processors(args.hook)),
        ])


main()
