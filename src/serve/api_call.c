/* What every call needs: the project, what was evaluated, the state; its parameters; its answer. */
#include "base/text.h"
#include "serve/api_impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- serving ---- */

static cyn_code check_query(const cyn_request *r, const char *const *known, cyn_err *err)
{
    size_t n = 0;
    while (known[n])
        n++;
    for (size_t i = 0; i < r->nquery; i++) {
        const char *name = r->query[i].name;
        size_t k = 0;
        while (k < n && strcmp(known[k], name) != 0)
            k++;
        if (k < n || strcmp(name, "lang") == 0) continue;
        const char *near = cyn_nearest(name, known, n);
        cyn_fail(err, CYN_E_USAGE, "there is no parameter '%.100s' here", name);
        if (near) cyn_hint(err, "did you mean '%s'?", near);
        return CYN_E_USAGE;
    }
    return CYN_OK;
}

static cyn_code not_yet(const char *what, cyn_err *err)
{
    cyn_fail(err, CYN_E_STATE, "nothing was %s yet", what);
    cyn_hint(err, "ask again in a moment; /-/ready says when");
    return CYN_E_STATE;
}

static cyn_code take_project(api_call *c, unsigned needs, cyn_err *err)
{
    if (needs & API_VIEW) {
        c->view = cyn_site_overview(c->site);
        if (!c->view) return not_yet("evaluated", err);
        c->project = c->view->opened->project;
    } else {
        c->opened = cyn_site_opened(c->site);
        if (!c->opened || !c->opened->usable) return not_yet("loaded", err);
        c->project = c->opened->project;
    }
    c->look.calendar = &c->project->calendar;
    return CYN_OK;
}

static cyn_code take(api_call *c, unsigned needs, cyn_err *err)
{
    CYN_TRY(take_project(c, needs, err));
    if (needs & API_WRITE)
        CYN_TRY(cyn_store_open(c->site->state, &c->store, err));
    else if (needs & (API_STATE | API_ROSTER))
        CYN_TRY(cyn_site_reader(c->site, &c->store, err));
    if (!(needs & API_ROSTER)) return CYN_OK;
    return cyn_roster_load(c->project, c->store, c->now, c->arena, &c->roster, err);
}

static void let_go(api_call *c, unsigned needs)
{
    cyn_roster_clear(&c->roster);
    if (needs & API_WRITE)
        cyn_store_close(c->store);
    else if (c->store)
        cyn_site_done(c->site, c->store);
    cyn_opened_unref(c->opened);
}

cyn_code api_serve(cyn_site *site, const cyn_request *r, cyn_reply *reply, unsigned needs,
                   const char *const *query, api_answer *answer, cyn_err *err)
{
    api_call c = {.site = site,
                  .request = r,
                  .reply = reply,
                  .out = &reply->body,
                  .arena = r->arena,
                  .look = {.format = CYN_FORMAT_JSON, .language = r->language},
                  .now = site->clock()};
    cyn_code rc = check_query(r, query, err);
    if (rc == CYN_OK) rc = take(&c, needs, err);
    reply->status = 200;
    reply->type = "application/json; charset=utf-8";
    if (rc == CYN_OK) rc = answer(&c, err);
    if (rc == CYN_OK) {
        cyn_buf_putc(&reply->body, '\n');
        rc = cyn_buf_check(&reply->body, err);
    }
    /* The tag outlives the overview. */
    if (rc == CYN_OK && (needs & API_TAG)) reply->etag = cyn_strdup(r->arena, c.view->etag);
    let_go(&c, needs);
    cyn_overview_unref(c.view);
    return rc;
}

/* ---- what was asked ---- */

cyn_code api_limit(const api_call *c, size_t fallback, size_t most, size_t *out, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, "limit");
    char *end = NULL;
    *out = fallback;
    if (!text) return CYN_OK;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || n < 1 || n > most)
        return cyn_fail(err, CYN_E_RANGE, "limit=%.40s: expected a number from 1 to %zu", text,
                        most);
    *out = (size_t)n;
    return CYN_OK;
}

cyn_code api_flag(const api_call *c, const char *name, bool *out, cyn_err *err)
{
    const char *text = cyn_request_query(c->request, name);
    bool yes = text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
    bool no = !text || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    *out = yes;
    if (yes || no) return CYN_OK;
    return cyn_fail(err, CYN_E_RANGE, "%s=%.40s: expected true or false", name, text);
}

cyn_code api_time(const api_call *c, const char *name, const char *text, int64_t *out, cyn_err *err)
{
    if (!text || cyn_parse_instant(text, strlen(text), c->project->calendar.tz, out)) return CYN_OK;
    cyn_fail(err, CYN_E_SYNTAX,
             "%s=%.60s: expected a date or a time, 2026-11-16 or 2026-11-16T09:00:00+09:00", name,
             text);
    if (strchr(text, ' ')) cyn_hint(err, "a plus sign in an address is written %%2B");
    return CYN_E_SYNTAX;
}

cyn_code api_word(const char *name, const char *const *words, const char *text, int *out,
                  cyn_err *err)
{
    *out = text ? cyn_word(words, text) : -1;
    if (!text || *out >= 0) return CYN_OK;
    cyn_buf list = {0};
    for (size_t i = 0; words[i]; i++)
        if (words[i][0]) cyn_buf_printf(&list, "%s%s", list.len ? ", " : "", words[i]);
    cyn_code rc =
        cyn_fail(err, CYN_E_RANGE, "%s=%.40s: expected %s", name, text, list.data ? list.data : "");
    cyn_buf_clear(&list);
    return rc;
}

/* ---- answering ---- */

bool api_next_line(const char **text, const char **line, size_t *n)
{
    if (!*text || !**text) return false;
    *line = *text;
    *n = strcspn(*text, "\n");
    *text += *n + ((*text)[*n] == '\n');
    return true;
}

void api_put_lines(cyn_buf *out, const char *name, const cyn_buf *lines)
{
    const char *text = lines->data, *line;
    size_t n, count = 0;
    cyn_json_key(out, name);
    cyn_buf_putc(out, '[');
    while (api_next_line(&text, &line, &n)) {
        if (count++) cyn_buf_putc(out, ',');
        cyn_buf_add(out, line, n);
    }
    cyn_buf_putc(out, ']');
    if (lines->failed) out->failed = true;
}

void api_put_names(cyn_buf *out, const char *name, const char *const *items, size_t n)
{
    cyn_json_key(out, name);
    cyn_buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, items[i], strlen(items[i]));
    }
    cyn_buf_putc(out, ']');
}
