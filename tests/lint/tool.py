#!/usr/bin/env python3
"""Runs one outside linter over the files that it is for: format, luacheck or shellcheck."""
import subprocess
import sys

from common import ROOT, files, finish, need


def shell_scripts():
    """Everything in scripts/ and .ci/ that is bash, by its first line or its name."""
    return [p for p in files("scripts/*", ".ci/*", "tests/**/*.sh")
            if p.suffix == ".sh" or p.read_bytes().startswith(b"#!/usr/bin/env bash")]


# name → (program, Debian package, arguments, files)
TOOLS = {
    "format": ("clang-format", "clang-format", ["--dry-run", "-Werror"],
               lambda: files("src/**/*.[ch]", "tests/unit/**/*.[ch]", "tests/fuzz/**/*.[ch]")),
    # Scripts that are broken on purpose are the business of the golden tests.
    "luacheck": ("luacheck", "lua-check",
                 ["--no-color", "-q", "--codes"],
                 lambda: [p for p in files("lua/**/*.lua", "docs/**/*.lua", "tests/**/*.lua")
                          if {"malformed", "hostile"}.isdisjoint(p.parts)]),
    "shellcheck": ("shellcheck", "shellcheck", ["-x"], shell_scripts),
}

program, package, arguments, find = TOOLS[sys.argv[1]]
need(program, package)
paths = find()
if not paths:
    finish([], 0)
done = subprocess.run([program, *arguments, *(str(p.relative_to(ROOT)) for p in paths)], cwd=ROOT, check=False)
finish([f"{program} is not content (exit {done.returncode})"] if done.returncode else [], len(paths))
