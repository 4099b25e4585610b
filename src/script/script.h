/* Scripts: the only layer that knows Lua. Runs it in a worker process.
 *
 * Call order: cyn_zygote_start() first thing in main, before files, threads or secrets; then
 * cyn_script_load() for a project's scripts, which gives the catalog and an evaluator for its
 * expressions; cyn_script_free() ends the workers. A worker that dies or overruns its deadline is
 * killed, and the next call starts a new one with the same scripts. One thread at a time per
 * cyn_script; several of them may be in use at once, each by a thread of its own.
 *
 * The project's own scripts share one Lua state, those of each pack another, in a worker of its
 * own; large batches are shared by several workers of the same state (script/pool.h). Files that
 * are modules run only when a script requires them: the project's in its own state, those of packs
 * in any.
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
/* Whether workers can still be started; whoever stays long asks now and then. One thread. */
bool cyn_zygote_lives(void);

typedef struct cyn_script_file {
    const char *name; /* relative to the project: "metrics/learning.lua" */
    const char *text;
    size_t size;
    const char *pack;   /* the pack that it belongs to; NULL: the project itself */
    const char *module; /* what `require` calls it; NULL: it runs by itself */
} cyn_script_file;

/* Where what the scripts declared is kept, so that they do not run again only to declare the same:
 * bytes under a key that tells all that they depend on (script/kept.h). A load that finds them
 * starts no worker; the first call that needs one does. They are checked like what a worker sends,
 * and a worker that then declares something else fails its call, and has them dropped. Of scripts
 * with errors nothing is kept. That nothing can be found or kept is no failure. */
typedef struct cyn_script_keep {
    void *self;
    /* The bytes under the key, in the arena; false: there are none. */
    bool (*find)(void *self, const char *key, cyn_arena *arena, const void **data, size_t *size);
    /* In place of those of any other key. */
    void (*keep)(void *self, const char *key, const void *data, size_t size);
    void (*drop)(void *self);
} cyn_script_keep;

typedef struct cyn_script_options {
    const char *timezone;       /* for hour(ts), date(ts), … */
    const char *const *sources; /* names that source "x" accepts */
    size_t nsources;
    int64_t load_timeout, call_timeout; /* microseconds; 0 = 10 s, 60 s */
    size_t memory_limit;                /* bytes per Lua state; 0 = 256 MiB */
    uint64_t instructions;              /* of each run; 0 = not counted */
    size_t output_limit;         /* bytes of a catalog, or of the texts in answers; 0 = 64 MiB */
    size_t workers;              /* that share the rows of a batch; 0 = one per core */
    const char *library;         /* folder of lua/ to use in place of the embedded one, or NULL */
    const atomic_bool *cancel;   /* ends what a worker is doing with CYN_E_CANCEL; may be NULL */
    const cyn_script_keep *keep; /* outlives the script; NULL: the scripts run each time */
} cyn_script_options;

typedef struct cyn_script cyn_script;
/* A script that fails is an entry of the catalog's errors, not a failure of this call. */
CYN_NODISCARD cyn_code cyn_script_load(const cyn_script_file *files, size_t n,
                                       const cyn_script_options *opts, cyn_script **out,
                                       cyn_err *err);
void cyn_script_free(cyn_script *s);
/* For whoever stays a long time and may not need them: lets the workers go, which hold all that the
 * scripts made. A call that needs one starts it again, with its scripts. */
void cyn_script_rest(cyn_script *s);
const cyn_catalog *cyn_script_catalog(const cyn_script *s);
cyn_evaluator cyn_script_evaluator(cyn_script *s);

/* What the i-th script took when a worker loaded it last, nothing when none did; false when there
 * is no such script. */
typedef struct cyn_script_usage {
    const char *file;
    int64_t time;    /* microseconds */
    uint64_t memory; /* bytes: the most that its state held while it ran, the library included */
    uint64_t instructions; /* counted only where they have a budget */
} cyn_script_usage;
bool cyn_script_use(const cyn_script *s, size_t i, cyn_script_usage *out);
/* What the evaluator's calls took so far. Whoever evaluates compares before and after: an overrun
 * may be met far from what is asked for, and hidden there by a script that catches errors. */
typedef struct cyn_script_work {
    int64_t time;      /* microseconds */
    uint64_t overruns; /* calls that failed for want of time; their errors say so, too */
} cyn_script_work;
cyn_script_work cyn_script_worked(const cyn_script *s);
/* Whether the workers run under a system-call filter, those that do; script/confine.h. */
bool cyn_script_is_filtered(const cyn_script *s);

/* ---- Ad-hoc scripts: `cynosure run`, and the lines of `cynosure repl` ---- */

typedef struct cyn_adhoc_chunk {
    const char *name, *text; /* of the file; "line" */
    size_t size;
    bool line; /* an expression or statements, in the environment of the lines before */
    const char *const *args;
    size_t nargs;
} cyn_adhoc_chunk;

/* Answers what a script asks while it runs: one wire value into `reply`. The error of a question
 * that cannot be answered is raised in the script. */
struct cyn_value;
typedef struct cyn_conversation {
    void *self;
    cyn_code (*answer)(void *self, const struct cyn_value *question, cyn_buf *reply, cyn_err *err);
} cyn_conversation;

/* Runs it in the project's own state, beside all that its scripts declare. *more: the line is the
 * beginning of something, and was not run. CYN_E_SCRIPT with file:line when it raises an error. */
CYN_NODISCARD cyn_code cyn_script_run(cyn_script *s, const cyn_adhoc_chunk *chunk,
                                      const cyn_conversation *conversation, bool *more,
                                      cyn_err *err);
