#include "source/columns.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

static const char *decl_from(const cyn_column_decl *d)
{
    return d->from ? d->from : d->name;
}

const cyn_column_decl *cyn_declared(const cyn_source_spec *spec, const char *field)
{
    for (size_t i = 0; i < spec->ncolumns; i++)
        if (strcmp(decl_from(&spec->columns[i]), field) == 0) return &spec->columns[i];
    return NULL;
}

cyn_want cyn_wanted(const cyn_column_decl *decl)
{
    if (!decl || !decl->has_type) return CYN_WANT_TYPE;
    return decl->type == CYN_DECIMAL && decl->scale < 0 ? CYN_WANT_SCALE : CYN_WANT_NOTHING;
}

static bool is_read(const cyn_source_spec *spec, const char *name)
{
    bool wanted = !spec->wanted || (spec->time && strcmp(spec->time, name) == 0);
    for (size_t i = 0; i < spec->nwanted && !wanted; i++)
        wanted = strcmp(spec->wanted[i], name) == 0;
    return wanted;
}

cyn_want cyn_field_wanted(const cyn_source_spec *spec, const char *field)
{
    const cyn_column_decl *decl = cyn_declared(spec, field);
    return is_read(spec, decl ? decl->name : field) ? cyn_wanted(decl) : CYN_WANT_NOTHING;
}

static void decide(const cyn_source_spec *spec, cyn_source_column *c)
{
    int scale = 0;
    c->how.tz = spec->tz;
    if (!c->decl || !c->decl->has_type) {
        c->how.type = cyn_guess_type(&c->guess, &scale);
    } else {
        c->how.type = c->decl->type;
        c->how.format = c->decl->format;
        c->how.epoch = c->decl->epoch;
        if (c->decl->type == CYN_DECIMAL)
            scale = c->decl->scale < 0 ? cyn_guess_scale(&c->guess) : c->decl->scale;
    }
    c->how.scale = (uint8_t)scale;
}

static int find_column(const cyn_columns *cs, const char *name)
{
    for (size_t i = 0; i < cs->count; i++)
        if (strcmp(cs->items[i].name, name) == 0) return (int)i;
    return -1;
}

static cyn_code add_column(const cyn_source_spec *spec, cyn_columns *cs, const char *from,
                           const cyn_column_decl *decl, const cyn_guess *guess, cyn_err *err)
{
    cyn_source_column *c = &cs->items[cs->count];
    *c = (cyn_source_column){.name = decl ? decl->name : from, .from = from, .decl = decl};
    c->read = is_read(spec, c->name);
    if (guess) c->guess = *guess;
    decide(spec, c);
    /* Fields have different names, so only a new name can meet another. */
    int other = spec->ncolumns > 0 ? find_column(cs, c->name) : -1;
    if (other >= 0) {
        cyn_fail(err, CYN_E_CONFLICT, "two columns are named '%s': from '%s' and from '%s'",
                 c->name, cs->items[other].from, from);
        cyn_hint(err, "give the declared one another name");
        return CYN_E_CONFLICT;
    }
    cs->count++;
    return CYN_OK;
}

/* The error for a name that the data lack; names[] are those that they have. */
static cyn_code unknown(const char *what, const char *name, const char *const *names, size_t count,
                        cyn_err *err)
{
    const char *near = cyn_nearest(name, names, count);
    char list[300] = "";
    size_t n = 0;
    for (size_t i = 0; i < count && n + strlen(names[i]) + 3 < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
    cyn_fail(err, CYN_E_NAME, "%s '%s' is not in the data", what, name);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (count > 0)
        cyn_hint(err, "the data have %s", list);
    return CYN_E_NAME;
}

static cyn_code check_declared(const cyn_source_spec *spec, const cyn_columns *cs,
                               const char **names, cyn_err *err)
{
    for (size_t i = 0; i < spec->ncolumns; i++) {
        const cyn_column_decl *d = &spec->columns[i];
        bool found = false;
        for (size_t k = 0; k < cs->count && !found; k++) {
            found = cs->items[k].decl == d;
            names[k] = cs->items[k].from;
        }
        if (found) continue;
        const cyn_column_decl *taken = cyn_declared(spec, decl_from(d));
        if (taken != d && find_column(cs, taken->name) >= 0)
            return cyn_fail(err, CYN_E_CONFLICT, "columns '%s' and '%s' both come from '%s'",
                            taken->name, d->name, decl_from(d));
        return unknown("declared column", decl_from(d), names, cs->count, err);
    }
    return CYN_OK;
}

/* A time column without any value is a timestamp, whatever its values will be. */
static cyn_code check_time(const cyn_source_spec *spec, cyn_columns *cs, const char **names,
                           cyn_err *err)
{
    if (!spec->time) return CYN_OK;
    int i = find_column(cs, spec->time);
    if (i < 0) {
        for (size_t k = 0; k < cs->count; k++)
            names[k] = cs->items[k].name;
        return unknown("time column", spec->time, names, cs->count, err);
    }
    cyn_source_column *c = &cs->items[i];
    if (c->guess.values == 0 && !(c->decl && c->decl->has_type)) c->how.type = CYN_TIMESTAMP;
    if (c->how.type == CYN_TIMESTAMP || c->how.type == CYN_DATE) return CYN_OK;
    const char *file = c->guess.spoiler ? c->guess.spoiler_file : NULL;
    int line = c->guess.spoiler ? (int)c->guess.spoiler_line : 0;
    cyn_fail_at(err, CYN_E_TYPE, file, line, 0,
                "time column '%s' is of type %s, expected timestamp or date%s%s%s", c->name,
                cyn_type_name(c->how.type), c->guess.spoiler ? ": '" : "",
                c->guess.spoiler ? c->guess.spoiler : "", c->guess.spoiler ? "' is neither" : "");
    cyn_hint(err, "declare it with 'type: timestamp' and the 'format' or 'epoch' of its values");
    return CYN_E_TYPE;
}

/* Without rows there are no names: what is declared stands for itself. */
static cyn_code bind_declared(const cyn_source_spec *spec, cyn_columns *cs, cyn_err *err)
{
    for (size_t i = 0; i < spec->ncolumns; i++) {
        const cyn_column_decl *d = &spec->columns[i];
        CYN_TRY(add_column(spec, cs, decl_from(d), d, NULL, err));
    }
    if (!spec->time || find_column(cs, spec->time) >= 0) return CYN_OK;
    CYN_TRY(add_column(spec, cs, spec->time, NULL, NULL, err));
    cs->items[cs->count - 1].how.type = CYN_TIMESTAMP;
    return CYN_OK;
}

/* What is not read comes behind the rest, each part in order. */
static cyn_code set_aside(cyn_columns *cs, cyn_arena *arena, cyn_err *err)
{
    size_t all = cs->count, n = 0;
    cyn_source_column *items = CYN_NEW_ARRAY(arena, all + 1, cyn_source_column);
    int32_t *moved = CYN_NEW_ARRAY(arena, all + 1, int32_t);
    if (!items || !moved) return cyn_nomem(err);
    for (int read = 1; read >= 0; read--) {
        for (size_t i = 0; i < all; i++) {
            if (cs->items[i].read != read) continue;
            moved[i] = read ? (int32_t)n : -1;
            items[n++] = cs->items[i];
        }
        if (read) cs->count = n;
    }
    cs->nunread = all - cs->count;
    cs->items = items;
    for (uint32_t i = 0; i < cs->nfields; i++)
        if (cs->of_field[i] >= 0) cs->of_field[i] = moved[cs->of_field[i]];
    return CYN_OK;
}

cyn_code cyn_columns_bind(const cyn_source_spec *spec, const cyn_schema *schema,
                          const cyn_guess *guesses, bool empty, cyn_arena *arena, cyn_columns *out,
                          cyn_err *err)
{
    size_t most = schema->count + spec->ncolumns + 1;
    cyn_columns cs = {.nfields = schema->count};
    cs.items = CYN_NEW_ARRAY(arena, most, cyn_source_column);
    cs.of_field = CYN_NEW_ARRAY(arena, schema->count + 1, int32_t);
    const char **names = CYN_NEW_ARRAY(arena, most, const char *);
    if (!cs.items || !cs.of_field || !names) return cyn_nomem(err);
    if (empty && schema->count == 0) {
        CYN_TRY(bind_declared(spec, &cs, err));
        CYN_TRY(set_aside(&cs, arena, err));
        *out = cs;
        return CYN_OK;
    }
    for (uint32_t i = 0; i < schema->count; i++) {
        const cyn_source_field *f = &schema->fields[i];
        const cyn_column_decl *decl = cyn_declared(spec, f->name);
        bool declared_null = decl && (f->seen & CYN_SEEN_NULL);
        cs.of_field[i] = -1;
        if (!cyn_field_is_column(f) && !declared_null) continue;
        cs.of_field[i] = (int32_t)cs.count;
        CYN_TRY(add_column(spec, &cs, f->name, decl, &guesses[i], err));
    }
    CYN_TRY(check_declared(spec, &cs, names, err));
    CYN_TRY(check_time(spec, &cs, names, err));
    CYN_TRY(set_aside(&cs, arena, err));
    *out = cs;
    return CYN_OK;
}
