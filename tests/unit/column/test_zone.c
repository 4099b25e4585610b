/* What a segment says of values without a look at them is what a look at them finds. */
#include "column/segment_impl.h"
#include "column/zone_impl.h"
#include "segment_tables.h"
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 2 * CYN_ZONE_ROWS + 1000 };

static char path[256];
static cyn_arena *arena;

static cyn_table *reopened(const cyn_table *t)
{
    cyn_segment s = {0};
    if (cyn_segment_write(t, "", 0, NULL, path, NULL) != CYN_OK) abort();
    CHECK_INT(cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, NULL), CYN_OK);
    return s.table;
}

static void test_integers_have_zones_and_others_none(void)
{
    cyn_table *t = table_of(0, ROWS), *file = reopened(t);
    for (size_t i = 0; i < EVERY; i++) {
        cyn_type type = every_type[i].type;
        bool integers = type != CYN_TEXT && type != CYN_REAL && type != CYN_BOOLEAN;
        CHECK_INT(cyn_table_column(file, i)->zones != NULL, integers);
        CHECK_INT(cyn_table_column(t, i)->zones != NULL, integers);
    }
    cyn_table_unref(file);
    cyn_table_unref(t);
}

/* The column as it is to whoever knows nothing of its values. */
static cyn_column unknown(const cyn_table *t, size_t i)
{
    cyn_column c = *cyn_table_column(t, i);
    c.zones = NULL;
    c.finite = c.ascending = false;
    return c;
}

static void test_ranges_are_those_without_zones(void)
{
    enum { Z = CYN_ZONE_ROWS };
    static const size_t edges[] = {0, 1, Z - 1, Z, Z + 1, 2 * Z, ROWS - 1, ROWS};
    const size_t count = sizeof edges / sizeof *edges;
    cyn_table *t = table_of(0, ROWS), *file = reopened(t);
    for (size_t i = 0; i < EVERY; i++) {
        const cyn_column plain = unknown(t, i), *a = &plain, *b = cyn_table_column(file, i);
        for (size_t k = 0; b->zones && k < count * count; k++) {
            size_t from = edges[k / count], to = edges[k % count];
            int64_t least[2], greatest[2];
            if (from >= to) continue;
            cyn_column_range(a, from, to - from, &least[0], &greatest[0]);
            cyn_column_range(b, from, to - from, &least[1], &greatest[1]);
            CHECK(least[0] == least[1] && greatest[0] == greatest[1]);
            cyn_column_known_range(a, from, to - from, &least[0], &greatest[0]);
            cyn_column_known_range(b, from, to - from, &least[1], &greatest[1]);
            CHECK(least[0] == least[1] && greatest[0] == greatest[1]);
        }
    }
    cyn_table_unref(file);
    cyn_table_unref(t);
}

/* From the second zone on it has zones of its own; from elsewhere on it has none. */
static void test_a_tail_has_the_ranges_of_its_rows(void)
{
    static const size_t begins[] = {0, 64, CYN_ZONE_ROWS, CYN_ZONE_ROWS + 64, 2 * CYN_ZONE_ROWS};
    cyn_table *t = table_of(0, ROWS), *file = reopened(t), *tail = NULL;
    for (size_t k = 0; k < sizeof begins / sizeof *begins; k++) {
        CHECK_INT(cyn_table_tail(file, begins[k], &tail, NULL), CYN_OK);
        for (size_t i = 0; i < EVERY; i++) {
            const cyn_column plain = unknown(t, i), *a = &plain, *b = cyn_table_column(tail, i);
            int64_t least[2], greatest[2];
            if (!cyn_table_column(file, i)->zones) continue;
            cyn_column_range(a, begins[k], ROWS - begins[k], &least[0], &greatest[0]);
            cyn_column_range(b, 0, ROWS - begins[k], &least[1], &greatest[1]);
            CHECK(least[0] == least[1] && greatest[0] == greatest[1]);
        }
        cyn_table_unref(tail);
    }
    cyn_table_unref(file);
    cyn_table_unref(t);
}

static cyn_table *reals(double last)
{
    static const cyn_column_spec spec = {"x", CYN_REAL, 0};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(&spec, 1, &b, NULL) != CYN_OK) abort();
    for (size_t row = 0; row < ROWS; row++)
        if (!cyn_builder_f64(b, 0, row + 1 < ROWS ? (double)row : last) ||
            cyn_builder_end_row(b, NULL) != CYN_OK)
            abort();
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

static void test_reals_are_finite_unless_one_is_not(void)
{
    static const double last[] = {0, INFINITY, -INFINITY, NAN}; /* NaN is missing */
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        cyn_table *t = reals(last[i]), *file = reopened(t);
        CHECK_INT(cyn_table_column(file, 0)->finite, !isinf(last[i]));
        CHECK_INT(cyn_table_column(t, 0)->finite, !isinf(last[i]));
        cyn_table_unref(file);
        cyn_table_unref(t);
    }
}

static cyn_table *integers(size_t below, bool missing)
{
    static const cyn_column_spec spec = {"n", CYN_TIMESTAMP, 0};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    if (cyn_builder_new(&spec, 1, &b, NULL) != CYN_OK) abort();
    for (size_t row = 0; row < ROWS; row++) {
        int64_t n = (int64_t)(row / 2) - 100 - (row == below ? 2 : 0);
        if ((!missing || row > 0) && !cyn_builder_i64(b, 0, n)) abort();
        if (cyn_builder_end_row(b, NULL) != CYN_OK) abort();
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

static void test_integers_ascend_unless_one_does_not(void)
{
    static const size_t below[] = {1, 300, CYN_ZONE_ROWS, CYN_ZONE_ROWS + 1, ROWS - 1, ROWS};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        for (int missing = 0; missing < 2; missing++) {
            cyn_table *t = integers(below[i], missing), *file = reopened(t);
            CHECK_INT(cyn_table_column(file, 0)->ascending, below[i] == ROWS && !missing);
            CHECK_INT(cyn_table_column(t, 0)->ascending, below[i] == ROWS && !missing);
            cyn_table_unref(file);
            cyn_table_unref(t);
        }
    }
}

/* Integers that rise by `step` and need wider forms as they go; one of them may fall, and a real
 * may be infinite. */
enum { NOWHERE = ROWS + 1 };

static cyn_table *appended(size_t chunk, int64_t step, size_t odd)
{
    static const cyn_column_spec specs[] = {{"n", CYN_INTEGER, 0}, {"x", CYN_REAL, 0}};
    static int64_t n[ROWS];
    static double x[ROWS];
    static uint64_t valid[ROWS / 64 + 1];
    const cyn_builder_values values[] = {{n, valid}, {x, valid}};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    memset(valid, 0xff, sizeof valid);
    for (size_t row = 0; row < ROWS; row++) {
        n[row] = (int64_t)row * step - (row == odd ? 2 * step : 0);
        x[row] = row == odd ? -INFINITY : (double)row;
    }
    if (cyn_builder_new(specs, 2, &b, NULL) != CYN_OK) abort();
    for (size_t from = 0; from < ROWS; from += chunk) {
        size_t rows = ROWS - from < chunk ? ROWS - from : chunk;
        CHECK_INT(cyn_builder_append(b, values, from, rows, NULL), CYN_OK);
    }
    if (cyn_builder_finish(b, &t, NULL) != CYN_OK) abort();
    return t;
}

/* What is noted while rows come is what a look at all of them finds, however they come. */
static void test_what_is_appended_is_known_at_the_end(void)
{
    static const size_t chunks[] = {1, 1000, CYN_ZONE_ROWS, CYN_ZONE_ROWS + 1, ROWS};
    static const size_t odd[] = {1, CYN_ZONE_ROWS, CYN_ZONE_ROWS + 1, ROWS - 1, NOWHERE};
    for (size_t k = 0; k < 25; k++) {
        cyn_table *t = appended(chunks[k / 5], k % 2 ? 1 : INT32_MAX / 5, odd[k % 5]);
        const cyn_column *n = cyn_table_column(t, 0), *x = cyn_table_column(t, 1);
        cyn_zone zones[ROWS / CYN_ZONE_ROWS];
        cyn_zones_make(n, ROWS, zones);
        CHECK(n->zones && memcmp(n->zones, zones, sizeof zones) == 0);
        CHECK_INT(n->ascending, odd[k % 5] == NOWHERE);
        CHECK_INT(x->finite, odd[k % 5] == NOWHERE);
        CHECK(!n->finite && !x->ascending && !x->zones);
        cyn_table_unref(t);
    }
}

/* Makes checksums right again after something was changed. */
static void seal(char *data)
{
    cyn_segment_header h;
    cyn_segment_entry e;
    memcpy(&h, data, sizeof h);
    for (size_t i = 0; i < h.width; i++) {
        memcpy(&e, data + sizeof h + i * sizeof e, sizeof e);
        for (size_t k = 0; k < CYN_SECTIONS; k++) {
            cyn_section *s = &e.sections[k];
            if (s->size > 0) s->check = cyn_segment_checksum(data + s->at, s->size, s->at);
        }
        memcpy(data + sizeof h + i * sizeof e, &e, sizeof e);
    }
    h.check = 0;
    h.check = cyn_segment_checksum(&h, sizeof h, 0);
    h.check = cyn_segment_checksum(data + sizeof h, (size_t)h.width * sizeof e, h.check);
    memcpy(data, &h, sizeof h);
}

static char *read_file(size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) abort();
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size);
    if (!data || fread(data, 1, *size, f) != *size || fclose(f) != 0) abort();
    return data;
}

static cyn_code open_sealed(char *data, size_t size)
{
    cyn_segment s;
    seal(data);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) abort();
    cyn_code rc = cyn_segment_open(path, CYN_SEGMENT_ALL, arena, &s, NULL);
    if (rc == CYN_OK) cyn_table_unref(s.table);
    return rc;
}

/* The writer was wrong: no checksum tells. */
static void test_zones_of_other_values_are_refused(void)
{
    cyn_table *t = table_of(0, ROWS);
    cyn_table_unref(reopened(t));
    size_t size, entry = sizeof(cyn_segment_header) + sizeof(cyn_segment_entry); /* of "n" */
    char *data = read_file(&size);
    cyn_segment_entry e;
    CHECK_INT(open_sealed(data, size), CYN_OK);
    memcpy(&e, data + entry, sizeof e);
    char *last = data + e.sections[CYN_SECTION_ZONES].at + sizeof(cyn_zone);
    last[0] ^= 1;
    CHECK_INT(open_sealed(data, size), CYN_E_DATA);
    last[0] ^= 1;
    last[offsetof(cyn_zone, greatest)] ^= 1;
    CHECK_INT(open_sealed(data, size), CYN_E_DATA);
    last[offsetof(cyn_zone, greatest)] ^= 1;
    CHECK_INT(open_sealed(data, size), CYN_OK);
    e.sections[CYN_SECTION_ZONES].size -= sizeof(cyn_zone);
    memcpy(data + entry, &e, sizeof e);
    CHECK_INT(open_sealed(data, size), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
}

static void test_an_infinite_real_among_finite_ones_is_refused(void)
{
    cyn_table *t = reals(INFINITY);
    cyn_table_unref(reopened(t));
    size_t size;
    char *data = read_file(&size);
    cyn_segment_entry e;
    memcpy(&e, data + sizeof(cyn_segment_header), sizeof e);
    CHECK_INT(e.finite, 0);
    e.finite = 1;
    memcpy(data + sizeof(cyn_segment_header), &e, sizeof e);
    CHECK_INT(open_sealed(data, size), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
}

static void test_integers_that_do_not_ascend_are_refused_where_they_should(void)
{
    cyn_table *t = integers(300, false);
    cyn_table_unref(reopened(t));
    size_t size;
    char *data = read_file(&size);
    cyn_segment_entry e;
    memcpy(&e, data + sizeof(cyn_segment_header), sizeof e);
    e.ascending = 1;
    memcpy(data + sizeof(cyn_segment_header), &e, sizeof e);
    CHECK_INT(open_sealed(data, size), CYN_E_DATA);
    free(data);
    cyn_table_unref(t);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/cyn-zone-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0) abort();
    arena = cyn_arena_new(0);
    RUN(test_integers_have_zones_and_others_none);
    RUN(test_ranges_are_those_without_zones);
    RUN(test_a_tail_has_the_ranges_of_its_rows);
    RUN(test_reals_are_finite_unless_one_is_not);
    RUN(test_zones_of_other_values_are_refused);
    RUN(test_an_infinite_real_among_finite_ones_is_refused);
    RUN(test_integers_ascend_unless_one_does_not);
    RUN(test_what_is_appended_is_known_at_the_end);
    RUN(test_integers_that_do_not_ascend_are_refused_where_they_should);
    cyn_arena_free(arena);
    unlink(path);
    return test_end();
}
