/* What schedule and annotations of cynosure.yaml name, held against the scripts. */
#pragma once
#include "engine/project.h"

/* A metric that an annotation is about and nobody declares, or a dimension that neither a source
 * nor a script has, would be silently without effect; so it is a finding. */
void cyn_schedule_check_names(const cyn_project *p, cyn_err_list *errs);
