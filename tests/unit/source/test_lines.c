/* NDJSON in blocks gives what NDJSON row by row gives: the same table and the same report, whatever
 * the size of the blocks, the number of threads, and where fields come up first. */
#include "ways.h"

static const char *const keys[] = {"a", "b", "c", "d", "e", "f.x", "g", "h", "t\\u0065xt", "日本"};
enum { KEYS = sizeof keys / sizeof *keys };

/* What a key mostly holds, and what else it may come with. */
static const char *make_value(unsigned habit, unsigned strange)
{
    static const char *const integers[] = {"0", "7", "-12", "123456789012345678", "null"};
    static const char *const decimals[] = {"1.50", "-0.25", "3", "12345678.125", "0.1"};
    static const char *const reals[] = {"1e3", "0.12345678901", "2.5", "-7", "4e-2"};
    static const char *const times[] = {"\"2018-08-08T10:00:35Z\"",
                                        "\"2018-08-08 10:00:35\"",
                                        "\"2018-03-11T02:30:00\"",
                                        "\"2018-08-10\"",
                                        "\"\"",
                                        "null"};
    static const char *const dates[] = {"\"2018-08-08\"", "\"2020-02-29\"", "\" 2020-03-01 \""};
    static const char *const booleans[] = {"true", "false", "null"};
    static const char *const texts[] = {"\"ads\"",
                                        "\"\"",
                                        "\" \"",
                                        "\"日本語\"",
                                        "\"5\"",
                                        "\"NA\"",
                                        "\"a longer text than sixteen bytes\"",
                                        "\"say \\\"hi\\\" \\u65e5\\ud83d\\ude00\""};
    static const char *const oddities[] = {"\"NA\"",
                                           "\"7\"",
                                           "7",
                                           "true",
                                           "1e400",
                                           "-0",
                                           "99999999999999999999",
                                           "12.345",
                                           "\"true\"",
                                           "[]",
                                           "[1, [2, {\"z\": 3}]]",
                                           "{}",
                                           "{\"x\": 1, \"y\": null}",
                                           "{\"x\": {\"deep\": \"er\"}}",
                                           "\"2018-02-30\"",
                                           "null",
                                           "\"a\\tb\\\\c\"",
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

static void add_line(text *t, unsigned width, const unsigned *habits, unsigned strange)
{
    unsigned turn = below(12) ? 0 : below(width); /* keys mostly come in the same order */
    const char *comma = "";
    add(t, below(20) ? "{" : "  { ");
    for (unsigned i = 0; i < width; i++) {
        unsigned k = (i + turn) % width;
        if (below(6) == 0) continue;
        add(t, comma);
        add(t, "\"");
        add(t, keys[k]);
        add(t, below(9) ? "\":" : "\" : ");
        add(t, make_value(habits[k], strange));
        comma = below(9) ? "," : " ,\t";
    }
    add(t, "}");
}

/* The second half of the rows has more keys, and values that break the habit. */
static void make_lines(text *t, unsigned width, const unsigned *habits, unsigned rows,
                       unsigned strange, unsigned broken)
{
    static const char *const damages[] = {"\n",
                                          "  \t\n",
                                          "[1]\n",
                                          "{\"a\":1\n",
                                          "{\"late\":1,\"late\":2}\n",
                                          "{\"b\":\"\xFF\"}\n",
                                          "{\"new\":1, oops}\n",
                                          "{\"a\":\"open}\n",
                                          "{\"a\":\"\\ud800\"}\n",
                                          "{\"a\":1}}\n",
                                          "{}\n"};
    t->n = 0;
    for (unsigned r = 0; r < rows; r++) {
        bool late = r > rows / 2;
        if (broken && below(broken) == 0) add(t, PICK(damages));
        add_line(t, late ? width : (width + 1) / 2, habits, late ? strange : 0);
        if (r + 1 < rows || below(2)) add(t, below(30) ? "\n" : "\r\n");
    }
}

static void check(const char *what, unsigned tries, unsigned strange, unsigned broken,
                  cyn_source_spec spec)
{
    check_files(what, tries, strange, broken, spec, make_lines, KEYS);
}

static void test_clean_lines(void)
{
    check("clean", 60, 0, 0, spec_of(CYN_SOURCE_NDJSON));
}

static void test_values_that_break_the_habit_of_their_key_late(void)
{
    check("strange", 100, 20, 0, spec_of(CYN_SOURCE_NDJSON));
    check("rarely strange", 60, 300, 0, spec_of(CYN_SOURCE_NDJSON));
}

static void test_damaged_lines(void)
{
    check("damaged", 100, 50, 20, spec_of(CYN_SOURCE_NDJSON));
}

static void test_texts_that_mean_missing(void)
{
    static const char *const missing[] = {"NA", "7", "2018-08-08", "3", "true"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_NDJSON);
    spec.missing = missing;
    spec.nmissing = 5;
    check("missing", 60, 30, 60, spec);
}

static void test_declared_columns(void)
{
    static const cyn_column_decl columns[] = {
        {.name = "n", .from = "a", .has_type = true, .type = CYN_INTEGER},
        {.name = "d", .from = "b", .has_type = true, .type = CYN_DECIMAL, .scale = 2},
        {.name = "s", .from = "c", .has_type = true, .type = CYN_DECIMAL, .scale = -1},
        {.name = "t", .from = "d", .has_type = true, .type = CYN_TIMESTAMP},
        {.name = "bit", .from = "e", .has_type = true, .type = CYN_BOOLEAN},
        {.name = "words", .from = "text", .has_type = true, .type = CYN_TEXT},
    };
    cyn_source_spec spec = spec_of(CYN_SOURCE_NDJSON);
    spec.columns = columns;
    spec.ncolumns = 6;
    spec.time = "t";
    check("declared", 100, 40, 60, spec);
}

static void test_only_wanted_columns(void)
{
    static const char *const wanted[] = {"b", "f.x", "g.x", "no such column"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_NDJSON);
    spec.wanted = wanted;
    spec.nwanted = 4;
    check("wanted", 60, 40, 60, spec);
}

/* Many fields and hardly any values: blocks of this would need far more room than text. */
static void test_rows_that_are_wide_and_nearly_empty_are_read_all_the_same(void)
{
    static text t;
    const char *path = "wide.ndjson";
    cyn_source_spec spec = spec_of(CYN_SOURCE_NDJSON);
    spec.paths = &path;
    spec.npaths = 1;
    char key[32];
    t.n = 0;
    add(&t, "{\"k\":0");
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, ",\"k%d\":%d", i, i);
        add(&t, key);
    }
    add(&t, "}\n");
    for (int i = 0; i < 3000; i++)
        add(&t, "{\"k\":1}\n");
    put(path, t.s, t.n);
    check_ways(spec, "wide", 0);
}

int main(void)
{
    begin();
    RUN(test_clean_lines);
    RUN(test_values_that_break_the_habit_of_their_key_late);
    RUN(test_damaged_lines);
    RUN(test_texts_that_mean_missing);
    RUN(test_declared_columns);
    RUN(test_only_wanted_columns);
    RUN(test_rows_that_are_wide_and_nearly_empty_are_read_all_the_same);
    return end();
}
