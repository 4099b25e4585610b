#include "report/what_if.h"
#include "base/text.h"
#include "report/what_if_impl.h"
#include <math.h>
#include <string.h>

#define TITLE_LEAST 12 /* cells of a title that stay when the terminal is narrow */

/* Parts only: drivers are no part of a value, so that nothing can be computed along them. */
typedef struct rows {
    const cyn_tree_node **nodes;
    size_t *of; /* [row]: number of its node */
    cyn_branch *branches;
    size_t count;
} rows;

enum { COL_METRIC, COL_NOW, COL_THEN, COL_CHANGE, COL_ELASTICITY, COL_COUNT };

const char *cyn_what_if_words(const cyn_what_if_look *l, const char *en, const char *ja)
{
    return l->ja ? ja : en;
}

const char *cyn_what_if_title(const cyn_what_if_look *l, const cyn_metric *m)
{
    return cyn_label_text(m->sheet.title, l->opts->language, m->name);
}

void cyn_what_if_put(const cyn_what_if_look *l, const cyn_metric *m, double x, cyn_buf *out)
{
    cyn_put_value(cyn_plain_num(x), m->sheet.unit, l->opts->language, l->ascii, out);
}

int cyn_what_if_put_change(const cyn_what_if_look *l, const cyn_metric *m, double from, double to,
                           cyn_buf *out)
{
    size_t before = out->len;
    int sign =
        cyn_put_change(cyn_num_real(from), cyn_num_real(to), m->sheet.unit, l->opts->language, out);
    if (out->len == before) cyn_buf_puts(out, l->ascii ? "-" : "–");
    return m->sheet.direction == CYN_UP ? sign : m->sheet.direction == CYN_DOWN ? -sign : 0;
}

cyn_assumption_reach cyn_what_if_reach(const cyn_what_if_view *v, size_t assumption)
{
    cyn_assumption_reach reach = CYN_REACH_OUTSIDE;
    for (size_t i = 0; i < v->tree->count; i++) {
        const cyn_tree_node *node = &v->tree->nodes[i];
        if (node->index != v->assumptions[assumption].index) continue;
        if (v->nodes[i].reaches) return CYN_REACHES;
        if (node->link == CYN_LINK_DRIVER)
            reach = CYN_REACH_DRIVER;
        else if (reach == CYN_REACH_OUTSIDE)
            reach = CYN_REACH_NOT;
    }
    return reach;
}

/* ---- rows ---- */

static cyn_code choose_rows(const cyn_tree *t, cyn_arena *arena, rows *r, cyn_err *err)
{
    size_t *before = CYN_NEW_ARRAY(arena, t->count + 1, size_t); /* [node]: rows above it */
    r->nodes = CYN_NEW_ARRAY(arena, t->count, const cyn_tree_node *);
    r->of = CYN_NEW_ARRAY(arena, t->count, size_t);
    r->branches = CYN_NEW_ARRAY(arena, t->count, cyn_branch);
    if (!before || !r->nodes || !r->of || !r->branches) return cyn_nomem(err);
    size_t skip = 0; /* up to here all is below a driver */
    for (size_t i = 0; i < t->count; i++) {
        before[i] = r->count;
        if (i >= skip && t->nodes[i].link == CYN_LINK_DRIVER) skip = t->nodes[i].end;
        if (i < skip) continue;
        r->of[r->count] = i;
        r->nodes[r->count++] = &t->nodes[i];
    }
    before[t->count] = r->count;
    for (size_t k = 0; k < r->count; k++) {
        size_t parent = r->nodes[k]->parent;
        r->branches[k].parent = parent == CYN_NO_NODE ? CYN_NO_NODE : before[parent];
        r->branches[k].end = before[r->nodes[k]->end];
    }
    return CYN_OK;
}

/* ---- the table ---- */

typedef struct table {
    const cyn_what_if_look *l;
    rows rows;
    cyn_text_table *text;
    size_t at[COL_COUNT]; /* column number in `text` */
    const char *cells[COL_COUNT];
    bool then; /* something is assumed: there is a THEN beside the NOW */
    size_t least;
    bool assumed; /* somewhere in the rows */
    cyn_buf scratch;
    cyn_arena *arena;
} table;

static void set(table *t, size_t col)
{
    t->cells[t->at[col]] = cyn_tree_take(&t->scratch, t->arena);
}

static void set_metric(table *t, size_t row)
{
    const cyn_what_if_look *l = t->l;
    const cyn_metric *m = t->rows.nodes[row]->metric;
    const char *title = cyn_what_if_title(l, m);
    cyn_put_branch(t->rows.branches, row, l->ascii, l->markdown, &t->scratch);
    size_t drawn = t->scratch.len ? cyn_width(t->scratch.data, t->scratch.len) : 0;
    if (l->view->nodes[t->rows.of[row]].assumed) {
        cyn_buf_puts(&t->scratch, l->ascii ? "= " : "◆ ");
        t->assumed = true;
    }
    cyn_clean_text(title, strlen(title), &t->scratch);
    if (t->scratch.failed) return;
    size_t all = t->scratch.len ? cyn_width(t->scratch.data, t->scratch.len) : 0;
    size_t keeps = all < drawn + TITLE_LEAST ? all : drawn + TITLE_LEAST;
    if (t->least < keeps) t->least = keeps;
    set(t, COL_METRIC);
}

/* By how many % the root moves when this moves by 1 %. */
static void set_elasticity(table *t, size_t row)
{
    const cyn_what_if_look *l = t->l;
    const cyn_what_if_node *n = &l->view->nodes[t->rows.of[row]];
    if (row && isfinite(n->elasticity)) {
        double shown = round(n->elasticity * 1e6) / 1e6; /* 0.9999999999 is 1 */
        cyn_put_difference(cyn_num_real(shown), NULL, l->opts->language, l->ascii, &t->scratch);
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, " %", "%"));
    }
    set(t, COL_ELASTICITY);
}

static void add_row(table *t, size_t row)
{
    const cyn_what_if_look *l = t->l;
    const cyn_what_if_node *n = &l->view->nodes[t->rows.of[row]];
    const cyn_metric *m = t->rows.nodes[row]->metric;
    set_metric(t, row);
    cyn_what_if_put(l, m, n->before, &t->scratch);
    set(t, COL_NOW);
    int effect = 0;
    if (t->then) {
        cyn_what_if_put(l, m, n->after, &t->scratch);
        set(t, COL_THEN);
        effect = cyn_what_if_put_change(l, m, n->before, n->after, &t->scratch);
        set(t, COL_CHANGE);
    }
    set_elasticity(t, row);
    cyn_text_table_row(t->text, t->cells);
    if (effect)
        cyn_text_table_colour(t->text, t->at[COL_CHANGE],
                              cyn_status_looks[effect > 0 ? CYN_GREEN : CYN_RED].sgr);
    if (n->assumed) cyn_text_table_colour(t->text, t->at[COL_THEN], "1");
}

static cyn_code head(table *t, cyn_err *err)
{
    static const struct {
        const char *en, *ja;
        cyn_align align;
        int priority;
    } columns[COL_COUNT] = {
        [COL_METRIC] = {"METRIC", "指標", CYN_LEFT, 0},
        [COL_NOW] = {"NOW", "現在", CYN_RIGHT, 2},
        [COL_THEN] = {"THEN", "仮定後", CYN_RIGHT, 0},
        [COL_CHANGE] = {"CHANGE", "変化", CYN_RIGHT, 1},
        [COL_ELASTICITY] = {"+1 % GIVES", "+1% あたり", CYN_RIGHT, 3},
    };
    const cyn_what_if_look *l = t->l;
    size_t n = 0;
    t->then = l->view->nassumptions > 0;
    for (size_t i = 0; i < COL_COUNT; i++) {
        t->at[i] = n;
        n += t->then || (i != COL_THEN && i != COL_CHANGE);
    }
    t->text = cyn_text_table_new(n);
    if (!t->text) return cyn_nomem(err);
    for (size_t i = 0; i < COL_COUNT; i++)
        if (t->then || (i != COL_THEN && i != COL_CHANGE))
            cyn_text_table_column(t->text, t->at[i],
                                  cyn_what_if_words(l, columns[i].en, columns[i].ja),
                                  columns[i].align, columns[i].priority, i == COL_METRIC);
    if (l->ascii) cyn_text_table_ascii(t->text);
    return CYN_OK;
}

/* ---- around it ---- */

static void put_plain(const cyn_what_if_look *l, const cyn_buf *line, cyn_buf *out)
{
    if (line->failed) out->failed = true;
    if (!line->len) return;
    if (l->markdown)
        cyn_put_markdown(line->data, line->len, out);
    else
        cyn_buf_add(out, line->data, line->len);
}

/* "Revenue, 2026-10: $100.00 → $120.00 (+20.0 %), if price=+20%" */
static void put_headline(table *t, cyn_buf *out)
{
    const cyn_what_if_look *l = t->l;
    const cyn_what_if_view *v = l->view;
    const cyn_metric *root = v->tree->nodes[0].metric;
    const char *title = cyn_what_if_title(l, root);
    bool bold = l->opts->colour && !l->markdown;
    char label[64];
    cyn_period_label(l->opts->calendar, v->period, label, sizeof label);
    cyn_clean_text(title, strlen(title), &t->scratch);
    cyn_buf_puts(&t->scratch, cyn_what_if_words(l, ", ", " "));
    cyn_buf_puts(&t->scratch,
                 v->period.grain.unit == CYN_ALL ? cyn_what_if_words(l, "all", "全期間") : label);
    if (v->partial) cyn_buf_puts(&t->scratch, cyn_what_if_words(l, " so far", "途中"));
    cyn_buf_puts(&t->scratch, cyn_what_if_words(l, ": ", "："));
    cyn_what_if_put(l, root, v->nodes[0].before, &t->scratch);
    if (t->then) {
        cyn_buf_puts(&t->scratch, l->ascii ? " -> " : " → ");
        cyn_what_if_put(l, root, v->nodes[0].after, &t->scratch);
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, " (", "（"));
        (void)cyn_what_if_put_change(l, root, v->nodes[0].before, v->nodes[0].after, &t->scratch);
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, ")", "）"));
    }
    for (size_t i = 0; i < v->nassumptions; i++) {
        cyn_buf_puts(&t->scratch, i ? cyn_what_if_words(l, ", ", "、")
                                    : cyn_what_if_words(l, " if ", " 仮定："));
        cyn_clean_text(v->texts[i], strlen(v->texts[i]), &t->scratch);
    }
    cyn_buf_puts(out, l->markdown ? "**" : bold ? "\x1b[1m" : "");
    put_plain(l, &t->scratch, out);
    cyn_buf_puts(out, l->markdown ? "**\n\n" : bold ? "\x1b[0m\n\n" : "\n\n");
    cyn_buf_reset(&t->scratch);
}

static void end_note(table *t, cyn_buf *out)
{
    cyn_buf_puts(out, t->l->markdown ? "- " : "");
    put_plain(t->l, &t->scratch, out);
    cyn_buf_putc(out, '\n');
    cyn_buf_reset(&t->scratch);
}

static void put_reach(table *t, size_t i, cyn_buf *out)
{
    const cyn_what_if_look *l = t->l;
    const char *name = l->view->metrics[l->view->assumptions[i].index]->name;
    const char *root = l->view->tree->nodes[0].metric->name;
    cyn_buf *b = &t->scratch;
    switch (cyn_what_if_reach(l->view, i)) {
    case CYN_REACHES: return;
    case CYN_REACH_NOT:
        cyn_buf_printf(b,
                       l->ja ? "%s は、この期間の式では %s を動かしません"
                             : "%s does not move %s: no formula leads up from it, or a value "
                               "on the way is missing",
                       name, root);
        break;
    case CYN_REACH_DRIVER:
        cyn_buf_printf(b,
                       l->ja ? "%s と %s を結ぶ式はありません（ドライバー）：cynosure drivers %s"
                             : "no formula connects %s with %s: it is a driver; see cynosure "
                               "drivers %s",
                       name, root, root);
        break;
    case CYN_REACH_OUTSIDE:
        cyn_buf_printf(b,
                       l->ja ? "%s は %s のツリーにないので、仮定しても変わりません"
                             : "no formula connects %s with %s: it is not in its tree",
                       name, root);
        break;
    }
    end_note(t, out);
}

static void put_notes(table *t, cyn_buf *out)
{
    const cyn_what_if_look *l = t->l;
    cyn_buf notes = {0};
    if (t->assumed) {
        cyn_buf_puts(&t->scratch, l->ascii ? "= " : "◆ ");
        cyn_buf_puts(&t->scratch, cyn_what_if_words(l, "assumed", "仮定した値"));
        end_note(t, &notes);
    }
    for (size_t i = 0; i < l->view->nassumptions; i++)
        put_reach(t, i, &notes);
    if (notes.len) {
        cyn_buf_putc(out, '\n');
        cyn_buf_add(out, notes.data, notes.len);
    }
    if (notes.failed) out->failed = true;
    cyn_buf_clear(&notes);
}

static cyn_code compose(table *t, cyn_buf *out, cyn_err *err)
{
    const cyn_report_options *o = t->l->opts;
    t->arena = cyn_arena_new(0);
    if (!t->arena) return cyn_nomem(err);
    CYN_TRY(choose_rows(t->l->view->tree, t->arena, &t->rows, err));
    CYN_TRY(head(t, err));
    for (size_t i = 0; i < t->rows.count; i++)
        add_row(t, i);
    CYN_TRY(cyn_buf_check(&t->scratch, err));
    cyn_text_table_least(t->text, COL_METRIC, t->least);
    put_headline(t, out);
    cyn_text_table_write(t->text, o->width, o->colour, t->l->markdown, out);
    put_notes(t, out);
    return t->l->view->has_target ? cyn_what_if_goals(t->l, out, err) : CYN_OK;
}

static cyn_code write_table(const cyn_what_if_look *l, cyn_buf *out, cyn_err *err)
{
    table t = {.l = l};
    cyn_code rc = compose(&t, out, err);
    cyn_text_table_free(t.text);
    cyn_buf_clear(&t.scratch);
    cyn_arena_free(t.arena);
    return rc;
}

cyn_code cyn_report_what_if(const cyn_what_if_view *view, const cyn_report_options *opts,
                            cyn_buf *out, cyn_err *err)
{
    cyn_what_if_look l = {.view = view, .opts = opts, .ascii = opts->ascii};
    l.ja = cyn_is_japanese(opts->language);
    l.markdown = opts->format == CYN_FORMAT_MARKDOWN;
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_table(&l, out, err)); break;
    case CYN_FORMAT_JSON: cyn_what_if_json(&l, out); break;
    case CYN_FORMAT_CSV:
        return cyn_fail(err, CYN_E_UNSUPPORTED,
                        "what-if has no CSV, expected 'table', 'json' or 'markdown'");
    }
    return cyn_buf_check(out, err);
}
