/* Members of JSON objects, as all reports write them. Private to src/report. */
#pragma once
#include "report/report_impl.h"

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
void cyn_json_error(cyn_buf *b, const char *name, const cyn_err *e);
