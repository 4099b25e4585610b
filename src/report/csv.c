#include "report/csv.h"
#include <string.h>

void cyn_csv_field(cyn_buf *b, const char *s, size_t n)
{
    bool quoted = !n || s[0] == ' ' || s[n - 1] == ' ';
    for (size_t i = 0; i < n && !quoted; i++)
        quoted = s[i] && strchr(",\"\r\n\t", s[i]);
    if (!quoted) {
        cyn_buf_add(b, s, n);
        return;
    }
    cyn_buf_putc(b, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') cyn_buf_putc(b, '"');
        cyn_buf_putc(b, s[i]);
    }
    cyn_buf_putc(b, '"');
}

void cyn_csv_text(cyn_buf *b, const char *s)
{
    cyn_buf_putc(b, ',');
    if (s && *s) cyn_csv_field(b, s, strlen(s));
}

void cyn_csv_number(cyn_buf *b, cyn_num n)
{
    cyn_buf_putc(b, ',');
    if (!cyn_num_is_missing(n)) cyn_buf_num(b, n);
}

void cyn_csv_boolean(cyn_buf *b, bool x)
{
    cyn_csv_text(b, x ? "true" : "false");
}
