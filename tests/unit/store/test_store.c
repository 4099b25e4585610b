#include "base/arena.h"
#include "base/time.h"
#include "store/definition.h"
#include "store_fixture.h"
#include <sys/stat.h>

static void test_a_new_store_makes_its_folder_and_hides_it_from_git(void)
{
    new_folder();
    cyn_store_close(open_store());
    char name[400], text[8] = "";
    snprintf(name, sizeof name, "%s/.cynosure/.gitignore", folder);
    FILE *f = fopen(name, "r");
    CHECK(f && fgets(text, sizeof text, f));
    CHECK_STR(text, "*\n");
    if (f) fclose(f);
    CHECK_STR(query("PRAGMA user_version"), "8");
    CHECK_STR(query("PRAGMA journal_mode"), "wal");
    CHECK_STR(query("PRAGMA integrity_check"), "ok");
    remove_folder();
}

static void test_a_folder_that_was_there_gets_no_gitignore(void)
{
    new_folder();
    char name[400];
    snprintf(path, sizeof path, "%s/state.db", folder);
    cyn_store_close(open_store());
    snprintf(name, sizeof name, "%s/.gitignore", folder);
    CHECK_INT(access(name, F_OK), -1);
    remove_folder();
}

/* 2^63 - 1 and 12.50 have no double that says as much; 0.1 is its double. */
static void test_numbers_keep_every_digit(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_real(0.1));
    p.numerator = cyn_num_integer(INT64_MAX);
    p.denominator = cyn_num_decimal(1250, 2);
    int64_t run = 0;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT value = 0.1 FROM value"), "1");
    CHECK_STR(query("SELECT value_text FROM value"), "NULL");
    CHECK_STR(query("SELECT numerator_text FROM value"), "9223372036854775807");
    CHECK_STR(query("SELECT denominator_text FROM value"), "12.50");
    CHECK_STR(query("SELECT denominator = 12.5 FROM value"), "1");
    CHECK_STR(query("SELECT period || ' ' || grain || ' ' || period_end FROM value"),
              "2026-W45 week 1794182400000000");
    CHECK_STR(query("SELECT command || failed || (finished >= started) FROM run"), "eval01");
    remove_folder();
}

static void test_a_missing_value_is_null(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(CYN_MISSING);
    int64_t run = 0;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT value IS NULL AND numerator IS NULL FROM latest"), "1");
    remove_folder();
}

static void test_a_segment_is_canonical_json(void)
{
    static const char *const dims[] = {"plan", "channel", "paid", "seats", "share", "none"};
    const cyn_const keys[] = {
        {.kind = CYN_CONST_TEXT, .s = "a\"b\n学", .n = 7},
        {.kind = CYN_CONST_TEXT, .s = "ads", .n = 3},
        {.kind = CYN_CONST_BOOLEAN, .i = 1},
        {.kind = CYN_CONST_INTEGER, .i = -12},
        {.kind = CYN_CONST_REAL, .r = 0.25},
        {.kind = CYN_CONST_NIL},
    };
    cyn_point p = {.nkeys = 6, .dims = dims, .keys = keys};
    cyn_buf b = {0};
    cyn_store_segment(&p, &b);
    CHECK_STR(b.data, "{\"channel\":\"ads\",\"none\":null,\"paid\":true,\"plan\":\"a\\\"b\\n学\","
                      "\"seats\":-12,\"share\":0.25}");
    cyn_buf_reset(&b);
    cyn_store_segment(&(cyn_point){0}, &b);
    CHECK_STR(b.data, "{}");
    cyn_buf_clear(&b);
}

static void test_the_newest_run_wins_and_a_failed_one_hides_nothing(void)
{
    new_folder();
    cyn_store *st = open_store();
    int64_t run = 0;
    cyn_point p = point_of(cyn_num_integer(1));
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    p.value = cyn_num_integer(2);
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_STR(query("SELECT value FROM latest"), "2.0");
    p.failed = true;
    p.error = &(cyn_err){.code = CYN_E_SCRIPT, .line = 3, .file = "metrics/a.lua", .message = "oh"};
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT value FROM latest"), "2.0");
    CHECK_STR(query("SELECT error FROM value WHERE error IS NOT NULL"), "metrics/a.lua:3: oh");
    CHECK_STR(query("SELECT value IS NULL FROM value ORDER BY run"), "0,0,1");
    CHECK_STR(query("SELECT failed FROM run ORDER BY id"), "0,0,1");
    remove_folder();
}

static void test_only_what_is_new_or_differs_is_recorded(void)
{
    new_folder();
    cyn_store *st = open_store();
    int64_t run = 0;
    cyn_point p = point_of(cyn_num_real(0.5));
    p.denominator = cyn_num_decimal(1250, 2);
    for (int i = 0; i < 3; i++)
        CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_STR(query("SELECT run FROM value"), "1");
    CHECK_STR(query("SELECT points FROM run ORDER BY id"), "1,1,1");
    p.denominator = cyn_num_decimal(12500, 3); /* another exact number */
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    p.denominator = CYN_MISSING;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    p.partial = true;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    p.rows++;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_STR(query("SELECT run FROM value ORDER BY run"), "1,4,5,6,7");
    CHECK_STR(query("SELECT run FROM latest"), "7");
    p = point_of(cyn_num_real(0.5)); /* and back again is another change */
    p.denominator = cyn_num_decimal(1250, 2);
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_STR(query("SELECT run FROM latest"), "9");
    cyn_store_close(st);
    remove_folder();
}

static bool same_points(cyn_store *st, const char *digest, size_t count)
{
    int64_t run = 0;
    bool same = false;
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_same_points(st, run, "aha", week.grain, digest, count, &same, NULL),
              CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
    return same;
}

static void test_a_digest_tells_the_points_of_the_last_run(void)
{
    new_folder();
    cyn_store *st = open_store();
    CHECK(!same_points(st, "a", 5));
    CHECK(same_points(st, "a", 5));
    CHECK(!same_points(st, "b", 6));
    CHECK(!same_points(st, "a", 5)); /* they were others in between */
    CHECK_STR(query("SELECT points FROM run ORDER BY id"), "0,5,0,0");
    int64_t run = 0;
    bool same = true;
    const cyn_grain day = {CYN_DAILY, 1};
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_same_points(st, run, "aha", day, "a", 5, &same, NULL), CYN_OK);
    CHECK(!same); /* another grain */
    CHECK_INT(cyn_store_same_points(st, run, "aha", week.grain, "c", 5, &same, NULL), CYN_OK);
    CHECK(!same);
    cyn_store_close(st); /* not committed: "c" was never recorded */
    st = open_store();
    CHECK(!same_points(st, "c", 5));
    cyn_store_close(st);
    remove_folder();
}

static void test_a_run_that_is_not_committed_leaves_nothing(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1));
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_definition(st, &aha, "f", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
    CHECK_STR(query("SELECT count(*) FROM value"), "0");
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM run"), "0");
    remove_folder();
}

static void test_a_definition_is_kept_once_with_the_run_that_saw_it_first(void)
{
    new_folder();
    cyn_store *st = open_store();
    int64_t run = 0;
    cyn_point p = point_of(cyn_num_integer(1));
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    /* The same formula under another name is another metric's definition. */
    cyn_metric twin = {.name = "twin", .definition = "d1"};
    p.metric = &twin;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_store_close(st);
    CHECK_STR(query("SELECT metric || first_run || formula FROM definition ORDER BY metric"),
              "aha_rate1count(events),twin3count(events)");
    remove_folder();
}

static void test_definitions_are_told_with_the_newest_first(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_arena *arena = cyn_arena_new(0);
    const cyn_stored_definition *list = NULL;
    size_t n = 7;
    int64_t run = 0, before = cyn_now();
    CHECK_INT(cyn_store_definitions(st, "aha_rate", arena, &list, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    cyn_point p = point_of(cyn_num_integer(1));
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_metric changed = *p.metric;
    snprintf(changed.definition, sizeof changed.definition, "changed");
    p.metric = &changed;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    cyn_metric twin = {.name = "twin", .definition = "other"};
    p.metric = &twin;
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_definitions(st, "aha_rate", arena, &list, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    CHECK_STR(list[0].hash, "changed");
    CHECK_STR(list[0].formula, "count(events)");
    CHECK_STR(list[1].hash, "d1");
    CHECK(before <= list[1].since && list[1].since <= list[0].since);
    CHECK(list[0].since <= cyn_now());
    cyn_store_close(st);
    cyn_arena_free(arena);
    remove_folder();
}

static void test_a_value_without_its_definition_is_not_committed(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1));
    int64_t run = 0;
    cyn_err err = {0};
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, &err), CYN_E_CONFLICT);
    CHECK_INT(record(st, &p, &run, NULL), CYN_OK); /* the store can be used on */
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM run"), "1");
    remove_folder();
}

static void test_a_value_given_twice_ends_the_run(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point p = point_of(cyn_num_integer(1));
    int64_t run = 0;
    cyn_err err = {0};
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", &err), CYN_E_CONFLICT);
    CHECK(!strncmp(err.message, "metric 'aha_rate', 2026-W45: state '", 36));
    CHECK_INT(cyn_store_add_point(st, run, &p, "2026-W45", &err), CYN_E_STATE);
    CHECK_INT(cyn_store_commit_run(st, run, 0, &err), CYN_E_STATE);
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM value"), "0");
    remove_folder();
}

/* Weeks from 2026-W45 on, each with its number as its value. */
enum { WEEKS = 6 };
static const char *const labels[WEEKS] = {"W45", "W46", "W47", "W48", "W49", "W50"};

static void make_weeks(cyn_point *points, const cyn_point **list)
{
    const int64_t length = week.end - week.start;
    for (int i = 0; i < WEEKS; i++) {
        points[i] = point_of(cyn_num_decimal(i, 2));
        points[i].period.start += i * length;
        points[i].period.end += i * length;
        list[i] = &points[i];
    }
}

static void record_weeks(cyn_store *st, const cyn_point *const *list, const char *const *names,
                         size_t n)
{
    int64_t run = 0;
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_definition(st, &aha, "f", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_points(st, run, list, names, n, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_run(st, run, 0, NULL), CYN_OK);
}

static const char *said_by_run(int run)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT period FROM value WHERE run = %d ORDER BY period_start", run);
    return query(sql);
}

static void test_of_many_points_only_those_that_differ_leave_a_row(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point points[WEEKS];
    const cyn_point *list[WEEKS], *backwards[WEEKS];
    const char *names[WEEKS];
    make_weeks(points, list);
    record_weeks(st, list, labels, WEEKS);
    record_weeks(st, list, labels, WEEKS);
    CHECK_STR(said_by_run(2), "");
    points[1].value = cyn_num_decimal(1, 1);  /* the same digits, another scale */
    points[2].value = cyn_num_real(0.02);     /* the same number, but no exact one */
    points[3].numerator = cyn_num_integer(3); /* was missing */
    points[5].partial = true;
    record_weeks(st, list, labels, WEEKS);
    CHECK_STR(said_by_run(3), "W46,W47,W48,W50");
    points[3].numerator = CYN_MISSING;
    points[4].rows++;
    points[5].immature = true;
    for (int i = 0; i < WEEKS; i++) {
        backwards[i] = list[WEEKS - 1 - i];
        names[i] = labels[WEEKS - 1 - i];
    }
    names[WEEKS - 1] = "first";
    record_weeks(st, backwards, names, WEEKS);
    CHECK_STR(said_by_run(4), "first,W48,W49,W50");
    cyn_store_close(st);
    CHECK_STR(query("SELECT group_concat(points) FROM run"), "6,6,6,6");
    remove_folder();
}

/* More than are added by one statement: the texts of a row are its own. */
static void test_many_new_points_each_keep_what_is_theirs(void)
{
    enum { EACH = 150, SEGMENTS = 2, ALL = EACH * SEGMENTS };
    new_folder();
    cyn_store *st = open_store();
    const char *const dims[] = {"channel"};
    const cyn_const keys[SEGMENTS] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3},
                                      {.kind = CYN_CONST_TEXT, .s = "mail", .n = 4}};
    cyn_point points[ALL];
    const cyn_point *list[ALL];
    const char *names[ALL];
    char texts[ALL][16];
    for (int i = 0; i < ALL; i++) {
        points[i] = point_of(cyn_num_decimal(i, 2));
        points[i].period.start += i % EACH * CYN_DAY;
        points[i].rows = i;
        if (i % 2) points[i].numerator = cyn_num_integer(1000 - i);
        if (i % 3) points[i].denominator = cyn_num_real(i / 8.0);
        points[i].dims = dims;
        points[i].keys = &keys[i / EACH];
        points[i].nkeys = 1;
        list[i] = &points[i];
        snprintf(texts[i], sizeof texts[i], "p%d", i);
        names[i] = texts[i];
    }
    record_weeks(st, list, names, ALL);
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM value WHERE period = 'p' || rows"
                    " AND segment = iif(rows < 150, '{\"channel\":\"ads\"}',"
                    "                   '{\"channel\":\"mail\"}')"
                    " AND value_text = format('%d.%02d', rows / 100, rows % 100)"
                    " AND value = rows / 100.0"
                    " AND numerator_text IS iif(rows % 2, '' || (1000 - rows), NULL)"
                    " AND numerator IS iif(rows % 2, 1000.0 - rows, NULL)"
                    " AND denominator IS iif(rows % 3, rows / 8.0, NULL)"
                    " AND denominator_text IS NULL AND error IS NULL"),
              "300");
    CHECK_STR(query("SELECT count(DISTINCT period_start) FROM value"), "150");
    remove_folder();
}

static void test_of_many_points_the_one_that_cannot_be_added_is_named(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point points[WEEKS];
    const cyn_point *list[WEEKS];
    int64_t run = 0;
    cyn_err err = {0};
    make_weeks(points, list);
    CHECK_INT(cyn_store_begin_run(st, "eval", 0, &run, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_point(st, run, list[3], "W48", NULL), CYN_OK);
    CHECK_INT(cyn_store_add_points(st, run, list, labels, WEEKS, &err), CYN_E_CONFLICT);
    CHECK(!strncmp(err.message, "metric 'aha_rate', W48: state '", 31));
    record_weeks(st, list, labels, WEEKS); /* the store can be used on */
    cyn_store_close(st);
    CHECK_STR(query("SELECT count(*) FROM value"), "6");
    remove_folder();
}

static void test_the_newest_of_many_restatements_counts(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point points[WEEKS];
    const cyn_point *list[WEEKS];
    make_weeks(points, list);
    record_weeks(st, list, labels, WEEKS);
    for (int i = 0; i < 50; i++) {
        points[1].rows++;
        record_weeks(st, list, labels, WEEKS);
    }
    CHECK_STR(said_by_run(51), "W46");
    record_weeks(st, list, labels, WEEKS);
    CHECK_STR(said_by_run(52), "");
    points[1].rows--; /* as it was before last */
    points[4].rows--;
    record_weeks(st, list, labels, WEEKS);
    CHECK_STR(said_by_run(53), "W46,W49");
    cyn_store_close(st);
    remove_folder();
}

static void test_what_is_known_is_told_of_each_segment_and_period(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_point points[WEEKS], of_ads[WEEKS];
    const cyn_point *list[WEEKS], *both[2 * WEEKS];
    const char *const dims[] = {"channel"};
    const cyn_const ads[] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3}};
    bool known[2 * WEEKS];
    make_weeks(points, list);
    make_weeks(of_ads, both);
    for (int i = 0; i < WEEKS; i++) {
        of_ads[i].dims = dims;
        of_ads[i].keys = ads;
        of_ads[i].nkeys = 1;
        both[WEEKS + i] = list[i];
    }
    record_weeks(st, list + 2, labels + 2, 2);
    record_weeks(st, both + 4, labels + 4, 1);
    CHECK_INT(cyn_store_known_points(st, both, 2 * WEEKS, known, NULL), CYN_OK);
    for (int i = 0; i < 2 * WEEKS; i++)
        CHECK_INT(known[i], i == 4 || i == WEEKS + 2 || i == WEEKS + 3);
    cyn_store_close(st);
    remove_folder();
}

static void test_a_store_of_a_newer_version_is_refused_with_both_versions(void)
{
    new_folder();
    cyn_store_close(open_store());
    query("PRAGMA user_version = 9");
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open(path, &st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "has version 9") && strstr(err.message, "versions up to 8"));
    CHECK(strstr(err.hint, "use the cynosure that wrote it"));
    CHECK(st == NULL);
    remove_folder();
}

/* Version 7 can be made of this file, version 8 cannot. */
static void test_a_store_is_brought_up_to_date_whole_or_not_at_all(void)
{
    static const char *const later[] = {"message_event", "outbox", "tale",   "message",
                                        "channel_delay", "ack",    "silence"};
    new_folder();
    cyn_store_close(open_store());
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "DROP TABLE %s", later[i]);
        CHECK_STR(query(sql), "");
    }
    query("PRAGMA user_version = 6");
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open(path, &st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "cannot migrate: table ledger already exists"));
    CHECK_STR(query("PRAGMA user_version"), "6");
    CHECK_STR(query("SELECT count(*) FROM sqlite_schema WHERE name = 'message'"), "0");
    static const char *const newest[] = {
        "TABLE ledger",         "TABLE stretch",        "TABLE evaluation",      "TABLE job",
        "INDEX definition_run", "INDEX value_immature", "INDEX alert_event_slot"};
    for (size_t i = 0; i < sizeof newest / sizeof *newest; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "DROP %s", newest[i]);
        CHECK_STR(query(sql), "");
    }
    cyn_store_close(open_store());
    CHECK_STR(query("PRAGMA user_version"), "8");
    CHECK_STR(query("SELECT count(*) FROM sqlite_schema WHERE name IN ('message', 'ledger')"), "2");
    remove_folder();
}

static void write_file(const char *text)
{
    char name[400];
    snprintf(name, sizeof name, "%s/.cynosure", folder);
    mkdir(name, 0777);
    FILE *f = fopen(path, "w");
    for (int i = 0; f && i < 200; i++)
        fputs(text, f);
    if (f) fclose(f);
}

static void test_a_file_that_is_no_database_is_refused_with_what_to_do(void)
{
    new_folder();
    write_file("not a database at all\n");
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open(path, &st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "is damaged (file is not a database)"));
    CHECK(strstr(err.hint, "move it aside") && strstr(err.hint, "no source data"));
    remove_folder();
}

static void test_a_torn_page_is_an_error_and_no_crash(void)
{
    new_folder();
    cyn_store_close(open_store());
    int64_t run = 0;
    cyn_point p = point_of(cyn_num_integer(1));
    FILE *f = fopen(path, "r+");
    for (int page = 1; f && page < 12; page++) { /* every page but the first, which is the schema */
        fseek(f, page * 4096L, SEEK_SET);
        for (int i = 0; i < 4096; i++)
            fputc(0xee, f);
    }
    if (f) fclose(f);
    cyn_store *st = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_store_open(path, &st, &err);
    if (rc == CYN_OK) rc = record(st, &p, &run, &err);
    CHECK_INT(rc, CYN_E_STATE);
    CHECK(strstr(err.message, "is damaged"));
    cyn_store_close(st);
    remove_folder();
}

static void test_another_programs_database_is_refused_and_left_alone(void)
{
    new_folder();
    write_file("");
    query("CREATE TABLE mine (x)");
    cyn_store *st = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_store_open(path, &st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "another program"));
    CHECK_STR(query("PRAGMA journal_mode"), "delete");
    CHECK_STR(query("SELECT group_concat(name) FROM sqlite_schema"), "mine");
    remove_folder();
}

static void test_the_types_of_a_source_are_remembered(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_arena *a = cyn_arena_new(0);
    const char *schema = "untouched";
    CHECK_INT(cyn_store_schema(st, "events", a, &schema, NULL), CYN_OK);
    CHECK_STR(schema, NULL);
    CHECK_INT(cyn_store_set_schema(st, "events", "id:integer\n", NULL), CYN_OK);
    CHECK_INT(cyn_store_set_schema(st, "events", "id:text\n名:text\n", NULL), CYN_OK);
    cyn_store_close(st);
    st = open_store();
    CHECK_INT(cyn_store_schema(st, "events", a, &schema, NULL), CYN_OK);
    CHECK_STR(schema, "id:text\n名:text\n");
    cyn_store_close(st);
    cyn_arena_free(a);
    remove_folder();
}

static void test_every_failing_allocation_is_an_ordinary_error(void)
{
    new_folder();
    cyn_store_close(open_store());
    cyn_code rc = CYN_E_NOMEM;
    for (size_t n = 1; n < 100 && rc != CYN_OK; n++) {
        cyn_store *st = NULL;
        int64_t run = 0;
        cyn_point p = point_of(cyn_num_integer(1));
        cyn_test_fail_after(n);
        rc = cyn_store_open(path, &st, NULL);
        if (rc == CYN_OK) rc = record(st, &p, &run, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        cyn_store_close(st);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK_STR(query("SELECT count(*) FROM run"), "1");
    remove_folder();
}

int main(void)
{
    RUN(test_a_new_store_makes_its_folder_and_hides_it_from_git);
    RUN(test_a_folder_that_was_there_gets_no_gitignore);
    RUN(test_numbers_keep_every_digit);
    RUN(test_a_missing_value_is_null);
    RUN(test_a_segment_is_canonical_json);
    RUN(test_the_newest_run_wins_and_a_failed_one_hides_nothing);
    RUN(test_only_what_is_new_or_differs_is_recorded);
    RUN(test_a_digest_tells_the_points_of_the_last_run);
    RUN(test_a_run_that_is_not_committed_leaves_nothing);
    RUN(test_a_definition_is_kept_once_with_the_run_that_saw_it_first);
    RUN(test_definitions_are_told_with_the_newest_first);
    RUN(test_a_value_without_its_definition_is_not_committed);
    RUN(test_a_value_given_twice_ends_the_run);
    RUN(test_of_many_points_only_those_that_differ_leave_a_row);
    RUN(test_many_new_points_each_keep_what_is_theirs);
    RUN(test_of_many_points_the_one_that_cannot_be_added_is_named);
    RUN(test_the_newest_of_many_restatements_counts);
    RUN(test_what_is_known_is_told_of_each_segment_and_period);
    RUN(test_a_store_of_a_newer_version_is_refused_with_both_versions);
    RUN(test_a_store_is_brought_up_to_date_whole_or_not_at_all);
    RUN(test_a_file_that_is_no_database_is_refused_with_what_to_do);
    RUN(test_a_torn_page_is_an_error_and_no_crash);
    RUN(test_another_programs_database_is_refused_and_left_alone);
    RUN(test_the_types_of_a_source_are_remembered);
    RUN(test_every_failing_allocation_is_an_ordinary_error);
    return test_end();
}
