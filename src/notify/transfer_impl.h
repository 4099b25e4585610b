/* One transfer by libcurl, over HTTP or SMTP, with what holds for both: certificates are checked,
 * time and answers are bounded, redirects are not followed, and Ctrl-C is heard (private to
 * notify).
 *
 *     cyn_transfer t = {0};
 *     CYN_GOTO(cyn_transfer_init(&t, channel, look, url, err));
 *     … curl_easy_setopt(t.easy, …)
 *     CYN_GOTO(cyn_transfer_run(&t, cancel, err));
 *     … t.code, t.status …
 *     done: cyn_transfer_clear(&t);
 *
 * What libcurl says of an error may hold the URL, so that nothing of it is ever shown but a
 * CURLcode's name in our words.
 */
#pragma once
#include "notify/notify.h"
#include <curl/curl.h>

#define CYN_TRANSFER_SOCKETS 8 /* of which a transfer has one, or a few while it connects */

typedef struct cyn_transfer {
    CURL *easy;
    curl_socket_t sockets[CYN_TRANSFER_SOCKETS]; /* that are open */
    size_t nsockets;
    struct curl_slist *lists[2]; /* freed with it: headers, recipients */
    CURLcode code;
    long status;     /* the last of HTTP or SMTP; 0: none */
    size_t received; /* bytes of the answer */
    char reply[201]; /* its beginning */
} cyn_transfer;

CYN_NODISCARD cyn_code cyn_transfer_init(cyn_transfer *t, const cyn_config_channel *channel,
                                         const cyn_notify_look *look, const char *url,
                                         cyn_err *err);
/* CYN_E_CANCEL, CYN_E_NOMEM; all else is in the transfer. */
CYN_NODISCARD cyn_code cyn_transfer_run(cyn_transfer *t, const atomic_bool *cancel, cyn_err *err);
void cyn_transfer_clear(cyn_transfer *t);
/* False when memory is exhausted. */
bool cyn_transfer_add(cyn_transfer *t, int list, const char *text);
/* Why there was no answer, in words. */
const char *cyn_transfer_problem(const cyn_transfer *t);
/* The machine itself, which nobody listens in on. */
bool cyn_is_loopback(const char *url);
