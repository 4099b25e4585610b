/* Comparisons of decimals and timestamps with a constant, without making doubles of them.
 *
 * To Lua such a cell is the double nearest to its integer over a power of ten. That never falls as
 * the integer grows, so a comparison with a constant is one of the integer with another constant.
 */
#include "exec/expr_impl.h"
#include "exec/vector_impl.h"
#include <math.h>

/* The least integer whose double is at least c, or above c; false when there is none. */
static bool least_from(int scale, double c, bool above, int64_t *out)
{
    int64_t low = INT64_MIN, high = INT64_MAX;
    double top = cyn_scaled_double(high, scale);
    if (above ? !(top > c) : !(top >= c)) return false;
    while (low < high) {
        int64_t middle = (low & high) + ((low ^ high) >> 1); /* no overflow, rounded down */
        double r = cyn_scaled_double(middle, scale);
        if (above ? r > c : r >= c) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *out = low;
    return true;
}

static bool is_scaled(const cyn_vector *x)
{
    return x->op == CYN_OP_INPUT &&
           (x->column->type == CYN_DECIMAL || x->column->type == CYN_TIMESTAMP);
}

/* The constant as a double that compares the same. */
static bool constant_of(const cyn_vector *x, double *out)
{
    int64_t i;
    if (x->op != CYN_OP_CONST) return false;
    if (x->value.kind == CYN_CONST_REAL) {
        *out = x->value.r;
        return !isnan(*out);
    }
    *out = (double)x->value.i;
    return x->value.kind == CYN_CONST_INTEGER && cyn_real_integer(*out, &i) && i == x->value.i;
}

/* With the column on the left: s < c is m < (least of s >= c), s <= c is m < (least of s > c). On
 * the right: c < s is (least of s > c) <= m, c <= s is (least of s >= c) <= m. */
static bool find_bound(int op, int scale, double c, bool left, int64_t *bound)
{
    int64_t above;
    if (op == CYN_OP_EQUALS) /* one integer alone */
        return least_from(scale, c, false, bound) && least_from(scale, c, true, &above) &&
               *bound < above && *bound + 1 == above;
    return least_from(scale, c, (op == CYN_OP_LESS_EQUAL) == left, bound);
}

bool cyn_vector_unscale(const cyn_vectors *v, cyn_vector *x, cyn_vector *raw, cyn_vector *bound)
{
    const cyn_vector none = {.a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
    bool left = is_scaled(&v->at[x->a]);
    const cyn_vector *column = &v->at[left ? x->a : x->b];
    const cyn_vector *other = &v->at[left ? x->b : x->a];
    double c;
    if (!is_scaled(column) || !constant_of(other, &c)) return false;
    *raw = *bound = none;
    raw->op = CYN_VECTOR_RAW;
    raw->column = column->column;
    bound->op = CYN_OP_CONST;
    bound->value.kind = CYN_CONST_INTEGER;
    if (!find_bound(x->op, cyn_column_scale(column->column), c, left, &bound->value.i))
        return false;
    if (x->op != CYN_OP_EQUALS) x->op = left ? CYN_OP_LESS : CYN_OP_LESS_EQUAL;
    return true;
}
