#include "plan/translation.h"

const char *const cyn_step_op_names[] = {
    [CYN_OP_INPUT] = "input",
    [CYN_OP_CONST] = "const",
    [CYN_OP_SELECT] = "select",
    [CYN_OP_NOT] = "not",
    [CYN_OP_ADD] = "add",
    [CYN_OP_SUB] = "sub",
    [CYN_OP_MUL] = "mul",
    [CYN_OP_DIV] = "div",
    [CYN_OP_MOD] = "mod",
    [CYN_OP_POW] = "pow",
    [CYN_OP_IDIV] = "idiv",
    [CYN_OP_UNM] = "unm",
    [CYN_OP_BAND] = "band",
    [CYN_OP_BOR] = "bor",
    [CYN_OP_BXOR] = "bxor",
    [CYN_OP_SHL] = "shl",
    [CYN_OP_SHR] = "shr",
    [CYN_OP_BNOT] = "bnot",
    [CYN_OP_EQUALS] = "equals",
    [CYN_OP_LESS] = "less",
    [CYN_OP_LESS_EQUAL] = "less_equal",
    [CYN_OP_ONE_OF] = "one_of",
    [CYN_OP_CONCAT] = "concat",
    [CYN_OP_LEN] = "len",
    [CYN_OP_LOWER] = "lower",
    [CYN_OP_UPPER] = "upper",
    [CYN_OP_SUBTEXT] = "subtext",
    [CYN_OP_FIND] = "find",
    [CYN_OP_STARTS] = "starts",
    [CYN_OP_ENDS] = "ends",
    [CYN_OP_TOSTRING] = "tostring",
    [CYN_OP_TONUMBER] = "tonumber",
    [CYN_OP_TYPE] = "type",
    [CYN_OP_FLOOR] = "floor",
    [CYN_OP_CEIL] = "ceil",
    [CYN_OP_ABS] = "abs",
    [CYN_OP_MAX] = "max",
    [CYN_OP_MIN] = "min",
    [CYN_OP_SQRT] = "sqrt",
    [CYN_OP_EXP] = "exp",
    [CYN_OP_LOG] = "log",
    [CYN_OP_SIN] = "sin",
    [CYN_OP_COS] = "cos",
    [CYN_OP_TAN] = "tan",
    [CYN_OP_ASIN] = "asin",
    [CYN_OP_ACOS] = "acos",
    [CYN_OP_ATAN] = "atan",
    [CYN_OP_FMOD] = "fmod",
    [CYN_OP_TOINTEGER] = "tointeger",
    [CYN_OP_MATH_TYPE] = "math_type",
    [CYN_OP_YEAR] = "year",
    [CYN_OP_MONTH] = "month",
    [CYN_OP_DAY] = "day",
    [CYN_OP_HOUR] = "hour",
    [CYN_OP_MINUTE] = "minute",
    [CYN_OP_SECOND] = "second",
    [CYN_OP_WEEK] = "week",
    [CYN_OP_WEEKDAY] = "weekday",
    [CYN_OP_DATE] = "date",
    [CYN_OP_TIME] = "time",
    [CYN_OPS] = NULL,
};

const cyn_step_arity cyn_step_arities[CYN_OPS] = {
    [CYN_OP_INPUT] = {0, 0},     [CYN_OP_CONST] = {0, 0},     [CYN_OP_SELECT] = {3, 3},
    [CYN_OP_NOT] = {1, 1},       [CYN_OP_ADD] = {2, 2},       [CYN_OP_SUB] = {2, 2},
    [CYN_OP_MUL] = {2, 2},       [CYN_OP_DIV] = {2, 2},       [CYN_OP_MOD] = {2, 2},
    [CYN_OP_POW] = {2, 2},       [CYN_OP_IDIV] = {2, 2},      [CYN_OP_UNM] = {1, 1},
    [CYN_OP_BAND] = {2, 2},      [CYN_OP_BOR] = {2, 2},       [CYN_OP_BXOR] = {2, 2},
    [CYN_OP_SHL] = {2, 2},       [CYN_OP_SHR] = {2, 2},       [CYN_OP_BNOT] = {1, 1},
    [CYN_OP_EQUALS] = {2, 2},    [CYN_OP_LESS] = {2, 2},      [CYN_OP_LESS_EQUAL] = {2, 2},
    [CYN_OP_ONE_OF] = {1, 1},    [CYN_OP_CONCAT] = {2, 2},    [CYN_OP_LEN] = {1, 1},
    [CYN_OP_LOWER] = {1, 1},     [CYN_OP_UPPER] = {1, 1},     [CYN_OP_SUBTEXT] = {2, 3},
    [CYN_OP_FIND] = {2, 3},      [CYN_OP_STARTS] = {2, 2},    [CYN_OP_ENDS] = {2, 2},
    [CYN_OP_TOSTRING] = {1, 1},  [CYN_OP_TONUMBER] = {1, 1},  [CYN_OP_TYPE] = {1, 1},
    [CYN_OP_FLOOR] = {1, 1},     [CYN_OP_CEIL] = {1, 1},      [CYN_OP_ABS] = {1, 1},
    [CYN_OP_MAX] = {2, 2},       [CYN_OP_MIN] = {2, 2},       [CYN_OP_SQRT] = {1, 1},
    [CYN_OP_EXP] = {1, 1},       [CYN_OP_LOG] = {1, 2},       [CYN_OP_SIN] = {1, 1},
    [CYN_OP_COS] = {1, 1},       [CYN_OP_TAN] = {1, 1},       [CYN_OP_ASIN] = {1, 1},
    [CYN_OP_ACOS] = {1, 1},      [CYN_OP_ATAN] = {1, 2},      [CYN_OP_FMOD] = {2, 2},
    [CYN_OP_TOINTEGER] = {1, 1}, [CYN_OP_MATH_TYPE] = {1, 1}, [CYN_OP_YEAR] = {1, 1},
    [CYN_OP_MONTH] = {1, 1},     [CYN_OP_DAY] = {1, 1},       [CYN_OP_HOUR] = {1, 1},
    [CYN_OP_MINUTE] = {1, 1},    [CYN_OP_SECOND] = {1, 1},    [CYN_OP_WEEK] = {1, 1},
    [CYN_OP_WEEKDAY] = {1, 1},   [CYN_OP_DATE] = {1, 1},      [CYN_OP_TIME] = {1, 1},
};

bool cyn_step_is_boolean(const cyn_step *s, const bool *boolean)
{
    switch (s->op) {
    case CYN_OP_NOT:
    case CYN_OP_EQUALS:
    case CYN_OP_LESS:
    case CYN_OP_LESS_EQUAL:
    case CYN_OP_ONE_OF:
    case CYN_OP_STARTS:
    case CYN_OP_ENDS: return true;
    case CYN_OP_CONST: return s->value.kind == CYN_CONST_BOOLEAN;
    case CYN_OP_SELECT: return boolean[s->b] && boolean[s->c];
    default: return false;
    }
}
