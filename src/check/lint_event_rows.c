#include "check/lint_events_impl.h"
#include <stdlib.h>
#include <string.h>

#define WINDOW 4096 /* codes that are looked at together */

static int compare_bytes(const char *a, size_t n, const char *b, size_t m)
{
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

typedef struct text {
    const char *s;
    size_t n;
} text;

static int compare_key(const void *key, const void *item)
{
    const text *t = key;
    const cyn_event *e = *(const cyn_event *const *)item;
    return compare_bytes(t->s, t->n, e->name, strlen(e->name));
}

static int compare_events(const void *a, const void *b)
{
    return strcmp((*(const cyn_event *const *)a)->name, (*(const cyn_event *const *)b)->name);
}

/* Index into events, or nevents. */
static size_t event_at(const cyn_event_rows *rows, const char *name, size_t n)
{
    const text key = {name, n};
    if (rows->nevents == 0) return 0;
    const cyn_event *const *at =
        bsearch(&key, rows->events, rows->nevents, sizeof(const cyn_event *), compare_key);
    return at ? (size_t)(at - rows->events) : rows->nevents;
}

const cyn_event *cyn_event_find(const cyn_event_rows *rows, const char *name, size_t n)
{
    size_t at = event_at(rows, name, n);
    return at < rows->nevents ? rows->events[at] : NULL;
}

/* ---- which events, and which column ---- */

static cyn_code find_events(cyn_lint_run *run, cyn_event_rows *rows)
{
    const cyn_dictionary *d = run->project->dictionary;
    const cyn_event **events = CYN_LINT_ARRAY(run, d->nevents + 1, const cyn_event *);
    if (!events) return run->rc;
    for (size_t i = 0; i < d->nevents; i++) {
        const char *source = d->events[i].source;
        if (!source || strcmp(source, rows->source->name) == 0)
            events[rows->nevents++] = &d->events[i];
    }
    if (rows->nevents) qsort(events, rows->nevents, sizeof *events, compare_events);
    rows->events = events;
    return CYN_OK;
}

/* Whether the source is the event's own, and not one of several that may hold it. */
static bool is_own(const cyn_lint_run *run, const cyn_event *e)
{
    return e->source || run->project->config->nsources == 1;
}

static size_t known_names(const cyn_lint_run *run, const cyn_event_rows *rows, const cyn_dict *dict)
{
    size_t known = 0, n;
    for (uint32_t code = 0; code < dict->count; code++) {
        const char *s = cyn_dict_text(dict, code, &n);
        const cyn_event *e = cyn_event_find(rows, s, n);
        known += e && is_own(run, e);
    }
    return known;
}

static const cyn_column *find_column(const cyn_lint_run *run, const cyn_event_rows *rows)
{
    const cyn_column *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < cyn_table_width(rows->table); i++) {
        const cyn_column *c = cyn_table_column(rows->table, i);
        size_t known = c->type == CYN_TEXT ? known_names(run, rows, c->dict) : 0;
        if (known <= most) continue;
        most = known;
        best = c;
    }
    return best;
}

static const cyn_column *declared_column(const cyn_event_rows *rows)
{
    int at = cyn_table_find(rows->table, rows->source->event);
    const cyn_column *c = at >= 0 ? cyn_table_column(rows->table, (size_t)at) : NULL;
    return c && c->type == CYN_TEXT ? c : NULL;
}

/* The source's only event, if it is one of its own, and not one that any source may hold. */
static const cyn_event *only_event(const cyn_lint_run *run, const cyn_event_rows *rows)
{
    if (rows->source->event || rows->nevents != 1) return NULL;
    const cyn_event *e = rows->events[0];
    return is_own(run, e) ? e : NULL;
}

static cyn_code count_rows(cyn_lint_run *run, cyn_event_rows *rows)
{
    const cyn_column *c = rows->column;
    int64_t *counts = CYN_LINT_ARRAY(run, c->dict->count + 1, int64_t);
    uint32_t room[WINDOW];
    if (!counts) return run->rc;
    size_t total = cyn_table_rows(rows->table);
    for (size_t first = 0; first < total; first += WINDOW) {
        size_t n = total - first < WINDOW ? total - first : WINDOW;
        const uint32_t *codes = cyn_column_codes(c, first, n, room);
        for (size_t i = 0; i < n; i++)
            if (cyn_column_has(c, first + i)) counts[codes[i]]++;
    }
    rows->counts = counts;
    return CYN_OK;
}

/* Which code each event has. */
static cyn_code find_codes(cyn_lint_run *run, cyn_event_rows *rows)
{
    const cyn_dict *dict = rows->column->dict;
    uint32_t *codes = CYN_LINT_ARRAY(run, rows->nevents + 1, uint32_t);
    if (!codes) return run->rc;
    memset(codes, 0xff, rows->nevents * sizeof *codes); /* CYN_NO_CODE */
    for (uint32_t code = 0; code < dict->count; code++) {
        size_t n;
        const char *s = cyn_dict_text(dict, code, &n);
        size_t at = event_at(rows, s, n);
        if (at < rows->nevents) codes[at] = code;
    }
    rows->codes = codes;
    return CYN_OK;
}

int64_t cyn_event_count(const cyn_event_rows *rows, size_t which)
{
    if (rows->only) return (int64_t)cyn_table_rows(rows->table);
    if (!rows->column || rows->codes[which] == CYN_NO_CODE) return 0;
    return rows->counts[rows->codes[which]];
}

static bool is_cancelled(const cyn_lint_run *run)
{
    const cyn_progress *progress = run->data->progress;
    return progress && progress->cancel && atomic_load(progress->cancel);
}

static cyn_code look_at_source(cyn_lint_run *run, size_t which, cyn_event_rows *rows)
{
    rows->source = &run->project->config->sources[which];
    rows->name = rows->source->event;
    CYN_TRY(find_events(run, rows));
    rows->table = run->data ? run->data->sources[which].table : NULL;
    if (!rows->table) return CYN_OK;
    if (is_cancelled(run)) return cyn_fail(run->err, CYN_E_CANCEL, "interrupted");
    rows->column = rows->source->event ? declared_column(rows) : find_column(run, rows);
    if (rows->column) {
        rows->name = rows->column->name;
        CYN_TRY(count_rows(run, rows));
        CYN_TRY(find_codes(run, rows));
    } else {
        rows->only = only_event(run, rows);
    }
    return cyn_lint_prepare_properties(run, rows);
}

cyn_code cyn_lint_prepare_events(cyn_lint_run *run)
{
    size_t n = run->project->config->nsources;
    run->events = CYN_LINT_ARRAY(run, n + 1, cyn_event_rows);
    for (size_t i = 0; run->events && i < n; i++)
        CYN_TRY(look_at_source(run, i, &run->events[i]));
    return run->rc;
}
