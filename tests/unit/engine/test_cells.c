/* Cells as bytes: what is read is what was written, and nothing else is read. */
#include "engine/cells.h"
#include "test.h"
#include <string.h>

enum { SEGMENTS = 2, INTERVALS = 3 };

static const cyn_const keys[] = {
    {.kind = CYN_CONST_NIL},
    {.kind = CYN_CONST_TEXT, .s = "a\0b", .n = 3},
    {.kind = CYN_CONST_REAL, .r = -0.5},
    {.kind = CYN_CONST_BOOLEAN, .i = 1},
};
static const bool covered[] = {true, false, true};
static const cyn_interval intervals[] = {{CYN_TIME_MIN, -7}, {-7, 5}, {3, CYN_TIME_MAX}};
static const cyn_cell none[2] = {{.value = {.kind = CYN_NUM_DECIMAL, .scale = 2}}, {.rows = 0}};

static cyn_kept_cells example(cyn_cell cells[2 * SEGMENTS * INTERVALS])
{
    memset(cells, 0, 2 * SEGMENTS * INTERVALS * sizeof *cells);
    cells[0] = (cyn_cell){.value = cyn_num_real(0.1), .rows = 7};
    cells[1] = (cyn_cell){.value = cyn_num_integer(INT64_MIN), .rows = INT64_MAX};
    cells[5] = (cyn_cell){.value = cyn_num_real(2.5),
                          .numerator = cyn_num_decimal(1250, 2),
                          .denominator = cyn_num_integer(5)};
    cells[11] = (cyn_cell){.value = cyn_num_integer(3), .rows = 3};
    return (cyn_kept_cells){.result = {.naggs = 2,
                                       .nsegments = SEGMENTS,
                                       .nintervals = INTERVALS,
                                       .ngroups = 2,
                                       .keys = keys,
                                       .cells = cells,
                                       .none = none},
                            .intervals = intervals,
                            .covered = covered,
                            .now = -77};
}

static bool same_num(cyn_num a, cyn_num b)
{
    return a.kind == b.kind && a.scale == b.scale && a.i == b.i && memcmp(&a.r, &b.r, 8) == 0;
}

static void test_what_is_read_is_what_was_written(void)
{
    cyn_cell cells[2 * SEGMENTS * INTERVALS];
    cyn_kept_cells in = example(cells), out;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_buf b = {0};
    cyn_cells_write(&in, &b);
    CHECK_INT(cyn_cells_read(b.data, b.len, arena, &out, NULL), CYN_OK);
    CHECK_INT(out.now, -77);
    CHECK_INT(out.result.naggs, 2);
    CHECK_INT(out.result.nsegments, SEGMENTS);
    CHECK_INT(out.result.nintervals, INTERVALS);
    CHECK_INT(out.result.ngroups, 2);
    CHECK(memcmp(out.covered, covered, sizeof covered) == 0);
    CHECK(memcmp(out.intervals, intervals, sizeof intervals) == 0);
    CHECK(same_num(out.result.none[0].value, none[0].value));
    for (size_t i = 0; i < 2 * SEGMENTS * INTERVALS; i++) {
        CHECK(same_num(out.result.cells[i].value, cells[i].value));
        CHECK(same_num(out.result.cells[i].numerator, cells[i].numerator));
        CHECK(same_num(out.result.cells[i].denominator, cells[i].denominator));
        CHECK_INT(out.result.cells[i].rows, cells[i].rows);
    }
    CHECK_INT(out.result.keys[0].kind, CYN_CONST_NIL);
    CHECK_INT(out.result.keys[1].n, 3);
    CHECK(memcmp(out.result.keys[1].s, "a\0b", 4) == 0);
    CHECK(out.result.keys[2].r == -0.5);
    CHECK(out.result.keys[3].kind == CYN_CONST_BOOLEAN && out.result.keys[3].i == 1);
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

static void test_bytes_cut_short_or_too_many_are_refused(void)
{
    cyn_cell cells[2 * SEGMENTS * INTERVALS];
    cyn_kept_cells in = example(cells), out;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_buf b = {0};
    cyn_cells_write(&in, &b);
    for (size_t n = 0; n < b.len; n++)
        CHECK_INT(cyn_cells_read(b.data, n, arena, &out, NULL), CYN_E_DATA);
    cyn_buf_putc(&b, '\0');
    CHECK_INT(cyn_cells_read(b.data, b.len, arena, &out, NULL), CYN_E_DATA);
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

/* Whatever a byte becomes, reading ends, and inside the bytes (as the sanitizers see). */
static void test_changed_bytes_do_no_harm(void)
{
    cyn_cell cells[2 * SEGMENTS * INTERVALS];
    cyn_kept_cells in = example(cells), out;
    cyn_buf b = {0};
    cyn_cells_write(&in, &b);
    int refused = 0;
    for (size_t i = 0; i < b.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            cyn_arena *arena = cyn_arena_new(0);
            b.data[i] ^= (char)(1 << bit);
            refused += cyn_cells_read(b.data, b.len, arena, &out, NULL) != CYN_OK;
            b.data[i] ^= (char)(1 << bit);
            cyn_arena_free(arena);
        }
    }
    CHECK(refused > 0);
    CHECK(refused < (int)b.len * 8); /* numbers may be any */
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_what_is_read_is_what_was_written);
    RUN(test_bytes_cut_short_or_too_many_are_refused);
    RUN(test_changed_bytes_do_no_harm);
    return test_end();
}
