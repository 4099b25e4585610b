#include "engine/project.h"
#include "base/text.h"
#include "engine/project_matchers.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct cyn_tz_list {
    cyn_tz *tz;
    struct cyn_tz_list *next;
};

static cyn_code project_path(cyn_project *p, const char *name, const char **out, cyn_err *err)
{
    const char *path = cyn_sprintf(p->arena, "%s/%s", p->dir, name);
    if (!path) return cyn_nomem(err);
    *out = path;
    return CYN_OK;
}

static cyn_code load_zone(cyn_project *p, const char *name, const cyn_tz **out, cyn_err *err)
{
    for (struct cyn_tz_list *z = p->zones; z; z = z->next) {
        if (strcmp(cyn_tz_name(z->tz), name) == 0) {
            *out = z->tz;
            return CYN_OK;
        }
    }
    struct cyn_tz_list *z = CYN_NEW(p->arena, struct cyn_tz_list);
    if (!z) return cyn_nomem(err);
    CYN_TRY(cyn_tz_load(name, &z->tz, err));
    z->next = p->zones;
    p->zones = z;
    *out = z->tz;
    return CYN_OK;
}

static cyn_epoch epoch_of(const char *word)
{
    if (!word) return CYN_EPOCH_NONE;
    if (strcmp(word, "s") == 0) return CYN_EPOCH_S;
    return strcmp(word, "ms") == 0 ? CYN_EPOCH_MS : CYN_EPOCH_US;
}

static cyn_code column_decls(cyn_project *p, const cyn_config_source *s, cyn_source_spec *spec,
                             cyn_err *err)
{
    cyn_column_decl *decls = CYN_NEW_ARRAY(p->arena, s->ncolumns + 1, cyn_column_decl);
    if (!decls) return cyn_nomem(err);
    for (size_t i = 0; i < s->ncolumns; i++) {
        const cyn_config_column *c = &s->columns[i];
        decls[i] = (cyn_column_decl){
            .name = c->name,
            .from = c->from,
            .has_type = c->has_type,
            .type = c->type,
            .scale = c->scale,
            .format = c->format,
            .epoch = epoch_of(c->epoch),
        };
    }
    spec->columns = decls;
    spec->ncolumns = s->ncolumns;
    return CYN_OK;
}

static cyn_code source_spec(cyn_project *p, const cyn_config_source *s, cyn_source_spec *spec,
                            cyn_err *err)
{
    *spec = (cyn_source_spec){
        .name = s->name,
        .kind = strcmp(s->type, "csv") == 0      ? CYN_SOURCE_CSV
                : strcmp(s->type, "ndjson") == 0 ? CYN_SOURCE_NDJSON
                                                 : CYN_SOURCE_SQLITE,
        .base = p->dir,
        .paths = s->paths,
        .npaths = s->npaths,
        .delimiter = s->delimiter ? s->delimiter[0] : 0,
        .encoding = s->encoding,
        .table = s->table,
        .query = s->query,
        .time = s->time,
        .missing = s->missing,
        .nmissing = s->nmissing,
        .bad_limit = s->bad_limit,
        .bad_share = s->bad_share,
    };
    const char *zone = s->timezone ? s->timezone : p->config->timezone;
    if (load_zone(p, zone, &spec->tz, err) != CYN_OK) {
        cyn_code code = err->code;
        cyn_err cause = *err;
        cyn_fail_at(err, code, "cynosure.yaml", s->line, s->column, "source '%s': %s", s->name,
                    cause.message);
        cyn_hint(err, "%s", cause.hint);
        return code;
    }
    return column_decls(p, s, spec, err);
}

static cyn_code source_specs(cyn_project *p, cyn_err_list *errs)
{
    cyn_err err = {0};
    size_t n = p->config->nsources;
    cyn_source_spec *specs = CYN_NEW_ARRAY(p->arena, n + 1, cyn_source_spec);
    const char **names = CYN_NEW_ARRAY(p->arena, n + 1, const char *);
    cyn_code rc = CYN_OK;
    if (!specs || !names) rc = cyn_nomem(&err);
    for (size_t i = 0; rc == CYN_OK && i < n; i++) {
        names[i] = p->config->sources[i].name;
        rc = source_spec(p, &p->config->sources[i], &specs[i], &err);
    }
    if (rc != CYN_OK) cyn_err_list_add(errs, &err);
    p->specs = specs;
    p->source_names = names;
    return rc;
}

/* kpis.yaml, dictionary.yaml and okrs.yaml may be absent; broken ones are findings and count as
 * empty. */
static cyn_code optional_files(cyn_project *p, cyn_err_list *errs)
{
    cyn_err err = {0};
    const char *kpis = NULL, *dictionary = NULL, *okrs_file = NULL;
    cyn_sheets *sheets = CYN_NEW(p->arena, cyn_sheets);
    cyn_dictionary *words = CYN_NEW(p->arena, cyn_dictionary);
    cyn_okrs *okrs = CYN_NEW(p->arena, cyn_okrs);
    if (!sheets || !words || !okrs) return cyn_nomem(&err);
    CYN_TRY(project_path(p, "kpis.yaml", &kpis, &err));
    CYN_TRY(project_path(p, "dictionary.yaml", &dictionary, &err));
    CYN_TRY(project_path(p, "okrs.yaml", &okrs_file, &err));
    p->sheets = sheets;
    p->dictionary = words;
    p->okrs = okrs;
    if (access(kpis, F_OK) == 0 &&
        cyn_sheets_load(kpis, "kpis.yaml", p->arena, &sheets, errs) == CYN_OK)
        p->sheets = sheets;
    if (access(dictionary, F_OK) == 0 &&
        cyn_dictionary_load(dictionary, "dictionary.yaml", p->arena, &words, errs) == CYN_OK)
        p->dictionary = words;
    if (cyn_okrs_load(okrs_file, "okrs.yaml", p->arena, &okrs, errs) == CYN_OK) p->okrs = okrs;
    return CYN_OK;
}

static cyn_code open_into(cyn_project *p, cyn_err_list *errs)
{
    cyn_err err = {0};
    const char *main_file = NULL;
    CYN_TRY(project_path(p, "cynosure.yaml", &main_file, &err));
    if (access(main_file, F_OK) != 0) {
        cyn_code rc = cyn_fail(&err, CYN_E_IO, "no cynosure.yaml in '%s'", p->dir);
        cyn_hint(&err, "'cynosure init DIR' writes a new project; '-C DIR' names an existing one");
        cyn_err_list_add(errs, &err);
        return rc;
    }
    cyn_config *config;
    CYN_TRY(cyn_config_load(main_file, "cynosure.yaml", p->arena, &config, errs));
    p->config = config;
    const cyn_tz *tz = NULL;
    cyn_code rc = load_zone(p, config->timezone, &tz, &err);
    if (rc != CYN_OK) {
        snprintf(err.file, sizeof err.file, "cynosure.yaml");
        cyn_context(&err, "timezone");
        cyn_err_list_add(errs, &err);
        return rc;
    }
    p->calendar = (cyn_calendar){
        .tz = tz,
        .week_start = config->week_start,
        .fiscal_month = config->fiscal_month,
        .named_by_start = config->fiscal_name == 2,
        .pattern = config->fiscal_pattern,
        .year_end = config->fiscal_end,
        .nearest_end = config->fiscal_end_nearest,
    };
    CYN_TRY(source_specs(p, errs));
    CYN_TRY(cyn_project_check_matchers(config, errs));
    CYN_TRY(optional_files(p, errs));
    return cyn_project_scripts(p->arena, p->dir, &p->scripts, &p->nscripts, errs);
}

cyn_code cyn_project_open(const char *dir, cyn_project **out, cyn_err_list *errs)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_project *p = arena ? CYN_NEW(arena, cyn_project) : NULL;
    if (!p) {
        cyn_arena_free(arena);
        return CYN_E_NOMEM;
    }
    p->arena = arena;
    p->dir = cyn_strdup(arena, dir);
    cyn_code rc = p->dir ? open_into(p, errs) : cyn_nomem(NULL);
    if (rc != CYN_OK) {
        cyn_project_free(p);
        return rc;
    }
    *out = p;
    return CYN_OK;
}

cyn_code cyn_project_again(const cyn_project *of, cyn_project **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_project *p = arena ? CYN_NEW(arena, cyn_project) : NULL;
    if (!p) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    *p = *of;
    p->arena = arena;
    p->zones = NULL; /* the other one's to free */
    *out = p;
    return CYN_OK;
}

void cyn_project_free(cyn_project *p)
{
    if (!p) return;
    for (struct cyn_tz_list *z = p->zones; z; z = z->next)
        cyn_tz_free(z->tz);
    cyn_arena_free(p->arena);
}

size_t cyn_project_metric(const cyn_project *p, const char *name)
{
    return cyn_metric_find(p->metrics, p->by_name, p->nmetrics, name);
}

cyn_code cyn_project_need_metric(const cyn_project *p, const char *name, size_t *out, cyn_err *err)
{
    size_t found = cyn_project_metric(p, name);
    if (found != CYN_NO_METRIC) {
        *out = found;
        return CYN_OK;
    }
    cyn_fail(err, CYN_E_NAME, "no metric is named '%s'", name);
    const char **names = cyn_calloc(p->nmetrics + 1, sizeof *names);
    for (size_t i = 0; names && i < p->nmetrics; i++)
        names[i] = p->metrics[i]->name;
    const char *near = names ? cyn_nearest(name, names, p->nmetrics) : NULL;
    cyn_free(names);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else
        cyn_hint(err, "'cynosure check' lists the project's metrics");
    return CYN_E_NAME;
}

int cyn_project_source(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->config->nsources; i++)
        if (strcmp(p->config->sources[i].name, name) == 0) return (int)i;
    return -1;
}

cyn_code cyn_project_as_of(const cyn_project *p, const char *override, int64_t data_end,
                           int64_t *out, cyn_err *err)
{
    const char *text = override ? override : p->config->as_of;
    if (!text) {
        *out = cyn_now();
        return CYN_OK;
    }
    if (strcmp(text, "data") == 0) {
        *out = data_end == CYN_TIME_MIN ? cyn_now() : data_end;
        return CYN_OK;
    }
    if (cyn_parse_instant(text, strlen(text), p->calendar.tz, out)) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "as of '%s': not a date or time", text);
    cyn_hint(err, "write 2026-11-21, 2026-11-21T09:00+09:00, or data");
    return CYN_E_USAGE;
}
