/* Tests that scripts declare, in messages that may be anything. */
#include "catalog/catalog.h"
#include "message.h"
#include "test.h"

/* A test with these fields. */
static cyn_code read_case(const char *fields, cyn_catalog **out, cyn_err *err)
{
    char text[2000];
    cyn_buf b = {0};
    snprintf(text, sizeof text, "{cases: [{name: t, file: t.lua, line: 3, column: 0, %s}]}",
             fields);
    put_value(&b, text);
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, err);
    cyn_buf_clear(&b);
    return rc;
}

#define ALERT  "alert: a, at: monday"
#define METRIC "metric: m, period: week"

static void test_all_fields_are_read(void)
{
    cyn_catalog *c = NULL;
    cyn_code rc =
        read_case("now: n, from: f, to: u, "
                  "series: [{metric: m, grain: day, from: s, values: ones, file: t.lua, "
                  "line: 4, column: 5, segment: [{name: a, value: 1}, {name: b, value: x}]}],"
                  " rows: [{source: s, text: t}], "
                  "expect: [{file: t.lua, line: 9, column: 7, alert: a, at: z, state: firing,"
                  " severity: info, message: hi, health: ok, count: 2, segment: []}, "
                  "{metric: m, period: p, value: 1.5, within: 0.5, status: red}, "
                  "{metric: m, period: p, missing: true}]",
                  &c, NULL);
    CHECK_INT(rc, CYN_OK);
    if (!c) return;
    CHECK_INT(c->ncases, 1);
    const cyn_case *t = c->cases[0];
    CHECK_STR(t->name, "t");
    CHECK_INT(t->place.line, 3);
    CHECK_STR(t->now, "n");
    CHECK_STR(t->from, "f");
    CHECK_STR(t->until, "u");
    CHECK_INT(t->nseries, 1);
    CHECK_STR(t->series[0].values, "ones");
    CHECK_STR(t->series[0].grain, "day");
    CHECK_INT(t->series[0].place.column, 5);
    CHECK_INT(t->series[0].nsegment, 2);
    CHECK_INT(t->series[0].segment[0].value.i, 1);
    CHECK_STR(t->series[0].segment[1].value.s, "x");
    CHECK_STR(t->rows[0].source, "s");
    CHECK_STR(t->rows[0].text, "t");
    CHECK_INT(t->nexpect, 3);
    const cyn_case_expectation *e = t->expect;
    CHECK_INT(e[0].place.line, 9);
    CHECK_STR(e[0].state, "firing");
    CHECK_STR(e[0].severity, "info");
    CHECK_STR(e[0].message, "hi");
    CHECK_STR(e[0].health, "ok");
    CHECK_INT(e[0].count, 2);
    CHECK(!e[0].has_value);
    CHECK(e[1].has_value && e[1].value.r == 1.5 && e[1].within == 0.5);
    CHECK_INT(e[1].count, -1);
    CHECK_STR(e[1].status, "red");
    CHECK(e[2].has_value && e[2].value.kind == CYN_CONST_NIL);
    cyn_catalog_free(c);
}

static void test_cases_of_all_parts_are_there(void)
{
    cyn_buf b[2] = {0};
    cyn_catalog *c = NULL;
    put_value(&b[0], "{cases: [{name: x}, {name: y}]}");
    put_value(&b[1], "{cases: [{name: x}]}");
    cyn_catalog_part parts[2];
    for (int i = 0; i < 2; i++)
        parts[i] = (cyn_catalog_part){.data = (const uint8_t *)b[i].data, .size = b[i].len};
    CHECK_INT(cyn_catalog_join(parts, 2, &c, NULL), CYN_OK);
    if (c) {
        CHECK_INT(c->ncases, 3);
        CHECK_INT(c->nerrors, 0);
        CHECK_STR(c->cases[1]->name, "y");
        CHECK_STR(c->cases[2]->name, "x");
    }
    cyn_catalog_free(c);
    cyn_buf_clear(&b[0]);
    cyn_buf_clear(&b[1]);
}

static void check_refused(const char *fields, const char *field)
{
    cyn_catalog *c = NULL;
    cyn_err err = {0};
    char message[200];
    snprintf(message, sizeof message,
             "the script worker's catalog is malformed: field '%s' of test 1", field);
    CHECK_INT(read_case(fields, &c, &err), CYN_E_WORKER);
    CHECK_STR(err.message, message);
    cyn_catalog_free(c);
}

static void test_what_no_honest_worker_sends_is_refused(void)
{
    check_refused("now: 7", "now");
    check_refused("from: 7", "from");
    check_refused("series: 7", "series");
    check_refused("series: [7]", "series");
    check_refused("series: [{metric: m}]", "series");
    check_refused("series: [{metric: m, values: v, segment: [{name: a}]}]", "series");
    check_refused("series: [{metric: m, values: v, segment: [{name: b, value: 1}, {name: a, "
                  "value: 1}]}]",
                  "series");
    check_refused("series: [{metric: m, values: v, segment: [{name: a, value: 1}, {name: a, "
                  "value: 1}]}]",
                  "series");
    check_refused("rows: [{source: s}]", "rows");
    check_refused("expect: [{alert: a}]", "expect");
    check_refused("expect: [{at: a}]", "expect");
    check_refused("expect: [{" ALERT ", metric: m}]", "expect");
    check_refused("expect: [{" METRIC ", value: x}]", "expect");
    check_refused("expect: [{" METRIC ", value: 1, missing: true}]", "expect");
    check_refused("expect: [{" METRIC ", value: 1, within: -1}]", "expect");
    check_refused("expect: [{" ALERT ", count: -1}]", "expect");
    check_refused("expect: [{" ALERT ", count: 1.5}]", "expect");
    check_refused("expect: [{metric: m, value: 1}]", "expect");
}

int main(void)
{
    RUN(test_all_fields_are_read);
    RUN(test_cases_of_all_parts_are_there);
    RUN(test_what_no_honest_worker_sends_is_refused);
    return test_end();
}
