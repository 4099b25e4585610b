#include "check/lint_filters_impl.h"
#include "check/lint_vanity_impl.h"
#include "check/lint_words.h"
#include <stdio.h>
#include <string.h>

static const char *const looks[] = {"page view", "pageview", "pv", "view", "impression", NULL};
static const char *const registrations[] = {
    "signup",     "sign up",      "sign ups", "signed up", "register",
    "registered", "registration", "install",  "installed", "account created",
    "download",   "downloaded",   NULL};
static const char *const names[] = {
    "page view",  "pageview", "pv",         "impression",    "registered", "registration",
    "signup",     "sign up",  "sign ups",   "download",      "install",    "follower",
    "cumulative", "all time", "total user", "total account", NULL};
static const char *const names_ja[] = {
    "累計",           "累積",       "登録者数", "登録数",           "会員数",
    "ページビュー",   "閲覧数",     "表示回数", "インプレッション", "ダウンロード数",
    "インストール数", "フォロワー", NULL};

typedef struct verdict {
    cyn_lint_run *run;
    const char *why;
    bool counts; /* the value is a number of things, and no ratio, mean or product */
} verdict;

static void set_why(verdict *v, const char *before, const char *what, const char *after)
{
    if (v->why) return;
    v->why = cyn_sprintf(v->run->arena, "%s%s%s", before, what, after);
    if (!v->why) v->run->rc = cyn_nomem(v->run->err);
}

typedef struct rows_of {
    verdict *verdict;
    bool distinct;
} rows_of;

static void look_at_filter(void *self, const cyn_compared *c)
{
    rows_of *rows = self;
    char text[128];
    if (!c->required) return;
    snprintf(text, sizeof text, "%.*s", (int)(c->text->n < 127 ? c->text->n : 127), c->text->s);
    if (cyn_find_word(text, registrations, NULL))
        set_why(rows->verdict, "it counts registrations ('", text, "')");
    else if (!rows->distinct && cyn_find_word(text, looks, NULL))
        set_why(rows->verdict, "it counts looks ('", text, "')");
}

/* A number of rows, or of different values in them. Users who look are people, and so no vanity;
 * users who register are counted once and never again. */
static void look_at_rows(verdict *v, const cyn_agg *agg)
{
    rows_of rows = {v, agg->func == CYN_DISTINCT};
    v->counts = true;
    if (agg->view->relation) return;
    cyn_compared_in_view(agg->view, look_at_filter, &rows);
    if (!rows.distinct && cyn_find_word(agg->view->source, looks, NULL))
        set_why(v, "it counts looks (all rows of '", agg->view->source, "')");
}

static bool is_const(const cyn_formula *f)
{
    return f && f->kind == CYN_FORMULA_CONST;
}

static void look_at_op(verdict *v, const cyn_formula *f);

/* What the value is a number of. Metrics with a definition do not go in circles, and are not too
 * deep to recurse (CYN_METRIC_DEPTH). */
static void look_at(verdict *v, const cyn_formula *f)
{
    switch (f->kind) {
    case CYN_FORMULA_AGG: {
        const cyn_agg *agg = v->run->project->catalog->aggs[f->agg];
        if (agg->func == CYN_COUNT || agg->func == CYN_DISTINCT) look_at_rows(v, agg);
        if (agg->func == CYN_SUM) v->counts = true;
        break;
    }
    case CYN_FORMULA_METRIC: {
        size_t at = cyn_project_metric(v->run->project, f->metric);
        const cyn_metric *m = at != CYN_NO_METRIC ? v->run->metrics[at].metric : NULL;
        if (m && m->definition[0]) look_at(v, m->formula);
        break;
    }
    case CYN_FORMULA_WINDOW:
        look_at(v, f->a);
        if (f->window.kind == CYN_CUMULATIVE && v->counts)
            set_why(v, "it is cumulative, and so can only grow", "", "");
        break;
    case CYN_FORMULA_FOLD: look_at(v, f->a); break;
    case CYN_FORMULA_OP: look_at_op(v, f); break;
    case CYN_FORMULA_SCRIPT: v->counts = true; break; /* the name is all that is known */
    default: break;
    }
}

static void look_at_op(verdict *v, const cyn_formula *f)
{
    if (f->op == CYN_ADD) {
        look_at(v, f->a);
        look_at(v, f->b);
    } else if ((f->op == CYN_MUL || f->op == CYN_DIV) && is_const(f->b)) {
        look_at(v, f->a);
    } else if (f->op == CYN_MUL && is_const(f->a)) {
        look_at(v, f->b);
    }
}

const char *cyn_lint_vanity(cyn_lint_run *run, const cyn_metric *m)
{
    verdict v = {.run = run};
    const char *const texts[] = {m->name, m->sheet.title.en, m->sheet.title.ja};
    if (m->definition[0]) look_at(&v, m->formula);
    for (size_t i = 0; v.counts && !v.why && i < sizeof texts / sizeof *texts; i++)
        if (cyn_find_word(texts[i], names, names_ja)) set_why(&v, "by its name, '", texts[i], "'");
    return v.why;
}
