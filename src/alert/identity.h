/* Who an alert is: its rule and the labels of its segment. Severity is no part of it.
 *
 * The canonical text is made for people and for keys at once: "aha_drop" without labels, else
 * `aha_drop{channel="ads",plan=nil}`. Labels are ordered by name, whatever order they came in; a
 * missing value is nil, which is not "". Two alerts have the same text only if they are the same:
 * names with blanks or signs in them are quoted like values, and in quotes " \ and control
 * characters are escaped. Bytes that are not UTF-8 are kept.
 *
 *     char *text;
 *     CYN_TRY(cyn_alert_identity("aha_drop", labels, 2, arena, &text, err));
 *     char incident[CYN_ALERT_KEY], key[CYN_ALERT_KEY];
 *     cyn_alert_incident_key(text, event.start, incident);
 *     cyn_alert_event_key(text, &event, key);      // idempotency: the same over every retry
 */
#pragma once
#include "alert/machine.h"
#include "base/arena.h"

typedef struct cyn_alert_label {
    const char *name;
    const char *value; /* NULL: missing */
} cyn_alert_label;

/* CYN_E_CONFLICT when two labels have one name. */
CYN_NODISCARD cyn_code cyn_alert_identity(const char *rule, const cyn_alert_label *labels, size_t n,
                                          cyn_arena *arena, char **out, cyn_err *err);

#define CYN_ALERT_KEY 33 /* 32 hexadecimal digits of a SHA-256 and a NUL */
/* Of the alert itself; its fingerprint. */
void cyn_alert_key(const char *identity, char out[CYN_ALERT_KEY]);
/* Of one incident: rule, segment, start. */
void cyn_alert_incident_key(const char *identity, int64_t start, char out[CYN_ALERT_KEY]);
/* Of one event: each of an alert's has another one, and replaying the same slots gives the same. */
void cyn_alert_event_key(const char *identity, const cyn_alert_event *event,
                         char out[CYN_ALERT_KEY]);
