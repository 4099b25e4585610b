#include "report/agenda.h"
#include "report/alerts.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *const cyn_agenda_kind_names[] = {"source", "metric", "rule", "report", NULL};

static const char *kind_word(cyn_agenda_kind kind, const cyn_report_options *opts)
{
    static const char *const ja[] = {"データ元", "指標", "ルール", "レポート"};
    return cyn_report_words(opts, cyn_agenda_kind_names[kind], ja[kind]);
}

/* ---- the table ---- */

enum { NEXT, KIND, NAME, WHEN, PERIOD, LAST, TOOK, LATE };
static const cyn_grid_head heads[] = {
    [NEXT] = {"NEXT", "次回", CYN_LEFT, 0, false},
    [KIND] = {"KIND", "種別", CYN_LEFT, 5, false},
    [NAME] = {"NAME", "名前", CYN_LEFT, 0, true},
    [WHEN] = {"WHEN", "いつ", CYN_LEFT, 1, true},
    [PERIOD] = {"PERIOD", "期間", CYN_LEFT, 6, false},
    [LAST] = {"LAST", "前回", CYN_LEFT, 2, false},
    [TOOK] = {"TOOK", "所要", CYN_RIGHT, 4, false},
    [LATE] = {"LATE", "遅れ", CYN_RIGHT, 3, false},
};

static void put_time(int64_t at, const cyn_report_options *opts, cyn_buf *out)
{
    bool is_one = at != CYN_TIME_MIN && at != CYN_TIME_MAX;
    cyn_put_moment(is_one ? at : CYN_ALERT_NEVER, opts, out);
}

/* "350 ms", "1.4 s", "2 min 5 s"; nothing where it is not known. */
static void put_length(int64_t micros, const cyn_report_options *opts, cyn_buf *out)
{
    bool ja = cyn_report_words(opts, "", "ja")[0];
    if (micros < 0) return;
    if (micros < CYN_SECOND)
        cyn_buf_printf(out, ja ? "%lldミリ秒" : "%lld ms", (long long)(micros / 1000));
    else if (micros < 10 * CYN_SECOND)
        cyn_buf_printf(out, ja ? "%.1f秒" : "%.1f s", floor((double)micros / 1e5) / 10);
    else
        cyn_put_length(micros, opts->language, out);
}

/* "売上（channel別）", "Revenue by channel" */
static void put_name(const cyn_agenda_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    const char *name = i->title ? i->title : i->name;
    cyn_clean_text(name, strlen(name), out);
    if (!i->by) return;
    cyn_buf_puts(out, cyn_report_words(opts, " by ", "（"));
    cyn_clean_text(i->by, strlen(i->by), out);
    cyn_buf_puts(out, cyn_report_words(opts, "", "別）"));
}

static void add_row(cyn_grid *g, const cyn_agenda_item *i, int64_t now)
{
    const cyn_report_options *opts = g->opts;
    bool is_due = i->next <= now;
    put_time(i->next, opts, &g->cell);
    if (is_due) cyn_buf_puts(&g->cell, cyn_report_words(opts, " (due)", "（期限到来）"));
    cyn_grid_take(g, NEXT);
    cyn_grid_text(g, KIND, kind_word(i->kind, opts));
    put_name(i, opts, &g->cell);
    cyn_grid_take(g, NAME);
    cyn_grid_text(g, WHEN, i->when);
    if (i->period) cyn_grid_text(g, PERIOD, i->period);
    put_time(i->last, opts, &g->cell);
    cyn_grid_take(g, LAST);
    put_length(i->took, opts, &g->cell);
    cyn_grid_take(g, TOOK);
    put_length(i->late, opts, &g->cell);
    cyn_grid_take(g, LATE);
    cyn_grid_row(g);
    if (is_due) cyn_text_table_colour(g->text, NEXT, cyn_status_looks[CYN_YELLOW].sgr);
    if (i->error) cyn_text_table_colour(g->text, NAME, cyn_status_looks[CYN_RED].sgr);
}

/* ---- below it ---- */

static void begin_note(const cyn_agenda_item *i, const char *mark, const cyn_report_options *opts,
                       cyn_buf *out)
{
    if (opts->format == CYN_FORMAT_MARKDOWN) cyn_buf_puts(out, "- ");
    if (!opts->ascii) cyn_buf_printf(out, "%s ", mark);
    cyn_buf_printf(out, "%s ", kind_word(i->kind, opts));
    cyn_clean_text(i->name, strlen(i->name), out);
    if (i->by) {
        cyn_buf_puts(out, cyn_report_words(opts, " by ", "（"));
        cyn_clean_text(i->by, strlen(i->by), out);
        cyn_buf_puts(out, cyn_report_words(opts, "", "別）"));
    }
    cyn_buf_puts(out, cyn_report_words(opts, ": ", "："));
}

static void put_failure(const cyn_agenda_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    bool ja = cyn_report_words(opts, "", "ja")[0];
    begin_note(i, "✗", opts, out);
    if (i->failures > 1)
        cyn_buf_printf(out, ja ? "%lld回連続で失敗：" : "failed %lld times in a row: ",
                       (long long)i->failures);
    cyn_clean_text(i->error, strlen(i->error), out);
    cyn_buf_putc(out, '\n');
}

static void put_missed(const cyn_agenda_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    bool ja = cyn_report_words(opts, "", "ja")[0];
    begin_note(i, "⊘", opts, out);
    cyn_buf_printf(out, ja ? "%lld回は実行されませんでした" : "%lld time%s missed for good",
                   (long long)i->missed, i->missed == 1 ? "" : "s");
    cyn_buf_putc(out, '\n');
}

static void put_notes(const cyn_agenda_item *items, size_t n, const cyn_report_options *opts,
                      cyn_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any = any || items[i].error || items[i].missed > 0;
    if (any) cyn_buf_putc(out, '\n');
    for (size_t i = 0; i < n; i++) {
        if (items[i].error) put_failure(&items[i], opts, out);
        if (items[i].missed > 0) put_missed(&items[i], opts, out);
    }
}

static cyn_code write_table(const cyn_agenda_item *items, size_t n, int64_t now,
                            const cyn_report_options *opts, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    if (n == 0) {
        cyn_buf_puts(out, cyn_report_words(opts, "Nothing runs by itself.\n",
                                           "自動で実行されるものはありません。\n"));
        return CYN_OK;
    }
    CYN_TRY(cyn_grid_init(&g, heads, COUNT(heads), opts, err));
    for (size_t i = 0; i < n; i++)
        add_row(&g, &items[i], now);
    CYN_TRY(cyn_grid_write(&g, out, err));
    put_notes(items, n, opts, out);
    return CYN_OK;
}

/* ---- for programs ---- */

static void put_seconds(cyn_buf *out, const char *name, int64_t micros)
{
    cyn_json_real(out, name, micros < 0 ? NAN : (double)micros / CYN_SECOND);
}

static void put_count(cyn_buf *out, const char *name, int64_t count)
{
    cyn_json_number(out, name, cyn_num_integer(count));
}

static void write_json(const cyn_agenda_item *items, size_t n, int64_t now,
                       const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t k = 0; k < n; k++) {
        const cyn_agenda_item *i = &items[k];
        cyn_buf_printf(out, "{\"kind\":\"%s\"", cyn_agenda_kind_names[i->kind]);
        cyn_json_text(out, "name", i->name);
        cyn_json_text(out, "by", i->by);
        cyn_json_text(out, "title", i->title);
        cyn_json_text(out, "when", i->when);
        cyn_json_text(out, "period", i->period);
        cyn_json_time(out, "next", i->next, opts->calendar->tz);
        cyn_json_boolean(out, "due", i->next <= now);
        cyn_json_time(out, "last", i->last, opts->calendar->tz);
        put_seconds(out, "took_s", i->took);
        put_seconds(out, "late_s", i->late);
        put_count(out, "missed", i->missed);
        put_count(out, "failures", i->failures);
        cyn_json_text(out, "error", i->error);
        cyn_buf_puts(out, "}\n");
    }
}

cyn_code cyn_report_agenda(const cyn_agenda_item *items, size_t n, int64_t now,
                           const cyn_report_options *opts, cyn_buf *out, cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_table(items, n, now, opts, out, err)); break;
    case CYN_FORMAT_JSON: write_json(items, n, now, opts, out); break;
    case CYN_FORMAT_CSV:
        return cyn_fail(err, CYN_E_UNSUPPORTED, "the schedule is not written as CSV");
    }
    return cyn_buf_check(out, err);
}
