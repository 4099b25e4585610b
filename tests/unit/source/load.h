/* Loads small files that a test writes itself, and shows what came of them as text. */
#pragma once
#include "source/source.h"
#include "test.h"
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct loaded {
    cyn_arena *arena;
    cyn_tz *tz;
    cyn_table *table;
    cyn_load_report *report;
    cyn_code rc;
    cyn_err err;
} loaded;

static char folder[64]; /* of this test program */

static inline const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void begin(void)
{
    snprintf(folder, sizeof folder, "/tmp/cyn-source-XXXXXX");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(99);
    }
}

static inline int end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0) return 99;
    return test_end();
}

static inline void put(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(path_of(name), "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0) {
        perror(name);
        exit(99);
    }
}

static inline void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static inline cyn_source_spec spec_of(cyn_source_kind kind)
{
    return (cyn_source_spec){
        .name = "t", .kind = kind, .base = folder, .bad_limit = -1, .bad_share = -1};
}

static inline void load_in(loaded *l, cyn_source_spec spec, const char *zone)
{
    *l = (loaded){.arena = cyn_arena_new(0)};
    if (cyn_tz_load(zone, &l->tz, &l->err) != CYN_OK) exit(99);
    spec.tz = l->tz;
    l->rc = cyn_source_load(&spec, NULL, l->arena, &l->table, &l->report, &l->err);
}

/* Loads one path of the test's folder. */
static inline void load_path(loaded *l, cyn_source_spec spec, const char *path)
{
    spec.paths = &path;
    spec.npaths = 1;
    load_in(l, spec, "UTC");
}

static inline void load_csv(loaded *l, const char *text)
{
    put_text("t.csv", text);
    load_path(l, spec_of(CYN_SOURCE_CSV), "t.csv");
}

static inline void load_ndjson(loaded *l, const char *text)
{
    put_text("t.ndjson", text);
    load_path(l, spec_of(CYN_SOURCE_NDJSON), "t.ndjson");
}

static inline void unload(loaded *l)
{
    cyn_table_unref(l->table);
    cyn_tz_free(l->tz);
    cyn_arena_free(l->arena);
}

static inline void print_cell(const cyn_column *c, size_t row, char *out, size_t size)
{
    if (!cyn_column_has(c, row)) {
        snprintf(out, size, "nil");
        return;
    }
    switch (c->type) {
    case CYN_TEXT: {
        uint32_t code = cyn_column_code(c, row);
        snprintf(out, size, "%.*s", (int)(c->dict->offset[code + 1] - c->dict->offset[code]),
                 c->dict->heap + c->dict->offset[code]);
        return;
    }
    case CYN_REAL: snprintf(out, size, "%.17g", c->v.f64[row]); return;
    case CYN_BOOLEAN: snprintf(out, size, "%s", c->v.bit[row] ? "true" : "false"); return;
    case CYN_TIMESTAMP: cyn_format_instant(cyn_column_integer(c, row), NULL, out, size); return;
    case CYN_DATE: cyn_format_date(cyn_column_integer(c, row), out, size); return;
    case CYN_DECIMAL:
        snprintf(out, size, "%" PRId64 "/%d", cyn_column_integer(c, row), c->scale);
        return;
    case CYN_INTEGER: snprintf(out, size, "%" PRId64, cyn_column_integer(c, row)); return;
    }
}

/* "a:integer=1|2|nil b:text=x|y|z" */
static inline const char *shown(const loaded *l)
{
    static char out[1600];
    size_t n = 0;
    char cell[512];
    if (l->rc != CYN_OK) return l->err.message;
    for (size_t i = 0; i < cyn_table_width(l->table); i++) {
        const cyn_column *c = cyn_table_column(l->table, i);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s:%s", i ? " " : "", c->name,
                              cyn_type_name(c->type));
        for (size_t row = 0; row < cyn_table_rows(l->table) && n < 1000; row++) {
            print_cell(c, row, cell, sizeof cell);
            n += (size_t)snprintf(out + n, sizeof out - n, "%c%s", row ? '|' : '=', cell);
        }
    }
    out[n] = '\0';
    return out;
}

/* The n-th bad row: "t.csv:3:5 amount: not a decimal: 'x'" */
static inline const char *bad_row(const loaded *l, size_t n)
{
    static char out[600];
    if (!l->report || n >= l->report->nbad_rows) return "(no such bad row)";
    const cyn_bad_row *b = &l->report->bad_rows[n];
    snprintf(out, sizeof out, "%s:%" PRId64 ":%" PRId64 " %s: %s", b->file, b->line, b->column,
             b->field ? b->field : "-", b->reason);
    return out;
}

static inline const char *failure(const loaded *l)
{
    static char out[1500];
    if (l->rc == CYN_OK) return "(no failure)";
    cyn_err_format(&l->err, out, sizeof out);
    return out;
}

/* Loads text and compares all of the table. */
#define CHECK_CSV(text, want)                                                                      \
    do {                                                                                           \
        loaded l_;                                                                                 \
        load_csv(&l_, (text));                                                                     \
        CHECK_STR(shown(&l_), (want));                                                             \
        unload(&l_);                                                                               \
    } while (0)

#define CHECK_NDJSON(text, want)                                                                   \
    do {                                                                                           \
        loaded l_;                                                                                 \
        load_ndjson(&l_, (text));                                                                  \
        CHECK_STR(shown(&l_), (want));                                                             \
        unload(&l_);                                                                               \
    } while (0)

/* Loads text whose first bad row is this one. */
#define CHECK_BAD(load, text, want)                                                                \
    do {                                                                                           \
        loaded l_;                                                                                 \
        load(&l_, (text));                                                                         \
        CHECK_STR(bad_row(&l_, 0), (want));                                                        \
        unload(&l_);                                                                               \
    } while (0)

#define CHECK_FAILS(load, text, want)                                                              \
    do {                                                                                           \
        loaded l_;                                                                                 \
        load(&l_, (text));                                                                         \
        CHECK_STR(failure(&l_), (want));                                                           \
        unload(&l_);                                                                               \
    } while (0)
