#include "column/narrow_impl.h"
#include "column/segment_impl.h"
#include "column/table_impl.h"
#include "column/zone_impl.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file as it is mapped, while it is being looked at. */
typedef struct mapped {
    const char *path;
    const char *data;
    size_t size;
    int fd;
} mapped;

static cyn_code damaged(const mapped *m, const char *what, cyn_err *err)
{
    return cyn_fail(err, CYN_E_DATA, "segment '%s': %s", m->path, what);
}

static cyn_code map_file(const char *path, mapped *out, cyn_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cyn_fail_errno(err, "cannot open", path);
    mapped m = {.path = path, .fd = fd};
    cyn_code rc = CYN_OK;
    if (fstat(fd, &st) != 0)
        rc = cyn_fail_errno(err, "cannot read", path);
    else if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(cyn_segment_header))
        rc = damaged(&m, "is too short to be one", err);
    if (rc == CYN_OK) {
        m.size = (size_t)st.st_size;
        void *data = mmap(NULL, m.size, PROT_READ, MAP_SHARED, fd, 0);
        if (data == MAP_FAILED)
            rc = cyn_fail_errno(err, "cannot map", path);
        else
            m.data = data;
    }
    if (rc == CYN_OK)
        *out = m;
    else
        close(fd);
    return rc;
}

static cyn_code check_header(const mapped *m, cyn_segment_header *out, cyn_err *err)
{
    cyn_segment_header h = {0};
    memcpy(&h, m->data, sizeof h);
    if (memcmp(h.magic, CYN_SEGMENT_MAGIC, sizeof h.magic) != 0)
        return damaged(m, "is no segment", err);
    if (h.order != CYN_SEGMENT_ORDER)
        return damaged(m, "was written by a machine of another byte order", err);
    if (h.version != CYN_SEGMENT_VERSION)
        return cyn_fail(err, CYN_E_DATA, "segment '%s': has version %u, expected %d", m->path,
                        h.version, CYN_SEGMENT_VERSION);
    if (h.size != m->size) return damaged(m, "is cut short, or longer than it was", err);
    if (h.width > (m->size - sizeof h) / sizeof(cyn_segment_entry))
        return damaged(m, "has more columns than bytes", err);
    uint64_t stored = h.check;
    h.check = 0;
    uint64_t check = cyn_segment_checksum(&h, sizeof h, 0);
    check = cyn_segment_checksum(m->data + sizeof h, h.width * sizeof(cyn_segment_entry), check);
    if (check != stored) return damaged(m, "the checksum of its header is wrong", err);
    *out = h;
    return CYN_OK;
}

/* An array of `size` bytes lies where the section says, inside the file. */
static bool fits(const mapped *m, const cyn_section *s, uint64_t size)
{
    if (s->size != size) return false;
    return s->size == 0 ||
           (s->at % CYN_SEGMENT_ALIGN == 0 && s->at <= m->size && s->size <= m->size - s->at);
}

static bool is_intact(const mapped *m, const cyn_section *s)
{
    return s->size == 0 || cyn_segment_checksum(m->data + s->at, s->size, s->at) == s->check;
}

/* An array without bytes still needs an address that is not NULL; where it says it lies counts not.
 */
static const void *array_at(const mapped *m, const cyn_section *s)
{
    return m->data + (s->size > 0 ? s->at : 0);
}

/* Sizes agree with rows, type and dictionary, and the name is a text. */
static bool is_shaped(const mapped *m, const cyn_segment_entry *e, uint64_t rows)
{
    const cyn_section *s = e->sections;
    const cyn_section *name = &s[CYN_SECTION_NAME], *valid = &s[CYN_SECTION_VALID];
    const cyn_section *offsets = &s[CYN_SECTION_OFFSETS], *heap = &s[CYN_SECTION_HEAP];
    bool is_text = e->type == CYN_TEXT;
    if (e->type >= CYN_TYPE_COUNT || e->scale > UINT8_MAX || (e->has_dict != 0) != is_text)
        return false;
    if (!cyn_form_exists((cyn_type)e->type, e->narrow, e->unit)) return false;
    if (name->size == 0 || !fits(m, name, name->size) || m->data[name->at + name->size - 1])
        return false;
    uint64_t words = (rows + 63) / 64;
    size_t size = e->narrow ? e->narrow : cyn_type_size((cyn_type)e->type);
    if (!fits(m, &s[CYN_SECTION_VALUES], rows * size)) return false;
    if (!fits(m, valid, 0) && !fits(m, valid, words * sizeof(uint64_t))) return false;
    uint64_t zones = cyn_zones_of((cyn_type)e->type, rows);
    if (!fits(m, &s[CYN_SECTION_ZONES], zones * sizeof(cyn_zone))) return false;
    if (!is_text) return fits(m, offsets, 0) && fits(m, heap, 0) && e->texts == 0;
    return fits(m, offsets, ((uint64_t)e->texts + 1) * sizeof(uint64_t)) &&
           fits(m, heap, heap->size);
}

/* What kernels rely on: offsets rise from 0 to the end of the heap, codes are of the dictionary,
 * and what is said of the values is so. */
static bool is_usable(const cyn_column *c, size_t rows, uint64_t heap_size)
{
    if (!cyn_zones_hold(c, rows) || (c->finite && !cyn_column_is_finite(c, rows))) return false;
    if (c->ascending && !cyn_column_is_ascending(c, rows)) return false;
    if (!c->dict) return true;
    const cyn_dict *d = c->dict;
    if (d->offset[0] != 0 || d->offset[d->count] != heap_size) return false;
    for (uint32_t i = 0; i < d->count; i++)
        if (d->offset[i] > d->offset[i + 1]) return false;
    if (d->count == 0) {
        for (size_t i = 0; i < rows; i++)
            if (cyn_column_has(c, i)) return false;
        return true;
    }
    uint32_t greatest = 0;
    for (size_t i = 0; i < rows; i++) {
        uint32_t code = cyn_column_code(c, i);
        greatest = code > greatest ? code : greatest;
    }
    return greatest < d->count;
}

static void view_column(const mapped *m, const cyn_segment_entry *e, cyn_dict *dict,
                        cyn_column *out)
{
    const cyn_section *s = e->sections;
    *out = (cyn_column){
        .name = array_at(m, &s[CYN_SECTION_NAME]),
        .type = (cyn_type)e->type,
        .scale = (uint8_t)e->scale,
        .narrow = (uint8_t)e->narrow,
        .unit = e->unit,
        .finite = e->finite != 0,
        .ascending = e->ascending != 0,
        .v = {.values = array_at(m, &s[CYN_SECTION_VALUES])},
    };
    if (s[CYN_SECTION_VALID].size > 0) out->valid = array_at(m, &s[CYN_SECTION_VALID]);
    if (s[CYN_SECTION_ZONES].size > 0) out->zones = array_at(m, &s[CYN_SECTION_ZONES]);
    if (!e->has_dict) return;
    *dict = (cyn_dict){
        .count = e->texts,
        .offset = array_at(m, &s[CYN_SECTION_OFFSETS]),
        .heap = array_at(m, &s[CYN_SECTION_HEAP]),
    };
    out->dict = dict;
}

static cyn_code take_column(const mapped *m, size_t i, cyn_segment_check check, cyn_table *t,
                            cyn_err *err)
{
    cyn_segment_entry e;
    memcpy(&e, m->data + sizeof(cyn_segment_header) + i * sizeof e, sizeof e);
    if (!is_shaped(m, &e, t->rows)) return damaged(m, "the sizes of a column do not agree", err);
    for (size_t k = 0; k < CYN_SECTIONS; k++) {
        bool small = k == CYN_SECTION_NAME;
        if ((small || check == CYN_SEGMENT_ALL) && !is_intact(m, &e.sections[k]))
            return damaged(m, "the checksum of a column is wrong", err);
        t->bytes += k == CYN_SECTION_NAME ? 0 : (size_t)e.sections[k].size;
    }
    view_column(m, &e, &t->storage[i].dict, &t->columns[i]);
    if (check == CYN_SEGMENT_ALL &&
        !is_usable(&t->columns[i], t->rows, e.sections[CYN_SECTION_HEAP].size))
        return damaged(m, "a dictionary, or what is said of values, does not fit a column", err);
    return CYN_OK;
}

static cyn_code take_note(const mapped *m, const cyn_section *s, cyn_arena *arena, cyn_segment *out,
                          cyn_err *err)
{
    if (!fits(m, s, s->size) || !is_intact(m, s)) return damaged(m, "its note is damaged", err);
    char *note = cyn_alloc(arena, (size_t)s->size + 1);
    if (!note) return cyn_nomem(err);
    memcpy(note, array_at(m, s), (size_t)s->size);
    out->note = note;
    out->note_size = (size_t)s->size;
    return CYN_OK;
}

static cyn_code take(const mapped *m, cyn_segment_check check, cyn_arena *arena, cyn_segment *out,
                     cyn_err *err)
{
    cyn_segment_header h = {0};
    CYN_TRY(check_header(m, &h, err));
    if (h.rows > SIZE_MAX / 16) return damaged(m, "has more rows than bytes", err);
    CYN_TRY(take_note(m, &h.note, arena, out, err));
    cyn_table *t = cyn_table_new((size_t)h.width);
    if (!t) return cyn_nomem(err);
    t->rows = (size_t)h.rows;
    t->storage = cyn_calloc(t->width ? t->width : 1, sizeof *t->storage);
    cyn_code rc = t->storage ? CYN_OK : cyn_nomem(err);
    for (size_t i = 0; rc == CYN_OK && i < t->width; i++)
        rc = take_column(m, i, check, t, err);
    if (rc != CYN_OK) {
        cyn_table_unref(t);
        return rc;
    }
    out->table = t;
    return CYN_OK;
}

cyn_code cyn_segment_open(const char *path, cyn_segment_check check, cyn_arena *arena,
                          cyn_segment *out, cyn_err *err)
{
    mapped m = {0};
    cyn_segment segment = {0};
    CYN_TRY(map_file(path, &m, err));
    cyn_code rc = take(&m, check, arena, &segment, err);
    if (rc != CYN_OK) {
        munmap((void *)(uintptr_t)m.data, m.size);
        close(m.fd);
        return rc;
    }
    segment.table->file = (cyn_mapping){(void *)(uintptr_t)m.data, m.size};
    segment.table->fd = m.fd;
    *out = segment;
    return CYN_OK;
}
