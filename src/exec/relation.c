#include "exec/relation.h"
#include "exec/relation_impl.h"
#include "plan/expr.h"

cyn_code cyn_exec_relation(const cyn_relation *spec, const cyn_relation_input *in,
                           const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    switch (spec->kind) {
    case CYN_PER: return cyn_make_per(spec, in, cancel, out, err);
    case CYN_JOURNEY: return cyn_make_journey(spec, in, cancel, out, err);
    case CYN_RETENTION: return cyn_exec_retentions(&spec, 1, in, cancel, out, err);
    case CYN_BALANCE:
    case CYN_MOVEMENT: return cyn_make_balance(spec, in, cancel, out, err);
    }
    return cyn_fail(err, CYN_E_UNSUPPORTED, "a relation of unknown kind %d", (int)spec->kind);
}

bool cyn_exec_retentions_meet(const cyn_relation *a, const cyn_relation *b)
{
    return a->kind == CYN_RETENTION && b->kind == CYN_RETENTION &&
           cyn_expr_equal(a->entity, b->entity) && cyn_expr_equal(a->start, b->start) &&
           cyn_expr_equal(a->active, b->active) && cyn_expr_equal(a->arg, b->arg);
}
