/* What the files of the HTTP server share. The way of a request:
 *
 *     http.c        bytes ⇄ cyn_message, cyn_answer      libmicrohttpd, and nobody else knows it
 *     http_places.c who may stay connected
 *     http_answer.c the steps: parse, find the route, admit, handle, finish
 *     http_parse.c  cyn_message → cyn_request            text from strangers: bounded, strict
 *     http_route.c  which route, and what it may be asked instead
 *     http_auth.c   who is asking, and may they
 *     http_causes.c what was said in the log of late
 *     http_brake.c  who showed too many wrong tokens
 *     http_reply.c  errors, pages of a few lines, headers
 *     http_listen.c addresses and listening sockets
 *
 * Only http.c and http_places.c have to do with threads and sockets that are connected; all else
 * is a function of a message.
 */
#pragma once
#include "serve/http.h"
#include <stdatomic.h>

enum {
    CYN_HTTP_SEGMENTS = 16,   /* of a path */
    CYN_HTTP_PAIRS = 512,     /* of a query or a form */
    CYN_HTTP_HEAD = 32 << 10, /* bytes of a request line and its headers */
    CYN_HTTP_PARAMS = 4,
    CYN_HTTP_HEADERS = 20, /* of an answer */
};

/* A request as it came over the wire. */
typedef struct cyn_message {
    const char *method, *target;
    const cyn_http_pair *headers;
    size_t nheaders;
    const char *body; /* NUL-terminated; NULL: too long */
    size_t nbody;
    const char *peer; /* the address; "": a unix socket, or none */
    const char *bad;  /* why it cannot be read; NULL */
    bool head_too_long;
    bool encrypted;
    int64_t now;
} cyn_message;

typedef struct cyn_answer {
    cyn_reply reply;
    cyn_http_pair headers[CYN_HTTP_HEADERS];
    size_t nheaders;
} cyn_answer;

typedef enum cyn_proof {
    CYN_PROOF_NONE,
    CYN_PROOF_BEARER, /* no browser sends it by itself */
    CYN_PROOF_BASIC,
    CYN_PROOF_COOKIE,
} cyn_proof;

/* A request on its way; request.native leads back to it. */
typedef struct cyn_exchange {
    const cyn_http *server;
    const cyn_message *message;
    cyn_request request;
    const char *segments[CYN_HTTP_SEGMENTS]; /* of the path, decoded */
    size_t nsegments;
    cyn_proof proof;
    int wait; /* seconds until a token is looked at again; 0: it was */
    char session[33];
    char nonce[33];
    char variant[9];    /* who gets another answer under the same address; for the etag */
    const char *cookie; /* to be set; NULL */
} cyn_exchange;

typedef struct cyn_places cyn_places;
typedef struct cyn_brake cyn_brake;
typedef struct cyn_causes cyn_causes;

struct cyn_http {
    cyn_http_options options; /* with the defaults; texts in the arena */
    cyn_arena *arena;
    const cyn_route *routes;
    size_t nroutes;
    cyn_site *site; /* may be NULL */
    uint8_t secret[32];
    char cookie[32]; /* its name: hosts share cookies between ports */
    bool local;      /* nobody but this machine reaches it, over TCP: browsers' pages do, too */
    bool made_up;    /* of cyn_http_answer */
    char *url, *socket_path;
    int listening;
    void *daemon;    /* of libmicrohttpd */
    char words[256]; /* with which it refused to start */
    cyn_places *places;
    cyn_brake *brake;        /* NULL: none */
    cyn_causes *causes;      /* of errors of ours; NULL: all are said */
    char *certificate, *key; /* PEM */
};

/* The header's value, by its name in any case; NULL: there is none. */
const char *cyn_message_header(const cyn_message *m, const char *name);

/* ---- http_parse.c ---- */
/* What does not fail: language, preferences. Before anything that does, for the sake of its error.
 */
void cyn_parse_preferences(cyn_exchange *x);
/* Path, query, body. CYN_E_SYNTAX, CYN_E_LIMIT, CYN_E_UNSUPPORTED, CYN_E_NOMEM. */
CYN_NODISCARD cyn_code cyn_parse_request(cyn_exchange *x, cyn_err *err);

/* ---- http_route.c ---- */
/* The route, with the request's params set; NULL: none. `allow` lists what the path may be asked
 * ("GET, HEAD, OPTIONS"), or is "" where it is nobody's. */
CYN_NODISCARD cyn_code cyn_route_find(cyn_exchange *x, const cyn_route **out, char allow[64],
                                      cyn_err *err);

/* ---- http_auth.c ---- */
void cyn_auth_identify(cyn_exchange *x);
/* Whether the route may be answered; else the reply says why not. */
CYN_NODISCARD cyn_code cyn_auth_admit(cyn_exchange *x, const cyn_route *route, cyn_reply *reply,
                                      bool *admitted);
extern const cyn_route cyn_routes_auth[]; /* /login, /logout */
extern const size_t cyn_nroutes_auth;

/* ---- http_brake.c ---- */
CYN_NODISCARD cyn_code cyn_brake_new(cyn_brake **out, cyn_err *err);
void cyn_brake_free(cyn_brake *b); /* NULL is fine */
/* Seconds until tokens from the address are looked at; 0: they are. Of a unix socket (""), through
 * which all come from one place, they always are. */
int cyn_brake_wait(cyn_brake *b, const char *peer, int64_t now);
void cyn_brake_wrong(cyn_brake *b, const char *peer, int64_t now);

/* ---- http_reply.c ---- */
int cyn_status_of(cyn_code code);
/* A page of a title and what stands below it, which is HTML. */
void cyn_reply_page(const cyn_request *r, cyn_reply *reply, const char *title, const char *html);
void cyn_buf_html(cyn_buf *b, const char *text); /* escaped */
/* Headers, entity tag, 304. */
void cyn_answer_finish(cyn_exchange *x, cyn_answer *a);

/* ---- http_answer.c ---- */
void cyn_http_respond(const cyn_http *h, const cyn_message *m, cyn_arena *arena, cyn_answer *a);

/* ---- http_listen.c ---- */
/* A listening socket at the address, and what it is called; text lives in the arena. */
CYN_NODISCARD cyn_code cyn_listen(const char *address, bool encrypted, cyn_arena *arena, int *fd,
                                  char **url, char **path, cyn_err *err);
/* Whether nobody but this machine can reach the address. */
CYN_NODISCARD cyn_code cyn_listen_is_local(const char *address, bool *local, bool *is_unix,
                                           cyn_err *err);
/* Whether a Host header names this machine by number or as localhost. */
bool cyn_host_is_local(const char *host);

/* ---- http_causes.c ---- */
cyn_causes *cyn_causes_new(void);    /* NULL when memory is exhausted */
void cyn_causes_free(cyn_causes *c); /* NULL is fine */
/* Whether it was not said within the last minute, and notes that it is said now (monotonic). Any
 * thread. */
bool cyn_causes_is_news(cyn_causes *c, const char *cause, int64_t now);

/* ---- http_places.c ---- */
/* Who is connected. The one that has waited longest without a whole request makes room for the next
 * one; a request has to arrive, and an answer to be taken, within a time. */
CYN_NODISCARD cyn_code cyn_places_new(unsigned most, unsigned most_per_address, unsigned timeout,
                                      cyn_places **out, cyn_err *err);
/* After the last connection has left. */
void cyn_places_free(cyn_places *p);
/* A connection's place; NULL when memory is exhausted. `address`: its hash, 0: it has none. */
void *cyn_places_enter(cyn_places *p, int fd, uint64_t address);
/* Its request has arrived whole. */
void cyn_places_serve(cyn_places *p, void *place);
/* Its answer is taken over, and waits to be taken; false: the connection was ended. */
bool cyn_places_hold(cyn_places *p, void *place, cyn_buf *body);
/* Copies what begins there; how much, -1: the connection was ended. */
ptrdiff_t cyn_places_take(cyn_places *p, void *place, uint64_t from, char *out, size_t most);
/* … and was taken. */
void cyn_places_served(cyn_places *p, void *place);
/* Before its descriptor is closed. */
void cyn_places_leave(cyn_places *p, void *place);
/* Waits until nobody is being answered, at most that long. */
void cyn_places_drain(cyn_places *p, int64_t micros);
