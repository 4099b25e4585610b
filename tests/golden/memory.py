#!/usr/bin/env python3
"""Under --memory a run gives the same answers as without, or a clear error: memory.py BINARY."""
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the repository stays as it was
import events

LIMITS = [*range(1, 16), *range(16, 64, 4), 80, 100, 128]  # MiB


def run(project, limit, *options):
    return subprocess.run(project.eval_command("--memory", limit, *options), capture_output=True,
                          text=True, timeout=60, check=False)


def main():
    binary = sys.argv[1]
    # A sanitizer reserves terabytes before main() begins.
    if events.is_sanitized(binary):
        print("1..0 # SKIP the binary has a sanitizer, which needs memory without a limit")
        return
    with events.project(binary) as project:
        events.write_rows(project.data / "events.csv", events.make_rows(60000, days=180))
        answer = project.eval("--no-cache", "--no-record")

        def enough():
            done = run(project, "1G", "--no-cache", "--no-record")
            assert (done.returncode, done.stdout, done.stderr) == (0, answer, ""), done.stderr

        def too_little():
            done = run(project, "4M", "--no-cache", "--no-record")
            assert (done.returncode, done.stdout) == (1, ""), f"exit {done.returncode}"
            assert re.search(r"^error: .*memory", done.stderr, re.M), done.stderr
            assert "hint: --memory" in done.stderr, done.stderr

        def any_limit(*options):
            def test():
                failed = []
                for limit in LIMITS:
                    done = run(project, f"{limit}M", *options)
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
            ("too little is a clear error with a hint", too_little),
            ("any limit gives the same answers or an error", any_limit("--no-cache", "--no-record")),
            ("so it does where segments are kept", any_limit()),
            ("what is no size is refused", nonsense),
        ])


main()
