/* Rows of rules, alerts and events to put into a store. */
#pragma once
#include "store/outbox.h"
#include "store_fixture.h"

#define MINUTE_0 INT64_C(1794182400000000)

static inline cyn_alert firing_alert(int64_t start)
{
    cyn_alert a = cyn_alert_new();
    cyn_alert_policy policy = CYN_ALERT_POLICY;
    cyn_alert_seen seen = {
        .what = CYN_SEEN_TRUE, .severity = 2, .slot = start, .before = start - 1, .definition = 7};
    cyn_alert_events events;
    if (!cyn_alert_step(&a, &policy, &seen, &events)) abort();
    return a;
}

/* An event of an alert without labels; what says whether it begins or ends. */
static inline cyn_notice notice_of(const char *identity, cyn_alert_what what, int64_t at,
                                   int64_t start)
{
    cyn_alert_event e = {.what = what, .slot = at, .start = start};
    cyn_notice n = {.rule = identity,
                    .metric = "m",
                    .identity = identity,
                    .what = what,
                    .severity = CYN_WARNING,
                    .firing = what != CYN_ALERT_ENDED,
                    .at = at,
                    .start = start,
                    .ended = what == CYN_ALERT_ENDED ? at : CYN_ALERT_NEVER,
                    .value = 0.25,
                    .target = NAN,
                    .title = identity,
                    .summary = "it is bad",
                    .description = "",
                    .facts = "{}"};
    cyn_alert_event_key(identity, &e, n.key);
    cyn_alert_incident_key(identity, start, n.incident);
    cyn_alert_key(identity, n.alert);
    return n;
}
