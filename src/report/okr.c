#include "report/okr.h"
#include "report/failures.h"
#include "report/goal_impl.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"
#include "report/tree_impl.h"
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *title_of(const cyn_okr_item *item, const cyn_report_options *opts)
{
    if (item->line == CYN_OKR_LOOSE)
        return cyn_report_words(opts, "Hanging on nothing", "どこにもつながっていない目標");
    return cyn_label_text(item->title, opts->language, item->name);
}

/* ---- the table ---- */

enum { TITLE, PROGRESS, PACE, VALUE, EXPECTED, TARGET, BY, FORECAST, OWNER };
static const cyn_grid_head heads[] = {
    [TITLE] = {"OBJECTIVE", "目標", CYN_LEFT, 0, true},
    [PROGRESS] = {"PROGRESS", "進捗", CYN_LEFT, 1, false},
    [PACE] = {"PACE", "ペース", CYN_LEFT, 0, false},
    [VALUE] = {"VALUE", "値", CYN_RIGHT, 2, false},
    [EXPECTED] = {"EXPECTED", "現時点の目安", CYN_RIGHT, 6, false},
    [TARGET] = {"TARGET", "到達値", CYN_RIGHT, 3, false},
    [BY] = {"BY", "期限", CYN_LEFT, 4, false},
    [FORECAST] = {"AT DEADLINE", "期限の予測", CYN_RIGHT, 7, false},
    [OWNER] = {"OWNER", "担当", CYN_LEFT, 5, true},
};

typedef struct drawing {
    const cyn_okr_view *view;
    const cyn_report_options *opts;
    const cyn_branch *branches;
    bool markdown;
} drawing;

static void set_title(const drawing *d, cyn_grid *g, size_t row)
{
    const cyn_okr_item *item = &d->view->items[row];
    const cyn_report_options *opts = d->opts;
    cyn_put_branch(d->branches, row, opts->ascii, d->markdown, &g->cell);
    if (item->line == CYN_OKR_METRIC) cyn_put_star(item->goal->metric, opts->ascii, &g->cell);
    if (item->line == CYN_OKR_DEPARTMENT) cyn_buf_putc(&g->cell, '[');
    const char *title = title_of(item, opts);
    cyn_clean_text(title, strlen(title), &g->cell);
    if (item->line == CYN_OKR_DEPARTMENT) cyn_buf_putc(&g->cell, ']');
    if (item->through) {
        const cyn_metric *m = item->through;
        cyn_buf_puts(&g->cell, opts->ascii ? " -> " : " → ");
        title = cyn_label_text(m->sheet.title, opts->language, m->name);
        cyn_clean_text(title, strlen(title), &g->cell);
    }
    cyn_grid_take(g, TITLE);
}

static void set_goal(const drawing *d, cyn_grid *g, const cyn_goal *goal)
{
    if (!goal) return;
    cyn_put_goal_value(goal, d->opts, &g->cell);
    cyn_grid_take(g, VALUE);
    if (!goal->has_line) return;
    cyn_put_goal_expected(goal, d->opts, &g->cell);
    cyn_grid_take(g, EXPECTED);
    cyn_put_goal_target(goal, d->opts, &g->cell);
    cyn_grid_take(g, TARGET);
    cyn_put_goal_forecast(goal, d->opts, &g->cell);
    cyn_grid_take(g, FORECAST);
}

/* Key results name an owner only where it is another one than their objective's. */
static const char *owner_of(const cyn_okr_view *view, const cyn_okr_item *item)
{
    bool inherited = item->line == CYN_OKR_RESULT && item->owner &&
                     view->items[item->parent].owner &&
                     !strcmp(item->owner, view->items[item->parent].owner);
    return item->owner && !inherited ? item->owner : "";
}

static void add_row(const drawing *d, cyn_grid *g, size_t row)
{
    const cyn_okr_item *item = &d->view->items[row];
    bool heading = item->line == CYN_OKR_DEPARTMENT || item->line == CYN_OKR_LOOSE;
    bool judged = !heading && (item->line == CYN_OKR_OBJECTIVE || item->goal);
    set_title(d, g, row);
    if (judged) {
        cyn_put_progress(item->progress, d->opts, &g->cell);
        cyn_grid_take(g, PROGRESS);
        cyn_put_pace(item->state, d->opts, &g->cell);
        cyn_grid_take(g, PACE);
    }
    set_goal(d, g, item->goal);
    if (!heading && item->has_by) {
        cyn_put_date(true, item->by, d->opts, &g->cell);
        cyn_grid_take(g, BY);
    }
    cyn_grid_text(g, OWNER, owner_of(d->view, item));
    cyn_grid_row(g);
    if (heading || item->depth == 0) cyn_text_table_colour(g->text, TITLE, "1");
    if (judged && cyn_pace_sgr(item->state))
        cyn_text_table_colour(g->text, PACE, cyn_pace_sgr(item->state));
}

static cyn_code write_tree(const drawing *d, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    CYN_TRY(cyn_grid_init(&g, heads, COUNT(heads), d->opts, err));
    for (size_t i = 0; i < d->view->count; i++)
        add_row(d, &g, i);
    return cyn_grid_write(&g, out, err);
}

/* ---- loose ends ---- */

static const struct {
    const char *word, *en, *ja;
} reasons[] = {
    [CYN_LOOSE_SUPPORTS_NOTHING] = {"supports_nothing", "does not say what it supports",
                                    "supports（何に貢献するか）がありません"},
    [CYN_LOOSE_UNKNOWN] = {"unknown", "supports something that there is not",
                           "supports の名前の指標も目標もありません"},
    [CYN_LOOSE_CIRCLE] = {"circle", "supports itself by way of others", "互いに支え合う輪です"},
    [CYN_LOOSE_METRIC] = {"metric", "supports a metric below neither the NSM nor a KGI",
                          "NSMにもKGIにもつながらない指標を支えています"},
    [CYN_LOOSE_OBJECTIVE] = {"objective", "supports an objective that hangs on nothing",
                             "どこにもつながっていない目標を支えています"},
    [CYN_LOOSE_RESULT] = {"result", "its metric is below neither the NSM nor a KGI",
                          "指標がNSMにもKGIにもつながっていません"},
    [CYN_LOOSE_RESULT_UNKNOWN] = {"result_unknown", "no metric has that name",
                                  "その名前の指標はありません"},
    [CYN_LOOSE_RESULT_NO_TARGET] = {"result_no_target", "neither it nor its metric has a target",
                                    "キーリザルトにも指標にも目標値がありません"},
};

static void put_aside(const cyn_report_options *opts, const char *name, cyn_buf *out)
{
    cyn_buf_puts(out, cyn_report_words(opts, " (", "（"));
    cyn_clean_text(name, strlen(name), out);
    cyn_buf_puts(out, cyn_report_words(opts, ")", "）"));
}

static void write_loose(const drawing *d, cyn_buf *out)
{
    const cyn_report_options *opts = d->opts;
    if (d->view->nloose == 0) return;
    cyn_buf_printf(out, "\n%s\n\n",
                   cyn_report_words(opts, "What hangs on nothing:", "つながっていないもの："));
    for (size_t i = 0; i < d->view->nloose; i++) {
        const cyn_loose_end *e = &d->view->loose[i];
        const char *title = cyn_label_text(e->title, opts->language, e->objective);
        cyn_buf_puts(out, "- ");
        if (d->markdown)
            cyn_put_markdown(title, strlen(title), out);
        else
            cyn_clean_text(title, strlen(title), out);
        if (e->result) cyn_buf_printf(out, opts->ascii ? " > %s" : " › %s", e->result);
        cyn_buf_puts(out, cyn_report_words(opts, ": ", "："));
        cyn_buf_puts(out, cyn_report_words(opts, reasons[e->why].en, reasons[e->why].ja));
        if (!e->result && e->supports) put_aside(opts, e->supports, out);
        cyn_buf_putc(out, '\n');
    }
}

static void write_failures(const drawing *d, cyn_buf *out)
{
    cyn_failures failures = {0};
    for (size_t i = 0; i < d->view->count; i++) {
        const cyn_goal *g = d->view->items[i].goal;
        if (g && g->error) cyn_failures_add(&failures, g->metric, g->error);
    }
    if (failures.count) cyn_buf_putc(out, '\n');
    cyn_failures_write(&failures, d->opts, out);
    cyn_failures_clear(&failures);
}

static cyn_code write_people(const cyn_okr_view *view, const cyn_report_options *opts, cyn_buf *out,
                             cyn_err *err)
{
    drawing d = {.view = view, .opts = opts, .markdown = opts->format == CYN_FORMAT_MARKDOWN};
    if (!view->has_root)
        cyn_buf_printf(out, "%s\n\n",
                       cyn_report_words(opts,
                                        "There is neither a North Star Metric nor a KGI to hang "
                                        "objectives on.",
                                        "目標をつなぐNSMもKGIもありません。"));
    cyn_branch *branches = cyn_calloc(view->count + 1, sizeof *branches);
    if (!branches) return cyn_nomem(err);
    for (size_t i = 0; i < view->count; i++)
        branches[i] = (cyn_branch){.parent = view->items[i].parent, .end = view->items[i].end};
    d.branches = branches;
    cyn_code rc = write_tree(&d, out, err);
    cyn_free(branches);
    if (rc != CYN_OK) return rc;
    write_loose(&d, out);
    write_failures(&d, out);
    return CYN_OK;
}

/* ---- JSON ---- */

/* The objective or the metric that it hangs on; departments are members of what is below them. */
static const char *parent_name(const cyn_okr_view *view, const cyn_okr_item *item)
{
    size_t at = item->parent;
    while (at != CYN_NO_NODE && view->items[at].line == CYN_OKR_DEPARTMENT)
        at = view->items[at].parent;
    return at == CYN_NO_NODE ? NULL : view->items[at].name;
}

static void write_item(const cyn_okr_view *view, const cyn_okr_item *item,
                       const cyn_report_options *opts, cyn_buf *out)
{
    static const char *const types[] = {[CYN_OKR_METRIC] = "metric",
                                        [CYN_OKR_OBJECTIVE] = "objective",
                                        [CYN_OKR_RESULT] = "key_result"};
    if (item->line == CYN_OKR_DEPARTMENT || item->line == CYN_OKR_LOOSE) return;
    cyn_buf_printf(out, "{\"type\":\"%s\"", types[item->line]);
    cyn_json_text(out, item->line == CYN_OKR_OBJECTIVE ? "objective" : "metric", item->name);
    cyn_json_text(out, "title", cyn_label_text(item->title, opts->language, NULL));
    cyn_json_text(out, "on", parent_name(view, item));
    if (item->line == CYN_OKR_OBJECTIVE) cyn_json_text(out, "supports", item->supports);
    cyn_json_text(out, "department", item->department);
    cyn_json_text(out, "owner", item->owner);
    cyn_json_date(out, "by", item->has_by, item->by);
    if (item->line == CYN_OKR_OBJECTIVE) {
        cyn_json_real(out, "progress", item->progress);
        cyn_json_text(out, "state", cyn_pace_names[item->state]);
    } else if (item->goal) {
        cyn_json_goal(out, item->goal, opts->calendar);
    }
    cyn_buf_puts(out, "}\n");
}

static void write_json(const cyn_okr_view *view, const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t i = 0; i < view->count; i++)
        write_item(view, &view->items[i], opts, out);
    for (size_t i = 0; i < view->nloose; i++) {
        const cyn_loose_end *e = &view->loose[i];
        cyn_buf_printf(out, "{\"type\":\"loose\",\"why\":\"%s\"", reasons[e->why].word);
        cyn_json_text(out, "objective", e->objective);
        cyn_json_text(out, "key_result", e->result);
        cyn_json_text(out, "supports", e->supports);
        cyn_buf_puts(out, "}\n");
    }
}

cyn_code cyn_report_okrs(const cyn_okr_view *view, const cyn_report_options *opts, cyn_buf *out,
                         cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_people(view, opts, out, err)); break;
    case CYN_FORMAT_JSON: write_json(view, opts, out); break;
    case CYN_FORMAT_CSV: return cyn_fail(err, CYN_E_UNSUPPORTED, "OKRs are not written as CSV");
    }
    return cyn_buf_check(out, err);
}
