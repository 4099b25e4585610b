#!/usr/bin/env python3
"""Under --memory a run gives the same answers as without: what does not fit goes to a file. Where that
has no room, it is a clear error: memory.py BINARY."""
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the repository stays as it was
import events

LIMITS = [*range(1, 16), *range(16, 64, 4), 80, 100, 128]  # MiB
ENOUGH = 32  # MiB, for threads and what is small
NOWHERE = {**os.environ, "TMPDIR": "/nowhere/at/all"}

# Kinds of state that events.SCRIPT has not.
SCRIPT = events.SCRIPT + """
metric "mau"      { value = events:distinct "user_id":rolling "28d" }
metric "busiest"  { value = events:per "user_id":sum "duration":p(90) }
metric "extremes" { value = events:max "duration" - events:min "duration" }
metric "guess"    { value = events:p(99, "duration", { approx = true }) }
metric "median"   { grain = "all", value = events:p(50, "duration") }
metric "texts"    { value = events:where("duration ~= nil"):distinct "user_id .. event" }
"""


def run(project, limit, *options, env=None):
    return subprocess.run(project.eval_command("--memory", limit, *options), capture_output=True,
                          text=True, timeout=60, check=False, env=env)


def bytes_in_file(project, limit):
    """By how much a plan went beyond the limit."""
    plan = project.command("--memory", limit, "explain", "slow", "ttv", "regular", "--plan",
                           "--json", "--no-cache")
    done = subprocess.run(plan, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout.splitlines()[-1])["plan"]["bytes_in_file"]


def main():
    binary = sys.argv[1]
    # A sanitizer reserves terabytes before main() begins.
    if events.is_sanitized(binary):
        print("1..0 # SKIP the binary has a sanitizer, which needs memory without a limit")
        return
    with events.project(binary) as project:
        project.script(SCRIPT)
        events.write_rows(project.data / "events.csv", events.make_rows(60000, days=180))
        answer = project.eval("--no-cache", "--no-record")

        def enough():
            done = run(project, "1G", "--no-cache", "--no-record")
            assert (done.returncode, done.stdout, done.stderr) == (0, answer, ""), done.stderr

        def in_a_file():
            for options in ([], ["--by", "channel"]):
                same = project.eval("--no-cache", "--no-record", *options)
                for limit in (ENOUGH, ENOUGH + 4, 48, 64):
                    done = run(project, f"{limit}M", "--no-cache", "--no-record", *options)
                    assert (done.returncode, done.stderr) == (0, ""), f"{limit}M: {done.stderr}"
                    assert done.stdout == same, f"{limit}M: other answers"
            assert bytes_in_file(project, "1G") == 0
            small = bytes_in_file(project, f"{ENOUGH}M")
            assert small > 1 << 20, f"{small} bytes"

        def no_file():
            assert not project.state.exists()
            done = run(project, "4M", "--no-cache", "--no-record", env=NOWHERE)
            assert (done.returncode, done.stdout) == (1, ""), f"exit {done.returncode}"
            assert re.search(r"^error: .*memory", done.stderr, re.M), done.stderr
            assert "hint: --memory" in done.stderr, done.stderr
            assert "no room in a file: No such file" in done.stderr, done.stderr

        def any_limit(*options, env=None):
            def test():
                failed = []
                for limit in LIMITS:
                    done = run(project, f"{limit}M", *options, env=env)
                    if done.returncode == 0:
                        assert done.stdout == answer, f"{limit}M: other answers"
                    else:
                        failed.append(limit)
                        assert done.returncode == 1, f"{limit}M: exit {done.returncode}, {done.stderr}"
                        assert "memory" in done.stderr, f"{limit}M: {done.stderr}"
                assert failed and failed[-1] < LIMITS[-1], f"too little: {failed} MiB"
                return f"enough from {LIMITS[LIMITS.index(failed[-1]) + 1]} MiB on"
            return test

        def nonsense():
            for limit in ("0", "-1", "12X", "", "M", "1e300T"):
                done = run(project, limit)
                assert done.returncode == 2 and "--memory" in done.stderr, f"'{limit}': {done}"

        events.tap([
            ("enough memory gives the same answers", enough),
            ("what does not fit lies in a file, and the answers are the same", in_a_file),
            ("where no file can be it is a clear error with hints", no_file),
            ("any limit gives the same answers or an error",
             any_limit("--no-cache", "--no-record", env=NOWHERE)),
            ("so it does where segments are kept", any_limit()),
            ("what is no size is refused", nonsense),
        ])


main()
