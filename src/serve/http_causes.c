/* What went wrong of late: each cause is said once a minute, however often it is met. */
#include "base/hash.h"
#include "base/time.h"
#include "serve/http_impl.h"
#include <pthread.h>
#include <string.h>

enum { KEPT = 16 }; /* causes; the one that was said longest ago makes room */

struct cyn_causes {
    pthread_mutex_t mutex;
    struct {
        uint64_t hash;
        int64_t said; /* 0: never */
    } items[KEPT];
};

cyn_causes *cyn_causes_new(void)
{
    cyn_causes *c = cyn_calloc(1, sizeof *c);
    if (c) pthread_mutex_init(&c->mutex, NULL);
    return c;
}

void cyn_causes_free(cyn_causes *c)
{
    if (!c) return;
    pthread_mutex_destroy(&c->mutex);
    cyn_free(c);
}

static bool note(cyn_causes *c, uint64_t hash, int64_t now)
{
    size_t place = 0;
    for (size_t i = 0; i < KEPT; i++) {
        if (c->items[i].said && c->items[i].hash == hash) {
            place = i;
            break;
        }
        if (c->items[i].said < c->items[place].said) place = i;
    }
    if (c->items[place].said && c->items[place].hash == hash &&
        now - c->items[place].said < CYN_MINUTE)
        return false;
    c->items[place].hash = hash;
    c->items[place].said = now;
    return true;
}

bool cyn_causes_is_news(cyn_causes *c, const char *cause, int64_t now)
{
    if (!c) return true;
    pthread_mutex_lock(&c->mutex);
    bool news = note(c, cyn_hash64(cause, strlen(cause), 0), now);
    pthread_mutex_unlock(&c->mutex);
    return news;
}
