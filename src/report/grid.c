#include "base/text.h"
#include "report/grid_impl.h"
#include <string.h>

const char *cyn_report_words(const cyn_report_options *opts, const char *en, const char *ja)
{
    return cyn_is_japanese(opts->language) ? ja : en;
}

cyn_code cyn_grid_init(cyn_grid *g, const cyn_grid_head *heads, size_t n,
                       const cyn_report_options *opts, cyn_err *err)
{
    *g = (cyn_grid){.opts = opts, .n = n};
    g->text = cyn_text_table_new(n);
    g->arena = cyn_arena_new(0);
    if (!g->text || !g->arena) {
        cyn_grid_clear(g);
        return cyn_nomem(err);
    }
    if (opts->ascii) cyn_text_table_ascii(g->text);
    for (size_t i = 0; i < n; i++)
        cyn_text_table_column(g->text, i, cyn_report_words(opts, heads[i].en, heads[i].ja),
                              heads[i].align, heads[i].priority, heads[i].shrinkable);
    return CYN_OK;
}

void cyn_grid_clear(cyn_grid *g)
{
    cyn_text_table_free(g->text);
    cyn_arena_free(g->arena);
    cyn_buf_clear(&g->cell);
    *g = (cyn_grid){0};
}

void cyn_grid_take(cyn_grid *g, size_t col)
{
    g->cells[col] = cyn_strndup(g->arena, g->cell.data ? g->cell.data : "", g->cell.len);
    if (!g->cells[col]) g->cell.failed = true;
    cyn_buf_reset(&g->cell);
}

void cyn_grid_text(cyn_grid *g, size_t col, const char *s)
{
    cyn_clean_text(s, strlen(s), &g->cell);
    cyn_grid_take(g, col);
}

void cyn_grid_row(cyn_grid *g)
{
    cyn_text_table_row(g->text, g->cells);
    memset(g->cells, 0, sizeof g->cells);
}

cyn_code cyn_grid_write(cyn_grid *g, cyn_buf *out, cyn_err *err)
{
    cyn_code rc = cyn_buf_check(&g->cell, err);
    if (rc == CYN_OK)
        cyn_text_table_write(g->text, g->opts->width, g->opts->colour,
                             g->opts->format == CYN_FORMAT_MARKDOWN, out);
    cyn_grid_clear(g);
    return rc;
}
