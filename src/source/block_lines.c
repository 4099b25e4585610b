/* Rows of a block of NDJSON: each line is taken apart on its own, and its cells find their places
 * by the numbers of their fields: quickly where it is as most are, else by the general reading. */
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
    cyn_ndjson_marks marks;
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

/* The cells of the next row, all of them empty; NULL when out of memory. There is room for a cell
 * too many, for what no column wants. */
static cyn_block_cell *next_cells(cyn_block *b, size_t width)
{
    size_t first = b->nrows * width;
    if (!CYN_ROOM(b->cells, b->cells_room, first + width + 1)) return NULL;
    return memset(b->cells + first, 0, width * sizeof *b->cells); /* CYN_CELL_PLAIN */
}

static bool set_cells(walk *w, const cyn_source_row *row)
{
    cyn_block *b = w->block;
    const cyn_columns *columns = w->parser->columns;
    cyn_block_cell *cells = next_cells(b, columns->count);
    for (size_t i = 0; cells && i < row->ncells; i++) {
        const cyn_source_cell *cell = &row->cells[i];
        int32_t column = cell->field < b->layout->width ? columns->of_field[cell->field] : -1;
        if (column < 0) continue;
        cells[column] = (cyn_block_cell){place(b, row, cell), cell->n, cell->kind};
    }
    return cells != NULL;
}

static void add_row(cyn_block *b, const cyn_source_row *row)
{
    b->rows[b->nrows++] = (cyn_block_row){(uint32_t)(row->text - b->text), (uint32_t)row->length};
}

/* Any line, as the reader takes it. */
static cyn_code take_line(walk *w, cyn_source_row *row, cyn_err *err)
{
    cyn_block *b = w->block;
    if (!cyn_ndjson_trim(row)) return CYN_OK;
    CYN_TRY(cyn_ndjson_read(&w->parser->line, row, w->clean, err));
    if (!row->bad) {
        if (!set_cells(w, row)) return cyn_nomem(err);
        add_row(b, row);
        return CYN_OK;
    }
    cyn_block_bad *bad = cyn_block_add_bad(
        b, (cyn_block_row){(uint32_t)(row->text - b->text), (uint32_t)row->length});
    if (!bad) return cyn_nomem(err);
    bad->problem = row->bad_at;
    snprintf(bad->reason, sizeof bad->reason, "%s", row->bad);
    return CYN_OK;
}

/* A line that is as most are; false when it is not. */
static cyn_code take_quickly(walk *w, const cyn_source_row *row, bool *taken, cyn_err *err)
{
    cyn_block *b = w->block;
    cyn_block_cell *cells = next_cells(b, w->parser->columns->count);
    cyn_ndjson_text text = {b->text, w->marks.stops, b->plain};
    size_t from = (size_t)(row->text - b->text);
    if (!cells) return cyn_nomem(err);
    *taken = cyn_ndjson_read_quick(&w->parser->keys, &text, from, from + row->length, cells);
    if (!*taken) return CYN_OK;
    b->plain = text.plain;
    add_row(b, row);
    return CYN_OK;
}

/* One spoiled line costs the others of its block no more than another look. */
static bool is_clean(const cyn_source_row *row)
{
    return cyn_check_text(row->text, row->length) == row->length;
}

/* Finds the lines, and room for their rows. */
static cyn_code mark_lines(walk *w, cyn_err *err)
{
    cyn_parser *p = w->parser;
    cyn_block *b = w->block;
    if (!CYN_ROOM(p->stops, p->stops_room, CYN_NDJSON_STOPS(b->size)) ||
        !CYN_ROOM(b->ends, b->ends_room, b->size + CYN_CSV_SLACK))
        return cyn_nomem(err);
    w->marks = (cyn_ndjson_marks){.stops = p->stops, .feeds = b->ends};
    cyn_ndjson_find_marks(b->text, b->size, &w->marks);
    w->clean = w->marks.ascii || cyn_check_text(b->text, b->size) == b->size;
    b->lines = (uint32_t)w->marks.nfeeds;
    if (!CYN_ROOM(b->rows, b->rows_room, w->marks.nfeeds + 1)) return cyn_nomem(err);
    return CYN_OK;
}

cyn_code cyn_block_lines(cyn_parser *p, cyn_block *b, cyn_err *err)
{
    walk w = {.parser = p, .block = b};
    CYN_TRY(mark_lines(&w, err));
    size_t at = 0;
    for (size_t i = 0; at < b->size && !b->irregular; i++) {
        size_t end = i < w.marks.nfeeds ? b->ends[i] : b->size;
        cyn_source_row row = {.text = b->text + at, .length = end - at};
        bool taken = false;
        if (w.clean || is_clean(&row)) CYN_TRY(take_quickly(&w, &row, &taken, err));
        if (!taken) CYN_TRY(take_line(&w, &row, err));
        b->irregular = b->nrows * p->columns->count > CELLS_MAX;
        at = end + 1;
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
