/* CSV in blocks gives what CSV row by row gives: the same table and the same report, whatever the
 * size of the blocks, the number of threads and the files that the rows are spread over. */
#include "ways.h"

/* Values by what a column mostly holds; column k of a made-up file has a habit, and breaks it now
 * and then, early or late. */
static const char *make_value(unsigned habit, unsigned strange)
{
    static const char *const integers[] = {"0", "7", "-12", "123456789012345678", "", "-0"};
    static const char *const decimals[] = {"1.50", "-0.25", "3", "12345678.125", "", "0.1"};
    static const char *const reals[] = {"1e3", "0.12345678901", "2.5", "-7", "4e-2"};
    static const char *const times[] = {"2018-08-08T10:00:35Z",
                                        "2018-08-08 10:00:35",
                                        "2018-08-09T23:59:59.125Z",
                                        "2018-03-11T02:30:00",
                                        "2018-08-08T10:00:35+09:00",
                                        "9999-12-31T23:59:59-05:00",
                                        "2018-08-10",
                                        ""};
    static const char *const dates[] = {"2018-08-08", "2020-02-29", "", "0001-01-01"};
    static const char *const booleans[] = {"true", "false", "TRUE", ""};
    static const char *const texts[] = {"ads",
                                        "school",
                                        "",
                                        " ",
                                        "x y",
                                        "日本語",
                                        "a longer text than 16",
                                        "\"so, again\"",
                                        "\"\"",
                                        "\"a \"\"quoted\"\" word\"",
                                        "\"\"\"\"",
                                        "\"1\n2\r\n3\"",
                                        "\" \""};
    static const char *const oddities[] = {"NA",
                                           "\"q\"",
                                           "\"a,b\"",
                                           "\"say \"\"hi\"\"\"",
                                           "\"two\nlines\"",
                                           " 5 ",
                                           "007",
                                           "5\" screen",
                                           "1.23456",
                                           "99999999999999999999",
                                           "\"1.5\"",
                                           "é",
                                           "\"\"",
                                           "1e5",
                                           "+4",
                                           "2018-02-30",
                                           "\"cr\r\nlf\"",
                                           "false",
                                           "12.345",
                                           "9223372036854775807"};
    if (strange && below(strange) == 0) return PICK(oddities);
    switch (habit) {
    case 0: return PICK(integers);
    case 1: return PICK(decimals);
    case 2: return PICK(reals);
    case 3: return PICK(times);
    case 4: return PICK(dates);
    case 5: return PICK(booleans);
    default: return PICK(texts);
    }
}

static void make_csv(text *t, unsigned columns, const unsigned *habits, unsigned rows,
                     unsigned strange, unsigned broken)
{
    static const char *const breaks[] = {"\n", "\n", "\n", "\r\n", "\r"};
    static const char *const damages[] = {
        "short\n",    "\n",         "  \n",     "1,2,3,4,5,6,7,8,9\n",
        "\"x\"y,1\n", "\"open,1\n", "\xFF,1\n", "\"a\nb\"c,2\n"};
    const char *line_break = breaks[below(5)];
    t->n = 0;
    for (unsigned c = 0; c < columns; c++) {
        char name[] = {c ? ',' : ' ', (char)('a' + c), '\0'};
        add(t, name);
    }
    add(t, line_break);
    for (unsigned r = 0; r < rows; r++) {
        if (broken && below(broken) == 0) add(t, PICK(damages));
        for (unsigned c = 0; c < columns; c++) {
            if (c) add(t, ",");
            /* Habits are broken later rather than sooner, so that the first rows mislead. */
            add(t, make_value(habits[c], r > rows / 2 ? strange : 0));
        }
        if (r + 1 < rows || below(2)) add(t, line_break);
    }
}

static void check(const char *what, unsigned tries, unsigned strange, unsigned broken,
                  cyn_source_spec spec)
{
    check_files(what, tries, strange, broken, spec, make_csv, 8);
}

static void test_clean_files(void)
{
    check("clean", 40, 0, 0, spec_of(CYN_SOURCE_CSV));
}

static void test_values_that_break_the_habit_of_their_column_late(void)
{
    check("strange", 60, 20, 0, spec_of(CYN_SOURCE_CSV));
    check("rarely strange", 60, 300, 0, spec_of(CYN_SOURCE_CSV));
}

static void test_damaged_rows(void)
{
    check("damaged", 60, 50, 30, spec_of(CYN_SOURCE_CSV));
}

static void test_texts_that_mean_missing(void)
{
    static const char *const missing[] = {"NA", "7", "2018-08-08", "3", "true"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.missing = missing;
    spec.nmissing = 5;
    check("missing", 40, 30, 60, spec);
}

static void test_declared_columns(void)
{
    static const cyn_column_decl columns[] = {
        {.name = "n", .from = "a", .has_type = true, .type = CYN_INTEGER},
        {.name = "d", .from = "b", .has_type = true, .type = CYN_DECIMAL, .scale = 2},
        {.name = "s", .from = "c", .has_type = true, .type = CYN_DECIMAL, .scale = -1},
        {.name = "r", .from = "d", .has_type = true, .type = CYN_REAL},
        {.name = "t", .from = "e", .has_type = true, .type = CYN_TIMESTAMP},
        {.name = "day", .from = "f", .has_type = true, .type = CYN_DATE},
        {.name = "bit", .from = "g", .has_type = true, .type = CYN_BOOLEAN},
        {.name = "h", .has_type = true, .type = CYN_TEXT},
    };
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.columns = columns;
    spec.ncolumns = 8;
    spec.time = "t";
    check("declared", 60, 40, 60, spec);
    spec.ncolumns = 2; /* the rest is found out */
    spec.time = NULL;
    check("partly declared", 40, 40, 60, spec);
}

static void test_only_wanted_columns(void)
{
    static const char *const wanted[] = {"b", "e", "no such column"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.wanted = wanted;
    spec.nwanted = 3;
    check("wanted", 40, 40, 60, spec);
}

static void test_packed_and_recoded_files_come_in_blocks_too(void)
{
    static text t;
    const char *path = "t.csv";
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    unsigned habits[] = {6, 1, 3};
    make_csv(&t, 3, habits, 150, 0, 40);
    put("t.csv", t.s, t.n);
    spec.paths = &path;
    spec.npaths = 1;
    spec.encoding = "ISO-8859-1";
    check_ways(spec, "recoded", 0);
    char command[200];
    snprintf(command, sizeof command, "gzip -nf %s/t.csv", folder);
    if (system(command) != 0) exit(99);
    path = "t.csv.gz";
    spec.encoding = NULL;
    check_ways(spec, "packed", 0);
}

/* A quote that is never closed: cuts seem to be where none are, and only the reader's rules tell
 * what is bad. */
static void test_a_quote_that_never_closes_is_left_to_the_reader(void)
{
    static text t;
    const char *path = "t.csv";
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.paths = &path;
    spec.npaths = 1;
    t.n = 0;
    add(&t, "a,b\n");
    for (int i = 0; i < 500; i++)
        add(&t, i == 250 ? "5,\"never closed\n" : i % 9 == 0 ? "7,\"x\ny\"\n" : "1,5\" screen\n");
    put("t.csv", t.s, t.n);
    check_ways(spec, "open", 0);
}

/* As many fields as rows of two would have; and every second mark ends a row, but for one. */
static void test_rows_of_other_widths_are_found_where_their_fields_add_up(void)
{
    static const char *const texts[] = {"a,b\n1\n2,3,4\n", "a,b\n1\n2\n3,4,5,6\n",
                                        "a,b\n1,2\n3\n4\n5,6\n7,8,9,10\n", "a,b\n1,2,3\n4\n",
                                        "a,b\n1,2\n3,4,5\n6"};
    const char *path = "t.csv";
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.paths = &path;
    spec.npaths = 1;
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_text("t.csv", texts[i]);
        check_ways(spec, "widths", i);
    }
}

static void test_columns_that_are_not_read_are_still_counted(void)
{
    static const char *const wanted[] = {"b"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.wanted = wanted;
    spec.nwanted = 1;
    put_text("t.csv", "a,b,c\n1,2,3\nx,4,y\n5,6\n");
    loaded l;
    load_path(&l, spec, "t.csv");
    CHECK_STR(shown(&l), "b:integer=2|4");
    CHECK_STR(bad_row(&l, 0), "t.csv:4:4 -: 2 fields, expected 3 as in the header");
    CHECK_INT(l.report->ncolumns, 3);
    CHECK_STR(l.report->columns[0].name, "b");
    CHECK_STR(l.report->columns[1].name, "a");
    CHECK_STR(l.report->columns[1].why, "not read");
    CHECK_STR(l.report->columns[2].why, "not read");
    unload(&l);
    spec.kind = CYN_SOURCE_NDJSON;
    put_text("t.ndjson", "{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":\n{\"a\":{\"c\":1}}\n");
    load_path(&l, spec, "t.ndjson");
    CHECK_STR(shown(&l), "b:integer=2|nil");
    CHECK_INT(l.report->bad, 1);
    unload(&l);
}

static void test_a_time_column_is_read_whether_wanted_or_not(void)
{
    static const char *const wanted[] = {"b"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.wanted = wanted;
    spec.nwanted = 1;
    spec.time = "t";
    put_text("t.csv", "a,b,t\n1,2,2020-01-01\n");
    loaded l;
    load_path(&l, spec, "t.csv");
    CHECK_STR(shown(&l), "b:integer=2 t:date=2020-01-01");
    unload(&l);
}

/* More threads than processors, so that blocks are done in any order but their own. */
static void test_many_blocks_keep_their_order(void)
{
    enum { ROWS = 200000 };
    char *rows = malloc(ROWS * 24), *p = rows;
    p += sprintf(p, "a,b\n");
    for (int i = 0; i < ROWS; i++)
        p += sprintf(p, "%d,u%d\n", i, i * 7 % 1000);
    put("t.csv", rows, (size_t)(p - rows));
    free(rows);
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.threads = 4;
    spec.block_bytes = 5000;
    loaded l;
    load_path(&l, spec, "t.csv");
    CHECK_INT(l.report->rows, ROWS);
    const cyn_column *a = cyn_table_column(l.table, 0), *b = cyn_table_column(l.table, 1);
    CHECK_INT(b->dict->count, 1000);
    int64_t wrong = 0;
    for (size_t i = 0; i < ROWS; i++)
        wrong += cyn_column_integer(a, i) != (int64_t)i || cyn_column_code(b, i) != i % 1000;
    CHECK_INT(wrong, 0);
    unload(&l);
}

int main(void)
{
    begin();
    RUN(test_clean_files);
    RUN(test_values_that_break_the_habit_of_their_column_late);
    RUN(test_damaged_rows);
    RUN(test_texts_that_mean_missing);
    RUN(test_declared_columns);
    RUN(test_only_wanted_columns);
    RUN(test_packed_and_recoded_files_come_in_blocks_too);
    RUN(test_a_quote_that_never_closes_is_left_to_the_reader);
    RUN(test_rows_of_other_widths_are_found_where_their_fields_add_up);
    RUN(test_columns_that_are_not_read_are_still_counted);
    RUN(test_a_time_column_is_read_whether_wanted_or_not);
    RUN(test_many_blocks_keep_their_order);
    return end();
}
