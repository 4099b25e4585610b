#include "base/arena.h"
#include "chance.h"
#include "store/history.h"
#include "store_fixture.h"

/* ---- what is written ---- */

static const cyn_metric revenue = {.name = "revenue", .definition = "d2"};

typedef struct said {
    const cyn_metric *metric;
    int week;            /* from 2026-W45 on */
    const char *channel; /* NULL: the whole */
    cyn_num value;
    bool partial, immature;
} said;

static cyn_period week_of(int n)
{
    int64_t length = week.end - week.start;
    return (cyn_period){week.grain, week.start + n * length, week.end + n * length};
}

static void put(cyn_store *st, int64_t run, const said *s)
{
    static const char *const dims[] = {"channel"};
    cyn_const key = {
        .kind = CYN_CONST_TEXT, .s = s->channel, .n = s->channel ? strlen(s->channel) : 0};
    cyn_point p = {.metric = s->metric,
                   .period = week_of(s->week),
                   .value = s->value,
                   .rows = 7,
                   .partial = s->partial,
                   .immature = s->immature,
                   .nkeys = s->channel ? 1 : 0,
                   .dims = dims,
                   .keys = &key};
    char label[32];
    snprintf(label, sizeof label, "W%d", s->week);
    CHECK_INT(cyn_store_add_definition(st, s->metric, "count(events)", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, label, NULL), CYN_OK);
}

/* One run that says all of it. */
static int64_t say(cyn_store *st, const said *all, size_t n)
{
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(st, "eval", 1, &run, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        put(st, run, &all[i]);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    return run;
}
#define SAY(st, ...)                                                                               \
    say(st, (const said[]){__VA_ARGS__}, sizeof((const said[]){__VA_ARGS__}) / sizeof(said))

/* ---- what is read ---- */

static cyn_arena *arena;

static cyn_store *reader(void)
{
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open_reader(path, &st, &err), CYN_OK);
    if (!st) {
        printf("Bail out! cannot read %s: %s\n", path, err.message);
        exit(1);
    }
    return st;
}

static const cyn_stored_series whole_aha = {"aha_rate", "week", "{}"};

static const cyn_stored_value *values_of(cyn_store *st, const cyn_stored_series *s, size_t *n)
{
    const cyn_stored_value *v = NULL;
    CHECK_INT(cyn_store_values(st, s, CYN_TIME_MIN, CYN_TIME_MAX, 0, arena, &v, n, NULL), CYN_OK);
    return v;
}

/* "metric grain segment|…", and "+" where there are others. */
static const char *list(cyn_store *st, cyn_series_filter filter)
{
    static char out[2048];
    const cyn_stored_series *items = NULL;
    size_t n = 0, at = 0;
    bool more = false;
    out[0] = '\0';
    CHECK_INT(cyn_store_series_list(st, &filter, arena, &items, &n, &more, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s %s %s", i ? "|" : "",
                               items[i].metric, items[i].grain, items[i].segment);
    if (more) snprintf(out + at, sizeof out - at, "+");
    return out;
}

static void test_a_state_that_is_not_there_is_said(void)
{
    new_folder();
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open_reader(path, &st, &err), CYN_E_STATE);
    CHECK(st == NULL);
    CHECK(strstr(err.message, "there is none yet") != NULL);
    CHECK_INT(access(path, F_OK), -1); /* and none was made */
    remove_folder();
}

static void test_a_reader_never_migrates(void)
{
    new_folder();
    cyn_store_close(open_store());
    CHECK_STR(query("PRAGMA user_version = 3"), "");
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open_reader(path, &st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "has version 3") != NULL);
    CHECK_STR(query("PRAGMA user_version"), "3");
    CHECK_STR(query("PRAGMA user_version = 1000"), "");
    CHECK_INT(cyn_store_open_reader(path, &st, &err), CYN_E_STATE);
    CHECK_STR(query("PRAGMA user_version"), "1000");
    remove_folder();
}

static void test_a_reader_cannot_write(void)
{
    new_folder();
    cyn_store_close(open_store());
    cyn_store *st = reader();
    int64_t run = 0;
    cyn_err err = {0};
    CHECK_INT(cyn_store_begin_run(st, "eval", 1, &run, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "for reading only") != NULL);
    CHECK_INT(cyn_store_set_schema(st, "events", "a:text", NULL), CYN_E_STATE);
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM run"), "0");
    remove_folder();
}

static void test_series_are_listed_once_in_order(void)
{
    new_folder();
    cyn_store *st = open_store();
    SAY(st, {&revenue, 0, NULL, cyn_num_integer(5)}, {&revenue, 1, NULL, cyn_num_integer(6)},
        {&aha, 0, "seo", cyn_num_real(0.5)}, {&aha, 0, "ads", cyn_num_real(0.25)},
        {&aha, 0, NULL, cyn_num_real(0.4)});
    SAY(st, {&revenue, 0, NULL, cyn_num_integer(7)});
    CHECK_STR(list(st, (cyn_series_filter){0}),
              "aha_rate week {\"channel\":\"ads\"}|aha_rate week {\"channel\":\"seo\"}"
              "|aha_rate week {}|revenue week {}");
    CHECK_STR(list(st, (cyn_series_filter){.whole = true}), "aha_rate week {}|revenue week {}");
    CHECK_STR(list(st, (cyn_series_filter){.metric = "revenue"}), "revenue week {}");
    CHECK_STR(list(st, (cyn_series_filter){.metric = "aha_rate", .whole = true}),
              "aha_rate week {}");
    CHECK_STR(list(st, (cyn_series_filter){.metric = "aha"}), "");
    CHECK_STR(list(st, (cyn_series_filter){.grain = "day"}), "");
    CHECK_STR(list(st, (cyn_series_filter){.most = 3}),
              "aha_rate week {\"channel\":\"ads\"}|aha_rate week {\"channel\":\"seo\"}"
              "|aha_rate week {}+");
    CHECK_STR(list(st, (cyn_series_filter){.metric = "revenue", .most = 1}), "revenue week {}");
    cyn_store_close(st);
    remove_folder();
}

static void test_the_newest_value_of_a_period_counts(void)
{
    new_folder();
    cyn_store *st = open_store();
    int64_t first =
        SAY(st, {&aha, 0, NULL, cyn_num_decimal(1250, 2)}, {&aha, 1, NULL, CYN_MISSING});
    SAY(st, {&aha, 0, NULL, cyn_num_decimal(1300, 2)});
    int64_t last = SAY(st, {&aha, 0, NULL, cyn_num_decimal(1350, 2)});
    size_t n = 0;
    const cyn_stored_value *v = values_of(st, &whole_aha, &n);
    CHECK_INT(n, 2);
    CHECK_NEAR(v[0].value, 13.5, 0);
    CHECK_STR(v[0].text, "13.50");
    CHECK_STR(v[0].period, "W0");
    CHECK_INT(v[0].start, week.start);
    CHECK_INT(v[0].end, week.end);
    CHECK_INT(v[0].rows, 7);
    CHECK_INT(v[0].first_run, first);
    CHECK_INT(v[0].run, last);
    CHECK_INT(v[0].restated, 2);
    CHECK_STR(v[0].definition, "d1");
    CHECK(isnan(v[1].value) && isnan(v[1].numerator));
    CHECK(v[1].text == NULL);
    CHECK_INT(v[1].restated, 0);
    cyn_store_close(st);
    remove_folder();
}

static void test_what_was_not_said_to_last_is_not_restated(void)
{
    new_folder();
    cyn_store *st = open_store();
    SAY(st, {&aha, 0, NULL, cyn_num_integer(1), .partial = true},
        {&aha, 1, NULL, cyn_num_integer(1), .immature = true});
    SAY(st, {&aha, 0, NULL, cyn_num_integer(2)}, {&aha, 1, NULL, cyn_num_integer(2)});
    size_t n = 0;
    const cyn_stored_value *v = values_of(st, &whole_aha, &n);
    CHECK_INT(n, 2);
    CHECK_INT(v[0].restated + v[1].restated, 0);
    CHECK(v[0].first_run < v[0].run);
    SAY(st, {&aha, 0, NULL, CYN_MISSING});
    v = values_of(st, &whole_aha, &n);
    CHECK_INT(v[0].restated, 1);
    cyn_store_close(st);
    remove_folder();
}

static void test_values_are_those_of_the_stretch_and_no_more_than_asked_for(void)
{
    new_folder();
    cyn_store *st = open_store();
    for (int i = 0; i < 5; i++)
        SAY(st, {&aha, i, NULL, cyn_num_integer(i)}, {&aha, i, "ads", cyn_num_integer(-i)});
    const cyn_stored_value *v = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_values(st, &whole_aha, week_of(1).start, week_of(4).start, 0, arena, &v, &n,
                               NULL),
              CYN_OK);
    CHECK_INT(n, 3);
    CHECK_STR(v[0].period, "W1");
    CHECK_STR(v[2].period, "W3");
    CHECK_INT(
        cyn_store_values(st, &whole_aha, week_of(1).start, CYN_TIME_MAX, 2, arena, &v, &n, NULL),
        CYN_OK);
    CHECK_INT(n, 2);
    CHECK_STR(v[1].period, "W2");
    cyn_store_close(st);
    remove_folder();
}

static void test_all_that_was_said_of_a_period(void)
{
    new_folder();
    cyn_store *st = open_store();
    SAY(st, {&aha, 0, NULL, cyn_num_integer(1)}, {&aha, 1, NULL, cyn_num_integer(9)});
    SAY(st, {&aha, 0, NULL, cyn_num_integer(2)});
    SAY(st, {&aha, 0, NULL, cyn_num_integer(1)});
    const cyn_stored_value *v = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_restatements(st, &whole_aha, week.start, arena, &v, &n, NULL), CYN_OK);
    CHECK_INT(n, 3);
    CHECK_NEAR(v[0].value, 1, 0);
    CHECK_NEAR(v[1].value, 2, 0);
    CHECK_NEAR(v[2].value, 1, 0);
    CHECK_INT(v[0].restated, 0);
    CHECK_INT(v[2].restated, 2);
    CHECK_INT(v[2].first_run, v[0].run);
    CHECK_INT(cyn_store_restatements(st, &whole_aha, week.start + 1, arena, &v, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    cyn_store_close(st);
    remove_folder();
}

static void test_a_reader_sees_what_is_committed_and_never_waits(void)
{
    new_folder();
    cyn_store *writer = open_store(), *st = reader();
    size_t n = 0;
    values_of(st, &whole_aha, &n);
    CHECK_INT(n, 0);
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(writer, "eval", 1, &run, NULL), CYN_OK);
    put(writer, run, &(said){&aha, 0, NULL, cyn_num_integer(1)});
    values_of(st, &whole_aha, &n); /* while the writer holds its lock */
    CHECK_INT(n, 0);
    CHECK_INT(cyn_store_commit_run(writer, run, 0, NULL), CYN_OK);
    values_of(st, &whole_aha, &n);
    CHECK_INT(n, 1);
    cyn_store_close(st);
    cyn_store_close(writer);
    remove_folder();
}

static int64_t pick(uint64_t *seed, uint64_t below)
{
    return (int64_t)(chance(seed) % below);
}

/* Random runs; then what SQL says in its own words: the view `latest`, and DISTINCT. */
static void test_random_histories_read_as_sql_says(void)
{
    static const char *const channels[] = {NULL, "ads", "seo", "}~"};
    new_folder();
    cyn_store *st = open_store();
    uint64_t seed = 11;
    for (int i = 0; i < 60; i++) {
        said s[4];
        for (size_t k = 0; k < 4; k++)
            s[k] = (said){pick(&seed, 2) == 0 ? &aha : &revenue, (int)k, channels[pick(&seed, 4)],
                          cyn_num_integer(pick(&seed, 3)), .partial = pick(&seed, 3) == 0};
        say(st, s, 4);
    }
    const cyn_stored_series *items = NULL;
    size_t n = 0, values = 0;
    int64_t sum = 0, starts = 0;
    bool more = false;
    CHECK_INT(cyn_store_series_list(st, &(cyn_series_filter){0}, arena, &items, &n, &more, NULL),
              CYN_OK);
    for (size_t i = 0; i < n; i++) {
        size_t count = 0;
        const cyn_stored_value *v = values_of(st, &items[i], &count);
        for (size_t k = 0; k < count; k++) {
            sum += (int64_t)v[k].value * v[k].run;
            starts += v[k].start / 1000000 * v[k].run;
        }
        values += count;
    }
    char text[64];
    snprintf(text, sizeof text, "%zu %zu", n, values);
    CHECK_STR(query("SELECT (SELECT count(*) FROM (SELECT DISTINCT metric, grain, segment FROM"
                    " value)) || ' ' || (SELECT count(*) FROM latest)"),
              text);
    snprintf(text, sizeof text, "%lld %lld", (long long)sum, (long long)starts);
    CHECK_STR(query("SELECT CAST(sum(value * run) AS INTEGER) || ' ' ||"
                    " sum(period_start / 1000000 * run) FROM latest"),
              text);
    cyn_store_close(st);
    remove_folder();
}

/* What makes it fast: both questions are answered out of the key, without a look at other rows. */
static void test_questions_follow_the_key(void)
{
    new_folder();
    cyn_store *st = open_store();
    static const cyn_store_sql which[] = {CYN_SQL_NEXT_SERIES, CYN_SQL_GET_VALUES};
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *q = NULL;
        CHECK_INT(cyn_store_statement(st, which[i], &q, NULL), CYN_OK);
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(q));
        CHECK_INT(sqlite3_prepare_v2(st->db, sql, -1, &q, NULL), SQLITE_OK);
        CHECK_INT(sqlite3_step(q), SQLITE_ROW);
        const char *detail = (const char *)sqlite3_column_text(q, 3);
        CHECK(detail && strstr(detail, "SEARCH value USING PRIMARY KEY (") != NULL);
        while (sqlite3_step(q) == SQLITE_ROW) {
            detail = (const char *)sqlite3_column_text(q, 3);
            CHECK(detail && !strstr(detail, "SCAN") && !strstr(detail, "TEMP B-TREE"));
        }
        sqlite3_finalize(q);
        sqlite3_free(sql);
    }
    cyn_store_close(st);
    remove_folder();
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_a_state_that_is_not_there_is_said);
    RUN(test_a_reader_never_migrates);
    RUN(test_a_reader_cannot_write);
    RUN(test_series_are_listed_once_in_order);
    RUN(test_the_newest_value_of_a_period_counts);
    RUN(test_what_was_not_said_to_last_is_not_restated);
    RUN(test_values_are_those_of_the_stretch_and_no_more_than_asked_for);
    RUN(test_all_that_was_said_of_a_period);
    RUN(test_a_reader_sees_what_is_committed_and_never_waits);
    RUN(test_random_histories_read_as_sql_says);
    RUN(test_questions_follow_the_key);
    cyn_arena_free(arena);
    return test_end();
}
