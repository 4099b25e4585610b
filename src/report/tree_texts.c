/* A tree for pages: the texts of its lines, and a drawing that stands inside of a document. */
#include "base/text.h"
#include "report/tree_impl.h"
#include <math.h>

static double largest(const cyn_tree_view *v)
{
    double most = 0;
    for (size_t i = 0; i < v->count; i++)
        most = fmax(most, fabs(cyn_tree_contribution(v, &v->items[i]))); /* NaN is left out */
    return most;
}

static cyn_tree_texts texts_of(const cyn_tree_look *l, const cyn_tree_item *it, double most,
                               cyn_buf *text, cyn_arena *arena)
{
    static const char *const marks[] = {"", "▲ ", "▼ "};
    bool driver = cyn_tree_is_driver(it);
    int moved = cyn_tree_moved(l->view, it);
    cyn_tree_texts t = {.effect = driver ? moved : cyn_tree_effect(l->view, it),
                        .bar = most > 0 ? cyn_tree_contribution(l->view, it) / most : NAN};
    cyn_tree_put_signs(l, it, text);
    t.signs = cyn_tree_take(text, arena);
    cyn_tree_put_label(l, it, text);
    t.name = cyn_tree_take(text, arena);
    cyn_tree_put_value(l, it, text);
    t.value = cyn_tree_take(text, arena);
    cyn_tree_put_against(l, it, text);
    t.against = cyn_tree_take(text, arena);
    t.change_effect = cyn_tree_put_change(l, it, text);
    t.change = cyn_tree_take(text, arena);
    cyn_buf_puts(text, marks[it->mark]);
    if (driver)
        cyn_buf_puts(text, cyn_tree_moved_words(l, moved));
    else
        cyn_tree_put_contribution(l, it, text);
    t.contribution = cyn_tree_take(text, arena);
    cyn_tree_put_share(l, it, text);
    t.share = cyn_tree_take(text, arena);
    return t;
}

static cyn_tree_look look_of(const cyn_tree_view *view, const cyn_report_options *opts)
{
    return (cyn_tree_look){.view = view, .opts = opts, .ja = cyn_is_japanese(opts->language)};
}

cyn_code cyn_report_tree_texts(const cyn_tree_view *view, const cyn_report_options *opts,
                               cyn_arena *arena, const char **headline, const cyn_tree_texts **out,
                               cyn_err *err)
{
    cyn_tree_look look = look_of(view, opts);
    cyn_buf text = {0};
    cyn_tree_texts *lines = CYN_NEW_ARRAY(arena, view->count, cyn_tree_texts);
    if (!lines) return cyn_nomem(err);
    double most = largest(view);
    cyn_tree_put_headline(&look, &text);
    const char *head = cyn_tree_take(&text, arena);
    for (size_t i = 0; i < view->count; i++)
        lines[i] = texts_of(&look, &view->items[i], most, &text, arena);
    cyn_code rc = cyn_buf_check(&text, err);
    cyn_buf_clear(&text);
    if (rc != CYN_OK) return rc;
    *headline = head;
    *out = lines;
    return CYN_OK;
}

cyn_code cyn_report_tree_notes(const cyn_tree_view *view, const cyn_report_options *opts,
                               cyn_buf *out, cyn_err *err)
{
    cyn_tree_look look = look_of(view, opts);
    cyn_buf text = {0};
    cyn_code rc = cyn_tree_put_notes(&look, &text, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&text, err);
    /* A blank line keeps them off a table above. */
    if (rc == CYN_OK && text.len > 1) cyn_buf_add(out, text.data + 1, text.len - 1);
    cyn_buf_clear(&text);
    return rc;
}

cyn_code cyn_report_tree_in_page(const cyn_tree_view *view, const cyn_report_options *opts,
                                 const cyn_tree_in_page *page, cyn_buf *out, cyn_err *err)
{
    cyn_tree_look look = look_of(view, opts);
    cyn_tree_drawing drawing = {0};
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = cyn_tree_prepare(&look, arena, &drawing, err);
    if (rc == CYN_OK) rc = cyn_tree_svg(&drawing, page, out, err);
    cyn_arena_free(arena);
    return rc == CYN_OK ? cyn_buf_check(out, err) : rc;
}
