#include "base/arena.h"
#include "exec/pairs_impl.h"

void cyn_pairs_clear(cyn_pairs *t)
{
    cyn_free(t->slots);
    *t = (cyn_pairs){0};
}

bool cyn_pairs_grow(cyn_pairs *t)
{
    cyn_pairs bigger = {.size = t->size ? t->size * 2 : 64, .count = t->count};
    if (t->count >= UINT32_MAX / 2) return false;
    bigger.slots = cyn_calloc(bigger.size, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (size_t i = 0; i < t->size; i++) {
        cyn_pair p = t->slots[i];
        if (!p.mark) continue;
        size_t j = cyn_pairs_home(&bigger, p.group, p.value);
        while (bigger.slots[j].mark)
            j = (j + 1) & (bigger.size - 1);
        bigger.slots[j] = p;
    }
    cyn_free(t->slots);
    *t = bigger;
    return true;
}
