/* Expressions and aggregates as values: when two are the same, and how they read.
 *
 * CYN_WORDS is for people: an expression stands as it was written. CYN_CANONICAL is for the
 * definition's hash (docs/numerics.md, D-…): whatever only Lua can compute stands as the digest of
 * its compiled code, so that blanks and line numbers do not make a new definition, and a changed
 * function does. Pure functions; any thread.
 *
 *     cyn_agg_text(agg, CYN_WORDS, &b);   // count(events where event == 'lesson_done')
 */
#pragma once
#include "base/buf.h"
#include "plan/plan.h"

typedef enum cyn_style { CYN_WORDS, CYN_CANONICAL } cyn_style;

/* As Lua compares: 1 == 1.0 exactly, nil == nil, never across other types. */
bool cyn_const_equal(const cyn_const *a, const cyn_const *b);
/* A total order, as segments are sorted: nil, booleans, numbers, texts by their bytes. Negative, 0
 * or positive; 0 where cyn_const_equal() holds, and only there. Of no NaN. */
int cyn_const_compare(const cyn_const *a, const cyn_const *b);
/* True when both certainly give the same value for every row (same shape and names; scripts by
 * digest). NULL equals NULL. */
bool cyn_expr_equal(const cyn_expr *a, const cyn_expr *b);

/* Appends Lua source: 'single quotes', control characters and invalid UTF-8 escaped. */
void cyn_buf_lua_string(cyn_buf *b, const char *s, size_t n);
/* Appends the name, quoted and in brackets when it is no identifier: ["two words"]. */
void cyn_buf_lua_name(cyn_buf *b, const char *name);
void cyn_const_text(const cyn_const *c, cyn_buf *out);
/* The same as JSON. */
void cyn_const_json(const cyn_const *c, cyn_buf *out);
void cyn_expr_text(const cyn_expr *e, cyn_style style, cyn_buf *out);
/* "sum(orders with gross = price * qty where status == 'paid', gross)". Derived columns that the
 * aggregate does not read are left out: they do not define it. */
void cyn_agg_text(const cyn_agg *agg, cyn_style style, cyn_buf *out);
