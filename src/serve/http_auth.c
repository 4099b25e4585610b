/* Who is asking, and may they.
 *
 * A token is shown in one of three ways: as a bearer, which no browser does by itself; as the
 * password of HTTP Basic; or once, to /login, for a cookie. The cookie holds when it ends and a
 * random session, signed with a secret that ends with the process: nothing is stored. What a
 * browser sends by itself, other sites can make it send. So with Basic and with a cookie a writing
 * request has to come from our own pages: the browser says so (Sec-Fetch-Site, Origin), and the
 * form carries the CSRF token of its session, which no other site can read.
 */
#include "base/base64.h"
#include "base/hash.h"
#include "serve/http_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum {
    SESSION_SECONDS = 7 * 24 * 3600,
    DIGITS = 16, /* of when it ends */
    ID = 32,
    MAC = 64,
    COOKIE = DIGITS + 1 + ID + 1 + MAC,
};

/* ---- secrets ---- */

static void sign(const cyn_http *h, const char *purpose, const char *text, char out[MAC + 1])
{
    char message[256];
    int n = snprintf(message, sizeof message, "%s:%s", purpose, text);
    cyn_sha256 mac = cyn_hmac_sha256(h->secret, sizeof h->secret, message, (size_t)n);
    cyn_hex(mac.bytes, sizeof mac.bytes, out);
}

/* In a time that tells nothing of where they differ, nor of their lengths. */
static bool is_secret(const cyn_http *h, const char *given, const char *expected)
{
    cyn_sha256 a = cyn_hmac_sha256(h->secret, sizeof h->secret, given, strlen(given));
    cyn_sha256 b = cyn_hmac_sha256(h->secret, sizeof h->secret, expected, strlen(expected));
    unsigned different = 0;
    for (size_t i = 0; i < sizeof a.bytes; i++)
        different |= (unsigned)(a.bytes[i] ^ b.bytes[i]);
    return different == 0;
}

/* ---- the session ---- */

/* The value of our cookie, among those of the header; false: it is not there. */
static bool cookie_of(const cyn_exchange *x, char out[COOKIE + 1])
{
    const char *s = cyn_message_header(x->message, "Cookie");
    size_t name = strlen(x->server->cookie);
    while (s && *s) {
        s += strspn(s, "; ");
        size_t n = strcspn(s, ";");
        if (n == name + 1 + COOKIE && strncmp(s, x->server->cookie, name) == 0 && s[name] == '=') {
            memcpy(out, s + name + 1, COOKIE);
            out[COOKIE] = '\0';
            return true;
        }
        s += n;
    }
    return false;
}

static bool has_session(cyn_exchange *x)
{
    char cookie[COOKIE + 1], mac[MAC + 1];
    if (!cookie_of(x, cookie) || cookie[DIGITS] != '.' || cookie[DIGITS + 1 + ID] != '.')
        return false;
    cookie[DIGITS + 1 + ID] = '\0';
    sign(x->server, "session", cookie, mac);
    if (!is_secret(x->server, cookie + DIGITS + 1 + ID + 1, mac)) return false;
    if (strtoll(cookie, NULL, 16) <= x->message->now) return false;
    memcpy(x->session, cookie + DIGITS + 1, ID);
    return true;
}

static const char *set_cookie(const cyn_exchange *x, const char *value, int seconds)
{
    const char *proto = cyn_message_header(x->message, "X-Forwarded-Proto");
    bool secure = x->message->encrypted || (proto && strcasecmp(proto, "https") == 0);
    /* Lax: who follows a link of an alert's message is still logged in. Reading changes nothing. */
    return cyn_sprintf(x->request.arena, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
                       x->server->cookie, value, seconds, secure ? "; Secure" : "");
}

static bool start_session(cyn_exchange *x)
{
    uint8_t random[ID / 2];
    char text[DIGITS + 1 + ID + 1], id[ID + 1], mac[MAC + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return false;
    cyn_hex(random, sizeof random, id);
    int64_t end = x->message->now + (int64_t)SESSION_SECONDS * 1000000;
    snprintf(text, sizeof text, "%016llx.%s", (unsigned long long)end, id);
    sign(x->server, "session", text, mac);
    const char *value = cyn_sprintf(x->request.arena, "%s.%s", text, mac);
    if (value) x->cookie = set_cookie(x, value, SESSION_SECONDS);
    return x->cookie != NULL;
}

void cyn_http_csrf(const cyn_request *r, char out[65])
{
    sign(r->server, "csrf", r->session, out);
}

/* ---- who is asking ---- */

static cyn_proof proof_of_header(const cyn_exchange *x, const char *credentials)
{
    const cyn_http *h = x->server;
    if (strncasecmp(credentials, "Bearer ", 7) == 0) {
        const char *token = credentials + 7 + strspn(credentials + 7, " ");
        return is_secret(h, token, h->options.token) ? CYN_PROOF_BEARER : CYN_PROOF_NONE;
    }
    if (strncasecmp(credentials, "Basic ", 6) != 0) return CYN_PROOF_NONE;
    const char *encoded = credentials + 6 + strspn(credentials + 6, " ");
    cyn_buf pair = {0};
    cyn_proof proof = CYN_PROOF_NONE;
    if (cyn_base64_decode(encoded, strlen(encoded), &pair) && pair.data &&
        strlen(pair.data) == pair.len) {
        const char *colon = strchr(pair.data, ':');
        if (colon && is_secret(h, colon + 1, h->options.token)) proof = CYN_PROOF_BASIC;
    }
    cyn_buf_clear(&pair);
    return proof;
}

/* Whether a token that it shows is looked at. */
static bool is_heard(cyn_exchange *x)
{
    x->wait = cyn_brake_wait(x->server->brake, x->message->peer, x->message->now);
    return x->wait == 0;
}

static void note_wrong(const cyn_exchange *x)
{
    cyn_brake_wrong(x->server->brake, x->message->peer, x->message->now);
}

static cyn_proof proof_of_token(cyn_exchange *x, const char *credentials)
{
    if (!is_heard(x)) return CYN_PROOF_NONE;
    cyn_proof proof = proof_of_header(x, credentials);
    if (proof == CYN_PROOF_NONE) note_wrong(x);
    return proof;
}

static cyn_proof proof_of(cyn_exchange *x)
{
    if (x->server->made_up) return CYN_PROOF_BEARER;
    if (!x->server->options.token) return CYN_PROOF_NONE;
    const char *credentials = cyn_message_header(x->message, "Authorization");
    if (credentials) return proof_of_token(x, credentials);
    return has_session(x) ? CYN_PROOF_COOKIE : CYN_PROOF_NONE;
}

static bool is_of_this_machine(const cyn_http *h)
{
    return h->local || h->socket_path;
}

void cyn_auth_identify(cyn_exchange *x)
{
    cyn_request *r = &x->request;
    x->proof = proof_of(x);
    r->may_write = x->proof != CYN_PROOF_NONE;
    r->authorized = r->may_write || !x->server->options.token;
    r->may_know = r->may_write || (!x->server->options.token && is_of_this_machine(x->server));
    r->session = x->proof == CYN_PROOF_COOKIE ? x->session
                 : x->proof == CYN_PROOF_NONE ? ""
                                              : "token";
    r->who = r->may_write ? "token" : *x->message->peer ? x->message->peer : "local";
}

/* ---- may they ---- */

static cyn_code refuse(cyn_exchange *x, cyn_reply *reply, bool wrong);

/* The host and port of an origin such as "https://host:443" are what the client asked for; a proxy
 * says what that was. Other sites' forms cannot set either header. */
static bool is_own_origin(const cyn_exchange *x, const char *origin)
{
    const char *host = strstr(origin, "://");
    const char *asked[] = {cyn_message_header(x->message, "Host"),
                           cyn_message_header(x->message, "X-Forwarded-Host")};
    for (size_t i = 0; host && i < 2; i++)
        if (asked[i] && strcasecmp(host + 3, asked[i]) == 0) return true;
    return false;
}

static bool is_from_own_page(const cyn_exchange *x)
{
    const char *site = cyn_message_header(x->message, "Sec-Fetch-Site");
    if (site) return strcmp(site, "same-origin") == 0;
    const char *origin = cyn_message_header(x->message, "Origin");
    return !origin || is_own_origin(x, origin);
}

static bool has_csrf_token(const cyn_exchange *x)
{
    char expected[65];
    const char *given = cyn_message_header(x->message, "X-CSRF-Token");
    for (size_t i = 0; !given && i < x->request.nform; i++)
        if (strcmp(x->request.form[i].name, "csrf") == 0) given = x->request.form[i].value;
    cyn_http_csrf(&x->request, expected);
    return given && is_secret(x->server, given, expected);
}

static cyn_code ask_to_wait(const cyn_exchange *x, cyn_reply *reply)
{
    return cyn_reply_error(&x->request, reply, 429,
                           "too many wrong tokens came from your address\nhint: wait %d seconds",
                           x->wait);
}

static cyn_code admit_writing(cyn_exchange *x, cyn_reply *reply, bool *admitted)
{
    const cyn_request *r = &x->request;
    if (!x->server->options.token)
        return cyn_reply_error(
            r, reply, 403,
            "nothing can be changed here without a token\nhint: set 'token' under "
            "'serve' in cynosure.yaml, and send it as a bearer");
    if (!r->may_write) return refuse(x, reply, false);
    if (x->proof == CYN_PROOF_BEARER) {
        *admitted = true;
        return CYN_OK;
    }
    if (!is_from_own_page(x))
        return cyn_reply_error(r, reply, 403, "the request comes from another site");
    if (!has_csrf_token(x))
        return cyn_reply_error(r, reply, 403,
                               "the form's token is missing, or of another session\nhint: open the "
                               "page anew, or send the server's token as a bearer");
    *admitted = true;
    return CYN_OK;
}

/* Some other site's name may be made to lead to this machine (DNS rebinding): then a page of it
 * could read what is open to this machine. */
static bool is_host_trusted(const cyn_exchange *x)
{
    const cyn_http *h = x->server;
    bool open = !h->options.token || h->options.public_read;
    const char *host = cyn_message_header(x->message, "Host");
    return h->made_up || !h->local || !open || !host || cyn_host_is_local(host);
}

cyn_code cyn_auth_admit(cyn_exchange *x, const cyn_route *route, cyn_reply *reply, bool *admitted)
{
    const cyn_request *r = &x->request;
    const char *token = x->server->options.token;
    if (!is_host_trusted(x))
        return cyn_reply_error(
            r, reply, 421,
            "this server answers to the name localhost only\nhint: a proxy has to send "
            "'Host: localhost', or set a token for reading");
    bool wrong = token && !r->may_write && cyn_message_header(x->message, "Authorization");
    if (route && route->open) {
        *admitted = true;
        return CYN_OK;
    }
    if (x->wait) return ask_to_wait(x, reply);
    if (wrong || (token && !x->server->options.public_read && !r->may_write))
        return refuse(x, reply, wrong);
    if (route && route->writes) return admit_writing(x, reply, admitted);
    *admitted = true;
    return CYN_OK;
}

/* ---- logging in ---- */

/* Where a login may lead: a path of ours, never another site. */
static const char *safe_next(const char *next)
{
    if (!next || next[0] != '/' || next[1] == '/' || next[1] == '\\') return "/";
    for (const char *s = next; *s; s++)
        if (*s <= ' ' || *s > '~') return "/";
    return next;
}

static cyn_code reply_login(const cyn_request *r, cyn_reply *reply, int status, const char *next,
                            bool wrong)
{
    bool japanese = strcmp(r->language, "ja") == 0;
    cyn_buf form = {0};
    cyn_buf_puts(&form, "<form method=\"post\" action=\"/login\">\n");
    if (wrong)
        cyn_buf_printf(&form, "<p role=\"alert\">%s</p>\n",
                       japanese ? "トークンが違います。" : "That is not the token.");
    cyn_buf_puts(&form, "<input type=\"hidden\" name=\"next\" value=\"");
    cyn_buf_html(&form, next);
    cyn_buf_printf(&form,
                   "\">\n<label for=\"token\">%s</label>\n"
                   "<input id=\"token\" name=\"token\" type=\"password\" required autofocus "
                   "autocomplete=\"current-password\">\n<button>%s</button>\n</form>",
                   japanese ? "トークン" : "Token", japanese ? "ログイン" : "Log in");
    bool failed = form.failed;
    reply->status = status;
    if (!failed) cyn_reply_page(r, reply, japanese ? "ログイン" : "Log in", form.data);
    cyn_buf_clear(&form);
    return failed ? CYN_E_NOMEM : CYN_OK;
}

/* 401; for people with the form that mends it. */
static cyn_code refuse(cyn_exchange *x, cyn_reply *reply, bool wrong)
{
    const cyn_request *r = &x->request;
    if (r->wants_html) {
        bool reads = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
        return reply_login(r, reply, 401, reads ? safe_next(x->message->target) : "/", wrong);
    }
    return cyn_reply_error(r, reply, 401, "%s",
                           wrong ? "that is not the server's token"
                                 : "this needs the server's token, as 'Authorization: Bearer …'");
}

static cyn_code show_login(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    if (!r->server->options.token)
        return cyn_fail(err, CYN_E_NAME, "this server has no token to log in with");
    return reply_login(r, reply, 200, safe_next(cyn_request_query(r, "next")), false);
}

static cyn_code log_in(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    cyn_exchange *x = r->native;
    const cyn_http *h = r->server;
    if (!h->options.token)
        return cyn_fail(err, CYN_E_NAME, "this server has no token to log in with");
    if (!is_from_own_page(x))
        return cyn_reply_error(r, reply, 403, "the request comes from another site");
    const char *token = NULL, *next = NULL;
    for (size_t i = 0; i < r->nform; i++) {
        if (strcmp(r->form[i].name, "token") == 0) token = r->form[i].value;
        if (strcmp(r->form[i].name, "next") == 0) next = r->form[i].value;
    }
    if (!is_heard(x)) return ask_to_wait(x, reply);
    if (!token || !is_secret(h, token, h->options.token)) {
        note_wrong(x);
        return reply_login(r, reply, 401, safe_next(next), true);
    }
    if (!start_session(x)) return cyn_nomem(err);
    reply->status = 303;
    reply->location = safe_next(next);
    return CYN_OK;
}

static cyn_code log_out(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    cyn_exchange *x = r->native;
    if (!is_from_own_page(x))
        return cyn_reply_error(r, reply, 403, "the request comes from another site");
    x->cookie = set_cookie(x, "", 0);
    if (!x->cookie) return cyn_nomem(err);
    reply->status = 303;
    reply->location = "/";
    return CYN_OK;
}

const cyn_route cyn_routes_auth[] = {
    {"GET", "/login", show_login, .open = true},
    {"POST", "/login", log_in, .open = true},
    {"POST", "/logout", log_out, .open = true},
};
const size_t cyn_nroutes_auth = sizeof cyn_routes_auth / sizeof *cyn_routes_auth;
