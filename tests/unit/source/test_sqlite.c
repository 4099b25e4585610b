#include "load.h"
#include <sqlite3.h>

/* The only place beside source/sqlite.c that includes sqlite3.h: it writes the databases. */
static void make(const char *name, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    unlink(path_of(name));
    if (sqlite3_open(path_of(name), &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        printf("# %s\n", message ? message : "cannot open");
        exit(99);
    }
    sqlite3_close(db);
}

static void load_table(loaded *l, const char *table)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_SQLITE);
    spec.table = table;
    load_path(l, spec, "t.db");
}

static void load_query(loaded *l, const char *query)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_SQLITE);
    spec.query = query;
    load_path(l, spec, "t.db");
}

static void make_sales(void)
{
    make("t.db", "CREATE TABLE \"odd \"\"name\"(a INTEGER, b REAL, c TEXT, d NUMERIC, e);"
                 "INSERT INTO \"odd \"\"name\" VALUES(1, 5, 'x', 1.98, '12'), "
                 "(-9223372036854775808, 6, NULL, 2, ''), (NULL, 7, 'ä', 0.99, '13');"
                 "CREATE TABLE sales(day TEXT, amount REAL);"
                 "INSERT INTO sales VALUES('2020-01-01', 0.1), ('2020-01-02', 1e-5);"
                 "CREATE VIEW big AS SELECT amount FROM sales WHERE amount > 0.01;"
                 "CREATE TABLE pictures(id INTEGER, data BLOB);"
                 "INSERT INTO pictures VALUES(1, x'00ff'), (2, NULL);");
}

static void test_a_table_has_typed_columns(void)
{
    loaded l;
    load_table(&l, "odd \"name");
    CHECK_STR(shown(&l), "a:integer=1|-9223372036854775808|nil b:decimal=50/1|60/1|70/1 "
                         "c:text=x|nil|ä d:decimal=198/2|200/2|99/2 e:text=12||13");
    CHECK_INT(l.report->rows, 3);
    unload(&l);
}

static void test_small_reals_stay_exact_in_declared_decimals(void)
{
    static const cyn_column_decl decl = {
        .name = "amount", .has_type = true, .type = CYN_DECIMAL, .scale = 5};
    cyn_source_spec spec = spec_of(CYN_SOURCE_SQLITE);
    spec.table = "sales";
    spec.columns = &decl;
    spec.ncolumns = 1;
    loaded l;
    load_path(&l, spec, "t.db");
    CHECK_STR(shown(&l), "day:date=2020-01-01|2020-01-02 amount:decimal=10000/5|1/5");
    unload(&l);
}

static void test_views_queries_and_other_case_are_fine(void)
{
    loaded l;
    load_table(&l, "BIG");
    CHECK_STR(shown(&l), "amount:decimal=1/1");
    unload(&l);
    load_query(&l, "SELECT count(*) AS n, day FROM sales GROUP BY day; -- and no more\n");
    CHECK_STR(shown(&l), "n:integer=1|1 day:date=2020-01-01|2020-01-02");
    unload(&l);
    load_query(&l, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3) "
                   "SELECT n FROM i");
    CHECK_STR(shown(&l), "n:integer=1|2|3");
    unload(&l);
}

static void test_blobs_are_missing_or_bad_where_a_type_is_declared(void)
{
    loaded l;
    load_table(&l, "pictures");
    CHECK_STR(shown(&l), "id:integer=1|2 data:text=nil|nil");
    CHECK_STR(l.report->columns[1].why, "nothing but blobs, which are not read");
    unload(&l);
    static const cyn_column_decl decl = {.name = "data", .has_type = true, .type = CYN_TEXT};
    cyn_source_spec spec = spec_of(CYN_SOURCE_SQLITE);
    spec.table = "pictures";
    spec.columns = &decl;
    spec.ncolumns = 1;
    load_path(&l, spec, "t.db");
    CHECK_STR(bad_row(&l, 0), "t.db:1:0 data: not a text: a blob of 2 bytes");
    CHECK_INT(l.report->rows, 1);
    unload(&l);
}

static void test_text_that_is_not_utf8_is_bad(void)
{
    make("t.db", "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, CAST(x'e9' AS TEXT)), "
                 "(2, 'x' || char(0) || 'y'), (3, 'ok');");
    loaded l;
    load_table(&l, "t");
    CHECK_STR(shown(&l), "a:integer=3 b:text=ok");
    CHECK_STR(bad_row(&l, 0), "t.db:1:0 -: column 'b': not UTF-8");
    unload(&l);
    make_sales();
}

static void test_unknown_tables_name_the_nearest(void)
{
    loaded l;
    load_table(&l, "sale");
    CHECK_INT(l.rc, CYN_E_NAME);
    CHECK_STR(l.err.message, "source 't': the database has no table 'sale'");
    CHECK_STR(l.err.hint, "did you mean 'sales'?");
    unload(&l);
    load_table(&l, "zebra");
    CHECK_STR(l.err.hint, "it has big, odd \"name, pictures, sales");
    unload(&l);
}

static void test_sql_errors_say_where(void)
{
    loaded l;
    load_query(&l, "SELECT day,\n  amonut FROM sales");
    CHECK_STR(failure(&l), "query:2:3: source 't': no such column: amonut");
    unload(&l);
    load_query(&l, "SELECT day FROM sales; SELECT 1");
    CHECK_STR(failure(&l), "query:1:23: source 't': a second statement, expected one SELECT only");
    unload(&l);
    load_query(&l, "SELECT day, day FROM sales");
    CHECK(strstr(failure(&l), "the query gives two columns 'day'") != NULL);
    unload(&l);
    load_query(&l, "-- nothing");
    CHECK(strstr(failure(&l), "the query gives no rows, expected one SELECT") != NULL);
    unload(&l);
}

static void test_a_query_can_only_read(void)
{
    static const char *const queries[] = {
        "DELETE FROM sales",
        "INSERT INTO sales VALUES('x', 1) RETURNING day",
        "CREATE TABLE x(a)",
        "ATTACH '/tmp/other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "BEGIN",
        "SELECT load_extension('x')",
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        loaded l;
        load_query(&l, queries[i]);
        CHECK(l.rc != CYN_OK);
        unload(&l);
    }
    loaded l;
    load_query(&l, "DELETE FROM sales");
    CHECK(strstr(failure(&l), "a source's query may only read, expected one SELECT") != NULL);
    unload(&l);
    load_query(&l, "SELECT count(*) AS n FROM sales");
    CHECK_STR(shown(&l), "n:integer=2");
    unload(&l);
}

static void test_what_is_no_database_is_an_error(void)
{
    loaded l;
    cyn_source_spec spec = spec_of(CYN_SOURCE_SQLITE);
    spec.table = "t";
    put_text("no.db",
             "a,b\n1,2\n and some more text so that the header is long enough ............."
             "................................................");
    load_path(&l, spec, "no.db");
    CHECK_INT(l.rc, CYN_E_DATA);
    CHECK_STR(l.err.hint, "is this a SQLite database, and not encrypted?");
    unload(&l);
    load_path(&l, spec, "absent.db");
    CHECK_INT(l.rc, CYN_E_IO);
    unload(&l);
}

int main(void)
{
    begin();
    make_sales();
    RUN(test_a_table_has_typed_columns);
    RUN(test_small_reals_stay_exact_in_declared_decimals);
    RUN(test_views_queries_and_other_case_are_fine);
    RUN(test_blobs_are_missing_or_bad_where_a_type_is_declared);
    RUN(test_text_that_is_not_utf8_is_bad);
    RUN(test_unknown_tables_name_the_nearest);
    RUN(test_sql_errors_say_where);
    RUN(test_a_query_can_only_read);
    RUN(test_what_is_no_database_is_an_error);
    return end();
}
