/* Where objectives hang: which metrics are below the NSM and the KGIs, and what supports what. */
#pragma once
#include "engine/okr.h"

#define CYN_NO_OBJECTIVE ((size_t)-1)

/* Where an objective hangs. */
typedef struct cyn_okr_place {
    size_t above;      /* the objective that it supports, or CYN_NO_OBJECTIVE */
    size_t root;       /* the root at the top, or CYN_NO_METRIC */
    size_t through;    /* the metric that it supports itself, or CYN_NO_METRIC */
    bool loose;        /* it hangs on nothing … */
    cyn_loose because; /* … for this reason */
} cyn_okr_place;

typedef struct cyn_okr_places {
    const size_t *roots; /* metrics: NSM, KGIs */
    size_t nroots;
    const size_t *root_of; /* [metric]: the first of the roots that it is below, or CYN_NO_METRIC */
    const cyn_okr_place *places; /* [objective] */
} cyn_okr_places;

CYN_NODISCARD cyn_code cyn_okr_places_find(const cyn_project *p, cyn_arena *arena,
                                           cyn_okr_places *out, cyn_err *err);
/* Index of the objective, or CYN_NO_OBJECTIVE. */
size_t cyn_okr_find(const cyn_project *p, const char *name);
