#!/usr/bin/env python3
"""Every header of src compiles alone, and twice in one file, with gcc and clang."""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from common import ROOT, files, finish, need, shown

compiler, package = sys.argv[1], sys.argv[2]
need(compiler, package)
LUA = subprocess.run(["pkg-config", "--cflags", "lua5.4"], capture_output=True, text=True, check=True)
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
FLAGS += ["-I", str(ROOT / "src"), *LUA.stdout.split()]


def compile_alone(path):
    include = f'#include "{path.relative_to(ROOT / "src")}"\n'
    done = subprocess.run(
        [compiler, *FLAGS, "-x", "c", "-"], input=include * 2, capture_output=True, text=True
    )
    return None if done.returncode == 0 else f"{shown(path)} does not compile alone:\n{done.stderr}"


headers = files("src/**/*.h")
with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(compile_alone, headers))
finish([r for r in results if r], len(headers))
