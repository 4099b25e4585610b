/* Rows of a block of NDJSON: each line is taken apart on its own, and its cells find their places
 * by the numbers of their fields. */
#include "source/block_impl.h"
#include "source/csv_index.h"
#include <stdio.h>
#include <string.h>

/* More cells than this in one block (of very wide rows that are nearly empty) take more memory than
 * they are worth: the file is read row by row. */
enum { CELLS_MAX = 1 << 20 };

/* The walk over the text of a block. */
typedef struct walk {
    cyn_parser *parser;
    cyn_block *block;
    bool clean; /* all text is known to be good UTF-8 */
} walk;

/* Where the cell's text is in the block; texts that were escaped are copied there. */
static uint32_t place(cyn_block *b, const cyn_source_row *row, const cyn_source_cell *cell)
{
    if (cell->s >= row->text && cell->s < row->text + row->length)
        return (uint32_t)(cell->s - b->text);
    if (cell->n > 0) memcpy(b->text + b->plain, cell->s, cell->n);
    b->plain += cell->n;
    return (uint32_t)(b->plain - cell->n);
}

/* There is room for a cell too many, so that there is some where no column is wanted. */
static bool add_row(walk *w, const cyn_source_row *row)
{
    cyn_block *b = w->block;
    const cyn_columns *columns = w->parser->columns;
    size_t width = columns->count, first = b->nrows * width;
    if (!CYN_ROOM(b->rows, b->rows_room, b->nrows + 1) ||
        !CYN_ROOM(b->cells, b->cells_room, first + width + 1))
        return false;
    memset(b->cells + first, 0, width * sizeof *b->cells); /* CYN_CELL_PLAIN */
    b->rows[b->nrows++] = (cyn_block_row){(uint32_t)(row->text - b->text), (uint32_t)row->length};
    for (size_t i = 0; i < row->ncells; i++) {
        const cyn_source_cell *cell = &row->cells[i];
        int32_t column = cell->field < b->layout->width ? columns->of_field[cell->field] : -1;
        if (column < 0) continue;
        b->cells[first + (size_t)column] =
            (cyn_block_cell){place(b, row, cell), cell->n, cell->kind};
    }
    return true;
}

static cyn_code take_line(walk *w, cyn_source_row *row, cyn_err *err)
{
    cyn_block *b = w->block;
    if (!w->clean || !cyn_ndjson_read_quick(&w->parser->keys, row))
        CYN_TRY(cyn_ndjson_read(&w->parser->line, row, w->clean, err));
    if (!row->bad) return add_row(w, row) ? CYN_OK : cyn_nomem(err);
    cyn_block_bad *bad = cyn_block_add_bad(
        b, (cyn_block_row){(uint32_t)(row->text - b->text), (uint32_t)row->length});
    if (!bad) return cyn_nomem(err);
    bad->problem = row->bad_at;
    snprintf(bad->reason, sizeof bad->reason, "%s", row->bad);
    return CYN_OK;
}

cyn_code cyn_block_lines(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    walk w = {.parser = p, .block = b};
    w.clean = cyn_check_text(b->text, b->size) == b->size;
    for (size_t at = 0; at < b->size && !b->irregular;) {
        const char *s = b->text + at, *feed = memchr(s, '\n', b->size - at);
        size_t n = feed ? (size_t)(feed - s) : b->size - at;
        cyn_source_row row = {.text = s, .length = n};
        if (cyn_ndjson_trim(&row)) CYN_TRY(take_line(&w, &row, err));
        b->irregular = b->nrows * p->columns->count > CELLS_MAX;
        b->lines += feed != NULL;
        at += n + (feed != NULL);
    }
    return CYN_OK;
}

/* The fields that this block met, of those that the job did not know: in the order in which they
 * were met, but for fields that an earlier block of this parser's met first. */
cyn_code cyn_block_late(cyn_parser *p, cyn_block *b, uint64_t began, cyn_err *err)
{
    const cyn_schema *s = &p->schema;
    b->nlate = 0;
    for (size_t i = p->nfields; i < s->count; i++) {
        if (s->fields[i].stamp <= began) continue;
        if (!CYN_ROOM(b->late, b->late_room, b->nlate + 1)) return cyn_nomem(err);
        b->late[b->nlate++] = s->fields[i];
    }
    return CYN_OK;
}
