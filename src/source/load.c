/* Loading: row by row in two passes, one that looks at all values where a type has to be found out,
 * and one that converts; the passes see the same bytes, so what the first inferred holds in the
 * second. CSV and NDJSON are read faster where they can be (load_blocks.c). */
#include "base/buf.h"
#include "source/files.h"
#include "source/loading.h"
#include "source/text.h"
#include <stdio.h>
#include <string.h>

enum { ROWS_BETWEEN_CHECKS = 1024, PROGRESS_EVERY = 100000 /* microseconds */ };

static bool is_cancelled(const cyn_loading *l)
{
    return l->progress && l->progress->cancel && atomic_load(l->progress->cancel);
}

cyn_code cyn_load_check_in(cyn_loading *l, int64_t position, cyn_err *err)
{
    if (is_cancelled(l)) return cyn_fail(err, CYN_E_CANCEL, "stopped");
    if (!l->progress || !l->progress->update || l->quiet) return CYN_OK;
    int64_t now = cyn_monotonic();
    if (now < l->next_report) return CYN_OK;
    l->next_report = now + PROGRESS_EVERY;
    l->progress->update(l->progress->self, l->spec->name, l->done_before + position, l->total);
    return CYN_OK;
}

cyn_code cyn_load_each_row(cyn_loading *l, size_t file, cyn_row_action action, cyn_err *err)
{
    cyn_reader *r;
    cyn_source_row row;
    cyn_code rc = CYN_OK;
    bool more = true;
    CYN_TRY(cyn_reader_open(&l->files[file], &l->schema, &r, err));
    for (int64_t rows = 0; more && !l->enough; rows++) {
        if (rows % ROWS_BETWEEN_CHECKS == 0) CYN_GOTO(cyn_load_check_in(l, r->position(r), err));
        CYN_GOTO(r->next(r, &row, &more, err));
        if (more) CYN_GOTO(action(l, file, &row, err));
    }
done:
    cyn_reader_close(r);
    return rc;
}

cyn_code cyn_load_each_file(cyn_loading *l, cyn_row_action action, cyn_err *err)
{
    for (size_t i = 0; i < l->nfiles; i++) {
        CYN_TRY(cyn_load_each_row(l, i, action, err));
        l->done_before += l->files[i].bytes;
    }
    return CYN_OK;
}

/* A cell's text without blanks around it; false when nothing is left, or it means missing. */
static bool has_value(const cyn_loading *l, const cyn_source_cell *cell, const char **s, size_t *n)
{
    *s = cell->s;
    *n = cell->n;
    return cell->kind == CYN_CELL_BLOB || cyn_has_value(l->spec, s, n);
}

/* Bytes of all files. */
int64_t cyn_load_bytes(const cyn_loading *l)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < l->nfiles; i++)
        bytes += l->files[i].bytes;
    return bytes;
}

/* --- The first pass ------------------------------------------------------------------------ */

cyn_code cyn_load_grow_guesses(cyn_loading *l, cyn_err *err)
{
    if (l->guess_capacity < l->schema.capacity) {
        cyn_guess *guesses = CYN_NEW_ARRAY(l->work, l->schema.capacity, cyn_guess);
        if (!guesses) return cyn_nomem(err);
        if (l->nguesses) memcpy(guesses, l->guesses, l->nguesses * sizeof *guesses);
        l->guesses = guesses;
        l->guess_capacity = l->schema.capacity;
    }
    for (; l->nguesses < l->schema.count; l->nguesses++) {
        const char *field = l->schema.fields[l->nguesses].name;
        cyn_guess_init(&l->guesses[l->nguesses], cyn_field_wanted(l->spec, field));
    }
    return CYN_OK;
}

/* Remembers the value that left nothing but text, for the report. */
static cyn_code keep_spoiler(cyn_loading *l, size_t file, const cyn_source_row *row,
                             const cyn_source_cell *cell, cyn_guess *g, cyn_err *err)
{
    enum { SHOWN_MAX = 40 };
    int64_t column;
    const char *s = cell->s;
    size_t n = cell->n;
    cyn_trim(&s, &n);
    g->spoiler = cyn_strndup(l->work, s, cyn_utf8_cut(s, n, SHOWN_MAX));
    g->spoiler_kind = cell->kind;
    g->spoiler_file = l->files[file].shown;
    cyn_row_place(row, cell->at, &g->spoiler_line, &column);
    return g->spoiler ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_load_infer_row(cyn_loading *l, size_t file, const cyn_source_row *row, cyn_err *err)
{
    if (l->nguesses < l->schema.count) CYN_TRY(cyn_load_grow_guesses(l, err));
    for (size_t i = 0; i < row->ncells; i++) {
        const cyn_source_cell *cell = &row->cells[i];
        cyn_guess *g = &l->guesses[cell->field];
        const char *s;
        size_t n;
        if (row->bad || !has_value(l, cell, &s, &n)) continue;
        bool was_text = cyn_guess_is_text(g);
        cyn_guess_value(g, cell->kind, s, n, l->spec->tz);
        if (was_text || !cyn_guess_is_text(g)) continue;
        CYN_TRY(keep_spoiler(l, file, row, cell, g, err));
        l->spoiled++;
    }
    return CYN_OK;
}

/* Headers say what there is to find out. NDJSON has none: its fields come with its rows. */
static cyn_code read_headers(cyn_loading *l, bool *look, cyn_err *err)
{
    *look = l->spec->kind == CYN_SOURCE_NDJSON;
    if (*look) return CYN_OK;
    for (size_t i = 0; i < l->nfiles; i++) {
        cyn_reader *r;
        CYN_TRY(cyn_reader_open(&l->files[i], &l->schema, &r, err));
        if (i == 0) cyn_report_delimiter(&l->report, r->delimiter);
        cyn_reader_close(r);
    }
    for (uint32_t i = 0; i < l->schema.count && !*look; i++)
        *look = cyn_field_wanted(l->spec, l->schema.fields[i].name) != CYN_WANT_NOTHING;
    return CYN_OK;
}

/* --- The second pass ----------------------------------------------------------------------- */

static cyn_code reject(cyn_loading *l, size_t file, const cyn_source_row *row, size_t at,
                       const char *field, const char *reason, cyn_err *err)
{
    return cyn_report_bad(&l->report, file, row, at, field, reason, err);
}

/* A text is kept as it is, blanks and all: in a column of texts a blank one is a value too. */
static cyn_code set_text(cyn_loading *l, int32_t column, const cyn_source_cell *cell, cyn_err *err)
{
    const char *s;
    size_t n;
    if (!has_value(l, cell, &s, &n) && n > 0) return CYN_OK;
    bool ok = cyn_builder_text(l->builder, (size_t)column, cell->s, cell->n);
    return ok ? CYN_OK : cyn_nomem(err);
}

/* Sets the cell, or says in `reason` why it cannot be. */
static cyn_code set_cell(cyn_loading *l, int32_t column, const cyn_source_cell *cell, char *reason,
                         size_t size, cyn_err *err)
{
    const cyn_source_column *c = &l->columns.items[column];
    const char *s;
    size_t n;
    cyn_source_value v;
    bool ok;
    if (c->how.type == CYN_TEXT && cell->kind != CYN_CELL_BLOB)
        return set_text(l, column, cell, err);
    if (!has_value(l, cell, &s, &n)) return CYN_OK;
    if (cell->kind == CYN_CELL_BLOB) {
        if (!c->decl) return CYN_OK;
        snprintf(reason, size, "not %s %s: a blob of %zu bytes",
                 c->how.type == CYN_INTEGER ? "an" : "a", cyn_type_name(c->how.type), n);
        return CYN_OK;
    }
    if (!cyn_convert(&c->how, s, n, &v)) {
        cyn_convert_reason(&c->how, s, n, reason, size);
        return CYN_OK;
    }
    ok = c->how.type == CYN_REAL ? cyn_builder_f64(l->builder, (size_t)column, v.r)
                                 : cyn_builder_i64(l->builder, (size_t)column, v.i);
    return ok ? CYN_OK : cyn_nomem(err);
}

/* Texts come last: when they are reached the row is good, and no text of a bad row is kept. */
static cyn_code take_row(cyn_loading *l, size_t file, const cyn_source_row *row, cyn_err *err)
{
    char reason[200] = "";
    if (row->bad) return reject(l, file, row, row->bad_at, NULL, row->bad, err);
    for (int texts = 0; texts < 2; texts++) {
        for (size_t i = 0; i < row->ncells; i++) {
            const cyn_source_cell *cell = &row->cells[i];
            bool known = cell->field < l->columns.nfields;
            int32_t column = known ? l->columns.of_field[cell->field] : -1;
            if (column < 0 || (l->columns.items[column].how.type == CYN_TEXT) != texts) continue;
            CYN_TRY(set_cell(l, column, cell, reason, sizeof reason, err));
            if (!*reason) continue;
            cyn_builder_drop_row(l->builder);
            return reject(l, file, row, cell->at, l->columns.items[column].name, reason, err);
        }
    }
    cyn_report_good(&l->report, file, 1);
    return cyn_builder_end_row(l->builder, err);
}

cyn_code cyn_load_new_builder(cyn_loading *l, cyn_err *err)
{
    cyn_column_spec *specs = CYN_NEW_ARRAY(l->work, l->columns.count + 1, cyn_column_spec);
    if (!specs) return cyn_nomem(err);
    for (size_t i = 0; i < l->columns.count; i++) {
        const cyn_source_column *c = &l->columns.items[i];
        specs[i] = (cyn_column_spec){.name = c->name, .type = c->how.type, .scale = c->how.scale};
    }
    return cyn_builder_new(specs, l->columns.count, &l->builder, err);
}

/* --- All of it ----------------------------------------------------------------------------- */

cyn_code cyn_load_bind(cyn_loading *l, cyn_columns *columns, cyn_err *err)
{
    bool empty = l->spec->kind == CYN_SOURCE_NDJSON;
    return cyn_columns_bind(l->spec, &l->schema, l->guesses, empty, l->work, columns, err);
}

static cyn_code load_rows(cyn_loading *l, bool look, cyn_err *err)
{
    if (look) {
        l->total += cyn_load_bytes(l);
        CYN_TRY(cyn_load_each_file(l, cyn_load_infer_row, err));
    }
    CYN_TRY(cyn_load_grow_guesses(l, err));
    CYN_TRY(cyn_load_bind(l, &l->columns, err));
    CYN_TRY(cyn_load_new_builder(l, err));
    return cyn_load_each_file(l, take_row, err);
}

static cyn_code load(cyn_loading *l, cyn_table **table, cyn_err *err)
{
    bool look, done = false;
    CYN_TRY(cyn_source_files(l->spec, l->work, &l->files, &l->nfiles, err));
    for (size_t i = 0; i < l->nfiles; i++)
        l->files[i].cancel = l->progress ? l->progress->cancel : NULL;
    l->total = cyn_load_bytes(l);
    CYN_TRY(cyn_report_files(&l->report, l->files, l->nfiles, err));
    CYN_TRY(read_headers(l, &look, err));
    if (l->spec->kind != CYN_SOURCE_SQLITE && !l->spec->row_by_row)
        CYN_TRY(cyn_load_blocks(l, look, &done, err));
    if (!done) CYN_TRY(load_rows(l, look, err));
    CYN_TRY(cyn_report_limits(&l->report, l->spec, err));
    cyn_builder *b = l->builder;
    l->builder = NULL;
    return cyn_builder_finish(b, table, err);
}

cyn_code cyn_source_load(const cyn_source_spec *spec, const cyn_progress *progress,
                         cyn_arena *arena, cyn_table **table, cyn_load_report **report,
                         cyn_err *err)
{
    cyn_code rc;
    cyn_table *t = NULL;
    cyn_load_report *r = NULL;
    int64_t began = cyn_monotonic();
    cyn_loading l = {.spec = spec, .progress = progress, .work = cyn_arena_new(0)};
    if (!l.work) return cyn_nomem(err);
    cyn_schema_init(&l.schema, l.work);
    CYN_GOTO(cyn_report_start(&l.report, spec, arena, err));
    rc = load(&l, &t, err);
    if (rc != CYN_OK) cyn_context(err, "source '%s'", spec->name);
    r = cyn_report_finish(&l.report, spec, &l.columns, t, cyn_monotonic() - began);
    if (!r && rc == CYN_OK) rc = cyn_nomem(err);
done:
    cyn_builder_free(l.builder);
    cyn_arena_free(l.work);
    if (r) *report = r;
    if (rc == CYN_OK)
        *table = t;
    else
        cyn_table_unref(t);
    return rc;
}
