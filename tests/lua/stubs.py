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

def fields_of(name):
    text = (meta / "globals.lua").read_text(encoding="utf-8")
    block = re.search(rf"^---@class {name}\b.*\n((?:---.*\n)*)", text, re.M).group(1)
    return set(re.findall(r"^---@field (\w+)\?? ", block, re.M))


helpers = found(r'\{"(\w+)", help_\w+\}', root / "src/script/helpers.c")
surface = found(r"^  (\w+) = ", root / "lua/cynosure/init.lua")
names = found(r"^function (\w+)\(", meta / "globals.lua") | found(r"^(\w+) = ", meta / "globals.lua")
check("what scripts can name is described, and nothing else", names,
      surface | helpers | {"calendar", "one_of"})

def listed(pattern, path):
    """The words of the quoted list that the pattern captures."""
    return set(re.findall(r'"(\w+)"', "".join(found(pattern, path))))


lua = root / "lua/cynosure"
aggregates = found(r"^function M\.arguments\.(\w+)", lua / "_rows.lua")
aggregates |= listed(r"for _, func in ipairs \{([^}]*)\}", lua / "_rows.lua")
movement = found(r"^function change\.(\w+)", lua / "balance.lua")
movement |= listed(r"^local PARTS = \{([^}]*)\}", lua / "balance.lua")
movement |= found(r'^made_of_parts\("(\w+)"', lua / "balance.lua")
classes = {
    "Rows": aggregates | found(r"^function methods\.(\w+)", lua / "_rows.lua").union(
        *(found(r"^function rows\.methods\.(\w+)", path) for path in lua.glob("*.lua"))),
    "Per": aggregates,
    "Journey": found(r"^function own\.(\w+)", lua / "journey.lua"),
    "Retention": found(r"^function waiting\.(\w+)", lua / "retention.lua"),
    "Cohort": found(r"^function own\.(\w+)", lua / "retention.lua"),
    "Balance": found(r"^function state\.(\w+)", lua / "balance.lua"),
    "Movement": movement,
    "Formula": found(r"^function methods\.(\w+)", lua / "window.lua"),
    "formula": listed(r"^M\.names = \{([^}]*)\}", lua / "formula.lua"),
}
methods = set().union(*classes.values())
for name, there in classes.items():
    check(f"methods of {name} are described, and no others",
          found(rf"^function {name}[.:](\w+)", meta / "globals.lua"), there)

readings = (root / "src/alert/reading.c").read_text(encoding="utf-8")
readings = re.search(r"cyn_reading_names\[\] = \{([^}]*)\}", readings, re.S).group(1)
check("readings are fields or methods of a series, and nothing else is",
      fields_of("Series") | found(r"^function Series:(\w+)", meta / "globals.lua"),
      set(re.findall(r'"(\w+)"', readings)))

declare = (root / "lua/cynosure/declare.lua").read_text(encoding="utf-8")
schema = re.search(r"^local schema = \{(.*?)^\}", declare, re.M | re.S).group(1)
check("fields of a declaration are described, and no others",
      fields_of("MetricFields"), set(re.findall(r"^  (\w+) =", schema, re.M)))
for name, module in ("JourneyFields", "journey"), ("RetentionFields", "retention"), ("BalanceFields", "balance"), \
        ("AlertFields", "alert"):
    text = (lua / f"{module}.lua").read_text(encoding="utf-8")
    schema = re.search(r"^local schema = \{(.*?)^\}", text, re.M | re.S).group(1)
    check(f"{name} are those that {module}.lua takes", fields_of(name) | (fields_of("RetentionAtFields") if
          module == "retention" else set()), set(re.findall(r"^  (\w+) =", schema, re.M)))

text = (lua / "testing.lua").read_text(encoding="utf-8")
words = re.search(r"^local words = \{(.*?)^\}", text, re.M | re.S).group(1)
fields = re.search(r"^  local given = check\.fields\(what, fields, \{(.*?)^  \}", text, re.M | re.S).group(1)
check("Expectation has the words that testing.lua knows", fields_of("Expectation"),
      set(re.findall(r"^  (\w+) =", words, re.M)))
check("TestFields are those that testing.lua takes", fields_of("TestFields"),
      set(re.findall(r"(\w+) = ", fields)))

documented = (root / "docs/reference/lua.md").read_text(encoding="utf-8")
missing = {n for n in methods | helpers | surface if f"`{n}" not in documented and f":{n}" not in documented}
number += 1
failures += bool(missing)
print(f"{'not ok' if missing else 'ok'} {number} - docs/reference/lua.md mentions everything {sorted(missing) or ''}")
print(f"1..{number}")
sys.exit(bool(failures))
