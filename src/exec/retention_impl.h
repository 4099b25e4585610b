/* What the files of retention share: the members, their windows, and who is retained.
 *
 * All members that start on one day have the same windows. Days and members are numbered in the
 * order of their starts; day 0 is that of whoever has not started.
 */
#pragma once
#include "exec/relation_impl.h"
#include "stats/exact.h"

/* What is to be summed for each member: exact numbers add up at once, in 128 bits (N-3); reals are
 * kept, so that their sum is rounded once, whatever their order. */
typedef struct cyn_amounts {
    cyn_i128 *exact; /* [member] */
    uint32_t *whose; /* [term]: the member */
    double *term;
    size_t n, room;
} cyn_amounts;

/* [from, from + length) */
typedef struct cyn_window {
    int64_t from;
    uint64_t length;
} cyn_window;

/* The other moments of a window's day. */
typedef struct cyn_window_ends {
    int64_t unit, mature; /* of the unit in which members start, and of the n-th */
} cyn_window_ends;

/* One of the retentions that are made together. */
typedef struct cyn_outcome {
    const cyn_relation *spec;
    cyn_grain grain;
    bool early;                /* a window begins in the very unit of the start */
    _Atomic uint8_t *retained; /* [entity] */
    cyn_amounts value, base;
} cyn_outcome;

typedef struct cyn_retention {
    cyn_relation_run run;
    const cyn_relation *spec; /* the first; what matters here is the same in all */
    const cyn_relation_input *in;
    cyn_outcome *outcomes;
    size_t noutcomes;
    cyn_column entity, arg;
    cyn_instants time;
    cyn_numbers who;
    uint32_t *day_of;      /* [entity]: the day of its start; 0: it has not started */
    cyn_window *windows;   /* [day][outcome]; of day 0 they are empty */
    cyn_window_ends *ends; /* [day][outcome] */
    uint32_t *begin;       /* [day]: its first member */
    uint32_t days, day_room;
    cyn_period today;    /* of the last member so far */
    size_t tomorrow;     /* where rows lie in the order of time: the first one after it */
    uint32_t *member_of; /* [entity that started] */
    uint32_t *first;     /* [member]: the row that started it */
    uint32_t *entity_of; /* [member] */
    size_t n;            /* members */
    bool exhausted;      /* memory, while rows were taken */
} cyn_retention;

/* The first member of a day, or of any after it. */
static inline size_t cyn_first_member(const cyn_retention *r, uint32_t day)
{
    return day < r->days ? r->begin[day] : r->n;
}

/* Of a row in the window of its entity: notes that this one is retained, unless the row comes
 * before the start. Whether it is. Any thread. */
bool cyn_retention_keep(const cyn_retention *r, cyn_outcome *o, uint32_t entity, uint32_t row);

/* Finds who is retained, where rows lie in the order of time and nothing is summed. */
CYN_NODISCARD cyn_code cyn_retention_sweep(const cyn_retention *r, cyn_err *err);
