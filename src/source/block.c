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
    return CYN_OK;
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
    cyn_free(b->dropped);
    cyn_free(b->bad);
    cyn_free(b->late);
    cyn_free(b->kinds);
    cyn_free(b->spans);
    cyn_free(b->rows);
    cyn_free(b->marks);
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

/* The walk over the text of a block. */
typedef struct walk {
    cyn_parser *parser;
    cyn_block *block;
    size_t at;    /* where the next row begins */
    size_t plain; /* where texts without doubled quotes go */
    bool clean;   /* all text is known to be good UTF-8 */
} walk;

/* The row from `at` on is plain when its marks are delimiters, one less than the header has fields,
 * and then a line break: no quotes, neither more nor fewer fields. */
static bool is_plain(const walk *w, const uint32_t *marks)
{
    const cyn_block_layout *layout = w->block->layout;
    const char *s = w->block->text;
    size_t last = layout->width - 1;
    for (size_t i = 0; i < last; i++)
        if (s[marks[i]] != layout->delimiter) return false;
    return (s[marks[last]] == '\n' || s[marks[last]] == '\r');
}

static void take_plain(walk *w, const uint32_t *marks)
{
    cyn_block *b = w->block;
    size_t width = b->layout->width, end = marks[width - 1];
    cyn_block_span *spans = &b->spans[b->nrows * width];
    uint32_t from = (uint32_t)w->at;
    b->rows[b->nrows++] = (cyn_block_row){from, (uint32_t)(end - w->at), b->lines++};
    for (size_t i = 0; i < width; i++) {
        spans[i] = (cyn_block_span){from, marks[i] - from};
        from = marks[i] + 1;
    }
    w->at = end + 1 + (b->text[end] == '\r' && b->text[end + 1] == '\n');
}

static void take_scanned(walk *w, const cyn_source_row *row)
{
    cyn_block *b = w->block;
    const cyn_csv_scan *scan = &w->parser->scan;
    uint32_t from = (uint32_t)(row->text - b->text);
    cyn_block_span *spans = &b->spans[b->nrows * b->layout->width];
    b->rows[b->nrows++] = (cyn_block_row){from, (uint32_t)row->length, (uint32_t)row->line};
    for (size_t i = 0; i < b->layout->width; i++) {
        const cyn_csv_field *f = &scan->fields[i];
        spans[i] = (cyn_block_span){from + f->at, f->length};
        if (!f->doubled) continue;
        size_t n = cyn_csv_unquote(row->text + f->at, f->length, b->text + w->plain);
        spans[i] = (cyn_block_span){(uint32_t)w->plain, (uint32_t)n};
        w->plain += n;
    }
}

static cyn_code add_bad(walk *w, const cyn_source_row *row, cyn_err *err)
{
    cyn_block *b = w->block;
    cyn_block_row place = {(uint32_t)(row->text - b->text), (uint32_t)row->length,
                           (uint32_t)row->line};
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
    if (w->at < b->size) {
        w->at += 1 + (b->text[w->at] == '\r' && b->text[w->at + 1] == '\n');
        b->lines++;
    }
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
    cyn_source_row row = {.text = s, .length = scan->length, .line = b->lines};
    if (result != CYN_CSV_ROW) return take_quote_problem(w, result, &row, err);
    w->at += scan->used;
    b->lines += scan->quoted ? (uint32_t)cyn_count_breaks(s, row.length) + 1 : 1;
    if (cyn_csv_is_blank(scan, s)) return CYN_OK;
    if (!w->clean) cyn_csv_check_text(&row, reason);
    if (!row.bad) cyn_csv_check_width(scan, b->layout->width, &row, reason);
    if (row.bad) return add_bad(w, &row, err);
    take_scanned(w, &row);
    return CYN_OK;
}

static cyn_code find_rows(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    bool ascii;
    size_t width = b->layout->width, i = 0;
    if (!CYN_ROOM(b->marks, b->marks_room, b->size + CYN_CSV_SLACK)) return cyn_nomem(err);
    size_t count = cyn_csv_index(b->text, b->size, b->layout->delimiter, b->marks, &ascii);
    /* A good row takes as many marks as it has fields, but for the last, which may lack one. */
    if (!CYN_ROOM(b->rows, b->rows_room, count / width + 2) ||
        !CYN_ROOM(b->spans, b->spans_room, (count / width + 2) * width))
        return cyn_nomem(err);
    walk w = {.parser = p, .block = b, .plain = b->size + CYN_CSV_SLACK};
    w.clean = ascii || cyn_check_text(b->text, b->size) == b->size;
    bool may_be_plain = w.clean && width > 1; /* a row of one field may be blank, that is no row */
    while (w.at < b->size && !b->irregular) {
        if (may_be_plain && count - i >= width && is_plain(&w, &b->marks[i]))
            take_plain(&w, &b->marks[i]);
        else
            CYN_TRY(take_row(&w, err));
        while (i < count && b->marks[i] < w.at)
            i++;
    }
    return CYN_OK;
}

cyn_code cyn_block_parse(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    b->nrows = b->nbad = b->ndropped = 0;
    b->lines = 0;
    b->irregular = false;
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
    return CYN_OK;
}
