/* What the files of PromQL share: tokens, the tree of an expression, values over time.
 *
 * An expression is evaluated for all its instants at once: a value is a list of rows, each a set of
 * labels with one number an instant, which may be absent. So labels are matched and grouped once,
 * and not at every instant.
 *
 * Private to src/serve and its tests.
 */
#pragma once
#include "base/regex.h"
#include "serve/promql.h"
#include <math.h>

/* ---- tokens ---- */

typedef enum cyn_promql_token_kind {
    CYN_TOKEN_END,
    CYN_TOKEN_NAME,     /* also words of the language */
    CYN_TOKEN_NUMBER,   /* number */
    CYN_TOKEN_DURATION, /* ms */
    CYN_TOKEN_STRING,   /* text */
    CYN_TOKEN_SIGN,     /* "(", "<=", "=~" … */
} cyn_promql_token_kind;

typedef struct cyn_promql_token {
    cyn_promql_token_kind kind;
    const char *at; /* in the text */
    size_t n;
    double number;
    int64_t ms;
    const char *text; /* without quotes and escapes */
} cyn_promql_token;

typedef struct cyn_promql_lexer {
    const char *text, *p;
    cyn_arena *arena;
    cyn_err *err;
} cyn_promql_lexer;

CYN_NODISCARD cyn_code cyn_promql_next(cyn_promql_lexer *l, cyn_promql_token *out);
/* "1:8: parse error: …", as Prometheus writes it: line and column of `at` in the text. */
CYN_NODISCARD cyn_code cyn_promql_wrong(const char *text, const char *at, cyn_err *err,
                                        const char *fmt, ...) CYN_PRINTF(4, 5);

/* ---- the tree ---- */

typedef enum cyn_promql_kind {
    CYN_NODE_NUMBER,
    CYN_NODE_STRING,
    CYN_NODE_SELECTOR, /* matchers; range > 0: of a range */
    CYN_NODE_SUBQUERY, /* args[0], range, step */
    CYN_NODE_CALL,     /* function, args */
    CYN_NODE_AGGREGATE,
    CYN_NODE_BINARY, /* args[0] op args[1] */
    CYN_NODE_NEGATE, /* -args[0] */
} cyn_promql_kind;

typedef enum cyn_promql_op {
    CYN_PROMQL_ADD,
    CYN_PROMQL_SUB,
    CYN_PROMQL_MUL,
    CYN_PROMQL_DIV,
    CYN_PROMQL_MOD,
    CYN_PROMQL_POW,
    CYN_PROMQL_ATAN2,
    CYN_PROMQL_EQ, /* from here on comparisons */
    CYN_PROMQL_NE,
    CYN_PROMQL_GT,
    CYN_PROMQL_LT,
    CYN_PROMQL_GE,
    CYN_PROMQL_LE,
    CYN_PROMQL_AND, /* from here on of sets */
    CYN_PROMQL_OR,
    CYN_PROMQL_UNLESS,
} cyn_promql_op;

static inline bool cyn_promql_compares(cyn_promql_op op)
{
    return op >= CYN_PROMQL_EQ && op <= CYN_PROMQL_LE;
}

typedef enum cyn_promql_aggregation {
    CYN_PROMQL_SUM,
    CYN_PROMQL_AVG,
    CYN_PROMQL_COUNT,
    CYN_PROMQL_MIN,
    CYN_PROMQL_MAX,
    CYN_PROMQL_GROUP,
    CYN_PROMQL_STDDEV,
    CYN_PROMQL_STDVAR,
    CYN_PROMQL_TOPK,
    CYN_PROMQL_BOTTOMK,
    CYN_PROMQL_QUANTILE,
    CYN_PROMQL_COUNT_VALUES,
} cyn_promql_aggregation;
extern const char *const cyn_promql_aggregations[]; /* their names, lower case; NULL */

typedef struct cyn_promql_names {
    const char **at;
    size_t n, room;
} cyn_promql_names;

typedef struct cyn_promql_node cyn_promql_node;
typedef struct cyn_promql_function cyn_promql_function;

struct cyn_promql_node {
    cyn_promql_kind kind;
    cyn_promql_type type;
    const char *at; /* where it begins in the text */
    int depth;      /* of what is below it */
    bool wrapped;   /* it stands in parentheses */
    double number;
    const char *text;
    /* selectors and subqueries */
    cyn_prom_matcher *matchers;
    size_t nmatchers, room;
    int64_t range, step, offset;
    bool has_offset;
    enum { CYN_AT_NONE, CYN_AT_TIME, CYN_AT_START, CYN_AT_END } pinned;
    int64_t pin; /* AT_TIME */
    /* the rest */
    const cyn_promql_function *function;
    cyn_promql_node **args; /* of an aggregation: what is aggregated, then its parameter */
    size_t nargs, args_room;
    cyn_promql_aggregation aggregation;
    bool without; /* else by */
    cyn_promql_names labels;
    cyn_promql_op op;
    bool yields_bool, ignoring, has_matching; /* ignoring: else on */
    cyn_promql_names matching;
    enum { CYN_ONE_TO_ONE, CYN_MANY_TO_ONE, CYN_ONE_TO_MANY } cardinality;
    cyn_promql_names include;
};

struct cyn_promql {
    const char *text;
    cyn_promql_node *root;
};

/* ---- values ---- */

/* A number that is not there: a NaN of its own kind, which no arithmetic gives. */
double cyn_promql_absent(void);
bool cyn_promql_is_absent(double x);

typedef struct cyn_promql_series {
    cyn_prom_labels labels;
    double *values; /* [instant] */
} cyn_promql_series;

typedef struct cyn_promql_value {
    cyn_promql_series *rows; /* of a scalar: one, without labels, never absent */
    size_t n, room;
} cyn_promql_value;

/* The instants of an evaluation. */
typedef struct cyn_promql_eval {
    const cyn_promql *query;
    const cyn_prom_source *source;
    const cyn_promql_range *range; /* as it was asked for: @ start(), @ end() */
    cyn_arena *arena;
    int64_t start, step;
    size_t n;
    cyn_err *err;
} cyn_promql_eval;

static inline int64_t cyn_promql_time(const cyn_promql_eval *e, size_t i)
{
    return e->start + (int64_t)i * e->step;
}

/* Too long, or memory at its limit? */
CYN_NODISCARD cyn_code cyn_promql_check(const cyn_promql_eval *e);
CYN_NODISCARD cyn_code cyn_promql_full(const cyn_promql_eval *e); /* an allocation failed */
/* A new row, all absent; *out until the next one is added. */
CYN_NODISCARD cyn_code cyn_promql_add_row(cyn_promql_eval *e, cyn_promql_value *v,
                                          cyn_prom_labels labels, cyn_promql_series **out);
/* Rows of the same labels become one; at an instant at which two are there that is an error. */
CYN_NODISCARD cyn_code cyn_promql_merge(cyn_promql_eval *e, cyn_promql_value *v);
CYN_NODISCARD cyn_code cyn_promql_failed(const cyn_promql_eval *e, const cyn_promql_node *node,
                                         const char *fmt, ...) CYN_PRINTF(3, 4);

CYN_NODISCARD cyn_code cyn_promql_eval_node(cyn_promql_eval *e, const cyn_promql_node *node,
                                            cyn_promql_value *out);
CYN_NODISCARD cyn_code cyn_promql_eval_aggregate(cyn_promql_eval *e, const cyn_promql_node *node,
                                                 cyn_promql_value *out);
CYN_NODISCARD cyn_code cyn_promql_eval_binary(cyn_promql_eval *e, const cyn_promql_node *node,
                                              cyn_promql_value *out);
/* The samples' own times, in seconds, in place of their values. */
CYN_NODISCARD cyn_code cyn_promql_eval_times(cyn_promql_eval *e, const cyn_promql_node *selector,
                                             cyn_promql_value *out);

/* What a range gives at each instant: the points in (from, to]. */
typedef struct cyn_promql_window {
    const cyn_promql_point *at;
    size_t n;
    int64_t from, to, range; /* range: in milliseconds */
} cyn_promql_window;
typedef struct cyn_promql_ranges {
    const cyn_prom_labels *labels; /* [row] */
    const cyn_promql_point *const *points;
    const size_t *counts;
    size_t n;
} cyn_promql_ranges;
/* All points that any window of the node needs. */
CYN_NODISCARD cyn_code cyn_promql_eval_range(cyn_promql_eval *e, const cyn_promql_node *node,
                                             cyn_promql_ranges *out);
/* The instant that a selector or subquery looks at, when that of the evaluation is t. */
int64_t cyn_promql_looks_at(const cyn_promql_eval *e, const cyn_promql_node *node, int64_t t);

/* ---- functions ---- */

#define CYN_PROMQL_ARGS_MOST 5
struct cyn_promql_function {
    const char *name;
    cyn_promql_type args[CYN_PROMQL_ARGS_MOST];
    size_t least; /* arguments that must be given */
    bool any;     /* the last one any number of times */
    cyn_promql_type type;
    cyn_code (*call)(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out);
    double (*one)(double x, const double *params); /* of each number */
    double (*window)(const cyn_promql_window *w, const double *params, cyn_buf *scratch);
};
const cyn_promql_function *cyn_promql_find(const char *name, size_t n); /* NULL: there is none */
const char *cyn_promql_nearest_function(const char *name);              /* or NULL */
/* Functions over ranges, in a file of their own. */
extern const cyn_promql_function cyn_promql_range_functions[];
extern const size_t cyn_promql_nrange_functions;
CYN_NODISCARD cyn_code cyn_promql_call_range(cyn_promql_eval *e, const cyn_promql_node *node,
                                             cyn_promql_value *out);
CYN_NODISCARD cyn_code cyn_promql_call_absent_over_time(cyn_promql_eval *e,
                                                        const cyn_promql_node *node,
                                                        cyn_promql_value *out);
cyn_code cyn_promql_call_label_replace(cyn_promql_eval *e, const cyn_promql_node *node,
                                       cyn_promql_value *out);
cyn_code cyn_promql_call_label_join(cyn_promql_eval *e, const cyn_promql_node *node,
                                    cyn_promql_value *out);
/* Labels that the matchers of the node name for sure. */
CYN_NODISCARD cyn_code cyn_promql_absent_labels(cyn_promql_eval *e, const cyn_promql_node *node,
                                                cyn_prom_labels *out);
/* Of n numbers, which are sorted by it. */
double cyn_promql_quantile_of(double q, double *x, size_t n);

/* ---- labels ---- */

int cyn_prom_labels_compare(cyn_prom_labels a, cyn_prom_labels b);
/* Those named; or all but those named, of which the name of the metric always is one. NULL: no
 * others. */
CYN_NODISCARD cyn_code cyn_prom_labels_keep(cyn_promql_eval *e, cyn_prom_labels l,
                                            const cyn_promql_names *names, cyn_prom_labels *out);
CYN_NODISCARD cyn_code cyn_prom_labels_drop(cyn_promql_eval *e, cyn_prom_labels l,
                                            const cyn_promql_names *names, cyn_prom_labels *out);
/* With another value of a label; "": without it. */
CYN_NODISCARD cyn_code cyn_prom_labels_set(cyn_promql_eval *e, cyn_prom_labels l, const char *name,
                                           const char *value, cyn_prom_labels *out);
/* `{channel="ads", grain="week"}`. */
void cyn_prom_labels_put(cyn_prom_labels l, cyn_buf *out);
bool cyn_prom_is_label_name(const char *s);

/* Sets of labels, numbered as they come. */
typedef struct cyn_prom_index {
    cyn_prom_labels *labels;
    size_t n, room;
    size_t *slots; /* n + 1 of a set; 0: free */
    size_t nslots;
} cyn_prom_index;
CYN_NODISCARD cyn_code cyn_prom_index_put(cyn_promql_eval *e, cyn_prom_index *x, cyn_prom_labels l,
                                          size_t *number);
