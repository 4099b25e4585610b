#include "exec/sample_impl.h"

/* Room grows with the sample, so that little of it stays empty, however small the sample is. */
#define LEAST_ROOM    8
#define GREATEST_ROOM 1020 /* with its head, 8 KiB of values */

/* Values of which every so manieth row has one are noted: a page of a column then holds a few. */
#define NEAR 64

static void append(cyn_sample *s, cyn_sample_run *r)
{
    r->run.before = s->last ? &s->last->run : NULL;
    if (!s->first) s->first = r;
    s->last = r;
}

/* Whether the values since a run began have come close to each other. */
static bool is_near(const cyn_sample_run *r, const double *value)
{
    return r && r->began && (size_t)(value - r->began) <= r->run.n * NEAR;
}

/* A run with room for so many values, or notes of those from `value` on. */
static bool begin_run(cyn_sample *s, cyn_arena *arena, const double *value, bool notes, size_t room)
{
    cyn_sample_run *r =
        cyn_alloc(arena, sizeof *r + room * (notes ? sizeof(uint16_t) : sizeof *r->own));
    if (!r) return false;
    r->run.value = notes ? value : r->own;
    r->run.at = notes ? cyn_sample_notes(r) : NULL;
    r->room = room;
    r->began = value;
    append(s, r);
    return true;
}

bool cyn_sample_grow(cyn_sample *s, cyn_arena *arena, const double *value)
{
    size_t room = (size_t)s->count / 2;
    room = room < LEAST_ROOM ? LEAST_ROOM : room > GREATEST_ROOM ? GREATEST_ROOM : room;
    return begin_run(s, arena, value, value && is_near(s->last, value), room);
}

/* Whether a run goes on where the other ends. */
static bool follows(const cyn_sample_run *last, const cyn_run *run)
{
    const cyn_run *r = &last->run;
    return !r->at && !run->at && r->value != last->own && r->value + r->n == run->value &&
           r->known == run->known && r->first + (r->known ? r->n : 0) == run->first;
}

bool cyn_sample_lend(cyn_sample *s, cyn_arena *arena, const cyn_run *run)
{
    if (s->last && follows(s->last, run)) {
        s->last->room = s->last->run.n += run->n;
    } else {
        cyn_sample_run *r = CYN_NEW(arena, cyn_sample_run);
        if (!r) return false;
        *r = (cyn_sample_run){.run = *run, .room = run->n, .began = run->value};
        append(s, r);
    }
    s->count += (int64_t)cyn_run_count(run, 0, run->n);
    return true;
}

/* Notes as many of n values as the last run has room for and reaches; returns how many. */
static size_t fill_notes(cyn_sample *s, const double *column, const uint32_t *row, size_t n)
{
    cyn_sample_run *last = s->last;
    if (!last || !last->run.at) return 0;
    uint16_t *to = cyn_sample_notes(last) + last->run.n;
    const uint32_t before = (uint32_t)(last->run.value - column); /* perhaps less than none */
    size_t left = last->room - last->run.n, more = n < left ? n : left;
    while (more > 0 && !cyn_sample_reaches(last, column + row[more - 1]))
        more--;
    for (size_t i = 0; i < more; i++)
        to[i] = (uint16_t)(row[i] - before);
    last->run.n += more;
    s->count += (int64_t)more;
    return more;
}

/* So many rows that come at once and lie close to each other have a run of their own. */
#define NOTES_LEAST 32

bool cyn_sample_note_rows(cyn_sample *s, cyn_arena *arena, const double *column,
                          const uint32_t *row, size_t n)
{
    for (size_t k = fill_notes(s, column, row, n); k < n;) {
        const size_t left = n - k;
        const double *value = column + row[k];
        if (left >= NOTES_LEAST && row[n - 1] - row[k] <= left * NEAR) {
            if (!begin_run(s, arena, value, true, left)) return false;
        } else if (!cyn_sample_note(s, arena, value)) {
            return false;
        } else {
            k++;
        }
        k += fill_notes(s, column, row + k, n - k);
    }
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
        if (!cyn_sample_lend(s, arena, r)) return false;
    return true;
}

void cyn_sample_copy(const cyn_sample *s, double *out)
{
    for (const cyn_run *r = s->last ? &s->last->run : NULL; r; r = r->before)
        out += cyn_run_copy(r, out);
}
