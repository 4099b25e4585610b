/* One at a time: a lock on a file, which names who holds it and is gone with the process.
 *
 *     cyn_lock lock;
 *     CYN_TRY(cyn_lock_take(path, "alerts run", &lock, err));   // CYN_E_CONFLICT: who holds it
 *     cyn_lock_release(&lock);
 *
 * The file stays: removing it would let two hold a lock of the same name.
 */
#pragma once
#include "base/err.h"

typedef struct cyn_lock {
    int fd; /* -1: not held */
} cyn_lock;

/* Never waits. `what` is the command that takes it: whoever comes second is told of it. */
CYN_NODISCARD cyn_code cyn_lock_take(const char *path, const char *what, cyn_lock *out,
                                     cyn_err *err);
void cyn_lock_release(cyn_lock *lock);
