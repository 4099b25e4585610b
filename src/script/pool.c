#include "script/pool.h"
#include "base/buf.h"
#include "catalog/batch.h"
#include "catalog/wanted.h"
#include "script/channel.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Rows that are worth a worker's attention: some milliseconds of work. */
#define SLICE_ROWS ((size_t)1 << 14)
/* Answers may be large, but not without end: fixed parts per row, and texts. */
#define ANSWER_BYTES ((uint64_t)13)
#define ANSWER_HEAP  ((uint64_t)2 << 30)
#define HEADER_BYTES ((uint64_t)4096)
#define WANTED_BYTES ((uint64_t)16 << 10)

/* ---- Workers ---- */

cyn_code cyn_pool_init(cyn_pool *p, cyn_program *program, cyn_err *err)
{
    size_t size = program->settings->workers;
    cyn_process *workers = CYN_NEW_ARRAY(program->arena, size, cyn_process);
    if (!workers) return cyn_nomem(err);
    for (size_t i = 0; i < size; i++)
        workers[i] = (cyn_process){.socket = -1, .pidfd = -1};
    *p = (cyn_pool){.program = program, .workers = workers, .size = size};
    return CYN_OK;
}

void cyn_pool_clear(cyn_pool *p)
{
    for (size_t i = 0; i < p->size; i++)
        cyn_process_end(&p->workers[i]);
    p->size = 0;
}

void cyn_pool_rest(cyn_pool *p)
{
    for (size_t i = 0; i < p->size && !p->talked; i++)
        cyn_process_end(&p->workers[i]);
}

/* Between calls a worker says nothing: whatever can be read is its end, or nonsense. */
static bool is_idle(const cyn_process *worker)
{
    struct pollfd p = {.fd = worker->socket, .events = POLLIN};
    return worker->socket >= 0 && poll(&p, 1, 0) == 0;
}

cyn_code cyn_pool_worker(cyn_pool *p, cyn_process **out, cyn_err *err)
{
    cyn_process *first = &p->workers[0];
    if (!is_idle(first)) {
        cyn_process_end(first);
        CYN_TRY(cyn_program_load(p->program, first, err));
    }
    *out = first;
    return CYN_OK;
}

cyn_code cyn_pool_talk(cyn_pool *p, cyn_process **out, cyn_err *err)
{
    CYN_TRY(cyn_pool_worker(p, out, err));
    p->talked = true;
    return CYN_OK;
}

/* Brings up to `wanted` workers to the front of the list, of which the first must run. Further ones
 * load side by side; where they cannot, the others do their work. */
static cyn_code gather(cyn_pool *p, size_t wanted, size_t *out, cyn_err *err)
{
    cyn_process *first;
    bool loading[CYN_WORKERS_MOST];
    CYN_TRY(cyn_pool_worker(p, &first, err));
    for (size_t i = 1; i < wanted; i++) {
        loading[i] = !is_idle(&p->workers[i]);
        if (!loading[i]) continue;
        cyn_process_end(&p->workers[i]);
        if (cyn_program_start(p->program, &p->workers[i], NULL) != CYN_OK) wanted = i;
    }
    size_t count = 1;
    for (size_t i = 1; i < wanted; i++) {
        if (loading[i] && cyn_program_finish(p->program, &p->workers[i], NULL) != CYN_OK) continue;
        cyn_process worker = p->workers[i];
        p->workers[i] = p->workers[count];
        p->workers[count++] = worker;
    }
    *out = count;
    return CYN_OK;
}

/* ---- Asking ---- */

cyn_code cyn_pool_share(const cyn_batch *batch, int *out, cyn_err *err)
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

typedef struct slice {
    size_t first, rows;
    cyn_answers *answers;
    const cyn_value *wanted; /* JUDGE: names of readings */
} slice;

/* What is asked of every slice. */
typedef struct question {
    cyn_frame_type type; /* CALL or JUDGE */
    uint32_t handle;
    const cyn_batch *batch;
} question;

static cyn_code send_slice(const cyn_process *worker, const question *q, const slice *s, int rows,
                           int64_t deadline, cyn_err *err)
{
    cyn_buf b = {0};
    cyn_wire_map(&b, 3);
    cyn_wire_key(&b, "handle");
    cyn_wire_integer(&b, q->handle);
    cyn_wire_key(&b, "first");
    cyn_wire_integer(&b, (int64_t)s->first);
    cyn_wire_key(&b, "rows");
    cyn_wire_integer(&b, (int64_t)s->rows);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK)
        rc = cyn_channel_send(worker->socket, q->type, b.data, b.len, rows, deadline, err);
    cyn_buf_clear(&b);
    return rc;
}

cyn_code cyn_pool_receive(const cyn_pool *p, const cyn_process *worker, cyn_frame_type type,
                          uint64_t most, int64_t deadline, cyn_arena *arena, const uint8_t **out,
                          size_t *size, bool *lost, cyn_err *err)
{
    cyn_frame f;
    CYN_TRY(cyn_channel_wait(worker->socket, deadline, p->program->settings->cancel, err));
    CYN_TRY(cyn_channel_receive(worker->socket, most, &f, NULL, deadline, err));
    uint8_t *data = cyn_alloc(arena, (size_t)f.length + 1);
    if (!data) return cyn_nomem(err);
    CYN_TRY(cyn_channel_read(worker->socket, data, (size_t)f.length, deadline, err));
    if (f.type == CYN_FRAME_FAILURE) {
        *lost = false;
        return cyn_program_failure(data, (size_t)f.length, err);
    }
    if (f.type != type)
        return cyn_fail(err, CYN_E_WORKER, "the script worker sent an unexpected frame");
    *out = data;
    *size = (size_t)f.length;
    return CYN_OK;
}

/* The names of readings that a slice lacks, as they follow its answers. */
static cyn_code receive_wanted(const cyn_pool *p, const cyn_process *worker, slice *s,
                               int64_t deadline, cyn_arena *arena, bool *lost, cyn_err *err)
{
    const uint8_t *data = NULL;
    size_t n = 0;
    CYN_TRY(cyn_pool_receive(p, worker, CYN_FRAME_VALUES, WANTED_BYTES, deadline, arena, &data, &n,
                             lost, err));
    *lost = true; /* a failure in its place is nonsense, too */
    return cyn_wanted_read(data, n, arena, &s->wanted, err);
}

/* *lost stays false when the worker did its part, whatever the result. */
static cyn_code receive_slice(const cyn_pool *p, const cyn_process *worker, const question *q,
                              slice *s, int64_t deadline, cyn_arena *arena, bool *lost,
                              cyn_err *err)
{
    uint64_t most = HEADER_BYTES + ANSWER_BYTES * s->rows + ANSWER_HEAP;
    const uint8_t *data = NULL;
    size_t n = 0;
    *lost = true;
    CYN_TRY(cyn_pool_receive(p, worker, CYN_FRAME_ANSWERS, most, deadline, arena, &data, &n, lost,
                             err));
    CYN_TRY(cyn_answers_open(data, n, s->rows, arena, &s->answers, err));
    if (q->type == CYN_FRAME_JUDGE)
        CYN_TRY(receive_wanted(p, worker, s, deadline, arena, lost, err));
    *lost = false;
    return CYN_OK;
}

/* ---- Putting together ---- */

/* Texts begin where the heap of the slices before them ends. */
static void copy_slice(const slice *s, uint64_t heap, uint8_t *kind, uint64_t *bits,
                       uint32_t *length)
{
    const cyn_answers *a = s->answers;
    memcpy(kind + s->first, a->kind, s->rows);
    memcpy(bits + s->first, a->bits, s->rows * sizeof *bits);
    if (!a->text_length) return;
    memcpy(length + s->first, a->text_length, s->rows * sizeof *length);
    for (size_t r = 0; heap && r < s->rows; r++)
        if (a->kind[r] == CYN_ANSWER_TEXT) bits[s->first + r] += heap;
}

static cyn_code join(const slice *slices, size_t n, size_t rows, cyn_arena *arena,
                     cyn_answers **out, cyn_err *err)
{
    size_t heap_size = 0;
    bool text = false;
    for (size_t i = 0; i < n; i++) {
        heap_size += slices[i].answers->heap_size;
        text = text || slices[i].answers->text_length;
    }
    cyn_answers *a = CYN_NEW(arena, cyn_answers);
    uint8_t *kind = cyn_alloc(arena, rows + 1);
    uint64_t *bits = cyn_alloc(arena, (rows + 1) * sizeof *bits);
    uint32_t *length = text ? cyn_alloc_array(arena, rows + 1, sizeof *length) : NULL;
    char *heap = cyn_alloc(arena, heap_size + 1);
    if (!a || !kind || !bits || (text && !length) || !heap) return cyn_nomem(err);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const cyn_answers *part = slices[i].answers;
        copy_slice(&slices[i], at, kind, bits, length);
        if (part->heap_size) memcpy(heap + at, part->heap, part->heap_size);
        at += part->heap_size;
    }
    *a = (cyn_answers){rows, kind, bits, length, heap, heap_size};
    *out = a;
    return CYN_OK;
}

/* ---- The whole ---- */

/* Equal parts, the first rows to the first worker. */
static void cut(slice *slices, size_t n, size_t rows)
{
    for (size_t i = 0, first = 0; i < n; i++) {
        size_t count = rows / n + (i < rows % n);
        slices[i] = (slice){.first = first, .rows = count};
        first += count;
    }
}

/* Asks a worker for each slice, in order; *asked counts those asked, also when the last one failed.
 */
static cyn_code ask_all(const cyn_pool *p, const question *q, const slice *slices, size_t n,
                        int64_t deadline, size_t *asked, cyn_err *err)
{
    int fd = -1;
    CYN_TRY(cyn_pool_share(q->batch, &fd, err));
    cyn_code rc = CYN_OK;
    while (rc == CYN_OK && *asked < n) {
        rc = send_slice(&p->workers[*asked], q, &slices[*asked], fd, deadline, err);
        ++*asked;
    }
    close(fd);
    return rc;
}

/* Whoever still works on rows that nobody wants any more. */
static void end_workers(cyn_pool *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        cyn_process_end(&p->workers[i]);
}

/* Receives the slices in order, and stops at the first that fails. */
static cyn_code receive_all(cyn_pool *p, const question *q, slice *slices, size_t n,
                            int64_t deadline, cyn_arena *arena, bool *lost, cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        cyn_code rc = receive_slice(p, &p->workers[i], q, &slices[i], deadline, arena, lost, err);
        if (rc == CYN_OK) continue;
        if (*lost) cyn_page_place(p->workers[i].page, err);
        end_workers(p, *lost ? i : i + 1, n);
        return rc;
    }
    return CYN_OK;
}

/* Asks as many workers as are worth it; the slices come back in the order of the rows. */
static cyn_code ask(cyn_pool *p, const question *q, cyn_arena *arena, slice **out, size_t *count,
                    bool *lost, cyn_err *err)
{
    size_t n = q->batch->rows / SLICE_ROWS, asked = 0;
    n = n < 1 || p->talked ? 1 : n > p->size ? p->size : n;
    *lost = false;
    CYN_TRY(gather(p, n, &n, err));
    slice *slices = CYN_NEW_ARRAY(arena, n, slice);
    if (!slices) return cyn_nomem(err);
    cut(slices, n, q->batch->rows);
    int64_t deadline = cyn_program_deadline(p->program->settings->call_timeout);
    cyn_code rc = ask_all(p, q, slices, n, deadline, &asked, err);
    if (rc != CYN_OK) {
        *lost = asked > 0;
        if (*lost) cyn_page_place(p->workers[asked - 1].page, err);
        end_workers(p, 0, asked);
        return rc;
    }
    CYN_TRY(receive_all(p, q, slices, n, deadline, arena, lost, err));
    *out = slices;
    *count = n;
    return CYN_OK;
}

static cyn_code answers_of(const slice *slices, size_t n, size_t rows, cyn_arena *arena,
                           cyn_answers **out, cyn_err *err)
{
    if (n > 1) return join(slices, n, rows, arena, out, err);
    *out = slices[0].answers;
    return CYN_OK;
}

cyn_code cyn_pool_eval(cyn_pool *p, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                       cyn_answers **out, bool *lost, cyn_err *err)
{
    const question q = {CYN_FRAME_CALL, handle, batch};
    slice *slices = NULL;
    size_t n = 0;
    CYN_TRY(ask(p, &q, arena, &slices, &n, lost, err));
    return answers_of(slices, n, batch->rows, arena, out, err);
}

/* ---- Conditions ---- */

static bool is_listed(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name)) return true;
    return false;
}

/* What any of the slices wants, each reading once. */
static cyn_code join_wanted(const slice *slices, size_t n, cyn_arena *arena,
                            const char *const **out, size_t *count, cyn_err *err)
{
    const char **list = CYN_NEW_ARRAY(arena, n * CYN_CONDITION_READINGS + 1, const char *);
    size_t found = 0;
    if (!list) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < slices[i].wanted->n; k++) {
            const char *name = slices[i].wanted->items[k].s;
            if (!is_listed(name, list, found)) list[found++] = name;
        }
    *out = list;
    *count = found;
    return CYN_OK;
}

cyn_code cyn_pool_judge(cyn_pool *p, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                        cyn_answers **out, const char *const **wanted, size_t *nwanted, bool *lost,
                        cyn_err *err)
{
    const question q = {CYN_FRAME_JUDGE, handle, batch};
    slice *slices = NULL;
    size_t n = 0;
    CYN_TRY(ask(p, &q, arena, &slices, &n, lost, err));
    CYN_TRY(join_wanted(slices, n, arena, wanted, nwanted, err));
    return answers_of(slices, n, batch->rows, arena, out, err);
}
