/* Checked reading of a catalog message; private to this folder.
 *
 * The message is a handful of lists, each item built from earlier items only, so that nothing can
 * be cyclic: expressions, views and relations, aggregates, formulas, metrics. One reader per kind
 * of item appends to the lists of `build`.
 *
 * The getters of fields note the first field that is not what it must be and go on with a harmless
 * value, so that the reading code stays a list of fields; whoever reads an item asks `fields_ok` at
 * its end.
 */
#pragma once
#include "catalog/catalog.h"
#include "catalog/wire.h"
#include "plan/relation.h"

typedef struct fields {
    cyn_arena *arena;
    const cyn_value *item; /* the map being read */
    const char *bad;       /* name of the first wrong field */
} fields;

static inline bool fields_ok(const fields *f)
{
    return f->bad == NULL;
}

static inline void field_wrong(fields *f, const char *key)
{
    if (!f->bad) f->bad = key;
}

const cyn_value *field_get(const fields *f, const char *key);
const char *field_text(fields *f, const char *key, bool required);
int64_t field_integer(fields *f, const char *key, int64_t least, int64_t most);
double field_real(fields *f, const char *key); /* finite; integers are fine */
bool field_boolean(fields *f, const char *key);
/* Index of the word in `names`; a missing one is `absent`, or wrong when that is negative. */
int field_word(fields *f, const char *key, const char *const *names, int absent);
/* An array, or an empty map or nil as one without items. */
const cyn_value *field_array(fields *f, const char *key);
/* The texts of an array; NULL when memory is exhausted. */
const char *const *field_texts(fields *f, const char *key, size_t *n);
cyn_place field_place(fields *f);
/* An index, one-based as Lua counts, of one of the n items built before. */
size_t field_index(fields *f, const char *key, size_t n);
bool field_given(const fields *f, const char *key);
cyn_const field_const(fields *f, const char *key);

/* What an honest worker never exceeds (lua/cynosure/node.lua, _rows.lua and others keep the same
 * limits), so that the engine may walk formulas, expressions and relations recursively. Sizes count
 * shared parts every time, and what is folded over n periods n times. */
#define CYN_CATALOG_DEPTH   1000
#define CYN_CATALOG_SIZE    10000
#define CYN_CATALOG_NESTED  8 /* relations made of each other */
#define CYN_CATALOG_STEPS   32
#define CYN_CATALOG_UNITS   100000 /* of a retention, window or offset */
#define CYN_CATALOG_PERIODS 1000   /* of a fold */
/* Of rules (lua/cynosure/alert.lua). */
#define CYN_CATALOG_RULES       100000
#define CYN_CATALOG_LEVELS      16
#define CYN_CATALOG_DIMENSIONS  32
#define CYN_CATALOG_NAMES       64  /* labels, parameters, channels, rules that it depends on */
#define CYN_CATALOG_READS       160 /* names in a condition: readings, dimensions, parameters */
#define CYN_CATALOG_EVALUATIONS 1000000

typedef struct extent {
    uint32_t depth, size;
} extent;

static inline extent extent_join(extent a, extent b)
{
    return (extent){1 + (a.depth > b.depth ? a.depth : b.depth), 1 + a.size + b.size};
}

static inline bool extent_fits(extent x)
{
    return x.depth <= CYN_CATALOG_DEPTH && x.size <= CYN_CATALOG_SIZE;
}

/* The items built so far. */
typedef struct build {
    cyn_arena *arena;
    cyn_err *err;
    const cyn_expr **exprs;
    const cyn_view **views;
    const cyn_relation **relations;
    const cyn_agg **aggs;
    const cyn_formula **formulas;
    extent *expr_extent, *formula_extent;
    bool *formula_made; /* of metrics, numbers, operators, functions and windows only */
    int *view_nested, *relation_nested; /* relations below */
    size_t nexprs, nviews, nrelations, naggs, nformulas;
    const cyn_value *relation_items; /* the list, read as views ask for its items */
    uint32_t part;                   /* of the catalog that is being read */
    size_t first_agg;                /* of this part, in the whole catalog */
} build;

/* A handle of the part that is being read, as the whole catalog knows it. */
uint32_t field_handle(const build *b, fields *f, const char *key);

/* A part that has been read: what it declares, not yet held against the others. */
typedef struct part {
    const cyn_agg **aggs;
    size_t naggs;
    cyn_metric *metrics;
    size_t nmetrics;
    cyn_rule *rules;
    size_t nrules;
    const cyn_case *cases;
    size_t ncases;
    const cyn_err *errors;
    size_t nerrors;
} part;

/* Reads the part of that number, whose aggregates follow first_agg others. */
CYN_NODISCARD cyn_code cyn_catalog_read_part(const cyn_catalog_part *message, uint32_t number,
                                             size_t first_agg, cyn_arena *arena, part *out,
                                             cyn_err *err);

/* The expression of that number; NULL where it is wrong, or neither required nor given. */
const cyn_expr *field_expr(const build *b, fields *f, const char *key, bool required);
void cyn_catalog_quantile(fields *f, double *p, int *qtype);

/* CYN_E_WORKER: a field of the i-th item of the list is wrong. */
CYN_NODISCARD cyn_code cyn_catalog_bad(const build *b, const char *list, size_t i,
                                       const char *field);

/* The field `code` of an expression; NULL where there is none, or a wrong one. */
const struct cyn_translation *cyn_catalog_code(fields *f);
CYN_NODISCARD cyn_code cyn_catalog_expr(build *b, const cyn_value *item, size_t i);
/* Reads the relations first that the view stands on. */
CYN_NODISCARD cyn_code cyn_catalog_view(build *b, const cyn_value *item, size_t i);
CYN_NODISCARD cyn_code cyn_catalog_relation(build *b, const cyn_value *item, size_t i);
CYN_NODISCARD cyn_code cyn_catalog_agg(build *b, const cyn_value *item, size_t i);
CYN_NODISCARD cyn_code cyn_catalog_formula(build *b, const cyn_value *item, size_t i);
/* What a metric says about the metrics that it is made of: identity, decompose. */
CYN_NODISCARD cyn_code cyn_catalog_parts(build *b, fields *metric, cyn_metric *out);
/* The function in these fields: handle, digest, text. */
CYN_NODISCARD cyn_code cyn_catalog_function(build *b, fields *f, cyn_function **out);
/* All rules, into the part; a condition is one of the expressions read before. */
CYN_NODISCARD cyn_code cyn_catalog_rules(build *b, const cyn_value *list, const char *pack,
                                         part *out);
/* All tests, into the part. */
CYN_NODISCARD cyn_code cyn_catalog_cases(build *b, const cyn_value *list, part *out);
/* False when memory is exhausted. */
bool cyn_catalog_sheet(fields *metric, cyn_sheet *out);
