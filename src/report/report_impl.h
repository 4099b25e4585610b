/* What the files of the report share. Private to src/report. */
#pragma once
#include "report/report.h"

/* Text that is safe to show in one line: control characters become blanks, invalid UTF-8 U+FFFD. */
void cyn_clean_text(const char *s, size_t n, cyn_buf *out);
/* Clean text with the signs escaped that mean something in Markdown. */
void cyn_put_markdown(const char *s, size_t n, cyn_buf *out);

/* cyn_format_value, in ASCII where asked for ("JPY 1,234" for "¥1,234"). */
void cyn_put_value(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out);
/* True when cyn_format_value shows the unit itself ("%", "USD", "h"). */
bool cyn_unit_shown(const char *unit);
bool cyn_unit_is_share(const char *unit); /* "%" */
/* The change from one value to another: "+3.3 %" of the earlier one, "+1.2 pt" between shares;
 * nothing when there is none. Returns its sign: -1, 0 (also when it rounds to 0) or 1. */
int cyn_put_change(cyn_num from, cyn_num to, const char *unit, const char *language, cyn_buf *out);
/* A difference of two values in their unit: "+$12.50", "-3.4 h", "+1.2 pt" between shares; nothing
 * when it is missing. Returns the sign shown. */
int cyn_put_difference(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out);
/* A share of a change: "+91.3 %", "-8.7 %"; 1 is 100 %. */
void cyn_put_percent(double share, const char *language, cyn_buf *out);
/* A whole number as an integer: what is counted is shown without decimals. NaN is missing. */
cyn_num cyn_plain_num(double x);
/* A number somebody wrote, such as a target, with the digits that it was written with. */
cyn_num cyn_written_num(double x);

/* A status as people see it: shape, word and colour; all "" for none. */
typedef struct cyn_status_look {
    const char *mark, *en, *ja;
    const char *sgr; /* as of cyn_text_table_colour */
} cyn_status_look;
extern const cyn_status_look cyn_status_looks[];
/* "★ " before the title of the North Star Metric, nothing before others. */
void cyn_put_star(const cyn_metric *m, bool ascii, cyn_buf *out);
/* "● green", 「● 緑」, "green" in ASCII; nothing for none. */
void cyn_put_status(cyn_status s, const char *language, bool ascii, cyn_buf *out);

/* A segment's value as text for people and CSV: ads, 12, true; nothing for nil. */
void cyn_put_key(const cyn_const *k, cyn_buf *out);

/* The dimensions that occur in the points, in the order of their first occurrence. */
typedef struct cyn_dim_list {
    const char **names;
    size_t n;
} cyn_dim_list;
CYN_NODISCARD cyn_code cyn_dim_list_init(const cyn_point *points, size_t n, cyn_dim_list *out,
                                         cyn_err *err);
void cyn_dim_list_clear(cyn_dim_list *d);
/* The point's value of a dimension; NULL when its segment lacks it. */
const cyn_const *cyn_point_key(const cyn_point *p, const char *dim);

void cyn_report_json(const cyn_point *points, size_t n, const cyn_report_options *opts,
                     cyn_buf *out);
CYN_NODISCARD cyn_code cyn_report_csv(const cyn_point *points, size_t n,
                                      const cyn_report_options *opts, cyn_buf *out, cyn_err *err);
/* The table for people; Markdown where opts says so. */
CYN_NODISCARD cyn_code cyn_report_table(const cyn_point *points, size_t n,
                                        const cyn_report_options *opts, cyn_buf *out, cyn_err *err);
