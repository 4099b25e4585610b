/* Conditions of alert rules: which steps they become, what they read, and what can never work. */
#include "script/zygote.h"
#include "steps.h"

/* What every rule below has; "function" begins a condition that is one, everything else is a text.
 */
static void put_rule(cyn_buf *b, const char *name, const char *condition)
{
    bool function = strncmp(condition, "function", 8) == 0;
    cyn_buf_printf(b,
                   "alert '%s' { metric = 'm', by = { 'channel', 'payload.plan' },\n"
                   "  params = { limit = 0.5 }, when = %s%s%s }\n",
                   name, function ? "" : "[[", condition, function ? "" : "]]");
}

static cyn_script *load_rule(const char *first, const char *condition)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, first);
    put_rule(&b, "r", condition);
    cyn_script *s = load_text(b.data);
    cyn_buf_clear(&b);
    return s;
}

static const cyn_expr *condition_of(const cyn_script *s)
{
    const cyn_rule *r = cyn_catalog_rule(cyn_script_catalog(s), "r");
    return r ? r->when : NULL;
}

/* "value, change("1w")" */
static const char *reads_of(const cyn_expr *e)
{
    static char out[1000];
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; e && i < e->nreads && at + 100 < sizeof out; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? ", " : "", e->reads[i]);
    return out;
}

static void check_condition(const char *first, const char *condition, const char *steps,
                            const char *reads)
{
    cyn_script *s = load_rule(first, condition);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_expr *e = condition_of(s);
    CHECK_STR(steps_of(e), steps);
    CHECK_STR(reads_of(e), reads);
    cyn_script_free(s);
}

/* The message of the only error, whose place is the rule's script. */
static void check_wrong(const char *condition, const char *expected)
{
    cyn_script *s = load_rule("", condition);
    if (!s) return;
    if (strcmp(errors_of(s), expected) != 0) printf("# %s\n", condition);
    CHECK_STR(errors_of(s), expected);
    CHECK(condition_of(s) == NULL);
    cyn_script_free(s);
}

static void test_both_forms_become_the_same_steps(void)
{
    static const struct {
        const char *text, *function, *steps, *reads;
    } list[] = {
        {"value < target", "function(s) return s.value < s.target end", "less value target",
         "target, value"},
        {"change '1w' < -0.05", "function(s) return s:change '1w' < -0.05 end",
         "less ['change(\"1w\")'] -0.05", "change(\"1w\")"},
        {"value < target and change('1w') < -0.05",
         "function(s) return s.value < s.target and s:change('1w') < -0.05 end",
         "less value target; less ['change(\"1w\")'] -0.05; select $0 $1 $0",
         "change(\"1w\"), target, value"},
        {"zscore(28) > 3", "function(s) return s:zscore(28.0) > 3 end", "less 3 ['zscore(28)']",
         "zscore(28)"},
        {"zscore() > 3", "function(s) return s:zscore() > 3 end", "less 3 zscore", "zscore"},
        {"p(99.9, '28d') > value", "function(s) return s:p(99.9, '28d') > s.value end",
         "less value ['p(99.9,\"28d\")']", "p(99.9,\"28d\"), value"},
        {"p(99.90, \"28d\") > value", "function(s) return s.value < s.p(s, 99.9, '28d') end",
         "less value ['p(99.9,\"28d\")']", "p(99.9,\"28d\"), value"},
        {"channel == 'ads' and value < limit",
         "function(s) return s.channel == 'ads' and s.value < s.limit end",
         "equals channel 'ads'; less value limit; select $0 $1 $0", "channel, limit, value"},
        {"payload.plan == 'pro'", "function(s) return s.payload.plan == 'pro' end",
         "equals ['payload.plan'] 'pro'", "payload.plan"},
        {"partial", "function(s) return s.partial end", "partial", "partial"},
        {0},
    };
    for (size_t i = 0; list[i].function; i++) {
        check_condition("", list[i].text, list[i].steps, list[i].reads);
        check_condition("", list[i].function, list[i].steps, list[i].reads);
    }
}

static void test_captured_constants_and_functions_are_followed(void)
{
    check_condition("local n, low = 28, -0.05\n", "function(s) return s:mean(n) * 2 < low end",
                    "mul ['mean(28)'] 2; less $0 -0.05", "mean(28)");
    check_condition("local function falls(s, by) return s:change(by) < 0 end\n",
                    "function(s) return falls(s, '1d') and falls(s, '1w') end",
                    "less ['change(\"1d\")'] 0; less ['change(\"1w\")'] 0; select $0 $1 $0",
                    "change(\"1d\"), change(\"1w\")");
    check_condition("", "function(s) local p = s; return p:sum(7) > 1 end", "less 1 ['sum(7)']",
                    "sum(7)");
}

static void test_what_cannot_be_followed_keeps_a_reason_and_what_it_plainly_reads(void)
{
    check_condition("",
                    "function(s) for i = 1, 3 do if s:change(i) > s.value then return true end end "
                    "return s:mean(28) > 1 end",
                    "it has a loop (line 2)", "value, mean(28)");
    check_condition("", "function(s) return s:mean(s.rows) > 1 end",
                    "it calls mean with a computed argument (line 2)", "rows");
    check_condition("", "mean(rows) > p(95, 28) and limit > 1",
                    "it calls mean with a computed argument (line 2)", "rows, p(95,28), limit");
    check_condition("", "function(s) local f = s.change return f(s, '1w') > ('x'):rep(2):len() end",
                    "it calls string.rep (line 2)", "");
}

static void test_wrong_calls_are_errors_of_the_declaration(void)
{
    check_wrong("change < 0", "metrics/a.lua:2:38: 'when' of alert 'r': 'change' is a reading that "
                              "takes arguments\nhint: write change(…)");
    check_wrong("function(s) return s.change < 0 end",
                "metrics/a.lua:2: 'when' of alert 'r': 'change' is a reading that takes "
                "arguments\nhint: write s:change(…)");
    check_wrong("value() < 0", "metrics/a.lua:2:38: 'when' of alert 'r': 'value' takes no "
                               "arguments\nhint: write value");
    check_wrong("function(s) return s:value() < 0 end",
                "metrics/a.lua:2: 'when' of alert 'r': 'value' takes no arguments\nhint: write "
                "s.value");
    check_wrong("chnage '1w' < 0", "metrics/a.lua:2:38: 'when' of alert 'r': there is no reading "
                                   "'chnage'\nhint: did you mean 'change'?");
    check_wrong("function(s) return s:maen(4) < 0 end",
                "metrics/a.lua:2: 'when' of alert 'r': there is no reading 'maen'\nhint: did you "
                "mean 'mean'?");
    check_wrong("function(s) return s.mean(4) < 0 end",
                "metrics/a.lua:2: 'when' of alert 'r': 'mean' is called without the series\n"
                "hint: write a colon: s:mean(…)");
    check_wrong("mean(nil) < 0", "metrics/a.lua:2:38: 'when' of alert 'r': argument 1 of mean is "
                                 "nil, expected a number or a text");
    check_wrong("mean(0) < 0", "metrics/a.lua:2:38: 'when' of alert 'r': 'mean(0)': 0 is out of "
                               "bounds, expected 1 … 3660");
}

static void test_unknown_names_are_errors_at_their_place(void)
{
    check_wrong("limit > 1 and vlaue < 3",
                "metrics/a.lua:2:52: 'when' of alert 'r': there is no reading, dimension or "
                "parameter 'vlaue'\nhint: did you mean 'value'?");
    check_wrong("function(s) return s.chanel == 'ads' end",
                "metrics/a.lua:2:57: 'when' of alert 'r': there is no reading, dimension or "
                "parameter 'chanel'\nhint: did you mean 'channel'?");
    check_wrong("change_1w < 0", "metrics/a.lua:2:38: 'when' of alert 'r': there is no reading, "
                                 "dimension or parameter 'change_1w'\nhint: write change(\"1w\")");
    check_wrong("value.x > 1", "metrics/a.lua:2:38: 'when' of alert 'r': there is no reading, "
                               "dimension or parameter 'value.x'\nhint: did you mean 'value'?");
    check_wrong("payload.pln == 'x'",
                "metrics/a.lua:2:38: 'when' of alert 'r': there is no reading, dimension or "
                "parameter 'payload.pln'\nhint: did you mean 'payload.plan'?");
}

static void test_a_condition_asks_for_a_limited_number_of_readings(void)
{
    cyn_buf b = {0};
    for (int i = 1; i <= 64; i++)
        cyn_buf_printf(&b, "%smean(%d) > 1", i > 1 ? " and " : "", i);
    cyn_script *s = load_rule("", b.data);
    if (s) CHECK_STR(errors_of(s), "");
    if (s) CHECK_INT(condition_of(s)->nreads, 64);
    cyn_script_free(s);
    cyn_buf_puts(&b, " and mean(65) > 1");
    check_wrong(b.data, "metrics/a.lua:2:38: 'when' of alert 'r': it asks for 65 different "
                        "readings, at most 64 are possible");
    cyn_buf_clear(&b);
}

static void test_a_loops_rules_share_one_condition_and_one_error(void)
{
    cyn_script *s =
        load_text("for i = 1, 5 do alert('r' .. i) { metric = 'm', when = 'value > 3' } "
                  "end\n"
                  "for i = 1, 5 do alert('x' .. i) { metric = 'm', when = 'vlaue > 3' } "
                  "end");
    if (!s) return;
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_INT(c->nrules, 5);
    CHECK(c->rules[0]->when == c->rules[4]->when);
    CHECK_STR(errors_of(s), "metrics/a.lua:2:57: 'when' of alert 'x1': there is no reading, "
                            "dimension or parameter 'vlaue'\nhint: did you mean 'value'?");
    cyn_script_free(s);
}

static void test_rows_of_data_are_read_as_before(void)
{
    cyn_script *s = load_text("metric 'm' { value = source 'events':sum 'change + value' }\n"
                              "metric 'n' { value = source 'events':sum \"mean '1w'\" }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK_STR(steps_of(agg_of(s, "m")->arg), "add change value");
    CHECK_STR(steps_of(agg_of(s, "n")->arg),
              "it calls 'mean', which is no known function (line 2)");
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_both_forms_become_the_same_steps);
    RUN(test_captured_constants_and_functions_are_followed);
    RUN(test_what_cannot_be_followed_keeps_a_reason_and_what_it_plainly_reads);
    RUN(test_wrong_calls_are_errors_of_the_declaration);
    RUN(test_unknown_names_are_errors_at_their_place);
    RUN(test_a_condition_asks_for_a_limited_number_of_readings);
    RUN(test_a_loops_rules_share_one_condition_and_one_error);
    RUN(test_rows_of_data_are_read_as_before);
    cyn_zygote_stop();
    return test_end();
}
