#include "exec/state_impl.h"
#include <math.h>
#include <string.h>

/* Different values are bits up to this many bytes in all, and table entries beyond, which take 16
 * to 64 bytes each. */
#define SEEN_BYTES         (16 << 20)
#define SEEN_BYTES_PER_ROW 4
#define FIRST_LOOK         4096

/* ---- which state ---- */

static cyn_code wrong_type(const cyn_plan_agg *agg, cyn_type type, const char *takes, cyn_err *err)
{
    const cyn_expr *e = agg->arg;
    return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                       "%s of '%s': it is of type %s, expected %s", cyn_agg_names[agg->func],
                       e->text   ? e->text
                       : e->name ? e->name
                                 : "?",
                       cyn_type_name(type), takes);
}

cyn_code cyn_state_kind_of(const cyn_plan_agg *agg, const cyn_operand *arg, cyn_state_kind *out,
                           cyn_err *err)
{
    cyn_type t = arg->column.type;
    bool order = t != CYN_TEXT, number = order && t != CYN_TIMESTAMP && t != CYN_DATE;
    switch (agg->func) {
    case CYN_SUM:
    case CYN_MEAN:
        if (!number) return wrong_type(agg, t, "a number or a boolean", err);
        *out = t == CYN_REAL ? CYN_STATE_TOTAL_REAL : CYN_STATE_TOTAL;
        break;
    case CYN_VARIANCE:
    case CYN_STDDEV:
        if (!number) return wrong_type(agg, t, "a number or a boolean", err);
        *out = t == CYN_REAL ? CYN_STATE_SAMPLE : CYN_STATE_MOMENTS;
        break;
    case CYN_MIN:
    case CYN_MAX:
        if (!order) return wrong_type(agg, t, "a number, a time or a boolean", err);
        *out = t == CYN_REAL ? CYN_STATE_EXTREMES_REAL : CYN_STATE_EXTREMES;
        break;
    case CYN_FIRST:
    case CYN_LAST:
        if (!order) return wrong_type(agg, t, "a number, a time or a boolean", err);
        *out = agg->func == CYN_FIRST ? CYN_STATE_FIRST : CYN_STATE_LAST;
        break;
    case CYN_PERCENTILE:
        if (!order) return wrong_type(agg, t, "a number, a time or a boolean", err);
        *out = agg->approx ? CYN_STATE_SKETCH : CYN_STATE_SAMPLE;
        break;
    case CYN_SHARE: *out = CYN_STATE_TRUTHS; break;
    case CYN_DISTINCT:
    case CYN_COUNT:
        *out = agg->approx && t != CYN_BOOLEAN ? CYN_STATE_HLL : CYN_STATE_DISTINCT;
        break;
    case CYN_CUSTOM: return cyn_fail(err, CYN_E_UNSUPPORTED, "a custom aggregate in a plan");
    }
    return CYN_OK;
}

void cyn_state_init(cyn_state *s, cyn_state_kind kind, const cyn_operand *arg,
                    const cyn_column *time, cyn_arena *arena)
{
    static const size_t widths[] = {
        [CYN_STATE_TOTAL] = sizeof(cyn_total),
        [CYN_STATE_TOTAL_REAL] = sizeof(cyn_total_real),
        [CYN_STATE_EXTREMES] = sizeof(cyn_extremes),
        [CYN_STATE_EXTREMES_REAL] = sizeof(cyn_extremes_real),
        [CYN_STATE_TRUTHS] = sizeof(cyn_truths),
        [CYN_STATE_MOMENTS] = sizeof(cyn_moments),
        [CYN_STATE_FIRST] = sizeof(cyn_moment),
        [CYN_STATE_LAST] = sizeof(cyn_moment),
        [CYN_STATE_DISTINCT] = sizeof(int64_t),
        [CYN_STATE_HLL] = sizeof(cyn_hll),
        [CYN_STATE_SKETCH] = sizeof(int64_t),
        [CYN_STATE_SAMPLE] = sizeof(cyn_sample),
    };
    *s =
        (cyn_state){.kind = kind, .arg = *arg, .time = time, .arena = arena, .width = widths[kind]};
}

/* ---- bits for few different values ---- */

/* How many bits the values take, from *low on; more than `most` when the answer is no. What stands
 * in the place of missing values counts as well, which costs bits, but no wrong answer. */
static double count_bits(const cyn_operand *arg, size_t rows, double most, int64_t *low)
{
    const cyn_column *c = &arg->column;
    int64_t least, greatest;
    *low = 0;
    if (c->type == CYN_TEXT) return c->dict->count;
    if (arg->buffer || rows == 0 || c->type == CYN_REAL || c->type == CYN_BOOLEAN) return INFINITY;
    cyn_column_range(c, 0, rows < FIRST_LOOK ? rows : FIRST_LOOK, &least, &greatest);
    if ((double)greatest - (double)least > most) return INFINITY; /* ids of 64 bits, times */
    cyn_column_range(c, 0, rows, &least, &greatest);
    *low = least;
    return (double)greatest - (double)least + 1;
}

void cyn_state_choose(cyn_state *s, double max_places, size_t rows)
{
    if (s->kind != CYN_STATE_DISTINCT && s->kind != CYN_STATE_HLL) return;
    double limit = (double)SEEN_BYTES + (double)SEEN_BYTES_PER_ROW * (double)rows;
    double most = (limit / fmax(max_places, 1) - 2 * sizeof(uint64_t)) * 8;
    double bits = count_bits(&s->arg, rows, most, &s->low);
    if (bits > most) return;
    s->kind = CYN_STATE_SEEN; /* exact, and no slower than a sketch */
    s->width = (1 + ((size_t)bits + 63) / 64) * sizeof(uint64_t);
}

void cyn_state_choose_as(cyn_state *s, const cyn_state *other)
{
    s->kind = other->kind;
    s->width = other->width;
    s->low = other->low;
}

void cyn_state_clear(cyn_state *s)
{
    for (size_t p = 0; s->kind == CYN_STATE_HLL && p < s->room; p++)
        cyn_hll_clear(&CYN_SLOTS(s, cyn_hll)[p]);
    cyn_pairs_clear(&s->pairs);
    cyn_free(s->wide);
    cyn_free(s->counts);
    cyn_free(s->slots);
    cyn_free(s->answers);
    *s = (cyn_state){0};
}

size_t cyn_state_ask(cyn_state *s, const cyn_plan_agg *agg)
{
    if (s->kind != CYN_STATE_SAMPLE && s->kind != CYN_STATE_SKETCH) return 0;
    cyn_ask ask = {.func = CYN_VARIANCE};
    if (agg->func == CYN_PERCENTILE)
        ask = (cyn_ask){.func = CYN_PERCENTILE, .p = agg->p / 100, .type = agg->qtype};
    s->asks[s->nasks] = ask;
    return s->nasks++;
}

cyn_code cyn_state_reserve(cyn_state *s, size_t places, cyn_err *err)
{
    if (places > s->room) {
        size_t room = places > s->room * 2 ? places : s->room * 2;
        char *bigger = cyn_realloc(s->slots, room * s->width);
        if (!bigger) return cyn_nomem(err);
        memset(bigger + s->room * s->width, 0, (room - s->room) * s->width);
        s->slots = bigger;
        s->room = room;
    }
    s->places = places;
    return CYN_OK;
}

/* ---- what hangs on places that a table numbers ---- */

/* Room for what belongs to one more pair. */
static bool reserve_pair(cyn_state *s, void **array, size_t width)
{
    if (s->pairs.count < s->pair_room) return true;
    size_t room = s->pair_room ? s->pair_room * 2 : 16;
    char *bigger = cyn_realloc(*array, room * width);
    if (!bigger) return false;
    memset(bigger + s->pair_room * width, 0, (room - s->pair_room) * width);
    *array = bigger;
    s->pair_room = room;
    return true;
}

bool cyn_state_add_wide(cyn_state *s, size_t place, const cyn_wide *more)
{
    void *wide = s->wide;
    bool room = reserve_pair(s, &wide, sizeof *s->wide);
    s->wide = wide;
    uint32_t id = room ? cyn_pairs_add(&s->pairs, (uint32_t)place, 0) : CYN_NO_PAIR;
    if (id == CYN_NO_PAIR) return false;
    cyn_wide_merge(&s->wide[id], more);
    return true;
}

const cyn_wide *cyn_state_wide(const cyn_state *s, size_t place)
{
    uint32_t id = cyn_pairs_find(&s->pairs, (uint32_t)place, 0);
    return id == CYN_NO_PAIR ? NULL : &s->wide[id];
}

bool cyn_state_add_bucket(cyn_state *s, size_t place, uint64_t bucket, int64_t n)
{
    void *counts = s->counts;
    bool room = reserve_pair(s, &counts, sizeof *s->counts);
    s->counts = counts;
    uint32_t id = room ? cyn_pairs_add(&s->pairs, (uint32_t)place, bucket) : CYN_NO_PAIR;
    if (id == CYN_NO_PAIR) return false;
    s->counts[id] += n;
    return true;
}
