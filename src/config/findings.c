#include "config/findings.h"
#include <stdio.h>
#include <string.h>

void cyn_err_list_init(cyn_err_list *l, cyn_arena *arena)
{
    *l = (cyn_err_list){.arena = arena};
}

void cyn_err_list_add(cyn_err_list *l, const cyn_err *err)
{
    cyn_err *more = cyn_grown(l->arena, l->items, l->count, &l->capacity, sizeof *more);
    if (!more) {
        if (l->count) (void)cyn_nomem(&l->items[l->count - 1]);
        return;
    }
    l->items = more;
    l->items[l->count++] = *err;
}

static void add(cyn_findings *f, const cyn_err *err)
{
    size_t before = f->list->count;
    cyn_err_list_add(f->list, err);
    if (f->list->count == before) f->nomem = true;
}

void cyn_finding(cyn_findings *f, cyn_code code, int line, int column, const char *fmt, ...)
{
    if (f->full) return;
    cyn_err err = {0};
    if (f->list->count - f->first >= CYN_FINDINGS_MAX) {
        f->full = true;
        (void)cyn_fail_at(&err, CYN_E_LIMIT, f->file, 0, 0,
                          "more than %d errors; the rest is not shown", CYN_FINDINGS_MAX);
        add(f, &err);
        return;
    }
    char message[sizeof err.message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)cyn_fail_at(&err, code, f->file, line, column, "%s", message);
    add(f, &err);
}

void cyn_finding_hint(cyn_findings *f, const char *fmt, ...)
{
    if (f->full || f->nomem || f->list->count == f->first) return;
    cyn_err *last = &f->list->items[f->list->count - 1];
    va_list args;
    va_start(args, fmt);
    char hint[sizeof last->hint];
    vsnprintf(hint, sizeof hint, fmt, args);
    va_end(args);
    cyn_hint(last, "%s", hint);
}

/* Findings without a place (the file could not be opened, the rest is not shown) go last. */
static bool goes_after(const cyn_err *a, const cyn_err *b)
{
    if (a->line == 0 || b->line == 0) return a->line == 0 && b->line != 0;
    return a->line > b->line || (a->line == b->line && a->column > b->column);
}

cyn_code cyn_findings_result(cyn_findings *f)
{
    if (f->nomem) return CYN_E_NOMEM;
    size_t count = f->list->count - f->first;
    if (count == 0) return CYN_OK;
    cyn_err *items = f->list->items + f->first;
    for (size_t i = 1; i < count; i++) { /* stable, and at most CYN_FINDINGS_MAX + 1 of them */
        cyn_err moving = items[i];
        size_t at = i;
        for (; at > 0 && goes_after(&items[at - 1], &moving); at--)
            items[at] = items[at - 1];
        items[at] = moving;
    }
    return items[0].code;
}
