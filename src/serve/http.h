/* The HTTP server: sockets, limits, authentication, routes. The only part that knows libmicrohttpd.
 *
 * Handlers are functions from a request to a reply; they run in the server's threads, several at
 * once, and must be quick: they read what is there (serve/site.h). Whatever a client does costs at
 * most what the options allow. Writing routes need the token, as a bearer or from a form with the
 * session's CSRF token; reading ones need it where `token` is set and `public_read` is not.
 *
 *     CYN_TRY(cyn_http_start(&options, routes, site, &server, err));
 *     cyn_http_stop(server);                       // answers what was begun, in bounded time
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

typedef struct cyn_http cyn_http;
typedef struct cyn_site cyn_site;

typedef struct cyn_http_pair {
    const char *name, *value; /* decoded; value "" where there is none */
} cyn_http_pair;

typedef struct cyn_request {
    const char *method, *path; /* decoded, normalised: no "..", no "//" */
    const cyn_http_pair *query;
    size_t nquery;
    const cyn_http_pair *form; /* of a urlencoded body */
    size_t nform;
    const char *body; /* NUL-terminated; "" */
    size_t nbody;
    const char *content_type; /* "" */
    const char *language;     /* "en" or "ja": ?lang=, else the browser's, else the project's */
    const char *accept;       /* Accept; "" */
    bool wants_html;          /* the client prefers it to JSON */
    bool authorized;          /* it showed the token, or there is none */
    bool may_write;           /* it showed the token: forms are of use to it */
    bool may_know;            /* why we are in trouble, with paths: it showed the token, or there
                                 is none and it is of this machine */
    const char *session;      /* of the browser, for CSRF tokens; "" */
    const char *who;          /* for the record: "token", "127.0.0.1" */
    const char *nonce;        /* for the content security policy of this reply */
    const char *etag;         /* If-None-Match; "" */
    const char *params[4];    /* of the pattern, decoded */
    cyn_arena *arena;         /* of the request */
    const struct cyn_http *server;
    void *native; /* of http.c */
} cyn_request;
/* The first of that name; NULL: there is none. The second looks in the query and then in the form.
 */
const char *cyn_request_query(const cyn_request *r, const char *name);
const char *cyn_request_value(const cyn_request *r, const char *name);
/* How much the client wants the media type, in thousandths, by its name; 0: it does not name it. */
int cyn_request_wants(const cyn_request *r, const char *type);

typedef struct cyn_reply {
    int status;
    const char *type; /* "application/json; charset=utf-8" */
    cyn_buf body;
    const char *etag;     /* NULL: not to be kept */
    const char *location; /* of a redirection; NULL */
    const char *allow;    /* 405; NULL */
} cyn_reply;

typedef cyn_code (*cyn_handler)(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                cyn_err *err);

typedef struct cyn_route {
    const char *method;  /* "GET" also answers HEAD */
    const char *pattern; /* "/api/v1/metrics/{name}"; {rest} at the end may hold slashes */
    cyn_handler handle;
    bool writes; /* needs the token, and is safe from other sites' forms */
    bool open;   /* answered without a token, whatever is set: health */
} cyn_route;

typedef struct cyn_http_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0", "unix:/run/cynosure.sock" */
    const char *token;  /* NULL: no writing; reading is for whoever reaches it */
    bool public_read;
    const char *certificate, *key;                     /* PEM files; NULL: plain HTTP */
    unsigned threads, connections, connections_per_ip; /* 0: 4, 512, 128 */
    size_t body_limit, memory_limit; /* bytes; 0: 64 KiB of a body, 96 KiB to read the rest */
    unsigned timeout;                /* seconds without a byte; 0: 10 */
    const char *language;            /* of the project */
    /* A line for the log, of what went wrong on our side; from any thread. NULL: to nobody. */
    void (*log)(void *self, const char *text);
    void *self;
} cyn_http_options;

/* CYN_E_IO when it cannot listen there, with what to do. */
CYN_NODISCARD cyn_code cyn_http_start(const cyn_http_options *options, const cyn_route *routes,
                                      size_t nroutes, cyn_site *site, cyn_http **out, cyn_err *err);
void cyn_http_stop(cyn_http *h); /* NULL is fine */
/* Where it listens, as a client would type it: "http://127.0.0.1:8080". */
const char *cyn_http_url(const cyn_http *h);
/* The CSRF token of the request's session. */
void cyn_http_csrf(const cyn_request *r, char out[65]);

/* {"error":{"code":"not_found","message":…,"hint":…}} or a page that says it, whatever the client
 * prefers. A last line "hint: …" of the text is the hint. */
CYN_NODISCARD cyn_code cyn_reply_error(const cyn_request *r, cyn_reply *reply, int status,
                                       const char *fmt, ...) CYN_PRINTF(4, 5);

/* A line for the log, of what went wrong on our side; handlers that answer it themselves say so.
 * The same is said once a minute. */
void cyn_request_log(const cyn_request *r, const cyn_err *e);

/* The answer to a made-up request, without a socket: for tests of handlers. It goes the way of any
 * other request, but has the token. `headers` ends with a NULL name, NULL: none; body NULL: none.
 * `reply` is to be cleared with cyn_buf_clear(&reply->body). An error is the server's, not the
 * handler's: that is a reply.
 *
 *     CYN_TRY(cyn_http_answer(cyn_routes_api, cyn_nroutes_api, site, "GET", "/api/v1/metrics",
 *                             NULL, NULL, arena, &reply, err));
 *     CHECK_INT(reply.status, 200);
 */
CYN_NODISCARD cyn_code cyn_http_answer(const cyn_route *routes, size_t nroutes, cyn_site *site,
                                       const char *method, const char *target,
                                       const cyn_http_pair *headers, const char *body,
                                       cyn_arena *arena, cyn_reply *reply, cyn_err *err);
