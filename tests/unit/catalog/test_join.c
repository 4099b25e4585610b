/* Joining the parts of several Lua states into one catalog. */
#include "catalog/catalog.h"
#include "message.h"
#include "test.h"

/* Metrics that are all the sum of the script expression with handle 7 over a source; where another
 * is named, it is their driver, and their identity. The source is also their file. */
static void write_part(cyn_buf *b, const char *source, const char *const *metrics, size_t n,
                       const char *other)
{
    char text[2048];
    int at = snprintf(text, sizeof text,
                      "{exprs: [{kind: script, text: x, handle: 7, digest: d, reads: []}],"
                      " views: [{source: %s}], aggs: [{func: sum, view: 1, arg: 1}],"
                      " formulas: [{kind: agg, agg: 1}, {kind: metric, metric: %s}], metrics: [",
                      source, other ? other : "none");
    for (size_t i = 0; i < n; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "{name: %s, file: %s, line: %zu, column: 0, formula: 1, sheet: {}",
                       metrics[i], source, i + 1);
        if (other)
            at += snprintf(text + at, sizeof text - (size_t)at,
                           ", identity: 2, drivers: [{metric: %s, direction: up}]", other);
        at += snprintf(text + at, sizeof text - (size_t)at, "}, ");
    }
    snprintf(text + at - (n ? 2 : 0), sizeof text - (size_t)at, "]}");
    put_value(b, text);
}

static cyn_code join(const cyn_buf *parts, size_t n, cyn_catalog **out, cyn_err *err)
{
    cyn_catalog_part messages[4];
    for (size_t i = 0; i < n; i++)
        messages[i] = (cyn_catalog_part){(const uint8_t *)parts[i].data, parts[i].len};
    return cyn_catalog_join(messages, n, out, err);
}

static const char *message_of(const cyn_catalog *c, size_t i)
{
    static char text[1024];
    if (i >= c->nerrors) return "";
    cyn_err_format(&c->errors[i], text, sizeof text);
    return text;
}

static void test_aggregates_and_handles_keep_to_their_part(void)
{
    static const char *const first[] = {"a"}, *const second[] = {"b"};
    cyn_buf parts[2] = {0};
    cyn_catalog *c = NULL;
    write_part(&parts[0], "events", first, 1, "b");
    write_part(&parts[1], "orders", second, 1, "a");
    CHECK_INT(join(parts, 2, &c, NULL), CYN_OK);
    if (c) {
        const cyn_agg *a = c->aggs[cyn_catalog_metric(c, "a")->formula->agg];
        const cyn_agg *b = c->aggs[cyn_catalog_metric(c, "b")->formula->agg];
        CHECK_INT(c->nerrors, 0);
        CHECK_STR(a->view->source, "events");
        CHECK_STR(b->view->source, "orders");
        CHECK_INT(CYN_HANDLE_PART(a->arg->handle), 0);
        CHECK_INT(CYN_HANDLE_PART(b->arg->handle), 1);
        CHECK_INT(CYN_HANDLE_LOCAL(b->arg->handle), 7);
        CHECK_STR(cyn_catalog_metric(c, "a")->identity_text, "b");
        CHECK_INT(cyn_catalog_metric(c, "b")->ndrivers, 1);
    }
    cyn_catalog_free(c);
    cyn_buf_clear(&parts[0]);
    cyn_buf_clear(&parts[1]);
}

static void test_the_first_part_keeps_a_name_that_two_claim(void)
{
    static const char *const first[] = {"a", "b"}, *const second[] = {"c", "a"};
    static const char *const third[] = {"c"};
    cyn_buf parts[3] = {0};
    cyn_catalog *c = NULL;
    write_part(&parts[0], "one", first, 2, NULL);
    write_part(&parts[1], "two", second, 2, NULL);
    write_part(&parts[2], "three", third, 1, NULL);
    CHECK_INT(join(parts, 3, &c, NULL), CYN_OK);
    if (c) {
        CHECK_INT(c->nmetrics, 3);
        CHECK_STR(cyn_catalog_metric(c, "a")->place.file, "one");
        CHECK_STR(cyn_catalog_metric(c, "c")->place.file, "two");
        CHECK_INT(c->nerrors, 2);
        CHECK_STR(message_of(c, 0), "two:2: metric 'a' is already declared at one:1");
        CHECK_STR(message_of(c, 1), "three:1: metric 'c' is already declared at two:1");
    }
    cyn_catalog_free(c);
    for (size_t i = 0; i < 3; i++)
        cyn_buf_clear(&parts[i]);
}

static void test_names_that_no_part_declares_spoil_only_themselves(void)
{
    static const char *const first[] = {"revenue"}, *const second[] = {"users"};
    cyn_buf parts[2] = {0};
    cyn_catalog *c = NULL;
    write_part(&parts[0], "one", first, 1, "usres");
    write_part(&parts[1], "two", second, 1, NULL);
    CHECK_INT(join(parts, 2, &c, NULL), CYN_OK);
    if (c) {
        const cyn_metric *m = cyn_catalog_metric(c, "revenue");
        CHECK(m && !m->identity && m->ndrivers == 0);
        CHECK_INT(c->nerrors, 2);
        CHECK_STR(message_of(c, 0), "one:1: metric 'revenue', drivers: there is no metric 'usres'\n"
                                    "hint: did you mean 'users'?");
        CHECK_STR(message_of(c, 1),
                  "one:1: metric 'revenue', identity: there is no metric 'usres'\n"
                  "hint: did you mean 'users'?");
    }
    cyn_catalog_free(c);
    cyn_buf_clear(&parts[0]);
    cyn_buf_clear(&parts[1]);
}

static void test_one_malformed_part_is_an_error_of_all(void)
{
    static const char *const first[] = {"a"}, *const twice[] = {"b", "b"};
    cyn_buf parts[2] = {0};
    cyn_catalog *c = NULL;
    cyn_err err = {0};
    write_part(&parts[0], "one", first, 1, NULL);
    write_part(&parts[1], "two", twice, 2, NULL);
    CHECK_INT(join(parts, 2, &c, &err), CYN_E_WORKER);
    CHECK_STR(err.message, "the script worker's catalog is malformed: field 'name' of metric 2");
    parts[1].len--;
    CHECK_INT(join(parts, 2, &c, NULL), CYN_E_WORKER);
    CHECK(c == NULL);
    cyn_buf_clear(&parts[0]);
    cyn_buf_clear(&parts[1]);
}

static void test_no_part_is_an_empty_catalog(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(cyn_catalog_join(NULL, 0, &c, NULL), CYN_OK);
    if (!c) return;
    CHECK_INT(c->nmetrics, 0);
    CHECK(cyn_catalog_metric(c, "a") == NULL);
    cyn_catalog_free(c);
}

int main(void)
{
    RUN(test_aggregates_and_handles_keep_to_their_part);
    RUN(test_the_first_part_keeps_a_name_that_two_claim);
    RUN(test_names_that_no_part_declares_spoil_only_themselves);
    RUN(test_one_malformed_part_is_an_error_of_all);
    RUN(test_no_part_is_an_empty_catalog);
    return test_end();
}
