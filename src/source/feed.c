#include "source/feed.h"
#include "source/block_impl.h"
#include "source/csv.h"
#include "source/csv_index.h"
#include <string.h>

enum {
    BLOCK_BYTES = 256 << 10, /* with its arrays it stays in a core's cache */
    BLOCK_MAX = 8 << 20,     /* longer rows are left to the reader, which knows what is too long */
    BLOCK_MIN = 16,
    BLOCK_STEP = 4 << 10, /* room for carries of nearly all lengths, so that texts stay in place */
};

static bool is_csv(const cyn_feed *f)
{
    return f->job->spec->kind == CYN_SOURCE_CSV;
}

/* The fields of CSV are those of its header; numbers must outlive the reader. */
static cyn_code keep_numbers(cyn_feed *f, cyn_err *err)
{
    uint32_t *numbers = CYN_NEW_ARRAY(f->arena, f->layout->width, uint32_t);
    if (!numbers) return cyn_nomem(err);
    memcpy(numbers, f->layout->numbers, f->layout->width * sizeof *numbers);
    f->layout->numbers = numbers;
    return CYN_OK;
}

/* A line of NDJSON may have any of the fields known. */
static cyn_code make_layouts(cyn_feed *f, cyn_err *err)
{
    const cyn_blocks_job *job = f->job;
    f->layouts = CYN_NEW_ARRAY(f->arena, job->nfiles, cyn_block_layout);
    if (!f->layouts) return cyn_nomem(err);
    if (is_csv(f)) return CYN_OK;
    uint32_t *numbers = CYN_NEW_ARRAY(f->arena, job->nfields, uint32_t);
    if (!numbers) return cyn_nomem(err);
    for (uint32_t i = 0; i < job->nfields; i++)
        numbers[i] = i;
    for (size_t i = 0; i < job->nfiles; i++)
        f->layouts[i] = (cyn_block_layout){.width = job->nfields, .numbers = numbers, .line = 1};
    if (job->spec->from > 0) f->layouts[0].line = job->spec->from_line;
    return CYN_OK;
}

static cyn_code open_next(cyn_feed *f, cyn_err *err)
{
    const cyn_blocks_job *job = f->job;
    CYN_TRY(cyn_reader_open(&job->files[f->file], job->schema, &f->reader, err));
    f->layout = &f->layouts[f->file];
    if (is_csv(f)) {
        cyn_csv_layout(f->reader, f->layout);
        CYN_TRY(keep_numbers(f, err));
    }
    f->layout->file = f->file;
    f->first = true;
    return CYN_OK;
}

static void close_current(cyn_feed *f)
{
    cyn_reader_close(f->reader);
    f->reader = NULL;
    f->done_before += f->job->files[f->file++].bytes;
}

/* Fills the block up to `want` bytes; `end` when there is nothing more in the file. */
static cyn_code fill(cyn_feed *f, cyn_block *b, size_t want, bool *end, cyn_err *err)
{
    *end = false;
    CYN_TRY(cyn_block_reserve(b, want + BLOCK_MIN, err));
    while (b->size < want && !*end) {
        size_t got;
        CYN_TRY(cyn_window_take(f->reader->window, b->text + b->size, want + BLOCK_MIN - b->size,
                                &got, err));
        b->size += got;
        *end = got == 0;
    }
    return CYN_OK;
}

/* What is behind the cut begins the next block. */
static cyn_code cut_block(cyn_feed *f, cyn_block *b, size_t cut, cyn_err *err)
{
    size_t rest = b->size - cut;
    if (!CYN_ROOM(f->carry, f->carry_room, rest + 1)) return cyn_nomem(err);
    memcpy(f->carry, b->text + cut, rest);
    f->ncarry = rest;
    b->size = cut;
    return CYN_OK;
}

/* Behind the last line feed; 0 when there is none. No value of JSON has one in it. */
static size_t cut_line(const char *s, size_t n)
{
    const char *feed = memrchr(s, '\n', n);
    return feed ? (size_t)(feed - s) + 1 : 0;
}

/* The next block of the current file; empty when there is no more. Its size grows until a row ends
 * in it. */
static cyn_code read_block(cyn_feed *f, cyn_block *b, cyn_err *err)
{
    size_t want = f->job->spec->block_bytes ? f->job->spec->block_bytes : BLOCK_BYTES;
    if (want < BLOCK_MIN) want = BLOCK_MIN;
    const size_t room = f->ncarry + want + BLOCK_MIN;
    CYN_TRY(cyn_block_reserve(b, (room + BLOCK_STEP - 1) / BLOCK_STEP * BLOCK_STEP, err));
    b->size = f->ncarry;
    if (b->size > 0) memcpy(b->text, f->carry, b->size);
    f->ncarry = 0;
    b->layout = f->layout;
    b->first = f->first;
    f->first = false;
    for (bool end = false; !end; want *= 2) {
        CYN_TRY(fill(f, b, want, &end, err));
        if (end) break;
        size_t cut = is_csv(f) ? cyn_csv_cut(b->text, b->size) : cut_line(b->text, b->size);
        if (cut > 0) return cut_block(f, b, cut, err);
        b->irregular = b->size > BLOCK_MAX;
        if (b->irregular) return CYN_OK;
    }
    return CYN_OK;
}

cyn_code cyn_feed_init(cyn_feed *f, const cyn_blocks_job *job, cyn_arena *arena, cyn_err *err)
{
    *f = (cyn_feed){.job = job, .arena = arena};
    return make_layouts(f, err);
}

void cyn_feed_clear(cyn_feed *f)
{
    cyn_reader_close(f->reader);
    cyn_free(f->carry);
}

int64_t cyn_feed_done(const cyn_feed *f)
{
    return f->done_before + (f->reader ? f->reader->position(f->reader) : 0);
}

cyn_code cyn_feed_next(cyn_feed *f, cyn_block *b, bool *some, cyn_err *err)
{
    b->irregular = false;
    for (*some = false; !*some && f->file < f->job->nfiles;) {
        if (!f->reader) CYN_TRY(open_next(f, err));
        CYN_TRY(read_block(f, b, err));
        *some = b->size > 0;
        if (!*some) close_current(f);
    }
    return CYN_OK;
}
