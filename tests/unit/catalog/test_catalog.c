/* Building the catalog from a message that may be anything. */
#include "catalog/catalog.h"
#include "catalog/wire.h"
#include "test.h"

static void put_text(cyn_buf *b, const char *key, const char *value)
{
    cyn_wire_key(b, key);
    cyn_wire_string(b, value);
}

static void put_integer(cyn_buf *b, const char *key, int64_t value)
{
    cyn_wire_key(b, key);
    cyn_wire_integer(b, value);
}

static void put_list(cyn_buf *b, const char *key, size_t n)
{
    cyn_wire_key(b, key);
    cyn_wire_array(b, n);
}

/* What a test may get wrong in an otherwise good catalog. */
typedef struct twist {
    const char *func, *layer;
    int64_t expr, view, agg, left, formula;
    double p;
} twist;
static const twist none = {"p", "leading", 1, 1, 1, 1, 2, 95};

/* Metric a = p(95) of x over events, less metric b; b = 2. */
static void write_catalog(cyn_buf *b, twist t)
{
    cyn_wire_map(b, 6);
    put_list(b, "exprs", 2);
    cyn_wire_map(b, 3);
    put_text(b, "kind", "column");
    put_text(b, "text", "x");
    put_text(b, "name", "x");
    cyn_wire_map(b, 5);
    put_text(b, "kind", "script");
    put_text(b, "text", "x > 1");
    put_integer(b, "handle", 1);
    put_text(b, "digest", "00");
    put_list(b, "reads", 1);
    cyn_wire_string(b, "x");
    put_list(b, "views", 1);
    cyn_wire_map(b, 3);
    put_text(b, "source", "events");
    put_integer(b, "where", 2);
    put_list(b, "derives", 1);
    cyn_wire_map(b, 2);
    put_text(b, "name", "y");
    put_integer(b, "expr", t.expr);
    put_list(b, "aggs", 1);
    cyn_wire_map(b, 5);
    put_text(b, "func", t.func);
    put_integer(b, "view", t.view);
    put_integer(b, "arg", 1);
    cyn_wire_key(b, "p");
    cyn_wire_real(b, t.p);
    put_integer(b, "qtype", 7);
    put_list(b, "formulas", 4);
    cyn_wire_map(b, 2);
    put_text(b, "kind", "agg");
    put_integer(b, "agg", t.agg);
    cyn_wire_map(b, 2);
    put_text(b, "kind", "const");
    put_integer(b, "value", 2);
    cyn_wire_map(b, 2);
    put_text(b, "kind", "metric");
    put_text(b, "metric", "b");
    cyn_wire_map(b, 4);
    put_text(b, "kind", "op");
    put_text(b, "op", "-");
    put_integer(b, "a", t.left);
    put_integer(b, "b", 3);
    put_list(b, "metrics", 2);
    cyn_wire_map(b, 3);
    put_text(b, "name", "a");
    put_integer(b, "formula", 4);
    cyn_wire_key(b, "sheet");
    cyn_wire_map(b, 2);
    put_text(b, "layer", t.layer);
    put_text(b, "grain", "week");
    cyn_wire_map(b, 2);
    put_text(b, "name", "b");
    put_integer(b, "formula", t.formula);
    put_list(b, "errors", 0);
}

static cyn_code build(twist t, cyn_catalog **out)
{
    cyn_buf b = {0};
    write_catalog(&b, t);
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, NULL);
    cyn_buf_clear(&b);
    return rc;
}

static void test_a_good_catalog_is_built(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(build(none, &c), CYN_OK);
    if (!c) return;
    CHECK_INT(c->nmetrics, 2);
    CHECK(cyn_catalog_metric(c, "zzz") == NULL);
    const cyn_metric *a = cyn_catalog_metric(c, "a");
    CHECK_INT(a->sheet.layer, CYN_LEADING);
    CHECK_INT(a->sheet.grain.unit, CYN_WEEK);
    CHECK_INT(a->formula->op, CYN_SUB);
    CHECK_INT(c->aggs[a->formula->a->agg]->func, CYN_PERCENTILE);
    CHECK_STR(c->aggs[0]->view->where->reads[0], "x");
    CHECK_STR(c->aggs[0]->view->derives[0].expr->name, "x");
    cyn_catalog_free(c);
}

static void test_what_is_out_of_range_is_refused(void)
{
    twist cases[12];
    size_t n = 0;
    for (size_t i = 0; i < 12; i++)
        cases[i] = none;
    cases[n++].func = "median";
    cases[n++].layer = "leadin";
    cases[n++].expr = 3;
    cases[n++].expr = 0;
    cases[n++].view = 2;
    cases[n++].agg = -1;
    cases[n++].left = 4; /* itself */
    cases[n++].formula = 5;
    cases[n++].p = 100.5;
    cases[n++].p = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        cyn_catalog *c = NULL;
        CHECK_INT(build(cases[i], &c), CYN_E_WORKER);
        CHECK(c == NULL);
    }
}

/* x = x + x fifty times over is small as a message, and 2^50 parts when walked. */
static void test_a_formula_that_grows_beyond_bounds_is_refused(void)
{
    for (int64_t n = 5; n <= 50; n += 45) {
        cyn_buf b = {0};
        cyn_catalog *c = NULL;
        cyn_wire_map(&b, 2);
        put_list(&b, "formulas", (size_t)n);
        cyn_wire_map(&b, 2);
        put_text(&b, "kind", "const");
        put_integer(&b, "value", 2);
        for (int64_t i = 1; i < n; i++) {
            cyn_wire_map(&b, 4);
            put_text(&b, "kind", "op");
            put_text(&b, "op", "+");
            put_integer(&b, "a", i);
            put_integer(&b, "b", i);
        }
        put_list(&b, "metrics", 0);
        CHECK_INT(cyn_catalog_read((const uint8_t *)b.data, b.len, &c, NULL),
                  n == 5 ? CYN_OK : CYN_E_WORKER);
        cyn_catalog_free(c);
        cyn_buf_clear(&b);
    }
}

/* A repeatable sequence, so that a failure can be run again. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void test_no_damaged_message_does_harm(void)
{
    cyn_buf b = {0};
    uint32_t seed = 42;
    int built = 0, refused = 0;
    write_catalog(&b, none);
    uint8_t *copy = malloc(b.len);
    for (int round = 0; copy && round < 20000; round++) {
        memcpy(copy, b.data, b.len);
        size_t n = b.len;
        for (uint32_t i = next_random(&seed) % 4; i > 0; i--)
            copy[next_random(&seed) % n] ^= (uint8_t)(1u << next_random(&seed) % 8);
        if (next_random(&seed) % 4 == 0) copy[next_random(&seed) % n] = (uint8_t)next_random(&seed);
        if (next_random(&seed) % 8 == 0) n = next_random(&seed) % n;
        cyn_catalog *c = NULL;
        cyn_code rc = cyn_catalog_read(copy, n, &c, NULL);
        if (rc == CYN_OK)
            built++;
        else
            refused++;
        if ((rc == CYN_OK) != (c != NULL)) CHECK(0);
        cyn_catalog_free(c);
    }
    CHECK(built > 100 && refused > 1000); /* both ways were gone */
    free(copy);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_a_good_catalog_is_built);
    RUN(test_what_is_out_of_range_is_refused);
    RUN(test_a_formula_that_grows_beyond_bounds_is_refused);
    RUN(test_no_damaged_message_does_harm);
    return test_end();
}
