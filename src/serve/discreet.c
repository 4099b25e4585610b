#include "serve/discreet.h"
#include <string.h>

const char *cyn_discreet(const cyn_request *r, const char *why)
{
    if (!why || r->may_know) return why;
    return strcmp(r->language, "ja") == 0 ? "理由はサーバーのログにあります"
                                          : "the server's log says why";
}

static cyn_code copy(const cyn_request *r, const void *items, size_t n, size_t size, void **out,
                     cyn_err *err)
{
    *out = cyn_alloc(r->arena, (n + 1) * size);
    if (!*out) return cyn_nomem(err);
    if (n) memcpy(*out, items, n * size);
    return CYN_OK;
}

cyn_err cyn_discreet_error(const cyn_request *r, const cyn_err *e)
{
    cyn_err told = {0};
    if (r->may_know) return *e;
    cyn_fail(&told, e->code, "%s", cyn_discreet(r, e->message));
    return told;
}

cyn_code cyn_discreet_findings(const cyn_request *r, const cyn_err **items, size_t n, cyn_err *err)
{
    void *room;
    if (r->may_know) return CYN_OK;
    CYN_TRY(copy(r, *items, n, sizeof **items, &room, err));
    cyn_err *all = room;
    for (size_t i = 0; i < n; i++)
        all[i] = cyn_discreet_error(r, &all[i]);
    *items = all;
    return CYN_OK;
}

cyn_code cyn_discreet_facts(const cyn_request *r, const cyn_page_fact **items, size_t n,
                            cyn_err *err)
{
    void *room;
    if (r->may_know) return CYN_OK;
    CYN_TRY(copy(r, *items, n, sizeof **items, &room, err));
    cyn_page_fact *all = room;
    for (size_t i = 0; i < n; i++)
        if (all[i].kind == CYN_FACT_BAD) all[i].value = cyn_discreet(r, all[i].value);
    *items = all;
    return CYN_OK;
}

cyn_code cyn_discreet_agenda(const cyn_request *r, const cyn_agenda_item **items, size_t n,
                             cyn_err *err)
{
    void *room;
    if (r->may_know) return CYN_OK;
    CYN_TRY(copy(r, *items, n, sizeof **items, &room, err));
    cyn_agenda_item *all = room;
    for (size_t i = 0; i < n; i++)
        all[i].error = cyn_discreet(r, all[i].error);
    *items = all;
    return CYN_OK;
}

cyn_code cyn_discreet_rules(const cyn_request *r, const cyn_rule_item **items, size_t n,
                            cyn_err *err)
{
    void *room;
    if (r->may_know) return CYN_OK;
    CYN_TRY(copy(r, *items, n, sizeof **items, &room, err));
    cyn_rule_item *all = room;
    for (size_t i = 0; i < n; i++) {
        all[i].error = cyn_discreet(r, all[i].error);
        if (!all[i].broken) continue;
        const cyn_err *broken = all[i].broken;
        CYN_TRY(cyn_discreet_findings(r, &broken, 1, err));
        all[i].broken = broken;
    }
    *items = all;
    return CYN_OK;
}
