/* Conversion: the text of a cell becomes a value of its column's type, or a reason why not.
 *
 *     cyn_source_value v;
 *     if (!cyn_convert(&how, "12,5", 4, &v)) cyn_convert_reason(&how, "12,5", 4, reason, size);
 *
 * Pure functions; any thread.
 */
#pragma once
#include "base/time.h"
#include "base/type.h"
#include "source/source.h"

typedef struct cyn_conversion {
    cyn_type type;
    uint8_t scale;      /* DECIMAL */
    const char *format; /* TIMESTAMP, DATE: NULL = ISO 8601 */
    cyn_epoch epoch;    /* TIMESTAMP */
    const cyn_tz *tz;
} cyn_conversion;

typedef union cyn_source_value {
    int64_t i; /* INTEGER DECIMAL TIMESTAMP DATE BOOLEAN */
    double r;  /* REAL */
} cyn_source_value;

/* s[0 … n) is trimmed and not empty; any type but TEXT. */
bool cyn_convert(const cyn_conversion *how, const char *s, size_t n, cyn_source_value *out);
/* "not a decimal: '12,5'" */
void cyn_convert_reason(const cyn_conversion *how, const char *s, size_t n, char *out, size_t size);
