/* Prometheus's query language (PromQL) over series that somebody hands over.
 *
 * The whole expression language but for histograms: what is left out is an error that says so, with
 * its place. Times are milliseconds since 1970, as Prometheus counts them.
 *
 *     cyn_promql *q;
 *     CYN_TRY(cyn_promql_parse("sum by (channel) (revenue)", arena, &q, err));
 *     cyn_promql_range r = {.start = t, .end = t};
 *     CYN_TRY(cyn_promql_run(q, &r, &source, arena, &result, err));
 *
 * A sample counts from `at` on, and before `until`; at any instant the newest one counts, if it
 * does. Whatever a query asks for costs at most what the range's limits allow.
 *
 * CYN_E_SYNTAX: the text is no expression (line and column say where); CYN_E_DATA: it cannot be
 * evaluated over these series; CYN_E_LIMIT: it costs too much (the arena's limit bounds its
 * memory); CYN_E_CANCEL: it took too long, or was
 * cancelled.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include <stdatomic.h>

typedef struct cyn_prom_label {
    const char *name, *value;
} cyn_prom_label;

/* Ordered by name, no empty values; the name of the metric is "__name__". */
typedef struct cyn_prom_labels {
    const cyn_prom_label *at;
    size_t n;
} cyn_prom_labels;

typedef struct cyn_prom_sample {
    int64_t at, until;
    double value;
} cyn_prom_sample;

typedef struct cyn_prom_series {
    cyn_prom_labels labels;
    const cyn_prom_sample *samples; /* by time */
    size_t n;
} cyn_prom_series;

typedef enum cyn_prom_match {
    CYN_PROM_EQUAL,
    CYN_PROM_UNEQUAL,
    CYN_PROM_LIKE,
    CYN_PROM_UNLIKE,
} cyn_prom_match;

typedef struct cyn_regex cyn_regex;
typedef struct cyn_prom_matcher {
    cyn_prom_match how;
    const char *name, *value;
    const cyn_regex *regex; /* of LIKE and UNLIKE */
} cyn_prom_matcher;
/* A label that is not there is "". An error: a regular expression that searches for too long. */
CYN_NODISCARD cyn_code cyn_prom_matches(const cyn_prom_matcher *m, const char *value, bool *matches,
                                        cyn_err *err);
CYN_NODISCARD cyn_code cyn_prom_all_match(const cyn_prom_matcher *m, size_t n,
                                          cyn_prom_labels labels, bool *match, cyn_err *err);
/* The value of the label; "" when it is not there. */
const char *cyn_prom_label_of(cyn_prom_labels l, const char *name);

/* Where series come from. */
typedef struct cyn_prom_source {
    void *self;
    /* Those that match, with at least the samples that count at some time in [from, to]. */
    cyn_code (*select)(void *self, const cyn_prom_matcher *m, size_t n, int64_t from, int64_t to,
                       cyn_arena *arena, const cyn_prom_series **out, size_t *count, cyn_err *err);
} cyn_prom_source;

typedef struct cyn_promql cyn_promql;
/* The text need not live on. */
CYN_NODISCARD cyn_code cyn_promql_parse(const char *text, cyn_arena *arena, cyn_promql **out,
                                        cyn_err *err);
/* A series selector alone, as /api/v1/series has it: its matchers. */
CYN_NODISCARD cyn_code cyn_promql_parse_matchers(const char *text, cyn_arena *arena,
                                                 const cyn_prom_matcher **out, size_t *n,
                                                 cyn_err *err);

typedef struct cyn_promql_range {
    int64_t start, end, step;  /* step 0: at the instant `start` */
    int64_t lookback;          /* > 0: samples count for so long, in place of `until` */
    int64_t deadline;          /* of CLOCK_MONOTONIC in microseconds; 0: none */
    const atomic_bool *cancel; /* it ends when that is set; NULL */
} cyn_promql_range;

typedef enum cyn_promql_type {
    CYN_PROMQL_NONE,
    CYN_PROMQL_SCALAR,
    CYN_PROMQL_VECTOR,
    CYN_PROMQL_MATRIX,
    CYN_PROMQL_STRING,
} cyn_promql_type;
extern const char *const cyn_promql_type_names[]; /* "none", "scalar", … as in replies */

typedef struct cyn_promql_point {
    int64_t at;
    double value;
} cyn_promql_point;

typedef struct cyn_promql_row {
    cyn_prom_labels labels;
    const cyn_promql_point *points; /* a scalar or vector: one */
    size_t n;
} cyn_promql_row;

typedef struct cyn_promql_result {
    cyn_promql_type type; /* of a range: always a matrix */
    const char *text;     /* of a string */
    const cyn_promql_row *rows;
    size_t n;
} cyn_promql_result;

CYN_NODISCARD cyn_code cyn_promql_run(const cyn_promql *q, const cyn_promql_range *range,
                                      const cyn_prom_source *source, cyn_arena *arena,
                                      cyn_promql_result *out, cyn_err *err);
/* "1h30m", "15s", "250ms", also "2w" and "1y", in milliseconds; false when it is none. */
bool cyn_promql_duration(const char *s, size_t n, int64_t *out);
/* A number as the language writes it: 12, 0.5, 1e+22, NaN, +Inf. */
void cyn_promql_put_number(double x, cyn_buf *out);
