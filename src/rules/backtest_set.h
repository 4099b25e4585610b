/* Settings of a rule that a replay may change: `--set hold=30m`, `--set threshold=0.1..0.3:0.05`.
 *
 * hold, keep, every, at and gone_after are as in the script; flapping is "off" or two percentages,
 * "30/20"; no_data and on_error are keep, ok or fire; hold_through_gaps is true or false; every
 * other name is one of the rule's params. A number that stands inside a condition has no name, and
 * cannot be set.
 *
 *     CYN_TRY(cyn_sweep_parse("hold=30m,1h", arena, &axes[0], err));
 *     CYN_TRY(cyn_sweep_rules(rule, axes, 1, arena, &variants, &n, err));
 *     … variants[i].rule …
 */
#pragma once
#include "alert/backtest.h"
#include "base/buf.h"

/* A copy of the rule with a setting of another value. CYN_E_USAGE lists what can be set, or says
 * what the setting takes. The copy's definition is the rule's. */
CYN_NODISCARD cyn_code cyn_rule_with(const cyn_rule *rule, const char *setting, const char *value,
                                     cyn_arena *arena, const cyn_rule **out, cyn_err *err);
/* What a setting of the rule is, as cyn_rule_with reads it; nothing for a name that is none. */
void cyn_rule_setting(const cyn_rule *rule, const char *setting, cyn_buf *out);

/* The values that one setting takes in turn. */
typedef struct cyn_sweep_axis {
    const char *setting;
    const char *const *values;
    size_t nvalues;
} cyn_sweep_axis;

#define CYN_SWEEP_MOST 1000 /* combinations, and values of one setting */

/* "NAME=VALUE[,VALUE…]"; a value may be a range FROM..TO:STEP of numbers or durations, both ends
 * included where the steps meet them. Decimals are stepped exactly. CYN_E_USAGE. */
CYN_NODISCARD cyn_code cyn_sweep_parse(const char *text, cyn_arena *arena, cyn_sweep_axis *out,
                                       cyn_err *err);

typedef struct cyn_sweep_variant {
    const cyn_rule *rule;
    const char *const *values; /* [axis] */
    bool own;                  /* it is the rule as it is */
} cyn_sweep_variant;

/* Every combination, the last setting varying fastest; before them the rule as it is, where it is
 * none of several. */
CYN_NODISCARD cyn_code cyn_sweep_rules(const cyn_rule *rule, const cyn_sweep_axis *axes,
                                       size_t naxes, cyn_arena *arena,
                                       const cyn_sweep_variant **out, size_t *n, cyn_err *err);
