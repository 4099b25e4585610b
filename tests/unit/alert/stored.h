/* An alert as whoever stores it would: every field by itself, as text. */
#pragma once
#include "alert/machine.h"
#include <inttypes.h>
#include <stdio.h>

static inline void write_fields(const cyn_alert *a, char *out, size_t size)
{
    snprintf(out, size,
             "%d %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d %d %" PRIu64
             " %" PRIu64 " %" PRIu32 " %d %d %d",
             (int)a->state, (int)a->reason, a->slot, a->since, a->idle, a->began, a->start,
             a->severity, a->gone, a->missed, a->definition, a->states, a->nstates, a->damped,
             a->frozen);
}

static inline bool read_fields(const char *text, cyn_alert *a)
{
    int state, reason, damped, frozen;
    int n =
        sscanf(text,
               "%d %d %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %d %d %" SCNu64
               " %" SCNu64 " %" SCNu32 " %d %d %d",
               &state, &reason, &a->slot, &a->since, &a->idle, &a->began, &a->start, &a->severity,
               &a->gone, &a->missed, &a->definition, &a->states, &a->nstates, &damped, &frozen);
    a->state = (cyn_alert_state)state;
    a->reason = (cyn_alert_reason)reason;
    a->damped = damped;
    a->frozen = frozen;
    return n == 15;
}
