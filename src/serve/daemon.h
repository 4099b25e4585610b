/* The daemon: a project that is loaded, evaluated, watched, told of and shown, for months.
 *
 *     loading   looks at the sources, loads what changed            → stock (live/stock.h)
 *     metrics   evaluates the intervals that are due, records them   → overview (live/overview.h)
 *     rules     evaluates alert rules                               → events, outbox
 *     telling   sends messages                                      (rules/dispatch.h)
 *     jobs      reports, and tidying
 *     server    answers requests (serve/http.h)
 *
 * Each is a *lane*: a thread with a connection of its own to the state, which waits until something
 * is due or it is woken, and never for another lane. What goes from one to the next is immutable
 * and counted. The first thread owns signals, reloads, and systemd's watchdog: it reports life only
 * while every lane does.
 *
 *     CYN_TRY(cyn_daemon_run(&options, err));    // returns when told to stop
 */
#pragma once
#include "base/err.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_daemon_options {
    const char *dir;
    const char *listen; /* NULL: the project's, else 127.0.0.1:8080; "": no server */
    const char *token;  /* NULL: the project's */
    bool send;          /* messages are sent */
    bool cache;
    bool once;           /* all that is due now, and then it ends: for tests and cron */
    int64_t stop_within; /* microseconds that lanes and answers have to end; 0: 10 s */
    const char *library; /* as in cyn_open_options */
    /* Lines for the log: "level", "lane", text. NULL: standard error, with systemd's priorities. */
    void (*log)(void *self, int level, const char *lane, const char *text);
    void *self;
} cyn_daemon_options;

/* CYN_E_CONFLICT: another one serves the project, with who that is. CYN_E_DATA: the project cannot
 * be used; why is in the log. */
CYN_NODISCARD cyn_code cyn_daemon_run(const cyn_daemon_options *options, cyn_err *err);
