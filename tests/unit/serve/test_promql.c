/* What the comparison with Prometheus (tests/golden/prometheus.py) does not reach: instants on the
 * edge of something, how long a sample counts, errors, hostile sizes. */
#include "serve/prometheus_impl.h"
#include "test.h"
#include <time.h>

static const cyn_prom_label first[] = {{"__name__", "m"}, {"x", "1"}};
static const cyn_prom_label second[] = {{"__name__", "m"}, {"x", "2"}};
static const cyn_prom_sample ends[] = {{10000, 30000, 1}, {20000, 40000, 2}, {40000, 60000, 4}};
static const cyn_prom_sample other[] = {{20000, 40000, 20}};
static const cyn_prom_series all[] = {{{first, 2}, ends, 3}, {{second, 2}, other, 1}};

static cyn_code select_all(void *self, const cyn_prom_matcher *m, size_t n, int64_t from,
                           int64_t to, cyn_arena *arena, const cyn_prom_series **out, size_t *count,
                           cyn_err *err)
{
    (void)self, (void)from, (void)to;
    cyn_prom_series *found = CYN_NEW_ARRAY(arena, 2, cyn_prom_series);
    if (!found) return cyn_nomem(err);
    *count = 0;
    for (size_t i = 0; i < 2; i++) {
        bool match = false;
        CYN_TRY(cyn_prom_all_match(m, n, all[i].labels, &match, err));
        if (match) found[(*count)++] = all[i];
    }
    *out = found;
    return CYN_OK;
}

/* The answer as JSON, or the error; until the next one. */
static const char *ask_range(const char *text, cyn_promql_range r, size_t limit)
{
    static cyn_buf out;
    static char message[2000];
    const cyn_prom_source source = {NULL, select_all};
    cyn_arena *arena = cyn_arena_new(limit);
    cyn_promql *q = NULL;
    cyn_promql_result result = {0};
    cyn_err err = {0};
    cyn_buf_clear(&out);
    cyn_code rc = cyn_promql_parse(text, arena, &q, &err);
    if (rc == CYN_OK) rc = cyn_promql_run(q, &r, &source, arena, &result, &err);
    if (rc == CYN_OK) cyn_prometheus_json_result(&result, r.start, &out);
    cyn_arena_free(arena);
    if (rc == CYN_OK) return out.data;
    cyn_err_format(&err, message, sizeof message);
    return message;
}

static const char *ask(const char *text, int64_t at)
{
    return ask_range(text, (cyn_promql_range){.start = at, .end = at}, 0);
}

#define VECTOR(rows)       "{\"resultType\":\"vector\",\"result\":[" rows "]}"
#define ONE(labels, point) "{\"metric\":{" labels "},\"value\":[" point "]}"
#define M1                 "\"__name__\":\"m\",\"x\":\"1\""
#define M2                 "\"__name__\":\"m\",\"x\":\"2\""

static void test_a_sample_counts_from_its_time_until_its_end(void)
{
    CHECK_STR(ask("m{x='1'}", 9999), VECTOR(""));
    CHECK_STR(ask("m{x='1'}", 10000), VECTOR(ONE(M1, "10,\"1\"")));
    CHECK_STR(ask("m{x='1'}", 19999), VECTOR(ONE(M1, "19.999,\"1\"")));
    CHECK_STR(ask("m{x='1'}", 20000), VECTOR(ONE(M1, "20,\"2\"")));
    CHECK_STR(ask("m{x='1'}", 39999), VECTOR(ONE(M1, "39.999,\"2\"")));
    CHECK_STR(ask("m{x='2'}", 40000), VECTOR(""));
    CHECK_STR(ask("m{x='1'}", 60000), VECTOR(""));
}

/* An older sample does not come back when the newest has ended. */
static void test_only_the_newest_sample_counts(void)
{
    CHECK_STR(ask("m{x='1'} @ 59.999", 0), VECTOR(ONE(M1, "0,\"4\"")));
    CHECK_STR(ask("m{x='1'} @ 60", 0), VECTOR(""));
    CHECK_STR(ask("m offset -1m", 0), VECTOR(""));
}

static void test_a_lookback_of_the_query_stands_in_for_the_ends(void)
{
    cyn_promql_range r = {.start = 29999, .end = 29999, .lookback = 10000};
    CHECK_STR(ask_range("m{x='2'}", r, 0), VECTOR(ONE(M2, "29.999,\"20\"")));
    r.start = r.end = 30000;
    CHECK_STR(ask_range("m{x='2'}", r, 0), VECTOR(""));
    r.lookback = 100000;
    CHECK_STR(ask_range("m{x='2'}", r, 0), VECTOR(ONE(M2, "30,\"20\"")));
}

/* As in Prometheus 3. */
static void test_a_range_is_open_at_its_beginning(void)
{
    CHECK_STR(ask("count_over_time(m{x='1'}[10s])", 20000), VECTOR(ONE("\"x\":\"1\"", "20,\"1\"")));
    CHECK_STR(ask("sum_over_time(m{x='1'}[10001ms])", 20000),
              VECTOR(ONE("\"x\":\"1\"", "20,\"3\"")));
    CHECK_STR(ask("m{x='1'}[30s]", 40000), "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{" M1
                                           "},\"values\":[[20,\"2\"],[40,\"4\"]]}]}");
    CHECK_STR(ask("count_over_time(vector(1)[30s:10s])", 40000), VECTOR(ONE("", "40,\"3\"")));
    CHECK_STR(ask("count_over_time(vector(1)[30s:10s])", -5000), VECTOR(ONE("", "-5,\"3\"")));
}

static void test_a_range_query_leaves_out_what_is_absent(void)
{
    cyn_promql_range r = {.start = 0, .end = 60000, .step = 20000};
    CHECK_STR(ask_range("m", r, 0), "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{" M1
                                    "},\"values\":[[20,\"2\"],[40,\"4\"]]},{\"metric\":{" M2
                                    "},\"values\":[[20,\"20\"]]}]}");
    CHECK_STR(ask_range("nothing", r, 0), "{\"resultType\":\"matrix\",\"result\":[]}");
    CHECK_STR(ask_range("time()", r, 0),
              "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[0,\"0\"],[20,"
              "\"20\"],[40,\"40\"],[60,\"60\"]]}]}");
    CHECK_STR(ask_range("m @ end()", r, 0), "{\"resultType\":\"matrix\",\"result\":[]}");
    CHECK_STR(ask_range("sum(m @ 20) + on() sum(m @ 10)", r, 0),
              "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[0,\"23\"],[20,"
              "\"23\"],[40,\"23\"],[60,\"23\"]]}]}");
}

static void test_errors_say_where_and_what(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "1:1: parse error: no expression found in input"},
        {"m +", "1:4: parse error: unexpected end of input in an expression, expected a metric, a "
                "number, a function or \"(\""},
        {"m\n  + )", "2:5: parse error: unexpected \")\" in an expression, expected a metric, a "
                     "number, a function or \"(\""},
        {"sums(m)", "1:1: parse error: unknown or unsupported function \"sums\"; did you mean "
                    "\"sum\"?"},
        {"histogram_quantile(0.9, m)",
         "1:1: parse error: unknown or unsupported function \"histogram_quantile\""},
        {"m{x=~\"(\"}", "1:6: parse error: missing closing parenthesis at character 2 of the "
                        "regular expression '('"},
        {"rate(m)", "1:6: parse error: expected type range vector in call to function rate, got "
                    "instant vector"},
        {"m[5q]", "1:3: parse error: bad number or duration syntax: \"5q\" (a duration is written "
                  "like 5m, 1h30m or 2w)"},
        {"\"かな\" + 1", "1:1: parse error: binary expression must contain only scalar and instant "
                         "vector types, got string"},
        {"m + \"か", "1:5: parse error: unterminated quoted string"},
        {"m{x=\"1\"} $", "1:10: parse error: unexpected character"},
        {"m + on(x) group_left(x) m",
         "1:1: parse error: label \"x\" must not occur in ON and GROUP "
         "clause at once"},
        {"m @ 1e300", "1:5: parse error: timestamp out of bounds"},
        {"m[99999999999999999999y]", "1:3: parse error: bad number or duration syntax: "
                                     "\"99999999999999999999y\" (a duration is written like 5m, "
                                     "1h30m or 2w)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(ask(cases[i].text, 20000), cases[i].error);
}

static void test_duplicates_are_refused(void)
{
    CHECK_STR(ask("label_replace(m, 'x', '', '', '')", 20000),
              "vector cannot contain metrics with the same labelset");
    CHECK_STR(
        ask("m + on() m", 20000),
        "found duplicate series for the match group {} on the right hand-side of the operation;"
        "many-to-many matching not allowed: matching labels must be unique on one side");
    CHECK_STR(ask("m + on() sum(m)", 20000),
              "multiple matches for labels: many-to-one matching must be explicit "
              "(group_left/group_right)");
}

static void test_numbers_are_written_as_prometheus_does(void)
{
    CHECK_STR(ask("1e22", 1500), "{\"resultType\":\"scalar\",\"result\":[1.500,\"1e+22\"]}");
    CHECK_STR(ask("-Inf", 0), "{\"resultType\":\"scalar\",\"result\":[0,\"-Inf\"]}");
    CHECK_STR(ask("0/0", 0), "{\"resultType\":\"scalar\",\"result\":[0,\"NaN\"]}");
    CHECK_STR(ask("\"a\\tb\\u3042\"", 0),
              "{\"resultType\":\"string\",\"result\":[0,\"a\\tb\u3042\"]}");
    CHECK_STR(ask("count_values('v', vector(1e22))", 0),
              VECTOR(ONE("\"v\":\"10000000000000000000000\"", "0,\"1\"")));
    CHECK_STR(ask("count_values('v', vector(-1.25e-7))", 0),
              VECTOR(ONE("\"v\":\"-0.000000125\"", "0,\"1\"")));
}

/* A text of n times one, and then times the other. */
static char *repeated(const char *a, size_t n, const char *b)
{
    cyn_buf out = {0};
    cyn_buf_repeat(&out, a, n);
    cyn_buf_puts(&out, "1");
    cyn_buf_repeat(&out, b, n);
    return out.data;
}

static void test_nesting_is_bounded(void)
{
    static const char *const shapes[][2] = {{"(", ")"}, {"-", ""},  {"abs(", ")"},  {"1+", ""},
                                            {"1^", ""}, {"", "+1"}, {"", "[1h:1m]"}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char *text = repeated(shapes[i][0], 10000, shapes[i][1]);
        CHECK(strstr(ask(text, 0), "parse error") != NULL);
        cyn_free(text);
    }
    char *text = repeated("(", 50, ")");
    CHECK_STR(ask(text, 0), "{\"resultType\":\"scalar\",\"result\":[0,\"1\"]}");
    cyn_free(text);
}

static void test_sizes_are_bounded(void)
{
    cyn_promql_range r = {.start = 0, .end = 11000000, .step = 1000};
    CHECK(strstr(ask_range("m", r, 0), "11,000 points") != NULL);
    r.end = 10999000;
    CHECK(strstr(ask_range("vector(1)", r, 0), "matrix") != NULL);
    CHECK(strstr(ask_range("vector(1)+vector(1)", r, 100000), "too many samples") != NULL);
    CHECK(strstr(ask("sum_over_time(m[100y:1ms])", 0), "a subquery has more than") != NULL);
    CHECK(strstr(ask_range("m", (cyn_promql_range){.start = INT64_MAX, .end = INT64_MAX}, 0),
                 "out of bounds") != NULL);
    CHECK_STR(ask("m offset 30000y @ 1000000000000", 0), VECTOR(""));
}

static void test_time_is_bounded(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    cyn_promql_range r = {.start = 0, .end = 10999000, .step = 1000, .deadline = now + 50000};
    CHECK_STR(ask_range("quantile_over_time(0.5, vector(time())[30h:1s])", r, 0),
              "query timed out in expression evaluation");
    clock_gettime(CLOCK_MONOTONIC, &t);
    CHECK((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 < now + 20000000);
}

int main(void)
{
    RUN(test_a_sample_counts_from_its_time_until_its_end);
    RUN(test_only_the_newest_sample_counts);
    RUN(test_a_lookback_of_the_query_stands_in_for_the_ends);
    RUN(test_a_range_is_open_at_its_beginning);
    RUN(test_a_range_query_leaves_out_what_is_absent);
    RUN(test_errors_say_where_and_what);
    RUN(test_duplicates_are_refused);
    RUN(test_numbers_are_written_as_prometheus_does);
    RUN(test_nesting_is_bounded);
    RUN(test_sizes_are_bounded);
    RUN(test_time_is_bounded);
    return test_end();
}
