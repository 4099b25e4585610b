/* An opened project: its YAML read, its scripts running, its catalog attached. What every command
 * and the daemon begin with.
 *
 * Several may be open at once, of one folder or of several: a reload opens the new one beside the
 * old one. Each has script workers of its own, so that each may be evaluated by a thread of its
 * own; one thread at a time for whatever evaluates (script/script.h). The project itself is read
 * only, and any thread may look at it as long as a reference is held.
 *
 *     cyn_opened *o;
 *     rc = cyn_open(dir, &options, &o, err);      // o also after a failure, with its findings
 *     cyn_opened_unref(o);
 */
#pragma once
#include "engine/project.h"
#include "script/script.h"
#include <stdatomic.h>

typedef struct cyn_open_options {
    bool tests;                /* the scripts of tests/ run, too */
    bool keep;                 /* what the scripts declare is kept, and taken from there */
    const char *library;       /* in place of the embedded Lua library; NULL */
    const atomic_bool *cancel; /* NULL: it cannot be stopped */
    int64_t call_time;         /* that one call of a script has at most; 0: as the project says */
} cyn_open_options;

typedef struct cyn_opened {
    cyn_arena *arena;
    cyn_err_list findings; /* of YAML, scripts, sheets; a project with some may still be usable */
    cyn_project *project;
    cyn_script *script;
    const struct cyn_opened *of; /* whose files these are; NULL: its own */
    bool usable;                 /* it can be evaluated as far as its findings go */
    atomic_size_t refs;
} cyn_opened;

/* Fails when it is not usable: `findings` say why (*out is NULL only when memory is exhausted). */
CYN_NODISCARD cyn_code cyn_open(const char *dir, const cyn_open_options *options, cyn_opened **out,
                                cyn_err *err);
/* Another one of the same project, as its files were when `of` was opened: with workers of its own,
 * for another thread, or for calls that have another time. Fails, too, where the scripts do not
 * declare what they declared then: metrics and rules have the same places in both. */
CYN_NODISCARD cyn_code cyn_open_again(const cyn_opened *of, const cyn_open_options *options,
                                      cyn_opened **out, cyn_err *err);
cyn_opened *cyn_opened_ref(const cyn_opened *o);
void cyn_opened_unref(const cyn_opened *o); /* NULL is fine */
