/* A tree for programs: a header object, then one object per line of the tree, all with the same
 * members in the same order. */
#include "report/json_impl.h"
#include "report/tree_impl.h"
#include <string.h>

static const char *const line_names[] = {"metric", "segment", "rate", "mix", "residual"};
static const char *const link_names[] = {"root", "part", "driver"};
static const char *const state_names[] = {"stays", "new", "vanished"};
static const char *const mark_names[] = {"", "best", "worst"};

static void number_of(cyn_buf *b, const char *name, size_t n)
{
    cyn_json_number(b, name, n == CYN_NO_NODE ? CYN_MISSING : cyn_num_integer((int64_t)n));
}

static void header(const cyn_tree_look *l, cyn_buf *b)
{
    const cyn_tree_view *v = l->view;
    const cyn_calendar *cal = l->opts->calendar;
    char grain[16], label[64];
    const char *root = v->items[0].node->metric->name;
    cyn_format_grain(v->period.grain, grain);
    cyn_period_label(cal, v->period, label, sizeof label);
    cyn_buf_puts(b, "{\"root\":");
    cyn_buf_json_string(b, root, strlen(root));
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "period", label);
    cyn_json_instant(b, "start", v->period, v->period.start, cal);
    cyn_json_instant(b, "end", v->period, v->period.end, cal);
    cyn_json_boolean(b, "partial", v->partial);
    cyn_json_text(b, "against", cyn_against_names[v->against.kind]);
    if (v->has_against_period) cyn_period_label(cal, v->against_period, label, sizeof label);
    cyn_json_text(b, "against_period", v->has_against_period ? label : v->against.period);
    cyn_json_text(b, "dimension", v->dimension);
    cyn_json_real(b, "change", v->change);
    number_of(b, "items", v->count);
    number_of(b, "failed", (size_t)v->failed);
    cyn_buf_puts(b, "}\n");
}

/* What the line is about: its metric, or that of the values beside it. */
static void metric(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *b)
{
    const cyn_point *p = it->point;
    const cyn_metric *m = it->node ? it->node->metric : p ? p->metric : NULL;
    bool own = it->line == CYN_LINE_METRIC;
    cyn_json_text(b, "metric", m ? m->name : NULL);
    cyn_json_text(b, "title",
                  m ? cyn_label_text(m->sheet.title, l->opts->language, m->name) : NULL);
    cyn_json_text(b, "unit", m ? m->sheet.unit : NULL);
    cyn_json_text(b, "link", own ? link_names[it->node->link] : NULL);
    cyn_json_text(b, "expected",
                  cyn_tree_is_driver(it) ? cyn_direction_names[it->node->expected] : NULL);
    cyn_json_boolean(b, "again", own && it->node->again);
    cyn_json_boolean(b, "cut", own && it->node->cut);
}

/* The difference, exact where it can be. */
static cyn_num change_of(const cyn_point *p)
{
    cyn_num n;
    if (cyn_num_op(CYN_SUB, p->value, p->against.value, &n, NULL) == CYN_OK) return n;
    return cyn_num_real(cyn_num_double(p->value) - cyn_num_double(p->against.value));
}

static void values(const cyn_tree_item *it, cyn_buf *b)
{
    static const cyn_point none;
    const cyn_point *p = it->point ? it->point : &none;
    cyn_num value = p->failed ? CYN_MISSING : p->value;
    if (it->point)
        cyn_json_segment(b, "segment", p);
    else
        cyn_json_text(b, "segment", NULL);
    cyn_json_text(b, "state", it->line == CYN_LINE_SEGMENT ? state_names[it->state] : NULL);
    cyn_json_number(b, "value", value);
    cyn_json_number(b, "numerator", p->numerator);
    cyn_json_number(b, "denominator", p->denominator);
    cyn_json_number(b, "against", p->failed ? CYN_MISSING : p->against.value);
    cyn_json_number(b, "change", p->failed ? CYN_MISSING : change_of(p));
    cyn_json_boolean(b, "partial", p->partial);
    cyn_json_boolean(b, "immature", p->immature);
    cyn_json_text(b, "status", cyn_status_names[p->status]);
}

/* What "moved" says: whether a driver and its metric last moved as expected. */
static void parts(const cyn_tree_view *v, size_t i, cyn_buf *b)
{
    const cyn_tree_item *it = &v->items[i];
    bool inner = cyn_tree_is_inner(v, i);
    int moved = cyn_tree_moved(v, it);
    cyn_json_text(b, "method",
                  !inner                          ? NULL
                  : it->method == CYN_METHOD_NONE ? "none"
                                                  : cyn_method_names[it->method]);
    cyn_json_text(b, "why", inner ? it->why : NULL);
    cyn_json_real(b, "part", it->part);
    cyn_json_real(b, "contribution", it->contribution);
    cyn_json_real(b, "share", it->share);
    cyn_json_text(b, "mark", mark_names[it->mark]);
    cyn_json_text(b, "moved", moved > 0 ? "as expected" : moved < 0 ? "unexpected" : NULL);
}

static void item(const cyn_tree_look *l, size_t i, cyn_buf *b)
{
    const cyn_tree_item *it = &l->view->items[i];
    cyn_buf_printf(b, "{\"item\":%zu", i);
    number_of(b, "parent", it->parent);
    number_of(b, "depth", it->depth);
    cyn_json_text(b, "line", line_names[it->line]);
    metric(l, it, b);
    values(it, b);
    parts(l->view, i, b);
    if (it->point && it->point->failed)
        cyn_json_error(b, "error", it->point->error);
    else
        cyn_json_text(b, "error", NULL);
    cyn_buf_puts(b, "}\n");
}

void cyn_tree_json(const cyn_tree_look *l, cyn_buf *out)
{
    header(l, out);
    for (size_t i = 0; i < l->view->count; i++)
        item(l, i, out);
}
