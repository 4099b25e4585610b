/* Each class of urgency is a heap of its own, by time; so what is most urgent of all that is due is
 * the root of the first class whose root is due, and neither the clock nor what was due before
 * matters. The heaps are pairing heaps: their links are in the entries, so that setting one never
 * needs memory. */
#include "sched/queue.h"
#include "base/arena.h"
#include "base/hash.h"
#include <assert.h>
#include <string.h>

#define CLASSES 256
#define NOBODY  UINT32_MAX

typedef enum place { OUT, QUEUED, RUNS } place;

/* A heap is the tree of a root: each entry comes before its children, which are a list. */
typedef struct entry {
    int64_t due; /* RUNS: what was asked for meanwhile */
    uint32_t child, next;
    uint32_t before; /* the sibling before it, or of the first child the parent; root: NOBODY */
    uint8_t urgency;
    uint8_t place;
} entry;

struct cyn_queue {
    uint32_t size;
    unsigned classes; /* that were ever used: those below */
    uint32_t roots[CLASSES];
    entry entries[];
};

cyn_code cyn_queue_new(uint32_t entries, cyn_queue **out, cyn_err *err)
{
    cyn_queue *q = cyn_malloc(sizeof *q + entries * sizeof q->entries[0]);
    if (!q) return cyn_nomem(err);
    q->size = entries;
    q->classes = 0;
    for (size_t i = 0; i < CLASSES; i++)
        q->roots[i] = NOBODY;
    for (uint32_t i = 0; i < entries; i++)
        q->entries[i] = (entry){.child = NOBODY, .next = NOBODY, .before = NOBODY, .place = OUT};
    *out = q;
    return CYN_OK;
}

void cyn_queue_free(cyn_queue *q)
{
    cyn_free(q);
}

/* ---- a heap ---- */

static bool is_before(const cyn_queue *q, uint32_t a, uint32_t b)
{
    int64_t x = q->entries[a].due, y = q->entries[b].due;
    return x != y ? x < y : a < b;
}

/* Makes one of two trees the first child of the other. */
static uint32_t merged(cyn_queue *q, uint32_t a, uint32_t b)
{
    if (a == NOBODY || b == NOBODY) return a == NOBODY ? b : a;
    uint32_t top = is_before(q, a, b) ? a : b, below = top == a ? b : a;
    entry *t = &q->entries[top], *l = &q->entries[below];
    l->next = t->child;
    l->before = top;
    if (t->child != NOBODY) q->entries[t->child].before = below;
    t->child = below;
    t->next = t->before = NOBODY;
    return top;
}

/* One tree of a list of siblings: neighbours first, in pairs, then all of these from the last one
 * on. That is what makes taking O(log n) on average over all that was done. */
static uint32_t merged_all(cyn_queue *q, uint32_t first)
{
    uint32_t pairs = NOBODY, all = NOBODY;
    while (first != NOBODY) {
        uint32_t a = first, b = q->entries[a].next;
        first = b == NOBODY ? NOBODY : q->entries[b].next;
        q->entries[a].next = q->entries[a].before = NOBODY;
        if (b != NOBODY) q->entries[b].next = q->entries[b].before = NOBODY;
        a = merged(q, a, b);
        q->entries[a].next = pairs;
        pairs = a;
    }
    while (pairs != NOBODY) {
        uint32_t pair = pairs;
        pairs = q->entries[pair].next;
        q->entries[pair].next = NOBODY;
        all = merged(q, all, pair);
    }
    return all;
}

static void insert(cyn_queue *q, uint32_t id)
{
    entry *e = &q->entries[id];
    e->place = QUEUED;
    e->child = e->next = e->before = NOBODY;
    q->roots[e->urgency] = merged(q, q->roots[e->urgency], id);
    if (e->urgency >= q->classes) q->classes = e->urgency + 1U;
}

static void take_out(cyn_queue *q, uint32_t id)
{
    entry *e = &q->entries[id];
    uint32_t *root = &q->roots[e->urgency], below = merged_all(q, e->child);
    if (*root == id) {
        *root = below;
    } else {
        entry *before = &q->entries[e->before];
        if (before->child == id)
            before->child = e->next;
        else
            before->next = e->next;
        if (e->next != NOBODY) q->entries[e->next].before = e->before;
        *root = merged(q, *root, below);
    }
    e->place = OUT;
}

/* ---- the queue ---- */

void cyn_queue_set(cyn_queue *q, uint32_t id, int64_t due, unsigned urgency)
{
    assert(id < q->size && urgency < CLASSES);
    entry *e = &q->entries[id];
    if (e->place == QUEUED) take_out(q, id);
    e->due = due;
    e->urgency = (uint8_t)urgency;
    if (e->place == OUT && due != CYN_SLOT_END) insert(q, id);
}

bool cyn_queue_take(cyn_queue *q, int64_t now, uint32_t *id, int64_t *due)
{
    for (unsigned i = 0; i < q->classes; i++) {
        uint32_t root = q->roots[i];
        if (root == NOBODY || q->entries[root].due > now) continue;
        take_out(q, root);
        *id = root;
        *due = q->entries[root].due;
        q->entries[root].place = RUNS;
        q->entries[root].due = CYN_SLOT_END;
        return true;
    }
    return false;
}

void cyn_queue_done(cyn_queue *q, uint32_t id, int64_t next)
{
    assert(id < q->size && q->entries[id].place == RUNS);
    entry *e = &q->entries[id];
    if (next < e->due) e->due = next;
    e->place = OUT;
    if (e->due != CYN_SLOT_END) insert(q, id);
}

int64_t cyn_queue_next(const cyn_queue *q)
{
    int64_t next = CYN_SLOT_END;
    for (unsigned i = 0; i < q->classes; i++) {
        uint32_t root = q->roots[i];
        if (root != NOBODY && q->entries[root].due < next) next = q->entries[root].due;
    }
    return next;
}

uint32_t cyn_queue_waiting(const cyn_queue *q, int64_t now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->size; i++)
        n += q->entries[i].place == QUEUED && q->entries[i].due <= now;
    return n;
}

/* ---- spreading and waiting ---- */

int64_t cyn_jitter(const char *name, int64_t spread)
{
    if (spread <= 0) return 0;
    cyn_sha256 hash = cyn_sha256_of(name, strlen(name));
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | hash.bytes[i];
    return (int64_t)(number % (uint64_t)spread);
}

int64_t cyn_backoff(unsigned failures, int64_t first, int64_t most, const char *name)
{
    int64_t wait = first < most ? first : most;
    for (unsigned i = 1; i < failures && wait < most; i++)
        wait = wait < most / 2 ? 2 * wait : most;
    return wait - cyn_jitter(name, wait / 10 + 1);
}
