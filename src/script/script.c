#include "script/script.h"
#include "base/embed.h"
#include "base/time.h"
#include "catalog/batch.h"
#include "script/channel.h"
#include "script/worker.h"
#include "script/zygote.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern const cyn_embedded cyn_lua_library[]; /* lua/cynosure, made by src/embed.py */

/* Answers may be large, but not without end: fixed parts per row, and texts. */
#define ANSWER_BYTES  ((uint64_t)13)
#define ANSWER_HEAP   ((uint64_t)2 << 30)
#define HEADER_BYTES  ((uint64_t)4096)
#define LIBRARY_LIMIT ((size_t)4 << 20) /* of one module */

typedef struct module {
    const char *name, *text; /* "node" */
    size_t size;
} module;

struct cyn_script {
    cyn_arena *arena;
    cyn_script_file *files;
    const char **failed; /* per file: why it must not be run again, or NULL */
    size_t nfiles;
    module *library;
    size_t nlibrary;
    const char *timezone;
    const char **sources;
    size_t nsources;
    int64_t load_timeout, call_timeout;
    size_t memory_limit;
    const atomic_bool *cancel;
    cyn_process worker;
    uint8_t *message; /* the catalog as the first worker sent it */
    size_t message_size;
    cyn_catalog *catalog;
};

/* ---- What a worker is told ---- */

static bool copy_files(cyn_script *s, const cyn_script_file *files, size_t n)
{
    s->files = CYN_NEW_ARRAY(s->arena, n + 1, cyn_script_file);
    s->failed = CYN_NEW_ARRAY(s->arena, n + 1, const char *);
    if (!s->files || !s->failed) return false;
    for (size_t i = 0; i < n; i++) {
        s->files[i] = (cyn_script_file){.name = cyn_strdup(s->arena, files[i].name),
                                        .text = cyn_strndup(s->arena, files[i].text, files[i].size),
                                        .size = files[i].size};
        if (!s->files[i].name || !s->files[i].text) return false;
    }
    s->nfiles = n;
    return true;
}

static bool copy_options(cyn_script *s, const cyn_script_options *o)
{
    s->timezone = cyn_strdup(s->arena, o->timezone ? o->timezone : "UTC");
    s->sources = CYN_NEW_ARRAY(s->arena, o->nsources + 1, const char *);
    if (!s->timezone || !s->sources) return false;
    for (size_t i = 0; i < o->nsources; i++)
        if (!(s->sources[i] = cyn_strdup(s->arena, o->sources[i]))) return false;
    s->nsources = o->nsources;
    s->load_timeout = o->load_timeout ? o->load_timeout : CYN_LOAD_TIMEOUT;
    s->call_timeout = o->call_timeout ? o->call_timeout : CYN_CALL_TIMEOUT;
    s->memory_limit = o->memory_limit ? o->memory_limit : CYN_MEMORY_LIMIT;
    s->cancel = o->cancel;
    return true;
}

/* The module's text from a folder that stands in for the embedded library. */
static cyn_code read_module(cyn_arena *arena, const char *folder, const char *name, module *out,
                            cyn_err *err)
{
    char path[4096];
    struct stat st;
    cyn_code rc = CYN_OK;
    snprintf(path, sizeof path, "%s/cynosure/%s", folder, name);
    FILE *f = fopen(path, "rbe");
    if (!f) return cyn_fail_errno(err, "cannot open", path);
    char *text = NULL;
    if (fstat(fileno(f), &st) != 0)
        rc = cyn_fail_errno(err, "cannot read", path);
    else if (!S_ISREG(st.st_mode) || (size_t)st.st_size > LIBRARY_LIMIT)
        rc = cyn_fail(err, CYN_E_LIMIT, "%s is no file of at most 4 MiB", path);
    else if (!(text = cyn_alloc(arena, (size_t)st.st_size + 1)))
        rc = cyn_nomem(err);
    else if (fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        rc = cyn_fail_errno(err, "cannot read", path);
    else
        *out = (module){.name = out->name, .text = text, .size = (size_t)st.st_size};
    fclose(f);
    return rc;
}

static cyn_code find_library(cyn_script *s, const char *folder, cyn_err *err)
{
    size_t n = 0;
    while (cyn_lua_library[n].name)
        n++;
    s->library = CYN_NEW_ARRAY(s->arena, n, module);
    if (!s->library) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const cyn_embedded *e = &cyn_lua_library[i];
        module *m = &s->library[i];
        *m = (module){.text = (const char *)e->data, .size = e->size};
        m->name = cyn_strndup(s->arena, e->name, strlen(e->name) - strlen(".lua"));
        if (!m->name) return cyn_nomem(err);
        if (folder) CYN_TRY(read_module(s->arena, folder, e->name, m, err));
    }
    s->nlibrary = n;
    return CYN_OK;
}

static void write_load(const cyn_script *s, cyn_buf *b)
{
    cyn_wire_map(b, 7);
    cyn_wire_key(b, "timezone");
    cyn_wire_string(b, s->timezone);
    cyn_wire_key(b, "load_timeout");
    cyn_wire_integer(b, s->load_timeout);
    cyn_wire_key(b, "call_timeout");
    cyn_wire_integer(b, s->call_timeout);
    cyn_wire_key(b, "memory_limit");
    cyn_wire_integer(b, (int64_t)s->memory_limit);
    cyn_wire_key(b, "sources");
    cyn_wire_array(b, s->nsources);
    for (size_t i = 0; i < s->nsources; i++)
        cyn_wire_string(b, s->sources[i]);
    cyn_wire_key(b, "library");
    cyn_wire_map(b, s->nlibrary);
    for (size_t i = 0; i < s->nlibrary; i++) {
        cyn_wire_key(b, s->library[i].name);
        cyn_wire_text(b, s->library[i].text, s->library[i].size);
    }
    cyn_wire_key(b, "files");
    cyn_wire_array(b, s->nfiles);
    for (size_t i = 0; i < s->nfiles; i++) {
        cyn_wire_map(b, 3);
        cyn_wire_key(b, "name");
        cyn_wire_string(b, s->files[i].name);
        cyn_wire_key(b, "text");
        cyn_wire_text(b, s->files[i].text, s->files[i].size);
        cyn_wire_key(b, "failed");
        cyn_wire_string(b, s->failed[i]);
    }
}

/* ---- Loading ---- */

typedef struct loading {
    size_t file; /* that runs now; nfiles: none */
    uint8_t *message;
    size_t size;
} loading;

static int64_t after(int64_t timeout)
{
    return cyn_monotonic() + timeout + CYN_GRACE;
}

/* The payload of a frame, owned by the caller. */
static cyn_code read_payload(cyn_script *s, size_t n, int64_t deadline, uint8_t **out, cyn_err *err)
{
    uint8_t *data = cyn_malloc(n + 1);
    if (!data) return cyn_nomem(err);
    cyn_code rc = cyn_channel_read(s->worker.socket, data, n, deadline, err);
    if (rc == CYN_OK)
        *out = data;
    else
        cyn_free(data);
    return rc;
}

/* The error that a FAILURE frame holds. */
static cyn_code read_failure(const uint8_t *data, size_t n, cyn_err *err)
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

/* One frame of a loading worker; done when it was the catalog. */
static cyn_code load_step(cyn_script *s, loading *l, bool *done, cyn_err *err)
{
    int64_t deadline = after(s->load_timeout);
    cyn_frame f;
    uint8_t *data = NULL;
    CYN_TRY(cyn_channel_wait(s->worker.socket, deadline, s->cancel, err));
    CYN_TRY(cyn_channel_receive(s->worker.socket, CYN_MESSAGE_LIMIT, &f, NULL, deadline, err));
    CYN_TRY(read_payload(s, (size_t)f.length, deadline, &data, err));
    if (f.type == CYN_FRAME_CATALOG) {
        l->message = data;
        l->size = (size_t)f.length;
        *done = true;
        return CYN_OK;
    }
    cyn_code rc = CYN_OK;
    if (f.type == CYN_FRAME_FILE) {
        l->file++;
        if (l->file > s->nfiles) rc = cyn_fail(err, CYN_E_WORKER, "more scripts than there are");
    } else if (f.type == CYN_FRAME_FAILURE) {
        rc = read_failure(data, (size_t)f.length, err);
        l->file = 0; /* said by the worker itself: no script is to blame */
    } else {
        rc = cyn_fail(err, CYN_E_WORKER, "the script worker sent an unexpected frame");
    }
    cyn_free(data);
    return rc;
}

/* Starts a worker and loads all scripts into it. l->file counts the scripts that began to run. */
static cyn_code load_worker(cyn_script *s, loading *l, cyn_err *err)
{
    cyn_buf b = {0};
    bool done = false;
    cyn_code rc;
    CYN_GOTO(cyn_zygote_spawn(&s->worker, err));
    write_load(s, &b);
    CYN_GOTO(cyn_buf_check(&b, err));
    CYN_GOTO(cyn_channel_send(s->worker.socket, CYN_FRAME_LOAD, b.data, b.len, -1,
                              after(s->load_timeout), err));
    while (!done)
        CYN_GOTO(load_step(s, l, &done, err));
done:
    if (rc != CYN_OK) cyn_process_end(&s->worker);
    cyn_buf_clear(&b);
    return rc;
}

/* Loads, and when a script takes its worker down, loads the others without it. */
static cyn_code load_all(cyn_script *s, loading *l, cyn_err *err)
{
    for (;;) {
        cyn_err e = {0};
        *l = (loading){0};
        cyn_code rc = load_worker(s, l, &e);
        if (rc == CYN_OK) return CYN_OK;
        size_t culprit = l->file - 1;
        bool died = rc == CYN_E_LIMIT || rc == CYN_E_WORKER;
        if (!died || l->file == 0 || s->failed[culprit]) {
            if (err) *err = e;
            return rc;
        }
        s->failed[culprit] =
            rc == CYN_E_LIMIT
                ? cyn_sprintf(s->arena, "ran longer than %g s and was stopped",
                              (double)s->load_timeout / CYN_SECOND)
                : cyn_strdup(s->arena, "the script worker died while it ran this script");
        if (!s->failed[culprit]) return cyn_nomem(err);
    }
}

cyn_code cyn_script_load(const cyn_script_file *files, size_t n, const cyn_script_options *opts,
                         cyn_script **out, cyn_err *err)
{
    loading l = {0};
    cyn_code rc = CYN_OK;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_script *s = arena ? CYN_NEW(arena, cyn_script) : NULL;
    if (!s) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    s->arena = arena;
    s->worker = (cyn_process){.socket = -1, .pidfd = -1};
    if (!copy_files(s, files, n) || !copy_options(s, opts)) CYN_GOTO(cyn_nomem(err));
    CYN_GOTO(find_library(s, opts->library, err));
    CYN_GOTO(load_all(s, &l, err));
    s->message = l.message;
    s->message_size = l.size;
    CYN_GOTO(cyn_catalog_read(l.message, l.size, &s->catalog, err));
    *out = s;
    return CYN_OK;
done:
    cyn_script_free(s);
    return rc;
}

void cyn_script_free(cyn_script *s)
{
    if (!s) return;
    cyn_process_end(&s->worker);
    cyn_catalog_free(s->catalog);
    cyn_free(s->message);
    cyn_arena_free(s->arena);
}

const cyn_catalog *cyn_script_catalog(const cyn_script *s)
{
    return s->catalog;
}

/* ---- Calls ---- */

/* Between calls a worker says nothing: whatever can be read is its end, or nonsense. */
static bool is_idle(const cyn_process *worker)
{
    struct pollfd p = {.fd = worker->socket, .events = POLLIN};
    return worker->socket >= 0 && poll(&p, 1, 0) == 0;
}

/* A worker in place of one that died must have made the same declarations: handles are numbers. */
static cyn_code ensure_worker(cyn_script *s, cyn_err *err)
{
    loading l = {0};
    if (is_idle(&s->worker)) return CYN_OK;
    cyn_process_end(&s->worker);
    CYN_TRY(load_all(s, &l, err));
    bool same = l.size == s->message_size && !memcmp(l.message, s->message, l.size);
    cyn_free(l.message);
    if (same) return CYN_OK;
    cyn_process_end(&s->worker);
    return cyn_fail(err, CYN_E_WORKER,
                    "the scripts declared something else when they were loaded again");
}

/* The rows in sealed shared memory. */
static cyn_code share_rows(const cyn_batch *batch, int *out, cyn_err *err)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    size_t n = cyn_batch_size(batch);
    int fd = memfd_create("rows", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *p = MAP_FAILED;
    /* Allocated now, so that a full /dev/shm is an error here and no SIGBUS while writing. */
    int failure = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)n);
    if (failure == 0) {
        p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED) failure = errno;
    }
    if (failure == 0) {
        cyn_batch_write(batch, p);
        munmap(p, n);
        if (fcntl(fd, F_ADD_SEALS, seals) != 0) failure = errno;
    }
    if (failure != 0) {
        if (fd >= 0) close(fd);
        errno = failure;
        return cyn_fail_errno(err, "cannot share", "rows");
    }
    *out = fd;
    return CYN_OK;
}

static cyn_code send_call(cyn_script *s, uint32_t handle, int rows, int64_t deadline, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_wire_map(&b, 1);
    cyn_wire_key(&b, "handle");
    cyn_wire_integer(&b, handle);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(s->worker.socket, CYN_FRAME_CALL, b.data, b.len, rows, deadline, err);
    cyn_buf_clear(&b);
    return rc;
}

/* Says by `answered` that the worker did its part, whatever the result. */
static cyn_code receive_answers(cyn_script *s, size_t rows, int64_t deadline, cyn_arena *arena,
                                cyn_answers **out, bool *answered, cyn_err *err)
{
    uint64_t most = HEADER_BYTES + ANSWER_BYTES * rows + ANSWER_HEAP;
    cyn_frame f;
    CYN_TRY(cyn_channel_wait(s->worker.socket, deadline, s->cancel, err));
    CYN_TRY(cyn_channel_receive(s->worker.socket, most, &f, NULL, deadline, err));
    uint8_t *data = cyn_alloc(arena, (size_t)f.length + 1);
    if (!data) return cyn_nomem(err);
    CYN_TRY(cyn_channel_read(s->worker.socket, data, (size_t)f.length, deadline, err));
    cyn_code rc;
    if (f.type == CYN_FRAME_FAILURE) {
        cyn_err e = {0};
        rc = read_failure(data, (size_t)f.length, &e);
        *answered = true;
        if (err) *err = e;
        return rc;
    }
    if (f.type != CYN_FRAME_ANSWERS)
        return cyn_fail(err, CYN_E_WORKER, "the script worker sent an unexpected frame");
    rc = cyn_answers_open(data, (size_t)f.length, rows, arena, out, err);
    *answered = rc == CYN_OK;
    return rc;
}

static const cyn_expr *find_in(const cyn_expr *e, uint32_t handle)
{
    if (!e) return NULL;
    if (e->kind == CYN_EXPR_SCRIPT) return e->handle == handle ? e : NULL;
    const cyn_expr *found = find_in(e->a, handle);
    return found ? found : find_in(e->b, handle);
}

/* The expression behind a handle, for messages. */
static const cyn_expr *find_expr(const cyn_catalog *c, uint32_t handle)
{
    const cyn_expr *found = NULL;
    for (size_t i = 0; i < c->naggs && !found; i++) {
        const cyn_view *v = c->aggs[i]->view;
        found = find_in(c->aggs[i]->arg, handle);
        if (!found) found = find_in(v->where, handle);
        for (size_t k = 0; k < v->nderives && !found; k++)
            found = find_in(v->derives[k].expr, handle);
    }
    return found;
}

/* A worker that died, hung or sent nonsense is gone; the next call starts another. */
static cyn_code give_up(cyn_script *s, uint32_t handle, cyn_err *err)
{
    const cyn_expr *e = find_expr(s->catalog, handle);
    char message[sizeof err->message];
    cyn_process_end(&s->worker);
    if (!err) return CYN_E_WORKER;
    if (err->code == CYN_E_NOMEM || err->code == CYN_E_CANCEL) return err->code;
    if (err->code == CYN_E_LIMIT)
        snprintf(message, sizeof message, "ran longer than %g s and was stopped",
                 (double)s->call_timeout / CYN_SECOND);
    else
        snprintf(message, sizeof message, "%s", err->message);
    if (!e) return cyn_fail(err, CYN_E_WORKER, "%s", message);
    return cyn_fail_at(err, CYN_E_WORKER, e->place.file, e->place.line, e->place.column,
                       "%s, in: %.160s", message, e->text);
}

static cyn_code eval(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                     cyn_answers **out, cyn_err *err)
{
    cyn_script *s = self;
    cyn_err e = {0};
    bool answered = false;
    int fd = -1;
    CYN_TRY(ensure_worker(s, err));
    CYN_TRY(share_rows(batch, &fd, err));
    int64_t deadline = after(s->call_timeout);
    cyn_code rc = send_call(s, handle, fd, deadline, &e);
    close(fd);
    if (rc == CYN_OK) rc = receive_answers(s, batch->rows, deadline, arena, out, &answered, &e);
    if (rc == CYN_OK) return CYN_OK;
    if (!answered) rc = give_up(s, handle, &e);
    if (err) *err = e;
    return rc;
}

cyn_evaluator cyn_script_evaluator(cyn_script *s)
{
    return (cyn_evaluator){.self = s, .eval = eval};
}
