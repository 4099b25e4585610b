#include "exec/sample_impl.h"
#include <string.h>

/* Room grows with the sample, so that little of it stays empty, however small the sample is. */
#define LEAST_ROOM    8
#define GREATEST_ROOM 1020 /* with its head, 8 KiB */

static cyn_sample_run *add_run(cyn_sample *s, cyn_arena *arena, const double *value, size_t n,
                               size_t room)
{
    cyn_sample_run *r = cyn_alloc(arena, sizeof *r + (value ? 0 : room) * sizeof *r->own);
    if (!r) return NULL;
    r->run.before = s->last ? &s->last->run : NULL;
    r->run.value = value ? value : r->own;
    r->run.n = n;
    r->room = room;
    if (!s->first) s->first = r;
    s->last = r;
    return r;
}

bool cyn_sample_grow(cyn_sample *s, cyn_arena *arena)
{
    size_t room = (size_t)s->count / 2;
    room = room < LEAST_ROOM ? LEAST_ROOM : room > GREATEST_ROOM ? GREATEST_ROOM : room;
    return add_run(s, arena, NULL, 0, room) != NULL;
}

bool cyn_sample_lend(cyn_sample *s, cyn_arena *arena, const double *value, size_t n)
{
    cyn_sample_run *last = s->last;
    bool follows = last && last->run.value != last->own && last->run.value + last->run.n == value;
    if (!follows && !add_run(s, arena, value, n, n)) return false;
    if (follows) last->room = last->run.n += n;
    s->count += (int64_t)n;
    return true;
}

void cyn_sample_move(cyn_sample *s, const cyn_sample *from)
{
    if (!from->last) return;
    from->first->run.before = s->last ? &s->last->run : NULL;
    if (!s->first) s->first = from->first;
    s->last = from->last;
    s->count += from->count;
}

bool cyn_sample_merge(cyn_sample *s, cyn_arena *arena, const cyn_sample *from)
{
    for (const cyn_run *r = from->last ? &from->last->run : NULL; r; r = r->before)
        if (!cyn_sample_lend(s, arena, r->value, r->n)) return false;
    return true;
}

void cyn_sample_copy(const cyn_sample *s, double *out)
{
    for (const cyn_run *r = s->last ? &s->last->run : NULL; r; r = r->before) {
        memcpy(out, r->value, r->n * sizeof *out);
        out += r->n;
    }
}
