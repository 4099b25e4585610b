/* The wire encoding: what crosses the boundary between host and script worker.
 *
 * A message is a frame: a header of CYN_FRAME_SIZE bytes (magic, version, type, payload length),
 * then the payload. Most payloads are one value: a compact, self-describing tree of nil, boolean,
 * integer, real, text, array and map. Integers and reals are eight bytes, lengths and counts four,
 * all little-endian.
 *
 * Whatever arrives is decoded as if it were hostile: lengths and counts are checked against the
 * bytes that remain, nesting is limited, keys of a map are unique, and nothing may follow the
 * tree. The decoded tree lives in the arena, and copies its texts.
 *
 *     cyn_buf b = {0};               const cyn_value *v;
 *     cyn_wire_map(&b, 1);           CYN_TRY(cyn_wire_read(data, n, arena, &v, e));
 *     cyn_wire_key(&b, "handle");    int64_t h = cyn_value_integer(v, "handle");
 *     cyn_wire_integer(&b, 7);
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "plan/plan.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CYN_WIRE_VERSION 1
#define CYN_WIRE_DEPTH   64
#define CYN_FRAME_SIZE   16

typedef enum cyn_frame_type {
    CYN_FRAME_LOAD = 1,  /* to the worker: options, library and scripts */
    CYN_FRAME_FILE,      /* from it: number of the script that it is about to run */
    CYN_FRAME_CATALOG,   /* from it: all declarations */
    CYN_FRAME_CALL,      /* to it: a handle; the rows come as shared memory (catalog/batch.h) */
    CYN_FRAME_ANSWERS,   /* from it: one answer per row (catalog/batch.h) */
    CYN_FRAME_FAILURE,   /* an error in place of what was asked for */
    CYN_FRAME_RUN,       /* to it: an ad-hoc script or line (script/adhoc.h) */
    CYN_FRAME_ASK,       /* from it, while one runs: a question */
    CYN_FRAME_REPLY,     /* to it: the answer; or CYN_FRAME_FAILURE */
    CYN_FRAME_DONE,      /* from it: the script has ended; whether the line wants more */
    CYN_FRAME_FREE,      /* to it: points for a function (catalog/free.h) */
    CYN_FRAME_VALUES,    /* from it: what the function made of them */
    CYN_FRAME_FOLD,      /* to it: cells of an aggregate; rows come, and answers go, as with CALL */
    CYN_FRAME_DECOMPOSE, /* to it: changes for a decomposition (catalog/change.h); VALUES come */
    CYN_FRAME_JUDGE,     /* to it: as CALL, of a rule's condition; ANSWERS come, and then VALUES: a
                            list of the readings that it lacked */
} cyn_frame_type;
#define CYN_FRAME_TYPES 15

typedef struct cyn_frame {
    cyn_frame_type type;
    uint64_t length; /* of the payload */
} cyn_frame;

void cyn_frame_write(cyn_frame f, uint8_t out[CYN_FRAME_SIZE]);
/* CYN_E_WORKER when the header is not of this protocol and version, or longer than `limit`. */
CYN_NODISCARD cyn_code cyn_frame_read(const uint8_t header[CYN_FRAME_SIZE], uint64_t limit,
                                      cyn_frame *out, cyn_err *err);

/* Writing: values in order; an array of n is followed by n values, a map of n by n (key, value). */
void cyn_wire_nil(cyn_buf *b);
void cyn_wire_boolean(cyn_buf *b, bool v);
void cyn_wire_integer(cyn_buf *b, int64_t v);
void cyn_wire_real(cyn_buf *b, double v);
void cyn_wire_text(cyn_buf *b, const char *s, size_t n);
void cyn_wire_string(cyn_buf *b, const char *s); /* NULL writes nil */
void cyn_wire_array(cyn_buf *b, size_t n);
void cyn_wire_map(cyn_buf *b, size_t n);
void cyn_wire_key(cyn_buf *b, const char *key);
void cyn_wire_const(cyn_buf *b, const cyn_const *c);
/* An error as a map, and back; the code of what comes back is one of the enum. */
void cyn_wire_error(cyn_buf *b, const cyn_err *e);

typedef enum cyn_value_kind {
    CYN_VALUE_NIL,
    CYN_VALUE_BOOLEAN, /* i */
    CYN_VALUE_INTEGER, /* i */
    CYN_VALUE_REAL,    /* r */
    CYN_VALUE_TEXT,    /* s, n; NUL-terminated, but may hold NUL bytes */
    CYN_VALUE_ARRAY,   /* items, n */
    CYN_VALUE_MAP,     /* keys, items, n */
} cyn_value_kind;

typedef struct cyn_value cyn_value;
struct cyn_value {
    cyn_value_kind kind;
    size_t n;
    union {
        int64_t i;
        double r;
        const char *s;
        const cyn_value *items;
    };
    const char *const *keys;
};

/* CYN_E_WORKER when the bytes are not exactly one well-formed value. */
CYN_NODISCARD cyn_code cyn_wire_read(const uint8_t *data, size_t n, cyn_arena *arena,
                                     const cyn_value **out, cyn_err *err);
/* The entry of a map; a nil value when there is none, or when v is not a map. Never NULL. */
const cyn_value *cyn_value_get(const cyn_value *v, const char *key);
/* The same of a text, else NULL; of an integer, else 0. */
const char *cyn_value_text(const cyn_value *v, const char *key);
int64_t cyn_value_integer(const cyn_value *v, const char *key);
/* Whether v is a list; Lua cannot tell an empty one from an empty map. */
bool cyn_value_is_list(const cyn_value *v);
/* False unless v is what cyn_wire_error wrote. */
bool cyn_value_error(const cyn_value *v, cyn_err *out);
