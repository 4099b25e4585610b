/* E-mail, over SMTP. */
#include "notify/mail_impl.h"
#include "notify/send_impl.h"
#include "notify/transfer_impl.h"
#include <string.h>

typedef struct conversation {
    const char *text; /* of the mail that is still to be sent */
    size_t left;
    bool recipient; /* the last command named a recipient */
    int refused;    /* recipients */
} conversation;

static size_t on_read(char *out, size_t size, size_t n, void *context)
{
    conversation *c = context;
    size_t part = size * n < c->left ? size * n : c->left;
    memcpy(out, c->text, part);
    c->text += part;
    c->left -= part;
    return part;
}

/* One recipient who moved away must not keep the others from being told: libcurl goes on with
 * those that were accepted, and does not say who was not. So the answers to RCPT are counted. */
static int on_debug(CURL *easy, curl_infotype type, char *data, size_t n, void *context)
{
    (void)easy;
    conversation *c = context;
    if (type == CURLINFO_HEADER_OUT) c->recipient = n > 4 && memcmp(data, "RCPT", 4) == 0;
    if (type == CURLINFO_HEADER_IN && c->recipient && n > 3 && data[3] != '-')
        c->refused += data[0] == '4' || data[0] == '5';
    return 0;
}

static char *envelope_address(const char *text, cyn_buf *out)
{
    cyn_mail_address a = cyn_mail_address_of(text);
    cyn_buf_reset(out);
    cyn_buf_putc(out, '<');
    cyn_buf_add(out, a.at, a.nat);
    cyn_buf_putc(out, '>');
    return out->failed ? NULL : out->data;
}

static bool set_envelope(const cyn_sending *s, cyn_transfer *t)
{
    cyn_buf address = {0};
    const char *from = envelope_address(s->channel->from, &address);
    bool ok = from && !curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, from);
    for (size_t i = 0; ok && i < s->channel->nto; i++) {
        const char *to = envelope_address(s->channel->to[i], &address);
        ok = to && cyn_transfer_add(t, 1, to);
    }
    cyn_buf_clear(&address);
    return ok && !curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->lists[1]) &&
           !curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

/* A password goes over an encrypted connection or not at all; within the machine there is nobody
 * who could listen, and its own server's certificate is seldom one that could be checked. */
static long encryption(const cyn_config_channel *channel)
{
    if (cyn_is_loopback(channel->url)) return CURLUSESSL_NONE;
    return channel->user ? CURLUSESSL_ALL : CURLUSESSL_TRY;
}

static bool set_up(const cyn_sending *s, cyn_transfer *t, conversation *c)
{
    CURL *e = t->easy;
    return set_envelope(s, t) && !curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps") &&
           !curl_easy_setopt(e, CURLOPT_USE_SSL, encryption(s->channel)) &&
           !curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read) &&
           !curl_easy_setopt(e, CURLOPT_READDATA, c) &&
           !curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->body->len) &&
           !curl_easy_setopt(e, CURLOPT_UPLOAD, 1L) &&
           !curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_debug) &&
           !curl_easy_setopt(e, CURLOPT_DEBUGDATA, c) && !curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
}

static cyn_code judge(const cyn_sending *s, const cyn_transfer *t, const conversation *c)
{
    if (t->code == CURLE_OK && c->refused > 0)
        return cyn_sent(s, CYN_NOTIFY_SENT, "%d of %zu recipients refused", c->refused,
                        s->channel->nto);
    if (t->code == CURLE_OK) return cyn_sent(s, CYN_NOTIFY_SENT, "accepted");
    bool answered = t->code == CURLE_SEND_ERROR || t->code == CURLE_RECV_ERROR ||
                    t->code == CURLE_LOGIN_DENIED || t->code == CURLE_WEIRD_SERVER_REPLY ||
                    t->code == CURLE_UPLOAD_FAILED;
    if (answered && t->status >= 400 && t->status < 600)
        return cyn_sent(s, t->status < 500 ? CYN_NOTIFY_LATER : CYN_NOTIFY_REFUSED, "SMTP %ld%s",
                        t->status, t->code == CURLE_LOGIN_DENIED ? ": the login was refused" : "");
    return cyn_sent(s, t->code == CURLE_URL_MALFORMAT ? CYN_NOTIFY_REFUSED : CYN_NOTIFY_LATER, "%s",
                    cyn_transfer_problem(t));
}

cyn_code cyn_send_mail(const cyn_sending *s, cyn_err *err)
{
    cyn_code rc;
    cyn_transfer t = {0};
    conversation c = {.text = s->body->data, .left = s->body->len};
    CYN_GOTO(cyn_transfer_init(&t, s->channel, s->look, s->channel->url, err));
    CYN_GOTO(set_up(s, &t, &c) ? CYN_OK : cyn_nomem(err));
    CYN_GOTO(cyn_transfer_run(&t, s->cancel, err));
    rc = judge(s, &t, &c);
done:
    cyn_transfer_clear(&t);
    return rc;
}
