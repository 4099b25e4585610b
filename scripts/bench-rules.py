"""Evaluations of alert rules, beside Prometheus on the same machine at the same time.

10,000 rules of one segment each, and one rule over 10,000 segments; 10 % fire. Ours: each evaluation
is judged, stepped, worded and stored in state.db, as `cynosure alerts run` does it; the series are
there already, and in a third workload are computed from rows first. Prometheus scrapes 10,000 series
from a file served here, evaluates the same rules every 5 s, and says itself how long it took; what
it notes is the whole of a group's evaluation. Both take turns: a run of ours follows each of its
evaluations.
"""
import argparse
import functools
import http.server
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

GROUPS = ("rules", "segments")
OWN_RUNS = 3  # of each process of ours: it takes their median


def series_text(n):
    """As bench-rules.c has them: evenly spread from 0 to 1."""
    return "".join(f'load{{host="host-{i:07}"}} {i * 7919 % 1000 / 1000 + 0.0005}\n'
                   for i in range(n))


def rule_file(n):
    rule = """  - alert: {name}
    expr: {expr}
    labels: {{severity: warning}}
    annotations: {{summary: "load is {{{{ $value }}}} on {{{{ $labels.host }}}}"}}
"""
    each = "".join(rule.format(name=f"rule_{i:06}", expr=f"load{{host='host-{i:07}'}} > 0.9")
                   for i in range(n))
    return (f"groups:\n- name: rules\n  interval: 5s\n  rules:\n{each}"
            f"- name: segments\n  interval: 5s\n  rules:\n{rule.format(name='all', expr='load > 0.9')}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {"": "text/plain; version=0.0.4"}

    def log_message(self, *args):
        pass


class Prometheus:
    """One of its own, on a free port, for as long as the bench takes."""

    def __init__(self, folder, n):
        (folder / "metrics").write_text(series_text(n), encoding="ascii")
        (folder / "rules.yml").write_text(rule_file(n), encoding="ascii")
        handler = functools.partial(Quiet, directory=str(folder))
        self.target = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.target.serve_forever, daemon=True).start()
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 5s, evaluation_interval: 5s}\n"
            f"rule_files: [rules.yml]\nscrape_configs:\n- job_name: bench\n  static_configs:\n"
            f"  - targets: ['127.0.0.1:{self.target.server_port}']\n", encoding="ascii")
        with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as free:
            self.url = f"127.0.0.1:{free.server_port}"
        with open(folder / "prometheus.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address={self.url}"],
                stdout=log, stderr=subprocess.STDOUT)

    def state(self):
        """Group → (when it was evaluated last, how long that took), of those that were."""
        try:
            with urllib.request.urlopen(f"http://{self.url}/metrics", timeout=5) as reply:
                text = reply.read().decode()
        except OSError:
            return {}
        found = {}
        for group in GROUPS:
            values = [re.search(rf'^prometheus_rule_group_last_{name}{{rule_group="[^"]*;{group}"}} (\S+)$',
                                text, re.M)
                      for name in ("evaluation_timestamp_seconds", "duration_seconds")]
            if all(values):
                found[group] = tuple(float(v[1]) for v in values)
        return found

    def firing(self):
        url = f"http://{self.url}/api/v1/query?query=count(ALERTS)by(alertstate,alertname)"
        with urllib.request.urlopen(url, timeout=30) as reply:
            rows = json.load(reply)["data"]["result"]
        return len([r for r in rows if r["metric"]["alertname"] != "all"]), \
            sum(int(r["value"][1]) for r in rows if r["metric"]["alertname"] == "all")

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.target.shutdown()
        self.target.server_close()


def ours(program, folder, what, n):
    state = folder / f"{what}.db"
    for left in folder.glob(f"{what}.db*"):
        left.unlink()
    done = subprocess.run([program, what, str(n), str(OWN_RUNS), str(state)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def wait_for(server, after):
    """The next evaluation of both groups."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            sys.exit("bench-rules: prometheus ended early, see prometheus.log")
        state = server.state()
        if len(state) == 2 and all(state[g][0] > after.get(g, (0, 0))[0] for g in GROUPS):
            return state
        time.sleep(0.1)
    sys.exit("bench-rules: prometheus did not evaluate its rules within a minute")


def side_by_side(program, folder, n, runs):
    took = {(who, g): [] for who in ("ours", "theirs") for g in GROUPS}
    took["scan"], memory = [], []
    server = Prometheus(folder, n)
    try:
        state = {}
        for _ in range(4):  # the first ones have no data, or make the alerts
            state = wait_for(server, state)
        if server.firing() != (n // 10, n // 10):
            sys.exit(f"bench-rules: of prometheus {server.firing()} fire, not {n // 10}")
        for _ in range(runs):
            state = wait_for(server, state)
            for group in GROUPS:
                took["theirs", group].append(state[group][1] * 1e6 / n)
                result = ours(program, folder, group, n)
                if result["firing"] != n // 10:
                    sys.exit(f"bench-rules: {result['firing']} fire, not {n // 10}")
                took["ours", group].append((result["evaluate"] + result["store"]) / n)
                memory.append(result["peak_mb"])
            result = ours(program, folder, "scan", n)
            took["scan"].append((result["evaluate"] + result["store"]) / n)
        return {k: statistics.median(v) for k, v in took.items()}, max(memory), server.memory()
    finally:
        server.stop()


def alone(program, folder, n, runs):
    took = {g: [] for g in (*GROUPS, "scan")}
    memory = []
    for _ in range(runs):
        for what in took:
            result = ours(program, folder, what, n)
            took[what].append((result["evaluate"] + result["store"]) / n)
            memory.append(result["peak_mb"])
    return {k: statistics.median(v) for k, v in took.items()}, max(memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--rules", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=7)
    a = parser.parse_args()
    if a.rules % 1000:
        sys.exit("bench-rules: --rules is a multiple of 1000, so that 10 % fire")
    with tempfile.TemporaryDirectory(dir=a.work) as folder:
        folder = Path(folder)
        if shutil.which("prometheus"):
            took, memory, theirs = side_by_side(a.program, folder, a.rules, a.runs)
            print("µs each                        cynosure  prometheus  ratio")
            for group, each in zip(GROUPS, ("rule", "segment")):
                mine, other = took["ours", group], took["theirs", group]
                print(f"{a.rules:9,} {group:<9} per {each:<8} {mine:8.2f}  {other:10.2f} {other / mine:5.1f}×")
            print(f"{a.rules:9,} segments, of {(OWN_RUNS + 5) * a.rules:,} rows {took['scan']:6.2f}")
            print(f"memory, MB                     {memory:8.1f}  {theirs:10.1f}")
        else:
            print("Prometheus is left out: it is not installed (sudo apt-get install prometheus).")
            took, memory = alone(a.program, folder, a.rules, a.runs)
            for what, micros in took.items():
                print(f"{a.rules:9,} {what:<9} {micros:8.2f} µs each")
            print(f"memory, MB          {memory:8.1f}")
        large = ours(a.program, folder, "segments", 1_000_000)
    print(f"1,000,000 segments in one pass: {large['evaluate'] / 1e6:.2f} s judged, "
          f"{large['store'] / 1e6:.2f} s stored, {large['peak_mb']:.0f} MB")


main()
