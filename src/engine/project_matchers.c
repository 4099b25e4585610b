#include "engine/project_matchers.h"
#include "alert/mute.h"

typedef struct entry {
    const char *what;
    int line, column;
    const char *const *texts;
    size_t n;
} entry;

static cyn_code check(const entry *e, cyn_err_list *errs)
{
    cyn_err err = {0};
    const cyn_matcher *matchers = NULL;
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return CYN_E_NOMEM;
    cyn_code rc = cyn_matchers_parse(e->texts, e->n, scratch, &matchers, &err);
    if (rc == CYN_OK) {
        cyn_matchers_free(matchers, e->n);
    } else {
        cyn_err cause = err;
        cyn_fail_at(&err, rc, "cynosure.yaml", e->line, e->column, "%s: %s", e->what,
                    cause.message);
        if (cause.hint[0]) cyn_hint(&err, "%s", cause.hint);
        cyn_err_list_add(errs, &err);
    }
    cyn_arena_free(scratch);
    return rc;
}

/* Reading goes on after a finding. */
static void check_next(const entry *e, cyn_code *first, cyn_err_list *errs)
{
    cyn_code rc = check(e, errs);
    if (*first == CYN_OK) *first = rc;
}

cyn_code cyn_project_check_matchers(const cyn_config *config, cyn_err_list *errs)
{
    cyn_code first = CYN_OK;
    for (size_t i = 0; i < config->nmaintenance; i++) {
        const cyn_config_maintenance *m = &config->maintenance[i];
        check_next(&(entry){"maintenance.match", m->line, m->column, m->match, m->nmatch}, &first,
                   errs);
    }
    for (size_t i = 0; i < config->ninhibit; i++) {
        const cyn_config_inhibition *in = &config->inhibit[i];
        check_next(&(entry){"inhibit.source", in->line, in->column, in->source, in->nsource},
                   &first, errs);
        check_next(&(entry){"inhibit.target", in->line, in->column, in->target, in->ntarget},
                   &first, errs);
    }
    for (size_t i = 0; i < config->nescalate; i++) {
        const cyn_config_escalation *e = &config->escalate[i];
        check_next(&(entry){"escalate.match", e->line, e->column, e->match, e->nmatch}, &first,
                   errs);
    }
    return first;
}
