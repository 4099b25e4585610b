#include "script/converse.h"
#include "base/time.h"
#include "script/channel.h"
#include "script/worker.h"
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE INT64_C(1000000) /* microseconds in which an interrupted script has to end */

static void write_chunk(const cyn_adhoc_chunk *c, cyn_buf *b)
{
    cyn_wire_map(b, 4);
    cyn_wire_key(b, "name");
    cyn_wire_string(b, c->name);
    cyn_wire_key(b, "text");
    cyn_wire_text(b, c->text, c->size);
    cyn_wire_key(b, "line");
    cyn_wire_boolean(b, c->line);
    cyn_wire_key(b, "args");
    cyn_wire_array(b, c->nargs);
    for (size_t i = 0; i < c->nargs; i++)
        cyn_wire_string(b, c->args[i]);
}

typedef struct talk {
    cyn_process *worker;
    int socket; /* the worker's; another one means another worker */
    const cyn_conversation *conversation;
    int64_t timeout;
    const atomic_bool *cancel;
    bool stopping; /* it was asked to stop */
    int64_t patience;
} talk;

/* The alarm that ends a script at its deadline ends it at any other time as well. */
static void ask_to_stop(talk *t)
{
    t->stopping = true;
    t->patience = cyn_monotonic() + PATIENCE;
    syscall(SYS_pidfd_send_signal, t->worker->pidfd, SIGALRM, NULL, 0);
}

static cyn_code wait_for_frame(talk *t, cyn_err *err)
{
    int64_t deadline = t->stopping ? t->patience : cyn_monotonic() + t->timeout + CYN_GRACE;
    cyn_code rc =
        cyn_channel_wait(t->worker->socket, deadline, t->stopping ? NULL : t->cancel, err);
    if (rc != CYN_E_CANCEL || t->stopping) return rc;
    ask_to_stop(t);
    return wait_for_frame(t, err);
}

static cyn_code send_failure(talk *t, const cyn_err *e, int64_t deadline, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_wire_error(&b, e);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(t->worker->socket, CYN_FRAME_FAILURE, b.data, b.len, -1, deadline,
                              err);
    cyn_buf_clear(&b);
    return rc;
}

/* A question that cannot be answered is the script's to deal with. */
static cyn_code reply(talk *t, const cyn_value *question, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_err why = {0};
    cyn_code rc = t->stopping ? cyn_fail(&why, CYN_E_CANCEL, "interrupted")
                              : t->conversation->answer(t->conversation->self, question, &b, &why);
    int64_t deadline = cyn_monotonic() + t->timeout;
    if (t->worker->socket != t->socket) { /* it died while it computed rows for the answer */
        cyn_buf_clear(&b);
        if (err) *err = why;
        return rc != CYN_OK ? rc : cyn_fail(err, CYN_E_WORKER, "the script worker died");
    }
    if (rc == CYN_OK)
        rc = cyn_channel_send(t->worker->socket, CYN_FRAME_REPLY, b.data, b.len, -1, deadline, err);
    else
        rc = send_failure(t, &why, deadline, err);
    cyn_buf_clear(&b);
    return rc;
}

/* One frame; *done when the script has ended, with its error or without. */
static cyn_code step(talk *t, cyn_arena *arena, bool *done, bool *more, cyn_err *err)
{
    cyn_frame f;
    const cyn_value *v = NULL;
    int64_t deadline = cyn_monotonic() + t->timeout + CYN_GRACE;
    CYN_TRY(wait_for_frame(t, err));
    CYN_TRY(cyn_channel_receive(t->worker->socket, CYN_MESSAGE_LIMIT, &f, NULL, deadline, err));
    uint8_t *data = cyn_alloc(arena, (size_t)f.length + 1);
    if (!data) return cyn_nomem(err);
    CYN_TRY(cyn_channel_read(t->worker->socket, data, (size_t)f.length, deadline, err));
    CYN_TRY(cyn_wire_read(data, (size_t)f.length, arena, &v, err));
    if (f.type == CYN_FRAME_ASK) return reply(t, v, err);
    *done = true;
    *more = f.type == CYN_FRAME_DONE && v->kind == CYN_VALUE_BOOLEAN && v->i;
    if (f.type == CYN_FRAME_DONE) return CYN_OK;
    cyn_err told = {0};
    if (f.type != CYN_FRAME_FAILURE || !cyn_value_error(v, &told)) {
        *done = false;
        return cyn_fail(err, CYN_E_WORKER, "the script worker sent an unexpected frame");
    }
    if (err) *err = told;
    return told.code;
}

static cyn_code begin(talk *t, const cyn_adhoc_chunk *chunk, cyn_err *err)
{
    cyn_buf b = {0};
    write_chunk(chunk, &b);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(t->worker->socket, CYN_FRAME_RUN, b.data, b.len, -1,
                              cyn_monotonic() + t->timeout, err);
    cyn_buf_clear(&b);
    return rc;
}

cyn_code cyn_converse(cyn_process *worker, const cyn_adhoc_chunk *chunk,
                      const cyn_conversation *conversation, int64_t timeout,
                      const atomic_bool *cancel, bool *more, cyn_err *err)
{
    talk t = {.worker = worker,
              .socket = worker->socket,
              .conversation = conversation,
              .timeout = timeout,
              .cancel = cancel};
    bool done = false;
    *more = false;
    cyn_code rc = begin(&t, chunk, err);
    while (rc == CYN_OK && !done) {
        cyn_arena *arena = cyn_arena_new(0);
        rc = arena ? step(&t, arena, &done, more, err) : cyn_nomem(err);
        cyn_arena_free(arena);
    }
    if (!done && worker->socket == t.socket)
        cyn_process_end(worker); /* nobody knows what it would say next */
    if (t.stopping && rc != CYN_OK) return cyn_fail(err, CYN_E_CANCEL, "interrupted");
    return rc;
}
