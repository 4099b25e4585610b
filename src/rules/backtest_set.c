#include "rules/backtest_set.h"
#include "base/text.h"
#include "sched/slots.h"
#include <string.h>

static cyn_code fail_value(const char *setting, const char *value, const char *expected,
                           cyn_err *err)
{
    return cyn_fail(err, CYN_E_USAGE, "--set %s=%s: expected %s", setting, value, expected);
}

/* ---- kinds of settings: how they are read, and written again ---- */

static cyn_code read_duration(const char *setting, const char *value, void *to, cyn_err *err)
{
    if (strcmp(value, "0") == 0) {
        *(int64_t *)to = 0;
        return CYN_OK;
    }
    if (cyn_parse_duration(value, strlen(value), to)) return CYN_OK;
    return fail_value(setting, value, "a duration such as \"30m\", \"2h\", \"1d\"", err);
}

static void put_duration(const void *from, cyn_buf *out)
{
    static const struct {
        int64_t micros;
        const char *unit;
    } units[] = {{CYN_DAY, "d"},    {CYN_HOUR, "h"}, {CYN_MINUTE, "m"},
                 {CYN_SECOND, "s"}, {1000, "ms"},    {1, "us"}};
    int64_t left = *(const int64_t *)from;
    if (left == 0) cyn_buf_puts(out, "0s");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (left >= units[i].micros)
            cyn_buf_printf(out, "%lld%s", (long long)(left / units[i].micros), units[i].unit);
        left %= units[i].micros;
    }
}

/* A rule that names no interval is evaluated once a period, at least once a day. */
#define EVERY_PERIOD "period"

static cyn_code read_every(const char *setting, const char *value, void *to, cyn_err *err)
{
    if (strcmp(value, EVERY_PERIOD) != 0) return read_duration(setting, value, to, err);
    *(int64_t *)to = 0;
    return CYN_OK;
}

static void put_every(const void *from, cyn_buf *out)
{
    if (*(const int64_t *)from)
        put_duration(from, out);
    else
        cyn_buf_puts(out, EVERY_PERIOD);
}

static cyn_code read_count(const char *setting, const char *value, void *to, cyn_err *err)
{
    int64_t n;
    if (!cyn_parse_integer(value, strlen(value), &n) || n < 0 || n > INT32_MAX)
        return fail_value(setting, value, "a number of evaluations", err);
    *(int *)to = (int)n;
    return CYN_OK;
}

static void put_count(const void *from, cyn_buf *out)
{
    cyn_buf_printf(out, "%d", *(const int *)from);
}

static cyn_code read_boolean(const char *setting, const char *value, void *to, cyn_err *err)
{
    bool yes = strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "false") != 0)
        return fail_value(setting, value, "true or false", err);
    *(bool *)to = yes;
    return CYN_OK;
}

static void put_boolean(const void *from, cyn_buf *out)
{
    cyn_buf_puts(out, *(const bool *)from ? "true" : "false");
}

static const char *const instead_names[] = {
    [CYN_INSTEAD_KEEP] = "keep", [CYN_INSTEAD_OK] = "ok", [CYN_INSTEAD_FIRE] = "fire"};

static cyn_code read_instead(const char *setting, const char *value, void *to, cyn_err *err)
{
    for (int i = CYN_INSTEAD_KEEP; i <= CYN_INSTEAD_FIRE; i++)
        if (strcmp(value, instead_names[i]) == 0) {
            *(cyn_alert_instead *)to = (cyn_alert_instead)i;
            return CYN_OK;
        }
    return fail_value(setting, value, "keep, ok or fire", err);
}

static void put_instead(const void *from, cyn_buf *out)
{
    cyn_buf_puts(out, instead_names[*(const cyn_alert_instead *)from]);
}

/* "off", or from which and down to which percentage of changes an alert is damped. */
static cyn_code read_flapping(const char *setting, const char *value, void *to, cyn_err *err)
{
    cyn_alert_policy *policy = to;
    const char *slash = strchr(value, '/');
    int64_t damp = 0, calm = 0;
    if (strcmp(value, "off") != 0 &&
        (!slash || !cyn_parse_integer(value, (size_t)(slash - value), &damp) ||
         !cyn_parse_integer(slash + 1, strlen(slash + 1), &calm) || damp < 1 || damp > 100 ||
         calm < 0 || calm >= damp))
        return fail_value(setting, value, "off, or two percentages such as 30/20", err);
    policy->damp_at = (int)damp;
    policy->calm_at = (int)calm;
    return CYN_OK;
}

static void put_flapping(const void *from, cyn_buf *out)
{
    const cyn_alert_policy *policy = from;
    if (policy->damp_at)
        cyn_buf_printf(out, "%d/%d", policy->damp_at, policy->calm_at);
    else
        cyn_buf_puts(out, "off");
}

static const struct {
    const char *name;
    size_t at; /* in a cyn_rule */
    cyn_code (*read)(const char *setting, const char *value, void *to, cyn_err *err);
    void (*put)(const void *from, cyn_buf *out);
} settings[] = {
    {"hold", offsetof(cyn_rule, policy.hold), read_duration, put_duration},
    {"keep", offsetof(cyn_rule, policy.keep), read_duration, put_duration},
    {"every", offsetof(cyn_rule, every), read_every, put_every},
    {"at", offsetof(cyn_rule, at), read_duration, put_duration},
    {"gone_after", offsetof(cyn_rule, policy.gone_after), read_count, put_count},
    {"flapping", offsetof(cyn_rule, policy), read_flapping, put_flapping},
    {"no_data", offsetof(cyn_rule, policy.no_data), read_instead, put_instead},
    {"on_error", offsetof(cyn_rule, policy.on_error), read_instead, put_instead},
    {"hold_through_gaps", offsetof(cyn_rule, policy.hold_counts_down_time), read_boolean,
     put_boolean},
};
#define SETTINGS (sizeof settings / sizeof *settings)

static size_t find_setting(const char *name)
{
    size_t i = 0;
    while (i < SETTINGS && strcmp(settings[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_param(const cyn_rule *rule, const char *name)
{
    size_t i = 0;
    while (i < rule->nparams && strcmp(rule->params[i].name, name) != 0)
        i++;
    return i;
}

void cyn_rule_setting(const cyn_rule *rule, const char *setting, cyn_buf *out)
{
    size_t at = find_setting(setting), param = find_param(rule, setting);
    if (at < SETTINGS)
        settings[at].put((const char *)rule + settings[at].at, out);
    else if (param < rule->nparams)
        cyn_buf_real(out, rule->params[param].value);
}

/* ---- a rule with another value ---- */

/* Names what can be set, and what is nearest. */
static cyn_code fail_setting(const cyn_rule *rule, const char *setting, cyn_arena *arena,
                             cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(arena, SETTINGS + rule->nparams, const char *);
    cyn_buf all = {0};
    size_t n = 0;
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < SETTINGS; i++)
        names[n++] = settings[i].name;
    for (size_t i = 0; i < rule->nparams; i++)
        names[n++] = rule->params[i].name;
    for (size_t i = 0; i < n; i++)
        cyn_buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
    cyn_fail(err, CYN_E_USAGE, "--set %s: rule '%s' has no such setting; there are %s", setting,
             rule->name, all.failed ? "" : all.data);
    const char *near = cyn_nearest(setting, names, n);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else
        cyn_hint(err,
                 "a number inside a condition is given a name by params = { %s = 0.1 } in the rule",
                 cyn_is_identifier(setting) ? setting : "threshold");
    cyn_buf_clear(&all);
    return CYN_E_USAGE;
}

static cyn_code set_param(cyn_rule *rule, size_t at, const char *value, cyn_arena *arena,
                          cyn_err *err)
{
    double x;
    cyn_rule_param *params = CYN_NEW_ARRAY(arena, rule->nparams, cyn_rule_param);
    if (!params) return cyn_nomem(err);
    if (!cyn_parse_real(value, strlen(value), &x))
        return fail_value(rule->params[at].name, value, "a number", err);
    memcpy(params, rule->params, rule->nparams * sizeof *params);
    params[at].value = x;
    rule->params = params;
    return CYN_OK;
}

/* A life that the machine can lead, and a timetable that there is. */
static cyn_code check(const cyn_rule *rule, cyn_err *err)
{
    cyn_slots slots;
    CYN_TRY(cyn_alert_check_policy(&rule->policy, err));
    return rule->every ? cyn_slots_init(rule->every, rule->at, NULL, 1, &slots, err) : CYN_OK;
}

cyn_code cyn_rule_with(const cyn_rule *rule, const char *setting, const char *value,
                       cyn_arena *arena, const cyn_rule **out, cyn_err *err)
{
    size_t at = find_setting(setting), param = find_param(rule, setting);
    cyn_rule *copy = CYN_NEW(arena, cyn_rule);
    if (!copy) return cyn_nomem(err);
    *copy = *rule;
    if (at < SETTINGS)
        CYN_TRY(settings[at].read(setting, value, (char *)copy + settings[at].at, err));
    else if (param < rule->nparams)
        CYN_TRY(set_param(copy, param, value, arena, err));
    else
        return fail_setting(rule, setting, arena, err);
    if (check(copy, err) != CYN_OK) {
        cyn_context(err, "--set %s=%s", setting, value);
        if (err) err->code = CYN_E_USAGE;
        return CYN_E_USAGE;
    }
    *out = copy;
    return CYN_OK;
}
