/* The picture: what each alert was, from the beginning of the stretch to its end. */
#include "base/arena.h"
#include "base/text.h"
#include "report/backtest_impl.h"
#include <stdlib.h>
#include <string.h>

#define WIDTH       80 /* where the terminal's is not known */
#define NAME_MOST   28
#define CELLS_LEAST 10
#define CELLS_MOST  120
#define LANES_MOST  30

typedef struct look {
    const char *mark, *ascii, *en, *ja, *sgr;
} look;

static const look looks[] = {
    [CYN_LOOKS_QUIET] = {" ", " ", "", "", ""},
    [CYN_LOOKS_NO_DATA] = {"·", ".", "no data", "データなし", "2"},
    [CYN_LOOKS_PENDING] = {"▁", "-", "pending", "保留", "33"},
    [CYN_LOOKS_ERROR] = {"x", "x", "error", "エラー", "35"},
    [CYN_LOOKS_FIRING] = {"█", "#", "firing", "発火", "31"},
};
#define LOOKS (sizeof looks / sizeof *looks)

typedef struct picture {
    const cyn_backtest_words *w;
    const cyn_backtest_result *r;
    size_t names, cells; /* widths */
    bool seen[LOOKS];
} picture;

/* Where a cell begins; cell `cells` is the end. */
static int64_t edge(const picture *p, size_t cell)
{
    int64_t span = p->r->to - p->r->from, n = (int64_t)p->cells, c = (int64_t)cell;
    return p->r->from + span / n * c + span % n * c / n;
}

/* ---- lanes ---- */

/* The worst that the alert was in each cell. */
static void draw(const picture *p, const cyn_backtest_lane *lane, uint8_t *cells)
{
    cyn_backtest_look now = CYN_LOOKS_QUIET;
    size_t next = 0;
    for (size_t c = 0; c < p->cells; c++) {
        while (next < lane->nchanges && lane->changes[next].at <= edge(p, c))
            now = lane->changes[next++].look;
        cyn_backtest_look worst = now;
        while (next < lane->nchanges && lane->changes[next].at < edge(p, c + 1)) {
            now = lane->changes[next++].look;
            if (now > worst) worst = now;
        }
        cells[c] = (uint8_t)worst;
    }
}

static void put_cells(picture *p, const uint8_t *cells, cyn_buf *out)
{
    const cyn_report_options *o = p->w->opts;
    size_t n = p->cells;
    while (n > 0 && cells[n - 1] == CYN_LOOKS_QUIET)
        n--;
    for (size_t c = 0, same; c < n; c += same) {
        const look *l = &looks[cells[c]];
        for (same = 1; c + same < n && cells[c + same] == cells[c];)
            same++;
        p->seen[cells[c]] = true;
        bool colour = o->colour && l->sgr[0];
        if (colour) cyn_buf_printf(out, "\033[%sm", l->sgr);
        cyn_buf_repeat(out, o->ascii ? l->ascii : l->mark, same);
        if (colour) cyn_buf_puts(out, "\033[0m");
    }
}

/* A text of so many cells at most, filled up with blanks. */
static void put_padded(const picture *p, const cyn_buf *text, size_t cells, cyn_buf *out)
{
    const char *cut = p->w->opts->ascii ? ".." : "…";
    size_t all = text->len ? cyn_width(text->data, text->len) : 0, n = text->len;
    if (text->failed) out->failed = true;
    if (all > cells)
        n = cyn_width_prefix(text->data, text->len, cells - cyn_width(cut, strlen(cut)));
    if (n) cyn_buf_add(out, text->data, n);
    if (all > cells) cyn_buf_puts(out, cut);
    size_t used =
        (n ? cyn_width(text->data, n) : 0) + (all > cells ? cyn_width(cut, strlen(cut)) : 0);
    if (used < cells) cyn_buf_repeat(out, " ", cells - used);
}

static void put_lane(picture *p, const cyn_backtest_lane *lane, cyn_buf *out)
{
    uint8_t cells[CELLS_MOST];
    cyn_buf name = {0};
    cyn_put_segment(p->r, lane->labels, lane->nlabels, &name);
    draw(p, lane, cells);
    put_padded(p, &name, p->names, out);
    cyn_buf_puts(out, "  ");
    put_cells(p, cells, out);
    cyn_buf_putc(out, '\n');
    cyn_buf_clear(&name);
}

/* ---- the axis ---- */

/* Labels of a grain, each where its period begins; false when they run into one another, or none
 * fits at all. The period in which the stretch begins is named where there is room. */
static bool write_axis(const picture *p, cyn_grain grain, char line[CELLS_MOST + 1])
{
    const cyn_calendar *cal = p->w->opts->calendar;
    size_t cell = 0, free_from = 0;
    bool any = false;
    char label[64], begun[64] = "";
    memset(line, ' ', p->cells);
    line[p->cells] = '\0';
    cyn_period period = cyn_period_at(cal, grain, p->r->from);
    if (period.start < p->r->from) {
        cyn_period_label(cal, period, begun, sizeof begun);
        period = cyn_period_shift(cal, period, 1);
    }
    for (; period.start < p->r->to; period = cyn_period_shift(cal, period, 1)) {
        cyn_period_label(cal, period, label, sizeof label);
        size_t n = strlen(label);
        while (cell + 1 < p->cells && edge(p, cell + 1) <= period.start)
            cell++;
        if (any && cell < free_from) return false;
        if (!any && begun[0] && strlen(begun) < cell) memcpy(line, begun, strlen(begun));
        if (cell + n > p->cells) break;
        memcpy(line + cell, label, n);
        free_from = cell + n + 1;
        any = true;
    }
    return any;
}

static void put_axis(const picture *p, cyn_buf *out)
{
    static const cyn_grain grains[] = {{CYN_HOURLY, 1}, {CYN_DAILY, 1},   {CYN_WEEK, 1},
                                       {CYN_MONTH, 1},  {CYN_QUARTER, 1}, {CYN_YEAR, 1}};
    char line[CELLS_MOST + 1];
    for (size_t i = 0; i < sizeof grains / sizeof *grains; i++) {
        if (!write_axis(p, grains[i], line)) continue;
        size_t n = p->cells;
        while (n > 0 && line[n - 1] == ' ')
            n--;
        cyn_buf_repeat(out, " ", p->names + 2);
        cyn_buf_add(out, line, n);
        cyn_buf_putc(out, '\n');
        return;
    }
}

static void put_legend(const picture *p, cyn_buf *out)
{
    const char *between = "";
    for (size_t i = LOOKS; i-- > 0;) {
        if (!p->seen[i] || i == CYN_LOOKS_QUIET) continue;
        cyn_buf_printf(out, "%s%s %s", between, p->w->opts->ascii ? looks[i].ascii : looks[i].mark,
                       cyn_backtest_say(p->w, looks[i].en, looks[i].ja));
        between = "   ";
    }
    if (*between) cyn_buf_putc(out, '\n');
}

/* ---- all of it ---- */

static bool is_blank(const cyn_backtest_result *r)
{
    for (size_t i = 0; i < r->nlanes; i++)
        if (r->lanes[i].nchanges) return false;
    return true;
}

static int by_firing(const void *a, const void *b)
{
    const cyn_backtest_lane *x = *(const cyn_backtest_lane *const *)a,
                            *y = *(const cyn_backtest_lane *const *)b;
    if (x->firing != y->firing) return x->firing > y->firing ? -1 : 1;
    return strcmp(x->identity, y->identity);
}

static int by_identity(const void *a, const void *b)
{
    return strcmp((*(const cyn_backtest_lane *const *)a)->identity,
                  (*(const cyn_backtest_lane *const *)b)->identity);
}

/* The lanes that are shown, by identity: of many those that fired longest. */
static cyn_code choose_lanes(const cyn_backtest_result *r, cyn_arena *arena,
                             const cyn_backtest_lane *const **out, size_t *shown, cyn_err *err)
{
    const cyn_backtest_lane **lanes = CYN_NEW_ARRAY(arena, r->nlanes, const cyn_backtest_lane *);
    if (!lanes) return cyn_nomem(err);
    for (size_t i = 0; i < r->nlanes; i++)
        lanes[i] = &r->lanes[i];
    *shown = r->nlanes < LANES_MOST ? r->nlanes : LANES_MOST;
    if (*shown < r->nlanes) {
        qsort(lanes, r->nlanes, sizeof *lanes, by_firing);
        qsort(lanes, *shown, sizeof *lanes, by_identity);
    }
    *out = lanes;
    return CYN_OK;
}

static size_t widest_name(const cyn_backtest_result *r, const cyn_backtest_lane *const *lanes,
                          size_t shown)
{
    size_t widest = 0;
    for (size_t i = 0; i < shown; i++) {
        cyn_buf name = {0};
        cyn_put_segment(r, lanes[i]->labels, lanes[i]->nlabels, &name);
        size_t n = name.len ? cyn_width(name.data, name.len) : 0;
        if (n > widest) widest = n;
        cyn_buf_clear(&name);
    }
    return widest < NAME_MOST ? widest : NAME_MOST;
}

static void put_picture(picture *p, const cyn_backtest_lane *const *lanes, size_t shown,
                        cyn_buf *out)
{
    const cyn_backtest_words *w = p->w;
    bool markdown = w->opts->format == CYN_FORMAT_MARKDOWN;
    size_t width = w->opts->width ? w->opts->width : WIDTH;
    p->names = widest_name(p->r, lanes, shown);
    p->cells = width > p->names + 2 + CELLS_LEAST ? width - p->names - 2 : CELLS_LEAST;
    if (p->cells > CELLS_MOST) p->cells = CELLS_MOST;
    cyn_buf_puts(out, markdown ? "\n```\n" : "\n");
    for (size_t i = 0; i < shown; i++)
        put_lane(p, lanes[i], out);
    put_axis(p, out);
    if (p->r->nlanes > shown)
        cyn_buf_printf(out,
                       w->ja ? "発火の短いもの、なかったものはほか%zu件\n"
                             : "and %zu more that fired for a shorter time, or never\n",
                       p->r->nlanes - shown);
    put_legend(p, out);
    if (markdown) cyn_buf_puts(out, "```\n");
}

cyn_code cyn_backtest_timeline(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    picture p = {.w = w, .r = w->view->result};
    const cyn_backtest_lane *const *lanes = NULL;
    size_t shown = 0;
    if (is_blank(p.r)) return CYN_OK;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = choose_lanes(p.r, arena, &lanes, &shown, err);
    if (rc == CYN_OK) put_picture(&p, lanes, shown, out);
    cyn_arena_free(arena);
    return rc == CYN_OK ? cyn_buf_check(out, err) : rc;
}
