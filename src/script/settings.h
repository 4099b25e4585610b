/* What all workers of a project run on: the library's modules, zone, sources and limits.
 *
 * Lives in the arena that it was made in, read-only.
 */
#pragma once
#include "script/script.h"

#define CYN_WORKERS_MOST 256

typedef struct cyn_library_module {
    const char *name, *text; /* "node" */
    size_t size;
} cyn_library_module;

typedef struct cyn_settings {
    cyn_library_module *library; /* of a folder; NULL: it is this program's own */
    size_t nlibrary;
    const char *timezone;
    const char **sources;
    size_t nsources;
    int64_t load_timeout, call_timeout;
    size_t memory_limit;
    uint64_t instructions; /* of each run; 0: not counted */
    size_t output_limit;
    size_t workers; /* of one state, at most */
    const atomic_bool *cancel;
} cyn_settings;

/* Copies the options, with what they leave open filled in, and finds the library. */
CYN_NODISCARD cyn_code cyn_settings_make(cyn_arena *arena, const cyn_script_options *options,
                                         const cyn_settings **out, cyn_err *err);
