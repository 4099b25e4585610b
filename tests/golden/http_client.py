"""What the tests of the HTTP server share: http_server.c as a process, and clients that may say
anything."""
import os
import re
import socket
import subprocess
import time

IP_BIND_ADDRESS_NO_PORT = 24  # of Linux; Python has no name for it
BAD_SIGNS = re.compile(r"Sanitizer|runtime error|Assertion|Fatal error")


class Server:
    """Runs until it is left; then it has ended by itself, well, and in time."""

    def __init__(self, binary, *args, listen="127.0.0.1:0"):
        self.process = subprocess.Popen([binary, listen, *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.peak = 0
        match = re.fullmatch(r"https?://(?:\[([^]]+)\]|([^:]+)):(\d+)", self.url)
        self.host, self.port = (match[1] or match[2], int(match[3])) if match else (None, None)

    def __enter__(self):
        if self.url.startswith("error") or not self.url:
            raise RuntimeError(f"the server did not start: {self.refusal()}")
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.peak = max(self.peak, self.memory("VmHWM"))
        said = self.end()
        if kind is None and (self.process.returncode or BAD_SIGNS.search(said)):
            raise RuntimeError(f"the server ended with {self.process.returncode}: {said[-3000:]}")

    def end(self):
        """Tells it to end; what it said on standard error."""
        self.stop_begins()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError("the server did not stop within 20 s") from None
        with self.process.stdout, self.process.stderr:
            return self.process.stderr.read()

    def refusal(self):
        """Why it did not start."""
        with self.process.stdin, self.process.stdout, self.process.stderr:
            said = self.url + "\n" + self.process.stdout.read()
        if self.process.wait(10) != 1 or not said.startswith("error "):
            raise AssertionError(f"the server started: {said}")
        return said

    def memory(self, field="VmRSS"):
        """MiB"""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(field + r":\s+(\d+)", status.read())[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop_begins(self):
        self.process.stdin.close()

    def connect(self, source=None, timeout=10):
        if not source:
            return socket.create_connection((self.host, self.port), timeout=timeout)
        connection = socket.socket()
        try:
            connection.settimeout(timeout)
            # The port is taken when it connects, of this server, and not kept from all others.
            connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind((source, 0))
            connection.connect((self.host, self.port))
        except OSError:
            connection.close()
            raise
        return connection

    def say(self, data, source=None, end=False, timeout=10):
        """All that comes back until the server closes, or it is silent for so long."""
        with self.connect(source, timeout) as connection:
            try:
                connection.sendall(data)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it may have heard enough
            return receive_all(connection)

    def status(self, data, **options):
        """The status of the first answer, whatever "100 Continue" goes before it; 0: there was none."""
        answer = re.sub(rb"^(?:HTTP/1\.1 100 [^\r]*\r\n\r\n)+", b"", self.say(data, **options))
        match = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
        return int(match[1]) if match else 0

    def get(self, path="/", source=None, timeout=10):
        """Seconds that a plain request takes, connection and all."""
        began = time.monotonic()
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
        answer = self.say(request.encode(), source, timeout=timeout)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise AssertionError(f"GET {path}: {answer[:200]!r}")
        return time.monotonic() - began


def receive_all(connection):
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def curl(*args, check=True):
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*",
                           *args], capture_output=True, text=True, timeout=30, check=False)
    if check and done.returncode:
        raise AssertionError(f"curl {' '.join(args)}: {done.stderr}")
    return done
