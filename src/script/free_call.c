#include "script/free_call.h"
#include "script/channel.h"
#include "script/worker.h"

static cyn_code send_request(const cyn_process *worker, const cyn_free_request *request,
                             int64_t deadline, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_free_request_write(request, &b);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(worker->socket, CYN_FRAME_FREE, b.data, b.len, -1, deadline, err);
    cyn_buf_clear(&b);
    return rc;
}

static cyn_code receive_reply(const cyn_pool *p, const cyn_process *worker,
                              const cyn_free_request *request, int64_t deadline, cyn_arena *arena,
                              cyn_free_reply **out, bool *lost, cyn_err *err)
{
    const uint8_t *data = NULL;
    size_t n = 0;
    CYN_TRY(cyn_pool_receive(p, worker, CYN_FRAME_VALUES, CYN_MESSAGE_LIMIT, deadline, arena, &data,
                             &n, lost, err));
    CYN_TRY(cyn_free_reply_read(data, n, request, arena, out, err));
    *lost = false;
    return CYN_OK;
}

cyn_code cyn_pool_run_free(cyn_pool *p, const cyn_free_request *request, cyn_arena *arena,
                           cyn_free_reply **out, bool *lost, cyn_err *err)
{
    cyn_process *worker;
    *lost = false;
    CYN_TRY(cyn_pool_worker(p, &worker, err));
    *lost = true;
    int64_t deadline = cyn_program_deadline(p->program->settings->call_timeout);
    cyn_code rc = send_request(worker, request, deadline, err);
    if (rc == CYN_OK) rc = receive_reply(p, worker, request, deadline, arena, out, lost, err);
    if (rc != CYN_OK && *lost) {
        cyn_page_place(worker->page, err);
        cyn_process_end(worker);
    }
    return rc;
}
