/* Lints about the North Star Metric: one, which can fall, moves before the results, can be moved,
 * and leads to the goal. */
#include "check/lint_impl.h"
#include "check/lint_vanity_impl.h"
#include "check/lint_words.h"
#include <string.h>

static const char *const money_units[] = {"JPY", "USD", "EUR", "GBP",  "CNY",  "KRW",    "INR",
                                          "BRL", "AUD", "CAD", "CHF",  "yen",  "円",     "¥",
                                          "$",   "€",   "£",   "千円", "万円", "百万円", NULL};
static const char *const result_words[] = {"revenue", "sale", "profit", "gmv",    "arr",
                                           "mrr",     "ltv",  "ebitda", "income", NULL};
static const char *const result_fragments[] = {"売上", "利益", "収益", "粗利", NULL};

static bool is_money(const char *unit)
{
    for (size_t i = 0; unit && money_units[i]; i++)
        if (strcmp(unit, money_units[i]) == 0) return true;
    return false;
}

static size_t count_role(const cyn_lint_run *run, cyn_role role)
{
    size_t n = 0;
    for (size_t i = 0; i < run->nmetrics; i++)
        n += run->metrics[i].role == role;
    return n;
}

static const cyn_lint_metric *first_of(const cyn_lint_run *run, cyn_role role)
{
    for (size_t i = 0; i < run->nmetrics; i++)
        if (run->metrics[i].role == role) return &run->metrics[i];
    return NULL;
}

static void check_missing(cyn_lint_run *run, const cyn_lint *lint)
{
    size_t kpis = count_role(run, CYN_KPI);
    if (count_role(run, CYN_NSM) > 0 || kpis == 0) return;
    cyn_lint_say(run, lint, first_of(run, CYN_KPI), NULL, "%zu KPI%s, and no North Star Metric",
                 kpis, kpis == 1 ? "" : "s");
}

static void check_several(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_lint_metric *first = first_of(run, CYN_NSM);
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (m->role == CYN_NSM && m != first)
            cyn_lint_say(run, lint, m, NULL, "%s is a second one beside '%s'",
                         cyn_lint_name(run, m), first->metric->name);
    }
}

static void check_vanity(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const char *why = m->role == CYN_NSM ? cyn_lint_vanity(run, m->metric) : NULL;
        if (why)
            cyn_lint_say(run, lint, m, NULL, "%s is a vanity metric: %s", cyn_lint_name(run, m),
                         why);
    }
}

/* Why a metric is a result and nothing that leads to it; NULL: it is none. */
static const char *result_because(const cyn_lint_run *run, const cyn_metric *m)
{
    const char *language = run->project->config->language;
    if (m->sheet.layer == CYN_LAGGING) return "its layer is lagging";
    if (is_money(m->sheet.unit)) return "its unit is money";
    const char *title = cyn_label_text(m->sheet.title, language, m->name);
    if (cyn_find_word(m->name, result_words, result_fragments) ||
        cyn_find_word(title, result_words, result_fragments))
        return "its name says so";
    return NULL;
}

static void check_lagging(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const char *why = m->role == CYN_NSM ? result_because(run, m->metric) : NULL;
        if (why) cyn_lint_say(run, lint, m, NULL, "%s is a result: %s", cyn_lint_name(run, m), why);
    }
}

static void check_undriven(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (m->role == CYN_NSM && m->nbelow == 0)
            cyn_lint_say(run, lint, m, NULL, "nobody's driver reaches %s", cyn_lint_name(run, m));
    }
}

static void check_without_goal(cyn_lint_run *run, const cyn_lint *lint)
{
    if (count_role(run, CYN_KGI) == 0) return;
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (m->role == CYN_NSM && !run->below_goal[i])
            cyn_lint_say(run, lint, m, NULL, "%s leads to no goal (KGI)", cyn_lint_name(run, m));
    }
}

const cyn_lint cyn_lints_nsm[] = {
    {.id = "nsm-missing",
     .severity = CYN_LINT_WARNING,
     .why = "KPIs without a North Star pull in different directions: each team improves its own.",
     .how = "Give one metric, the value that customers get, the role nsm.",
     .check = check_missing},
    {.id = "nsm-several",
     .severity = CYN_LINT_WARNING,
     .why = "With two stars nobody knows which one decides when they disagree.",
     .how = "Keep one, and make the others KPIs.",
     .check = check_several},
    {.id = "nsm-vanity",
     .severity = CYN_LINT_WARNING,
     .why = "What only grows, or counts looks and registrations, rises while customers get nothing "
            "out of it.",
     .how = "Count what customers get: those who reached it in the period, or how often.",
     .check = check_vanity},
    {.id = "nsm-lagging",
     .severity = CYN_LINT_WARNING,
     .why = "A result moves when it is too late to act; the North Star is to move before it.",
     .how = "Make it the goal (role kgi), and choose what leads to it as North Star.",
     .check = check_lagging},
    {.id = "nsm-undriven",
     .severity = CYN_LINT_WARNING,
     .why = "A star that no team is known to move guides nobody's week.",
     .how = "Name what is expected to move it: drivers = { aha_rate = \"up\" }, or an identity.",
     .check = check_undriven},
    {.id = "nsm-without-goal",
     .severity = CYN_LINT_WARNING,
     .why = "The North Star earns its place by moving the goal later.",
     .how = "Name it among the goal's drivers, or in its identity.",
     .check = check_without_goal},
    {0},
};
