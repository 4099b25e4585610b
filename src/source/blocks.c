#include "source/blocks.h"
#include "source/block_impl.h"
#include "source/csv.h"
#include "source/feed.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum {
    ALONE_BYTES = 1 << 20, /* files smaller than this are not worth a thread */
    THREADS_MAX = 64,
    WORD_BITS = 64,
};

typedef struct worker {
    struct pool *pool;
    cyn_parser parser;
    pthread_t thread;
    uint32_t **codes; /* by column: the parser's code → the table's */
    size_t *codes_room;
} worker;

typedef struct slot {
    cyn_block block;
    worker *by;
    bool parsed;
} slot;

/* Blocks are numbered; number k is in slots[k % nslots] from when it is read until it is appended.
 * The lock guards what says who does what; the texts, blocks and dictionaries themselves belong to
 * whoever has taken the task. */
typedef struct pool {
    const cyn_blocks_job *job;
    cyn_arena *arena;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot *slots;
    size_t nslots;
    uint64_t next_read, next_append;
    bool reading, appending, all_read, stopped, irregular;
    int64_t done; /* bytes */
    cyn_code rc;
    cyn_err err;
    worker *workers;
    size_t nworkers, nthreads; /* threads beside the caller's */
    cyn_feed feed;             /* of the thread that reads */
    /* Of the thread that appends: */
    int64_t line;
    int64_t appended; /* bytes of text */
} pool;

/* --- Appending: blocks become the table, in order -------------------------------------------- */

/* Where a bit is not set the code is 0, and stays it. */
static void rename_word(uint32_t *codes, size_t rows, uint64_t valid, const uint32_t *to)
{
    if (valid == UINT64_MAX >> (WORD_BITS - rows)) {
        for (size_t i = 0; i < rows; i++)
            codes[i] = to[codes[i]];
        return;
    }
    for (; valid; valid &= valid - 1) {
        uint32_t *code = &codes[__builtin_ctzll(valid)];
        *code = to[*code];
    }
}

/* The codes of one column become the table's. */
static bool rename_codes(pool *p, worker *by, cyn_block *b, size_t column)
{
    cyn_block_values *v = &b->values[column];
    uint32_t *codes = v->values;
    if (!CYN_ROOM(by->codes[column], by->codes_room[column], (size_t)v->known + v->fresh + 1))
        return false;
    uint32_t *to = by->codes[column];
    const cyn_dict fresh = {v->fresh, v->offset, v->heap};
    if (!cyn_builder_codes(p->job->builder, column, &fresh, to + v->known)) return false;
    if (p->nworkers == 1) return true; /* they are the same */
    for (size_t row = 0; row < b->nrows; row += WORD_BITS) {
        size_t left = b->nrows - row;
        rename_word(codes + row, left < WORD_BITS ? left : WORD_BITS, v->valid[row / WORD_BITS],
                    to);
    }
    return true;
}

/* Bytes that are to be read, as they lie in the files. */
static int64_t all_bytes(const cyn_blocks_job *job)
{
    int64_t bytes = -job->spec->from;
    for (size_t i = 0; i < job->nfiles; i++)
        bytes += job->files[i].bytes;
    return bytes;
}

/* Rows come as they came so far, and a few more. */
static void expect_rows(pool *p, const cyn_block *b)
{
    const double rows = (double)(cyn_builder_rows(p->job->builder) + b->nrows);
    p->appended += (int64_t)b->size;
    const double expected = rows / (double)p->appended * (double)all_bytes(p->job);
    if (expected > 0 && expected < 1e15)
        cyn_builder_expect(p->job->builder, (size_t)(expected * 1.03));
}

static cyn_code append_rows(pool *p, const cyn_block *b, cyn_err *err)
{
    const cyn_columns *columns = p->job->columns;
    cyn_builder_values *values = cyn_calloc(columns->count, sizeof *values);
    cyn_code rc = CYN_OK;
    if (!values) return cyn_nomem(err);
    expect_rows(p, b);
    for (size_t i = 0; i < columns->count; i++)
        values[i] = (cyn_builder_values){b->values[i].values, b->values[i].valid};
    for (size_t from = 0; from < b->nrows;
         from++) { /* runs of good rows, each ended by a bad one */
        size_t to = b->ndropped == 0 ? b->nrows : from;
        while (to < b->nrows && !cyn_block_is_dropped(b, to))
            to++;
        CYN_GOTO(cyn_builder_append(p->job->builder, values, from, to - from, err));
        from = to;
    }
done:
    cyn_free(values);
    return rc;
}

static cyn_code append_bad(pool *p, cyn_block *b, cyn_err *err)
{
    for (size_t i = 0; i < b->nbad; i++) {
        cyn_block_bad *bad = &b->bad[i];
        cyn_source_row row = {
            .text = b->text + bad->row.at, .length = bad->row.length, .line = p->line + bad->line};
        cyn_csv_scan quotes = {.opened = bad->opened, .problem = bad->problem};
        if (bad->quote) cyn_csv_describe_quote(&quotes, CYN_CSV_BEHIND_QUOTE, &row, bad->reason);
        CYN_TRY(cyn_report_bad(p->job->report, b->layout->file, &row, bad->problem, bad->field,
                               bad->reason, err));
    }
    return CYN_OK;
}

/* In the order of the rows, as reading row by row meets them. */
static cyn_code append_late(pool *p, const cyn_block *b, cyn_err *err)
{
    for (size_t i = 0; i < b->nlate; i++) {
        uint32_t number;
        const cyn_source_field *f = &b->late[i];
        CYN_TRY(cyn_schema_field(p->job->schema, f->name, f->length, &number, err));
        p->job->schema->fields[number].seen |= f->seen;
    }
    return CYN_OK;
}

static cyn_code append(pool *p, slot *s, cyn_err *err)
{
    cyn_block *b = &s->block;
    const cyn_columns *columns = p->job->columns;
    if (b->first) p->line = b->layout->line;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].how.type == CYN_TEXT && !rename_codes(p, s->by, b, i))
            return cyn_nomem(err);
    CYN_TRY(append_late(p, b, err));
    CYN_TRY(append_rows(p, b, err));
    CYN_TRY(append_bad(p, b, err));
    cyn_report_good(p->job->report, b->layout->file, (int64_t)(b->nrows - b->ndropped));
    p->line += b->lines;
    return CYN_OK;
}

/* --- Who does what ---------------------------------------------------------------------------- */

static slot *slot_of(pool *p, uint64_t number)
{
    return &p->slots[number % p->nslots];
}

/* With the lock held. The first failure stays. */
static void stop(pool *p, cyn_code rc, const cyn_err *err)
{
    if (!p->stopped && rc != CYN_OK) {
        p->rc = rc;
        p->err = *err;
    }
    p->stopped = true;
    pthread_cond_broadcast(&p->changed);
}

/* With the lock held at both ends. */
static void append_next(pool *p)
{
    cyn_err err = {0};
    slot *s = slot_of(p, p->next_append);
    p->appending = true;
    pthread_mutex_unlock(&p->lock);
    bool irregular = s->block.irregular;
    cyn_code rc = irregular ? CYN_OK : append(p, s, &err);
    pthread_mutex_lock(&p->lock);
    p->appending = false;
    p->next_append++;
    p->irregular = p->irregular || irregular;
    if (irregular || rc != CYN_OK) stop(p, rc, &err);
    pthread_cond_broadcast(&p->changed);
}

static void read_and_parse(worker *w)
{
    pool *p = w->pool;
    cyn_err err = {0};
    slot *s = slot_of(p, p->next_read);
    bool some;
    p->reading = true;
    pthread_mutex_unlock(&p->lock);
    cyn_code rc = cyn_feed_next(&p->feed, &s->block, &some, &err);
    int64_t done = cyn_feed_done(&p->feed);
    pthread_mutex_lock(&p->lock);
    p->reading = false;
    p->done = done;
    if (rc != CYN_OK || !some) {
        p->all_read = true;
        if (rc != CYN_OK) stop(p, rc, &err);
        pthread_cond_broadcast(&p->changed);
        return;
    }
    s->by = w;
    s->parsed = false;
    p->next_read++;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    if (!s->block.irregular) rc = cyn_block_parse(&w->parser, &s->block, &err);
    pthread_mutex_lock(&p->lock);
    s->parsed = true;
    if (rc != CYN_OK) stop(p, rc, &err);
    pthread_cond_broadcast(&p->changed);
}

/* One task; false when there is none left. With the lock held. */
static bool work(worker *w)
{
    pool *p = w->pool;
    bool waits = p->next_append < p->next_read;
    if (p->stopped || (p->all_read && !waits)) return false;
    if (waits && !p->appending && slot_of(p, p->next_append)->parsed)
        append_next(p);
    else if (!p->reading && !p->all_read && p->next_read - p->next_append < p->nslots)
        read_and_parse(w);
    else
        pthread_cond_wait(&p->changed, &p->lock);
    return true;
}

static void *run_worker(void *self)
{
    worker *w = self;
    pthread_mutex_lock(&w->pool->lock);
    while (work(w))
        ;
    pthread_mutex_unlock(&w->pool->lock);
    return NULL;
}

/* The caller's thread works like the others, and looks up in between. */
static void run_caller(pool *p)
{
    bool more = true;
    while (more) {
        cyn_err err = {0};
        pthread_mutex_lock(&p->lock);
        more = work(&p->workers[0]);
        int64_t done = p->done;
        pthread_mutex_unlock(&p->lock);
        cyn_code rc = p->job->check_in(p->job->self, done, &err);
        if (rc == CYN_OK) continue;
        pthread_mutex_lock(&p->lock);
        stop(p, rc, &err);
        pthread_mutex_unlock(&p->lock);
    }
}

static size_t wanted_threads(const cyn_blocks_job *job)
{
    cpu_set_t set;
    if (job->spec->threads > 0)
        return job->spec->threads < THREADS_MAX ? job->spec->threads : THREADS_MAX;
    if (all_bytes(job) < ALONE_BYTES || sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int processors = CPU_COUNT(&set);
    return processors < THREADS_MAX ? (size_t)processors : THREADS_MAX;
}

static cyn_code start_worker(pool *p, size_t i, cyn_err *err)
{
    const cyn_blocks_job *job = p->job;
    worker *w = &p->workers[i];
    w->pool = p;
    CYN_TRY(cyn_parser_init(&w->parser, job->spec, job->columns, job->schema, job->guesses,
                            job->nfields, err));
    p->nworkers++;
    w->codes = cyn_calloc(job->columns->count, sizeof *w->codes);
    w->codes_room = cyn_calloc(job->columns->count, sizeof *w->codes_room);
    return w->codes && w->codes_room ? CYN_OK : cyn_nomem(err);
}

static cyn_code start(pool *p, cyn_err *err)
{
    size_t threads = wanted_threads(p->job);
    p->workers = cyn_calloc(threads, sizeof *p->workers);
    p->nslots = 2 * threads + 1;
    p->slots = cyn_calloc(p->nslots, sizeof *p->slots);
    if (!p->workers || !p->slots) return cyn_nomem(err);
    CYN_TRY(cyn_feed_init(&p->feed, p->job, p->arena, err));
    for (size_t i = 0; i < threads; i++)
        CYN_TRY(start_worker(p, i, err));
    return CYN_OK;
}

/* A thread that cannot be had is done without. */
static void run(pool *p)
{
    while (p->nthreads + 1 < p->nworkers &&
           pthread_create(&p->workers[p->nthreads + 1].thread, NULL, run_worker,
                          &p->workers[p->nthreads + 1]) == 0)
        p->nthreads++;
    run_caller(p);
    for (size_t i = 0; i < p->nthreads; i++)
        pthread_join(p->workers[i + 1].thread, NULL);
}

static void merge(const pool *p, cyn_guess *found)
{
    for (size_t i = 0; p->job->guesses && i < p->job->nfields; i++) {
        found[i] = p->job->guesses[i];
        found[i].values = 0;
        for (size_t k = 0; k < p->nworkers; k++) {
            const cyn_guess *g = &p->workers[k].parser.guesses[i];
            found[i].can &= g->can;
            found[i].values += g->values;
            if (g->nwhole > found[i].nwhole) found[i].nwhole = g->nwhole;
            if (g->nfraction > found[i].nfraction) found[i].nfraction = g->nfraction;
        }
    }
}

/* What the lines of NDJSON showed of each field. */
static void merge_seen(const pool *p)
{
    for (size_t k = 0; k < p->nworkers && p->job->spec->kind == CYN_SOURCE_NDJSON; k++)
        for (size_t i = 0; i < p->job->nfields; i++)
            p->job->schema->fields[i].seen |= p->workers[k].parser.schema.fields[i].seen;
}

static void clear(pool *p)
{
    for (size_t i = 0; i < p->nworkers; i++) {
        worker *w = &p->workers[i];
        for (size_t k = 0; w->codes && k < p->job->columns->count; k++)
            cyn_free(w->codes[k]);
        cyn_free(w->codes);
        cyn_free(w->codes_room);
        cyn_parser_clear(&w->parser);
    }
    for (size_t i = 0; p->slots && i < p->nslots; i++)
        cyn_block_clear(&p->slots[i].block);
    cyn_feed_clear(&p->feed);
    cyn_free(p->workers);
    cyn_free(p->slots);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
}

cyn_code cyn_blocks_load(const cyn_blocks_job *job, cyn_arena *arena, cyn_guess *found,
                         bool *irregular, cyn_err *err)
{
    cyn_code rc;
    pool p = {.job = job, .arena = arena};
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.changed, NULL);
    CYN_GOTO(start(&p, err));
    run(&p);
    rc = p.rc;
    if (rc != CYN_OK) {
        if (err) *err = p.err;
        goto done;
    }
    merge(&p, found);
    merge_seen(&p);
    *irregular = p.irregular;
done:
    clear(&p);
    return rc;
}
