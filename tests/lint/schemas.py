#!/usr/bin/env python3
"""docs/schema/*.schema.json are what `cynosure schema` prints: schemas.py BINARY."""
import json
import subprocess
import sys

from common import ROOT, finish

problems = []
kinds = ("cynosure", "kpis", "dictionary", "okrs")
for kind in kinds:
    path = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    run = subprocess.run([sys.argv[1], "schema", kind], capture_output=True, text=True, check=True)
    json.loads(run.stdout)  # an invalid schema must not become the committed one
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if committed != run.stdout:
        problems.append(f"{path.relative_to(ROOT)} is out of date; refresh it with:\n"
                        f"  cynosure schema {kind} > {path.relative_to(ROOT)}")
finish(problems, len(kinds))
