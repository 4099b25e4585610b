#include "exec/parallel.h"
#include "exec/state_impl.h"
#include "stats/quantile.h"
#include "stats/sketch.h"
#include <math.h>
#include <string.h>

#define PLACES_PER_TASK 16

/* What one thread works with. */
typedef struct desk {
    cyn_quantile_ask *asks; /* [ask] */
    double *value;          /* of the place at hand, to be reordered */
    size_t room;
} desk;

/* A state that is asked something. */
typedef struct asked {
    cyn_state *state;
    cyn_bucket *bucket; /* SKETCH: those of each place side by side, */
    size_t *first;      /* [place + 1]: from where on */
} asked;

typedef struct finish {
    asked *asked;
    size_t nasked;
    size_t places; /* of the state that has the most of them */
    size_t width;  /* places of a segment */
    desk *desks;   /* [worker] */
    size_t ndesks;
    const atomic_bool *cancel;
    atomic_bool nomem;
} finish;

static void clear(finish *f)
{
    for (size_t i = 0; i < f->ndesks; i++) {
        cyn_free(f->desks[i].asks);
        cyn_free(f->desks[i].value);
    }
    for (size_t i = 0; i < f->nasked; i++) {
        cyn_free(f->asked[i].bucket);
        cyn_free(f->asked[i].first);
    }
    cyn_free(f->desks);
    cyn_free(f->asked);
}

/* ---- samples ---- */

/* The values of a place side by side; NULL: memory is exhausted. */
static double *gather(desk *d, const cyn_sample *s)
{
    size_t n = (size_t)s->count;
    if (n > d->room) {
        cyn_free(d->value);
        d->room = 0;
        d->value = cyn_malloc(n * sizeof *d->value);
        if (!d->value) return NULL;
        d->room = n;
    }
    cyn_sample_copy(s, d->value);
    return d->value;
}

/* Selects what the quantiles among the asks want; others stay as they are. */
static bool answer_quantiles(const cyn_state *s, desk *d, const cyn_sample *sample,
                             const cyn_hands *hands, double *answers)
{
    size_t n = 0;
    for (size_t i = 0; i < s->nasks; i++)
        if (s->asks[i].func == CYN_PERCENTILE)
            d->asks[n++] = (cyn_quantile_ask){.p = s->asks[i].p, .type = s->asks[i].type};
    if (n == 0) return true;
    if (!cyn_quantiles_of_runs(&sample->last->run, (size_t)sample->count, d->asks, n, hands)) {
        double *x = gather(d, sample);
        if (!x) return false;
        cyn_quantiles(x, (size_t)sample->count, d->asks, n);
    }
    for (size_t i = s->nasks; i-- > 0;)
        if (s->asks[i].func == CYN_PERCENTILE) answers[i] = d->asks[--n].value + 0.0; /* N-6 */
    return true;
}

/* One answer for all who want it. */
static bool answer_variance(const cyn_state *s, desk *d, const cyn_sample *sample, double *answers)
{
    double variance = NAN;
    for (size_t i = 0; i < s->nasks; i++) {
        if (s->asks[i].func != CYN_VARIANCE || sample->count < 2) continue;
        if (isnan(variance)) {
            const double *x = gather(d, sample);
            if (!x) return false;
            variance = cyn_variance(x, (size_t)sample->count);
        }
        answers[i] = variance;
    }
    return true;
}

static bool answer_sample(const cyn_state *s, desk *d, size_t place, const cyn_hands *hands)
{
    const cyn_sample *sample = &CYN_SLOTS(s, cyn_sample)[place];
    double *answers = s->answers + place * s->nasks;
    for (size_t i = 0; i < s->nasks; i++)
        answers[i] = NAN;
    if (sample->count == 0) return true;
    return answer_quantiles(s, d, sample, hands, answers) && answer_variance(s, d, sample, answers);
}

/* ---- sketches ---- */

/* counts[p] becomes what stands before place p; one more is the total. */
static void add_up(size_t *counts, size_t places)
{
    size_t total = 0;
    for (size_t p = 0; p <= places; p++) {
        size_t count = counts[p];
        counts[p] = total;
        total += count;
    }
}

static cyn_code gather_sketch(asked *a, cyn_err *err)
{
    const cyn_state *s = a->state;
    a->first = cyn_calloc(s->places + 2, sizeof *a->first);
    a->bucket = cyn_malloc((s->pairs.count + 1) * sizeof *a->bucket);
    if (!a->first || !a->bucket) return cyn_nomem(err);
    size_t *next = a->first + 1; /* moves on to what `first` shall be */
    for (size_t i = 0; i < s->pairs.size; i++)
        if (s->pairs.slots[i].mark) next[s->pairs.slots[i].group]++;
    add_up(next, s->places);
    for (size_t i = 0; i < s->pairs.size; i++) {
        cyn_pair p = s->pairs.slots[i];
        if (!p.mark) continue;
        a->bucket[next[p.group]++] =
            (cyn_bucket){.number = (int32_t)(int64_t)p.value, .count = s->counts[p.mark - 1]};
    }
    return CYN_OK;
}

static void answer_sketch(const asked *a, size_t place)
{
    const cyn_state *s = a->state;
    cyn_bucket *b = a->bucket + a->first[place];
    size_t n = a->first[place + 1] - a->first[place];
    double *answers = s->answers + place * s->nasks;
    for (size_t i = 0; i < s->nasks; i++)
        answers[i] = n > 0 ? cyn_sketch_quantile(b, n, s->asks[i].p, s->asks[i].type) : NAN;
}

/* ---- answers ---- */

static bool stopped(const finish *f)
{
    return f->cancel && atomic_load_explicit(f->cancel, memory_order_relaxed);
}

/* So many values that all threads work at one place. */
#ifndef CYN_SHARED_LEAST
#define CYN_SHARED_LEAST (1 << 20)
#endif

static bool is_shared(const cyn_state *s, size_t place)
{
    return s->kind == CYN_STATE_SAMPLE && CYN_SLOTS(s, cyn_sample)[place].count >= CYN_SHARED_LEAST;
}

static void share(size_t workers, size_t ntasks, void *self,
                  void (*task)(void *self, size_t worker, size_t task))
{
    cyn_parallel(workers, ntasks, &(cyn_job){self, task});
}

static void answer_shared_places(finish *f)
{
    const cyn_hands hands = {.n = cyn_workers_for(SIZE_MAX), .share = share};
    for (size_t i = 0; i < f->nasked; i++) {
        const cyn_state *s = f->asked[i].state;
        for (size_t p = 0; p < s->places && !stopped(f); p++)
            if (is_shared(s, p) && !answer_sample(s, &f->desks[0], p, &hands))
                atomic_store(&f->nomem, true);
    }
}

static void answer_place(finish *f, const asked *a, size_t worker, size_t place)
{
    if (place >= a->state->places || is_shared(a->state, place)) return;
    if (a->state->kind == CYN_STATE_SKETCH) {
        answer_sketch(a, place);
    } else if (!answer_sample(a->state, &f->desks[worker], place, NULL)) {
        atomic_store(&f->nomem, true);
    }
}

/* One span after the other, each in all segments and states: their rows often lie in the same
 * stretch of a column. */
static void answer_places(void *self, size_t worker, size_t task)
{
    finish *f = self;
    size_t segments = (f->places + f->width - 1) / f->width;
    size_t from = task * PLACES_PER_TASK, to = from + PLACES_PER_TASK;
    for (size_t i = from; i < to && i / segments < f->width; i++)
        for (size_t k = 0; k < f->nasked && !stopped(f); k++)
            answer_place(f, &f->asked[k], worker, i % segments * f->width + i / segments);
}

static cyn_code list_asked(finish *f, cyn_state *states, size_t n, cyn_err *err)
{
    f->asked = cyn_calloc(n + 1, sizeof *f->asked);
    if (!f->asked) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        cyn_state *s = &states[i];
        if (s->kind != CYN_STATE_SAMPLE && s->kind != CYN_STATE_SKETCH) continue;
        asked *a = &f->asked[f->nasked++];
        a->state = s;
        s->answers = cyn_malloc((s->places * s->nasks + 1) * sizeof *s->answers);
        if (!s->answers) return cyn_nomem(err);
        if (s->kind == CYN_STATE_SKETCH) CYN_TRY(gather_sketch(a, err));
        if (s->places > f->places) f->places = s->places;
    }
    return CYN_OK;
}

static cyn_code set_desks(finish *f, size_t workers, cyn_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < f->nasked; i++)
        if (f->asked[i].state->nasks > most) most = f->asked[i].state->nasks;
    f->desks = cyn_calloc(workers, sizeof *f->desks);
    if (!f->desks) return cyn_nomem(err);
    for (; f->ndesks < workers; f->ndesks++) {
        desk *d = &f->desks[f->ndesks];
        d->asks = cyn_calloc(most + 1, sizeof *d->asks);
        if (!d->asks) return cyn_nomem(err);
    }
    return CYN_OK;
}

static cyn_code answer(finish *f, cyn_err *err)
{
    size_t segments = (f->places + f->width - 1) / f->width;
    size_t tasks = (segments * f->width + PLACES_PER_TASK - 1) / PLACES_PER_TASK;
    size_t workers = cyn_workers_for(tasks);
    CYN_TRY(set_desks(f, workers, err));
    answer_shared_places(f);
    cyn_parallel(workers, tasks, &(cyn_job){f, answer_places});
    if (atomic_load(&f->nomem)) return cyn_nomem(err);
    return stopped(f) ? cyn_fail(err, CYN_E_CANCEL, "stopped while computing percentiles") : CYN_OK;
}

cyn_code cyn_states_finish(cyn_state *states, size_t n, size_t width, const atomic_bool *cancel,
                           cyn_err *err)
{
    finish f = {.width = width ? width : 1, .cancel = cancel};
    cyn_code rc = list_asked(&f, states, n, err);
    if (rc == CYN_OK && f.nasked > 0) rc = answer(&f, err);
    clear(&f);
    return rc;
}
