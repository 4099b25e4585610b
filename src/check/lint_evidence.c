/* Lints that hold definitions against the history: does the North Star move the goal, and do
 * identities give what was measured? */
#include "check/lint_impl.h"
#include "engine/drivers.h"
#include "engine/identity.h"
#include <math.h>
#include <stdio.h>

#define IDENTITY_PERIODS 4 /* that have ended */

/* ---- the North Star and its goals ---- */

/* A star that leads to no goal is not held against one: it has a finding of its own. */
static bool is_pair(cyn_lint_run *run, size_t star, size_t goal, size_t *below)
{
    if (run->metrics[goal].role != CYN_KGI || !run->below_goal[star]) return false;
    size_t n = cyn_lint_below(run, goal, false, below);
    for (size_t i = 1; i < n; i++)
        if (below[i] == star) return true;
    return false;
}

static void say_unrelated(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *star,
                          const cyn_evidence *e)
{
    const cyn_correlation *c = &e->correlation;
    if (e->verdict == CYN_UNVARYING && e->has >= e->needs)
        cyn_lint_say(run, lint, star, NULL,
                     "%s or the goal '%s' never changes its pace, in %zu "
                     "periods",
                     cyn_lint_name(run, star), e->of->name, e->has);
    else if (e->verdict == CYN_UNRELATED)
        cyn_lint_say(run, lint, star, NULL,
                     "%s has no measurable relation to the goal '%s': correlation %.2f at lag %d, "
                     "95 %% between %.2f and %.2f, from %zu pairs of periods",
                     cyn_lint_name(run, star), e->of->name, c->r, c->lag, c->low, c->high, c->n);
}

static void judge_star(cyn_lint_run *run, const cyn_lint *lint, size_t star, size_t goal)
{
    const cyn_lint_metric *s = &run->metrics[star], *g = &run->metrics[goal];
    const cyn_progress *progress = run->data->progress;
    cyn_evidence e = {.metric = s->metric, .of = g->metric};
    cyn_drivers_request request = {
        .root = g->metric->name,
        .has_grain = true,
        .grain = g->metric->sheet.has_grain ? g->metric->sheet.grain : run->project->config->grain,
        .max_lag = CYN_DRIVERS_LAGS,
        .cancel = progress ? progress->cancel : NULL,
    };
    cyn_err error = {0};
    cyn_code rc =
        cyn_find_evidence(run->project, run->data, &request, &e, 1, run->arena, NULL, &error);
    if (cyn_concerns_all(rc)) {
        run->rc = rc;
        if (run->err) *run->err = error;
    } else if (rc == CYN_OK) {
        say_unrelated(run, lint, s, &e);
    }
}

static void check_star(cyn_lint_run *run, const cyn_lint *lint)
{
    size_t *below = CYN_LINT_ARRAY(run, run->nmetrics + 1, size_t);
    for (size_t i = 0; below && i < run->nmetrics; i++) {
        if (run->metrics[i].role != CYN_NSM) continue;
        for (size_t k = 0; k < run->nmetrics && run->rc == CYN_OK; k++)
            if (is_pair(run, i, k, below)) judge_star(run, lint, i, k);
    }
}

/* ---- identities ---- */

static bool has_identities(const cyn_lint_run *run)
{
    for (size_t i = 0; i < run->nmetrics; i++)
        if (run->metrics[i].metric->identity) return true;
    return false;
}

/* The identities of the last periods, held against the data once for all lints. */
static const cyn_identity *identities(cyn_lint_run *run, size_t *count)
{
    if (!run->identities_known && has_identities(run)) {
        const cyn_progress *progress = run->data->progress;
        cyn_eval_request request = {.last = IDENTITY_PERIODS,
                                    .cancel = progress ? progress->cancel : NULL};
        cyn_err error = {0};
        run->identities_known = true;
        cyn_code rc = cyn_check_identities(run->project, run->data, &request, true, run->arena,
                                           &run->identities, &run->nidentities, &error);
        if (rc != CYN_OK) run->nidentities = 0;
        if (cyn_concerns_all(rc)) {
            run->rc = rc;
            if (run->err) *run->err = error;
        }
    }
    *count = run->nidentities;
    return run->identities;
}

typedef bool (*is_bad)(const cyn_identity *i);
typedef void (*say)(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                    const cyn_identity *worst, const char *when);

/* One finding for each metric: of the last of its periods that is bad. */
static void each_identity(cyn_lint_run *run, const cyn_lint *lint, is_bad bad, say say_it)
{
    size_t n;
    const cyn_identity *list = identities(run, &n);
    for (size_t from = 0, to; from < n; from = to) {
        const cyn_identity *last = NULL;
        size_t times = 0;
        for (to = from; to < n && list[to].metric == list[from].metric; to++) {
            if (list[to].error || !bad(&list[to])) continue;
            last = &list[to];
            times++;
        }
        size_t at = cyn_project_metric(run->project, list[from].metric->name);
        if (!last || at == CYN_NO_METRIC) continue;
        char label[64], when[128];
        cyn_period_label(&run->project->calendar, last->period, label, sizeof label);
        snprintf(when, sizeof when, "%s; in %zu of %zu periods", label, times, to - from);
        say_it(run, lint, &run->metrics[at], last, when);
    }
}

static bool is_off(const cyn_identity *i)
{
    return isfinite(i->residual) && !i->holds;
}

static void say_off(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                    const cyn_identity *i, const char *when)
{
    cyn_lint_say(run, lint, m, NULL, "%s: its identity gives %.10g where %.10g was measured (%s)",
                 cyn_lint_name(run, m), cyn_num_double(i->identity), cyn_num_double(i->measured),
                 when);
}

static bool has_twice(const cyn_identity *i)
{
    return i->rows.known && i->rows.twice > 0;
}

static const char *example(const cyn_identity *i, int which)
{
    return i->rows.examples[which] ? i->rows.examples[which] : "";
}

static void say_twice(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                      const cyn_identity *i, const char *when)
{
    cyn_lint_say(run, lint, m, NULL, "%s: %lld of its %lld rows are in more than one part (%s)%s%s",
                 cyn_lint_name(run, m), (long long)i->rows.twice, (long long)i->rows.total, when,
                 i->rows.examples[0] ? ": " : "", example(i, 0));
}

static bool has_gap(const cyn_identity *i)
{
    return i->rows.known && (i->rows.none > 0 || i->rows.outside > 0);
}

static void say_gap(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                    const cyn_identity *i, const char *when)
{
    int which = i->rows.none > 0 ? 1 : 2;
    cyn_lint_say(run, lint, m, NULL,
                 "%s: %lld of its %lld rows are in no part, and parts have %lld rows that are not "
                 "its own (%s)%s%s",
                 cyn_lint_name(run, m), (long long)i->rows.none, (long long)i->rows.total,
                 (long long)i->rows.outside, when, i->rows.examples[which] ? ": " : "",
                 example(i, which));
}

static void check_off(cyn_lint_run *run, const cyn_lint *lint)
{
    each_identity(run, lint, is_off, say_off);
}

static void check_overlap(cyn_lint_run *run, const cyn_lint *lint)
{
    each_identity(run, lint, has_twice, say_twice);
}

static void check_gaps(cyn_lint_run *run, const cyn_lint *lint)
{
    each_identity(run, lint, has_gap, say_gap);
}

const cyn_lint cyn_lints_evidence[] = {
    {.id = "nsm-unrelated",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "A star whose moves are followed by nothing leads the company somewhere else.",
     .how = "See 'cynosure drivers GOAL': choose what the goal follows, or a longer history.",
     .check = check_star},
    {.id = "identity-off",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Contributions of parts that do not give the whole explain something else.",
     .how = "Mend the identity or the parts' filters: all must be about the same rows.",
     .check = check_off},
    {.id = "parts-overlap",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Rows in two parts are counted twice, and each part claims their growth.",
     .how = "Make the parts' filters exclude each other.",
     .check = check_overlap},
    {.id = "parts-incomplete",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "What is in no part grows unseen.",
     .how = "Add a part for the rest, or widen a filter.",
     .check = check_gaps},
    {0},
};
