#include "rules/names.h"
#include "alert/reading.h"
#include "base/text.h"
#include "notify/template.h"
#include "plan/translation.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what a name is ---- */

static bool is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static bool is_param(const cyn_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->nparams; i++)
        if (strcmp(rule->params[i].name, name) == 0) return true;
    return false;
}

static bool is_label(const cyn_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->nlabels; i++)
        if (strcmp(rule->labels[i].name, name) == 0) return true;
    return false;
}

static size_t count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

static void add(const char **names, size_t *n, const char *const *more, size_t nmore)
{
    for (size_t i = 0; i < nmore; i++)
        names[(*n)++] = more[i];
}

/* What may stand there; texts may say more than conditions. */
static cyn_code known_names(const cyn_rule *rule, bool text, cyn_arena *scratch, const char ***out,
                            size_t *n, cyn_err *err)
{
    size_t readings = count(cyn_reading_names), words = count(cyn_template_words);
    const char **names = CYN_NEW_ARRAY(
        scratch, readings + words + rule->nby + rule->nparams + rule->nlabels, const char *);
    if (!names) return cyn_nomem(err);
    *n = 0;
    add(names, n, cyn_reading_names, readings);
    add(names, n, rule->by, rule->nby);
    for (size_t i = 0; i < rule->nparams; i++)
        names[(*n)++] = rule->params[i].name;
    if (text) add(names, n, cyn_template_words, words);
    for (size_t i = 0; text && i < rule->nlabels; i++)
        names[(*n)++] = rule->labels[i].name;
    *out = names;
    return CYN_OK;
}

/* ---- the check ---- */

typedef struct check {
    const cyn_rule *rule;
    cyn_grain grain;
    cyn_arena *scratch;
} check;

static cyn_code unknown(const check *c, const char *name, bool text, cyn_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    CYN_TRY(known_names(c->rule, text, c->scratch, &names, &n, err));
    const char *near = cyn_nearest(name, names, n);
    cyn_fail(err, CYN_E_NAME, "'%s' is %s reading, dimension%s or parameter of this rule", name,
             text ? "no word," : "no", text ? ", label" : "");
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (c->rule->nby == 0)
        cyn_hint(err, "a dimension has to be in 'by', a number in 'params'");
    else
        cyn_hint(err, "'by' has the dimensions, 'params' the numbers; readings are value, "
                      "previous, change \"1w\", mean(28) and the like");
    return CYN_E_NAME;
}

/* A reading of the series, or a name that is none: CYN_E_NAME. */
static cyn_code check_reading(const check *c, const char *name, bool text, cyn_err *err)
{
    cyn_reading r = {0};
    size_t lookback = 0;
    cyn_code rc = cyn_reading_parse(name, strlen(name), &r, err);
    if (rc == CYN_E_NAME && !strpbrk(name, "(\"'")) return unknown(c, name, text, err);
    CYN_TRY(rc);
    return cyn_reading_lookback(&r, c->grain, &lookback, err);
}

static cyn_code check_name(const check *c, const char *name, cyn_err *err)
{
    if (is_among(c->rule->by, c->rule->nby, name) || is_param(c->rule, name)) return CYN_OK;
    return check_reading(c, name, false, err);
}

/* The error with a place: that of the name, as far as it is known. */
static cyn_code at(const cyn_place *place, const cyn_place *around, const char *what,
                   const check *c, cyn_code rc, cyn_err *err)
{
    const cyn_place *best = place && place->line > 0 ? place : around;
    if (rc == CYN_OK || rc == CYN_E_NOMEM || !err) return rc;
    cyn_err said = *err;
    cyn_fail_at(err, rc, best->file ? best->file : c->rule->place.file,
                best->line > 0 ? best->line : c->rule->place.line, best->column,
                "rule '%s', %s: %s", c->rule->name, what, said.message);
    if (said.hint[0]) cyn_hint(err, "%s", said.hint);
    return rc;
}

static cyn_code check_inputs(const check *c, const cyn_expr *e, const char *what, cyn_err *err)
{
    for (size_t i = 0; i < e->code->ninputs; i++) {
        const cyn_translation_input *input = &e->code->inputs[i];
        CYN_TRY(at(&input->place, &e->place, what, c, check_name(c, input->name, err), err));
    }
    return CYN_OK;
}

/* What the interpreter runs may read less than it seems to; only readings that are sure to be ones
 * are looked at. */
static cyn_code check_reads(const check *c, const cyn_expr *e, const char *what, cyn_err *err)
{
    for (size_t i = 0; i < e->nreads; i++) {
        cyn_reading r;
        size_t lookback;
        if (is_among(c->rule->by, c->rule->nby, e->reads[i]) ||
            cyn_reading_parse(e->reads[i], strlen(e->reads[i]), &r, NULL) != CYN_OK)
            continue;
        CYN_TRY(
            at(NULL, &e->place, what, c, cyn_reading_lookback(&r, c->grain, &lookback, err), err));
    }
    return CYN_OK;
}

static cyn_code check_expr(const check *c, const cyn_expr *e, const char *what, cyn_err *err)
{
    if (!e) return CYN_OK;
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return at(NULL, &e->place, what, c, check_name(c, e->name, err), err);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND:
        CYN_TRY(check_expr(c, e->a, what, err));
        return check_expr(c, e->b, what, err);
    case CYN_EXPR_SCRIPT:
        return e->code ? check_inputs(c, e, what, err) : check_reads(c, e, what, err);
    case CYN_EXPR_CONST:
    case CYN_EXPR_STEPS: break;
    }
    return CYN_OK;
}

static cyn_code check_text(const check *c, const char *text, const char *what, cyn_err *err)
{
    cyn_template *t = NULL;
    char where[64];
    if (!text) return CYN_OK;
    cyn_code rc = cyn_template_parse(text, c->scratch, &t, err);
    if (rc != CYN_OK) {
        snprintf(where, sizeof where, "character %d of its %s", err ? err->column : 0, what);
        return at(NULL, &c->rule->place, where, c, rc, err);
    }
    for (size_t i = 0; i < t->nnames; i++) {
        const char *name = t->names[i];
        bool word = is_among(cyn_template_words, count(cyn_template_words), name);
        if (word || is_label(c->rule, name) || is_param(c->rule, name) ||
            is_among(c->rule->by, c->rule->nby, name))
            continue;
        snprintf(where, sizeof where, "character %d of its %s", t->columns[i], what);
        CYN_TRY(at(NULL, &c->rule->place, where, c, check_reading(c, name, true, err), err));
    }
    return CYN_OK;
}

static cyn_code check_label(const check *c, cyn_label label, const char *what, cyn_err *err)
{
    CYN_TRY(check_text(c, label.en, what, err));
    return label.ja == label.en ? CYN_OK : check_text(c, label.ja, what, err);
}

cyn_code cyn_rule_check_names(const cyn_rule *rule, cyn_grain grain, cyn_arena *scratch,
                              cyn_err *err)
{
    check c = {.rule = rule, .grain = grain, .scratch = scratch};
    CYN_TRY(check_expr(&c, rule->when, "when", err));
    for (size_t i = 0; i < rule->nlevels; i++)
        CYN_TRY(check_expr(&c, rule->levels[i].when, cyn_severity_names[rule->levels[i].severity],
                           err));
    CYN_TRY(check_expr(&c, rule->clear, "clear", err));
    CYN_TRY(check_label(&c, rule->title, "title", err));
    CYN_TRY(check_label(&c, rule->summary, "summary", err));
    return check_label(&c, rule->description, "description", err);
}

/* ---- what conditions are like ---- */

static bool reads_series(const cyn_rule *rule, const char *name)
{
    cyn_reading r;
    return !is_param(rule, name) && cyn_reading_parse(name, strlen(name), &r, NULL) == CYN_OK;
}

static bool expr_reads_series(const cyn_rule *rule, const cyn_expr *e)
{
    if (!e) return false;
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return reads_series(rule, e->name);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return expr_reads_series(rule, e->a) || expr_reads_series(rule, e->b);
    case CYN_EXPR_SCRIPT:
        for (size_t i = 0; e->code && i < e->code->ninputs; i++)
            if (reads_series(rule, e->code->inputs[i].name)) return true;
        for (size_t i = 0; !e->code && i < e->nreads; i++)
            if (reads_series(rule, e->reads[i])) return true;
        return !e->code && e->reads_all;
    case CYN_EXPR_CONST:
    case CYN_EXPR_STEPS: break;
    }
    return false;
}

bool cyn_rule_reads_series(const cyn_rule *rule)
{
    bool reads = expr_reads_series(rule, rule->when) || expr_reads_series(rule, rule->clear);
    for (size_t i = 0; i < rule->nlevels; i++)
        reads = reads || expr_reads_series(rule, rule->levels[i].when);
    return reads;
}

/* ---- conditions that contradict each other ---- */

/* A reading held against a number: those values of it for which the condition holds. */
typedef struct half {
    const char *name;
    bool below;     /* … else above */
    bool inclusive; /* the limit itself is among them */
    double limit;
} half;

static bool number_of(const cyn_const *v, double *out)
{
    if (v->kind != CYN_CONST_INTEGER && v->kind != CYN_CONST_REAL) return false;
    *out = v->kind == CYN_CONST_INTEGER ? (double)v->i : v->r;
    return true;
}

/* INPUT and CONST in either order, then `<` or `<=` of both. */
static bool half_of(const cyn_expr *e, half *out)
{
    const cyn_translation *t = e && e->kind == CYN_EXPR_SCRIPT ? e->code : NULL;
    if (!t || t->nsteps != 3) return false;
    const cyn_step *last = &t->steps[2];
    if (last->op != CYN_OP_LESS && last->op != CYN_OP_LESS_EQUAL) return false;
    if (last->a > 1 || last->b > 1 || last->a == last->b) return false;
    const cyn_step *a = &t->steps[last->a], *b = &t->steps[last->b];
    bool below = a->op == CYN_OP_INPUT && b->op == CYN_OP_CONST;
    if (!below && !(a->op == CYN_OP_CONST && b->op == CYN_OP_INPUT)) return false;
    *out = (half){.name = t->inputs[(below ? a : b)->input].name,
                  .below = below,
                  .inclusive = last->op == CYN_OP_LESS_EQUAL};
    return number_of(below ? &b->value : &a->value, &out->limit) && !isnan(out->limit);
}

/* Whether whatever is in `inner` is in `outer`, too. */
static bool is_within(const half *inner, const half *outer)
{
    if (inner->below != outer->below || strcmp(inner->name, outer->name) != 0) return false;
    if (inner->limit == outer->limit) return outer->inclusive || !inner->inclusive;
    return inner->below == (inner->limit < outer->limit);
}

/* A condition that is a constant which is nil or false. */
static bool never_holds(const cyn_expr *e)
{
    const cyn_translation *t = e->kind == CYN_EXPR_SCRIPT ? e->code : NULL;
    bool constant = t && t->nsteps == 1 && t->steps[0].op == CYN_OP_CONST;
    const cyn_const *v = e->kind == CYN_EXPR_CONST ? &e->value
                         : constant                ? &t->steps[0].value
                                                   : NULL;
    return v && (v->kind == CYN_CONST_NIL || (v->kind == CYN_CONST_BOOLEAN && !v->i));
}

bool cyn_rule_never_clears(const cyn_rule *rule)
{
    const cyn_expr *clear = rule->clear;
    half raised, cleared;
    if (!clear) return false;
    if (never_holds(clear)) return true;
    bool plain = rule->nlevels == 1 && !(rule->when && rule->levels[0].when);
    return plain && half_of(rule->when ? rule->when : rule->levels[0].when, &raised) &&
           half_of(clear, &cleared) && is_within(&cleared, &raised);
}
