/* The calendars of cynosure.yaml: when rules are on duty, and when maintenance is.
 *
 *     cyn_alert_calendar office;
 *     CYN_TRY(cyn_duty_find(project, "office", arena, &office, err));
 *     bool on = cyn_alert_calendar_holds(&office, t);
 */
#pragma once
#include "alert/calendar.h"
#include "engine/project.h"

/* In the project's zone; lives as long as the project and the arena. CYN_E_NAME when there is none
 * of that name; the hint has the nearest. */
CYN_NODISCARD cyn_code cyn_duty_find(const cyn_project *p, const char *name, cyn_arena *arena,
                                     cyn_alert_calendar *out, cyn_err *err);
