/* What metrics are made of. */
#include "metric/metric.h"
#include <string.h>

const char *const cyn_method_names[] = {
    [CYN_METHOD_AUTO] = "",
    [CYN_METHOD_ADDITIVE] = "additive",
    [CYN_METHOD_LMDI] = "lmdi",
    [CYN_METHOD_SHAPLEY] = "shapley",
    [CYN_METHOD_OWEN] = "owen",
    [CYN_METHOD_MOVEMENT] = "movement",
    [CYN_METHOD_RATE_MIX] = "rate_mix",
    [CYN_METHOD_SCRIPT] = "script",
    [CYN_METHOD_NONE] = "none",
    [CYN_METHOD_NONE + 1] = NULL,
};

/* References as they occur, those that functions name among them; names may be NULL. */
static size_t references(const cyn_formula *f, const char **names)
{
    if (!f) return 0;
    if (f->kind == CYN_FORMULA_METRIC) {
        if (names) *names = f->metric;
        return 1;
    }
    size_t n = 0;
    if (f->kind == CYN_FORMULA_SCRIPT) {
        for (size_t i = 0; i < f->function->nreads; i++)
            n += references(f->function->reads[i], names ? names + n : NULL);
    }
    n += references(f->a, names ? names + n : NULL);
    return n + references(f->b, names ? names + n : NULL);
}

/* Keeps the first of each name. */
static size_t distinct(const char **names, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < kept && strcmp(names[k], names[i]) != 0)
            k++;
        if (k == kept) names[kept++] = names[i];
    }
    return kept;
}

cyn_code cyn_formula_inputs(const cyn_formula *f, cyn_arena *arena, const char *const **out,
                            size_t *count, cyn_err *err)
{
    size_t n = references(f, NULL);
    const char **names = CYN_NEW_ARRAY(arena, n + 1, const char *);
    if (!names) return cyn_nomem(err);
    references(f, names);
    *count = distinct(names, n);
    *out = names;
    return CYN_OK;
}

/* Metrics, numbers, operators and functions, and nothing that looks at rows or at other times. */
static bool is_arithmetic(const cyn_formula *f)
{
    switch (f->kind) {
    case CYN_FORMULA_CONST:
    case CYN_FORMULA_METRIC: return true;
    case CYN_FORMULA_OP:
    case CYN_FORMULA_CALL: return is_arithmetic(f->a) && (!f->b || is_arithmetic(f->b));
    default: return false;
    }
}

const cyn_formula *cyn_metric_parts(const cyn_metric *m)
{
    if (m->identity) return m->identity;
    return is_arithmetic(m->formula) && references(m->formula, NULL) > 0 ? m->formula : NULL;
}
