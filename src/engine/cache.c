#include "engine/cache.h"
#include "column/concat.h"
#include "engine/cache_growth.h"
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
    size_t nstored;       /* segments that are recorded, of use or not */
    cyn_name_set columns; /* that the table is to have */
} caching;

void cyn_cache_note(cyn_cache *cache, const cyn_err *why)
{
    if (cache->noted || why->code == CYN_OK || why->code == CYN_E_CANCEL) return;
    cache->noted = true;
    cyn_err e = *why;
    cyn_context(&e, "what was loaded cannot be kept, and will be loaded again next time");
    cyn_err_list_add(cache->notes, &e);
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

/* The segment holds the inputs from `first` on, of that one what is behind byte `from`; they are as
 * they were, but that rows may have been appended to the last. */
static bool matches(const caching *c, const cyn_stored_segment *s, size_t first, int64_t from,
                    bool *goes_on)
{
    if (s->from != from || s->ninputs == 0 || s->ninputs > c->inputs.count - first) return false;
    const size_t last = s->ninputs - 1;
    for (size_t i = 0; i < last; i++)
        if (!cyn_stamp_equal(&s->inputs[i], &c->inputs.stamps[first + i])) return false;
    const cyn_file_stamp *was = &s->inputs[last], *now = &c->inputs.stamps[first + last];
    *goes_on = !cyn_stamp_equal(was, now);
    if (!*goes_on) return true;
    return (last > 0 || was->size > from) &&
           cyn_has_grown(c->inputs.paths[first + last], was, s->mark, now);
}

/* The inputs from `first` on: a segment, mapped, or one file that is to be parsed. */
static cyn_code piece_at(caching *c, const cyn_stored_segment *stored, size_t n, size_t first,
                         int64_t from, cyn_piece *out, cyn_err *err)
{
    *out = (cyn_piece){.first = first, .count = 1, .from = from};
    for (size_t i = 0; i < n; i++) {
        cyn_piece piece = {.first = first, .count = stored[i].ninputs, .from = from};
        if (!matches(c, &stored[i], first, from, &piece.goes_on)) continue;
        piece.stored = &stored[i];
        cyn_code rc = cyn_cache_map(&c->folder, c->arena, &piece, NULL);
        if (rc == CYN_E_NOMEM) return cyn_nomem(err);
        if (rc == CYN_OK) *out = piece;
        return CYN_OK;
    }
    return CYN_OK;
}

/* What is wanted, and what all segments hold anyway: so they go on holding the same. */
static cyn_code choose_columns(caching *c, cyn_err *err)
{
    cyn_name_set held = {.all = true};
    bool any = false;
    for (size_t i = 0; i < c->npieces; i++) {
        if (!c->pieces[i].stored) continue;
        any = true;
        CYN_TRY(cyn_names_meet(&held, &c->pieces[i].columns, c->arena, &held, err));
    }
    if (!any) held = (cyn_name_set){0};
    return cyn_names_join(&c->columns, &held, c->arena, &c->columns, err);
}

/* Files that follow each other are parsed in one go, but what continues one alone. */
static void merge_parsed(caching *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->npieces; i++) {
        cyn_piece piece = c->pieces[i], *last = n > 0 ? &c->pieces[n - 1] : NULL;
        if (last && !last->stored && !piece.stored && last->from == 0 && piece.from == 0)
            last->count += piece.count;
        else
            c->pieces[n++] = piece;
    }
    c->npieces = n;
}

/* Segments that lack a column are parsed like files; where one has only a part of a file, nothing
 * else of the source is taken from segments either. */
static void drop_lacking(caching *c)
{
    bool torn = false;
    for (size_t i = 0; i < c->npieces; i++) {
        cyn_piece *p = &c->pieces[i];
        if (!p->stored || cyn_names_include(&p->columns, &c->columns)) continue;
        torn = torn || p->from > 0 || p->goes_on;
        cyn_table_unref(p->table);
        *p = (cyn_piece){.first = p->first, .count = p->count};
    }
    if (!torn) return;
    drop_pieces(c);
    c->pieces[c->npieces++] = (cyn_piece){.count = c->inputs.count};
}

/* Cuts the inputs into what segments hold and, in between, what is to be parsed. */
static cyn_code cut(caching *c, cyn_err *err)
{
    cyn_stored_segment *stored = NULL;
    size_t n = 0;
    if (c->folder.store) /* a new one has none */
        CYN_TRY(cyn_store_segments(c->folder.store, c->folder.source, c->folder.spec, c->arena,
                                   &stored, &n, err));
    c->nstored = n;
    c->pieces = CYN_NEW_ARRAY(c->arena, c->inputs.count + n + 1, cyn_piece);
    if (!c->pieces) return cyn_nomem(err);
    int64_t from = 0;
    for (size_t at = 0; at < c->inputs.count;) {
        cyn_piece *piece = &c->pieces[c->npieces];
        CYN_TRY(piece_at(c, stored, n, at, from, piece, err));
        c->npieces++;
        at += piece->count - piece->goes_on;
        from = piece->goes_on ? piece->stored->inputs[piece->count - 1].size : 0;
    }
    CYN_TRY(choose_columns(c, err));
    drop_lacking(c);
    merge_parsed(c);
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

/* The spec of a load of the chosen columns. */
static cyn_source_spec spec_of_columns(const caching *c)
{
    cyn_source_spec spec = *c->spec;
    spec.wanted = c->columns.all ? NULL : c->columns.names;
    spec.nwanted = c->columns.all ? 0 : c->columns.count;
    return spec;
}

/* Further rows of a file are read as if they were the first; only where the report tells lines are
 * those before them counted, and they are read once more. */
static cyn_code parse_piece(caching *c, cyn_piece *piece, const cyn_load_report *const *before,
                            size_t nbefore, cyn_err *err)
{
    cyn_source_spec spec = spec_of_columns(c);
    const char **paths = CYN_NEW_ARRAY(c->arena, piece->count, const char *);
    if (!paths) return cyn_nomem(err);
    for (size_t i = 0; i < piece->count; i++)
        paths[i] = c->inputs.stamps[piece->first + i].path;
    spec.paths = paths;
    spec.npaths = piece->count;
    spec.bad_limit = -1; /* limits are for all files together */
    spec.bad_share = -1;
    spec.from = piece->from;
    spec.from_line = 1;
    piece->columns = c->columns;
    CYN_TRY(cyn_source_load(&spec, c->progress, c->arena, &piece->table, &piece->report, err));
    if (piece->from == 0 || !cyn_growth_tells_lines(piece->report, before, nbefore)) return CYN_OK;
    CYN_TRY(cyn_line_at(spec.kind, c->inputs.paths[piece->first], spec.from, &spec.from_line, err));
    cyn_table_unref(piece->table);
    piece->table = NULL;
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

/* What was appended may be what tells the delimiter. */
static bool same_delimiter(const cyn_load_report *a, const cyn_load_report *b)
{
    return strcmp(a->delimiter ? a->delimiter : "", b->delimiter ? b->delimiter : "") == 0;
}

/* A segment may hold more than the others do. */
static cyn_code narrow(caching *c, cyn_piece *piece, const cyn_load_report **out, cyn_err *err)
{
    *out = piece->report;
    if (cyn_names_include(&c->columns, &piece->columns)) return CYN_OK;
    cyn_load_report *report;
    CYN_TRY(cyn_report_narrow(piece->report, &c->columns, c->arena, &report, err));
    *out = report;
    return CYN_OK;
}

static cyn_code concat(caching *c, const cyn_load_report *joined, cyn_table **out, cyn_err *err)
{
    cyn_column_spec *columns = CYN_NEW_ARRAY(c->arena, joined->ncolumns + 1, cyn_column_spec);
    const cyn_table **tables = CYN_NEW_ARRAY(c->arena, c->npieces, const cyn_table *);
    if (!columns || !tables) return cyn_nomem(err);
    size_t width = 0;
    for (; width < joined->ncolumns && !joined->columns[width].unread; width++) {
        const cyn_load_column *column = &joined->columns[width];
        columns[width] = (cyn_column_spec){column->name, column->type, column->scale};
    }
    for (size_t i = 0; i < c->npieces; i++)
        tables[i] = c->pieces[i].table;
    return cyn_table_concat(columns, width, tables, c->npieces, out, err);
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
            CYN_TRY(parse_piece(c, piece, reports, i, err));
            if (!is_of_inputs(c, piece)) return cyn_fail(err, CYN_E_DATA, other);
            if (piece->from > 0 && !same_delimiter(piece->report, reports[i - 1]))
                return cyn_fail(err, CYN_E_DATA, other);
        }
        CYN_TRY(narrow(c, piece, &reports[i], err));
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
    return cyn_cache_find_before(&c->folder, c->pieces, reports, c->npieces, joined, c->arena,
                                 &c->cache->before, err);
}

/* --- Keeping --------------------------------------------------------------------------------- */

static bool keep_later(caching *c)
{
    cyn_inputs *inputs = CYN_NEW(c->arena, cyn_inputs);
    if (!inputs) return false;
    *inputs = c->inputs;
    return cyn_cache_keep_later(c->cache, &c->folder, inputs, c->pieces, c->npieces, cancel_of(c));
}

static cyn_code keep_now(caching *c, cyn_err *err)
{
    if (!c->folder.store) CYN_TRY(cyn_cache_state(c->cache, &c->folder.store, err));
    if (c->cache->later && keep_later(c)) return CYN_OK;
    return cyn_cache_keep(&c->folder, &c->inputs, c->pieces, c->npieces, cancel_of(c), c->arena,
                          err);
}

static void keep(caching *c)
{
    cyn_err why = {0};
    if (!c->inputs.settled || !cyn_inputs_unchanged(&c->inputs)) return;
    if (keep_now(c, &why) != CYN_OK) cyn_cache_note(c->cache, &why);
}

/* The whole source as one piece that is not kept yet. */
static cyn_code make_whole(caching *c, cyn_table *table, cyn_load_report *report, cyn_err *err)
{
    drop_pieces(c);
    c->pieces = CYN_NEW(c->arena, cyn_piece);
    if (!c->pieces) return cyn_nomem(err);
    c->pieces[0] = (cyn_piece){.count = c->inputs.count,
                               .table = cyn_table_ref(table),
                               .report = report,
                               .columns = c->columns};
    c->npieces = 1;
    return CYN_OK;
}

static cyn_code load_whole(caching *c, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    cyn_source_spec spec = spec_of_columns(c);
    CYN_TRY(cyn_source_load(&spec, c->progress, c->arena, table, report, err));
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
    if (cyn_concerns_all(rc)) {
        if (err) *err = why;
        return rc;
    }
    if (rc != CYN_OK) return load_whole(c, table, report, err);
    (*report)->microseconds = cyn_monotonic() - began;
    if (count_mapped(c) == c->npieces && c->npieces == c->nstored) {
        if (cyn_cache_sweep(&c->folder, c->arena, &why) != CYN_OK) cyn_cache_note(c->cache, &why);
        return CYN_OK;
    }
    if (c->npieces > PIECES_MAX) CYN_TRY(make_whole(c, *table, *report, err));
    keep(c);
    return CYN_OK;
}

/* Only of files that stood still while they were read is it known what was read. */
static void tell_inputs(caching *c)
{
    char spec[CYN_HASH_SIZE];
    if (c->inputs.count == 0 || !c->inputs.settled || !cyn_inputs_unchanged(&c->inputs)) return;
    if (cyn_spec_hash(c->spec, spec, NULL) != CYN_OK ||
        cyn_inputs_key(spec, c->inputs.stamps, c->inputs.count, 0, c->cache->inputs, NULL) !=
            CYN_OK)
        c->cache->inputs[0] = '\0';
}

cyn_code cyn_cache_load(cyn_cache *cache, const cyn_source_spec *spec, const cyn_progress *progress,
                        cyn_arena *arena, cyn_table **table, cyn_load_report **report, cyn_err *err)
{
    cache->inputs[0] = '\0';
    cache->before.inputs[0] = '\0';
    caching c = {.cache = cache, .spec = spec, .progress = progress, .arena = arena};
    cyn_err why = {0};
    CYN_TRY(cyn_wanted_names(spec, arena, &c.columns, err));
    bool cached = cache->dir && cyn_inputs_find(spec, arena, &c.inputs, NULL) == CYN_OK &&
                  c.inputs.bytes >= cache->least;
    if (cached && cyn_cache_open(cache, spec, arena, &c.folder, &why) != CYN_OK) {
        cyn_cache_note(cache, &why);
        cached = false;
    }
    if (!cached) return cyn_source_load(spec, progress, arena, table, report, err);
    cyn_table *loaded = NULL;
    cyn_code rc = load_cached(&c, &loaded, report, err);
    if (rc == CYN_OK) tell_inputs(&c);
    drop_pieces(&c);
    if (rc == CYN_OK)
        *table = loaded;
    else
        cyn_table_unref(loaded);
    return rc;
}
