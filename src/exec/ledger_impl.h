/* Ledgers: who holds how much from when until when, and how much that is at an instant.
 *
 * An entry is a row of the input with a value that is known and not zero. It counts at an instant E
 * when it begins before E and ends at E or later: a balance at E is the state in force in the last
 * moment before E (docs/numerics.md, B-…). Entries come from intervals of validity, or from
 * snapshots, each of which stands until the next one.
 *
 *     cyn_ledger ledger = {.run = &run};
 *     rc = cyn_ledger_open(&ledger, err);           // lives as long as the run
 *     rc = cyn_ledger_states(&ledger, member, instants, n, states, err);
 */
#pragma once
#include "exec/relation_impl.h"

/* An amount: exact integers (also decimals, by their digits), or reals. */
typedef union cyn_amount {
    int64_t exact;
    double real;
} cyn_amount;

typedef struct cyn_ledger {
    cyn_relation_run *run;
    cyn_column entity;
    cyn_column value; /* INTEGER, DECIMAL, BOOLEAN or REAL; type of amounts, too */
    bool counts;      /* no value was given: each entry is 1 */
    cyn_instants since;
    const int64_t *until;     /* [row]; CYN_TIME_MAX is open */
    const int64_t *snapshots; /* ascending; NULL: intervals of validity */
    size_t nsnapshots;
    cyn_row_list rows;   /* entries by member, then by instant */
    const size_t *start; /* [member], and one more */
    uint32_t members;
    double *terms; /* room for the values of one member at one instant */
} cyn_ledger;

CYN_NODISCARD cyn_code cyn_ledger_open(cyn_ledger *l, cyn_err *err);
static inline bool cyn_ledger_is_real(const cyn_ledger *l)
{
    return l->value.type == CYN_REAL;
}
/* -1, 0 or 1. */
static inline int cyn_ledger_sign(const cyn_ledger *l, cyn_amount a)
{
    if (cyn_ledger_is_real(l)) return (a.real > 0) - (a.real < 0);
    return (a.exact > 0) - (a.exact < 0);
}
/* The member's amounts at ascending instants. CYN_E_RANGE: one does not fit. */
CYN_NODISCARD cyn_code cyn_ledger_states(const cyn_ledger *l, uint32_t member, const int64_t *at,
                                         size_t n, cyn_amount *out, cyn_err *err);
/* The first instant at which the member's amount is positive, of those at which periods of the
 * grain begin (CYN_ALL: of all); CYN_TIME_MAX when there is none. */
CYN_NODISCARD cyn_code cyn_ledger_first_positive(const cyn_ledger *l, uint32_t member,
                                                 cyn_grain grain, int64_t *out, cyn_err *err);
