/* What happened while a test ran: evaluations, alerts, events and values, for looking up.
 *
 * Lists are in the order in which it happened, so in ascending order of slots for each rule.
 */
#pragma once
#include "rules/watch.h"

/* A rule's evaluation. */
typedef struct cyn_test_look {
    const cyn_rule *rule;
    int64_t slot;
    cyn_alert_health health;
    const char *error; /* ERROR: why; else NULL */
} cyn_test_look;

/* An alert after an evaluation; forgotten ones are inactive. */
typedef struct cyn_test_alert {
    const cyn_rule *rule;
    int64_t slot;
    const char *identity;
    const cyn_alert_label *labels;
    size_t nlabels;
    cyn_alert_state state;
    int severity;
} cyn_test_alert;

/* A message that went out. */
typedef struct cyn_test_message {
    const cyn_rule *rule;
    int64_t slot;
    const cyn_alert_label *labels; /* the segment's, and the rule's own */
    size_t nlabels;
    const char *summary;
} cyn_test_message;

/* The judged value of a segment: of every rule that looks at the same metric, grain and dimensions.
 */
typedef struct cyn_test_value {
    const cyn_metric *metric;
    cyn_grain grain;
    bool partial;
    int64_t slot;
    const cyn_alert_label *labels;
    size_t nlabels;
    double value;
} cyn_test_value;

typedef struct cyn_test_log {
    cyn_arena *arena;
    cyn_test_look *looks;
    cyn_test_alert *alerts;
    cyn_test_message *messages;
    cyn_test_value *values;
    size_t nlooks, nalerts, nmessages, nvalues;
    size_t looks_room, alerts_room, messages_room, values_room;
    cyn_series_source inner; /* whose answers are noted */
} cyn_test_log;

void cyn_test_log_init(cyn_test_log *log, cyn_series_source source, cyn_arena *arena);
/* The same source, with its values noted. */
cyn_series_source cyn_test_log_source(cyn_test_log *log);
CYN_NODISCARD cyn_code cyn_test_log_add(cyn_test_log *log, const cyn_watch_result *result,
                                        cyn_err *err);

/* The rule's newest evaluation not after an instant; NULL: none. */
const cyn_test_look *cyn_test_look_at(const cyn_test_log *log, const cyn_rule *rule, int64_t at);
/* The text of a label's value: of a number the shortest, NULL for nil. */
CYN_NODISCARD cyn_code cyn_test_label_text(const cyn_const *value, cyn_arena *arena,
                                           const char **out, cyn_err *err);
/* Whether the segment has all of these labels. */
bool cyn_test_labels_match(const cyn_alert_label *labels, size_t n, const cyn_alert_label *wanted,
                           size_t nwanted);
