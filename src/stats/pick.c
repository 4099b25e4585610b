#include "stats/pick.h"
#include "base/arena.h"
#include "stats/census.h"
#include "stats/select.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* More values in the sample give closer bounds; many more would cost what they save. */
#define SAMPLE_LEAST ((size_t)1 << 12)
#define SAMPLE_MOST  ((size_t)1 << 16)
#define BLOCK        ((size_t)CYN_CENSUS_BLOCK)

/* So that a thread which is held up keeps nobody waiting. */
#define PARTS_PER_HAND 4

/* Values below lo, and those in lo … hi: how many, and themselves in `kept`. */
typedef struct census {
    double lo, hi;
    size_t less, between, room;
    double *kept;
    atomic_size_t *left; /* of the room that all who share a pick may take */
} census;

/* A stretch of the runs, and what one thread finds in it. */
typedef struct part {
    const cyn_run *run; /* from its number `skip` on, and what comes before it: n, known or not */
    size_t skip, n;
    double *sample; /* where its share of the sample goes, */
    size_t nsample; /* so many values; fewer once those that are not known are left out */
    census c[CYN_PICKS];
    bool found;
} part;

typedef struct parting {
    part *parts;
    size_t nparts, npicks;
    double *sample;
    size_t nsample;
    atomic_size_t left[CYN_PICKS];
} parting;

/* ---- parts ---- */

static size_t share_of(size_t n, size_t i, size_t nparts)
{
    return n / nparts + (i < n % nparts);
}

/* Parts of the same size, whatever the runs. */
static void cut_parts(const parting *p, const cyn_run *run)
{
    size_t skip = 0, n = 0;
    double *sample = p->sample;
    for (const cyn_run *r = run; r; r = r->before)
        n += r->n;
    for (size_t i = 0; i < p->nparts; i++) {
        part *own = &p->parts[i];
        own->run = run;
        own->skip = skip;
        own->n = share_of(n, i, p->nparts);
        own->sample = sample;
        own->nsample = share_of(p->nsample, i, p->nparts);
        sample += own->nsample;
        for (skip += own->n; run && skip >= run->n; run = run->before)
            skip -= run->n;
    }
}

static void each_part(parting *p, const cyn_hands *hands,
                      void (*task)(void *self, size_t worker, size_t task))
{
    if (hands)
        hands->share(hands->n, p->nparts, p, task);
    else
        task(p, 0, 0);
}

/* ---- bounds ---- */

static size_t sample_size(size_t n)
{
    size_t size = SAMPLE_LEAST;
    while (size < SAMPLE_MOST && size * 64 < n)
        size *= 2;
    return size;
}

/* Every so manieth value of a part, if it is known. */
static void sample_part(void *self, size_t worker, size_t task)
{
    const parting *p = self;
    part *own = &p->parts[task];
    size_t step = own->n / own->nsample, skip = own->skip, left = own->nsample, taken = 0;
    (void)worker;
    for (const cyn_run *r = own->run; left > 0; r = r->before) {
        for (; skip < r->n && left > 0; skip += step, left--) {
            own->sample[taken] = cyn_run_value(r, skip);
            taken += cyn_run_has(r, skip);
        }
        skip -= r->n;
    }
    own->nsample = taken;
}

/* The shares of all parts side by side. */
static void line_up_sample(parting *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->nparts; i++) {
        memmove(p->sample + n, p->parts[i].sample, p->parts[i].nsample * sizeof *p->sample);
        n += p->parts[i].nsample;
    }
    p->nsample = n;
}

static double sample_rank(const parting *p, double rank)
{
    if (rank < 0) return -INFINITY;
    if (rank >= (double)p->nsample) return INFINITY;
    cyn_select(p->sample, p->nsample, (size_t)rank);
    return p->sample[(size_t)rank];
}

/* The bounds of each pick, four standard deviations of a sample's rank away on either side. An
 * eighth of the values may lie between them. */
static void set_bounds(parting *p, const cyn_pick *picks, size_t n)
{
    for (size_t i = 0; i < p->npicks; i++) {
        double share = (double)picks[i].low / (double)n, sample = (double)p->nsample;
        double margin = 4 * (1 + sqrt(share * (1 - share) * sample));
        double lo = sample_rank(p, share * sample - margin);
        double hi = sample_rank(p, share * sample + margin);
        atomic_init(&p->left[i], n / 8 + p->nparts * 4 * BLOCK);
        for (size_t k = 0; k < p->nparts; k++)
            p->parts[k].c[i] = (census){.lo = lo, .hi = hi, .left = &p->left[i]};
    }
}

/* ---- the pass ---- */

/* Room for a block more; false where too many values lie between the bounds, or no memory is left.
 */
static bool grow_kept(census *c)
{
    size_t more = c->room > 2 * BLOCK ? c->room : 2 * BLOCK;
    size_t left = atomic_load_explicit(c->left, memory_order_relaxed);
    do {
        if (left < more) return false;
    } while (!atomic_compare_exchange_weak(c->left, &left, left - more));
    double *kept = cyn_realloc(c->kept, (c->room + more) * sizeof *kept);
    if (!kept) return false;
    c->kept = kept;
    c->room += more;
    return true;
}

/* Where both bounds are one value, often repeated, there is nothing to keep. */
static void count_marks(census *c, const uint64_t *marks, size_t n)
{
    for (size_t i = 0; i < n; i += 64)
        c->between += (size_t)__builtin_popcountll(marks[i / 64]);
}

static void keep_marked(census *c, const double *x, const uint64_t *marks, size_t n)
{
    size_t between = c->between;
    for (size_t i = 0; i < n; i += 64)
        for (uint64_t bits = marks[i / 64]; bits; bits &= bits - 1)
            c->kept[between++] = x[i + (size_t)__builtin_ctzll(bits)];
    c->between = between;
}

static bool take_block(census *c, const double *x, size_t n, const uint64_t *known)
{
    uint64_t marks[CYN_CENSUS_WORDS];
    bool ties = c->lo == c->hi;
    if (!ties && c->between + n > c->room && !grow_kept(c)) return false;
    c->less += cyn_census(x, n, c->lo, c->hi, known, marks);
    if (ties)
        count_marks(c, marks, n);
    else
        keep_marked(c, x, marks, n);
    return true;
}

/* Each block is read from memory once, for all picks. */
static bool take_run(census *c, size_t ncensuses, const cyn_run *run, size_t from, size_t n)
{
    double room[BLOCK];
    uint64_t known[CYN_CENSUS_WORDS];
    for (size_t end = from + n; from < end; from += BLOCK) {
        size_t count = end - from < BLOCK ? end - from : BLOCK;
        const double *x = cyn_run_read(run, from, count, room);
        for (size_t i = 0; i < count; i += 64)
            known[i / 64] = cyn_run_bits(run, from + i, count - i < 64 ? count - i : 64);
        for (size_t i = 0; i < ncensuses; i++)
            if (!take_block(&c[i], x, count, known)) return false;
    }
    return true;
}

static void take_part(void *self, size_t worker, size_t task)
{
    const parting *p = self;
    part *own = &p->parts[task];
    size_t skip = own->skip, left = own->n;
    (void)worker;
    own->found = true;
    for (const cyn_run *r = own->run; left > 0 && own->found; r = r->before, skip = 0) {
        size_t n = r->n - skip < left ? r->n - skip : left;
        own->found = take_run(own->c, p->npicks, r, skip, n);
        left -= n;
    }
}

/* ---- answers ---- */

/* The censuses of all parts as the first one. */
static bool sum_up(const parting *p, size_t pick)
{
    census *all = &p->parts[0].c[pick];
    size_t between = 0;
    for (size_t i = 0; i < p->nparts; i++)
        between += p->parts[i].c[pick].between;
    if (all->lo != all->hi) {
        double *kept = cyn_realloc(all->kept, between * sizeof *kept);
        if (!kept) return false;
        all->kept = kept;
    }
    for (size_t i = 1; i < p->nparts; i++) {
        const census *c = &p->parts[i].c[pick];
        if (c->kept) memcpy(all->kept + all->between, c->kept, c->between * sizeof *c->kept);
        all->less += c->less;
        all->between += c->between;
    }
    return true;
}

/* false: the values wanted are not among those between the bounds. */
static bool answer_pick(const census *c, cyn_pick *pick)
{
    if (pick->low < c->less || pick->high >= c->less + c->between) return false;
    pick->at_low = pick->at_high = c->lo;
    if (c->lo == c->hi) return true;
    size_t low = pick->low - c->less, high = pick->high - c->less;
    cyn_select(c->kept, c->between, low);
    pick->at_low = pick->at_high = c->kept[low];
    if (high > low) pick->at_high = cyn_least(c->kept + high, c->between - high);
    return true;
}

static bool answer_picks(const parting *p, cyn_pick *picks)
{
    for (size_t i = 0; i < p->nparts; i++)
        if (!p->parts[i].found) return false;
    for (size_t i = 0; i < p->npicks; i++)
        if (!sum_up(p, i) || !answer_pick(&p->parts[0].c[i], &picks[i])) return false;
    return true;
}

static void clear(parting *p)
{
    for (size_t i = 0; p->parts && i < p->nparts * p->npicks; i++)
        cyn_free(p->parts[i / p->npicks].c[i % p->npicks].kept);
    cyn_free(p->parts);
    cyn_free(p->sample);
}

bool cyn_pick_all(const cyn_run *last, size_t n, cyn_pick *picks, size_t npicks,
                  const cyn_hands *hands)
{
    if (n < 16 * SAMPLE_LEAST) return false;
    parting p = {.nparts = hands ? hands->n * PARTS_PER_HAND : 1, .npicks = npicks};
    p.nsample = sample_size(n);
    p.sample = cyn_malloc(p.nsample * sizeof *p.sample);
    p.parts = cyn_calloc(p.nparts, sizeof *p.parts);
    bool found = p.sample && p.parts; /* the other way needs no memory */
    if (found) {
        cut_parts(&p, last);
        each_part(&p, hands, sample_part);
        line_up_sample(&p);
        set_bounds(&p, picks, n);
        each_part(&p, hands, take_part);
        found = answer_picks(&p, picks);
    }
    clear(&p);
    return found;
}
