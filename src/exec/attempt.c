#include "base/arena.h"
#include "base/period.h"
#include "exec/attempt_impl.h"

void cyn_line_clear(cyn_line *l)
{
    cyn_free(l->next);
    *l = (cyn_line){0};
}

cyn_code cyn_line_prepare(cyn_line *l, cyn_err *err)
{
    size_t later = l->spec->nsteps - 1, needed = later * l->n;
    if (l->spec->strict || needed == 0) return CYN_OK;
    if (needed > l->room) {
        size_t room = needed > l->room * 2 ? needed : l->room * 2;
        uint32_t *next = cyn_realloc(l->next, room * sizeof *next);
        if (!next) return cyn_nomem(err);
        l->next = next;
        l->room = room;
    }
    for (size_t k = 0; k < later; k++) {
        uint32_t *next = l->next + k * l->n, found = CYN_NO_TOUCH;
        for (size_t i = l->n; i-- > 0;) {
            next[i] = found;
            if (l->touches[i].steps >> (k + 1) & 1) found = (uint32_t)i;
        }
    }
    return CYN_OK;
}

size_t cyn_line_start(const cyn_line *l, size_t i)
{
    while (i < l->n && !(l->touches[i].steps & 1))
        i++;
    return i;
}

/* The touch that would serve the step after `last`, whatever its time. */
static uint32_t next_touch(const cyn_line *l, size_t step, size_t last)
{
    if (!l->spec->strict) return l->next[(step - 1) * l->n + last];
    if (last + 1 == l->n) return CYN_NO_TOUCH;
    const cyn_touch *here = &l->touches[last], *then = here + 1;
    bool serves = then->thread == here->thread && then->steps >> step & 1;
    return serves ? (uint32_t)(last + 1) : CYN_NO_TOUCH;
}

int64_t cyn_window_end(int64_t from, int64_t length)
{
    int64_t end;
    if (length <= 0 || __builtin_add_overflow(from, length, &end)) return CYN_TIME_MAX;
    return end;
}

/* What can follow the touch `last`. */
typedef struct choice {
    uint32_t touch; /* the earliest that serves a step in its window; CYN_NO_TOUCH: none does */
    size_t step;    /* of several that it could serve the first as written (J-8) */
    int64_t open;   /* until when one of the steps can come */
} choice;

static choice choose(const cyn_line *l, uint32_t met, size_t reached, size_t last, int64_t end)
{
    const cyn_relation *spec = l->spec;
    choice best = {.touch = CYN_NO_TOUCH, .open = CYN_TIME_MIN};
    size_t from = spec->any_order ? 1 : reached, to = spec->any_order ? spec->nsteps : reached + 1;
    for (size_t k = from; k < to; k++) {
        if (met >> k & 1) continue;
        int64_t step_end = cyn_window_end(l->touches[last].time, spec->steps[k].within);
        step_end = step_end < end ? step_end : end;
        best.open = step_end > best.open ? step_end : best.open;
        uint32_t touch = next_touch(l, k, last);
        if (touch < best.touch && l->touches[touch].time <= step_end) {
            best.touch = touch;
            best.step = k;
        }
    }
    return best;
}

size_t cyn_line_walk(const cyn_line *l, size_t first, uint32_t *at, int64_t *until)
{
    const cyn_relation *spec = l->spec;
    int64_t end = cyn_window_end(l->touches[first].time, spec->within);
    uint32_t met = 1; /* bit k: step k */
    size_t reached = 1;
    at[0] = (uint32_t)first;
    *until = CYN_TIME_MIN;
    while (reached < spec->nsteps) {
        size_t last = at[reached - 1];
        choice next = choose(l, met, reached, last, end);
        if (next.touch == CYN_NO_TOUCH) {
            if (!spec->strict || last + 1 == l->n) *until = next.open;
            break;
        }
        met |= UINT32_C(1) << next.step;
        at[reached++] = next.touch;
    }
    return reached;
}
