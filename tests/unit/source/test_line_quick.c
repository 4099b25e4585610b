/* The quick reading of a line of JSON says what the general one says, or nothing. */
#include "source/ndjson_line.h"
#include "source/ndjson_quick.h"
#include "test.h"

enum { FIELDS = 6, ROOM = 600 };

static const char *const names[FIELDS] = {"a", "event", "a.b", "a name of many bytes", "日本", "n"};

static uint64_t state = 9;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

typedef struct readings {
    cyn_arena *arena;
    cyn_schema schema;
    cyn_ndjson general;
    cyn_ndjson_keys quick;
} readings;

/* All fields are known, and have been seen with values and without. */
static void open_readings(readings *r, const int32_t *of_field)
{
    uint32_t number;
    cyn_err err;
    *r = (readings){.arena = cyn_arena_new(0)};
    cyn_schema_init(&r->schema, r->arena);
    r->general.schema = &r->schema;
    for (uint32_t i = 0; i < FIELDS; i++) {
        if (cyn_schema_field(&r->schema, names[i], strlen(names[i]), &number, &err)) exit(99);
        r->schema.fields[i].seen = CYN_SEEN_VALUE | CYN_SEEN_NULL;
    }
    if (cyn_ndjson_keys_init(&r->quick, &r->schema, FIELDS, of_field, FIELDS, &err)) exit(99);
}

static void close_readings(readings *r)
{
    cyn_ndjson_clear(&r->general);
    cyn_arena_free(r->arena);
}

/* A line, what comes behind it, which must not matter, and room for unescaped texts. */
typedef struct prepared {
    char s[2 * ROOM];
    unsigned char stops[CYN_NDJSON_STOPS(ROOM)];
    cyn_block_cell cells[FIELDS + 1];
} prepared;

static cyn_source_row make_line(prepared *l, const char *text)
{
    uint32_t feeds[ROOM + CYN_CSV_SLACK];
    cyn_ndjson_marks marks = {.stops = l->stops, .feeds = feeds};
    memset(l, 0, sizeof *l);
    if (strlen(text) + 20 > ROOM - CYN_CSV_SLACK) exit(99);
    strcpy(stpcpy(l->s, text), "\n{\"a\":1}\n");
    cyn_ndjson_find_marks(l->s, strlen(l->s), &marks);
    return (cyn_source_row){.text = l->s, .length = strlen(text)};
}

static bool read_quickly(readings *r, prepared *l, const char *text)
{
    cyn_source_row row = make_line(l, text);
    cyn_ndjson_text t = {l->s, l->stops, ROOM};
    bool quick = cyn_ndjson_read_quick(&r->quick, &t, 0, row.length, l->cells);
    CHECK(quick || t.plain == ROOM);
    return quick;
}

/* Every cell of the one is in its column of the other, and nothing else. */
static bool same_cells(const prepared *quick, const cyn_source_row *general)
{
    size_t found = 0;
    for (size_t i = 0; i < general->ncells; i++) {
        const cyn_source_cell *x = &general->cells[i];
        const cyn_block_cell *y = &quick->cells[x->field];
        if (x->kind != y->kind || x->n != y->n || memcmp(x->s, quick->s + y->at, x->n) != 0)
            return false;
    }
    for (size_t i = 0; i < FIELDS; i++)
        found += quick->cells[i].kind != CYN_CELL_PLAIN;
    return found == general->ncells;
}

static bool is_quick(readings *r, const char *text)
{
    prepared l;
    if (!read_quickly(r, &l, text)) return false;
    cyn_source_row general = {.text = l.s, .length = strlen(text)};
    CHECK_INT(cyn_ndjson_read(&r->general, &general, true, NULL), CYN_OK);
    bool same = !general.bad && same_cells(&l, &general);
    if (!same) printf("# %s\n", text);
    CHECK(same);
    return true;
}

static const int32_t all[FIELDS] = {0, 1, 2, 3, 4, 5};

static void test_plain_lines_are_quick(void)
{
    static const char *const lines[] = {
        "{\"a\":1,\"event\":\"x\",\"n\":null}",
        "{\"n\":-0.50,\"a\":true,\"a.b\":false}",
        "{\"a\": 1, \"event\": \"日本語, a text of more than 16 bytes\", \"日本\": \"\"}",
        "{\"event\":\"{[,:]}\",\"a name of many bytes\":0} \t\r",
        "{\"event\":\"say \\\"hi\\\"\\n\\\\\",\"a\":\"\\/\"}",
        "{\"event\":\"\\u65e5\\ud83d\\ude00\",\"n\":\"\\u00e9t\\u00e9\"}",
    };
    readings r;
    open_readings(&r, all);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CHECK(is_quick(&r, lines[i]));
    close_readings(&r);
}

/* Good or bad: the general reading knows. */
static void test_what_is_rare_or_wrong_is_left_to_the_general_reading(void)
{
    static const char *const lines[] = {
        "{}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":1}}",
        "{\"a\":1} x",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":1.}",
        "{\"a\":1e5}",
        "{\"a\":nul}",
        "{\"a\":truE}",
        "{\"a\":\"x}",
        "{\"a\":\"x\\y\"}",
        "{\"a\":\"x\\",
        "{\"a\":\"x\\u12",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\n\ty\"}",
        "{\"\\u0061\":1}",
        "{\"a\":\"x\ty\"}",
        "{\"a\":[1]}",
        "{\"a\":{\"b\":1}}",
        "{\"a\":1,\"a\":2}",
        "{\"unknown\":1}",
        "{\"a name of many byteZ\":1}",
        "{a:1}",
        "[1]",
    };
    readings r;
    open_readings(&r, all);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (is_quick(&r, lines[i])) CHECK_STR(lines[i], "left to the general reading");
    close_readings(&r);
}

static void test_what_was_not_seen_of_a_field_is_left_to_the_general_reading(void)
{
    readings r;
    open_readings(&r, all);
    r.schema.fields[0].seen = CYN_SEEN_VALUE;
    CHECK(!is_quick(&r, "{\"a\":null}"));
    CHECK(is_quick(&r, "{\"a\":7}"));
    CHECK(!is_quick(&r, "{\"a\":null}"));
    r.schema.fields[0].seen |= CYN_SEEN_NULL; /* as the general reading does */
    CHECK(is_quick(&r, "{\"a\":null}"));
    close_readings(&r);
}

/* Lines with keys in changing orders, of which one byte is another now and then. */
static void test_random_lines_are_read_as_the_general_reading_does(void)
{
    static const char *const values[] = {"1",     "\"x\"", "-12.50", "null",   "true",
                                         "false", "\"\"",  "\"日\"", "[1, 2]", "\"a\\\"b\\u0041\""};
    readings r;
    int quick = 0;
    open_readings(&r, all);
    for (int i = 0; i < 100000; i++) {
        char line[400] = "{";
        unsigned first = below(4) ? 0 : below(FIELDS);
        for (unsigned k = 0; k < FIELDS; k++) {
            const char *value = values[below(below(5) ? 8 : 10)];
            size_t n = strlen(line);
            if (below(4) == 0) continue;
            snprintf(line + n, sizeof line - n, "%s\"%s\":%s%s", n > 1 ? "," : "",
                     names[(first + k) % FIELDS], below(4) ? "" : " ", value);
        }
        strcat(line, "}");
        if (below(4) == 0) line[below((unsigned)strlen(line))] = "\"\\,:{}[] 1enftu\t"[below(16)];
        quick += is_quick(&r, line);
    }
    CHECK(quick > 30000);
    close_readings(&r);
}

static void test_values_that_nobody_wants_are_checked_and_left_out(void)
{
    static const int32_t of_field[FIELDS] = {-1, 0, -1, -1, -1, -1};
    readings r;
    prepared l;
    open_readings(&r, of_field);
    CHECK(read_quickly(&r, &l, "{\"a\":1,\"event\":\"x\",\"n\":2}"));
    CHECK_INT(l.cells[0].kind, CYN_CELL_STRING);
    CHECK_INT(l.cells[0].n, 1);
    for (size_t i = 1; i < FIELDS; i++)
        CHECK_INT(l.cells[i].kind, CYN_CELL_PLAIN);
    CHECK(!read_quickly(&r, &l, "{\"a\":1x,\"event\":\"x\"}"));
    close_readings(&r);
}

int main(void)
{
    RUN(test_plain_lines_are_quick);
    RUN(test_what_is_rare_or_wrong_is_left_to_the_general_reading);
    RUN(test_what_was_not_seen_of_a_field_is_left_to_the_general_reading);
    RUN(test_random_lines_are_read_as_the_general_reading_does);
    RUN(test_values_that_nobody_wants_are_checked_and_left_out);
    return test_end();
}
