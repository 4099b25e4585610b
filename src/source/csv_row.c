#include "source/csv_row.h"
#include <stdio.h>

bool cyn_csv_is_blank(const cyn_csv_scan *scan, const char *row)
{
    if (scan->count != 1 || scan->fields[0].quoted) return false;
    size_t n = scan->length;
    cyn_trim(&row, &n);
    return n == 0;
}

void cyn_csv_check_text(cyn_source_row *row, char reason[CYN_CSV_REASON])
{
    size_t at = cyn_check_text(row->text, row->length);
    if (at == row->length) return;
    snprintf(reason, CYN_CSV_REASON, "not UTF-8: byte 0x%02X", (unsigned char)row->text[at]);
    row->bad = row->text[at] ? reason : "a NUL byte";
    row->bad_at = at;
}

void cyn_csv_check_width(const cyn_csv_scan *scan, size_t width, cyn_source_row *row,
                         char reason[CYN_CSV_REASON])
{
    size_t count = scan->count;
    if (count == width) return;
    snprintf(reason, CYN_CSV_REASON, "%zu field%s, expected %zu as in the header", count,
             count == 1 ? "" : "s", width);
    row->bad = reason;
    row->bad_at = count > width ? scan->fields[width].at : row->length;
}

void cyn_csv_describe_quote(const cyn_csv_scan *scan, cyn_csv_result result, cyn_source_row *row,
                            char reason[CYN_CSV_REASON])
{
    int64_t line, column;
    row->bad = reason;
    row->bad_at = result == CYN_CSV_OPEN_QUOTE ? scan->opened : scan->problem;
    cyn_row_place(row, scan->opened, &line, &column);
    if (result == CYN_CSV_OPEN_QUOTE)
        snprintf(reason, CYN_CSV_REASON,
                 "the quote opened on line %lld, column %lld, is never closed", (long long)line,
                 (long long)column);
    else
        snprintf(reason, CYN_CSV_REASON,
                 "text behind a closing quote (opened on line %lld, column %lld): a quote inside "
                 "quotes is written twice",
                 (long long)line, (long long)column);
}

size_t cyn_csv_unquote(const char *s, size_t n, char *to)
{
    char *end = to;
    for (size_t i = 0; i < n; i++) {
        *end++ = s[i];
        if (s[i] == '"') i++;
    }
    return (size_t)(end - to);
}
