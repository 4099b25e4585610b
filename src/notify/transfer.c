#include "notify/libcurl_impl.h"
#include "notify/transfer_impl.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MOST   (64 * 1024)
#define CONNECT_MOST 10000 /* milliseconds */
#define POLL         100

/* Answers */

/* What is more than the limit ends the transfer. */
static size_t take(cyn_transfer *t, const char *data, size_t n)
{
    size_t used = t->received < sizeof t->reply - 1 ? t->received : sizeof t->reply - 1;
    size_t room = sizeof t->reply - 1 - used;
    memcpy(t->reply + used, data, n < room ? n : room);
    t->received += n;
    return t->received > REPLY_MOST ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *context)
{
    return take(context, data, size * n);
}

/* Headers are counted, and not kept. */
static size_t on_header(char *data, size_t size, size_t n, void *context)
{
    (void)data;
    size_t *seen = context;
    *seen += size * n;
    return *seen > REPLY_MOST ? 0 : size * n;
}

/* Sockets: which ones are open is known here, so that they can be shut down */

static int on_open(void *context, curl_socket_t s, curlsocktype purpose)
{
    (void)purpose;
    cyn_transfer *t = context;
    if (t->nsockets < CYN_TRANSFER_SOCKETS) t->sockets[t->nsockets++] = s;
    return CURL_SOCKOPT_OK;
}

static int on_close(void *context, curl_socket_t s)
{
    cyn_transfer *t = context;
    for (size_t i = 0; i < t->nsockets; i++)
        if (t->sockets[i] == s) {
            t->sockets[i] = t->sockets[--t->nsockets];
            break;
        }
    return close(s);
}

/* Whoever says good-bye to a mail server waits for its answer, two minutes if need be: nothing more
 * is to be heard from this one, and nothing said to it either unless all went well. */
static void hang_up(const cyn_transfer *t, bool well)
{
    for (size_t i = 0; i < t->nsockets; i++)
        shutdown(t->sockets[i], well ? SHUT_RD : SHUT_RDWR);
}

/* Setting up */

bool cyn_is_loopback(const char *url)
{
    bool loopback = false;
    char *host = NULL;
    CURLU *parts = curl_url();
    if (parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        cyn_curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        loopback = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
                   (strncmp(host, "127.", 4) == 0 && host[strspn(host, "0123456789.")] == '\0');
    curl_free(host);
    curl_url_cleanup(parts);
    return loopback;
}

bool cyn_transfer_add(cyn_transfer *t, int list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(t->lists[list], text);
    if (longer) t->lists[list] = longer;
    return longer != NULL;
}

/* A file of certificates; relative to the project. */
static bool set_certificates(cyn_transfer *t, const char *ca, const char *dir)
{
    if (!ca) return true;
    cyn_buf path = {0};
    if (*ca != '/') cyn_buf_printf(&path, "%s/", dir);
    cyn_buf_puts(&path, ca);
    bool ok = !path.failed && !curl_easy_setopt(t->easy, CURLOPT_CAINFO, path.data) &&
              !curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
    cyn_buf_clear(&path);
    return ok;
}

cyn_code cyn_transfer_init(cyn_transfer *t, const cyn_config_channel *channel,
                           const cyn_notify_look *look, const char *url, cyn_err *err)
{
    long timeout = (long)(channel->timeout / 1000);
    t->easy = curl_easy_init();
    CURL *e = t->easy;
    bool ok = e && !curl_easy_setopt(e, CURLOPT_URL, url) &&
              !curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) &&
              !curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) &&
              !curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout) &&
              !curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                                timeout < CONNECT_MOST ? timeout : CONNECT_MOST) &&
              !curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
              !curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) &&
              !curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) &&
              !curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) &&
              !curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    if (ok && channel->user)
        ok = !curl_easy_setopt(e, CURLOPT_USERNAME, channel->user) &&
             !curl_easy_setopt(e, CURLOPT_PASSWORD, channel->password);
    ok = ok && set_certificates(t, channel->ca, look->dir);
    return ok ? CYN_OK : cyn_nomem(err);
}

void cyn_transfer_clear(cyn_transfer *t)
{
    curl_easy_cleanup(t->easy);
    for (size_t i = 0; i < sizeof t->lists / sizeof *t->lists; i++)
        curl_slist_free_all(t->lists[i]);
    *t = (cyn_transfer){0};
}

/* Running */

/* The library of TLS writes to sockets that the other side may have closed: SIGPIPE is held back
 * from this thread meanwhile, and one that came of it is taken away. */
typedef struct pipe_guard {
    sigset_t before;
    bool pending;
} pipe_guard;

static void hold_sigpipe(pipe_guard *g)
{
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    g->pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &g->before);
}

static void release_sigpipe(const pipe_guard *g)
{
    sigset_t pipe;
    const struct timespec now = {0, 0};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (!g->pending) (void)sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

static bool is_cancelled(const atomic_bool *cancel)
{
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* The end of a mail is waited for within libcurl, which asks here once a second. */
static int on_progress(void *cancel, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up)
{
    (void)total, (void)now, (void)up_total, (void)up;
    return is_cancelled(cancel);
}

/* True when the transfer is over, one way or the other. */
static bool drive(CURLM *multi, cyn_transfer *t, const atomic_bool *cancel)
{
    int running = 1;
    while (running && !is_cancelled(cancel)) {
        CURLMcode code = curl_multi_perform(multi, &running);
        if (code == CURLM_OK && running) code = curl_multi_poll(multi, NULL, 0, POLL, NULL);
        if (code == CURLM_OK) continue;
        t->code = code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_RECV_ERROR;
        return true;
    }
    for (int left; !running;) {
        const CURLMsg *message = curl_multi_info_read(multi, &left);
        if (!message) break;
        if (message->msg == CURLMSG_DONE) t->code = message->data.result;
    }
    return !running && t->code != CURLE_ABORTED_BY_CALLBACK;
}

static bool set_callbacks(cyn_transfer *t, const atomic_bool *cancel, size_t *headers)
{
    CURL *e = t->easy;
    return !curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) &&
           !curl_easy_setopt(e, CURLOPT_HEADERDATA, headers) &&
           !curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_open) &&
           !curl_easy_setopt(e, CURLOPT_SOCKOPTDATA, t) &&
           !curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
           !curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, t) &&
           !curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L) &&
           !curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress) &&
           !curl_easy_setopt(e, CURLOPT_XFERINFODATA, cancel);
}

cyn_code cyn_transfer_run(cyn_transfer *t, const atomic_bool *cancel, cyn_err *err)
{
    size_t headers = 0;
    CURLM *multi = curl_multi_init();
    if (!multi || !set_callbacks(t, cancel, &headers) || curl_multi_add_handle(multi, t->easy)) {
        curl_multi_cleanup(multi);
        return cyn_nomem(err);
    }
    pipe_guard guard;
    hold_sigpipe(&guard);
    bool over = drive(multi, t, cancel);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
    /* A resolver that hangs is not waited for. */
    if (!over || t->code == CURLE_OPERATION_TIMEDOUT)
        curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
    hang_up(t, over && t->code == CURLE_OK);
    curl_multi_remove_handle(multi, t->easy);
    curl_multi_cleanup(multi);
    release_sigpipe(&guard);
    if (!over) return cyn_fail(err, CYN_E_CANCEL, "interrupted while sending");
    return t->code == CURLE_OUT_OF_MEMORY ? cyn_nomem(err) : CYN_OK;
}

/* Words */

const char *cyn_transfer_problem(const cyn_transfer *t)
{
    switch (t->code) {
    case CURLE_URL_MALFORMAT: return "the url is malformed";
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST: return "the name of the host is not known";
    case CURLE_COULDNT_CONNECT: return "cannot connect";
    case CURLE_OPERATION_TIMEDOUT: return "timed out";
    case CURLE_GOT_NOTHING: return "closed without an answer";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return "the connection broke";
    case CURLE_WRITE_ERROR: return "the answer is too long";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "the answer is not understood";
    case CURLE_PEER_FAILED_VERIFICATION: return "the server's certificate is not trusted";
    case CURLE_SSL_CONNECT_ERROR: return "no encrypted connection could be made";
    case CURLE_SSL_CACERT_BADFILE: return "the file of certificates (ca) cannot be read";
    case CURLE_USE_SSL_FAILED: return "the server offers no encryption (STARTTLS)";
    case CURLE_LOGIN_DENIED: return "the login was refused";
    default: return curl_easy_strerror(t->code);
    }
}
