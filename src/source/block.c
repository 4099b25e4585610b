#include "source/block_impl.h"
#include "source/csv_index.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cyn_block_room(void *array, size_t *room, size_t count, size_t size)
{
    size_t bytes, more = count + count / 4;
    void *p;
    if (count <= *room) return true;
    if (__builtin_mul_overflow(more, size, &bytes)) return false;
    memcpy(&p, array, sizeof p);
    p = cyn_realloc(p, bytes);
    if (!p) return false;
    memcpy(array, &p, sizeof p);
    *room = more;
    return true;
}

/* Each parser has a schema of its own, so that fields can be met without a lock. */
static cyn_code copy_schema(cyn_parser *p, const cyn_schema *schema, cyn_err *err)
{
    p->arena = cyn_arena_new(0);
    if (!p->arena) return cyn_nomem(err);
    cyn_schema_init(&p->schema, p->arena);
    p->line.schema = &p->schema;
    for (size_t i = 0; i < p->nfields; i++) {
        uint32_t number;
        const cyn_source_field *f = &schema->fields[i];
        CYN_TRY(cyn_schema_field(&p->schema, f->name, f->length, &number, err));
    }
    return cyn_ndjson_keys_init(&p->keys, &p->schema, (uint32_t)p->nfields, p->columns->of_field,
                                (uint32_t)p->columns->count, err);
}

static cyn_code copy_guesses(cyn_parser *p, const cyn_guess *guesses, cyn_err *err)
{
    p->guesses = cyn_calloc(p->nfields, sizeof *p->guesses);
    if (!p->guesses) return cyn_nomem(err);
    for (size_t i = 0; i < p->nfields; i++) {
        cyn_guess_init(&p->guesses[i], guesses[i].want);
        p->guesses[i].can = guesses[i].can;
    }
    return CYN_OK;
}

cyn_code cyn_parser_init(cyn_parser *p, const cyn_source_spec *spec, const cyn_columns *columns,
                         const cyn_schema *schema, const cyn_guess *guesses, size_t nfields,
                         cyn_err *err)
{
    cyn_code rc = CYN_OK;
    *p = (cyn_parser){.spec = spec, .columns = columns, .nfields = nfields};
    cyn_quick_clock_init(&p->clock, spec->tz);
    p->texts = cyn_calloc(columns->count, sizeof *p->texts);
    if (!p->texts) return cyn_nomem(err);
    if (guesses) CYN_GOTO(copy_guesses(p, guesses, err));
    if (spec->kind == CYN_SOURCE_NDJSON) CYN_GOTO(copy_schema(p, schema, err));
done:
    if (rc != CYN_OK) cyn_parser_clear(p);
    return rc;
}

void cyn_parser_clear(cyn_parser *p)
{
    for (size_t i = 0; p->texts && i < p->columns->count; i++)
        cyn_intern_clear(&p->texts[i]);
    cyn_free(p->texts);
    cyn_free(p->guesses);
    cyn_csv_scan_clear(&p->scan);
    cyn_ndjson_clear(&p->line);
    cyn_free(p->stops);
    if (p->arena) cyn_arena_free(p->arena);
    *p = (cyn_parser){0};
}

cyn_code cyn_block_reserve(cyn_block *b, size_t size, cyn_err *err)
{
    size_t capacity = 2 * size + 2 * CYN_CSV_SLACK;
    if (capacity <= b->capacity) return CYN_OK;
    char *text = cyn_realloc(b->text, capacity);
    if (!text) return cyn_nomem(err);
    b->text = text;
    b->capacity = capacity;
    return CYN_OK;
}

void cyn_block_clear(cyn_block *b)
{
    for (size_t i = 0; i < b->nvalues; i++) {
        cyn_free(b->values[i].values);
        cyn_free(b->values[i].valid);
        cyn_free(b->values[i].offset);
        cyn_free(b->values[i].heap);
    }
    cyn_free(b->values);
    cyn_free(b->fillings);
    cyn_free(b->dropped);
    cyn_free(b->bad);
    cyn_free(b->late);
    cyn_free(b->cells);
    cyn_free(b->ends);
    cyn_free(b->marks);
    cyn_free(b->rows);
    cyn_free(b->text);
    *b = (cyn_block){0};
}

cyn_block_bad *cyn_block_add_bad(cyn_block *b, cyn_block_row row)
{
    if (!CYN_ROOM(b->bad, b->bad_room, b->nbad + 1)) return NULL;
    cyn_block_bad *bad = &b->bad[b->nbad++];
    *bad = (cyn_block_bad){.row = row};
    return bad;
}

static int by_place(const void *a, const void *b)
{
    const cyn_block_bad *x = a, *y = b;
    return (x->row.at > y->row.at) - (x->row.at < y->row.at);
}

/* --- Rows of CSV ------------------------------------------------------------------------------ */

/* The walk over the text of a block. Good rows' marks are moved to the front, so that they lie as
 * many together as the header has fields. */
typedef struct walk {
    cyn_parser *parser;
    cyn_block *block;
    cyn_csv_marks found;
    size_t at;   /* where the next row begins */
    size_t mark; /* the first of its marks */
    bool clean;  /* all text is known to be good UTF-8 */
} walk;

static bool is_blank(const char *s, size_t n)
{
    cyn_trim(&s, &n);
    return n == 0;
}

/* Behind the line break at `last`. */
static size_t behind_break(const char *s, size_t last)
{
    return last + 1 + (s[last] == '\r' && s[last + 1] == '\n');
}

/* Where all rows are as wide as the header, as they mostly are: then every `width`th mark ends a
 * row, and none but these. False, and nothing taken, where it is not so. */
static bool take_all(walk *w)
{
    cyn_block *b = w->block;
    const char *s = b->text;
    size_t width = b->layout->width, rows = w->found.nends, at = 0;
    if (width == 1 || w->found.count != rows * width) return false; /* one field may be blank */
    for (size_t i = 0; i < rows; i++) {
        size_t last = b->marks[(i + 1) * width - 1];
        if (s[last] == b->layout->delimiter) return false;
        b->rows[i] = (cyn_block_row){(uint32_t)at, (uint32_t)(last - at)};
        at = behind_break(s, last);
    }
    b->nrows = rows;
    w->at = b->size;
    return true;
}

/* Whether the next marks are those of a row as wide as the header. */
static bool is_whole(const walk *w)
{
    const cyn_block *b = w->block;
    const uint32_t *mark = b->marks + w->mark;
    size_t last = b->layout->width - 1;
    if (w->found.count - w->mark <= last) return false;
    for (size_t i = 0; i < last; i++)
        if (b->text[mark[i]] != b->layout->delimiter) return false;
    return b->text[mark[last]] != b->layout->delimiter;
}

/* Rows as wide as the header, as long as one comes behind the other. */
static void take_plain(walk *w)
{
    cyn_block *b = w->block;
    const char *s = b->text;
    size_t width = b->layout->width;
    for (; is_whole(w); w->mark += width) {
        size_t last = b->marks[w->mark + width - 1];
        if (width == 1 && is_blank(s + w->at, last - w->at)) return;
        uint32_t *to = b->marks + b->nrows * width;
        if (to != b->marks + w->mark) memmove(to, b->marks + w->mark, width * sizeof *to);
        b->rows[b->nrows++] = (cyn_block_row){(uint32_t)w->at, (uint32_t)(last - w->at)};
        w->at = behind_break(s, last);
    }
}

static void take_scanned(walk *w, const cyn_source_row *row)
{
    cyn_block *b = w->block;
    const cyn_csv_scan *scan = &w->parser->scan;
    size_t width = b->layout->width;
    uint32_t from = (uint32_t)(row->text - b->text);
    uint32_t *marks = b->marks + b->nrows * width;
    b->rows[b->nrows++] = (cyn_block_row){from, (uint32_t)row->length};
    for (size_t i = 0; i < width; i++) {
        const cyn_csv_field *f = &scan->fields[i];
        marks[i] = from + f->at + f->length + f->quoted;
    }
}

static cyn_code add_bad(walk *w, const cyn_source_row *row, cyn_err *err)
{
    cyn_block *b = w->block;
    cyn_block_row place = {(uint32_t)(row->text - b->text), (uint32_t)row->length};
    cyn_block_bad *bad = cyn_block_add_bad(b, place);
    if (!bad) return cyn_nomem(err);
    bad->problem = row->bad_at;
    bad->quote = !row->bad;
    bad->opened = w->parser->scan.opened;
    if (row->bad) snprintf(bad->reason, sizeof bad->reason, "%s", row->bad);
    return CYN_OK;
}

/* A row whose quotes are wrong costs its line; where it has several, the reader's rules for what is
 * read again are needed. */
static cyn_code take_quote_problem(walk *w, cyn_csv_result result, cyn_source_row *row,
                                   cyn_err *err)
{
    cyn_block *b = w->block;
    if (result != CYN_CSV_BEHIND_QUOTE || cyn_count_breaks(row->text, row->length) > 0) {
        b->irregular = true;
        return CYN_OK;
    }
    row->bad_at = w->parser->scan.problem;
    w->at += row->length;
    if (w->at < b->size) w->at = behind_break(b->text, w->at);
    return add_bad(w, row, err);
}

/* Any row, as the reader takes it. */
static cyn_code take_row(walk *w, cyn_err *err)
{
    cyn_block *b = w->block;
    cyn_csv_scan *scan = &w->parser->scan;
    const char *s = b->text + w->at;
    char reason[CYN_CSV_REASON];
    cyn_csv_result result = cyn_csv_scan_row(scan, s, b->size - w->at, true);
    if (result == CYN_CSV_NOMEM) return cyn_nomem(err);
    cyn_source_row row = {.text = s, .length = scan->length};
    if (result != CYN_CSV_ROW) return take_quote_problem(w, result, &row, err);
    w->at += scan->used;
    if (cyn_csv_is_blank(scan, s)) return CYN_OK;
    if (!w->clean) cyn_csv_check_text(&row, reason);
    if (!row.bad) cyn_csv_check_width(scan, b->layout->width, &row, reason);
    if (row.bad) return add_bad(w, &row, err);
    take_scanned(w, &row);
    return CYN_OK;
}

/* The last row of a file need not end with a line break. */
static void end_last_row(walk *w)
{
    const cyn_block *b = w->block;
    cyn_csv_marks *m = &w->found;
    size_t last = m->count ? m->at[m->count - 1] : 0;
    bool ended =
        m->count && b->text[last] != b->layout->delimiter && behind_break(b->text, last) == b->size;
    if (b->size == 0 || ended) return;
    m->at[m->count++] = (uint32_t)b->size;
    m->nends++;
}

/* Leaves behind the marks of what the scanner has read. */
static void catch_up(walk *w)
{
    const cyn_csv_marks *m = &w->found;
    while (w->mark < m->count && m->at[w->mark] < w->at)
        w->mark++;
}

static cyn_code find_rows(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    if (!CYN_ROOM(b->marks, b->marks_room, b->size + CYN_CSV_SLACK)) return cyn_nomem(err);
    walk w = {.parser = p, .block = b, .found = {.at = b->marks}};
    cyn_csv_index(b->text, b->size, b->layout->delimiter, &w.found);
    if (!CYN_ROOM(b->rows, b->rows_room, (size_t)w.found.breaks + 1)) return cyn_nomem(err);
    w.clean = w.found.ascii || cyn_check_text(b->text, b->size) == b->size;
    b->lines = w.found.breaks;
    bool indexed = w.clean && w.found.regular;
    if (indexed) end_last_row(&w);
    if (indexed && take_all(&w)) return CYN_OK;
    while (w.at < b->size && !b->irregular) {
        if (indexed) take_plain(&w);
        if (w.at < b->size) CYN_TRY(take_row(&w, err));
        if (indexed) catch_up(&w);
    }
    return CYN_OK;
}

/* The lines of bad rows, which come in order: counted only where there are any. */
static void number_lines(const cyn_parser *p, cyn_block *b)
{
    size_t at = 0;
    uint32_t line = 0;
    for (size_t i = 0; i < b->nbad; i++) {
        const char *s = b->text + at;
        size_t n = b->bad[i].row.at - at;
        line += (uint32_t)(p->spec->kind == CYN_SOURCE_NDJSON ? cyn_count_feeds(s, n)
                                                              : cyn_count_breaks(s, n));
        b->bad[i].line = line;
        at += n;
    }
}

cyn_code cyn_block_parse(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    b->nrows = b->nbad = b->ndropped = 0;
    b->lines = 0;
    b->irregular = false;
    b->plain = b->size + CYN_CSV_SLACK;
    memset(b->text + b->size, 0, CYN_CSV_SLACK);
    if (p->spec->kind == CYN_SOURCE_NDJSON) {
        uint64_t began = p->schema.stamp;
        CYN_TRY(cyn_block_lines(p, b, err));
        CYN_TRY(cyn_block_late(p, b, began, err));
    } else {
        cyn_csv_scan_delimiter(&p->scan, b->layout->delimiter);
        CYN_TRY(find_rows(p, b, err));
    }
    if (b->irregular) return CYN_OK;
    CYN_TRY(cyn_block_cells(p, b, err));
    if (b->nbad > 1) qsort(b->bad, b->nbad, sizeof *b->bad, by_place);
    number_lines(p, b);
    return CYN_OK;
}
