/* A tree with its numbers, written for people and for programs.
 *
 * table is for a terminal, markdown for a chat or an issue, json (a header object, then one object
 * per line of the tree) for programs; mermaid, dot and svg are drawings. All show the same lines in
 * the same order. Titles may hold anything: each form escapes what it must.
 *
 *     cyn_report_options opts = {.language = "en", .calendar = &calendar, .width = 100};
 *     CYN_TRY(cyn_report_tree(&view, CYN_TREE_TABLE, &opts, &out, err));
 */
#pragma once
#include "report/report.h"
#include "tree/view.h"

typedef enum cyn_tree_format {
    CYN_TREE_TABLE,
    CYN_TREE_JSON,
    CYN_TREE_MARKDOWN,
    CYN_TREE_MERMAID,
    CYN_TREE_DOT,
    CYN_TREE_SVG,
} cyn_tree_format;
/* "table", "json", "markdown", "mermaid", "dot", "svg"; CYN_E_NAME with a hint. */
CYN_NODISCARD cyn_code cyn_parse_tree_format(const char *s, cyn_tree_format *out, cyn_err *err);

/* opts: format is not looked at; width and colour count for the table only. */
CYN_NODISCARD cyn_code cyn_report_tree(const cyn_tree_view *view, cyn_tree_format format,
                                       const cyn_report_options *opts, cyn_buf *out, cyn_err *err);

/* ---- for pages, which have a form of their own ---- */

/* The texts of a line; "" for what there is not. */
typedef struct cyn_tree_texts {
    const char *signs, *name; /* "driver ↑ ", "Revenue" */
    const char *value, *against, *change;
    const char *contribution; /* of a driver: whether it moved as expected */
    const char *share;
    int change_effect; /* good (1), bad (-1) or neither, for the metric itself */
    int effect;        /* … of the contribution, for the root */
    double bar;        /* the contribution as a part of the largest, -1 … 1; NaN: there is none */
} cyn_tree_texts;
/* One for each item of the view, and the headline. Lives in the arena. */
CYN_NODISCARD cyn_code cyn_report_tree_texts(const cyn_tree_view *view,
                                             const cyn_report_options *opts, cyn_arena *arena,
                                             const char **headline, const cyn_tree_texts **out,
                                             cyn_err *err);
/* The lines below a table: best and worst, methods, drivers, signs, failures. */
CYN_NODISCARD cyn_code cyn_report_tree_notes(const cyn_tree_view *view,
                                             const cyn_report_options *opts, cyn_buf *out,
                                             cyn_err *err);
/* The SVG drawing, without a style and a headline: classes back, box, title, value, good, bad,
 * quiet, track, edge, loose, and those of statuses are the page's to paint. */
typedef struct cyn_tree_in_page {
    /* Where a box leads, escaped; nothing written: nowhere. */
    void (*href)(void *self, const cyn_metric *m, cyn_buf *out);
    void *self;
    const char *id; /* unlike that of any other drawing of the page */
} cyn_tree_in_page;
CYN_NODISCARD cyn_code cyn_report_tree_in_page(const cyn_tree_view *view,
                                               const cyn_report_options *opts,
                                               const cyn_tree_in_page *page, cyn_buf *out,
                                               cyn_err *err);
