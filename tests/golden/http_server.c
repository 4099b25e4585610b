/* The HTTP server by itself, with routes that show what arrived, for tests of what clients may do
 * to it. Writes its address on a line, and ends when its standard input does.
 *
 *     http_server LISTEN [token=T] [public] [certificate=FILE key=FILE] [connections=N]
 *                        [per-address=N] [timeout=SECONDS]
 */
#include "base/text.h"
#include "serve/http.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int written;

static cyn_code show_text(cyn_reply *reply)
{
    reply->status = 200;
    reply->type = "text/plain; charset=utf-8";
    return CYN_OK;
}

static cyn_code echo(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    cyn_buf *b = &reply->body;
    cyn_buf_printf(b, "method %s\npath %s\nwho %s\nbody %zu\n", r->method, r->path, r->who,
                   r->nbody);
    for (size_t i = 0; i < r->nquery; i++)
        cyn_buf_printf(b, "query %s=%s\n", r->query[i].name, r->query[i].value);
    for (size_t i = 0; i < r->nform; i++)
        cyn_buf_printf(b, "form %s=%s\n", r->form[i].name, r->form[i].value);
    if (r->params[0]) cyn_buf_printf(b, "param %s\n", r->params[0]);
    return show_text(reply);
}

static cyn_code big(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    long n = strtol(r->params[0], NULL, 10);
    if (n < 0 || n > 64 << 20) return cyn_fail(err, CYN_E_RANGE, "'%s' is too much", r->params[0]);
    if (!cyn_buf_reserve(&reply->body, (size_t)n)) return cyn_nomem(err);
    memset(reply->body.data, 'x', (size_t)n);
    reply->body.len = (size_t)n;
    return show_text(reply);
}

static cyn_code tagged(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)r;
    (void)err;
    reply->etag = "v1";
    cyn_buf_puts(&reply->body, "tagged\n");
    return show_text(reply);
}

static cyn_code write_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)r;
    (void)err;
    cyn_buf_printf(&reply->body, "%d\n", ++written);
    return show_text(reply);
}

static cyn_code show_written(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    char csrf[65];
    cyn_http_csrf(r, csrf);
    cyn_buf_printf(&reply->body, "%d\n%s\n", written, r->may_write ? csrf : "");
    return show_text(reply);
}

static const cyn_route routes[] = {
    {"GET", "/", echo},
    {"GET", "/echo/{rest}", echo},
    {"POST", "/echo/{rest}", echo},
    {"GET", "/big/{bytes}", big},
    {"GET", "/tagged", tagged},
    {"GET", "/written", show_written},
    {"POST", "/write", write_it, .writes = true},
    {"GET", "/-/healthy", tagged, .open = true},
};

static const char *value_of(const char *argument, const char *name)
{
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static void log_line(void *self, const char *text)
{
    (void)self;
    fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
    cyn_http_options o = {.listen = argc > 1 ? argv[1] : "127.0.0.1:0", .log = log_line};
    for (int i = 2; i < argc; i++) {
        const char *v;
        if (strcmp(argv[i], "public") == 0) o.public_read = true;
        if ((v = value_of(argv[i], "token"))) o.token = v;
        if ((v = value_of(argv[i], "certificate"))) o.certificate = v;
        if ((v = value_of(argv[i], "key"))) o.key = v;
        if ((v = value_of(argv[i], "connections"))) o.connections = (unsigned)atoi(v);
        if ((v = value_of(argv[i], "per-address"))) o.connections_per_ip = (unsigned)atoi(v);
        if ((v = value_of(argv[i], "timeout"))) o.timeout = (unsigned)atoi(v);
    }
    cyn_http *server;
    cyn_err e = {0};
    if (cyn_http_start(&o, routes, sizeof routes / sizeof *routes, NULL, &server, &e) != CYN_OK) {
        char text[1500];
        cyn_err_format(&e, text, sizeof text);
        printf("error %s\n", text);
        return 1;
    }
    printf("%s\n", cyn_http_url(server));
    fflush(stdout);
    char c;
    while (read(0, &c, 1) > 0)
        continue;
    cyn_http_stop(server);
    return 0;
}
