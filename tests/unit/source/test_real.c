/* Real data sets: numbers of rows and totals as published with them (SOURCE.md, answers.json). They
 * are not part of the project; CYN_SHARED says where they are. */
#include "load.h"

static const char *shared;

static void load_shared(loaded *l, cyn_source_kind kind, const char *path, const char *table)
{
    cyn_source_spec spec = spec_of(kind);
    spec.base = shared;
    spec.table = table;
    load_path(l, spec, path);
    CHECK_STR(failure(l), "(no failure)");
    CHECK_INT(l->report->bad, 0);
}

static int64_t total(const loaded *l, const char *name)
{
    const cyn_column *c = cyn_table_column(l->table, (size_t)cyn_table_find(l->table, name));
    int64_t sum = 0;
    for (size_t i = 0; i < cyn_table_rows(l->table); i++)
        if (cyn_column_has(c, i)) sum += cyn_column_integer(c, i);
    return sum;
}

static void test_cdnow(void)
{
    loaded l;
    load_shared(&l, CYN_SOURCE_CSV, "cdnow/transactions.csv", NULL);
    CHECK_INT(l.report->rows, 69659);
    CHECK_INT(total(&l, "quantity"), 167881);
    CHECK_INT(total(&l, "amount"), 250031563); /* 2,500,315.63 USD */
    CHECK_INT(cyn_table_column(l.table, 0)->type, CYN_TEXT);
    CHECK_INT(cyn_table_column(l.table, 0)->dict->count, 23570);
    unload(&l);
}

static void test_olist(void)
{
    static const struct {
        const char *path;
        int64_t rows;
    } files[] = {{"olist/orders.csv", 22870},
                 {"olist/order_items.csv", 26109},
                 {"olist/order_payments.csv", 23849},
                 {"olist/customers.csv", 22870},
                 {"olist/order_reviews.csv", 6866}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        loaded l;
        load_shared(&l, CYN_SOURCE_CSV, files[i].path, NULL);
        CHECK_INT(l.report->rows, files[i].rows);
        unload(&l);
    }
}

static void test_github_events(void)
{
    loaded l;
    load_shared(&l, CYN_SOURCE_NDJSON, "github_events/*.ndjson", NULL);
    CHECK_INT(l.report->files[0].rows, 7702);
    CHECK_INT(l.report->files[1].rows, 7427);
    unload(&l);
}

static void test_chinook(void)
{
    loaded l;
    load_shared(&l, CYN_SOURCE_SQLITE, "chinook/Chinook.sqlite", "Invoice");
    CHECK_INT(l.report->rows, 412);
    CHECK_INT(total(&l, "Total"), 232860); /* 2,328.60 */
    unload(&l);
    load_shared(&l, CYN_SOURCE_SQLITE, "chinook/Chinook.sqlite", "InvoiceLine");
    CHECK_INT(l.report->rows, 2240);
    unload(&l);
}

int main(void)
{
    shared = getenv("CYN_SHARED");
    if (!shared || access(shared, R_OK) != 0) {
        printf("1..0 # SKIP the real data sets are not here: %s\n", shared ? shared : "no path");
        return 0;
    }
    RUN(test_cdnow);
    RUN(test_olist);
    RUN(test_github_events);
    RUN(test_chinook);
    return test_end();
}
