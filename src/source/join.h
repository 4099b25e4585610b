/* Joining: the reports of a source's files, loaded in parts, become the report of all of them.
 *
 * The files of a source may be loaded a few at a time, each time with a spec that names only some.
 * Where every part found for each column the type that a load of all files would find, the parts'
 * rows, one behind the other, are that load's rows, and their reports that load's report. Where a
 * part's types are too narrow or too wide for the whole, or it cannot be known, nothing is joined
 * and the source must be loaded as a whole: types are never guessed from less than all values.
 * A part may also be the further rows of the last file of the part before (`from` in the spec).
 *
 *     CYN_TRY(cyn_report_join(&spec, reports, 3, arena, &joined, err));
 *     if (!joined) …   // load all files at once
 */
#pragma once
#include "source/source.h"

/* Parts in the order of their files. *out is NULL where the parts do not add up to a whole. The
 * report shares the parts' texts; its time is the sum of theirs. */
CYN_NODISCARD cyn_code cyn_report_join(const cyn_source_spec *spec,
                                       const cyn_load_report *const *parts, size_t n,
                                       cyn_arena *arena, cyn_load_report **out, cyn_err *err);
/* False when more rows of the report are bad than the source allows. */
bool cyn_report_is_accepted(const cyn_source_spec *spec, const cyn_load_report *report);
