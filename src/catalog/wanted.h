/* What a condition's run lacked: names of readings, as the worker sends them after its answers
 * (CYN_FRAME_JUDGE). Checked as if hostile: each is a reading's canonical name, and they are few.
 */
#pragma once
#include "catalog/wire.h"

/* CYN_E_WORKER when it is anything else than an array of such texts. */
CYN_NODISCARD cyn_code cyn_wanted_read(const uint8_t *data, size_t n, cyn_arena *arena,
                                       const cyn_value **out, cyn_err *err);
