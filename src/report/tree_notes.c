/* What stands below a tree: who moved it most, how changes were shared out, what the signs mean,
 * and why values failed. */
#include "report/failures.h"
#include "report/tree_impl.h"
#include "tree/why.h"
#include <string.h>

#define NAMES_MOST 6 /* metrics that one line names */

typedef struct notes {
    const cyn_tree_look *l;
    bool markdown;
    cyn_buf line; /* raw; written escaped */
    cyn_buf *out;
} notes;

/* Writes the line composed so far. */
static void end_line(notes *n)
{
    const cyn_buf *line = &n->line;
    if (n->markdown) cyn_buf_puts(n->out, "- ");
    if (n->markdown)
        cyn_put_markdown(line->data, line->len, n->out);
    else
        cyn_buf_add(n->out, line->data, line->len);
    cyn_buf_putc(n->out, '\n');
    if (line->failed) n->out->failed = true;
    cyn_buf_reset(&n->line);
}

static void put_line(notes *n, const char *en, const char *ja)
{
    cyn_buf_puts(&n->line, cyn_tree_words(n->l, en, ja));
    end_line(n);
}

/* ---- best and worst ---- */

/* " in ads": a metric below segments occurs in each of them, and so do rate and mix. */
static void put_segment_above(notes *n, const cyn_tree_item *it)
{
    const cyn_tree_view *v = n->l->view;
    for (size_t up = it->parent; up != CYN_NO_NODE; up = v->items[up].parent) {
        if (v->items[up].line != CYN_LINE_SEGMENT) continue;
        cyn_buf_puts(&n->line, cyn_tree_words(n->l, " in ", "／"));
        cyn_tree_put_name(n->l, &v->items[up], &n->line);
        return;
    }
}

static void put_mark(notes *n, const cyn_tree_item *it)
{
    const cyn_tree_look *l = n->l;
    bool best = it->mark == CYN_MARK_BEST;
    cyn_buf_puts(&n->line, l->ascii ? "" : best ? "▲ " : "▼ ");
    if (!l->ja) cyn_buf_puts(&n->line, best ? "best for " : "worst for ");
    cyn_tree_put_name(l, &l->view->items[0], &n->line);
    cyn_buf_puts(&n->line, !l->ja ? ": " : best ? "への最も良い影響：" : "への最も悪い影響：");
    if (it->line == CYN_LINE_SEGMENT) { /* its name alone could be anything */
        cyn_clean_text(l->view->dimension, strlen(l->view->dimension), &n->line);
        cyn_buf_puts(&n->line, " = ");
    }
    cyn_tree_put_name(l, it, &n->line);
    put_segment_above(n, it);
    cyn_buf_puts(&n->line, cyn_tree_words(l, ", ", "、"));
    cyn_tree_put_contribution(l, it, &n->line);
    end_line(n);
}

static void put_marks(notes *n)
{
    const cyn_tree_view *v = n->l->view;
    for (cyn_tree_mark mark = CYN_MARK_BEST; mark <= CYN_MARK_WORST; mark++)
        for (size_t i = 0; i < v->count; i++)
            if (v->items[i].mark == mark) put_mark(n, &v->items[i]);
}

/* ---- methods ---- */

/* Items whose children were made in the same way, for the same reason. */
typedef struct way {
    cyn_method method;
    const char *why;
    size_t named, more; /* metrics in the line; those beyond */
    cyn_buf names;
} way;

typedef struct ways {
    way *items;
    size_t count;
    size_t *said; /* [metric]: 1 + the way that named it last */
} ways;

static cyn_code find_way(ways *w, const cyn_tree_item *it, size_t *out, cyn_err *err)
{
    const char *why = it->why ? it->why : "";
    for (*out = 0; *out < w->count; ++*out)
        if (w->items[*out].method == it->method && !strcmp(w->items[*out].why, why)) return CYN_OK;
    way *more = cyn_realloc(w->items, (w->count + 1) * sizeof *more);
    if (!more) return cyn_nomem(err);
    w->items = more;
    w->items[w->count++] = (way){.method = it->method, .why = why};
    return CYN_OK;
}

static void add_name(const cyn_tree_look *l, way *w, const cyn_tree_item *it)
{
    if (w->named == NAMES_MOST) {
        w->more++;
        return;
    }
    if (w->named++) cyn_buf_puts(&w->names, cyn_tree_words(l, ", ", "、"));
    const cyn_metric *m = it->node->metric;
    const char *title = cyn_label_text(m->sheet.title, l->opts->language, m->name);
    cyn_clean_text(title, strlen(title), &w->names);
}

/* One more than the largest index of a metric. */
static size_t metrics_of(const cyn_tree_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].node && v->items[i].node->index >= n) n = v->items[i].node->index + 1;
    return n;
}

static cyn_code gather(const cyn_tree_look *l, ways *w, cyn_err *err)
{
    const cyn_tree_view *v = l->view;
    w->said = cyn_calloc(metrics_of(v) + 1, sizeof *w->said);
    if (!w->said) return cyn_nomem(err);
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_item *it = &v->items[i];
        size_t which = 0;
        if (!it->node || !cyn_tree_is_inner(v, i)) continue;
        CYN_TRY(find_way(w, it, &which, err));
        if (w->said[it->node->index] == which + 1) continue;
        w->said[it->node->index] = which + 1;
        add_name(l, &w->items[which], it);
    }
    return CYN_OK;
}

/* "method LMDI (a product of positive values): Revenue" */
static void put_way(notes *n, const way *w)
{
    const cyn_tree_look *l = n->l;
    const char *method = cyn_tree_method_words(l, w->method);
    if (*method)
        cyn_buf_printf(&n->line, l->ja ? "分解方法 %s" : "method %s", method);
    else
        cyn_buf_puts(&n->line, cyn_tree_words(l, "not shared out", "分解なし"));
    const char *why = cyn_why_text(w->why, l->opts->language);
    if (*why) {
        cyn_buf_puts(&n->line, cyn_tree_words(l, " (", "（"));
        cyn_clean_text(why, strlen(why), &n->line);
        cyn_buf_puts(&n->line, cyn_tree_words(l, ")", "）"));
    }
    cyn_buf_puts(&n->line, cyn_tree_words(l, ": ", "："));
    cyn_buf_add(&n->line, w->names.data, w->names.len);
    if (w->more) cyn_buf_printf(&n->line, l->ja ? " ほか%zu件" : " and %zu more", w->more);
    if (w->names.failed) n->out->failed = true;
    end_line(n);
}

static cyn_code put_ways(notes *n, cyn_err *err)
{
    ways w = {0};
    cyn_code rc = gather(n->l, &w, err);
    for (size_t i = 0; i < w.count; i++) {
        if (rc == CYN_OK) put_way(n, &w.items[i]);
        cyn_buf_clear(&w.items[i].names);
    }
    cyn_free(w.items);
    cyn_free(w.said);
    return rc;
}

/* ---- signs ---- */

typedef struct signs {
    bool driver, effects, again, cut, partial, immature, failed;
} signs;

static signs look_at(const cyn_tree_view *v)
{
    signs s = {0};
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_item *it = &v->items[i];
        const cyn_point *p = it->point;
        s.driver |= cyn_tree_is_driver(it);
        s.effects |= it->line == CYN_LINE_RATE || it->line == CYN_LINE_MIX;
        s.again |= it->node && it->node->again;
        s.cut |= it->node && it->line == CYN_LINE_METRIC && it->node->cut;
        s.partial |= p && p->partial && !p->failed;
        s.immature |= p && p->immature && !p->failed;
        s.failed |= p && p->failed;
    }
    return s;
}

static void put_signs(notes *n, const signs *s)
{
    bool ascii = n->l->ascii;
    if (s->effects)
        put_line(n, "rate: the segment's own value changed; mix: its share of the whole did",
                 "率の変化はセグメント自身の値、構成の変化は全体に占める割合によるもの");
    if (s->driver)
        put_line(n,
                 ascii
                     ? "driver up: expected to move its metric the same way, down: the other way; "
                       "no part of the sum"
                     : "driver ↑: expected to move its metric the same way, ↓: the other way; no "
                       "part of the sum",
                 ascii ? "ドライバー up は同じ向き、down は逆向きに動かすと想定（合計には入らない）"
                       : "ドライバー ↑ は同じ向き、↓ は逆向きに動かすと想定（合計には入らない）");
    if (s->cut)
        put_line(n, ascii ? "+ has more below it: --depth" : "▸ has more below it: --depth",
                 ascii ? "+ この下にも続く（--depth）" : "▸ この下にも続く（--depth）");
    if (s->again)
        put_line(n,
                 ascii ? "(again) stands above itself, and is not followed"
                       : "↻ stands above itself, and is not followed",
                 ascii ? "(again) 自身の上にもあるため、ここでは展開しない"
                       : "↻ 自身の上にもあるため、ここでは展開しない");
    if (s->partial) put_line(n, "~ period not ended yet", "~ 期間の途中");
    if (s->immature) put_line(n, "^ cohort still maturing", "^ 観測期間が未了のコホート");
}

static void put_failures(const notes *n)
{
    const cyn_tree_view *v = n->l->view;
    cyn_failures failures = {0};
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].line == CYN_LINE_METRIC && v->items[i].point)
            cyn_failures_add_points(&failures, v->items[i].point, 1);
    cyn_failures_write(&failures, n->l->opts, n->out);
    cyn_failures_clear(&failures);
}

cyn_code cyn_tree_put_notes(const cyn_tree_look *l, cyn_buf *out, cyn_err *err)
{
    cyn_buf text = {0};
    notes n = {.l = l, .markdown = l->opts->format == CYN_FORMAT_MARKDOWN, .out = &text};
    signs s = look_at(l->view);
    put_marks(&n);
    cyn_code rc = put_ways(&n, err);
    put_signs(&n, &s);
    if (s.failed) put_failures(&n);
    if (text.len) {
        cyn_buf_putc(out, '\n');
        cyn_buf_add(out, text.data, text.len);
    }
    if (text.failed || n.line.failed) out->failed = true;
    cyn_buf_clear(&n.line);
    cyn_buf_clear(&text);
    return rc;
}
