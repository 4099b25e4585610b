/* One request to one worker, as a message and what is shared with it; the host's side. */
#pragma once
#include "catalog/wire.h"
#include "script/pool.h"

/* Reads what the worker replied; it may be anything. */
typedef cyn_code cyn_read_reply(void *self, const uint8_t *data, size_t n, cyn_arena *arena,
                                cyn_err *err);

typedef struct cyn_request {
    cyn_frame_type type, reply; /* of the frame that goes, and of the one that comes */
    const cyn_buf *message;
    const cyn_batch *batch; /* rows to be shared with it; NULL: none */
    cyn_read_reply *read;
    void *self; /* read's */
} cyn_request;

/* Sends the request to the first worker, and has `read` read the reply. *lost as for cyn_pool_eval:
 * a reply that cannot be read ends the worker, too, unless memory ran out for it. */
CYN_NODISCARD cyn_code cyn_pool_ask(cyn_pool *p, const cyn_request *r, cyn_arena *arena, bool *lost,
                                    cyn_err *err);
