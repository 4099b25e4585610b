#include "catalog/wire.h"
#include "base/hash.h"
#include <string.h>

static const char frame_magic[4] = {'C', 'Y', 'N', 'W'};

/* ---- Little-endian integers, whatever the machine ---- */

static void put_le(uint8_t *out, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_le(const uint8_t *in, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v |= (uint64_t)in[i] << (8 * i);
    return v;
}

/* ---- Frames ---- */

void cyn_frame_write(cyn_frame f, uint8_t out[CYN_FRAME_SIZE])
{
    memcpy(out, frame_magic, sizeof frame_magic);
    put_le(out + 4, CYN_WIRE_VERSION, 2);
    put_le(out + 6, (uint64_t)f.type, 2);
    put_le(out + 8, f.length, 8);
}

cyn_code cyn_frame_read(const uint8_t header[CYN_FRAME_SIZE], uint64_t limit, cyn_frame *out,
                        cyn_err *err)
{
    unsigned version = (unsigned)get_le(header + 4, 2), type = (unsigned)get_le(header + 6, 2);
    uint64_t length = get_le(header + 8, 8);
    if (memcmp(header, frame_magic, sizeof frame_magic) != 0)
        return cyn_fail(err, CYN_E_WORKER, "a frame of the script worker has no magic number");
    if (version != CYN_WIRE_VERSION)
        return cyn_fail(err, CYN_E_WORKER, "a frame has version %u, expected %d", version,
                        CYN_WIRE_VERSION);
    if (type < 1 || type > CYN_FRAME_TYPES)
        return cyn_fail(err, CYN_E_WORKER, "a frame has the unknown type %u", type);
    if (length > limit)
        return cyn_fail(err, CYN_E_WORKER, "a frame announces %llu bytes, at most %llu are allowed",
                        (unsigned long long)length, (unsigned long long)limit);
    *out = (cyn_frame){.type = (cyn_frame_type)type, .length = length};
    return CYN_OK;
}

/* ---- Writing ---- */

enum { TAG_NIL, TAG_FALSE, TAG_TRUE, TAG_INTEGER, TAG_REAL, TAG_TEXT, TAG_ARRAY, TAG_MAP };

static void put_tag(cyn_buf *b, uint8_t tag, uint64_t v, size_t bytes)
{
    uint8_t out[9] = {tag};
    put_le(out + 1, v, bytes);
    cyn_buf_add(b, out, 1 + bytes);
}

/* Lengths and counts have four bytes; what is longer must not be cut in silence. */
static void put_count(cyn_buf *b, uint8_t tag, size_t n)
{
    if (n > UINT32_MAX)
        b->failed = true;
    else
        put_tag(b, tag, n, 4);
}

void cyn_wire_nil(cyn_buf *b)
{
    put_tag(b, TAG_NIL, 0, 0);
}

void cyn_wire_boolean(cyn_buf *b, bool v)
{
    put_tag(b, v ? TAG_TRUE : TAG_FALSE, 0, 0);
}

void cyn_wire_integer(cyn_buf *b, int64_t v)
{
    put_tag(b, TAG_INTEGER, (uint64_t)v, 8);
}

void cyn_wire_real(cyn_buf *b, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_tag(b, TAG_REAL, bits, 8);
}

void cyn_wire_text(cyn_buf *b, const char *s, size_t n)
{
    put_count(b, TAG_TEXT, n);
    cyn_buf_add(b, s, n);
}

void cyn_wire_string(cyn_buf *b, const char *s)
{
    if (s)
        cyn_wire_text(b, s, strlen(s));
    else
        cyn_wire_nil(b);
}

void cyn_wire_const(cyn_buf *b, const cyn_const *c)
{
    switch (c->kind) {
    case CYN_CONST_NIL: cyn_wire_nil(b); break;
    case CYN_CONST_BOOLEAN: cyn_wire_boolean(b, c->i != 0); break;
    case CYN_CONST_INTEGER: cyn_wire_integer(b, c->i); break;
    case CYN_CONST_REAL: cyn_wire_real(b, c->r); break;
    case CYN_CONST_TEXT: cyn_wire_text(b, c->s, c->n); break;
    }
}

void cyn_wire_array(cyn_buf *b, size_t n)
{
    put_count(b, TAG_ARRAY, n);
}

void cyn_wire_map(cyn_buf *b, size_t n)
{
    put_count(b, TAG_MAP, n);
}

void cyn_wire_key(cyn_buf *b, const char *key)
{
    cyn_wire_string(b, key);
}

void cyn_wire_error(cyn_buf *b, const cyn_err *e)
{
    cyn_wire_map(b, 6);
    cyn_wire_key(b, "code");
    cyn_wire_integer(b, e->code);
    cyn_wire_key(b, "file");
    cyn_wire_string(b, e->file);
    cyn_wire_key(b, "line");
    cyn_wire_integer(b, e->line);
    cyn_wire_key(b, "column");
    cyn_wire_integer(b, e->column);
    cyn_wire_key(b, "message");
    cyn_wire_string(b, e->message);
    cyn_wire_key(b, "hint");
    cyn_wire_string(b, e->hint);
}

/* ---- Reading ---- */

typedef struct reader {
    const uint8_t *at, *end;
    cyn_arena *arena;
    cyn_err *err;
} reader;

static cyn_code malformed(const reader *r, const char *what)
{
    cyn_fail(r->err, CYN_E_WORKER, "a message of the script worker is malformed: %s", what);
    return CYN_E_WORKER; /* said here too, so that the compiler knows it is a failure */
}

static cyn_code read_number(reader *r, size_t bytes, uint64_t *out)
{
    if ((size_t)(r->end - r->at) < bytes) return malformed(r, "it ends inside a value");
    *out = get_le(r->at, bytes);
    r->at += bytes;
    return CYN_OK;
}

/* A count of things of which each takes at least `least` bytes. */
static cyn_code read_count(reader *r, size_t least, size_t *out)
{
    uint64_t n;
    CYN_TRY(read_number(r, 4, &n));
    if (n > (size_t)(r->end - r->at) / least) return malformed(r, "a count exceeds its bytes");
    *out = (size_t)n;
    return CYN_OK;
}

static cyn_code read_text(reader *r, const char **s, size_t *n)
{
    size_t length;
    CYN_TRY(read_count(r, 1, &length));
    *s = cyn_strndup(r->arena, (const char *)r->at, length);
    if (!*s) return cyn_nomem(r->err);
    *n = length;
    r->at += length;
    return CYN_OK;
}

static cyn_code read_key(reader *r, const char **out)
{
    uint64_t tag;
    size_t n;
    CYN_TRY(read_number(r, 1, &tag));
    if (tag != TAG_TEXT) return malformed(r, "a key is not a text");
    CYN_TRY(read_text(r, out, &n));
    if (strlen(*out) != n) return malformed(r, "a key holds a NUL byte");
    return CYN_OK;
}

/* Maps of messages are small, but a hostile one need not be: keys are compared through a table. */
static cyn_code check_unique(reader *r, const char *const *keys, size_t n)
{
    size_t size = 8;
    while (size < 2 * n)
        size *= 2;
    const char **seen = CYN_NEW_ARRAY(r->arena, size, const char *);
    if (!seen) return cyn_nomem(r->err);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)cyn_hash64(keys[i], strlen(keys[i]), 0) & (size - 1);
        for (; seen[at]; at = (at + 1) & (size - 1))
            if (!strcmp(seen[at], keys[i])) return malformed(r, "a key occurs twice");
        seen[at] = keys[i];
    }
    return CYN_OK;
}

static cyn_code read_value(reader *r, int depth, cyn_value *out);

static cyn_code read_items(reader *r, int depth, bool is_map, cyn_value *out)
{
    size_t n;
    CYN_TRY(read_count(r, is_map ? 6 : 1, &n));
    if (depth >= CYN_WIRE_DEPTH) return malformed(r, "it is nested too deeply");
    cyn_value *items = CYN_NEW_ARRAY(r->arena, n, cyn_value);
    const char **keys = is_map ? CYN_NEW_ARRAY(r->arena, n, const char *) : NULL;
    if (n > 0 && (!items || (is_map && !keys))) return cyn_nomem(r->err);
    for (size_t i = 0; i < n; i++) {
        if (is_map) CYN_TRY(read_key(r, &keys[i]));
        CYN_TRY(read_value(r, depth + 1, &items[i]));
    }
    if (is_map) CYN_TRY(check_unique(r, keys, n));
    *out = (cyn_value){
        .kind = is_map ? CYN_VALUE_MAP : CYN_VALUE_ARRAY, .n = n, .items = items, .keys = keys};
    return CYN_OK;
}

static cyn_code read_value(reader *r, int depth, cyn_value *out)
{
    uint64_t tag, bits;
    cyn_value v = {0};
    CYN_TRY(read_number(r, 1, &tag));
    switch (tag) {
    case TAG_NIL: break;
    case TAG_FALSE:
    case TAG_TRUE:
        v.kind = CYN_VALUE_BOOLEAN;
        v.i = tag == TAG_TRUE;
        break;
    case TAG_INTEGER:
        CYN_TRY(read_number(r, 8, &bits));
        v.kind = CYN_VALUE_INTEGER;
        v.i = (int64_t)bits;
        break;
    case TAG_REAL:
        CYN_TRY(read_number(r, 8, &bits));
        v.kind = CYN_VALUE_REAL;
        memcpy(&v.r, &bits, sizeof v.r);
        break;
    case TAG_TEXT:
        v.kind = CYN_VALUE_TEXT;
        CYN_TRY(read_text(r, &v.s, &v.n));
        break;
    case TAG_ARRAY:
    case TAG_MAP: CYN_TRY(read_items(r, depth, tag == TAG_MAP, &v)); break;
    default: return malformed(r, "a value has an unknown tag");
    }
    *out = v;
    return CYN_OK;
}

cyn_code cyn_wire_read(const uint8_t *data, size_t n, cyn_arena *arena, const cyn_value **out,
                       cyn_err *err)
{
    reader r = {.at = data, .end = data + n, .arena = arena, .err = err};
    cyn_value *v = CYN_NEW(arena, cyn_value);
    if (!v) return cyn_nomem(err);
    CYN_TRY(read_value(&r, 0, v));
    if (r.at != r.end) return malformed(&r, "something follows its end");
    *out = v;
    return CYN_OK;
}

const cyn_value *cyn_value_get(const cyn_value *v, const char *key)
{
    static const cyn_value nil;
    if (v->kind != CYN_VALUE_MAP) return &nil;
    for (size_t i = 0; i < v->n; i++)
        if (!strcmp(v->keys[i], key)) return &v->items[i];
    return &nil;
}

bool cyn_value_is_list(const cyn_value *v)
{
    return v->kind == CYN_VALUE_ARRAY || (v->kind == CYN_VALUE_MAP && v->n == 0);
}

static int small_int(const cyn_value *v)
{
    return v->kind == CYN_VALUE_INTEGER && v->i > 0 && v->i < INT32_MAX ? (int)v->i : 0;
}

bool cyn_value_error(const cyn_value *v, cyn_err *out)
{
    const cyn_value *message = cyn_value_get(v, "message"), *file = cyn_value_get(v, "file");
    const cyn_value *hint = cyn_value_get(v, "hint");
    int code = small_int(cyn_value_get(v, "code"));
    if (message->kind != CYN_VALUE_TEXT || code <= CYN_OK || code > CYN_E_UNSUPPORTED) return false;
    cyn_fail_at(out, (cyn_code)code, file->kind == CYN_VALUE_TEXT && file->n ? file->s : NULL,
                small_int(cyn_value_get(v, "line")), small_int(cyn_value_get(v, "column")), "%s",
                message->s);
    if (hint->kind == CYN_VALUE_TEXT && hint->n) cyn_hint(out, "%s", hint->s);
    return true;
}

const char *cyn_value_text(const cyn_value *v, const char *key)
{
    const cyn_value *text = cyn_value_get(v, key);
    return text->kind == CYN_VALUE_TEXT ? text->s : NULL;
}

int64_t cyn_value_integer(const cyn_value *v, const char *key)
{
    const cyn_value *integer = cyn_value_get(v, key);
    return integer->kind == CYN_VALUE_INTEGER ? integer->i : 0;
}
