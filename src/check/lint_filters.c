#include "check/lint_filters_impl.h"
#include "plan/relation.h"
#include "plan/translation.h"
#include <string.h>

typedef struct walk {
    const cyn_view *view;
    size_t nderives; /* of the view, that hide columns of their names */
    cyn_compared_visit visit;
    void *self;
} walk;

static bool is_derived(const walk *w, const char *name)
{
    for (size_t i = 0; i < w->nderives; i++)
        if (strcmp(w->view->derives[i].name, name) == 0) return true;
    return false;
}

static void found(const walk *w, const char *column, const cyn_const *value, cyn_place place,
                  bool required)
{
    if (value->kind != CYN_CONST_TEXT || is_derived(w, column)) return;
    w->visit(w->self, &(cyn_compared){w->view, column, value, place, required});
}

/* ---- translated expressions ---- */

/* The step's column, or NULL. */
static const cyn_translation_input *input_of(const cyn_translation *t, uint32_t step)
{
    const cyn_step *s = &t->steps[step];
    return s->op == CYN_OP_INPUT ? &t->inputs[s->input] : NULL;
}

static void found_in_step(const walk *w, const cyn_expr *e, const cyn_translation_input *input,
                          const cyn_const *value, bool required)
{
    cyn_place place = e->place;
    if (input->place.line > 0) {
        place = input->place;
        if (!place.file) place.file = e->place.file;
    }
    found(w, input->name, value, place, required);
}

static void visit_step(const walk *w, const cyn_expr *e, uint32_t at, bool required)
{
    const cyn_translation *t = e->code;
    const cyn_step *s = &t->steps[at];
    const cyn_translation_input *a, *b;
    if (s->op == CYN_OP_ONE_OF && (a = input_of(t, s->a))) {
        for (size_t i = 0; i < s->nlist; i++)
            found_in_step(w, e, a, &s->list[i], required);
    } else if (s->op == CYN_OP_EQUALS) {
        a = input_of(t, s->a);
        b = input_of(t, s->b);
        if (a && t->steps[s->b].op == CYN_OP_CONST)
            found_in_step(w, e, a, &t->steps[s->b].value, required);
        else if (b && t->steps[s->a].op == CYN_OP_CONST)
            found_in_step(w, e, b, &t->steps[s->a].value, required);
    }
}

/* Steps stand behind what they use: so one pass from the result back knows of each whether it is a
 * part of `a and b` and `a or b` only. */
static void visit_code(const walk *w, const cyn_expr *e)
{
    const cyn_translation *t = e->code;
    bool required[CYN_TRANSLATION_STEPS] = {false};
    if (t->nsteps == 0 || t->nsteps > CYN_TRANSLATION_STEPS) return;
    required[t->nsteps - 1] = true;
    for (uint32_t i = (uint32_t)t->nsteps; i-- > 0;) {
        const cyn_step *s = &t->steps[i];
        if (required[i] && s->op == CYN_OP_SELECT && (s->a == s->b || s->a == s->c)) {
            required[s->a] = true;
            required[s->a == s->c ? s->b : s->c] = true;
        }
        visit_step(w, e, i, required[i]);
    }
}

/* ---- expressions ---- */

static void visit_expr(const walk *w, const cyn_expr *e, bool required)
{
    if (!e) return;
    switch (e->kind) {
    case CYN_EXPR_EQUALS:
        if (e->a->kind == CYN_EXPR_COLUMN && e->b->kind == CYN_EXPR_CONST)
            found(w, e->a->name, &e->b->value, e->a->place.line ? e->a->place : e->place, required);
        else if (e->b->kind == CYN_EXPR_COLUMN && e->a->kind == CYN_EXPR_CONST)
            found(w, e->b->name, &e->a->value, e->b->place.line ? e->b->place : e->place, required);
        break;
    case CYN_EXPR_AND:
        visit_expr(w, e->a, required);
        visit_expr(w, e->b, required);
        break;
    case CYN_EXPR_SCRIPT:
    case CYN_EXPR_STEPS:
        if (e->code) visit_code(w, e);
        break;
    default: break;
    }
}

void cyn_compared_in_view(const cyn_view *view, cyn_compared_visit visit, void *self)
{
    walk w = {view, 0, visit, self};
    for (; w.nderives < view->nderives; w.nderives++)
        visit_expr(&w, view->derives[w.nderives].expr, false);
    visit_expr(&w, view->where, true);
}

static void visit_relation(const cyn_relation *r, cyn_compared_visit visit, void *self)
{
    walk w = {r->base, r->base->nderives, visit, self};
    visit_expr(&w, r->entity, false);
    visit_expr(&w, r->arg, false);
    for (size_t i = 0; i < r->nsteps; i++)
        visit_expr(&w, r->steps[i].when, false);
    for (size_t i = 0; i < r->nsame; i++)
        visit_expr(&w, r->same[i], false);
    visit_expr(&w, r->start, false);
    visit_expr(&w, r->active, false);
    visit_expr(&w, r->from, false);
    visit_expr(&w, r->to, false);
}

void cyn_compared_below(const cyn_view *view, cyn_compared_visit visit, void *self)
{
    for (; view; view = view->relation ? view->relation->base : NULL) {
        cyn_compared_in_view(view, visit, self);
        if (view->relation) visit_relation(view->relation, visit, self);
    }
}
