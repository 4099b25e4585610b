/* A program: the scripts that share one Lua state, with the modules that they can require.
 *
 * The project's own scripts are one program, those of each pack another. A program can be loaded
 * into any number of workers, each of which then holds the same declarations and the same handles:
 *
 *     CYN_TRY(cyn_program_load(&p, &worker, err));       // the first worker makes the catalog
 *     CYN_TRY(cyn_program_start(&p, &another, err));     // further ones may load side by side
 *     CYN_TRY(cyn_program_finish(&p, &another, err));
 *
 * One thread at a time. What it points to outlives it; cyn_program_unload() frees the catalog.
 */
#pragma once
#include "script/settings.h"
#include "script/zygote.h"

typedef struct cyn_program {
    cyn_arena *arena;
    const cyn_settings *settings;
    const char *pack;                /* NULL: the project's own scripts */
    const cyn_script_file **scripts; /* in the order in which they run */
    const char **failed;             /* [script]: why it must not be run again, or NULL */
    size_t nscripts;
    const cyn_script_file **modules;
    size_t nmodules;
    uint8_t *message; /* the catalog as the first worker sent it, or an earlier one */
    size_t message_size;
    bool recalled; /* an earlier one: it was kept, and no worker has been asked yet */
    bool differs;  /* a worker has declared something else since */
} cyn_program;

/* All that a load's outcome follows from, but for the build and the system that it runs on, as one
 * value. */
void cyn_program_describe(const cyn_program *p, cyn_buf *out);
/* In place of a first load: what a worker sent earlier of a program that is described alike. */
CYN_NODISCARD cyn_code cyn_program_recall(cyn_program *p, const void *message, size_t size,
                                          cyn_err *err);
/* Starts a worker and has it load the program. A script that takes its worker down is left out, and
 * an error of the catalog; from the second load on the catalog must be that of the first. */
CYN_NODISCARD cyn_code cyn_program_load(cyn_program *p, cyn_process *out, cyn_err *err);
/* The same in two steps, for a program that has been loaded; on failure the worker is ended. */
CYN_NODISCARD cyn_code cyn_program_start(const cyn_program *p, cyn_process *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_program_finish(cyn_program *p, cyn_process *worker, cyn_err *err);
void cyn_program_unload(cyn_program *p);

/* The instant at which the host's patience ends with what a worker may do for that long. */
int64_t cyn_program_deadline(int64_t timeout);
/* The error that the payload of a FAILURE frame holds. */
CYN_NODISCARD cyn_code cyn_program_failure(const uint8_t *data, size_t n, cyn_err *err);
