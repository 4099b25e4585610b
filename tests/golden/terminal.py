#!/usr/bin/env python3
"""`cynosure repl` on a terminal: terminal.py BINARY. Completion, history, Ctrl-C, wide characters."""
import contextlib
import os
import pty
import re
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "commands" / "project"
PATIENCE = 30  # seconds, on a loaded machine


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, binary, folder, home):
        environment = {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"],
                       **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(binary, [binary, "-C", str(folder), "repl"], environment)
        self.text = ""

    def wait_for(self, pattern):
        """What was printed up to and with the pattern, without escape sequences."""
        end = time.monotonic() + PATIENCE
        while True:
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", self.text)
            found = re.search(pattern, plain)
            if found:
                self.text = ""
                return plain
            if time.monotonic() > end:
                raise RuntimeError(f"no {pattern!r} in {plain!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
                except OSError as closed:
                    raise RuntimeError(f"it ended before {pattern!r}: {plain!r}") from closed

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """The exit code after Ctrl-D, typed again as a person would: what comes in the moment between
        the prompt and the terminal's raw mode is lost."""
        deadline = time.monotonic() + PATIENCE
        typed = 0
        while time.monotonic() < deadline:
            if time.monotonic() - typed > 1:
                typed = time.monotonic()
                self.type("\x04")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise RuntimeError("it did not end")


def completes_names(t, _home):
    t.wait_for(r"11 metrics.*\n> ")
    t.type('source "ev\t"\n')
    t.wait_for(r"20 of \d+ rows\n> ")
    t.type("metric.lost\t\n")
    t.wait_for(r"METRIC\s+PERIOD(.|\n)*lost_w1(.|\n)*> ")
    t.type("metric.w1\t\t\n")
    t.wait_for(r"w1  w1_ads(.|\n)*> ")
    t.type('source "events":cou\t()\n')
    t.wait_for(r"2026-W\d\d(.|\n)*> ")
    t.type('source "events":sum "amo\t"\n')  # a column, known since the source was loaded
    t.wait_for(r'sum "amount"(.|\n)*2026-W\d\d(.|\n)*> ')


def takes_wide_characters(t, _home):
    t.wait_for("> ")
    t.type('show { { 名前 = "友達", 件数 = 3 } }\n')
    t.wait_for(r"unexpected symbol|友達(.|\n)*> ")
    t.type('show { { ["名前"] = "友達", ["件数"] = 3 } }\n')
    t.wait_for(r"件数  名前\n +3  友達\n> ")


def stops_what_runs(t, _home):
    t.wait_for("> ")
    t.type("x = 7\n")
    t.wait_for(r"x = 7\n> ")
    t.type("while true do end\n")
    time.sleep(1)
    began = time.monotonic()
    t.type("\x03")
    t.wait_for(r"interrupted\n(.|\n)*> ")
    if time.monotonic() - began > 10:
        raise RuntimeError("Ctrl-C took longer than ten seconds")
    t.type("x * 6\n")
    t.wait_for(r"42\n> ")  # names assigned before are still there
    t.type("1 +\n")
    t.wait_for("… ")
    t.type("\x03")
    t.wait_for("> ")
    t.type("1 + 1\n")
    t.wait_for(r"\n2\n> ")


def keeps_the_history(t, home):
    t.wait_for("> ")
    t.type("123 * 2\n")
    t.wait_for(r"246\n> ")
    if t.end() != 0:
        raise RuntimeError("an exit code that is not 0")
    if "123" not in (home / ".local/state/cynosure/history").read_text(encoding="utf-8"):
        raise RuntimeError("the line is not in the history")


def main():
    binary, checks = os.path.abspath(sys.argv[1]), [completes_names, takes_wide_characters,
                                                   stops_what_runs, keeps_the_history]
    print(f"1..{len(checks)}")
    for number, check in enumerate(checks, 1):
        with tempfile.TemporaryDirectory(prefix="cynosure-terminal-") as work:
            folder = Path(work) / "project"
            shutil.copytree(PROJECT, folder)
            terminal, problem = Terminal(binary, folder, work), None
            try:
                check(terminal, Path(work))
                if check is not keeps_the_history:
                    terminal.end()
            except RuntimeError as e:
                problem = e
                with contextlib.suppress(ProcessLookupError):  # it may have ended
                    os.kill(terminal.pid, signal.SIGKILL)
        print(f"{'not ok' if problem else 'ok'} {number} - it {check.__name__.replace('_', ' ')}")
        if problem:
            print(f"# {problem}")


main()
