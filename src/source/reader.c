#include "source/reader.h"
#include "base/text.h"
#include <string.h>

cyn_code cyn_reader_open(const cyn_source_file *file, cyn_schema *schema, cyn_reader **out,
                         cyn_err *err)
{
    if (file->spec->kind == CYN_SOURCE_SQLITE) return cyn_sqlite_open(file, schema, out, err);
    cyn_input *input;
    CYN_TRY(cyn_input_open(file->path, file->spec->encoding, file->bytes, &input, err));
    if (file->spec->kind == CYN_SOURCE_CSV) return cyn_csv_open(file, input, schema, out, err);
    return cyn_ndjson_open(file, input, schema, out, err);
}

int64_t cyn_count_breaks(const char *s, size_t n)
{
    int64_t breaks = 0;
    for (size_t i = 0; i < n; i++)
        breaks += s[i] == '\n' || (s[i] == '\r' && !(i + 1 < n && s[i + 1] == '\n'));
    return breaks;
}

int64_t cyn_count_feeds(const char *s, size_t n)
{
    int64_t feeds = 0;
    for (size_t i = 0; i < n; i++)
        feeds += s[i] == '\n';
    return feeds;
}

void cyn_row_place(const cyn_source_row *row, size_t at, int64_t *line, int64_t *column)
{
    *line = row->line;
    *column = 0;
    if (!row->text) return;
    if (at > row->length) at = row->length;
    size_t start = at;
    while (start > 0 && row->text[start - 1] != '\n' && row->text[start - 1] != '\r')
        start--;
    *line += cyn_count_breaks(row->text, start);
    *column = (int64_t)cyn_utf8_count(row->text + start, at - start) + 1;
}

/* Eight bytes at a time: a byte is NUL, or has its high bit set. */
size_t cyn_check_text(const char *s, size_t n)
{
    const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    uint64_t wide = 0, zero = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, s + i, 8);
        wide |= w & high;
        zero |= (w - low) & ~w & high;
    }
    for (; i < n; i++) {
        wide |= (uint64_t)s[i] & 0x80;
        zero |= s[i] == 0;
    }
    size_t nul = n;
    if (zero) {
        const char *p = memchr(s, 0, n);
        if (p) nul = (size_t)(p - s);
    }
    return wide ? cyn_utf8_valid(s, nul) : nul;
}

void cyn_trim(const char **s, size_t *n)
{
    while (*n > 0 && ((*s)[0] == ' ' || (*s)[0] == '\t')) {
        ++*s;
        --*n;
    }
    while (*n > 0 && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
        --*n;
}

static bool means_missing(const cyn_source_spec *spec, const char *s, size_t n)
{
    for (size_t i = 0; i < spec->nmissing; i++) {
        const char *missing = spec->missing[i];
        if (strncmp(missing, s, n) == 0 && missing[n] == '\0') return true;
    }
    return false;
}

bool cyn_has_value(const cyn_source_spec *spec, const char **s, size_t *n)
{
    cyn_trim(s, n);
    return *n > 0 && !means_missing(spec, *s, *n);
}
