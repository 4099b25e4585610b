#include "source/csv_scan.h"
#include "base/arena.h"
#include <string.h>

void cyn_csv_scan_delimiter(cyn_csv_scan *scan, char delimiter)
{
    scan->delimiter = delimiter;
    memset(scan->stops, 0, sizeof scan->stops);
    scan->stops[(unsigned char)delimiter] = true;
    scan->stops['\r'] = scan->stops['\n'] = scan->stops[0] = true;
}

void cyn_csv_scan_clear(cyn_csv_scan *scan)
{
    cyn_free(scan->fields);
    *scan = (cyn_csv_scan){0};
}

static bool grow(cyn_csv_scan *scan)
{
    size_t capacity = scan->capacity ? scan->capacity * 2 : 32;
    cyn_csv_field *fields = cyn_realloc(scan->fields, capacity * sizeof *fields);
    if (!fields) return false;
    scan->fields = fields;
    scan->capacity = capacity;
    return true;
}

/* The end of a field without quotes. A 0 byte ends it only at the end of the text. */
static const char *skip_plain(const cyn_csv_scan *scan, const char *p, const char *end)
{
    for (;;) {
        while (!scan->stops[(unsigned char)*p])
            p++;
        if (*p || p == end) return p;
        p++;
    }
}

/* The closing quote of a field whose text begins at p, or NULL. */
static const char *find_closing(const char *p, const char *end, bool *doubled)
{
    for (;;) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p || p[1] != '"') return p;
        *doubled = true;
        p += 2;
    }
}

static bool ends_field(const cyn_csv_scan *scan, const char *p, const char *end)
{
    return p == end || *p == scan->delimiter || *p == '\n' || *p == '\r';
}

/* A row with a problem at p ends with the line of p, and says so only when all of it is here. */
static cyn_csv_result quote_problem(cyn_csv_scan *scan, cyn_csv_result what, const char *s,
                                    const char *p, const char *end, bool eof)
{
    scan->opened = scan->fields[scan->count - 1].at - 1;
    scan->problem = (size_t)(p - s);
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    if (end - p < 2 && !eof) return CYN_CSV_MORE; /* a line feed may follow */
    scan->length = scan->used = (size_t)(p - s);
    return what;
}

static cyn_csv_result end_row(cyn_csv_scan *scan, const char *s, const char *p, const char *end,
                              bool eof)
{
    if (p == end && !eof) return CYN_CSV_MORE;
    scan->length = (size_t)(p - s);
    if (p < end && *p == '\r') {
        if (p + 1 == end && !eof) return CYN_CSV_MORE; /* a line feed may follow */
        p++;
        if (p < end && *p == '\n') p++;
    } else if (p < end) {
        p++;
    }
    scan->used = (size_t)(p - s);
    return CYN_CSV_ROW;
}

cyn_csv_result cyn_csv_scan_row(cyn_csv_scan *scan, const char *s, size_t n, bool eof)
{
    const char *p = s, *end = s + n;
    scan->count = 0;
    scan->quoted = false;
    for (;;) {
        if (scan->count == scan->capacity && !grow(scan)) return CYN_CSV_NOMEM;
        cyn_csv_field *f = &scan->fields[scan->count++];
        *f = (cyn_csv_field){.at = (uint32_t)(p - s)};
        if (*p != '"') {
            p = skip_plain(scan, p, end);
            f->length = (uint32_t)(p - s) - f->at;
        } else {
            f->at++;
            f->quoted = scan->quoted = true;
            const char *closing = find_closing(p + 1, end, &f->doubled);
            if (!closing || (closing + 1 == end && !eof)) {
                if (!eof) return CYN_CSV_MORE;
                return quote_problem(scan, CYN_CSV_OPEN_QUOTE, s, end, end, eof);
            }
            f->length = (uint32_t)(closing - s) - f->at;
            p = closing + 1;
            if (!ends_field(scan, p, end))
                return quote_problem(scan, CYN_CSV_BEHIND_QUOTE, s, p, end, eof);
        }
        if (p == end || *p != scan->delimiter) return end_row(scan, s, p, end, eof);
        p++;
    }
}
