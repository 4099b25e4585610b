/* Moments in the project's zone, which is known only once the whole file is read (private to
 * config).
 */
#pragma once
#include "base/time.h"
#include "config/tree.h"

/* What cyn_leaf_moment accepted, now in its zone. */
bool cyn_read_moment(const cyn_node *node, const cyn_tz *tz, int64_t *out);
