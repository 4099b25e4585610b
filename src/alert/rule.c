#include "alert/rule.h"

const char *const cyn_severity_names[] = {"", "info", "warning", "critical", NULL};
