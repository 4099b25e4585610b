/* The pages of the dashboard: each is composed of the overview that was evaluated last, and of what
 * the state says now. */
#include "base/hash.h"
#include "base/text.h"
#include "serve/discreet.h"
#include "serve/pages_impl.h"
#include <string.h>

typedef cyn_code compose(pages_visit *v, cyn_buf *out, cyn_err *err);

/* ---- what there is to show ---- */

static bool is_japanese(const pages_visit *v)
{
    return cyn_is_japanese(v->request->language);
}

static const char *joined(const pages_visit *v, const char *notice, const char *more)
{
    if (!notice) return more;
    const char *both = cyn_sprintf(v->request->arena, "%s\n%s", notice, more);
    return both ? both : more;
}

static void note_plain(pages_visit *v, const char *what, const char *why)
{
    const char *text = cyn_sprintf(v->request->arena, "%s%s", what, why);
    if (text) v->page.notice = joined(v, v->page.notice, text);
}

static void note(pages_visit *v, const char *en, const char *ja, const char *why)
{
    note_plain(v, is_japanese(v) ? ja : en, why ? cyn_discreet(v->request, why) : "");
}

/* Values are shown even where alerts cannot be read. */
static cyn_code read_state(pages_visit *v, unsigned parts, cyn_err *err)
{
    cyn_err why = {0};
    cyn_arena *arena = v->request->arena;
    cyn_code rc = cyn_site_reader(v->site, &v->store, &why);
    if (rc == CYN_OK)
        rc = cyn_overview_now(v->view, v->store, v->page.now, parts, v->page.language, arena,
                              &v->data, &why);
    if (rc == CYN_OK) return CYN_OK;
    if (cyn_concerns_all(rc)) {
        if (err) *err = why;
        return rc;
    }
    v->data = v->view->data;
    note(v, "Alerts and schedule cannot be read: ", "アラートと予定を読み込めません：",
         why.message);
    return CYN_OK;
}

/* Of the overview itself, beside those of the project that it was made of: trees, dimensions. */
static cyn_code add_findings(pages_visit *v, cyn_err *err)
{
    cyn_page_data *d = &v->data;
    size_t before = v->view->opened->findings.count, own = v->view->data.nfindings;
    if (own <= before) return CYN_OK;
    cyn_err *all = CYN_NEW_ARRAY(v->request->arena, d->nfindings + own - before, cyn_err);
    if (!all) return cyn_nomem(err);
    if (d->nfindings) memcpy(all, d->findings, d->nfindings * sizeof *all);
    memcpy(all + d->nfindings, v->view->data.findings + before, (own - before) * sizeof *all);
    d->findings = all;
    d->nfindings += own - before;
    return CYN_OK;
}

static cyn_code read_findings(pages_visit *v, cyn_err *err)
{
    cyn_page_data *d = &v->data;
    if (!v->site->findings) return CYN_OK;
    CYN_TRY(v->site->findings(v->site->self, v->request->arena, &d->findings, &d->nfindings, err));
    if (v->view) CYN_TRY(add_findings(v, err));
    return cyn_discreet_findings(v->request, &d->findings, d->nfindings, err);
}

static cyn_code read_facts(pages_visit *v, cyn_err *err)
{
    if (!v->site->facts) return CYN_OK;
    CYN_TRY(v->site->facts(v->site->self, v->request->language, v->request->arena, &v->facts,
                           &v->nfacts, err));
    return cyn_discreet_facts(v->request, &v->facts, v->nfacts, err);
}

/* Whether the page of health has more to say than that all is well. */
static bool is_unwell(const pages_visit *v)
{
    bool bad = v->data.nfindings > 0 || v->data.ill > 0 || (v->view && v->view->failed > 0);
    for (size_t i = 0; i < v->nfacts; i++)
        bad = bad || v->facts[i].kind == CYN_FACT_BAD;
    for (size_t i = 0; i < v->data.nagenda; i++)
        bad = bad || v->data.agenda[i].error;
    return bad;
}

/* What went wrong lately is told to those who may know. */
static cyn_code hush(pages_visit *v, cyn_err *err)
{
    cyn_page_data *d = &v->data;
    CYN_TRY(cyn_discreet_agenda(v->request, &d->agenda, d->nagenda, err));
    CYN_TRY(cyn_discreet_metrics(v->request, &d->metrics, d->nmetrics, err));
    CYN_TRY(cyn_discreet_trees(v->request, &d->trees, d->ntrees, err));
    if (!d->alerts || v->request->may_know) return CYN_OK;
    cyn_alerts_view *alerts = CYN_NEW(v->request->arena, cyn_alerts_view);
    if (!alerts) return cyn_nomem(err);
    *alerts = *d->alerts;
    CYN_TRY(cyn_discreet_rules(v->request, &alerts->rules, alerts->nrules, err));
    d->alerts = alerts;
    return CYN_OK;
}

static void fill_site(pages_visit *v)
{
    const cyn_project *p = v->view->opened->project;
    v->page.name = p->config->name;
    v->page.description = p->config->description;
    v->page.calendar = &p->calendar;
    v->page.as_of = v->view->as_of;
    v->page.made = v->view->made;
}

const char *pages_asked(const cyn_request *r)
{
    const char *lang = cyn_request_query(r, "lang");
    return lang && strcmp(lang, r->language) == 0 ? r->language : NULL;
}

/* Whoever logs in comes back in the language that they read. */
static const char *login_of(const cyn_request *r)
{
    if (!pages_asked(r)) return "/login?next=/alerts";
    return r->language[0] == 'j' ? "/login?lang=ja&next=/alerts%3Flang=ja"
                                 : "/login?lang=en&next=/alerts%3Flang=en";
}

static void begin(pages_visit *v)
{
    const cyn_request *r = v->request;
    static const cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
    cyn_http_csrf(r, v->csrf);
    v->page = (cyn_page_site){.name = "Cynosure",
                              .language = r->language,
                              .asked = pages_asked(r),
                              .calendar = &utc,
                              .now = v->site->clock(),
                              .served = true,
                              .may_write = r->may_write,
                              .csrf = v->csrf,
                              .nonce = r->nonce};
    /* Whoever is not authorized and reads all the same could show the token, and write. */
    if (!r->authorized) v->page.login = login_of(r);
}

/* ---- answering ---- */

/* Of what is between the head and the script, since the nonce is another one each time. */
static cyn_code set_tag(const pages_visit *v, const cyn_buf *page, cyn_err *err)
{
    const char *from = strstr(page->data, "<body>"), *until = strstr(page->data, "<footer ");
    if (!from || !until || until < from) return CYN_OK;
    cyn_sha256 sum = cyn_sha256_of(from, (size_t)(until - from));
    char *tag = cyn_alloc(v->request->arena, 33);
    if (!tag) return cyn_nomem(err);
    cyn_hex(sum.bytes, 16, tag);
    v->reply->etag = tag;
    return CYN_OK;
}

static cyn_code reply_page(pages_visit *v, compose *page, cyn_err *err)
{
    cyn_buf *out = &v->reply->body;
    v->reply->type = "text/html; charset=utf-8";
    v->reply->status = 200;
    CYN_TRY(page(v, out, err));
    CYN_TRY(cyn_buf_check(out, err));
    return v->reply->status == 200 ? set_tag(v, out, err) : CYN_OK;
}

static cyn_code compose_not_yet(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    bool ja = is_japanese(v);
    v->reply->status = 503;
    return cyn_page_message(
        &v->page, ja ? "準備中です" : "Not ready yet",
        ja ? "最初の評価がまだ終わっていません。しばらくして再度開いてください。"
           : "The first evaluation has not ended. Open the page again in a "
             "moment.",
        out, err);
}

static cyn_code compose_unknown(pages_visit *v, const char *en, const char *ja, cyn_buf *out,
                                cyn_err *err)
{
    bool japanese = is_japanese(v);
    const char *text =
        cyn_sprintf(v->request->arena, "%s%s", japanese ? ja : en, v->request->params[0]);
    v->reply->status = 404;
    if (!text) return cyn_nomem(err);
    return cyn_page_message(&v->page, japanese ? "見つかりません" : "Not found", text, out, err);
}

/* Gets hold of what there is, has the page composed, and lets go. */
static cyn_code serve(cyn_site *site, const cyn_request *r, cyn_reply *reply, compose *page,
                      unsigned parts, bool without_values, cyn_err *err)
{
    pages_visit v = {.site = site, .request = r, .reply = reply};
    cyn_code rc = CYN_OK;
    begin(&v);
    v.view = cyn_site_overview(site);
    if (v.view) {
        fill_site(&v);
        rc = read_state(&v, parts, err);
    }
    if (rc == CYN_OK) rc = read_findings(&v, err);
    if (rc == CYN_OK) rc = read_facts(&v, err);
    if (rc == CYN_OK) rc = hush(&v, err);
    v.page.unwell = is_unwell(&v);
    if (rc == CYN_OK) rc = reply_page(&v, v.view || without_values ? page : compose_not_yet, err);
    cyn_site_done(site, v.store);
    cyn_overview_unref(v.view);
    return rc;
}

/* ---- the pages ---- */

/* Values may be old or of another project than the files are: the overview says so. */
static cyn_code compose_overview(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    for (size_t i = 0; i < v->nfacts; i++) {
        const cyn_page_fact *f = &v->facts[i];
        const char *name =
            cyn_sprintf(v->request->arena, is_japanese(v) ? "%s：" : "%s: ", f->name);
        if (!name) return cyn_nomem(err);
        if (f->kind == CYN_FACT_BAD) note_plain(v, name, f->value);
    }
    return cyn_page_overview(&v->page, &v->data, out, err);
}

static cyn_code compose_metric(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    const cyn_page_metric *found = cyn_overview_metric(v->view, v->request->params[0]);
    if (!found)
        return compose_unknown(
            v, "There is no metric of this name: ", "この名前の指標はありません：", out, err);
    cyn_page_metric metric =
        v->data.metrics[found - v->view->data.metrics]; /* as far as it is told */
    if (v->store) CYN_TRY(pages_restated(v, &metric, err));
    return cyn_page_metric_of(&v->page, &v->data, &metric, out, err);
}

static cyn_code compose_tree(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    for (size_t i = 0; i < v->data.ntrees; i++) {
        const cyn_tree_node *root = v->data.trees[i]->items[0].node;
        if (root && strcmp(root->metric->name, v->request->params[0]) == 0)
            return cyn_page_tree(&v->page, &v->data, i, out, err);
    }
    return compose_unknown(v, "There is no tree of this metric: ", "この指標のツリーはありません：",
                           out, err);
}

static cyn_code compose_alerts(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    return cyn_page_alerts(&v->page, &v->data, out, err);
}

static cyn_code compose_schedule(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    return cyn_page_schedule(&v->page, &v->data, out, err);
}

static cyn_code compose_health(pages_visit *v, cyn_buf *out, cyn_err *err)
{
    const cyn_page_fact *facts = v->facts;
    size_t n = v->nfacts;
    bool healthy = true, ready = true;
    const char *why = NULL;
    if (v->site->health)
        CYN_TRY(v->site->health(v->site->self, v->request->arena, &facts, &n, &healthy, &ready,
                                &why, err));
    CYN_TRY(cyn_discreet_facts(v->request, &facts, n, err));
    if (v->site->facts) { /* which are in the reader's language */
        facts = v->facts;
        n = v->nfacts;
    }
    if ((!healthy || !ready) && why)
        note(v, healthy ? "Not ready: " : "Not healthy: ", healthy ? "準備中：" : "異常：", why);
    return cyn_page_health(&v->page, &v->data, facts, n, out, err);
}

/* Every page says how many alerts fire. */
#define PAGE(name, more, without_values)                                                           \
    static cyn_code show_##name(cyn_site *site, const cyn_request *r, cyn_reply *reply,            \
                                cyn_err *err)                                                      \
    {                                                                                              \
        return serve(site, r, reply, compose_##name, CYN_NOW_ALERTS | (more), without_values,      \
                     err);                                                                         \
    }
PAGE(overview, 0, false)
PAGE(metric, 0, false)
PAGE(tree, 0, false)
PAGE(alerts, CYN_NOW_RULES, false)
PAGE(schedule, CYN_NOW_AGENDA, false)
PAGE(health, CYN_NOW_AGENDA, true)

const cyn_route cyn_routes_pages[] = {
    {.method = "GET", .pattern = "/", .handle = show_overview},
    {.method = "GET", .pattern = "/metric/{name}", .handle = show_metric},
    {.method = "GET", .pattern = "/tree/{name}", .handle = show_tree},
    {.method = "GET", .pattern = "/alerts", .handle = show_alerts},
    {.method = "GET", .pattern = "/schedule", .handle = show_schedule},
    {.method = "GET", .pattern = "/health", .handle = show_health},
    {.method = "POST", .pattern = "/alerts/ack", .handle = pages_ack, .writes = true},
    {.method = "POST", .pattern = "/alerts/silence", .handle = pages_silence, .writes = true},
    {.method = "POST", .pattern = "/alerts/unsilence", .handle = pages_unsilence, .writes = true},
};
const size_t cyn_nroutes_pages = sizeof cyn_routes_pages / sizeof *cyn_routes_pages;
