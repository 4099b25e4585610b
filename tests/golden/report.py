#!/usr/bin/env python3
"""`cynosure report` as whoever sends it around meets it: report.py BINARY.

What it writes of the example project is well-formed and complete in itself, every link leads
somewhere, its numbers are those of `eval`; it takes the place of nothing but an earlier report.
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it was
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "page"))
import markup

BINARY = Path(sys.argv[1]).resolve()
NOW = "1998-07-02T09:00:00Z"
number = 0


def case(test):
    global number
    number += 1
    try:
        with tempfile.TemporaryDirectory(prefix="cynosure-report-") as work:
            project = Path(work, "shop")
            shutil.copytree(ROOT / "docs" / "examples" / "retail", project,
                            ignore=shutil.ignore_patterns(".cynosure"))
            test(project, Path(work))
        print(f"ok {number} - {test.__name__}")
    except AssertionError as error:
        print(f"not ok {number} - {test.__name__}\n# {str(error)[:2000]}")


def cynosure(project, *words, status=0, **popen):
    run = subprocess.run([BINARY, "-C", project, *words], capture_output=True, text=True,
                         timeout=120, check=False, env={**os.environ, "CYNOSURE_NOW": NOW},
                         cwd=project.parent, **popen)
    assert run.returncode == status, (words, run)
    return run


def well_formed(texts):
    pages = {name: markup.Page(text) for name, text in texts.items()}
    for name, page in pages.items():
        problems = [*page.problems, *markup.names(page), *markup.headings(page),
                    *markup.outside(page, texts[name]), *markup.links(pages, name)]
        assert not problems, (name, problems[:5])
    return pages


def values(project):
    """title and value of each metric, as the table of `eval` shows them."""
    points = map(json.loads, cynosure(project, "eval", "--json", "--no-record").stdout.splitlines())
    return {point["metric"]: point for point in points}


def one_file_is_complete_in_itself(project, work):
    run = cynosure(project, "report", "--out", "week.html")
    assert run.stdout == "week.html: 11 metrics\n", run.stdout
    text = (work / "week.html").read_text(encoding="utf-8")
    page = well_formed({"week.html": text})["week.html"]
    assert "href=\"/" not in text and "<form" not in text
    for metric in values(project):
        assert f"metric-{metric}" in page.ids, metric
    assert not (project / ".cynosure" / "serve.lock").exists()


def a_folder_has_a_page_each(project, work):
    cynosure(project, "report", "--out", "site/of/shop")
    texts = {p.name: p.read_text(encoding="utf-8") for p in (work / "site/of/shop").iterdir()}
    pages = well_formed(texts)
    wanted = {"index.html", "tree-revenue.html", *(f"metric-{m}.html" for m in values(project))}
    assert wanted <= set(pages), wanted - set(pages)
    assert not [n for n in texts if not n.endswith(".html")], sorted(texts)


def pages_of_what_is_gone_are_removed(project, work):
    cynosure(project, "report", "--out", "site")
    site = work / "site"
    left = site / "metric-left.html"
    shutil.copy(site / "metric-revenue.html", left)
    (site / "metric-mine.html").write_text("<p>mine</p>", encoding="utf-8")
    for name in ("kept.html", "alerts.html"):
        shutil.copy(site / "index.html", site / name)
    (site / "tree-elsewhere.html").symlink_to(site / "index.html")
    before = {p.name for p in site.iterdir()}
    cynosure(project, "report", "--out", "site", "--as-of", "1997-06-01")
    after = {p.name for p in site.iterdir()}
    assert before - after == {"metric-left.html", "alerts.html"} and not after - before, before ^ after


def numbers_are_those_of_eval(project, work):
    table = cynosure(project, "eval", "--format", "markdown", "--no-record").stdout
    cynosure(project, "report", "--out", "site")
    index = (work / "site/index.html").read_text(encoding="utf-8")
    shown = {}
    for name, cells in re.findall(r'<a href="metric-(\w+)\.html">(?:(?!</tr>).)*?data-sort="([^"]*)"',
                                  index, re.S):
        shown.setdefault(name, cells)
    known = values(project)
    assert len(shown) >= 10, shown
    for name, value in shown.items():
        wanted = known[name]["value"]
        assert (value == "") == (wanted is None), (name, value, wanted)
        assert value == "" or float(value) == float(wanted), (name, value, wanted, table)


def the_language_can_be_another(project, work):
    cynosure(project, "report", "--out", "ja.html", "--lang", "ja")
    text = (work / "ja.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in text and "前期比" in text and "vs previous" not in text
    run = cynosure(project, "report", "--out", "x.html", "--lang", "fr", status=2)
    assert "expected en or ja" in run.stderr and not (work / "x.html").exists()


def another_time_has_other_values(project, work):
    cynosure(project, "report", "--out", "now.html")
    cynosure(project, "report", "--out", "then.html", "--as-of", "1997-06-01")
    now, then = ((work / n).read_text(encoding="utf-8") for n in ("now.html", "then.html"))
    assert "Values as of <time datetime=\"1997-06-01T00:00:00-04:00\"" in then, "as of"
    assert "1997-05" in then and "1998-06" in now and "1998-06" not in then


def only_reports_are_overwritten(project, work):
    mine = work / "mine.html"
    mine.write_text("<p>mine</p>", encoding="utf-8")
    run = cynosure(project, "report", "--out", "mine.html", status=1)
    assert "there already, and no report" in run.stderr, run.stderr
    assert mine.read_text(encoding="utf-8") == "<p>mine</p>"
    (work / "site").mkdir()
    (work / "site" / "index.html").write_text("mine", encoding="utf-8")
    run = cynosure(project, "report", "--out", "site", status=1)
    assert (work / "site" / "index.html").read_text(encoding="utf-8") == "mine"
    mine.unlink()
    cynosure(project, "report", "--out", "mine.html")
    first = mine.stat().st_ino
    cynosure(project, "report", "--out", "mine.html", "--lang", "ja")
    assert mine.stat().st_ino != first, "it was written in place"
    left = sorted(p.name for p in work.iterdir())
    assert left == ["mine.html", "shop", "site"], left


def nothing_half_is_left(project, work):
    """A file may not grow beyond a limit: as on a full disk."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the child inherits that: writing fails
    try:
        run = cynosure(project, "report", "--out", "big.html", "--no-cache", status=1,
                       preexec_fn=limit, restore_signals=False)
    finally:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    assert "cannot write" in run.stderr, run.stderr
    assert sorted(p.name for p in work.iterdir()) == ["shop"], sorted(work.iterdir())


def a_metric_that_fails_is_said_and_the_rest_is_there(project, work):
    (project / "metrics" / "broken.lua").write_text(
        'metric "broken" { value = function(at) error "boom" end }\n', encoding="utf-8")
    run = cynosure(project, "report", "--out", "site", status=1)
    assert "broken" in run.stderr, run.stderr
    index = (work / "site" / "index.html").read_text(encoding="utf-8")
    assert "class=\"failed\"" in index and "metric-revenue.html" in index
    well_formed({p.name: p.read_text(encoding="utf-8") for p in (work / "site").iterdir()})


for test in (one_file_is_complete_in_itself, a_folder_has_a_page_each, pages_of_what_is_gone_are_removed,
             numbers_are_those_of_eval,
             the_language_can_be_another, another_time_has_other_values,
             only_reports_are_overwritten, nothing_half_is_left,
             a_metric_that_fails_is_said_and_the_rest_is_there):
    case(test)
print(f"1..{number}")
