#include "engine/inputs.h"
#include "base/buf.h"
#include "base/hash.h"
#include "source/files.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NANO      INT64_C(1000000000)
#define TICK_NANO INT64_C(20000000) /* longer than the clock tick of any usual kernel */

/* To be raised with every change after which the same files give another table or report. */
#define LOAD_VERSION "2"

/* Whole seconds: the file system may know no finer times, and its tick may be seconds long. */
static bool is_coarse(int64_t time)
{
    return time % NANO == 0;
}

/* How long until another change would show; 0 when it would now. */
static int64_t unsettled_for(const cyn_inputs *in)
{
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    int64_t now = cyn_stamp_time(clock), wait = 0;
    for (size_t i = 0; i < in->count; i++) {
        int64_t changed = in->stamps[i].changed, tick = is_coarse(changed) ? 3 * NANO : TICK_NANO;
        if (changed + tick - now > wait) wait = changed + tick - now;
    }
    return wait;
}

static cyn_code take_stamps(cyn_inputs *in, cyn_err *err)
{
    in->bytes = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (!cyn_stamp_take(in->paths[i], &in->stamps[i]))
            return cyn_fail_errno(err, "cannot look at", in->stamps[i].path);
        in->bytes += in->stamps[i].size;
    }
    return CYN_OK;
}

/* A database has more to it than its file: what is written last lies in a journal. */
static cyn_code add_journals(cyn_inputs *in, size_t files, cyn_arena *arena, cyn_err *err)
{
    static const char *const ends[] = {"-wal", "-journal"};
    for (size_t i = 0; i < files; i++) {
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            cyn_file_stamp stamp = {0};
            const char *path = cyn_sprintf(arena, "%s%s", in->paths[i], ends[k]);
            stamp.path = cyn_sprintf(arena, "%s%s", in->stamps[i].path, ends[k]);
            if (!path || !stamp.path) return cyn_nomem(err);
            if (!cyn_stamp_take(path, &stamp) || stamp.size == 0) continue;
            in->paths[in->count] = path;
            in->stamps[in->count++] = stamp;
        }
    }
    return CYN_OK;
}

cyn_code cyn_inputs_find(const cyn_source_spec *spec, cyn_arena *arena, cyn_inputs *out,
                         cyn_err *err)
{
    cyn_source_file *files;
    size_t count;
    CYN_TRY(cyn_source_files(spec, arena, &files, &count, err));
    cyn_inputs in = {.count = count};
    in.stamps = CYN_NEW_ARRAY(arena, 3 * count, cyn_file_stamp);
    in.paths = CYN_NEW_ARRAY(arena, 3 * count, const char *);
    if (!in.stamps || !in.paths) return cyn_nomem(err);
    for (size_t i = 0; i < count; i++) {
        in.stamps[i].path = files[i].shown;
        in.paths[i] = files[i].path;
    }
    if (spec->kind == CYN_SOURCE_SQLITE) CYN_TRY(add_journals(&in, count, arena, err));
    CYN_TRY(take_stamps(&in, err));
    int64_t wait = unsettled_for(&in);
    if (wait > 0 && wait <= TICK_NANO) {
        nanosleep(&(struct timespec){.tv_nsec = wait}, NULL);
        CYN_TRY(take_stamps(&in, err));
        wait = unsettled_for(&in);
    }
    in.settled = wait == 0;
    *out = in;
    return CYN_OK;
}

bool cyn_inputs_unchanged(const cyn_inputs *in)
{
    for (size_t i = 0; i < in->count; i++) {
        cyn_file_stamp now = {.path = in->stamps[i].path};
        if (!cyn_stamp_take(in->paths[i], &now) || !cyn_stamp_equal(&now, &in->stamps[i]))
            return false;
    }
    return true;
}

void cyn_boot_id(char *out, size_t size)
{
    *out = '\0';
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!f) return;
    if (!fgets(out, (int)size, f)) *out = '\0';
    out[strcspn(out, "\n")] = '\0';
    fclose(f);
}

/* With its length before it, so that no two lists of texts look the same. */
static void put_text(cyn_buf *b, const char *s)
{
    cyn_buf_printf(b, "%zu:%s;", s ? strlen(s) + 1 : 0, s ? s : "");
}

static void put_spec(cyn_buf *b, const cyn_source_spec *spec)
{
    put_text(b, CYN_VERSION);
    put_text(b, LOAD_VERSION);
    put_text(b, spec->name);
    cyn_buf_printf(b, "%d,%d,%zu,%zu,%zu;", (int)spec->kind, spec->delimiter, spec->npaths,
                   spec->ncolumns, spec->nmissing);
    for (size_t i = 0; i < spec->npaths; i++)
        put_text(b, spec->paths[i]);
    put_text(b, spec->encoding);
    put_text(b, spec->table);
    put_text(b, spec->query);
    put_text(b, spec->time);
    if (spec->tz) cyn_tz_describe(spec->tz, b);
    for (size_t i = 0; i < spec->ncolumns; i++) {
        const cyn_column_decl *c = &spec->columns[i];
        put_text(b, c->name);
        put_text(b, c->from);
        put_text(b, c->format);
        cyn_buf_printf(b, "%d,%d,%d,%d;", c->has_type, c->has_type ? (int)c->type : 0, c->scale,
                       (int)c->epoch);
    }
    for (size_t i = 0; i < spec->nmissing; i++)
        put_text(b, spec->missing[i]);
    cyn_buf_printf(b, "%lld,%a", (long long)spec->bad_limit, spec->bad_share);
}

/* Clears the text. */
static cyn_code digest(cyn_buf *text, char out[CYN_HASH_SIZE], cyn_err *err)
{
    cyn_code rc = cyn_buf_check(text, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(text->data, text->len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(text);
    return rc;
}

cyn_code cyn_spec_hash(const cyn_source_spec *spec, char out[CYN_HASH_SIZE], cyn_err *err)
{
    cyn_buf text = {0};
    put_spec(&text, spec);
    return digest(&text, out, err);
}

cyn_code cyn_inputs_key(const char *spec, const cyn_file_stamp *inputs, size_t n, int64_t from,
                        char out[CYN_HASH_SIZE], cyn_err *err)
{
    cyn_buf text = {0};
    put_text(&text, spec);
    cyn_buf_printf(&text, "%lld;", (long long)from);
    for (size_t i = 0; i < n; i++) {
        put_text(&text, inputs[i].path);
        cyn_buf_printf(&text, "%lld,%lld,%lld,%lld,%lld;", (long long)inputs[i].size,
                       (long long)inputs[i].modified, (long long)inputs[i].changed,
                       (long long)inputs[i].device, (long long)inputs[i].inode);
    }
    return digest(&text, out, err);
}
