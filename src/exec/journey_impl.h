/* What the ways of finding the attempts at a journey share.
 *
 * A way fills n and, for each attempt, at, reached and immature, after cyn_journey_reserve().
 */
#pragma once
#include "exec/relation_impl.h"

typedef struct cyn_journey {
    cyn_relation_run run;
    const cyn_relation *spec;
    const cyn_relation_input *in;
    cyn_column entity;
    cyn_instants time;
    cyn_numbers who;
    /* attempts */
    size_t n;
    uint32_t **at;     /* [step][attempt]: its row, or CYN_NO_ROW */
    int8_t *reached;   /* [attempt]: how many steps */
    uint8_t *immature; /* [attempt] */
} cyn_journey;

/* Room for so many attempts. */
CYN_NODISCARD cyn_code cyn_journey_reserve(cyn_journey *j, size_t room, cyn_err *err);
/* By what windows are measured: of dates, days of 24 hours each, so that 14 days after a date is
 * the date 14 days after, whatever the clocks do. */
int64_t cyn_journey_measure(const cyn_journey *j, uint32_t row);
/* Whether the time until which an attempt can go on lies beyond now; a date's at the end of its
 * day. */
bool cyn_journey_open(const cyn_journey *j, int64_t until);

/* Of each entity all rows that matter, one after the other: any journey. */
CYN_NODISCARD cyn_code cyn_journey_walk(cyn_journey *j, cyn_err *err);
/* Whether each step of an attempt is the earliest row for it after the step before, in a journey
 * that an entity makes once. */
bool cyn_journey_steps_apart(const cyn_relation *spec);
/* Such a journey over rows in the order of time: all entities' rows for a step at once. */
CYN_NODISCARD cyn_code cyn_journey_first(cyn_journey *j, cyn_err *err);
