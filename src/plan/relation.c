#include "plan/relation.h"

const char *const cyn_relation_names[] = {"per",     "journey",  "retention",
                                          "balance", "movement", NULL};
