/* A state that is damaged: found out, and moved aside, so that a new one can begin.
 *
 *     CYN_TRY(cyn_store_examine(path, &damage, arena, err));
 *     if (damage) CYN_TRY(cyn_store_set_aside(path, now, arena, &kept, err));
 *
 * Connections that are open go on with the file that was moved; they are to be opened again.
 */
#pragma once
#include "base/arena.h"
#include "store/store.h"

/* What is wrong with the file ("database disk image is malformed"), NULL: nothing, or there is
 * none. Reads all of it. Fails where that cannot be told: no permission, another process holds it.
 */
CYN_NODISCARD cyn_code cyn_store_examine(const char *path, cyn_arena *arena, const char **damage,
                                         cyn_err *err);
/* Renames the file, with what belongs to it, unless it is whole after all: *kept NULL then, else
 * its new name, "…/state.db.corrupt-20261122T091500Z". */
CYN_NODISCARD cyn_code cyn_store_set_aside(const char *path, int64_t now, cyn_arena *arena,
                                           const char **kept, cyn_err *err);
/* Removes the journal of a file that is gone, so that a new one begins with its own; does nothing
 * while there is a file. */
void cyn_store_drop_leftovers(const char *path);
