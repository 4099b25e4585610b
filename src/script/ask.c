#include "script/ask.h"
#include "script/channel.h"
#include "script/worker.h"
#include <unistd.h>

cyn_code cyn_pool_ask(cyn_pool *p, const cyn_request *r, cyn_arena *arena, bool *lost, cyn_err *err)
{
    cyn_process *worker;
    int rows = -1;
    const uint8_t *data = NULL;
    size_t n = 0;
    *lost = false;
    CYN_TRY(cyn_buf_check(r->message, err));
    CYN_TRY(cyn_pool_worker(p, &worker, err));
    if (r->batch) CYN_TRY(cyn_pool_share(r->batch, &rows, err));
    *lost = true;
    int64_t deadline = cyn_program_deadline(p->program->settings->call_timeout);
    cyn_code rc = cyn_channel_send(worker->socket, r->type, r->message->data, r->message->len, rows,
                                   deadline, err);
    if (rows >= 0) close(rows);
    if (rc == CYN_OK)
        rc = cyn_pool_receive(p, worker, r->reply, CYN_MESSAGE_LIMIT, deadline, arena, &data, &n,
                              lost, err);
    if (rc == CYN_OK) {
        rc = r->read(r->self, data, n, arena, err);
        *lost = rc != CYN_OK && rc != CYN_E_NOMEM; /* the reply is complete: it can go on */
    }
    if (rc != CYN_OK && *lost) {
        cyn_page_place(worker->page, err);
        cyn_process_end(worker);
    }
    return rc;
}
