#include "notify/notify.h"
#include "base/text.h"
#include "notify/message_impl.h"
#include "notify/send_impl.h"
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The library */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started = CURLE_FAILED_INIT;

/* A process may be started with SIGCHLD ignored; then nobody could ever know how a command ended.
 */
static void start(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
    started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool speaks(const curl_version_info_data *version, const char *protocol)
{
    for (const char *const *p = version->protocols; *p; p++)
        if (strcmp(*p, protocol) == 0) return true;
    return false;
}

cyn_code cyn_notify_start(cyn_err *err)
{
    static const char *const needed[] = {"http", "https", "smtp", "smtps"};
    pthread_once(&once, start);
    if (started != CURLE_OK)
        return cyn_fail(err, CYN_E_UNSUPPORTED, "libcurl cannot be used: %s",
                        curl_easy_strerror(started));
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!speaks(version, needed[i]))
            return cyn_fail(err, CYN_E_UNSUPPORTED, "this libcurl (%s) does not know %s",
                            version->version, needed[i]);
    return CYN_OK;
}

/* Bodies */

cyn_code cyn_notify_body(const cyn_config_channel *channel, const cyn_message *m,
                         const cyn_notify_look *look, cyn_buf *out, cyn_err *err)
{
    cyn_saying s;
    CYN_TRY(cyn_saying_init(m, look, &s, err));
    switch (channel->type) {
    case CYN_CHANNEL_SLACK: cyn_put_slack(&s, out); break;
    case CYN_CHANNEL_EMAIL: cyn_put_mail(&s, channel, out); break;
    case CYN_CHANNEL_STDOUT: cyn_put_text(&s, out); break;
    case CYN_CHANNEL_ALERTMANAGER: cyn_put_alertmanager(&s, channel, out); break;
    case CYN_CHANNEL_WEBHOOK:
    case CYN_CHANNEL_COMMAND:
    case CYN_CHANNEL_FILE: cyn_put_json(&s, out); break;
    }
    return cyn_buf_check(out, err);
}

/* Sending */

cyn_code cyn_sent(const cyn_sending *s, cyn_notify_outcome outcome, const char *fmt, ...)
{
    cyn_notify_result *r = s->result;
    va_list args;
    va_start(args, fmt);
    r->outcome = outcome;
    int n = vsnprintf(r->detail, sizeof r->detail, fmt, args);
    va_end(args);
    if (n >= (int)sizeof r->detail) /* cut between two characters */
        r->detail[cyn_utf8_valid(r->detail, sizeof r->detail - 1)] = '\0';
    return CYN_OK;
}

static cyn_code send_body(const cyn_sending *s, cyn_err *err)
{
    switch (s->channel->type) {
    case CYN_CHANNEL_EMAIL: return cyn_send_mail(s, err);
    case CYN_CHANNEL_COMMAND: return cyn_send_command(s, err);
    case CYN_CHANNEL_FILE: return cyn_send_file(s, err);
    case CYN_CHANNEL_STDOUT: return cyn_send_stdout(s, err);
    default: return cyn_send_http(s, err);
    }
}

cyn_code cyn_notify_send(const cyn_config_channel *channel, const cyn_message *m,
                         const cyn_notify_look *look, const atomic_bool *cancel,
                         cyn_notify_result *out, cyn_err *err)
{
    cyn_notify_result result = {.outcome = CYN_NOTIFY_LATER};
    cyn_buf body = {0};
    cyn_sending s = {channel, m, look, &body, cancel, &result};
    cyn_code rc = CYN_OK;
    if (channel->unusable) {
        rc = cyn_sent(&s, CYN_NOTIFY_LATER, "%s", channel->unusable);
    } else {
        rc = cyn_notify_body(channel, m, look, &body, err);
        if (rc == CYN_OK) rc = send_body(&s, err);
    }
    cyn_buf_clear(&body);
    if (rc == CYN_OK) *out = result;
    return rc;
}
