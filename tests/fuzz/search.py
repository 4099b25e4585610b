#!/usr/bin/env python3
"""Searches for inputs that break a promise: search.py SOURCE BUILD TARGET… [--seconds N].

Builds the fuzz targets with clang's libFuzzer, AddressSanitizer and UBSan in the folder BUILD, and
runs each from its corpus for N seconds (else CYNOSURE_FUZZ_SECONDS, else 20), as many at a time as
there are processors. What is found goes to BUILD/found-TARGET-…; put it into the target's corpus with
the fix.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LONGEST = 4096  # as in driver.c


def build(source, folder, targets):
    """None, or why there is nothing to run."""
    for program in ("clang", "meson", "ninja"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if not (folder / "build.ninja").exists():
        setup = ["meson", "setup", folder, source, "-Db_sanitize=address,undefined",
                 "-Db_lundef=false", "-Doptimization=1", "-Dc_args=-fsanitize=fuzzer-no-link"]
        run_or_fail(setup, dict(os.environ, CC="clang"))
    known = run_or_fail(["ninja", "-C", folder, "-t", "targets", "all"])
    if f"search_{targets[0]}:" not in known:
        return "clang has no libFuzzer here (Debian: libclang-rt-14-dev)"
    run_or_fail(["ninja", "-C", folder, *(f"tests/fuzz/search_{name}" for name in targets)])
    return None


def run_or_fail(command, env=None):
    run = subprocess.run([str(word) for word in command], env=env, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode:
        sys.exit(f"{run.stdout}{' '.join(map(str, command))}: exit {run.returncode}")
    return run.stdout


def search(source, folder, name, seconds):
    """(whether nothing was found, what to tell)"""
    with tempfile.TemporaryDirectory(prefix="cynosure-fuzz-") as grown:
        run = subprocess.run(
            [folder / "tests" / "fuzz" / f"search_{name}", grown,
             source / "tests" / "fuzz" / "corpus" / name, f"-max_total_time={seconds}",
             f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
             f"-artifact_prefix={folder}/found-{name}-"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    runs = re.search(r"number_of_executed_units: +(\d+)", run.stdout)
    covered = re.findall(r"cov: (\d+)", run.stdout)
    # A search that ran nothing has shown nothing.
    if run.returncode == 0 and runs and int(runs[1]) > 100:
        return True, f"{int(runs[1]):,} inputs in {seconds} s, {covered[-1]} places reached"
    return False, run.stdout[-4000:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--seconds", type=int,
                        default=int(os.environ.get("CYNOSURE_FUZZ_SECONDS") or 20))
    args = parser.parse_args()
    reason = build(args.source, args.build, args.targets)
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    print(f"1..{len(args.targets)}", flush=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = pool.map(lambda name: search(args.source, args.build, name, args.seconds),
                        args.targets)
        for number, (name, (good, told)) in enumerate(zip(args.targets, runs), 1):
            print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
            print("# " + told.strip().replace("\n", "\n# "), flush=True)


main()
