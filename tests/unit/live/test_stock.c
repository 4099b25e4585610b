/* The stock: rows that are loaded when they changed, and shared as long as they did not. */
#include "base/buf.h"
#include "folder.h"
#include "live/stock.h"

static const char yaml[] = "name: stock\n"
                           "timezone: UTC\n"
                           "sources:\n"
                           "  events: {type: csv, path: events.csv, time: at}\n"
                           "  users: {type: csv, path: users.csv}\n";
static const char script[] =
    "metric \"amount\" { value = source \"events\":sum \"amount\" }\n"
    "metric \"users\" { value = source \"users\":where \"plan == 'pro'\":count() }\n";

enum { EVENTS, USERS };

static cyn_opened *opened;
static cyn_arena *arena;
static cyn_err_list notes;

static void make_project(void)
{
    make_folder((const char *const[]){"metrics"}, 1);
    put_file("cynosure.yaml", yaml);
    put_file("metrics/m.lua", script);
    put_file("events.csv", "at,amount,note\n2026-01-01T01:00:00Z,1,a\n2026-01-02T01:00:00Z,2,b\n");
    put_file("users.csv", "id,plan\n1,pro\n2,free\n");
    opened = must_open();
    arena = cyn_arena_new(0);
    cyn_err_list_init(&notes, arena);
}

static void drop_project(void)
{
    cyn_opened_unref(opened);
    cyn_arena_free(arena);
    drop_folder();
}

static const cyn_stock *load_looking(const cyn_stock *before, const bool *look)
{
    cyn_stock *s = NULL;
    cyn_err err = {0};
    const cyn_stock_options options = {.look = look};
    CHECK_INT(cyn_stock_load(opened->project, before, &options, &s, &notes, &err), CYN_OK);
    must(s != NULL, err.message);
    return s;
}

static const cyn_stock *load(const cyn_stock *before)
{
    return load_looking(before, NULL);
}

static const cyn_table *table_of(const cyn_stock *s, size_t source)
{
    cyn_dataset *d = NULL;
    CHECK_INT(cyn_stock_dataset(s, opened->project, &d, NULL), CYN_OK);
    const cyn_table *t = d ? d->sources[source].table : NULL;
    cyn_dataset_free(d); /* the stock holds it */
    return t;
}

static void test_what_did_not_change_is_shared(void)
{
    make_project();
    const cyn_stock *a = load(NULL);
    CHECK(cyn_stock_source_of(a, EVENTS)->fresh);
    CHECK_INT(cyn_stock_source_of(a, EVENTS)->rows, 2);
    CHECK_INT(cyn_stock_source_of(a, EVENTS)->end,
              (cyn_days_from_civil(2026, 1, 2) * 24 + 1) * CYN_HOUR + 1);
    CHECK_INT(cyn_stock_source_of(a, USERS)->end, CYN_TIME_MIN);
    add_to_file("events.csv", "2026-01-03T01:00:00Z,4,c\n");
    const cyn_stock *b = load(a);
    CHECK(cyn_stock_source_of(b, EVENTS)->fresh);
    CHECK(!cyn_stock_source_of(b, USERS)->fresh);
    CHECK_INT(cyn_stock_source_of(b, EVENTS)->rows, 3);
    CHECK(strcmp(cyn_stock_source_of(a, EVENTS)->inputs, cyn_stock_source_of(b, EVENTS)->inputs));
    CHECK_STR(cyn_stock_source_of(a, USERS)->inputs, cyn_stock_source_of(b, USERS)->inputs);
    CHECK(table_of(a, USERS) == table_of(b, USERS));
    CHECK(table_of(a, EVENTS) != table_of(b, EVENTS));
    CHECK_INT(cyn_table_rows(table_of(a, EVENTS)), 2); /* whoever evaluates it still has it */
    cyn_stock_unref(a);
    CHECK_INT(cyn_table_rows(table_of(b, USERS)), 2);
    cyn_stock_unref(b);
    drop_project();
}

static void test_only_what_is_looked_at_is_loaded(void)
{
    make_project();
    const cyn_stock *a = load(NULL);
    add_to_file("events.csv", "2026-01-03T01:00:00Z,4,c\n");
    add_to_file("users.csv", "3,pro\n");
    const bool look[] = {[EVENTS] = false, [USERS] = true};
    const cyn_stock *b = load_looking(a, look);
    CHECK_INT(cyn_stock_source_of(b, EVENTS)->rows, 2);
    CHECK_INT(cyn_stock_source_of(b, USERS)->rows, 3);
    cyn_stock_unref(a);
    cyn_stock_unref(b);
    drop_project();
}

static void test_a_source_that_cannot_be_read_keeps_its_rows_until_it_can(void)
{
    make_project();
    const cyn_stock *a = load(NULL);
    put_file("events.csv", "");
    const cyn_stock *b = load(a);
    const cyn_stock_source *broken = cyn_stock_source_of(b, EVENTS);
    CHECK(broken->error != NULL && !broken->fresh);
    CHECK_INT(broken->rows, 2);
    CHECK_STR(broken->inputs, cyn_stock_source_of(a, EVENTS)->inputs);
    CHECK(table_of(a, EVENTS) == table_of(b, EVENTS));
    const cyn_stock *c = load(b); /* the same again: the error stays */
    CHECK(cyn_stock_source_of(c, EVENTS)->error != NULL);
    put_file("events.csv", "at,amount,note\n2026-01-05T01:00:00Z,9,z\n");
    const cyn_stock *d = load(c);
    CHECK(cyn_stock_source_of(d, EVENTS)->error == NULL && cyn_stock_source_of(d, EVENTS)->fresh);
    CHECK_INT(cyn_stock_source_of(d, EVENTS)->rows, 1);
    cyn_stock_unref(a);
    cyn_stock_unref(b);
    cyn_stock_unref(c);
    cyn_stock_unref(d);
    drop_project();
}

static void test_a_source_that_was_never_read_fails_whoever_needs_it(void)
{
    make_project();
    char path[128];
    snprintf(path, sizeof path, "%s/events.csv", folder);
    must(unlink(path) == 0, "cannot remove");
    const cyn_stock *a = load(NULL);
    cyn_dataset *data = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_stock_dataset(a, opened->project, &data, NULL), CYN_OK);
    CHECK(cyn_dataset_need(data, EVENTS, &err) != CYN_OK);
    CHECK(strstr(err.message, "events") != NULL);
    CHECK_INT(cyn_dataset_need(data, USERS, NULL), CYN_OK);
    cyn_dataset_free(data);
    cyn_stock_unref(a);
    drop_project();
}

/* A changed project reads another column: the rows that there are lack it. Its other source is read
 * as before. */
static void test_another_project_shares_what_it_reads_alike(void)
{
    make_project();
    const cyn_stock *a = load(NULL);
    CHECK_INT(cyn_table_find(table_of(a, EVENTS), "note"), -1);
    put_file("metrics/m.lua",
             "metric \"noted\" { value = source \"events\":where \"note ~= nil\":count() }\n"
             "metric \"users\" { value = source \"users\":where \"plan == 'pro'\":count() }\n");
    cyn_opened_unref(opened);
    opened = must_open();
    const cyn_stock *b = load(a);
    CHECK(cyn_stock_source_of(b, EVENTS)->fresh);
    CHECK(!cyn_stock_source_of(b, USERS)->fresh);
    CHECK(cyn_table_find(table_of(b, EVENTS), "note") >= 0);
    CHECK_STR(cyn_stock_source_of(a, EVENTS)->inputs, cyn_stock_source_of(b, EVENTS)->inputs);
    cyn_stock_unref(a);
    CHECK_INT(cyn_table_rows(table_of(b, USERS)), 2);
    cyn_stock_unref(b);
    drop_project();
}

/* So that whoever evaluates the new rows finds what was computed of the old ones. */
static void test_rows_that_grew_are_known_as_what_they_were(void)
{
    enum { ROWS = 40000 };
    static const char line[] = "2026-01-02T01:00:00Z,2,b and more\n";
    const cyn_stock_options options = {.cache = true};
    cyn_dataset *data = NULL;
    cyn_stock *a = NULL, *b = NULL;
    cyn_buf text = {0};
    make_project();
    cyn_buf_puts(&text, "at,amount,note\n");
    for (size_t i = 0; i < ROWS; i++)
        cyn_buf_puts(&text, line);
    put_file("events.csv", text.data);
    CHECK_INT(cyn_stock_load(opened->project, NULL, &options, &a, &notes, NULL), CYN_OK);
    add_to_file("events.csv", "2026-01-03T01:00:00Z,4,c\n");
    CHECK_INT(cyn_stock_load(opened->project, a, &options, &b, &notes, NULL), CYN_OK);
    CHECK_INT(cyn_stock_dataset(b, opened->project, &data, NULL), CYN_OK);
    const cyn_cache_before *before = &data->sources[EVENTS].before;
    CHECK_STR(before->inputs, cyn_stock_source_of(a, EVENTS)->inputs);
    CHECK_INT(before->rows, ROWS);
    CHECK_INT(before->old.last, (cyn_days_from_civil(2026, 1, 2) * 24 + 1) * CYN_HOUR);
    CHECK_INT(before->more.first, (cyn_days_from_civil(2026, 1, 3) * 24 + 1) * CYN_HOUR);
    CHECK_STR(data->sources[USERS].before.inputs, "");
    cyn_dataset_free(data);
    cyn_stock_unref(a);
    cyn_stock_unref(b);
    cyn_buf_clear(&text);
    drop_project();
}

int main(void)
{
    must(cyn_zygote_start(NULL) == CYN_OK, "no zygote");
    RUN(test_what_did_not_change_is_shared);
    RUN(test_only_what_is_looked_at_is_loaded);
    RUN(test_a_source_that_cannot_be_read_keeps_its_rows_until_it_can);
    RUN(test_a_source_that_was_never_read_fails_whoever_needs_it);
    RUN(test_another_project_shares_what_it_reads_alike);
    RUN(test_rows_that_grew_are_known_as_what_they_were);
    cyn_zygote_stop();
    return test_end();
}
