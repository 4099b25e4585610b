#include "base/hash.h"
#include "column/segment.h"
#include "engine/cache_growth.h"
#include "engine/cache_impl.h"
#include "engine/report_wire.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_END ".seg"

cyn_code cyn_cache_open(cyn_cache *cache, const cyn_source_spec *spec, cyn_arena *arena,
                        cyn_cache_folder *out, cyn_err *err)
{
    cyn_cache_folder f = {.cache = cache,
                          .path = cyn_sprintf(arena, "%s/.cynosure/segments", cache->dir),
                          .source = spec->name};
    cyn_source_spec *load = CYN_NEW(arena, cyn_source_spec);
    if (!f.path || !load) return cyn_nomem(err);
    *load = *spec; /* the caller's may be gone before all is kept */
    f.load = load;
    CYN_TRY(cyn_spec_hash(spec, f.spec, err));
    cyn_boot_id(f.boot, sizeof f.boot);
    if (!cyn_cache_make_state(cache)) CYN_TRY(cyn_cache_state(cache, &f.store, err));
    *out = f;
    return CYN_OK;
}

/* A note is the key of what was read, and the report of it. */
static cyn_code read_note(const cyn_cache_folder *f, const cyn_stored_segment *s,
                          const cyn_segment *segment, cyn_arena *arena, cyn_piece *out,
                          cyn_err *err)
{
    char key[CYN_HASH_SIZE];
    const size_t n = sizeof key - 1;
    CYN_TRY(cyn_inputs_key(f->spec, s->inputs, s->ninputs, s->from, key, err));
    if (segment->note_size < n || memcmp(segment->note, key, n) != 0)
        return cyn_fail(err, CYN_E_DATA, "segment '%s': is of other files", s->file.path);
    return cyn_load_report_read((const char *)segment->note + n, segment->note_size - n, arena,
                                &out->report, &out->columns, err);
}

/* What was found in the files, and what they hold, must be of one load. */
static bool belong_together(const cyn_table *t, const cyn_load_report *r)
{
    size_t width = cyn_table_width(t);
    bool same = cyn_table_rows(t) == (size_t)r->rows && width <= r->ncolumns;
    for (size_t i = 0; same && i < r->ncolumns; i++)
        same = r->columns[i].unread == (i >= width);
    for (size_t i = 0; same && i < width; i++) {
        const cyn_column *c = cyn_table_column(t, i);
        same = strcmp(c->name, r->columns[i].name) == 0 && c->type == r->columns[i].type &&
               c->scale == r->columns[i].scale;
    }
    return same;
}

/* A file that is as it was written, by a machine that has not been down since, needs no second look
 * at every byte: this is what makes a repeat take no time. */
static cyn_segment_check trust(const cyn_cache_folder *f, const cyn_stored_segment *s,
                               const char *path)
{
    cyn_file_stamp now = {.path = s->file.path};
    bool as_written = *f->boot && strcmp(f->boot, s->boot) == 0 && cyn_stamp_take(path, &now) &&
                      cyn_stamp_equal(&now, &s->file);
    return as_written ? CYN_SEGMENT_FRAME : CYN_SEGMENT_ALL;
}

cyn_code cyn_cache_map(const cyn_cache_folder *f, cyn_arena *arena, cyn_piece *piece, cyn_err *err)
{
    const cyn_stored_segment *s = piece->stored;
    const char *path = cyn_sprintf(arena, "%s/%s", f->path, s->file.path);
    if (!path) return cyn_nomem(err);
    cyn_segment segment;
    cyn_piece mapped = *piece;
    CYN_TRY(cyn_segment_open(path, trust(f, s, path), arena, &segment, err));
    cyn_code rc = read_note(f, s, &segment, arena, &mapped, err);
    if (rc == CYN_OK && !belong_together(segment.table, mapped.report))
        rc = cyn_fail(err, CYN_E_DATA, "segment '%s': its report is another's", path);
    if (rc != CYN_OK) {
        cyn_table_unref(segment.table);
        return rc;
    }
    mapped.table = segment.table;
    *piece = mapped;
    return CYN_OK;
}

/* --- Writing: everything below happens under the folder's lock ------------------------------- */

/* *lock is -1 when another process has it. */
static cyn_code enter(const cyn_cache_folder *f, int *lock, cyn_err *err)
{
    *lock = -1;
    if (mkdir(f->path, 0777) != 0 && errno != EEXIST)
        return cyn_fail_errno(err, "cannot create folder", f->path);
    int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return cyn_fail_errno(err, "cannot open folder", f->path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        *lock = fd;
    else
        close(fd);
    return CYN_OK;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

static bool is_known(const char *name, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, known[i]) == 0) return true;
    return false;
}

/* Under the lock nobody writes, so that every temporary is stale. Other files are not ours. */
static void remove_strays(const cyn_cache_folder *f, const char *const *known, size_t n)
{
    DIR *dir = opendir(f->path);
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        bool ours =
            ends_with(e->d_name, SEGMENT_END) || ends_with(e->d_name, SEGMENT_END CYN_SEGMENT_NEW);
        if (ours && !is_known(e->d_name, known, n)) unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir) closedir(dir);
}

static cyn_code clean_up(const cyn_cache_folder *f, cyn_arena *arena, cyn_err *err)
{
    const char **known;
    size_t n;
    CYN_TRY(cyn_store_segment_files(f->store, arena, &known, &n, err));
    remove_strays(f, known, n);
    return CYN_OK;
}

cyn_code cyn_cache_sweep(const cyn_cache_folder *f, cyn_arena *arena, cyn_err *err)
{
    int lock;
    if (access(f->path, F_OK) != 0) return CYN_OK;
    CYN_TRY(enter(f, &lock, err));
    if (lock < 0) return CYN_OK;
    cyn_code rc = clean_up(f, arena, err);
    close(lock);
    return rc;
}

/* Names mean nothing and are never used again, so that no record of old finds a new file. */
static const char *new_name(cyn_arena *arena)
{
    uint8_t random[8];
    char digits[2 * sizeof random + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return NULL;
    cyn_hex(random, sizeof random, digits);
    return cyn_sprintf(arena, "%s" SEGMENT_END, digits);
}

static cyn_code write_piece(const cyn_cache_folder *f, const cyn_stored_segment *s,
                            const cyn_piece *piece, const char *path, const atomic_bool *cancel,
                            cyn_err *err)
{
    char key[CYN_HASH_SIZE];
    cyn_buf note = {0};
    CYN_TRY(cyn_inputs_key(f->spec, s->inputs, s->ninputs, s->from, key, err));
    cyn_buf_puts(&note, key);
    cyn_load_report_write(piece->report, &piece->columns, &note);
    cyn_code rc = cyn_buf_check(&note, err);
    if (rc == CYN_OK) rc = cyn_segment_write(piece->table, note.data, note.len, cancel, path, err);
    cyn_buf_clear(&note);
    return rc;
}

static cyn_code store_piece(const cyn_cache_folder *f, const cyn_inputs *in, const cyn_piece *piece,
                            const atomic_bool *cancel, cyn_arena *arena, cyn_stored_segment *out,
                            cyn_err *err)
{
    if (piece->stored) {
        *out = *piece->stored;
        return CYN_OK;
    }
    const char *name = new_name(arena);
    const char *path = name ? cyn_sprintf(arena, "%s/%s", f->path, name) : NULL;
    if (!path) return cyn_nomem(err);
    size_t last = piece->first + piece->count - 1;
    char mark[CYN_HASH_SIZE];
    CYN_TRY(cyn_growth_mark(f->load, in->paths[last], &in->stamps[last], piece->report, mark, err));
    *out = (cyn_stored_segment){.file = {.path = name},
                                .boot = f->boot,
                                .inputs = in->stamps + piece->first,
                                .ninputs = piece->count,
                                .from = piece->from,
                                .mark = cyn_strdup(arena, mark)};
    if (!out->mark) return cyn_nomem(err);
    CYN_TRY(write_piece(f, out, piece, path, cancel, err));
    if (!cyn_stamp_take(path, &out->file)) return cyn_fail_errno(err, "cannot look at", path);
    return CYN_OK;
}

static cyn_code keep_all(const cyn_cache_folder *f, const cyn_inputs *in, const cyn_piece *pieces,
                         size_t n, const atomic_bool *cancel, cyn_arena *arena, cyn_err *err)
{
    cyn_stored_segment *segments = CYN_NEW_ARRAY(arena, n + 1, cyn_stored_segment);
    if (!segments) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(store_piece(f, in, &pieces[i], cancel, arena, &segments[i], err));
    CYN_TRY(cyn_store_set_segments(f->store, f->source, f->spec, segments, n, err));
    return cyn_store_keep_sources(f->store, f->cache->sources, f->cache->nsources, err);
}

cyn_code cyn_cache_keep(const cyn_cache_folder *f, const cyn_inputs *in, const cyn_piece *pieces,
                        size_t n, const atomic_bool *cancel, cyn_arena *arena, cyn_err *err)
{
    int lock;
    CYN_TRY(enter(f, &lock, err));
    if (lock < 0) return CYN_OK;
    cyn_code rc = keep_all(f, in, pieces, n, cancel, arena, err);
    cyn_code cleaned = clean_up(f, arena, rc == CYN_OK ? err : NULL); /* also after a failure */
    close(lock);
    return rc != CYN_OK ? rc : cleaned;
}
