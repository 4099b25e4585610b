"""A real Alertmanager on 127.0.0.1, for the tests that send to one."""
import contextlib
import json
import subprocess
import urllib.request
from pathlib import Path

from messages import free_port, wait_until

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [{url: "http://127.0.0.1:%d/200", send_resolved: true}]
"""


@contextlib.contextmanager
def alertmanager(folder, hook):
    """Its port; it tells what it is told to the port `hook`."""
    port = free_port()
    config = Path(folder) / "alertmanager.yml"
    config.write_text(CONFIG % hook, encoding="utf-8")
    process = subprocess.Popen(
        ["prometheus-alertmanager", f"--config.file={config}", f"--storage.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: get(port, "status"), 20)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def get(port, what):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/{what}", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None
