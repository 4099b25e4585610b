/* The alerts of a rule, found by the labels of their segments. */
#include "base/hash.h"
#include "rules/watch_impl.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* So few are looked at one by one. */
#define FEW 8

/* ---- labels ---- */

/* Shortest text that reads back as the same number. */
static size_t real_text(double r, char room[32])
{
    cyn_buf b = {0};
    cyn_buf_real(&b, r);
    int n = snprintf(room, 32, "%s", b.data ? b.data : "?");
    cyn_buf_clear(&b);
    return n < 0 ? 0 : (size_t)n;
}

const char *watch_label_text(const cyn_const *value, char room[32], size_t *n)
{
    switch (value->kind) {
    case CYN_CONST_NIL: *n = 0; return NULL;
    case CYN_CONST_TEXT: *n = strnlen(value->s, value->n); return value->s;
    case CYN_CONST_REAL: *n = real_text(value->r, room); return room;
    case CYN_CONST_BOOLEAN:
        *n = (size_t)snprintf(room, 32, "%s", value->i ? "true" : "false");
        return room;
    case CYN_CONST_INTEGER: break;
    }
    *n = (size_t)snprintf(room, 32, "%" PRId64, value->i);
    return room;
}

/* Names are the rule's, and in its order: values tell alerts apart. */
uint64_t watch_hash_labels(const cyn_alert_label *labels, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        const char *v = labels[i].value;
        h = v ? cyn_hash64(v, strlen(v), h) : cyn_hash_mix(h + 1);
    }
    return h;
}

static bool same_labels(const watch_instance *i, const cyn_alert_label *labels, size_t n)
{
    if (i->nlabels != n) return false;
    for (size_t k = 0; k < n; k++) {
        const char *a = i->labels[k].value, *b = labels[k].value;
        if (a != b && (!a || !b || strcmp(a, b) != 0)) return false;
    }
    return true;
}

/* ---- instances ---- */

/* An instance, its labels and its texts are one piece of memory. */
cyn_code watch_instance_new(const char *rule, const cyn_alert_label *labels, size_t n,
                            watch_instance **out, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    size_t size = sizeof(watch_instance) + n * sizeof *labels;
    char *identity = NULL;
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    CYN_GOTO(cyn_alert_identity(rule, labels, n, scratch, &identity, err));
    size += strlen(identity) + 1;
    for (size_t k = 0; k < n; k++)
        size += strlen(labels[k].name) + (labels[k].value ? strlen(labels[k].value) : 0) + 2;
    watch_instance *i = cyn_calloc(1, size);
    if (!i) {
        rc = cyn_nomem(err);
        goto done;
    }
    cyn_alert_label *own = (cyn_alert_label *)(i + 1);
    char *at = (char *)(own + n);
    i->alert = cyn_alert_new();
    i->value = NAN;
    i->told = (cyn_told){.start = CYN_ALERT_NEVER};
    i->hash = watch_hash_labels(labels, n);
    i->identity = strcpy(at, identity);
    at += strlen(identity) + 1;
    for (size_t k = 0; k < n; k++) {
        own[k].name = strcpy(at, labels[k].name);
        at += strlen(at) + 1;
        if (!labels[k].value) continue;
        own[k].value = strcpy(at, labels[k].value);
        at += strlen(at) + 1;
    }
    i->labels = own;
    i->nlabels = n;
    *out = i;
done:
    cyn_arena_free(scratch);
    return rc;
}

void watch_instance_free(watch_instance *i)
{
    if (!i) return;
    cyn_buf_clear(&i->facts);
    cyn_free(i);
}

/* ---- the book ---- */

watch_instance *book_find(const watch_book *b, uint64_t hash, const cyn_alert_label *labels,
                          size_t n)
{
    if (!b->table) {
        for (size_t k = 0; k < b->count; k++)
            if (b->items[k]->hash == hash && same_labels(b->items[k], labels, n))
                return b->items[k];
        return NULL;
    }
    for (size_t at = hash & (b->ntable - 1); b->table[at]; at = (at + 1) & (b->ntable - 1)) {
        watch_instance *i = b->items[b->table[at] - 1];
        if (i->hash == hash && same_labels(i, labels, n)) return i;
    }
    return NULL;
}

static void enter(watch_book *b, size_t k)
{
    size_t at = b->items[k]->hash & (b->ntable - 1);
    while (b->table[at])
        at = (at + 1) & (b->ntable - 1);
    b->table[at] = (uint32_t)k + 1;
}

static void fill_table(watch_book *b)
{
    memset(b->table, 0, b->ntable * sizeof *b->table);
    for (size_t k = 0; k < b->count; k++)
        enter(b, k);
}

/* At most half of the places are taken. */
static cyn_code grow_table(watch_book *b, cyn_err *err)
{
    size_t places = b->ntable ? b->ntable * 2 : 4 * FEW;
    uint32_t *table = cyn_calloc(places, sizeof *table);
    if (!table) return cyn_nomem(err);
    cyn_free(b->table);
    b->table = table;
    b->ntable = places;
    fill_table(b);
    return CYN_OK;
}

static cyn_code grow_items(watch_book *b, cyn_err *err)
{
    if (b->count < b->capacity) return CYN_OK;
    size_t capacity = b->capacity ? 2 * b->capacity : 1;
    void *more = cyn_realloc(b->items, capacity * sizeof *b->items);
    if (!more) return cyn_nomem(err);
    b->items = more;
    b->capacity = capacity;
    return CYN_OK;
}

cyn_code book_add(watch_book *b, watch_instance *i, cyn_err *err)
{
    CYN_TRY(grow_items(b, err));
    if (b->count >= FEW && 2 * (b->count + 1) > b->ntable) CYN_TRY(grow_table(b, err));
    b->items[b->count++] = i;
    if (b->table) enter(b, b->count - 1);
    return CYN_OK;
}

void book_sweep(watch_book *b)
{
    size_t kept = 0;
    for (size_t k = 0; k < b->count; k++) {
        if (b->items[k]->drop)
            watch_instance_free(b->items[k]);
        else
            b->items[kept++] = b->items[k];
    }
    bool swept = kept < b->count;
    b->count = kept;
    if (swept && b->table) fill_table(b);
}

void book_clear(watch_book *b)
{
    for (size_t k = 0; k < b->count; k++)
        watch_instance_free(b->items[k]);
    cyn_free(b->items);
    cyn_free(b->table);
    *b = (watch_book){0};
}
