/* What the operators of relations share: columns, masks, instants, entities, the order of rows, and
 * the table that comes out.
 *
 * All work on whole columns, indexed by the row of the input table. Everything that a run hands out
 * lives in its arena (or is the table's own) until cyn_relation_end; the table made by
 * cyn_relation_table stays. Rows are 32-bit numbers.
 *
 *     cyn_relation_run run;
 *     CYN_TRY(cyn_relation_begin(&run, spec, in, cancel, err));      // holds something from here
 *     rc = cyn_relation_column(&run, spec->entity, &entity, err);
 *     // cyn_number(&who, row) < who.count:
 *     rc = cyn_relation_number(&run, &entity, &who, err);
 *     rc = cyn_relation_time(&run, &time, err);                      // cyn_instant(&time, row)
 *     // by time, filter applied; then by entity, then time:
 *     rc = cyn_relation_rows(&run, &entity, &time, NULL, &rows, err);
 *     rc = cyn_relation_by_entity(&run, &who, &rows, &start, err);
 *     rc = cyn_relation_table(&run, columns, ncolumns, n, out, err);
 *     cyn_relation_end(&run);
 */
#pragma once
#include "exec/expr_impl.h"
#include "exec/relation.h"

#define CYN_NO_ROW UINT32_MAX

typedef struct cyn_relation_run {
    const cyn_relation *spec;
    const cyn_relation_input *in;
    const atomic_bool *cancel;
    cyn_arena *arena;
    const char *source; /* for messages */
    cyn_table *table;   /* the input's columns, and those computed since */
    size_t rows;        /* fewer than CYN_NO_ROW */
    bool in_order;      /* they lie in the order of time: cyn_relation_in_order has seen it */
} cyn_relation_run;

/* Numbers of the values of a column, dense and from 0. Of a missing value it means nothing. */
typedef struct cyn_numbers {
    cyn_column of;  /* they lie there as the codes of a text */
    uint32_t count; /* every number is below */
} cyn_numbers;

static inline uint32_t cyn_number(const cyn_numbers *n, size_t row)
{
    return cyn_column_code(&n->of, row);
}

/* Instants of a timestamp or date column (local midnight of the calendar's zone). */
typedef struct cyn_instants {
    cyn_column at; /* they lie there as timestamps; means nothing where the column has no value */
    const cyn_column *column;
} cyn_instants;

static inline int64_t cyn_instant(const cyn_instants *i, size_t row)
{
    return cyn_column_integer(&i->at, row);
}

/* Asks for a cell some rows before it is read. */
static inline void cyn_column_prefetch(const cyn_column *c, size_t row)
{
    __builtin_prefetch((const char *)c->v.values + row * cyn_column_size(c));
}

/* Chosen rows in the order of their instants; of equal ones as in the table. */
typedef struct cyn_row_list {
    uint32_t *row;
    uint32_t *marks; /* of cyn_relation_marked_rows; else NULL */
    size_t n;
    size_t untimed; /* so many at the front have no instant (cyn_relation_all_rows) */
} cyn_row_list;

/* Rows of one batch, in the order of the table; their marks if the scan asks for some. */
typedef struct cyn_row_batch {
    const uint32_t *row, *marks;
    size_t n;
} cyn_row_batch;

/* A pass over the table on all cores. Of the rows that pass in->where and `only`, and that have a
 * value in `entity` and `time` (each NULL: no matter), `take` gets a batch at a time, the batches
 * of a range in their order and one by one; so it may write, without a lock, what belongs to the
 * range. */
typedef struct cyn_row_scan {
    const cyn_column *entity, *time;
    const cyn_expr *only;
    const cyn_expr *const *marks; /* up to 32 conditions: bit k of a row's marks */
    size_t nmarks;
    bool marked; /* only rows with a mark */
    bool alone;  /* all ranges one by one */
    void *self;
    void (*take)(void *self, size_t range, const cyn_row_batch *rows);
} cyn_row_scan;

/* The same of one thread, for whoever shares rows out in another way: the rows first … end - 1 of
 * the table go to `take`, with the range's number. Its conditions stay bound. */
typedef struct cyn_row_sieve cyn_row_sieve;

/* A column of the relation: values[row[i]] for each row i that comes out, or values[i] without
 * `row`. CYN_NO_ROW gives a missing cell. */
typedef struct cyn_made_column {
    const char *name;
    cyn_column values; /* its name is not read */
    const uint32_t *row;
    void *given; /* the values, from cyn_malloc, without `row`: the table need not copy them */
} cyn_made_column;

/* On failure nothing is held. CYN_E_LIMIT: too many rows. */
CYN_NODISCARD cyn_code cyn_relation_begin(cyn_relation_run *run, const cyn_relation *spec,
                                          const cyn_relation_input *in, const atomic_bool *cancel,
                                          cyn_err *err);
void cyn_relation_end(cyn_relation_run *run);
/* CYN_E_CANCEL when the user asked to stop. */
CYN_NODISCARD cyn_code cyn_relation_go_on(const cyn_relation_run *run, cyn_err *err);

/* The values of an expression in all rows. */
CYN_NODISCARD cyn_code cyn_relation_column(cyn_relation_run *run, const cyn_expr *e,
                                           cyn_column *out, cyn_err *err);
/* Texts have the numbers of their dictionary, other values those of their first rows. */
CYN_NODISCARD cyn_code cyn_relation_number(cyn_relation_run *run, const cyn_column *c,
                                           cyn_numbers *out, cyn_err *err);
/* The instants of a column; CYN_E_TYPE when it has none. `what` names it in the message. */
CYN_NODISCARD cyn_code cyn_relation_instants(cyn_relation_run *run, const cyn_column *c,
                                             const char *what, cyn_instants *out, cyn_err *err);
/* Those of in->time; CYN_E_NAME when that is NULL. */
CYN_NODISCARD cyn_code cyn_relation_time(cyn_relation_run *run, cyn_instants *out, cyn_err *err);

CYN_NODISCARD cyn_code cyn_relation_scan(const cyn_relation_run *run, const cyn_row_scan *scan,
                                         cyn_err *err);
/* How many ranges a scan has; range r is that of the rows from r * CYN_SHARE_ROWS on. */
size_t cyn_relation_ranges(const cyn_relation_run *run);
CYN_NODISCARD cyn_code cyn_row_sieve_new(const cyn_relation_run *run, const cyn_row_scan *scan,
                                         cyn_row_sieve **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_row_sieve_take(cyn_row_sieve *s, size_t range, size_t first, size_t end,
                                          cyn_err *err);
void cyn_row_sieve_free(cyn_row_sieve *s); /* NULL is fine; before the run ends */

/* Whether every row has an instant, and they lie in the order of it: most sources do. Lists of rows
 * by these instants then need no sorting, and no look at whether they do. */
bool cyn_relation_in_order(cyn_relation_run *run, const cyn_instants *time);
/* Then: the first row whose instant is not below this one; run->rows: there is none. */
size_t cyn_relation_first_at(const cyn_relation_run *run, const cyn_instants *time, int64_t at);

/* The rows that pass in->where and `only` (NULL: all), whose entity is known, and that have an
 * instant. With time NULL the table's order stays. */
CYN_NODISCARD cyn_code cyn_relation_rows(cyn_relation_run *run, const cyn_column *entity,
                                         const cyn_instants *time, const cyn_expr *only,
                                         cyn_row_list *out, cyn_err *err);
/* All that pass in->where and, in front, those without an instant. */
CYN_NODISCARD cyn_code cyn_relation_all_rows(cyn_relation_run *run, const cyn_column *entity,
                                             const cyn_instants *time, cyn_row_list *out,
                                             cyn_err *err);
/* All that pass in->where, or the marked ones only, with their marks as of cyn_row_scan. */
CYN_NODISCARD cyn_code cyn_relation_marked_rows(cyn_relation_run *run, const cyn_column *entity,
                                                const cyn_instants *time,
                                                const cyn_expr *const *marks, size_t nmarks,
                                                bool marked, cyn_row_list *out, cyn_err *err);
/* Brings the rows of each entity together, in the order that they had: those of entity e are
 * rows->row[start[e]] … rows->row[start[e + 1] - 1]. */
CYN_NODISCARD cyn_code cyn_relation_by_entity(cyn_relation_run *run, const cyn_numbers *who,
                                              cyn_row_list *rows, const size_t **start,
                                              cyn_err *err);
/* Numbers of the members: the combinations of an entity and the values of in->groups (a missing one
 * is a value too, M-6) in these rows. Without groups they are the entity's own numbers. */
CYN_NODISCARD cyn_code cyn_relation_members(cyn_relation_run *run, const cyn_numbers *who,
                                            const cyn_row_list *rows, cyn_numbers *out,
                                            cyn_err *err);
/* Sorts n rows by the integers of `key`, rows of equal ones as they stood; their marks (or NULL) go
 * along. */
CYN_NODISCARD cyn_code cyn_relation_sort(const cyn_relation_run *run, const cyn_column *key,
                                         uint32_t *row, uint32_t *marks, size_t n, cyn_err *err);

/* The relation: a table of n rows, of the columns that in->wanted names; of all, when one of these
 * is none of them. It shares the input's dictionaries and nothing else. What is given is taken, but
 * on failure. */
CYN_NODISCARD cyn_code cyn_relation_table(cyn_relation_run *run, const cyn_made_column *columns,
                                          size_t ncolumns, size_t n, cyn_table **out, cyn_err *err);

/* The same of a relation that belongs to periods: row i is made in interval[i] (given; numbers of
 * so many bytes, 1 to 4), and its entity and segment are those of the input's row[i]; `row` may be
 * NULL where none of these is wanted. A name that `more` has is found before a dimension's. */
CYN_NODISCARD cyn_code cyn_relation_period_table(cyn_relation_run *run, const cyn_column *entity,
                                                 const uint32_t *row, void *interval, size_t bytes,
                                                 const cyn_made_column *more, size_t nmore,
                                                 size_t n, cyn_table **out, cyn_err *err);

/* ---- the operators; and cyn_exec_retentions() ---- */

CYN_NODISCARD cyn_code cyn_make_per(const cyn_relation *spec, const cyn_relation_input *in,
                                    const atomic_bool *cancel, cyn_table **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_make_journey(const cyn_relation *spec, const cyn_relation_input *in,
                                        const atomic_bool *cancel, cyn_table **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_make_balance(const cyn_relation *spec, const cyn_relation_input *in,
                                        const atomic_bool *cancel, cyn_table **out, cyn_err *err);
