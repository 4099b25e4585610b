#include "base/spill.h"
#include "base/spill_impl.h"
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* At least so much of a limit is kept for what is not large: stacks of threads, above all. */
#define SMALL_SHARE ((size_t)32 << 20)
/* Small pieces that malloc has no room for lie in the file from this size on. */
#define PAGE ((size_t)4096)

/* A piece in the file. */
typedef struct piece {
    char *at;
    size_t size; /* whole grains */
    size_t from; /* where it begins in the file */
} piece;

static struct {
    bool limited;
    size_t share;      /* of large pieces that are private */
    atomic_llong kept; /* bytes in these */
    pthread_mutex_t lock;
    char folder[4096]; /* "": none was given */
    /* below: under the lock */
    piece *pieces; /* in the order of their addresses */
    size_t count, room;
    cyn_spill_use use;
    atomic_size_t some; /* the count, to be read without it */
} spill = {.lock = PTHREAD_MUTEX_INITIALIZER};

void cyn_spill_limit(size_t bytes)
{
    const size_t small = bytes / 4 > SMALL_SHARE ? bytes / 4 : SMALL_SHARE;
    spill.limited = true;
    spill.share = bytes > small ? bytes - small : 0;
    /* A large piece is given back when it is freed, and not kept for later ones. */
    mallopt(M_MMAP_THRESHOLD, (int)CYN_SPILL_LEAST);
}

void cyn_spill_into(const char *folder)
{
    snprintf(spill.folder, sizeof spill.folder, "%s", folder);
}

cyn_spill_use cyn_spill_used(void)
{
    pthread_mutex_lock(&spill.lock);
    cyn_spill_use use = spill.use;
    pthread_mutex_unlock(&spill.lock);
    use.limited = spill.limited;
    return use;
}

/* ---- the list; all of it under the lock ---- */

/* The number of the first piece that is not below the address. */
static size_t find_place(const char *at)
{
    size_t low = 0, high = spill.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spill.pieces[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool list(piece p)
{
    if (spill.count == spill.room) {
        size_t room = spill.room ? spill.room * 2 : 64;
        piece *more = realloc(spill.pieces, room * sizeof *more);
        if (!more) return false;
        spill.pieces = more;
        spill.room = room;
    }
    const size_t at = find_place(p.at);
    memmove(&spill.pieces[at + 1], &spill.pieces[at], (spill.count - at) * sizeof p);
    spill.pieces[at] = p;
    atomic_store(&spill.some, ++spill.count);
    spill.use.bytes += (int64_t)p.size;
    if (spill.use.bytes > spill.use.most) spill.use.most = spill.use.bytes;
    return true;
}

static piece unlist(size_t at)
{
    piece p = spill.pieces[at];
    memmove(&spill.pieces[at], &spill.pieces[at + 1], (spill.count - at - 1) * sizeof p);
    atomic_store(&spill.some, --spill.count);
    spill.use.bytes -= (int64_t)p.size;
    return p;
}

/* ---- pieces ---- */

static size_t whole_grains(size_t size)
{
    return size > SIZE_MAX - CYN_SPILL_GRAIN
               ? 0
               : (size + CYN_SPILL_GRAIN - 1) / CYN_SPILL_GRAIN * CYN_SPILL_GRAIN;
}

/* An errno. *dirty: how much at the front of the piece may not be zero. */
static int map(piece *p, size_t *dirty)
{
    size_t fresh;
    int rc = cyn_spill_file_take(spill.folder, p->size, &p->from, &fresh);
    if (rc != 0) return rc;
    void *at =
        mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, cyn_spill_file(), (off_t)p->from);
    if (at == MAP_FAILED) {
        rc = errno;
        cyn_spill_file_give(p->from, p->from + p->size);
        return rc;
    }
    p->at = at;
    *dirty = fresh <= p->from ? 0 : fresh - p->from < p->size ? fresh - p->from : p->size;
    return 0;
}

static void unmap(const piece *p)
{
    munmap(p->at, p->size);
    cyn_spill_file_give(p->from, p->from + p->size);
}

static int map_and_list(piece *p, size_t *dirty)
{
    int rc = map(p, dirty);
    if (rc != 0) return rc;
    if (list(*p)) return 0;
    unmap(p);
    return ENOMEM;
}

static void *new_piece(size_t size, bool zeroed)
{
    piece p = {.size = whole_grains(size)};
    size_t dirty = 0;
    if (p.size == 0) return NULL;
    pthread_mutex_lock(&spill.lock);
    const int rc = map_and_list(&p, &dirty);
    if (rc != 0) spill.use.error = rc;
    pthread_mutex_unlock(&spill.lock);
    if (rc != 0) return NULL;
    if (zeroed) memset(p.at, 0, dirty);
    return p.at;
}

/* Whether there is a piece at p, and which; under the lock. What malloc gives begins with a head of
 * its own, and so hardly ever where a page does. */
static bool is_piece(const void *p, size_t *at)
{
    *at = find_place(p);
    return *at < spill.count && spill.pieces[*at].at == (const char *)p;
}

static bool may_be_piece(const void *p)
{
    return (uintptr_t)p % PAGE == 0 && atomic_load(&spill.some) > 0;
}

static bool free_piece(const void *p)
{
    size_t at;
    if (!may_be_piece(p)) return false;
    pthread_mutex_lock(&spill.lock);
    const bool found = is_piece(p, &at);
    if (found) {
        const piece gone = unlist(at);
        unmap(&gone);
    }
    pthread_mutex_unlock(&spill.lock);
    return found;
}

/* Without a copy; NULL: that cannot be. */
static void *resize_listed(size_t number, size_t size)
{
    piece p = spill.pieces[number];
    if (size > p.size / 2 && size <= p.size) return p.at;
    if (size < p.size || size > SIZE_MAX - p.from) return NULL;
    if (!cyn_spill_file_extend(p.from + p.size, p.from + size)) return NULL;
    void *at = mremap(p.at, p.size, size, MREMAP_MAYMOVE);
    if (at == MAP_FAILED) {
        cyn_spill_file_give(p.from + p.size, p.from + size);
        return NULL;
    }
    (void)unlist(number);
    p.at = at;
    p.size = size;
    (void)list(p); /* there is room: one has just left */
    return at;
}

/* Its size before; 0: p is malloc's. NULL in *out: it stays as it was. */
static size_t resize_piece(void *p, size_t size, void **out)
{
    const size_t grains = whole_grains(size);
    size_t at, old = 0;
    *out = NULL;
    if (!may_be_piece(p)) return 0;
    pthread_mutex_lock(&spill.lock);
    if (is_piece(p, &at)) {
        old = spill.pieces[at].size;
        if (grains > 0) *out = resize_listed(at, grains);
    }
    pthread_mutex_unlock(&spill.lock);
    return old;
}

/* ---- private memory ---- */

static void count_private(void *p, int sign)
{
    const size_t size = p ? malloc_usable_size(p) : 0;
    if (size >= CYN_SPILL_LEAST) atomic_fetch_add(&spill.kept, sign * (long long)size);
}

/* Whether `more` bytes of large pieces still fit; threads that ask at once may go a little beyond.
 */
static bool has_share(size_t more)
{
    const long long kept = atomic_load(&spill.kept);
    return more <= spill.share && kept <= (long long)(spill.share - more);
}

/* NULL: it is for the file. */
static void *new_private(size_t size, bool zeroed)
{
    if (size >= CYN_SPILL_LEAST && !has_share(size)) return NULL;
    void *p = zeroed ? calloc(1, size) : malloc(size);
    count_private(p, 1);
    return p;
}

/* NULL: it stays as it was. */
static void *resize_private(void *p, size_t old, size_t size)
{
    if (size >= CYN_SPILL_LEAST && size > old && !has_share(size - old)) return NULL;
    count_private(p, -1);
    void *q = realloc(p, size);
    count_private(q ? q : p, 1);
    return q;
}

/* ---- all of it ---- */

void *cyn_spill_new(size_t size, bool zeroed)
{
    if (!spill.limited) return zeroed ? calloc(1, size) : malloc(size);
    void *p = new_private(size, zeroed);
    return p || size < PAGE ? p : new_piece(size, zeroed);
}

void cyn_spill_free(void *p)
{
    if (spill.limited) {
        if (free_piece(p)) return;
        count_private(p, -1);
    }
    free(p);
}

void *cyn_spill_resize(void *p, size_t size)
{
    void *q;
    if (!spill.limited) return realloc(p, size);
    if (!p) return cyn_spill_new(size, false);
    size_t old = resize_piece(p, size, &q);
    if (old == 0) {
        old = malloc_usable_size(p);
        q = resize_private(p, old, size);
    }
    if (q) return q;
    q = cyn_spill_new(size, false);
    if (!q) return NULL;
    memcpy(q, p, old < size ? old : size);
    cyn_spill_free(p);
    return q;
}
