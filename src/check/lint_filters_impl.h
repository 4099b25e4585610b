/* Texts that scripts compare columns with: event == 'signup', { event = "signup" }. */
#pragma once
#include "plan/plan.h"

typedef struct cyn_compared {
    const cyn_view *view; /* whose rows have the column */
    const char *column;   /* no derived one */
    const cyn_const *text;
    cyn_place place;
    bool required; /* rows pass the filter because they have it (it, or an alternative of it) */
} cyn_compared;

typedef void (*cyn_compared_visit)(void *self, const cyn_compared *c);

/* Of one view: its filter and derived columns. What only the interpreter can compute is not seen.
 */
void cyn_compared_in_view(const cyn_view *view, cyn_compared_visit visit, void *self);
/* And of all views and relations that it stands on. */
void cyn_compared_below(const cyn_view *view, cyn_compared_visit visit, void *self);
