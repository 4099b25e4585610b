#include "engine/dataset.h"
#include "engine/needs.h"
#include "engine/reuse.h"
#include <string.h>

cyn_code cyn_dataset_new(const cyn_project *p, const cyn_progress *progress, cyn_dataset **out,
                         cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_dataset *d = arena ? CYN_NEW(arena, cyn_dataset) : NULL;
    if (d) d->sources = CYN_NEW_ARRAY(arena, p->config->nsources + 1, cyn_source_data);
    if (!d || !d->sources) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    d->project = p;
    d->progress = progress;
    d->arena = arena;
    cyn_err_list_init(&d->notes, arena);
    d->cache = (cyn_cache){.sources = p->source_names,
                           .nsources = p->config->nsources,
                           .least = CYN_CACHE_LEAST,
                           .notes = &d->notes};
    *out = d;
    return CYN_OK;
}

void cyn_dataset_use_cache(cyn_dataset *d)
{
    d->cache.dir = d->project->dir;
    d->cache.later = true;
}

void cyn_dataset_reuse(cyn_dataset *d)
{
    /* Without a state everything is computed; that it cannot be written is told by who needs it. */
    if (d->cache.dir && cyn_reuse_new(d, &d->reuse, NULL) != CYN_OK) d->reuse = NULL;
}

void cyn_dataset_finish(cyn_dataset *d)
{
    cyn_reuse_finish(d->reuse);
    d->reuse = NULL;
    cyn_cache_finish(&d->cache);
}

void cyn_dataset_free(cyn_dataset *d)
{
    if (!d) return;
    cyn_dataset_finish(d);
    for (size_t i = 0; i < d->project->config->nsources; i++)
        cyn_table_unref(d->sources[i].table);
    cyn_arena_free(d->arena);
}

void cyn_dataset_load_needed(cyn_dataset *d, const char *const *more, size_t nmore)
{
    d->partial = true;
    d->more = more;
    d->nmore = nmore;
}

static cyn_code load_columns(cyn_dataset *d, size_t source, const cyn_needs *needs)
{
    cyn_source_data *sd = &d->sources[source];
    cyn_source_spec spec = d->project->specs[source];
    if (needs) {
        spec.wanted = needs->names;
        spec.nwanted = needs->count;
    }
    CYN_TRY(cyn_cache_load(&d->cache, &spec, d->progress, d->arena, &sd->table, &sd->report,
                           &sd->error));
    memcpy(sd->inputs, d->cache.inputs, sizeof sd->inputs);
    sd->before = d->cache.before;
    return CYN_OK;
}

/* Loads what is needed first, and all of it only where a name turns out to be unknown. */
static cyn_code load(cyn_dataset *d, size_t source)
{
    cyn_source_data *sd = &d->sources[source];
    cyn_needs needs = {.all = true};
    if (d->partial)
        CYN_TRY(
            cyn_needs_find(d->project, source, d->more, d->nmore, d->arena, &needs, &sd->error));
    if (needs.all) return load_columns(d, source, NULL);
    CYN_TRY(load_columns(d, source, &needs));
    if (cyn_needs_are_met(&needs, sd->report)) return CYN_OK;
    cyn_table_unref(sd->table);
    sd->table = NULL;
    return load_columns(d, source, NULL);
}

cyn_code cyn_dataset_need(cyn_dataset *d, size_t source, cyn_err *err)
{
    cyn_source_data *sd = &d->sources[source];
    if (!sd->tried) {
        sd->tried = true;
        if (load(d, source) != CYN_OK) sd->table = NULL;
    }
    if (sd->table) return CYN_OK;
    if (err) *err = sd->error;
    return sd->error.code;
}

int64_t cyn_dataset_source_end(const cyn_dataset *d, size_t source)
{
    const cyn_source_data *sd = &d->sources[source];
    if (!sd->table || !sd->report || !sd->report->has_time) return CYN_TIME_MIN;
    int col = cyn_table_find(sd->table, d->project->config->sources[source].time);
    if (col < 0 || cyn_table_column(sd->table, (size_t)col)->type != CYN_DATE)
        return sd->report->last_time + 1;
    int64_t day = cyn_tz_date(d->project->specs[source].tz, sd->report->last_time);
    return cyn_tz_midnight(d->project->calendar.tz, day + 1);
}

int64_t cyn_dataset_end(const cyn_dataset *d)
{
    int64_t end = CYN_TIME_MIN;
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        int64_t own = cyn_dataset_source_end(d, i);
        if (own > end) end = own;
    }
    return end;
}

cyn_code cyn_dataset_now(cyn_dataset *d, const char *as_of, int64_t *out, cyn_err *err)
{
    const cyn_config *c = d->project->config;
    const char *text = as_of ? as_of : c->as_of;
    bool at_end = text && strcmp(text, "data") == 0;
    for (size_t i = 0; at_end && i < c->nsources; i++) {
        cyn_err unread = {0};
        if (!c->sources[i].time || cyn_dataset_need(d, i, &unread) == CYN_OK) continue;
        if (!cyn_concerns_all(unread.code)) continue;
        if (err) *err = unread;
        return unread.code;
    }
    return cyn_project_as_of(d->project, as_of, cyn_dataset_end(d), out, err);
}

void cyn_dataset_left_out(const cyn_dataset *d, size_t source, cyn_err *unread, cyn_err *timeless)
{
    const cyn_config_source *s = &d->project->config->sources[source];
    const cyn_load_report *report = d->sources[source].report;
    if (!d->sources[source].table || !report) return;
    if (report->bad > 0) {
        const cyn_bad_row *first = report->nbad_rows ? &report->bad_rows[0] : NULL;
        cyn_fail_at(unread, CYN_E_DATA, first ? first->file : NULL, first ? (int)first->line : 0, 0,
                    "source '%s': %lld of %lld rows could not be used; the first: %s", s->name,
                    (long long)report->bad, (long long)(report->bad + report->rows),
                    first ? first->reason : "");
        cyn_hint(unread, "'cynosure load %s' lists them", s->name);
    }
    if (report->without_time > 0)
        cyn_fail_at(timeless, CYN_E_DATA, "cynosure.yaml", s->line, s->column,
                    "source '%s': %lld rows have no %s and belong to no period", s->name,
                    (long long)report->without_time, s->time);
}

void cyn_dataset_note_rows(const cyn_dataset *d, cyn_err_list *notes)
{
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        cyn_err unread = {0}, timeless = {0};
        cyn_dataset_left_out(d, i, &unread, &timeless);
        if (unread.code != CYN_OK) cyn_err_list_add(notes, &unread);
        if (timeless.code != CYN_OK) cyn_err_list_add(notes, &timeless);
    }
}
