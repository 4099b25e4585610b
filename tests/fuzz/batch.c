/* The shared memory between host and worker: rows that a worker maps, answers that the host takes.
 * The first byte says which, the rest is the block, at a multiple of eight bytes as it always is.
 */
#include "catalog/batch.h"
#include "promise.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(const cyn_batch_column *c, size_t row)
{
    uint32_t code = ((const uint32_t *)c->values)[row];
    PROMISE(code < c->dict_count);
    uint64_t from = c->dict_offset[code], until = c->dict_offset[code + 1];
    PROMISE(from <= until);
    touch(c->dict_heap + from, (size_t)(until - from));
}

static void read_cell(const cyn_batch_column *c, size_t row)
{
    if (c->valid && !(c->valid[row / 64] >> row % 64 & 1)) return;
    if (c->type == CYN_TEXT)
        read_text(c, row);
    else if (c->type == CYN_BOOLEAN)
        touch((const uint8_t *)c->values + row, 1);
    else
        touch((const uint64_t *)c->values + row, sizeof(uint64_t));
}

static void try_batch(const void *block, size_t size, cyn_arena *arena)
{
    const cyn_batch *b;
    cyn_err err;
    if (cyn_batch_open(block, size, arena, &b, &err) != CYN_OK) {
        PROMISE(err.message[0] != '\0');
        return;
    }
    for (size_t i = 0; i < b->ncolumns; i++) {
        PROMISE(strlen(b->columns[i].name) < size);
        for (size_t row = 0; row < b->rows; row++)
            read_cell(&b->columns[i], row);
    }
}

static void try_answers(const void *block, size_t size, size_t rows, cyn_arena *arena)
{
    cyn_answers *a;
    cyn_err err;
    if (cyn_answers_open(block, size, rows, arena, &a, &err) != CYN_OK) {
        PROMISE(err.message[0] != '\0');
        return;
    }
    PROMISE(a->rows == rows);
    for (size_t row = 0; row < rows; row++) {
        PROMISE(a->kind[row] <= CYN_ANSWER_TEXT);
        if (a->kind[row] != CYN_ANSWER_TEXT) continue;
        PROMISE(a->bits[row] <= a->heap_size);
        PROMISE(a->text_length[row] <= a->heap_size - a->bits[row]);
        touch(a->heap + a->bits[row], a->text_length[row]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    size_t n = size - 1;
    uint64_t *block = malloc(n ? n : 1);
    cyn_arena *arena = cyn_arena_new(0);
    if (block && arena) {
        memcpy(block, data + 1, n);
        if (data[0] == 'B')
            try_batch(block, n, arena);
        else
            try_answers(block, n, data[0] & 15, arena);
    }
    cyn_arena_free(arena);
    free(block);
    return 0;
}
