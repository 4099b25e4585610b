/* What drawings of a tree share: the texts of their boxes, and names for them. */
#include "report/tree_impl.h"
#include <string.h>

static cyn_code make_boxes(const cyn_tree_look *l, cyn_arena *arena, const cyn_tree_box **out,
                           cyn_err *err)
{
    const cyn_tree_view *v = l->view;
    cyn_buf text = {0};
    cyn_tree_box *boxes = CYN_NEW_ARRAY(arena, v->count, cyn_tree_box);
    if (!boxes) return cyn_nomem(err);
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_item *it = &v->items[i];
        cyn_tree_put_signs(l, it, &text);
        cyn_tree_put_label(l, it, &text);
        boxes[i].title = cyn_tree_take(&text, arena);
        cyn_tree_put_value(l, it, &text);
        boxes[i].value = cyn_tree_take(&text, arena);
        boxes[i].change_effect = cyn_tree_put_change(l, it, &text);
        boxes[i].change = cyn_tree_take(&text, arena);
        if (it->mark != CYN_MARK_NONE) cyn_buf_puts(&text, it->mark == CYN_MARK_BEST ? "▲ " : "▼ ");
        if (cyn_tree_is_driver(it))
            cyn_buf_puts(&text, cyn_tree_moved_words(l, cyn_tree_moved(v, it)));
        else
            cyn_tree_put_contribution(l, it, &text);
        boxes[i].contribution = cyn_tree_take(&text, arena);
    }
    cyn_code rc = cyn_buf_check(&text, err);
    cyn_buf_clear(&text);
    if (rc == CYN_OK) *out = boxes;
    return rc;
}

static cyn_code make_headline(const cyn_tree_look *l, cyn_arena *arena, const char **out,
                              cyn_err *err)
{
    cyn_buf text = {0};
    cyn_tree_put_headline(l, &text);
    const char *s = cyn_tree_take(&text, arena);
    cyn_code rc = cyn_buf_check(&text, err);
    cyn_buf_clear(&text);
    if (rc == CYN_OK) *out = s;
    return rc;
}

static cyn_code make_ids(const cyn_tree_view *v, cyn_arena *arena, const char *const **out,
                         cyn_err *err)
{
    size_t metrics = 0;
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].line == CYN_LINE_METRIC && v->items[i].node->index >= metrics)
            metrics = v->items[i].node->index + 1;
    int *seen = CYN_NEW_ARRAY(arena, metrics + 1, int), others = 0;
    const char **ids = CYN_NEW_ARRAY(arena, v->count, const char *);
    if (!seen || !ids) return cyn_nomem(err);
    for (size_t i = 0; i < v->count; i++) {
        const cyn_tree_item *it = &v->items[i];
        if (it->line == CYN_LINE_METRIC)
            ids[i] = cyn_sprintf(arena, "m_%s_%d", it->node->metric->name, ++seen[it->node->index]);
        else
            ids[i] = cyn_sprintf(arena, "x_%d", ++others);
        if (!ids[i]) return cyn_nomem(err);
    }
    *out = ids;
    return CYN_OK;
}

cyn_code cyn_tree_prepare(const cyn_tree_look *l, cyn_arena *arena, cyn_tree_drawing *out,
                          cyn_err *err)
{
    cyn_tree_drawing d = {.l = l, .arena = arena};
    CYN_TRY(make_headline(l, arena, &d.headline, err));
    CYN_TRY(make_boxes(l, arena, &d.boxes, err));
    CYN_TRY(make_ids(l->view, arena, &d.ids, err));
    *out = d;
    return CYN_OK;
}
