#!/usr/bin/env python3
"""Commands that behave and others, and files: notify_local.py SENDER."""
import json
import os
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
from messages import KEY, SECRET, Project, expect, expect_interruption, main

SCRIPTS = {
    "ok": "cat >got.json; env | sort >env.txt; pwd >pwd.txt; printf '%s|' \"$@\" >args.txt",
    "refuses": "echo 'no such pager' >&2; exit 65",
    "fails": "printf 'no route\\033[1m\\nmore' >&2; exit 1",
    "hangs": "sleep 60 & echo $! >child.txt; sleep 60",
    "floods": "i=0; while [ $i -lt 2000 ]; do printf '%1000s' x >&2; i=$((i+1)); done; exit 3",
    "closes": "exec 0<&- 1>&- 2>&-; exit 0",
    "dies": "kill -9 $$",
    "tells": "echo \"bad argument $1\" >&2; exit 2",
    "leaves": "sleep 5 & exit 0",
}


def test_local(tap, sender, folder, _):
    project = Project(sender, folder)
    for name, script in SCRIPTS.items():
        path = Path(folder) / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def command(name, *args, timeout="5s"):
        return {"type": "command", "command": [f"./{name}", *args], "timeout": timeout}

    odd = ["a b", "$HOME", "; touch hacked", "'\"", "a b", "*"]
    result = project.send(command("ok", *odd), "several", environment={"SECRET": SECRET})
    expect(tap, "a command that ends well", result, "sent", "exit 0")
    read = {n: (Path(folder) / n).read_text(encoding="utf-8") for n in
            ("got.json", "env.txt", "pwd.txt", "args.txt")}
    tap.test("it got the message", read["got.json"] == project.body(
        {"type": "webhook", "url": "http://127.0.0.1/"}, "several").decode(), read)
    tap.test("its arguments are passed as they are", read["args.txt"] == "".join(
        a + "|" for a in odd) and not (Path(folder) / "hacked").exists(), read)
    names = {line.split("=")[0] for line in read["env.txt"].splitlines()}
    tap.test("its environment holds no secrets", SECRET not in read["env.txt"] and
             names <= {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "CYNOSURE_KEY",
                       "CYNOSURE_CHANNEL", "PWD", "OLDPWD", "SHLVL", "_"}
             and f"CYNOSURE_KEY={KEY}" in read["env.txt"], names)
    tap.test("it runs in the project's folder", os.path.realpath(read["pwd.txt"].strip())
             == os.path.realpath(folder), read)
    for name, outcome, detail in [("refuses", "refused", "exit 65: no such pager"),
                                  ("fails", "later", r"exit 1: no route \[1m"),
                                  ("floods", "later", "exit 3: .*"), ("closes", "sent", "exit 0"),
                                  ("dies", "later", "killed by signal 9"),
                                  ("leaves", "sent", "exit 0"),
                                  ("absent", "later", "cannot run it: No such file or directory")]:
        expect(tap, f"a command that {name}", project.send(command(name)), outcome, detail, 0, 3)
    expect(tap, "an argument is not shown", project.send(command("tells", SECRET)), "later", "exit 2")
    expect(tap, "a command that does not read a long message", project.send(command("closes"),
           "long"), "sent", "exit 0")
    expect(tap, "a command that hangs is killed", project.send(command("hangs", timeout="1s")),
           "later", "timed out", 0.9, 2)
    child = int((Path(folder) / "child.txt").read_text())
    tap.test("… with what it started", not is_running(child), child)
    expect_interruption(tap, project, command("hangs", timeout="20s"))
    test_file(tap, project)
    tap.test("no secret was ever printed", SECRET not in project.said, project.said)


def is_running(pid):
    """A zombie that nobody has collected yet does not run."""
    for _ in range(20):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.05)
    return True


def test_file(tap, project):
    log, channel = project.folder / "log.ndjson", {"type": "file", "path": "log.ndjson"}
    expect(tap, "a file is written", project.send(channel), "sent", "written")
    processes = [threading.Thread(target=Project(project.sender, make_folder(project, i)).send,
                                  args=({"type": "file", "path": str(log)}, "long"))
                 for i in range(8)]
    for p in processes:
        p.start()
    for p in processes:
        p.join()
    lines = log.read_text(encoding="utf-8").splitlines()
    tap.test("writers at the same time leave whole lines",
             len(lines) == 9 and all(json.loads(line)["key"] == KEY for line in lines), len(lines))
    cut = project.folder / "cut.ndjson"
    cut.write_text('{"key": "' + KEY, encoding="utf-8")
    for _ in range(2):
        expect(tap, "a line is written after one that a kill has cut",
               project.send({"type": "file", "path": "cut.ndjson"}), "sent", "written")
    lines = cut.read_text(encoding="utf-8").splitlines()
    tap.test("… and is whole, as is the next one", lines[0] == '{"key": "' + KEY and len(lines) == 3 and
             all(json.loads(line)["key"] == KEY for line in lines[1:]), lines)
    for name, path, detail in [("a folder", ".", "Is a directory"),
                               ("a folder that is not there", "no/log", "No such file or directory"),
                               ("a device", "/dev/null", "not a file")]:
        expect(tap, f"{name} is no file", project.send({"type": "file", "path": path}), "later",
               detail)
    os.mkfifo(project.folder / "pipe")
    expect(tap, "a pipe is no file, and is not waited for",
           project.send({"type": "file", "path": "pipe"}), "later",
           "not a file|No such device or address", 0, 1)


def make_folder(project, i):
    folder = project.folder / f"writer{i}"
    folder.mkdir()
    return folder


main(test_local)
