/* The words and numbers of a tree's lines. */
#include "report/tree_impl.h"
#include <math.h>
#include <string.h>

/* Contributions are sums of products of doubles; below this share of the root's change and values
 * they are rounding (docs/numerics.md, X-…: parts add up to 1e-9). */
#define ROUNDING 1e-9

const char *cyn_tree_words(const cyn_tree_look *l, const char *en, const char *ja)
{
    return l->ja ? ja : en;
}

bool cyn_tree_is_driver(const cyn_tree_item *it)
{
    return it->line == CYN_LINE_METRIC && it->node && it->node->link == CYN_LINK_DRIVER;
}

bool cyn_tree_is_inner(const cyn_tree_view *v, size_t item)
{
    for (size_t i = item + 1; i < v->items[item].end; i = v->items[i].end)
        if (!cyn_tree_is_driver(&v->items[i])) return true;
    return false;
}

static const char *unit_of(const cyn_tree_item *it)
{
    return it->point ? it->point->metric->sheet.unit : NULL;
}

static const cyn_tree_item *root_of(const cyn_tree_view *v)
{
    return &v->items[0];
}

/* ---- names ---- */

static void put_clean(const char *s, cyn_buf *out)
{
    cyn_clean_text(s, strlen(s), out);
}

static void put_segment(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    const cyn_point *p = it->point;
    const cyn_const *k = p && l->view->dimension ? cyn_point_key(p, l->view->dimension) : NULL;
    if (!k || k->kind == CYN_CONST_NIL) {
        cyn_buf_puts(out, cyn_tree_words(l, "(none)", "（なし）"));
        return;
    }
    cyn_buf raw = {0};
    cyn_put_key(k, &raw);
    cyn_clean_text(raw.data ? raw.data : "", raw.len, out);
    if (raw.failed) out->failed = true;
    cyn_buf_clear(&raw);
}

void cyn_tree_put_name(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    switch (it->line) {
    case CYN_LINE_METRIC: {
        const cyn_metric *m = it->node->metric;
        put_clean(cyn_label_text(m->sheet.title, l->opts->language, m->name), out);
        break;
    }
    case CYN_LINE_SEGMENT: put_segment(l, it, out); break;
    case CYN_LINE_RATE: cyn_buf_puts(out, cyn_tree_words(l, "rate", "率の変化")); break;
    case CYN_LINE_MIX: cyn_buf_puts(out, cyn_tree_words(l, "mix", "構成の変化")); break;
    case CYN_LINE_RESIDUAL:
        cyn_buf_puts(out, cyn_tree_words(l, "not explained", "説明されない差"));
        break;
    }
}

static const char *arrow(const cyn_tree_look *l, cyn_direction d)
{
    static const char *const words[] = {"", "up ", "down ", "range "};
    static const char *const arrows[] = {"", "↑ ", "↓ ", "↔ "};
    return l->ascii ? words[d] : arrows[d];
}

void cyn_tree_put_signs(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    if (cyn_tree_is_driver(it))
        cyn_buf_printf(out, "%s %s", cyn_tree_words(l, "driver", "ドライバー"),
                       arrow(l, it->node->expected));
    if (it->line != CYN_LINE_METRIC) return;
    cyn_put_star(it->node->metric, l->ascii, out);
    if (it->node->again) cyn_buf_puts(out, l->ascii ? "(again) " : "↻ ");
    if (it->node->cut) cyn_buf_puts(out, l->ascii ? "+ " : "▸ ");
}

void cyn_tree_put_label(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    cyn_tree_put_name(l, it, out);
    if (it->line != CYN_LINE_SEGMENT) return;
    if (it->state == CYN_SEGMENT_NEW) cyn_buf_puts(out, cyn_tree_words(l, " (new)", "（新規）"));
    if (it->state == CYN_SEGMENT_VANISHED)
        cyn_buf_puts(out, cyn_tree_words(l, " (gone)", "（消滅）"));
}

/* ---- numbers ---- */

void cyn_tree_put_value(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    const cyn_point *p = it->point;
    if (!p) return;
    if (p->failed) {
        cyn_buf_puts(out, cyn_tree_words(l, "error", "エラー"));
        return;
    }
    if (!cyn_num_is_missing(p->value)) {
        if (p->partial) cyn_buf_putc(out, '~');
        if (p->immature) cyn_buf_putc(out, '^');
    }
    cyn_put_value(p->value, unit_of(it), l->opts->language, l->ascii, out);
}

static cyn_num against_of(const cyn_tree_look *l, const cyn_tree_item *it)
{
    cyn_num n = it->point ? it->point->against.value : CYN_MISSING;
    bool written =
        l->view->against.kind == CYN_AGAINST_TARGET || l->view->against.kind == CYN_AGAINST_MARKET;
    return written && n.kind == CYN_NUM_REAL ? cyn_written_num(n.r) : n;
}

void cyn_tree_put_against(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    if (it->point && !it->point->failed)
        cyn_put_value(against_of(l, it), unit_of(it), l->opts->language, l->ascii, out);
}

int cyn_tree_put_change(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    const cyn_point *p = it->point;
    if (!p || p->failed) return 0;
    int sign = cyn_put_change(p->against.value, p->value, unit_of(it), l->opts->language, out);
    cyn_direction d = p->metric->sheet.direction;
    return d == CYN_UP ? sign : d == CYN_DOWN ? -sign : 0;
}

double cyn_tree_contribution(const cyn_tree_view *v, const cyn_tree_item *it)
{
    const cyn_point *p = root_of(v)->point;
    double size = isfinite(v->change) ? fabs(v->change) : 0;
    if (p) size = fmax(size, fabs(cyn_num_double(p->value))); /* fmax leaves NaN out */
    if (p) size = fmax(size, fabs(cyn_num_double(p->against.value)));
    return fabs(it->contribution) <= ROUNDING * size ? 0 : it->contribution;
}

void cyn_tree_put_contribution(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    double x = cyn_tree_contribution(l->view, it);
    if (isfinite(x))
        cyn_put_difference(cyn_plain_num(x), unit_of(root_of(l->view)), l->opts->language, l->ascii,
                           out);
}

void cyn_tree_put_share(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out)
{
    if (!isfinite(it->share)) return;
    bool none = cyn_tree_contribution(l->view, it) == 0;
    cyn_put_percent(none ? 0 : it->share, l->opts->language, out);
}

int cyn_tree_effect(const cyn_tree_view *v, const cyn_tree_item *it)
{
    const cyn_point *p = root_of(v)->point;
    double x = cyn_tree_contribution(v, it);
    if (!isfinite(x) || x == 0) return 0;
    return (x > 0) == !(p && p->metric->sheet.direction == CYN_DOWN) ? 1 : -1;
}

/* ---- drivers ---- */

/* The sign of what a point changed by. */
static int direction_of(const cyn_point *p)
{
    if (!p || p->failed) return 0;
    if (cyn_num_is_missing(p->value) || cyn_num_is_missing(p->against.value)) return 0;
    return cyn_num_compare(p->value, p->against.value);
}

int cyn_tree_moved(const cyn_tree_view *v, const cyn_tree_item *it)
{
    bool in_time = v->against.kind != CYN_AGAINST_TARGET && v->against.kind != CYN_AGAINST_MARKET;
    if (!in_time || !cyn_tree_is_driver(it)) return 0;
    int together = direction_of(it->point) * direction_of(v->items[it->parent].point);
    switch (it->node->expected) {
    case CYN_UP: return together;
    case CYN_DOWN: return -together;
    default: return 0;
    }
}

const char *cyn_tree_moved_words(const cyn_tree_look *l, int moved)
{
    if (!moved) return "";
    return moved > 0 ? cyn_tree_words(l, "as expected", "想定どおり")
                     : cyn_tree_words(l, "unexpected", "想定と逆");
}

/* ---- the whole ---- */

const char *cyn_tree_against_heading(const cyn_tree_look *l, char out[64])
{
    const cyn_tree_view *v = l->view;
    switch (v->against.kind) {
    case CYN_AGAINST_PREVIOUS: return cyn_tree_words(l, "PREVIOUS", "前期");
    case CYN_AGAINST_LAST_YEAR: return cyn_tree_words(l, "LAST YEAR", "前年");
    case CYN_AGAINST_TARGET: return cyn_tree_words(l, "TARGET", "目標");
    case CYN_AGAINST_MARKET: return cyn_tree_words(l, "MARKET", "市場");
    case CYN_AGAINST_PERIOD: break;
    }
    if (!v->has_against_period) return v->against.period;
    cyn_period_label(l->opts->calendar, v->against_period, out, 64);
    return out;
}

/* "1997-05", 「前期 1997-05」, "the target". */
static void put_against_words(const cyn_tree_look *l, cyn_buf *out)
{
    const cyn_tree_view *v = l->view;
    switch (v->against.kind) {
    case CYN_AGAINST_TARGET: cyn_buf_puts(out, cyn_tree_words(l, "the target", "目標")); return;
    case CYN_AGAINST_MARKET: cyn_buf_puts(out, cyn_tree_words(l, "the market", "市場")); return;
    case CYN_AGAINST_LAST_YEAR:
        cyn_buf_puts(out, cyn_tree_words(l, "last year", "前年"));
        if (v->has_against_period) cyn_buf_putc(out, ' ');
        break;
    case CYN_AGAINST_PREVIOUS:
        if (!v->has_against_period)
            cyn_buf_puts(out, cyn_tree_words(l, "the previous period", "前期"));
        break;
    case CYN_AGAINST_PERIOD:
        if (!v->has_against_period) put_clean(v->against.period, out);
        break;
    }
    char label[64];
    if (!v->has_against_period) return;
    cyn_period_label(l->opts->calendar, v->against_period, label, sizeof label);
    cyn_buf_puts(out, label);
}

/* ": +$1,234.00 (+2.3 %)"; between shares the points say it all. */
static void put_total_change(const cyn_tree_look *l, cyn_buf *out)
{
    const cyn_tree_item *root = root_of(l->view);
    if (!isfinite(l->view->change)) {
        cyn_buf_puts(out, cyn_tree_words(l, "no change is known", "変化は不明"));
        return;
    }
    const char *unit = unit_of(root);
    cyn_put_difference(cyn_plain_num(l->view->change), unit, l->opts->language, l->ascii, out);
    if (cyn_unit_is_share(unit)) return;
    cyn_buf percent = {0};
    (void)cyn_tree_put_change(l, root, &percent);
    if (percent.len) /* from nothing there is no percentage */
        cyn_buf_printf(out, l->ja ? "（%s）" : " (%s)", percent.data);
    if (percent.failed) out->failed = true;
    cyn_buf_clear(&percent);
}

void cyn_tree_put_headline(const cyn_tree_look *l, cyn_buf *out)
{
    const cyn_tree_view *v = l->view;
    char label[64];
    cyn_tree_put_name(l, root_of(v), out);
    if (v->dimension) {
        cyn_buf_puts(out, cyn_tree_words(l, " by ", "（"));
        put_clean(v->dimension, out);
        cyn_buf_puts(out, cyn_tree_words(l, "", "別）"));
    }
    cyn_period_label(l->opts->calendar, v->period, label, sizeof label);
    cyn_buf_puts(out, cyn_tree_words(l, ", ", " "));
    cyn_buf_puts(out, v->period.grain.unit == CYN_ALL ? cyn_tree_words(l, "all", "全期間") : label);
    if (v->partial) cyn_buf_puts(out, cyn_tree_words(l, " so far", "途中"));
    cyn_buf_puts(out, cyn_tree_words(l, " against ", "（"));
    put_against_words(l, out);
    cyn_buf_puts(out, cyn_tree_words(l, ": ", "比）："));
    put_total_change(l, out);
}

const char *cyn_tree_method_words(const cyn_tree_look *l, cyn_method m)
{
    switch (m) {
    case CYN_METHOD_ADDITIVE: return cyn_tree_words(l, "additive", "加法");
    case CYN_METHOD_LMDI: return "LMDI";
    case CYN_METHOD_SHAPLEY: return cyn_tree_words(l, "Shapley", "シャープレイ値");
    case CYN_METHOD_OWEN: return cyn_tree_words(l, "Owen", "オーウェン値");
    case CYN_METHOD_MOVEMENT: return cyn_tree_words(l, "movement", "残高の増減");
    case CYN_METHOD_RATE_MIX: return cyn_tree_words(l, "rate and mix", "率と構成");
    case CYN_METHOD_SCRIPT: return cyn_tree_words(l, "its own function", "独自の関数");
    case CYN_METHOD_AUTO:
    case CYN_METHOD_NONE: break;
    }
    return "";
}

const char *cyn_tree_take(cyn_buf *from, cyn_arena *arena)
{
    const char *s =
        from->failed ? NULL : cyn_strndup(arena, from->data ? from->data : "", from->len);
    if (!s) from->failed = true;
    cyn_buf_reset(from);
    return s ? s : "";
}
