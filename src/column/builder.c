#include "column/narrow_impl.h"
#include "column/table_impl.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Capacity is counted in words of validity bits, and is always one row ahead: the current row has
 * its place before any cell of it is set, so setting a value fails only where it needs a wider form
 * than all before it (narrow_impl.h). Cells that nobody set are zero, so that a table's bytes
 * depend on its rows only; rows are cleared a few words at a time before they are used, so that
 * what growing has in reserve costs addresses and no memory.
 *
 * What is expected is no promise: it is taken at its word for WORDS_TRUSTED, and beyond that as far
 * as the rows that there are make it likely. */
#define WORD_BITS 64
enum { WORDS_CLEARED = 64, WORDS_TRUSTED = 1 << 16, GROWTH_TRUSTED = 16 };

typedef struct growing {
    cyn_type type;
    uint8_t scale;
    cyn_form form;
    size_t present;   /* cells set, the current row's included */
    bool stray_texts; /* the dictionary may hold a text that no cell has */
    cyn_storage s;
} growing;

struct cyn_builder {
    size_t rows, words, width;
    size_t expected; /* words; 0: nobody knows */
    size_t cleared;  /* words before this one are zero where no row is yet */
    growing *columns;
};

static void *cells_at(const growing *c, size_t row)
{
    return (char *)c->s.values + row * c->form.size;
}

static bool enlarge(void **array, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return false;
    char *p = cyn_realloc(*array, bytes);
    if (!p) return false;
    *array = p;
    return true;
}

/* When an array fails, those before it are larger than b->words says, which does no harm. */
static bool reserve(cyn_builder *b, size_t words)
{
    if (words > SIZE_MAX / WORD_BITS) return false;
    for (size_t i = 0; i < b->width; i++) {
        cyn_storage *s = &b->columns[i].s;
        void *valid = s->valid;
        if (!enlarge(&valid, words, sizeof *s->valid)) return false;
        s->valid = valid;
        if (!enlarge(&s->values, words * WORD_BITS, b->columns[i].form.size)) return false;
    }
    b->words = words;
    return true;
}

/* Makes the words before `until` ready for rows; there is room for them. The cells of the rows
 * before `row` are about to be written, so that they need not be cleared. */
static void clear_words(cyn_builder *b, size_t row, size_t until)
{
    if (until <= b->cleared) return;
    const size_t first = row > b->cleared * WORD_BITS ? row : b->cleared * WORD_BITS;
    for (size_t i = 0; i < b->width; i++) {
        const growing *c = &b->columns[i];
        memset(cells_at(c, first), 0, (until * WORD_BITS - first) * c->form.size);
        memset(c->s.valid + b->cleared, 0, (until - b->cleared) * sizeof *c->s.valid);
    }
    b->cleared = until;
}

/* All that is expected, if it is enough and to be believed; else 0. */
static size_t trusted_words(const cyn_builder *b, size_t need)
{
    const size_t most =
        b->words > WORDS_TRUSTED / GROWTH_TRUSTED ? b->words * GROWTH_TRUSTED : WORDS_TRUSTED;
    const size_t words = b->expected < most ? b->expected : most;
    return words >= need ? words : 0;
}

/* Room for `rows` rows in all, and the current one behind them. */
static bool make_room(cyn_builder *b, size_t rows)
{
    size_t need = rows / WORD_BITS + 1, words = b->words ? b->words : 1;
    if (need <= b->words) return true;
    const size_t trusted = trusted_words(b, need);
    if (trusted > 0 && reserve(b, trusted)) return true;
    while (words < need) {
        if (words > SIZE_MAX / WORD_BITS / 2) return false;
        words *= 2;
    }
    return reserve(b, words);
}

static bool start(cyn_builder *b, const cyn_column_spec *specs, size_t n)
{
    b->columns = cyn_calloc(n, sizeof *b->columns);
    if (!b->columns) return false;
    b->width = n;
    for (size_t i = 0; i < n; i++) {
        growing *c = &b->columns[i];
        size_t length = strlen(specs[i].name);
        c->type = specs[i].type;
        c->scale = specs[i].scale;
        c->form = cyn_form_least(c->type);
        c->s.name = cyn_malloc(length + 1);
        if (!c->s.name) return false;
        memcpy(c->s.name, specs[i].name, length + 1);
    }
    if (!make_room(b, 0)) return false;
    clear_words(b, 0, 1);
    return true;
}

cyn_code cyn_builder_new(const cyn_column_spec *specs, size_t n, cyn_builder **out, cyn_err *err)
{
    cyn_builder *b = cyn_calloc(1, sizeof *b);
    if (!b || !start(b, specs, n)) {
        cyn_builder_free(b);
        return cyn_nomem(err);
    }
    *out = b;
    return CYN_OK;
}

void cyn_builder_free(cyn_builder *b)
{
    if (!b) return;
    for (size_t i = 0; i < b->width; i++)
        cyn_storage_clear(&b->columns[i].s);
    cyn_free(b->columns);
    cyn_free(b);
}

static bool is_set(const growing *c, size_t row)
{
    return c->s.valid[row / WORD_BITS] >> (row % WORD_BITS) & 1;
}

static void mark(growing *c, size_t row)
{
    uint64_t bit = UINT64_C(1) << (row % WORD_BITS), *word = &c->s.valid[row / WORD_BITS];
    c->present += !(*word & bit);
    *word |= bit;
}

static void unset(growing *c, size_t row)
{
    if (!is_set(c, row)) return;
    c->s.valid[row / WORD_BITS] &= ~(UINT64_C(1) << (row % WORD_BITS));
    c->present--;
    memset(cells_at(c, row), 0, c->form.size);
    if (c->type == CYN_TEXT) c->stray_texts = true;
}

/* All cells into the next wider form. What is in reserve is not copied. */
static bool widen(cyn_builder *b, growing *c)
{
    cyn_form wider = cyn_form_next(c->form);
    const size_t cells = b->cleared * WORD_BITS;
    void *values = NULL;
    if (!enlarge(&values, b->words * WORD_BITS, wider.size)) return false;
    memcpy(values, c->s.values, cells * c->form.size);
    cyn_form_widen(c->type, values, cells, c->form, wider);
    cyn_free(c->s.values);
    c->s.values = values;
    c->form = wider;
    return true;
}

/* Writes n cells as wide as their type in the column's form; false when that is too narrow. */
static bool write_cells(const growing *c, size_t at, const void *values, size_t n)
{
    void *to = cells_at(c, at);
    switch (c->type) {
    case CYN_TEXT: return cyn_form_put_codes(c->form, to, values, n);
    case CYN_INTEGER:
    case CYN_DECIMAL:
    case CYN_TIMESTAMP:
    case CYN_DATE: return cyn_form_put_integers(c->form, to, values, n);
    case CYN_REAL:
    case CYN_BOOLEAN: break;
    }
    if (n) memcpy(to, values, n * c->form.size);
    return true;
}

/* The same, in as wide a form as it takes. Where memory is exhausted the cells are zero again. */
static bool put_cells(cyn_builder *b, growing *c, size_t at, const void *values, size_t n)
{
    while (!write_cells(c, at, values, n)) {
        memset(cells_at(c, at), 0, n * c->form.size);
        if (!widen(b, c)) return false;
    }
    return true;
}

bool cyn_builder_text(cyn_builder *b, size_t col, const char *s, size_t n)
{
    growing *c = &b->columns[col];
    assert(col < b->width && c->type == CYN_TEXT);
    uint32_t code;
    if (!cyn_intern_code(&c->s.texts, s, n, &code)) return false;
    if (is_set(c, b->rows)) c->stray_texts = true;
    if (!put_cells(b, c, b->rows, &code, 1)) return false;
    mark(c, b->rows);
    return true;
}

bool cyn_builder_i64(cyn_builder *b, size_t col, int64_t v)
{
    growing *c = &b->columns[col];
    assert(col < b->width && c->type != CYN_TEXT && c->type != CYN_REAL);
    if (c->type == CYN_BOOLEAN)
        ((uint8_t *)c->s.values)[b->rows] = v != 0;
    else if (!put_cells(b, c, b->rows, &v, 1))
        return false;
    mark(c, b->rows);
    return true;
}

bool cyn_builder_f64(cyn_builder *b, size_t col, double v)
{
    growing *c = &b->columns[col];
    assert(col < b->width && c->type == CYN_REAL);
    if (isnan(v)) {
        unset(c, b->rows);
        return true;
    }
    ((double *)c->s.values)[b->rows] = v;
    mark(c, b->rows);
    return true;
}

cyn_code cyn_builder_end_row(cyn_builder *b, cyn_err *err)
{
    size_t next = (b->rows + 1) / WORD_BITS; /* the word of the row that comes now */
    if (next == b->cleared) {
        if (!make_room(b, b->rows + 1)) return cyn_nomem(err);
        clear_words(b, 0, b->words - next < WORDS_CLEARED ? b->words : next + WORDS_CLEARED);
    }
    b->rows++;
    return CYN_OK;
}

bool cyn_builder_code(cyn_builder *b, size_t col, const char *s, size_t n, uint32_t *code)
{
    assert(col < b->width && b->columns[col].type == CYN_TEXT);
    return cyn_intern_code(&b->columns[col].s.texts, s, n, code);
}

bool cyn_builder_codes(cyn_builder *b, size_t col, const cyn_dict *texts, uint32_t *codes)
{
    enum { TOGETHER = 64 };
    cyn_intern_text some[TOGETHER];
    assert(col < b->width && b->columns[col].type == CYN_TEXT);
    for (uint32_t first = 0; first < texts->count; first += TOGETHER) {
        uint32_t left = texts->count - first, here = left < TOGETHER ? left : TOGETHER;
        for (uint32_t i = 0; i < here; i++)
            some[i].s = cyn_dict_text(texts, first + i, &some[i].n);
        if (!cyn_intern_find_all(&b->columns[col].s.texts, some, here, codes + first)) return false;
    }
    return true;
}

/* n ≤ 64 bits from bit `at` on. */
static uint64_t get_bits(const uint64_t *words, size_t at, size_t n)
{
    size_t word = at / WORD_BITS, shift = at % WORD_BITS;
    uint64_t bits = words[word] >> shift;
    if (shift && shift + n > WORD_BITS) bits |= words[word + 1] << (WORD_BITS - shift);
    return n < WORD_BITS ? bits & ((UINT64_C(1) << n) - 1) : bits;
}

/* Copies bits over zeros; returns how many were set. */
static size_t copy_bits(uint64_t *to, size_t to_at, const uint64_t *from, size_t at, size_t n)
{
    size_t set = 0;
    for (size_t taken; n > 0; n -= taken, at += taken, to_at += taken) {
        size_t shift = to_at % WORD_BITS;
        taken = n < WORD_BITS - shift ? n : WORD_BITS - shift;
        uint64_t bits = get_bits(from, at, taken);
        to[to_at / WORD_BITS] |= bits << shift;
        set += (size_t)__builtin_popcountll(bits);
    }
    return set;
}

/* The rows from … from + rows of an array, behind those that there are. */
static bool append_cells(cyn_builder *b, growing *c, const void *values, size_t from, size_t rows)
{
    const char *first = (const char *)values + from * cyn_type_size(c->type);
    return put_cells(b, c, b->rows, first, rows);
}

/* The column as readers see it; its dictionary stays where s is. */
static cyn_column view(const cyn_storage *s, const growing *c)
{
    cyn_column column = {.name = s->name, .type = c->type, .scale = c->scale, .valid = s->valid};
    column.v.values = s->values;
    if (c->type == CYN_TEXT) column.dict = &s->dict;
    cyn_form_show(c->form, &column);
    return column;
}

/* Where the rows were to be nothing is. */
static void clear_rows(cyn_builder *b, size_t rows)
{
    for (size_t i = 0; i < b->width; i++)
        memset(cells_at(&b->columns[i], b->rows), 0, rows * b->columns[i].form.size);
}

/* Zones are looked at while their values are near. */
static void note_zones(cyn_builder *b)
{
    for (size_t i = 0; i < b->width; i++) {
        growing *c = &b->columns[i];
        const cyn_column column = view(&c->s, c);
        cyn_zones_note(&c->s.noted, &column, b->rows);
    }
}

cyn_code cyn_builder_append(cyn_builder *b, const cyn_builder_values *columns, size_t from,
                            size_t rows, cyn_err *err)
{
    if (rows > SIZE_MAX - b->rows - 1 || !make_room(b, b->rows + rows)) return cyn_nomem(err);
    cyn_builder_drop_row(b);
    clear_words(b, b->rows + rows, (b->rows + rows) / WORD_BITS + 1);
    for (size_t i = 0; i < b->width; i++) {
        if (append_cells(b, &b->columns[i], columns[i].values, from, rows)) continue;
        clear_rows(b, rows);
        return cyn_nomem(err);
    }
    for (size_t i = 0; i < b->width; i++) {
        growing *c = &b->columns[i];
        c->present += copy_bits(c->s.valid, b->rows, columns[i].valid, from, rows);
    }
    b->rows += rows;
    note_zones(b);
    return CYN_OK;
}

void cyn_builder_expect(cyn_builder *b, size_t rows)
{
    b->expected = rows < SIZE_MAX - WORD_BITS ? rows / WORD_BITS + 1 : 0;
}

void cyn_builder_drop_row(cyn_builder *b)
{
    for (size_t i = 0; i < b->width; i++)
        unset(&b->columns[i], b->rows);
}

size_t cyn_builder_rows(const cyn_builder *b)
{
    return b->rows;
}

/* Interns again what the rows hold, so that codes are dense and in order of first appearance. */
static bool drop_stray_texts(growing *c, size_t rows)
{
    enum { UNKNOWN = 0 };
    cyn_intern *before = &c->s.texts, after = {0};
    uint32_t *renamed = cyn_calloc(before->count, sizeof *renamed);
    cyn_column cells = view(&c->s, c);
    bool ok = renamed != NULL;
    for (size_t row = 0; ok && row < rows; row++) {
        if (!is_set(c, row)) continue;
        uint32_t old = cyn_column_code(&cells, row), *code = &renamed[old]; /* new code + 1 */
        if (*code == UNKNOWN) {
            uint64_t from = before->offset[old], to = before->offset[old + 1];
            ok = cyn_intern_code(&after, before->heap + from, (size_t)(to - from), code);
            ++*code;
        }
        ok = ok && cyn_form_put_codes(c->form, cells_at(c, row), &(uint32_t){*code - 1}, 1);
    }
    cyn_free(renamed);
    cyn_intern_clear(ok ? before : &after);
    if (ok) c->s.texts = after;
    return ok;
}

/* Gives back what growing had in reserve; where that fails the larger array does as well. */
static void trim(void **array, size_t bytes)
{
    void *p = cyn_realloc(*array, bytes);
    if (p) *array = p;
}

static size_t words_for(size_t rows)
{
    return rows / WORD_BITS + (rows % WORD_BITS != 0);
}

static bool freeze_storage(growing *c, size_t rows)
{
    cyn_storage *s = &c->s;
    if (c->type == CYN_TEXT) {
        if (c->stray_texts && !drop_stray_texts(c, rows)) return false;
        if (!cyn_intern_freeze(&s->texts)) return false;
        s->dict = cyn_intern_dict(&s->texts);
    }
    trim(&s->values, rows * c->form.size);
    if (c->present == rows) {
        cyn_free(s->valid);
        s->valid = NULL;
    } else {
        void *valid = s->valid;
        trim(&valid, words_for(rows) * sizeof *s->valid);
        s->valid = valid;
    }
    return true;
}

static size_t bytes_of(const cyn_column *c, size_t rows)
{
    size_t bytes = rows * cyn_column_size(c);
    if (c->valid) bytes += words_for(rows) * sizeof *c->valid;
    if (c->dict)
        bytes += ((size_t)c->dict->count + 1) * sizeof *c->dict->offset +
                 (size_t)c->dict->offset[c->dict->count];
    return bytes;
}

static cyn_table *freeze(cyn_builder *b)
{
    cyn_table *t = cyn_table_new(b->width);
    if (!t) return NULL;
    t->storage = cyn_calloc(b->width, sizeof *t->storage);
    bool ok = t->storage != NULL;
    t->rows = b->rows;
    for (size_t i = 0; ok && i < b->width; i++) {
        growing *c = &b->columns[i];
        ok = freeze_storage(c, b->rows);
        if (!ok) break;
        t->storage[i] = c->s; /* moved: the builder owns it no more */
        c->s = (cyn_storage){0};
        t->columns[i] = view(&t->storage[i], c);
        cyn_zones_finish(&t->storage[i].noted, &t->columns[i], t->rows);
        t->bytes += bytes_of(&t->columns[i], t->rows);
    }
    if (!ok) {
        cyn_table_unref(t);
        return NULL;
    }
    return t;
}

cyn_code cyn_builder_finish(cyn_builder *b, cyn_table **out, cyn_err *err)
{
    cyn_builder_drop_row(b); /* a row that was not ended is no row */
    cyn_table *t = freeze(b);
    cyn_builder_free(b);
    if (!t) return cyn_nomem(err);
    *out = t;
    return CYN_OK;
}
