#include "engine/cache_columns.h"
#include <string.h>

static bool has(const cyn_name_set *s, const char *name)
{
    bool found = s->all;
    for (size_t i = 0; !found && i < s->count; i++)
        found = strcmp(s->names[i], name) == 0;
    return found;
}

bool cyn_names_include(const cyn_name_set *whole, const cyn_name_set *part)
{
    if (part->all) return whole->all;
    for (size_t i = 0; i < part->count; i++)
        if (!has(whole, part->names[i])) return false;
    return true;
}

cyn_code cyn_names_join(const cyn_name_set *a, const cyn_name_set *b, cyn_arena *arena,
                        cyn_name_set *out, cyn_err *err)
{
    if (cyn_names_include(a, b) || cyn_names_include(b, a)) {
        *out = cyn_names_include(a, b) ? *a : *b;
        return CYN_OK;
    }
    const char **names = CYN_NEW_ARRAY(arena, a->count + b->count, const char *);
    if (!names) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        names[n++] = a->names[i];
    for (size_t i = 0; i < b->count; i++)
        if (!has(a, b->names[i])) names[n++] = b->names[i];
    *out = (cyn_name_set){.names = names, .count = n};
    return CYN_OK;
}

cyn_code cyn_names_meet(const cyn_name_set *a, const cyn_name_set *b, cyn_arena *arena,
                        cyn_name_set *out, cyn_err *err)
{
    if (a->all || b->all) {
        *out = a->all ? *b : *a;
        return CYN_OK;
    }
    const char **names = CYN_NEW_ARRAY(arena, a->count + 1, const char *);
    if (!names) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        if (has(b, a->names[i])) names[n++] = a->names[i];
    *out = (cyn_name_set){.names = names, .count = n};
    return CYN_OK;
}

cyn_code cyn_wanted_names(const cyn_source_spec *spec, cyn_arena *arena, cyn_name_set *out,
                          cyn_err *err)
{
    if (!spec->wanted) {
        *out = (cyn_name_set){.all = true};
        return CYN_OK;
    }
    const cyn_name_set wanted = {.names = spec->wanted, .count = spec->nwanted};
    const cyn_name_set time = {.names = &spec->time, .count = spec->time ? 1 : 0};
    return cyn_names_join(&wanted, &time, arena, out, err);
}

cyn_code cyn_report_narrow(const cyn_load_report *report, const cyn_name_set *names,
                           cyn_arena *arena, cyn_load_report **out, cyn_err *err)
{
    cyn_load_report *r = CYN_NEW(arena, cyn_load_report);
    cyn_load_column *columns = CYN_NEW_ARRAY(arena, report->ncolumns + 1, cyn_load_column);
    if (!r || !columns) return cyn_nomem(err);
    size_t n = 0;
    for (int unread = 0; unread < 2; unread++) {
        for (size_t i = 0; i < report->ncolumns; i++) {
            const cyn_load_column *c = &report->columns[i];
            if ((c->unread || !has(names, c->name)) != unread) continue;
            columns[n] = *c;
            columns[n++].unread = unread;
        }
    }
    *r = *report;
    r->columns = columns;
    *out = r;
    return CYN_OK;
}
