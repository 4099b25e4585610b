/* Which type a column gets, and what declared types take and refuse. */
#include "load.h"

static void test_inferred_types_are_the_narrowest_that_all_values_have(void)
{
    static const char *const cases[][2] = {
        {"1 -2 0", "integer=1|-2|0"},
        {"9223372036854775807 -9223372036854775808",
         "integer=9223372036854775807|-9223372036854775808"},
        {"1.5 2 -0.25", "decimal=150/2|200/2|-25/2"},
        {".5 2.", "decimal=5/1|20/1"},
        {"0.123456789", "decimal=123456789/9"},
        {"0.1234567891 1", "real=0.12345678910000001|1"},
        {"1234567890.25 0.123456789", "real=1234567890.25|0.123456789"},
        {"1e3 2", "real=1000|2"},
        {"true FALSE True", "boolean=true|false|true"},
        {"0 1", "integer=0|1"},
        {"2018-08-08 2020-02-29", "date=2018-08-08|2020-02-29"},
        {"2018-08-08 2018-08-08T10:00:35", "timestamp=2018-08-08T00:00:00Z|2018-08-08T10:00:35Z"},
        {"2018-08-08T10:00:35.25+09:00", "timestamp=2018-08-08T01:00:35.250Z"},
        {"abc 1", "text=abc|1"},
        {"1 abc", "text=1|abc"},
        /* Nothing that looks like a number may lose a digit. */
        {"00123 456", "text=00123|456"},
        {"12345678901234567890", "text=12345678901234567890"},
        {"+5", "text=+5"},
        {"1,5", "text=1,5"},
        {"1e999", "text=1e999"},
        {"NaN", "text=NaN"},
        {"2019-02-29", "text=2019-02-29"},
        {"20180808", "integer=20180808"},
        {"true 1", "text=true|1"},
        {"2018-08-08 1", "text=2018-08-08|1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200], want[200];
        snprintf(text, sizeof text, "a\tb\n%s", cases[i][0]);
        for (char *p = text + 4; *p; p++)
            if (*p == ' ') *p = '\n';
        /* A second column keeps the delimiter out of the question. */
        char rows[400] = "a\tb\n";
        for (char *line = strtok(text + 4, "\n"); line; line = strtok(NULL, "\n")) {
            strcat(rows, line);
            strcat(rows, "\tx\n");
        }
        snprintf(want, sizeof want, "a:%s", cases[i][1]);
        loaded l;
        load_csv(&l, rows);
        char *got = strdup(shown(&l)), *rest = strstr(got, " b:text");
        if (rest) *rest = '\0';
        CHECK_STR(got, want);
        free(got);
        unload(&l);
    }
}

static void test_missing_values_change_no_type(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    static const char *const missing[] = {"NA", "-"};
    spec.missing = missing;
    spec.nmissing = 2;
    put_text("t.csv", "a,b\n1,x\nNA,-\n-,NAN\n,y\n");
    loaded l;
    load_path(&l, spec, "t.csv");
    CHECK_STR(shown(&l), "a:integer=1|nil|nil|nil b:text=x|nil|NAN|y");
    CHECK_INT(l.report->columns[0].missing, 3);
    unload(&l);
    CHECK_CSV("a,b\n,1\n,2\n", "a:text=nil|nil b:integer=1|2");
}

/* Around the 64 rows whose bits lie together. */
static void test_missing_values_are_counted_in_any_number_of_rows(void)
{
    static const int numbers[] = {1, 63, 64, 65, 127, 128, 129, 200};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char rows[2000] = "a,b\n";
        int missing = 0;
        for (int row = 0; row < numbers[i]; row++) {
            bool lacks = row % 3 == 1 || row == numbers[i] - 1;
            strcat(rows, lacks ? ",x\n" : "7,x\n");
            missing += lacks;
        }
        loaded l;
        load_csv(&l, rows);
        CHECK_INT(l.report->columns[0].missing, missing);
        CHECK_INT(l.report->columns[1].missing, 0);
        unload(&l);
    }
}

static void test_the_report_says_why(void)
{
    static const char *const cases[][2] = {
        {"1\n2\n", "all 2 values are whole numbers"},
        {"1.25\n2\n", "all 2 values are plain decimals, at most 2 digits"},
        {"2018-08-08\n", "all 1 values are dates"},
        {"1\nabc\n", "'abc' (t.csv:3) is no number, date or boolean"},
        {"007\n", "'007' (t.csv:2) begins with 0, so it is a code"},
        {"12345678901234567890\n", "'12345678901234567890' (t.csv:2) is too long for a number"},
        {"true\n12\n", "'12' (t.csv:3) is of another type than the values before it"},
        {"\"\"\n", "all values are missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100];
        snprintf(text, sizeof text, "a\n%s", cases[i][0]);
        loaded l;
        load_csv(&l, text);
        CHECK_STR(l.report->columns[0].why, cases[i][1]);
        CHECK(!l.report->columns[0].declared);
        unload(&l);
    }
    loaded l;
    load_ndjson(&l, "{\"a\":\"12\"}\n");
    CHECK_STR(l.report->columns[0].why, "'12' (t.ndjson:1) is a string, and no date or timestamp");
    unload(&l);
}

/* Loads one value under a declaration: "value", or the reason why it is refused. */
static const char *declared(cyn_column_decl decl, const char *value, const char *zone)
{
    static char out[300];
    char text[200];
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    decl.name = "a";
    decl.has_type = true;
    spec.delimiter = '\t';
    spec.columns = &decl;
    spec.ncolumns = 1;
    snprintf(text, sizeof text, "a\n%s\n\"\"\n", value); /* a row that is good */
    put_text("t.csv", text);
    const char *path = "t.csv";
    spec.paths = &path;
    spec.npaths = 1;
    loaded l;
    load_in(&l, spec, zone);
    if (l.report && l.report->nbad_rows == 1)
        snprintf(out, sizeof out, "%s", l.report->bad_rows[0].reason);
    else if (l.rc == CYN_OK)
        print_cell(cyn_table_column(l.table, 0), 0, out, sizeof out);
    else
        snprintf(out, sizeof out, "failed: %.200s", failure(&l));
    unload(&l);
    return out;
}

#define CHECK_DECLARED(value, want, ...)                                                           \
    CHECK_STR(declared((cyn_column_decl){__VA_ARGS__}, (value), "UTC"), (want))

static void test_declared_integers(void)
{
    CHECK_DECLARED("007", "7", .type = CYN_INTEGER);
    CHECK_DECLARED("+5", "5", .type = CYN_INTEGER);
    CHECK_DECLARED("5.0", "5", .type = CYN_INTEGER);
    CHECK_DECLARED("1.2e3", "1200", .type = CYN_INTEGER);
    CHECK_DECLARED("5.5", "not an integer: '5.5'", .type = CYN_INTEGER);
    CHECK_DECLARED("9223372036854775808", "out of range for type integer: '9223372036854775808'",
                   .type = CYN_INTEGER);
    CHECK_DECLARED("abc", "not an integer: 'abc'", .type = CYN_INTEGER);
}

static void test_declared_decimals_keep_every_digit_or_refuse(void)
{
    CHECK_DECLARED("12.5", "1250/2", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("12.500000000000000000000", "1250/2", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("125e-1", "1250/2", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("-1.5E+3", "-150000/2", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("1e-05", "1/5", .type = CYN_DECIMAL, .scale = 5);
    CHECK_DECLARED("12.345", "more than 2 decimals: '12.345'", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("12,5", "not a decimal: '12,5'", .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("12345678901234567", "out of range for type decimal: '12345678901234567'",
                   .type = CYN_DECIMAL, .scale = 2);
    CHECK_DECLARED("1e300", "out of range for type decimal: '1e300'", .type = CYN_DECIMAL,
                   .scale = 2);
    /* -1: as many as the data have. */
    CHECK_DECLARED("12.345", "12345/3", .type = CYN_DECIMAL, .scale = -1);
}

static void test_declared_decimal_without_scale_takes_the_largest_of_the_data(void)
{
    static const cyn_column_decl decl = {
        .name = "a", .has_type = true, .type = CYN_DECIMAL, .scale = -1};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.columns = &decl;
    spec.ncolumns = 1;
    put_text("t.csv", "a\n1\nabc\n2.125\n0.5\n");
    loaded l;
    load_path(&l, spec, "t.csv");
    CHECK_STR(shown(&l), "a:decimal=1000/3|2125/3|500/3");
    CHECK_STR(bad_row(&l, 0), "t.csv:3:1 a: not a decimal: 'abc'");
    CHECK(l.report->columns[0].declared);
    unload(&l);
}

static void test_declared_booleans_reals_and_text(void)
{
    CHECK_DECLARED("1", "true", .type = CYN_BOOLEAN);
    CHECK_DECLARED("No", "false", .type = CYN_BOOLEAN);
    CHECK_DECLARED("2", "not a boolean: '2'", .type = CYN_BOOLEAN);
    CHECK_DECLARED("12", "12", .type = CYN_REAL);
    CHECK_DECLARED("0.1", "0.10000000000000001", .type = CYN_REAL);
    CHECK_DECLARED("nan", "not a real: 'nan'", .type = CYN_REAL);
    CHECK_DECLARED("1e999", "out of range for type real: '1e999'", .type = CYN_REAL);
    CHECK_DECLARED("12", "12", .type = CYN_TEXT);
}

static void test_declared_timestamps_and_dates(void)
{
    CHECK_DECLARED("2018-08-08", "2018-08-08T00:00:00Z", .type = CYN_TIMESTAMP);
    CHECK_DECLARED("20180808T100035Z", "2018-08-08T10:00:35Z", .type = CYN_TIMESTAMP);
    CHECK_DECLARED("08.08.2018 10:00", "2018-08-08T10:00:00Z", .type = CYN_TIMESTAMP,
                   .format = "%d.%m.%Y %H:%M");
    CHECK_DECLARED("2018-08-08", "not a timestamp like %d.%m.%Y: '2018-08-08'",
                   .type = CYN_TIMESTAMP, .format = "%d.%m.%Y");
    CHECK_DECLARED("1533722435",
                   "not a timestamp: '1533722435'; for numbers declare epoch: s, ms "
                   "or us",
                   .type = CYN_TIMESTAMP);
    CHECK_DECLARED("20180808", "2018-08-08", .type = CYN_DATE);
    CHECK_DECLARED("2018-08-08 23:59:59", "2018-08-08", .type = CYN_DATE);
    CHECK_DECLARED("8/9/2018", "2018-09-08", .type = CYN_DATE, .format = "%d/%m/%Y");
    CHECK_DECLARED("2018-13-01", "not a date: '2018-13-01'", .type = CYN_DATE);
}

/* date -u -d @1533722435 +%FT%T says 2018-08-08T10:00:35 */
static void test_declared_epochs(void)
{
    CHECK_DECLARED("1533722435", "2018-08-08T10:00:35Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("1533722435.25", "2018-08-08T10:00:35.250Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("1533722435.123456789", "2018-08-08T10:00:35.123456Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("1.533722435e9", "2018-08-08T10:00:35Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("1533722435250", "2018-08-08T10:00:35.250Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_MS);
    CHECK_DECLARED("1533722435250000", "2018-08-08T10:00:35.250Z", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_US);
    CHECK_DECLARED("-1", "1969-12-31T23:59:59Z", .type = CYN_TIMESTAMP, .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("1533722435250", "out of range for type timestamp: '1533722435250'",
                   .type = CYN_TIMESTAMP, .epoch = CYN_EPOCH_S);
    CHECK_DECLARED("today", "not a number of seconds since 1970: 'today'", .type = CYN_TIMESTAMP,
                   .epoch = CYN_EPOCH_S);
}

/* TZ=America/New_York date -d '2018-08-08 10:00' says -0400; Tokyo is +0900. */
static void test_naive_times_are_in_the_zone_of_the_source(void)
{
    cyn_column_decl timestamp = {.type = CYN_TIMESTAMP}, date = {.type = CYN_DATE};
    CHECK_STR(declared(timestamp, "2018-08-08 10:00", "America/New_York"), "2018-08-08T14:00:00Z");
    CHECK_STR(declared(timestamp, "2018-08-08 10:00Z", "America/New_York"), "2018-08-08T10:00:00Z");
    CHECK_STR(declared(timestamp, "2018-08-08", "Asia/Tokyo"), "2018-08-07T15:00:00Z");
    CHECK_STR(declared(date, "2018-08-08T20:00:00Z", "Asia/Tokyo"), "2018-08-09");
}

int main(void)
{
    begin();
    RUN(test_inferred_types_are_the_narrowest_that_all_values_have);
    RUN(test_missing_values_change_no_type);
    RUN(test_missing_values_are_counted_in_any_number_of_rows);
    RUN(test_the_report_says_why);
    RUN(test_declared_integers);
    RUN(test_declared_decimals_keep_every_digit_or_refuse);
    RUN(test_declared_decimal_without_scale_takes_the_largest_of_the_data);
    RUN(test_declared_booleans_reals_and_text);
    RUN(test_declared_timestamps_and_dates);
    RUN(test_declared_epochs);
    RUN(test_naive_times_are_in_the_zone_of_the_source);
    return end();
}
