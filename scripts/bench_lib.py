"""What the benches share: fresh processes, measured; answers, compared; tables, printed."""
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent


@dataclass
class Run:
    seconds: float
    peak: float     # MB of memory, mapped files included
    private: float  # MB of memory that is no file
    output: str


class Watch(threading.Thread):
    """Looks at the memory of a process every 10 ms. (getrusage would count its parent's, too.)"""

    def __init__(self, pid):
        super().__init__()
        self.path, self.done = Path(f"/proc/{pid}/status"), threading.Event()
        self.peak = self.private = 0.0

    def run(self):
        while not self.done.wait(0.01):
            try:
                lines = self.path.read_text(encoding="ascii").splitlines()
            except OSError:  # it is gone
                return
            sizes = {line.split(":")[0]: int(line.split()[1]) / 1024
                     for line in lines if line.endswith(" kB")}
            self.peak = max(self.peak, sizes.get("VmHWM", 0))
            self.private = max(self.private, sizes.get("RssAnon", 0))


def measure(command, env=None, stdin=""):
    """One fresh process, from its start to its end; the bench ends where it fails."""
    began = time.monotonic()
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, env=env) as process:
        watch = Watch(process.pid)
        watch.start()
        output, _ = process.communicate(stdin.encode())
        took = time.monotonic() - began
        watch.done.set()
        watch.join()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}")
    return Run(took, watch.peak, watch.private, output.decode())


def node_env(work):
    return dict(os.environ, BENCH_NODE=str(work / "node"))


def has_duckdb(work):
    return (work / "node" / "node_modules" / "@duckdb" / "node-api").exists()


def duckdb_command(database, threads):
    return ["node", SCRIPTS / "bench-duckdb.cjs", database, threads]


def rows_of(output):
    return [json.loads(line) for line in output.splitlines()]


def compare(ours, theirs, name):
    """Ends the bench when the two do not agree: a wrong answer has no speed."""
    for cell in sorted(ours.keys() | theirs.keys(), key=str):
        a, b = ours.get(cell), theirs.get(cell)
        # A sum or count over no rows is 0 here (a covered period), and null or no row in SQL.
        same = (a or 0) == (b or 0) or (a and b and math.isclose(a, b, rel_tol=1e-9))
        if not same:
            sys.exit(f"the answers differ in {cell}: Cynosure {a}, {name} {b}")


def median(runs, what):
    return statistics.median(getattr(run, what) for run in runs)
