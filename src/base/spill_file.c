#include "base/spill_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The file grows and is cut by so much at least: making and removing it takes time. */
#define STEP ((size_t)64 << 20)
#define CUT  ((size_t)256 << 20)

typedef struct range {
    size_t from, to;
} range;

static struct {
    bool open;
    int fd;
    size_t end;   /* of what has its room on the disk */
    size_t fresh; /* from here on nothing was ever handed out */
    range *free;  /* in order; no two touch */
    size_t count, room;
} file;

int cyn_spill_file(void)
{
    return file.fd;
}

/* ---- the file ---- */

static int open_unnamed(const char *folder)
{
    char name[4200];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
    snprintf(name, sizeof name, "%s/spill-XXXXXX", folder);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) unlink(name);
    return fd;
}

static int open_file(const char *folder)
{
    const char *tmp = getenv("TMPDIR");
    if (file.open) return 0;
    file.fd = folder[0] ? open_unnamed(folder) : -1;
    if (file.fd < 0) file.fd = open_unnamed(tmp && tmp[0] ? tmp : "/var/tmp");
    file.open = file.fd >= 0;
    return file.open ? 0 : errno;
}

static int reserve(size_t to)
{
    struct statvfs disk;
    int rc;
    if (to < file.end || to > INT64_MAX) return EFBIG;
    /* The last of a disk is for others: the run's own results, too. */
    if (fstatvfs(file.fd, &disk) == 0 && (to - file.end + STEP) / disk.f_frsize > disk.f_bavail)
        return ENOSPC;
    do /* who interrupts is heard elsewhere */
        rc = posix_fallocate(file.fd, (off_t)file.end, (off_t)(to - file.end));
    while (rc == EINTR);
    return rc;
}

/* Beyond `to`, if there is room for that. */
static int grow(size_t to)
{
    size_t more = to > SIZE_MAX - STEP ? to : (to + STEP - 1) / STEP * STEP;
    const size_t end = file.end;
    int rc = reserve(more);
    if (rc != 0) rc = reserve(more = to);
    if (rc != 0) return rc;
    file.end = more;
    cyn_spill_file_give(end, more);
    return 0;
}

/* ---- ranges ---- */

/* The number of the first free range that ends at or behind `at`. */
static size_t find_place(size_t at)
{
    size_t low = 0, high = file.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file.free[middle].to < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop(size_t i)
{
    memmove(&file.free[i], &file.free[i + 1], (--file.count - i) * sizeof *file.free);
}

static bool insert(size_t i, range r)
{
    if (file.count == file.room) {
        size_t room = file.room ? file.room * 2 : 64;
        range *more = realloc(file.free, room * sizeof *more);
        if (!more) return false;
        file.free = more;
        file.room = room;
    }
    memmove(&file.free[i + 1], &file.free[i], (file.count++ - i) * sizeof r);
    file.free[i] = r;
    return true;
}

static void take_front(size_t i, size_t size)
{
    range *r = &file.free[i];
    r->from += size;
    if (r->from > file.fresh) file.fresh = r->from;
    if (r->from == r->to) drop(i);
}

/* Where the free ranges at the end of the file begin. */
static size_t free_end(void)
{
    const range *last = file.count ? &file.free[file.count - 1] : NULL;
    return last && last->to == file.end ? last->from : file.end;
}

int cyn_spill_file_take(const char *folder, size_t size, size_t *from, size_t *fresh)
{
    size_t i = 0;
    int rc = open_file(folder);
    if (rc != 0) return rc;
    while (i < file.count && file.free[i].to - file.free[i].from < size)
        i++;
    if (i == file.count) {
        if (size > SIZE_MAX - file.end) return EFBIG;
        rc = grow(free_end() + size);
        if (rc != 0) return rc;
        i = file.count - 1;
        if (file.count == 0 || file.free[i].to - file.free[i].from < size) return ENOMEM;
    }
    *from = file.free[i].from;
    *fresh = file.fresh;
    take_front(i, size);
    return 0;
}

bool cyn_spill_file_extend(size_t from, size_t to)
{
    if (free_end() == from && to > file.end && grow(to) != 0) return false;
    const size_t i = find_place(from + 1);
    if (i == file.count || file.free[i].from != from || file.free[i].to < to) return false;
    take_front(i, to - from);
    return true;
}

/* Gives back to the disk what lies free at the end, if that is most of the file. */
static void cut(void)
{
    const size_t end = free_end();
    if (file.end - end < CUT || file.end - end <= file.end / 2) return;
    if (ftruncate(file.fd, (off_t)end) != 0) return;
    file.end = end;
    if (file.fresh > end) file.fresh = end;
    file.count--;
}

/* A range that cannot be listed is lost until the process ends. */
void cyn_spill_file_give(size_t from, size_t to)
{
    const size_t i = find_place(from);
    range *r = i < file.count ? &file.free[i] : NULL;
    if (r && r->to == from) {
        r->to = to;
        if (i + 1 < file.count && r[1].from == to) {
            r->to = r[1].to;
            drop(i + 1);
        }
    } else if (r && r->from == to) {
        r->from = from;
    } else if (!insert(i, (range){from, to})) {
        return;
    }
    if (file.fresh > from) cut();
}
