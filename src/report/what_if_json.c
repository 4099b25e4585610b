/* A what-if for programs: a header object, one object per metric of the tree, and with a target one
 * per leaf. */
#include "report/json_impl.h"
#include "report/what_if_impl.h"
#include <string.h>

static void string(cyn_buf *b, const char *s)
{
    cyn_buf_json_string(b, s, strlen(s));
}

static void metric(const cyn_what_if_look *l, const cyn_metric *m, cyn_buf *b)
{
    cyn_json_text(b, "metric", m->name);
    cyn_json_text(b, "title", cyn_what_if_title(l, m));
    cyn_json_text(b, "unit", m->sheet.unit);
}

static void assumption(const cyn_what_if_view *v, size_t i, cyn_buf *b)
{
    static const char *const kinds[] = {"value", "add", "points", "percent"};
    static const char *const reaches[] = {"root", "nothing", "driver", "outside"};
    const cyn_assumption *a = &v->assumptions[i];
    cyn_buf_puts(b, i ? ",{\"metric\":" : "{\"metric\":");
    string(b, v->metrics[a->index]->name);
    cyn_json_text(b, "text", v->texts[i]);
    cyn_json_text(b, "kind", kinds[a->kind]);
    cyn_json_real(b, "by", a->by);
    cyn_json_text(b, "reaches", reaches[cyn_what_if_reach(v, i)]);
    cyn_buf_putc(b, '}');
}

static void header(const cyn_what_if_look *l, cyn_buf *b)
{
    const cyn_what_if_view *v = l->view;
    char grain[16], label[64];
    cyn_format_grain(v->period.grain, grain);
    cyn_period_label(l->opts->calendar, v->period, label, sizeof label);
    cyn_buf_puts(b, "{\"root\":");
    string(b, v->tree->nodes[0].metric->name);
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "period", label);
    cyn_json_boolean(b, "partial", v->partial);
    cyn_json_real(b, "now", v->nodes[0].before);
    cyn_json_real(b, "then", v->nodes[0].after);
    cyn_json_real(b, "change", v->nodes[0].after - v->nodes[0].before);
    cyn_json_number(b, "target", v->has_target ? cyn_num_real(v->target) : CYN_MISSING);
    cyn_json_key(b, "assumptions");
    cyn_buf_putc(b, '[');
    for (size_t i = 0; i < v->nassumptions; i++)
        assumption(v, i, b);
    cyn_buf_puts(b, "]}\n");
}

static void node(const cyn_what_if_look *l, size_t i, cyn_buf *b)
{
    static const char *const links[] = {"root", "part", "driver"};
    const cyn_tree_node *t = &l->view->tree->nodes[i];
    const cyn_what_if_node *n = &l->view->nodes[i];
    cyn_buf_printf(b, "{\"node\":%zu", i);
    cyn_json_number(b, "parent",
                    t->parent == CYN_NO_NODE ? CYN_MISSING : cyn_num_integer((int64_t)t->parent));
    cyn_json_number(b, "depth", cyn_num_integer((int64_t)t->depth));
    metric(l, t->metric, b);
    cyn_json_text(b, "link", links[t->link]);
    cyn_json_real(b, "now", n->before);
    cyn_json_real(b, "then", n->after);
    cyn_json_real(b, "change", n->after - n->before);
    cyn_json_boolean(b, "assumed", n->assumed);
    cyn_json_boolean(b, "reaches", n->reaches);
    cyn_json_real(b, "elasticity", n->elasticity);
    cyn_json_real(b, "slope", n->slope);
    cyn_buf_puts(b, "}\n");
}

static void goal(const cyn_what_if_look *l, const cyn_sought *g, cyn_buf *b)
{
    static const char *const states[] = {"found", "met", "never", "none"};
    double now = l->view->nodes[g->node].after;
    bool found = g->state == CYN_SOUGHT_FOUND, never = g->state == CYN_SOUGHT_NEVER;
    cyn_buf_printf(b, "{\"goal\":%zu", g->node);
    metric(l, l->view->tree->nodes[g->node].metric, b);
    cyn_json_text(b, "state", states[g->state]);
    cyn_json_real(b, "now", now);
    cyn_json_number(b, "needed", found ? cyn_num_real(g->value) : CYN_MISSING);
    cyn_json_boolean(b, "beyond", found && g->beyond);
    cyn_json_number(b, "best", never ? cyn_num_real(g->best) : CYN_MISSING);
    cyn_json_number(b, "root_at_best", never ? cyn_num_real(g->root_at_best) : CYN_MISSING);
    cyn_buf_puts(b, "}\n");
}

void cyn_what_if_json(const cyn_what_if_look *l, cyn_buf *out)
{
    header(l, out);
    for (size_t i = 0; i < l->view->tree->count; i++)
        node(l, i, out);
    for (size_t i = 0; l->view->has_target && i < l->view->ngoals; i++)
        goal(l, &l->view->goals[i], out);
}
