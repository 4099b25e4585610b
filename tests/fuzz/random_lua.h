/* Random row expressions in Lua: mostly of fitting kinds, so that they say something of most rows,
 * and sometimes not, so that they fail as well.
 *
 *     cyn_random r = {.state = seed};
 *     cyn_random_prologue(&r, &script);       // locals that functions capture
 *     cyn_random_expression(&r, &script);     // "[==[ … ]==]", or "function(r) … end"
 *
 * Columns: i and q (integers), x (real), p (decimal), b (boolean), s and t (texts), d (date), ts
 * (timestamp).
 */
#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct cyn_random {
    uint64_t state;  /* not 0 */
    bool function;   /* columns are r.x, else x */
    int locals;      /* numbers that the function has: v1, v2 … */
    bool parameters; /* a function of two numbers: a and c are all that it sees */
} cyn_random;

/* 0 … n - 1 */
uint32_t cyn_random_below(cyn_random *r, uint32_t n);
void cyn_random_prologue(cyn_random *r, cyn_buf *out);
void cyn_random_expression(cyn_random *r, cyn_buf *out);
