#include "engine/schedule.h"
#include "base/text.h"
#include "plan/plan.h"
#include <string.h>

static void check_annotation(const cyn_project *p, const cyn_annotation *a, cyn_err_list *errs)
{
    for (size_t i = 0; i < a->nmetrics; i++) {
        size_t m;
        cyn_err cause = {0}, err = {0};
        if (cyn_project_need_metric(p, a->metrics[i], &m, &cause) == CYN_OK) continue;
        cyn_fail_at(&err, cause.code, "cynosure.yaml", a->line, a->column,
                    "annotations.metrics: %s", cause.message);
        if (cause.hint[0]) cyn_hint(&err, "%s", cause.hint);
        cyn_err_list_add(errs, &err);
    }
}

/* ---- dimensions ---- */

static bool is_declared(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->config->nsources; i++) {
        const cyn_config_source *s = &p->config->sources[i];
        for (size_t k = 0; k < s->ndimensions; k++)
            if (strcmp(s->dimensions[k], name) == 0) return true;
    }
    return false;
}

static bool is_derived(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->catalog->naggs; i++) {
        const cyn_view *v = p->catalog->aggs[i]->view;
        for (size_t k = 0; k < v->nderives; k++)
            if (strcmp(v->derives[k].name, name) == 0) return true;
    }
    return false;
}

static const char *nearest_declared(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->config->nsources; i++) {
        const cyn_config_source *s = &p->config->sources[i];
        const char *near = cyn_nearest(name, s->dimensions, s->ndimensions);
        if (near) return near;
    }
    return NULL;
}

static void check_dimension(const cyn_project *p, const char *name, cyn_err_list *errs)
{
    cyn_err err = {0};
    if (is_declared(p, name) || is_derived(p, name)) return;
    cyn_fail_at(&err, CYN_E_NAME, "cynosure.yaml", 0, 0,
                "schedule.by: no source has the dimension '%s', and no script derives it", name);
    const char *near = nearest_declared(p, name);
    if (near) cyn_hint(&err, "did you mean '%s'?", near);
    cyn_err_list_add(errs, &err);
}

void cyn_schedule_check_names(const cyn_project *p, cyn_err_list *errs)
{
    const cyn_config *c = p->config;
    for (size_t i = 0; i < c->nannotations; i++)
        check_annotation(p, &c->annotations[i], errs);
    for (size_t i = 0; i < c->schedule.nby; i++)
        check_dimension(p, c->schedule.by[i], errs);
}
