#include "source/input.h"
#include "base/arena.h"
#include "source/encoding.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* A file is opened more than once, mostly for its first lines. */
enum { RAW_SIZE = 256 * 1024, OPENED_SIZE = 64 * 1024, TEXT_SIZE = 64 * 1024 };

typedef enum packing { PLAIN, GZIP, ZSTD } packing;

struct cyn_input {
    char *path;
    int fd;              /* -1: bytes in memory, all of them in raw */
    int64_t limit, read; /* bytes of the file: at most, so far */
    const unsigned char *raw;
    unsigned char *raw_buffer;
    size_t raw_at, raw_end;
    bool raw_eof;
    packing packing;
    bool member_open; /* inside a gzip member or zstd frame */
    z_stream z;
    ZSTD_DStream *zstd;
    cyn_recoder *recoder;
    char *text; /* decompressed, before recoding */
    size_t text_at, text_end;
    bool text_eof;
};

/* Bytes of the file, `want` or as many as there are. */
static cyn_code read_file(cyn_input *in, void *to, size_t want, size_t *got, cyn_err *err)
{
    size_t asked = want;
    *got = 0;
    if (in->limit >= 0 && in->limit - in->read < (int64_t)want)
        want = (size_t)(in->limit - in->read);
    while (*got < want) {
        ssize_t n = read(in->fd, (char *)to + *got, want - *got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return cyn_fail_errno(err, "cannot read", in->path);
        if (n == 0) break;
        *got += (size_t)n;
    }
    in->raw_eof = *got < asked;
    in->read += (int64_t)*got;
    return CYN_OK;
}

/* Refills raw when it is used up. */
static cyn_code fill_raw(cyn_input *in, size_t size, cyn_err *err)
{
    if (in->raw_at < in->raw_end || in->raw_eof) return CYN_OK;
    in->raw_at = in->raw_end = 0;
    return read_file(in, in->raw_buffer, size, &in->raw_end, err);
}

static cyn_code archive_error(const cyn_input *in, cyn_err *err, const char *what)
{
    long long at = (long long)cyn_input_position(in);
    return cyn_fail_at(err, CYN_E_DATA, in->path, 0, 0, "%s archive %s at byte %lld",
                       in->packing == GZIP ? "gzip" : "Zstandard", what, at);
}

static cyn_code truncated(const cyn_input *in, cyn_err *err)
{
    archive_error(in, err, "ends too early,");
    cyn_hint(err, "the file is cut off: copy or download it again");
    return CYN_E_DATA;
}

/* Behind a member: another one, or padding with zero bytes (tapes, block devices) to the end. */
static cyn_code next_member(cyn_input *in, cyn_err *err)
{
    if (in->raw[in->raw_at] == 0x1F) {
        inflateReset(&in->z);
        in->member_open = true;
        return CYN_OK;
    }
    for (; in->raw_at < in->raw_end; in->raw_at++)
        if (in->raw[in->raw_at]) return archive_error(in, err, "is followed by something else");
    return CYN_OK;
}

static cyn_code read_gzip(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    *got = 0;
    while (*got == 0) {
        CYN_TRY(fill_raw(in, RAW_SIZE, err));
        size_t left = in->raw_end - in->raw_at;
        if (left == 0) return in->member_open ? truncated(in, err) : CYN_OK;
        if (!in->member_open) {
            CYN_TRY(next_member(in, err));
            if (!in->member_open) continue;
        }
        in->z.next_in = (Bytef *)(uintptr_t)(in->raw + in->raw_at);
        in->z.avail_in = (uInt)left;
        in->z.next_out = (Bytef *)to;
        in->z.avail_out = (uInt)size;
        int rc = inflate(&in->z, Z_NO_FLUSH);
        in->raw_at += left - in->z.avail_in;
        *got = size - in->z.avail_out;
        if (rc == Z_STREAM_END) in->member_open = false;
        if (rc == Z_MEM_ERROR) return cyn_nomem(err);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return archive_error(in, err, "is damaged");
    }
    return CYN_OK;
}

static cyn_code read_zstd(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    *got = 0;
    while (*got == 0) {
        CYN_TRY(fill_raw(in, RAW_SIZE, err));
        ZSTD_inBuffer from = {in->raw + in->raw_at, in->raw_end - in->raw_at, 0};
        ZSTD_outBuffer out = {to, size, 0};
        if (from.size == 0 && !in->member_open) return CYN_OK;
        size_t rc = ZSTD_decompressStream(in->zstd, &out, &from);
        if (ZSTD_isError(rc)) return archive_error(in, err, "is damaged");
        in->raw_at += from.pos;
        *got = out.pos;
        in->member_open = rc != 0;
        if (in->member_open && from.size == 0 && out.pos == 0) return truncated(in, err);
    }
    return CYN_OK;
}

/* Whoever takes much at once gets it without a detour. */
static cyn_code read_plain(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    if (in->raw_at == in->raw_end && !in->raw_eof && size >= RAW_SIZE / 2)
        return read_file(in, to, size, got, err);
    CYN_TRY(fill_raw(in, RAW_SIZE, err));
    size_t n = in->raw_end - in->raw_at;
    if (n > size) n = size;
    memcpy(to, in->raw + in->raw_at, n);
    in->raw_at += n;
    *got = n;
    return CYN_OK;
}

static cyn_code read_unpacked(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    switch (in->packing) {
    case GZIP: return read_gzip(in, to, size, got, err);
    case ZSTD: return read_zstd(in, to, size, got, err);
    case PLAIN: break;
    }
    return read_plain(in, to, size, got, err);
}

/* Keeps the bytes of an incomplete character for the next call. */
static cyn_code read_recoded(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    *got = 0;
    while (*got == 0) {
        size_t left = in->text_end - in->text_at;
        if (left > 0) {
            const char *from = in->text + in->text_at;
            cyn_recode(in->recoder, &from, &left, in->text_eof, to, size, got);
            in->text_at = in->text_end - left;
            if (*got > 0) break;
        }
        if (in->text_eof) break;
        memmove(in->text, in->text + in->text_at, left);
        in->text_at = 0;
        in->text_end = left;
        size_t n;
        CYN_TRY(read_unpacked(in, in->text + left, TEXT_SIZE - left, &n, err));
        in->text_end += n;
        in->text_eof = n == 0;
    }
    return CYN_OK;
}

cyn_code cyn_input_read(cyn_input *in, char *to, size_t size, size_t *got, cyn_err *err)
{
    if (in->recoder) return read_recoded(in, to, size, got, err);
    return read_unpacked(in, to, size, got, err);
}

static bool starts_with(const cyn_input *in, const char *magic, size_t n)
{
    return in->raw_end - in->raw_at >= n && memcmp(in->raw + in->raw_at, magic, n) == 0;
}

/* Formats that people try, which are not read: the error names them instead of showing noise. */
static const char *foreign_format(const cyn_input *in)
{
    if (starts_with(in, "PK\3\4", 4)) return "a zip archive or a spreadsheet";
    if (starts_with(in, "BZh", 3)) return "a bzip2 archive";
    if (starts_with(in,
                    "\xFD"
                    "7zXZ",
                    5))
        return "an xz archive";
    if (starts_with(in, "PAR1", 4)) return "a Parquet file";
    if (starts_with(in, "SQLite format 3", 16)) return "a SQLite database";
    return NULL;
}

static cyn_code find_packing(cyn_input *in, cyn_err *err)
{
    CYN_TRY(fill_raw(in, OPENED_SIZE, err));
    const char *foreign = foreign_format(in);
    if (foreign) {
        cyn_fail_at(err, CYN_E_DATA, in->path, 0, 0,
                    "this is %s, expected text, plain or packed with gzip or Zstandard", foreign);
        return CYN_E_DATA;
    }
    if (starts_with(in, "\x1F\x8B", 2)) {
        in->packing = GZIP;
        if (inflateInit2(&in->z, 15 + 16) != Z_OK) {
            in->packing = PLAIN;
            return cyn_nomem(err);
        }
    } else if (starts_with(in, "\x28\xB5\x2F\xFD", 4)) {
        in->packing = ZSTD;
        in->zstd = ZSTD_createDStream();
        if (!in->zstd) return cyn_nomem(err);
        in->member_open = true;
    }
    return CYN_OK;
}

static cyn_code start(cyn_input *in, const char *encoding, cyn_err *err)
{
    CYN_TRY(find_packing(in, err));
    if (!encoding || strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0)
        return CYN_OK;
    in->text = cyn_malloc(TEXT_SIZE);
    if (!in->text) return cyn_nomem(err);
    return cyn_recoder_new(encoding, &in->recoder, err);
}

static cyn_code open_file(cyn_input *in, cyn_err *err)
{
    in->raw_buffer = cyn_malloc(RAW_SIZE);
    if (!in->raw_buffer) return cyn_nomem(err);
    in->raw = in->raw_buffer;
    in->fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (in->fd < 0) return cyn_fail_errno(err, "cannot open", in->path);
    struct stat st;
    if (fstat(in->fd, &st) != 0) return cyn_fail_errno(err, "cannot look at", in->path);
    if (!S_ISREG(st.st_mode))
        return cyn_fail_at(err, CYN_E_IO, in->path, 0, 0,
                           "not a regular file: sources are read more than once");
    return CYN_OK;
}

cyn_code cyn_input_open(const char *path, const char *encoding, int64_t limit, cyn_input **out,
                        cyn_err *err)
{
    cyn_code rc = CYN_OK;
    size_t n = strlen(path) + 1;
    cyn_input *in = cyn_calloc(1, sizeof *in);
    if (!in) return cyn_nomem(err);
    in->fd = -1;
    in->limit = limit;
    in->path = cyn_malloc(n);
    if (!in->path) {
        rc = cyn_nomem(err);
        goto done;
    }
    memcpy(in->path, path, n);
    CYN_GOTO(open_file(in, err));
    CYN_GOTO(start(in, encoding, err));
    *out = in;
    in = NULL;
done:
    cyn_input_close(in);
    return rc;
}

cyn_code cyn_input_open_bytes(const void *data, size_t size, const char *encoding, cyn_input **out,
                              cyn_err *err)
{
    cyn_code rc = CYN_OK;
    cyn_input *in = cyn_calloc(1, sizeof *in);
    if (!in) return cyn_nomem(err);
    in->fd = -1;
    in->limit = -1;
    in->raw = data;
    in->raw_end = size;
    in->raw_eof = true;
    in->read = (int64_t)size;
    CYN_GOTO(start(in, encoding, err));
    *out = in;
    in = NULL;
done:
    cyn_input_close(in);
    return rc;
}

void cyn_input_close(cyn_input *in)
{
    if (!in) return;
    if (in->fd >= 0) close(in->fd);
    if (in->packing == GZIP) inflateEnd(&in->z);
    ZSTD_freeDStream(in->zstd);
    cyn_recoder_free(in->recoder);
    cyn_free(in->text);
    cyn_free(in->raw_buffer);
    cyn_free(in->path);
    cyn_free(in);
}

cyn_code cyn_input_seek(cyn_input *in, int64_t to, cyn_err *err)
{
    if (in->fd < 0 || in->packing != PLAIN || in->recoder)
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, in->path, 0, 0,
                           "cannot be read from the middle");
    if (lseek(in->fd, (off_t)to, SEEK_SET) < 0) return cyn_fail_errno(err, "cannot read", in->path);
    in->raw_at = in->raw_end = 0;
    in->raw_eof = false;
    in->read = to;
    return CYN_OK;
}

int64_t cyn_input_position(const cyn_input *in)
{
    return in->read - (int64_t)(in->raw_end - in->raw_at);
}
