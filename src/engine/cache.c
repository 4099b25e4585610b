#include "engine/cache.h"
#include "column/concat.h"
#include "engine/cache_impl.h"
#include "source/join.h"
#include <string.h>

/* More segments than this are written again as one, so that a source that grows day by day does
 * not end up as hundreds. */
#define PIECES_MAX 16

/* One load of one source. */
typedef struct caching {
    cyn_cache *cache;
    cyn_cache_folder folder;
    const cyn_source_spec *spec;
    const cyn_progress *progress;
    cyn_arena *arena; /* the caller's: reports live in it */
    cyn_inputs inputs;
    cyn_piece *pieces;
    size_t npieces;
    size_t nstored; /* segments that are recorded, of use or not */
} caching;

/* Failures that are not about the cache. */
static bool concerns_load(cyn_code rc)
{
    return rc == CYN_E_CANCEL || rc == CYN_E_NOMEM;
}

static void note(caching *c, const cyn_err *why)
{
    if (c->cache->noted || why->code == CYN_E_CANCEL) return;
    c->cache->noted = true;
    cyn_err e = *why;
    cyn_context(&e, "what was loaded cannot be kept, and will be loaded again next time");
    cyn_err_list_add(c->cache->notes, &e);
}

static const atomic_bool *cancel_of(const caching *c)
{
    return c->progress ? c->progress->cancel : NULL;
}

static void drop_pieces(caching *c)
{
    for (size_t i = 0; i < c->npieces; i++)
        cyn_table_unref(c->pieces[i].table);
    c->npieces = 0;
}

/* --- What is there --------------------------------------------------------------------------- */

/* The segment holds exactly the inputs from `first` on, as they are now. */
static bool matches(const caching *c, const cyn_stored_segment *s, size_t first)
{
    if (s->ninputs == 0 || s->ninputs > c->inputs.count - first) return false;
    for (size_t i = 0; i < s->ninputs; i++)
        if (!cyn_stamp_equal(&s->inputs[i], &c->inputs.stamps[first + i])) return false;
    return true;
}

/* A segment for the inputs from `first` on, mapped. */
static cyn_code map_at(caching *c, const cyn_stored_segment *stored, size_t n, size_t first,
                       cyn_piece *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!matches(c, &stored[i], first)) continue;
        *out = (cyn_piece){.first = first, .count = stored[i].ninputs, .stored = &stored[i]};
        return cyn_cache_map(&c->folder, c->arena, out, NULL);
    }
    return CYN_E_DATA;
}

/* Cuts the inputs into what segments hold and, in between, what is to be parsed. */
static cyn_code cut(caching *c, cyn_err *err)
{
    cyn_stored_segment *stored;
    size_t n;
    CYN_TRY(cyn_store_segments(c->folder.store, c->folder.source, c->folder.spec, c->arena, &stored,
                               &n, err));
    c->nstored = n;
    c->pieces = CYN_NEW_ARRAY(c->arena, c->inputs.count + 1, cyn_piece);
    if (!c->pieces) return cyn_nomem(err);
    for (size_t at = 0; at < c->inputs.count;) {
        cyn_piece *last = c->npieces ? &c->pieces[c->npieces - 1] : NULL, piece;
        cyn_code rc = map_at(c, stored, n, at, &piece);
        if (rc == CYN_E_NOMEM) return cyn_nomem(err);
        if (rc != CYN_OK) piece = (cyn_piece){.first = at, .count = 1};
        at += piece.count;
        if (last && !last->stored && rc != CYN_OK)
            last->count++;
        else
            c->pieces[c->npieces++] = piece;
    }
    return CYN_OK;
}

static size_t count_mapped(const caching *c)
{
    size_t mapped = 0;
    for (size_t i = 0; i < c->npieces; i++)
        mapped += c->pieces[i].stored != NULL;
    return mapped;
}

/* --- Parsing what is new --------------------------------------------------------------------- */

static cyn_code parse_piece(caching *c, cyn_piece *piece, cyn_err *err)
{
    cyn_source_spec spec = *c->spec;
    const char **paths = CYN_NEW_ARRAY(c->arena, piece->count, const char *);
    if (!paths) return cyn_nomem(err);
    for (size_t i = 0; i < piece->count; i++)
        paths[i] = c->inputs.stamps[piece->first + i].path;
    spec.paths = paths;
    spec.npaths = piece->count;
    spec.bad_limit = -1; /* limits are for all files together */
    spec.bad_share = -1;
    return cyn_source_load(&spec, c->progress, c->arena, &piece->table, &piece->report, err);
}

/* A name can mean another file than the match of a glob did ("a[1].csv"). */
static bool is_of_inputs(const caching *c, const cyn_piece *piece)
{
    if (piece->report->nfiles != piece->count) return false;
    for (size_t i = 0; i < piece->count; i++) {
        const cyn_file_stamp *s = &c->inputs.stamps[piece->first + i];
        const cyn_load_file *f = &piece->report->files[i];
        if (strcmp(f->path, s->path) != 0 || f->bytes != s->size) return false;
    }
    return true;
}

static cyn_code concat(caching *c, const cyn_load_report *joined, cyn_table **out, cyn_err *err)
{
    cyn_column_spec *columns = CYN_NEW_ARRAY(c->arena, joined->ncolumns + 1, cyn_column_spec);
    const cyn_table **tables = CYN_NEW_ARRAY(c->arena, c->npieces, const cyn_table *);
    if (!columns || !tables) return cyn_nomem(err);
    for (size_t i = 0; i < joined->ncolumns; i++) {
        const cyn_load_column *column = &joined->columns[i];
        columns[i] = (cyn_column_spec){column->name, column->type, column->scale};
    }
    for (size_t i = 0; i < c->npieces; i++)
        tables[i] = c->pieces[i].table;
    return cyn_table_concat(columns, joined->ncolumns, tables, c->npieces, out, err);
}

/* From segments, and what is new from its files. Fails where only a load of all can tell. */
static cyn_code load_pieces(caching *c, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    static const char other[] = "the parts are not the whole";
    const cyn_load_report **reports = CYN_NEW_ARRAY(c->arena, c->npieces, const cyn_load_report *);
    if (!reports) return cyn_nomem(err);
    if (c->spec->kind == CYN_SOURCE_SQLITE && c->npieces > 1)
        return cyn_fail(err, CYN_E_DATA, other);
    for (size_t i = 0; i < c->npieces; i++) {
        cyn_piece *piece = &c->pieces[i];
        if (!piece->stored) {
            CYN_TRY(parse_piece(c, piece, err));
            if (!is_of_inputs(c, piece)) return cyn_fail(err, CYN_E_DATA, other);
        }
        reports[i] = piece->report;
    }
    if (c->npieces == 1) {
        *table = cyn_table_ref(c->pieces[0].table);
        *report = c->pieces[0].report;
        return CYN_OK;
    }
    cyn_load_report *joined;
    CYN_TRY(cyn_report_join(c->spec, reports, c->npieces, c->arena, &joined, err));
    if (!joined || !cyn_report_is_accepted(c->spec, joined))
        return cyn_fail(err, CYN_E_DATA, other);
    CYN_TRY(concat(c, joined, table, err));
    *report = joined;
    return CYN_OK;
}

/* --- Keeping --------------------------------------------------------------------------------- */

static void keep(caching *c)
{
    cyn_err why = {0};
    if (!c->inputs.settled || !cyn_inputs_unchanged(&c->inputs)) return;
    cyn_code rc =
        cyn_cache_keep(&c->folder, &c->inputs, c->pieces, c->npieces, cancel_of(c), c->arena, &why);
    if (rc != CYN_OK) note(c, &why);
}

/* The whole source as one piece that is not kept yet. */
static cyn_code make_whole(caching *c, cyn_table *table, cyn_load_report *report, cyn_err *err)
{
    drop_pieces(c);
    c->pieces = CYN_NEW(c->arena, cyn_piece);
    if (!c->pieces) return cyn_nomem(err);
    c->pieces[0] =
        (cyn_piece){.count = c->inputs.count, .table = cyn_table_ref(table), .report = report};
    c->npieces = 1;
    return CYN_OK;
}

static cyn_code load_whole(caching *c, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    CYN_TRY(cyn_source_load(c->spec, c->progress, c->arena, table, report, err));
    if (make_whole(c, *table, *report, NULL) == CYN_OK) keep(c);
    return CYN_OK;
}

static cyn_code load_cached(caching *c, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    cyn_err why = {0};
    int64_t began = cyn_monotonic();
    cyn_code rc = cut(c, &why);
    if (rc == CYN_OK && count_mapped(c) == 0) return load_whole(c, table, report, err);
    if (rc == CYN_OK) rc = load_pieces(c, table, report, &why);
    if (concerns_load(rc)) {
        if (err) *err = why;
        return rc;
    }
    if (rc != CYN_OK) return load_whole(c, table, report, err);
    (*report)->microseconds = cyn_monotonic() - began;
    if (count_mapped(c) == c->npieces && c->npieces == c->nstored) {
        if (cyn_cache_sweep(&c->folder, c->arena, &why) != CYN_OK) note(c, &why);
        return CYN_OK;
    }
    if (c->npieces > PIECES_MAX) CYN_TRY(make_whole(c, *table, *report, err));
    keep(c);
    return CYN_OK;
}

cyn_code cyn_cache_load(cyn_cache *cache, const cyn_source_spec *spec, const cyn_progress *progress,
                        cyn_arena *arena, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    cyn_source_spec whole = *spec; /* what is kept serves whoever comes next */
    whole.wanted = NULL;
    whole.nwanted = 0;
    caching c = {.cache = cache, .spec = &whole, .progress = progress, .arena = arena};
    cyn_err why = {0};
    bool cached = cache->dir && cyn_inputs_find(spec, arena, &c.inputs, NULL) == CYN_OK &&
                  c.inputs.bytes >= cache->least;
    if (cached && cyn_cache_open(cache, &whole, arena, &c.folder, &why) != CYN_OK) {
        note(&c, &why);
        cached = false;
    }
    if (!cached) return cyn_source_load(spec, progress, arena, table, report, err);
    cyn_table *loaded = NULL;
    cyn_code rc = load_cached(&c, &loaded, report, err);
    drop_pieces(&c);
    cyn_cache_close(&c.folder);
    if (rc == CYN_OK)
        *table = loaded;
    else
        cyn_table_unref(loaded);
    return rc;
}
