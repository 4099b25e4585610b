/* Lints about OKRs: objectives must hang on what the company steers by. */
#include "check/lint_impl.h"
#include "engine/okr_place.h"

/* An objective that supports a name that nobody has is an error of its own. */
static void check_loose(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_okrs *okrs = run->project->okrs;
    cyn_okr_places places = {0};
    if (okrs->count == 0) return;
    run->rc = cyn_okr_places_find(run->project, run->arena, &places, run->err);
    for (size_t i = 0; run->rc == CYN_OK && i < okrs->count; i++) {
        const cyn_objective *o = &okrs->items[i];
        if (!places.places[i].loose || places.places[i].because == CYN_LOOSE_UNKNOWN) continue;
        cyn_lint_say_at(run, lint, (cyn_place){"okrs.yaml", o->line, o->column}, NULL,
                        "objective '%s' hangs on no goal and on no North Star Metric", o->name);
    }
}

const cyn_lint cyn_lints_okr[] = {
    {.id = "okr-name-unknown",
     .why = "A key result without a metric has no progress, and an objective that supports "
            "nothing known is good for nothing known.",
     .how = "Name a metric that a script declares; an objective may also support another one.",
     .check = NULL}, /* said when the project is opened (okr.h) */
    {.id = "okr-off-tree",
     .severity = CYN_LINT_WARNING,
     .why = "A department can reach such an objective without the company getting anywhere.",
     .how = "Say with supports which metric of a tree, or which other objective, it serves.",
     .check = check_loose},
    {0},
};
