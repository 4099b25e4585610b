#include "script/program.h"
#include "base/buf.h"
#include "base/time.h"
#include "script/channel.h"
#include "script/worker.h"
#include <stdio.h>
#include <string.h>

/* ---- What a worker is told ---- */

/* What counts while it loads: 6 keys. */
static void write_settings(const cyn_settings *s, cyn_buf *b)
{
    cyn_wire_key(b, "timezone");
    cyn_wire_string(b, s->timezone);
    cyn_wire_key(b, "load_timeout");
    cyn_wire_integer(b, s->load_timeout);
    cyn_wire_key(b, "memory_limit");
    cyn_wire_integer(b, (int64_t)s->memory_limit);
    cyn_wire_key(b, "instructions");
    cyn_wire_integer(b, (int64_t)s->instructions);
    cyn_wire_key(b, "output_limit");
    cyn_wire_integer(b, (int64_t)s->output_limit);
    cyn_wire_key(b, "sources");
    cyn_wire_array(b, s->nsources);
    for (size_t i = 0; i < s->nsources; i++)
        cyn_wire_string(b, s->sources[i]);
}

/* A key, or none: workers have the library of this program already. */
static void write_library(const cyn_settings *s, cyn_buf *b)
{
    if (!s->library) return;
    cyn_wire_key(b, "library");
    cyn_wire_map(b, s->nlibrary);
    for (size_t i = 0; i < s->nlibrary; i++) {
        cyn_wire_key(b, s->library[i].name);
        cyn_wire_text(b, s->library[i].text, s->library[i].size);
    }
}

static void write_file(const cyn_script_file *f, cyn_buf *b)
{
    cyn_wire_key(b, "name");
    cyn_wire_string(b, f->name);
    cyn_wire_key(b, "text");
    cyn_wire_text(b, f->text, f->size);
}

/* 3 keys. */
static void write_scripts(const cyn_program *p, cyn_buf *b)
{
    cyn_wire_key(b, "pack");
    cyn_wire_string(b, p->pack);
    cyn_wire_key(b, "modules");
    cyn_wire_array(b, p->nmodules);
    for (size_t i = 0; i < p->nmodules; i++) {
        cyn_wire_map(b, 3);
        write_file(p->modules[i], b);
        cyn_wire_key(b, "module");
        cyn_wire_string(b, p->modules[i]->module);
    }
    cyn_wire_key(b, "files");
    cyn_wire_array(b, p->nscripts);
    for (size_t i = 0; i < p->nscripts; i++) {
        cyn_wire_map(b, 3);
        write_file(p->scripts[i], b);
        cyn_wire_key(b, "failed");
        cyn_wire_string(b, p->failed[i]);
    }
}

static void write_program(const cyn_program *p, cyn_buf *b)
{
    cyn_wire_map(b, p->settings->library ? 11 : 10);
    write_settings(p->settings, b);
    cyn_wire_key(b, "call_timeout");
    cyn_wire_integer(b, p->settings->call_timeout);
    write_library(p->settings, b);
    write_scripts(p, b);
}

/* The embedded library belongs to the build. */
void cyn_program_describe(const cyn_program *p, cyn_buf *out)
{
    cyn_wire_map(out, p->settings->library ? 10 : 9);
    write_settings(p->settings, out);
    write_library(p->settings, out);
    write_scripts(p, out);
}

/* ---- What it answers ---- */

typedef struct loading {
    size_t running; /* scripts that have begun to run; 0: none is to blame */
    uint8_t *message;
    size_t size;
    char reason[320]; /* of a worker that ended itself because of the script `running` */
} loading;

int64_t cyn_program_deadline(int64_t timeout)
{
    return cyn_monotonic() + timeout + CYN_GRACE;
}

/* The payload of a frame, owned by the caller. */
static cyn_code read_payload(const cyn_process *worker, size_t n, int64_t deadline, uint8_t **out,
                             cyn_err *err)
{
    uint8_t *data = cyn_malloc(n + 1);
    if (!data) return cyn_nomem(err);
    cyn_code rc = cyn_channel_read(worker->socket, data, n, deadline, err);
    if (rc == CYN_OK)
        *out = data;
    else
        cyn_free(data);
    return rc;
}

cyn_code cyn_program_failure(const uint8_t *data, size_t n, cyn_err *err)
{
    cyn_err e = {0};
    const cyn_value *v;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = cyn_wire_read(data, n, arena, &v, err);
    if (rc == CYN_OK && !cyn_value_error(v, &e))
        rc = cyn_fail(err, CYN_E_WORKER, "the script worker failed without saying why");
    if (rc == CYN_OK) {
        rc = e.code;
        if (err) *err = e;
    }
    cyn_arena_free(arena);
    return rc;
}

/* One frame of a loading worker. The last one is the catalog, which becomes l->message. */
static cyn_code take_frame(const cyn_program *p, const cyn_process *worker, loading *l,
                           cyn_err *err)
{
    int64_t deadline = cyn_program_deadline(p->settings->load_timeout);
    cyn_frame f;
    uint8_t *data = NULL;
    CYN_TRY(cyn_channel_wait(worker->socket, deadline, p->settings->cancel, err));
    CYN_TRY(cyn_channel_receive(worker->socket, CYN_MESSAGE_LIMIT, &f, NULL, deadline, err));
    CYN_TRY(read_payload(worker, (size_t)f.length, deadline, &data, err));
    if (f.type == CYN_FRAME_CATALOG) {
        l->message = data;
        l->size = (size_t)f.length;
        return CYN_OK;
    }
    cyn_code rc = CYN_OK;
    if (f.type == CYN_FRAME_FILE) {
        l->running++;
        if (l->running > p->nscripts)
            rc = cyn_fail(err, CYN_E_WORKER, "more scripts than there are");
    } else if (f.type == CYN_FRAME_FAILURE) {
        rc = cyn_program_failure(data, (size_t)f.length, err);
        l->running = 0; /* said by the worker itself: no script is to blame */
    } else {
        rc = cyn_fail(err, CYN_E_WORKER, "the script worker sent an unexpected frame");
    }
    cyn_free(data);
    return rc;
}

/* Waits for the catalog of a started worker, which is ended when none comes. */
static cyn_code await_catalog(const cyn_program *p, cyn_process *worker, loading *l, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    while (rc == CYN_OK && !l->message)
        rc = take_frame(p, worker, l, err);
    if (rc != CYN_OK) {
        size_t culprit = cyn_page_culprit(worker->page, l->reason, sizeof l->reason);
        if (culprit > 0 && culprit <= p->nscripts && rc == CYN_E_WORKER) l->running = culprit;
        cyn_page_place(worker->page, err);
        cyn_process_end(worker);
    }
    return rc;
}

/* A catalog that tells of errors has the first of them here. */
static bool first_error(const loading *l, cyn_err *out)
{
    const cyn_value *v;
    cyn_arena *arena = cyn_arena_new(0);
    bool found = false;
    if (arena && cyn_wire_read(l->message, l->size, arena, &v, NULL) == CYN_OK) {
        const cyn_value *errors = cyn_value_get(v, "errors");
        found = errors->kind == CYN_VALUE_ARRAY && errors->n > 0 &&
                cyn_value_error(&errors->items[0], out);
    }
    cyn_arena_free(arena);
    return found;
}

/* What is kept has no errors: one that is there now is the difference. */
static cyn_code fail_differs(const cyn_program *p, const loading *l, cyn_err *err)
{
    cyn_err e = {0};
    if (!p->recalled)
        return cyn_fail(err, CYN_E_WORKER,
                        "the scripts declared something else when they were loaded again");
    if (first_error(l, &e))
        cyn_context(&e, "the scripts, loaded again");
    else
        cyn_fail(&e, CYN_E_WORKER, "the scripts declare something else than what was kept of them");
    cyn_hint(&e, "that is kept no longer: run this again, or let the daemon reload the project");
    e.code = CYN_E_WORKER;
    if (err) *err = e;
    return CYN_E_WORKER;
}

/* Handles are numbers, so each worker must have made the same declarations. Frees the message. */
static cyn_code check_same(cyn_program *p, loading *l, cyn_err *err)
{
    bool same = l->size == p->message_size && !memcmp(l->message, p->message, l->size);
    cyn_code rc = same ? CYN_OK : fail_differs(p, l, err);
    cyn_free(l->message);
    if (same) p->recalled = false;
    p->differs = p->differs || !same;
    return rc;
}

/* ---- Loading ---- */

cyn_code cyn_program_start(const cyn_program *p, cyn_process *out, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_process worker = {.socket = -1, .pidfd = -1};
    cyn_code rc;
    CYN_GOTO(cyn_zygote_spawn(&worker, err));
    write_program(p, &b);
    CYN_GOTO(cyn_buf_check(&b, err));
    CYN_GOTO(cyn_channel_send(worker.socket, CYN_FRAME_LOAD, b.data, b.len, -1,
                              cyn_program_deadline(p->settings->load_timeout), err));
    *out = worker;
done:
    if (rc != CYN_OK) cyn_process_end(&worker);
    cyn_buf_clear(&b);
    return rc;
}

cyn_code cyn_program_finish(cyn_program *p, cyn_process *worker, cyn_err *err)
{
    loading l = {0};
    cyn_code rc = await_catalog(p, worker, &l, err);
    if (rc == CYN_OK) rc = check_same(p, &l, err);
    if (rc != CYN_OK) cyn_process_end(worker);
    return rc;
}

/* Notes the script that took its worker down; false when none did. */
static bool blame(cyn_program *p, const loading *l, cyn_code rc, const cyn_err *e)
{
    char place[sizeof e->file + 16] = "";
    if ((rc != CYN_E_LIMIT && rc != CYN_E_WORKER) || l->running == 0) return false;
    const char **failed = &p->failed[l->running - 1];
    if (*failed) return false;
    if (e->file[0]) snprintf(place, sizeof place, "%s:%d: ", e->file, e->line);
    *failed =
        l->reason[0] ? cyn_strdup(p->arena, l->reason)
        : rc == CYN_E_LIMIT
            ? cyn_sprintf(p->arena, "%sran longer than %g s and was stopped", place,
                          (double)p->settings->load_timeout / CYN_SECOND)
            : cyn_sprintf(p->arena, "%sthe script worker died while it ran this script", place);
    return *failed != NULL;
}

cyn_code cyn_program_load(cyn_program *p, cyn_process *out, cyn_err *err)
{
    for (;;) {
        cyn_err e = {0};
        loading l = {0};
        cyn_process worker = {.socket = -1, .pidfd = -1};
        cyn_code rc = cyn_program_start(p, &worker, &e);
        if (rc == CYN_OK) rc = await_catalog(p, &worker, &l, &e);
        if (rc != CYN_OK && blame(p, &l, rc, &e)) continue;
        if (rc == CYN_OK && p->message) {
            rc = check_same(p, &l, &e);
            if (rc != CYN_OK) cyn_process_end(&worker);
        } else if (rc == CYN_OK) {
            p->message = l.message;
            p->message_size = l.size;
        }
        if (rc == CYN_OK)
            *out = worker;
        else if (err)
            *err = e;
        return rc;
    }
}

cyn_code cyn_program_recall(cyn_program *p, const void *message, size_t size, cyn_err *err)
{
    uint8_t *copy = cyn_malloc(size + 1);
    if (!copy) return cyn_nomem(err);
    memcpy(copy, message, size);
    p->message = copy;
    p->message_size = size;
    p->recalled = true;
    return CYN_OK;
}

void cyn_program_unload(cyn_program *p)
{
    cyn_free(p->message);
    p->message = NULL;
    p->recalled = false;
}
