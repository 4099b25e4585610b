/* Replies that any handler may need, and the headers that all of them have. */
#include "base/text.h"
#include "serve/http_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 1500 }; /* of an error, with its place and its hint */

int cyn_status_of(cyn_code code)
{
    switch (code) {
    case CYN_OK: return 200;
    case CYN_E_SYNTAX:
    case CYN_E_TYPE:
    case CYN_E_RANGE:
    case CYN_E_USAGE: return 400;
    case CYN_E_NAME: return 404;
    case CYN_E_CONFLICT: return 409;
    case CYN_E_LIMIT: return 422;
    case CYN_E_UNSUPPORTED: return 501;
    case CYN_E_NOMEM:
    case CYN_E_IO:
    case CYN_E_STATE:
    case CYN_E_CANCEL: return 503;
    default: return 500;
    }
}

/* ---- pages of a few lines ---- */

void cyn_buf_html(cyn_buf *b, const char *text)
{
    for (const char *s = text; *s;) {
        size_t plain = strcspn(s, "&<>\"'");
        cyn_buf_add(b, s, plain);
        s += plain;
        switch (*s) {
        case '&': cyn_buf_puts(b, "&amp;"); break;
        case '<': cyn_buf_puts(b, "&lt;"); break;
        case '>': cyn_buf_puts(b, "&gt;"); break;
        case '"': cyn_buf_puts(b, "&quot;"); break;
        case '\'': cyn_buf_puts(b, "&#39;"); break;
        default: return;
        }
        s++;
    }
}

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem}"
    "h1{font-size:1.4rem}p{overflow-wrap:anywhere}"
    "input,button{font:inherit;padding:.45rem .7rem;border-radius:.4rem;border:1px solid #767676}"
    "input{width:100%;box-sizing:border-box;margin:.3rem 0 .9rem}"
    "button{background:#1f5fbf;color:#fff;border-color:#1f5fbf;cursor:pointer}";

void cyn_reply_page(const cyn_request *r, cyn_reply *reply, const char *title, const char *html)
{
    cyn_buf *b = &reply->body;
    reply->type = "text/html; charset=utf-8";
    cyn_buf_reset(b);
    cyn_buf_printf(b,
                   "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<title>",
                   r->language);
    cyn_buf_html(b, title);
    cyn_buf_printf(
        b, " · Cynosure</title>\n<style nonce=\"%s\">%s</style>\n</head>\n<body>\n<main>\n<h1>",
        r->nonce, style);
    cyn_buf_html(b, title);
    cyn_buf_printf(b, "</h1>\n%s\n</main>\n</body>\n</html>\n", html);
}

static const char *title_of(int status, bool japanese)
{
    switch (status) {
    case 400: return japanese ? "リクエストを理解できません" : "The request is malformed";
    case 401: return japanese ? "ログインが必要です" : "Please log in";
    case 403: return japanese ? "許可されていません" : "Not allowed";
    case 404: return japanese ? "見つかりません" : "Not found";
    case 405: return japanese ? "この操作はできません" : "Not possible here";
    case 409: return japanese ? "競合があります" : "A conflict";
    case 503: return japanese ? "今は応答できません" : "Not available now";
    default: break;
    }
    if (status < 500)
        return japanese ? "リクエストを処理できません" : "The request cannot be answered";
    return japanese ? "エラーが発生しました" : "Something went wrong";
}

/* The word for a program; stable, whatever the message says. */
static const char *word_of(int status)
{
    switch (status) {
    case 400: return "bad_request";
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 404: return "not_found";
    case 405: return "method_not_allowed";
    case 409: return "conflict";
    case 413: return "too_large";
    case 415: return "unsupported_type";
    case 422: return "limit";
    case 429: return "too_many";
    case 501: return "unsupported";
    case 503: return "unavailable";
    default: return status < 500 ? "bad_request" : "internal";
    }
}

/* A message, and what follows its line end and "hint: ", if anything does. */
typedef struct told {
    const char *text, *hint; /* hint NULL */
    size_t ntext;
} told;

static told split(const char *text)
{
    static const char mark[] = "\nhint: ";
    const char *at = strstr(text, mark);
    return (told){.text = text,
                  .ntext = at ? (size_t)(at - text) : strlen(text),
                  .hint = at ? at + sizeof mark - 1 : NULL};
}

static void put_failure(cyn_reply *reply, told t)
{
    cyn_buf *b = &reply->body;
    reply->type = "application/json; charset=utf-8";
    cyn_buf_reset(b);
    cyn_buf_printf(b, "{\"error\":{\"code\":\"%s\",\"message\":", word_of(reply->status));
    cyn_buf_json_string(b, t.text, t.ntext);
    cyn_buf_puts(b, ",\"hint\":");
    if (t.hint)
        cyn_buf_json_string(b, t.hint, strlen(t.hint));
    else
        cyn_buf_puts(b, "null");
    cyn_buf_puts(b, "}}\n");
}

static void put_page(const cyn_request *r, cyn_reply *reply, told t)
{
    cyn_buf html = {0};
    char text[TEXT];
    snprintf(text, sizeof text, "%.*s", (int)t.ntext, t.text);
    cyn_buf_puts(&html, "<p>");
    cyn_buf_html(&html, text);
    cyn_buf_puts(&html, "</p>");
    if (t.hint) {
        cyn_buf_puts(&html, "\n<p>");
        cyn_buf_html(&html, t.hint);
        cyn_buf_puts(&html, "</p>");
    }
    if (html.failed)
        reply->body.failed = true;
    else
        cyn_reply_page(r, reply, title_of(reply->status, strcmp(r->language, "ja") == 0),
                       html.data);
    cyn_buf_clear(&html);
}

/* What was quoted of a request may be anything, and may have been cut off in a character. */
static void make_printable(char *text)
{
    size_t n = strlen(text);
    for (size_t at; (at = cyn_utf8_valid(text, n)) < n;)
        text[at] = '?';
    cyn_blank_controls(text, n, true);
}

cyn_code cyn_reply_error(const cyn_request *r, cyn_reply *reply, int status, const char *fmt, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    make_printable(text);
    reply->status = status;
    reply->etag = NULL;
    if (r->wants_html)
        put_page(r, reply, split(text));
    else
        put_failure(reply, split(text));
    return cyn_buf_check(&reply->body, NULL);
}

/* ---- headers ---- */

static void add(cyn_answer *a, const char *name, const char *value)
{
    if (value && a->nheaders < CYN_HTTP_HEADERS)
        a->headers[a->nheaders++] = (cyn_http_pair){.name = name, .value = value};
}

/* What the page may load: its own style, script and pictures, marked as ours. */
static const char *policy(const cyn_exchange *x)
{
    return cyn_sprintf(x->request.arena,
                       "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; "
                       "img-src 'self' data:; connect-src 'self'; form-action 'self'; "
                       "base-uri 'none'; frame-ancestors 'none'",
                       x->nonce, x->nonce);
}

/* An answer is one for a language, a form, and a session: its tag says so, and a copy that belongs
 * to another of them is not the one that was asked for. */
static const char *tag_of(const cyn_exchange *x, const char *etag)
{
    return cyn_sprintf(x->request.arena, "\"%s-%s\"", etag, x->variant);
}

void cyn_answer_finish(cyn_exchange *x, cyn_answer *a)
{
    cyn_reply *reply = &a->reply;
    const cyn_request *r = &x->request;
    bool kept = reply->etag && reply->status == 200;
    if (kept && strcmp(r->etag, reply->etag) == 0) reply->status = 304;
    bool empty = reply->status == 304 || reply->status == 204;
    if (empty) cyn_buf_reset(&reply->body);
    if (!empty && reply->type) {
        add(a, "Content-Type", reply->type);
        /* A 304 leaves the policy that the kept page came with: its nonce belongs to that. */
        add(a, "Content-Security-Policy", policy(x));
    }
    if (reply->etag && (kept || reply->status == 304)) {
        add(a, "ETag", tag_of(x, reply->etag));
        add(a, "Cache-Control", "private, no-cache");
        add(a, "Vary", "Accept, Accept-Language, Authorization, Cookie");
    } else {
        add(a, "Cache-Control", "no-store");
    }
    add(a, "X-Content-Type-Options", "nosniff");
    add(a, "X-Frame-Options", "DENY");
    add(a, "Referrer-Policy", "same-origin");
    add(a, "Cross-Origin-Resource-Policy", "same-origin");
    add(a, "Location", reply->location);
    add(a, "Allow", reply->allow);
    add(a, "Set-Cookie", x->cookie);
    if (reply->status == 503) add(a, "Retry-After", "5");
    if (reply->status == 429) add(a, "Retry-After", cyn_sprintf(r->arena, "%d", x->wait));
    /* A browser would ask with a window of its own, in place of our page. */
    bool browser = r->wants_html || cyn_message_header(x->message, "Sec-Fetch-Mode");
    if (reply->status == 401)
        add(a, "WWW-Authenticate",
            browser ? "Bearer realm=\"cynosure\"" : "Basic realm=\"cynosure\", charset=\"UTF-8\"");
}
