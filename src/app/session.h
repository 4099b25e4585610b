/* A session: one project opened for one command, with its scripts running and its data at hand.
 *
 *     cyn_session s;
 *     int rc = cyn_session_open(&s, args);   // findings are printed; exit code
 *     if (rc == CYN_EXIT_OK) …
 *     cyn_session_close(&s);                 // also after a failed open
 */
#pragma once
#include "app/cli.h"
#include "engine/dataset.h"
#include "live/opened.h"

typedef struct cyn_session {
    cyn_arena *arena;
    cyn_err_list findings; /* scripts, sheets and sheets without metrics; already printed by open */
    cyn_opened *opened;
    cyn_project *project; /* … of it */
    cyn_script *script;
    cyn_dataset *data;
    cyn_progress progress;
    bool unfiltered; /* it was said that scripts run without a system-call filter */
} cyn_session;

/* quiet: findings are kept, not printed (check prints them itself). */
int cyn_session_open(cyn_session *s, const cyn_args *args, bool quiet);
/* The same for whoever asks what the scripts take: they run, whatever is kept of them. */
int cyn_session_open_anew(cyn_session *s, const cyn_args *args, bool quiet);
/* That, and the scripts of tests/ run, too. */
int cyn_session_open_with_tests(cyn_session *s, const cyn_args *args, bool quiet);
void cyn_session_close(cyn_session *s);
/* The folder that -C names, else the nearest one from here upwards that is a project. */
const char *cyn_find_project(const cyn_args *args, cyn_arena *arena);

/* "error: file:line:column: message" and the hint, on standard error, coloured on a terminal. */
void cyn_print_error(const cyn_err *err);
/* The same as text: "word: file:line:column: message", the line of the script that it is about with
 * a mark under its column, the hint. `sgr` is "\033[31m" or the like, "" without colour. */
void cyn_put_finding(const char *word, const char *sgr, const cyn_err *err, cyn_buf *out);
/* The same as "note: …": worth knowing, and no failure. */
void cyn_print_note(const cyn_err *note);
/* Prints and returns the exit code that the error stands for. */
int cyn_fail_exit(const cyn_err *err);

/* What the terminal can do, --color and NO_COLOR considered. */
bool cyn_use_colour(const cyn_args *args);
size_t cyn_terminal_width(void); /* cells of standard output; $COLUMNS; 0 when it is a pipe */
bool cyn_terminal_ascii(void);   /* the locale is not UTF-8 */

/* Writes everything to standard output; CYN_EXIT_FAILED with a message when it cannot (a full
 * disk); a closed pipe is fine. Clears the buffer. */
int cyn_print(cyn_buf *b);

/* Applies --memory to this process: allocations beyond it fail, which is an ordinary error. */
int cyn_limit_memory(const cyn_args *args);

/* Ctrl-C makes this true; commands look at it between steps. */
extern atomic_bool cyn_interrupted;
void cyn_catch_interrupt(void);
