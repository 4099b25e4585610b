/* Dispatch: what the outbox holds becomes messages, and messages are sent until they arrive.
 *
 * Each event that is worth telling has a row for each of its rule's channels, made in the
 * transaction of the evaluation. Rows that belong together (group_by of the channel) go out as one
 * message once the group's wait is over. A message is recorded, with its key, before it is first
 * tried: retries and restarts send the same under the same key (at least once). Messages of one
 * group go out in order. docs/reference/notifications.md has the states and the rules.
 *
 *     CYN_TRY(cyn_dispatch(&d, now, notes, &done, err));
 *     … again at done.next …
 *
 * Channels are served side by side, each by a thread of its own: a dead server delays nobody else.
 */
#pragma once
#include "engine/project.h"
#include "notify/notify.h"
#include "store/outbox.h"
#include <stdatomic.h>

/* How a message is handed over; tests have their own. */
typedef cyn_code (*cyn_send)(const cyn_config_channel *channel, const cyn_message *m,
                             const cyn_notify_look *look, const atomic_bool *cancel,
                             cyn_notify_result *out, cyn_err *err);

typedef struct cyn_dispatch_options {
    const cyn_project *project;
    cyn_store *store;
    const atomic_bool *cancel;
    cyn_send send;          /* NULL: cyn_notify_send */
    int64_t (*clock)(void); /* that never goes back; NULL: cyn_monotonic */
} cyn_dispatch_options;

typedef struct cyn_dispatch_result {
    int64_t next; /* when something is due again; CYN_TIME_MAX: nothing is */
    size_t sent, failed, dead, muted, waiting; /* messages; muted and waiting: rows */
} cyn_dispatch_result;

/* One round: makes the messages that are due at `now`, and tries those whose time has come. `notes`
 * (may be NULL) gets a line for each channel that failed. */
CYN_NODISCARD cyn_code cyn_dispatch(const cyn_dispatch_options *o, int64_t now, cyn_err_list *notes,
                                    cyn_dispatch_result *out, cyn_err *err);

/* All that mutes at `now`: the silences of the store, maintenance and inhibitions of the project,
 * the alerts that fire. Freed by cyn_dispatch_free_mutes(). */
CYN_NODISCARD cyn_code cyn_dispatch_mutes(const cyn_project *p, cyn_store *st, int64_t now,
                                          cyn_arena *arena, cyn_mutes *out, cyn_err *err);
void cyn_dispatch_free_mutes(const cyn_mutes *m);
