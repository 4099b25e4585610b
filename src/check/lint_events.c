/* Lints about events: scripts, dictionary and data should mean the same ones. */
#include "base/text.h"
#include "check/lint_events_impl.h"
#include "check/lint_filters_impl.h"
#include "check/lint_similar.h"
#include "plan/relation.h"
#include <stdlib.h>
#include <string.h>

#define UNDOCUMENTED_MOST 20   /* of a source; the rest is counted */
#define COMPARED_MOST     2000 /* names; with more the column is no event's name */

/* "1 row", "12 rows" */
static const char *rows_text(cyn_lint_run *run, int64_t n)
{
    const char *text = cyn_sprintf(run->arena, "%lld row%s", (long long)n, n == 1 ? "" : "s");
    if (!text) run->rc = cyn_nomem(run->err);
    return text ? text : "";
}

static cyn_place place_of_event(const cyn_event *e)
{
    return (cyn_place){"dictionary.yaml", e->line, e->column};
}

static cyn_place place_of_source(const cyn_event_rows *rows)
{
    return (cyn_place){"cynosure.yaml", rows->source->line, rows->source->column};
}

static const char *nearest_event(cyn_lint_run *run, const cyn_event_rows *rows, const char *name)
{
    const char **names = CYN_LINT_ARRAY(run, rows->nevents + 1, const char *);
    for (size_t i = 0; names && i < rows->nevents; i++)
        names[i] = rows->events[i]->name;
    return names ? cyn_lint_nearest(run, name, names, rows->nevents) : NULL;
}

typedef void (*look)(cyn_lint_run *run, const cyn_lint *lint, cyn_event_rows *rows);

static void each_source(cyn_lint_run *run, const cyn_lint *lint, look look_at)
{
    for (size_t i = 0; i < run->project->config->nsources && run->rc == CYN_OK; i++)
        look_at(run, lint, &run->events[i]);
}

/* ---- scripts ---- */

typedef struct script_filters {
    cyn_lint_run *run;
    const cyn_lint *lint;
    const cyn_event_rows *rows;
} script_filters;

/* Rows of a relation have the dimensions of the source's, and columns of their own. */
static bool is_of_source(const cyn_compared *c, const cyn_event_rows *rows)
{
    if (strcmp(c->column, rows->name) != 0) return false;
    if (!c->view->relation) return true;
    for (size_t i = 0; i < rows->source->ndimensions; i++)
        if (strcmp(rows->source->dimensions[i], c->column) == 0) return true;
    return false;
}

static bool occurs(const cyn_event_rows *rows, const cyn_const *text)
{
    for (uint32_t code = 0; rows->column && code < rows->column->dict->count; code++) {
        size_t n;
        const char *s = cyn_dict_text(rows->column->dict, code, &n);
        if (n == text->n && memcmp(s, text->s, n) == 0) return rows->counts[code] > 0;
    }
    return false;
}

static void look_at_filter(void *self, const cyn_compared *c)
{
    script_filters *f = self;
    const cyn_event_rows *rows = f->rows;
    if (!is_of_source(c, rows) || cyn_event_find(rows, c->text->s, c->text->n)) return;
    char *name = cyn_strndup(f->run->arena, c->text->s, c->text->n);
    if (!name) {
        f->run->rc = cyn_nomem(f->run->err);
        return;
    }
    cyn_lint_say_at(f->run, f->lint, c->place, nearest_event(f->run, rows, name),
                    "'%s' is no event of the dictionary (column '%s' of source '%s'%s)", name,
                    rows->name, rows->source->name,
                    !rows->column           ? ""
                    : occurs(rows, c->text) ? ", where it occurs"
                                            : ", where it never occurs");
}

static void check_scripts(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_catalog *c = run->project->catalog;
    for (size_t i = 0; i < c->naggs && run->rc == CYN_OK; i++) {
        int source = cyn_project_source(run->project, c->aggs[i]->view->source);
        script_filters f = {run, lint, source >= 0 ? &run->events[source] : NULL};
        if (f.rows && f.rows->name) cyn_compared_below(c->aggs[i]->view, look_at_filter, &f);
    }
}

/* ---- data ---- */

static void look_for_column(cyn_lint_run *run, const cyn_lint *lint, cyn_event_rows *rows)
{
    if (!rows->table || rows->column || rows->only || rows->source->event) return;
    size_t own = 0;
    for (size_t i = 0; i < rows->nevents; i++)
        own += rows->events[i]->source != NULL;
    if (own > 0)
        cyn_lint_say_at(run, lint, place_of_source(rows), NULL,
                        "no text column of source '%s' holds any of the %zu events that the "
                        "dictionary has for it",
                        rows->source->name, own);
}

static void check_column(cyn_lint_run *run, const cyn_lint *lint)
{
    each_source(run, lint, look_for_column);
}

typedef struct counted {
    const char *name;
    int64_t rows;
    const cyn_event *event; /* NULL: not in the dictionary */
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The names that occur, the most frequent first. */
static counted *list_names(cyn_lint_run *run, const cyn_event_rows *rows, size_t *count)
{
    const cyn_dict *dict = rows->column->dict;
    size_t n = 0, length;
    counted *names = CYN_LINT_ARRAY(run, (size_t)dict->count + 1, counted);
    for (uint32_t code = 0; names && code < dict->count; code++) {
        if (rows->counts[code] == 0) continue;
        const char *s = cyn_dict_text(dict, code, &length);
        counted *c = &names[n++];
        *c = (counted){.name = cyn_strndup(run->arena, s, length),
                       .rows = rows->counts[code],
                       .event = cyn_event_find(rows, s, length)};
        if (!c->name) {
            run->rc = cyn_nomem(run->err);
            return NULL;
        }
    }
    if (names && n) qsort(names, n, sizeof *names, by_count);
    *count = n;
    return names;
}

static void look_for_undocumented(cyn_lint_run *run, const cyn_lint *lint, cyn_event_rows *rows)
{
    size_t n = 0, shown = 0, more = 0;
    const counted *names = rows->column ? list_names(run, rows, &n) : NULL;
    int64_t more_rows = 0;
    for (size_t i = 0; names && i < n; i++) {
        if (names[i].event) continue;
        if (shown++ < UNDOCUMENTED_MOST) {
            cyn_lint_say_at(
                run, lint, place_of_source(rows), nearest_event(run, rows, names[i].name),
                "'%s' is no event of the dictionary (%s of source '%s', column "
                "'%s')",
                names[i].name, rows_text(run, names[i].rows), rows->source->name, rows->name);
            continue;
        }
        more++;
        more_rows += names[i].rows;
    }
    if (more)
        cyn_lint_say_at(run, lint, place_of_source(rows), NULL,
                        "%zu more values are no events of the dictionary (%s of source "
                        "'%s', column '%s')",
                        more, rows_text(run, more_rows), rows->source->name, rows->name);
}

static void check_undocumented(cyn_lint_run *run, const cyn_lint *lint)
{
    each_source(run, lint, look_for_undocumented);
}

/* Where an event may occur, and whether it does. An event of any source has to occur in one. */
static void check_never(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_dictionary *d = run->project->dictionary;
    for (size_t i = 0; i < d->nevents; i++) {
        const cyn_event_rows *in = NULL;
        int64_t count = 0;
        bool known = true;
        for (size_t k = 0; k < run->project->config->nsources; k++) {
            const cyn_event_rows *rows = &run->events[k];
            for (size_t e = 0; e < rows->nevents; e++) {
                if (rows->events[e] != &d->events[i]) continue;
                known &= rows->table != NULL;
                if (rows->column) in = rows;
                count += cyn_event_count(rows, e);
            }
        }
        if (known && in && count == 0)
            cyn_lint_say_at(run, lint, place_of_event(&d->events[i]), NULL,
                            "the event '%s' never occurs in source '%s' (column '%s')",
                            d->events[i].name, in->source->name, in->name);
    }
}

typedef struct name_key {
    char text[128];
} name_key;

static void look_for_similar(cyn_lint_run *run, const cyn_lint *lint, cyn_event_rows *rows)
{
    size_t n = 0;
    const counted *names = rows->column ? list_names(run, rows, &n) : NULL;
    if (!names || n > COMPARED_MOST) return;
    name_key *keys = CYN_LINT_ARRAY(run, n + 1, name_key);
    if (!keys) return;
    for (size_t i = 0; i < n; i++) {
        const counted *rarer = &names[i];
        size_t k = 0;
        cyn_event_key(rarer->name, strlen(rarer->name), keys[i].text, sizeof keys[i].text);
        while (k < i && !cyn_event_keys_similar(keys[k].text, keys[i].text))
            k++;
        if (k < i)
            cyn_lint_say_at(run, lint,
                            rarer->event ? place_of_event(rarer->event) : place_of_source(rows),
                            NULL, "'%s' (%s) looks like '%s' (%s) in source '%s', column '%s'",
                            rarer->name, rows_text(run, rarer->rows), names[k].name,
                            rows_text(run, names[k].rows), rows->source->name, rows->name);
    }
}

static void check_similar(cyn_lint_run *run, const cyn_lint *lint)
{
    each_source(run, lint, look_for_similar);
}

/* ---- the dictionary itself ---- */

static void check_sources(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_project *p = run->project;
    for (size_t i = 0; i < p->dictionary->nevents; i++) {
        const cyn_event *e = &p->dictionary->events[i];
        if (!e->source || cyn_project_source(p, e->source) >= 0) continue;
        cyn_lint_say_at(run, lint, place_of_event(e),
                        cyn_lint_nearest(run, e->source, p->source_names, p->config->nsources),
                        "the event '%s' is of source '%s', which cynosure.yaml does not have",
                        e->name, e->source);
    }
}

const cyn_lint cyn_lints_events[] = {
    {.id = "event-source-unknown",
     .severity = CYN_LINT_WARNING,
     .why = "Nobody can look up what such an event is in the data.",
     .how = "Name one of the sources of cynosure.yaml.",
     .check = check_sources},
    {.id = "event-column-missing",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Dictionary and data cannot be held against each other.",
     .how = "Say at the source which column names the event: event: COLUMN.",
     .check = check_column},
    {.id = "event-unknown",
     .severity = CYN_LINT_WARNING,
     .why = "A metric over an event that nobody described may count something else, or nothing: a "
            "misspelt name gives 0 and no error.",
     .how = "Mend the name in the script, or describe the event in dictionary.yaml.",
     .check = check_scripts},
    {.id = "event-undocumented",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "What is recorded and described nowhere is counted by each team in its own way.",
     .how = "Describe it in dictionary.yaml, or stop recording it.",
     .check = check_undocumented},
    {.id = "event-never",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Either it is recorded under another name, or recording it has broken.",
     .how = "Mend the name or the sender, or take the event out of the dictionary.",
     .check = check_never},
    {.id = "event-similar",
     .severity = CYN_LINT_WARNING,
     .data = true,
     .why = "Two names for one thing split its counts, and every metric over it is too low.",
     .how = "Record it under one name; until then, derive one from both.",
     .check = check_similar},
    {0},
};
