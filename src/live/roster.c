/* Reading what is remembered, and finding rules and alerts by their names. */
#include "live/roster.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static int compare_rules(const void *x, const void *y)
{
    const cyn_rule *const *a = x, *const *b = y;
    return strcmp((*a)->name, (*b)->name);
}

static cyn_code sort_rules(cyn_roster *r, cyn_err *err)
{
    const cyn_catalog *catalog = r->project->catalog;
    r->by_name = CYN_NEW_ARRAY(r->arena, catalog->nrules + 1, const cyn_rule *);
    if (!r->by_name) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++)
        r->by_name[i] = catalog->rules[i];
    if (catalog->nrules) qsort(r->by_name, catalog->nrules, sizeof *r->by_name, compare_rules);
    return CYN_OK;
}

cyn_code cyn_roster_load(const cyn_project *p, cyn_store *st, int64_t now, cyn_arena *arena,
                         cyn_roster *out, cyn_err *err)
{
    *out = (cyn_roster){.project = p, .store = st, .arena = arena, .clock = now};
    CYN_TRY(sort_rules(out, err));
    CYN_TRY(cyn_store_rules(st, arena, &out->rules, &out->nrules, err));
    CYN_TRY(cyn_store_alerts(st, arena, &out->rows, &out->nrows, &out->bad, err));
    CYN_TRY(cyn_store_acks(st, arena, &out->acks, &out->nacks, err));
    return cyn_dispatch_mutes(p, st, now, arena, &out->mutes, err);
}

void cyn_roster_clear(cyn_roster *r)
{
    cyn_dispatch_free_mutes(&r->mutes);
    r->mutes = (cyn_mutes){0};
}

static int compare_name(const void *name, const void *rule)
{
    const cyn_rule *const *r = rule;
    return strcmp(name, (*r)->name);
}

const cyn_rule *cyn_roster_rule(const cyn_roster *r, const char *name)
{
    size_t n = r->project->catalog->nrules;
    const cyn_rule **found =
        n ? bsearch(name, r->by_name, n, sizeof *r->by_name, compare_name) : NULL;
    return found ? *found : NULL;
}

static bool has_alerts(const cyn_roster *r, const char *rule)
{
    for (size_t i = 0; i < r->nrows; i++)
        if (strcmp(r->rows[i].rule, rule) == 0) return true;
    return false;
}

static bool is_remembered(const cyn_roster *r, const char *rule)
{
    for (size_t i = 0; i < r->nrules; i++)
        if (strcmp(r->rules[i].rule, rule) == 0) return true;
    return has_alerts(r, rule);
}

static cyn_code unknown(const cyn_roster *r, const char *what, const char *word, cyn_err *err)
{
    const cyn_catalog *catalog = r->project->catalog;
    const char **names = CYN_NEW_ARRAY(r->arena, catalog->nrules + r->nrows, const char *);
    size_t n = 0;
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++)
        names[n++] = catalog->rules[i]->name;
    for (size_t i = 0; i < r->nrows; i++)
        names[n++] = r->rows[i].identity;
    const char *near = cyn_nearest(word, names, n);
    cyn_fail(err, CYN_E_NAME, "there is no %s '%s'", what, word);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else
        cyn_hint(err, "'cynosure alerts --all' lists what there is");
    return CYN_E_NAME;
}

cyn_code cyn_roster_need_rule(const cyn_roster *r, const char *name, const cyn_rule **out,
                              cyn_err *err)
{
    *out = cyn_roster_rule(r, name);
    if (*out || is_remembered(r, name)) return CYN_OK;
    return unknown(r, "rule", name, err);
}

static bool is_hexadecimal(const char *s)
{
    return strlen(s) >= 4 && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool fits(const cyn_alert_row *row, const char *word)
{
    char key[CYN_ALERT_KEY];
    if (strcmp(row->identity, word) == 0 || strcmp(row->rule, word) == 0) return true;
    if (!is_hexadecimal(word)) return false;
    cyn_alert_key(row->identity, key);
    return strncmp(key, word, strlen(word)) == 0;
}

cyn_code cyn_roster_find(const cyn_roster *r, const char *word, size_t **out, size_t *n,
                         cyn_err *err)
{
    size_t *found = CYN_NEW_ARRAY(r->arena, r->nrows + 1, size_t), count = 0;
    if (!found) return cyn_nomem(err);
    for (size_t i = 0; i < r->nrows; i++)
        if (fits(&r->rows[i], word)) found[count++] = i;
    *out = found;
    *n = count;
    if (count == 0) {
        if (!cyn_roster_rule(r, word)) return unknown(r, "alert", word, err);
        return CYN_OK; /* a rule that has none */
    }
    if (count > 1 && is_hexadecimal(word) && !has_alerts(r, word)) {
        cyn_fail(err, CYN_E_CONFLICT, "'%s' is the beginning of %zu fingerprints", word, count);
        cyn_hint(err, "type more of it: '%s' or '%s'", r->rows[found[0]].identity,
                 r->rows[found[1]].identity);
        return CYN_E_CONFLICT;
    }
    return CYN_OK;
}
