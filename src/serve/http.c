/* Between libmicrohttpd (loaded by libmicrohttpd.c) and the steps of http_answer.c. The only file
 * that works with its types and its threads; how a request is understood and answered is decided
 * elsewhere.
 *
 * libmicrohttpd reads requests into a pool of bounded size, on a few threads with epoll. It hands
 * over the target as it came, before any decoding, and then the headers and the body bit by bit.
 */
#include "base/hash.h"
#include "base/time.h"
#include "serve/http_impl.h"
#include "serve/site.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    THREADS = 4,
    CONNECTIONS = 512,
    PER_ADDRESS = 128,
    TIMEOUT = 10,
    LEAVING = 64,  /* connections that were ended, and whose threads have not seen it */
    RESERVE = 128, /* files that may be open beside connections */
    FEWEST = 16,   /* connections, however few files may be open */
    ARENA = 64 << 20,
    PEM_MOST = 1 << 20,
    BLOCK = 32 << 10,    /* of an answer, on its way out */
    DRAIN = 3 * 1000000, /* that stopping waits for answers to be taken */
    DISCARD = 4,         /* a body is read up to so many times its limit before it is refused */
};
/* Beside the bytes of a request, libmicrohttpd's notes on each header, cookie and value of the
 * query take their place: 64 bytes each, so that as many as are allowed fit. */
static const size_t body_most = 64 << 10, pool = 96 << 10;
static char tls_versions[] = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1";

/* A request while it arrives. */
typedef struct arrival {
    cyn_http *server;
    char *target;
    uintptr_t target_ends; /* where, in libmicrohttpd's memory */
    cyn_buf body;
    size_t received;
    cyn_arena *arena; /* of the request; made when it has arrived whole */
    void *place;      /* likewise */
    int64_t began;
    bool told;         /* of its headers */
    const char *fault; /* in how it is framed; NULL */
    bool head_too_long;
} arrival;

static void arrival_free(arrival *a)
{
    if (!a) return;
    cyn_buf_clear(&a->body);
    cyn_arena_free(a->arena);
    cyn_free(a->target);
    cyn_free(a);
}

/* ---- the request ---- */

/* Called with the target as it came; what it returns is the arrival of all later calls. */
static void *begin_arrival(void *self, const char *target, struct MHD_Connection *connection)
{
    (void)connection;
    arrival *a = cyn_calloc(1, sizeof *a);
    if (!a) return NULL;
    if (!target) target = "";
    size_t n = strlen(target);
    a->server = self;
    a->began = cyn_monotonic();
    a->target = cyn_malloc(n + 1);
    if (!a->target) {
        cyn_free(a);
        return NULL;
    }
    memcpy(a->target, target, n + 1);
    a->target_ends = (uintptr_t)target + n;
    return a;
}

/* Decoding is ours: libmicrohttpd's would let NUL and bad escapes through. */
static size_t leave_escaped(void *self, struct MHD_Connection *connection, char *s)
{
    (void)self;
    (void)connection;
    return strlen(s);
}

typedef struct gathering {
    cyn_arena *arena;
    cyn_http_pair *pairs;
    size_t count, capacity;
    bool failed, bad;
} gathering;

static enum MHD_Result gather_header(void *self, enum MHD_ValueKind kind, const char *name,
                                     size_t nname, const char *value, size_t nvalue)
{
    (void)kind;
    gathering *g = self;
    if (memchr(name, '\0', nname) || (value && memchr(value, '\0', nvalue))) g->bad = true;
    cyn_http_pair *more = cyn_grown(g->arena, g->pairs, g->count, &g->capacity, sizeof *more);
    if (!more) {
        g->failed = true;
        return MHD_NO;
    }
    g->pairs = more;
    /* The texts live as long as the request does. */
    g->pairs[g->count++] = (cyn_http_pair){.name = name, .value = value ? value : ""};
    return MHD_YES;
}

/* The number of the client's address, as text; "" for a unix socket. */
static void peer_of(struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
    *out = '\0';
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (!address) return;
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, out,
                  INET6_ADDRSTRLEN);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, out,
                  INET6_ADDRSTRLEN);
}

/* ---- the answer ---- */

static void *place_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Called until all is taken. */
static ssize_t take_body(void *self, uint64_t from, char *out, size_t most)
{
    const arrival *a = self;
    ptrdiff_t n = cyn_places_take(a->server->places, a->place, from, out, most);
    return n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

static enum MHD_Result send_answer(arrival *a, struct MHD_Connection *connection,
                                   cyn_answer *answer)
{
    size_t length = answer->reply.body.len;
    bool held = cyn_places_hold(a->server->places, a->place, &answer->reply.body);
    cyn_buf_clear(&answer->reply.body);
    if (!held) return MHD_NO;
    struct MHD_Response *response =
        length ? MHD_create_response_from_callback(length, length < BLOCK ? length : BLOCK,
                                                   take_body, a, NULL)
               : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < answer->nheaders && result == MHD_YES; i++)
        result =
            MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, (unsigned)answer->reply.status, response);
    MHD_destroy_response(response);
    return result;
}

static void count_request(const cyn_http *h, const arrival *a, int status)
{
    cyn_gauges *g = h->site ? h->site->gauges : NULL;
    if (!g) return;
    cyn_gauges_add(g, CYN_COUNT_REQUESTS, 1);
    if (status >= 500) cyn_gauges_add(g, CYN_COUNT_REQUEST_ERRORS, 1);
    cyn_gauges_observe(g, CYN_SECONDS_REQUEST, cyn_monotonic() - a->began);
}

static enum MHD_Result answer(arrival *a, struct MHD_Connection *connection, const char *method)
{
    cyn_http *h = a->server;
    a->place = place_of(connection);
    cyn_places_serve(h->places, a->place);
    a->arena = cyn_arena_new(ARENA);
    gathering headers = {.arena = a->arena};
    if (!a->arena) return MHD_NO;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, gather_header, &headers);
    if (headers.failed || headers.bad || a->body.failed) return MHD_NO;
    char peer[INET6_ADDRSTRLEN];
    peer_of(connection, peer);
    bool fits = a->received <= h->options.body_limit;
    cyn_message m = {
        .method = method,
        .target = a->target,
        .headers = headers.pairs,
        .nheaders = headers.count,
        .body = !fits          ? NULL
                : a->body.data ? a->body.data
                               : "",
        .nbody = a->body.len,
        .peer = peer,
        .bad = a->fault,
        .head_too_long = a->head_too_long,
        .encrypted = h->certificate != NULL,
        .now = h->site && h->site->clock ? h->site->clock() : cyn_now(),
    };
    cyn_answer reply;
    cyn_http_respond(h, &m, a->arena, &reply);
    count_request(h, a, reply.reply.status);
    enum MHD_Result result = send_answer(a, connection, &reply);
    /* Whoever takes long to take the answer holds nothing but that. */
    cyn_arena_free(a->arena);
    a->arena = NULL;
    cyn_buf_clear(&a->body);
    return result;
}

/* ---- how the request is framed ---- */

typedef struct framing {
    size_t lengths, encodings;
    bool chunked;
    unsigned long long length;
} framing;

static enum MHD_Result look_at_framing(void *self, enum MHD_ValueKind kind, const char *name,
                                       const char *value)
{
    (void)kind;
    framing *f = self;
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        f->lengths++;
        f->length = strtoull(value, NULL, 10);
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        f->encodings++;
        f->chunked = strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

/* Why nobody can know where the body ends: a proxy may think otherwise than we do, and take what
 * follows for another client's request. NULL: all is well. */
static const char *fault_of(const framing *f)
{
    if (f->lengths > 1) return "the request has two lengths";
    if (f->lengths && f->encodings) return "the request has a length and a transfer encoding";
    if (f->encodings > 1 || (f->encodings && !f->chunked))
        return "the request has a transfer encoding other than chunked";
    return NULL;
}

/* The target comes as a text that NUL would end. But the version follows it in the same memory,
 * after the blank that is no more: farther away, and something was lost. */
static bool is_cut(const arrival *a, const char *version)
{
    uintptr_t at = (uintptr_t)version, next = a->target_ends + 1;
    return at > next && at - next < a->server->options.memory_limit;
}

static bool is_head_too_long(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info && info->header_size > CYN_HTTP_HEAD;
}

/* The headers have arrived. What is malformed or far too long is answered now, and the connection
 * ends; else the body is read first, so that the client listens when the answer comes. */
static enum MHD_Result take_headers(arrival *a, struct MHD_Connection *connection,
                                    const char *method, const char *version)
{
    const size_t most = a->server->options.body_limit;
    framing f = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_framing, &f);
    a->fault = is_cut(a, version) ? "the target holds NUL" : fault_of(&f);
    a->head_too_long = is_head_too_long(connection);
    if (f.length > DISCARD * most) a->received = most + 1;
    return a->fault || a->head_too_long || a->received ? answer(a, connection, method) : MHD_YES;
}

static enum MHD_Result take_bit(void *self, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *bit,
                                size_t *size, void **context)
{
    (void)url;
    cyn_http *h = self;
    arrival *a = *context;
    if (!a) return MHD_NO; /* memory is exhausted */
    if (!a->told) {
        a->told = true;
        return take_headers(a, connection, method, version);
    }
    if (*size == 0) return answer(a, connection, method);
    a->received += *size;
    if (a->received > DISCARD * h->options.body_limit) return MHD_NO;
    if (a->received <= h->options.body_limit) cyn_buf_add(&a->body, bit, *size);
    *size = 0;
    return MHD_YES;
}

static void end_arrival(void *self, struct MHD_Connection *connection, void **context,
                        enum MHD_RequestTerminationCode how)
{
    (void)how;
    cyn_http *h = self;
    arrival_free(*context);
    *context = NULL;
    cyn_places_served(h->places, place_of(connection));
}

/* ---- connections ---- */

/* Of an IPv6 address the network counts: a client has as many addresses in it as it likes. */
static uint64_t address_key(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (!address) return 0;
    if (address->sa_family == AF_INET)
        return UINT64_C(1) << 32 |
               ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
    if (address->sa_family == AF_INET6)
        return cyn_hash64(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 8, 0) |
               1;
    return 0;
}

static void connection_changed(void *self, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    cyn_http *h = self;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        cyn_places_leave(h->places, *context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info) *context = cyn_places_enter(h->places, info->connect_fd, address_key(connection));
}

/* ---- start and stop ---- */

static cyn_code read_pem(const char *path, char **out, cyn_arena *arena, cyn_err *err)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cyn_fail_errno(err, "cannot read", path);
    cyn_code rc = CYN_OK;
    char *text = NULL;
    ssize_t n = 0;
    if (fstat(fd, &s) != 0) CYN_GOTO(cyn_fail_errno(err, "cannot read", path));
    if (!S_ISREG(s.st_mode) || s.st_size > PEM_MOST)
        CYN_GOTO(cyn_fail(err, CYN_E_DATA, "'%s' is no PEM file", path));
    text = cyn_alloc(arena, (size_t)s.st_size + 1);
    if (!text) CYN_GOTO(cyn_nomem(err));
    n = read(fd, text, (size_t)s.st_size);
    if (n < 0) CYN_GOTO(cyn_fail_errno(err, "cannot read", path));
    if (!strstr(text, "-----BEGIN "))
        CYN_GOTO(
            cyn_fail(err, CYN_E_DATA, "'%s' is no PEM file: it has no '-----BEGIN' line", path));
    *out = text;
done:
    close(fd);
    return rc;
}

/* As many connections as files may be open. */
static unsigned fitting(unsigned connections)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return connections;
    if (files.rlim_cur < RESERVE + LEAVING + FEWEST) return FEWEST;
    rlim_t room = files.rlim_cur - RESERVE - LEAVING;
    return connections < room ? connections : (unsigned)room;
}

static cyn_code copy_options(cyn_http *h, const cyn_http_options *o, cyn_err *err)
{
    h->options = *o;
    cyn_http_options *own = &h->options;
    if (!own->threads) own->threads = THREADS;
    own->connections = fitting(own->connections ? own->connections : CONNECTIONS);
    if (!own->connections_per_ip) own->connections_per_ip = PER_ADDRESS;
    if (!own->body_limit) own->body_limit = body_most;
    if (!own->memory_limit) own->memory_limit = pool;
    if (!own->timeout) own->timeout = TIMEOUT;
    own->listen = cyn_strdup(h->arena, o->listen);
    own->token = o->token && *o->token ? cyn_strdup(h->arena, o->token) : NULL;
    own->language = cyn_strdup(h->arena, o->language ? o->language : "en");
    if (!own->listen || !own->language || (o->token && *o->token && !own->token))
        return cyn_nomem(err);
    cyn_sha256 name = cyn_sha256_of(own->listen, strlen(own->listen));
    char digits[9];
    cyn_hex(name.bytes, 4, digits);
    snprintf(h->cookie, sizeof h->cookie, "cynosure_%s", digits);
    if (getrandom(h->secret, sizeof h->secret, 0) != (ssize_t)sizeof h->secret)
        return cyn_fail_errno(err, "cannot make a secret from", "the system's random numbers");
    return CYN_OK;
}

/* What anyone who reaches the address could do has to be meant. */
static cyn_code check_exposure(cyn_http *h, cyn_err *err)
{
    const cyn_http_options *o = &h->options;
    bool local, is_unix;
    CYN_TRY(cyn_listen_is_local(o->listen, &local, &is_unix, err));
    h->local = local && !is_unix;
    if (!o->certificate != !o->key)
        return cyn_fail(err, CYN_E_CONFLICT, "TLS needs a certificate and a key; the %s is missing",
                        o->key ? "certificate" : "key");
    if (local || o->token || o->public_read) return CYN_OK;
    cyn_fail(err, CYN_E_CONFLICT, "'%s' can be reached from other machines, and there is no token",
             o->listen);
    cyn_hint(err,
             "set a token (openssl rand -hex 32), or listen at 127.0.0.1, or say 'public_read: "
             "true' if everybody may read");
    return CYN_E_CONFLICT;
}

/* Set while this thread starts one: what libmicrohttpd says later is of some client. */
static _Thread_local cyn_http *starting;

__attribute__((format(printf, 2, 0))) static void keep_words(void *self, const char *format,
                                                             va_list arguments)
{
    cyn_http *h = self;
    if (h != starting) return;
    vsnprintf(h->words, sizeof h->words, format, arguments);
    h->words[strcspn(h->words, "\n")] = '\0';
}

static cyn_code start_daemon(cyn_http *h, cyn_err *err)
{
    const cyn_http_options *o = &h->options;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, h->listening, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, o->connections + LEAVING, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, o->timeout, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)o->memory_limit, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)begin_arrival, h},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)end_arrival, h},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_changed, h},
        /* The rest is of TLS. */
        {h->certificate ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, h->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, tls_versions},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     (h->certificate ? MHD_USE_TLS : 0);
    starting = h;
    h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, take_bit, h, MHD_OPTION_EXTERNAL_LOGGER,
                                 keep_words, h, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    starting = NULL;
    if (h->daemon) return CYN_OK;
    if (!MHD_get_version())
        return cyn_fail(err, CYN_E_IO,
                        "the server does not start at %s: the library libmicrohttpd is not "
                        "installed, or lacks a function",
                        o->listen);
    h->listening = -1; /* it closes what it was given, also when it fails */
    return cyn_fail(err, CYN_E_IO, "the server does not start at %s: %s", o->listen,
                    *h->words ? h->words : "libmicrohttpd refuses");
}

cyn_code cyn_http_start(const cyn_http_options *options, const cyn_route *routes, size_t nroutes,
                        cyn_site *site, cyn_http **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_http *h = arena ? CYN_NEW(arena, cyn_http) : NULL;
    if (!h) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    *h = (cyn_http){
        .arena = arena, .routes = routes, .nroutes = nroutes, .site = site, .listening = -1};
    cyn_code rc;
    CYN_GOTO(copy_options(h, options, err));
    CYN_GOTO(check_exposure(h, err));
    if (options->certificate) {
        CYN_GOTO(read_pem(options->certificate, &h->certificate, arena, err));
        CYN_GOTO(read_pem(options->key, &h->key, arena, err));
    }
    const cyn_http_options *o = &h->options;
    CYN_GOTO(cyn_listen(o->listen, h->certificate != NULL, arena, &h->listening, &h->url,
                        &h->socket_path, err));
    CYN_GOTO(cyn_places_new(o->connections, o->connections_per_ip, o->timeout, &h->places, err));
    h->causes = cyn_causes_new();
    if (!h->causes) CYN_GOTO(cyn_nomem(err));
    CYN_GOTO(cyn_brake_new(&h->brake, err));
    CYN_GOTO(start_daemon(h, err));
    *out = h;
    return CYN_OK;
done:
    cyn_http_stop(h);
    return rc;
}

void cyn_http_stop(cyn_http *h)
{
    if (!h) return;
    if (h->daemon) {
        MHD_quiesce_daemon(h->daemon);
        cyn_places_drain(h->places, DRAIN);
        MHD_stop_daemon(h->daemon);
    }
    if (h->listening >= 0) close(h->listening);
    if (h->socket_path) unlink(h->socket_path);
    cyn_places_free(h->places);
    cyn_brake_free(h->brake);
    cyn_causes_free(h->causes);
    cyn_arena_free(h->arena);
}

const char *cyn_http_url(const cyn_http *h)
{
    return h->url;
}
