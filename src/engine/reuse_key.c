#include "base/hash.h"
#include "engine/inputs.h"
#include "engine/reuse_impl.h"
#include "plan/expr.h"
#include <string.h>

/* To be raised when the same plan over the same rows gives other cells. */
#define REUSE_VERSION "3"

static void put_text(cyn_buf *b, const char *s)
{
    cyn_buf_printf(b, "%zu:%s;", s ? strlen(s) + 1 : 0, s ? s : "");
}

static void put_integer(cyn_buf *b, int64_t v)
{
    cyn_buf_printf(b, "%lld;", (long long)v);
}

/* Clears the text. */
static bool digest(cyn_buf *text, char out[CYN_HASH_SIZE])
{
    bool ok = !text->failed;
    if (ok) {
        cyn_sha256 sum = cyn_sha256_of(text->data, text->len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(text);
    return ok;
}

/* The program, the scripts, the calendar. Two builds of one version may compute differently. */
bool cyn_reuse_project_key(const cyn_project *p, char out[CYN_HASH_SIZE])
{
    cyn_buf b = {0};
    cyn_file_stamp self = {0};
    if (!cyn_stamp_take("/proc/self/exe", &self)) return false;
    put_text(&b, CYN_VERSION " " REUSE_VERSION);
    cyn_stamp_describe(&self, &b);
    for (size_t i = 0; i < p->nscripts; i++) {
        if (p->scripts[i].test) continue; /* decides nothing that is kept */
        put_text(&b, p->scripts[i].name);
        put_integer(&b, (int64_t)p->scripts[i].size);
        cyn_buf_add(&b, p->scripts[i].text, p->scripts[i].size);
    }
    const cyn_calendar *c = &p->calendar;
    const int64_t calendar[] = {c->week_start, c->fiscal_month, c->named_by_start,
                                c->pattern,    c->year_end,     c->nearest_end};
    for (size_t i = 0; i < sizeof calendar / sizeof *calendar; i++)
        put_integer(&b, calendar[i]);
    cyn_tz_describe(c->tz, &b);
    return digest(&b, out);
}

static void put_source(cyn_buf *b, const cyn_config_source *s, const char *inputs)
{
    put_text(b, inputs);
    put_text(b, s->name);
    put_text(b, s->entity);
    put_integer(b, (int64_t)s->ndimensions);
    for (size_t i = 0; i < s->ndimensions; i++)
        put_text(b, s->dimensions[i]);
}

/* Journeys, retention and states know what time it is. */
static bool knows_now(const cyn_view *view)
{
    for (const cyn_relation *r = view->relation; r; r = r->base->relation)
        if (r->kind != CYN_PER) return true;
    return false;
}

/* A day or two after the last of the times, or the end of time. */
int64_t cyn_reuse_after(const cyn_cache_times *t)
{
    return t->any && t->last < CYN_TIME_MAX - CYN_REUSE_SLACK ? t->last + CYN_REUSE_SLACK
                                                              : CYN_TIME_MAX;
}

static const cyn_agg *agg_of(const cyn_reuse_use *use)
{
    return use->set->data->project->catalog->aggs[use->agg];
}

int64_t cyn_reuse_end_of_rows(const cyn_reuse_use *use)
{
    const cyn_dataset *d = use->set->data;
    int source = cyn_project_source(d->project, agg_of(use)->view->source);
    const cyn_source_data *sd = &d->sources[source < 0 ? 0 : source];
    if (source < 0 || !d->project->specs[source].time || !sd->table || !sd->report)
        return CYN_TIME_MAX;
    return cyn_reuse_after(
        &(cyn_cache_times){.any = sd->report->has_time, .last = sd->report->last_time});
}

/* ---- what is kept by interval ---- */

/* One whose kind its column tells: what a script computes can be an integer in these rows and a
 * real once others have come (E-6). */
static bool is_column(const cyn_expr *e)
{
    return !e || e->kind == CYN_EXPR_COLUMN;
}

/* For the same reason nothing is derived, but of times; a condition asks for the truth of a row
 * alone. */
static bool is_derived_of_times(const cyn_view *view)
{
    for (size_t i = 0; i < view->nderives; i++)
        if (!cyn_reuse_is_of_times(view->relation, view->derives[i].expr)) return false;
    return true;
}

static bool is_of_rows(const cyn_view *view)
{
    const cyn_relation *r = view->relation;
    if (r && cyn_reuse_cohort_is_kept(r)) return is_derived_of_times(view);
    if (view->nderives > 0) return false;
    if (!r) return true;
    return r->kind == CYN_PER && is_column(r->entity) && is_column(r->arg) && is_of_rows(r->base);
}

bool cyn_reuse_by_interval(const cyn_reuse_use *use)
{
    const cyn_agg *agg = agg_of(use);
    const cyn_project *p = use->set->data->project;
    const cyn_chain *c = &use->spans->chains[use->chain];
    int source = cyn_project_source(p, agg->view->source);
    if (source < 0 || !p->specs[source].time) return false;
    for (size_t i = 0; i < c->nintervals; i++) /* which holds rows without time, too */
        if (c->intervals[i].start == CYN_TIME_MIN && c->intervals[i].end == CYN_TIME_MAX)
            return false;
    return agg->func != CYN_CUSTOM && !agg->approx && is_column(agg->arg) && is_of_rows(agg->view);
}

/* ---- the key ---- */

static void put_intervals(cyn_buf *b, const cyn_chain *c, int64_t end_of_rows)
{
    put_integer(b, (int64_t)c->nintervals);
    for (size_t i = 0; i < c->nintervals; i++) {
        cyn_interval in = cyn_reuse_cut(c->intervals[i], end_of_rows);
        put_integer(b, in.start);
        put_integer(b, in.end);
    }
}

bool cyn_reuse_key(const char *project, const cyn_reuse_use *use, const char *inputs,
                   char out[CYN_HASH_SIZE])
{
    const cyn_project *p = use->set->data->project;
    const cyn_agg *agg = agg_of(use);
    int source = cyn_project_source(p, agg->view->source);
    if (source < 0 || !inputs[0]) return false;
    const bool now = knows_now(agg->view), part = cyn_reuse_by_interval(use);
    cyn_buf b = {0};
    put_text(&b, project);
    put_source(&b, &p->config->sources[source], inputs);
    put_integer(&b, use->agg);
    cyn_agg_text(agg, CYN_CANONICAL, &b);
    put_integer(&b, use->set->interpret);
    put_integer(&b, (int64_t)use->set->nby);
    for (size_t i = 0; i < use->set->nby; i++)
        put_text(&b, use->set->by[i]);
    if (use->spans->nslots > 0) {
        put_integer(&b, use->spans->slots[0].period.grain.unit);
        put_integer(&b, use->spans->slots[0].period.grain.n);
    }
    put_integer(&b, part);
    if (now && !part) put_integer(&b, use->spans->now);
    if (!part)
        put_intervals(&b, &use->spans->chains[use->chain],
                      now ? CYN_TIME_MAX : cyn_reuse_end_of_rows(use));
    return digest(&b, out);
}
