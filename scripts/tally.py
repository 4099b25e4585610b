"""Counts the results of one build's tests: tally.py DIR FAILED.

Prints "PASSED FAILED SKIPPED". What failed goes to the file FAILED with the end of what it said, so
that a long log can close with it.
"""
import json
import sys
from pathlib import Path

LAST = 30  # lines of a failed test
GOOD = {"OK", "EXPECTEDFAIL"}


def told(test):
    """The lines that say what is wrong, where the test says so; else its last ones."""
    lines = (test.get("stdout", "") + test.get("stderr", "")).splitlines()
    wrong = [line for line in lines if not line.startswith("ok ")]
    return (wrong or lines)[-LAST:]


def main():
    folder, failed = Path(sys.argv[1]), Path(sys.argv[2])
    counts = [0, 0, 0]
    with open(folder / "meson-logs" / "testlog.json", encoding="utf-8") as log, \
            open(failed, "a", encoding="utf-8") as out:
        for test in map(json.loads, log):
            good = test["result"] in GOOD
            counts[0 if good else 2 if test["result"] == "SKIP" else 1] += 1
            if good or test["result"] == "SKIP":
                continue
            print(f"-- {folder}: {test['name']}: {test['result']} after {test['duration']:.0f} s",
                  *told(test), sep="\n   ", file=out)
    print(*counts)


main()
