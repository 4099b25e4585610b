/* One value of a column as Lua sees it, and one of Lua's as an answer. */
#pragma once
#include "base/buf.h"
#include "catalog/evaluator.h"
#include <lua.h>

/* Pushes the value. `texts` is the index of a table that remembers the column's texts by code. */
void cyn_push_cell(lua_State *L, const cyn_batch_column *c, size_t row, int texts);

/* Answers as they grow; kind and bits have room for all rows. */
typedef struct cyn_collector {
    uint8_t *kind;
    uint64_t *bits;
    uint32_t *text_length;
    cyn_buf heap;
    bool has_bits, has_text;
} cyn_collector;

bool cyn_collector_init(cyn_collector *c, size_t rows); /* false: no memory; clear it even then */
void cyn_collector_clear(cyn_collector *c);
/* Notes the value on top of the stack as the row's answer. `seen` is the index of a table that
 * remembers where in the heap a text stands. False when a value of that type is no answer. */
bool cyn_collector_take(cyn_collector *c, lua_State *L, size_t row, int seen);
