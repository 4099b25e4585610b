"""Servers that tests send messages to, all on 127.0.0.1: one that speaks HTTP, well or badly as the
path says, and one that speaks SMTP by a script."""
import base64
import hashlib
import hmac
import socket
import ssl
import threading
import time
from email.utils import formatdate

HANG = 30  # seconds; whoever tests has a shorter timeout


class Server:
    """Accepts connections in a thread, each served in one of its own, until it is closed."""

    def __init__(self, context=None, family=socket.AF_INET):
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(HANG)
                self.serve(connection)
        except (OSError, ssl.SSLError):
            pass  # the other side is free to leave

    def hang(self):
        self.closed.wait(HANG)

    def endlessly(self, connection, piece):
        while not self.closed.is_set():
            connection.sendall(piece)


class Http(Server):
    """requests: (path, headers, body) of all that was received whole."""

    def __init__(self, context=None):
        self.requests = []
        super().__init__(context)

    def serve(self, connection):
        request = self.receive(connection)
        if request:
            self.requests.append(request)
            self.answer(connection, request[0])

    @staticmethod
    def receive(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece or piece[:1] == b"\x16":  # a handshake of TLS
                return None
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            piece = connection.recv(65536)
            if not piece:
                return None
            body += piece
        return first.split()[1], headers, body

    def answer(self, connection, path):
        """/429/120: status and Retry-After; the other words are below."""
        word, *rest = path.strip("/").split("/")
        if word.isdigit():
            self.status(connection, int(word), *rest)
        elif word == "hang":
            self.hang()
        elif word == "close":
            pass
        elif word == "short":  # promises more than it sends
            connection.sendall(f"HTTP/1.1 {rest[0]} X\r\nContent-Length: 100\r\n\r\nhalf".encode())
        elif word == "stall":  # … and keeps the connection
            connection.sendall(f"HTTP/1.1 {rest[0]} X\r\nContent-Length: 100\r\n\r\nhalf".encode())
            self.hang()
        elif word == "garbage":
            connection.sendall(b"\x00\xff\x16\x03garbage\r\n\r\n" * 100)
        elif word == "endless":
            connection.sendall(f"HTTP/1.1 {rest[0]} X\r\n\r\n".encode())
            self.endlessly(connection, b"x" * 65536)
        elif word == "headers":
            connection.sendall(b"HTTP/1.1 ")
            self.endlessly(connection, b"200 OK\r\nX-Y: " + b"x" * 1000 + b"\r\n")
        elif word == "drip":  # a byte now and then
            for byte in b"HTTP/1.1 200 OK":
                connection.sendall(bytes([byte]))
                time.sleep(0.5)
        elif word == "redirect":
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /200\r\nContent-Length: 0\r\n\r\n")
        elif word == "echo":  # what a proxy might say about the address
            body = f"no such page: {path}".encode()
            connection.sendall(b"HTTP/1.1 404 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        elif word == "reason":
            connection.sendall(b"HTTP/1.1 400 X\r\nContent-Length: 15\r\n\r\ninvalid\x1b[1m_sys")
        else:
            self.status(connection, 404)

    @staticmethod
    def status(connection, status, retry_after=None):
        line = ""
        if retry_after:
            if retry_after.startswith("date"):
                retry_after = formatdate(time.time() + int(retry_after[4:]), usegmt=True)
            line = f"Retry-After: {retry_after}\r\n"
        connection.sendall(f"HTTP/1.1 {status} X\r\n{line}Content-Length: 2\r\n\r\nok".encode())


class Smtp(Server):
    """Answers by the first word of a command, or as `script` says instead; `mails` has what was
    received: (recipients, data). Values of the script: an answer, "hang", "close", "garbage" or a
    function of the whole line."""

    def __init__(self, script=None, extensions=("SIZE",)):
        self.script = script or {}
        self.extensions = extensions
        self.mails, self.lines = [], []
        super().__init__()

    def say(self, connection, word, line, default):
        answer = self.script.get(word, default)
        if callable(answer):
            answer = answer(line)
        if answer == "hang":
            self.hang()
        elif answer == "garbage":
            connection.sendall(b"\x00\xff\xfe" * 1000 + b"\r\n")
        elif answer == "endless":
            self.endlessly(connection, b"220-" + b"x" * 1000 + b"\r\n")
        elif answer != "close":
            connection.sendall(answer.encode() + b"\r\n")
        return answer

    def serve(self, connection):
        recipients, answer, reader = [], "", connection.makefile("rb")
        if self.say(connection, "greeting", "", "220 sink") in ("close", "hang", "endless"):
            return
        while line := reader.readline().decode("utf-8", "replace").strip():
            self.lines.append(line)
            word = "password" if answer.startswith("334") else line.split()[0].upper()
            default = {"EHLO": "\r\n".join(["250-sink"] + [f"250-{e}" for e in self.extensions]
                                           + ["250 HELP"]),
                       "DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 fine")
            answer = self.say(connection, word, line, default)
            if answer in ("close", "hang") or word == "QUIT":
                return
            if word == "RCPT" and answer.startswith("2"):
                recipients.append(line[len("RCPT TO:"):].split()[0])
            if word == "DATA" and answer.startswith("3"):
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    piece = reader.readline()
                    if not piece:
                        return
                    data += piece
                if "end" not in self.script:
                    self.mails.append((recipients, data[:-3].replace(b"\r\n..", b"\r\n.")))
                said = self.say(connection, "end", "", "250 taken")
                if said in ("close", "hang"):
                    return


def signature(secret, key, timestamp, body):
    """What a receiver computes: Standard Webhooks, version 1."""
    raw = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    text = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(raw, text, hashlib.sha256).digest()).decode()
