#include "exec/state_impl.h"
#include <string.h>

/* ---- one slot into another ---- */

static void merge_extremes(cyn_extremes *to, const cyn_extremes *x)
{
    if (x->known == 0) return;
    if (to->known == 0 || x->least < to->least) to->least = x->least;
    if (to->known == 0 || x->greatest > to->greatest) to->greatest = x->greatest;
    to->known += x->known;
}

static void merge_extremes_real(cyn_extremes_real *to, const cyn_extremes_real *x)
{
    if (x->known == 0) return;
    if (to->known == 0 || x->least < to->least) to->least = x->least;
    if (to->known == 0 || x->greatest > to->greatest) to->greatest = x->greatest;
    to->known += x->known;
}

static void merge_moment(cyn_moment *to, const cyn_moment *m, bool earliest)
{
    bool before = m->time < to->time || (m->time == to->time && m->row < to->row);
    if (m->known && (!to->known || before == earliest)) *to = *m;
}

static void merge_seen(uint64_t *to, const uint64_t *from, size_t words)
{
    for (size_t i = 1; i < words; i++) {
        to[0] += (uint64_t)__builtin_popcountll(from[i] & ~to[i]);
        to[i] |= from[i];
    }
}

/* `only`: nobody else gets it. false: memory is exhausted. */
static bool merge_slot(cyn_state *s, size_t place, const cyn_state *from, size_t at, bool only)
{
    void *to = s->slots + place * s->width;
    const void *slot = from->slots + at * from->width;
    cyn_total *total = to;
    cyn_total_real *real = to;
    cyn_truths *truths = to;
    const cyn_wide *wide;
    switch (s->kind) {
    case CYN_STATE_TOTAL:
        total->sum += ((const cyn_total *)slot)->sum;
        total->known += ((const cyn_total *)slot)->known;
        break;
    case CYN_STATE_TOTAL_REAL:
        wide = cyn_state_wide(from, at);
        cyn_exact_merge(&real->sum, &((const cyn_total_real *)slot)->sum);
        real->known += ((const cyn_total_real *)slot)->known;
        return !wide || cyn_state_add_wide(s, place, wide);
    case CYN_STATE_EXTREMES: merge_extremes(to, slot); break;
    case CYN_STATE_EXTREMES_REAL: merge_extremes_real(to, slot); break;
    case CYN_STATE_TRUTHS:
        truths->yes += ((const cyn_truths *)slot)->yes;
        truths->known += ((const cyn_truths *)slot)->known;
        break;
    case CYN_STATE_MOMENTS: cyn_moments_merge(to, slot); break;
    case CYN_STATE_FIRST: merge_moment(to, slot, true); break;
    case CYN_STATE_LAST: merge_moment(to, slot, false); break;
    case CYN_STATE_SEEN: merge_seen(to, slot, s->width / sizeof(uint64_t)); break;
    case CYN_STATE_HLL: return cyn_hll_merge(to, slot);
    case CYN_STATE_SAMPLE:
        if (!only) return cyn_sample_merge(to, s->arena, slot);
        cyn_sample_move(to, slot);
        break;
    case CYN_STATE_SKETCH: *(int64_t *)to += *(const int64_t *)slot; break;
    case CYN_STATE_DISTINCT: break; /* counted as the pairs are added */
    }
    return true;
}

static cyn_code merge_slots(cyn_state *s, const cyn_state *from, const cyn_places *map,
                            cyn_err *err)
{
    for (size_t p = 0; p < from->places; p++) {
        CYN_EACH_PLACE(map, p, to, {
            if (!merge_slot(s, to, from, p, !map->spans->cut)) return cyn_nomem(err);
        });
    }
    return CYN_OK;
}

/* ---- tables ---- */

static bool merge_distinct(cyn_state *s, size_t place, uint64_t value)
{
    uint32_t before = s->pairs.count;
    if (cyn_pairs_add(&s->pairs, (uint32_t)place, value) == CYN_NO_PAIR) return false;
    CYN_SLOTS(s, int64_t)[place] += s->pairs.count - before;
    return true;
}

static cyn_code merge_pairs(cyn_state *s, const cyn_state *from, const cyn_places *map,
                            cyn_err *err)
{
    for (size_t i = 0; i < from->pairs.size; i++) {
        cyn_pair p = from->pairs.slots[i];
        if (!p.mark) continue;
        CYN_EACH_PLACE(map, p.group, to, {
            bool ok = s->kind == CYN_STATE_DISTINCT
                          ? merge_distinct(s, to, p.value)
                          : cyn_state_add_bucket(s, to, p.value, from->counts[p.mark - 1]);
            if (!ok) return cyn_nomem(err);
        });
    }
    return CYN_OK;
}

/* ---- all ---- */

/* Nothing was merged into s yet: it can have what `from` has as it is. */
static void swap_states(cyn_state *s, cyn_state *from)
{
    cyn_state mine = *s;
    *s = *from;
    *from = mine;
    s->asks = mine.asks;
    s->nasks = mine.nasks;
    s->arg = mine.arg;
    from->asks = NULL;
}

cyn_code cyn_state_merge(cyn_state *s, cyn_state *from, const cyn_places *map, cyn_err *err)
{
    bool table = s->kind == CYN_STATE_DISTINCT || s->kind == CYN_STATE_SKETCH;
    if (table && map->same && s->pairs.count == 0 && s->places == from->places) {
        swap_states(s, from);
        return CYN_OK;
    }
    CYN_TRY(merge_slots(s, from, map, err));
    return table ? merge_pairs(s, from, map, err) : CYN_OK;
}
