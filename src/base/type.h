/* The value types of columns and expressions, shared by all layers. */
#pragma once
#include "base/err.h"
#include <stdint.h>

typedef enum cyn_type {
    CYN_TEXT,      /* uint32_t code into a dictionary */
    CYN_INTEGER,   /* int64_t */
    CYN_REAL,      /* double */
    CYN_DECIMAL,   /* int64_t mantissa, one scale per column */
    CYN_BOOLEAN,   /* uint8_t 0 or 1 */
    CYN_TIMESTAMP, /* int64_t microseconds, see base/time.h */
    CYN_DATE,      /* int64_t days */
} cyn_type;
#define CYN_TYPE_COUNT 7

/* "text", "integer", … and back (CYN_E_NAME with a hint). */
const char *cyn_type_name(cyn_type t);
CYN_NODISCARD cyn_code cyn_parse_type(const char *s, cyn_type *out, cyn_err *err);
