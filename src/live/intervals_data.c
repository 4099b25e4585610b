/* What metrics stand on. */
#include "base/buf.h"
#include "base/hash.h"
#include "engine/uses.h"
#include "live/intervals_impl.h"
#include "plan/relation.h"
#include <string.h>

/* ---- sources ---- */

typedef struct search {
    const cyn_project *project;
    bool *seen;            /* [source] */
    const char *dimension; /* cyn_interval_has */
    bool any, lacks, lua;
} search;

static cyn_code visit_source(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain, (void)err;
    search *s = self;
    int source = cyn_project_source(s->project, s->project->catalog->aggs[agg]->view->source);
    if (source >= 0) s->seen[source] = true;
    return CYN_OK;
}

cyn_code cyn_interval_sources(const cyn_project *p, const cyn_metric *m, cyn_arena *arena,
                              const size_t **out, size_t *n, cyn_err *err)
{
    const size_t all = p->config->nsources;
    bool *seen = CYN_NEW_ARRAY(arena, all + 1, bool);
    size_t *list = CYN_NEW_ARRAY(arena, all + 1, size_t), count = 0;
    if (!seen || !list) return cyn_nomem(err);
    search s = {.project = p, .seen = seen};
    CYN_TRY(cyn_each_use(p, NULL, m, visit_source, &s, err));
    for (size_t i = 0; i < all; i++)
        if (seen[i] || m->weight.free) list[count++] = i; /* a function may ask for any metric */
    *out = list;
    *n = count;
    return CYN_OK;
}

static bool declares(const cyn_config_source *s, const char *dimension)
{
    for (size_t i = 0; i < s->ndimensions; i++)
        if (strcmp(s->dimensions[i], dimension) == 0) return true;
    return false;
}

static bool derives(const cyn_view *v, const char *dimension)
{
    for (size_t i = 0; i < v->nderives; i++)
        if (strcmp(v->derives[i].name, dimension) == 0) return true;
    return false;
}

static cyn_code visit_dimension(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain, (void)err;
    search *s = self;
    const cyn_view *view = s->project->catalog->aggs[agg]->view;
    int source = cyn_project_source(s->project, view->source);
    bool has = source >= 0 && declares(&s->project->config->sources[source], s->dimension);
    s->any = true;
    s->lacks = s->lacks || !(has || derives(view, s->dimension));
    return CYN_OK;
}

bool cyn_interval_has(const cyn_project *p, const cyn_metric *m, const char *dimension)
{
    search s = {.project = p, .dimension = dimension};
    return cyn_each_use(p, NULL, m, visit_dimension, &s, NULL) == CYN_OK && s.any && !s.lacks;
}

/* ---- what runs in Lua ---- */

static bool expr_in_lua(const cyn_expr *e)
{
    return e &&
           ((e->kind == CYN_EXPR_SCRIPT && !e->code) || expr_in_lua(e->a) || expr_in_lua(e->b));
}

static bool view_in_lua(const cyn_view *v);

static bool relation_in_lua(const cyn_relation *r)
{
    bool is = expr_in_lua(r->entity) || expr_in_lua(r->arg) || expr_in_lua(r->start) ||
              expr_in_lua(r->active) || expr_in_lua(r->from) || expr_in_lua(r->to);
    for (size_t i = 0; i < r->nsteps && !is; i++)
        is = expr_in_lua(r->steps[i].when);
    for (size_t i = 0; i < r->nsame && !is; i++)
        is = expr_in_lua(r->same[i]);
    return is || view_in_lua(r->base);
}

static bool view_in_lua(const cyn_view *v)
{
    bool is = expr_in_lua(v->where);
    for (size_t i = 0; i < v->nderives && !is; i++)
        is = expr_in_lua(v->derives[i].expr);
    return is || (v->relation && relation_in_lua(v->relation));
}

static cyn_code visit_lua(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain, (void)err;
    search *s = self;
    const cyn_agg *a = s->project->catalog->aggs[agg];
    s->lua = s->lua || a->func == CYN_CUSTOM || expr_in_lua(a->arg) || view_in_lua(a->view);
    return CYN_OK;
}

bool cyn_interval_in_lua(const cyn_project *p, const cyn_metric *m)
{
    search s = {.project = p, .lua = m->weight.free};
    return cyn_each_use(p, NULL, m, visit_lua, &s, NULL) != CYN_OK || s.lua;
}

/* ---- the data ---- */

/* Files that were on the move while they were read have no name: what was read is known by when it
 * was, and so taken for something else than what came before and what comes after. */
static bool put_source(cyn_buf *text, const cyn_source_data *sd)
{
    if (!sd->table) return false;
    if (sd->inputs[0])
        cyn_buf_printf(text, "%s\n", sd->inputs);
    else
        cyn_buf_printf(text, "@%lld %zu\n", (long long)sd->loaded, cyn_table_rows(sd->table));
    return true;
}

cyn_code cyn_interval_key(const cyn_dataset *d, const size_t *sources, size_t n,
                          char out[CYN_DATA_KEY], cyn_err *err)
{
    cyn_buf text = {0};
    bool known = true;
    cyn_buf_printf(&text, "%zu\n", n);
    for (size_t i = 0; i < n && known; i++)
        known = put_source(&text, &d->sources[sources[i]]);
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK && known) {
        cyn_sha256 sum = cyn_sha256_of(text.data, text.len);
        cyn_hex(sum.bytes, (CYN_DATA_KEY - 1) / 2, out);
    } else if (rc == CYN_OK) {
        out[0] = '\0';
    }
    cyn_buf_clear(&text);
    return rc;
}

int64_t cyn_interval_beginning(const cyn_dataset *d, const size_t *sources, size_t n)
{
    int64_t first = CYN_TIME_MAX;
    for (size_t i = 0; i < n; i++) {
        const cyn_source_data *sd = &d->sources[sources[i]];
        if (sd->table && sd->report && sd->report->has_time && sd->report->rows > 0 &&
            sd->report->first_time < first)
            first = sd->report->first_time;
    }
    return first;
}
