/* For sched/cron*.c only. */
#pragma once
#include "sched/cron.h"

/* The first second ≥ and the last ≤ that the expression names, both counted on a clock that never
 * jumps, from 1970-01-01T00:00; CYN_SLOT_END and CYN_SLOT_NONE where there is none. */
int64_t cyn_cron_clock_from(const cyn_cron *c, int64_t clock);
int64_t cyn_cron_clock_to(const cyn_cron *c, int64_t clock);
