#include "engine/dataset.h"
#include "base/text.h"

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
    *out = d;
    return CYN_OK;
}

void cyn_dataset_free(cyn_dataset *d)
{
    if (!d) return;
    for (size_t i = 0; i < d->project->config->nsources; i++)
        cyn_table_unref(d->sources[i].table);
    cyn_arena_free(d->arena);
}

/* A time column must be a timestamp or a date; a text one means that its form was not recognised.
 */
static cyn_code check_time(const cyn_config_source *s, const cyn_table *t, cyn_err *err)
{
    if (!s->time || cyn_table_rows(t) == 0) return CYN_OK; /* no value, no type to be wrong */
    int i = cyn_table_find(t, s->time);
    cyn_type type = i < 0 ? CYN_TEXT : cyn_table_column(t, (size_t)i)->type;
    if (type == CYN_TIMESTAMP || type == CYN_DATE) return CYN_OK;
    cyn_fail_at(err, CYN_E_TYPE, "cynosure.yaml", s->line, s->column,
                "source '%s': the time column '%s' is %s, expected timestamp or date", s->name,
                s->time, cyn_type_name(type));
    cyn_hint(err,
             "declare it: columns: {%s: {type: timestamp, format: \"%%d/%%m/%%Y\"}} or "
             "{type: timestamp, epoch: s}",
             s->time);
    return CYN_E_TYPE;
}

cyn_code cyn_dataset_need(cyn_dataset *d, size_t source, cyn_err *err)
{
    cyn_source_data *sd = &d->sources[source];
    if (!sd->tried) {
        sd->tried = true;
        cyn_table *table = NULL;
        cyn_code rc = cyn_source_load(&d->project->specs[source], d->progress, d->arena, &table,
                                      &sd->report, &sd->error);
        if (rc == CYN_OK) rc = check_time(&d->project->config->sources[source], table, &sd->error);
        if (rc == CYN_OK)
            sd->table = table;
        else
            cyn_table_unref(table);
    }
    if (sd->table) return CYN_OK;
    if (err) *err = sd->error;
    return sd->error.code;
}

int64_t cyn_dataset_end(const cyn_dataset *d)
{
    int64_t end = CYN_TIME_MIN;
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        const cyn_source_data *sd = &d->sources[i];
        if (!sd->table || !sd->report || !sd->report->has_time) continue;
        int col = cyn_table_find(sd->table, d->project->config->sources[i].time);
        int64_t last = sd->report->last_time + 1;
        if (col >= 0 && cyn_table_column(sd->table, (size_t)col)->type == CYN_DATE) {
            int64_t day = cyn_tz_date(d->project->specs[i].tz, sd->report->last_time);
            last = cyn_tz_midnight(d->project->calendar.tz, day + 1);
        }
        if (last > end) end = last;
    }
    return end;
}
