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
    if (cyn_ndjson_keys_init(&r->quick, &r->schema, FIELDS, of_field, &err)) exit(99);
}

static void close_readings(readings *r)
{
    cyn_ndjson_clear(&r->general);
    cyn_arena_free(r->arena);
}

static cyn_source_row row_of(char text[ROOM], const char *line)
{
    memset(text, 0, ROOM);
    memcpy(text, line, strlen(line));
    strcat(text, "\n{\"a\":1}\n"); /* what comes behind must not matter */
    return (cyn_source_row){.text = text, .length = strlen(line)};
}

static bool same_cells(const cyn_source_row *a, const cyn_source_row *b)
{
    bool same = a->ncells == b->ncells;
    for (size_t i = 0; same && i < a->ncells; i++) {
        const cyn_source_cell *x = &a->cells[i], *y = &b->cells[i];
        same = x->n == y->n && memcmp(x->s, y->s, x->n) == 0 && x->at == y->at &&
               x->field == y->field && x->kind == y->kind;
    }
    return same;
}

static bool is_quick(readings *r, const char *line)
{
    char text[ROOM];
    cyn_source_row quick = row_of(text, line), general = quick;
    if (!cyn_ndjson_read_quick(&r->quick, &quick)) return false;
    CHECK_INT(cyn_ndjson_read(&r->general, &general, true, NULL), CYN_OK);
    bool same = !general.bad && same_cells(&quick, &general);
    if (!same) printf("# %s\n", line);
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
        "{\"a\":\"x\\n\"}",
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
    r.schema.fields[0].seen = CYN_SEEN_VALUE; /* a null would tell something new */
    CHECK(!is_quick(&r, "{\"a\":null}"));
    CHECK(is_quick(&r, "{\"a\":7}"));
    close_readings(&r);
}

/* Lines with keys in changing orders, of which one byte is another now and then. */
static void test_random_lines_are_read_as_the_general_reading_does(void)
{
    static const char *const values[] = {"1",     "\"x\"", "-12.50", "null",   "true",
                                         "false", "\"\"",  "\"日\"", "[1, 2]", "\"a\\\"b\""};
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
        if (below(4) == 0) line[below((unsigned)strlen(line))] = "\"\\,:{}[] 1enft\t"[below(15)];
        quick += is_quick(&r, line);
    }
    CHECK(quick > 30000);
    close_readings(&r);
}

static void test_values_that_nobody_wants_are_checked_and_left_out(void)
{
    static const int32_t of_field[FIELDS] = {-1, 0, -1, -1, -1, -1};
    char text[ROOM];
    readings r;
    open_readings(&r, of_field);
    cyn_source_row row = row_of(text, "{\"a\":1,\"event\":\"x\",\"n\":2}");
    CHECK(cyn_ndjson_read_quick(&r.quick, &row));
    CHECK_INT(row.ncells, 1);
    CHECK_INT(row.cells[0].field, 1);
    row = row_of(text, "{\"a\":1x,\"event\":\"x\"}");
    CHECK(!cyn_ndjson_read_quick(&r.quick, &row));
    close_readings(&r);
}

int main(void)
{
    RUN(test_plain_lines_are_quick);
    RUN(test_what_is_rare_or_wrong_is_left_to_the_general_reading);
    RUN(test_random_lines_are_read_as_the_general_reading_does);
    RUN(test_values_that_nobody_wants_are_checked_and_left_out);
    return test_end();
}
