/* Joining what several Lua states declared: one list of metrics, each name once, and names of other
 * metrics held against all of them. */
#include "base/text.h"
#include "catalog/catalog_impl.h"
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE   ((size_t)64 << 20)
#define MEMORY_FACTOR 64 /* bytes of tree per byte of message, at most */

typedef struct catalog {
    cyn_catalog pub;
    const cyn_metric **by_name; /* sorted */
    const cyn_rule **rules_by_name;
} catalog;

/* Everything that the parts hold, one after the other. */
typedef struct joined {
    const cyn_agg **aggs;
    cyn_metric **metrics;
    const cyn_metric **by_name;
    const char **names; /* scratch, for all metrics but one */
    const cyn_rule **rules, **rules_by_name;
    const cyn_case **cases;
    cyn_err *errors;
    size_t naggs, nmetrics, nrules, ncases, nerrors;
} joined;

/* ---- One list ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const cyn_metric *const *)a)->name, (*(const cyn_metric *const *)b)->name);
}

static const cyn_metric *find(const cyn_metric *const *sorted, size_t n, const char *name)
{
    const cyn_metric wanted = {.name = name}, *key = &wanted;
    const cyn_metric *const *found = bsearch(&key, sorted, n, sizeof *sorted, compare_names);
    return found ? *found : NULL;
}

static void report_twice(joined *j, const char *kind, const char *name, cyn_place again,
                         cyn_place first)
{
    (void)cyn_fail_at(&j->errors[j->nerrors++], CYN_E_CONFLICT, again.file, again.line,
                      again.column, "%s '%s' is already declared at %s:%d", kind, name,
                      first.file ? first.file : "?", first.line);
}

/* Adds the metrics of a part that no part before it has. */
static void add_metrics(joined *j, const part *p)
{
    size_t before = j->nmetrics;
    for (size_t i = 0; i < p->nmetrics; i++) {
        const cyn_metric *first = find(j->by_name, before, p->metrics[i].name);
        if (first) {
            report_twice(j, "metric", first->name, p->metrics[i].place, first->place);
            continue;
        }
        j->by_name[j->nmetrics] = j->metrics[j->nmetrics] = &p->metrics[i];
        j->nmetrics++;
    }
    qsort(j->by_name, j->nmetrics, sizeof *j->by_name, compare_names);
}

static int compare_rules(const void *a, const void *b)
{
    return strcmp((*(const cyn_rule *const *)a)->name, (*(const cyn_rule *const *)b)->name);
}

static const cyn_rule *find_rule(const cyn_rule *const *sorted, size_t n, const char *name)
{
    const cyn_rule wanted = {.name = name}, *key = &wanted;
    const cyn_rule *const *found = bsearch(&key, sorted, n, sizeof *sorted, compare_rules);
    return found ? *found : NULL;
}

/* The same of its rules. */
static void add_rules(joined *j, const part *p)
{
    size_t before = j->nrules;
    for (size_t i = 0; i < p->nrules; i++) {
        const cyn_rule *first = find_rule(j->rules_by_name, before, p->rules[i].name);
        if (first) {
            report_twice(j, "alert", first->name, p->rules[i].place, first->place);
            continue;
        }
        j->rules_by_name[j->nrules] = j->rules[j->nrules] = &p->rules[i];
        j->nrules++;
    }
    qsort(j->rules_by_name, j->nrules, sizeof *j->rules_by_name, compare_rules);
}

/* Room for all, and for the errors that joining may add: one for each name. */
static cyn_code make_room(joined *j, const part *parts, size_t n, cyn_arena *arena, cyn_err *err)
{
    size_t aggs = 1, metrics = 1, rules = 1, cases = 1, errors = 1;
    for (size_t i = 0; i < n; i++) {
        aggs += parts[i].naggs;
        metrics += parts[i].nmetrics;
        rules += parts[i].nrules;
        cases += parts[i].ncases;
        errors += parts[i].nerrors + 2 * parts[i].nmetrics + parts[i].nrules;
        for (size_t k = 0; k < parts[i].nmetrics; k++)
            errors += parts[i].metrics[k].ndrivers;
    }
    *j = (joined){.aggs = CYN_NEW_ARRAY(arena, aggs, const cyn_agg *),
                  .metrics = CYN_NEW_ARRAY(arena, metrics, cyn_metric *),
                  .by_name = CYN_NEW_ARRAY(arena, metrics, const cyn_metric *),
                  .names = CYN_NEW_ARRAY(arena, metrics, const char *),
                  .rules = CYN_NEW_ARRAY(arena, rules, const cyn_rule *),
                  .rules_by_name = CYN_NEW_ARRAY(arena, rules, const cyn_rule *),
                  .cases = CYN_NEW_ARRAY(arena, cases, const cyn_case *),
                  .errors = CYN_NEW_ARRAY(arena, errors, cyn_err)};
    bool ok = j->aggs && j->metrics && j->by_name && j->names && j->rules && j->rules_by_name &&
              j->cases && j->errors;
    return ok ? CYN_OK : cyn_nomem(err);
}

static void add_parts(joined *j, const part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const part *p = &parts[i];
        if (p->naggs) memcpy(j->aggs + j->naggs, p->aggs, p->naggs * sizeof(const cyn_agg *));
        if (p->nerrors) memcpy(j->errors + j->nerrors, p->errors, p->nerrors * sizeof(cyn_err));
        j->naggs += p->naggs;
        j->nerrors += p->nerrors;
    }
    for (size_t i = 0; i < n; i++) {
        add_metrics(j, &parts[i]);
        add_rules(j, &parts[i]);
        for (size_t k = 0; k < parts[i].ncases; k++)
            j->cases[j->ncases++] = &parts[i].cases[k];
    }
}

/* ---- Identities and drivers: a wrong name spoils only itself. Names in formulas are settled
 * later, with the definitions. ---- */

static void report_unknown(joined *j, const cyn_metric *m, const char *where, const char *name)
{
    cyn_err *e = &j->errors[j->nerrors++];
    size_t n = 0;
    for (size_t i = 0; i < j->nmetrics; i++)
        if (j->by_name[i] != m) j->names[n++] = j->by_name[i]->name;
    (void)cyn_fail_at(e, CYN_E_NAME, m->place.file, m->place.line, m->place.column,
                      "metric '%s', %s: there is no metric '%s'", m->name, where, name);
    const char *near = cyn_nearest(name, j->names, n);
    if (near) cyn_hint(e, "did you mean '%s'?", near);
}

static cyn_code check_drivers(joined *j, cyn_metric *m, cyn_arena *arena, cyn_err *err)
{
    cyn_driver *known = CYN_NEW_ARRAY(arena, m->ndrivers + 1, cyn_driver);
    size_t n = 0;
    if (!known) return cyn_nomem(err);
    for (size_t i = 0; i < m->ndrivers; i++) {
        if (find(j->by_name, j->nmetrics, m->drivers[i].metric))
            known[n++] = m->drivers[i];
        else
            report_unknown(j, m, "drivers", m->drivers[i].metric);
    }
    m->drivers = known;
    m->ndrivers = n;
    return CYN_OK;
}

/* The first reference to a metric that there is not. */
static const cyn_formula *unknown_in(const joined *j, const cyn_formula *f)
{
    if (!f) return NULL;
    if (f->kind == CYN_FORMULA_METRIC) return find(j->by_name, j->nmetrics, f->metric) ? NULL : f;
    const cyn_formula *found = unknown_in(j, f->a);
    return found ? found : unknown_in(j, f->b);
}

/* Where offsets lead to: those that lead ahead undo others, and are not counted up. */
typedef enum when { PAST, NOW, AHEAD } when;

/* Whether the formula names the metric's value of another time than the past. */
static bool names_itself(const cyn_formula *f, const char *metric, when t)
{
    if (!f) return false;
    if (f->kind == CYN_FORMULA_METRIC) return t != PAST && strcmp(f->metric, metric) == 0;
    if (f->kind == CYN_FORMULA_WINDOW && f->window.kind == CYN_OFFSET)
        t = f->window.n > 0 || t == AHEAD ? AHEAD : PAST;
    return names_itself(f->a, metric, t) || names_itself(f->b, metric, t);
}

static void report_itself(joined *j, const cyn_metric *m)
{
    cyn_err *e = &j->errors[j->nerrors++];
    (void)cyn_fail_at(e, CYN_E_CONFLICT, m->place.file, m->place.line, m->place.column,
                      "metric '%s', identity: it names the metric itself", m->name);
    cyn_hint(e, "its value before may stand there: metric.%s:offset(-1)", m->name);
}

/* The words of an identity that was given as a formula; of a very long one the beginning, for many
 * metrics may share its parts. They are ASCII, as names of metrics are. */
#define IDENTITY_WORDS 2000
static cyn_code identity_text(cyn_metric *m, cyn_arena *arena, cyn_err *err)
{
    cyn_buf words = {0};
    if (m->identity_text) return CYN_OK;
    cyn_code rc = cyn_formula_text(m->identity, NULL, &words, err);
    if (rc == CYN_OK)
        m->identity_text = cyn_sprintf(arena, "%.*s%s", IDENTITY_WORDS, words.data,
                                       words.len > IDENTITY_WORDS ? "…" : "");
    cyn_buf_clear(&words);
    if (rc != CYN_OK) return rc;
    return m->identity_text ? CYN_OK : cyn_nomem(err);
}

static cyn_code check_identity(joined *j, cyn_metric *m, cyn_arena *arena, cyn_err *err)
{
    if (!m->identity) return CYN_OK;
    const cyn_formula *unknown = unknown_in(j, m->identity);
    if (!unknown && !names_itself(m->identity, m->name, NOW)) return identity_text(m, arena, err);
    if (unknown)
        report_unknown(j, m, "identity", unknown->metric);
    else
        report_itself(j, m);
    m->identity = NULL;
    m->identity_text = NULL;
    return CYN_OK;
}

/* ---- The whole ---- */

static cyn_code join(const cyn_catalog_part *messages, size_t n, cyn_arena *arena, catalog *out,
                     cyn_err *err)
{
    joined j;
    size_t naggs = 0;
    part *parts = CYN_NEW_ARRAY(arena, n + 1, part);
    if (!parts) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        CYN_TRY(cyn_catalog_read_part(&messages[i], (uint32_t)i, naggs, arena, &parts[i], err));
        naggs += parts[i].naggs;
    }
    CYN_TRY(make_room(&j, parts, n, arena, err));
    add_parts(&j, parts, n);
    for (size_t i = 0; i < j.nmetrics; i++) {
        CYN_TRY(check_drivers(&j, j.metrics[i], arena, err));
        CYN_TRY(check_identity(&j, j.metrics[i], arena, err));
    }
    *out = (catalog){.pub = {.arena = arena,
                             .aggs = j.aggs,
                             .naggs = j.naggs,
                             .metrics = (const cyn_metric *const *)j.metrics,
                             .nmetrics = j.nmetrics,
                             .rules = j.rules,
                             .nrules = j.nrules,
                             .cases = j.cases,
                             .ncases = j.ncases,
                             .errors = j.errors,
                             .nerrors = j.nerrors},
                     .by_name = j.by_name,
                     .rules_by_name = j.rules_by_name};
    return CYN_OK;
}

cyn_code cyn_catalog_join(const cyn_catalog_part *parts, size_t n, cyn_catalog **out, cyn_err *err)
{
    size_t total = 0;
    if (n > CYN_CATALOG_PARTS_MOST)
        return cyn_fail(err, CYN_E_LIMIT, "%zu Lua states declare metrics, at most %zu can", n,
                        CYN_CATALOG_PARTS_MOST);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].size > MAX_MESSAGE)
            return cyn_fail(err, CYN_E_WORKER,
                            "the script worker's catalog has %zu bytes, at most %zu", parts[i].size,
                            MAX_MESSAGE);
        total += parts[i].size;
    }
    cyn_arena *arena = cyn_arena_new(MEMORY_FACTOR * total + ((size_t)1 << 20));
    if (!arena) return cyn_nomem(err);
    catalog *c = CYN_NEW(arena, catalog);
    cyn_code rc = c ? join(parts, n, arena, c, err) : cyn_nomem(err);
    if (rc == CYN_OK)
        *out = &c->pub;
    else
        cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_catalog_read(const uint8_t *data, size_t n, cyn_catalog **out, cyn_err *err)
{
    return cyn_catalog_join(&(cyn_catalog_part){.data = data, .size = n}, 1, out, err);
}

void cyn_catalog_free(cyn_catalog *c)
{
    if (c) cyn_arena_free(c->arena);
}

const cyn_metric *cyn_catalog_metric(const cyn_catalog *c, const char *name)
{
    const catalog *impl = (const catalog *)c; /* pub is its first member */
    return find(impl->by_name, c->nmetrics, name);
}

const cyn_rule *cyn_catalog_rule(const cyn_catalog *c, const char *name)
{
    const catalog *impl = (const catalog *)c;
    return find_rule(impl->rules_by_name, c->nrules, name);
}
