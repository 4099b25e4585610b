/* The NDJSON reader; and its lines, which the quick reading reads as the general one does. */
#include "rows.h"
#include "source/ndjson_line.h"
#include "source/ndjson_quick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All lines, in memory laid out as a block's; what a sanitizer should see the ends of has memory of
 * its own. */
typedef struct lines {
    cyn_arena *arena;
    cyn_schema schema;
    cyn_ndjson general;
    cyn_ndjson_keys keys;
    cyn_ndjson_text text;
    cyn_ndjson_marks marks;
    size_t size;
    cyn_block_cell *cells;
} lines;

static bool lay_out(lines *l, const uint8_t *data, size_t size)
{
    l->arena = cyn_arena_new(0);
    if (!l->arena) return false;
    l->text.s = cyn_calloc(2 * (size + CYN_CSV_SLACK), 1);
    l->text.plain = size + CYN_CSV_SLACK;
    l->text.stops = l->marks.stops = cyn_malloc(CYN_NDJSON_STOPS(size));
    l->marks.feeds = cyn_malloc((size + CYN_CSV_SLACK) * sizeof *l->marks.feeds);
    if (!l->text.s || !l->marks.stops || !l->marks.feeds) return false;
    if (size > 0) memcpy(l->text.s, data, size);
    l->size = size;
    cyn_ndjson_find_marks(l->text.s, size, &l->marks);
    cyn_schema_init(&l->schema, l->arena);
    l->general.schema = &l->schema;
    return true;
}

static size_t end_of(const lines *l, size_t line)
{
    return line < l->marks.nfeeds ? l->marks.feeds[line] : l->size;
}

/* False when there is nothing in it, or what is no text. */
static bool take_line(const lines *l, size_t from, size_t end, cyn_source_row *row)
{
    *row = (cyn_source_row){.text = l->text.s + from, .length = end - from};
    return cyn_ndjson_trim(row) && cyn_check_text(row->text, row->length) == row->length;
}

/* All fields are known to the quick reading, as they are behind the first lines of a file. */
static bool learn(lines *l)
{
    cyn_source_row row;
    for (size_t from = 0, i = 0; i <= l->marks.nfeeds; from = end_of(l, i++) + 1)
        if (take_line(l, from, end_of(l, i), &row) &&
            cyn_ndjson_read(&l->general, &row, true, NULL) != CYN_OK)
            return false;
    uint32_t count = l->schema.count;
    int32_t *of_field = CYN_NEW_ARRAY(l->arena, (size_t)count + 1, int32_t);
    l->cells = CYN_NEW_ARRAY(l->arena, (size_t)count + 1, cyn_block_cell);
    if (!of_field || !l->cells) return false;
    for (uint32_t i = 0; i < count; i++)
        of_field[i] = (int32_t)i;
    return cyn_ndjson_keys_init(&l->keys, &l->schema, count, of_field, count, NULL) == CYN_OK;
}

static void compare(lines *l, size_t from, size_t end)
{
    cyn_source_row row;
    size_t cells = 0;
    memset(l->cells, 0, ((size_t)l->schema.count + 1) * sizeof *l->cells);
    if (!take_line(l, from, end, &row) ||
        !cyn_ndjson_read_quick(&l->keys, &l->text, from, end, l->cells) ||
        cyn_ndjson_read(&l->general, &row, true, NULL) != CYN_OK)
        return;
    PROMISE(!row.bad);
    for (size_t i = 0; i < row.ncells; i++) {
        const cyn_source_cell *want = &row.cells[i];
        const cyn_block_cell *got = &l->cells[want->field];
        PROMISE(got->kind == want->kind && got->n == want->n);
        PROMISE(memcmp(l->text.s + got->at, want->s, want->n) == 0);
    }
    for (size_t i = 0; i < l->schema.count; i++)
        cells += l->cells[i].kind != CYN_CELL_PLAIN;
    PROMISE(cells == row.ncells);
}

static void read_lines(const uint8_t *data, size_t size)
{
    lines l = {0};
    if (lay_out(&l, data, size) && learn(&l))
        for (size_t from = 0, i = 0; i <= l.marks.nfeeds; from = end_of(&l, i++) + 1)
            compare(&l, from, end_of(&l, i));
    cyn_ndjson_clear(&l.general);
    cyn_free(l.marks.feeds);
    cyn_free(l.marks.stops);
    cyn_free(l.text.s);
    cyn_arena_free(l.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cyn_source_spec spec = {.name = "fuzz", .kind = CYN_SOURCE_NDJSON};
    static const cyn_source_file file = {
        .spec = &spec, .path = "fuzz.ndjson", .shown = "fuzz.ndjson"};
    read_rows(cyn_ndjson_open, &file, data, size);
    read_lines(data, size);
    return 0;
}
