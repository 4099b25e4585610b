/* Members of JSON objects, as all that is written for programs has them: the same names and forms
 * on the command line and over HTTP.
 *
 *     cyn_buf_puts(b, "{\"metric\":");
 *     cyn_buf_json_string(b, name, strlen(name));
 *     cyn_json_number(b, "value", p->value);
 *     cyn_json_time(b, "at", at, calendar->tz);
 *     cyn_buf_putc(b, '}');
 */
#pragma once
#include "base/buf.h"
#include "metric/point.h"

/* ,"name":  — every member but the first is opened so. */
void cyn_json_key(cyn_buf *b, const char *name);
void cyn_json_text(cyn_buf *b, const char *name, const char *s); /* NULL and "" are null */
void cyn_json_number(cyn_buf *b, const char *name, cyn_num n);
void cyn_json_real(cyn_buf *b, const char *name, double x); /* NaN is null */
void cyn_json_boolean(cyn_buf *b, const char *name, bool x);
/* {"channel":"ads"}: the point's segment. */
void cyn_json_segment(cyn_buf *b, const char *name, const cyn_point *p);
/* "start" and "end" of a period, ISO 8601 with offset; null for grain all. */
void cyn_json_instant(cyn_buf *b, const char *name, cyn_period p, int64_t at,
                      const cyn_calendar *cal);
/* Any other time, likewise; CYN_TIME_MIN and CYN_TIME_MAX, which are never, are null. */
void cyn_json_time(cyn_buf *b, const char *name, int64_t at, const cyn_tz *tz);
void cyn_json_error(cyn_buf *b, const char *name, const cyn_err *e);
