#include "exec/tally_impl.h"
#include <string.h>

cyn_code cyn_tally_open(cyn_tally *t, cyn_arena *arena, const cyn_reducer *reducer,
                        const cyn_numbers *members, size_t most, cyn_err *err)
{
    size_t places = (most < members->count ? most : members->count) + 1;
    *t = (cyn_tally){.reducer = *reducer, .members = members};
    t->counts = reducer->run->spec->func == CYN_COUNT;
    t->slot = CYN_NEW_ARRAY(arena, (size_t)members->count + 1, uint32_t);
    t->member = CYN_NEW_ARRAY(arena, places, uint32_t);
    t->row = CYN_NEW_ARRAY(arena, places, uint32_t);
    t->value = CYN_NEW_ARRAY(arena, places, cyn_reduced);
    if (!t->slot || !t->member || !t->row || !t->value) return cyn_nomem(err);
    /* New memory that is read before it is written costs each page twice. */
    memset(t->slot, 0, members->count * sizeof *t->slot);
    if (t->counts) return CYN_OK;
    t->list = CYN_NEW_ARRAY(arena, most + 1, uint32_t);
    t->place = CYN_NEW_ARRAY(arena, most + 1, uint32_t);
    t->next = CYN_NEW_ARRAY(arena, places, size_t);
    t->together = CYN_NEW_ARRAY(arena, most + 1, uint32_t);
    if (!t->list || !t->place || !t->next || !t->together) return cyn_nomem(err);
    return cyn_reducer_reserve(&t->reducer, most, err);
}

/* ---- rows ---- */

void cyn_tally_begin(cyn_tally *t)
{
    t->n = t->rows = 0;
}

/* Without a branch: whether a member has come before is hard to foresee; so the place behind the
 * last one is written again and again. */
static void count(cyn_tally *t, const uint32_t *row, size_t n)
{
    const cyn_numbers members = *t->members;
    uint32_t *slot = t->slot;
    size_t places = t->n;
    for (size_t i = 0; i < n; i++) {
        uint32_t member = cyn_number(&members, row[i]);
        t->member[places] = member;
        t->row[places] = row[i];
        places += slot[member]++ == 0;
    }
    t->n = places;
}

static void place(cyn_tally *t, const uint32_t *row, size_t n)
{
    const cyn_numbers members = *t->members;
    uint32_t *slot = t->slot, places = (uint32_t)t->n;
    for (size_t i = 0; i < n; i++) {
        uint32_t member = cyn_number(&members, row[i]);
        bool new = slot[member] == 0;
        uint32_t at = new ? places : slot[member] - 1;
        t->member[places] = member;
        t->row[places] = row[i];
        t->next[places] = 0;
        t->next[at]++;
        slot[member] = at + 1;
        places += new;
        t->place[t->rows + i] = at;
    }
    memcpy(t->list + t->rows, row, n * sizeof *row);
    t->rows += n;
    t->n = places;
}

void cyn_tally_add(cyn_tally *t, const uint32_t *row, size_t n)
{
    if (t->counts)
        count(t, row, n);
    else
        place(t, row, n);
}

/* ---- values ---- */

/* Brings the rows of each place together and computes its value. */
static cyn_code reduce(cyn_tally *t, cyn_err *err)
{
    size_t begin = 0;
    for (size_t k = 0; k < t->n; k++) {
        size_t rows = t->next[k];
        t->next[k] = begin;
        begin += rows;
    }
    for (size_t i = 0; i < t->rows; i++)
        t->together[t->next[t->place[i]]++] = t->list[i];
    for (size_t k = 0, from = 0; k < t->n; from = t->next[k++])
        CYN_TRY(cyn_reducer_value(&t->reducer, t->together + from, t->next[k] - from, &t->value[k],
                                  err));
    return CYN_OK;
}

cyn_code cyn_tally_close(cyn_tally *t, cyn_err *err)
{
    if (!t->counts) CYN_TRY(reduce(t, err));
    for (size_t k = 0; k < t->n; k++) {
        uint32_t *slot = &t->slot[t->member[k]];
        if (t->counts) t->value[k].exact = *slot;
        *slot = 0;
    }
    return CYN_OK;
}
