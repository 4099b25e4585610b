/* A brake on wrong tokens: whoever showed many within a minute is not listened to for the rest of
 * it. No thread waits meanwhile, and a table of fixed size remembers: under attack from more
 * addresses than it holds, the one that was seen longest ago is forgotten. */
#include "base/hash.h"
#include "base/time.h"
#include "serve/http_impl.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10, ADDRESSES = 256 };
#define WINDOW CYN_MINUTE

typedef struct offender {
    uint64_t address; /* its hash; 0: nobody */
    int64_t first;    /* of its wrong tokens within the window */
    unsigned wrong;
} offender;

struct cyn_brake {
    pthread_mutex_t mutex;
    offender all[ADDRESSES];
};

cyn_code cyn_brake_new(cyn_brake **out, cyn_err *err)
{
    cyn_brake *b = cyn_calloc(1, sizeof *b);
    if (!b) return cyn_nomem(err);
    pthread_mutex_init(&b->mutex, NULL);
    *out = b;
    return CYN_OK;
}

void cyn_brake_free(cyn_brake *b)
{
    if (!b) return;
    pthread_mutex_destroy(&b->mutex);
    cyn_free(b);
}

/* Of an IPv6 address the network counts, unless it stands for one of IPv4. 0: no address. */
static uint64_t key_of(const char *peer)
{
    struct in6_addr a;
    if (!*peer) return 0;
    bool network = inet_pton(AF_INET6, peer, &a) == 1 && !IN6_IS_ADDR_V4MAPPED(&a);
    return (network ? cyn_hash64(&a, 8, 0) : cyn_hash64(peer, strlen(peer), 1)) | 1;
}

static bool is_over(const offender *o, int64_t now)
{
    return now - o->first >= WINDOW || now < o->first; /* the clock may have been set back */
}

static offender *find(cyn_brake *b, uint64_t address)
{
    for (size_t i = 0; i < ADDRESSES; i++)
        if (b->all[i].address == address) return &b->all[i];
    return NULL;
}

static offender *oldest(cyn_brake *b)
{
    offender *o = b->all;
    for (size_t i = 0; i < ADDRESSES; i++)
        if (b->all[i].first < o->first) o = &b->all[i];
    return o;
}

int cyn_brake_wait(cyn_brake *b, const char *peer, int64_t now)
{
    uint64_t address = key_of(peer);
    int seconds = 0;
    if (!b || !address) return 0;
    pthread_mutex_lock(&b->mutex);
    const offender *o = find(b, address);
    if (o && o->wrong >= MOST && !is_over(o, now))
        seconds = 1 + (int)((o->first + WINDOW - now) / CYN_SECOND);
    pthread_mutex_unlock(&b->mutex);
    return seconds;
}

void cyn_brake_wrong(cyn_brake *b, const char *peer, int64_t now)
{
    uint64_t address = key_of(peer);
    if (!b || !address) return;
    pthread_mutex_lock(&b->mutex);
    offender *o = find(b, address);
    if (!o) o = oldest(b);
    if (o->address != address || is_over(o, now)) *o = (offender){.address = address, .first = now};
    o->wrong++;
    pthread_mutex_unlock(&b->mutex);
}
