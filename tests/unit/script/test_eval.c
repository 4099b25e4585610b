/* Expressions over rows: what they see, what they answer, what goes wrong. */
#include "script_impl.h"
#include <math.h>

/* Five rows: event purchase, lesson, purchase, -, lesson; amount 150, 20, -, 99.5, 1e300;
 * n 1, 2, 3, 4, 5; ok true, false, -, true, false; price (decimal) 1.50, 2.25, 0.10, -3.00, 0;
 * ts, a timestamp: 2018-01-01T00:30 in Tokyo and each next row a day and an hour later;
 * d, the date 2018-01-01 and the days after it; payload.size 10, -, 30, 40, 50. */
#define ROWS 5
static const uint64_t offsets[] = {0, 8, 14};
static const uint32_t event_codes[ROWS] = {0, 1, 0, 9, 1};
static const double amounts[ROWS] = {150, 20, 0, 99.5, 1e300};
static const int64_t ns[ROWS] = {1, 2, 3, 4, 5}, prices[ROWS] = {150, 225, 10, -300, 0};
static const uint8_t oks[ROWS] = {1, 0, 0, 1, 0};
static const int64_t sizes[ROWS] = {10, 0, 30, 40, 50};
/* date -d '2018-01-01T00:30 +09:00' +%s → 1514734200; 2018-01-01 is day 17532 */
#define TS(i) ((INT64_C(1514734200) + (i)*INT64_C(90000)) * CYN_SECOND)
static const int64_t times[ROWS] = {TS(0), TS(1), TS(2), TS(3), TS(4)};
static const int64_t dates[ROWS] = {17532, 17533, 17534, 17535, 17536};
static const uint64_t no3[] = {0x1b}, no2[] = {0x1d}, no4[] = {0x17};

static const cyn_batch_column columns[] = {
    {.name = "event",
     .type = CYN_TEXT,
     .valid = no4,
     .values = event_codes,
     .dict_count = 2,
     .dict_offset = offsets,
     .dict_heap = "purchaselesson"},
    {.name = "amount", .type = CYN_REAL, .valid = no3, .values = amounts},
    {.name = "n", .type = CYN_INTEGER, .values = ns},
    {.name = "ok", .type = CYN_BOOLEAN, .valid = no3, .values = oks},
    {.name = "price", .type = CYN_DECIMAL, .scale = 2, .values = prices},
    {.name = "ts", .type = CYN_TIMESTAMP, .values = times},
    {.name = "d", .type = CYN_DATE, .values = dates},
    {.name = "payload.size", .type = CYN_INTEGER, .valid = no2, .values = sizes},
    {.name = "type", .type = CYN_INTEGER, .values = ns},
    {.name = "two words", .type = CYN_INTEGER, .values = ns},
};
static const cyn_batch batch = {ROWS, columns, sizeof columns / sizeof *columns};

/* "nil", "true", "3", "2.5", "'text'" of each row, with blanks between. */
static const char *show(const cyn_answers *a)
{
    static char out[1000];
    size_t at = 0;
    out[0] = '\0';
    for (size_t r = 0; r < a->rows && at + 100 < sizeof out; r++) {
        const char *gap = r ? " " : "";
        double x;
        memcpy(&x, &a->bits[r], sizeof x);
        char *to = out + at;
        size_t room = sizeof out - at;
        switch (a->kind[r]) {
        case CYN_ANSWER_NIL: at += (size_t)snprintf(to, room, "%snil", gap); break;
        case CYN_ANSWER_TRUE: at += (size_t)snprintf(to, room, "%strue", gap); break;
        case CYN_ANSWER_FALSE: at += (size_t)snprintf(to, room, "%sfalse", gap); break;
        case CYN_ANSWER_INTEGER:
            at += (size_t)snprintf(to, room, "%s%lld", gap, (long long)a->bits[r]);
            break;
        case CYN_ANSWER_REAL: at += (size_t)snprintf(to, room, "%s%.17g", gap, x); break;
        default:
            at += (size_t)snprintf(to, room, "%s'%.*s'", gap, (int)a->text_length[r],
                                   a->heap + a->bits[r]);
        }
    }
    return out;
}

/* Evaluates the argument of metric m over the rows; the answers, or the error, as text. */
static const char *evaluate(cyn_script *s)
{
    static char out[1950];
    cyn_answers *a;
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evaluator ev = cyn_script_evaluator(s);
    const cyn_agg *agg = agg_of(s, "m");
    snprintf(out, sizeof out, "no expression: %s", errors_of(s));
    if (agg && agg->arg->kind == CYN_EXPR_SCRIPT) {
        cyn_code rc = ev.eval(ev.self, agg->arg->handle, &batch, arena, &a, &err);
        if (rc == CYN_OK)
            snprintf(out, sizeof out, "%s", show(a));
        else
            cyn_err_format(&err, out, sizeof out);
    }
    cyn_arena_free(arena);
    size_t n = strlen(out);
    if (n && out[n - 1] == '\n') out[n - 1] = '\0';
    return out;
}

/* `argument` is Lua: a long string or a function. */
static void check(const char *argument, const char *expected)
{
    char text[1000];
    snprintf(text, sizeof text, "metric 'm' { value = source 'events':sum(%s) }", argument);
    cyn_script *s = load_text(text);
    if (!s) return;
    CHECK_STR(evaluate(s), expected);
    cyn_script_free(s);
}

static void test_columns_have_their_lua_values(void)
{
    check("[[event .. '!']]", "'purchase!' 'lesson!' 'purchase!' nil 'lesson!'");
    check("[[(amount)]]", "150 20 nil 99.5 1.0000000000000001e+300");
    check("[[n + 0]]", "1 2 3 4 5");
    check("[[(ok)]]", "true false nil true false");
    check("[[(price)]]", "1.5 2.25 0.10000000000000001 -3 0");
    check("[[ts - 1514734200]]", "0 90000 180000 270000 360000");
    check("[[d - 17532]]", "0 1 2 3 4");
    check("[[math.type(ts) .. math.type(d)]]",
          "'floatinteger' 'floatinteger' 'floatinteger' 'floatinteger' 'floatinteger'");
}

static void test_conditions_follow_lua(void)
{
    check("[[event == 'purchase' and amount > 100]]", "true false false false false");
    check("[[amount == nil]]", "false false true false false");
    check("[[n == 1.0 or event == 'lesson']]", "true true false false true");
    check("[[not ok]]", "false true true false true");
}

static void test_membership_compares_as_lua_does(void)
{
    check("[[one_of(event, { 'lesson', 'x' })]]", "false true false false true");
    check("[[one_of(n, { 1.0, 3, '4' })]]", "true false true false false");
    check("[[one_of(amount, { 20, nil, 99.5 })]]", "false true false true false");
    check("[[one_of(n, {})]]", "false false false false false");
    check("function(r) return one_of(r.ok, { true }) end", "true false false true false");
    check("[[one_of(n, n)]]",
          "metrics/a.lua:1:44: row 1: bad argument #2 to 'one_of' (table expected, "
          "got number), in: one_of(n, n)");
    check("[[one_of(n, { a = 1 })]]", "metrics/a.lua:1:44: row 1: bad argument #2 to 'one_of' "
                                      "(list expected, such as {'a', 'b'}), "
                                      "in: one_of(n, { a = 1 })");
}

static void test_missing_values_spread_through_arithmetic_and_fail_orderings(void)
{
    check("[[amount + 1]]", "151 21 nil 100.5 1.0000000000000001e+300");
    check("[[-amount * 0 + 1]]", "1 1 nil 1 1");
    check("[[1 // amount]]", "0 0 nil 0 0");
    check("[[amount > 0]]", "true true false true true");
    check("[[0 >= amount]]", "false false false false false");
    check("[[#event]]", "8 6 8 nil 6");
    check("[[(event.x)]]", "nil nil nil nil nil");
    check("function(r) return r.amount + 1 end", "151 21 nil 100.5 1.0000000000000001e+300");
}

static void test_nan_and_infinity_are_missing(void)
{
    check("[[n == 1 and 0/0 or n == 2 and 1/0 or n == 3 and -1/0 or 1.5]]", "nil nil nil 1.5 1.5");
}

static void test_dotted_columns_are_fields(void)
{
    check("[[payload.size + 0]]", "10 nil 30 40 50");
    check("function(r) return r.payload.size end", "10 nil 30 40 50");
    check("function(r) return r['payload.size'] end", "10 nil 30 40 50");
    check("function(r) return r['two words'] end", "1 2 3 4 5");
    check("[[_ENV['two words'] ]]", "1 2 3 4 5");
}

static void test_unknown_names_are_errors_with_the_nearest_one(void)
{
    check("[[hourr(ts)]]", "metrics/a.lua:1:44: row 1: unknown name 'hourr' (did you mean "
                           "'hour'?), in: hourr(ts)");
    check("function(r) return r.amout end",
          "metrics/a.lua:1: row 1: unknown column 'amout' (did you mean 'amount'?), in: function "
          "(line 1)");
    check("function(r) return r.payload.sise end",
          "metrics/a.lua:1: row 1: unknown column 'payload.sise' (did you mean 'payload.size'?), "
          "in: function (line 1)");
}

static void test_a_column_hides_a_helper_of_its_name(void)
{
    check("[[type + 0]]", "1 2 3 4 5");
    check("[[calendar.day(d)]]", "1 2 3 4 5");
}

/* Independent: date in Asia/Tokyo of the times above (GNU date, TZ=Asia/Tokyo date -d @1514734200
 * '+%Y %m %d %H %M %u %V'): 2018 01 01 00 30 1 01, then 01-02T01:30 … 01-05T04:30. */
static void test_helpers_read_times_in_the_projects_zone(void)
{
    check("[[hour(ts)]]", "0 1 2 3 4");
    check("[[minute(ts)]]", "30 30 30 30 30");
    check("[[weekday(ts)]]", "1 2 3 4 5");
    check("[[weekday(d)]]", "1 2 3 4 5");
    check("[[date(ts) == d]]", "true true true true true");
    check("[[year(ts) * 100 + month(d)]]", "201801 201801 201801 201801 201801");
    check("[[week(d) * 100 + day(ts)]]", "101 102 103 104 105");
    check("[[ts >= time '2018-01-02']]", "false true true true true");
    check("[[d >= date '2018-01-03']]", "false false true true true");
    check("[[time(d) <= ts]]", "true true true true true");
    check("[[hour(amount ~= nil and ts or nil)]]", "0 1 nil 3 4");
    check("function(r) return hour(r.ts) end", "0 1 2 3 4");
    check("[[hour(d)]]",
          "metrics/a.lua:1:44: row 1: bad argument #1 to 'hour' (timestamp expected, "
          "got a date), in: hour(d)");
    check("[[time 'soon']]",
          "metrics/a.lua:1:44: row 1: bad argument #1 to 'time' ('soon' is no date or time such as "
          "2018-08-08T10:00), in: time 'soon'");
}

static void test_row_errors_name_row_place_and_expression(void)
{
    check("[[n < 3 and n or event < n]]",
          "metrics/a.lua:1:44: row 3: attempt to compare string with number, in: n < 3 and n or "
          "event < n");
    check("[[(event)()]]", "metrics/a.lua:1:44: row 1: attempt to call a string value (column "
                           "'event'), in: (event)()");
    check("[[(math)]]", "metrics/a.lua:1:44: row 1: the result is a table, expected a number, a "
                        "text, a boolean or nil, in: (math)");
    check("\nfunction(r)\n  if r.n == 2 then error 'no two' end\nend",
          "metrics/a.lua:3: row 2: no two, in: function (line 2)");
    check("function(r) error {} end",
          "metrics/a.lua:1: row 1: the error is no text, in: function (line 1)");
    check("function(r) r.n = 1 end", "metrics/a.lua:1: row 1: a row cannot be changed; use derive "
                                     "for a new column, in: function (line 1)");
}

static void test_nil_behaves_as_ever_after_rows_have_run(void)
{
    cyn_script *s = load_text("local first\nmetric 'm' { value = source 'events':sum(function(r)\n"
                              "  first = first or r\n  return first.n\nend) }");
    if (!s) return;
    CHECK_STR(evaluate(s), "1 2 3 4 5");
    CHECK_STR(evaluate(s), "metrics/a.lua:4: row 1: a row cannot be used after its function has "
                           "returned, in: function (line 2)");
    cyn_script_free(s);
}

static void test_texts_in_answers_are_exact(void)
{
    check("[[n == 1 and '' or n == 2 and 'a' or n == 3 and '金額' or event]]",
          "'' 'a' '金額' nil 'lesson'");
}

static void test_no_rows_give_no_answers(void)
{
    cyn_script *s = load_text("metric 'm' { value = source 'events':sum 'n + nowhere' }");
    if (!s) return;
    static const cyn_batch none = {.rows = 0, .columns = columns, .ncolumns = 3};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    cyn_evaluator ev = cyn_script_evaluator(s);
    CHECK_INT(ev.eval(ev.self, agg_of(s, "m")->arg->handle, &none, arena, &a, NULL), CYN_OK);
    CHECK(a && a->rows == 0);
    cyn_arena_free(arena);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_columns_have_their_lua_values);
    RUN(test_conditions_follow_lua);
    RUN(test_membership_compares_as_lua_does);
    RUN(test_missing_values_spread_through_arithmetic_and_fail_orderings);
    RUN(test_nan_and_infinity_are_missing);
    RUN(test_dotted_columns_are_fields);
    RUN(test_unknown_names_are_errors_with_the_nearest_one);
    RUN(test_a_column_hides_a_helper_of_its_name);
    RUN(test_helpers_read_times_in_the_projects_zone);
    RUN(test_row_errors_name_row_place_and_expression);
    RUN(test_nil_behaves_as_ever_after_rows_have_run);
    RUN(test_texts_in_answers_are_exact);
    RUN(test_no_rows_give_no_answers);
    cyn_zygote_stop();
    return test_end();
}
