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
