#include "script/fold_call.h"
#include "catalog/batch.h"
#include "script/channel.h"
#include "script/worker.h"
#include <unistd.h>

static cyn_code send_request(const cyn_process *worker, const cyn_fold *fold, int64_t deadline,
                             cyn_err *err)
{
    int fd = -1;
    cyn_buf b = {0};
    cyn_wire_map(&b, 4);
    cyn_wire_key(&b, "handle");
    cyn_wire_integer(&b, fold->handle);
    cyn_wire_key(&b, "cells");
    cyn_wire_array(&b, fold->ncells);
    for (size_t i = 0; i < fold->ncells; i++)
        cyn_wire_integer(&b, fold->cell_rows[i]);
    cyn_wire_key(&b, "resume");
    cyn_wire_boolean(&b, fold->resume);
    cyn_wire_key(&b, "pause");
    cyn_wire_boolean(&b, fold->pause);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) rc = cyn_pool_share(fold->batch, &fd, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(worker->socket, CYN_FRAME_FOLD, b.data, b.len, fd, deadline, err);
    if (fd >= 0) close(fd);
    cyn_buf_clear(&b);
    return rc;
}

static cyn_code receive_answers(const cyn_pool *p, const cyn_process *worker, size_t cells,
                                int64_t deadline, cyn_arena *arena, cyn_answers **out, bool *lost,
                                cyn_err *err)
{
    const uint8_t *data = NULL;
    size_t n = 0;
    CYN_TRY(cyn_pool_receive(p, worker, CYN_FRAME_ANSWERS, CYN_MESSAGE_LIMIT, deadline, arena,
                             &data, &n, lost, err));
    CYN_TRY(cyn_answers_open(data, n, cells, arena, out, err));
    for (size_t i = 0; i < cells; i++)
        if ((*out)->kind[i] == CYN_ANSWER_TEXT)
            return cyn_fail(err, CYN_E_WORKER, "the script worker sent a text for a number");
    *lost = false;
    return CYN_OK;
}

cyn_code cyn_pool_fold(cyn_pool *p, const cyn_fold *fold, cyn_arena *arena, cyn_answers **out,
                       bool *lost, cyn_err *err)
{
    cyn_process *worker;
    *lost = false;
    CYN_TRY(cyn_pool_worker(p, &worker, err));
    *lost = true;
    int64_t deadline = cyn_program_deadline(p->program->settings->call_timeout);
    cyn_code rc = send_request(worker, fold, deadline, err);
    if (rc == CYN_OK)
        rc =
            receive_answers(p, worker, fold->ncells - fold->pause, deadline, arena, out, lost, err);
    if (rc != CYN_OK && *lost) {
        cyn_page_place(worker->page, err);
        cyn_process_end(worker);
    }
    return rc;
}
