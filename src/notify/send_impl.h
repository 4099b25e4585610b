/* The ways to send (private to notify). Each blocks, for the channel's timeout at most, and fails
 * only for what concerns the program; everything else is the result.
 */
#pragma once
#include "notify/notify.h"

typedef struct cyn_sending {
    const cyn_config_channel *channel;
    const cyn_message *m;
    const cyn_notify_look *look;
    const cyn_buf *body;
    const atomic_bool *cancel;
    cyn_notify_result *result;
} cyn_sending;

CYN_NODISCARD cyn_code cyn_send_http(const cyn_sending *s, cyn_err *err);
CYN_NODISCARD cyn_code cyn_send_mail(const cyn_sending *s, cyn_err *err);
CYN_NODISCARD cyn_code cyn_send_command(const cyn_sending *s, cyn_err *err);
CYN_NODISCARD cyn_code cyn_send_file(const cyn_sending *s, cyn_err *err);
CYN_NODISCARD cyn_code cyn_send_stdout(const cyn_sending *s, cyn_err *err);

/* Sets the outcome, and the detail as printf does. Returns CYN_OK. */
cyn_code cyn_sent(const cyn_sending *s, cyn_notify_outcome outcome, const char *fmt, ...)
    CYN_PRINTF(3, 4);
