#include "serve/promql_impl.h"
#include <string.h>

static const char metric_name[] = "__name__";

const char *cyn_prom_label_of(cyn_prom_labels l, const char *name)
{
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.at[i].name, name) == 0) return l.at[i].value;
    return "";
}

cyn_code cyn_prom_matches(const cyn_prom_matcher *m, const char *value, bool *matches, cyn_err *err)
{
    bool same = false;
    if (m->how == CYN_PROM_EQUAL || m->how == CYN_PROM_UNEQUAL)
        same = strcmp(m->value, value) == 0;
    else
        CYN_TRY(cyn_regex_match(m->regex, value, NULL, &same, err));
    *matches = same == (m->how == CYN_PROM_EQUAL || m->how == CYN_PROM_LIKE);
    return CYN_OK;
}

cyn_code cyn_prom_all_match(const cyn_prom_matcher *m, size_t n, cyn_prom_labels labels,
                            bool *match, cyn_err *err)
{
    bool all = true;
    for (size_t i = 0; i < n && all; i++)
        CYN_TRY(cyn_prom_matches(&m[i], cyn_prom_label_of(labels, m[i].name), &all, err));
    *match = all;
    return CYN_OK;
}

bool cyn_prom_is_label_name(const char *s)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *s && !(*s >= '0' && *s <= '9') && strspn(s, known) == strlen(s);
}

int cyn_prom_labels_compare(cyn_prom_labels a, cyn_prom_labels b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        int c = strcmp(a.at[i].name, b.at[i].name);
        if (c == 0) c = strcmp(a.at[i].value, b.at[i].value);
        if (c) return c;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static bool is_among(const char *name, const cyn_promql_names *names)
{
    for (size_t i = 0; names && i < names->n; i++)
        if (strcmp(names->at[i], name) == 0) return true;
    return false;
}

static cyn_code filter(cyn_promql_eval *e, cyn_prom_labels l, const cyn_promql_names *names,
                       bool keep, cyn_prom_labels *out)
{
    cyn_prom_label *at = CYN_NEW_ARRAY(e->arena, l.n + 1, cyn_prom_label);
    size_t n = 0;
    if (!at) return cyn_promql_full(e);
    for (size_t i = 0; i < l.n; i++) {
        bool named = is_among(l.at[i].name, names);
        if (keep ? named : !named && strcmp(l.at[i].name, metric_name) != 0) at[n++] = l.at[i];
    }
    *out = (cyn_prom_labels){at, n};
    return CYN_OK;
}

cyn_code cyn_prom_labels_keep(cyn_promql_eval *e, cyn_prom_labels l, const cyn_promql_names *names,
                              cyn_prom_labels *out)
{
    return filter(e, l, names, true, out);
}

cyn_code cyn_prom_labels_drop(cyn_promql_eval *e, cyn_prom_labels l, const cyn_promql_names *names,
                              cyn_prom_labels *out)
{
    return filter(e, l, names, false, out);
}

cyn_code cyn_prom_labels_set(cyn_promql_eval *e, cyn_prom_labels l, const char *name,
                             const char *value, cyn_prom_labels *out)
{
    cyn_prom_label *at = CYN_NEW_ARRAY(e->arena, l.n + 1, cyn_prom_label);
    size_t n = 0, i = 0;
    if (!at) return cyn_promql_full(e);
    while (i < l.n && strcmp(l.at[i].name, name) < 0)
        at[n++] = l.at[i++];
    if (*value) at[n++] = (cyn_prom_label){name, value};
    if (i < l.n && strcmp(l.at[i].name, name) == 0) i++;
    while (i < l.n)
        at[n++] = l.at[i++];
    *out = (cyn_prom_labels){at, n};
    return CYN_OK;
}

void cyn_prom_labels_put(cyn_prom_labels l, cyn_buf *out)
{
    cyn_buf_putc(out, '{');
    for (size_t i = 0; i < l.n; i++) {
        cyn_buf_printf(out, "%s%s=", i ? ", " : "", l.at[i].name);
        cyn_buf_json_string(out, l.at[i].value, strlen(l.at[i].value));
    }
    cyn_buf_putc(out, '}');
}

/* ---- the index ---- */

static uint64_t hash_text(uint64_t h, const char *s)
{
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return (h ^ 0xFF) * UINT64_C(0x100000001b3); /* no text has this byte */
}

static size_t hash(cyn_prom_labels l)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < l.n; i++)
        h = hash_text(hash_text(h, l.at[i].name), l.at[i].value);
    return (size_t)(h ^ h >> 29);
}

/* The slot that has the set, or where it would go. */
static size_t *slot_of(const cyn_prom_index *x, cyn_prom_labels l)
{
    size_t i = hash(l) & (x->nslots - 1);
    while (x->slots[i] && cyn_prom_labels_compare(x->labels[x->slots[i] - 1], l) != 0)
        i = (i + 1) & (x->nslots - 1);
    return &x->slots[i];
}

static cyn_code make_room(cyn_promql_eval *e, cyn_prom_index *x)
{
    if (2 * (x->n + 1) <= x->nslots) return CYN_OK;
    size_t n = x->nslots ? 2 * x->nslots : 16;
    size_t *slots = CYN_NEW_ARRAY(e->arena, n, size_t);
    if (!slots) return cyn_promql_full(e);
    x->slots = slots;
    x->nslots = n;
    for (size_t i = 0; i < x->n; i++)
        *slot_of(x, x->labels[i]) = i + 1;
    return CYN_OK;
}

cyn_code cyn_prom_index_put(cyn_promql_eval *e, cyn_prom_index *x, cyn_prom_labels l,
                            size_t *number)
{
    CYN_TRY(make_room(e, x));
    size_t *slot = slot_of(x, l);
    if (!*slot) {
        cyn_prom_labels *more = cyn_grown(e->arena, x->labels, x->n, &x->room, sizeof *more);
        if (!more) return cyn_promql_full(e);
        x->labels = more;
        x->labels[x->n++] = l;
        *slot = x->n;
    }
    *number = *slot - 1;
    return CYN_OK;
}
