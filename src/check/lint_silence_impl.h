/* The last step of all lints: what is silenced, and what is said about silences themselves. */
#pragma once
#include "check/lint_impl.h"

void cyn_lint_silence(cyn_lint_run *run);
