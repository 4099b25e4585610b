/* Joining parts: the truth is always the load of all files at once. */
#include "column/concat.h"
#include "load.h"
#include "source/join.h"

enum { FILES = 3 };
static const char *const names[FILES] = {"1.txt", "2.txt", "3.txt"};

typedef struct split {
    loaded whole, parts[FILES], joined;
    bool fits;
} split;

static void load_names(loaded *l, cyn_source_spec spec, const char *const *paths, size_t n)
{
    spec.paths = paths;
    spec.npaths = n;
    load_in(l, spec, "UTC");
}

/* The three files as one load, and as three that are joined. */
static void load_split(split *s, cyn_source_spec spec)
{
    const cyn_load_report *reports[FILES];
    const cyn_table *tables[FILES];
    *s = (split){.fits = true};
    load_names(&s->whole, spec, names, FILES);
    s->joined = (loaded){.arena = cyn_arena_new(0)};
    for (int i = 0; i < FILES; i++) {
        load_names(&s->parts[i], spec, &names[i], 1);
        s->fits &= s->parts[i].rc == CYN_OK;
        reports[i] = s->parts[i].report;
        tables[i] = s->parts[i].table;
    }
    if (!s->fits) return;
    CHECK_INT(cyn_report_join(&spec, reports, FILES, s->joined.arena, &s->joined.report, NULL),
              CYN_OK);
    s->fits = s->joined.report != NULL;
    if (!s->fits) return;
    cyn_column_spec columns[64];
    for (size_t i = 0; i < s->joined.report->ncolumns; i++) {
        const cyn_load_column *c = &s->joined.report->columns[i];
        columns[i] = (cyn_column_spec){c->name, c->type, c->scale};
    }
    s->joined.rc = cyn_table_concat(columns, s->joined.report->ncolumns, tables, FILES,
                                    &s->joined.table, NULL);
    s->fits = s->joined.rc == CYN_OK;
}

static void unload_split(split *s)
{
    unload(&s->whole);
    for (int i = 0; i < FILES; i++)
        unload(&s->parts[i]);
    unload(&s->joined);
}

/* Everything that a report says, as text. */
static const char *report_text(const loaded *l)
{
    static char out[4000];
    const cyn_load_report *r = l->report;
    size_t n = (size_t)snprintf(
        out, sizeof out, "%s %" PRId64 " %" PRId64 " %" PRId64 " %d %" PRId64 " %" PRId64 " %s\n",
        r->source, r->rows, r->bad, r->without_time, r->has_time, r->first_time, r->last_time,
        r->delimiter ? r->delimiter : "-");
    for (size_t i = 0; i < r->nfiles; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n",
                              r->files[i].path, r->files[i].bytes, r->files[i].rows,
                              r->files[i].bad);
    for (size_t i = 0; i < r->ncolumns && n < 2000; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s %s %s %d %d %" PRId64 " %s\n",
                              r->columns[i].name, r->columns[i].from,
                              cyn_type_name(r->columns[i].type), r->columns[i].scale,
                              r->columns[i].declared, r->columns[i].missing,
                              r->columns[i].why ? r->columns[i].why : "-");
    for (size_t i = 0; i < r->nbad_rows && n < 3000; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s\n", bad_row(l, i));
    return out;
}

static void check_text(const char *got, char *want)
{
    int same = strcmp(got, want) == 0;
    CHECK(same);
    if (!same) printf("# got %s\n# expected %s\n", got, want);
    free(want);
}

static void check_same(split *s)
{
    char *want = strdup(report_text(&s->whole));
    check_text(report_text(&s->joined), want);
    want = strdup(shown(&s->whole));
    check_text(shown(&s->joined), want);
    CHECK_INT(cyn_table_bytes(s->joined.table), cyn_table_bytes(s->whole.table));
}

static void put_three(const char *a, const char *b, const char *c)
{
    put_text(names[0], a);
    put_text(names[1], b);
    put_text(names[2], c);
}

/* fits: 1 the parts can be joined, and say what the whole says; 0 they cannot. */
static void check_three(cyn_source_spec spec, const char *a, const char *b, const char *c, int fits)
{
    split s;
    put_three(a, b, c);
    load_split(&s, spec);
    CHECK_INT(s.whole.rc, CYN_OK);
    CHECK_INT(s.fits, fits);
    if (s.fits) check_same(&s);
    unload_split(&s);
}

static void test_files_of_the_same_types_add_up(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.time = "at";
    check_three(spec, "at,who,n,x\n2026-01-03,ann,1,1.5\n2026-01-01,bob,2,2.5\n",
                "at,who,n,x\n,eve,3,3.5\nbroken\n", "at,who,n,x\n2026-01-09,ann,,0.1\n", 1);
}

static void test_a_part_without_values_takes_the_type_of_the_others(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    check_three(spec, "a,b\n,1\n", "a,b\n5,2\n", "a,b\n,3\n", 1);
    check_three(spec, "a,b\n,1\n", "a,b\n,2\n", "a,b\n,3\n", 1);
    check_three(spec, "a,b\nx,1\n", "a,b\n", "a,b\n,3\n", 1);
}

static void test_a_part_that_widens_or_narrows_a_type_does_not_fit(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    check_three(spec, "a\n1\n", "a\n2\n", "a\n3.5\n", 0);
    check_three(spec, "a\n1\n", "a\nx\n", "a\n3\n", 0);
    check_three(spec, "a\n1.5\n", "a\n1.25\n", "a\n3.5\n", 0);
    check_three(spec, "a\n2026-01-01\n", "a\n2026-01-01T10:00:00Z\n", "a\n2026-01-01\n", 0);
    check_three(spec, "a\n5\n", "a\n  \n", "a\nx\n", 0); /* blanks: a text among texts only */
    check_three(spec, "a\n123456789012345\n", "a\n1.2345\n", "a\n\n", 0); /* together REAL */
}

static void test_columns_may_come_later_or_go(void)
{
    cyn_source_spec csv = spec_of(CYN_SOURCE_CSV), json = spec_of(CYN_SOURCE_NDJSON);
    check_three(csv, "a,b\n1,2\n", "a,c\n3,4\n", "c,b\n5,6\n", 1);
    check_three(json, "{\"a\":1}\n", "{\"b\":{\"c\":2}}\n", "{\"a\":3,\"b\":{\"c\":1}}\n", 1);
}

static void test_what_may_be_an_object_elsewhere_does_not_fit(void)
{
    cyn_source_spec json = spec_of(CYN_SOURCE_NDJSON);
    check_three(json, "{\"n\":1,\"a\":null}\n", "{\"n\":1,\"a\":{\"b\":1}}\n", "{\"n\":1}\n", 0);
    check_three(json, "{\"n\":1,\"a\":5}\n", "{\"n\":1,\"a\":{\"b\":1}}\n", "{\"n\":1}\n", 0);
}

static void test_the_scale_of_a_declared_decimal_is_that_of_all_values(void)
{
    static const cyn_column_decl all[] = {
        {.name = "a", .has_type = true, .type = CYN_DECIMAL, .scale = -1}};
    static const cyn_column_decl two[] = {
        {.name = "a", .has_type = true, .type = CYN_DECIMAL, .scale = 2}};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.ncolumns = 1;
    spec.columns = all;
    check_three(spec, "a\n1.25\n", "a\n1.75\n", "a\n3.50\n", 0); /* 3.5 needs one digit only */
    check_three(spec, "a\n1.25\n", "a\n1.75\n", "a\n3.55\n", 1);
    spec.columns = two;
    check_three(spec, "a\n1.25\n", "a\n1\n", "a\nx\n3.5\n", 1);
}

static void test_random_files_either_do_not_fit_or_add_up(void)
{
    static const char *const cells[] = {"",
                                        "1",
                                        "-7",
                                        "2.50",
                                        "1e9",
                                        "ann",
                                        "true",
                                        "007",
                                        "2026-01-01",
                                        " ",
                                        "NA",
                                        "\"q\"",
                                        "12345678901234567",
                                        "0.1234567",
                                        "2026-01-01T00:00:00Z"};
    static const char *const missing[] = {"NA"};
    enum { CELLS = sizeof cells / sizeof *cells, ROUNDS = 400 };
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.missing = missing;
    spec.nmissing = 1;
    srandom(20261121);
    int fitted = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char texts[FILES][400];
        const char *few[3][3]; /* a column draws from few cells, so that types often agree */
        for (int i = 0; i < 9; i++)
            few[i / 3][i % 3] = cells[(size_t)random() % CELLS];
        for (int f = 0; f < FILES; f++) {
            size_t n = (size_t)snprintf(texts[f], sizeof texts[f], "a,b,c\n");
            for (long rows = random() % 5; rows > 0; rows--)
                n += (size_t)snprintf(texts[f] + n, sizeof texts[f] - n, "%s,%s,%s\n",
                                      few[0][random() % 3], few[1][random() % 3],
                                      few[2][random() % 3]);
        }
        split s;
        put_three(texts[0], texts[1], texts[2]);
        load_split(&s, spec);
        if (s.fits) check_same(&s);
        fitted += s.fits;
        unload_split(&s);
    }
    CHECK(fitted > ROUNDS / 20 && fitted < ROUNDS);
    printf("# %d of %d fitted\n", fitted, ROUNDS);
}

static void test_limits_are_those_of_a_load(void)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    cyn_load_report r = {.rows = 8, .bad = 2};
    CHECK(cyn_report_is_accepted(&spec, &r));
    spec.bad_limit = 1;
    CHECK(!cyn_report_is_accepted(&spec, &r));
    spec.bad_limit = 2;
    spec.bad_share = 0.2;
    CHECK(cyn_report_is_accepted(&spec, &r));
    spec.bad_share = 0.19;
    CHECK(!cyn_report_is_accepted(&spec, &r));
    spec.bad_limit = -1;
    spec.bad_share = -1;
    r.rows = 0;
    CHECK(!cyn_report_is_accepted(&spec, &r)); /* nothing but bad rows */
}

int main(void)
{
    begin();
    RUN(test_files_of_the_same_types_add_up);
    RUN(test_a_part_without_values_takes_the_type_of_the_others);
    RUN(test_a_part_that_widens_or_narrows_a_type_does_not_fit);
    RUN(test_columns_may_come_later_or_go);
    RUN(test_what_may_be_an_object_elsewhere_does_not_fit);
    RUN(test_the_scale_of_a_declared_decimal_is_that_of_all_values);
    RUN(test_random_files_either_do_not_fit_or_add_up);
    RUN(test_limits_are_those_of_a_load);
    return end();
}
