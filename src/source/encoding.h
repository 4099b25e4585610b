/* Encodings: text in any encoding that iconv knows becomes UTF-8 on the way in.
 *
 *     cyn_recoder *r;
 *     CYN_TRY(cyn_recoder_new("CP932", &r, err));
 *     cyn_recode(r, &from, &from_left, last, to, to_size, &got);  // until from_left is 0
 *     cyn_recoder_free(r);
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>

typedef struct cyn_recoder cyn_recoder;

/* CYN_E_NAME for an encoding that iconv does not know. */
CYN_NODISCARD cyn_code cyn_recoder_new(const char *encoding, cyn_recoder **out, cyn_err *err);
void cyn_recoder_free(cyn_recoder *r); /* NULL is fine */
/* Moves *from and *left on and sets *got to the bytes written. A byte that does not belong to the
 * encoding is written as 0xFF. Without `last`, the bytes of an incomplete character stay in *from;
 * with it they are written as 0xFF too. `size` must be 16 or more. */
void cyn_recode(cyn_recoder *r, const char **from, size_t *left, bool last, char *to, size_t size,
                size_t *got);
