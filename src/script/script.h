/* Scripts: the only layer that knows Lua. Runs it in a worker process.
 *
 * Call order: cyn_zygote_start() first thing in main, before files, threads or secrets; then
 * cyn_script_load() for a project's scripts, which gives the catalog and an evaluator for its
 * expressions; cyn_script_free() ends the worker. A worker that dies or overruns its deadline is
 * killed, and the next call starts a new one with the same scripts. One thread per cyn_script.
 *
 *     CYN_TRY(cyn_zygote_start(err));
 *     cyn_script *s;
 *     CYN_TRY(cyn_script_load(files, n, &opts, &s, err));
 *     const cyn_catalog *cat = cyn_script_catalog(s);
 *     cyn_evaluator ev = cyn_script_evaluator(s);
 */
#pragma once
#include "catalog/catalog.h"
#include "catalog/evaluator.h"
#include <stdatomic.h>

CYN_NODISCARD cyn_code cyn_zygote_start(cyn_err *err);
void cyn_zygote_stop(void);

typedef struct cyn_script_file {
    const char *name; /* relative to the project: "metrics/learning.lua" */
    const char *text;
    size_t size;
} cyn_script_file;

typedef struct cyn_script_options {
    const char *timezone;       /* for hour(ts), date(ts), … */
    const char *const *sources; /* names that source "x" accepts */
    size_t nsources;
    int64_t load_timeout, call_timeout; /* microseconds; 0 = 10 s, 60 s */
    size_t memory_limit;                /* bytes per Lua state; 0 = 256 MiB */
    const char *library;       /* folder of lua/ to use in place of the embedded one, or NULL */
    const atomic_bool *cancel; /* ends what a worker is doing with CYN_E_CANCEL; may be NULL */
} cyn_script_options;

typedef struct cyn_script cyn_script;
/* A script that fails is an entry of the catalog's errors, not a failure of this call. */
CYN_NODISCARD cyn_code cyn_script_load(const cyn_script_file *files, size_t n,
                                       const cyn_script_options *opts, cyn_script **out,
                                       cyn_err *err);
void cyn_script_free(cyn_script *s);
const cyn_catalog *cyn_script_catalog(const cyn_script *s);
cyn_evaluator cyn_script_evaluator(cyn_script *s);
