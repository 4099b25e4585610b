/* A table that is filled cell by cell. Private to src/report.
 *
 *     cyn_grid g;
 *     CYN_TRY(cyn_grid_init(&g, heads, 3, &opts, err));
 *     cyn_buf_puts(&g.cell, "ads");
 *     cyn_grid_take(&g, 0);                     // what `cell` holds becomes the row's first one
 *     cyn_grid_row(&g);                         // cells that were not taken are empty
 *     CYN_TRY(cyn_grid_write(&g, &out, err));   // clears the grid; so does cyn_grid_clear
 */
#pragma once
#include "base/arena.h"
#include "report/report_impl.h"

#define CYN_GRID_MOST 12

typedef struct cyn_grid_head {
    const char *en, *ja;
    cyn_align align;
    int priority; /* as of cyn_text_table_column */
    bool shrinkable;
} cyn_grid_head;

typedef struct cyn_grid {
    const cyn_report_options *opts;
    cyn_text_table *text;
    cyn_arena *arena;
    size_t n;
    const char *cells[CYN_GRID_MOST];
    cyn_buf cell;
} cyn_grid;

CYN_NODISCARD cyn_code cyn_grid_init(cyn_grid *g, const cyn_grid_head *heads, size_t n,
                                     const cyn_report_options *opts, cyn_err *err);
void cyn_grid_clear(cyn_grid *g);
void cyn_grid_take(cyn_grid *g, size_t col);
void cyn_grid_text(cyn_grid *g, size_t col, const char *s);
void cyn_grid_row(cyn_grid *g);
CYN_NODISCARD cyn_code cyn_grid_write(cyn_grid *g, cyn_buf *out, cyn_err *err);

/* en or ja, by the report's language. */
const char *cyn_report_words(const cyn_report_options *opts, const char *en, const char *ja);
