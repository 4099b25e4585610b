/* Readings in conditions: a call with constants is the column of the reading's canonical name. */
#include "script/reading.h"
#include "script/translate_impl.h"
#include <string.h>

const value *value_reading(translator *t, const char *name)
{
    if (!t->condition || !cyn_is_reading_method(name)) return NULL;
    value *v = translator_alloc(t, 1, sizeof *v);
    if (!v) return value_unknown();
    *v = (value){.kind = VALUE_READING, .path = name, .line = t->line, .file = t->file};
    return v;
}

void refuse_call(translator *t, const char *name)
{
    cyn_err fault = {0};
    cyn_reading_miscalled(name, t->text, &fault);
    refuse_fault(t, &fault);
}

const value *reading_method(translator *t, const value *key)
{
    const cyn_const *k = key->kind == VALUE_STEP ? constant_of(t, key->step) : NULL;
    const char *name = k && k->kind == CYN_CONST_TEXT ? cyn_strndup(t->arena, k->s, k->n) : NULL;
    const value *method = name ? value_reading(t, name) : NULL;
    if (method) return method;
    if (name)
        refuse_call(t, name);
    else
        refuse(t, "it is too long");
    return value_unknown();
}

/* In a function the series comes first: s:change "1w" is s.change(s, "1w"). */
static bool take_series(translator *t, const value *reading, values *args)
{
    cyn_err fault = {0};
    if (t->text) return true;
    const value *first = args->n > 0 ? args->list[0] : value_unknown();
    if (first->kind == VALUE_ROW && !*first->path) {
        args->list++;
        args->n--;
        return true;
    }
    (void)cyn_fail(&fault, CYN_E_TYPE, "'%s' is called without the series", reading->path);
    cyn_hint(&fault, "write a colon: s:%s(…)", reading->path);
    refuse_fault(t, &fault);
    return false;
}

values call_reading(translator *t, const value *reading, values args)
{
    cyn_err fault = {0};
    cyn_reading r;
    values out = {.list = translator_alloc(t, 1, sizeof *out.list), .n = 1};
    if (t->failed || !take_series(t, reading, &args)) return (values){0};
    cyn_const *constants = translator_alloc(t, args.n, sizeof *constants);
    if (args.open_ended) refuse(t, "it calls %s with all results of a call", reading->path);
    for (size_t i = 0; !t->failed && i < args.n; i++) {
        const cyn_const *c = NULL;
        if (args.list[i]->kind == VALUE_STEP) c = constant_of(t, args.list[i]->step);
        if (c)
            constants[i] = *c;
        else
            refuse(t, "it calls %s with a computed argument", reading->path);
    }
    if (t->failed) return (values){0};
    if (cyn_reading_of_call(reading->path, constants, args.n, &r, &fault) != CYN_OK) {
        refuse_fault(t, &fault);
        return (values){0};
    }
    const char *name = cyn_strdup(t->arena, r.name);
    out.list[0] = name ? value_row(t, name) : value_unknown();
    return out;
}
