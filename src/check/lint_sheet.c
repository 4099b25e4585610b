/* Lints about the definition sheet: what a metric must say to be specific, measurable, owned and
 * repeatable, and dates that have passed. */
#include "check/lint_impl.h"
#include <math.h>

#define MAIN  (CYN_OF(CYN_NSM) | CYN_OF(CYN_KGI) | CYN_OF(CYN_KPI))
#define ROLES (MAIN | CYN_OF(CYN_GUARDRAIL))
#define ALL   (ROLES | CYN_OF(CYN_ROLE_NONE))

static bool lacks_owner(const cyn_sheet *s)
{
    return !s->owner;
}

static bool lacks_unit(const cyn_sheet *s)
{
    return !s->unit;
}

static bool lacks_why(const cyn_sheet *s)
{
    return !s->why;
}

static bool lacks_direction(const cyn_sheet *s)
{
    return s->direction == CYN_DIRECTION_NONE;
}

static bool lacks_target(const cyn_sheet *s)
{
    return !s->has_target;
}

static bool lacks_deadline(const cyn_sheet *s)
{
    return s->has_target && !s->has_target_by;
}

static bool lacks_thresholds(const cyn_sheet *s)
{
    return !s->green.set && !s->yellow.set;
}

static bool lacks_layer(const cyn_sheet *s)
{
    return s->layer == CYN_LAYER_NONE;
}

static bool lacks_review(const cyn_sheet *s)
{
    return !s->has_review;
}

static void check_field(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (cyn_lint_applies(lint, m) && lint->lacks(&m->metric->sheet))
            cyn_lint_say(run, lint, m, NULL, "%s has no %s", cyn_lint_name(run, m), lint->field);
    }
}

static void say_passed(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                       const char *what, int64_t date)
{
    char then[32], today[32];
    cyn_format_date(date, then, sizeof then);
    cyn_format_date(run->today, today, sizeof today);
    cyn_lint_say(run, lint, m, NULL, "%s: the %s %s has passed (it is %s)", cyn_lint_name(run, m),
                 what, then, today);
}

static void check_review_passed(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const cyn_sheet *s = &m->metric->sheet;
        if (cyn_lint_applies(lint, m) && s->has_review && s->review < run->today)
            say_passed(run, lint, m, "review date", s->review);
    }
}

static void check_deadline_passed(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const cyn_sheet *s = &m->metric->sheet;
        if (cyn_lint_applies(lint, m) && s->has_target_by && s->target_by < run->today)
            say_passed(run, lint, m, "target's deadline", s->target_by);
    }
}

/* A target on the wrong side of where it starts; of a range there is no wrong side. */
static bool leads_away(const cyn_sheet *s)
{
    if (!s->has_target || !isfinite(s->target_from)) return false;
    return (s->direction == CYN_UP && s->target < s->target_from) ||
           (s->direction == CYN_DOWN && s->target > s->target_from);
}

static void check_target_direction(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const cyn_sheet *s = &m->metric->sheet;
        if (cyn_lint_applies(lint, m) && leads_away(s))
            cyn_lint_say(run, lint, m, NULL,
                         "%s: the target goes from %g to %g, but the direction is %s",
                         cyn_lint_name(run, m), s->target_from, s->target,
                         cyn_direction_names[s->direction]);
    }
}

static void check_target_green(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        const cyn_sheet *s = &m->metric->sheet;
        if (!cyn_lint_applies(lint, m) || !s->has_target) continue;
        cyn_status status = cyn_sheet_status(s, s->target);
        if (status == CYN_YELLOW || status == CYN_RED)
            cyn_lint_say(run, lint, m, NULL, "%s would be %s on reaching its target %g",
                         cyn_lint_name(run, m), cyn_status_names[status], s->target);
    }
}

static void check_without_sheet(cyn_lint_run *run, const cyn_lint *lint)
{
    for (size_t i = 0; i < run->nmetrics; i++) {
        const cyn_lint_metric *m = &run->metrics[i];
        if (!m->has_sheet)
            cyn_lint_say(run, lint, m, NULL, "metric '%s' has no row in kpis.yaml",
                         m->metric->name);
    }
}

static void check_without_metric(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_sheets *rows = run->project->sheets;
    const char **names = CYN_LINT_ARRAY(run, run->nmetrics + 1, const char *);
    for (size_t i = 0; names && i < run->nmetrics; i++)
        names[i] = run->metrics[i].metric->name;
    for (size_t i = 0; names && i < rows->count; i++)
        if (cyn_project_metric(run->project, rows->items[i].name) == CYN_NO_METRIC)
            cyn_lint_say_row(run, lint, &rows->items[i],
                             cyn_lint_nearest(run, rows->items[i].name, names, run->nmetrics),
                             "no script declares the metric '%s'", rows->items[i].name);
}

const cyn_lint cyn_lints_sheet[] = {
    {.id = "metric-without-sheet",
     .severity = CYN_LINT_NOTE,
     .why = "Nobody has written down what the metric is for, who owns it and what is good.",
     .how = "Add it there: why, owner, unit, direction, target, thresholds.",
     .check = check_without_sheet},
    {.id = "sheet-without-metric",
     .severity = CYN_LINT_NOTE,
     .why = "The team agreed on a metric that nothing computes.",
     .how = "Declare it in metrics/, or take the row away.",
     .check = check_without_metric},
    {.id = "no-owner",
     .severity = CYN_LINT_WARNING,
     .roles = ROLES,
     .why = "A number that nobody answers for is looked at by everyone and acted on by no one.",
     .how = "Name a team, or a person, with owner.",
     .check = check_field,
     .field = "owner",
     .lacks = lacks_owner},
    {.id = "no-unit",
     .severity = CYN_LINT_WARNING,
     .roles = ALL,
     .why = "Without a unit 12 may be hours, users or per cent, and cannot be compared.",
     .how = "Say unit: \"%\" for a ratio, JPY, h, users …",
     .check = check_field,
     .field = "unit",
     .lacks = lacks_unit},
    {.id = "no-why",
     .severity = CYN_LINT_WARNING,
     .roles = ROLES,
     .why = "A metric whose purpose is not written down is kept for ever, or dropped by mistake.",
     .how = "Say in one sentence with why what is decided by it.",
     .check = check_field,
     .field = "why",
     .lacks = lacks_why},
    {.id = "no-direction",
     .severity = CYN_LINT_WARNING,
     .roles = ROLES,
     .why = "Whether a change is good news must be agreed on before it happens.",
     .how = "Say direction: up, down or range.",
     .check = check_field,
     .field = "direction",
     .lacks = lacks_direction},
    {.id = "no-target",
     .severity = CYN_LINT_WARNING,
     .roles = MAIN,
     .why = "Without a target nobody can say whether the value is enough.",
     .how = "Give target: {from: …, to: …, by: DATE}.",
     .check = check_field,
     .field = "target",
     .lacks = lacks_target},
    {.id = "no-deadline",
     .severity = CYN_LINT_WARNING,
     .roles = MAIN,
     .why = "A target without a day is a wish: there is no pace to be behind of.",
     .how = "Give target: {to: …, by: DATE}.",
     .check = check_field,
     .field = "day by which its target is to be reached",
     .lacks = lacks_deadline},
    {.id = "no-thresholds",
     .severity = CYN_LINT_WARNING,
     .roles = ROLES,
     .why =
         "Green, yellow and red are agreed on while nobody is under pressure to explain a value.",
     .how = "Give thresholds: {green: …, yellow: …}.",
     .check = check_field,
     .field = "thresholds",
     .lacks = lacks_thresholds},
    {.id = "no-layer",
     .severity = CYN_LINT_WARNING,
     .roles = MAIN,
     .why = "Weekly decisions need what moves first; a result tells only how they turned out.",
     .how = "Say layer: leading, coincident or lagging.",
     .check = check_field,
     .field = "layer",
     .lacks = lacks_layer},
    {.id = "no-review",
     .severity = CYN_LINT_WARNING,
     .roles = MAIN,
     .why = "Products change; a definition that nobody looks at again slowly measures something "
            "else.",
     .how = "Give review: the day on which the definition is looked at again.",
     .check = check_field,
     .field = "review date",
     .lacks = lacks_review},
    {.id = "review-passed",
     .severity = CYN_LINT_WARNING,
     .roles = ALL,
     .why = "The team meant to look at this definition by then.",
     .how = "Look at it, mend what is out of date, and set the next review.",
     .check = check_review_passed},
    {.id = "deadline-passed",
     .severity = CYN_LINT_WARNING,
     .roles = ALL,
     .why = "A target of the past says nothing about whether things go well now.",
     .how = "Write down whether it was reached, and agree on the next target.",
     .check = check_deadline_passed},
    {.id = "target-against-direction",
     .severity = CYN_LINT_WARNING,
     .roles = ALL,
     .why = "Either the direction or the target is wrong; pace and colours follow one of them.",
     .how = "Swap from and to, or turn the direction round.",
     .check = check_target_direction},
    {.id = "target-not-green",
     .severity = CYN_LINT_WARNING,
     .roles = ALL,
     .why = "A target that is not good enough for green is no target, or green is set too high.",
     .how = "Bring the green threshold and the target together.",
     .check = check_target_green},
    {0},
};
