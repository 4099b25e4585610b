#!/usr/bin/env python3
"""The HTTP server as curl and openssl see it: http_curl.py SERVER. Loopback, unix sockets, TLS,
tokens, limits of bodies and headers, connections that stay, and stopping."""
import os
import re
import resource
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
from http_client import Server, curl, receive_all

TOKEN = "0123456789abcdef0123456789abcdef"
BINARY = sys.argv[1]


def expect(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, expected {wanted!r}")


def code(*args):
    return int(curl("--output", "/dev/null", "--write-out", "%{http_code}", *args).stdout)


def headers(*args):
    text = curl("--dump-header", "-", "--output", "/dev/null", *args).stdout
    return {k.lower(): v for k, v in re.findall(r"^([A-Za-z-]+): (.*?)\r?$", text, re.M)}


def test_get_and_head():
    with Server(BINARY) as s:
        got = curl("--dump-header", "-", f"{s.url}/big/100000").stdout
        head = headers("--head", f"{s.url}/big/100000")
        expect(head["content-length"], "100000")
        expect(head["x-content-type-options"], "nosniff")
        expect(head["content-type"], "text/plain; charset=utf-8")
        expect(len(got.split("\n\n", 1)[1]), 100000)
        expect(code("--request", "DELETE", f"{s.url}/tagged"), 405)
        expect(headers("--request", "PUT", f"{s.url}/tagged")["allow"], "GET, HEAD, OPTIONS")
        expect(code("--request", "OPTIONS", f"{s.url}/tagged"), 204)
        expect(code(f"{s.url}/nothing"), 404)


def test_what_was_kept_is_not_sent_again():
    with Server(BINARY) as s, tempfile.TemporaryDirectory() as folder:
        kept = f"{folder}/etag"
        expect(code("--etag-save", kept, f"{s.url}/tagged"), 200)
        expect(code("--etag-compare", kept, f"{s.url}/tagged"), 304)
        expect(code("--etag-compare", kept, "--header", "Accept-Language: ja", f"{s.url}/tagged"), 200)


def test_paths_arrive_as_they_were_meant():
    with Server(BINARY) as s:
        echo = curl(f"{s.url}/echo/a%20b/%E5%A3%B2%E4%B8%8A?x=1%2B1&y=a+b&x=").stdout
        expect([line for line in echo.splitlines() if line.startswith(("param", "query"))],
               ["query x=1+1", "query y=a b", "query x=", "param a b/売上"])
        for path in ("/echo/../../etc/passwd", "/echo/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc",
                     "/echo/..%5c..", "/echo/a%00b", "/echo/%", "/%c0%ae%c0%ae/etc/passwd"):
            status = code("--path-as-is", s.url + path)
            expect(status in (400, 404) or (status == 200 and "%5c" in path), True, f"{path}: {status}")


def test_tokens():
    with Server(BINARY, f"token={TOKEN}") as s, tempfile.TemporaryDirectory() as folder:
        bearer = ["--header", f"Authorization: Bearer {TOKEN}"]
        expect(code(f"{s.url}/written"), 401)
        expect(code("--header", f"Authorization: Bearer {TOKEN}0", f"{s.url}/written"), 401)
        expect(code(*bearer, f"{s.url}/written"), 200)
        expect(code("--user", f"grafana:{TOKEN}", f"{s.url}/written"), 200)
        expect(code("--user", "grafana:wrong", f"{s.url}/written"), 401)
        expect(code(f"{s.url}/-/healthy"), 200)
        expect(code(*bearer, "--data", "", f"{s.url}/write"), 200)
        expect(code("--user", f"x:{TOKEN}", "--data", "", f"{s.url}/write"), 403)
        jar = ["--cookie-jar", f"{folder}/jar", "--cookie", f"{folder}/jar"]
        expect(code(*jar, "--data-urlencode", "token=wrong", f"{s.url}/login"), 401)
        expect(code(*jar, "--data-urlencode", f"token={TOKEN}", f"{s.url}/login"), 303)
        csrf = curl(*jar, f"{s.url}/written").stdout.split()[1]
        expect(code(*jar, "--data", "", f"{s.url}/write"), 403)
        expect(code(*jar, "--data", f"csrf={csrf}", f"{s.url}/write"), 200)
        expect(code(*jar, "--data", f"csrf={csrf}", "--header", "Origin: http://evil.example",
                    f"{s.url}/write"), 403)
        expect(code(*jar, "--request", "POST", f"{s.url}/logout"), 303)
        expect(code(*jar, f"{s.url}/written"), 401)
        expect(curl(*bearer, f"{s.url}/written").stdout.split()[0], "2")


def test_without_a_token_nothing_is_written():
    with Server(BINARY) as s:
        expect(code("--data", "a=b", f"{s.url}/write"), 403)
        expect(code("--header", "Authorization: Bearer ", "--data", "", f"{s.url}/write"), 403)
        expect(code("--header", "Host: evil.example", f"{s.url}/"), 421)
        expect(curl(f"{s.url}/written").stdout.split()[0], "0")


def test_bodies_have_a_limit():
    with Server(BINARY) as s, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body"
        for size, wanted in ((0, 200), (65536, 200), (65537, 413), (200_000, 413)):
            path.write_bytes(b"x" * size)
            plain = ["--header", "Content-Type: text/plain", "--data-binary", f"@{path}"]
            expect(code(*plain, f"{s.url}/echo/x"), wanted, f"{size} bytes")
            chunked = [*plain, "--header", "Transfer-Encoding: chunked"]
            expect(code(*chunked, f"{s.url}/echo/x"), wanted, f"{size} bytes in chunks")
            expect(code(*plain, "--header", "Expect: 100-continue", f"{s.url}/echo/x"), wanted,
                   f"{size} bytes after 100")
        path.write_bytes(b"x" * 50_000_000)  # announced: refused before it is sent
        expect(code("--header", "Expect: 100-continue", "--data-binary", f"@{path}",
                    f"{s.url}/echo/x"), 413)
        endless = curl("--data-binary", f"@{path}", "--header", "Transfer-Encoding: chunked",
                       "--header", "Expect:", f"{s.url}/echo/x", check=False)
        expect(endless.returncode != 0, True, "50 MB in chunks")
        expect(s.memory("VmHWM") < 60 or events.is_sanitized(BINARY), True, "memory")
        s.get()


def test_headers_have_a_limit():
    with Server(BINARY) as s:
        for name, request in (
                ("one long header", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000),
                ("many headers", b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000),
                ("a long target", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost"),
                ("a long method", b"A" * 100_000)):
            status = s.status(request + b"\r\n\r\n")
            expect(status in (0, 400, 413, 414, 431), True, f"{name}: {status}")
        s.get()


def test_as_many_values_as_are_allowed_fit():
    with Server(BINARY) as s:
        for count, wanted in ((500, 200), (512, 200), (513, 413)):
            for pair in (b"a=1", b"match[]=%7Bx%7D", b"a" * 50 + b"="):
                query = b"&".join([pair] * count)
                request = b"GET /echo/x?" + query + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                expect(s.status(request), wanted, f"{count} times {pair}")
        cookies = b"; ".join(b"name%d=value" % i for i in range(1000))
        expect(s.status(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + cookies
                        + b"\r\n\r\n"), 200, "1000 cookies")
        for size, wanted in ((32_000, 200), (33_000, 431)):
            request = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * size + b"\r\n\r\n"
            expect(s.status(request, end=True), wanted, f"{size} bytes of headers")


def test_a_request_has_one_meaning():
    with Server(BINARY) as s:
        for target, headers_ in ((b"/\0a", b""), (b"/echo/\0", b""), (b"/echo/x?a=1\0&b=2", b""),
                                 (b"/", b"Host: evil.example\r\n"), (b"/", b"hOST: localhost\r\n")):
            status = s.status(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n" + headers_ + b"\r\n",
                              end=True)
            expect(status, 400, f"{target!r} {headers_!r}")


def test_few_open_files_make_few_connections():
    """Who has to wait loses its place, and others are answered."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (240, before[1]))
    try:
        server = Server(BINARY)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    with server as s:
        held = [s.connect() for _ in range(120)]
        for _ in range(20):
            s.get()
        expect(s.descriptors() < 240 - 64, True, f"{s.descriptors()} descriptors")
        for connection in held:
            connection.close()


def test_one_connection_takes_many_requests():
    with Server(BINARY) as s:
        requests = b"".join(b"GET /echo/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % i for i in range(200))
        last = b"GET /echo/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = s.say(requests + last)
        expect(re.findall(rb"param (\w+)", answer), [b"%d" % i for i in range(200)] + [b"last"])
        body = b"POST /echo/p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
        expect(re.findall(rb"body (\d+)", s.say(body * 3 + last)), [b"5"] * 3 + [b"0"])
        # Who has asked may stop talking.
        expect(s.status(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", end=True), 200)


def test_a_body_has_one_length():
    """A proxy may think otherwise of where it ends than we do."""
    with Server(BINARY) as s:
        for headers_, wanted in (
                (b"Content-Length: 5\r\nContent-Length: 6\r\n", {400}),
                (b"Content-Length: 5\r\nContent-Length: 5\r\n", {400}),
                (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", {400}),
                (b"Transfer-Encoding: gzip\r\n", {400}),
                (b"Transfer-Encoding: chunked, identity\r\n", {400}),
                (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", {400}),
                (b"Content-Length: -1\r\n", {0, 400, 413}),
                (b"Content-Length: 5x\r\n", {0, 400}),
                (b"Content-Length: 99999999999999999999\r\n", {0, 400, 413}),
                (b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n", {0, 400})):
            status = s.status(b"POST /echo/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                              + headers_ + b"\r\nhello\r\n0\r\n\r\n", end=True)
            expect(status in wanted, True, f"{headers_!r}: {status}")
        s.get()


def test_unix_socket():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/c.sock"
        with Server(BINARY, listen=f"unix:{path}") as s:
            expect(s.url, f"unix:{path}")
            expect(stat.S_IMODE(os.stat(path).st_mode), 0o660)
            expect(curl("--unix-socket", path, "http://any/").stdout.split("\n")[2], "who local")
            refused = Server(BINARY, listen=f"unix:{path}").refusal()
            expect("another process does" in refused, True, refused)
            expect(code("--unix-socket", path, "http://any/"), 200)
        expect(os.path.exists(path), False, "the socket stays")
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(path)
        with Server(BINARY, listen=f"unix:{path}"):
            expect(code("--unix-socket", path, "http://any/"), 200)
        Path(path).write_text("mine", encoding="ascii")
        refused = Server(BINARY, listen=f"unix:{path}").refusal()
        expect("there is a file of that name" in refused, True, refused)
        expect(Path(path).read_text(encoding="ascii"), "mine")


def make_certificate(folder, name):
    files = [f"{folder}/{name}.crt", f"{folder}/{name}.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True, timeout=60)
    return files


def test_tls():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(folder, "a")
        _, other_key = make_certificate(folder, "b")
        with Server(BINARY, f"certificate={certificate}", f"key={key}", f"token={TOKEN}") as s:
            expect(s.url.startswith("https://"), True, s.url)
            trusted = ["--cacert", certificate, "--header", f"Authorization: Bearer {TOKEN}"]
            expect(code(*trusted, f"{s.url}/written"), 200)
            expect(len(curl(*trusted, f"{s.url}/big/3000000").stdout), 3000000)
            expect(curl(f"{s.url}/", check=False).returncode, 60)  # nobody vouches for it
            expect(curl(*trusted, "--tls-max", "1.1", f"{s.url}/", check=False).returncode, 35)
            expect(s.status(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", end=True), 0)
            cookie = headers(*trusted, "--data-urlencode", f"token={TOKEN}", f"{s.url}/login")["set-cookie"]
            expect("; Secure" in cookie, True, cookie)
            expect(code(*trusted, f"{s.url}/written"), 200)
        for arguments, wanted in (
                ((f"certificate={certificate}",), "the key is missing"),
                ((f"certificate={certificate}", f"key={folder}/none"), "No such file"),
                ((f"certificate={key}", f"key={key}"), "the server does not start"),
                ((f"certificate={certificate}", f"key={other_key}"), "the server does not start")):
            refused = Server(BINARY, *arguments).refusal()
            expect(wanted in refused, True, refused)


def test_addresses():
    with Server(BINARY, listen="[::1]:0") as s:
        expect(s.url.startswith("http://[::1]:"), True, s.url)
        expect(code("--globoff", f"{s.url}/"), 200)
    with Server(BINARY) as s:
        said = Server(BINARY, listen=f"127.0.0.1:{s.port}").refusal()
        expect("Address already in use" in said and "--listen" in said, True, said)
    for listen, args, wanted in (
            ("0.0.0.0:0", (), "and there is no token"), (":0", (), "and there is no token"),
            ("[::]:0", (), "and there is no token"), ("192.0.2.1:0", ("public",), "no interface"),
            ("localhost", (), "write an address and a port"), ("127.0.0.1:x", (), "write an address"),
            ("127.0.0.1:65536", (), "write an address"), ("unix:", (), "write an address"),
            ("[::1:80", (), "write an address"), ("", (), "write an address")):
        said = Server(BINARY, *args, listen=listen).refusal()
        expect(wanted in said, True, f"{listen}: {said}")


def test_stopping_ends_answers_and_not_talks():
    with Server(BINARY) as s:
        idle = [s.connect() for _ in range(50)]
        slow = s.connect()
        slow.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        first = slow.recv(1000)
        s.stop_begins()
        time.sleep(0.2)
        began = time.monotonic()
        expect(len(first + receive_all(slow)) > 20_000_000, True, "the answer was cut off")
        s.process.wait(10)
        expect(time.monotonic() - began < 5, True, "stopping takes too long")
        for connection in (*idle, slow):
            connection.close()
    with Server(BINARY) as s:
        stuck = s.connect()
        stuck.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stuck.recv(10)
        s.stop_begins()
        s.process.wait(8)
        stuck.close()


if __name__ == "__main__":
    events.tap([(name[5:].replace("_", " "), test) for name, test in list(globals().items())
                if name.startswith("test_")])
