/* Settings of a rule that a replay changes, and the combinations of a sweep. */
#include "rules/backtest_set.h"
#include "test.h"

static const cyn_rule_param params[] = {{"threshold", 0.1}, {"users", 100}};
static cyn_arena *arena;

static cyn_rule rule(void)
{
    cyn_rule r = {.name = "aha_drop", .params = params, .nparams = 2, .policy = CYN_ALERT_POLICY};
    r.policy.hold = 2 * CYN_HOUR;
    r.every = CYN_HOUR;
    return r;
}

static const cyn_rule *with(const char *setting, const char *value)
{
    cyn_rule own = rule();
    const cyn_rule *out = NULL;
    cyn_err err = {0};
    cyn_rule *kept = CYN_NEW(arena, cyn_rule);
    *kept = own;
    CHECK_INT(cyn_rule_with(kept, setting, value, arena, &out, &err), CYN_OK);
    CHECK_STR(err.message, "");
    return out ? out : kept;
}

static void check_setting(const char *setting, const char *value, const char *want)
{
    cyn_buf text = {0};
    cyn_rule_setting(with(setting, value), setting, &text);
    CHECK_STR(text.data, want);
    cyn_buf_clear(&text);
}

static void check_refused(const char *setting, const char *value, const char *message)
{
    cyn_rule own = rule();
    const cyn_rule *out = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_rule_with(&own, setting, value, arena, &out, &err), CYN_E_USAGE);
    CHECK_INT(err.code, CYN_E_USAGE);
    CHECK(out == NULL);
    CHECK_STR(err.message, message);
}

static void test_each_setting_is_read_and_written(void)
{
    check_setting("hold", "30m", "30m");
    check_setting("hold", "0", "0s");
    check_setting("keep", "90m", "1h30m");
    check_setting("keep", "1w", "7d");
    check_setting("every", "period", "period");
    check_setting("every", "1d", "1d");
    check_setting("at", "30s", "30s");
    check_setting("gone_after", "5", "5");
    check_setting("flapping", "off", "off");
    check_setting("flapping", "40/10", "40/10");
    check_setting("no_data", "fire", "fire");
    check_setting("on_error", "ok", "ok");
    check_setting("hold_through_gaps", "true", "true");
    check_setting("threshold", "0.25", "0.25");
    check_setting("threshold", "-1e3", "-1000");
}

static void test_only_that_setting_changes(void)
{
    const cyn_rule *r = with("threshold", "0.25");
    CHECK_NEAR(r->params[0].value, 0.25, 0);
    CHECK_NEAR(r->params[1].value, 100, 0);
    CHECK_NEAR(params[0].value, 0.1, 0);
    CHECK_INT(r->policy.hold, 2 * CYN_HOUR);
    CHECK_INT(with("hold", "1s")->policy.keep, 0);
}

static void test_wrong_values_say_what_is_expected(void)
{
    check_refused("hold", "soon",
                  "--set hold=soon: expected a duration such as \"30m\", \"2h\", \"1d\"");
    check_refused("gone_after", "-1", "--set gone_after=-1: expected a number of evaluations");
    check_refused("flapping", "20/30",
                  "--set flapping=20/30: expected off, or two percentages such as 30/20");
    check_refused("flapping", "30/x",
                  "--set flapping=30/x: expected off, or two percentages such as 30/20");
    check_refused("no_data", "what", "--set no_data=what: expected keep, ok or fire");
    check_refused("hold_through_gaps", "1", "--set hold_through_gaps=1: expected true or false");
    check_refused("threshold", "10%", "--set threshold=10%: expected a number");
    check_refused("threshold", "", "--set threshold=: expected a number");
}

static void test_what_cannot_be_lists_what_can(void)
{
    cyn_rule own = rule();
    const cyn_rule *out;
    cyn_err err = {0};
    CHECK_INT(cyn_rule_with(&own, "treshold", "1", arena, &out, &err), CYN_E_USAGE);
    CHECK(strstr(err.message, "hold, keep, every, at, gone_after, flapping, no_data, on_error, "
                              "hold_through_gaps, threshold, users"));
    CHECK_STR(err.hint, "did you mean 'threshold'?");
    CHECK_INT(cyn_rule_with(&own, "limit", "1", arena, &out, &err), CYN_E_USAGE);
    CHECK(strstr(err.hint, "params = { limit = 0.1 }"));
    CHECK_INT(cyn_rule_with(&own, "every", "500ms", arena, &out, &err), CYN_E_USAGE);
    CHECK(strstr(err.message, "--set every=500ms: "));
}

/* ---- sweeps ---- */

static void check_values(const char *text, const char *want)
{
    cyn_sweep_axis axis = {0};
    cyn_err err = {0};
    cyn_buf got = {0};
    CHECK_INT(cyn_sweep_parse(text, arena, &axis, &err), CYN_OK);
    CHECK_STR(err.message, "");
    for (size_t i = 0; i < axis.nvalues; i++)
        cyn_buf_printf(&got, "%s%s", i ? " " : "", axis.values[i]);
    CHECK_STR(got.data, want);
    cyn_buf_clear(&got);
}

static void test_values_are_lists_and_ranges(void)
{
    check_values("hold=30m", "30m");
    check_values("hold=0s,30m,1h", "0s 30m 1h");
    check_values("threshold=0.1..0.3:0.05", "0.10 0.15 0.20 0.25 0.30");
    check_values("threshold=0.1..0.3:0.15", "0.10 0.25");
    check_values("threshold=1..3:1,10", "1 2 3 10");
    check_values("threshold=-1..1:1", "-1 0 1");
    check_values("threshold=5..5:1", "5");
    check_values("hold=30m..2h:30m", "30m 1h 1h30m 2h");
    check_values("hold=0..1h:30m", "0s 30m 1h");
}

static void check_wrong(const char *text, const char *part)
{
    cyn_sweep_axis axis = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_sweep_parse(text, arena, &axis, &err), CYN_E_USAGE);
    CHECK(strstr(err.message, part));
    if (!strstr(err.message, part)) printf("# %s\n", err.message);
}

static void test_what_is_no_list_is_refused(void)
{
    check_wrong("hold", "expected NAME=VALUE");
    check_wrong("=1", "expected NAME=VALUE");
    check_wrong("hold=", "a value is missing");
    check_wrong("hold=1h,", "a value is missing");
    check_wrong("hold=1h,,2h", "a value is missing");
    check_wrong("threshold=0.1..0.3", "0.1..0.3 has no step");
    check_wrong("threshold=0.3..0.1:0.1", "has no values");
    check_wrong("threshold=0.1..0.3:0", "has no values");
    check_wrong("threshold=0.1..0.3:-0.1", "has no values");
    check_wrong("threshold=a..b:c", "is no range");
    check_wrong("hold=1h..2h:1", "is no range");
    check_wrong("threshold=0..1:0.0001", "more than 1000 values");
    check_wrong("threshold=-999999999999999999..999999999999999999:1", "more than 1000 values");
}

static size_t sweep(const char *const *texts, size_t n, const cyn_sweep_variant **out)
{
    static cyn_rule own;
    cyn_sweep_axis axes[4];
    cyn_err err = {0};
    size_t count = 0;
    own = rule();
    for (size_t i = 0; i < n; i++)
        CHECK_INT(cyn_sweep_parse(texts[i], arena, &axes[i], &err), CYN_OK);
    CHECK_INT(cyn_sweep_rules(&own, axes, n, arena, out, &count, &err), CYN_OK);
    CHECK_STR(err.message, "");
    return count;
}

static void test_combinations_come_in_order_and_the_own_one_is_marked(void)
{
    static const char *const texts[] = {"hold=1h,2h", "threshold=0.1,0.2"};
    static const char *const want[][2] = {
        {"1h", "0.1"}, {"1h", "0.2"}, {"2h", "0.1"}, {"2h", "0.2"}};
    const cyn_sweep_variant *v;
    CHECK_INT(sweep(texts, 2, &v), 4);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR(v[i].values[0], want[i][0]);
        CHECK_STR(v[i].values[1], want[i][1]);
        CHECK_INT(v[i].own, i == 2);
        CHECK_INT(v[i].rule->policy.hold, (i < 2 ? 1 : 2) * CYN_HOUR);
        CHECK_NEAR(v[i].rule->params[0].value, i % 2 ? 0.2 : 0.1, 0);
    }
}

static void test_the_rule_as_it_is_comes_first_where_it_is_not_among_them(void)
{
    static const char *const texts[] = {"hold=0s,1h"}, *const one[] = {"hold=1h"};
    const cyn_sweep_variant *v;
    CHECK_INT(sweep(texts, 1, &v), 3);
    CHECK(v[0].own && !v[1].own && !v[2].own);
    CHECK_STR(v[0].values[0], "2h");
    CHECK_INT(v[0].rule->policy.hold, 2 * CYN_HOUR);
    CHECK_INT(sweep(one, 1, &v), 1); /* no sweep: the rule with another setting */
    CHECK_INT(v[0].rule->policy.hold, CYN_HOUR);
    CHECK_INT(sweep(NULL, 0, &v), 1);
    CHECK(v[0].own);
}

static void test_too_many_combinations_and_twins_are_refused(void)
{
    cyn_rule own = rule();
    cyn_sweep_axis axes[2];
    const cyn_sweep_variant *v;
    size_t n;
    cyn_err err = {0};
    CHECK_INT(cyn_sweep_parse("threshold=1..500:1", arena, &axes[0], &err), CYN_OK);
    CHECK_INT(cyn_sweep_parse("users=1..3:1", arena, &axes[1], &err), CYN_OK);
    CHECK_INT(cyn_sweep_rules(&own, axes, 2, arena, &v, &n, &err), CYN_E_USAGE);
    CHECK_STR(err.message, "--set: more than 1000 combinations");
    CHECK_INT(cyn_sweep_parse("threshold=1", arena, &axes[1], &err), CYN_OK);
    CHECK_INT(cyn_sweep_rules(&own, axes, 2, arena, &v, &n, &err), CYN_E_USAGE);
    CHECK(strstr(err.message, "--set threshold is there twice"));
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_each_setting_is_read_and_written);
    RUN(test_only_that_setting_changes);
    RUN(test_wrong_values_say_what_is_expected);
    RUN(test_what_cannot_be_lists_what_can);
    RUN(test_values_are_lists_and_ranges);
    RUN(test_what_is_no_list_is_refused);
    RUN(test_combinations_come_in_order_and_the_own_one_is_marked);
    RUN(test_the_rule_as_it_is_comes_first_where_it_is_not_among_them);
    RUN(test_too_many_combinations_and_twins_are_refused);
    cyn_arena_free(arena);
    return test_end();
}
