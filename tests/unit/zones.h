/* What the tests of slots and calendars share: zones, instants as text, and chance. */
#pragma once
#include "../chance.h"
#include "../times.h"

/* "2026-03-08 02:30" on the zone's clock, or with an offset of its own. */
static inline int64_t when(const cyn_tz *tz, const char *text)
{
    int64_t instant = 0;
    if (!cyn_parse_instant(text, strlen(text), tz, &instant)) {
        printf("Bail out! not an instant: %s\n", text);
        exit(1);
    }
    return instant;
}

/* As the zone's clock shows it, with its offset. */
static inline const char *shown(const cyn_tz *tz, int64_t instant)
{
    static char text[8][48];
    static int next;
    if (instant == INT64_MIN || instant == INT64_MAX) return instant < 0 ? "none" : "end";
    next = (next + 1) % 8;
    cyn_format_instant(instant, tz, text[next], sizeof text[next]);
    return text[next];
}

static inline int below(uint64_t *seed, int n)
{
    return (int)(chance(seed) % (uint64_t)n);
}
