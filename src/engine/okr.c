#include "base/text.h"
#include "engine/okr_place.h"
#include "tree/tree.h"
#include <math.h>
#include <string.h>

typedef struct builder {
    const cyn_project *project;
    cyn_arena *arena;
    cyn_okr_places places;
    cyn_goal *goals;      /* of the roots, then of all key results in the file's order */
    size_t *first_result; /* [objective]: its first goal */
    size_t ngoals;
    cyn_okr_item *items;
    size_t count, room;
    cyn_loose_end *loose;
    size_t nloose;
    cyn_err *err;
} builder;

/* ---- goals ---- */

bool cyn_goal_of_result(const cyn_objective *o, const cyn_key_result *r, const cyn_sheet *sheet,
                        cyn_goal_line *out)
{
    cyn_goal_line g = {.direction = sheet->direction}, s = {0};
    bool has_sheet = cyn_goal_of_sheet(sheet, &s);
    if (!r->has_to && !has_sheet) return false;
    if (r->direction != CYN_DIRECTION_NONE) g.direction = r->direction;
    if (g.direction == CYN_RANGE && sheet->direction == CYN_RANGE && sheet->green.two)
        g.range = sheet->green;
    g.to = r->has_to ? r->to : s.to;
    g.has_from = r->has_from || s.has_from;
    g.from = r->has_from ? r->from : s.from;
    bool own_start = r->has_from || !s.has_since;
    g.has_since = r->has_since || (own_start ? o->has_since : s.has_since);
    g.since = r->has_since ? r->since : own_start ? o->since : s.since;
    g.has_by = r->has_by || o->has_by || s.has_by;
    g.by = r->has_by ? r->by : o->has_by ? o->by : s.by;
    if (!r->has_to && !r->has_from && g.by == s.by) {
        g.path = s.path;
        g.npath = s.npath;
    }
    *out = g;
    return true;
}

static const cyn_metric *metric_named(const cyn_project *p, const char *name)
{
    size_t m = cyn_project_metric(p, name);
    return m == CYN_NO_METRIC ? NULL : p->metrics[m];
}

static cyn_code gather_goals(builder *b)
{
    const cyn_project *p = b->project;
    size_t n = b->places.nroots;
    for (size_t i = 0; i < p->okrs->count; i++)
        n += p->okrs->items[i].nresults;
    b->goals = CYN_NEW_ARRAY(b->arena, n + 1, cyn_goal);
    b->first_result = CYN_NEW_ARRAY(b->arena, p->okrs->count + 1, size_t);
    if (!b->goals || !b->first_result) return cyn_nomem(b->err);
    for (size_t i = 0; i < b->places.nroots; i++) {
        cyn_goal *g = &b->goals[b->ngoals++];
        g->metric = p->metrics[b->places.roots[i]];
        g->has_line = cyn_goal_of_sheet(&g->metric->sheet, &g->line);
    }
    for (size_t i = 0; i < p->okrs->count; i++) {
        const cyn_objective *o = &p->okrs->items[i];
        b->first_result[i] = b->ngoals;
        for (size_t k = 0; k < o->nresults; k++) {
            cyn_goal *g = &b->goals[b->ngoals++];
            g->metric = metric_named(p, o->results[k].metric);
            if (g->metric)
                g->has_line = cyn_goal_of_result(o, &o->results[k], &g->metric->sheet, &g->line);
        }
    }
    return CYN_OK;
}

/* What is reached is whole, whether or not it is known where it began. */
static double progress_of(const cyn_goal *g)
{
    if (!g->has_line) return NAN;
    if (g->pace.state == CYN_PACE_REACHED) return 1;
    if (isnan(g->pace.progress)) return NAN;
    return fmin(fmax(g->pace.progress, 0), 1);
}

/* ---- items ---- */

/* The new item's place in the list, or CYN_NO_NODE. */
static size_t add_item(builder *b, cyn_okr_item item)
{
    cyn_okr_item *more = cyn_grown(b->arena, b->items, b->count, &b->room, sizeof *more);
    if (!more) return CYN_NO_NODE;
    b->items = more;
    item.depth = item.parent == CYN_NO_NODE ? 0 : b->items[item.parent].depth + 1;
    b->items[b->count] = item;
    return b->count++;
}

static void close_item(builder *b, size_t at)
{
    b->items[at].end = b->count;
}

static cyn_code add_results(builder *b, size_t objective, size_t parent)
{
    const cyn_objective *o = &b->project->okrs->items[objective];
    for (size_t k = 0; k < o->nresults; k++) {
        const cyn_key_result *r = &o->results[k];
        const cyn_goal *g = &b->goals[b->first_result[objective] + k];
        bool titled = r->title.en || r->title.ja || !g->metric;
        cyn_okr_item item = {.line = CYN_OKR_RESULT,
                             .parent = parent,
                             .name = r->metric,
                             .title = titled ? r->title : g->metric->sheet.title,
                             .owner = r->owner ? r->owner : o->owner,
                             .department = o->department,
                             .goal = g->metric ? g : NULL,
                             .has_by = g->line.has_by,
                             .by = g->line.by,
                             .progress = progress_of(g)};
        item.state = g->pace.state;
        size_t at = add_item(b, item);
        if (at == CYN_NO_NODE) return cyn_nomem(b->err);
        close_item(b, at);
    }
    return CYN_OK;
}

/* From good to bad; what has no state says nothing. */
static int badness(cyn_pace_state s)
{
    static const int order[] = {[CYN_PACE_NONE] = 0, [CYN_PACE_REACHED] = 1, [CYN_PACE_AHEAD] = 2,
                                [CYN_PACE_RISK] = 3, [CYN_PACE_BEHIND] = 4,  [CYN_PACE_MISSED] = 5};
    return order[s];
}

static void judge_objective(const builder *b, size_t objective, cyn_okr_item *item)
{
    const cyn_goal *goals = &b->goals[b->first_result[objective]];
    size_t known = 0;
    double sum = 0;
    for (size_t k = 0; k < b->project->okrs->items[objective].nresults; k++) {
        double progress = progress_of(&goals[k]);
        if (!isnan(progress)) {
            sum += progress;
            known++;
        }
        if (badness(goals[k].pace.state) > badness(item->state)) item->state = goals[k].pace.state;
    }
    item->progress = known ? sum / (double)known : NAN;
}

/* The objective, its key results, and the objectives that support it. */
static cyn_code add_objective(builder *b, size_t objective, size_t parent)
{
    const cyn_objective *o = &b->project->okrs->items[objective];
    const cyn_okr_place *place = &b->places.places[objective];
    cyn_okr_item item = {.line = CYN_OKR_OBJECTIVE,
                         .parent = parent,
                         .name = o->name,
                         .title = o->title,
                         .owner = o->owner,
                         .department = o->department,
                         .supports = o->supports,
                         .has_by = o->has_by,
                         .by = o->by};
    if (place->through != CYN_NO_METRIC && place->through != place->root)
        item.through = b->project->metrics[place->through];
    judge_objective(b, objective, &item);
    size_t at = add_item(b, item);
    if (at == CYN_NO_NODE) return cyn_nomem(b->err);
    CYN_TRY(add_results(b, objective, at));
    for (size_t i = 0; i < b->project->okrs->count; i++) {
        const cyn_okr_place *other = &b->places.places[i];
        bool hangs =
            other->above == objective && (!other->loose || other->because == CYN_LOOSE_OBJECTIVE);
        if (hangs && b->items[at].depth >= CYN_OKR_CHAIN)
            return cyn_fail(b->err, CYN_E_LIMIT,
                            "more than %d objectives support one another in a row, up to '%s'",
                            CYN_OKR_CHAIN, b->project->okrs->items[i].name);
        if (hangs) CYN_TRY(add_objective(b, i, at));
    }
    close_item(b, at);
    return CYN_OK;
}

/* ---- what hangs on a root ---- */

static bool same_department(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool hangs_on(const builder *b, size_t objective, size_t root)
{
    const cyn_okr_place *at = &b->places.places[objective];
    return !at->loose && at->above == CYN_NO_OBJECTIVE && at->root == root;
}

/* Those of one department, below its name; without a department below the root itself. */
static cyn_code add_department(builder *b, size_t root, size_t parent, const char *department)
{
    size_t below = parent;
    if (department) {
        below = add_item(b, (cyn_okr_item){.line = CYN_OKR_DEPARTMENT,
                                           .parent = parent,
                                           .name = department,
                                           .department = department,
                                           .progress = NAN});
        if (below == CYN_NO_NODE) return cyn_nomem(b->err);
    }
    for (size_t i = 0; i < b->project->okrs->count; i++)
        if (hangs_on(b, i, root) &&
            same_department(b->project->okrs->items[i].department, department))
            CYN_TRY(add_objective(b, i, below));
    if (department) close_item(b, below);
    return CYN_OK;
}

static bool is_first_of_department(const builder *b, size_t objective, size_t root)
{
    const cyn_objective *items = b->project->okrs->items;
    for (size_t i = 0; i < objective; i++)
        if (hangs_on(b, i, root) &&
            same_department(items[i].department, items[objective].department))
            return false;
    return items[objective].department != NULL;
}

static cyn_code add_root(builder *b, size_t which)
{
    size_t root = b->places.roots[which];
    const cyn_metric *m = b->project->metrics[root];
    const cyn_goal *g = &b->goals[which];
    size_t at = add_item(b, (cyn_okr_item){.line = CYN_OKR_METRIC,
                                           .parent = CYN_NO_NODE,
                                           .name = m->name,
                                           .title = m->sheet.title,
                                           .owner = m->sheet.owner,
                                           .goal = g,
                                           .has_by = g->line.has_by,
                                           .by = g->line.by,
                                           .progress = progress_of(g),
                                           .state = g->pace.state});
    if (at == CYN_NO_NODE) return cyn_nomem(b->err);
    for (size_t i = 0; i < b->project->okrs->count; i++)
        if (hangs_on(b, i, root) && is_first_of_department(b, i, root))
            CYN_TRY(add_department(b, root, at, b->project->okrs->items[i].department));
    CYN_TRY(add_department(b, root, at, NULL));
    close_item(b, at);
    return CYN_OK;
}

static cyn_code add_loose(builder *b)
{
    size_t at = CYN_NO_NODE;
    for (size_t i = 0; i < b->project->okrs->count; i++) {
        const cyn_okr_place *place = &b->places.places[i];
        if (!place->loose || place->because == CYN_LOOSE_OBJECTIVE) continue;
        if (at == CYN_NO_NODE)
            at = add_item(
                b, (cyn_okr_item){
                       .line = CYN_OKR_LOOSE, .parent = CYN_NO_NODE, .name = "", .progress = NAN});
        if (at == CYN_NO_NODE) return cyn_nomem(b->err);
        CYN_TRY(add_objective(b, i, at));
    }
    if (at != CYN_NO_NODE) close_item(b, at);
    return CYN_OK;
}

/* ---- loose ends ---- */

static void add_end(builder *b, size_t objective, cyn_loose why, const char *result)
{
    const cyn_objective *o = &b->project->okrs->items[objective];
    b->loose[b->nloose++] = (cyn_loose_end){.why = why,
                                            .objective = o->name,
                                            .title = o->title,
                                            .result = result,
                                            .supports = o->supports};
}

static void add_ends(builder *b, size_t objective)
{
    const cyn_objective *o = &b->project->okrs->items[objective];
    const cyn_okr_place *place = &b->places.places[objective];
    if (place->loose) add_end(b, objective, place->because, NULL);
    for (size_t k = 0; k < o->nresults; k++) {
        const char *name = o->results[k].metric;
        size_t m = cyn_project_metric(b->project, name);
        if (m == CYN_NO_METRIC)
            add_end(b, objective, CYN_LOOSE_RESULT_UNKNOWN, name);
        else if (b->places.root_of[m] == CYN_NO_METRIC)
            add_end(b, objective, CYN_LOOSE_RESULT, name);
        if (m != CYN_NO_METRIC && !b->goals[b->first_result[objective] + k].has_line)
            add_end(b, objective, CYN_LOOSE_RESULT_NO_TARGET, name);
    }
}

/* ---- which objectives ---- */

static cyn_code need_objective(const builder *b, const char *name, size_t *out)
{
    const cyn_project *p = b->project;
    *out = cyn_okr_find(p, name);
    if (*out != CYN_NO_OBJECTIVE) return CYN_OK;
    (void)cyn_fail(b->err, CYN_E_NAME, "no objective is named '%s'", name);
    const char **names = CYN_NEW_ARRAY(b->arena, p->okrs->count + 1, const char *);
    if (!names) return cyn_nomem(b->err);
    for (size_t i = 0; i < p->okrs->count; i++)
        names[i] = p->okrs->items[i].name;
    const char *near = cyn_nearest(name, names, p->okrs->count);
    if (near)
        cyn_hint(b->err, "did you mean '%s'?", near);
    else
        cyn_hint(b->err, "'cynosure okr' shows all of them");
    return CYN_E_NAME;
}

/* Those that are named, but for those that come below another one anyway. */
static cyn_code add_named(builder *b, const char *const *names, size_t n)
{
    const cyn_okr_place *places = b->places.places;
    bool *wanted = CYN_NEW_ARRAY(b->arena, b->project->okrs->count + 1, bool);
    if (!wanted) return cyn_nomem(b->err);
    for (size_t i = 0; i < n; i++) {
        size_t at;
        CYN_TRY(need_objective(b, names[i], &at));
        wanted[at] = true;
    }
    for (size_t i = 0; i < b->project->okrs->count; i++) {
        bool below = false, circle = places[i].loose && places[i].because == CYN_LOOSE_CIRCLE;
        size_t above = circle ? CYN_NO_OBJECTIVE : places[i].above;
        for (size_t steps = 0; above != CYN_NO_OBJECTIVE && steps < b->project->okrs->count;
             steps++) {
            below |= wanted[above];
            above = places[above].above;
        }
        if (wanted[i] && !below) CYN_TRY(add_objective(b, i, CYN_NO_NODE));
    }
    return CYN_OK;
}

static cyn_code add_all(builder *b)
{
    const cyn_okrs *okrs = b->project->okrs;
    size_t most = okrs->count;
    for (size_t i = 0; i < okrs->count; i++)
        most += 2 * okrs->items[i].nresults;
    b->loose = CYN_NEW_ARRAY(b->arena, most + 1, cyn_loose_end);
    if (!b->loose) return cyn_nomem(b->err);
    for (size_t i = 0; i < b->places.nroots; i++)
        CYN_TRY(add_root(b, i));
    CYN_TRY(add_loose(b));
    for (size_t i = 0; i < okrs->count; i++)
        add_ends(b, i);
    return CYN_OK;
}

cyn_code cyn_okrs_evaluate(const cyn_project *p, cyn_dataset *d, const cyn_goals_request *request,
                           const char *const *names, size_t nnames, cyn_arena *arena,
                           cyn_okr_view *out, cyn_err *err)
{
    builder b = {.project = p, .arena = arena, .err = err};
    CYN_TRY(cyn_okr_places_find(p, arena, &b.places, err));
    CYN_TRY(gather_goals(&b));
    CYN_TRY(cyn_goals_evaluate(p, d, request, b.goals, b.ngoals, arena, err));
    if (nnames > 0)
        CYN_TRY(add_named(&b, names, nnames));
    else
        CYN_TRY(add_all(&b));
    *out = (cyn_okr_view){.items = b.items,
                          .count = b.count,
                          .loose = b.loose,
                          .nloose = b.nloose,
                          .has_root = b.places.nroots > 0};
    for (size_t i = 0; i < b.count; i++)
        out->failed += b.items[i].goal && b.items[i].goal->error;
    return CYN_OK;
}
