/* What handlers of requests see of the daemon (serve/site.h). Any thread. */
#include "base/text.h"
#include "serve/daemon_impl.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const cyn_overview *overview(void *self)
{
    return cyn_daemon_overview(self);
}

static const cyn_opened *opened(void *self)
{
    cyn_daemon *d = self;
    cyn_generation *g = cyn_daemon_latest(d);
    const cyn_opened *o = g ? cyn_opened_ref(g->metrics) : NULL;
    cyn_generation_unref(g);
    return o;
}

/* Whoever asks again and again does not have the state read again and again. */
static void doubt(void *self)
{
    cyn_daemon *d = self;
    int64_t now = cyn_monotonic(), last = atomic_load(&d->doubted);
    if (last && now - last < CYN_MINUTE) return;
    if (!atomic_compare_exchange_strong(&d->doubted, &last, now)) return;
    atomic_store(&d->doubtful, true);
    cyn_lane_ring(&d->lanes[CYN_LANE_JOBS]);
}

static void wake(void *self)
{
    cyn_daemon *d = self;
    cyn_lane_ring(&d->lanes[CYN_LANE_TELLING]);
    cyn_lane_ring(&d->lanes[CYN_LANE_RULES]);
    cyn_lane_ring(&d->lanes[CYN_LANE_SLOW_RULES]);
}

/* ---- findings ---- */

static const cyn_opened *broken(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    const cyn_opened *o = d->refused ? cyn_opened_ref(d->refused) : NULL;
    pthread_mutex_unlock(&d->mutex);
    return o;
}

/* Of the project that was refused, if there is one: it is what the files say now. */
static cyn_code findings(void *self, cyn_arena *arena, const cyn_err **out, size_t *n, cyn_err *err)
{
    const cyn_opened *o = broken(self);
    if (!o) o = opened(self);
    size_t count = o ? o->findings.count : 0;
    cyn_err *copy = CYN_NEW_ARRAY(arena, count + 1, cyn_err);
    if (copy && count) memcpy(copy, o->findings.items, count * sizeof *copy);
    cyn_opened_unref(o);
    if (!copy) return cyn_nomem(err);
    *out = copy;
    *n = count;
    return CYN_OK;
}

/* ---- sources ---- */

static cyn_code copy_source(const cyn_stock_source *s, cyn_arena *arena,
                            const cyn_stock_source **out, cyn_err *err)
{
    cyn_stock_source *copy = CYN_NEW(arena, cyn_stock_source);
    cyn_err *error = s->error ? CYN_NEW(arena, cyn_err) : NULL;
    if (!copy || (s->error && !error)) return cyn_nomem(err);
    *copy = *s;
    copy->inputs = ""; /* of the stock's own */
    if (error) *error = *s->error;
    copy->error = error;
    *out = copy;
    return CYN_OK;
}

static cyn_code source(void *self, const char *name, cyn_arena *arena, const cyn_stock_source **out,
                       cyn_err *err)
{
    cyn_world *w = cyn_daemon_world(self);
    int i = w ? cyn_project_source(w->generation->metrics->project, name) : -1;
    cyn_code rc = CYN_OK;
    *out = NULL;
    if (i >= 0) rc = copy_source(cyn_stock_source_of(w->stock, (size_t)i), arena, out, err);
    cyn_world_unref(w);
    return rc;
}

/* ---- health ---- */

typedef struct facts {
    cyn_arena *arena;
    cyn_page_fact *items;
    size_t count, capacity;
    bool nomem, ja;
    const cyn_tz *tz;
} facts;

static void add(facts *f, const char *en, const char *ja, int kind, const char *value)
{
    cyn_page_fact *more = cyn_grown(f->arena, f->items, f->count, &f->capacity, sizeof *more);
    if (!more || !value) {
        f->nomem = true;
        return;
    }
    f->items = more;
    f->items[f->count++] = (cyn_page_fact){.name = f->ja ? ja : en, .value = value, .kind = kind};
}

static const char *time_text(const facts *f, int64_t instant)
{
    char text[64]; /* "2026-11-22T19:32:03+09:00" */
    cyn_format_instant(instant - instant % CYN_SECOND, f->tz, text, sizeof text);
    text[10] = ' ';
    text[19] = '\0';
    return cyn_strdup(f->arena, text);
}

/* "198,859"; "" when memory is exhausted, as is found out soon. */
static const char *count_text(const facts *f, int64_t n)
{
    cyn_buf text = {0};
    cyn_format_value(cyn_num_integer(n), NULL, "en", &text);
    const char *copy =
        text.failed || !text.data ? NULL : cyn_strndup(f->arena, text.data, text.len);
    cyn_buf_clear(&text);
    return copy ? copy : "";
}

static const char *bytes_text(const facts *f, int64_t bytes)
{
    return bytes < 10000000 ? cyn_sprintf(f->arena, "%.0f KB", (double)bytes / 1e3)
                            : cyn_sprintf(f->arena, "%.0f MB", (double)bytes / 1e6);
}

static const struct {
    const char *en, *ja;
} lane_names[CYN_LANES] = {
    [CYN_LANE_LOADING] = {"loading", "読み込み"},
    [CYN_LANE_METRICS] = {"metrics", "指標の評価"},
    [CYN_LANE_SLOW_METRICS] = {"slow metrics", "時間のかかる指標の評価"},
    [CYN_LANE_RULES] = {"rules", "ルールの評価"},
    [CYN_LANE_SLOW_RULES] = {"slow rules", "時間のかかるルールの評価"},
    [CYN_LANE_TELLING] = {"telling", "通知"},
    [CYN_LANE_JOBS] = {"jobs", "定期処理"},
};

static void add_lane(facts *f, cyn_daemon *d, size_t i)
{
    cyn_lane *l = &d->lanes[i];
    int64_t since = atomic_load(&l->failing);
    const char *en = lane_names[i].en, *ja = lane_names[i].ja;
    cyn_err trouble;
    if (!cyn_lane_is_alive(l)) {
        add(f, en, ja, CYN_FACT_BAD, f->ja ? "応答なし" : "gives no sign of life");
        return;
    }
    if (since == 0) {
        add(f, en, ja, CYN_FACT_GOOD, f->ja ? "正常" : "well");
        return;
    }
    pthread_mutex_lock(&l->mutex);
    trouble = l->trouble;
    pthread_mutex_unlock(&l->mutex);
    add(f, en, ja, CYN_FACT_BAD,
        cyn_sprintf(f->arena, f->ja ? "%s から失敗中：%s" : "fails since %s: %s",
                    time_text(f, since), trouble.message));
}

static void add_sources(facts *f, const cyn_world *w)
{
    const cyn_config *c = w->generation->metrics->project->config;
    for (size_t i = 0; i < c->nsources; i++) {
        const cyn_stock_source *s = cyn_stock_source_of(w->stock, i);
        const char *name =
            cyn_sprintf(f->arena, f->ja ? "データ元 %s" : "source %s", c->sources[i].name);
        if (!name) {
            f->nomem = true;
        } else if (s->error) {
            add(f, name, name, CYN_FACT_BAD, cyn_strdup(f->arena, s->error->message));
        } else {
            add(f, name, name, CYN_FACT_GOOD,
                f->ja ? cyn_sprintf(f->arena, "%s 行（%s 読み込み）", count_text(f, s->rows),
                                    time_text(f, s->loaded))
                      : cyn_sprintf(f->arena, "%s row%s, read %s", count_text(f, s->rows),
                                    cyn_plural(s->rows), time_text(f, s->loaded)));
        }
    }
}

static void add_state(facts *f, cyn_daemon *d)
{
    struct stat st;
    int64_t damaged = atomic_load(&d->damaged);
    if (stat(d->state, &st) == 0)
        add(f, "state", "状態ファイル", damaged ? CYN_FACT_BAD : CYN_FACT_PLAIN,
            damaged
                ? cyn_sprintf(f->arena,
                              f->ja ? "%s（破損により退避 %lld 回）"
                                    : "%s; was damaged and moved aside %lld time%s",
                              bytes_text(f, st.st_size), (long long)damaged, cyn_plural(damaged))
                : bytes_text(f, st.st_size));
}

static const char *project_text(const facts *f, const cyn_project *p, const char *read)
{
    size_t metrics = p->nmetrics, rules = p->catalog->nrules;
    if (f->ja)
        return cyn_sprintf(f->arena, "指標 %zu、ルール %zu（%s 読み込み）", metrics, rules, read);
    return cyn_sprintf(f->arena, "%zu metric%s, %zu rule%s, read %s", metrics,
                       cyn_plural((int64_t)metrics), rules, cyn_plural((int64_t)rules), read);
}

static void add_project(facts *f, cyn_daemon *d, const cyn_generation *g)
{
    int64_t at = cyn_gauges_get(d->gauges, CYN_GAUGE_LAST_RELOAD) * CYN_SECOND;
    const cyn_opened *refused = broken(d);
    add(f, "version", "バージョン", CYN_FACT_PLAIN, CYN_VERSION);
    add(f, "started", "起動", CYN_FACT_PLAIN, time_text(f, d->started));
    if (refused)
        add(f, "project", "プロジェクト", CYN_FACT_BAD,
            f->ja ? "変更後の定義に誤りがあるため、以前の定義で動作中"
                  : "its files are broken: goes on with the project as it was");
    else
        add(f, "project", "プロジェクト", CYN_FACT_GOOD,
            project_text(f, g->metrics->project, time_text(f, at)));
    cyn_opened_unref(refused);
}

static bool all_alive(const cyn_daemon *d)
{
    for (size_t i = 0; i < CYN_LANES; i++)
        if (!cyn_lane_is_alive(&d->lanes[i])) return false;
    return true;
}

/* Rows of a source that cannot be read any more are rows. */
static bool has_rows(const cyn_world *w)
{
    const size_t n = w->generation->metrics->project->config->nsources;
    for (size_t i = 0; i < n; i++)
        if (cyn_stock_source_of(w->stock, i)->loaded) return true;
    return n == 0;
}

static const char *why_not_ready(cyn_daemon *d, const cyn_world *w, const cyn_overview *v)
{
    if (atomic_load(&d->stopping)) return "it is stopping";
    if (!w) return "nothing is loaded yet";
    if (!has_rows(w)) return "no source could be read";
    if (!v) return "nothing is evaluated yet";
    if (cyn_lane_fails(&d->lanes[CYN_LANE_RULES])) return "rules cannot be evaluated";
    if (cyn_lane_fails(&d->lanes[CYN_LANE_METRICS])) return "metrics cannot be evaluated";
    return NULL;
}

/* language NULL: the project's. */
static cyn_code facts_in(void *self, const char *language, cyn_arena *arena,
                         const cyn_page_fact **out, size_t *n, cyn_err *err)
{
    cyn_daemon *d = self;
    cyn_generation *g = cyn_daemon_latest(d);
    cyn_world *w = cyn_daemon_world(d);
    facts f = {.arena = arena, .ja = language && cyn_is_japanese(language)};
    if (g) {
        if (!language) f.ja = cyn_is_japanese(g->metrics->project->config->language);
        f.tz = g->metrics->project->calendar.tz;
        add_project(&f, d, g);
    }
    for (size_t i = 0; i < CYN_LANES; i++)
        add_lane(&f, d, i);
    if (w) add_sources(&f, w);
    add_state(&f, d);
    *out = f.items;
    *n = f.count;
    cyn_world_unref(w);
    cyn_generation_unref(g);
    return f.nomem ? cyn_nomem(err) : CYN_OK;
}

static cyn_code health(void *self, cyn_arena *arena, const cyn_page_fact **out, size_t *n,
                       bool *healthy, bool *ready, const char **why, cyn_err *err)
{
    cyn_daemon *d = self;
    cyn_world *w = cyn_daemon_world(d);
    const cyn_overview *v = cyn_daemon_overview(d);
    *healthy = all_alive(d);
    *why = *healthy ? why_not_ready(d, w, v) : "a lane gives no sign of life";
    *ready = *why == NULL;
    cyn_overview_unref(v);
    cyn_world_unref(w);
    return facts_in(d, NULL, arena, out, n, err);
}

cyn_code cyn_daemon_make_site(cyn_daemon *d, cyn_err *err)
{
    d->site = (cyn_site){.dir = d->options->dir,
                         .state = d->state,
                         .gauges = d->gauges,
                         .self = d,
                         .overview = overview,
                         .opened = opened,
                         .findings = findings,
                         .health = health,
                         .facts = facts_in,
                         .source = source,
                         .wake = wake,
                         .doubt = doubt,
                         .clock = cyn_now,
                         .stopping = &d->stopping,
                         .readers = cyn_readers_new()};
    return d->site.readers ? CYN_OK : cyn_nomem(err);
}
