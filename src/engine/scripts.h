/* The Lua files of a project, where they stand:
 *
 *     metrics/<name>.lua                   scripts
 *     alerts/<name>.lua                    scripts, which run after those of metrics/
 *     tests/<name>.lua                     scripts, which run last, and only where tests are wanted
 *     lib/finance/tax.lua                  module "finance.tax"
 *     packs/growth/metrics/<name>.lua      scripts of the pack; so alerts/ and tests/
 *     packs/growth/init.lua                module "growth"
 *     packs/growth/lib/ratios.lua          module "growth.ratios"
 */
#pragma once
#include "base/arena.h"
#include "config/config.h"

typedef struct cyn_project_script {
    const char *name; /* "metrics/learning.lua" */
    const char *text;
    size_t size;
    const char *pack;   /* "growth"; NULL: the project's own */
    const char *module; /* "finance.tax"; NULL: a script */
    bool test;          /* of tests/ */
} cyn_project_script;

/* In the order in which they run: the project's before those of packs, folder by folder, and there
 * by name. A file that cannot be read, or has a name that nothing can require, is a finding; the
 * others are there all the same. */
CYN_NODISCARD cyn_code cyn_project_scripts(cyn_arena *arena, const char *dir,
                                           const cyn_project_script **out, size_t *count,
                                           cyn_err_list *errs);
