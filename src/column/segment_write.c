#include "column/narrow_impl.h"
#include "column/segment_impl.h"
#include "column/table_impl.h"
#include "column/zone_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LANES = 4 };

/* Both steps can be undone, so no two words take a lane from one value to the same other one. */
static uint64_t stir(uint64_t lane, uint64_t word)
{
    lane = (lane ^ word) * UINT64_C(0x9ddfea08eb382d69);
    return lane ^ (lane >> 29);
}

/* Four lanes side by side: a multiplication waits for the one before it in its lane only, so that
 * the sum is as fast as memory. */
uint64_t cyn_segment_checksum(const void *data, size_t n, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t lanes[LANES], words[LANES], sum = seed ^ n;
    for (uint64_t i = 0; i < LANES; i++)
        lanes[i] = seed + i + 1;
    for (; n >= sizeof words; n -= sizeof words, p += sizeof words) {
        memcpy(words, p, sizeof words);
        for (size_t i = 0; i < LANES; i++)
            lanes[i] = stir(lanes[i], words[i]);
    }
    memset(words, 0, sizeof words);
    if (n > 0) memcpy(words, p, n);
    for (size_t i = 0; i < LANES; i++)
        sum = stir(sum, stir(lanes[i], words[i]));
    return sum ^ (sum >> 32);
}

/* The arrays of a column, in the order of cyn_section_kind. */
typedef struct array {
    const void *data;
    size_t size;
} array;

static void arrays_of(const cyn_column *c, size_t rows, const cyn_zone *zones,
                      array out[CYN_SECTIONS])
{
    memset(out, 0, CYN_SECTIONS * sizeof *out);
    out[CYN_SECTION_ZONES] = (array){zones, cyn_zones_of(c->type, rows) * sizeof *zones};
    out[CYN_SECTION_NAME] = (array){c->name, strlen(c->name) + 1};
    out[CYN_SECTION_VALUES] = (array){c->v.values, rows * cyn_column_size(c)};
    if (c->valid) out[CYN_SECTION_VALID] = (array){c->valid, (rows + 63) / 64 * sizeof *c->valid};
    if (!c->dict) return;
    size_t count = c->dict->count;
    out[CYN_SECTION_OFFSETS] = (array){c->dict->offset, (count + 1) * sizeof *c->dict->offset};
    out[CYN_SECTION_HEAP] = (array){c->dict->heap, (size_t)c->dict->offset[count]};
}

/* The next section, behind all that have a place. */
static cyn_section place(uint64_t *end, const void *data, size_t size)
{
    cyn_section s = {.size = size};
    if (size == 0) return s;
    s.at = (*end + CYN_SEGMENT_ALIGN - 1) / CYN_SEGMENT_ALIGN * CYN_SEGMENT_ALIGN;
    s.check = cyn_segment_checksum(data, size, s.at);
    *end = s.at + size;
    return s;
}

typedef struct writer {
    int fd;
    const char *path;
    const atomic_bool *cancel;
    uint64_t at; /* bytes written */
} writer;

static cyn_code put(writer *w, const void *data, size_t n, cyn_err *err)
{
    /* Between two looks at `cancel`. Of larger ones the page cache makes larger pieces, which on a
     * virtual machine are often memory that its host has yet to give. */
    enum { CHUNK = 256 << 10 };
    const char *p = data;
    while (n > 0) {
        if (w->cancel && atomic_load(w->cancel)) return cyn_fail(err, CYN_E_CANCEL, "stopped");
        ssize_t done = write(w->fd, p, n < CHUNK ? n : CHUNK);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return cyn_fail_errno(err, "cannot write", w->path);
        p += done;
        n -= (size_t)done;
        w->at += (uint64_t)done;
    }
    return CYN_OK;
}

static cyn_code put_section(writer *w, const cyn_section *s, const void *data, cyn_err *err)
{
    static const char zeros[CYN_SEGMENT_ALIGN];
    if (s->size == 0) return CYN_OK;
    CYN_TRY(put(w, zeros, (size_t)(s->at - w->at), err));
    return put(w, data, (size_t)s->size, err);
}

/* Header and entries, with all places and checksums. */
typedef struct plan {
    cyn_segment_header header;
    cyn_segment_entry *entries;
    size_t entries_size;
    cyn_zone *zones; /* those of all columns, as many places for each */
    size_t nzones;
} plan;

static void plan_clear(plan *p)
{
    cyn_free(p->entries);
    cyn_free(p->zones);
}

static void plan_column(plan *p, const cyn_table *t, size_t i, uint64_t *end)
{
    const cyn_column *c = &t->columns[i];
    cyn_segment_entry *e = &p->entries[i];
    cyn_zone *zones = p->zones + i * p->nzones;
    array arrays[CYN_SECTIONS];
    if (c->zones)
        memcpy(zones, c->zones, cyn_zones_of(c->type, t->rows) * sizeof *zones);
    else
        cyn_zones_make(c, t->rows, zones);
    arrays_of(c, t->rows, zones, arrays);
    *e = (cyn_segment_entry){.type = c->type, .scale = c->scale, .has_dict = c->dict != NULL};
    e->narrow = c->narrow;
    e->unit = cyn_form_of(c).unit;
    e->finite = c->finite || cyn_column_is_finite(c, t->rows);
    e->ascending = c->ascending || cyn_column_is_ascending(c, t->rows);
    if (c->dict) e->texts = c->dict->count;
    for (size_t k = 0; k < CYN_SECTIONS; k++)
        e->sections[k] = place(end, arrays[k].data, arrays[k].size);
}

static cyn_code make_plan(const cyn_table *t, const void *note, size_t size, plan *p, cyn_err *err)
{
    size_t width = t->width ? t->width : 1;
    p->header = (cyn_segment_header){.magic = CYN_SEGMENT_MAGIC,
                                     .version = CYN_SEGMENT_VERSION,
                                     .order = CYN_SEGMENT_ORDER,
                                     .rows = t->rows,
                                     .width = t->width};
    p->nzones = t->rows / CYN_ZONE_ROWS;
    p->zones = cyn_calloc(p->nzones * width + 1, sizeof *p->zones);
    p->entries = cyn_calloc(width, sizeof *p->entries);
    if (!p->entries || !p->zones) return cyn_nomem(err);
    p->entries_size = t->width * sizeof *p->entries;
    uint64_t end = sizeof p->header + p->entries_size;
    p->header.note = place(&end, note, size);
    for (size_t i = 0; i < t->width; i++)
        plan_column(p, t, i, &end);
    p->header.size = end;
    uint64_t check = cyn_segment_checksum(&p->header, sizeof p->header, 0);
    p->header.check = cyn_segment_checksum(p->entries, p->entries_size, check);
    return CYN_OK;
}

static cyn_code put_all(writer *w, const cyn_table *t, const void *note, const plan *p,
                        cyn_err *err)
{
    CYN_TRY(put(w, &p->header, sizeof p->header, err));
    CYN_TRY(put(w, p->entries, p->entries_size, err));
    CYN_TRY(put_section(w, &p->header.note, note, err));
    for (size_t i = 0; i < t->width; i++) {
        array arrays[CYN_SECTIONS];
        arrays_of(&t->columns[i], t->rows, p->zones + i * p->nzones, arrays);
        for (size_t k = 0; k < CYN_SECTIONS; k++)
            CYN_TRY(put_section(w, &p->entries[i].sections[k], arrays[k].data, err));
    }
    return CYN_OK;
}

cyn_code cyn_segment_write(const cyn_table *t, const void *note, size_t size,
                           const atomic_bool *cancel, const char *path, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    plan p = {0};
    writer w = {.fd = -1, .path = path, .cancel = cancel};
    char *temporary = cyn_malloc(strlen(path) + sizeof CYN_SEGMENT_NEW);
    if (!temporary) return cyn_nomem(err);
    strcpy(stpcpy(temporary, path), CYN_SEGMENT_NEW);
    CYN_GOTO(make_plan(t, note, size, &p, err));
    w.fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w.fd < 0) {
        rc = cyn_fail_errno(err, "cannot write", path);
        goto done;
    }
    rc = put_all(&w, t, note, &p, err);
    if (close(w.fd) != 0 && rc == CYN_OK) rc = cyn_fail_errno(err, "cannot write", path);
    if (rc == CYN_OK && rename(temporary, path) != 0)
        rc = cyn_fail_errno(err, "cannot write", path);
    if (rc != CYN_OK) unlink(temporary);
done:
    plan_clear(&p);
    cyn_free(temporary);
    return rc;
}
