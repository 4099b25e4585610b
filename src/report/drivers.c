#include "report/drivers.h"
#include "base/text.h"
#include "report/drivers_impl.h"
#include "report/failures.h"
#include "report/grid_impl.h"
#include <math.h>
#include <string.h>

/* ---- words ---- */

/* Periods as they are counted: "2 weeks", 「2週」. */
static const struct {
    const char *one, *many, *same_ja, *ja;
} units[] = {
    [CYN_ALL] = {"period", "periods", "同期", "期"},
    [CYN_MINUTES] = {"period", "periods", "同期", "期"},
    [CYN_HOURLY] = {"hour", "hours", "同じ時間", "時間"},
    [CYN_DAILY] = {"day", "days", "同じ日", "日"},
    [CYN_WEEK] = {"week", "weeks", "同じ週", "週"},
    [CYN_MONTH] = {"month", "months", "同じ月", "か月"},
    [CYN_QUARTER] = {"quarter", "quarters", "同じ四半期", "四半期"},
    [CYN_YEAR] = {"year", "years", "同じ年", "年"},
};

typedef struct look {
    const cyn_drivers *d;
    const cyn_report_options *opts;
    bool ja;
    cyn_grain_unit unit;
} look;

static const char *words(const look *l, const char *en, const char *ja)
{
    return l->ja ? ja : en;
}

static void put_periods(const look *l, size_t n, cyn_buf *out)
{
    if (l->ja)
        cyn_buf_printf(out, "%zu%s", n, units[l->unit].ja);
    else
        cyn_buf_printf(out, "%zu %s", n, n == 1 ? units[l->unit].one : units[l->unit].many);
}

static void put_title(const look *l, const cyn_metric *m, cyn_buf *out)
{
    const char *title = cyn_label_text(m->sheet.title, l->opts->language, m->name);
    cyn_clean_text(title, strlen(title), out);
}

/* "2 weeks before" */
static void put_lag(const look *l, const cyn_evidence *e, cyn_buf *out)
{
    if (!e->correlation.enough) return;
    if (e->correlation.lag == 0 && l->ja) {
        cyn_buf_puts(out, units[l->unit].same_ja);
    } else if (e->correlation.lag == 0) {
        cyn_buf_printf(out, "same %s", units[l->unit].one);
    } else {
        put_periods(l, (size_t)e->correlation.lag, out);
        cyn_buf_puts(out, words(l, " before", "前"));
    }
}

static void put_interval(const look *l, const cyn_evidence *e, cyn_buf *out)
{
    const cyn_correlation *c = &e->correlation;
    if (c->enough)
        cyn_buf_printf(out, "%+.2f %s %+.2f", c->low, l->opts->ascii ? ".." : "…", c->high);
}

static void put_too_short(const look *l, const cyn_evidence *e, cyn_buf *out)
{
    if (l->ja) {
        cyn_buf_puts(out, "履歴不足（");
        put_periods(l, e->needs, out);
        cyn_buf_puts(out, "のうち");
        put_periods(l, e->has, out);
        cyn_buf_puts(out, "）");
    } else {
        cyn_buf_printf(out, "not enough history (%zu of ", e->has);
        put_periods(l, e->needs, out);
        cyn_buf_putc(out, ')');
    }
}

static void put_verdict(const look *l, const cyn_evidence *e, cyn_buf *out)
{
    static const struct {
        const char *en, *ja;
    } texts[] = {
        [CYN_AS_EXPECTED] = {"as expected", "想定どおり"},
        [CYN_OPPOSITE] = {"opposite sign", "符号が逆"},
        [CYN_RELATED] = {"related", "関係あり"},
        [CYN_UNRELATED] = {"no relation seen", "関係は見られない"},
        [CYN_UNVARYING] = {"does not vary", "変動なし"},
        [CYN_TOO_SHORT] = {"", ""},
        [CYN_UNKNOWN] = {"error", "エラー"},
    };
    if (e->verdict == CYN_TOO_SHORT)
        put_too_short(l, e, out);
    else
        cyn_buf_puts(out, words(l, texts[e->verdict].en, texts[e->verdict].ja));
}

static const char *expected(const look *l, const cyn_evidence *e)
{
    if (e->expected == CYN_UP) return l->opts->ascii ? "up" : "↑";
    if (e->expected == CYN_DOWN) return l->opts->ascii ? "down" : "↓";
    return l->opts->ascii ? "-" : "–";
}

static const char *sgr_of(cyn_verdict v)
{
    return v == CYN_AS_EXPECTED                    ? cyn_status_looks[CYN_GREEN].sgr
           : v == CYN_OPPOSITE || v == CYN_UNKNOWN ? cyn_status_looks[CYN_RED].sgr
                                                   : NULL;
}

/* ---- tables ---- */

/* The columns that both tables end with. */
#define SEEN_HEADS                                                                                 \
    {"SEEN", "判定", CYN_LEFT, 0, false}, {"WHEN", "時期", CYN_LEFT, 2, false},                    \
        {"R", "R", CYN_RIGHT, 1, false}, {"95 %", "95%", CYN_RIGHT, 3, false},                     \
    {                                                                                              \
        "N", "N", CYN_RIGHT, 4, false                                                              \
    }

static const cyn_grid_head declared_heads[] = {{"DRIVER", "ドライバー", CYN_LEFT, 0, true},
                                               {"MOVES", "対象", CYN_LEFT, 0, true},
                                               {"EXPECTED", "想定", CYN_LEFT, 5, false},
                                               SEEN_HEADS};
static const cyn_grid_head ranking_heads[] = {{"#", "#", CYN_RIGHT, 0, false},
                                              {"METRIC", "指標", CYN_LEFT, 0, true},
                                              {"LAYER", "層", CYN_LEFT, 5, false},
                                              SEEN_HEADS};
#define FIRST_SEEN   3
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Ends the row. */
static void add_seen(const look *l, cyn_grid *g, const cyn_evidence *e)
{
    put_verdict(l, e, &g->cell);
    cyn_grid_take(g, FIRST_SEEN);
    put_lag(l, e, &g->cell);
    cyn_grid_take(g, FIRST_SEEN + 1);
    if (e->correlation.enough) cyn_buf_printf(&g->cell, "%+.2f", e->correlation.r);
    cyn_grid_take(g, FIRST_SEEN + 2);
    put_interval(l, e, &g->cell);
    cyn_grid_take(g, FIRST_SEEN + 3);
    if (e->verdict != CYN_UNKNOWN) cyn_buf_printf(&g->cell, "%zu", e->correlation.n);
    cyn_grid_take(g, FIRST_SEEN + 4);
    cyn_grid_row(g);
    if (sgr_of(e->verdict)) cyn_text_table_colour(g->text, FIRST_SEEN, sgr_of(e->verdict));
}

static cyn_code write_declared(const look *l, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    CYN_TRY(cyn_grid_init(&g, declared_heads, COUNT(declared_heads), l->opts, err));
    for (size_t i = 0; i < l->d->ndeclared; i++) {
        const cyn_evidence *e = &l->d->declared[i];
        put_title(l, e->metric, &g.cell);
        cyn_grid_take(&g, 0);
        put_title(l, e->of, &g.cell);
        cyn_grid_take(&g, 1);
        cyn_grid_text(&g, 2, expected(l, e));
        add_seen(l, &g, e);
    }
    return cyn_grid_write(&g, out, err);
}

static const char *layer_words(const look *l, cyn_layer layer)
{
    static const char *const ja[] = {"", "先行", "一致", "遅行"};
    return words(l, cyn_layer_names[layer], ja[layer]);
}

static cyn_code write_ranking(const look *l, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    CYN_TRY(cyn_grid_init(&g, ranking_heads, COUNT(ranking_heads), l->opts, err));
    for (size_t i = 0; i < l->d->nranking; i++) {
        const cyn_evidence *e = &l->d->ranking[i];
        if (i < l->d->ncandidates) cyn_buf_printf(&g.cell, "%zu", i + 1);
        cyn_grid_take(&g, 0);
        put_title(l, e->metric, &g.cell);
        cyn_grid_take(&g, 1);
        cyn_grid_text(&g, 2, layer_words(l, e->metric->sheet.layer));
        add_seen(l, &g, e);
    }
    return cyn_grid_write(&g, out, err);
}

/* ---- what stands around them ---- */

static void put_heading(const look *l, cyn_buf *out)
{
    char label[64];
    cyn_period_label(l->opts->calendar, l->d->period, label, sizeof label);
    put_title(l, l->d->root, out);
    if (l->ja) {
        cyn_buf_printf(out, "を動かすもの：%sまでの", label);
        put_periods(l, l->d->periods, out);
        cyn_buf_puts(out, "の変化から\n\n");
    } else {
        cyn_buf_puts(out, ": what moves it, by the changes of ");
        put_periods(l, l->d->periods, out);
        cyn_buf_printf(out, " up to %s\n\n", label);
    }
}

static void put_candidates_heading(const look *l, cyn_buf *out)
{
    cyn_buf_puts(out, words(l, "\nCandidates for key success factors of ", "\n"));
    put_title(l, l->d->root, out);
    cyn_buf_puts(out, words(l, "", "の重要成功要因（KSF）の候補"));
    if (l->d->ncandidates == 0) cyn_buf_puts(out, words(l, ": none yet", "：まだありません"));
    cyn_buf_puts(out, "\n\n");
}

static bool any_seasonal(const cyn_drivers *d)
{
    for (size_t i = 0; i < d->ndeclared + d->nranking; i++) {
        if (cyn_drivers_item(d, i)->season > 1) return true;
    }
    return false;
}

static void put_seasonal(const look *l, cyn_buf *out)
{
    const char *glue = words(l, "Seasonal, so compared with the same season before: ",
                             "季節性があるため前の季節の同期と比較：");
    if (!any_seasonal(l->d)) return;
    for (size_t i = 0; i < l->d->ndeclared + l->d->nranking; i++) {
        const cyn_evidence *e = cyn_drivers_item(l->d, i);
        bool again = i >= l->d->ndeclared && e->declared; /* stands above, too */
        if (e->season <= 1 || again) continue;
        cyn_buf_puts(out, glue);
        put_title(l, e->metric, out);
        cyn_buf_puts(out, l->opts->ascii ? " -> " : " → ");
        put_title(l, e->of, out);
        glue = ", ";
    }
    cyn_buf_putc(out, '\n');
}

static void put_errors(const look *l, cyn_buf *out)
{
    cyn_failures failures = {0};
    for (size_t i = 0; i < l->d->ndeclared + l->d->nranking; i++) {
        const cyn_evidence *e = cyn_drivers_item(l->d, i);
        if (e->error) cyn_failures_add(&failures, e->failed, e->error);
    }
    cyn_failures_write(&failures, l->opts, out);
    cyn_failures_clear(&failures);
}

static void put_notes(const look *l, cyn_buf *out)
{
    cyn_buf_puts(out, "\n");
    put_seasonal(l, out);
    cyn_buf_puts(out, words(l,
                            "R is the correlation of changes, 95 % its interval, allowing for all "
                            "lags tried (0 to ",
                            "R は変化どうしの相関、95% はその区間（試した遅れすべてを考慮：0〜"));
    put_periods(l, (size_t)l->d->max_lag, out);
    cyn_buf_puts(out, words(l, ").\n", "）\n"));
    if (l->d->all)
        cyn_buf_puts(out, words(l, "Of 20 unrelated metrics one looks related by chance.\n",
                                "無関係な指標も20個に1個は偶然に関係があるように見えます。\n"));
    put_errors(l, out);
}

static void put_none(const look *l, cyn_buf *out)
{
    cyn_buf_puts(out, words(l, "No drivers are declared for ", ""));
    put_title(l, l->d->root, out);
    cyn_buf_puts(out, words(l, " or what it is made of.\n",
                            "とその構成要素にはドライバーが宣言されていません。\n"));
    if (l->d->all)
        cyn_buf_puts(out, words(l, "No other metric stands apart from it.\n",
                                "ほかに独立した指標もありません。\n"));
    else
        cyn_buf_puts(out,
                     words(l, "Declare them, drivers = { aha_rate = \"up\" }, or try --all.\n",
                           "drivers = { aha_rate = \"up\" } と書くか、--all を付けてください。\n"));
}

static cyn_code write_text(const look *l, cyn_buf *out, cyn_err *err)
{
    if (l->d->ndeclared + l->d->nranking == 0) {
        put_none(l, out);
        return CYN_OK;
    }
    put_heading(l, out);
    if (l->d->ndeclared) CYN_TRY(write_declared(l, out, err));
    if (l->d->nranking) {
        put_candidates_heading(l, out);
        CYN_TRY(write_ranking(l, out, err));
    }
    put_notes(l, out);
    return CYN_OK;
}

cyn_code cyn_report_drivers(const cyn_drivers *d, const cyn_report_options *opts, cyn_buf *out,
                            cyn_err *err)
{
    look l = {
        .d = d, .opts = opts, .ja = cyn_is_japanese(opts->language), .unit = d->period.grain.unit};
    switch (opts->format) {
    case CYN_FORMAT_JSON: cyn_drivers_json(d, opts, out); break;
    case CYN_FORMAT_CSV: cyn_drivers_csv(d, opts, out); break;
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_text(&l, out, err)); break;
    }
    return cyn_buf_check(out, err);
}
