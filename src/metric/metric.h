/* Metrics: a name, a formula over aggregates and other metrics, and its sheet.
 *
 * A formula is a tree; nothing in it is computed yet. Aggregates are numbered in the catalog, other
 * metrics are named. Immutable after the catalog is frozen.
 */
#pragma once
#include "base/arena.h"
#include "base/sheet.h"
#include "plan/plan.h"

typedef enum cyn_formula_kind {
    CYN_FORMULA_CONST,  /* value */
    CYN_FORMULA_AGG,    /* agg: index into the catalog's aggregates */
    CYN_FORMULA_METRIC, /* metric: its name */
    CYN_FORMULA_OP,     /* op, a, b (b NULL for CYN_NEG) */
    CYN_FORMULA_CALL,   /* call, a, b: a mathematical function (b NULL but for min and max) */
    CYN_FORMULA_WINDOW, /* a, over another stretch of time: window */
    CYN_FORMULA_FOLD,   /* mean, sum, min or max (fold) of a's values in the last n periods */
    CYN_FORMULA_SCRIPT, /* free: what a Lua function makes of other metrics' values; always whole */
} cyn_formula_kind;

/* Another stretch of time than the period asked for (docs/numerics.md, W-…). Windows compose: the
 * outer one is applied first, the inner one to what it gives. */
typedef enum cyn_window_kind {
    CYN_ROLLING,    /* the last n units up to the end of the period: "28d" */
    CYN_TO_DATE,    /* from the start of the unit that holds the period to the period's end */
    CYN_CUMULATIVE, /* from the first row to the period's end */
    CYN_OFFSET,     /* n units later (earlier when negative); unit CYN_ALL: n periods */
} cyn_window_kind;

typedef struct cyn_window {
    cyn_window_kind kind;
    cyn_grain_unit unit;
    int n;
} cyn_window;

/* Functions in formulas (docs/numerics.md, N-10). */
typedef enum cyn_call {
    CYN_CALL_MIN, /* the smaller of a and b, as it is */
    CYN_CALL_MAX,
    CYN_CALL_ABS,  /* exact where a is */
    CYN_CALL_SQRT, /* these three are real; missing where there is no real result */
    CYN_CALL_EXP,
    CYN_CALL_LOG, /* natural */
} cyn_call;
extern const char *const cyn_call_names[]; /* "min", "max", "abs", …; NULL at the end */
bool cyn_call_is_binary(cyn_call call);    /* of two: min and max */
/* Missing spreads; b is ignored unless the function is of two. CYN_E_RANGE when abs overflows. */
CYN_NODISCARD cyn_code cyn_num_call(cyn_call call, cyn_num a, cyn_num b, cyn_num *out,
                                    cyn_err *err);

typedef struct cyn_formula cyn_formula;

/* A function of the point (docs/numerics.md, F-…), kept by the script worker. */
typedef struct cyn_function {
    uint32_t handle;
    const char *digest;              /* of its code and of what it captured, hexadecimal */
    const char *text;                /* as written */
    const cyn_formula *const *reads; /* METRIC: those that it names literally, at:get "aha_rate" */
    size_t nreads;
} cyn_function;

struct cyn_formula {
    cyn_formula_kind kind;
    cyn_place place;
    cyn_num value;
    uint32_t agg;
    const char *metric;
    cyn_op op;
    cyn_call call;
    const cyn_formula *a, *b;
    cyn_window window;            /* WINDOW */
    cyn_agg_func fold;            /* FOLD: CYN_MEAN, CYN_SUM, CYN_MIN, CYN_MAX */
    int n;                        /* FOLD: periods, this one included */
    const cyn_function *function; /* SCRIPT */
};

typedef struct cyn_driver {
    const char *metric;
    cyn_direction direction;
} cyn_driver;

/* How the change of a metric is shared out among the metrics that it is made of (docs/numerics.md,
 * X-…). */
typedef enum cyn_method {
    CYN_METHOD_AUTO,     /* chosen from the formula */
    CYN_METHOD_ADDITIVE, /* sums and differences: each part's own change */
    CYN_METHOD_LMDI,     /* products of positive values: logarithmic mean Divisia index */
    CYN_METHOD_SHAPLEY,  /* anything: the mean over all orders in which the inputs change */
    CYN_METHOD_OWEN, /* the same with too many inputs: orders that keep together what the formula
                        brackets together */
    CYN_METHOD_MOVEMENT, /* a balance that moved: each flow of the period is its own part */
    CYN_METHOD_RATE_MIX, /* a ratio over segments */
    CYN_METHOD_SCRIPT,   /* the metric's own function */
    CYN_METHOD_NONE,     /* there is nothing to share out, or it is not known how */
} cyn_method;
extern const char *const cyn_method_names[]; /* "", "additive", "lmdi", …; NULL at the end */

/* What it takes to compute a metric's value, all metrics below included. A metric with a definition
 * keeps within these limits, so that whoever evaluates it may recurse. */
#define CYN_METRIC_CHAIN 200
#define CYN_METRIC_DEPTH 2000
#define CYN_METRIC_COST  1e6
typedef struct cyn_weight {
    int chain;   /* metrics in a row */
    int depth;   /* nested formulas */
    double cost; /* parts, as often as they are computed */
    bool free;   /* a function is among them, so that only whole periods have a value */
} cyn_weight;

typedef struct cyn_metric {
    const char *name;
    cyn_place place;
    const cyn_formula *formula;
    const cyn_formula *identity;    /* over other metrics, must equal this one; NULL = none */
    const char *identity_text;      /* as written */
    cyn_method decompose;           /* AUTO, ADDITIVE, LMDI, SHAPLEY, MOVEMENT or SCRIPT */
    const cyn_function *decomposer; /* SCRIPT */
    const cyn_driver *drivers;
    size_t ndrivers;
    cyn_sheet sheet;     /* merged from script and kpis.yaml */
    char definition[65]; /* SHA-256 of the canonical formula, hex; set by cyn_metric_define */
    cyn_weight weight;   /* likewise */
} cyn_metric;

/* The value of a formula for one period and segment. `lookup` gives aggregates and metrics. */
typedef struct cyn_formula_env {
    void *self;
    cyn_code (*agg)(void *self, uint32_t agg, cyn_cell *out, cyn_err *err);
    cyn_code (*metric)(void *self, const char *name, cyn_cell *out, cyn_err *err);
    /* The value of f->a in f's window, or folded over f's periods. */
    cyn_code (*over_time)(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err);
    /* The value of a function; its cell has neither rows nor parts. */
    cyn_code (*script)(void *self, const cyn_formula *f, cyn_cell *out, cyn_err *err);
} cyn_formula_env;

/* out->numerator and denominator: of a top-level division its two sides; of a lone mean or share
 * its parts; of a lone reference those of the metric; else missing. rows: of the aggregate, of the
 * denominator where there is one, else the largest of its parts. */
CYN_NODISCARD cyn_code cyn_formula_eval(const cyn_formula *f, const cyn_formula_env *env,
                                        cyn_cell *out, cyn_err *err);

/* The formula in words: "count(events where event == 'lesson_done') / distinct(events, user_id)".
 * Canonical: equal text means equal definition (function bodies stand as their digest). */
CYN_NODISCARD cyn_code cyn_formula_text(const cyn_formula *f, const cyn_agg *const *aggs,
                                        cyn_buf *out, cyn_err *err);

/* Who is called what: the metrics' indices in the order of their names. */
void cyn_metric_sort_names(const cyn_metric *const *metrics, size_t n, size_t *by_name);
#define CYN_NO_METRIC ((size_t)-1)
/* Index into metrics, or CYN_NO_METRIC. */
size_t cyn_metric_find(const cyn_metric *const *metrics, const size_t *by_name, size_t n,
                       const char *name);

/* Sets the definition of metrics[which], and of the metrics that it refers to, where not yet set:
 * the hash of the formula with each metric in it replaced by its definition (docs/numerics.md,
 * D-…). CYN_E_NAME: no metric of that name; CYN_E_CONFLICT: "metric a → b → a" goes in a circle;
 * CYN_E_LIMIT: evaluating it would nest too deeply or take too long; CYN_E_UNSUPPORTED: it asks for
 * a function's value over a stretch of time that is no period.
 * Call it for each metric: one that fails (its definition stays "") leaves the others defined. */
CYN_NODISCARD cyn_code cyn_metric_define(cyn_metric *const *metrics, const size_t *by_name,
                                         size_t n, size_t which, const cyn_agg *const *aggs,
                                         cyn_err *err);

/* The different metrics that a formula names, in the order of their first occurrence. */
CYN_NODISCARD cyn_code cyn_formula_inputs(const cyn_formula *f, cyn_arena *arena,
                                          const char *const **out, size_t *count, cyn_err *err);
/* What a metric is made of: its identity, else its own formula where that consists of metrics,
 * numbers, operators and functions only, and names at least one; NULL: it is a leaf. */
const cyn_formula *cyn_metric_parts(const cyn_metric *m);

/* Sorts for display: the NSM first, then leading, coincident, lagging, and those without layer;
 * otherwise as they were. */
void cyn_metric_sort(const cyn_metric **metrics, size_t n);
