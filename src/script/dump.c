#include "script/dump.h"
#include "script/opcode.h"
#include <lauxlib.h>
#include <string.h>

/* ldump.c of Lua 5.4: signature, version, format, check data, three sizes, one integer, one float,
 * then the number of upvalues, then the function. */
static const uint8_t header[] = {0x1b,
                                 'L',
                                 'u',
                                 'a',
                                 0x54,
                                 0,
                                 0x19,
                                 0x93,
                                 '\r',
                                 '\n',
                                 0x1a,
                                 '\n', /* check data */
                                 sizeof(uint32_t),
                                 sizeof(lua_Integer),
                                 sizeof(lua_Number)};
#define HEADER_INTEGER 0x5678
#define HEADER_NUMBER  370.5

#define MAX_DEPTH 200 /* Lua's own limit of nested functions */

enum {
    TAG_NIL = 0,
    TAG_FALSE = 1,
    TAG_INTEGER = 3,
    TAG_SHORT = 4,
    TAG_TRUE = 17,
    TAG_FLOAT = 19,
    TAG_LONG = 20
};

typedef struct reader {
    const uint8_t *data, *at, *end;
    cyn_arena *arena;
    bool bad;
} reader;

/* ---- Pieces ---- */

static const void *take(reader *r, size_t n)
{
    if (r->bad || n > (size_t)(r->end - r->at)) {
        r->bad = true;
        return NULL;
    }
    const void *p = r->at;
    r->at += n;
    return p;
}

static uint8_t take_byte(reader *r)
{
    const uint8_t *p = take(r, 1);
    return p ? *p : 0;
}

/* Sizes have seven bits a byte, the highest first, and the last byte is marked. */
static size_t take_size(reader *r)
{
    size_t n = 0;
    while (!r->bad) {
        if (n > SIZE_MAX >> 7) r->bad = true;
        uint8_t byte = take_byte(r);
        n = n << 7 | (byte & 0x7f);
        if (byte & 0x80) return n;
    }
    return 0;
}

/* The number of things to come, each of `least` bytes at least. */
static size_t take_count(reader *r, size_t least)
{
    size_t n = take_size(r);
    if (r->bad || n > (size_t)(r->end - r->at) / least) {
        r->bad = true;
        return 0;
    }
    return n;
}

static void *make_array(reader *r, size_t n, size_t size)
{
    void *p = cyn_alloc_array(r->arena, n + 1, size);
    if (!p) r->bad = true;
    return p;
}

/* A text that is absent has no bytes. */
static const char *take_text(reader *r, size_t *n)
{
    size_t size = take_size(r);
    *n = size ? size - 1 : 0;
    const char *p = take(r, *n);
    char *s = p ? cyn_strndup(r->arena, p, *n) : NULL;
    if (!s) r->bad = true;
    return s;
}

static void take_constant(reader *r, cyn_const *out)
{
    const void *p = NULL;
    switch (take_byte(r)) {
    case TAG_NIL: out->kind = CYN_CONST_NIL; break;
    case TAG_TRUE: out->i = 1; /* fall through */
    case TAG_FALSE: out->kind = CYN_CONST_BOOLEAN; break;
    case TAG_INTEGER:
        out->kind = CYN_CONST_INTEGER;
        p = take(r, sizeof out->i);
        if (p) memcpy(&out->i, p, sizeof out->i);
        break;
    case TAG_FLOAT:
        out->kind = CYN_CONST_REAL;
        p = take(r, sizeof out->r);
        if (p) memcpy(&out->r, p, sizeof out->r);
        break;
    case TAG_SHORT:
    case TAG_LONG:
        out->kind = CYN_CONST_TEXT;
        out->s = take_text(r, &out->n);
        break;
    default: r->bad = true;
    }
}

/* ---- Parts of a function ---- */

static void take_code(reader *r, cyn_dump_proto *p)
{
    p->ncode = take_count(r, sizeof *p->code);
    uint32_t *code = make_array(r, p->ncode, sizeof *code);
    const void *from = take(r, p->ncode * sizeof *code);
    if (!r->bad && p->ncode) memcpy(code, from, p->ncode * sizeof *code);
    p->code = code;
}

static void take_constants(reader *r, cyn_dump_proto *p)
{
    p->nconstants = take_count(r, 1);
    cyn_const *list = make_array(r, p->nconstants, sizeof *list);
    for (size_t i = 0; i < p->nconstants && !r->bad; i++)
        take_constant(r, &list[i]);
    p->constants = list;
}

static void take_upvalues(reader *r, cyn_dump_proto *p)
{
    p->nupvalues = take_count(r, 3);
    cyn_dump_upvalue *list = make_array(r, p->nupvalues, sizeof *list);
    for (size_t i = 0; i < p->nupvalues && !r->bad; i++) {
        list[i].in_stack = take_byte(r) != 0;
        list[i].index = take_byte(r);
        take_byte(r); /* kind of variable */
    }
    p->upvalues = list;
}

/* Lines are differences, one byte each; where one byte does not do, a list has the line itself. */
static void take_lines(reader *r, cyn_dump_proto *p, int line)
{
    size_t n = take_count(r, 1), next = 0;
    const int8_t *differences = take(r, n);
    size_t nabsolute = take_count(r, 2);
    int(*absolute)[2] = make_array(r, nabsolute, sizeof *absolute);
    for (size_t i = 0; i < nabsolute && !r->bad; i++) {
        absolute[i][0] = (int)take_size(r);
        absolute[i][1] = (int)take_size(r);
    }
    if (n != 0 && n != p->ncode) r->bad = true;
    int *lines = make_array(r, n, sizeof *lines);
    if (r->bad || n == 0) return;
    for (size_t i = 0; i < n; i++) {
        if (differences[i] != INT8_MIN) {
            line += differences[i];
        } else if (next < nabsolute) {
            line = absolute[next++][1];
        }
        lines[i] = line;
    }
    p->lines = lines;
}

static void skip_names(reader *r)
{
    size_t length;
    for (size_t n = take_count(r, 3); n > 0 && !r->bad; n--) { /* locals: name, begin, end */
        take_text(r, &length);
        take_size(r);
        take_size(r);
    }
    for (size_t n = take_count(r, 1); n > 0 && !r->bad; n--) /* upvalues */
        take_text(r, &length);
}

static void take_function(reader *r, cyn_dump_proto *p, int depth)
{
    size_t length;
    take_text(r, &length); /* source */
    p->lines_begin = (size_t)(r->at - r->data);
    int line = (int)take_size(r);
    take_size(r);
    p->lines_end = (size_t)(r->at - r->data);
    p->parameters = take_byte(r);
    p->varargs = take_byte(r) != 0;
    p->stack = take_byte(r);
    take_code(r, p);
    take_constants(r, p);
    take_upvalues(r, p);
    p->nnested = take_count(r, 1);
    cyn_dump_proto *nested = make_array(r, p->nnested, sizeof *nested);
    if (depth >= MAX_DEPTH) r->bad = true;
    for (size_t i = 0; i < p->nnested && !r->bad; i++)
        take_function(r, &nested[i], depth + 1);
    p->nested = nested;
    take_lines(r, p, line);
    skip_names(r);
}

static bool take_header(reader *r)
{
    lua_Integer i = 0;
    lua_Number x = 0;
    const void *h = take(r, sizeof header), *pi = take(r, sizeof i), *px = take(r, sizeof x);
    take_byte(r); /* number of upvalues */
    if (r->bad) return false;
    memcpy(&i, pi, sizeof i);
    memcpy(&x, px, sizeof x);
    return memcmp(h, header, sizeof header) == 0 && i == HEADER_INTEGER && x == HEADER_NUMBER;
}

const cyn_dump_proto *cyn_dump_read(const void *data, size_t n, cyn_arena *arena)
{
    const uint8_t *bytes = data;
    reader r = {.data = bytes, .at = bytes, .end = bytes + n, .arena = arena};
    cyn_dump_proto *p = CYN_NEW(arena, cyn_dump_proto);
    if (!p || !take_header(&r)) return NULL;
    take_function(&r, p, 0);
    return r.bad || r.at != r.end ? NULL : p;
}

int cyn_dump_line(const cyn_dump_proto *p, size_t pc)
{
    return p->lines && pc < p->ncode ? p->lines[pc] : 0;
}

/* ---- Writing ---- */

static int append(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    cyn_buf_add(ud, p, n);
    return 0;
}

bool cyn_dump_write(lua_State *L, int index, bool strip, cyn_buf *out)
{
    lua_pushvalue(L, index);
    lua_dump(L, append, out, strip);
    lua_pop(L, 1);
    return !out->failed;
}

/* ---- Memory while Lua may raise ---- */

static int free_arena(lua_State *L)
{
    cyn_arena **box = lua_touserdata(L, 1);
    cyn_arena_free(*box);
    *box = NULL;
    return 0;
}

cyn_arena **cyn_push_arena(lua_State *L, size_t limit)
{
    cyn_arena **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, free_arena);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    *box = cyn_arena_new(limit);
    if (!*box) luaL_error(L, "not enough memory");
    return box;
}

/* ---- The self-test: one instruction of each family, at its place and with its fields ---- */

static const char probe[] = "local a, b, t = ...\n"
                            "if a == nil or b < 3 then return #a .. 'k' end\n"
                            "return a and -b * 2.5 + t.x:m(~b, 'y'), a - b, 2 << a";

static const opcode probe_code[] = {
    OP_VARARGPREP, OP_VARARG,   OP_EQK,    OP_JMP,     OP_LTI,    OP_JMP,    OP_LEN,
    OP_LOADK,      OP_CONCAT,   OP_RETURN, OP_TESTSET, OP_JMP,    OP_UNM,    OP_MULK,
    OP_MMBINK,     OP_GETFIELD, OP_SELF,   OP_BNOT,    OP_LOADK,  OP_CALL,   OP_ADD,
    OP_MMBIN,      OP_SUB,      OP_MMBIN,  OP_SHLI,    OP_MMBINI, OP_RETURN, OP_RETURN};

static bool matches_probe(const cyn_dump_proto *p)
{
    size_t n = sizeof probe_code / sizeof *probe_code;
    if (!p || p->ncode != n || p->nconstants != 6 || cyn_dump_line(p, 6) != 2) return false;
    for (size_t i = 0; i < n; i++)
        if (op_of(p->code[i]) != probe_code[i]) return false;
    /* b < 3, the jump behind it, t.x:m(…) with three arguments and one result */
    return a_of(p->code[4]) == 1 && sb_of(p->code[4]) == 3 && sj_of(p->code[5]) == 4 &&
           k_of(p->code[16]) == 1 && b_of(p->code[19]) == 4 && c_of(p->code[19]) == 2;
}

bool cyn_dump_is_known(lua_State *L)
{
    static cyn_buf dump; /* the process owns it: an error cannot lose it */
    cyn_buf_reset(&dump);
    if (luaL_loadbufferx(L, probe, sizeof probe - 1, "=probe", "t") != LUA_OK) lua_error(L);
    bool known = cyn_dump_write(L, -1, false, &dump);
    lua_pop(L, 1);
    cyn_arena *arena = known ? cyn_arena_new(0) : NULL;
    known = arena && matches_probe(cyn_dump_read(dump.data, dump.len, arena));
    cyn_arena_free(arena);
    return known;
}
