/* Cells of a block: each column in one loop, by the quick reading of its type where that will do,
 * else by the same steps as a cell that comes with its row. */
#include "source/block_impl.h"
#include <stdio.h>
#include <string.h>

enum { WORD_BITS = 64 };

/* One column of the header on its way into one column of the table. */
typedef struct filling {
    cyn_parser *parser;
    cyn_block *block;
    size_t place; /* in the header */
    const cyn_source_column *column;
    cyn_block_values *to;
    cyn_guess *guess; /* NULL: nothing to find out */
    bool quick;       /* quick readings say all there is to say */
    uint8_t kind;     /* NDJSON: of the cells for which they do */
} filling;

static const char *text_of(const filling *f, size_t row, size_t *n)
{
    const cyn_block_span *span = &f->block->spans[row * f->block->layout->width + f->place];
    *n = span->n;
    return f->block->text + span->at;
}

static cyn_cell_kind kind_of(const filling *f, size_t row)
{
    const uint8_t *kinds = f->block->kinds;
    if (!kinds) return CYN_CELL_PLAIN;
    return (cyn_cell_kind)kinds[row * f->block->layout->width + f->place];
}

static void mark(cyn_block_values *to, size_t row)
{
    to->valid[row / WORD_BITS] |= UINT64_C(1) << row % WORD_BITS;
}

/* A cell that is not what its column wants. */
typedef struct misfit {
    const cyn_source_column *column;
    const char *s;
    size_t n, at; /* at: in the row */
} misfit;

/* Where the field begins in its row is not kept; bad cells are few, so that it is found again. */
static bool find_in_csv(filling *f, const cyn_block_row *r, misfit *m)
{
    cyn_block *b = f->block;
    cyn_csv_scan *scan = &f->parser->scan;
    cyn_csv_result result = cyn_csv_scan_row(scan, b->text + r->at, b->size - r->at, true);
    if (result != CYN_CSV_ROW) return false;
    m->at = scan->fields[f->place].at;
    return true;
}

/* A line of JSON has its keys in any order; the first misfit in it is the one to name. */
static bool find_in_line(filling *f, const cyn_block_row *r, misfit *m)
{
    cyn_parser *p = f->parser;
    cyn_source_row row = {.text = f->block->text + r->at, .length = r->length};
    cyn_source_value v;
    if (cyn_ndjson_read(&p->line, &row, true, NULL) != CYN_OK) return false;
    for (size_t i = 0; i < row.ncells; i++) {
        const cyn_source_cell *cell = &row.cells[i];
        int32_t column = cell->field < p->columns->nfields ? p->columns->of_field[cell->field] : -1;
        *m = (misfit){.s = cell->s, .n = cell->n, .at = cell->at};
        if (column < 0) continue;
        m->column = &p->columns->items[column];
        if (m->column->how.type == CYN_TEXT || !cyn_has_value(p->spec, &m->s, &m->n)) continue;
        if (!cyn_convert(&m->column->how, m->s, m->n, &v)) return true;
    }
    return false;
}

static cyn_code drop_row(filling *f, size_t row, const char *s, size_t n, cyn_err *err)
{
    cyn_block *b = f->block;
    const cyn_block_row *r = &b->rows[row];
    misfit m = {.column = f->column, .s = s, .n = n};
    if (b->ndropped == 0) {
        size_t words = b->nrows / WORD_BITS + 1;
        if (!CYN_ROOM(b->dropped, b->dropped_room, words)) return cyn_nomem(err);
        memset(b->dropped, 0, words * sizeof *b->dropped);
    }
    bool found = b->kinds ? find_in_line(f, r, &m) : find_in_csv(f, r, &m);
    cyn_block_bad *bad = found ? cyn_block_add_bad(b, *r) : NULL;
    if (!bad) return cyn_nomem(err);
    bad->problem = m.at;
    bad->field = m.column->name;
    cyn_convert_reason(&m.column->how, m.s, m.n, bad->reason, sizeof bad->reason);
    b->dropped[row / WORD_BITS] |= UINT64_C(1) << row % WORD_BITS;
    b->ndropped++;
    return CYN_OK;
}

/* Any cell of any type but TEXT. */
static cyn_code read_cell(filling *f, size_t row, cyn_err *err)
{
    size_t n;
    const char *s = text_of(f, row, &n);
    cyn_source_value v;
    if (!cyn_has_value(f->parser->spec, &s, &n)) return CYN_OK;
    if (f->guess) cyn_guess_value(f->guess, kind_of(f, row), s, n, f->parser->spec->tz);
    if (cyn_block_is_dropped(f->block, row)) return CYN_OK;
    if (!cyn_convert(&f->column->how, s, n, &v)) return drop_row(f, row, s, n, err);
    if (f->column->how.type == CYN_REAL)
        ((double *)f->to->values)[row] = v.r;
    else if (f->column->how.type == CYN_BOOLEAN)
        ((uint8_t *)f->to->values)[row] = v.i != 0;
    else
        ((int64_t *)f->to->values)[row] = v.i;
    mark(f->to, row);
    return CYN_OK;
}

/* What a quick number tells inference: that it is one, and how long. */
static void count_number(filling *f, const cyn_quick_number *q)
{
    cyn_guess *g = f->guess;
    if (!g) return;
    g->values++;
    if (q->nwhole > g->nwhole) g->nwhole = q->nwhole;
    if (q->nfraction > g->nfraction) g->nfraction = q->nfraction;
}

/* The loops differ in the one line that reads a value. */
#define EACH_ROW(f, type, quickly)                                                                 \
    do {                                                                                           \
        type *values = (f)->to->values;                                                            \
        for (size_t row = 0; row < (f)->block->nrows; row++) {                                     \
            size_t n;                                                                              \
            const char *s = text_of((f), row, &n);                                                 \
            values[row] = 0;                                                                       \
            if (n == 0) continue;                                                                  \
            if ((f)->quick && kind_of((f), row) == (f)->kind && (quickly))                         \
                mark((f)->to, row);                                                                \
            else                                                                                   \
                CYN_TRY(read_cell((f), row, err));                                                 \
        }                                                                                          \
    } while (0)

static bool quick_integer(filling *f, const char *s, size_t n, int64_t *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || q.nfraction > 0) return false;
    count_number(f, &q);
    *out = q.digits;
    return true;
}

static bool quick_decimal(filling *f, const char *s, size_t n, int64_t *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || !cyn_quick_decimal(&q, f->column->how.scale, out))
        return false;
    count_number(f, &q);
    return true;
}

static bool quick_real(filling *f, const char *s, size_t n, double *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || !cyn_quick_real(&q, out)) return false;
    count_number(f, &q);
    return true;
}

static bool count_value(filling *f)
{
    if (f->guess) f->guess->values++;
    return true;
}

static bool quick_date(filling *f, const char *s, size_t n, int64_t *out)
{
    return cyn_quick_date(&f->parser->clock, s, n, out) && count_value(f);
}

static bool quick_instant(filling *f, const char *s, size_t n, int64_t *out)
{
    return cyn_quick_instant(&f->parser->clock, s, n, out) && count_value(f);
}

static bool quick_boolean(filling *f, const char *s, size_t n, uint8_t *out)
{
    bool yes = n == 4 && memcmp(s, "true", 4) == 0, no = n == 5 && memcmp(s, "false", 5) == 0;
    *out = yes;
    return (yes || no) && count_value(f);
}

static cyn_code read_values(filling *f, cyn_err *err)
{
    switch (f->column->how.type) {
    case CYN_INTEGER: EACH_ROW(f, int64_t, quick_integer(f, s, n, &values[row])); break;
    case CYN_DECIMAL: EACH_ROW(f, int64_t, quick_decimal(f, s, n, &values[row])); break;
    case CYN_REAL: EACH_ROW(f, double, quick_real(f, s, n, &values[row])); break;
    case CYN_DATE: EACH_ROW(f, int64_t, quick_date(f, s, n, &values[row])); break;
    case CYN_TIMESTAMP: EACH_ROW(f, int64_t, quick_instant(f, s, n, &values[row])); break;
    case CYN_BOOLEAN: EACH_ROW(f, uint8_t, quick_boolean(f, s, n, &values[row])); break;
    case CYN_TEXT: break;
    }
    return CYN_OK;
}

/* True for a text that goes into the column: a blank one does, one that means missing does not.
 * What is between two delimiters may be nothing, what is between quotes in JSON is a text. */
static bool is_kept(const filling *f, size_t row, const char *s, size_t n)
{
    const cyn_source_spec *spec = f->parser->spec;
    cyn_cell_kind kind = kind_of(f, row);
    if (n == 0 && kind == CYN_CELL_PLAIN) return false;
    bool value = true;
    if (f->guess || spec->nmissing > 0) {
        value = cyn_has_value(spec, &s, &n);
        if (value && f->guess && cyn_guess_is_text(f->guess))
            f->guess->values++;
        else if (value && f->guess)
            cyn_guess_value(f->guess, kind, s, n, spec->tz);
    }
    return (value || n == 0) && !cyn_block_is_dropped(f->block, row);
}

/* Copies the texts that are new since `known`: the dictionary goes on growing. */
static bool keep_fresh(const cyn_intern *in, cyn_block_values *to)
{
    to->fresh = in->count - to->known;
    if (to->fresh == 0) return true;
    uint64_t from = in->offset[to->known], bytes = in->offset[in->count] - from;
    if (!CYN_ROOM(to->offset, to->offset_room, (size_t)to->fresh + 1) ||
        !CYN_ROOM(to->heap, to->heap_room, bytes + 1))
        return false;
    memcpy(to->heap, in->heap + from, bytes);
    for (uint32_t i = 0; i <= to->fresh; i++)
        to->offset[i] = in->offset[to->known + i] - from;
    return true;
}

/* A few rows at a time, so that the searches of their texts wait for memory together. */
static cyn_code read_texts(filling *f, cyn_err *err)
{
    enum { TOGETHER = 16 };
    cyn_intern *in = &f->parser->texts[f->to - f->block->values];
    uint32_t *codes = f->to->values;
    cyn_intern_key keys[TOGETHER];
    bool kept[TOGETHER];
    f->to->known = in->count;
    for (size_t first = 0; first < f->block->nrows; first += TOGETHER) {
        size_t left = f->block->nrows - first, count = left < TOGETHER ? left : TOGETHER;
        for (size_t i = 0; i < count; i++) {
            size_t n;
            const char *s = text_of(f, first + i, &n);
            codes[first + i] = 0;
            kept[i] = is_kept(f, first + i, s, n);
            if (!kept[i]) continue;
            keys[i] = cyn_intern_key_padded(s, n);
            cyn_intern_prefetch(in, &keys[i]);
        }
        for (size_t i = 0; i < count; i++) {
            if (!kept[i]) continue;
            if (!cyn_intern_find(in, &keys[i], &codes[first + i])) return cyn_nomem(err);
            mark(f->to, first + i);
        }
    }
    return keep_fresh(in, f->to) ? CYN_OK : cyn_nomem(err);
}

static bool is_text(const filling *f)
{
    return f->column->how.type == CYN_TEXT;
}

/* The kind of JSON value of which inference thinks as of a plain one, where the type is this. */
static cyn_cell_kind quick_kind(cyn_type type)
{
    switch (type) {
    case CYN_INTEGER:
    case CYN_DECIMAL:
    case CYN_REAL: return CYN_CELL_NUMBER;
    case CYN_BOOLEAN: return CYN_CELL_BOOLEAN;
    case CYN_TEXT:
    case CYN_DATE:
    case CYN_TIMESTAMP: break;
    }
    return CYN_CELL_STRING;
}

/* False when no column of the table comes from this place of the header. */
static bool begin(filling *f, cyn_parser *p, cyn_block *b, size_t place)
{
    uint32_t field = b->layout->numbers[place];
    int32_t column = p->columns->of_field[field];
    if (column < 0) return false;
    *f = (filling){.parser = p, .block = b, .place = place};
    f->column = &p->columns->items[column];
    f->to = &b->values[column];
    cyn_guess *g = p->guesses ? &p->guesses[field] : NULL;
    f->guess = g && g->want != CYN_WANT_NOTHING ? g : NULL;
    f->quick = !f->column->how.format && !f->column->how.epoch && p->spec->nmissing == 0 &&
               !(f->guess && g->want == CYN_WANT_SCALE);
    f->kind = (uint8_t)(b->kinds ? quick_kind(f->column->how.type) : CYN_CELL_PLAIN);
    return true;
}

/* All columns are empty at first: a file need not have all. */
static bool empty_columns(const cyn_parser *p, cyn_block *b)
{
    size_t count = p->columns->count, words = b->nrows / WORD_BITS + 1, before = b->values_room;
    if (!CYN_ROOM(b->values, b->values_room, count)) return false;
    if (b->values_room > before)
        memset(b->values + before, 0, (b->values_room - before) * sizeof *b->values);
    b->nvalues = b->values_room;
    for (size_t i = 0; i < count; i++) {
        cyn_block_values *v = &b->values[i];
        char *bytes = v->values;
        bool ok = cyn_block_room(&bytes, &v->room, b->nrows + 1, sizeof(int64_t));
        v->values = bytes;
        if (!ok || !CYN_ROOM(v->valid, v->valid_room, words)) return false;
        memset(v->valid, 0, words * sizeof *v->valid);
        v->fresh = 0;
    }
    return true;
}

/* Those that the header lacks: their values must be 0 where they are missing. */
static void clear_absent(const cyn_parser *p, cyn_block *b)
{
    for (size_t i = 0; i < p->columns->count; i++)
        memset(b->values[i].values, 0, b->nrows * sizeof(int64_t));
}

cyn_code cyn_block_cells(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    filling f;
    size_t taken = 0;
    if (!empty_columns(p, b)) return cyn_nomem(err);
    for (size_t i = 0; i < b->layout->width; i++)
        taken += begin(&f, p, b, i);
    if (taken < p->columns->count) clear_absent(p, b);
    /* Texts come last: no text of a row that is bad gets into the dictionary. */
    for (int texts = 0; texts < 2; texts++) {
        for (size_t i = 0; i < b->layout->width; i++) {
            if (!begin(&f, p, b, i) || is_text(&f) != texts) continue;
            CYN_TRY(texts ? read_texts(&f, err) : read_values(&f, err));
        }
    }
    return CYN_OK;
}
