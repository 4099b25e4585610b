/* Slack, webhooks, Alertmanager: one POST of JSON. */
#include "base/base64.h"
#include "base/hash.h"
#include "notify/message_impl.h"
#include "notify/send_impl.h"
#include "notify/transfer_impl.h"
#include <stdio.h>
#include <string.h>

#define RETRY_MOST CYN_HOUR /* no receiver shuts us up for longer */

/* Alertmanager's address is that of the server. */
static bool put_url(const cyn_config_channel *channel, cyn_buf *out)
{
    size_t n = strlen(channel->url);
    bool manager = channel->type == CYN_CHANNEL_ALERTMANAGER;
    while (manager && n > 0 && channel->url[n - 1] == '/')
        n--;
    cyn_buf_add(out, channel->url, n);
    if (manager) cyn_buf_puts(out, "/api/v2/alerts");
    return !out->failed;
}

/* The key's bytes: behind "whsec_" in base64, otherwise the text itself. */
static bool put_secret(const char *secret, cyn_buf *out)
{
    static const char prefix[] = "whsec_";
    size_t n = strlen(prefix);
    if (strncmp(secret, prefix, n) != 0 || !cyn_base64_decode(secret + n, strlen(secret + n), out))
        cyn_buf_puts(out, secret);
    return !out->failed;
}

/* Standard Webhooks: what is signed is the key, the time and the body, so that nobody can send an
 * old message again as a new one. The time is that of the attempt. */
static bool sign(const cyn_sending *s, cyn_transfer *t)
{
    cyn_buf secret = {0}, text = {0}, header = {0};
    long long seconds = (long long)(cyn_now() / CYN_SECOND);
    cyn_buf_printf(&text, "%s.%lld.", s->m->key, seconds);
    cyn_buf_add(&text, s->body->data, s->body->len);
    bool ok = put_secret(s->channel->secret, &secret) && !text.failed;
    if (ok) {
        cyn_sha256 mac = cyn_hmac_sha256(secret.data, secret.len, text.data, text.len);
        cyn_buf_printf(&header, "webhook-timestamp: %lld", seconds);
        ok = !header.failed && cyn_transfer_add(t, 0, header.data);
        cyn_buf_reset(&header);
        cyn_buf_puts(&header, "webhook-signature: v1,");
        cyn_base64(mac.bytes, sizeof mac.bytes, &header);
        ok = ok && !header.failed && cyn_transfer_add(t, 0, header.data);
    }
    cyn_buf_clear(&secret);
    cyn_buf_clear(&text);
    cyn_buf_clear(&header);
    return ok;
}

static bool add_header(cyn_transfer *t, const char *name, const char *value)
{
    cyn_buf header = {0};
    cyn_buf_printf(&header, "%s: %s", name, value);
    bool ok = !header.failed && cyn_transfer_add(t, 0, header.data);
    cyn_buf_clear(&header);
    return ok;
}

static bool add_headers(const cyn_sending *s, cyn_transfer *t)
{
    const cyn_config_channel *channel = s->channel;
    bool ok = add_header(t, "Content-Type", "application/json; charset=utf-8") &&
              add_header(t, "User-Agent", "Cynosure/" CYN_VERSION) &&
              cyn_transfer_add(t, 0, "Expect:");
    if (channel->token) {
        cyn_buf bearer = {0};
        cyn_buf_printf(&bearer, "Bearer %s", channel->token);
        ok = ok && !bearer.failed && add_header(t, "Authorization", bearer.data);
        cyn_buf_clear(&bearer);
    }
    if (channel->type != CYN_CHANNEL_WEBHOOK) return ok;
    ok =
        ok && add_header(t, "Idempotency-Key", s->m->key) && add_header(t, "webhook-id", s->m->key);
    return ok && (!channel->secret || sign(s, t));
}

static bool set_up(const cyn_sending *s, cyn_transfer *t)
{
    CURL *e = t->easy;
    return add_headers(s, t) && !curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           !curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) &&
           !curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->lists[0]) &&
           !curl_easy_setopt(e, CURLOPT_POST, 1L) &&
           !curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body->len) &&
           !curl_easy_setopt(e, CURLOPT_POSTFIELDS, s->body->data);
}

static int64_t retry_after(const cyn_transfer *t)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0) return 0;
    return seconds < RETRY_MOST / CYN_SECOND ? seconds * CYN_SECOND : RETRY_MOST;
}

/* Whether an answer repeats part of the address: "/services/T0/B0/x was not found". */
static bool names_url(const char *reply, const char *url)
{
    char part[64];
    const char *at = strstr(url, "://");
    for (at = at ? at + 3 : url; *at; at += *at != '\0') {
        size_t n = strcspn(at, "/?&=#@:");
        if (n >= 6) {
            snprintf(part, sizeof part, "%.*s", n < sizeof part ? (int)n : (int)sizeof part - 1,
                     at);
            if (strstr(reply, part)) return true;
        }
        at += n;
    }
    return false;
}

/* Slack and Alertmanager say in a few words what was wrong. Another receiver, or a proxy, might
 * send back what it was sent, a secret among it. */
static void put_reply(const cyn_sending *s, const cyn_transfer *t, cyn_buf *out)
{
    const cyn_config_channel *c = s->channel;
    if (c->type == CYN_CHANNEL_WEBHOOK || c->user || c->token || !t->reply[0] ||
        names_url(t->reply, c->url))
        return;
    cyn_buf_puts(out, ": ");
    cyn_put_line(t->reply, 120, out);
}

/* A status is an answer, whatever became of the rest. */
static cyn_code judge(const cyn_sending *s, const cyn_transfer *t)
{
    long status = t->status;
    if (status < 200)
        return cyn_sent(s, t->code == CURLE_URL_MALFORMAT ? CYN_NOTIFY_REFUSED : CYN_NOTIFY_LATER,
                        "%s",
                        t->code == CURLE_OK ? "closed without an answer" : cyn_transfer_problem(t));
    if (status < 300) return cyn_sent(s, CYN_NOTIFY_SENT, "HTTP %ld", status);
    if (status < 400)
        return cyn_sent(s, CYN_NOTIFY_REFUSED, "HTTP %ld: redirects are not followed", status);
    bool later = status >= 500 || status == 408 || status == 425 || status == 429;
    cyn_buf reply = {0};
    put_reply(s, t, &reply);
    s->result->retry_after = later ? retry_after(t) : 0;
    (void)cyn_sent(s, later ? CYN_NOTIFY_LATER : CYN_NOTIFY_REFUSED, "HTTP %ld%s", status,
                   reply.data ? reply.data : "");
    cyn_buf_clear(&reply);
    return CYN_OK;
}

cyn_code cyn_send_http(const cyn_sending *s, cyn_err *err)
{
    cyn_code rc;
    cyn_transfer t = {0};
    cyn_buf url = {0};
    CYN_GOTO(put_url(s->channel, &url) ? CYN_OK : cyn_nomem(err));
    CYN_GOTO(cyn_transfer_init(&t, s->channel, s->look, url.data, err));
    CYN_GOTO(set_up(s, &t) ? CYN_OK : cyn_nomem(err));
    CYN_GOTO(cyn_transfer_run(&t, s->cancel, err));
    rc = judge(s, &t);
done:
    cyn_transfer_clear(&t);
    cyn_buf_clear(&url);
    return rc;
}
