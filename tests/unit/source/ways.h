/* Loading in blocks and row by row, and whether both give the same; and texts made up at random. */
#pragma once
#include "load.h"

static uint64_t state = 20;

static inline unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

#define PICK(list) (list)[below(sizeof(list) / sizeof *(list))]

typedef struct text {
    char s[60000];
    size_t n;
} text;

static inline void add(text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->n + n + 1 > sizeof t->s) exit(99);
    memcpy(t->s + t->n, s, n + 1);
    t->n += n;
}

static inline bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Missing ones are 0 in both. A row that was read and dropped may have made a column wider. */
static inline bool same_cell(const cyn_column *a, const cyn_column *b, size_t row)
{
    switch (a->type) {
    case CYN_TEXT: return cyn_column_code(a, row) == cyn_column_code(b, row);
    case CYN_BOOLEAN: return a->v.bit[row] == b->v.bit[row];
    case CYN_REAL: return memcmp(a->v.f64 + row, b->v.f64 + row, sizeof *a->v.f64) == 0;
    default: return cyn_column_integer(a, row) == cyn_column_integer(b, row);
    }
}

static inline bool same_values(const cyn_column *a, const cyn_column *b, size_t rows)
{
    if (!same_text(a->name, b->name) || a->type != b->type || a->scale != b->scale) return false;
    if (!a->valid != !b->valid) return false;
    for (size_t i = 0; i < rows; i++)
        if (!same_cell(a, b, i)) return false;
    if (a->valid && memcmp(a->valid, b->valid, (rows + 63) / 64 * 8) != 0) return false;
    if (a->type != CYN_TEXT) return true;
    const cyn_dict *x = a->dict, *y = b->dict;
    return x->count == y->count && memcmp(x->offset, y->offset, (x->count + 1) * 8) == 0 &&
           memcmp(x->heap, y->heap, x->offset[x->count]) == 0;
}

static inline bool same_tables(const cyn_table *a, const cyn_table *b)
{
    if (!a || !b) return a == b;
    size_t rows = cyn_table_rows(a), width = cyn_table_width(a);
    bool same = rows == cyn_table_rows(b) && width == cyn_table_width(b);
    for (size_t i = 0; same && i < width; i++)
        same = same_values(cyn_table_column(a, i), cyn_table_column(b, i), rows);
    return same;
}

static inline bool same_columns(const cyn_load_report *a, const cyn_load_report *b)
{
    bool same = a->ncolumns == b->ncolumns;
    for (size_t i = 0; same && i < a->ncolumns; i++) {
        const cyn_load_column *x = &a->columns[i], *y = &b->columns[i];
        same = same_text(x->name, y->name) && same_text(x->from, y->from) && x->type == y->type &&
               x->scale == y->scale && x->declared == y->declared && x->missing == y->missing &&
               same_text(x->why, y->why) && x->facts.values == y->facts.values &&
               x->facts.can == y->facts.can && x->facts.whole == y->facts.whole &&
               x->facts.fraction == y->facts.fraction;
    }
    return same;
}

static inline bool same_bad_rows(const cyn_load_report *a, const cyn_load_report *b)
{
    bool same = a->nbad_rows == b->nbad_rows;
    for (size_t i = 0; same && i < a->nbad_rows; i++) {
        const cyn_bad_row *x = &a->bad_rows[i], *y = &b->bad_rows[i];
        same = same_text(x->file, y->file) && x->line == y->line && x->column == y->column &&
               same_text(x->field, y->field) && same_text(x->reason, y->reason) &&
               same_text(x->text, y->text);
    }
    return same;
}

static inline bool same_reports(const cyn_load_report *a, const cyn_load_report *b)
{
    if (!a || !b) return a == b;
    bool same = a->rows == b->rows && a->bad == b->bad && a->without_time == b->without_time &&
                a->has_time == b->has_time && a->first_time == b->first_time &&
                a->last_time == b->last_time && a->nfiles == b->nfiles &&
                same_text(a->delimiter, b->delimiter);
    for (size_t i = 0; same && i < a->nfiles; i++)
        same = a->files[i].rows == b->files[i].rows && a->files[i].bad == b->files[i].bad;
    return same && same_columns(a, b) && same_bad_rows(a, b);
}

static inline bool same_loads(const loaded *a, const loaded *b)
{
    bool same =
        a->rc == b->rc && same_tables(a->table, b->table) && same_reports(a->report, b->report);
    if (a->rc != CYN_OK) same = same && strcmp(a->err.message, b->err.message) == 0;
    return same;
}

/* Loads one way and the other; says which way differs. */
static inline void check_ways(cyn_source_spec spec, const char *what, unsigned number)
{
    static const size_t blocks[] = {8, 30, 100, 1000, 0};
    loaded plain, fast;
    spec.row_by_row = true;
    load_in(&plain, spec, "America/New_York");
    spec.row_by_row = false;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        spec.block_bytes = blocks[i];
        spec.threads = i == 4 ? 0 : (unsigned)(1 + (number + i) % 3);
        load_in(&fast, spec, "America/New_York");
        bool same = same_loads(&plain, &fast);
        if (!same)
            printf("# %s %u, blocks of %zu, %u threads: %s\n", what, number, blocks[i],
                   spec.threads, failure(&fast));
        CHECK(same);
        unload(&fast);
    }
    unload(&plain);
}

/* Writes a file of so many columns, each with the habit that its number names; every `strange`th
 * value or so breaks it, and every `broken`th row is none (0: never). */
typedef void (*make_file)(text *t, unsigned columns, const unsigned *habits, unsigned rows,
                          unsigned strange, unsigned broken);
enum { HABITS = 7, COLUMNS_MAX = 10 };

/* Sources of one to three made-up files. What is declared is in all of them. */
static inline void check_files(const char *what, unsigned tries, unsigned strange, unsigned broken,
                               cyn_source_spec spec, make_file make, unsigned columns)
{
    static text t;
    static const char *const paths[] = {"0.txt", "1.txt", "2.txt"};
    spec.paths = paths;
    for (unsigned i = 0; i < tries; i++) {
        unsigned habits[COLUMNS_MAX];
        spec.npaths = 1 + below(3);
        for (unsigned c = 0; c < columns; c++)
            habits[c] = below(HABITS);
        for (size_t f = 0; f < spec.npaths; f++) {
            unsigned width = spec.ncolumns > 0 ? columns : 1 + below(columns);
            make(&t, width, habits, below(150), strange, broken);
            put(paths[f], t.s, t.n);
        }
        check_ways(spec, what, i);
    }
}
