#include "engine/cache_growth.h"
#include "base/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MARK_BYTES = 64 << 10, CHUNK = 256 << 10 };

/* Fills the buffer from an offset on; false when the file has less, or cannot be read. */
static bool read_at(int fd, int64_t at, char *to, size_t n)
{
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool is_packed(const char *head, size_t n)
{
    return (n >= 2 && memcmp(head, "\x1F\x8B", 2) == 0) ||
           (n >= 4 && memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0);
}

/* The mark of a file's first `size` bytes; "" where there is none. */
static cyn_code mark_of(const char *path, int64_t size, char out[CYN_HASH_SIZE], cyn_err *err)
{
    *out = '\0';
    if (size <= 0) return CYN_OK;
    size_t n = size < MARK_BYTES ? (size_t)size : MARK_BYTES;
    char *both = cyn_malloc(2 * n);
    if (!both) return cyn_nomem(err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool read = fd >= 0 && read_at(fd, 0, both, n) && read_at(fd, size - (int64_t)n, both + n, n);
    if (fd >= 0) close(fd);
    if (read && both[2 * n - 1] == '\n' && !is_packed(both, n)) {
        cyn_sha256 sum = cyn_sha256_of(both, 2 * n);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_free(both);
    return CYN_OK;
}

static bool is_plain_utf8(const char *encoding)
{
    return !encoding || strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0;
}

/* A quote that is never closed makes a bad row out of its line, until the closing one is appended.
 * So do rows that are too long to be shown whole. */
static bool may_have_open_quotes(const cyn_load_report *report)
{
    enum { SHOWN_WHOLE = 190 };
    if ((size_t)report->bad > report->nbad_rows) return true;
    for (size_t i = 0; i < report->nbad_rows; i++) {
        const cyn_bad_row *r = &report->bad_rows[i];
        if (!r->field && (strchr(r->text, '"') || strlen(r->text) > SHOWN_WHOLE)) return true;
    }
    return false;
}

cyn_code cyn_growth_mark(const cyn_source_spec *spec, const char *path, const cyn_file_stamp *stamp,
                         const cyn_load_report *report, char out[CYN_HASH_SIZE], cyn_err *err)
{
    *out = '\0';
    if (spec->kind == CYN_SOURCE_SQLITE || !is_plain_utf8(spec->encoding)) return CYN_OK;
    if (spec->kind == CYN_SOURCE_CSV && may_have_open_quotes(report)) return CYN_OK;
    return mark_of(path, stamp->size, out, err);
}

bool cyn_has_grown(const char *path, const cyn_file_stamp *was, const char *mark,
                   const cyn_file_stamp *now)
{
    char found[CYN_HASH_SIZE];
    return *mark && strcmp(was->path, now->path) == 0 && was->device == now->device &&
           was->inode == now->inode && was->size < now->size &&
           mark_of(path, was->size, found, NULL) == CYN_OK && strcmp(found, mark) == 0;
}

static bool has_values_before(const char *name, const cyn_load_report *const *before, size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < before[k]->ncolumns; i++)
            if (strcmp(before[k]->columns[i].name, name) == 0 &&
                before[k]->columns[i].facts.values > 0)
                return true;
    return false;
}

/* Bad rows do, and so does the value that made a column a text, if it is the first. */
bool cyn_growth_tells_lines(const cyn_load_report *more, const cyn_load_report *const *before,
                            size_t n)
{
    bool tells = more->bad > 0;
    for (size_t i = 0; i < more->ncolumns && !tells; i++) {
        const cyn_load_column *c = &more->columns[i];
        tells = !c->unread && !c->declared && c->type == CYN_TEXT && c->facts.values > 0 &&
                !has_values_before(c->name, before, n);
    }
    return tells;
}

/* CSV: LF, CRLF and CR end lines; NDJSON: LF. */
static int64_t count_lines(cyn_source_kind kind, const char *s, size_t n, bool *after_cr)
{
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        if (kind == CYN_SOURCE_CSV)
            lines += s[i] == '\r' || (s[i] == '\n' && !*after_cr);
        else
            lines += s[i] == '\n';
        *after_cr = s[i] == '\r';
    }
    return lines;
}

cyn_code cyn_line_at(cyn_source_kind kind, const char *path, int64_t at, int64_t *out, cyn_err *err)
{
    char *chunk = cyn_malloc(CHUNK);
    if (!chunk) return cyn_nomem(err);
    cyn_code rc = CYN_OK;
    int64_t line = 1;
    bool after_cr = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) rc = cyn_fail_errno(err, "cannot open", path);
    for (int64_t done = 0; rc == CYN_OK && done < at;) {
        size_t n = at - done < CHUNK ? (size_t)(at - done) : CHUNK;
        if (!read_at(fd, done, chunk, n)) {
            rc = cyn_fail_errno(err, "cannot read", path);
        } else {
            line += count_lines(kind, chunk, n, &after_cr);
            done += (int64_t)n;
        }
    }
    if (fd >= 0) close(fd);
    cyn_free(chunk);
    if (rc == CYN_OK) *out = line;
    return rc;
}
