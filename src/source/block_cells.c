/* Cells of a block: a few rows at a time, of which each column is one loop, by the quick reading of
 * its type where that will do, else by the same steps as a cell that comes with its row. The text
 * of so few rows stays in the nearest cache while all their columns are read. */
#include "source/block_impl.h"
#include <stdio.h>
#include <string.h>

enum { WORD_BITS = 64 };

/* What is done for each cell is compiled into its loop, once for CSV, whose cells are between marks
 * and of one kind, and once for NDJSON; what is seldom done stays outside of it. */
#define LOOP   static inline __attribute__((always_inline))
#define SELDOM static __attribute__((noinline))

/* One column of the header on its way into one column of the table. */
typedef struct cyn_filling {
    cyn_parser *parser;
    cyn_block *block;
    size_t place; /* in the header */
    const cyn_source_column *column;
    const cyn_block_cell *cells; /* NDJSON: the column's first; NULL: CSV */
    size_t stride;               /* from row to row, in cells or marks */
    cyn_block_values *to;
    cyn_guess *guess; /* NULL: nothing to find out */
    bool quick;       /* quick readings say all there is to say */
    uint32_t kind;    /* of the cells for which they do */
} filling;

static bool is_text(const filling *f)
{
    return f->column->how.type == CYN_TEXT;
}

/* A cell's text, and what kind of value it is in JSON. */
typedef struct cell {
    const char *s;
    uint32_t n, kind;
} cell;

/* What is between quotes, of which each one inside is written twice. Each cell is read once, so
 * that there is room for all that is. */
SELDOM cell unquote(cyn_block *b, const char *s, size_t n)
{
    if (memchr(s, '"', n)) {
        char *to = b->text + b->plain;
        n = cyn_csv_unquote(s, n, to);
        b->plain += n;
        s = to;
    }
    return (cell){s, (uint32_t)n, CYN_CELL_PLAIN};
}

/* Goes down the cells of a column, from row to row. */
typedef struct cursor {
    cyn_block *block;
    const char *text;
    const cyn_block_cell *cell; /* NDJSON */
    const uint32_t *end;        /* CSV: the mark behind the cell */
    const cyn_block_row *row;   /* CSV: of the first column, which no mark is before; else NULL */
    size_t stride;
} cursor;

static inline cursor begin_at(const filling *f, size_t first)
{
    const cyn_block *b = f->block;
    cursor c = {.block = f->block, .text = b->text, .stride = f->stride};
    if (f->cells) {
        c.cell = f->cells + first * f->stride;
    } else {
        c.end = b->marks + first * f->stride + f->place;
        c.row = f->place == 0 ? b->rows + first : NULL;
    }
    return c;
}

LOOP cell next_cell(cursor *c, bool csv)
{
    const char *text = c->text;
    if (!csv) {
        const cyn_block_cell *at = c->cell;
        c->cell += c->stride;
        return (cell){text + at->at, at->n, at->kind};
    }
    uint32_t from = c->row ? c->row++->at : c->end[-1] + 1, n = *c->end - from;
    c->end += c->stride;
    if (n > 0 && text[from] == '"') return unquote(c->block, text + from + 1, n - 2);
    return (cell){text + from, n, CYN_CELL_PLAIN};
}

/* As many rows as have their bits in one word. */
static size_t rows_from(const filling *f, size_t first)
{
    size_t left = f->block->nrows - first;
    return left < WORD_BITS ? left : WORD_BITS;
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
        const cyn_source_cell *at = &row.cells[i];
        int32_t column = at->field < p->columns->nfields ? p->columns->of_field[at->field] : -1;
        *m = (misfit){.s = at->s, .n = at->n, .at = at->at};
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
    bool found = f->cells ? find_in_line(f, r, &m) : find_in_csv(f, r, &m);
    cyn_block_bad *bad = found ? cyn_block_add_bad(b, *r) : NULL;
    if (!bad) return cyn_nomem(err);
    bad->problem = m.at;
    bad->field = m.column->name;
    cyn_convert_reason(&m.column->how, m.s, m.n, bad->reason, sizeof bad->reason);
    b->dropped[row / WORD_BITS] |= UINT64_C(1) << row % WORD_BITS;
    b->ndropped++;
    return CYN_OK;
}

/* Any cell of any type but TEXT; *some: it has a value. */
SELDOM cyn_code read_cell(filling *f, size_t row, cell c, bool *some, cyn_err *err)
{
    const char *s = c.s;
    size_t n = c.n;
    cyn_source_value v;
    if (!cyn_has_value(f->parser->spec, &s, &n)) return CYN_OK;
    if (f->guess) cyn_guess_value(f->guess, (cyn_cell_kind)c.kind, s, n, f->parser->spec->tz);
    if (cyn_block_is_dropped(f->block, row)) return CYN_OK;
    if (!cyn_convert(&f->column->how, s, n, &v)) return drop_row(f, row, s, n, err);
    if (f->column->how.type == CYN_REAL)
        ((double *)f->to->values)[row] = v.r;
    else if (f->column->how.type == CYN_BOOLEAN)
        ((uint8_t *)f->to->values)[row] = v.i != 0;
    else
        ((int64_t *)f->to->values)[row] = v.i;
    *some = true;
    return CYN_OK;
}

/* What a quick number tells inference: that it is one, and how long. */
LOOP void count_number(filling *f, const cyn_quick_number *q)
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
        cursor next = begin_at((f), first);                                                        \
        bool quick = (f)->quick;                                                                   \
        uint32_t kind = (f)->kind;                                                                 \
        type *values = (type *)(f)->to->values + first;                                            \
        size_t rows = rows_from((f), first);                                                       \
        uint64_t valid = 0;                                                                        \
        for (size_t i = 0; i < rows; i++) {                                                        \
            const cell c = next_cell(&next, csv);                                                  \
            values[i] = 0;                                                                         \
            if (c.n == 0) continue;                                                                \
            bool some = quick && (csv || c.kind == kind) && (quickly);                             \
            if (!some) CYN_TRY(read_cell((f), first + i, c, &some, err));                          \
            valid |= (uint64_t)some << i;                                                          \
        }                                                                                          \
        (f)->to->valid[first / WORD_BITS] = valid;                                                 \
    } while (0)

LOOP bool quick_integer(filling *f, const char *s, size_t n, int64_t *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || q.nfraction > 0) return false;
    count_number(f, &q);
    *out = q.digits;
    return true;
}

LOOP bool quick_decimal(filling *f, const char *s, size_t n, int64_t *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || !cyn_quick_decimal(&q, f->column->how.scale, out))
        return false;
    count_number(f, &q);
    return true;
}

LOOP bool quick_real(filling *f, const char *s, size_t n, double *out)
{
    cyn_quick_number q;
    if (!cyn_quick_scan(s, n, &q) || !cyn_quick_real(&q, out)) return false;
    count_number(f, &q);
    return true;
}

LOOP bool count_value(filling *f)
{
    if (f->guess) f->guess->values++;
    return true;
}

LOOP bool quick_date(filling *f, const char *s, size_t n, int64_t *out)
{
    return cyn_quick_date(&f->parser->clock, s, n, out) && count_value(f);
}

LOOP bool quick_instant(filling *f, const char *s, size_t n, int64_t *out)
{
    return cyn_quick_instant(&f->parser->clock, s, n, out) && count_value(f);
}

LOOP bool quick_boolean(filling *f, const char *s, size_t n, uint8_t *out)
{
    bool yes = n == 4 && memcmp(s, "true", 4) == 0, no = n == 5 && memcmp(s, "false", 5) == 0;
    *out = yes;
    return (yes || no) && count_value(f);
}

LOOP cyn_code read_word(filling *f, size_t first, bool csv, cyn_err *err)
{
    switch (f->column->how.type) {
    case CYN_INTEGER: EACH_ROW(f, int64_t, quick_integer(f, c.s, c.n, &values[i])); break;
    case CYN_DECIMAL: EACH_ROW(f, int64_t, quick_decimal(f, c.s, c.n, &values[i])); break;
    case CYN_REAL: EACH_ROW(f, double, quick_real(f, c.s, c.n, &values[i])); break;
    case CYN_DATE: EACH_ROW(f, int64_t, quick_date(f, c.s, c.n, &values[i])); break;
    case CYN_TIMESTAMP: EACH_ROW(f, int64_t, quick_instant(f, c.s, c.n, &values[i])); break;
    case CYN_BOOLEAN: EACH_ROW(f, uint8_t, quick_boolean(f, c.s, c.n, &values[i])); break;
    case CYN_TEXT: break;
    }
    return CYN_OK;
}

/* The rows from `first` on that have their bits in one word. */
static cyn_code read_values(filling *f, size_t first, cyn_err *err)
{
    return f->cells ? read_word(f, first, false, err) : read_word(f, first, true, err);
}

/* True for a text that goes into the column: a blank one does, one that means missing does not.
 * What is between two delimiters may be nothing, what is between quotes in JSON is a text. */
SELDOM bool is_kept(const filling *f, size_t row, cell c)
{
    const cyn_source_spec *spec = f->parser->spec;
    const char *s = c.s;
    size_t n = c.n;
    if (n == 0 && c.kind == CYN_CELL_PLAIN) return false;
    bool value = true;
    if (f->guess || spec->nmissing > 0) {
        value = cyn_has_value(spec, &s, &n);
        if (value && f->guess) cyn_guess_value(f->guess, (cyn_cell_kind)c.kind, s, n, spec->tz);
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
        !CYN_ROOM(to->heap, to->heap_room, bytes + CYN_INTERN_LOAD))
        return false;
    memcpy(to->heap, in->heap + from, bytes);
    for (uint32_t i = 0; i <= to->fresh; i++)
        to->offset[i] = in->offset[to->known + i] - from;
    return true;
}

/* The texts to keep of these rows, one behind the other; returns the rows' bits. `quick`: any text
 * is kept, and nothing but how many there are is to be found out. */
LOOP uint64_t choose_texts(const filling *f, bool quick, size_t first, size_t rows, bool csv,
                           cyn_intern_text *texts)
{
    cursor next = begin_at(f, first);
    size_t count = 0, values = 0;
    uint64_t kept = 0;
    for (size_t i = 0; i < rows; i++) {
        const cell c = next_cell(&next, csv);
        bool plain = quick && c.n > 0 && (unsigned char)*c.s > ' ';
        values += plain;
        bool keep = plain || is_kept(f, first + i, c);
        texts[count] = (cyn_intern_text){c.s, c.n};
        count += keep;
        kept |= (uint64_t)keep << i;
    }
    if (f->guess) f->guess->values += (int64_t)values;
    return kept;
}

/* Codes that lie one behind the other go to the rows whose bits are set. */
static void spread_codes(uint32_t *codes, size_t rows, uint64_t kept)
{
    size_t next = (size_t)__builtin_popcountll(kept);
    if (next == rows) return;
    for (size_t i = rows; i-- > 0;)
        codes[i] = kept >> i & 1 ? codes[--next] : 0;
}

static cyn_intern *texts_of(const filling *f)
{
    return &f->parser->texts[f->to - f->block->values];
}

static cyn_code read_texts(filling *f, size_t first, cyn_err *err)
{
    cyn_intern_text texts[WORD_BITS];
    bool quick = (!f->guess || cyn_guess_is_text(f->guess)) && f->parser->spec->nmissing == 0 &&
                 f->block->ndropped == 0;
    uint32_t *codes = (uint32_t *)f->to->values + first;
    size_t rows = rows_from(f, first);
    uint64_t kept = f->cells ? choose_texts(f, quick, first, rows, false, texts)
                             : choose_texts(f, quick, first, rows, true, texts);
    if (!cyn_intern_find_all(texts_of(f), texts, (size_t)__builtin_popcountll(kept), codes))
        return cyn_nomem(err);
    spread_codes(codes, rows, kept);
    f->to->valid[first / WORD_BITS] = kept;
    return CYN_OK;
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
    bool csv = p->spec->kind == CYN_SOURCE_CSV;
    *f = (filling){.parser = p, .block = b, .place = place};
    f->column = &p->columns->items[column];
    f->cells = csv || b->nrows == 0 ? NULL : b->cells + column;
    f->stride = csv ? b->layout->width : p->columns->count;
    f->to = &b->values[column];
    cyn_guess *g = p->guesses ? &p->guesses[field] : NULL;
    f->guess = g && g->want != CYN_WANT_NOTHING ? g : NULL;
    f->quick = !f->column->how.format && !f->column->how.epoch && p->spec->nmissing == 0 &&
               !(f->guess && g->want == CYN_WANT_SCALE);
    f->kind = csv ? CYN_CELL_PLAIN : quick_kind(f->column->how.type);
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

/* Lists what is to be filled; *count is how many. Texts come last, so that of a row that is bad
 * none gets into the dictionary. */
static bool list_fillings(cyn_parser *p, cyn_block *b, size_t *count)
{
    size_t width = b->layout->width, n = 0;
    if (!CYN_ROOM(b->fillings, b->fillings_room, width + 1)) return false;
    for (int texts = 0; texts < 2; texts++)
        for (size_t i = 0; i < width; i++)
            if (begin(&b->fillings[n], p, b, i) && is_text(&b->fillings[n]) == texts) n++;
    *count = n;
    return true;
}

cyn_code cyn_block_cells(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    size_t count;
    if (!empty_columns(p, b) || !list_fillings(p, b, &count)) return cyn_nomem(err);
    if (count < p->columns->count) clear_absent(p, b);
    const filling *end = b->fillings + count;
    for (filling *f = b->fillings; f < end; f++)
        if (is_text(f)) f->to->known = texts_of(f)->count;
    for (size_t first = 0; first < b->nrows; first += WORD_BITS)
        for (filling *f = b->fillings; f < end; f++)
            CYN_TRY(is_text(f) ? read_texts(f, first, err) : read_values(f, first, err));
    for (filling *f = b->fillings; f < end; f++)
        if (is_text(f) && !keep_fresh(texts_of(f), f->to)) return cyn_nomem(err);
    return CYN_OK;
}
