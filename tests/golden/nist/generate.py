"""Univariate data sets of NIST's Statistical Reference Datasets, rebuilt: generate.py FILE.

NumAcc1 … 4: small differences behind large digits that cancel.
"""
import sys


def alternating(whole):
    """x.2, then x.1 and x.3 in turn: 1,001 values."""
    return [f"{whole}.2"] + [f"{whole}.1", f"{whole}.3"] * 500


SETS = {
    "NumAcc1": ["10000001", "10000003", "10000002"],
    "NumAcc2": alternating(1),
    "NumAcc3": alternating(1000000),
    "NumAcc4": alternating(10000000),
}

with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("set,value\n")
    for name, values in SETS.items():
        out.writelines(f"{name},{value}\n" for value in values)
