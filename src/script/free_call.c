#include "script/free_call.h"
#include "script/ask.h"

typedef struct asked {
    const cyn_free_request *request;
    cyn_free_reply *reply;
} asked;

static cyn_code read_reply(void *self, const uint8_t *data, size_t n, cyn_arena *arena,
                           cyn_err *err)
{
    asked *a = self;
    return cyn_free_reply_read(data, n, a->request, arena, &a->reply, err);
}

cyn_code cyn_pool_run_free(cyn_pool *p, const cyn_free_request *request, cyn_arena *arena,
                           cyn_free_reply **out, bool *lost, cyn_err *err)
{
    cyn_buf b = {0};
    asked a = {.request = request};
    cyn_free_request_write(request, &b);
    cyn_request r = {CYN_FRAME_FREE, CYN_FRAME_VALUES, &b, NULL, read_reply, &a};
    cyn_code rc = cyn_pool_ask(p, &r, arena, lost, err);
    cyn_buf_clear(&b);
    if (rc == CYN_OK) *out = a.reply;
    return rc;
}
