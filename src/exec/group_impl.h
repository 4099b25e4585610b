/* Which rows of a batch count, and where: the span of a row's time, the segment of its groups.
 *
 * A row's place is segment × width + span, so that state arrays grow at their end as segments
 * appear. Rows outside every interval are left out here and cost nothing later. Rows in the order
 * of time are taken in batches that lie in one span. Each thread has a grouper of its own; one that
 * collects takes over what the others found, by interval.
 *
 *     cyn_grouper g = {.defers = no_aggregate_takes_all_rows};
 *     rc = cyn_grouper_init(&g, plan, &program, err);
 *     rc = cyn_grouper_batch(&g, first, &n, err);  // fills g.rows; g.nsegments may have grown
 *     if (g.deferred) cyn_grouper_move(&g, first, &some_of_them);
 *     cyn_grouper_clear(&g);
 */
#pragma once
#include "exec/expr_impl.h"
#include "exec/pairs_impl.h"
#include "exec/span_impl.h"

/* Rows of the batch (offsets from its first) and the place of each. */
typedef struct cyn_rows {
    size_t n;
    uint32_t *row, *place; /* CYN_BATCH */
    bool together;         /* all have the same place */
    bool whole;            /* they are all rows of the batch, in order */
} cyn_rows;

/* Places are 32-bit numbers, and each one costs every aggregate a state and a cell. */
#define CYN_MAX_PLACES (UINT32_C(1) << 30)

/* Spans of dates: a day is looked up in the zone once, not once per row. */
typedef struct cyn_day_slot {
    int64_t day;
    int64_t span;
    bool used;
} cyn_day_slot;
#define CYN_DAY_SLOTS 1024

typedef struct cyn_grouper {
    const cyn_plan *plan;
    const cyn_column *time;     /* NULL: none */
    const cyn_column *interval; /* the number of each row's interval; NULL: the time says */
    bool everything;            /* every row is in the one interval */
    cyn_spans spans;
    size_t width;        /* places of a segment: 1 for a snapshot, else spans, or intervals */
    cyn_interval around; /* where the last span was found: `last` goes for all of it */
    int64_t last;
    cyn_day_slot *days;
    const cyn_column **groups;
    cyn_pairs *levels; /* per group column: (segment before, value) → segment so far */
    uint32_t *direct;  /* first column, text: segment + 1 by code + 1; spares hashing */
    uint32_t ncodes;   /* segments that direct has numbered */
    bool defers;       /* segments may be left to cyn_grouper_move, which costs less for few rows */
    bool deferred;     /* those of the batch were: its rows are at the place of their span */
    size_t nsegments;
    size_t *first_row; /* [segment]: a row that holds its key */
    size_t first_rows;
    uint32_t *segment;               /* CYN_BATCH */
    const int64_t *times;            /* of the batch */
    int64_t *times_room;             /* CYN_BATCH, where the time column is narrow */
    size_t ordered_from, ordered_to; /* the times of these rows are in order */
    cyn_rows rows;
    size_t listed; /* so many of its rows are 0, 1, …, */
    size_t filled; /* and so many places that of the first */
    bool covered_any;
    int64_t least, greatest; /* raw values of the time column */
} cyn_grouper;

CYN_NODISCARD cyn_code cyn_grouper_init(cyn_grouper *g, const cyn_plan *plan, const cyn_program *p,
                                        cyn_err *err);
void cyn_grouper_clear(cyn_grouper *g);
/* Takes the *n rows from `first` on, at most CYN_BATCH, or fewer of them, and says how many. */
CYN_NODISCARD cyn_code cyn_grouper_batch(cyn_grouper *g, size_t first, size_t *n, cyn_err *err);
/* Gives rows of a batch that was deferred the places of their segments, in room of their own. */
void cyn_grouper_move(const cyn_grouper *g, size_t first, cyn_rows *rows);

/* From the places of one grouper to those of another. A place goes to the same segment's intervals
 * that cover its span. */
typedef struct cyn_places {
    const uint32_t *segment; /* [segment of the one]: that of the other */
    size_t segments, width, to_width;
    const cyn_spans *spans;
    bool same; /* every place goes to itself */
} cyn_places;

/* `place` of the one goes to `to` of the other: body, for each. */
#define CYN_EACH_PLACE(map, place, to, body)                                                       \
    do {                                                                                           \
        size_t span_ = (place) % (map)->width;                                                     \
        size_t base_ = (map)->segment[(place) / (map)->width] * (map)->to_width;                   \
        if (!(map)->spans->cut) {                                                                  \
            size_t to = base_ + span_;                                                             \
            body                                                                                   \
        } else {                                                                                   \
            const cyn_spans *cut_ = (map)->spans;                                                  \
            for (size_t c_ = cut_->first[span_]; c_ < cut_->first[span_ + 1]; c_++)                \
                for (size_t i_ = cut_->covered[c_].from; i_ < cut_->covered[c_].to; i_++) {        \
                    size_t to = base_ + i_;                                                        \
                    body                                                                           \
                }                                                                                  \
        }                                                                                          \
    } while (0)

/* From now on places are intervals, and rows are not taken but what others found in theirs. */
void cyn_grouper_collect(cyn_grouper *g);
/* Takes over the segments and the covered time of another grouper of the same plan; `map` lives in
 * the arena, and needs the other's spans. */
CYN_NODISCARD cyn_code cyn_grouper_adopt(cyn_grouper *g, const cyn_grouper *other, cyn_arena *arena,
                                         cyn_places *map, cyn_err *err);
/* Segments in the order of their keys: nil, then false and true, numbers, texts by bytes.
 * order holds nsegments. */
void cyn_grouper_order(cyn_grouper *g, size_t *order);
/* The value of a segment's j-th group as a key that outlives the table. */
CYN_NODISCARD cyn_code cyn_grouper_key(const cyn_grouper *g, size_t segment, size_t j,
                                       cyn_arena *arena, cyn_const *out, cyn_err *err);
/* The first and last instant that the source covers; a date counts to its day's end (P-9). */
void cyn_grouper_covered(const cyn_grouper *g, cyn_plan_result *out);
