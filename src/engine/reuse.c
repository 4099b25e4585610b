#include "engine/reuse.h"
#include "base/hash.h"
#include "engine/inputs.h"
#include "plan/expr.h"
#include "store/cells.h"
#include <string.h>

/* To be raised when the same plan over the same rows gives other cells. */
#define REUSE_VERSION "1"

/* More cells than this are as fast computed as read. */
#define CELLS_MAX ((size_t)1 << 20)

typedef struct added {
    char key[CYN_HASH_SIZE];
    cyn_buf data;
    struct added *next;
} added;

struct cyn_reuse {
    cyn_dataset *data;
    const char *path;
    cyn_store *store;            /* opened when it is needed */
    char project[CYN_HASH_SIZE]; /* of what all keys have in common */
    added *first;
    size_t count;
};

/* ---- keys ---- */

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
static bool project_key(const cyn_project *p, char out[CYN_HASH_SIZE])
{
    cyn_buf b = {0};
    cyn_file_stamp self = {0};
    if (!cyn_stamp_take("/proc/self/exe", &self)) return false;
    put_text(&b, CYN_VERSION " " REUSE_VERSION);
    const int64_t build[] = {self.size, self.modified, self.changed, self.device, self.inode};
    for (size_t i = 0; i < sizeof build / sizeof *build; i++)
        put_integer(&b, build[i]);
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
    cyn_zone_text(c->tz, &b);
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

/* A time that no row of the source reaches, or the end of time. */
static int64_t end_of_rows(const cyn_dataset *d, size_t source)
{
    const cyn_source_data *sd = &d->sources[source];
    const char *time = d->project->specs[source].time;
    if (!time || !sd->table || !sd->report || !sd->report->has_time) return CYN_TIME_MAX;
    const int64_t day = INT64_C(86400000000);
    int64_t last = sd->report->last_time; /* of dates a midnight, in some zone */
    return last < CYN_TIME_MAX - 3 * day ? last + 3 * day : CYN_TIME_MAX;
}

static void put_intervals(cyn_buf *b, const cyn_chain *c, int64_t end_of_rows)
{
    put_integer(b, (int64_t)c->nintervals);
    for (size_t i = 0; i < c->nintervals; i++) {
        cyn_interval in = c->intervals[i];
        bool all = in.start == CYN_TIME_MIN && in.end == CYN_TIME_MAX;
        put_integer(b, in.start);
        put_integer(b, !all && in.end > end_of_rows ? end_of_rows : in.end);
    }
}

/* False where something is not known that the cells depend on. */
static bool key_of(const cyn_reuse *r, const cyn_reuse_use *use, char out[CYN_HASH_SIZE])
{
    const cyn_project *p = r->data->project;
    const cyn_agg *agg = p->catalog->aggs[use->agg];
    int source = cyn_project_source(p, agg->view->source);
    if (source < 0 || !r->data->sources[source].inputs[0]) return false;
    const bool now = knows_now(agg->view);
    cyn_buf b = {0};
    put_text(&b, r->project);
    put_source(&b, &p->config->sources[source], r->data->sources[source].inputs);
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
    if (now) put_integer(&b, use->spans->now);
    put_intervals(&b, &use->spans->chains[use->chain],
                  now ? CYN_TIME_MAX : end_of_rows(r->data, (size_t)source));
    return digest(&b, out);
}

/* ---- the store ---- */

cyn_code cyn_reuse_new(cyn_dataset *d, cyn_reuse **out, cyn_err *err)
{
    cyn_reuse *r = CYN_NEW(d->arena, cyn_reuse);
    const char *path = cyn_state_path(d->project->dir, d->arena);
    if (!r || !path) return cyn_nomem(err);
    *r = (cyn_reuse){.data = d, .path = path};
    if (!project_key(d->project, r->project))
        return cyn_fail(err, CYN_E_STATE, "nothing can be reused: the program cannot be told");
    *out = r;
    return CYN_OK;
}

static bool open_store(cyn_reuse *r)
{
    if (!r->store && cyn_store_open(r->path, &r->store, NULL) != CYN_OK) r->store = NULL;
    return r->store != NULL;
}

bool cyn_reuse_find(cyn_reuse *r, const cyn_reuse_use *use, cyn_kept_cells *out)
{
    char key[CYN_HASH_SIZE];
    const void *data = NULL;
    size_t size = 0;
    if (!key_of(r, use, key) || !open_store(r) ||
        cyn_store_cells(r->store, key, use->set->arena, &data, &size, NULL) != CYN_OK || !data)
        return false;
    cyn_kept_cells cells;
    if (cyn_cells_read(data, size, use->set->arena, &cells, NULL) != CYN_OK) return false;
    if (cells.result.nintervals != use->spans->chains[use->chain].nintervals ||
        cells.result.ngroups != use->set->nby)
        return false;
    *out = cells;
    return true;
}

void cyn_reuse_add(cyn_reuse *r, const cyn_reuse_use *use, const cyn_kept_cells *cells)
{
    const cyn_plan_result *p = &cells->result;
    added a = {0};
    if (p->nsegments > CELLS_MAX / (p->nintervals + 1) || !key_of(r, use, a.key)) return;
    cyn_cells_write(cells, &a.data);
    added *kept = a.data.failed ? NULL : CYN_NEW(r->data->arena, added);
    if (!kept) {
        cyn_buf_clear(&a.data);
        return;
    }
    a.next = r->first;
    *kept = a;
    r->first = kept;
    r->count++;
}

void cyn_reuse_finish(cyn_reuse *r)
{
    if (!r) return;
    cyn_stored_cells *cells =
        r->count > 0 ? CYN_NEW_ARRAY(r->data->arena, r->count, cyn_stored_cells) : NULL;
    size_t n = 0;
    for (const added *a = r->first; cells && a; a = a->next)
        cells[n++] = (cyn_stored_cells){.key = a->key, .data = a->data.data, .size = a->data.len};
    if (n > 0 && open_store(r)) (void)!cyn_store_keep_cells(r->store, cells, n, NULL);
    for (added *a = r->first; a; a = a->next)
        cyn_buf_clear(&a->data);
    r->first = NULL;
    cyn_store_close(r->store);
    r->store = NULL;
}
