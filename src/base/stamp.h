/* Stamps: how to know that a file is what it was, without reading it.
 *
 * Two stamps that agree are taken for the same bytes. File systems note times in ticks, so that a
 * file changed a moment ago may change again without showing it.
 *
 *     cyn_file_stamp now = {.path = path};
 *     same = cyn_stamp_take(path, &now) && cyn_stamp_equal(&now, &then);
 */
#pragma once
#include "base/buf.h"
#include <time.h>

/* A file as it was at one time. */
typedef struct cyn_file_stamp {
    const char *path;
    int64_t size, modified, changed; /* ns since 1970 */
    int64_t device, inode;
} cyn_file_stamp;

/* A time as stamps have it. */
int64_t cyn_stamp_time(struct timespec t);
/* False when the file is not there. Leaves the path alone. */
bool cyn_stamp_take(const char *path, cyn_file_stamp *out);
bool cyn_stamp_equal(const cyn_file_stamp *a, const cyn_file_stamp *b);
/* Which file it is, whatever its path, as bytes to be hashed. */
void cyn_stamp_describe(const cyn_file_stamp *s, cyn_buf *out);
