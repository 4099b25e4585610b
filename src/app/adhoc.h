/* What the host does for an ad-hoc script (`cynosure run`, `cynosure repl`): answers its questions.
 *
 * A question is printed (values, rows, a table, a text) or answered with values, in the order in
 * which the script asks. lua/cynosure/_adhoc.lua makes the questions, engine/adhoc.h evaluates
 * them.
 */
#pragma once
#include "app/session.h"
#include "report/report.h"

typedef struct cyn_adhoc_host {
    cyn_session *session;
    cyn_report_options report;     /* JSON: one object per line; texts then go to standard error */
    int failed;                    /* values that could not be shown because of an error */
    const char **names, **methods; /* that a line can use; NULL-terminated, the session's arena */
} cyn_adhoc_host;

void cyn_adhoc_host_init(cyn_adhoc_host *h, cyn_session *s, const cyn_args *args,
                         cyn_format format);
/* How cyn_script_run asks it. */
cyn_conversation cyn_adhoc_host_conversation(cyn_adhoc_host *h);
