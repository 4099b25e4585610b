"""What the tests of channels share: a project that sends by tests/unit/notify/sender.c, and what is
expected of a result."""
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEY = "0123456789abcdef"
SECRET = "s3cr3t-of-the-test"
MAIL = {"type": "email", "url": "smtp://127.0.0.1:9", "from": '"学習, "metrics"" <m@example.com>',
        "to": ["a@example.com", "B <b@example.com>"]}


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, name, ok, *details):
        self.count += 1
        self.failed += not ok
        for detail in () if ok else details:
            print("# " + str(detail).replace("\n", "\n# ")[:2000])
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Project:
    """A folder with a cynosure.yaml; send() gives the result of one attempt."""

    def __init__(self, sender, folder, language="en"):
        self.sender, self.folder, self.language = sender, Path(folder), language
        self.said = ""  # all that was ever printed: no secret may be in it

    def run(self, channel, kind, *args, environment=None):
        yaml = self.folder / "cynosure.yaml"
        text = json.dumps({"name": "Learning app" if self.language == "en" else "学習アプリ",
                           "timezone": "Asia/Tokyo", "language": self.language,
                           "channels": {"c": channel}}, ensure_ascii=False)
        yaml.write_text(text, encoding="utf-8")
        clean = {k: v for k, v in os.environ.items()
                 if not k.lower().endswith("_proxy") and k != "CYNOSURE_NOW"}
        done = subprocess.run([self.sender, yaml, "c", kind, *args], capture_output=True,
                              timeout=120, env={**clean, **(environment or {})}, check=False)
        self.said += (done.stdout + done.stderr).decode("utf-8", "replace")
        if done.returncode not in (0, 1):  # a crash, or a leak
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.decode()}")
        return done

    def body(self, channel, kind):
        done = self.run(channel, kind, "--body")
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def send(self, channel, kind="fired", *args, environment=None):
        done = self.run(channel, kind, *args, environment=environment)
        try:
            result = json.loads(done.stdout.decode().splitlines()[-1])
        except (ValueError, IndexError):
            return {"crashed": done.returncode, "said": done.stdout + done.stderr}
        result["stderr"] = done.stderr.decode()
        return result


def expect(tap, name, result, outcome, detail, least=0.0, most=10.0, retry=0.0):
    """outcome and detail as given; how long it took; Retry-After within two seconds."""
    ok = (result.get("outcome") == outcome and re.fullmatch(detail, result["detail"])
          and least <= result["took"] <= most and abs(result["retry_after"] - retry) <= 2)
    tap.test(name, ok, result)


def expect_interruption(tap, project, channel):
    result = project.send(channel, "fired", "--interrupt-after", "500")
    took = re.search(r"took ([0-9.]+)", result.get("stderr", ""))
    tap.test("Ctrl-C is heard within 0.2 s while a server hangs",
             result.get("error") == "cancel" and took and 0.5 <= float(took[1]) < 0.75, result)


def make_certificate(folder):
    """A certificate for 127.0.0.1, and its key."""
    cert, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=sink",
                    "-addext", "subjectAltName=IP:127.0.0.1,IP:::ffff:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return unused.getsockname()[1]


def wait_until(true, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.05)
    return None


def main(test):
    """Runs test(tap, sender, folder, options) in a folder of its own."""
    sender, *options = sys.argv[1:]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        test(tap, sender, folder, options)
    sys.exit(tap.end())
