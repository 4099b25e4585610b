#!/usr/bin/env python3
"""Relative links in Markdown files lead somewhere: the file exists, and so does the heading."""
import re
from urllib.parse import unquote

from common import files, finish, shown

LINK = re.compile(r"\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def prose(path):
    """(line number, line) outside of fenced code; code spans emptied."""
    fence = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and fence is None:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = None
        elif fence is None:
            yield number, line


def anchors(path):
    """The anchors that code hosts give to headings: lower case, blanks to hyphens, no punctuation."""
    seen, result = {}, set()
    for _, line in prose(path):
        if match := HEADING.match(line):
            text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            again = seen.get(slug, 0)
            seen[slug] = again + 1
            result.add(f"{slug}-{again}" if again else slug)
    return result


def broken(path, target):
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None  # an address elsewhere: not ours to check
    name, _, anchor = target.partition("#")
    goal = path.parent / unquote(name) if name else path
    if not goal.exists():
        return "no such file"
    if anchor and goal.suffix == ".md" and anchor not in anchors(goal):
        return "no such heading"
    return None


problems = []
pages = files("*.md", "docs/**/*.md", "lua/**/*.md", "tests/**/*.md", "scripts/*.md")
for page in pages:
    for number, line in prose(page):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if why := broken(page, target):
                problems.append(f"{shown(page)}:{number}: {target}: {why}")
finish(problems, len(pages))
