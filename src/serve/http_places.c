/* Who is connected: the part of the server that keeps slow and numerous clients from being in the
 * way of others.
 *
 * A connection is *waiting* until its request has arrived whole, then *served* until its answer was
 * taken, then waiting again. Where there are too many, the one that has waited longest goes: who
 * asks something is done in milliseconds, who only holds a place loses it. Where answers that
 * nobody takes fill the memory, the one that is being taken longest goes. A thread of its own ends
 * those that overrun their time, however busily they drip bytes. Ending is shutdown(2): the
 * server's thread sees the end of the connection, closes it and calls cyn_places_leave(). Until
 * then the descriptor is not used for another one.
 */
#include "base/time.h"
#include "serve/http_impl.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    ARRIVE_TIMES = 2, /* of the timeout: for a request, with the silence before it */
    TAKE_TIMES = 6,   /* for an answer */
    HELD = 64 << 20,  /* bytes of answers that are being taken; one alone may be longer */
};

typedef struct place place;
typedef struct list {
    place *first, *last;
    size_t count;
} list;

struct place {
    place *before, *after;
    list *in;
    int fd;
    uint64_t address;
    int64_t since;
    cyn_buf body; /* of its answer */
};

struct cyn_places {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* somebody came, nobody is served any more, or it ends */
    pthread_t watcher;
    bool ends;
    unsigned most, most_per_address;
    int64_t timeout; /* microseconds */
    size_t held;     /* bytes of answers that are being taken */
    list waiting, served, gone;
};

/* ---- lists, by who is in them longest ---- */

static void take_out(place *p)
{
    list *l = p->in;
    *(p->before ? &p->before->after : &l->first) = p->after;
    *(p->after ? &p->after->before : &l->last) = p->before;
    l->count--;
    p->before = p->after = NULL;
    p->in = NULL;
}

static void put_in(list *l, place *p)
{
    p->in = l;
    p->since = cyn_monotonic();
    p->before = l->last;
    p->after = NULL;
    *(l->last ? &l->last->after : &l->first) = p;
    l->last = p;
    l->count++;
}

static void let_go(cyn_places *all, place *p)
{
    all->held -= p->body.len;
    cyn_buf_clear(&p->body);
}

static void end_connection(cyn_places *all, place *p)
{
    /* What the system still holds for it goes as well. */
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
    shutdown(p->fd, SHUT_RDWR);
    let_go(all, p);
    take_out(p);
    put_in(&all->gone, p);
}

/* ---- limits ---- */

static size_t count_of(const list *l, uint64_t address)
{
    size_t n = 0;
    for (const place *p = l->first; p; p = p->after)
        n += p->address == address;
    return n;
}

static place *oldest_of(const list *l, uint64_t address)
{
    place *p = l->first;
    while (p && p->address != address)
        p = p->after;
    return p;
}

static void make_room(cyn_places *all, uint64_t address)
{
    bool crowd = address && count_of(&all->waiting, address) + count_of(&all->served, address) >
                                all->most_per_address;
    if (crowd)
        end_connection(all, oldest_of(&all->waiting, address));
    else if (all->waiting.count + all->served.count > all->most)
        end_connection(all, all->waiting.first);
}

static void end_overdue(cyn_places *all, list *l, int64_t allowed)
{
    int64_t now = cyn_monotonic();
    while (l->first && now - l->first->since >= allowed)
        end_connection(all, l->first);
}

static void *watch(void *argument)
{
    cyn_places *all = argument;
    pthread_mutex_lock(&all->mutex);
    while (!all->ends) {
        if (!all->waiting.first && !all->served.first) {
            pthread_cond_wait(&all->changed, &all->mutex);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&all->changed, &all->mutex, &until);
        end_overdue(all, &all->waiting, ARRIVE_TIMES * all->timeout);
        end_overdue(all, &all->served, TAKE_TIMES * all->timeout);
    }
    pthread_mutex_unlock(&all->mutex);
    return NULL;
}

/* ---- who comes and goes ---- */

void *cyn_places_enter(cyn_places *all, int fd, uint64_t address)
{
    place *p = cyn_calloc(1, sizeof *p);
    if (!p) {
        shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    p->fd = fd;
    p->address = address;
    pthread_mutex_lock(&all->mutex);
    bool alone = !all->waiting.first && !all->served.first;
    put_in(&all->waiting, p);
    make_room(all, address);
    if (alone) pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->mutex);
    return p;
}

static void move(cyn_places *all, place *p, list *from, list *to)
{
    if (!p) return;
    pthread_mutex_lock(&all->mutex);
    if (p->in == from) {
        let_go(all, p);
        take_out(p);
        put_in(to, p);
    }
    if (!all->served.first) pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->mutex);
}

void cyn_places_serve(cyn_places *all, void *p)
{
    move(all, p, &all->waiting, &all->served);
}

void cyn_places_served(cyn_places *all, void *p)
{
    move(all, p, &all->served, &all->waiting);
}

bool cyn_places_hold(cyn_places *all, void *argument, cyn_buf *body)
{
    place *p = argument;
    if (!p) return false;
    pthread_mutex_lock(&all->mutex);
    bool served = p->in == &all->served;
    if (served) {
        p->body = *body;
        *body = (cyn_buf){0};
        all->held += p->body.len;
        while (all->held > HELD && all->served.first != p)
            end_connection(all, all->served.first);
    }
    pthread_mutex_unlock(&all->mutex);
    return served;
}

ptrdiff_t cyn_places_take(cyn_places *all, void *argument, uint64_t from, char *out, size_t most)
{
    const place *p = argument;
    ptrdiff_t n = -1;
    pthread_mutex_lock(&all->mutex);
    if (p->in == &all->served && from <= p->body.len) {
        size_t left = p->body.len - (size_t)from;
        n = (ptrdiff_t)(left < most ? left : most);
        if (n > 0) memcpy(out, p->body.data + from, (size_t)n);
    }
    pthread_mutex_unlock(&all->mutex);
    return n;
}

void cyn_places_leave(cyn_places *all, void *argument)
{
    place *p = argument;
    if (!p) return;
    pthread_mutex_lock(&all->mutex);
    let_go(all, p);
    take_out(p);
    if (!all->served.first) pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->mutex);
    cyn_free(p);
}

void cyn_places_drain(cyn_places *all, int64_t micros)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += micros / 1000000;
    pthread_mutex_lock(&all->mutex);
    while (all->served.first && pthread_cond_timedwait(&all->changed, &all->mutex, &until) == 0)
        continue;
    pthread_mutex_unlock(&all->mutex);
}

/* ---- life ---- */

cyn_code cyn_places_new(unsigned most, unsigned most_per_address, unsigned timeout,
                        cyn_places **out, cyn_err *err)
{
    cyn_places *all = cyn_calloc(1, sizeof *all);
    if (!all) return cyn_nomem(err);
    all->most = most;
    all->most_per_address = most_per_address;
    all->timeout = (int64_t)timeout * 1000000;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&all->mutex, NULL);
    pthread_cond_init(&all->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int failed = pthread_create(&all->watcher, NULL, watch, all);
    if (failed) {
        pthread_cond_destroy(&all->changed);
        pthread_mutex_destroy(&all->mutex);
        cyn_free(all);
        errno = failed;
        return cyn_fail_errno(err, "cannot start a thread for", "the server");
    }
    *out = all;
    return CYN_OK;
}

void cyn_places_free(cyn_places *all)
{
    if (!all) return;
    pthread_mutex_lock(&all->mutex);
    all->ends = true;
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->mutex);
    pthread_join(all->watcher, NULL);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->mutex);
    cyn_free(all);
}
