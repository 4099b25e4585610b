/* Fields of CSV, as all reports write them: RFC 4180, but lines end in LF alone. What is missing is
 * an empty field. The caller ends the lines.
 *
 *     cyn_csv_field(&b, name, strlen(name));   // the line's first one: no comma before it
 *     cyn_csv_text(&b, label);                 // ,label
 *     cyn_csv_number(&b, value);               // ,1.5
 */
#pragma once
#include "base/buf.h"
#include "base/num.h"

/* Quoted where it must be; an empty text is "", which is not missing. */
void cyn_csv_field(cyn_buf *b, const char *s, size_t n);
/* The rest write a comma before the field. NULL and "" are missing. */
void cyn_csv_text(cyn_buf *b, const char *s);
void cyn_csv_number(cyn_buf *b, cyn_num n);
void cyn_csv_boolean(cyn_buf *b, bool x);
