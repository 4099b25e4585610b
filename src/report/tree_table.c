/* A tree as a table for people: the tree drawn in the first column, its numbers beside it. */
#include "base/text.h"
#include "report/tree_impl.h"
#include <math.h>
#include <string.h>

/* Cells of a title that stay when the terminal is narrow, unless the first column had more than its
 * share of the width then: what moved the root is worth more than all of a name. */
#define TITLE_LEAST 12
#define TITLE_SHARE 3

typedef enum col_id {
    COL_METRIC,
    COL_VALUE,
    COL_UNIT,
    COL_AGAINST,
    COL_CHANGE,
    COL_CONTRIBUTION,
    COL_SHARE,
    COL_STATUS,
    COL_COUNT,
} col_id;

static const struct {
    const char *en, *ja;
    cyn_align align;
    int priority; /* as of cyn_text_table_column */
} columns[COL_COUNT] = {
    [COL_METRIC] = {"METRIC", "指標", CYN_LEFT, 0},
    [COL_VALUE] = {"VALUE", "値", CYN_RIGHT, 0},
    [COL_UNIT] = {"UNIT", "単位", CYN_LEFT, 6},
    [COL_AGAINST] = {"", "", CYN_RIGHT, 4}, /* by the request */
    [COL_CHANGE] = {"CHANGE", "変化", CYN_RIGHT, 2},
    [COL_CONTRIBUTION] = {"CONTRIBUTION", "寄与", CYN_RIGHT, 1},
    [COL_SHARE] = {"SHARE", "寄与率", CYN_RIGHT, 3},
    [COL_STATUS] = {"STATUS", "判定", CYN_LEFT, 5},
};

typedef struct table {
    const cyn_tree_look *l;
    bool markdown;
    bool shows[COL_COUNT];
    size_t at[COL_COUNT]; /* column number in `text` */
    size_t ncolumns, least;
    cyn_branch *branches; /* [item] */
    cyn_text_table *text;
    const char *cells[COL_COUNT]; /* of the row being composed */
    cyn_buf scratch;
    cyn_arena *arena; /* the texts of cells */
} table;

static void survey(table *t)
{
    const cyn_tree_view *v = t->l->view;
    t->shows[COL_METRIC] = t->shows[COL_VALUE] = true;
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_item *it = &v->items[i];
        const cyn_point *p = it->point;
        t->branches[i] = (cyn_branch){it->parent, it->end, cyn_tree_is_driver(it)};
        t->shows[COL_CONTRIBUTION] |= isfinite(it->contribution) || cyn_tree_moved(v, it);
        t->shows[COL_SHARE] |= isfinite(it->share);
        if (!p) continue;
        const char *unit = p->metric->sheet.unit;
        t->shows[COL_UNIT] |= unit && *unit && !cyn_unit_shown(unit);
        t->shows[COL_AGAINST] |= !p->failed && !cyn_num_is_missing(p->against.value);
        t->shows[COL_STATUS] |= p->status != CYN_STATUS_NONE;
    }
    t->shows[COL_CHANGE] = t->shows[COL_AGAINST];
}

static cyn_code lay_out(table *t, cyn_err *err)
{
    const cyn_tree_look *l = t->l;
    char against[64];
    t->branches = CYN_NEW_ARRAY(t->arena, l->view->count, cyn_branch);
    if (!t->branches) return cyn_nomem(err);
    survey(t);
    for (size_t id = 0; id < COL_COUNT; id++) {
        t->at[id] = t->ncolumns;
        t->ncolumns += t->shows[id];
    }
    t->text = cyn_text_table_new(t->ncolumns);
    if (!t->text) return cyn_nomem(err);
    if (l->ascii) cyn_text_table_ascii(t->text);
    for (size_t id = 0; id < COL_COUNT; id++) {
        const char *heading = id == COL_AGAINST ? cyn_tree_against_heading(l, against)
                                                : cyn_tree_words(l, columns[id].en, columns[id].ja);
        if (t->shows[id])
            cyn_text_table_column(t->text, t->at[id], heading, columns[id].align,
                                  columns[id].priority, id == COL_METRIC);
    }
    return CYN_OK;
}

/* Takes what was composed in scratch as a cell of the row. */
static void set(table *t, col_id id)
{
    t->cells[t->at[id]] = cyn_tree_take(&t->scratch, t->arena);
}

static void set_metric(table *t, size_t item)
{
    const cyn_tree_look *l = t->l;
    const cyn_tree_item *it = &l->view->items[item];
    cyn_put_branch(t->branches, item, l->ascii, t->markdown, &t->scratch);
    cyn_tree_put_signs(l, it, &t->scratch);
    size_t drawn = t->scratch.len ? cyn_width(t->scratch.data, t->scratch.len) : 0;
    cyn_tree_put_label(l, it, &t->scratch);
    if (t->scratch.failed) return;
    size_t all = cyn_width(t->scratch.data, t->scratch.len);
    size_t keeps = all < drawn + TITLE_LEAST ? all : drawn + TITLE_LEAST;
    if (t->least < keeps) t->least = keeps;
    set(t, COL_METRIC);
}

static void set_unit(table *t, const cyn_tree_item *it)
{
    const char *unit = it->point ? it->point->metric->sheet.unit : NULL;
    if (unit && !cyn_unit_shown(unit)) cyn_buf_puts(&t->scratch, unit);
    set(t, COL_UNIT);
}

static void set_contribution(table *t, const cyn_tree_item *it)
{
    const cyn_tree_look *l = t->l;
    static const char *const marks[] = {"", "▲ ", "▼ "}, *const plain[] = {"", "best ", "worst "};
    if (cyn_tree_is_driver(it)) {
        cyn_buf_puts(&t->scratch, cyn_tree_moved_words(l, cyn_tree_moved(l->view, it)));
    } else {
        cyn_buf_puts(&t->scratch, (l->ascii ? plain : marks)[it->mark]);
        cyn_tree_put_contribution(l, it, &t->scratch);
    }
    set(t, COL_CONTRIBUTION);
}

static const char *sgr_of(int effect)
{
    return effect ? cyn_status_looks[effect > 0 ? CYN_GREEN : CYN_RED].sgr : NULL;
}

static void paint(table *t, col_id id, const char *sgr)
{
    if (t->shows[id] && sgr) cyn_text_table_colour(t->text, t->at[id], sgr);
}

static void paint_row(table *t, const cyn_tree_item *it, int change)
{
    const cyn_point *p = it->point;
    const char *mark = it->mark == CYN_MARK_BEST    ? "1;32"
                       : it->mark == CYN_MARK_WORST ? "1;31"
                                                    : NULL;
    paint(t, COL_CHANGE, sgr_of(change));
    paint(t, COL_CONTRIBUTION, mark ? mark : sgr_of(cyn_tree_moved(t->l->view, it)));
    if (p && p->status != CYN_STATUS_NONE) paint(t, COL_STATUS, cyn_status_looks[p->status].sgr);
    if (p && p->failed) paint(t, COL_VALUE, cyn_status_looks[CYN_RED].sgr);
    if (!p || cyn_tree_is_driver(it)) paint(t, COL_METRIC, "2");
}

static void add_row(table *t, size_t item)
{
    const cyn_tree_look *l = t->l;
    const cyn_tree_item *it = &l->view->items[item];
    int change = 0;
    set_metric(t, item);
    cyn_tree_put_value(l, it, &t->scratch);
    set(t, COL_VALUE);
    if (t->shows[COL_UNIT]) set_unit(t, it);
    if (t->shows[COL_AGAINST]) {
        cyn_tree_put_against(l, it, &t->scratch);
        set(t, COL_AGAINST);
        change = cyn_tree_put_change(l, it, &t->scratch);
        if (it->point && !t->scratch.len) cyn_buf_puts(&t->scratch, l->ascii ? "-" : "–");
        set(t, COL_CHANGE);
    }
    if (t->shows[COL_CONTRIBUTION]) set_contribution(t, it);
    if (t->shows[COL_SHARE]) {
        cyn_tree_put_share(l, it, &t->scratch);
        set(t, COL_SHARE);
    }
    if (t->shows[COL_STATUS]) {
        if (it->point) cyn_put_status(it->point->status, l->opts->language, l->ascii, &t->scratch);
        set(t, COL_STATUS);
    }
    cyn_text_table_row(t->text, t->cells);
    paint_row(t, it, change);
}

static void put_headline(const table *t, cyn_buf *out)
{
    bool bold = t->l->opts->colour && !t->markdown;
    cyn_buf_puts(out, t->markdown ? "**" : bold ? "\x1b[1m" : "");
    if (t->markdown) {
        cyn_buf plain = {0};
        cyn_tree_put_headline(t->l, &plain);
        cyn_put_markdown(plain.data ? plain.data : "", plain.len, out);
        if (plain.failed) out->failed = true;
        cyn_buf_clear(&plain);
    } else {
        cyn_tree_put_headline(t->l, out);
    }
    cyn_buf_puts(out, t->markdown ? "**\n\n" : bold ? "\x1b[0m\n\n" : "\n\n");
}

static cyn_code compose(table *t, cyn_buf *out, cyn_err *err)
{
    const cyn_report_options *o = t->l->opts;
    t->arena = cyn_arena_new(0);
    if (!t->arena) return cyn_nomem(err);
    CYN_TRY(lay_out(t, err));
    for (size_t i = 0; i < t->l->view->count; i++)
        add_row(t, i);
    CYN_TRY(cyn_buf_check(&t->scratch, err));
    size_t most = o->width ? o->width / TITLE_SHARE : t->least;
    cyn_text_table_least(t->text, t->at[COL_METRIC], t->least < most ? t->least : most);
    put_headline(t, out);
    cyn_text_table_write(t->text, o->width, o->colour, t->markdown, out);
    return cyn_tree_put_notes(t->l, out, err);
}

cyn_code cyn_tree_table(const cyn_tree_look *l, cyn_buf *out, cyn_err *err)
{
    table t = {.l = l, .markdown = l->opts->format == CYN_FORMAT_MARKDOWN};
    cyn_code rc = compose(&t, out, err);
    cyn_text_table_free(t.text);
    cyn_buf_clear(&t.scratch);
    cyn_arena_free(t.arena);
    return rc;
}
