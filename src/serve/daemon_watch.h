/* What the two lanes of rules have in common: a project's rules are watched by either of them, and
 * what comes of it is recorded, said and counted alike. Private to serve.
 *
 *     daemon_rules.c       all rules but those that take long, in one watch
 *     daemon_slow_rules.c  those, each bundle in a watch of its own
 */
#pragma once
#include "rules/watch_store.h"
#include "serve/daemon_impl.h"

/* A rule that failed is tried again: its file may be there by then. */
#define CYN_RULE_RETRY CYN_MINUTE

/* What a lane knows of a generation's rules. */
typedef struct cyn_ruling {
    const cyn_project *project; /* NULL: none yet */
    cyn_arena *arena;
    uint32_t *bundles;       /* [rule of the catalog]: cyn_watch_bundles */
    uint64_t *said;          /* … a hash of the error that was said last; 0: it goes well */
    bool said_ahead;         /* that the clock was set back */
    int64_t firing, pending; /* the lane's part of these gauges, which outlasts generations */
} cyn_ruling;

/* The generation's rules, as the lane's own project has them. After a failure there are none. */
CYN_NODISCARD cyn_code cyn_ruling_begin(cyn_ruling *r, const cyn_project *p, cyn_err *err);
void cyn_ruling_end(cyn_ruling *r); /* the gauges stay */

/* A watch over some of the rules, with what was recorded of them. */
CYN_NODISCARD cyn_code cyn_ruling_watch(cyn_lane *l, const cyn_ruling *r,
                                        const cyn_watch_options *options, cyn_arena *scratch,
                                        cyn_watch **out, cyn_err *err);
/* Records a run of the watch, says what there is to be said of it and counts it. `began` on the
 * monotonic clock. */
CYN_NODISCARD cyn_code cyn_ruling_keep(cyn_lane *l, cyn_ruling *r, cyn_watch *w,
                                       const cyn_watch_result *result, int64_t now, int64_t began,
                                       cyn_err *err);
/* Until when the watch has nothing to do after a run, on the wall clock; CYN_TIME_MAX: until there
 * are other data. `clock`: when it was run. */
int64_t cyn_ruling_next(const cyn_ruling *r, const cyn_watch *w, int64_t now, int64_t clock);
/* Rules that were evaluated at a later time than now would be silent, for years maybe: so many,
 * `rule` longest of all, until the slot. */
void cyn_ruling_say_ahead(cyn_lane *l, cyn_ruling *r, size_t n, const cyn_rule *rule, int64_t slot);
/* Adds to the numbers what fires in the watch and what is pending. */
CYN_NODISCARD cyn_code cyn_ruling_count(const cyn_watch *w, cyn_arena *scratch, int64_t *firing,
                                        int64_t *pending, cyn_err *err);
/* That is what the lane has of them now. */
void cyn_ruling_counted(cyn_lane *l, cyn_ruling *r, int64_t firing, int64_t pending);
/* Where the rule stands in the catalog. */
size_t cyn_ruling_index(const cyn_ruling *r, const cyn_rule *rule);
