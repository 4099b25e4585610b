#include "script/decompose.h"
#include "script/ask.h"

typedef struct asked {
    const cyn_change *changes;
    size_t n;
    const double *const *parts;
    const cyn_err *const *errors;
} asked;

static cyn_code read_reply(void *self, const uint8_t *data, size_t n, cyn_arena *arena,
                           cyn_err *err)
{
    asked *a = self;
    return cyn_changes_read(data, n, a->changes, a->n, arena, &a->parts, &a->errors, err);
}

cyn_code cyn_pool_decompose(cyn_pool *p, uint32_t handle, const cyn_change *changes, size_t n,
                            cyn_arena *arena, const double *const **parts,
                            const cyn_err *const **errors, bool *lost, cyn_err *err)
{
    cyn_buf b = {0};
    asked a = {.changes = changes, .n = n};
    cyn_changes_write(handle, changes, n, &b);
    cyn_request r = {CYN_FRAME_DECOMPOSE, CYN_FRAME_VALUES, &b, NULL, read_reply, &a};
    cyn_code rc = cyn_pool_ask(p, &r, arena, lost, err);
    cyn_buf_clear(&b);
    if (rc != CYN_OK) return rc;
    *parts = a.parts;
    *errors = a.errors;
    return CYN_OK;
}
