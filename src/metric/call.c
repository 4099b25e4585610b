/* Mathematical functions of formulas: docs/numerics.md, N-10. */
#include "metric/metric.h"
#include <math.h>

const char *const cyn_call_names[] = {
    [CYN_CALL_MIN] = "min",    [CYN_CALL_MAX] = "max", [CYN_CALL_ABS] = "abs",
    [CYN_CALL_SQRT] = "sqrt",  [CYN_CALL_EXP] = "exp", [CYN_CALL_LOG] = "log",
    [CYN_CALL_LOG + 1] = NULL,
};

bool cyn_call_is_binary(cyn_call call)
{
    return call == CYN_CALL_MIN || call == CYN_CALL_MAX;
}

static cyn_code absolute(cyn_num a, cyn_num *out, cyn_err *err)
{
    if (cyn_num_compare(a, cyn_num_integer(0)) < 0) return cyn_num_op(CYN_NEG, a, a, out, err);
    *out = a;
    return CYN_OK;
}

cyn_code cyn_num_call(cyn_call call, cyn_num a, cyn_num b, cyn_num *out, cyn_err *err)
{
    if (cyn_num_is_missing(a) || (cyn_call_is_binary(call) && cyn_num_is_missing(b))) {
        *out = CYN_MISSING;
        return CYN_OK;
    }
    switch (call) {
    case CYN_CALL_MIN: *out = cyn_num_compare(a, b) <= 0 ? a : b; break;
    case CYN_CALL_MAX: *out = cyn_num_compare(a, b) >= 0 ? a : b; break;
    case CYN_CALL_ABS: return absolute(a, out, err);
    /* What is NaN or infinite becomes missing. */
    case CYN_CALL_SQRT: *out = cyn_num_real(sqrt(cyn_num_double(a))); break;
    case CYN_CALL_EXP: *out = cyn_num_real(exp(cyn_num_double(a))); break;
    case CYN_CALL_LOG: *out = cyn_num_real(log(cyn_num_double(a))); break;
    }
    return CYN_OK;
}
