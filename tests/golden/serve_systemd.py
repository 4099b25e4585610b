#!/usr/bin/env python3
"""The daemon under systemd, without systemd: serve_systemd.py BINARY UNIT.

The unit allows each system call that a run makes, and a signal that goes to all processes of the
service ends it as one to the daemon does.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import serving
from serving import Daemon, project, values

BINARY, UNIT = Path(sys.argv[1]).resolve(), Path(sys.argv[2])

# What fails with the error of the unit, and is done without.
SPARED = {
    "fchown",  # of SQLite, only where the user is root
}


def setting(name):
    """All that the unit says under that name, in order."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def calls_of(group):
    """The calls of one of systemd's groups, those of groups within it included."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True,
                          text=True, check=True).stdout
    words = [line.strip() for line in text.splitlines()[1:]]
    calls = set()
    for word in words:
        if word.startswith("@"):
            calls |= calls_of(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def allowed():
    calls = set()
    for line in setting("SystemCallFilter"):
        less, words = line.startswith("~"), line.lstrip("~").split()
        for word in words:
            named = calls_of(word) if word.startswith("@") else {word}
            calls = calls - named if less else calls | named
    return calls


def traced(trace):
    """The names of the calls in a trace; those of interrupted ones come twice."""
    named = re.compile(r"^(?:\d+ +)?(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed>)", re.MULTILINE)
    return set(named.findall(trace.read_text(encoding="utf-8", errors="replace")))


def every_call_of_a_run_is_allowed():
    if events.is_sanitized(BINARY):
        return "skipped: a sanitizer makes calls of its own"
    wrapper = "#!/bin/sh\nexec strace -f -qq -s 0 -e signal=none -o '{}' '{}' \"$@\"\n"
    with project() as folder, tempfile.TemporaryDirectory(prefix="cynosure-trace-") as work:
        trace, script = Path(work) / "trace", Path(work) / "cynosure"
        script.write_text(wrapper.format(trace, BINARY), encoding="utf-8")
        script.chmod(0o755)
        with Daemon(script, folder) as daemon:
            daemon.wait_until_ready()
            daemon.until(lambda: len(values(folder)) >= 24, "24 hours are not recorded")
            for path in ("/", "/metrics", "/api/v1/health"):
                assert daemon.get(path)[0] == 200
            child, = events.children_of(daemon.process.pid)
            os.kill(int(child), signal.SIGHUP)
            daemon.until(lambda: len(daemon.said("is in use")) == 2, "not reloaded")
            os.kill(int(child), signal.SIGTERM)
            assert daemon.process.wait(serving.PATIENCE) == 0, daemon.lines
        made = traced(trace)
    assert {"seccomp", "openat", "accept4", "execve"} <= made, made
    forbidden = made - allowed() - SPARED
    assert not forbidden, forbidden
    return None


def what_is_not_allowed_kills_nobody():
    assert setting("SystemCallErrorNumber") == ["EPERM"]


def a_signal_to_all_of_its_processes_ends_it_well():
    for _ in range(10):
        with project() as folder, Daemon(BINARY, folder, start_new_session=True) as daemon:
            daemon.wait_until_ready()
            os.killpg(daemon.process.pid, signal.SIGTERM)
            code = daemon.process.wait(serving.PATIENCE)
            daemon.reader.join()
            assert code == 0 and daemon.said("stopped"), (code, daemon.lines)
            assert not daemon.said("error: "), daemon.lines


def the_first_signal_goes_to_the_daemon_alone():
    assert setting("KillMode") == ["mixed"]


CASES = [what_is_not_allowed_kills_nobody, a_signal_to_all_of_its_processes_ends_it_well,
         the_first_signal_goes_to_the_daemon_alone]
if shutil.which("strace") and shutil.which("systemd-analyze"):
    CASES.insert(0, every_call_of_a_run_is_allowed)
else:
    print("# SKIPPED: without strace and systemd-analyze nobody knows which calls a run makes")
only = sys.argv[3:]
events.tap([(case.__name__.replace("_", " "), case) for case in CASES
            if not only or case.__name__ in only])
