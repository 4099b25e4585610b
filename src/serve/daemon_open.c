/* The project of the daemon: opened at first, and opened again when its files change.
 *
 * A newer one is opened beside the one that runs, and taken only when it is no worse: when it has
 * no more findings. It is in use once its rows are loaded (daemon_load.c); each lane takes it up
 * between two evaluations.
 */
#include "rules/check.h"
#include "serve/daemon_impl.h"
#include <string.h>

#define SHOWN 20 /* findings in the log; the page of health has all of them */

static cyn_open_options open_options(const cyn_daemon *d)
{
    return (cyn_open_options){
        .keep = d->options->cache, .library = d->options->library, .cancel = &d->stopping};
}

static void say_findings(cyn_daemon *d, int level, const cyn_opened *o)
{
    for (size_t i = 0; i < o->findings.count && i < SHOWN; i++)
        cyn_daemon_log_error(d, level, "project", &o->findings.items[i]);
    if (o->findings.count > SHOWN)
        cyn_daemon_log(d, level, "project", "… and %zu more: 'cynosure check' lists them",
                       o->findings.count - SHOWN);
}

/* What is wrong with rules as they are written, a channel that there is not or a name in a text:
 * they are evaluated all the same, as far as that goes. */
static void say_mistakes(cyn_daemon *d, const cyn_project *p)
{
    for (size_t i = 0; i < p->catalog->nrules; i++) {
        cyn_err mistake = {0};
        if (cyn_rule_check(p, p->catalog->rules[i], &mistake) != CYN_OK)
            cyn_daemon_log_error(d, CYN_LOG_WARNING, "project", &mistake);
    }
    for (size_t i = 0; i < p->config->nchannels; i++) {
        const cyn_config_channel *c = &p->config->channels[i];
        if (c->unusable)
            cyn_daemon_log(d, CYN_LOG_WARNING, "project", "channel '%s': %s", c->name, c->unusable);
    }
}

/* "'Shop' is in use, as changed: 3 metrics, …", after the files that changed since `old`. */
static void say_in_use(cyn_daemon *d, const cyn_project *p, const cyn_project *old,
                       const cyn_yaml_prints *yaml, bool mended)
{
    cyn_buf changes = {0};
    if (old) cyn_daemon_changes(old, &d->yaml, p, yaml, &changes);
    const bool any = changes.len > 0 && !changes.failed;
    const char *how = mended ? " again, mended" : any ? ", as changed" : old ? ", read again" : "";
    const size_t metrics = p->nmetrics, rules = p->catalog->nrules, sources = p->config->nsources;
    cyn_daemon_log(d, CYN_LOG_NOTICE, "project",
                   "%s%s'%s' is in use%s: %zu metric%s, %zu rule%s, %zu source%s",
                   any ? changes.data : "", any ? "; " : "", p->config->name, how, metrics,
                   cyn_plural((int64_t)metrics), rules, cyn_plural((int64_t)rules), sources,
                   cyn_plural((int64_t)sources));
    cyn_buf_clear(&changes);
}

/* Takes over the reference. */
static void take(cyn_daemon *d, cyn_generation *g, const cyn_yaml_prints *yaml)
{
    const cyn_project *p = g->metrics->project;
    pthread_mutex_lock(&d->mutex);
    cyn_generation *old = d->latest;
    cyn_opened *refused = d->refused;
    const bool mended = old && !cyn_gauges_get(d->gauges, CYN_GAUGE_LAST_RELOAD_OK);
    g->number = old ? old->number + 1 : 1;
    d->latest = g;
    d->refused = NULL;
    pthread_mutex_unlock(&d->mutex);
    cyn_opened_unref(refused);
    cyn_gauges_set(d->gauges, CYN_GAUGE_LAST_RELOAD, cyn_now() / CYN_SECOND);
    cyn_gauges_set(d->gauges, CYN_GAUGE_LAST_RELOAD_OK, 1);
    say_in_use(d, p, old ? old->metrics->project : NULL, yaml, mended);
    d->yaml = *yaml;
    cyn_generation_unref(old);
    say_mistakes(d, p);
}

static void refuse(cyn_daemon *d, const cyn_opened *o, const cyn_err *why)
{
    cyn_daemon_log(d, CYN_LOG_ERROR, "project",
                   "the changed project is refused, and the one before stays in use; it is taken "
                   "when this is mended:");
    if (o && o->findings.count)
        say_findings(d, CYN_LOG_ERROR, o);
    else
        cyn_daemon_log_error(d, CYN_LOG_ERROR, "project", why);
    pthread_mutex_lock(&d->mutex);
    cyn_opened *old = d->refused;
    d->refused = o ? cyn_opened_ref(o) : NULL;
    pthread_mutex_unlock(&d->mutex);
    cyn_opened_unref(old);
    cyn_gauges_add(d->gauges, CYN_COUNT_RELOAD_FAILURES, 1);
    cyn_gauges_set(d->gauges, CYN_GAUGE_LAST_RELOAD_OK, 0);
}

/* What is asked of the server when it starts cannot be changed while it runs. */
static void note_serve(cyn_daemon *d, const cyn_config_serve *was, const cyn_config_serve *is)
{
    const char *const before[] = {was->listen, was->token, was->certificate, was->key};
    const char *const after[] = {is->listen, is->token, is->certificate, is->key};
    bool differs = was->public_read != is->public_read;
    for (size_t i = 0; i < 4; i++)
        differs |= strcmp(before[i] ? before[i] : "", after[i] ? after[i] : "") != 0;
    if (differs)
        cyn_daemon_log(d, CYN_LOG_WARNING, "project",
                       "what was changed under serve: counts from the next start only");
}

/* One of its own, since the log outlives projects. */
static void set_log_zone(cyn_daemon *d, const char *name)
{
    cyn_tz *tz = NULL;
    if (cyn_tz_load(name, &tz, NULL) != CYN_OK) return; /* it stays UTC */
    pthread_mutex_lock(&d->log_mutex);
    d->tz = tz;
    pthread_mutex_unlock(&d->log_mutex);
}

cyn_code cyn_daemon_open(cyn_daemon *d, cyn_err *err)
{
    const cyn_open_options options = open_options(d);
    cyn_opened *first = NULL;
    cyn_generation *g = NULL;
    const cyn_yaml_prints yaml = cyn_daemon_yaml(d->options->dir);
    cyn_code rc = cyn_generation_open(d->options->dir, &options, &first, &g, err);
    size_t said = first ? first->findings.count : 0;
    if (first) say_findings(d, CYN_LOG_ERROR, first);
    cyn_opened_unref(first);
    if (rc != CYN_OK && said > 0 && !cyn_concerns_all(rc))
        return cyn_fail(err, CYN_E_DATA, "the project cannot be used: see above");
    if (rc != CYN_OK) return rc;
    set_log_zone(d, g->metrics->project->config->timezone);
    take(d, g, &yaml);
    return CYN_OK;
}

void cyn_daemon_reload(cyn_daemon *d)
{
    const cyn_open_options options = open_options(d);
    cyn_generation *now = cyn_daemon_latest(d), *g = NULL;
    cyn_opened *first = NULL;
    cyn_err why = {0};
    const cyn_yaml_prints yaml = cyn_daemon_yaml(d->options->dir);
    cyn_code rc = cyn_generation_open(d->options->dir, &options, &first, &g, &why);
    cyn_gauges_add(d->gauges, CYN_COUNT_RELOADS, 1);
    if (rc != CYN_OK || first->findings.count > now->metrics->findings.count) {
        if (rc != CYN_E_CANCEL) refuse(d, first, &why);
        cyn_generation_unref(g);
    } else {
        note_serve(d, &now->metrics->project->config->serve, &first->project->config->serve);
        say_findings(d, CYN_LOG_ERROR, first);
        take(d, g, &yaml);
        cyn_lane_ring(&d->lanes[CYN_LANE_LOADING]);
    }
    cyn_opened_unref(first);
    cyn_generation_unref(now);
}
