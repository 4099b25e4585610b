/* What people say about alerts: the calls that write. The server has seen to it that whoever asks
 * has the token; what is said goes the way of `cynosure alerts ack` and `alerts silence`. */
#include "base/text.h"
#include "serve/api_impl.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was sent ---- */

/* A form, a query or a JSON object: the same names. */
typedef struct input {
    const api_call *call;
    bool json;
    api_object object;
} input;

static cyn_code check_members(const input *in, const char *const *known, cyn_err *err)
{
    size_t n = 0;
    while (known[n])
        n++;
    for (size_t i = 0; i < in->object.count; i++) {
        const char *name = in->object.members[i].name;
        size_t k = 0;
        while (k < n && strcmp(known[k], name) != 0)
            k++;
        if (k < n) continue;
        const char *near = cyn_nearest(name, known, n);
        cyn_fail(err, CYN_E_USAGE, "the body has a member '%.100s' that nobody reads", name);
        if (near) cyn_hint(err, "did you mean '%s'?", near);
        return CYN_E_USAGE;
    }
    return CYN_OK;
}

static cyn_code read_input(const api_call *c, const char *const *known, input *out, cyn_err *err)
{
    const cyn_request *r = c->request;
    *out = (input){.call = c, .json = r->nbody > 0 && r->nform == 0};
    if (!out->json) return CYN_OK;
    CYN_TRY(api_parse_object(r->body, r->nbody, c->arena, &out->object, err));
    return check_members(out, known, err);
}

static cyn_code text_of(const input *in, const char *name, const char **out, cyn_err *err)
{
    const api_member *m = api_member_of(&in->object, name);
    *out = in->json ? NULL : cyn_request_value(in->call->request, name);
    if (!m || m->kind == API_NULL) return CYN_OK;
    if (m->kind != API_TEXT) return cyn_fail(err, CYN_E_TYPE, "'%s' is no text in the body", name);
    *out = m->text;
    return CYN_OK;
}

static cyn_code need_text(const input *in, const char *name, const char *why, const char **out,
                          cyn_err *err)
{
    CYN_TRY(text_of(in, name, out, err));
    if (*out && **out) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "'%s' is missing: %s", name, why);
}

/* Who says it: as they say, else as far as the server knows. */
static cyn_code who_of(const input *in, const char **out, cyn_err *err)
{
    CYN_TRY(text_of(in, "who", out, err));
    if (!*out || !**out) *out = in->call->request->who;
    return CYN_OK;
}

/* ---- acknowledgements ---- */

static cyn_code acknowledge(api_call *c, bool undo, cyn_err *err)
{
    static const char *const known[] = {"alert", "who", "why", NULL};
    const cyn_alert_row *const *rows = NULL;
    const char *alert, *who, *why;
    size_t n = 0;
    input in;
    CYN_TRY(read_input(c, known, &in, err));
    CYN_TRY(need_text(&in, "alert", "a rule, an alert's identity or its fingerprint", &alert, err));
    CYN_TRY(who_of(&in, &who, err));
    CYN_TRY(text_of(&in, "why", &why, err));
    CYN_TRY(cyn_roster_ack(&c->roster, alert, who, why, undo, &rows, &n, err));
    c->site->wake(c->site->self);
    const char **names = CYN_NEW_ARRAY(c->arena, n + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        names[i] = rows[i]->identity;
    cyn_buf_printf(c->out, "{\"acknowledged\":%s", undo ? "false" : "true");
    api_put_names(c->out, "alerts", names, n);
    cyn_json_text(c->out, "who", undo ? NULL : who);
    cyn_json_text(c->out, "why", undo ? NULL : why);
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}

cyn_code api_ack(api_call *c, cyn_err *err)
{
    return acknowledge(c, false, err);
}

cyn_code api_unack(api_call *c, cyn_err *err)
{
    return acknowledge(c, true, err);
}

/* ---- silences ---- */

/* "match": a list of matchers; of a form: one, or several fields of that name. */
static cyn_code read_matchers(const input *in, const char *const **out, size_t *n, cyn_err *err)
{
    const cyn_request *r = in->call->request;
    const api_member *m = api_member_of(&in->object, "match");
    const char **texts = CYN_NEW_ARRAY(r->arena, r->nform + r->nquery + 1, const char *);
    if (!texts) return cyn_nomem(err);
    *n = 0;
    *out = texts;
    if (m && m->kind == API_TEXTS) {
        *out = m->items;
        *n = m->nitems;
    } else if (m && m->kind == API_TEXT) {
        texts[(*n)++] = m->text;
    } else if (!in->json) {
        for (size_t i = 0; i < r->nform; i++)
            if (strcmp(r->form[i].name, "match") == 0) texts[(*n)++] = r->form[i].value;
    }
    if (*n > 0) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "'match' is missing: what is to be silent?");
    cyn_hint(err, "name a rule, or match labels: \"channel=ads\"");
    return CYN_E_USAGE;
}

static cyn_code read_times(const input *in, cyn_alert_silence *out, cyn_err *err)
{
    const api_call *c = in->call;
    const char *from, *until, *length;
    int64_t micros = 0, end = CYN_TIME_MIN;
    CYN_TRY(text_of(in, "from", &from, err));
    CYN_TRY(text_of(in, "until", &until, err));
    CYN_TRY(text_of(in, "for", &length, err));
    out->from = c->now;
    CYN_TRY(api_time(c, "from", from, &out->from, err));
    CYN_TRY(api_time(c, "until", until, &end, err));
    if (!length == !until)
        return cyn_fail(err, CYN_E_USAGE, "until when? Give either 'for' (\"2h\") or 'until'");
    if (length && (!cyn_parse_duration(length, strlen(length), &micros) || micros <= 0))
        return cyn_fail(err, CYN_E_SYNTAX, "for=%.60s: expected a duration such as 30m, 2h or 1d",
                        length);
    cyn_code rc = cyn_roster_silence_end(&c->roster, out->from, micros, end, &out->until, err);
    if (rc != CYN_OK)
        cyn_context(err, "%s %.60s", length ? "for" : "until", length ? length : until);
    return rc;
}

static cyn_code put_silence(api_call *c, const cyn_alert_silence *s, size_t matching, cyn_err *err)
{
    cyn_buf line = {0};
    const char *text;
    size_t n = 0;
    cyn_code rc = cyn_report_silences(s, 1, c->now, &c->look, &line, err);
    cyn_buf_puts(c->out, "{\"silence\":");
    const char *lines = line.data;
    if (rc == CYN_OK && api_next_line(&lines, &text, &n)) cyn_buf_add(c->out, text, n);
    cyn_json_number(c->out, "matching", cyn_num_integer((int64_t)matching));
    cyn_buf_putc(c->out, '}');
    cyn_buf_clear(&line);
    return rc;
}

cyn_code api_add_silence(api_call *c, cyn_err *err)
{
    static const char *const known[] = {"match", "for", "until", "from", "who", "why", NULL};
    cyn_alert_silence s = {0};
    const char *const *texts = NULL;
    size_t n = 0, matching = 0;
    input in;
    CYN_TRY(read_input(c, known, &in, err));
    CYN_TRY(read_matchers(&in, &texts, &n, err));
    CYN_TRY(text_of(&in, "why", &s.why, err));
    CYN_TRY(who_of(&in, &s.who, err));
    CYN_TRY(read_times(&in, &s, err));
    CYN_TRY(cyn_matchers_parse(texts, n, c->arena, &s.matchers, err));
    s.nmatchers = n;
    cyn_code rc = cyn_roster_silence(&c->roster, &s, &matching, err);
    if (rc == CYN_OK) {
        c->site->wake(c->site->self);
        c->reply->status = 201;
        rc = put_silence(c, &s, matching, err);
    }
    cyn_matchers_free(s.matchers, s.nmatchers);
    return rc;
}

cyn_code api_end_silence(api_call *c, cyn_err *err)
{
    const char *text = c->request->params[0];
    char *end = NULL;
    errno = 0;
    long long id = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || id < 1)
        return cyn_fail(err, CYN_E_SYNTAX, "'%.40s' is no ID of a silence: expected a number",
                        text);
    CYN_TRY(cyn_store_end_silence(c->store, id, c->now, err));
    c->site->wake(c->site->self);
    cyn_buf_printf(c->out, "{\"id\":%lld", id);
    cyn_json_time(c->out, "ended", c->now, c->project->calendar.tz);
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}
