/* Files of known incidents, and how dates of the command line are read. */
#include "rules/backtest.h"
#include "rules/backtest_known.h"
#include "test.h"
#include <unistd.h>

static cyn_calendar calendar = {.week_start = 1, .fiscal_month = 1};
static const char *const by[] = {"channel", "plan"};
static const cyn_rule rule = {.name = "aha_drop", .by = by, .nby = 2};
static cyn_arena *arena;
static char path[] = "/tmp/cyn_known_XXXXXX";

/* 2026-03-02 in Berlin: `TZ=Europe/Berlin date -d '2026-03-02' +%s`. */
#define MARCH_2 INT64_C(1772406000000000)

static cyn_code read_text(const char *text, const cyn_known_incident **out, size_t *n, cyn_err *err)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return cyn_known_incidents_read(path, &rule, &calendar, arena, out, n, err);
}

static void test_times_names_and_dimensions_are_read(void)
{
    const cyn_known_incident *k = NULL;
    size_t n = 0;
    cyn_err err = {0};
    CHECK_INT(read_text("plan,from,to,name,channel\n"
                        "pro,2026-03-02 10:00,2026-03-02T14:30,\"broken, checkout\",ads\n"
                        ",2026-03-02,,,\n"
                        ",2026-W10,2026-03,late,\n",
                        &k, &n, &err),
              CYN_OK);
    CHECK_STR(err.message, "");
    CHECK_INT(n, 3);
    if (n != 3) return;
    CHECK_INT(k[0].from, MARCH_2 + 10 * CYN_HOUR);
    CHECK_INT(k[0].to, MARCH_2 + 14 * CYN_HOUR + 30 * CYN_MINUTE);
    CHECK_STR(k[0].name, "broken, checkout");
    CHECK_INT(k[0].nlabels, 2);
    CHECK_STR(k[0].labels[0].name, "plan");
    CHECK_STR(k[0].labels[0].value, "pro");
    CHECK_STR(k[0].labels[1].value, "ads");
    CHECK_INT(k[1].from, MARCH_2);
    CHECK_INT(k[1].to, MARCH_2 + CYN_DAY);
    CHECK(k[1].name == NULL && k[1].nlabels == 0);
    CHECK_INT(k[2].from, MARCH_2);                         /* a Monday */
    CHECK_INT(k[2].to, MARCH_2 + 30 * CYN_DAY - CYN_HOUR); /* DST began on the 29th */
}

static void check_refused(const char *text, cyn_code code, int line, int column, const char *part)
{
    const cyn_known_incident *k = NULL;
    size_t n = 0;
    cyn_err err = {0};
    CHECK_INT(read_text(text, &k, &n, &err), code);
    CHECK_INT(err.line, line);
    CHECK_INT(err.column, column);
    CHECK(strstr(err.message, part));
    if (!strstr(err.message, part)) printf("# %s\n", err.message);
}

static void test_what_is_wrong_has_its_place(void)
{
    check_refused("from,to\n2026-03-02,tomorrow\n", CYN_E_SYNTAX, 2, 12, "'tomorrow' is no date");
    check_refused("from,to\n2026-03-02,2026-02-28\n", CYN_E_SYNTAX, 2, 1, "ends before it begins");
    check_refused("from,name\n2026-03-02,a\n,b\n", CYN_E_SYNTAX, 3, 1, "has no 'from'");
    check_refused("from,to\n2026-03-02\n", CYN_E_SYNTAX, 2, 11, "1 field, expected 2");
    check_refused("to,name\n2026-03-02,a\n", CYN_E_NAME, 1, 0, "no column 'from'");
    check_refused("from,chanel\n2026-03-02,ads\n", CYN_E_NAME, 1, 0, "column 'chanel' is neither");
}

static void test_a_file_that_is_not_there_is_an_error(void)
{
    const cyn_known_incident *k;
    size_t n;
    cyn_err err = {0};
    CHECK_INT(
        cyn_known_incidents_read("/nowhere/at/all.csv", &rule, &calendar, arena, &k, &n, &err),
        CYN_E_IO);
    CHECK(strstr(err.message, "/nowhere/at/all.csv"));
}

static void test_a_date_stands_for_all_of_it_and_a_time_for_itself(void)
{
    static const struct {
        const char *text;
        int64_t from, length;
    } cases[] = {{"2026-03-02", MARCH_2, CYN_DAY},
                 {"2026-03-29", MARCH_2 + 27 * CYN_DAY, 23 * CYN_HOUR},
                 {"2026-W10", MARCH_2, 7 * CYN_DAY},
                 {"2026-03-02T05", MARCH_2 + 5 * CYN_HOUR, CYN_HOUR},
                 {"2026-03-02T05:30", MARCH_2 + 5 * CYN_HOUR + 30 * CYN_MINUTE, 0},
                 {"2026-03-02 04:00:00Z", MARCH_2 + 5 * CYN_HOUR, 0},
                 {"2026-02", MARCH_2 - 29 * CYN_DAY, 28 * CYN_DAY},
                 {"2026-Q1", MARCH_2 - 60 * CYN_DAY, 90 * CYN_DAY - CYN_HOUR}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t from = 0, to = 0;
        cyn_err err = {0};
        CHECK_INT(cyn_parse_stretch(&calendar, cases[i].text, &from, &to, &err), CYN_OK);
        CHECK_INT(from, cases[i].from);
        CHECK_INT(to - from, cases[i].length);
    }
    int64_t from, to;
    CHECK_INT(cyn_parse_stretch(&calendar, "yesterday", &from, &to, NULL), CYN_E_SYNTAX);
    CHECK_INT(cyn_parse_stretch(&calendar, "", &from, &to, NULL), CYN_E_SYNTAX);
}

int main(void)
{
    cyn_tz *tz = NULL;
    int fd = mkstemp(path);
    if (fd < 0 || cyn_tz_load("Europe/Berlin", &tz, NULL) != CYN_OK) return 99;
    close(fd);
    calendar.tz = tz;
    arena = cyn_arena_new(0);
    RUN(test_times_names_and_dimensions_are_read);
    RUN(test_what_is_wrong_has_its_place);
    RUN(test_a_file_that_is_not_there_is_an_error);
    RUN(test_a_date_stands_for_all_of_it_and_a_time_for_itself);
    cyn_arena_free(arena);
    cyn_tz_free(tz);
    unlink(path);
    return test_end();
}
