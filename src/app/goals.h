/* What the commands targets and okr share: options, a session, how to write. */
#pragma once
#include "app/session.h"
#include "engine/goals.h"
#include "report/report.h"

typedef int cyn_show_goals(cyn_session *s, const cyn_args *args, const cyn_goals_request *request,
                           const cyn_report_options *report);
/* Reads the options, opens the project, has it shown; the exit code. */
int cyn_run_goals(const cyn_args *args, cyn_show_goals *show);
