#include "live/kept_catalog.h"
#include "base/hash.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME     "catalog"
#define NEW_NAME NAME ".new" /* while it is written */

/* The file: a word, the key, a checksum of the bytes, each in a line; the bytes. */
#define MAGIC   "cynosure catalog 1\n"
#define DIGITS  64
#define HEADER  (sizeof MAGIC - 1 + 2 * (DIGITS + 1))
#define AT_MOST ((size_t)64 << 20)

typedef struct kept {
    cyn_script_keep keep;
    const char *folder;
} kept;

static void write_header(const char *key, const void *data, size_t size, char out[HEADER + 1])
{
    char sum[DIGITS + 1];
    cyn_sha256 hash = cyn_sha256_of(data, size);
    cyn_hex(hash.bytes, sizeof hash.bytes, sum);
    snprintf(out, HEADER + 1, MAGIC "%s\n%s\n", key, sum);
}

static int open_folder(const kept *k)
{
    return open(k->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- Finding ---- */

/* The content of a regular file, in the arena; NULL: there is none of a size that makes sense. */
static uint8_t *read_all(int fd, cyn_arena *arena, size_t *size)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return NULL;
    const size_t n = (size_t)st.st_size;
    if (n < HEADER || n > AT_MOST + HEADER) return NULL;
    uint8_t *data = cyn_alloc(arena, n);
    if (!data || read(fd, data, n) != (ssize_t)n) return NULL;
    *size = n;
    return data;
}

/* The header is the one that these bytes would get under this key. */
static bool is_whole(const char *key, const uint8_t *data, size_t n)
{
    char header[HEADER + 1];
    write_header(key, data + HEADER, n - HEADER, header);
    return memcmp(header, data, HEADER) == 0;
}

static bool find(void *self, const char *key, cyn_arena *arena, const void **data, size_t *size)
{
    size_t n = 0;
    int folder = open_folder(self);
    int fd = folder < 0 ? -1 : openat(folder, NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const uint8_t *all = fd < 0 ? NULL : read_all(fd, arena, &n);
    if (folder >= 0) close(folder);
    if (fd >= 0) close(fd);
    if (!all || !is_whole(key, all, n)) return false;
    *data = all + HEADER;
    *size = n - HEADER;
    return true;
}

/* ---- Keeping ---- */

static bool write_new(int folder, const char *key, const void *data, size_t size)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    char header[HEADER + 1];
    write_header(key, data, size, header);
    int fd = openat(folder, NEW_NAME, flags, 0666);
    bool ok = fd >= 0 && write(fd, header, HEADER) == (ssize_t)HEADER &&
              write(fd, data, size) == (ssize_t)size;
    if (fd >= 0 && close(fd) != 0) ok = false;
    return ok;
}

/* Under the folder's lock, so that whatever is there under the name of a new one is left over. Who
 * finds it taken does not wait: another process keeps its own. A power cut may leave a file that is
 * not whole; reading it tells. */
static void keep(void *self, const char *key, const void *data, size_t size)
{
    int folder = size > AT_MOST ? -1 : open_folder(self);
    if (folder < 0) return;
    if (flock(folder, LOCK_EX | LOCK_NB) == 0 &&
        !(write_new(folder, key, data, size) && renameat(folder, NEW_NAME, folder, NAME) == 0))
        unlinkat(folder, NEW_NAME, 0);
    close(folder);
}

static void drop(void *self)
{
    int folder = open_folder(self);
    if (folder < 0) return;
    unlinkat(folder, NAME, 0);
    close(folder);
}

cyn_code cyn_kept_catalog_new(const char *dir, cyn_arena *arena, const cyn_script_keep **out,
                              cyn_err *err)
{
    kept *k = CYN_NEW(arena, kept);
    const char *folder = cyn_sprintf(arena, "%s/.cynosure", dir);
    if (!k || !folder) return cyn_nomem(err);
    *k = (kept){.keep = {.self = k, .find = find, .keep = keep, .drop = drop}, .folder = folder};
    *out = &k->keep;
    return CYN_OK;
}
