/* Segment files: opened as they are, and once more with all checksums made right. The checksums
 * would hide nearly everything behind them from a fuzzer; a defect of the writer or of a disk that
 * they miss must not become a crash either.
 */
#include "column/segment_impl.h"
#include "promise.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(const cyn_column *c, size_t row)
{
    uint32_t code = cyn_column_code(c, row);
    PROMISE(code < c->dict->count);
    uint64_t from = c->dict->offset[code], until = c->dict->offset[code + 1];
    PROMISE(from <= until);
    touch(c->dict->heap + from, (size_t)(until - from));
}

static void read_column(const cyn_column *c, size_t rows)
{
    PROMISE((c->dict != NULL) == (c->type == CYN_TEXT));
    for (size_t row = 0; row < rows; row++) {
        if (!cyn_column_has(c, row)) continue;
        if (c->type == CYN_TEXT)
            read_text(c, row);
        else if (c->type == CYN_BOOLEAN)
            touch(&c->v.bit[row], sizeof *c->v.bit);
        else
            touch((const char *)c->v.values + row * cyn_column_size(c), cyn_column_size(c));
    }
}

static void open_segment(const char *path, cyn_segment_check check)
{
    cyn_segment segment;
    cyn_err err;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return;
    if (cyn_segment_open(path, check, arena, &segment, &err) == CYN_OK) {
        PROMISE(((const char *)segment.note)[segment.note_size] == '\0');
        size_t width = cyn_table_width(segment.table), rows = cyn_table_rows(segment.table);
        for (size_t i = 0; check == CYN_SEGMENT_ALL && i < width; i++)
            read_column(cyn_table_column(segment.table, i), rows);
        cyn_table_unref(segment.table);
    } else {
        PROMISE(err.code != CYN_OK && err.message[0] != '\0');
    }
    cyn_arena_free(arena);
}

static void open_bytes(const uint8_t *data, size_t size)
{
    char path[40];
    int file = memfd_create("segment", MFD_CLOEXEC);
    if (file < 0) return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (write(file, data, size) == (ssize_t)size) {
        open_segment(path, CYN_SEGMENT_FRAME);
        open_segment(path, CYN_SEGMENT_ALL);
    }
    close(file);
}

static void repair_section(const uint8_t *data, size_t size, cyn_section *s)
{
    if (s->at <= size && s->size <= size - s->at)
        s->check = cyn_segment_checksum(data + s->at, (size_t)s->size, s->at);
}

/* False where there is no header with its entries. */
static bool repair(uint8_t *data, size_t size)
{
    cyn_segment_header h;
    if (size < sizeof h) return false;
    memcpy(&h, data, sizeof h);
    memcpy(h.magic, CYN_SEGMENT_MAGIC, sizeof h.magic);
    if (h.width > (size - sizeof h) / sizeof(cyn_segment_entry)) return false;
    h.version = CYN_SEGMENT_VERSION;
    h.order = CYN_SEGMENT_ORDER;
    h.size = size;
    h.check = 0;
    repair_section(data, size, &h.note);
    uint8_t *at = data + sizeof h;
    for (uint64_t i = 0; i < h.width; i++, at += sizeof(cyn_segment_entry)) {
        cyn_segment_entry e;
        memcpy(&e, at, sizeof e);
        for (size_t k = 0; k < CYN_SECTIONS; k++)
            repair_section(data, size, &e.sections[k]);
        memcpy(at, &e, sizeof e);
    }
    uint64_t check = cyn_segment_checksum(&h, sizeof h, 0);
    h.check = cyn_segment_checksum(data + sizeof h, h.width * sizeof(cyn_segment_entry), check);
    memcpy(data, &h, sizeof h);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    open_bytes(data, size);
    if (repair(copy, size)) open_bytes(copy, size);
    free(copy);
    return 0;
}
