/* Parts of times in a zone, as the calendar's functions give them to scripts. */
#include "base/time.h"
#include "exec/expr_impl.h"
#include "exec/vector_impl.h"
#include <math.h>
#include <string.h>

/* Civil dates are defined between -9999-01-01 and 9999-12-31; whatever lies outside is an error of
 * the script. */
#define DAY_MIN INT64_C(-4371587)
#define DAY_MAX INT64_C(2932896)

bool cyn_is_time_part(int op)
{
    return op >= CYN_OP_YEAR && op <= CYN_OP_TIME;
}

static bool of_clock(int op)
{
    return op == CYN_OP_HOUR || op == CYN_OP_MINUTE || op == CYN_OP_SECOND;
}

static int64_t day_part(int op, int64_t days)
{
    int year, month, day;
    if (op == CYN_OP_DATE) return days;
    if (op == CYN_OP_WEEKDAY) return cyn_weekday(days);
    if (op == CYN_OP_WEEK) {
        cyn_iso_week(days, &year, &day);
        return day;
    }
    cyn_civil_from_days(days, &year, &month, &day);
    return op == CYN_OP_YEAR ? year : op == CYN_OP_MONTH ? month : day;
}

/* `local`: microseconds since 1970-01-01T00:00 of the zone's clock. */
static int64_t clock_part(int op, int64_t local)
{
    int64_t second = cyn_floor_div(local, CYN_SECOND);
    int64_t of_day = second - cyn_floor_div(second, 86400) * 86400;
    if (op == CYN_OP_HOUR) return of_day / 3600;
    return op == CYN_OP_MINUTE ? of_day / 60 % 60 : of_day % 60;
}

static int64_t local_part(int op, int64_t local)
{
    return of_clock(op) ? clock_part(op, local) : day_part(op, cyn_floor_div(local, CYN_DAY));
}

/* The instant of a float; false when it lies outside of what scripts may use. */
static bool instant_of(double seconds, int64_t *out)
{
    if (!(seconds >= (double)(DAY_MIN + 1) * 86400 && seconds < (double)DAY_MAX * 86400))
        return false;
    *out = llround(seconds * (double)CYN_SECOND);
    return true;
}

cyn_datum cyn_time_part(int op, const cyn_datum *a, const cyn_tz *tz)
{
    const cyn_datum escape = {.kind = CYN_DATUM_ESCAPE};
    cyn_datum out = {.kind = CYN_DATUM_INTEGER};
    int64_t at;
    if (a->kind == CYN_DATUM_NIL) return *a;
    if (a->kind == CYN_DATUM_INTEGER) {
        if (a->i < DAY_MIN || a->i > DAY_MAX || of_clock(op)) return escape;
        if (op != CYN_OP_TIME) {
            out.i = day_part(op, a->i);
            return out;
        }
        at = cyn_tz_midnight(tz, a->i);
    } else if (a->kind != CYN_DATUM_REAL || !instant_of(a->r, &at)) {
        return escape;
    }
    if (op == CYN_OP_TIME)
        return (cyn_datum){.kind = CYN_DATUM_REAL, .r = (double)at / (double)CYN_SECOND};
    out.i = local_part(op, at + cyn_tz_offset(tz, at) * CYN_SECOND);
    return out;
}

/* ---- of a whole column ---- */

/* A row is mostly in the hour, minute or day of the row before; and a day not far from others. */
enum { DAY_SLOTS = 1024 };
typedef struct day_slot {
    int64_t day, part;
    bool used;
} day_slot;

struct cyn_vector_clock {
    cyn_tz_span span;    /* of one offset, where a row was */
    int64_t from, until; /* instants that have the part `last` */
    int64_t last;
    day_slot days[DAY_SLOTS];
};

cyn_vector_clock *cyn_vector_clock_new(cyn_arena *arena)
{
    return CYN_NEW(arena, cyn_vector_clock); /* zeros: no instant is in the span */
}

static int64_t remembered_day_part(cyn_vector_clock *k, int op, int64_t day)
{
    day_slot *slot = &k->days[(uint64_t)day % DAY_SLOTS];
    if (!slot->used || slot->day != day)
        *slot = (day_slot){.day = day, .part = day_part(op, day), .used = true};
    return slot->part;
}

static int64_t unit_of(int op)
{
    if (op == CYN_OP_HOUR) return CYN_HOUR;
    if (op == CYN_OP_MINUTE) return CYN_MINUTE;
    return op == CYN_OP_SECOND ? CYN_SECOND : CYN_DAY;
}

/* A timestamp is a float of seconds to Lua. Up to 2^51 microseconds (the year 2041) the way there
 * and back gives the same instant: its two roundings together move it by less than a half. */
#define CERTAIN (INT64_C(1) << 51)

static bool is_certain(int64_t at)
{
    return at > -CERTAIN && at < CERTAIN;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The part of an instant, and from when until when it stays; false outside of what scripts may use.
 */
static bool find_part(cyn_vector_clock *k, int op, const cyn_tz *tz, int64_t at)
{
    int64_t instant = at, unit = unit_of(op);
    if (!is_certain(at) && !instant_of(cyn_scaled_double(at, 6), &instant)) return false;
    if (instant < k->span.from || instant >= k->span.until) k->span = cyn_tz_span_at(tz, instant);
    int64_t offset = k->span.offset * CYN_SECOND, local = instant + offset;
    int64_t begin = cyn_floor_div(local, unit) * unit;
    k->last = of_clock(op) ? clock_part(op, local)
                           : remembered_day_part(k, op, cyn_floor_div(local, CYN_DAY));
    k->from = k->until = 0; /* no instant */
    if (!is_certain(at)) return true;
    k->from = later(later(begin - offset, k->span.from), -CERTAIN + 1);
    k->until = earlier(earlier(begin + unit - offset, k->span.until), CERTAIN);
    return true;
}

void cyn_vector_clock_run(const cyn_vectors *v, cyn_vector *x, size_t first, size_t n)
{
    cyn_vector_clock *k = x->clock;
    const cyn_column *c = v->at[x->a].column;
    int64_t room[CYN_BATCH];
    const int64_t *at = cyn_column_integers(c, first, n, room);
    int64_t *out = x->own;
    memset(x->lack, CYN_LACK_NOTHING, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        if (c->valid && !cyn_column_has(c, first + i)) {
            x->lack[i] = CYN_LACK_NIL;
        } else if ((at[i] < k->from || at[i] >= k->until) && !find_part(k, x->op, v->tz, at[i])) {
            x->lack[i] = CYN_LACK_ESCAPE;
        } else {
            out[i] = k->last;
        }
    }
}
