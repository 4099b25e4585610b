#include "live/opened.h"
#include "live/kept_catalog.h"
#include <string.h>

static int64_t call_time(const cyn_config_limits *limits, const cyn_open_options *options)
{
    const int64_t own = limits->call_time.value, asked = options->call_time;
    return asked && (!own || asked < own) ? asked : own;
}

static cyn_code run_scripts(cyn_opened *o, const cyn_open_options *options, cyn_err *err)
{
    const cyn_project *p = o->project;
    const cyn_config_limits *limits = &p->config->limits;
    cyn_script_file *files = CYN_NEW_ARRAY(o->arena, p->nscripts + 1, cyn_script_file);
    size_t n = 0;
    const cyn_script_keep *keep = NULL;
    if (!files) return cyn_nomem(err);
    if (options->keep) CYN_TRY(cyn_kept_catalog_new(p->dir, o->arena, &keep, err));
    for (size_t i = 0; i < p->nscripts; i++)
        if (options->tests || !p->scripts[i].test)
            files[n++] = (cyn_script_file){.name = p->scripts[i].name,
                                           .text = p->scripts[i].text,
                                           .size = p->scripts[i].size,
                                           .pack = p->scripts[i].pack,
                                           .module = p->scripts[i].module};
    cyn_script_options script = {
        .timezone = p->config->timezone,
        .sources = p->source_names,
        .nsources = p->config->nsources,
        .library = options->library,
        .cancel = options->cancel,
        .keep = keep,
        .load_timeout = limits->time.value,
        .call_timeout = call_time(limits, options),
        .instructions = (uint64_t)limits->instructions.value,
        .memory_limit = (size_t)limits->memory.value,
        .output_limit = (size_t)limits->output.value,
    };
    return cyn_script_load(files, n, &script, &o->script, err);
}

/* What stops it is the last finding, unless it is among them. */
static cyn_code open_into(cyn_opened *o, const char *dir, const cyn_open_options *options,
                          cyn_err *err)
{
    cyn_err why = {0};
    cyn_code rc = cyn_project_open(dir, &o->project, &o->findings);
    if (rc != CYN_OK) {
        if (o->findings.count == 0) return cyn_nomem(err); /* there was no room to say why */
        if (err) *err = o->findings.items[0];
        return rc;
    }
    rc = run_scripts(o, options, &why);
    if (rc == CYN_OK)
        rc = cyn_project_attach(o->project, cyn_script_catalog(o->script),
                                cyn_script_evaluator(o->script), &o->findings);
    if (rc == CYN_OK) return CYN_OK;
    if (why.code == CYN_OK) (void)cyn_nomem(&why); /* attaching fails for nothing else */
    if (rc != CYN_E_CANCEL) cyn_err_list_add(&o->findings, &why);
    if (err) *err = why;
    return rc;
}

static cyn_opened *new_opened(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_opened *o = arena ? CYN_NEW(arena, cyn_opened) : NULL;
    if (!o) {
        cyn_arena_free(arena);
        return NULL;
    }
    o->arena = arena;
    atomic_init(&o->refs, 1);
    cyn_err_list_init(&o->findings, arena);
    return o;
}

cyn_code cyn_open(const char *dir, const cyn_open_options *options, cyn_opened **out, cyn_err *err)
{
    cyn_opened *o = *out = new_opened();
    if (!o) return cyn_nomem(err);
    cyn_code rc = open_into(o, dir, options, err);
    o->usable = rc == CYN_OK;
    return rc;
}

/* ---- again ---- */

static bool declares_the_same(const cyn_project *a, const cyn_project *b)
{
    const cyn_catalog *x = a->catalog, *y = b->catalog;
    bool same = a->nmetrics == b->nmetrics && x->nrules == y->nrules;
    for (size_t i = 0; same && i < a->nmetrics; i++)
        same = strcmp(a->metrics[i]->name, b->metrics[i]->name) == 0 &&
               strcmp(a->metrics[i]->definition, b->metrics[i]->definition) == 0;
    for (size_t i = 0; same && i < x->nrules; i++)
        same = strcmp(x->rules[i]->name, y->rules[i]->name) == 0;
    return same;
}

/* What was found then is all that there is to be found. */
static cyn_code copy_findings(cyn_opened *o, const cyn_opened *of, cyn_err *err)
{
    for (size_t i = 0; i < of->findings.count; i++)
        cyn_err_list_add(&o->findings, &of->findings.items[i]);
    return o->findings.count == of->findings.count ? CYN_OK : cyn_nomem(err);
}

/* A script that does not run this time says why. */
static cyn_code fail_again(const cyn_opened *o, cyn_err *err)
{
    const cyn_catalog *is = o->project->catalog, *was = o->of->project->catalog;
    cyn_fail(err, CYN_E_SCRIPT, "they declare something else");
    if (err && is->nerrors > 0 && was->nerrors == 0) *err = is->errors[0];
    cyn_context(err, "the scripts, loaded again");
    return CYN_E_SCRIPT;
}

static cyn_code open_again(cyn_opened *o, const cyn_open_options *options, cyn_err *err)
{
    cyn_err_list found;
    cyn_err_list_init(&found, o->arena);
    CYN_TRY(copy_findings(o, o->of, err));
    CYN_TRY(cyn_project_again(o->of->project, &o->project, err));
    CYN_TRY(run_scripts(o, options, err));
    if (cyn_project_attach(o->project, cyn_script_catalog(o->script),
                           cyn_script_evaluator(o->script), &found) != CYN_OK)
        return cyn_nomem(err);
    if (declares_the_same(o->project, o->of->project)) return CYN_OK;
    return fail_again(o, err);
}

cyn_code cyn_open_again(const cyn_opened *of, const cyn_open_options *options, cyn_opened **out,
                        cyn_err *err)
{
    cyn_opened *o = new_opened();
    if (!o) return cyn_nomem(err);
    o->of = cyn_opened_ref(of);
    cyn_code rc = open_again(o, options, err);
    if (rc != CYN_OK) {
        cyn_opened_unref(o);
        return rc;
    }
    o->usable = true;
    *out = o;
    return CYN_OK;
}

/* ---- counting ---- */

/* Read only but for its count. */
static cyn_opened *counted(const cyn_opened *o)
{
    return (cyn_opened *)(uintptr_t)o;
}

cyn_opened *cyn_opened_ref(const cyn_opened *o)
{
    cyn_opened *shared = counted(o);
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void cyn_opened_unref(const cyn_opened *o)
{
    if (!o) return;
    cyn_opened *last = counted(o);
    /* Acquire and release: what other threads did with it comes before it is freed. */
    if (atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) > 1) return;
    cyn_script_free(last->script);
    cyn_project_free(last->project);
    cyn_opened_unref(last->of);
    cyn_arena_free(last->arena);
}
