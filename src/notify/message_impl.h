/* What a message says, in the words of its language; shared by the payloads (private to notify).
 *
 * A saying is a message with what all payloads ask of it. Whatever comes from data is untrusted:
 * the functions that put texts leave no control character and no byte that is not UTF-8 behind.
 *
 *     cyn_saying s;
 *     CYN_TRY(cyn_saying_init(m, look, &s, err));
 *     cyn_put_headline(&s, &out);       // "Critical: Aha% drop (channel = ads)"
 */
#pragma once
#include "notify/notify.h"

typedef struct cyn_saying {
    const cyn_message *m;
    const cyn_notify_look *look;
    bool ja;
    size_t firing, resolved; /* alerts, by their last notice in the message */
    cyn_severity worst;      /* of those that fire */
} cyn_saying;

CYN_NODISCARD cyn_code cyn_saying_init(const cyn_message *m, const cyn_notify_look *look,
                                       cyn_saying *out, cyn_err *err);
static inline const char *cyn_say(const cyn_saying *s, const char *en, const char *ja)
{
    return s->ja ? ja : en;
}
/* "Warning", "警告" */
const char *cyn_say_severity(const cyn_saying *s, cyn_severity severity);
/* "#d32f2f": of an alert that fires, by its severity; green for one that is over. */
const char *cyn_colour_of(const cyn_notice *n);

/* The message in one line; the alert in one line: "Aha% drop (channel = ads)". */
void cyn_put_headline(const cyn_saying *s, cyn_buf *out);
void cyn_put_alert(const cyn_saying *s, const cyn_notice *n, cyn_buf *out);
/* What became of it, and which: "Still critical: Aha% drop (channel = ads)". */
void cyn_put_news(const cyn_saying *s, const cyn_notice *n, cyn_buf *out);
/* "2026-11-22 05:45", in the project's zone. */
void cyn_put_time(const cyn_saying *s, int64_t instant, cyn_buf *out);
/* RFC 3339, for machines; null where it never was. */
void cyn_put_json_time(const cyn_saying *s, int64_t instant, cyn_buf *out);

/* Facts about an alert, a row each. */
typedef enum cyn_fact {
    CYN_FACT_VALUE,
    CYN_FACT_TARGET,
    CYN_FACT_PERIOD,
    CYN_FACT_SINCE,
    CYN_FACT_LASTED,
    CYN_FACT_REASON,
    CYN_FACT_OWNER,
    CYN_FACT_RUNBOOK,
} cyn_fact;
#define CYN_FACTS 8
const char *cyn_fact_name(const cyn_saying *s, cyn_fact fact);
/* False, with nothing put, where there is none. */
bool cyn_put_fact(const cyn_saying *s, const cyn_notice *n, cyn_fact fact, cyn_buf *out);

/* One line of at most so many cells, cut with "…"; blanks for control characters. */
void cyn_put_line(const char *text, size_t cells, cyn_buf *out);
/* Lines, of at most so many characters (of UTF-16, as limits of services are counted) together. */
void cyn_put_lines(const char *text, size_t characters, cyn_buf *out);
/* "… and 12 more" */
void cyn_put_rest(const cyn_saying *s, size_t rest, cyn_buf *out);

/* The payloads. JSON is one line, without a line break at its end. */
void cyn_put_json(const cyn_saying *s, cyn_buf *out);
void cyn_put_slack(const cyn_saying *s, cyn_buf *out);
void cyn_put_text(const cyn_saying *s, cyn_buf *out);
void cyn_put_mail(const cyn_saying *s, const cyn_config_channel *channel, cyn_buf *out);
void cyn_put_alertmanager(const cyn_saying *s, const cyn_config_channel *channel, cyn_buf *out);
