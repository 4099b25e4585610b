#include "live/stock.h"
#include "base/buf.h"
#include "base/hash.h"
#include "engine/inputs.h"
#include "engine/needs.h"
#include <stdio.h>
#include <string.h>

/* What one load gave of one source. Depends on no project: those that come later may share it. */
typedef struct rows {
    atomic_size_t refs;
    cyn_arena *arena; /* holds the report */
    cyn_table *table;
    cyn_load_report *report;
    char plan[CYN_HASH_SIZE];   /* how it was read, and which columns */
    char key[CYN_HASH_SIZE];    /* of the files, when that began; "": they could not be told */
    char inputs[CYN_HASH_SIZE]; /* the same, where they lay still meanwhile; for engine/reuse.h … */
    cyn_cache_before before;    /* … and what they were earlier */
    int64_t loaded, took, bytes, end;
} rows;

typedef struct held {
    const char *name;
    rows *rows; /* NULL: it could never be read */
    cyn_stock_source shown;
    char failed[CYN_HASH_SIZE]; /* with an error: of the files that could not be read */
    int64_t tried;              /* … and when, on the monotonic clock */
} held;

/* The same files are not read again and again only to fail: what is wrong is mostly in them. */
#define RETRY (10 * CYN_MINUTE)

struct cyn_stock {
    atomic_size_t refs;
    cyn_arena *arena;
    held *sources;
    size_t count;
};

/* ---- counting ---- */

static rows *rows_ref(rows *r)
{
    if (r) atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

static void rows_unref(rows *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1) return;
    cyn_table_unref(r->table);
    cyn_arena_free(r->arena);
}

static cyn_stock *counted(const cyn_stock *s)
{
    return (cyn_stock *)(uintptr_t)s; /* read only but for its count */
}

cyn_stock *cyn_stock_ref(const cyn_stock *s)
{
    cyn_stock *shared = counted(s);
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void cyn_stock_unref(const cyn_stock *s)
{
    if (!s) return;
    cyn_stock *last = counted(s);
    if (atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) > 1) return;
    for (size_t i = 0; i < last->count; i++)
        rows_unref(last->sources[i].rows);
    cyn_arena_free(last->arena);
}

/* ---- one source ---- */

typedef struct loading {
    const cyn_project *project;
    const cyn_stock_options *options;
    cyn_stock *stock;
    size_t source;
    const held *before; /* NULL: there is none */
    cyn_arena *scratch;
    const char **more; /* columns that rules and pages may ask for */
    size_t nmore;
    char plan[CYN_HASH_SIZE], key[CYN_HASH_SIZE];
    bool settled;
    cyn_err_list *notes;
} loading;

/* How the source is read, and which of its columns: rows alike in both can be shared. */
static cyn_code find_plan(loading *l, cyn_err *err)
{
    const cyn_project *p = l->project;
    char spec[CYN_HASH_SIZE];
    cyn_needs needs;
    cyn_buf text = {0};
    CYN_TRY(cyn_spec_hash(&p->specs[l->source], spec, err));
    CYN_TRY(cyn_needs_find(p, l->source, l->more, l->nmore, l->scratch, &needs, err));
    cyn_buf_printf(&text, "%s,%s,%d,%zu", spec, p->config->timezone, needs.all, needs.nstrict);
    for (size_t i = 0; !needs.all && i < needs.count; i++)
        cyn_buf_printf(&text, ",%zu:%s", strlen(needs.names[i]), needs.names[i]);
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(text.data, text.len);
        cyn_hex(sum.bytes, sizeof sum.bytes, l->plan);
    }
    cyn_buf_clear(&text);
    return rc;
}

/* Which files there are, as they are now; the key stays "" where they cannot be looked at. */
static void find_key(loading *l)
{
    const cyn_source_spec *spec = &l->project->specs[l->source];
    char how[CYN_HASH_SIZE];
    cyn_inputs in;
    l->key[0] = '\0';
    l->settled = false;
    if (cyn_inputs_find(spec, l->scratch, &in, NULL) != CYN_OK || in.count == 0) return;
    if (cyn_spec_hash(spec, how, NULL) != CYN_OK ||
        cyn_inputs_key(how, in.stamps, in.count, 0, l->key, NULL) != CYN_OK)
        l->key[0] = '\0';
    l->settled = in.settled;
}

static int64_t bytes_of(const cyn_load_report *report)
{
    int64_t bytes = 0;
    for (size_t i = 0; report && i < report->nfiles; i++)
        bytes += report->files[i].bytes;
    return bytes;
}

/* Moves what the dataset loaded into rows of their own; its arena goes with them. */
static cyn_code take_rows(const loading *l, cyn_dataset *d, int64_t began, rows **out, cyn_err *err)
{
    cyn_source_data *sd = &d->sources[l->source];
    rows *r = CYN_NEW(d->arena, rows);
    if (!r) return cyn_nomem(err);
    *r = (rows){.arena = d->arena,
                .table = sd->table,
                .report = sd->report,
                .loaded = cyn_now(),
                .took = cyn_monotonic() - began,
                .bytes = bytes_of(sd->report),
                .before = sd->before,
                .end = cyn_dataset_source_end(d, l->source)};
    atomic_init(&r->refs, 1);
    memcpy(r->plan, l->plan, sizeof r->plan);
    memcpy(r->key, l->key, sizeof r->key);
    loading after = *l;
    find_key(&after);
    if (l->settled && strcmp(after.key, l->key) == 0) memcpy(r->inputs, l->key, sizeof r->inputs);
    sd->table = NULL;
    *out = r;
    return CYN_OK;
}

static cyn_code load_into(loading *l, cyn_dataset *d, rows **out, cyn_err *err)
{
    const int64_t began = cyn_monotonic();
    if (l->options->cache) cyn_dataset_use_cache(d);
    cyn_dataset_load_needed(d, l->more, l->nmore);
    cyn_code rc = cyn_dataset_need(d, l->source, err);
    cyn_dataset_finish(d);
    for (size_t i = 0; i < d->notes.count; i++)
        cyn_err_list_add(l->notes, &d->notes.items[i]);
    if (rc != CYN_OK) return rc;
    cyn_dataset_note_rows(d, l->notes);
    return take_rows(l, d, began, out, err);
}

static cyn_code load_rows(loading *l, rows **out, cyn_err *err)
{
    cyn_dataset *d;
    CYN_TRY(cyn_dataset_new(l->project, l->options->progress, &d, err));
    cyn_code rc = load_into(l, d, out, err);
    if (rc != CYN_OK) cyn_dataset_free(d); /* else the rows have its arena */
    return rc;
}

/* What is known of the data. Files that were written to while they were read may hold anything:
 * they count as what nobody has seen yet. */
static const char *known_inputs(const rows *r, cyn_arena *arena)
{
    if (!r) return "";
    if (r->inputs[0]) return cyn_strdup(arena, r->inputs);
    return cyn_sprintf(arena, "%s@%lld", r->key, (long long)r->loaded);
}

static cyn_code show(held *h, const cyn_err *failed, bool fresh, cyn_arena *arena, cyn_err *err)
{
    const rows *r = h->rows;
    cyn_err *error = NULL;
    h->shown =
        (cyn_stock_source){.inputs = known_inputs(r, arena), .end = CYN_TIME_MIN, .fresh = fresh};
    if (failed) error = CYN_NEW(arena, cyn_err);
    if (!h->shown.inputs || (failed && !error)) return cyn_nomem(err);
    if (failed) *error = *failed;
    h->shown.error = error;
    if (!r) return CYN_OK;
    h->shown.loaded = r->loaded;
    h->shown.took = r->took;
    h->shown.rows = r->report ? r->report->rows : (int64_t)cyn_table_rows(r->table);
    h->shown.bytes = r->bytes;
    h->shown.bad_rows = r->report ? r->report->bad : 0;
    h->shown.end = r->end;
    return CYN_OK;
}

static bool looks(const loading *l)
{
    return !l->before || !l->options->look || l->options->look[l->source];
}

/* Rows that were read in another way would say something that the project does not mean. */
static rows *old_rows(const loading *l)
{
    rows *r = l->before ? l->before->rows : NULL;
    return r && strcmp(r->plan, l->plan) == 0 ? r : NULL;
}

static bool is_unchanged(const loading *l)
{
    const rows *r = old_rows(l);
    return r && l->key[0] && strcmp(r->inputs, l->key) == 0;
}

/* It failed a moment ago, and nothing has changed since. */
static bool fails_again(const loading *l)
{
    const held *h = l->before;
    return h && h->shown.error && (!h->rows || old_rows(l)) && l->settled &&
           strcmp(h->failed, l->key) == 0 && cyn_monotonic() - h->tried < RETRY;
}

/* All that it had, with what was wrong with it. */
static cyn_code keep_as_it_was(loading *l, held *h, cyn_err *err)
{
    h->rows = rows_ref(l->before->rows);
    memcpy(h->failed, l->before->failed, sizeof h->failed);
    h->tried = l->before->tried;
    return show(h, l->before->shown.error, false, l->stock->arena, err);
}

static cyn_code read_source(loading *l, held *h, cyn_err *err)
{
    cyn_err failed = {0};
    cyn_code rc = load_rows(l, &h->rows, &failed);
    if (cyn_concerns_all(rc)) {
        if (err) *err = failed;
        return rc;
    }
    if (rc == CYN_OK) return show(h, NULL, true, l->stock->arena, err);
    h->rows = rows_ref(old_rows(l));
    memcpy(h->failed, l->key, sizeof h->failed);
    h->tried = cyn_monotonic();
    return show(h, &failed, false, l->stock->arena, err);
}

static cyn_code load_source(loading *l, cyn_err *err)
{
    held *h = &l->stock->sources[l->source];
    CYN_TRY(find_plan(l, err));
    if (!looks(l) && old_rows(l)) return keep_as_it_was(l, h, err);
    find_key(l);
    if (fails_again(l)) return keep_as_it_was(l, h, err);
    if (!is_unchanged(l)) return read_source(l, h, err);
    h->rows = rows_ref(l->before->rows);
    return show(h, NULL, false, l->stock->arena, err);
}

/* ---- all of them ---- */

static const held *find_held(const cyn_stock *s, const char *name)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (strcmp(s->sources[i].name, name) == 0) return &s->sources[i];
    return NULL;
}

/* Dimensions by which values are recorded and shown are asked for beside what scripts read. */
static cyn_code add_dimensions(loading *l, cyn_err *err)
{
    const cyn_config *c = l->project->config;
    l->more = CYN_NEW_ARRAY(l->scratch, c->schedule.nby + 1, const char *);
    if (!l->more) return cyn_nomem(err);
    for (size_t i = 0; i < c->schedule.nby; i++)
        l->more[l->nmore++] = c->schedule.by[i];
    return CYN_OK;
}

static cyn_code load_all(cyn_stock *s, const cyn_project *p, const cyn_stock *before,
                         const cyn_stock_options *options, cyn_arena *scratch, cyn_err_list *notes,
                         cyn_err *err)
{
    loading l = {.project = p, .options = options, .stock = s, .scratch = scratch, .notes = notes};
    s->sources = CYN_NEW_ARRAY(s->arena, p->config->nsources + 1, held);
    if (!s->sources) return cyn_nomem(err);
    CYN_TRY(add_dimensions(&l, err));
    for (size_t i = 0; i < p->config->nsources; i++) {
        l.source = i;
        l.before = find_held(before, p->config->sources[i].name);
        l.key[0] = '\0';
        s->sources[i].name = cyn_strdup(s->arena, p->config->sources[i].name);
        if (!s->sources[i].name) return cyn_nomem(err);
        s->count++;
        CYN_TRY(load_source(&l, err));
    }
    return CYN_OK;
}

cyn_code cyn_stock_load(const cyn_project *p, const cyn_stock *before,
                        const cyn_stock_options *options, cyn_stock **out, cyn_err_list *notes,
                        cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0), *scratch = cyn_arena_new(0);
    cyn_stock *s = arena && scratch ? CYN_NEW(arena, cyn_stock) : NULL;
    cyn_code rc;
    if (s) {
        s->arena = arena;
        atomic_init(&s->refs, 1);
        rc = load_all(s, p, before, options, scratch, notes, err);
        if (rc == CYN_OK)
            *out = s;
        else
            cyn_stock_unref(s);
    } else {
        rc = cyn_nomem(err);
        cyn_arena_free(arena);
    }
    cyn_arena_free(scratch);
    return rc;
}

const cyn_stock_source *cyn_stock_source_of(const cyn_stock *s, size_t source)
{
    return &s->sources[source].shown;
}

/* ---- what is evaluated ---- */

static void set_source(cyn_source_data *sd, const held *h, const char *name)
{
    sd->tried = true;
    if (h && h->rows) {
        sd->table = cyn_table_ref(h->rows->table);
        sd->report = h->rows->report;
        sd->loaded = h->rows->loaded;
        memcpy(sd->inputs, h->rows->inputs, sizeof sd->inputs);
        sd->before = h->rows->before;
    } else if (h && h->shown.error) {
        sd->error = *h->shown.error;
    } else {
        cyn_fail(&sd->error, CYN_E_DATA, "source '%s': is not loaded yet", name);
    }
}

cyn_code cyn_stock_dataset(const cyn_stock *s, const cyn_project *p, cyn_dataset **out,
                           cyn_err *err)
{
    cyn_dataset *d;
    CYN_TRY(cyn_dataset_new(p, NULL, &d, err));
    for (size_t i = 0; i < p->config->nsources; i++) {
        const char *name = p->config->sources[i].name;
        set_source(&d->sources[i], find_held(s, name), name);
    }
    *out = d;
    return CYN_OK;
}
