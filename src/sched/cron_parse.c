/* Reading an expression: fields between blanks, each a list of items between commas. */
#include "base/text.h"
#include "sched/cron_impl.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                     "AUG", "SEP", "OCT", "NOV", "DEC", NULL};
static const char *const weekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL};

typedef enum kind { SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS } kind;

static const struct field {
    const char *title;
    int least, most;
    const char *const *names; /* of least and those after it */
} fields[FIELDS] = {
    [SECOND] = {"second", 0, 59, NULL}, [MINUTE] = {"minute", 0, 59, NULL},
    [HOUR] = {"hour", 0, 23, NULL},     [DAY] = {"day of the month", 1, 31, NULL},
    [MONTH] = {"month", 1, 12, months}, [WEEKDAY] = {"day of the week", 0, 7, weekdays},
};

/* An item of a list, and what is left of it to read. */
typedef struct item {
    kind kind;
    const char *text;
    size_t size;
    const char *p, *end;
    uint64_t mask; /* the values that the field names plainly */
} item;

static cyn_code refuse(const item *i, cyn_err *err, const char *what)
{
    return cyn_fail(err, CYN_E_SYNTAX, "cron: %s '%.*s': %s", fields[i->kind].title,
                    (int)(i->size < 80 ? i->size : 80), i->text, what);
}

/* ---- words and numbers ---- */

static bool take(item *i, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(i->end - i->p) < n || strncasecmp(i->p, word, n) != 0) return false;
    i->p += n;
    return true;
}

static bool take_number(item *i, int least, int most, int *out)
{
    int value = 0;
    const char *start = i->p;
    for (; i->p < i->end && *i->p >= '0' && *i->p <= '9'; i->p++)
        if (value <= most) value = value * 10 + (*i->p - '0');
    *out = value;
    return i->p > start && value >= least && value <= most;
}

static bool take_name(item *i, int *out)
{
    const struct field *f = &fields[i->kind];
    for (int n = 0; f->names && f->names[n]; n++)
        if (take(i, f->names[n])) {
            *out = f->least + n;
            return true;
        }
    return false;
}

static cyn_code take_value(item *i, int *out, cyn_err *err)
{
    const struct field *f = &fields[i->kind];
    char what[96];
    if (take_name(i, out) || take_number(i, f->least, f->most, out)) return CYN_OK;
    snprintf(what, sizeof what, "expected a number from %d to %d%s", f->least, f->most,
             i->kind == MONTH     ? ", or JAN to DEC"
             : i->kind == WEEKDAY ? " (0 and 7 are Sunday), or SUN to SAT"
                                  : "");
    return refuse(i, err, what);
}

/* ---- items ---- */

static void add(item *i, int from, int to, int step)
{
    for (int n = from; n <= to; n += step)
        i->mask |= UINT64_C(1) << (i->kind == WEEKDAY ? n % 7 : n);
}

/* "L", "L-2", "LW": what follows the L. */
static cyn_code last_day(item *i, cyn_cron *c, cyn_err *err)
{
    int before = 0;
    if (take(i, "W")) {
        c->last_workday = true;
        return CYN_OK;
    }
    if (take(i, "-") && !take_number(i, 1, 30, &before))
        return refuse(i, err, "expected how many days before the month's last one, 1 to 30");
    c->from_end |= UINT32_C(1) << before;
    return CYN_OK;
}

/* "FRI#2": what follows the #. */
static cyn_code nth_weekday(item *i, int weekday, cyn_cron *c, cyn_err *err)
{
    int nth;
    if (!take_number(i, 1, 5, &nth))
        return refuse(i, err, "expected which one of the month after '#', 1 to 5");
    c->nth[weekday % 7] |= (uint8_t)(1U << nth);
    return CYN_OK;
}

static cyn_code single(item *i, int value, cyn_cron *c, cyn_err *err)
{
    if (i->kind == WEEKDAY && take(i, "#")) return nth_weekday(i, value, c, err);
    if (i->kind == WEEKDAY && take(i, "L"))
        c->last |= (uint8_t)(1U << value % 7);
    else if (i->kind == DAY && take(i, "W"))
        c->nearest |= UINT32_C(1) << value;
    else if (take(i, "/"))
        return refuse(i, err, "a step belongs to a range or '*'");
    else
        add(i, value, value, 1);
    return CYN_OK;
}

/* A range; what follows may be a step. */
static cyn_code range(item *i, int from, int to, cyn_err *err)
{
    const struct field *f = &fields[i->kind];
    char what[64];
    int step = 1;
    if (take(i, "/") && !take_number(i, 1, f->most - f->least, &step)) {
        snprintf(what, sizeof what, "expected a step after '/', 1 to %d", f->most - f->least);
        return refuse(i, err, what);
    }
    add(i, from, to, step);
    return CYN_OK;
}

static cyn_code value_or_range(item *i, cyn_cron *c, cyn_err *err)
{
    int from, to;
    CYN_TRY(take_value(i, &from, err));
    if (!take(i, "-")) return single(i, from, c, err);
    CYN_TRY(take_value(i, &to, err));
    if (i->kind == WEEKDAY && to == 0 && from > 0) to = 7; /* "SAT-SUN" */
    if (to < from)
        return refuse(i, err, "a range goes upwards; write one that goes over the end as two");
    return range(i, from, to, err);
}

static cyn_code read_item(item *i, cyn_cron *c, cyn_err *err)
{
    const struct field *f = &fields[i->kind];
    char what[64];
    if (i->size == 0) return refuse(i, err, "nothing stands beside a comma");
    if (take(i, "?")) return refuse(i, err, "write '*' for any day");
    if (take(i, "*"))
        CYN_TRY(range(i, f->least, i->kind == WEEKDAY ? 6 : f->most, err));
    else if (i->kind == DAY && take(i, "L"))
        CYN_TRY(last_day(i, c, err));
    else if (i->kind == WEEKDAY && take(i, "L"))
        return refuse(i, err, "which weekday? The last Friday of the month is '5L'");
    else
        CYN_TRY(value_or_range(i, c, err));
    if (i->p == i->end) return CYN_OK;
    snprintf(what, sizeof what, "unexpected '%.*s'", (int)(i->end - i->p < 40 ? i->end - i->p : 40),
             i->p);
    return refuse(i, err, what);
}

/* ---- fields ---- */

static void keep(cyn_cron *c, kind k, uint64_t mask, bool is_any, bool is_passing)
{
    switch (k) {
    case SECOND: c->seconds = mask; break;
    case MINUTE: c->minutes = mask; break;
    case HOUR:
        c->hours = (uint32_t)mask;
        c->passing = is_passing;
        break;
    case DAY:
        c->days = (uint32_t)mask;
        c->any_day = is_any;
        break;
    case MONTH: c->months = (uint16_t)mask; break;
    case WEEKDAY:
        c->weekdays = (uint8_t)mask;
        c->any_weekday = is_any;
        break;
    case FIELDS: break;
    }
}

static cyn_code read_field(kind k, const char *s, size_t n, cyn_cron *c, cyn_err *err)
{
    item i = {.kind = k};
    bool is_one = !memchr(s, ',', n);
    for (const char *p = s, *comma;; p = comma + 1) {
        comma = memchr(p, ',', (size_t)(s + n - p));
        i.text = i.p = p;
        i.end = comma ? comma : s + n;
        i.size = (size_t)(i.end - p);
        CYN_TRY(read_item(&i, c, err));
        if (!comma) break;
    }
    keep(c, k, i.mask, n == 1 && *s == '*', is_one && *s == '*');
    return CYN_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word; *s is after it then. 0: there is none. */
static size_t next_word(const char **s, const char *end, const char **word)
{
    while (*s < end && is_blank(**s))
        ++*s;
    for (*word = *s; *s < end && !is_blank(**s);)
        ++*s;
    return (size_t)(*s - *word);
}

static cyn_code read_fields(const char *s, size_t n, cyn_cron *c, cyn_err *err)
{
    const char *words[FIELDS], *p = s, *word;
    size_t sizes[FIELDS], count = 0, size;
    while ((size = next_word(&p, s + n, &word)) > 0) {
        if (count < FIELDS) {
            words[count] = word;
            sizes[count] = size;
        }
        count++;
    }
    if (count != FIELDS && count != FIELDS - 1)
        return cyn_fail(err, CYN_E_SYNTAX,
                        "cron: '%.*s' has %zu field%s; expected 5 (minute, hour, day of the month, "
                        "month, day of the week), or 6 with seconds before them",
                        (int)(n < 80 ? n : 80), s, count, count == 1 ? "" : "s");
    c->seconds = 1;
    for (size_t k = FIELDS - count; k < FIELDS; k++)
        CYN_TRY(
            read_field((kind)k, words[k - (FIELDS - count)], sizes[k - (FIELDS - count)], c, err));
    return CYN_OK;
}

/* ---- names ---- */

static const char *const names[] = {"@yearly", "@annually", "@monthly", "@weekly",
                                    "@daily",  "@midnight", "@hourly",  NULL};
static const char *const named[] = {"0 0 1 1 *", "0 0 1 1 *", "0 0 1 * *", "0 0 * * 0",
                                    "0 0 * * *", "0 0 * * *", "0 * * * *"};

static cyn_code read_name(const char *s, size_t n, cyn_cron *c, cyn_err *err)
{
    char word[16] = "";
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == n && strncasecmp(names[i], s, n) == 0)
            return read_fields(named[i], strlen(named[i]), c, err);
    cyn_fail(err, CYN_E_SYNTAX,
             "cron: '%.*s' is unknown; expected @yearly, @annually, @monthly, @weekly, @daily, "
             "@midnight or @hourly",
             (int)(n < 80 ? n : 80), s);
    if (n < sizeof word) memcpy(word, s, n);
    const char *near = cyn_nearest(word, names, sizeof names / sizeof *names - 1);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_SYNTAX;
}

cyn_code cyn_cron_parse(const char *s, size_t n, const cyn_tz *tz, cyn_cron *out, cyn_err *err)
{
    cyn_cron c = {.tz = tz};
    const char *p = s, *word = s;
    size_t first = next_word(&p, s + n, &word);
    if (first > 0 && *word == '@' && next_word(&p, s + n, &(const char *){NULL}) == 0)
        CYN_TRY(read_name(word, first, &c, err));
    else
        CYN_TRY(read_fields(s, n, &c, err));
    if (cyn_cron_clock_from(&c, 0) == CYN_SLOT_END)
        return cyn_fail(err, CYN_E_RANGE, "cron: '%.*s' names a day that no year has",
                        (int)(n < 80 ? n : 80), s);
    *out = c;
    return CYN_OK;
}
