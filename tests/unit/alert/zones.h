/* What the tests of slots and calendars share: zones, and instants as text. */
#pragma once
#include "../test.h"
#include "base/time.h"

static inline cyn_tz *zone(const char *name)
{
    cyn_tz *tz = NULL;
    cyn_err err;
    if (cyn_tz_load(name, &tz, &err) != CYN_OK) {
        printf("Bail out! %s: %s\n", name, err.message);
        exit(1);
    }
    return tz;
}

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

/* Chance, the same each time. */
static inline int below(uint64_t *seed, int n)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)n);
}
