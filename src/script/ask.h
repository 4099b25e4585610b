/* One request to one worker, as messages without rows; the host's side. */
#pragma once
#include "catalog/wire.h"
#include "script/pool.h"

/* Reads what the worker replied; it may be anything. */
typedef cyn_code cyn_read_reply(void *self, const uint8_t *data, size_t n, cyn_arena *arena,
                                cyn_err *err);

/* Sends the message to the first worker in a frame of that type, and has `read` read its values.
 * *lost as for cyn_pool_eval: a reply that cannot be read ends the worker, too. */
CYN_NODISCARD cyn_code cyn_pool_ask(cyn_pool *p, cyn_frame_type type, const cyn_buf *message,
                                    cyn_read_reply *read, void *self, cyn_arena *arena, bool *lost,
                                    cyn_err *err);
