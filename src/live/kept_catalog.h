/* The file in which a project's catalog is kept: .cynosure/catalog, a cyn_script_keep.
 *
 * There is one of each project, the newest, so that none pile up. It appears whole or not at all,
 * and what is damaged counts as not there. Where there is no .cynosure, or it cannot be written,
 * nothing is kept: this is never what makes the folder.
 *
 *     CYN_TRY(cyn_kept_catalog_new(dir, arena, &keep, err));
 *     options.keep = keep;
 */
#pragma once
#include "base/arena.h"
#include "script/script.h"

/* Lives in the arena, and may be used by any thread. */
CYN_NODISCARD cyn_code cyn_kept_catalog_new(const char *dir, cyn_arena *arena,
                                            const cyn_script_keep **out, cyn_err *err);
