#include "stats/select.h"
#include "base/arena.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* ---- by parting ---- */

/* Guessed pivots may part this many times n values; then sure ones take over. The tests also build
 * with 0, so that the way which ordinary data never take is walked. */
#ifndef CYN_GUESSES
#define CYN_GUESSES 4
#endif

static inline void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static double median3(double a, double b, double c)
{
    if (a > b) swap(&a, &b);
    return c <= a ? a : c >= b ? b : c;
}

/* A cheap guess at the middle: the median of three, or of three such medians. */
static double guess_pivot(const double *x, size_t n)
{
    size_t mid = n / 2, step = n / 8;
    if (n < 40) return median3(x[0], x[mid], x[n - 1]);
    return median3(median3(x[0], x[step], x[2 * step]),
                   median3(x[mid - step], x[mid], x[mid + step]),
                   median3(x[n - 1 - 2 * step], x[n - 1 - step], x[n - 1]));
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

/* The median of the medians of fives: at least 3/10 of x lie on either side, whatever the order. */
static double sure_pivot(double *x, size_t n)
{
    size_t groups = n / 5;
    for (size_t g = 0; g < groups; g++) {
        insertion_sort(x + 5 * g, 5);
        swap(&x[g], &x[5 * g + 2]);
    }
    cyn_select(x, groups, groups / 2);
    return x[groups / 2];
}

/* Moves what is less than the pivot to the front, and returns how much that is. Always two loads
 * and two stores, and no branch: where a value goes cannot be foreseen. */
static size_t part_less(double *x, size_t n, double pivot)
{
    size_t less = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[i] = x[less];
        x[less] = v;
        less += v < pivot;
    }
    return less;
}

/* The same with what equals the pivot. */
static size_t part_equal(double *x, size_t n, double pivot)
{
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[i] = x[equal];
        x[equal] = v;
        equal += v == pivot;
    }
    return equal;
}

/* Where few values are less than the pivot, many may equal it: these are set apart, so that ties
 * end the search. Guesses that part badly give way to the sure pivot, which keeps the whole O(n).
 */
void cyn_select(double *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n, budget = CYN_GUESSES * n;
    while (hi - lo > 16) {
        size_t width = hi - lo;
        bool sure = budget < width;
        double pivot = sure ? sure_pivot(x + lo, width) : guess_pivot(x + lo, width);
        budget -= sure ? 0 : width;
        size_t less = part_less(x + lo, width, pivot);
        if (k < lo + less) {
            hi = lo + less;
            continue;
        }
        lo += less;
        if (less >= width / 4) continue;
        size_t equal = part_equal(x + lo, hi - lo, pivot);
        if (k < lo + equal) return;
        lo += equal;
    }
    insertion_sort(x + lo, hi - lo);
}

/* ---- by bounds from a sample ---- */

/* More values in the sample give closer bounds; many more would cost what they save. */
#define SAMPLE_LEAST ((size_t)1 << 12)
#define SAMPLE_MOST  ((size_t)1 << 16)
#define BLOCK        1024

/* So that a thread which is held up keeps nobody waiting. */
#define PARTS_PER_HAND 4

typedef struct sample {
    double *value;
    size_t n;
} sample;

static size_t sample_size(size_t n)
{
    size_t size = SAMPLE_LEAST;
    while (size < SAMPLE_MOST && size * 64 < n)
        size *= 2;
    return size;
}

/* Every so manieth value of the runs. */
static void take_sample(const cyn_run *last, size_t n, sample *s)
{
    size_t step = n / s->n, taken = 0, skip = 0;
    for (const cyn_run *r = last; r && taken < s->n; r = r->before) {
        for (; skip < r->n && taken < s->n; skip += step)
            s->value[taken++] = r->value[skip];
        skip -= r->n;
    }
}

static double sample_rank(const sample *s, double rank)
{
    if (rank < 0) return -INFINITY;
    if (rank >= (double)s->n) return INFINITY;
    cyn_select(s->value, s->n, (size_t)rank);
    return s->value[(size_t)rank];
}

/* Values below lo, and those in lo … hi: how many, and themselves in `kept`. */
typedef struct census {
    double lo, hi;
    size_t less, between, room;
    double *kept;
    atomic_size_t *left; /* of the room that all who share a pick may take */
} census;

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
static void count_ties(census *c, const double *x, size_t n)
{
    size_t less = 0, between = 0;
    for (size_t i = 0; i < n; i++) {
        less += x[i] < c->lo;
        between += x[i] == c->lo;
    }
    c->less += less;
    c->between += between;
}

static void count_block(census *c, const double *x, size_t n)
{
    size_t less = 0, between = c->between;
    double lo = c->lo, hi = c->hi, *kept = c->kept;
    for (size_t i = 0; i < n; i++) {
        kept[between] = x[i];
        less += x[i] < lo;
        between += (x[i] >= lo) & (x[i] <= hi);
    }
    c->less += less;
    c->between = between;
}

/* Each block is read from memory once, for all censuses. */
static bool take_censuses(census *c, size_t ncensuses, const double *x, size_t n)
{
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t count = n - from < BLOCK ? n - from : BLOCK;
        for (size_t i = 0; i < ncensuses; i++) {
            if (c[i].lo == c[i].hi) {
                count_ties(&c[i], x + from, count);
                continue;
            }
            if (c[i].between + BLOCK > c[i].room && !grow_kept(&c[i])) return false;
            count_block(&c[i], x + from, count);
        }
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

/* A stretch of the runs, and what one thread finds in it. */
typedef struct part {
    const cyn_run *run; /* from its value number `skip` on, and what comes before it: n values */
    size_t skip, n;
    census c[CYN_PICKS];
    bool found;
} part;

typedef struct parting {
    part *parts;
    size_t nparts, npicks;
    atomic_size_t left[CYN_PICKS];
} parting;

/* Parts of the same size, whatever the runs. */
static void cut_parts(const parting *p, const cyn_run *run, size_t n)
{
    size_t skip = 0;
    for (size_t i = 0; i < p->nparts; i++) {
        size_t own = n / p->nparts + (i < n % p->nparts);
        p->parts[i].run = run;
        p->parts[i].skip = skip;
        p->parts[i].n = own;
        for (skip += own; run && skip >= run->n; run = run->before)
            skip -= run->n;
    }
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
        own->found = take_censuses(own->c, p->npicks, r->value + skip, n);
        left -= n;
    }
}

/* The bounds of each pick. An eighth of the values may lie between them. */
static void set_censuses(parting *p, const cyn_pick *picks, size_t n, const sample *s)
{
    const double margin = 2 * sqrt((double)s->n); /* four standard deviations at the median */
    for (size_t i = 0; i < p->npicks; i++) {
        double middle = (double)picks[i].low / (double)n * (double)s->n;
        double lo = sample_rank(s, middle - margin);
        double hi = sample_rank(s, middle + margin);
        atomic_init(&p->left[i], n / 8 + p->nparts * 4 * BLOCK);
        for (size_t k = 0; k < p->nparts; k++)
            p->parts[k].c[i] = (census){.lo = lo, .hi = hi, .left = &p->left[i]};
    }
}

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

static bool answer_picks(const parting *p, cyn_pick *picks)
{
    for (size_t i = 0; i < p->nparts; i++)
        if (!p->parts[i].found) return false;
    for (size_t i = 0; i < p->npicks; i++)
        if (!sum_up(p, i) || !answer_pick(&p->parts[0].c[i], &picks[i])) return false;
    return true;
}

static void clear_parts(parting *p)
{
    for (size_t i = 0; p->parts && i < p->nparts * p->npicks; i++)
        cyn_free(p->parts[i / p->npicks].c[i % p->npicks].kept);
    cyn_free(p->parts);
}

bool cyn_select_picks(const cyn_run *last, size_t n, cyn_pick *picks, size_t npicks,
                      const cyn_hands *hands)
{
    if (n < 16 * SAMPLE_LEAST) return false;
    sample s = {.n = sample_size(n)};
    parting p = {.nparts = hands ? hands->n * PARTS_PER_HAND : 1, .npicks = npicks};
    s.value = cyn_malloc(s.n * sizeof *s.value);
    p.parts = cyn_calloc(p.nparts, sizeof *p.parts);
    bool found = s.value && p.parts; /* the other way needs no memory */
    if (found) {
        take_sample(last, n, &s);
        set_censuses(&p, picks, n, &s);
        cut_parts(&p, last, n);
        if (hands)
            hands->share(hands->n, p.nparts, &p, take_part);
        else
            take_part(&p, 0, 0);
        found = answer_picks(&p, picks);
    }
    clear_parts(&p);
    cyn_free(s.value);
    return found;
}
