/* What the targets for formats of rows share: read all rows of bytes in memory, and check what a
 * reader promises about each. */
#pragma once
#include "promise.h"
#include "source/infer.h"
#include "source/reader.h"

typedef cyn_code (*open_reader)(const cyn_source_file *file, cyn_input *input, cyn_schema *schema,
                                cyn_reader **out, cyn_err *err);

static inline void check_row(const cyn_source_row *row, const cyn_schema *schema)
{
    int64_t line, column;
    PROMISE(row->text);
    PROMISE(row->bad || cyn_check_text(row->text, row->length) == row->length);
    PROMISE(!row->bad || row->ncells == 0);
    cyn_row_place(row, row->bad_at, &line, &column);
    PROMISE(line >= row->line && column >= 1);
    for (size_t i = 0; i < row->ncells; i++) {
        const cyn_source_cell *cell = &row->cells[i];
        const char *s = cell->s;
        size_t n = cell->n;
        cyn_guess guess;
        PROMISE(cell->n > 0 || cell->kind == CYN_CELL_STRING); /* "" is a text in JSON only */
        PROMISE(cell->field < schema->count && cell->at <= row->length);
        PROMISE(cyn_check_text(cell->s, cell->n) == cell->n);
        cyn_trim(&s, &n);
        cyn_guess_init(&guess, CYN_WANT_TYPE);
        if (n > 0) cyn_guess_value(&guess, cell->kind, s, n, NULL);
    }
}

static inline void read_rows(open_reader open, const cyn_source_file *file, const uint8_t *data,
                             size_t size)
{
    cyn_err err;
    cyn_input *input;
    cyn_reader *r = NULL;
    cyn_schema schema;
    cyn_source_row row;
    bool more = true;
    int64_t line = 0;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return;
    cyn_schema_init(&schema, arena);
    if (cyn_input_open_bytes(data, size, NULL, &input, &err) == CYN_OK &&
        open(file, input, &schema, &r, &err) == CYN_OK) {
        while (r->next(r, &row, &more, &err) == CYN_OK && more) {
            PROMISE(row.line > line); /* rows come in order, and none comes twice */
            line = row.line;
            check_row(&row, &schema);
        }
        cyn_reader_close(r);
    }
    cyn_arena_free(arena);
}
