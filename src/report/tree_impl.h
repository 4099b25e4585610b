/* What the forms of a tree share: the words and numbers of its lines. Private to src/report. */
#pragma once
#include "report/report_impl.h"
#include "report/tree.h"

typedef struct cyn_tree_look {
    const cyn_tree_view *view;
    const cyn_report_options *opts; /* format: TABLE, or MARKDOWN */
    bool ja, ascii;
} cyn_tree_look;

/* One of two texts, by the project's language. */
const char *cyn_tree_words(const cyn_tree_look *l, const char *en, const char *ja);
bool cyn_tree_is_driver(const cyn_tree_item *it);
/* Whether the item's own children share out its contribution: drivers do not. */
bool cyn_tree_is_inner(const cyn_tree_view *v, size_t item);

/* "Revenue", "ads", "not explained": what the line is about, clean. */
void cyn_tree_put_name(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
/* What stands before it: "★ ", "driver ↑ "; and the name with what stands behind it: "ads (new)".
 */
void cyn_tree_put_signs(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
void cyn_tree_put_label(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
/* "~$54,069.20"; "error" of a point that failed, nothing of a line without a value. */
void cyn_tree_put_value(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
void cyn_tree_put_against(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
/* Returns whether the change is good (1), bad (-1) or neither for the metric itself. */
int cyn_tree_put_change(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
/* In the root's unit, with a sign; nothing where there is none. */
void cyn_tree_put_contribution(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
void cyn_tree_put_share(const cyn_tree_look *l, const cyn_tree_item *it, cyn_buf *out);
/* The contribution without what is only rounding beside the root's change and values. */
double cyn_tree_contribution(const cyn_tree_view *v, const cyn_tree_item *it);
/* Whether the contribution is good (1), bad (-1) or neither for the root. */
int cyn_tree_effect(const cyn_tree_view *v, const cyn_tree_item *it);

/* Whether a driver and what it drives have last moved as they are expected to (1) or the other way
 * (-1); 0: one of them did not move, or it is not known. */
int cyn_tree_moved(const cyn_tree_view *v, const cyn_tree_item *it);
const char *cyn_tree_moved_words(const cyn_tree_look *l, int moved);
/* "PREVIOUS", "TARGET" …, or the period's label; `out` holds 64. */
const char *cyn_tree_against_heading(const cyn_tree_look *l, char out[64]);
/* "Revenue, 1997-06 against 1997-05: +$1,234.00 (+2.3 %)" */
void cyn_tree_put_headline(const cyn_tree_look *l, cyn_buf *out);
/* "LMDI": how children were made, for people. */
const char *cyn_tree_method_words(const cyn_tree_look *l, cyn_method m);
/* Composed text without its control characters, for a drawing; resets `from`. */
const char *cyn_tree_take(cyn_buf *from, cyn_arena *arena);

/* The lines below a table: best and worst, methods, drivers, marks, failures. */
CYN_NODISCARD cyn_code cyn_tree_put_notes(const cyn_tree_look *l, cyn_buf *out, cyn_err *err);

/* Branches of a drawn tree. Rows are parents before children, as in cyn_tree_item. */
typedef struct cyn_branch {
    size_t parent, end; /* as in cyn_tree_node */
    bool loose;         /* hangs on a dashed line: a driver */
} cyn_branch;
/* "│  ├─ ": what stands before a row's title. Markdown keeps its blanks with no-break spaces. */
void cyn_put_branch(const cyn_branch *rows, size_t row, bool ascii, bool markdown, cyn_buf *out);

/* The texts of a box in a drawing; "" for what there is not. */
typedef struct cyn_tree_box {
    const char *title, *value, *change;
    const char *contribution; /* with its mark; of a driver: whether it moved as expected */
    int change_effect;        /* as of cyn_tree_put_change */
} cyn_tree_box;

/* What every drawing is made of. Lives in the arena. */
typedef struct cyn_tree_drawing {
    const cyn_tree_look *l;
    cyn_arena *arena;
    const char *headline;
    const cyn_tree_box *boxes; /* [item] */
    /* [item]: names of nodes, the same as long as the metric stands at the same occurrence:
     * m_revenue_1, and x_1 … for lines that are no metric. */
    const char *const *ids;
} cyn_tree_drawing;
CYN_NODISCARD cyn_code cyn_tree_prepare(const cyn_tree_look *l, cyn_arena *arena,
                                        cyn_tree_drawing *out, cyn_err *err);

CYN_NODISCARD cyn_code cyn_tree_table(const cyn_tree_look *l, cyn_buf *out, cyn_err *err);
void cyn_tree_json(const cyn_tree_look *l, cyn_buf *out);
void cyn_tree_mermaid(const cyn_tree_drawing *d, cyn_buf *out);
void cyn_tree_dot(const cyn_tree_drawing *d, cyn_buf *out);
/* page NULL: a file of its own. */
CYN_NODISCARD cyn_code cyn_tree_svg(const cyn_tree_drawing *d, const cyn_tree_in_page *page,
                                    cyn_buf *out, cyn_err *err);
