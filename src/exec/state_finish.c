#include "exec/parallel_impl.h"
#include "exec/state_impl.h"
#include "stats/quantile.h"
#include "stats/sketch.h"
#include <math.h>
#include <string.h>

#define PLACES_PER_TASK 16

/* The values or buckets of each place side by side, and what is answered of them. */
typedef struct gathered {
    cyn_state *state;
    size_t *first; /* [place + 1]: where a place's values begin */
    double *value;
    cyn_bucket *bucket;
    cyn_values *parts; /* SAMPLE: one from each thread */
    size_t nparts;
    size_t *next;           /* [part][place]: where the part's next value goes */
    cyn_quantile_ask *asks; /* [worker][ask] */
} gathered;

static void clear(gathered *g)
{
    cyn_free(g->first);
    cyn_free(g->value);
    cyn_free(g->bucket);
    cyn_free(g->next);
    cyn_free(g->asks);
}

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

/* ---- samples ---- */

/* Part by part: in each place, its values follow those of the part before. */
static void place_parts(gathered *g)
{
    size_t places = g->state->places;
    memcpy(g->next, g->first, places * sizeof *g->next);
    for (size_t i = 1; i < g->nparts; i++) {
        const cyn_values *before = &g->parts[i - 1];
        size_t *next = g->next + i * places;
        memcpy(next, next - places, places * sizeof *next);
        for (size_t p = 0; p < before->map->segments * before->map->width; p++)
            CYN_EACH_PLACE(before->map, p, to, { next[to] += (size_t)before->count[p]; });
    }
}

static void gather_part(void *self, size_t worker, size_t part)
{
    gathered *g = self;
    cyn_values *v = &g->parts[part];
    size_t *next = g->next + part * g->state->places;
    (void)worker;
    if (!v->map) {
        for (size_t i = 0; i < v->n; i++)
            g->value[next[v->place[i]]++] = v->value[i];
    } else {
        for (size_t i = 0; i < v->n; i++)
            CYN_EACH_PLACE(v->map, v->place[i], to, { g->value[next[to]++] = v->value[i]; });
    }
    cyn_free(v->value);
    cyn_free(v->place);
    v->value = NULL;
    v->place = NULL;
}

/* One thread's values of one place already stand side by side. */
static bool is_gathered(const gathered *g)
{
    const cyn_places *map = g->parts[0].map;
    return g->state->places == 1 && g->nparts == 1 && !(map && map->spans->cut);
}

static cyn_code gather_sample(gathered *g, cyn_err *err)
{
    cyn_state *s = g->state;
    const int64_t *count = CYN_SLOTS(s, int64_t);
    g->parts = s->ntaken ? s->taken : &s->sample;
    g->nparts = s->ntaken ? s->ntaken : 1;
    g->next = cyn_malloc((g->nparts * s->places + 1) * sizeof *g->next);
    if (!g->next) return cyn_nomem(err);
    for (size_t p = 0; p < s->places; p++)
        g->first[p] = (size_t)count[p];
    add_up(g->first, s->places);
    if (is_gathered(g)) {
        g->value = g->parts[0].value;
        g->parts[0].value = NULL;
        return CYN_OK;
    }
    g->value = cyn_malloc((g->first[s->places] + 1) * sizeof *g->value);
    if (!g->value) return cyn_nomem(err);
    place_parts(g);
    cyn_parallel(cyn_workers_for(g->nparts), g->nparts, &(cyn_job){g, gather_part});
    return CYN_OK;
}

/* ---- sketches ---- */

static cyn_code gather_sketch(gathered *g, cyn_err *err)
{
    const cyn_state *s = g->state;
    g->bucket = cyn_malloc((s->pairs.count + 1) * sizeof *g->bucket);
    g->next = cyn_malloc((s->places + 1) * sizeof *g->next);
    if (!g->bucket || !g->next) return cyn_nomem(err);
    for (size_t i = 0; i < s->pairs.size; i++)
        if (s->pairs.slots[i].mark) g->first[s->pairs.slots[i].group]++;
    add_up(g->first, s->places);
    memcpy(g->next, g->first, s->places * sizeof *g->next);
    for (size_t i = 0; i < s->pairs.size; i++) {
        cyn_pair p = s->pairs.slots[i];
        if (!p.mark) continue;
        g->bucket[g->next[p.group]++] =
            (cyn_bucket){.number = (int32_t)(int64_t)p.value, .count = s->counts[p.mark - 1]};
    }
    return CYN_OK;
}

/* ---- answers ---- */

static void answer_sample(const gathered *g, size_t place, cyn_quantile_ask *asks, double *answers)
{
    const cyn_state *s = g->state;
    double *x = g->value + g->first[place];
    size_t n = g->first[place + 1] - g->first[place], quantiles = 0;
    for (size_t i = 0; i < s->nasks; i++) {
        if (s->asks[i].func == CYN_VARIANCE) {
            answers[i] = n > 1 ? cyn_variance(x, n) : NAN;
        } else {
            asks[quantiles++] = (cyn_quantile_ask){.p = s->asks[i].p, .type = s->asks[i].type};
        }
    }
    if (n > 0) cyn_quantiles(x, n, asks, quantiles);
    for (size_t i = s->nasks; i-- > 0;)
        if (s->asks[i].func == CYN_PERCENTILE) answers[i] = n > 0 ? asks[--quantiles].value : NAN;
}

static void answer_sketch(const gathered *g, size_t place, double *answers)
{
    const cyn_state *s = g->state;
    cyn_bucket *b = g->bucket + g->first[place];
    size_t n = g->first[place + 1] - g->first[place];
    for (size_t i = 0; i < s->nasks; i++)
        answers[i] = n > 0 ? cyn_sketch_quantile(b, n, s->asks[i].p, s->asks[i].type) : NAN;
}

static void answer_places(void *self, size_t worker, size_t task)
{
    const gathered *g = self;
    const cyn_state *s = g->state;
    size_t from = task * PLACES_PER_TASK, to = from + PLACES_PER_TASK;
    for (size_t p = from; p < to && p < s->places; p++) {
        double *answers = s->answers + p * s->nasks;
        if (s->kind == CYN_STATE_SAMPLE) {
            answer_sample(g, p, g->asks + worker * s->nasks, answers);
        } else {
            answer_sketch(g, p, answers);
        }
    }
}

static cyn_code answer(gathered *g, cyn_err *err)
{
    cyn_state *s = g->state;
    size_t tasks = (s->places + PLACES_PER_TASK - 1) / PLACES_PER_TASK;
    size_t workers = cyn_workers_for(tasks);
    g->first = cyn_calloc(s->places + 1, sizeof *g->first);
    g->asks = cyn_calloc(workers * s->nasks + 1, sizeof *g->asks);
    s->answers = cyn_malloc((s->places * s->nasks + 1) * sizeof *s->answers);
    if (!g->first || !g->asks || !s->answers) return cyn_nomem(err);
    CYN_TRY(s->kind == CYN_STATE_SAMPLE ? gather_sample(g, err) : gather_sketch(g, err));
    cyn_parallel(workers, tasks, &(cyn_job){g, answer_places});
    return CYN_OK;
}

cyn_code cyn_state_finish(cyn_state *s, cyn_err *err)
{
    if (s->kind != CYN_STATE_SAMPLE && s->kind != CYN_STATE_SKETCH) return CYN_OK;
    gathered g = {.state = s};
    cyn_code rc = answer(&g, err);
    clear(&g);
    return rc;
}
