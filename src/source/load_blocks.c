/* Loading faster, where it can be. The types are guessed from the first rows, all of it is
 * converted in blocks (blocks.h), and every value is looked at on the way: where the guess was
 * right, as it nearly always is, that was the only pass. Where it was not, the types are known by
 * then, and a second pass converts. Tables and reports are the same as row by row. */
#include "source/blocks.h"
#include "source/loading.h"
#include <string.h>

enum { ROWS_PEEKED = 4096 };

/* Whether more rows may tell more. A field that is text stays text; and CSV has no fields but those
 * of its header. */
static bool may_learn(const cyn_loading *l)
{
    bool more = l->spec->kind != CYN_SOURCE_CSV;
    for (uint32_t i = 0; i < l->nguesses && !more; i++) {
        const cyn_guess *g = &l->guesses[i];
        more = g->want != CYN_WANT_NOTHING && !cyn_guess_is_text(g);
    }
    return more;
}

static cyn_code peek_row(cyn_loading *l, size_t file, const cyn_source_row *row, cyn_err *err)
{
    CYN_TRY(cyn_load_infer_row(l, file, row, err));
    l->enough = --l->sought <= 0 || !may_learn(l);
    return CYN_OK;
}

/* Fields that were text in the first rows of all. */
static cyn_code note_settled(cyn_loading *l, cyn_err *err)
{
    l->settled = CYN_NEW_ARRAY(l->work, (size_t)l->nguesses + 1, bool);
    if (!l->settled) return cyn_nomem(err);
    l->nsettled = l->nguesses;
    for (uint32_t i = 0; i < l->nguesses; i++)
        l->settled[i] = cyn_guess_is_text(&l->guesses[i]);
    return CYN_OK;
}

/* Guesses from the first rows of every file, so that a column that only some have is guessed too.
 * Of NDJSON the first file's have to do: fields are numbered in the order in which all rows have
 * them. */
static cyn_code peek(cyn_loading *l, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    /* Small blocks are for tests, whose guesses must have a chance to be wrong. */
    size_t small = l->spec->block_bytes / 8;
    size_t files = l->spec->kind == CYN_SOURCE_CSV ? l->nfiles : 1;
    int64_t rows = small > 0 && small < ROWS_PEEKED ? (int64_t)small : ROWS_PEEKED;
    l->quiet = true;
    for (size_t i = 0; i < files; i++) {
        l->enough = false;
        l->sought = rows / (int64_t)files + 1;
        CYN_GOTO(cyn_load_each_row(l, i, peek_row, err));
        if (i == 0) CYN_GOTO(note_settled(l, err));
    }
done:
    l->quiet = l->enough = false;
    return rc;
}

static bool is_settled(const cyn_loading *l, uint32_t field)
{
    return field < l->nsettled && l->settled[field];
}

static cyn_code check_blocks(void *self, int64_t done, cyn_err *err)
{
    return cyn_load_check_in(self, done, err);
}

/* found: NULL when the types are known. */
static cyn_code convert_blocks(cyn_loading *l, cyn_guess *found, bool *irregular, cyn_err *err)
{
    cyn_builder_free(l->builder);
    l->builder = NULL;
    cyn_report_again(&l->report);
    CYN_TRY(cyn_load_new_builder(l, err));
    cyn_blocks_job job = {.spec = l->spec,
                          .files = l->files,
                          .nfiles = l->nfiles,
                          .schema = &l->schema,
                          .columns = &l->columns,
                          .guesses = found ? l->guesses : NULL,
                          .nfields = l->nguesses,
                          .builder = l->builder,
                          .report = &l->report,
                          .check_in = check_blocks,
                          .self = l};
    CYN_TRY(cyn_blocks_load(&job, l->work, found, irregular, err));
    l->done_before += cyn_load_bytes(l);
    return CYN_OK;
}

static cyn_code seek_row(cyn_loading *l, size_t file, const cyn_source_row *row, cyn_err *err)
{
    CYN_TRY(cyn_load_infer_row(l, file, row, err));
    l->enough = l->spoiled == l->sought;
    return CYN_OK;
}

/* Threads that share the rows know that a field is text, but not which value was the first to say
 * so: reads on until there is one for each such field. */
static cyn_code seek_spoilers(cyn_loading *l, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    cyn_guess *found = l->guesses;
    l->guesses = CYN_NEW_ARRAY(l->work, l->guess_capacity, cyn_guess);
    if (!l->guesses) return cyn_nomem(err);
    l->spoiled = l->sought = 0;
    for (uint32_t i = 0; i < l->nguesses; i++) {
        bool seek = found[i].want == CYN_WANT_TYPE && found[i].can == 0 && !is_settled(l, i);
        cyn_guess_init(&l->guesses[i], seek ? CYN_WANT_TYPE : CYN_WANT_NOTHING);
        l->sought += seek;
    }
    if (l->sought > 0) {
        l->total += cyn_load_bytes(l);
        CYN_GOTO(cyn_load_each_file(l, seek_row, err));
    }
    for (uint32_t i = 0; i < l->nguesses; i++) {
        if (!cyn_guess_is_text(&l->guesses[i])) continue;
        l->guesses[i].values = found[i].values;
        found[i] = l->guesses[i];
    }
done:
    l->enough = false;
    l->guesses = found;
    return rc;
}

/* The guesses of the first rows become those of all. */
static cyn_code settle(cyn_loading *l, cyn_guess *found, cyn_err *err)
{
    for (uint32_t i = 0; i < l->nguesses; i++) {
        int64_t values = found[i].values;
        if (!is_settled(l, i)) l->guesses[i] = found[i];
        l->guesses[i].values = values;
    }
    return seek_spoilers(l, err);
}

static bool same_names(const cyn_columns *a, const cyn_columns *b)
{
    bool same = a->count == b->count && a->nunread == b->nunread;
    for (size_t i = 0; same && i < a->count + a->nunread; i++)
        same = strcmp(a->items[i].name, b->items[i].name) == 0;
    return same;
}

static bool same_columns(const cyn_columns *a, const cyn_columns *b)
{
    bool same = same_names(a, b);
    for (size_t i = 0; same && i < a->count; i++)
        same = a->items[i].how.type == b->items[i].how.type &&
               a->items[i].how.scale == b->items[i].how.scale;
    return same;
}

/* What was found, with room for fields that came up meanwhile; of those nothing is known yet. */
static cyn_code grow_found(cyn_loading *l, cyn_guess **found, uint32_t known, cyn_err *err)
{
    CYN_TRY(cyn_load_grow_guesses(l, err));
    if (l->nguesses == known) return CYN_OK;
    cyn_guess *more = CYN_NEW_ARRAY(l->work, l->nguesses, cyn_guess);
    if (!more) return cyn_nomem(err);
    memcpy(more, l->guesses, l->nguesses * sizeof *more);
    if (known) memcpy(more, *found, known * sizeof *more);
    *found = more;
    return CYN_OK;
}

/* Converts under guessed types. Where keys of NDJSON turn out to be columns that nothing told
 * before (they came up late, or as objects first), once more with them. */
static cyn_code convert_guessed(cyn_loading *l, cyn_guess **found, bool *irregular, cyn_err *err)
{
    for (bool again = true; again;) {
        cyn_columns columns = {0};
        uint32_t known = l->nguesses;
        *found = CYN_NEW_ARRAY(l->work, (size_t)known + 1, cyn_guess);
        if (!*found) return cyn_nomem(err);
        CYN_TRY(convert_blocks(l, *found, irregular, err));
        CYN_TRY(grow_found(l, found, known, err));
        *irregular = *irregular || cyn_load_bind(l, &columns, NULL) != CYN_OK;
        if (*irregular) return CYN_OK;
        again = !same_names(&l->columns, &columns);
        l->columns = columns;
        if (again) l->total += cyn_load_bytes(l);
    }
    return CYN_OK;
}

/* One pass under guessed types, and another one where the guess was wrong. */
static cyn_code guess_and_convert(cyn_loading *l, bool *irregular, cyn_err *err)
{
    cyn_columns columns = {0};
    cyn_guess *found;
    CYN_TRY(convert_guessed(l, &found, irregular, err));
    if (*irregular) return CYN_OK;
    CYN_TRY(settle(l, found, err));
    CYN_TRY(cyn_load_bind(l, &columns, err));
    bool right = same_columns(&l->columns, &columns);
    l->columns = columns;
    if (right) return CYN_OK;
    l->total += cyn_load_bytes(l);
    return convert_blocks(l, NULL, irregular, err);
}

/* Leaves *done false where reading row by row has to say what the result is. */
cyn_code cyn_load_blocks(cyn_loading *l, bool look, bool *done, cyn_err *err)
{
    bool irregular = false;
    cyn_code rc;
    if (look) CYN_TRY(peek(l, err));
    if (l->schema.count == 0) return CYN_OK; /* no object has a key */
    CYN_TRY(cyn_load_grow_guesses(l, err));
    if (cyn_load_bind(l, &l->columns, NULL) == CYN_OK) {
        rc =
            look ? guess_and_convert(l, &irregular, err) : convert_blocks(l, NULL, &irregular, err);
        *done = rc == CYN_OK && !irregular;
        if (*done) return CYN_OK;
        if (rc != CYN_OK && !look) return rc;
    } else {
        rc = CYN_OK;
    }
    cyn_builder_free(l->builder);
    l->builder = NULL;
    cyn_report_again(&l->report);
    l->columns = (cyn_columns){0};
    l->nguesses = 0;
    if (irregular) l->total += cyn_load_bytes(l);
    l->done_before = l->total - cyn_load_bytes(l);
    return rc;
}
