#include "script/fold_call.h"
#include "catalog/batch.h"
#include "script/ask.h"

typedef struct asked {
    size_t cells;
    cyn_answers *answers;
} asked;

static void write_request(const cyn_fold *fold, cyn_buf *b)
{
    cyn_wire_map(b, 4);
    cyn_wire_key(b, "handle");
    cyn_wire_integer(b, fold->handle);
    cyn_wire_key(b, "cells");
    cyn_wire_array(b, fold->ncells);
    for (size_t i = 0; i < fold->ncells; i++)
        cyn_wire_integer(b, fold->cell_rows[i]);
    cyn_wire_key(b, "resume");
    cyn_wire_boolean(b, fold->resume);
    cyn_wire_key(b, "pause");
    cyn_wire_boolean(b, fold->pause);
}

static cyn_code read_reply(void *self, const uint8_t *data, size_t n, cyn_arena *arena,
                           cyn_err *err)
{
    asked *a = self;
    CYN_TRY(cyn_answers_open(data, n, a->cells, arena, &a->answers, err));
    for (size_t i = 0; i < a->cells; i++)
        if (a->answers->kind[i] == CYN_ANSWER_TEXT)
            return cyn_fail(err, CYN_E_WORKER, "the script worker sent a text for a number");
    return CYN_OK;
}

cyn_code cyn_pool_fold(cyn_pool *p, const cyn_fold *fold, cyn_arena *arena, cyn_answers **out,
                       bool *lost, cyn_err *err)
{
    cyn_buf b = {0};
    asked a = {.cells = fold->ncells - fold->pause};
    write_request(fold, &b);
    cyn_request r = {CYN_FRAME_FOLD, CYN_FRAME_ANSWERS, &b, fold->batch, read_reply, &a};
    cyn_code rc = cyn_pool_ask(p, &r, arena, lost, err);
    cyn_buf_clear(&b);
    if (rc == CYN_OK) *out = a.answers;
    return rc;
}
