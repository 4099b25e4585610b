#!/usr/bin/env python3
"""Rules that take long have a lane of their own: serve_slow_rules.py BINARY.

The daemon in real time, over a project whose scripts hang, fail or take their time, beside rules
that do none of that.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
import events
import serving
from serving import Daemon, project, query

BINARY = Path(sys.argv[1]).resolve()
SLOTS = "SELECT r.rule, r.missed, s.slot FROM rule r JOIN rule_slot s ON s.id = r.turn"
FIRED = "SELECT count(*) FROM alert_event WHERE rule = ? AND what = 'fired'"
FOREVER = "function(s) while true do end end"
LONG = "function(s) for i = 1, 2e9 do end return s.value > 0 end"  # some seconds of any machine
TIME = serving.CONFIG + "limits: {call_time: 10m}\n"
HANGS = '''metric "hangs" { value = function(at) while true do end end }
metric "hides" { value = function(at) pcall(function() return at:get "hangs" end) return 1 end }
'''
OVER = "is evaluated in a lane of its own from now on"


def rule(name, when, metric="amount", more=""):
    return (f'alert "{name}" {{ metric = "{metric}", grain = "hour", every = "5s", when = {when},'
            f' severity = "warning", notify = {{ "all" }}, {more} }}\n')


PLAIN = [f"plain{i}" for i in range(10)]
RULES = "".join(rule(name, '"value > 0"') for name in PLAIN)
BREAKS = rule("breaks", 'function(s) error("no way") end')


def slots(folder, names):
    """Of each rule: slots missed, and the last one."""
    return {name: (missed, slot) for name, missed, slot in query(folder, SLOTS) if name in names}


def error_of(folder, name):
    found = query(folder, "SELECT error FROM rule WHERE rule = ?", name)
    return (found and found[0][0]) or ""


def what_hangs_delays_no_other():
    """Each of them hangs for as long as it may."""
    rules = RULES + BREAKS + rule("forever", FOREVER) + rule("above", '"value > 0"', "hangs") + \
        rule("hidden", '"value > 0"', "hides")
    with project(config=TIME, metrics=serving.METRICS + HANGS, rules=rules) as folder, \
            Daemon(BINARY, folder, "--stop-within", "20s") as daemon:
        for name in ("forever", "above", "hidden"):
            daemon.wait_for(f"rule '{name}' takes long: it {OVER}")
        daemon.until(lambda: len(slots(folder, PLAIN)) == len(PLAIN), "a rule was not evaluated")
        before = slots(folder, PLAIN)
        later = {name: (missed, slot + 20_000_000) for name, (missed, slot) in before.items()}
        daemon.until(lambda: all(slots(folder, PLAIN)[name][1] >= later[name][1] for name in PLAIN),
                     "the others stand still")
        assert {name: slot[0] for name, slot in slots(folder, PLAIN).items()} == \
            {name: slot[0] for name, slot in before.items()}, "slots were missed"
        assert not slots(folder, ["forever"]), "it has ten minutes, and did not use them"
        assert "no way" in error_of(folder, "breaks")
        assert len(daemon.said("rule 'breaks'")) == 1, daemon.lines
        assert "metric 'amount'" not in "".join(daemon.lines)
        daemon.stop()


def what_takes_long_is_evaluated_with_what_depends_on_it():
    """The one that depends on it is silent, since both are seen together; and neither a restart nor
    a reload has the alert fire again."""
    rules = rule("long", LONG) + rule("child", '"value > 0"', more='depends = { "long" }') + \
        rule("plain", '"value > 0"')
    with project(config=TIME, rules=rules) as folder:
        for start in range(2):
            with Daemon(BINARY, folder, "--stop-within", "20s") as daemon:
                daemon.wait_for(f"rule 'long' takes long: it {OVER}, with 1 rule that belongs to it")
                daemon.until(lambda: query(folder, FIRED, "long") == [(1,)], "it did not fire", 300)
                assert query(folder, "SELECT frozen_by FROM rule WHERE rule = 'child'") == [("long",)]
                daemon.until(lambda: "\ncynosure_alerts_firing 2\n" in daemon.get("/metrics")[1],
                             "what fires in either lane is not added up")
                told = len(daemon.lines)
                slot = slots(folder, ["plain"])["plain"][1]
                daemon.hang_up()
                daemon.wait_for("rule 'long' takes long", told)
                daemon.until(lambda: slots(folder, ["plain"])["plain"][1] > slot, "it stands still")
                daemon.stop()
            assert query(folder, FIRED, "long") == [(1,)], f"start {start}"
            assert query(folder, FIRED, "child") == [(0,)], f"start {start}"


def once_evaluates_it_too():
    with project(config=TIME, rules=RULES + rule("long", LONG)) as folder, \
            Daemon(BINARY, folder, "--once", listen=None) as daemon:
        daemon.process.wait(300)
        assert daemon.process.returncode == 0, daemon.lines
        daemon.reader.join()
        assert daemon.said("slow rules: warning: long fired"), daemon.lines
        assert query(folder, FIRED, "long") == [(1,)]


CASES = [
    what_hangs_delays_no_other, what_takes_long_is_evaluated_with_what_depends_on_it,
    once_evaluates_it_too,
]
only = sys.argv[2:]
events.tap([(case.__name__.replace("_", " "), case) for case in CASES
            if not only or case.__name__ in only])
