/* Stored series, read: by the API, by Prometheus's queries, by pages. Nothing here writes.
 *
 *     CYN_TRY(cyn_store_open_reader(path, &st, err));      // CYN_E_STATE: there is none yet
 *     CYN_TRY(cyn_store_series_list(st, &filter, arena, &items, &n, err));
 *     CYN_TRY(cyn_store_values(st, &items[0], from, to, arena, &values, &m, err));
 *
 * A reader never waits for writers, and never keeps them waiting (WAL).
 */
#pragma once
#include "store/store.h"

/* An open file for reading alone: other calls that write fail with CYN_E_STATE. Never migrates. */
CYN_NODISCARD cyn_code cyn_store_open_reader(const char *path, cyn_store **out, cyn_err *err);

/* One segment of one metric in one grain. */
typedef struct cyn_stored_series {
    const char *metric, *grain; /* grain: its word */
    const char *segment;        /* JSON object, keys in byte order: {"channel":"ads"} */
} cyn_stored_series;

/* NULL and false: any. Ordered by metric, grain, segment. `most` bounds the answer; *more says that
 * there are others. */
typedef struct cyn_series_filter {
    const char *metric, *grain;
    bool whole; /* only those without a segment */
    size_t most;
} cyn_series_filter;
CYN_NODISCARD cyn_code cyn_store_series_list(cyn_store *st, const cyn_series_filter *filter,
                                             cyn_arena *arena, const cyn_stored_series **out,
                                             size_t *n, bool *more, cyn_err *err);

typedef struct cyn_stored_value {
    int64_t start, end;
    const char *period;                   /* label */
    double value, numerator, denominator; /* NAN: missing */
    const char *text; /* the value with all its digits; NULL: as the double says it */
    int64_t rows;
    bool partial, immature;
    const char *definition; /* hash */
    int64_t run, first_run; /* which said so, and which was the first to say anything of it */
    int64_t at;             /* when that run was */
    int64_t restated;       /* how often something else was said before */
} cyn_stored_value;
/* What is known now of the periods that begin in [from, to), oldest first. */
CYN_NODISCARD cyn_code cyn_store_values(cyn_store *st, const cyn_stored_series *series,
                                        int64_t from, int64_t to, size_t most, cyn_arena *arena,
                                        const cyn_stored_value **out, size_t *n, cyn_err *err);
/* With all the digits that it has. */
cyn_num cyn_stored_number(const cyn_stored_value *v);
/* All that was ever said of one period, oldest first. */
CYN_NODISCARD cyn_code cyn_store_restatements(cyn_store *st, const cyn_stored_series *series,
                                              int64_t start, cyn_arena *arena,
                                              const cyn_stored_value **out, size_t *n,
                                              cyn_err *err);
