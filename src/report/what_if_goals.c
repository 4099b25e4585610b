/* What each leaf alone would have to become for the root to reach a target. */
#include "report/what_if_impl.h"
#include <math.h>
#include <string.h>

enum { COL_METRIC, COL_NOW, COL_NEEDED, COL_CHANGE, COL_NOTE, COL_COUNT };

typedef struct table {
    const cyn_what_if_look *l;
    cyn_text_table *text;
    const char *cells[COL_COUNT];
    cyn_buf scratch;
    cyn_arena *arena;
} table;

static void set(table *t, size_t col)
{
    t->cells[col] = cyn_tree_take(&t->scratch, t->arena);
}

/* "no value of it leads there; the nearest: $95.00 at 100.0 %" */
static void put_never(table *t, const cyn_sought *g, const cyn_metric *m)
{
    const cyn_what_if_look *l = t->l;
    cyn_buf_puts(&t->scratch,
                 cyn_what_if_words(l, "no value of it leads there", "どの値でも届かない"));
    if (!isfinite(g->best) || !isfinite(g->root_at_best)) return;
    cyn_buf_puts(&t->scratch, cyn_what_if_words(l, "; nearest ", "（最も近いのは "));
    cyn_what_if_put(l, l->view->tree->nodes[0].metric, g->root_at_best, &t->scratch);
    cyn_buf_puts(&t->scratch, cyn_what_if_words(l, " at ", "、値 "));
    cyn_what_if_put(l, m, g->best, &t->scratch);
    cyn_buf_puts(&t->scratch, cyn_what_if_words(l, "", "）"));
}

static void set_note(table *t, const cyn_sought *g, const cyn_metric *m)
{
    const cyn_what_if_look *l = t->l;
    switch (g->state) {
    case CYN_SOUGHT_FOUND:
        if (!g->beyond) break;
        cyn_buf_puts(&t->scratch, g->value < 0 ? cyn_what_if_words(l, "below 0", "0 未満")
                                               : cyn_what_if_words(l, "beyond 100 %", "100% 超"));
        break;
    case CYN_SOUGHT_MET:
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, "already there", "達成済み"));
        break;
    case CYN_SOUGHT_NEVER: put_never(t, g, m); break;
    case CYN_SOUGHT_NONE:
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, "a value is missing", "値がない"));
        break;
    }
    set(t, COL_NOTE);
}

/* Drivers are leaves, too, but nothing can be said along them. */
static bool is_shown(const cyn_what_if_view *v, const cyn_sought *g)
{
    return g->state != CYN_SOUGHT_NONE || v->nodes[g->node].reaches;
}

static void add_row(table *t, const cyn_sought *g)
{
    const cyn_what_if_look *l = t->l;
    const cyn_metric *m = l->view->tree->nodes[g->node].metric;
    double now = l->view->nodes[g->node].after;
    bool found = g->state == CYN_SOUGHT_FOUND;
    cyn_buf_puts(&t->scratch, cyn_what_if_title(l, m));
    set(t, COL_METRIC);
    cyn_what_if_put(l, m, now, &t->scratch);
    set(t, COL_NOW);
    cyn_what_if_put(l, m, found ? g->value : NAN, &t->scratch);
    set(t, COL_NEEDED);
    if (found) (void)cyn_what_if_put_change(l, m, now, g->value, &t->scratch);
    set(t, COL_CHANGE);
    set_note(t, g, m);
    cyn_text_table_row(t->text, t->cells);
    if (found && g->beyond) cyn_text_table_colour(t->text, COL_NOTE, "31");
}

static void head(table *t)
{
    const cyn_what_if_look *l = t->l;
    cyn_text_table_column(t->text, COL_METRIC, cyn_what_if_words(l, "METRIC", "指標"), CYN_LEFT, 0,
                          true);
    cyn_text_table_column(t->text, COL_NOW,
                          l->view->nassumptions ? cyn_what_if_words(l, "THEN", "仮定後")
                                                : cyn_what_if_words(l, "NOW", "現在"),
                          CYN_RIGHT, 2, false);
    cyn_text_table_column(t->text, COL_NEEDED, cyn_what_if_words(l, "NEEDED", "必要な値"),
                          CYN_RIGHT, 0, false);
    cyn_text_table_column(t->text, COL_CHANGE, cyn_what_if_words(l, "CHANGE", "変化"), CYN_RIGHT, 1,
                          false);
    cyn_text_table_column(t->text, COL_NOTE, cyn_what_if_words(l, "NOTE", "備考"), CYN_LEFT, 0,
                          true);
    if (l->ascii) cyn_text_table_ascii(t->text);
}

static cyn_code compose(table *t, cyn_buf *out, cyn_err *err)
{
    const cyn_what_if_look *l = t->l;
    const cyn_metric *root = l->view->tree->nodes[0].metric;
    t->arena = cyn_arena_new(0);
    t->text = cyn_text_table_new(COL_COUNT);
    if (!t->arena || !t->text) return cyn_nomem(err);
    size_t shown = 0;
    for (size_t i = 0; i < l->view->ngoals; i++)
        shown += is_shown(l->view, &l->view->goals[i]);
    cyn_buf_puts(out, cyn_what_if_words(l, "\nTo reach ", "\n目標 "));
    cyn_what_if_put(l, root, l->view->target, out);
    if (!shown) {
        cyn_buf_puts(out, cyn_what_if_words(l, ": it is made of no other metric\n",
                                            "：この指標は他の指標からできていない\n"));
        return CYN_OK;
    }
    cyn_buf_puts(out, cyn_what_if_words(l, ", by one of these alone:\n\n",
                                        " に届くために、いずれか一つだけを変えると：\n\n"));
    head(t);
    for (size_t i = 0; i < l->view->ngoals; i++)
        if (is_shown(l->view, &l->view->goals[i])) add_row(t, &l->view->goals[i]);
    CYN_TRY(cyn_buf_check(&t->scratch, err));
    cyn_text_table_write(t->text, l->opts->width, l->opts->colour, l->markdown, out);
    return CYN_OK;
}

cyn_code cyn_what_if_goals(const cyn_what_if_look *l, cyn_buf *out, cyn_err *err)
{
    table t = {.l = l};
    cyn_code rc = compose(&t, out, err);
    cyn_text_table_free(t.text);
    cyn_buf_clear(&t.scratch);
    cyn_arena_free(t.arena);
    return rc;
}
