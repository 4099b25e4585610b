/* A request as a stranger may send it, past libmicrohttpd: method, target, headers and body,
 * divided by line ends. Whatever it is, there is one answer, of a status that stands for something,
 * with the headers that every answer has; nothing is written without the token; and a path that is
 * handled holds neither dots that climb nor controls.
 */
#include "base/text.h"
#include "promise.h"
#include "serve/http_impl.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS = 16 };

static bool is_clean(const char *text)
{
    size_t n = strlen(text);
    return cyn_utf8_valid(text, n) == n;
}

static cyn_code read_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    PROMISE(r->path[0] == '/' && is_clean(r->path) && !strstr(r->path, "/../"));
    for (const char *c = r->path; *c; c++)
        PROMISE((unsigned char)*c >= 0x20 && *c != 0x7f);
    for (size_t i = 0; i < r->nquery; i++)
        PROMISE(is_clean(r->query[i].name) && is_clean(r->query[i].value));
    for (size_t i = 0; i < r->nform; i++)
        PROMISE(is_clean(r->form[i].name) && is_clean(r->form[i].value));
    for (size_t i = 0; i < 4 && r->params[i]; i++)
        PROMISE(is_clean(r->params[i]));
    PROMISE(strcmp(r->language, "en") == 0 || strcmp(r->language, "ja") == 0);
    PROMISE(!r->may_write);
    reply->status = 200;
    reply->type = "text/plain";
    reply->etag = "v1";
    cyn_buf_puts(&reply->body, r->path);
    return CYN_OK;
}

static cyn_code write_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)r;
    (void)reply;
    (void)err;
    PROMISE(!"written without the token");
    return CYN_OK;
}

static const cyn_route routes[] = {
    {"GET", "/", read_it},
    {"GET", "/metric/{name}", read_it},
    {"GET", "/api/v1/{kind}/{name}/values", read_it},
    {"GET", "/file/{rest}", read_it},
    {"POST", "/api/v1/query", read_it},
    {"POST", "/metric/{name}", write_it, .writes = true},
    {"DELETE", "/metric/{name}", write_it, .writes = true},
};

/* The text up to the next line end, which is cut off; "" at the end. */
static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end) *end = '\0';
    return line;
}

static size_t read_headers(char **text, cyn_http_pair headers[HEADERS])
{
    size_t n = 0;
    char *line;
    while (n < HEADERS && *(line = next_line(text))) {
        char *colon = strchr(line, ':');
        if (colon) *colon++ = '\0';
        if (colon) colon += *colon == ' ';
        headers[n++] = (cyn_http_pair){.name = line, .value = colon ? colon : ""};
    }
    return n;
}

static void check_answer(const cyn_answer *a)
{
    bool typed = false, sniffed = false, empty = a->reply.status == 204 || a->reply.status == 304;
    PROMISE(a->reply.status >= 200 && a->reply.status < 500);
    for (size_t i = 0; i < a->nheaders; i++) {
        const char *name = a->headers[i].name, *value = a->headers[i].value;
        typed |= strcmp(name, "Content-Type") == 0;
        sniffed |= strcmp(name, "X-Content-Type-Options") == 0;
        PROMISE(strcmp(name, "Set-Cookie") != 0 || strstr(value, "=; Path=/; Max-Age=0"));
        PROMISE(!strpbrk(value, "\r\n"));
    }
    PROMISE(sniffed && (typed || a->reply.body.len == 0 || a->reply.status == 303));
    PROMISE(!empty || a->reply.body.len == 0);
    PROMISE(a->reply.body.len == 0 || is_clean(a->reply.body.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "HEAD", "DELETE", "OPTIONS"};
    if (size < 2 || size > 1 << 16) return 0;
    cyn_arena *arena = cyn_arena_new(0);
    char *text = cyn_strndup(arena, (const char *)data + 1, size - 1);
    PROMISE(text);
    cyn_http_pair headers[HEADERS];
    cyn_http server = {
        .options = {.token = data[0] & 8 ? NULL : "of 32 bytes that nobody can guess",
                    .public_read = true,
                    .body_limit = 1 << 16,
                    .language = data[0] & 16 ? "ja" : "en"},
        .routes = routes,
        .nroutes = sizeof routes / sizeof *routes,
        .local = data[0] & 32,
        .cookie = "c",
        .made_up = false,
    };
    size_t which = data[0] & 7;
    cyn_message m = {.peer = "", .now = 1};
    m.target = next_line(&text);
    m.method = which < 5 ? methods[which] : next_line(&text);
    m.nheaders = read_headers(&text, headers);
    m.headers = headers;
    m.body = text;
    m.nbody = strlen(text);
    cyn_answer a;
    cyn_http_respond(&server, &m, arena, &a);
    check_answer(&a);
    cyn_buf_clear(&a.reply.body);
    cyn_arena_free(arena);
    return 0;
}
