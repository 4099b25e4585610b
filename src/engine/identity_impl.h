/* Private to engine/identity*.c. */
#pragma once
#include "engine/identity.h"

/* ---- identity_past.c ---- */

/* The project with a metric more for each window in its identities. */
typedef struct cyn_identity_past {
    cyn_project project;
    const cyn_formula **windows;
    size_t n, first; /* metric first + i of the project is windows[i] */
} cyn_identity_past;

/* Of the identities of the metrics that are wanted. */
CYN_NODISCARD cyn_code cyn_identity_past_init(cyn_identity_past *past, const cyn_project *p,
                                              const bool *wanted, cyn_arena *arena, cyn_err *err);
/* Marks those below a formula. */
void cyn_identity_past_mark(const cyn_identity_past *past, const cyn_formula *f, bool *needed);
/* The metric of a window, or CYN_NO_METRIC. */
size_t cyn_identity_past_metric(const cyn_identity_past *past, const cyn_formula *window);

/* ---- identity_rows.c ---- */

/* Finds the rows of one metric's identity, in its periods: items are those of cyn_check_identities,
 * all of one metric and grain. Leaves rows.known false where the identity is no sum over rows of
 * one kind, and where they cannot be had. Fails only for what concerns all. */
CYN_NODISCARD cyn_code cyn_identity_find_rows(cyn_dataset *d, const cyn_eval_request *request,
                                              int64_t now, cyn_identity *items, size_t n,
                                              cyn_arena *arena, cyn_err *err);
