/* Declarations, the time column, limits of bad rows, the report, stopping, and lack of memory. */
#include "load.h"

static void load_with(loaded *l, const char *text, const cyn_column_decl *columns, size_t n,
                      const char *time)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.columns = columns;
    spec.ncolumns = n;
    spec.time = time;
    put_text("t.csv", text);
    load_path(l, spec, "t.csv");
}

static void test_from_renames_and_types_are_declared_one_by_one(void)
{
    static const cyn_column_decl columns[] = {
        {.name = "zip", .from = "Zip Code", .has_type = true, .type = CYN_TEXT},
        {.name = "n", .from = "Count"},
    };
    loaded l;
    load_with(&l, "Zip Code,Count,x\n123,4,5\n", columns, 2, NULL);
    CHECK_STR(shown(&l), "zip:text=123 n:integer=4 x:integer=5");
    CHECK(l.report->columns[0].declared);
    CHECK(!l.report->columns[1].declared);
    CHECK_STR(l.report->columns[1].from, "Count");
    unload(&l);
}

static void test_a_value_that_does_not_fit_makes_its_row_bad_with_place(void)
{
    static const cyn_column_decl columns[] = {
        {.name = "amount", .from = "b", .has_type = true, .type = CYN_DECIMAL, .scale = 2}};
    loaded l;
    load_with(&l, "a,b\nx,1.50\n\"é\n\",abc\nz,2\n", columns, 1, NULL);
    CHECK_STR(shown(&l), "a:text=x|z amount:decimal=150/2|200/2");
    CHECK_STR(bad_row(&l, 0), "t.csv:4:3 amount: not a decimal: 'abc'");
    CHECK_STR(l.report->bad_rows[0].text, "\"é\n\",abc");
    CHECK_INT(cyn_table_column(l.table, 0)->dict->count, 2);
    unload(&l);
}

static void test_declared_columns_that_are_not_there_are_errors(void)
{
    static const cyn_column_decl typo[] = {{.name = "amonut"}};
    static const cyn_column_decl twice[] = {{.name = "a"}, {.name = "b", .from = "a"}};
    static const cyn_column_decl clash[] = {{.name = "b", .from = "amount"}};
    loaded l;
    load_with(&l, "amount,b\n1,2\n", typo, 1, NULL);
    CHECK_INT(l.rc, CYN_E_NAME);
    CHECK_STR(failure(&l), "source 't': declared column 'amonut' is not in the data\n"
                           "hint: did you mean 'amount'?");
    unload(&l);
    load_with(&l, "a,c\n1,2\n", twice, 2, NULL);
    CHECK_STR(failure(&l), "source 't': columns 'a' and 'b' both come from 'a'");
    unload(&l);
    load_with(&l, "amount,b\n1,2\n", clash, 1, NULL);
    CHECK_STR(l.err.message, "source 't': two columns are named 'b': from 'amount' and from 'b'");
    unload(&l);
}

static void test_rows_without_time_are_kept_and_counted(void)
{
    loaded l;
    load_with(&l, "at,n\n2020-01-02T03:00:00Z,1\n,2\n2020-01-01T00:00:00Z,3\n", NULL, 0, "at");
    CHECK_INT(l.report->rows, 3);
    CHECK_INT(l.report->without_time, 1);
    CHECK(l.report->has_time);
    CHECK_INT(l.report->first_time, 1577836800 * CYN_SECOND); /* date -u -d 2020-01-01 +%s */
    CHECK_INT(l.report->last_time, 1577934000 * CYN_SECOND);
    unload(&l);
}

static void test_a_date_may_be_the_time_and_counts_from_local_midnight(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    const char *path = "t.csv";
    spec.time = "day";
    spec.paths = &path;
    spec.npaths = 1;
    put_text("t.csv", "day,n\n2020-01-01,1\n2020-01-03,2\n");
    loaded l;
    load_in(&l, spec, "Asia/Tokyo");
    CHECK_INT(l.report->first_time, (1577836800 - 9 * 3600) * CYN_SECOND);
    CHECK_INT(l.report->last_time, (1578009600 - 9 * 3600) * CYN_SECOND);
    unload(&l);
}

static void test_a_time_column_that_is_none_is_an_error(void)
{
    loaded l;
    load_with(&l, "created,n\n2020-01-01,1\n", NULL, 0, "create");
    CHECK_STR(failure(&l), "source 't': time column 'create' is not in the data\n"
                           "hint: did you mean 'created'?");
    unload(&l);
    load_with(&l, "at,n\n2020-01-01,1\nsoon,2\n", NULL, 0, "at");
    CHECK_INT(l.rc, CYN_E_TYPE);
    CHECK_STR(failure(&l), "t.csv:3: source 't': time column 'at' is of type text, expected "
                           "timestamp or date: 'soon' is neither\n"
                           "hint: declare it with 'type: timestamp' and the 'format' or 'epoch' of "
                           "its values");
    unload(&l);
}

static void load_limited(loaded *l, int64_t limit, double share)
{
    static const char text[] = "a,b\n1\n1,2\n2\n3,4\n5,6,7\n8,9\n";
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.bad_limit = limit;
    spec.bad_share = share;
    put_text("t.csv", text);
    load_path(l, spec, "t.csv");
}

static void test_bad_rows_are_limited_by_number_and_by_share(void)
{
    loaded l;
    load_limited(&l, 3, 0.5);
    CHECK_INT(l.rc, CYN_OK);
    unload(&l);
    load_limited(&l, 2, -1);
    CHECK_INT(l.rc, CYN_E_DATA);
    CHECK_STR(l.err.message, "source 't': 3 of 6 rows are bad, expected at most 2: "
                             "t.csv:2: 1 field, expected 2 as in the header; "
                             "t.csv:4: 1 field, expected 2 as in the header; "
                             "t.csv:6: 3 fields, expected 2 as in the header");
    CHECK(l.report != NULL && l.report->bad == 3 && l.report->nbad_rows == 3);
    CHECK(l.table == NULL);
    unload(&l);
    load_limited(&l, -1, 0.4);
    CHECK_INT(l.rc, CYN_E_DATA);
    CHECK(strstr(l.err.message, "expected at most 40%") != NULL);
    unload(&l);
}

static void test_nothing_but_bad_rows_is_an_error_without_limits_too(void)
{
    CHECK_FAILS(load_ndjson, "[{\"a\":1},\n",
                "source 't': 1 of 1 rows is bad: t.ndjson:1: expected an object ('{'), one on each "
                "line, found '['\n"
                "hint: 'cynosure load' lists the bad rows; 'bad_rows' says how many are accepted");
}

static void test_a_bad_rows_text_is_short_and_valid(void)
{
    char text[2000] = "a,b\n1";
    for (int i = 0; i < 300; i++)
        strcat(text, "é"); /* "1" makes the cut at 200 fall inside a character */
    strcat(text, "\n1,2\n");
    loaded l;
    load_csv(&l, text);
    CHECK_INT(strlen(l.report->bad_rows[0].text), 199);
    unload(&l);
}

static void test_only_so_many_bad_rows_are_kept_but_all_are_counted(void)
{
    enum { ROWS = CYN_BAD_ROWS_KEPT + 5 };
    char *text = malloc(ROWS * 2 + 20), *p = text;
    p += sprintf(p, "a,b\n1,2\n");
    for (int i = 0; i < ROWS; i++)
        p += sprintf(p, "x\n");
    loaded l;
    load_csv(&l, text);
    CHECK_INT(l.report->bad, ROWS);
    CHECK_INT(l.report->nbad_rows, CYN_BAD_ROWS_KEPT);
    CHECK_INT(l.report->bad_rows[CYN_BAD_ROWS_KEPT - 1].line, CYN_BAD_ROWS_KEPT + 2);
    unload(&l);
    free(text);
}

static int updates;
static int64_t last_done, last_total;

static void count_update(void *self, const char *source, int64_t done, int64_t total)
{
    (void)self;
    updates++;
    if (strcmp(source, "t") != 0 || done < last_done || done > total) updates = -1000;
    last_done = done;
    last_total = total;
}

static cyn_code load_watched(const cyn_progress *progress, cyn_err *err)
{
    const char *path = "t.csv";
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_load_report *report = NULL;
    cyn_table *table = NULL;
    cyn_tz *tz;
    if (cyn_tz_load("UTC", &tz, err) != CYN_OK) exit(99);
    spec.tz = tz;
    spec.paths = &path;
    spec.npaths = 1;
    cyn_code rc = cyn_source_load(&spec, progress, arena, &table, &report, err);
    cyn_table_unref(table);
    cyn_tz_free(tz);
    cyn_arena_free(arena);
    return rc;
}

static void test_progress_is_reported_and_stopping_stops(void)
{
    atomic_bool cancel = false;
    cyn_progress progress = {.update = count_update, .cancel = &cancel};
    cyn_err err = {0};
    put_text("t.csv", "a,b\n1,2\n");
    CHECK_INT(load_watched(&progress, &err), CYN_OK);
    CHECK(updates > 0);
    CHECK_INT(last_total, 8); /* one pass over eight bytes */
    atomic_store(&cancel, true);
    CHECK_INT(load_watched(&progress, &err), CYN_E_CANCEL);
}

/* Lets one more allocation succeed each time, until the load does. */
static void test_exhausted_memory_is_an_ordinary_error(void)
{
    static const char *const texts[] = {
        "a,b,c\n1,\"x\"\"y\",2020-01-01\n2\n3,z,2020-01-02\n",
        "{\"a\":{\"b\":\"x\\ny\",\"c\":[1]}}\n{\"a\":\n{\"d\":1.5}\n",
    };
    for (int kind = 0; kind < 2; kind++) {
        cyn_code rc = CYN_E_NOMEM;
        size_t allowed = 1;
        cyn_source_spec spec = spec_of(kind ? CYN_SOURCE_NDJSON : CYN_SOURCE_CSV);
        const char *path = "t.txt";
        spec.paths = &path;
        spec.npaths = 1;
        put_text("t.txt", texts[kind]);
        for (; rc != CYN_OK && allowed < 1000; allowed++) {
            cyn_arena *arena = cyn_arena_new(0);
            cyn_table *table = NULL;
            cyn_load_report *report = NULL;
            cyn_tz *tz;
            cyn_err err = {0};
            if (cyn_tz_load("UTC", &tz, &err) != CYN_OK) exit(99);
            spec.tz = tz;
            cyn_test_fail_after(allowed);
            rc = cyn_source_load(&spec, NULL, arena, &table, &report, &err);
            cyn_test_fail_after(0);
            CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
            CHECK((rc == CYN_OK) == (table != NULL));
            if (rc == CYN_OK) CHECK_INT(report->bad, 1);
            cyn_table_unref(table);
            cyn_tz_free(tz);
            cyn_arena_free(arena);
        }
        CHECK_INT(rc, CYN_OK);
        CHECK(allowed > 10);
    }
}

int main(void)
{
    begin();
    RUN(test_from_renames_and_types_are_declared_one_by_one);
    RUN(test_a_value_that_does_not_fit_makes_its_row_bad_with_place);
    RUN(test_declared_columns_that_are_not_there_are_errors);
    RUN(test_rows_without_time_are_kept_and_counted);
    RUN(test_a_date_may_be_the_time_and_counts_from_local_midnight);
    RUN(test_a_time_column_that_is_none_is_an_error);
    RUN(test_bad_rows_are_limited_by_number_and_by_share);
    RUN(test_nothing_but_bad_rows_is_an_error_without_limits_too);
    RUN(test_a_bad_rows_text_is_short_and_valid);
    RUN(test_only_so_many_bad_rows_are_kept_but_all_are_counted);
    RUN(test_progress_is_reported_and_stopping_stops);
    RUN(test_exhausted_memory_is_an_ordinary_error);
    return end();
}
