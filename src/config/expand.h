/* ${VAR} and ${VAR:-default} in values where secrets and machine-dependent places go (private to
 * config).
 *
 * The default stands in where the variable is unset or empty; an unset variable without default is
 * a finding that names it. "$${" is a literal "${"; any other "$" stays. What a variable holds
 * never appears in a message.
 */
#pragma once
#include "config/shape.h"

/* The expanded text in the loading's arena; NULL after reporting. */
const char *cyn_expand(cyn_loading *l, const cyn_node *node);
/* The same where a value may be missing until it is needed, as a secret is on a machine that sends
 * nothing. Then *problem says what is wrong with the environment, and the text stays as written. */
const char *cyn_expand_lazily(cyn_loading *l, const cyn_node *node, const char **problem);
