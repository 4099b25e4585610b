/* What each leaf alone would have to become for the root to reach a target. */
#include "report/grid_impl.h"
#include "report/what_if_impl.h"
#include <math.h>

enum { COL_METRIC, COL_NOW, COL_NEEDED, COL_CHANGE, COL_NOTE, COL_COUNT };

typedef struct table {
    const cyn_what_if_look *l;
    cyn_grid grid;
} table;

/* "no value of it leads there; the nearest: $95.00 at 100.0 %" */
static void put_never(table *t, const cyn_sought *g, const cyn_metric *m)
{
    const cyn_what_if_look *l = t->l;
    cyn_buf_puts(&t->grid.cell,
                 cyn_what_if_words(l, "no value of it leads there", "どの値でも届かない"));
    if (!isfinite(g->best) || !isfinite(g->root_at_best)) return;
    cyn_buf_puts(&t->grid.cell, cyn_what_if_words(l, "; nearest ", "（最も近いのは "));
    cyn_what_if_put(l, l->view->tree->nodes[0].metric, g->root_at_best, &t->grid.cell);
    cyn_buf_puts(&t->grid.cell, cyn_what_if_words(l, " at ", "、値 "));
    cyn_what_if_put(l, m, g->best, &t->grid.cell);
    cyn_buf_puts(&t->grid.cell, cyn_what_if_words(l, "", "）"));
}

static void set_note(table *t, const cyn_sought *g, const cyn_metric *m)
{
    const cyn_what_if_look *l = t->l;
    switch (g->state) {
    case CYN_SOUGHT_FOUND:
        if (!g->beyond) break;
        cyn_buf_puts(&t->grid.cell, g->value < 0 ? cyn_what_if_words(l, "below 0", "0 未満")
                                                 : cyn_what_if_words(l, "beyond 100 %", "100% 超"));
        break;
    case CYN_SOUGHT_MET:
        cyn_buf_puts(&t->grid.cell, cyn_what_if_words(l, "already there", "達成済み"));
        break;
    case CYN_SOUGHT_NEVER: put_never(t, g, m); break;
    case CYN_SOUGHT_NONE:
        cyn_buf_puts(&t->grid.cell, cyn_what_if_words(l, "a value is missing", "値がない"));
        break;
    }
    cyn_grid_take(&t->grid, COL_NOTE);
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
    cyn_grid_text(&t->grid, COL_METRIC, cyn_what_if_title(l, m));
    cyn_what_if_put(l, m, now, &t->grid.cell);
    cyn_grid_take(&t->grid, COL_NOW);
    cyn_what_if_put(l, m, found ? g->value : NAN, &t->grid.cell);
    cyn_grid_take(&t->grid, COL_NEEDED);
    if (found) (void)cyn_what_if_put_change(l, m, now, g->value, &t->grid.cell);
    cyn_grid_take(&t->grid, COL_CHANGE);
    set_note(t, g, m);
    cyn_grid_row(&t->grid);
    if (found && g->beyond) cyn_text_table_colour(t->grid.text, COL_NOTE, "31");
}

static cyn_code write_goals(const cyn_what_if_look *l, cyn_buf *out, cyn_err *err)
{
    const cyn_what_if_view *v = l->view;
    const cyn_grid_head heads[COL_COUNT] = {
        [COL_METRIC] = {"METRIC", "指標", CYN_LEFT, 0, true},
        [COL_NOW] = {v->nassumptions ? "THEN" : "NOW", v->nassumptions ? "仮定後" : "現在",
                     CYN_RIGHT, 2, false},
        [COL_NEEDED] = {"NEEDED", "必要な値", CYN_RIGHT, 0, false},
        [COL_CHANGE] = {"CHANGE", "変化", CYN_RIGHT, 1, false},
        [COL_NOTE] = {"NOTE", "備考", CYN_LEFT, 0, true},
    };
    table t = {.l = l};
    CYN_TRY(cyn_grid_init(&t.grid, heads, COL_COUNT, l->opts, err));
    for (size_t i = 0; i < v->ngoals; i++)
        if (is_shown(v, &v->goals[i])) add_row(&t, &v->goals[i]);
    return cyn_grid_write(&t.grid, out, err);
}

cyn_code cyn_what_if_goals(const cyn_what_if_look *l, cyn_buf *out, cyn_err *err)
{
    const cyn_what_if_view *v = l->view;
    size_t shown = 0;
    for (size_t i = 0; i < v->ngoals; i++)
        shown += is_shown(v, &v->goals[i]);
    cyn_buf_puts(out, cyn_what_if_words(l, "\nTo reach ", "\n目標 "));
    cyn_what_if_put(l, v->tree->nodes[0].metric, v->target, out);
    if (!shown) {
        cyn_buf_puts(out, cyn_what_if_words(l, ": it is made of no other metric\n",
                                            "：この指標は他の指標からできていない\n"));
        return CYN_OK;
    }
    cyn_buf_puts(out, cyn_what_if_words(l, ", by one of these alone:\n\n",
                                        " に届くために、いずれか一つだけを変えると：\n\n"));
    return write_goals(l, out, err);
}
