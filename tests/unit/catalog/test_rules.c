/* Alert rules, in messages that may be anything. */
#include "catalog/catalog.h"
#include "message.h"
#include "test.h"

#define DIGEST "bbb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

/* 1: a condition, 2: another, 3: a column. */
static const char exprs[] =
    "exprs: [{kind: script, text: value>1, handle: 7, digest: " DIGEST ", reads: [value], code: "
    "{inputs: [{name: value}], steps: [{op: input, input: 1}, {op: const, value: 1}, {op: less, a: "
    "2, b: 1}]}}, {kind: script, text: f, handle: 8, digest: abc, reads_all: true, why: loop}, "
    "{kind: column, text: value, name: value}]";

static cyn_code read_rules(const char *rules, cyn_catalog **out, cyn_err *err)
{
    char text[4000];
    cyn_buf b = {0};
    snprintf(text, sizeof text, "{%s, rules: [%s]}", exprs, rules);
    put_value(&b, text);
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, err);
    cyn_buf_clear(&b);
    return rc;
}

/* A rule that is as it should be, but for these fields: a key that comes twice is no map, so each
 * of them is left out of the usual ones. */
static void rule_text(const char *key, const char *field, char *out, size_t size)
{
    static const char *const usual[][2] = {
        {"name", "r"},     {"metric", "m"}, {"when", "1"},  {"levels", "[{severity: warning}]"},
        {"file", "a.lua"}, {"line", "3"},   {"column", "0"}};
    size_t n = (size_t)snprintf(out, size, "{");
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strcmp(usual[i][0], key) != 0)
            n += (size_t)snprintf(out + n, size - n, "%s: %s, ", usual[i][0], usual[i][1]);
    snprintf(out + n, size - n, "%s%s%s}", *field ? key : "q", *field ? ": " : ": 1",
             *field ? field : "");
}

static cyn_code read_field(const char *key, const char *field, cyn_catalog **out, cyn_err *err)
{
    char text[3000];
    rule_text(key, field, text, sizeof text);
    return read_rules(text, out, err);
}

static void test_a_rule_has_its_fields(void)
{
    cyn_catalog *c = NULL;
    cyn_err err = {0};
    cyn_code rc =
        read_rules("{name: r, metric: m, file: a.lua, line: 3, column: 1, by: [channel], "
                   "grain: week, every: 3600000000, at: 60000000, when: 1, clear: 2, levels: "
                   "[{severity: info}, {severity: critical, when: 2}], hold: 5, keep: 6, "
                   "no_data: ok, on_error: fire, gone_after: 0, damp: 0, calm: 0, labels: "
                   "[{name: a, value: b}, {name: c, value: d}], params: [{name: x, value: "
                   "1.5}], notify: [ops], depends: [o], summary_ja: s}",
                   &c, &err);
    CHECK_INT(rc, CYN_OK);
    CHECK_STR(err.message, "");
    if (!c) return;
    const cyn_rule *r = cyn_catalog_rule(c, "r");
    CHECK_INT(c->nrules, 1);
    CHECK(r == c->rules[0] && !strcmp(r->by[0], "channel") && r->grain.unit == CYN_WEEK);
    CHECK(r->every == 3600000000 && r->at == 60000000 && r->when->handle == 7);
    CHECK(r->clear->handle == 8 && r->nlevels == 2 && r->levels[1].severity == CYN_CRITICAL);
    CHECK(r->policy.hold == 5 && r->policy.keep == 6 && r->policy.gone_after == 0);
    CHECK(r->policy.no_data == CYN_INSTEAD_OK && r->policy.on_error == CYN_INSTEAD_FIRE);
    CHECK(r->policy.damp_at == 0 && r->nlabels == 2 && r->params[0].value == 1.5);
    CHECK_INT(strlen(r->definition), 64);
    cyn_catalog_free(c);
}

static void test_what_an_honest_worker_never_sends_is_refused(void)
{
    static const char *const list[][2] = {
        {"name", ""},
        {"name", "two.words"},
        {"name", "3"},
        {"metric", ""},
        {"metric", "end"},
        {"by", "[a, a]"},
        {"by", "[3]"},
        {"by", "x"},
        {"grain", "fortnight"},
        {"partial", "1"},
        {"every", "-1"},
        {"every", "999999"},
        {"every", "31622400000001"},
        {"at", "86400000000"},
        {"when", "0"},
        {"when", "3"},
        {"when", "4"},
        {"clear", "3"},
        {"levels", ""},
        {"levels", "[]"},
        {"levels", "[{severity: grave}]"},
        {"levels", "[{severity: warning}, {severity: info}]"},
        {"levels", "[{severity: info}, {severity: info}]"},
        {"levels", "[{severity: info, when: 3}]"},
        {"levels", "[7]"},
        {"hold", "-1"},
        {"hold", "1.5"},
        {"hold", "315360000000001"},
        {"keep", "315360000000001"},
        {"keep", "x"},
        {"no_data", "ignore"},
        {"on_error", "3"},
        {"hold_through_gaps", "1"},
        {"gone_after", "-1"},
        {"gone_after", "1000001"},
        {"damp", "101"},
        {"damp", "20"},
        {"calm", "30"},
        {"depends", "[o, o]"},
        {"calendar", "3"},
        {"labels", "[{name: a}]"},
        {"labels", "[{name: b, value: x}, {name: a, value: x}]"},
        {"labels", "[{name: a, value: x}, {name: a, value: y}]"},
        {"labels", "[{name: a.b, value: x}]"},
        {"params", "[{name: a, value: x}]"},
        {"params", "[{name: b, value: 1}, {name: a, value: 1}]"},
        {"notify", "[a, a]"},
        {"remind", "-5"},
        {"remind", "9223372036854775807"},
        {"title_en", "3"},
        {"owner", "[]"},
        {"line", "-1"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        cyn_catalog *c = NULL;
        cyn_code rc = read_field(list[i][0], list[i][1], &c, NULL);
        if (rc != CYN_E_WORKER) printf("# %s: %s\n", list[i][0], list[i][1]);
        CHECK_INT(rc, CYN_E_WORKER);
        cyn_catalog_free(c);
    }
    cyn_catalog *c = NULL;
    CHECK_INT(read_field("q", "1", &c, NULL), CYN_OK);
    cyn_catalog_free(c);
}

static void test_a_level_without_a_condition_needs_the_rules(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(read_rules("{name: r, metric: m, levels: [{severity: info}]}", &c, NULL),
              CYN_E_WORKER);
    CHECK_INT(read_rules("{name: r, metric: m, levels: [{severity: info, when: 2}]}", &c, NULL),
              CYN_OK);
    cyn_catalog_free(c);
}

/* A list of so many different names: [a0, a1, …]. */
static void put_names(cyn_buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cyn_buf_printf(b, "%sa%zu", i ? ", " : "[", i);
    cyn_buf_putc(b, ']');
}

static void check_limit(const char *key, size_t most)
{
    for (size_t n = most; n <= most + 1; n++) {
        cyn_buf b = {0};
        cyn_catalog *c = NULL;
        put_names(&b, n);
        CHECK_INT(read_field(key, b.data, &c, NULL), n > most ? CYN_E_WORKER : CYN_OK);
        cyn_catalog_free(c);
        cyn_buf_clear(&b);
    }
}

static void test_lists_are_limited(void)
{
    check_limit("by", 32);
    check_limit("depends", 64);
    check_limit("notify", 64);
}

static void test_names_are_different(void)
{
    char one[500], two[1100];
    cyn_catalog *c = NULL;
    cyn_err err = {0};
    rule_text("q", "1", one, sizeof one);
    snprintf(two, sizeof two, "%s, %s", one, one);
    CHECK_INT(read_rules(two, &c, &err), CYN_E_WORKER);
    CHECK(strstr(err.message, "'name' of rule") != NULL);
}

/* Bytes changed and cut off: an error or a catalog, never anything else. */
static void test_damaged_messages_are_errors(void)
{
    char one[500], text[2500];
    cyn_buf b = {0};
    rule_text("labels", "[{name: a, value: b}]", one, sizeof one);
    snprintf(text, sizeof text, "{%s, rules: [%s]}", exprs, one);
    put_value(&b, text);
    for (size_t n = 0; n < b.len; n++) {
        cyn_catalog *c = NULL;
        CHECK_INT(cyn_catalog_read((const uint8_t *)b.data, n, &c, NULL), CYN_E_WORKER);
    }
    size_t refused = 0;
    for (size_t i = 0; i < 8 * b.len; i++) {
        cyn_catalog *c = NULL;
        b.data[i / 8] ^= (char)(1 << i % 8);
        cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, &c, NULL);
        CHECK(rc == CYN_OK || rc == CYN_E_WORKER);
        if (rc == CYN_OK) cyn_catalog_free(c);
        refused += rc != CYN_OK;
        b.data[i / 8] ^= (char)(1 << i % 8);
    }
    CHECK(refused > b.len);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_a_rule_has_its_fields);
    RUN(test_what_an_honest_worker_never_sends_is_refused);
    RUN(test_a_level_without_a_condition_needs_the_rules);
    RUN(test_lists_are_limited);
    RUN(test_names_are_different);
    RUN(test_damaged_messages_are_errors);
    return test_end();
}
