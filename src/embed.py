#!/usr/bin/env python3
"""Writes files as a C array of cyn_embedded: embed.py OUT.c SYMBOL ROOT FILE...

Names in the array are relative to ROOT. Run by Meson; see src/base/embed.h.
"""
import os
import sys

out, symbol, root, *files = sys.argv[1:]
with open(out, "w", encoding="ascii") as c:
    c.write('#include "base/embed.h"\n')
    c.write(f"extern const cyn_embedded {symbol}[];\n")
    entries = []
    for number, path in enumerate(files):
        with open(path, "rb") as f:
            data = f.read()
        body = ",".join(map(str, data + b"\0"))
        c.write(f"static const unsigned char d{number}[] = {{{body}}};\n")
        name = os.path.relpath(path, root).replace('"', '\\"')
        entries.append(f'    {{"{name}", d{number}, {len(data)}}},\n')
    c.write(f"const cyn_embedded {symbol}[] = {{\n{''.join(entries)}    {{0, 0, 0}}}};\n")
