/* Silences: findings that somebody decided to live with, and silences that silence nothing. */
#include "check/lint_impl.h"
#include "check/lint_silence_impl.h"
#include <string.h>

/* One list of silences: the project's, or those of one row of kpis.yaml. */
typedef struct silences {
    const cyn_silence *items;
    size_t count;
    const char *file;
    const char *metric; /* NULL: the project's */
    bool *used;
} silences;

static silences open_list(cyn_lint_run *run, const cyn_silence *items, size_t count,
                          const char *file, const char *metric)
{
    silences s = {items, count, file, metric, CYN_LINT_ARRAY(run, count + 1, bool)};
    if (!s.used) s.count = 0;
    return s;
}

static const char *reason_of(silences *s, const char *id)
{
    for (size_t i = 0; s && i < s->count; i++) {
        if (strcmp(s->items[i].id, id) != 0) continue;
        s->used[i] = true;
        return s->items[i].reason;
    }
    return NULL;
}

static const char *nearest_id(cyn_lint_run *run, const char *word)
{
    const char *ids[256];
    size_t n = 0;
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++)
        for (const cyn_lint *l = t->lints; l->id && n < sizeof ids / sizeof *ids; l++)
            ids[n++] = l->id;
    return cyn_lint_nearest(run, word, ids, n);
}

/* A lint that needs data says nothing without them, so that nothing is known about its silence. */
static bool was_looked_for(const cyn_lint_run *run, const cyn_lint *lint)
{
    if (!lint->data) return true;
    if (!run->data) return false;
    for (size_t i = 0; i < run->project->config->nsources; i++)
        if (!run->data->sources[i].table) return false;
    return true;
}

static void judge(cyn_lint_run *run, const silences *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *id = s->items[i].id;
        const cyn_lint *lint = cyn_lint_find(id);
        cyn_place place = {s->file, s->items[i].line, s->items[i].column};
        if (!lint)
            cyn_lint_say_at(run, cyn_lint_find("silence-unknown"), place, nearest_id(run, id),
                            "there is no finding '%s'", id);
        else if (lint->severity == CYN_LINT_ERROR)
            cyn_lint_say_at(run, cyn_lint_find("silence-of-error"), place, NULL,
                            "'%s' is an error, and cannot be silenced", id);
        else if (!s->used[i] && was_looked_for(run, lint))
            cyn_lint_say_at(run, cyn_lint_find("silence-unused"), place, NULL,
                            "'%s' silences nothing%s%s%s", id, s->metric ? " of '" : "",
                            s->metric ? s->metric : "", s->metric ? "'" : "");
    }
}

void cyn_lint_silence(cyn_lint_run *run)
{
    const cyn_config *config = run->project->config;
    const cyn_sheets *rows = run->project->sheets;
    silences all = open_list(run, config->silences, config->nsilences, "cynosure.yaml", NULL);
    silences *own = CYN_LINT_ARRAY(run, rows->count + 1, silences);
    if (!own) return;
    for (size_t i = 0; i < rows->count; i++)
        own[i] = open_list(run, rows->items[i].silences, rows->items[i].nsilences,
                           rows->items[i].file, rows->items[i].name);
    for (size_t i = 0; i < run->found->count; i++) {
        cyn_remark *f = &run->found->items[i];
        if (f->lint->severity == CYN_LINT_ERROR) continue;
        const cyn_sheet *row = f->metric ? cyn_lint_row(run, f->metric) : NULL;
        f->silenced = reason_of(row ? &own[row - rows->items] : NULL, f->lint->id);
        if (!f->silenced) f->silenced = reason_of(&all, f->lint->id);
    }
    judge(run, &all);
    for (size_t i = 0; i < rows->count; i++)
        judge(run, &own[i]);
}
