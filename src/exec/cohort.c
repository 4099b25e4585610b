#include "exec/cohort_impl.h"

cyn_code cyn_cohort_carry(const cyn_relation_run *run, const uint32_t *row,
                          cyn_made_column *columns, cyn_err *err)
{
    const cyn_relation_input *in = run->in;
    cyn_program p = {.table = in->table, .source = run->source, .arena = run->arena};
    for (size_t i = 0; i < in->ngroups; i++) {
        const cyn_column *values;
        CYN_TRY(cyn_program_column(&p, in->groups[i], &run->spec->place, &values, err));
        columns[i] = (cyn_made_column){.name = in->group_names[i], .values = *values, .row = row};
    }
    return CYN_OK;
}
