/* Cron expressions: the instants that a text such as "30 9 * * MON-FRI" names, in a zone.
 *
 * Five fields (minute, hour, day of the month, month, day of the week), or six with seconds before
 * them; a year is none of them. Each is `*`, a number, a range a-b, a step (a-b/n, *\/n), or a list
 * of these; months and weekdays also by their English names (JAN, MON, in any case), Sunday is 0
 * or 7. `L` is the last day of the month, `L-2` two before it, `5L` or `FRIL` its last Friday,
 * `FRI#2` its second, `15W` the weekday nearest to the 15th. Where both days are given, either is
 * enough, as everywhere in cron. @yearly (@annually), @monthly, @weekly, @daily (@midnight),
 * @hourly. docs/reference/schedule.md has all of it.
 *
 * The clock of the zone counts. An expression that names its hours runs once for each time that it
 * names: a time that the clock skips runs as much later as the clock jumped, a time that it shows
 * twice runs the first time. One whose hour is `*` or `*\/n` is about time that passes: it runs in
 * both of two equal hours, and nothing stands for one that never came.
 *
 *     cyn_cron c;
 *     CYN_TRY(cyn_cron_parse("0 9 * * MON#1", 13, tz, &c, err));
 *     int64_t next = cyn_cron_after(&c, cyn_now());
 *
 * Pure functions; a cyn_cron is read-only once filled.
 */
#pragma once
#include "base/err.h"
#include "base/time.h"
#include "sched/slots.h"
#include <stddef.h>

typedef struct cyn_cron {
    uint64_t seconds, minutes; /* a bit for each value */
    uint32_t hours, days;      /* days: 1…31 */
    uint16_t months;           /* 1…12 */
    uint8_t weekdays;          /* Sunday 0 … Saturday 6 */
    uint8_t nth[7], last;      /* FRI#2: a bit for each number; 5L: a bit for each weekday */
    uint32_t from_end;         /* L-n: a bit for each n */
    uint32_t nearest;          /* nW: days 1…31 */
    bool last_workday;         /* LW */
    bool any_day, any_weekday; /* `*` */
    bool passing;              /* the hour is `*` or a step over all hours */
    const cyn_tz *tz;
} cyn_cron;

/* CYN_E_SYNTAX says which field, what was found and what is expected; CYN_E_RANGE where no day can
 * ever be meant ("0 0 30 2 *"). tz must outlive it. */
CYN_NODISCARD cyn_code cyn_cron_parse(const char *s, size_t n, const cyn_tz *tz, cyn_cron *out,
                                      cyn_err *err);
int64_t cyn_cron_at(const cyn_cron *c, int64_t instant);    /* the last one ≤, or CYN_SLOT_NONE */
int64_t cyn_cron_after(const cyn_cron *c, int64_t instant); /* the first one >, or CYN_SLOT_END */
