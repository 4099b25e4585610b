/* A rule held against its project: whether it can be evaluated at all, as far as that can be said
 * without data, and in which grain. `check`, `alerts` and tests ask before anything is run.
 */
#pragma once
#include "alert/rule.h"
#include "engine/project.h"

/* Why a rule cannot be evaluated at all (unknown metric, reading, dimension, channel, rule it
 * depends on …), with places. */
CYN_NODISCARD cyn_code cyn_rule_check(const cyn_project *p, const cyn_rule *rule, cyn_err *err);
/* The slot at which the rule is evaluated next, when it was evaluated at the slot `last` and it is
 * now `now`: one ≤ now is due. CYN_SLOT_NONE as `last`: never, and it is due at once. *every: how
 * often. */
CYN_NODISCARD cyn_code cyn_rule_next(const cyn_project *p, const cyn_rule *rule, int64_t last,
                                     int64_t now, cyn_arena *arena, int64_t *every, int64_t *next,
                                     cyn_err *err);
/* The grain in which a rule judges its metric: its own, else the metric's; all of a metric that
 * belongs to no periods. */
cyn_grain cyn_rule_grain(const cyn_project *p, const cyn_rule *rule, const cyn_metric *m);
