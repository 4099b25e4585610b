#include "exec/relation.h"
#include "exec/relation_impl.h"

cyn_code cyn_exec_relation(const cyn_relation *spec, const cyn_relation_input *in,
                           const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    switch (spec->kind) {
    case CYN_PER: return cyn_make_per(spec, in, cancel, out, err);
    case CYN_JOURNEY: return cyn_make_journey(spec, in, cancel, out, err);
    case CYN_RETENTION: return cyn_make_retention(spec, in, cancel, out, err);
    case CYN_BALANCE:
    case CYN_MOVEMENT: return cyn_make_balance(spec, in, cancel, out, err);
    }
    return cyn_fail(err, CYN_E_UNSUPPORTED, "a relation of unknown kind %d", (int)spec->kind);
}
