/* Known incidents, as somebody labelled them: what a backtest is held against.
 *
 * A CSV file with a header: `from`, and any of `to`, `name` and dimensions of the rule, in any
 * order. Dates and times are those of the project's zone; a date or a label such as 2026-10 stands
 * for all of it. Without `to` the incident lasts as long as `from` names. An empty dimension means
 * any value.
 *
 *     from,to,name,channel
 *     2026-03-02 10:00,2026-03-02 14:30,broken checkout,ads
 *     2026-05-01,,holiday,
 *
 *     CYN_TRY(cyn_known_incidents_read("incidents.csv", rule, &calendar, arena, &list, &n, err));
 */
#pragma once
#include "alert/backtest.h"
#include "base/period.h"

/* CYN_E_SYNTAX and CYN_E_NAME with file, line and column: nothing is skipped. */
CYN_NODISCARD cyn_code cyn_known_incidents_read(const char *path, const cyn_rule *rule,
                                                const cyn_calendar *cal, cyn_arena *arena,
                                                const cyn_known_incident **out, size_t *n,
                                                cyn_err *err);
