#include "plan/plan.h"

const char *const cyn_agg_names[] = {"count", "distinct", "sum",       "mean",     "min",
                                     "max",   "p",        "share",     "variance", "stddev",
                                     "first", "last",     "aggregate", NULL};
