/* What an alert is, worked out from everything that was ever seen of it: the obvious reference for
 * test_machine_model.c. Written apart from alert/machine.c and in another way: it keeps no state,
 * but reads the whole log as a sequence of stories (calm, pending, incident), looks back for what a
 * machine would have to remember, and adds up time interval by interval.
 */
#pragma once
#include "alert/machine.h"

#define LOG_MOST 96

typedef struct entry {
    cyn_alert_seen s;
    cyn_alert_policy p;
} entry;

/* What the log up to each entry comes to. */
typedef struct reckoning {
    cyn_alert_state state;
    cyn_alert_reason reason;
    int64_t since, began, start, counted;
    int severity;
    bool damped, frozen;
} reckoning;

/* Fills out[0 … n − 1] from the log of the steps that were taken, n ≤ LOG_MOST. */
void reckon(const entry *log, int n, reckoning *out);
/* The letter of an entry: '+' true, '~' between, '-' false, 'g' gone, '.' not judged, 'f' frozen,
 * 'x' withdrawn. */
char letter(const entry *e);
