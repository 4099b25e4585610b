/* Properties of events held against the data: is every required one there, and is it of its type?
 */
#include "check/lint_events_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- whether a value is of a type ---- */

/* Whether all values of a column are of the type, or none, or whether each has to be looked at. */
typedef enum fit { FITS, NEVER, SOMETIMES } fit;

static bool is_number(cyn_type t)
{
    return t == CYN_INTEGER || t == CYN_REAL || t == CYN_DECIMAL;
}

static fit fit_of(cyn_type column, cyn_type wanted)
{
    if (column == wanted) return FITS;
    if (column == CYN_TEXT) return SOMETIMES;
    if (!is_number(column)) return NEVER;
    if (wanted == CYN_REAL || wanted == CYN_DECIMAL) return FITS;
    if (wanted == CYN_INTEGER) return SOMETIMES;
    return wanted == CYN_BOOLEAN && column == CYN_INTEGER ? SOMETIMES : NEVER;
}

static bool text_fits(const char *s, size_t n, cyn_type wanted)
{
    int64_t i;
    double r;
    switch (wanted) {
    case CYN_TEXT: return true;
    case CYN_INTEGER: return cyn_parse_integer(s, n, &i);
    case CYN_REAL:
    case CYN_DECIMAL: return cyn_parse_real(s, n, &r);
    case CYN_BOOLEAN:
        return (n == 4 && !memcmp(s, "true", 4)) || (n == 5 && !memcmp(s, "false", 5));
    case CYN_TIMESTAMP: return cyn_parse_instant(s, n, NULL, &i);
    case CYN_DATE: return cyn_parse_date(s, n, &i);
    }
    return false;
}

/* Of a value that is there, where fit_of() says SOMETIMES. */
static bool value_fits(const cyn_column *c, size_t row, cyn_type wanted)
{
    switch (c->type) {
    case CYN_TEXT: {
        size_t n;
        const char *s = cyn_dict_text(c->dict, cyn_column_code(c, row), &n);
        return text_fits(s, n, wanted);
    }
    case CYN_INTEGER: { /* BOOLEAN */
        int64_t v = cyn_column_integer(c, row);
        return v == 0 || v == 1;
    }
    case CYN_DECIMAL: return cyn_column_integer(c, row) % cyn_power10[c->scale] == 0;
    case CYN_REAL: return c->v.f64[row] == floor(c->v.f64[row]);
    default: return false;
    }
}

/* ---- one pass over a column for all events that have a property of its name ---- */

typedef struct pass {
    const cyn_event_rows *rows;
    const cyn_column *column;
    cyn_property_rows **of; /* [code of the event]: its property, or NULL */
} pass;

static void look_at_row(const pass *p, size_t row)
{
    uint32_t code = 0;
    if (p->rows->column) {
        if (!cyn_column_has(p->rows->column, row)) return;
        code = cyn_column_code(p->rows->column, row);
    }
    cyn_property_rows *r = p->of[code];
    if (!r) return;
    r->rows++;
    if (!cyn_column_has(p->column, row)) {
        r->missing++;
    } else if (r->property->has_type) {
        fit f = fit_of(p->column->type, r->property->type);
        if (f == FITS || (f == SOMETIMES && value_fits(p->column, row, r->property->type))) return;
        if (r->misfits++ == 0) r->example = row;
    }
}

static void look_at_column(const pass *p)
{
    for (size_t row = 0; row < cyn_table_rows(p->rows->table); row++)
        look_at_row(p, row);
}

/* ---- which passes ---- */

static int by_column(const void *a, const void *b)
{
    const cyn_property_rows *x = a, *y = b;
    int order = strcmp(x->property->name, y->property->name);
    return order ? order : strcmp(x->event->name, y->event->name);
}

/* The properties of all events that occur, by the name of their column. */
static size_t list_properties(const cyn_event_rows *rows, cyn_property_rows *out)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->nevents; i++) {
        const cyn_event *e = rows->events[i];
        if (cyn_event_count(rows, i) == 0) continue;
        for (size_t k = 0; k < e->nproperties; k++) {
            int at = cyn_table_find(rows->table, e->properties[k].name);
            if (out)
                out[n] = (cyn_property_rows){
                    .event = e,
                    .code = rows->column ? rows->codes[i] : 0,
                    .property = &e->properties[k],
                    .column = at >= 0 ? cyn_table_column(rows->table, (size_t)at) : NULL};
            n++;
        }
    }
    if (out && n) qsort(out, n, sizeof *out, by_column);
    return n;
}

/* A column without gaps whose type suits everybody needs no pass. */
static bool is_clean(const cyn_property_rows *r)
{
    return !r->column ||
           (!r->column->valid &&
            (!r->property->has_type || fit_of(r->column->type, r->property->type) == FITS));
}

cyn_code cyn_lint_prepare_properties(cyn_lint_run *run, cyn_event_rows *rows)
{
    size_t n = rows->column || rows->only ? list_properties(rows, NULL) : 0;
    size_t codes = rows->column ? rows->column->dict->count : 1;
    cyn_property_rows *all = CYN_LINT_ARRAY(run, n + 1, cyn_property_rows);
    cyn_property_rows **of = CYN_LINT_ARRAY(run, codes + 1, cyn_property_rows *);
    if (!all || !of) return run->rc;
    if (n) list_properties(rows, all);
    for (size_t from = 0, to; from < n; from = to) {
        bool clean = true;
        for (to = from; to < n && !strcmp(all[to].property->name, all[from].property->name); to++) {
            of[all[to].code] = &all[to];
            clean &= is_clean(&all[to]);
        }
        if (!clean) look_at_column(&(pass){rows, all[from].column, of});
        for (size_t i = from; i < to; i++)
            of[all[i].code] = NULL;
    }
    rows->properties = all;
    rows->nproperties = n;
    return CYN_OK;
}

/* ---- lints ---- */

typedef void (*look)(cyn_lint_run *run, const cyn_lint *lint, const cyn_event_rows *rows,
                     const cyn_property_rows *r);

static void each_property(cyn_lint_run *run, const cyn_lint *lint, look look_at)
{
    for (size_t i = 0; i < run->project->config->nsources; i++)
        for (size_t k = 0; k < run->events[i].nproperties; k++)
            look_at(run, lint, &run->events[i], &run->events[i].properties[k]);
}

static cyn_place place_of(const cyn_property_rows *r)
{
    return (cyn_place){"dictionary.yaml", r->event->line, r->event->column};
}

static void look_for_unknown(cyn_lint_run *run, const cyn_lint *lint, const cyn_event_rows *rows,
                             const cyn_property_rows *r)
{
    if (r->column) return;
    const char *near = cyn_table_nearest(rows->table, r->property->name);
    cyn_lint_say_at(run, lint, place_of(r), cyn_lint_did_you_mean(run, near),
                    "the event '%s' has the %sproperty '%s', but source '%s' has no such column",
                    r->event->name, r->property->required ? "required " : "", r->property->name,
                    rows->source->name);
}

static void look_for_missing(cyn_lint_run *run, const cyn_lint *lint, const cyn_event_rows *rows,
                             const cyn_property_rows *r)
{
    if (!r->property->required || r->missing == 0) return;
    cyn_lint_say_at(run, lint, place_of(r), NULL,
                    "'%s', which every '%s' should carry, is missing in %lld of its %lld rows in "
                    "source '%s' (%.1f %%)",
                    r->property->name, r->event->name, (long long)r->missing, (long long)r->rows,
                    rows->source->name, 100.0 * (double)r->missing / (double)r->rows);
}

static void look_for_misfits(cyn_lint_run *run, const cyn_lint *lint, const cyn_event_rows *rows,
                             const cyn_property_rows *r)
{
    if (r->misfits == 0) return;
    char example[96] = "";
    if (r->column->type == CYN_TEXT) {
        size_t n;
        const char *s = cyn_dict_text(r->column->dict, cyn_column_code(r->column, r->example), &n);
        snprintf(example, sizeof example, ", such as '%.*s'", (int)(n < 40 ? n : 40), s);
    }
    cyn_lint_say_at(run, lint, place_of(r), NULL,
                    "'%s' of '%s' should be %s %s, and is not in %lld of %lld rows of source '%s', "
                    "where the column is %s%s",
                    r->property->name, r->event->name,
                    r->property->type == CYN_INTEGER ? "an" : "a", cyn_type_name(r->property->type),
                    (long long)r->misfits, (long long)r->rows, rows->source->name,
                    cyn_type_name(r->column->type), example);
}

static void check_unknown(cyn_lint_run *run, const cyn_lint *lint)
{
    each_property(run, lint, look_for_unknown);
}

static void check_missing(cyn_lint_run *run, const cyn_lint *lint)
{
    each_property(run, lint, look_for_missing);
}

static void check_types(cyn_lint_run *run, const cyn_lint *lint)
{
    each_property(run, lint, look_for_misfits);
}

const cyn_lint cyn_lints_properties[] = {
    {.id = "property-unknown",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Whoever reads the dictionary counts on a value that nobody sends.",
     .how = "Mend its name, load the column, or take the property out of the dictionary.",
     .check = check_unknown},
    {.id = "property-missing",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Rows without it are left out of sums, means and segments, and nobody notices.",
     .how = "Mend the sender; or say required: false, if it may be absent.",
     .check = check_missing},
    {.id = "property-type",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "A number that is a text cannot be summed, and an id that is a number loses its "
            "leading zeros.",
     .how =
         "Declare the column's type in cynosure.yaml, mend the sender, or correct the dictionary.",
     .check = check_types},
    {0},
};
