/* Lints about trees: what leads to the goals, and whether it says enough and nothing twice. */
#include "base/buf.h"
#include "check/lint_impl.h"
#include <stdlib.h>
#include <string.h>

#define MAIN_METRICS_MOST 6

/* Goals, and North Stars that are below none: what the trees are of. */
static bool is_root(const cyn_lint_run *run, size_t which)
{
    const cyn_lint_metric *m = &run->metrics[which];
    return m->role == CYN_KGI || (m->role == CYN_NSM && !run->below_goal[which]);
}

/* Calls `look` with each root and all that is below it, other goals' own trees left out. */
static void each_tree(cyn_lint_run *run, const cyn_lint *lint,
                      void (*look)(cyn_lint_run *run, const cyn_lint *lint,
                                   const cyn_lint_metric *root, const size_t *below, size_t n))
{
    size_t *below = CYN_LINT_ARRAY(run, run->nmetrics + 1, size_t);
    for (size_t i = 0; below && i < run->nmetrics; i++) {
        if (!is_root(run, i)) continue;
        size_t n = cyn_lint_below(run, i, true, below);
        look(run, lint, &run->metrics[i], below, n);
    }
}

/* ---- how much a team can look at ---- */

static void look_for_many(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *root,
                          const size_t *below, size_t n)
{
    cyn_buf names = {0};
    size_t kpis = 0;
    for (size_t i = 1; i < n; i++) {
        const cyn_lint_metric *m = &run->metrics[below[i]];
        if (m->role != CYN_KPI) continue;
        kpis++;
        if (kpis <= 12) cyn_buf_printf(&names, "%s%s", kpis > 1 ? ", " : "", m->metric->name);
    }
    if (kpis > MAIN_METRICS_MOST && !names.failed)
        cyn_lint_say(run, lint, root, NULL, "%zu KPIs lead to %s, more than %d: %s%s", kpis,
                     cyn_lint_name(run, root), MAIN_METRICS_MOST, names.data,
                     kpis > 12 ? ", …" : "");
    if (names.failed) run->rc = cyn_nomem(run->err);
    cyn_buf_clear(&names);
}

static void check_many(cyn_lint_run *run, const cyn_lint *lint)
{
    each_tree(run, lint, look_for_many);
}

/* ---- layers ---- */

/* Of a tree's metrics with a layer, how many have each. */
static size_t count_layers(const cyn_lint_run *run, const size_t *below, size_t n, size_t counts[4])
{
    size_t known = 0;
    memset(counts, 0, 4 * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        cyn_layer layer = run->metrics[below[i]].metric->sheet.layer;
        counts[layer]++;
        known += layer != CYN_LAYER_NONE;
    }
    return known;
}

static void look_for_only(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *root,
                          const size_t *below, size_t n, cyn_layer layer)
{
    size_t counts[4], known = count_layers(run, below, n, counts);
    if (known >= 2 && counts[layer] == known)
        cyn_lint_say(run, lint, root, NULL, "all %zu metrics in the tree of %s are %s", known,
                     cyn_lint_name(run, root), cyn_layer_names[layer]);
}

static void look_for_only_lagging(cyn_lint_run *run, const cyn_lint *lint,
                                  const cyn_lint_metric *root, const size_t *below, size_t n)
{
    look_for_only(run, lint, root, below, n, CYN_LAGGING);
}

static void look_for_only_leading(cyn_lint_run *run, const cyn_lint *lint,
                                  const cyn_lint_metric *root, const size_t *below, size_t n)
{
    look_for_only(run, lint, root, below, n, CYN_LEADING);
}

static void check_only_lagging(cyn_lint_run *run, const cyn_lint *lint)
{
    each_tree(run, lint, look_for_only_lagging);
}

static void check_only_leading(cyn_lint_run *run, const cyn_lint *lint)
{
    each_tree(run, lint, look_for_only_leading);
}

/* ---- lenses ---- */

static void check_lenses(cyn_lint_run *run, const cyn_lint *lint)
{
    bool covered[5] = {false};
    const cyn_lint_metric *first = NULL;
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (m->role != CYN_KPI && m->role != CYN_NSM && m->role != CYN_GUARDRAIL) continue;
        if (!first) first = m;
        covered[m->metric->sheet.lens] = true;
    }
    cyn_buf missing = {0};
    for (int lens = CYN_BREADTH; lens <= CYN_EFFICIENCY; lens++)
        if (!covered[lens])
            cyn_buf_printf(&missing, "%s%s", missing.len ? ", " : "", cyn_lens_names[lens]);
    if (first && missing.len)
        cyn_lint_say(run, lint, first, NULL, "no KPI or guardrail looks at: %s", missing.data);
    if (missing.failed) run->rc = cyn_nomem(run->err);
    cyn_buf_clear(&missing);
}

/* ---- what hangs on nothing, and what is there twice ---- */

static bool has_roots(const cyn_lint_run *run)
{
    for (size_t i = 0; i < run->nmetrics; i++)
        if (is_root(run, i)) return true;
    return false;
}

/* Without any root there is no tree to be off; what is missing then is said once (nsm-missing). */
static void check_off_tree(cyn_lint_run *run, const cyn_lint *lint)
{
    if (!has_roots(run)) return;
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (m->role == CYN_KPI && !run->below_any[i])
            cyn_lint_say(run, lint, m, NULL, "%s leads to no goal or North Star Metric",
                         cyn_lint_name(run, m));
    }
}

static int by_definition(const void *a, const void *b)
{
    const cyn_metric *x = *(const cyn_metric *const *)a, *y = *(const cyn_metric *const *)b;
    int order = strcmp(x->definition, y->definition);
    return order ? order : strcmp(x->name, y->name);
}

static void look_for_same(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *whole,
                          const cyn_metric **parts)
{
    size_t n = 0;
    for (size_t i = 0; i < whole->nparts; i++) {
        const cyn_metric *part = run->metrics[whole->below[i]].metric;
        if (part->definition[0]) parts[n++] = part;
    }
    if (n < 2) return;
    qsort(parts, n, sizeof *parts, by_definition);
    for (size_t i = 1; i < n; i++)
        if (strcmp(parts[i - 1]->definition, parts[i]->definition) == 0)
            cyn_lint_say(run, lint, whole, NULL,
                         "%s: its parts '%s' and '%s' have the same formula",
                         cyn_lint_name(run, whole), parts[i - 1]->name, parts[i]->name);
}

static void check_same_parts(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_metric **parts = CYN_LINT_ARRAY(run, run->nmetrics + 1, const cyn_metric *);
    for (size_t i = 0; parts && i < run->nmetrics; i++)
        if (run->metrics[i].nparts > 1) look_for_same(run, lint, &run->metrics[i], parts);
}

const cyn_lint cyn_lints_tree[] = {
    {.id = "main-metrics-many",
     .severity = CYN_LINT_WARNING,
     .why = "Nobody steers by more than six numbers: what is looked at for everything decides "
            "nothing.",
     .how = "Keep the KPIs that decide something this quarter; let the others be plain metrics.",
     .check = check_many},
    {.id = "only-lagging",
     .severity = CYN_LINT_WARNING,
     .why = "A tree of results says what happened, and never what to do this week.",
     .how = "Add what moves before them as KPIs with layer: leading, and name them as drivers.",
     .check = check_only_lagging},
    {.id = "only-leading",
     .severity = CYN_LINT_WARNING,
     .why = "Without results nobody learns whether the leading indicators led anywhere.",
     .how = "Put a goal with layer: lagging at the top.",
     .check = check_only_leading},
    {.id = "lens-uncovered",
     .severity = CYN_LINT_NOTE,
     .why = "Growth in one respect is easily bought with another: more users who do less.",
     .how = "Choose a KPI or guardrail for each lens: breadth, depth, frequency, efficiency.",
     .check = check_lenses},
    {.id = "kpi-off-tree",
     .severity = CYN_LINT_WARNING,
     .why = "A KPI that moves no goal is work that nobody asked for, or a link that nobody wrote "
            "down.",
     .how = "Name it in the drivers or the identity of what it moves, or take away its role.",
     .check = check_off_tree},
    {.id = "parts-same",
     .severity = CYN_LINT_WARNING,
     .why = "Parts with the same formula count the same thing twice.",
     .how = "Take one away, or correct the formula that was copied.",
     .check = check_same_parts},
    {0},
};
