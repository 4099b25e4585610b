#include "script/cell.h"
#include "base/arena.h"
#include "base/num.h"
#include "base/time.h"
#include "script/state.h"
#include <math.h>
#include <string.h>

/* Above this many, texts are made anew each time rather than remembered: they are likely all
 * different, and would fill the state's memory. */
#define REMEMBERED 65536

static void push_text(lua_State *L, const cyn_batch_column *c, uint32_t code, int texts)
{
    bool remember = c->dict_count <= REMEMBERED;
    if (remember && lua_rawgeti(L, texts, (lua_Integer)code + 1) != LUA_TNIL) return;
    if (remember) lua_pop(L, 1);
    uint64_t start = c->dict_offset[code], end = c->dict_offset[code + 1];
    lua_pushlstring(L, c->dict_heap + start, (size_t)(end - start));
    if (!remember) return;
    lua_pushvalue(L, -1);
    lua_rawseti(L, texts, (lua_Integer)code + 1);
}

void cyn_push_cell(lua_State *L, const cyn_batch_column *c, size_t row, int texts)
{
    if (c->valid && !(c->valid[row >> 6] >> (row & 63) & 1)) {
        lua_pushnil(L);
        return;
    }
    const int64_t *i64 = c->values;
    switch (c->type) {
    case CYN_TEXT: push_text(L, c, ((const uint32_t *)c->values)[row], texts); break;
    case CYN_INTEGER:
    case CYN_DATE: lua_pushinteger(L, i64[row]); break;
    case CYN_REAL: lua_pushnumber(L, ((const double *)c->values)[row]); break;
    case CYN_DECIMAL: lua_pushnumber(L, cyn_num_double(cyn_num_decimal(i64[row], c->scale))); break;
    case CYN_BOOLEAN: lua_pushboolean(L, ((const uint8_t *)c->values)[row]); break;
    case CYN_TIMESTAMP: lua_pushnumber(L, (double)i64[row] / CYN_SECOND); break;
    }
}

bool cyn_collector_init(cyn_collector *c, size_t rows)
{
    *c = (cyn_collector){
        .kind = cyn_calloc(rows + 1, 1),
        .bits = cyn_calloc(rows + 1, sizeof *c->bits),
        .text_length = cyn_calloc(rows + 1, sizeof *c->text_length),
    };
    return c->kind && c->bits && c->text_length;
}

void cyn_collector_clear(cyn_collector *c)
{
    cyn_free(c->kind);
    cyn_free(c->bits);
    cyn_free(c->text_length);
    cyn_buf_clear(&c->heap);
    *c = (cyn_collector){0};
}

static void take_number(cyn_collector *c, lua_State *L, size_t row)
{
    double x = lua_tonumber(L, -1);
    if (lua_isinteger(L, -1)) {
        c->kind[row] = CYN_ANSWER_INTEGER;
        c->bits[row] = (uint64_t)lua_tointeger(L, -1);
    } else if (isfinite(x)) { /* NaN and infinities are missing */
        c->kind[row] = CYN_ANSWER_REAL;
        memcpy(&c->bits[row], &x, sizeof x);
    }
    c->has_bits = true;
}

/* Texts repeat more often than not, so each is kept once, as long as remembering is cheap. */
static void take_text(cyn_collector *c, lua_State *L, size_t row, int seen)
{
    size_t n;
    const char *s = lua_tolstring(L, -1, &n);
    c->kind[row] = CYN_ANSWER_TEXT;
    c->text_length[row] = (uint32_t)n;
    c->has_bits = c->has_text = true;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, seen) == LUA_TNUMBER) {
        c->bits[row] = (uint64_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    cyn_state_check_output(L, c->heap.len + n);
    c->bits[row] = c->heap.len;
    if (c->heap.len < (size_t)1 << 20) {
        lua_pushvalue(L, -1);
        lua_pushinteger(L, (lua_Integer)c->heap.len);
        lua_rawset(L, seen);
    }
    cyn_buf_add(&c->heap, s, n);
}

bool cyn_collector_take(cyn_collector *c, lua_State *L, size_t row, int seen)
{
    switch (lua_type(L, -1)) {
    case LUA_TNIL: return true;
    case LUA_TBOOLEAN:
        c->kind[row] = lua_toboolean(L, -1) ? CYN_ANSWER_TRUE : CYN_ANSWER_FALSE;
        return true;
    case LUA_TNUMBER: take_number(c, L, row); return true;
    case LUA_TSTRING: take_text(c, L, row, seen); return true;
    default: return false;
    }
}
