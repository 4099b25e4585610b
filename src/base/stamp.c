#include "base/stamp.h"
#include <string.h>
#include <sys/stat.h>

int64_t cyn_stamp_time(struct timespec t)
{
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

bool cyn_stamp_take(const char *path, cyn_file_stamp *out)
{
    struct stat st;
    if (stat(path, &st) != 0) return false;
    out->size = st.st_size;
    out->modified = cyn_stamp_time(st.st_mtim);
    out->changed = cyn_stamp_time(st.st_ctim);
    out->device = (int64_t)st.st_dev;
    out->inode = (int64_t)st.st_ino;
    return true;
}

bool cyn_stamp_equal(const cyn_file_stamp *a, const cyn_file_stamp *b)
{
    return strcmp(a->path, b->path) == 0 && a->size == b->size && a->modified == b->modified &&
           a->changed == b->changed && a->device == b->device && a->inode == b->inode;
}

void cyn_stamp_describe(const cyn_file_stamp *s, cyn_buf *out)
{
    const int64_t fields[] = {s->size, s->modified, s->changed, s->device, s->inode};
    cyn_buf_add(out, fields, sizeof fields);
}
