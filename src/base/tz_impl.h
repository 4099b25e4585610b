/* Inside a time zone: its table of transitions and the rule that continues it. */
#pragma once
#include "base/time.h"
#include <stddef.h>

/* Offsets reach from -25 to +26 hours in a valid file (RFC 9636); a window for searching. */
#define TZ_OFFSET_MAX (26 * 3600)

/* Seconds since 1970; [from, until) has one offset. */
typedef struct tz_span {
    int64_t from, until;
    int offset;
} tz_span;

/* When the clock changes in every year: the date part of a POSIX TZ rule. */
typedef enum tz_day_kind {
    TZ_JULIAN,    /* Jn: day 1…365, 29 February never counts */
    TZ_ZERO_DAY,  /* n: day 0…365, 29 February counts */
    TZ_MONTH_DAY, /* Mm.w.d: weekday d (0 = Sunday) of week w, 5 = the last */
} tz_day_kind;
typedef struct tz_change {
    tz_day_kind kind;
    int month, week, day;
    int time; /* seconds of local time; may be negative or beyond the day */
} tz_change;
typedef struct tz_rule {
    bool has_dst;
    int std, dst; /* seconds east of UTC */
    tz_change to_dst, to_std;
} tz_rule;

/* Reads a POSIX TZ string ("EST5EDT,M3.2.0,M11.1.0", "<+03>-3"); false when it is malformed. */
bool cyn_tz_rule_parse(const char *text, size_t n, tz_rule *out);
tz_span cyn_tz_rule_span(const tz_rule *rule, int64_t seconds);

struct cyn_tz {
    char *name;
    size_t count;
    int64_t *at; /* ascending; offset[i] holds before at[i], offset[count] after the last */
    int *offset;
    bool has_rule; /* continues the table from its last transition */
    tz_rule rule;
};

/* A zone without transitions yet, with room for `count`; NULL when memory is exhausted. */
cyn_tz *cyn_tz_new(const char *name, size_t count);
/* Fills the table from the content of a TZif file; says what is wrong with it otherwise. */
CYN_NODISCARD cyn_code cyn_tz_decode(const char *name, const unsigned char *data, size_t size,
                                     cyn_tz **out, cyn_err *err);

tz_span cyn_tz_span_seconds(const cyn_tz *tz, int64_t seconds);
/* The first second at or after which the local clock shows `local` or more. When the clock skipped
 * `local`, *skipped says so. */
int64_t cyn_tz_first(const cyn_tz *tz, int64_t local, bool *skipped, int *offset_before);
/* The wall clock shows the local time of this second twice. */
bool cyn_tz_repeated(const cyn_tz *tz, int64_t seconds);
