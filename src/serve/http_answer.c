/* The steps from a message to its answer. None of them knows a socket. */
#include "base/hash.h"
#include "base/time.h"
#include "serve/http_impl.h"
#include "serve/site.h"
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { ERROR_TEXT = 1500 }; /* with its place and its hint */

static bool make_nonce(cyn_exchange *x)
{
    uint8_t bytes[16] = {0};
    if (!x->server->made_up && getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    cyn_hex(bytes, sizeof bytes, x->nonce);
    return true;
}

/* Who would be given other bytes under the same address. */
static void make_variant(cyn_exchange *x)
{
    const cyn_request *r = &x->request;
    char text[128];
    int n = snprintf(text, sizeof text, "%s %d %d %d %d %s", r->language, r->wants_html,
                     r->authorized, r->may_write, r->may_know, r->session);
    cyn_sha256 hash = cyn_hmac_sha256(x->server->secret, sizeof x->server->secret, text, (size_t)n);
    cyn_hex(hash.bytes, 4, x->variant);
}

/* The tag of If-None-Match that is ours and of this variant, as the handler gave it. */
static const char *kept_tag(const cyn_exchange *x)
{
    const char *list = cyn_message_header(x->message, "If-None-Match");
    for (const char *s = list; s && (s = strchr(s, '"'));) {
        const char *end = strchr(++s, '"');
        if (!end) break;
        size_t n = (size_t)(end - s), suffix = strlen(x->variant) + 1;
        if (n > suffix && end[-(ptrdiff_t)suffix] == '-' &&
            memcmp(end - suffix + 1, x->variant, suffix - 1) == 0)
            return cyn_strndup(x->request.arena, s, n - suffix);
        s = end + 1;
    }
    return "";
}

static void begin(cyn_exchange *x, const cyn_http *h, const cyn_message *m, cyn_arena *arena)
{
    *x = (cyn_exchange){.server = h, .message = m};
    x->request = (cyn_request){
        .method = m->method,
        .path = "/",
        .body = "",
        .content_type = "",
        .session = "",
        .etag = "",
        .who = "",
        .nonce = x->nonce,
        .arena = arena,
        .server = h,
        .native = x,
    };
    cyn_parse_preferences(x);
}

void cyn_request_log(const cyn_request *r, const cyn_err *e)
{
    const cyn_http_options *o = &r->server->options;
    const cyn_site *site = r->server->site;
    char text[ERROR_TEXT], line[sizeof text + 300];
    if (site && site->doubt && (e->code == CYN_E_STATE || e->code == CYN_E_IO))
        site->doubt(site->self);
    if (!o->log || !cyn_causes_is_news(r->server->causes, e->message, cyn_monotonic())) return;
    cyn_err_format(e, text, sizeof text);
    snprintf(line, sizeof line, "%s %.200s: %s", r->method, r->path, text);
    o->log(o->self, line);
}

/* An error of a handler, or of our own: what is wrong with the request is told to whoever asks,
 * what is wrong with us only to those who may know. */
static cyn_code reply_to_error(cyn_exchange *x, cyn_reply *reply, int status, const cyn_err *e)
{
    char text[ERROR_TEXT];
    cyn_err_format(e, text, sizeof text);
    if (status >= 500) cyn_request_log(&x->request, e);
    if (status >= 500 && !x->request.may_know)
        return cyn_reply_error(&x->request, reply, status,
                               "it cannot be answered now; the server's log says why");
    return cyn_reply_error(&x->request, reply, status, "%s", text);
}

/* OPTIONS is answered without headers for other origins: there is nothing for them. */
static cyn_code reply_options(cyn_reply *reply, const char *allow)
{
    reply->status = 204;
    reply->allow = allow;
    return CYN_OK;
}

static cyn_code handle(cyn_exchange *x, const cyn_route *route, cyn_reply *reply)
{
    cyn_err e = {0};
    cyn_code rc = route->handle(x->server->site, &x->request, reply, &e);
    if (rc == CYN_OK) rc = cyn_buf_check(&reply->body, &e);
    if (rc == CYN_OK) return CYN_OK;
    cyn_buf_clear(&reply->body);
    *reply = (cyn_reply){0};
    return reply_to_error(x, reply, cyn_status_of(rc), &e);
}

static cyn_code answer_route(cyn_exchange *x, cyn_reply *reply)
{
    cyn_err e = {0};
    char allow[64] = "";
    const cyn_route *route = NULL;
    const cyn_request *r = &x->request;
    cyn_code rc = cyn_route_find(x, &route, allow, &e);
    if (rc != CYN_OK) return reply_to_error(x, reply, cyn_status_of(rc), &e);
    bool admitted = false;
    CYN_TRY(cyn_auth_admit(x, route, reply, &admitted));
    if (!admitted) return CYN_OK;
    if (route) return handle(x, route, reply);
    if (strcmp(r->method, "OPTIONS") == 0)
        return reply_options(reply, *allow ? cyn_strdup(r->arena, allow) : "GET, HEAD, OPTIONS");
    if (!*allow) return cyn_reply_error(r, reply, 404, "there is nothing at %.200s", r->path);
    reply->allow = cyn_strdup(r->arena, allow);
    return cyn_reply_error(r, reply, 405, "%.40s is not possible at %.200s; %s are", r->method,
                           r->path, allow);
}

static cyn_code answer(cyn_exchange *x, cyn_reply *reply)
{
    cyn_err e = {0};
    cyn_code rc = cyn_parse_request(x, &e);
    cyn_auth_identify(x);
    make_variant(x);
    if (rc != CYN_OK)
        return reply_to_error(x, reply,
                              x->message->head_too_long ? 431
                              : rc == CYN_E_LIMIT       ? 413
                              : rc == CYN_E_UNSUPPORTED ? 415
                                                        : cyn_status_of(rc),
                              &e);
    const char *etag = kept_tag(x);
    x->request.etag = etag ? etag : "";
    return answer_route(x, reply);
}

void cyn_http_respond(const cyn_http *h, const cyn_message *m, cyn_arena *arena, cyn_answer *a)
{
    cyn_exchange x;
    *a = (cyn_answer){0};
    begin(&x, h, m, arena);
    if (make_nonce(&x) && answer(&x, &a->reply) == CYN_OK) {
        cyn_answer_finish(&x, a);
        return;
    }
    /* Not even an error could be composed. */
    cyn_buf_clear(&a->reply.body);
    *a = (cyn_answer){.reply = {.status = 503}};
}

cyn_code cyn_http_answer(const cyn_route *routes, size_t nroutes, cyn_site *site,
                         const char *method, const char *target, const cyn_http_pair *headers,
                         const char *body, cyn_arena *arena, cyn_reply *reply, cyn_err *err)
{
    cyn_http *h = CYN_NEW(arena, cyn_http);
    if (!h) return cyn_nomem(err);
    *h = (cyn_http){
        .options = {.token = "made-up", .body_limit = 64 << 10, .language = "en"},
        .routes = routes,
        .nroutes = nroutes,
        .site = site,
        .made_up = true,
    };
    cyn_message m = {
        .method = method,
        .target = target,
        .headers = headers,
        .body = body ? body : "",
        .nbody = body ? strlen(body) : 0,
        .peer = "127.0.0.1",
        .now = site && site->clock ? site->clock() : cyn_now(),
    };
    while (headers && headers[m.nheaders].name)
        m.nheaders++;
    cyn_answer a;
    cyn_http_respond(h, &m, arena, &a);
    *reply = a.reply;
    return a.reply.status == 503 && !a.reply.body.data ? cyn_nomem(err) : CYN_OK;
}
