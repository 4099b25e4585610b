/* Lints about alert rules: whoever is woken must know why, what to do, and that it is no slip. */
#include "check/lint_impl.h"
#include "rules/names.h"
#include <string.h>

typedef bool rule_lacks(const cyn_lint_run *run, const cyn_rule *rule);

static const cyn_sheet *sheet_of(const cyn_lint_run *run, const cyn_rule *rule)
{
    size_t m = cyn_project_metric(run->project, rule->metric);
    return m == CYN_NO_METRIC ? NULL : &run->project->metrics[m]->sheet;
}

static cyn_severity worst_of(const cyn_rule *rule)
{
    return rule->levels[rule->nlevels - 1].severity;
}

static bool lacks_owner(const cyn_lint_run *run, const cyn_rule *rule)
{
    const cyn_sheet *sheet = sheet_of(run, rule);
    return !rule->owner && sheet && !sheet->owner; /* an unknown metric is an error of its own */
}

static bool lacks_runbook(const cyn_lint_run *run, const cyn_rule *rule)
{
    (void)run;
    return !rule->runbook && worst_of(rule) >= CYN_WARNING;
}

static bool tells_nobody(const cyn_lint_run *run, const cyn_rule *rule)
{
    (void)run;
    return rule->nnotify == 0;
}

/* Values of a day and longer have settled by the time they are judged; those of minutes, and of a
 * period that still runs, jump. */
static bool fires_at_once(const cyn_lint_run *run, const cyn_rule *rule)
{
    const cyn_sheet *sheet = sheet_of(run, rule);
    cyn_grain grain = rule->has_grain             ? rule->grain
                      : sheet && sheet->has_grain ? sheet->grain
                                                  : run->project->config->grain;
    bool quick = grain.unit == CYN_MINUTES || grain.unit == CYN_HOURLY || rule->partial;
    return quick && worst_of(rule) == CYN_CRITICAL && rule->policy.hold == 0;
}

static bool reads_nothing(const cyn_lint_run *run, const cyn_rule *rule)
{
    (void)run;
    return !cyn_rule_reads_series(rule);
}

static bool fires_in(const cyn_case *c, const char *rule)
{
    for (size_t i = 0; i < c->nexpect; i++) {
        const cyn_case_expectation *e = &c->expect[i];
        if (e->alert && strcmp(e->alert, rule) == 0 && e->state && strcmp(e->state, "firing") == 0)
            return true;
    }
    return false;
}

/* Only where the project has tests at all: they are loaded with the other scripts then. */
static bool is_untested(const cyn_lint_run *run, const cyn_rule *rule)
{
    const cyn_catalog *catalog = run->project->catalog;
    if (catalog->ncases == 0 || worst_of(rule) < CYN_CRITICAL) return false;
    for (size_t i = 0; i < catalog->ncases; i++)
        if (fires_in(catalog->cases[i], rule->name)) return false;
    return true;
}

static void say_each(cyn_lint_run *run, const cyn_lint *lint, rule_lacks *lacks, const char *what)
{
    const cyn_catalog *catalog = run->project->catalog;
    for (size_t i = 0; i < catalog->nrules && run->rc == CYN_OK; i++) {
        const cyn_rule *rule = catalog->rules[i];
        if (rule->pack || !lacks(run, rule)) continue;
        cyn_lint_say_at(run, lint, rule->place, NULL, "the rule '%s' %s", rule->name, what);
    }
}

static void check_owner(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, lacks_owner, "has no owner, and neither has its metric");
}

static void check_runbook(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, lacks_runbook, "has no runbook");
}

static void check_notify(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, tells_nobody, "tells nobody: it has no notify");
}

static void check_hold(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, fires_at_once, "is critical at the first odd value: it has no hold");
}

static void check_reads(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, reads_nothing, "reads nothing of its series: it is always on, or never");
}

static void check_tests(cyn_lint_run *run, const cyn_lint *lint)
{
    say_each(run, lint, is_untested, "is critical, and no test makes it fire");
}

static bool is_watched(const cyn_lint_run *run, const char *metric)
{
    const cyn_catalog *catalog = run->project->catalog;
    for (size_t i = 0; i < catalog->nrules; i++)
        if (strcmp(catalog->rules[i]->metric, metric) == 0) return true;
    return false;
}

/* A project without rules has not begun with alerts, and needs no reminder for each guardrail. */
static void check_guardrails(cyn_lint_run *run, const cyn_lint *lint)
{
    if (run->project->catalog->nrules == 0) return;
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const cyn_sheet *s = &m->metric->sheet;
        if (!cyn_lint_applies(lint, m) || !(s->green.set || s->yellow.set)) continue;
        if (is_watched(run, m->metric->name)) continue;
        cyn_lint_say(run, lint, m, NULL, "%s has thresholds, and no rule watches them",
                     cyn_lint_name(run, m));
    }
}

const cyn_lint cyn_lints_rule[] = {
    {.id = "rule-invalid",
     .why = "The rule cannot be evaluated, so that it never fires.",
     .how = "Mend the line: names, readings and channels that are there."}, /* said by check.c */
    {.id = "rule-without-owner",
     .severity = CYN_LINT_WARNING,
     .why = "What is everybody's alert is nobody's.",
     .how = "Say owner in the rule, or in the metric's sheet.",
     .check = check_owner},
    {.id = "rule-without-runbook",
     .severity = CYN_LINT_WARNING,
     .why = "Whoever is told at night should not have to find out what to look at first.",
     .how = "Say runbook: a page with the first three things to look at.",
     .check = check_runbook},
    {.id = "rule-tells-nobody",
     .severity = CYN_LINT_WARNING,
     .why = "It fires, and only whoever happens to look knows.",
     .how = "Name channels of cynosure.yaml: notify = { \"growth\" }.",
     .check = check_notify},
    {.id = "rule-critical-at-once",
     .severity = CYN_LINT_WARNING,
     .why = "Values of minutes and hours jump; an alert that is often wrong is soon ignored.",
     .how = "Say how long it must be true before it fires: hold = \"10m\".",
     .check = check_hold},
    {.id = "rule-reads-nothing",
     .severity = CYN_LINT_WARNING,
     .why = "A condition that does not look at the metric says nothing about it.",
     .how = "Ask for a reading: s.value, s:change \"1w\", s.age …",
     .check = check_reads},
    {.id = "rule-untested",
     .severity = CYN_LINT_NOTE,
     .why = "Whether it would fire is found out when it matters.",
     .how = "Write a test in tests/ that expects it to be firing; 'cynosure test' runs it.",
     .check = check_tests},
    {.id = "guardrail-unwatched",
     .severity = CYN_LINT_NOTE,
     .roles = CYN_OF(CYN_GUARDRAIL),
     .why = "A guardrail is there for the moment in which nobody is looking.",
     .how = "Write a rule: when = \"status == 'red'\".",
     .check = check_guardrails},
    {0},
};
