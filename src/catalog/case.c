/* Tests, from a worker that may send anything (lua/cynosure/testing.lua sends them). */
#include "catalog/catalog_impl.h"
#include <string.h>

/* Reads an item of a list into a struct of its own kind. */
typedef cyn_code read_part(build *b, fields *f, void *out);

/* Reads a list of structs of `size` bytes with `read`. */
static cyn_code read_parts(build *b, fields *f, const char *key, size_t size, read_part *read,
                           const void **out, size_t *n)
{
    const cyn_value *list = field_array(f, key);
    char *items = cyn_alloc_array(b->arena, list->n + 1, size);
    if (!items) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n && fields_ok(f); i++) {
        fields item = {.arena = b->arena, .item = &list->items[i]};
        CYN_TRY(read(b, &item, items + i * size));
        if (!fields_ok(&item)) field_wrong(f, key);
    }
    *out = items;
    *n = list->n;
    return CYN_OK;
}

/* ---- Segments ---- */

static cyn_code read_label(build *b, fields *f, void *out)
{
    (void)b;
    cyn_case_field *label = out;
    label->name = field_text(f, "name", true);
    label->value = field_const(f, "value");
    return CYN_OK;
}

/* The labels, in the order of their names, each once. */
static cyn_code read_segment(build *b, fields *f, const cyn_case_field **out, size_t *n)
{
    const void *labels;
    CYN_TRY(read_parts(b, f, "segment", sizeof **out, read_label, &labels, n));
    *out = labels;
    for (size_t i = 1; fields_ok(f) && i < *n; i++)
        if (strcmp((*out)[i - 1].name, (*out)[i].name) >= 0) field_wrong(f, "segment");
    return CYN_OK;
}

/* ---- What is given ---- */

static cyn_code read_series(build *b, fields *f, void *out)
{
    cyn_case_series *s = out;
    s->metric = field_text(f, "metric", true);
    s->grain = field_text(f, "grain", false);
    s->from = field_text(f, "from", false);
    s->values = field_text(f, "values", true);
    s->place = field_place(f);
    return read_segment(b, f, &s->segment, &s->nsegment);
}

static cyn_code read_rows(build *b, fields *f, void *out)
{
    (void)b;
    cyn_case_rows *r = out;
    r->source = field_text(f, "source", true);
    r->text = field_text(f, "text", true);
    r->place = field_place(f);
    return CYN_OK;
}

/* ---- What is expected ---- */

static void read_value(fields *f, cyn_case_expectation *e)
{
    bool missing = field_boolean(f, "missing");
    if (field_given(f, "value")) {
        e->value = (cyn_const){.kind = CYN_CONST_REAL, .r = field_real(f, "value")};
        if (missing) field_wrong(f, "missing");
    }
    e->has_value = missing || field_given(f, "value");
    e->within = field_given(f, "within") ? field_real(f, "within") : 0;
    if (e->within < 0) field_wrong(f, "within");
}

static cyn_code read_expectation(build *b, fields *f, void *out)
{
    cyn_case_expectation *e = out;
    e->place = field_place(f);
    e->at = field_text(f, "at", false);
    e->period = field_text(f, "period", false);
    e->alert = field_text(f, "alert", false);
    e->metric = field_text(f, "metric", false);
    e->state = field_text(f, "state", false);
    e->severity = field_text(f, "severity", false);
    e->status = field_text(f, "status", false);
    e->message = field_text(f, "message", false);
    e->health = field_text(f, "health", false);
    e->count = field_given(f, "count") ? field_integer(f, "count", 0, INT64_MAX) : -1;
    read_value(f, e);
    if (!e->alert == !e->metric) field_wrong(f, "alert");
    if (e->alert ? !e->at : !e->period) field_wrong(f, e->alert ? "at" : "period");
    return read_segment(b, f, &e->segment, &e->nsegment);
}

/* ---- A case ---- */

static cyn_code read_case(build *b, fields *f, cyn_case *c)
{
    const void *series, *rows, *expect;
    CYN_TRY(read_parts(b, f, "series", sizeof(cyn_case_series), read_series, &series, &c->nseries));
    CYN_TRY(read_parts(b, f, "rows", sizeof(cyn_case_rows), read_rows, &rows, &c->nrows));
    CYN_TRY(read_parts(b, f, "expect", sizeof(cyn_case_expectation), read_expectation, &expect,
                       &c->nexpect));
    c->name = field_text(f, "name", true);
    c->place = field_place(f);
    c->now = field_text(f, "now", false);
    c->from = field_text(f, "from", false);
    c->until = field_text(f, "to", false);
    c->series = series;
    c->rows = rows;
    c->expect = expect;
    return CYN_OK;
}

cyn_code cyn_catalog_cases(build *b, const cyn_value *list, part *out)
{
    cyn_case *cases = CYN_NEW_ARRAY(b->arena, list->n + 1, cyn_case);
    if (!cases) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        fields f = {.arena = b->arena, .item = &list->items[i]};
        CYN_TRY(read_case(b, &f, &cases[i]));
        if (!fields_ok(&f)) return cyn_catalog_bad(b, "test", i, f.bad);
    }
    out->cases = cases;
    out->ncases = list->n;
    return CYN_OK;
}
