/* Rules, made ready to be evaluated: names looked up, texts taken apart, timetables made. */
#include "base/hash.h"
#include "base/text.h"
#include "engine/eval.h"
#include "rules/check.h"
#include "rules/duty.h"
#include "rules/watch_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far back a segment's rows are looked for, so that a count that fell to nothing is 0 and not a
 * segment that vanished. */
#define LEAST_LOOKBACK 2

static cyn_code say_place(const cyn_place *p, cyn_code code, cyn_err *err)
{
    if (err && p->file && !err->line) {
        snprintf(err->file, sizeof err->file, "%s", p->file);
        err->line = p->line;
        err->column = p->column;
    }
    return code;
}

/* ---- names ---- */

static size_t find_word(const char *name)
{
    size_t i = 0;
    while (cyn_template_words[i] && strcmp(cyn_template_words[i], name) != 0)
        i++;
    return i;
}

/* Dimensions, labels, parameters: what the rule itself names. */
static bool find_own(const cyn_rule *rule, const char *name, bool labels, watch_name *out)
{
    for (size_t i = 0; i < rule->nby; i++)
        if (!strcmp(rule->by[i], name)) return *out = (watch_name){WATCH_DIMENSION, i, {0}}, true;
    for (size_t i = 0; labels && i < rule->nlabels; i++)
        if (!strcmp(rule->labels[i].name, name))
            return *out = (watch_name){WATCH_LABEL, i, {0}}, true;
    for (size_t i = 0; i < rule->nparams; i++)
        if (!strcmp(rule->params[i].name, name))
            return *out = (watch_name){WATCH_PARAM, i, {0}}, true;
    return false;
}

cyn_code watch_name_find(const cyn_rule *rule, const char *name, const cyn_place *place,
                         watch_name *out, cyn_err *err)
{
    watch_name found = {.kind = WATCH_READING};
    cyn_code rc = cyn_reading_parse(name, strlen(name), &found.reading, err);
    if (rc == CYN_OK) {
        *out = found;
        return CYN_OK;
    }
    if (find_own(rule, name, false, out)) return CYN_OK;
    return say_place(place, rc, err);
}

/* ---- conditions ---- */

/* A parameter is a constant. */
static cyn_code put_params(const cyn_watch *w, const cyn_rule *rule, watch_condition *c,
                           const cyn_translation *code, cyn_err *err)
{
    cyn_step *steps = CYN_NEW_ARRAY(w->arena, code->nsteps, cyn_step);
    cyn_translation *own = CYN_NEW(w->arena, cyn_translation);
    if (!steps || !own) return cyn_nomem(err);
    memcpy(steps, code->steps, code->nsteps * sizeof *steps);
    for (size_t i = 0; i < code->nsteps; i++) {
        if (steps[i].op != CYN_OP_INPUT) continue;
        const watch_name *name = &c->names[steps[i].input];
        if (name->kind != WATCH_PARAM) continue;
        double value = rule->params[name->index].value;
        steps[i].op = CYN_OP_CONST;
        steps[i].value = (cyn_const){.kind = CYN_CONST_REAL, .r = value};
    }
    *own = *code;
    own->steps = steps;
    c->code = own;
    return CYN_OK;
}

static cyn_code translated(const cyn_watch *w, const cyn_rule *rule, watch_condition *c,
                           const cyn_translation *code, cyn_err *err)
{
    watch_name *names = CYN_NEW_ARRAY(w->arena, code->ninputs + 1, watch_name);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < code->ninputs; i++) {
        const cyn_translation_input *in = &code->inputs[i];
        const cyn_place *place = in->place.line ? &in->place : &c->expr->place;
        CYN_TRY(watch_name_find(rule, in->name, place, &names[i], err));
    }
    c->names = names;
    c->nnames = code->ninputs;
    return put_params(w, rule, c, code, err);
}

/* A column or a constant as the one step that it is. */
static cyn_code one_step(const cyn_watch *w, const cyn_rule *rule, watch_condition *c, cyn_err *err)
{
    const cyn_expr *e = c->expr;
    cyn_step *step = CYN_NEW(w->arena, cyn_step);
    cyn_translation_input *input = CYN_NEW(w->arena, cyn_translation_input);
    cyn_translation *code = CYN_NEW(w->arena, cyn_translation);
    if (!step || !input || !code) return cyn_nomem(err);
    bool column = e->kind == CYN_EXPR_COLUMN;
    *step = (cyn_step){.op = column ? CYN_OP_INPUT : CYN_OP_CONST,
                       .a = CYN_NO_STEP,
                       .b = CYN_NO_STEP,
                       .c = CYN_NO_STEP,
                       .value = e->value};
    *input = (cyn_translation_input){.name = e->name, .place = e->place};
    *code =
        (cyn_translation){.steps = step, .nsteps = 1, .inputs = input, .ninputs = column ? 1 : 0};
    return translated(w, rule, c, code, err);
}

/* What a script is known to read before it runs. What is none of the rule's names is left for the
 * run to complain of: the script may not come so far. */
static cyn_code interpreted(const cyn_watch *w, const cyn_rule *rule, watch_condition *c,
                            cyn_err *err)
{
    watch_name *names = CYN_NEW_ARRAY(w->arena, c->expr->nreads + 1, watch_name);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < c->expr->nreads; i++) {
        cyn_err unknown;
        if (watch_name_find(rule, c->expr->reads[i], &c->expr->place, &names[c->nnames],
                            &unknown) == CYN_OK)
            c->nnames++;
    }
    c->names = names;
    c->reads_more = c->expr->reads_all;
    return CYN_OK;
}

static cyn_code init_condition(const cyn_watch *w, const cyn_rule *rule, const cyn_expr *e,
                               watch_condition *c, cyn_err *err)
{
    *c = (watch_condition){.expr = e};
    if (!e) return CYN_OK;
    switch (e->kind) {
    case CYN_EXPR_COLUMN:
    case CYN_EXPR_CONST: return one_step(w, rule, c, err);
    case CYN_EXPR_SCRIPT:
        if (e->code && !w->options.interpret) return translated(w, rule, c, e->code, err);
        return interpreted(w, rule, c, err);
    default: break;
    }
    return cyn_fail_at(err, CYN_E_UNSUPPORTED, e->place.file, e->place.line, e->place.column,
                       "a condition is a Lua expression in a string, or a function of the series");
}

/* What a condition, or a text, asks of the series. */
static cyn_code add_needs(watch_rule *r, const watch_name *name, cyn_err *err)
{
    size_t lookback;
    if (name->kind != WATCH_READING) return CYN_OK;
    CYN_TRY(cyn_reading_lookback(&name->reading, r->grain, &lookback, err));
    if (lookback > r->lookback) r->lookback = lookback;
    r->parts |=
        name->reading.kind == CYN_READ_NUMERATOR || name->reading.kind == CYN_READ_DENOMINATOR;
    r->rows |= name->reading.kind == CYN_READ_ROWS;
    return CYN_OK;
}

static cyn_code add_condition_needs(watch_rule *r, const watch_condition *c, cyn_err *err)
{
    for (size_t i = 0; i < c->nnames; i++) {
        cyn_code rc = add_needs(r, &c->names[i], err);
        if (rc != CYN_OK) return say_place(&c->expr->place, rc, err);
        if (c->names[i].kind == WATCH_READING)
            r->needs_value |= cyn_reading_needs_value(&c->names[i].reading);
    }
    r->needs_value |= c->reads_more;
    return CYN_OK;
}

static cyn_code init_conditions(const cyn_watch *w, watch_rule *r, cyn_err *err)
{
    const cyn_rule *rule = r->rule;
    r->levels = CYN_NEW_ARRAY(w->arena, rule->nlevels + 1, watch_condition);
    if (!r->levels) return cyn_nomem(err);
    CYN_TRY(init_condition(w, rule, rule->when, &r->when, err));
    CYN_TRY(init_condition(w, rule, rule->clear, &r->clear, err));
    CYN_TRY(add_condition_needs(r, &r->when, err));
    CYN_TRY(add_condition_needs(r, &r->clear, err));
    for (size_t i = 0; i < rule->nlevels; i++) {
        CYN_TRY(init_condition(w, rule, rule->levels[i].when, &r->levels[i], err));
        CYN_TRY(add_condition_needs(r, &r->levels[i], err));
        if (rule->when || rule->levels[i].when) continue;
        return cyn_fail_at(err, CYN_E_NAME, rule->place.file, rule->place.line, rule->place.column,
                           "rule '%s' does not say when it is %s", rule->name,
                           cyn_severity_names[rule->levels[i].severity]);
    }
    return CYN_OK;
}

/* ---- texts ---- */

/* No reading is called like a word, and asking that first is cheap. A name that stands for nothing
 * is shown as it is written; `check` complains of it. */
static watch_name template_name(const cyn_rule *rule, const char *name)
{
    watch_name out = {.kind = WATCH_READING};
    cyn_err unknown;
    size_t word = find_word(name);
    bool own = find_own(rule, name, true, &out);
    if (cyn_template_words[word] && !own) return (watch_name){WATCH_WORD, word, {0}};
    watch_name reading = {.kind = WATCH_READING};
    if (cyn_reading_parse(name, strlen(name), &reading.reading, &unknown) == CYN_OK) return reading;
    if (!own) out.kind = WATCH_UNKNOWN;
    return out;
}

static cyn_code init_text(const cyn_watch *w, watch_rule *r, cyn_label label, watch_text *out,
                          cyn_err *err)
{
    *out = (watch_text){.text = cyn_label_text(label, w->project->config->language, "")};
    if (!out->text[0] || w->options.quiet) return CYN_OK;
    cyn_template *t;
    cyn_code rc = cyn_template_parse(out->text, w->arena, &t, err);
    if (rc != CYN_OK) return rc == CYN_E_NOMEM ? rc : CYN_OK;
    watch_name *names = CYN_NEW_ARRAY(w->arena, t->nnames + 1, watch_name);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < t->nnames; i++) {
        names[i] = template_name(r->rule, t->names[i]);
        if (add_needs(r, &names[i], err) != CYN_OK) names[i].kind = WATCH_UNKNOWN;
    }
    out->names = names;
    out->template = t;
    return CYN_OK;
}

/* ---- when ---- */

/* One grain, at most a day. */
static int64_t default_every(cyn_grain g)
{
    if (g.unit == CYN_MINUTES) return g.n * CYN_MINUTE;
    return g.unit == CYN_HOURLY ? CYN_HOUR : CYN_DAY;
}

static cyn_code init_slots(const cyn_project *p, watch_rule *r, cyn_err *err)
{
    const cyn_calendar *cal = &p->calendar;
    int64_t every = r->rule->every ? r->rule->every : default_every(r->grain);
    CYN_TRY(cyn_slots_init(every, r->rule->at, cal->tz, cal->week_start, &r->slots, err));
    r->retain = CYN_ALERT_FLAPS * every > CYN_DAY ? CYN_ALERT_FLAPS * every : CYN_DAY;
    return CYN_OK;
}

static cyn_code init_calendar(const cyn_project *p, watch_rule *r, cyn_arena *arena, cyn_err *err)
{
    const cyn_rule *rule = r->rule;
    if (!rule->calendar) return CYN_OK;
    cyn_code rc = cyn_duty_find(p, rule->calendar, arena, &r->calendar, err);
    r->has_calendar = rc == CYN_OK;
    if (r->has_calendar) return CYN_OK;
    cyn_context(err, "rule '%s'", rule->name);
    return say_place(&rule->place, rc, err);
}

cyn_code watch_rule_times(const cyn_project *p, watch_rule *r, cyn_arena *arena, cyn_err *err)
{
    CYN_TRY(init_slots(p, r, err));
    return init_calendar(p, r, arena, err);
}

/* `every` and the days of the week fall in with each other within seven times 366 days. */
#define LONGEST_WAIT (3700 * CYN_DAY)

int64_t watch_next_slot(const watch_rule *r, int64_t t)
{
    int64_t slot = cyn_slot_after(&r->slots, t);
    while (slot != CYN_SLOT_END && r->has_calendar &&
           !cyn_alert_calendar_holds(&r->calendar, slot)) {
        int64_t duty = cyn_alert_calendar_change(&r->calendar, slot);
        if (duty == CYN_ALERT_NO_CHANGE || duty - LONGEST_WAIT > t) return CYN_SLOT_END;
        slot = cyn_slot_after(&r->slots, duty - 1);
    }
    return slot;
}

/* ---- the rule ---- */

/* All that decides: what the rule says, and what its metric computes. */
static uint64_t definition_of(const cyn_rule *rule, const cyn_metric *m)
{
    char both[sizeof rule->definition + sizeof m->definition];
    int n = snprintf(both, sizeof both, "%s %s", rule->definition, m ? m->definition : "");
    cyn_sha256 hash = cyn_sha256_of(both, (size_t)n);
    uint64_t out = 0;
    for (size_t i = 0; i < sizeof out; i++)
        out = out << 8 | hash.bytes[i];
    return out;
}

static cyn_code init_metric(const cyn_watch *w, watch_rule *r, cyn_err *err)
{
    const cyn_project *p = w->project;
    size_t m;
    r->grain = r->rule->has_grain ? r->rule->grain : p->config->grain;
    cyn_code rc = cyn_project_need_metric(p, r->rule->metric, &m, err);
    if (rc != CYN_OK) return say_place(&r->rule->place, rc, err);
    r->metric = p->metrics[m];
    r->grain = cyn_rule_grain(p, r->rule, r->metric);
    if (p->metric_errors && p->metric_errors[m].code != CYN_OK) {
        if (err) *err = p->metric_errors[m];
        cyn_context(err, "metric '%s'", r->rule->metric);
        return p->metric_errors[m].code;
    }
    return CYN_OK;
}

static cyn_code init(const cyn_watch *w, watch_rule *r, cyn_err *err)
{
    cyn_code rc = init_metric(w, r, err);
    cyn_err when = {0};
    /* Also a rule that cannot be evaluated has times at which it says so. */
    if (init_slots(w->project, r, &when) != CYN_OK) {
        r->slots = (cyn_slots){.every = CYN_DAY,
                               .tz = w->project->calendar.tz,
                               .week_start = w->project->calendar.week_start};
        r->retain = CYN_ALERT_FLAPS * CYN_DAY;
        if (rc == CYN_OK && err) *err = when;
        if (rc == CYN_OK) rc = when.code;
    }
    if (rc != CYN_OK) return rc;
    CYN_TRY(init_calendar(w->project, r, w->arena, err));
    CYN_TRY(cyn_alert_check_policy(&r->rule->policy, err));
    CYN_TRY(init_conditions(w, r, err));
    CYN_TRY(init_text(w, r, r->rule->summary, &r->summary, err));
    CYN_TRY(init_text(w, r, r->rule->description, &r->description, err));
    if (r->lookback < LEAST_LOOKBACK) r->lookback = LEAST_LOOKBACK;
    return CYN_OK;
}

/* Only rules that are wrong have an error, which is large. */
static cyn_code fail_rule(const cyn_watch *w, watch_rule *r, const cyn_err *why, cyn_err *err)
{
    cyn_err *own = CYN_NEW(w->arena, cyn_err);
    if (!own) return cyn_nomem(err);
    *own = *why;
    r->error = own;
    return CYN_OK;
}

cyn_code watch_rule_init(cyn_watch *w, watch_rule *r, const cyn_rule *rule, cyn_err *err)
{
    *r = (watch_rule){
        .rule = rule, .slot = CYN_SLOT_NONE, .recorded = CYN_SLOT_NONE, .failed = CYN_SLOT_NONE};
    r->title = cyn_label_text(rule->title, w->project->config->language, rule->name);
    r->summary.text = r->description.text = "";
    cyn_err why = {0};
    cyn_code rc = init(w, r, &why);
    r->definition = definition_of(rule, r->metric);
    if (rc == CYN_E_NOMEM) return cyn_nomem(err);
    if (rc == CYN_OK) return CYN_OK;
    return fail_rule(w, r, &why, err);
}

/* ---- dependence ---- */

static int compare_names(const void *a, const void *b)
{
    const watch_rule *const *x = a, *const *y = b;
    return strcmp((*x)->rule->name, (*y)->rule->name);
}

watch_rule *watch_find_rule(const cyn_watch *w, const char *name)
{
    size_t low = 0, high = w->nrules;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, w->by_name[middle]->rule->name);
        if (order == 0) return w->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool watch_is_declared(const cyn_watch *w, const char *rule)
{
    const cyn_catalog *c = w->project->catalog;
    for (size_t i = 0; c && i < c->nrules; i++)
        if (!strcmp(c->rules[i]->name, rule)) return true;
    return false;
}

static cyn_code find_parents(const cyn_watch *w, watch_rule *r, cyn_err *err)
{
    watch_rule **parents = CYN_NEW_ARRAY(w->arena, r->rule->ndepends + 1, watch_rule *);
    if (!parents) return cyn_nomem(err);
    for (size_t i = 0; i < r->rule->ndepends; i++) {
        watch_rule *parent = watch_find_rule(w, r->rule->depends[i]);
        if (parent) parents[r->nparents++] = parent;
        /* One that is declared, but not watched, is nothing to wait for. */
        if (parent || r->error || watch_is_declared(w, r->rule->depends[i])) continue;
        cyn_err why = {0};
        cyn_fail_at(&why, CYN_E_NAME, r->rule->place.file, r->rule->place.line,
                    r->rule->place.column, "rule '%s' depends on '%s', and there is no such rule",
                    r->rule->name, r->rule->depends[i]);
        CYN_TRY(fail_rule(w, r, &why, err));
    }
    r->parents = parents;
    return CYN_OK;
}

enum { NEW, VISITED, ORDERED };
/* So many rules in a row may depend on each other. */
#define CHAIN 1000

typedef struct visit {
    watch_rule *rule;
    struct visit *up;
    int depth;
} visit;

/* The rules of the circle that ends at this visit. */
static cyn_code fail_circle(const cyn_watch *w, visit *v, const watch_rule *again, cyn_err *err)
{
    const watch_rule *next = again;
    for (visit *at = v; at; at = at->rule == again ? NULL : at->up) {
        watch_rule *r = at->rule;
        cyn_err why = {0};
        cyn_fail_at(&why, CYN_E_CONFLICT, r->rule->place.file, r->rule->place.line,
                    r->rule->place.column, "rule '%s' depends on itself, by way of '%s'",
                    r->rule->name, next->rule->name);
        if (!r->error) CYN_TRY(fail_rule(w, r, &why, err));
        r->nparents = 0;
        next = r;
    }
    return CYN_OK;
}

/* One below a longer chain comes later, and is seen as it was a slot before. */
static cyn_code visit_rule(cyn_watch *w, watch_rule *r, visit *up, cyn_err *err)
{
    visit v = {.rule = r, .up = up, .depth = up ? up->depth + 1 : 0};
    r->mark = VISITED;
    for (size_t i = 0; i < r->nparents; i++) {
        watch_rule *parent = r->parents[i];
        if (parent->mark == VISITED)
            CYN_TRY(fail_circle(w, &v, parent, err));
        else if (parent->mark == NEW && v.depth < CHAIN)
            CYN_TRY(visit_rule(w, parent, &v, err));
    }
    r->mark = ORDERED;
    w->in_order[w->nordered++] = r;
    return CYN_OK;
}

cyn_code watch_order(cyn_watch *w, cyn_err *err)
{
    for (size_t i = 0; i < w->nrules; i++)
        w->by_name[i] = &w->rules[i];
    qsort(w->by_name, w->nrules, sizeof(watch_rule *), compare_names);
    for (size_t i = 0; i < w->nrules; i++)
        CYN_TRY(find_parents(w, &w->rules[i], err));
    for (size_t i = 0; i < w->nrules; i++)
        if (w->rules[i].mark == NEW) CYN_TRY(visit_rule(w, &w->rules[i], NULL, err));
    return CYN_OK;
}
