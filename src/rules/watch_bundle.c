/* Bundles: rules that depend on each other, which only one watch can step in their order. */
#include "rules/watch.h"
#include <stdlib.h>
#include <string.h>

typedef struct named {
    const char *name;
    uint32_t rule;
} named;

static int compare_names(const void *a, const void *b)
{
    const named *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* The first rule of the bundle, as far as it is known. */
static uint32_t first_of(uint32_t *bundle, uint32_t rule)
{
    while (bundle[rule] != rule)
        rule = bundle[rule] = bundle[bundle[rule]];
    return rule;
}

/* Two bundles become that of the one that comes first. */
static void join(uint32_t *bundle, uint32_t a, uint32_t b)
{
    a = first_of(bundle, a);
    b = first_of(bundle, b);
    bundle[a > b ? a : b] = a < b ? a : b;
}

cyn_code cyn_watch_bundles(const cyn_catalog *c, cyn_arena *arena, uint32_t **out, cyn_err *err)
{
    const size_t n = c->nrules;
    uint32_t *bundle = CYN_NEW_ARRAY(arena, n + 1, uint32_t);
    named *names = CYN_NEW_ARRAY(arena, n + 1, named);
    if (!bundle || !names) return cyn_nomem(err);
    for (uint32_t i = 0; i < n; i++) {
        bundle[i] = i;
        names[i] = (named){c->rules[i]->name, i};
    }
    if (n) qsort(names, n, sizeof *names, compare_names);
    for (uint32_t i = 0; i < n; i++) {
        const cyn_rule *r = c->rules[i];
        for (size_t k = 0; k < r->ndepends; k++) {
            const named key = {.name = r->depends[k]};
            const named *other = bsearch(&key, names, n, sizeof *names, compare_names);
            if (other) join(bundle, i, other->rule);
        }
    }
    for (uint32_t i = 0; i < n; i++)
        bundle[i] = first_of(bundle, i);
    *out = bundle;
    return CYN_OK;
}
