/* What the files of the report share. Private to src/report. */
#pragma once
#include "report/words.h"

/* Text that is safe to show in one line: control characters become blanks, invalid UTF-8 U+FFFD. */
void cyn_clean_text(const char *s, size_t n, cyn_buf *out);
/* Clean text with the signs escaped that mean something in Markdown. */
void cyn_put_markdown(const char *s, size_t n, cyn_buf *out);

/* cyn_format_value, in ASCII where asked for ("JPY 1,234" for "¥1,234"). */
void cyn_put_value(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out);
/* A difference of two values in their unit: "+$12.50", "-3.4 h", "+1.2 pt" between shares; nothing
 * when it is missing. Returns the sign shown. */
int cyn_put_difference(cyn_num n, const char *unit, const char *language, bool ascii, cyn_buf *out);
/* A whole number as an integer: what is counted is shown without decimals. NaN is missing. */
cyn_num cyn_plain_num(double x);

/* "★ " before the title of the North Star Metric, nothing before others. */
void cyn_put_star(const cyn_metric *m, bool ascii, cyn_buf *out);

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
