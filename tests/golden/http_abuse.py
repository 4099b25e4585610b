#!/usr/bin/env python3
"""Clients that mean no good: http_abuse.py SERVER [--seed N] [--requests N] [--connections N].

While they do their worst another client, of another address, is answered quickly; the server's
memory stays within what its limits allow; and it is well afterwards.
"""
import argparse
import random
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from http_client import Server, percentile

ATTACKER = "127.0.0.66"
STATUSES = {0, 200, 204, 304, 400, 401, 403, 404, 405, 413, 414, 415, 421, 422, 429, 431, 501, 505}
SLOW = 1.0     # seconds, the 99th percentile of who means well
PATIENT = 5.0  # … and of the slowest
MEMORY = 220   # MiB; 64 of answers, 32 of bodies, 18 of headers, the rest of the allocator

parser = argparse.ArgumentParser()
parser.add_argument("server")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--requests", type=int, default=1500)
parser.add_argument("--connections", type=int, default=1000)
parser.add_argument("--seconds", type=float, default=3)
args = parser.parse_args()
WITHIN = 8 if events.is_sanitized(args.server) else 1


class Good:
    """Someone who asks every few milliseconds, until it is left; so many as `spare` may fail."""

    def __init__(self, server, source="127.0.0.1", spare=0):
        self.server, self.source, self.spare = server, source, spare
        self.took, self.failed = [], []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended.wait(0.01):
            try:
                self.took.append(self.server.get("/echo/x", self.source))
            except (OSError, AssertionError) as error:
                self.failed.append(repr(error))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ended.set()
        self.thread.join()
        if kind is None:
            self.check()

    def has_seen_little(self, until):
        return len(self.took) < 10 and time.monotonic() < until

    def check(self):
        if len(self.failed) > self.spare:
            raise AssertionError(f"{len(self.failed)} of {len(self.took)} failed: {self.failed[0]}")
        if len(self.took) < 10:
            raise AssertionError(f"only {len(self.took)} were asked")
        if percentile(self.took, 99) > SLOW * WITHIN or max(self.took) > PATIENT * WITHIN:
            raise AssertionError(self.told())

    def told(self):
        away = f", {len(self.failed)} turned away" if self.failed else ""
        return (f"{len(self.took)} answers to others{away}: p50 {percentile(self.took, 50) * 1000:.1f} ms, "
                f"p99 {percentile(self.took, 99) * 1000:.1f} ms, most {max(self.took) * 1000:.0f} ms")


def bounded(server):
    peak = server.memory("VmHWM")
    if peak > MEMORY * WITHIN:
        raise AssertionError(f"{peak:.0f} MiB of memory")
    return f"{peak:.0f} MiB at most"


# ---- requests that are wrong ----

SEEDS = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /echo/a%20b?x=1&y=%E3%81%82 HTTP/1.1\r\nHost: localhost\r\nAccept: text/html;q=0.5\r\n\r\n",
    b"POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 11\r\n\r\na=1&b=2%2B3",
    b"POST /write HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\nContent-Length: 0\r\n\r\n",
    b"POST /echo/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /tagged HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"v1-0\", W/\"x\"\r\nCookie: a=b; c\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken=x&next=",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nAccept-Language: ja,en;q=0.1\r\n\r\n",
]
PIECES = [b"\0", b"%", b"%00", b"%2e%2e/", b"../", b"//", b"\r\n", b"\n", b" ", b"\t", b"\r", b"\xff", b"?",
          b"&", b"=", b"#", b";", b",", b"\"", b"{rest}", b"A" * 9000, b"%41" * 3000, b"&a" * 600,
          b"/a" * 40, b"Host: evil.example\r\n", b"Content-Length: 99999999999\r\n",
          b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"HTTP/9.9", b"\xe3\x81",
          b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Authorization: Bearer \r\n", b"http://x/"]


def spoil(rnd, data):
    for _ in range(rnd.randint(1, 6)):
        at, to = sorted(rnd.randint(0, len(data)) for _ in range(2))
        what = rnd.random()
        if what < 0.4:
            data = data[:at] + rnd.choice(PIECES) + data[at:]
        elif what < 0.6:
            data = data[:at] + data[min(to, at + 20):]
        elif what < 0.8 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([rnd.randrange(256)]) + data[at + 1:]
        elif what < 0.9:
            data += data[at:to]
        else:
            data = data[:at]
    return data


def test_spoilt_requests():
    """Each of an address of its own: one has ports for 28,000 connections in a minute."""
    seen, wrong = {}, []

    def spoiler(number):
        rnd = random.Random(args.seed * 100 + number)
        for _ in range(args.requests // 16):
            data = spoil(rnd, rnd.choice(SEEDS))
            status = s.status(data, source=f"127.0.66.{number + 1}", end=True)
            seen[status] = seen.get(status, 0) + 1
            if status not in STATUSES:
                wrong.append(f"{status} for {data!r}")

    with Server(args.server, "token=0123456789abcdef", "public", "timeout=1") as s:
        before = s.memory()
        with Good(s) as good:
            threads = [threading.Thread(target=spoiler, args=(number,)) for number in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if wrong:
            raise AssertionError(wrong[0])
        if not s.say(b"GET /written HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n0\n\n"):
            raise AssertionError("something was written without the token")
        grown = s.memory() - before
        if grown > 30 * WITHIN:
            raise AssertionError(f"the memory grew by {grown:.0f} MiB")
    counts = ", ".join(f"{status or 'closed'}: {n}" for status, n in sorted(seen.items()))
    return f"{counts}\n{good.told()}; the memory grew by {grown:.1f} MiB"


# ---- clients that hold what they were given ----

def open_many(server, count, first):
    held = []
    for _ in range(count):
        try:
            connection = server.connect(ATTACKER)
            connection.setblocking(False)
            held.append(connection)
            if first:
                connection.send(first)
        except OSError:
            pass  # this one was turned away
    return held


def close_all(connections):
    for connection in connections:
        connection.close()


def hold(first, drip, connections=args.connections):
    """Connections that say little, again and again, and others meanwhile."""
    with Server(args.server) as s:
        with Good(s) as good:
            held = open_many(s, connections, first)
            end = time.monotonic() + args.seconds
            while time.monotonic() < end or good.has_seen_little(until=end + 20):
                for connection in held:
                    try:
                        if drip:
                            connection.send(drip)
                    except OSError:
                        pass
                time.sleep(0.2)
            told = bounded(s)
            close_all(held)
        s.get()
    return f"{good.told()}; {told}"


def test_connections_that_say_nothing():
    return hold(b"", b"")


def test_headers_that_never_end():
    return hold(b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n")


def test_bodies_that_never_end():
    return hold(b"POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n", b"a" * 50)


def test_answers_that_nobody_takes():
    """Each costs us the time to make it, so there are fewer of them."""
    return hold(b"GET /big/4000000 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", args.connections // 3)


def test_connections_from_one_address_with_good_ones_among_them():
    """Whoever asks at once is answered at once, even from where the crowd is: unless as many as may
    come from there do so between the connection and the request, as while the crowd arrives."""
    with Server(args.server) as s:
        with Good(s, ATTACKER, spare=args.connections // 200) as good:
            held = open_many(s, args.connections, b"GET / HTTP/1.1\r\n")
            time.sleep(args.seconds)
            close_all(held)
    return good.told()


def test_connections_that_come_and_go():
    with Server(args.server) as s:
        with Good(s) as good:
            ended = time.monotonic() + args.seconds
            count = 0
            while time.monotonic() < ended:
                held = open_many(s, 100, random.Random(count).choice([b"", b"GET", b"\0", b"\r\n\r\n"]))
                close_all(held)
                count += len(held)
            told = bounded(s)
    return f"{count} connections; {good.told()}; {told}"


def until_left(server, before, drip):
    """Seconds until the server holds no more descriptors than before, of one more."""
    began = time.monotonic()
    while server.descriptors() <= before:
        if time.monotonic() - began > 5 * WITHIN:
            raise AssertionError("the connection was not accepted")
        time.sleep(0.01)
    while server.descriptors() > before:
        if time.monotonic() - began > 20 * WITHIN:
            raise AssertionError("the connection stays")
        try:
            drip()
        except OSError:
            pass  # it was ended
        time.sleep(0.1)
    return time.monotonic() - began


def test_those_who_overrun_their_time_are_ended():
    """Never silent for as long as the timeout, and yet."""
    with Server(args.server, "timeout=1") as s:
        before = s.descriptors()
        with s.connect() as slow:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            request = until_left(s, before, lambda: slow.send(b"X"))
        with s.connect() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(b"GET /big/60000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = until_left(s, before, lambda: reader.recv(100_000))
        if request < 1 or answer < 1 or request > 5 * WITHIN or answer > 10 * WITHIN:
            raise AssertionError(f"a request may take {request} s, an answer {answer} s")
    return f"a request of drips ended after {request:.1f} s, an answer after {answer:.1f} s"


if __name__ == "__main__":
    events.tap([(name[5:].replace("_", " "), test) for name, test in list(globals().items())
                if name.startswith("test_")])
