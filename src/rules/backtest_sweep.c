#include "base/num.h"
#include "rules/backtest_set.h"
#include <string.h>

/* ---- values: "30m,1h", "0.1..0.3:0.05" ---- */

typedef struct values {
    cyn_arena *arena;
    const char *text; /* all of it, for messages */
    const char **items;
    size_t count, capacity;
} values;

static cyn_code add(values *v, const char *value, cyn_err *err)
{
    if (v->count == CYN_SWEEP_MOST)
        return cyn_fail(err, CYN_E_USAGE, "--set %s: more than %d values", v->text, CYN_SWEEP_MOST);
    const char **more = cyn_grown(v->arena, v->items, v->count, &v->capacity, sizeof *more);
    if (!value || !more) return cyn_nomem(err);
    v->items = more;
    v->items[v->count++] = value;
    return CYN_OK;
}

/* The two ends of a range, and its step: 10^-scale of a number, or microseconds. */
typedef struct range {
    int64_t from, to, step;
    int scale;
    bool duration;
} range;

static cyn_code add_step(values *v, const range *r, int64_t at, cyn_err *err)
{
    cyn_buf text = {0};
    if (r->duration) {
        cyn_rule seconds = {.policy.hold = at};
        cyn_rule_setting(&seconds, "hold", &text);
    } else {
        cyn_buf_num(&text, cyn_num_decimal(at, r->scale));
    }
    const char *value = text.failed ? NULL : cyn_strdup(v->arena, text.data);
    cyn_buf_clear(&text);
    return add(v, value, err);
}

/* Three numbers at the scale of the finest. */
static bool read_numbers(const char *const parts[3], const size_t sizes[3], range *out)
{
    int64_t mantissas[3], same[3];
    int scales[3], scale = 0;
    for (int i = 0; i < 3; i++) {
        if (!cyn_parse_decimal(parts[i], sizes[i], &mantissas[i], &scales[i])) return false;
        if (scales[i] > scale) scale = scales[i];
    }
    for (int i = 0; i < 3; i++)
        if (!cyn_rescale(mantissas[i], scales[i], scale, &same[i])) return false;
    *out = (range){same[0], same[1], same[2], scale, false};
    return true;
}

static bool read_durations(const char *const parts[3], const size_t sizes[3], range *out)
{
    *out = (range){.duration = true};
    bool zero = sizes[0] == 1 && parts[0][0] == '0';
    return (zero || cyn_parse_duration(parts[0], sizes[0], &out->from)) &&
           cyn_parse_duration(parts[1], sizes[1], &out->to) &&
           cyn_parse_duration(parts[2], sizes[2], &out->step);
}

static cyn_code add_range(values *v, const char *s, size_t n, cyn_err *err)
{
    const char *dots = memmem(s, n, "..", 2), *end = s + n;
    const char *colon = memchr(dots, ':', (size_t)(end - dots));
    range r = {0};
    if (!colon)
        return cyn_fail(err, CYN_E_USAGE, "--set %s: %.*s has no step, expected %.*s:STEP", v->text,
                        (int)n, s, (int)n, s);
    const char *const parts[3] = {s, dots + 2, colon + 1};
    const size_t sizes[3] = {(size_t)(dots - s), (size_t)(colon - dots - 2),
                             (size_t)(end - colon - 1)};
    if (!read_numbers(parts, sizes, &r) && !read_durations(parts, sizes, &r))
        return cyn_fail(err, CYN_E_USAGE,
                        "--set %s: %.*s is no range, expected numbers (0.1..0.3:0.05) or durations "
                        "(10m..1h:10m)",
                        v->text, (int)n, s);
    if (r.step <= 0 || r.from > r.to)
        return cyn_fail(err, CYN_E_USAGE,
                        "--set %s: %.*s has no values, expected a range that goes up by a step "
                        "above 0",
                        v->text, (int)n, s);
    for (int64_t at = r.from;; at += r.step) {
        CYN_TRY(add_step(v, &r, at, err));
        if (r.to - at < r.step) return CYN_OK;
    }
}

static cyn_code add_values(values *v, const char *s, cyn_err *err)
{
    for (;;) {
        size_t n = strcspn(s, ",");
        if (n == 0)
            return cyn_fail(err, CYN_E_USAGE,
                            "--set %s: a value is missing, expected "
                            "NAME=VALUE[,VALUE…]",
                            v->text);
        if (memmem(s, n, "..", 2))
            CYN_TRY(add_range(v, s, n, err));
        else
            CYN_TRY(add(v, cyn_strndup(v->arena, s, n), err));
        if (!s[n]) return CYN_OK;
        s += n + 1;
    }
}

cyn_code cyn_sweep_parse(const char *text, cyn_arena *arena, cyn_sweep_axis *out, cyn_err *err)
{
    const char *equals = strchr(text, '=');
    values v = {.arena = arena, .text = text};
    if (!equals || equals == text)
        return cyn_fail(err, CYN_E_USAGE, "--set %s: expected NAME=VALUE[,VALUE…]", text);
    const char *setting = cyn_strndup(arena, text, (size_t)(equals - text));
    if (!setting) return cyn_nomem(err);
    CYN_TRY(add_values(&v, equals + 1, err));
    *out = (cyn_sweep_axis){setting, v.items, v.count};
    return CYN_OK;
}

/* ---- combinations ---- */

static bool same_setting(const cyn_rule *a, const cyn_rule *b, const char *setting, bool *failed)
{
    cyn_buf x = {0}, y = {0};
    cyn_rule_setting(a, setting, &x);
    cyn_rule_setting(b, setting, &y);
    *failed |= x.failed || y.failed;
    bool same = !*failed && x.data && y.data && strcmp(x.data, y.data) == 0;
    cyn_buf_clear(&x);
    cyn_buf_clear(&y);
    return same;
}

/* The combination of a number, whose last digit is the last setting's. */
static cyn_code combine(const cyn_rule *rule, const cyn_sweep_axis *axes, size_t naxes,
                        size_t number, cyn_arena *arena, cyn_sweep_variant *out, cyn_err *err)
{
    const char **chosen = CYN_NEW_ARRAY(arena, naxes + 1, const char *);
    bool failed = false;
    *out = (cyn_sweep_variant){.rule = rule, .values = chosen, .own = true};
    if (!chosen) return cyn_nomem(err);
    for (size_t i = naxes; i-- > 0; number /= axes[i].nvalues)
        chosen[i] = axes[i].values[number % axes[i].nvalues];
    for (size_t i = 0; i < naxes; i++) {
        CYN_TRY(cyn_rule_with(out->rule, axes[i].setting, chosen[i], arena, &out->rule, err));
        out->own &= same_setting(rule, out->rule, axes[i].setting, &failed);
    }
    return failed ? cyn_nomem(err) : CYN_OK;
}

static cyn_code as_it_is(const cyn_rule *rule, const cyn_sweep_axis *axes, size_t naxes,
                         cyn_arena *arena, cyn_sweep_variant *out, cyn_err *err)
{
    const char **own = CYN_NEW_ARRAY(arena, naxes + 1, const char *);
    if (!own) return cyn_nomem(err);
    for (size_t i = 0; i < naxes; i++) {
        cyn_buf text = {0};
        cyn_rule_setting(rule, axes[i].setting, &text);
        own[i] = text.failed || !text.data ? NULL : cyn_strdup(arena, text.data);
        cyn_buf_clear(&text);
        if (!own[i]) return cyn_nomem(err);
    }
    *out = (cyn_sweep_variant){.rule = rule, .values = own, .own = true};
    return CYN_OK;
}

static cyn_code count_combinations(const cyn_sweep_axis *axes, size_t naxes, size_t *out,
                                   cyn_err *err)
{
    size_t total = 1;
    for (size_t i = 0; i < naxes; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(axes[i].setting, axes[k].setting) == 0)
                return cyn_fail(err, CYN_E_USAGE,
                                "--set %s is there twice, expected --set %s=VALUE,VALUE",
                                axes[i].setting, axes[i].setting);
        total *= axes[i].nvalues;
        if (total > CYN_SWEEP_MOST)
            return cyn_fail(err, CYN_E_USAGE, "--set: more than %d combinations", CYN_SWEEP_MOST);
    }
    *out = total;
    return CYN_OK;
}

cyn_code cyn_sweep_rules(const cyn_rule *rule, const cyn_sweep_axis *axes, size_t naxes,
                         cyn_arena *arena, const cyn_sweep_variant **out, size_t *n, cyn_err *err)
{
    size_t total = 0;
    bool own = false;
    CYN_TRY(count_combinations(axes, naxes, &total, err));
    cyn_sweep_variant *all = CYN_NEW_ARRAY(arena, total + 1, cyn_sweep_variant);
    if (!all) return cyn_nomem(err);
    for (size_t i = 0; i < total; i++) {
        CYN_TRY(combine(rule, axes, naxes, i, arena, &all[i + 1], err));
        own |= all[i + 1].own;
    }
    bool first = total > 1 && !own;
    if (first) CYN_TRY(as_it_is(rule, axes, naxes, arena, &all[0], err));
    *out = first ? all : all + 1;
    *n = total + first;
    return CYN_OK;
}
