#!/usr/bin/env python3
"""Every #include of src obeys the layers of docs/architecture.md, and third-party headers stay
behind their fences. Also: headers have #pragma once, *_impl.h stays in its folder."""
import re

from common import ROOT, files, finish, shown

# folder → what it may include beside itself; arrows are transitive. Folders of later releases are
# here already, so that the first file in one finds its rule.
ARROWS = {
    "base": [],
    "column": ["base"],
    "plan": ["base"],
    "sched": ["base"],
    "config": ["sched"],
    "stats": ["column"],
    "source": ["column"],
    "exec": ["plan", "stats", "column"],
    "remote": ["plan"],
    "metric": ["plan"],
    "tree": ["metric", "stats"],
    "alert": ["metric", "stats", "sched"],
    "catalog": ["alert"],
    "store": ["alert"],
    "report": ["alert", "tree"],
    "notify": ["report", "config"],
    "script": ["catalog"],
    "engine": ["catalog", "exec", "remote", "source", "store", "config", "tree"],
    "rules": ["engine", "notify"],
    "check": ["rules"],
    "page": ["report"],
    "live": ["rules", "script", "page"],
    "serve": ["live", "page"],
}
ARROWS["app"] = sorted(ARROWS)

# third-party header → folders that may include it
FENCES = {
    r"(lua|lauxlib|lualib|luaconf)\.h": {"script"},
    r"seccomp\.h": {"script"},
    r"malloc\.h": {"script", "base"},
    r"yaml\.h": {"config"},
    r"sqlite3\.h": {"store", "source"},
    r"(zlib|zstd)\.h": {"source"},
    r"immintrin\.h": {"source", "stats", "exec"},
    r"(nettle/.*|utf8proc)\.h": {"base"},
    r"histedit\.h": {"app"},
    r"libpq-fe\.h": {"remote"},
    r"curl/.*\.h": {"notify", "remote"},
    r"dlfcn\.h": {"base"},
    r"microhttpd\.h": {"serve"},
    r"pcre2\.h": {"base"},
}
# Behind these fences there is one file of the folder that may.
ONE_FILE = {("source", "sqlite3.h"), ("base", "pcre2.h"), ("base", "malloc.h"),
            ("base", "dlfcn.h")}
SYSTEM = re.compile(
    r"(assert|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|stdarg"
    r"|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|threads|wchar"
    r"|dirent|fcntl|fnmatch|getopt|glob|iconv|langinfo|libgen|poll|pthread|pwd|regex|sched|spawn|termios|unistd|wordexp"
    r"|(sys|linux|netinet|arpa|net)/[a-z0-9_]+)\.h"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def reach(folder):
    """The folder and everything that its arrows lead to."""
    seen, todo = set(), [folder]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += ARROWS[here]
    return seen


def check_project(folder, target):
    if "/" not in target:
        return f'write it as "<folder>/{target}", relative to src'
    other = target.split("/")[0]
    if other not in ARROWS:
        return f"src/{other} has no arrows yet; add it to this script and to the architecture"
    if other not in reach(folder):
        return f"{folder} may not include {other}; it reaches {', '.join(sorted(reach(folder)))}"
    if other != folder and target.endswith("_impl.h"):
        return f"{target} is private to src/{other}"
    return None


def check_system(folder, target):
    for pattern, allowed in FENCES.items():
        if re.fullmatch(pattern, target):
            if folder in allowed:
                return None
            return f"<{target}> belongs behind the fence of {', '.join(sorted(allowed))}"
    if SYSTEM.fullmatch(target):
        return None
    return f"<{target}> is in no fence of this script; say which folder may include it"


def main():
    problems, users = [], {fence: [] for fence in ONE_FILE}
    sources = files("src/**/*.c", "src/**/*.h")
    for path in sources:
        folder = path.relative_to(ROOT / "src").parts[0]
        lines = path.read_text(encoding="utf-8").splitlines()
        if path.suffix == ".h" and "#pragma once" not in lines:
            problems.append(f"{shown(path)}:1: a header without #pragma once")
        if folder not in ARROWS:
            problems.append(f"{shown(path)}:1: src/{folder} has no arrows in this script")
            continue
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            check = check_project if match[1] == '"' else check_system
            if why := check(folder, match[2]):
                problems.append(f"{shown(path)}:{number}: {why}")
            if (folder, match[2]) in ONE_FILE:
                users[folder, match[2]].append(shown(path))
    for (folder, header), paths in users.items():
        if len(paths) > 1:
            problems.append(f"<{header}> in more than one file of src/{folder}: {paths}")
    finish(problems, len(sources))


main()
