#!/usr/bin/env python3
"""The stubs in lua/cynosure/_meta describe exactly what there is: stubs.py ROOT. Speaks TAP."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
meta = root / "lua/cynosure/_meta"
number = failures = 0


def check(name, ours, theirs):
    global number, failures
    number += 1
    same = ours == theirs and len(ours) > 0
    failures += not same
    if not same:
        print(f"# only described: {sorted(ours - theirs)}; only there: {sorted(theirs - ours)}")
    print(f"{'ok' if same else 'not ok'} {number} - {name}")


def found(pattern, path):
    return set(re.findall(pattern, path.read_text(encoding="utf-8"), re.M))


native_c = root / "src/script/native.c"
registered = found(r'\{"(\w+)", native_\w+\}', native_c)
registered |= found(r'lua_setfield\(L, -2, "(\w+)"\)', native_c)
described = found(r"^function native\.(\w+)", meta / "native.lua")
described |= found(r"^native\.(\w+) =", meta / "native.lua")
check("native functions are described, and no others", described, registered)

helpers = found(r'\{"(\w+)", help_\w+\}', root / "src/script/helpers.c")
surface = found(r"^  (\w+) = ", root / "lua/cynosure/init.lua")
names = found(r"^function (\w+)\(", meta / "globals.lua") | found(r"^(\w+) = ", meta / "globals.lua")
check("what scripts can name is described, and nothing else", names,
      surface | helpers | {"calendar"})

source_lua = root / "lua/cynosure/source.lua"
methods = found(r"^function methods\.(\w+)", source_lua)
text = source_lua.read_text(encoding="utf-8")
listed = re.search(r'for _, func in ipairs \{([^}]*)\}', text).group(1)
methods |= set(re.findall(r'"(\w+)"', listed))
check("methods of a source are described, and no others",
      found(r"^function Source:(\w+)", meta / "globals.lua"), methods)

declare = (root / "lua/cynosure/declare.lua").read_text(encoding="utf-8")
schema = re.search(r"^local schema = \{(.*?)^\}", declare, re.M | re.S).group(1)
check("fields of a declaration are described, and no others",
      found(r"^---@field (\w+)\?? ", meta / "globals.lua"), set(re.findall(r"^  (\w+) =", schema, re.M)))

documented = (root / "docs/reference/lua.md").read_text(encoding="utf-8")
missing = {n for n in methods | helpers | surface if f"`{n}" not in documented and f":{n}" not in documented}
number += 1
failures += bool(missing)
print(f"{'not ok' if missing else 'ok'} {number} - docs/reference/lua.md mentions everything {sorted(missing) or ''}")
print(f"1..{number}")
sys.exit(bool(failures))
