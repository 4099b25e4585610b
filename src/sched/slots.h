/* The timetable of a rule: the instants, called slots, at which it is evaluated.
 *
 * An interval of whole days has its slots at local midnight of the zone (weeks: of the first day of
 * the week; other numbers of days are counted from 1970-01-01), or at a time of day after it. Where
 * the clock skips that time, the day runs once, as much later as the clock jumped; where it shows
 * it twice, once, the first time. A date that the zone skipped altogether has no slot of its own,
 * but that of the date after it.
 *
 * Any other interval is a fixed length of time, counted from 1970-01-01T00:00Z, so that DST neither
 * drops nor doubles a slot: `every = "6h"` runs at 00, 06, 12 and 18 o'clock UTC.
 *
 *     cyn_slots daily;
 *     CYN_TRY(cyn_slots_init(CYN_DAY, 9 * CYN_HOUR, tz, 1, &daily, err));
 *     int64_t t = cyn_slot_at(&daily, cyn_now());           // the one to evaluate now
 *     uint64_t missed = cyn_slots_missed(&daily, last, t);
 *
 * Pure functions; a cyn_slots is read-only once filled. There are slots from the year
 * -9998 to the beginning of 9998.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include <stddef.h>

typedef struct cyn_slots {
    int64_t every; /* microseconds */
    int64_t at;    /* after each alignment; of whole days: the time of day, below a day */
    const cyn_tz *tz;
    int week_start; /* ISO weekday, Monday 1 */
} cyn_slots;

#define CYN_SLOT_NONE INT64_MIN /* before the first */
#define CYN_SLOT_END  INT64_MAX /* after the last */

/* CYN_E_RANGE when `every` is not 1 second to 366 days, or `at` is not below it and below a day.
 * tz must outlive the timetable. */
CYN_NODISCARD cyn_code cyn_slots_init(int64_t every, int64_t at, const cyn_tz *tz, int week_start,
                                      cyn_slots *out, cyn_err *err);
int64_t cyn_slot_at(const cyn_slots *s, int64_t instant); /* the last one ≤ instant, or NONE */
int64_t cyn_slot_before(const cyn_slots *s, int64_t instant); /* the last one < instant, or NONE */
int64_t cyn_slot_after(const cyn_slots *s, int64_t instant);  /* the first one > instant, or END */
/* How many lie between two instants, neither of them counted: those that were missed when `from`
 * was evaluated last and `to` is now. None before a rule was ever evaluated (from == NONE). */
uint64_t cyn_slots_missed(const cyn_slots *s, int64_t from, int64_t to);
/* The slots in (from, to], oldest first, at most `most` of them: to catch up, or for a backtest.
 * `left`: how many did not fit; go on from the last one for more. */
CYN_NODISCARD cyn_code cyn_slots_between(const cyn_slots *s, int64_t from, int64_t to, size_t most,
                                         cyn_arena *arena, int64_t **out, size_t *n, uint64_t *left,
                                         cyn_err *err);
