/* The shorthand for a series of values, as promtool has it:
 *
 *     1 2.5 -3      three values
 *     0.3x4         0.3, and 4 times more: five values
 *     0.2+0.01x5    0.2, then 5 times 0.01 more than before: six values
 *     10-2x3        10 8 6 4
 *     _  _x3        one missing value, three of them
 *     stale         a missing value, too: in a series of periods there is no other end
 *
 * Steps are computed in decimals, so that 0.1+0.1x2 ends at 0.3 (promtool adds doubles, and ends at
 * 0.30000000000000004). Whole numbers with leading zeros, which promtool takes for octal ones, NaN
 * and infinities are refused. A pure function; any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#define CYN_TEST_VALUES_MOST 100000 /* of a series */

/* NAN: missing. CYN_E_SYNTAX, CYN_E_RANGE or CYN_E_LIMIT with err->column in the text. */
CYN_NODISCARD cyn_code cyn_test_values(const char *text, cyn_arena *arena, double **out, size_t *n,
                                       cyn_err *err);
