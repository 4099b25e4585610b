/* Which columns are kept of a source: what is asked for now, and what earlier runs asked for.
 *
 * A segment holds the columns of one set of names, or all there are. A name is held whether the
 * files have such a column or not: that they have none is known then. What holds a set serves every
 * load that wants a part of it; of what holds too little the source is read again, with both sets
 * together, so that runs that ask for different things do not read it again and again.
 */
#pragma once
#include "source/source.h"

typedef struct cyn_name_set {
    bool all;
    const char *const *names;
    size_t count;
} cyn_name_set;

/* What a load by this spec wants; the time column is always part of it. */
CYN_NODISCARD cyn_code cyn_wanted_names(const cyn_source_spec *spec, cyn_arena *arena,
                                        cyn_name_set *out, cyn_err *err);
/* Whether every name of `part` is in `whole`. */
bool cyn_names_include(const cyn_name_set *whole, const cyn_name_set *part);
CYN_NODISCARD cyn_code cyn_names_join(const cyn_name_set *a, const cyn_name_set *b,
                                      cyn_arena *arena, cyn_name_set *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_names_meet(const cyn_name_set *a, const cyn_name_set *b,
                                      cyn_arena *arena, cyn_name_set *out, cyn_err *err);
/* The report of a load that had asked for these names only, out of one that had asked for more. */
CYN_NODISCARD cyn_code cyn_report_narrow(const cyn_load_report *report, const cyn_name_set *names,
                                         cyn_arena *arena, cyn_load_report **out, cyn_err *err);
