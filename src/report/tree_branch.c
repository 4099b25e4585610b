/* The lines that a tree is drawn with in text. */
#include "report/tree_impl.h"
#include <string.h>

/* Deeper rows leave out the outermost lines: nobody could follow them. */
#define LEVELS 32

typedef struct strokes {
    const char *line, *gap, *tee, *end, *loose_tee, *loose_end, *more;
} strokes;

static const strokes unicode = {"│  ", "   ", "├─ ", "└─ ", "├┄ ", "└┄ ", "…  "};
static const strokes ascii_only = {"|  ", "   ", "|- ", "`- ", "|. ", "`. ", ".. "};

/* With no-break spaces: Markdown drops the others. */
#define NB "\u00a0"
static const strokes unbroken = {"│" NB NB, NB NB NB, "├─" NB,  "└─" NB,
                                 "├┄" NB,   "└┄" NB,  "…" NB NB};

static bool is_last(const cyn_branch *rows, size_t row)
{
    return rows[row].end == rows[rows[row].parent].end;
}

/* The lines that go on to the left of a row's own branch. */
static void put_lines(const cyn_branch *rows, size_t row, const strokes *s, int levels,
                      cyn_buf *out)
{
    size_t parent = rows[row].parent;
    if (rows[parent].parent == CYN_NO_NODE) return;
    if (levels == 0) {
        cyn_buf_puts(out, s->more);
        return;
    }
    put_lines(rows, parent, s, levels - 1, out);
    cyn_buf_puts(out, is_last(rows, parent) ? s->gap : s->line);
}

void cyn_put_branch(const cyn_branch *rows, size_t row, bool ascii, bool markdown, cyn_buf *out)
{
    const strokes *s = markdown ? &unbroken : ascii ? &ascii_only : &unicode;
    if (rows[row].parent == CYN_NO_NODE) return;
    put_lines(rows, row, s, LEVELS, out);
    if (rows[row].loose)
        cyn_buf_puts(out, is_last(rows, row) ? s->loose_end : s->loose_tee);
    else
        cyn_buf_puts(out, is_last(rows, row) ? s->end : s->tee);
}
