/* Time zones at work: offsets, wall clocks, the first instant of a date. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/time_impl.h"
#include "base/tz_impl.h"
#include <string.h>

cyn_tz *cyn_tz_new(const char *name, size_t count)
{
    cyn_tz *tz = cyn_calloc(1, sizeof *tz);
    if (!tz) return NULL;
    size_t length = strlen(name) + 1;
    tz->name = cyn_malloc(length);
    tz->at = cyn_calloc(count + 1, sizeof *tz->at);
    tz->offset = cyn_calloc(count + 1, sizeof *tz->offset);
    if (!tz->name || !tz->at || !tz->offset) {
        cyn_tz_free(tz);
        return NULL;
    }
    memcpy(tz->name, name, length);
    tz->count = count;
    return tz;
}

void cyn_tz_free(cyn_tz *tz)
{
    if (!tz) return;
    cyn_free(tz->name);
    cyn_free(tz->at);
    cyn_free(tz->offset);
    cyn_free(tz);
}

const char *cyn_tz_name(const cyn_tz *tz)
{
    return tz ? tz->name : "UTC";
}

static void describe_change(const tz_change *c, cyn_buf *out)
{
    const int fields[] = {(int)c->kind, c->month, c->week, c->day, c->time};
    cyn_buf_add(out, fields, sizeof fields);
}

void cyn_tz_describe(const cyn_tz *tz, cyn_buf *out)
{
    cyn_buf_add(out, tz->name, strlen(tz->name) + 1);
    cyn_buf_add(out, &tz->count, sizeof tz->count);
    cyn_buf_add(out, tz->at, tz->count * sizeof *tz->at);
    cyn_buf_add(out, tz->offset, (tz->count + 1) * sizeof *tz->offset);
    const int rule[] = {tz->has_rule, tz->rule.has_dst, tz->rule.std, tz->rule.dst};
    cyn_buf_add(out, rule, sizeof rule);
    describe_change(&tz->rule.to_dst, out);
    describe_change(&tz->rule.to_std, out);
}

tz_span cyn_tz_span_seconds(const cyn_tz *tz, int64_t seconds)
{
    if (!tz) return (tz_span){INT64_MIN, INT64_MAX, 0};
    size_t low = 0, high = tz->count; /* how many transitions are at or before this second */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tz->at[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t from = low ? tz->at[low - 1] : INT64_MIN;
    if (low < tz->count) return (tz_span){from, tz->at[low], tz->offset[low]};
    if (!tz->has_rule) return (tz_span){from, INT64_MAX, tz->offset[low]};
    tz_span span = cyn_tz_rule_span(&tz->rule, seconds);
    if (span.from < from) span.from = from;
    return span;
}

/* An instant from seconds, held inside of what an instant can say. */
static int64_t instant_from_seconds(int64_t seconds, int micro)
{
    if (seconds > INT64_MAX / CYN_SECOND - 1) return INT64_MAX;
    if (seconds < INT64_MIN / CYN_SECOND + 1) return INT64_MIN;
    return seconds * CYN_SECOND + micro;
}

cyn_tz_span cyn_tz_span_at(const cyn_tz *tz, int64_t instant)
{
    tz_span s = cyn_tz_span_seconds(tz, cyn_floor_div(instant, CYN_SECOND));
    return (cyn_tz_span){instant_from_seconds(s.from, 0), instant_from_seconds(s.until, 0),
                         s.offset};
}

int cyn_tz_offset(const cyn_tz *tz, int64_t instant)
{
    return cyn_tz_span_seconds(tz, cyn_floor_div(instant, CYN_SECOND)).offset;
}

cyn_civil cyn_tz_civil(const cyn_tz *tz, int64_t instant)
{
    int64_t seconds = cyn_floor_div(instant, CYN_SECOND);
    cyn_civil c = {.offset = cyn_tz_span_seconds(tz, seconds).offset,
                   .micro = (int)floor_mod(instant, CYN_SECOND)};
    int64_t local = seconds + c.offset;
    int of_day = (int)floor_mod(local, SECONDS_PER_DAY);
    cyn_civil_from_days(cyn_floor_div(local, SECONDS_PER_DAY), &c.year, &c.month, &c.day);
    c.hour = of_day / 3600;
    c.minute = of_day / 60 % 60;
    c.second = of_day % 60;
    return c;
}

int64_t cyn_tz_date(const cyn_tz *tz, int64_t instant)
{
    int64_t seconds = cyn_floor_div(instant, CYN_SECOND);
    return cyn_floor_div(seconds + cyn_tz_span_seconds(tz, seconds).offset, SECONDS_PER_DAY);
}

int64_t cyn_tz_first(const cyn_tz *tz, int64_t local, bool *skipped, int *offset_before)
{
    tz_span s = cyn_tz_span_seconds(tz, local - TZ_OFFSET_MAX);
    *skipped = false;
    *offset_before = s.offset;
    while (local - s.offset >= s.until) {
        *offset_before = s.offset;
        s = cyn_tz_span_seconds(tz, s.until);
    }
    if (local - s.offset >= s.from) return local - s.offset;
    *skipped = true;
    return s.from;
}

bool cyn_tz_repeated(const cyn_tz *tz, int64_t seconds)
{
    int64_t local = seconds + cyn_tz_span_seconds(tz, seconds).offset;
    tz_span s = cyn_tz_span_seconds(tz, local - TZ_OFFSET_MAX);
    for (;;) {
        int64_t at = local - s.offset;
        if (at != seconds && at >= s.from && at < s.until) return true;
        if (s.until > local + TZ_OFFSET_MAX) return false;
        s = cyn_tz_span_seconds(tz, s.until);
    }
}

int64_t cyn_tz_instant(const cyn_tz *tz, const cyn_civil *c)
{
    bool skipped;
    int before;
    int64_t local = cyn_days_from_civil(c->year, c->month, c->day) * SECONDS_PER_DAY +
                    c->hour * 3600 + c->minute * 60 + c->second;
    int64_t seconds = cyn_tz_first(tz, local, &skipped, &before);
    return instant_from_seconds(skipped ? local - before : seconds, c->micro);
}

int64_t cyn_tz_midnight(const cyn_tz *tz, int64_t days)
{
    bool skipped;
    int before;
    if (days > INT64_MAX / CYN_DAY) return INT64_MAX;
    if (days < INT64_MIN / CYN_DAY) return INT64_MIN;
    return instant_from_seconds(cyn_tz_first(tz, days * SECONDS_PER_DAY, &skipped, &before), 0);
}
