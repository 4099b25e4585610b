/* What a metric stands on: the aggregates of its formula, and of all metrics below it.
 *
 *     CYN_TRY(cyn_each_use(project, NULL, metric, visit, self, err));
 *
 * Functions stand on what they name literally.
 */
#pragma once
#include "engine/dataset.h"
#include "engine/span.h"

typedef cyn_code (*cyn_use_visitor)(void *self, uint32_t agg, size_t chain, cyn_err *err);

/* Calls `visit` for every aggregate below the metric, those of other metrics included. Without
 * spans, all chains are 0. Functions stand on what they name literally. */
CYN_NODISCARD cyn_code cyn_each_use(const cyn_project *p, cyn_spans *spans, const cyn_metric *m,
                                    cyn_use_visitor visit, void *self, cyn_err *err);
/* Whether anything below the metric belongs to periods; a formula of constants does. */
bool cyn_is_timed(const cyn_project *p, const cyn_metric *m);
/* Whether its value is a count, a sum, a number of different things, or made of these so that more
 * rows give more: then a segment is a part of the whole, and what the sheet asks for is not asked
 * of it (docs/numerics.md, S-7). */
bool cyn_grows_with_rows(const cyn_project *p, const cyn_metric *m);
/* Whether there is any aggregate below it. */
bool cyn_has_uses(const cyn_project *p, const cyn_metric *m);
/* Loads the sources below the metric; one that cannot be loaded fails later, where its aggregate is
 * bound. */
CYN_NODISCARD cyn_code cyn_load_uses(cyn_dataset *d, const cyn_metric *m, cyn_err *err);
