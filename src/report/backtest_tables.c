/* Tables of a backtest: incidents, known incidents, the combinations of a sweep. */
#include "report/backtest_impl.h"
#include "report/grid_impl.h"
#include <math.h>
#include <string.h>

#define ROWS_MOST    100 /* of incidents; --json has all */
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *yes_or_no(const cyn_backtest_words *w, bool x)
{
    return x ? cyn_backtest_say(w, "yes", "あり") : cyn_backtest_say(w, "no", "なし");
}

static const char *dash(const cyn_backtest_words *w)
{
    return w->opts->ascii ? "-" : "–";
}

/* ---- incidents ---- */

static const cyn_grid_head incident_heads[] = {
    {"START", "開始", CYN_LEFT, 0, false},      {"FOR", "継続", CYN_RIGHT, 0, false},
    {"SEVERITY", "重大度", CYN_LEFT, 3, false}, {"ALERT", "アラート", CYN_LEFT, 0, true},
    {"VALUE", "値", CYN_RIGHT, 1, false},
};
static const cyn_grid_head known_head = {"KNOWN", "既知", CYN_LEFT, 2, false};
static const cyn_grid_head note_head = {"NOTE", "備考", CYN_LEFT, 4, true};
enum { COL_START, COL_FOR, COL_SEVERITY, COL_ALERT, COL_VALUE, COL_MORE };

/* What is out of the ordinary about an incident. */
static void put_note(const cyn_backtest_words *w, const cyn_backtest_incident *it, cyn_buf *out)
{
    static const struct {
        const char *en, *ja;
    } ends[CYN_ALERT_REASONS] = {
        [CYN_REASON_GONE] = {"no longer reported", "報告が途絶えた"},
        [CYN_REASON_NO_DATA] = {"ended: no data", "データなしで終了"},
        [CYN_REASON_ERROR] = {"ended: error", "エラーで終了"},
    };
    const char *notes[4];
    size_t n = 0;
    if (it->seen == CYN_SEEN_NO_DATA) notes[n++] = cyn_backtest_say(w, "no data", "データなし");
    if (it->seen == CYN_SEEN_ERROR) notes[n++] = cyn_backtest_say(w, "error", "エラー");
    if (it->end != CYN_ALERT_NEVER && ends[it->reason].en)
        notes[n++] = cyn_backtest_say(w, ends[it->reason].en, ends[it->reason].ja);
    if (!it->told) notes[n++] = cyn_backtest_say(w, "damped: not told", "抑制：通知なし");
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_puts(out, cyn_backtest_say(w, ", ", "、"));
        cyn_buf_puts(out, notes[i]);
    }
}

static void add_incident(const cyn_backtest_words *w, cyn_grid *g, const cyn_backtest_incident *it,
                         bool notes)
{
    const cyn_backtest_result *r = w->view->result;
    bool open = it->end == CYN_ALERT_NEVER;
    cyn_put_moment(it->start, w->opts, &g->cell);
    cyn_grid_take(g, COL_START);
    cyn_put_length((open ? r->to : it->end) - it->start, w->opts->language, &g->cell);
    if (open) cyn_buf_putc(&g->cell, '+');
    cyn_grid_take(g, COL_FOR);
    cyn_put_look(cyn_look_of_severity(it->severity), w->opts, &g->cell);
    cyn_grid_take(g, COL_SEVERITY);
    cyn_put_segment(r, it->labels, it->nlabels, &g->cell);
    cyn_grid_take(g, COL_ALERT);
    if (isnan(it->value))
        cyn_buf_puts(&g->cell, dash(w));
    else
        cyn_put_value(cyn_plain_num(it->value),
                      w->view->metric ? w->view->metric->sheet.unit : NULL, w->opts->language,
                      w->opts->ascii, &g->cell);
    cyn_grid_take(g, COL_VALUE);
    if (r->score.given) cyn_grid_text(g, COL_MORE, yes_or_no(w, it->known));
    if (notes) put_note(w, it, &g->cell);
    if (notes) cyn_grid_take(g, COL_MORE + r->score.given);
    cyn_grid_row(g);
    if (cyn_look_of_severity(it->severity)->sgr)
        cyn_text_table_colour(g->text, COL_SEVERITY, cyn_look_of_severity(it->severity)->sgr);
    if (r->score.given)
        cyn_text_table_colour(g->text, COL_MORE,
                              cyn_status_looks[it->known ? CYN_GREEN : CYN_RED].sgr);
}

static bool is_noted(const cyn_backtest_words *w, const cyn_backtest_incident *it)
{
    cyn_buf note = {0};
    put_note(w, it, &note);
    bool noted = note.len > 0 || note.failed;
    cyn_buf_clear(&note);
    return noted;
}

/* The last ones, where they are too many. */
cyn_code cyn_backtest_incidents(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    const cyn_backtest_result *r = w->view->result;
    size_t left_out = r->nincidents > ROWS_MOST ? r->nincidents - ROWS_MOST : 0;
    cyn_grid_head heads[COUNT(incident_heads) + 2];
    size_t n = COUNT(incident_heads);
    bool notes = false;
    cyn_grid g;
    for (size_t i = left_out; i < r->nincidents && !notes; i++)
        notes = is_noted(w, &r->incidents[i]);
    memcpy(heads, incident_heads, sizeof incident_heads);
    if (r->score.given) heads[n++] = known_head;
    if (notes) heads[n++] = note_head;
    CYN_TRY(cyn_grid_init(&g, heads, n, w->opts, err));
    for (size_t i = left_out; i < r->nincidents; i++)
        add_incident(w, &g, &r->incidents[i], notes);
    cyn_buf_putc(out, '\n');
    CYN_TRY(cyn_grid_write(&g, out, err));
    if (left_out)
        cyn_buf_printf(out,
                       w->ja ? "\nそれ以前に%zu件（--json ですべて）\n"
                             : "\n%zu earlier ones are left out (--json has all)\n",
                       left_out);
    return CYN_OK;
}

/* ---- known incidents ---- */

/* Columns that there are only where there is something to stand in them. */
typedef struct known_columns {
    bool names, segments;
} known_columns;

static const cyn_grid_head from_head = {"KNOWN FROM", "既知の開始", CYN_LEFT, 0, false},
                           to_head = {"TO", "終了", CYN_LEFT, 2, false},
                           name_head = {"NAME", "名前", CYN_LEFT, 1, true},
                           about_head = {"ABOUT", "対象", CYN_LEFT, 3, true},
                           found_head = {"FOUND", "検知", CYN_LEFT, 0, false},
                           delay_head = {"DELAY", "遅れ", CYN_RIGHT, 0, false};
#define KNOWN_COLUMNS 6

static void add_known(const cyn_backtest_words *w, cyn_grid *g, known_columns columns,
                      const cyn_backtest_match *m)
{
    const cyn_known_incident *k = m->known;
    size_t col = 0;
    cyn_put_moment(k->from, w->opts, &g->cell);
    cyn_grid_take(g, col++);
    cyn_put_moment(k->to, w->opts, &g->cell);
    cyn_grid_take(g, col++);
    if (columns.names) cyn_grid_text(g, col++, k->name ? k->name : "");
    if (columns.segments) {
        cyn_put_labels(k->labels, k->nlabels, &g->cell);
        cyn_grid_take(g, col++);
    }
    size_t found = col++;
    cyn_grid_text(g, found,
                  m->outside ? cyn_backtest_say(w, "not counted", "対象外")
                             : yes_or_no(w, m->found));
    if (m->found)
        cyn_put_delay(w, m->delay, &g->cell);
    else
        cyn_buf_puts(&g->cell, dash(w));
    cyn_grid_take(g, col);
    cyn_grid_row(g);
    if (!m->outside)
        cyn_text_table_colour(g->text, found, cyn_status_looks[m->found ? CYN_GREEN : CYN_RED].sgr);
}

cyn_code cyn_backtest_known(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    const cyn_backtest_score *s = &w->view->result->score;
    known_columns columns = {false, false};
    cyn_grid_head heads[KNOWN_COLUMNS];
    size_t n = 0;
    cyn_grid g;
    for (size_t i = 0; i < s->nmatches; i++) {
        columns.names |= s->matches[i].known->name != NULL;
        columns.segments |= s->matches[i].known->nlabels > 0;
    }
    heads[n++] = from_head;
    heads[n++] = to_head;
    if (columns.names) heads[n++] = name_head;
    if (columns.segments) heads[n++] = about_head;
    heads[n++] = found_head;
    heads[n++] = delay_head;
    CYN_TRY(cyn_grid_init(&g, heads, n, w->opts, err));
    for (size_t i = 0; i < s->nmatches; i++)
        add_known(w, &g, columns, &s->matches[i]);
    cyn_buf_putc(out, '\n');
    return cyn_grid_write(&g, out, err);
}

/* ---- sweeps ---- */

static const cyn_grid_head figure_heads[] = {
    {"INCIDENTS", "件数", CYN_RIGHT, 0, false}, {"PAGES/WEEK", "通知/週", CYN_RIGHT, 0, false},
    {"FIRING", "発火", CYN_RIGHT, 1, false},    {"PRECISION", "適合率", CYN_RIGHT, 0, false},
    {"RECALL", "再現率", CYN_RIGHT, 0, false},  {"DELAY", "遅れ", CYN_RIGHT, 0, false},
};
#define SCORES 3 /* the last of them are there with known incidents only */

static void take_share(const cyn_backtest_words *w, cyn_grid *g, size_t col,
                       const cyn_backtest_share *s)
{
    if (s->n)
        cyn_buf_printf(&g->cell, w->ja ? "%.0f%%（%zu/%zu）" : "%.0f %% (%zu/%zu)", 100 * s->share,
                       s->k, s->n);
    else
        cyn_buf_puts(&g->cell, dash(w));
    cyn_grid_take(g, col);
}

static void add_figures(const cyn_backtest_words *w, cyn_grid *g, size_t col,
                        const cyn_backtest_result *r)
{
    cyn_buf_printf(&g->cell, "%zu", r->nincidents);
    cyn_grid_take(g, col++);
    cyn_buf_printf(&g->cell, "%.2f", r->pages_per_week);
    cyn_grid_take(g, col++);
    cyn_put_length(r->firing, w->opts->language, &g->cell);
    cyn_grid_take(g, col++);
    if (!r->score.given) return;
    take_share(w, g, col++, &r->score.precision);
    take_share(w, g, col++, &r->score.recall);
    if (r->score.delay == CYN_ALERT_NEVER)
        cyn_buf_puts(&g->cell, dash(w));
    else
        cyn_put_delay(w, r->score.delay, &g->cell);
    cyn_grid_take(g, col);
}

cyn_code cyn_backtest_sweep(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    const cyn_backtest_view *v = w->view;
    size_t n = 0, figures = COUNT(figure_heads) - (v->trials[0].result.score.given ? 0 : SCORES);
    cyn_grid_head heads[1 + CYN_BACKTEST_SETTINGS + COUNT(figure_heads)];
    cyn_grid g;
    heads[n++] = (cyn_grid_head){"", "", CYN_LEFT, 0, false};
    for (size_t i = 0; i < v->nsettings && i < CYN_BACKTEST_SETTINGS; i++)
        heads[n++] = (cyn_grid_head){v->settings[i], v->settings[i], CYN_RIGHT, 0, false};
    memcpy(&heads[n], figure_heads, figures * sizeof *heads);
    CYN_TRY(cyn_grid_init(&g, heads, n + figures, w->opts, err));
    for (size_t i = 0; i < v->ntrials; i++) {
        const cyn_backtest_trial *t = &v->trials[i];
        cyn_grid_text(&g, 0, t->own ? (w->opts->ascii ? "*" : "◆") : "");
        for (size_t k = 1; k < n; k++)
            cyn_grid_text(&g, k, t->values[k - 1]);
        add_figures(w, &g, n, &t->result);
        cyn_grid_row(&g);
    }
    return cyn_grid_write(&g, out, err);
}
