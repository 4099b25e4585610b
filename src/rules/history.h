/* History: series for all slots of a stretch of time, evaluated once and handed out slot by slot.
 *
 * What a slot is shown is what it would have been shown live: the periods up to the judged one,
 * only the segments that occur in them, and no 0 in periods that the data did not reach yet. Series
 * of partial periods, which differ from slot to slot, are asked for each time.
 *
 *     cyn_history *h;
 *     CYN_TRY(cyn_history_new(project, data, live, from, to, &h, err));
 *     … cyn_watch_run(w, slot, cyn_history_source(h), …) for slots of [from, to) …
 *     cyn_history_free(h);
 */
#pragma once
#include "engine/series.h"

typedef struct cyn_history cyn_history;

/* `live` gives the series of the data (NULL: of no data, as in tests); both must outlive it. */
CYN_NODISCARD cyn_code cyn_history_new(const cyn_project *p, cyn_dataset *data,
                                       cyn_series_source live, int64_t from, int64_t to,
                                       cyn_history **out, cyn_err *err);
void cyn_history_free(cyn_history *h);
/* Answers requests for one slot each (from is to). */
cyn_series_source cyn_history_source(cyn_history *h);
