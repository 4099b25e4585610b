/* Ad-hoc scripts: `cynosure run` and the lines of `cynosure repl`, the worker's side.
 *
 * Such a script asks while it runs: for values of formulas, for rows, for something to be printed.
 * Each question is a frame to the host (CYN_FRAME_ASK: one wire value), and the script waits for
 * the answer (CYN_FRAME_REPLY: a value, or CYN_FRAME_FAILURE: an error, which is raised at the line
 * that asked). The time that it waits does not count towards its budget. Meanwhile the host may
 * have rows computed by functions of this very state, those that the script has just made among
 * them.
 */
#pragma once
#include "catalog/wire.h"
#include "script/state.h"

/* Who answers any other request of the host while a script waits; false when the host has gone. */
typedef struct cyn_adhoc_server {
    void *self;
    bool (*respond)(void *self, cyn_frame frame, int passed);
} cyn_adhoc_server;

/* Runs what the message says (lua/cynosure/_adhoc.lua, run); *more becomes true for a line that is
 * the beginning of something. Errors name file and line. */
CYN_NODISCARD cyn_code cyn_adhoc_run(cyn_state *s, int socket, const cyn_value *message,
                                     int64_t timeout, const cyn_adhoc_server *server, bool *more,
                                     cyn_err *err);
