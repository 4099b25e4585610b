"""What the lint tests share: the repository's files, how to report, how to skip."""
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIP = 77  # Meson's exit code for "skipped"


def files(*patterns):
    """Files below the root that match any of the globs, sorted; build folders never do."""
    found = {p for pattern in patterns for p in ROOT.glob(pattern) if p.is_file()}
    return sorted(p for p in found if not p.relative_to(ROOT).parts[0].startswith("build"))


def shown(path):
    return os.path.relpath(path, ROOT)


def need(tool, package):
    """Ends the test as skipped when a tool is missing; scripts/test installs them all."""
    if shutil.which(tool) is None:
        print(f"SKIP: {tool} is not installed (Debian package {package})")
        sys.exit(SKIP)


def finish(problems, checked):
    """Prints the findings and ends the test; nothing to look at is a broken test, not a clean one."""
    for problem in problems:
        print(problem)
    if not checked:
        sys.exit("nothing was checked: are the globs still right?")
    print(f"{checked} checked, {len(problems)} problems")
    sys.exit(1 if problems else 0)
