#include "script/ask.h"
#include "script/channel.h"
#include "script/worker.h"

cyn_code cyn_pool_ask(cyn_pool *p, cyn_frame_type type, const cyn_buf *message,
                      cyn_read_reply *read, void *self, cyn_arena *arena, bool *lost, cyn_err *err)
{
    cyn_process *worker;
    const uint8_t *data = NULL;
    size_t n = 0;
    *lost = false;
    CYN_TRY(cyn_buf_check(message, err));
    CYN_TRY(cyn_pool_worker(p, &worker, err));
    *lost = true;
    int64_t deadline = cyn_program_deadline(p->program->settings->call_timeout);
    cyn_code rc =
        cyn_channel_send(worker->socket, type, message->data, message->len, -1, deadline, err);
    if (rc == CYN_OK)
        rc = cyn_pool_receive(p, worker, CYN_FRAME_VALUES, CYN_MESSAGE_LIMIT, deadline, arena,
                              &data, &n, lost, err);
    if (rc == CYN_OK) {
        rc = read(self, data, n, arena, err);
        *lost = rc != CYN_OK;
    }
    if (rc != CYN_OK && *lost) {
        cyn_page_place(worker->page, err);
        cyn_process_end(worker);
    }
    return rc;
}
