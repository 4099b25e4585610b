#include "base/sheet.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const cyn_role_names[] = {"", "nsm", "kgi", "kpi", "guardrail", NULL};
const char *const cyn_layer_names[] = {"", "leading", "coincident", "lagging", NULL};
const char *const cyn_lens_names[] = {"", "breadth", "depth", "frequency", "efficiency", NULL};
const char *const cyn_direction_names[] = {"", "up", "down", "range", NULL};
const char *const cyn_status_names[] = {"", "green", "yellow", "red", NULL};

int cyn_word(const char *const *names, const char *word)
{
    for (int i = 1; names[i]; i++)
        if (!strcmp(names[i], word)) return i;
    return -1;
}

const char *cyn_label_text(cyn_label l, const char *language, const char *fallback)
{
    bool japanese = cyn_is_japanese(language);
    const char *wanted = japanese ? l.ja : l.en, *other = japanese ? l.en : l.ja;
    return wanted ? wanted : other ? other : fallback;
}

/* Merging, one function per kind of field. Each takes what is given in one place only, and reports
 * a field given in both with different content. */

typedef struct merge {
    cyn_sheet into; /* the result; the caller's sheet changes only when all went well */
    const cyn_sheet *from;
    cyn_err *err;
} merge;

static void print_place(cyn_buf *b, const cyn_sheet *s)
{
    cyn_buf_puts(b, s->file ? s->file : "another place");
    if (s->line > 0) cyn_buf_printf(b, ":%d", s->line);
    if (s->line > 0 && s->column > 0) cyn_buf_printf(b, ":%d", s->column);
}

static cyn_code conflict(merge *m, const char *field, const char *before, const char *now)
{
    cyn_buf place = {0};
    print_place(&place, &m->into);
    cyn_code code = cyn_buf_check(&place, m->err);
    if (code == CYN_OK) {
        code = cyn_fail_at(m->err, CYN_E_CONFLICT, m->from->file, m->from->line, m->from->column,
                           "metric '%s': %s is '%s' here, but '%s' in %s",
                           m->from->name ? m->from->name : "", field, now, before, place.data);
        cyn_hint(m->err, "keep %s in one of the two places", field);
    }
    cyn_buf_clear(&place);
    return code;
}

static cyn_code merge_text(merge *m, const char *field, const char **into, const char *from)
{
    if (*into && from && strcmp(*into, from) != 0) return conflict(m, field, *into, from);
    if (!*into) *into = from;
    return CYN_OK;
}

/* Words are merged as numbers: 0 is not given. */
static cyn_code merge_word(merge *m, const char *field, const char *const *names, int into,
                           int from, int *out)
{
    if (into && from && into != from) return conflict(m, field, names[into], names[from]);
    *out = into ? into : from;
    return CYN_OK;
}

static cyn_code conflict_real(merge *m, const char *field, double before, double now)
{
    cyn_buf a = {0}, b = {0};
    cyn_buf_real(&a, before);
    cyn_buf_real(&b, now);
    cyn_code code = a.failed || b.failed ? cyn_nomem(m->err) : conflict(m, field, a.data, b.data);
    cyn_buf_clear(&a);
    cyn_buf_clear(&b);
    return code;
}

/* NaN is not given. */
static cyn_code merge_real(merge *m, const char *field, double *into, double from)
{
    if (!isnan(*into) && !isnan(from) && *into != from) return conflict_real(m, field, *into, from);
    if (isnan(*into)) *into = from;
    return CYN_OK;
}

static cyn_code merge_has_real(merge *m, const char *field, bool *has, double *into, bool from_has,
                               double from)
{
    double value = *has ? *into : NAN;
    CYN_TRY(merge_real(m, field, &value, from_has ? from : NAN));
    if (*has || !from_has) return CYN_OK;
    *has = true;
    *into = value;
    return CYN_OK;
}

static cyn_code merge_date(merge *m, const char *field, bool *has, int64_t *into, bool from_has,
                           int64_t from)
{
    if (*has && from_has && *into != from) {
        char before[40], now[40];
        cyn_format_date(*into, before, sizeof before);
        cyn_format_date(from, now, sizeof now);
        return conflict(m, field, before, now);
    }
    if (*has || !from_has) return CYN_OK;
    *has = true;
    *into = from;
    return CYN_OK;
}

static void print_bound(cyn_buf *b, const cyn_bound *bound)
{
    cyn_buf_real(b, bound->lo);
    if (!bound->two) return;
    cyn_buf_puts(b, " … ");
    cyn_buf_real(b, bound->hi);
}

static cyn_code merge_bound(merge *m, const char *field, cyn_bound *into, const cyn_bound *from)
{
    if (!from->set) return CYN_OK;
    if (!into->set) {
        *into = *from;
        return CYN_OK;
    }
    if (into->lo == from->lo && into->two == from->two && (!into->two || into->hi == from->hi))
        return CYN_OK;
    cyn_buf a = {0}, b = {0};
    print_bound(&a, into);
    print_bound(&b, from);
    cyn_code code = a.failed || b.failed ? cyn_nomem(m->err) : conflict(m, field, a.data, b.data);
    cyn_buf_clear(&a);
    cyn_buf_clear(&b);
    return code;
}

static cyn_code merge_texts(merge *m)
{
    cyn_sheet *into = &m->into;
    const cyn_sheet *from = m->from;
    CYN_TRY(merge_text(m, "name", &into->name, from->name));
    CYN_TRY(merge_text(m, "title (en)", &into->title.en, from->title.en));
    CYN_TRY(merge_text(m, "title (ja)", &into->title.ja, from->title.ja));
    CYN_TRY(merge_text(m, "unit", &into->unit, from->unit));
    CYN_TRY(merge_text(m, "why", &into->why, from->why));
    CYN_TRY(merge_text(m, "owner", &into->owner, from->owner));
    CYN_TRY(merge_text(m, "formula", &into->formula_text, from->formula_text));
    CYN_TRY(merge_text(m, "numerator", &into->numerator_text, from->numerator_text));
    CYN_TRY(merge_text(m, "denominator", &into->denominator_text, from->denominator_text));
    return merge_text(m, "source", &into->source_text, from->source_text);
}

static cyn_code merge_words(merge *m)
{
    cyn_sheet *into = &m->into;
    const cyn_sheet *from = m->from;
    int role = 0, layer = 0, lens = 0, direction = 0;
    CYN_TRY(merge_word(m, "role", cyn_role_names, (int)into->role, (int)from->role, &role));
    CYN_TRY(merge_word(m, "layer", cyn_layer_names, (int)into->layer, (int)from->layer, &layer));
    CYN_TRY(merge_word(m, "lens", cyn_lens_names, (int)into->lens, (int)from->lens, &lens));
    CYN_TRY(merge_word(m, "direction", cyn_direction_names, (int)into->direction,
                       (int)from->direction, &direction));
    into->role = (cyn_role)role;
    into->layer = (cyn_layer)layer;
    into->lens = (cyn_lens)lens;
    into->direction = (cyn_direction)direction;
    return CYN_OK;
}

static cyn_code merge_grain(merge *m)
{
    cyn_sheet *into = &m->into;
    if (!m->from->has_grain) return CYN_OK;
    if (into->has_grain && !cyn_grain_equal(into->grain, m->from->grain)) {
        char before[16], now[16];
        cyn_format_grain(into->grain, before);
        cyn_format_grain(m->from->grain, now);
        return conflict(m, "grain", before, now);
    }
    into->has_grain = true;
    into->grain = m->from->grain;
    return CYN_OK;
}

typedef cyn_code (*print_fn)(merge *m, const cyn_sheet *s, cyn_buf *b);

static cyn_code conflict_printed(merge *m, const char *field, print_fn print)
{
    cyn_buf before = {0}, now = {0};
    cyn_code code = print(m, &m->into, &before);
    if (code == CYN_OK) code = print(m, m->from, &now);
    if (code == CYN_OK) code = conflict(m, field, before.data, now.data);
    cyn_buf_clear(&before);
    cyn_buf_clear(&now);
    return code;
}

static cyn_code print_path(merge *m, const cyn_sheet *s, cyn_buf *b)
{
    for (size_t i = 0; i < s->npath; i++) {
        char date[40];
        cyn_format_date(s->path[i].date, date, sizeof date);
        cyn_buf_printf(b, "%s%s: ", i ? ", " : "", date);
        cyn_buf_real(b, s->path[i].value);
    }
    return cyn_buf_check(b, m->err);
}

static bool same_path(const cyn_sheet *a, const cyn_sheet *b)
{
    bool same = a->npath == b->npath;
    for (size_t i = 0; same && i < a->npath; i++)
        same = a->path[i].date == b->path[i].date && a->path[i].value == b->path[i].value;
    return same;
}

static cyn_code merge_path(merge *m)
{
    if (m->from->npath == 0) return CYN_OK;
    if (m->into.npath == 0) {
        m->into.path = m->from->path;
        m->into.npath = m->from->npath;
        return CYN_OK;
    }
    if (same_path(&m->into, m->from)) return CYN_OK;
    return conflict_printed(m, "path (of target)", print_path);
}

/* 0 is not given. */
static cyn_code merge_hysteresis(merge *m)
{
    double before = m->into.hysteresis, now = m->from->hysteresis;
    if (before > 0 && now > 0 && before != now) return conflict_real(m, "hysteresis", before, now);
    if (!(before > 0)) m->into.hysteresis = now;
    return CYN_OK;
}

static bool same_silences(const cyn_sheet *a, const cyn_sheet *b)
{
    bool same = a->nsilences == b->nsilences;
    for (size_t i = 0; same && i < a->nsilences; i++)
        same = !strcmp(a->silences[i].id, b->silences[i].id) &&
               !strcmp(a->silences[i].reason, b->silences[i].reason);
    return same;
}

static cyn_code print_silences(merge *m, const cyn_sheet *s, cyn_buf *b)
{
    for (size_t i = 0; i < s->nsilences; i++)
        cyn_buf_printf(b, "%s%s: %s", i ? ", " : "", s->silences[i].id, s->silences[i].reason);
    return cyn_buf_check(b, m->err);
}

static cyn_code merge_silences(merge *m)
{
    cyn_sheet *into = &m->into;
    const cyn_sheet *from = m->from;
    if (from->nsilences == 0) return CYN_OK;
    if (into->nsilences == 0) {
        into->silences = from->silences;
        into->nsilences = from->nsilences;
        return CYN_OK;
    }
    if (same_silences(into, from)) return CYN_OK;
    return conflict_printed(m, "silence", print_silences);
}

static cyn_code merge_target(merge *m)
{
    cyn_sheet *into = &m->into;
    const cyn_sheet *from = m->from;
    double start = into->has_target ? into->target_from : NAN;
    CYN_TRY(merge_real(m, "from (of target)", &start, from->has_target ? from->target_from : NAN));
    CYN_TRY(merge_has_real(m, "target", &into->has_target, &into->target, from->has_target,
                           from->target));
    if (into->has_target) into->target_from = start;
    CYN_TRY(merge_date(m, "by (of target)", &into->has_target_by, &into->target_by,
                       from->has_target_by, from->target_by));
    CYN_TRY(merge_date(m, "since (of target)", &into->has_target_since, &into->target_since,
                       from->has_target_since, from->target_since));
    return merge_path(m);
}

static cyn_code merge_goals(merge *m)
{
    cyn_sheet *into = &m->into;
    const cyn_sheet *from = m->from;
    CYN_TRY(merge_target(m));
    CYN_TRY(merge_has_real(m, "market", &into->has_market, &into->market, from->has_market,
                           from->market));
    CYN_TRY(merge_bound(m, "green", &into->green, &from->green));
    CYN_TRY(merge_bound(m, "yellow", &into->yellow, &from->yellow));
    CYN_TRY(merge_hysteresis(m));
    CYN_TRY(merge_silences(m));
    return merge_date(m, "review", &into->has_review, &into->review, from->has_review,
                      from->review);
}

cyn_code cyn_sheet_merge(cyn_sheet *into, const cyn_sheet *from, cyn_err *err)
{
    merge m = {.into = *into, .from = from, .err = err};
    CYN_TRY(merge_texts(&m));
    CYN_TRY(merge_words(&m));
    CYN_TRY(merge_grain(&m));
    CYN_TRY(merge_goals(&m));
    if (!m.into.file) {
        m.into.file = from->file;
        m.into.line = from->line;
        m.into.column = from->column;
    }
    *into = m.into;
    return CYN_OK;
}

/* Status: each threshold is a switch that is on while the value is on its good side. */

/* Where the switch goes on, and where it goes off again; without hysteresis one and the same. */
typedef struct threshold {
    bool set;
    double on_lo, on_hi, off_lo, off_hi;
} threshold;

/* a + b as people write them: 0.1 + 0.2 is 0.3, the nearest double to the sum in 15 digits. */
static double add_written(double a, double b)
{
    char text[40];
    double sum;
    if (b == 0) return a;
    int n = snprintf(text, sizeof text, "%.15g", a + b);
    return cyn_parse_real(text, (size_t)n, &sum) ? sum : a + b;
}

static threshold threshold_of(const cyn_bound *b, cyn_direction direction, double h)
{
    if (!b->set || direction == CYN_DIRECTION_NONE || (direction == CYN_RANGE && !b->two))
        return (threshold){0};
    double lo = direction == CYN_DOWN ? -INFINITY : b->lo;
    double hi = direction == CYN_UP ? INFINITY : direction == CYN_DOWN ? b->lo : b->hi;
    return (threshold){true, add_written(lo, h), add_written(hi, -h), add_written(lo, -h),
                       add_written(hi, h)};
}

static bool is_on(const threshold *t, bool was_on, double value)
{
    if (!t->set) return false;
    return was_on ? value >= t->off_lo && value <= t->off_hi
                  : value >= t->on_lo && value <= t->on_hi;
}

cyn_status cyn_sheet_status(const cyn_sheet *s, double value)
{
    threshold green = threshold_of(&s->green, s->direction, 0);
    threshold yellow = threshold_of(&s->yellow, s->direction, 0);
    if (isnan(value) || (!green.set && !yellow.set)) return CYN_STATUS_NONE;
    if (is_on(&green, false, value)) return CYN_GREEN;
    return is_on(&yellow, false, value) ? CYN_YELLOW : CYN_RED;
}

cyn_status cyn_sheet_status_after(const cyn_sheet *s, const double *values, size_t n)
{
    threshold green = threshold_of(&s->green, s->direction, s->hysteresis);
    threshold yellow = threshold_of(&s->yellow, s->direction, s->hysteresis);
    cyn_status status = CYN_STATUS_NONE;
    if (n == 0 || isnan(values[n - 1])) return CYN_STATUS_NONE;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i])) continue;
        if (status == CYN_STATUS_NONE)
            status = cyn_sheet_status(s, values[i]);
        else if (is_on(&green, status == CYN_GREEN, values[i]))
            status = CYN_GREEN;
        else if (is_on(&yellow, status != CYN_RED, values[i]))
            status = CYN_YELLOW;
        else
            status = CYN_RED;
    }
    return status;
}
