#!/usr/bin/env python3
"""The loader and the JSON Schemas of the project files say the same.

    agree.py CONFIG_CHECK ROOT [--write]

CONFIG_CHECK is the test executable of tests/unit/config, ROOT the repository. The documents beside
this file are read by both sides, then each valid one in hundreds of small variations. A document
that only the loader refuses begins with "# loader-only: <reason>"; the loader must refuse all that
the schema refuses. --write brings docs/schema and the expected findings (*.txt) up to date.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

KINDS = ("cynosure", "kpis", "dictionary", "okrs")
HERE = Path(__file__).parent

# What JSON Schema cannot say, as the loader's messages begin to say it.
LOADER_ONLY = {
    r"do not tell one type|has no meaning for a source of type|needs a table or a query":
        "the type of a source may be told from the ending of its path",
    r"contradicts grain": "compares two values",
    r"though (up|down) is better|must hold the green one|lower bound first": "compares two values",
    r"starts on [a-z]+, but week_start is": "compares two values",
    r"not (after|before) the day of|no value could enter it": "compares two values",
    r"to the same value by the same day": "45% and 0.45 are the same value",
    r"there is no (day|time) ": "which days and times exist is beyond a pattern",
    r"environment variable|no \$\{VAR\}|once its variables": "the environment is not in the file",
    r"timestamp format|date format": "the formats that are known",
    r"time zone '": "which zones exist is the system's to say",
    r"a duration out of range|a second to ten years": "how long is beyond a pattern",
    r"expected an e-mail address|expected (http|smtp)s?://": "parts of a text",
    r"no (channel|calendar) is called": "names are looked up",
    r"not after the moment of": "compares two values",
    r"cron: |neither a duration such as|an interval lasts from": "a grammar of its own",
    r"inside the project|the name of a page|what is in \.cynosure": "parts of a text",
    r"expected an address and a port": "parts of a text",
    r"unknown grain|a grain that never ends|this grain is given twice|lasts 1 to 1440 minutes":
        "keys that are grains",
    r"signs of ASCII without blanks|16 or more characters": "a secret may come from the environment",
    r"is a boolean to some readers": "a plain yes is text to YAML 1.2, a boolean to YAML 1.1",
}

# Values that take the place of every value in turn, as YAML text.
REPLACEMENTS = r"""
null true yes 12 -1 1.5 1e3 0 "" text [] {} [a,b] [1,2] [a,a] {"a":1} "12" none
45% -1% 100.5% decimal(3) decimal(19) 2026-12-31 2026-02-30 15m 15min 7m 015m
csv sqlite range up timestamp "a\nb" "a\u0007b" "\n"
""".split()


class CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as editors read it: the core schema of 1.2, keys as text, no merge keys."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "key", key.start_mark)
        return {k.value: self.construct_object(v, deep=True) for k, v in node.value}


CoreLoader.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
CoreLoader.add_constructor(
    "tag:yaml.org,2002:int",
    lambda loader, node: int(node.value, 0 if node.value[:2] in ("0x", "0o") else 10))
CoreLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: float(node.value.lower().replace(".inf", "inf")
                                                          .replace(".nan", "nan")))
for tag, pattern in (
    ("null", r"^(?:~|null|Null|NULL|)$"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
              r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), None)


def ecma_pattern(validator, pattern, instance, schema):
    """In JSON Schema "$" is the very end; in Python it also stands before a last line break."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError("does not match the pattern")


Validator = validators.extend(Draft7Validator, {"pattern": ecma_pattern})


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, ok, name, *details):
        self.count += 1
        self.failed += not ok
        for detail in () if ok else details:
            print("# " + str(detail).replace("\n", "\n# "))
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def run_loader(check, kind, paths):
    """What the loader says about each path: its lines of findings, empty when it accepts."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CYN_TEST_")}
    command = [check, kind, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, env=clean, text=True)
    if done.returncode not in (0, 1) or done.stderr:
        raise SystemExit(f"Bail out! config_check: exit {done.returncode}\n{done.stderr}")
    said, lines, remaining = {}, [], iter(map(str, paths))
    path = next(remaining, None)
    for line in done.stdout.splitlines():
        if line in (f"{path}: ok", f"{path}: failed"):
            said[path] = lines if line.endswith("failed") else []
            if line.endswith("failed") != bool(lines):
                raise SystemExit(f"Bail out! {line} with {len(lines)} findings")
            lines, path = [], next(remaining, None)
        else:
            lines.append(line)
    return said


def schema_accepts(schema, text):
    try:
        return schema.is_valid(yaml.load(text.decode("utf-8-sig"), CoreLoader))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return False  # no document, so nothing that a schema could accept


def is_loader_only(findings):
    found = [line for line in findings if not line.startswith("hint: ")]
    return all(any(re.search(p, line) for p in LOADER_ONLY) for line in found)


def undescribed(schema, path=""):
    """Keys without the description that an editor shows."""
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items() if "type" in schema else ():
            if not value.get("description"):
                yield f"{path}.{key}"
        for key, value in schema.items():
            yield from undescribed(value, f"{path}.{key}")


def to_yaml(value):
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {to_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_yaml, value)) + "]"
    return json.dumps(value)


class Raw(str):
    """YAML text as it is."""


def variations(value):
    """The value with one thing changed, in every place and every way."""
    for raw in REPLACEMENTS:
        yield Raw(raw)
    if isinstance(value, dict):
        yield {**value, "unheard_of": 1}
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
            yield {(k + "x" if k == key else k): v for k, v in value.items()}
            for changed in variations(value[key]):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for i, item in enumerate(value):
            for changed in variations(item):
                yield value[:i] + [changed] + value[i + 1:]


def test_documents(tap, check, kind, schema, write):
    valid = sorted((HERE / kind / "valid").glob("*.yaml"))
    invalid = sorted((HERE / kind / "invalid").glob("*.yaml"))
    said = run_loader(check, kind, valid + invalid)
    for path in valid:
        tap.test(not said[str(path)], f"{kind}: the loader accepts {path.name}", *said[str(path)])
        accepted = schema_accepts(schema, path.read_bytes())
        tap.test(accepted, f"{kind}: the schema accepts {path.name}")
    for path in invalid:
        findings = "".join(line + "\n" for line in said[str(path)])
        expected = path.with_suffix(".txt")
        if write:
            expected.write_text(findings)
        tap.test(findings and findings == expected.read_text(),
                 f"{kind}: the loader finds what is wrong in {path.name}", findings or "nothing")
        only = path.read_bytes().startswith(b"# loader-only: ")
        tap.test(schema_accepts(schema, path.read_bytes()) == only,
                 f"{kind}: the schema {'cannot refuse' if only else 'refuses'} {path.name}")


def test_variations(tap, check, kind, schema):
    texts = set()
    for path in (HERE / kind / "valid").glob("*.yaml"):
        document = yaml.load(path.read_bytes(), CoreLoader)
        texts.update(to_yaml(changed) + "\n" for changed in variations(document))
    texts = sorted(texts)
    disagreements, accepted = [], 0
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(i) for i in range(len(texts))]
        for path, text in zip(paths, texts):
            path.write_text(text)
        said = run_loader(check, kind, paths)
        for path, text in zip(paths, texts):
            findings, allowed = said[str(path)], schema_accepts(schema, text.encode())
            accepted += not findings
            if allowed and findings and not is_loader_only(findings):
                disagreements.append("only the loader refuses: " + text + "\n".join(findings))
            if not allowed and not findings:
                error = next(schema.iter_errors(yaml.load(text, CoreLoader)))
                disagreements.append(f"only the schema refuses: {text}{error.message}")
    tap.test(0 < accepted < len(texts), f"{kind}: some variations are accepted, some refused",
             f"{accepted} of {len(texts)} are accepted")
    tap.test(not disagreements, f"{kind}: loader and schema agree on {len(texts)} variations",
             *disagreements[:20])


def main():
    check, root, write = sys.argv[1], Path(sys.argv[2]), "--write" in sys.argv
    tap = Tap()
    for kind in KINDS:
        made = subprocess.run([check, "--schema", kind], capture_output=True, check=True).stdout
        path = root / "docs" / "schema" / f"{kind}.schema.json"
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
        schema = json.loads(made)
        tap.test(path.read_bytes() == made, f"{kind}: docs/schema is up to date",
                 "run agree.py with --write")
        Draft7Validator.check_schema(schema)
        missing = list(undescribed(schema))
        tap.test(not missing, f"{kind}: every key has a description", *missing)
        test_documents(tap, check, kind, Validator(schema), write)
        test_variations(tap, check, kind, Validator(schema))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
