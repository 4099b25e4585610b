/* Points as a table for people: a row per point, a metric's title on its first row only, and only
 * columns in which somebody has something to say. */
#include "base/arena.h"
#include "base/text.h"
#include "report/failures.h"
#include "report/report_impl.h"

typedef enum col_id {
    COL_METRIC,
    COL_PERIOD,
    COL_VALUE,
    COL_UNIT,
    COL_PREVIOUS,
    COL_CHANGE,
    COL_LAST_YEAR,
    COL_TARGET,
    COL_STATUS,
    COL_TREND,
    COL_COUNT,
} col_id;

static const struct {
    const char *en, *ja;
    cyn_align align;
    int priority; /* as of cyn_text_table_column */
    bool shrinkable;
} columns[COL_COUNT] = {
    [COL_METRIC] = {"METRIC", "指標", CYN_LEFT, 0, true},
    [COL_PERIOD] = {"PERIOD", "期間", CYN_LEFT, 2, false},
    [COL_VALUE] = {"VALUE", "値", CYN_RIGHT, 0, false},
    [COL_UNIT] = {"UNIT", "単位", CYN_LEFT, 5, false},
    [COL_PREVIOUS] = {"PREVIOUS", "前期", CYN_RIGHT, 4, false},
    [COL_CHANGE] = {"CHANGE", "変化", CYN_RIGHT, 3, false},
    [COL_LAST_YEAR] = {"LAST YEAR", "前年", CYN_RIGHT, 7, false},
    [COL_TARGET] = {"TARGET", "目標", CYN_RIGHT, 6, false},
    [COL_STATUS] = {"STATUS", "判定", CYN_LEFT, 1, false},
    [COL_TREND] = {"TREND", "推移", CYN_LEFT, 8, false},
};

typedef struct table {
    const cyn_report_options *opts;
    const cyn_point *points;
    size_t n;
    bool ja, markdown;
    bool shows[COL_COUNT];
    bool nsm, partial, immature, failed, many_periods;
    cyn_dim_list dims;
    size_t at[COL_COUNT]; /* column number in `text` */
    size_t ncolumns;
    cyn_text_table *text;
    const char **cells; /* of the row being composed */
    cyn_buf scratch;
    cyn_arena *arena;
} table;

/* Headings of what was asked to be compared with. */
static const struct {
    const char *en, *ja;
} comparisons[] = {
    [CYN_AGAINST_PREVIOUS] = {"PREVIOUS", "前期"},
    [CYN_AGAINST_LAST_YEAR] = {"LAST YEAR", "前年"},
    [CYN_AGAINST_TARGET] = {"TARGET", "目標"},
    [CYN_AGAINST_MARKET] = {"MARKET", "市場"},
};

static const char *words(const table *t, const char *en, const char *ja)
{
    return t->ja ? ja : en;
}

static cyn_num target_of(const cyn_point *p)
{
    cyn_num target = cyn_point_target(p);
    return cyn_num_is_missing(target) ? target : cyn_written_num(target.r);
}

/* What the value and its change are compared with. */
static cyn_num compared_with(const table *t, const cyn_point *p)
{
    const cyn_against *a = t->opts->against;
    if (!a) return p->previous;
    bool written = a->kind == CYN_AGAINST_TARGET || a->kind == CYN_AGAINST_MARKET;
    if (!written || cyn_num_is_missing(p->against.value)) return p->against.value;
    return cyn_written_num(p->against.value.r);
}

/* A period is called by its label, whichever name it was given by. */
static const char *period_heading(const table *t, char *label, size_t size)
{
    cyn_period period;
    for (size_t i = 0; i < t->n; i++) {
        const cyn_period of = t->points[i].period;
        if (!cyn_against_period(t->opts->against, t->opts->calendar, of, &period)) continue;
        cyn_period_label(t->opts->calendar, period, label, size);
        return label;
    }
    return t->opts->against->period;
}

static const char *comparison_heading(const table *t, char *label, size_t size)
{
    const cyn_against *a = t->opts->against;
    if (!a) return words(t, columns[COL_PREVIOUS].en, columns[COL_PREVIOUS].ja);
    if (a->kind == CYN_AGAINST_PERIOD) return period_heading(t, label, size);
    return words(t, comparisons[a->kind].en, comparisons[a->kind].ja);
}

static void look_at(table *t, const cyn_point *p)
{
    const char *unit = p->metric->sheet.unit;
    t->nsm |= p->metric->sheet.role == CYN_NSM;
    t->partial |= p->partial && !p->failed;
    t->immature |= p->immature && !p->failed;
    t->failed |= p->failed;
    t->many_periods |=
        p > t->points && p[-1].metric == p->metric && p[-1].period.start != p->period.start;
    t->shows[COL_UNIT] |= unit && *unit && !cyn_unit_shown(unit);
    t->shows[COL_PREVIOUS] |= !cyn_num_is_missing(compared_with(t, p));
    t->shows[COL_LAST_YEAR] |= !cyn_num_is_missing(p->last_year);
    t->shows[COL_TARGET] |= !cyn_num_is_missing(target_of(p));
    t->shows[COL_STATUS] |= p->status != CYN_STATUS_NONE;
    t->shows[COL_TREND] |= p->history && p->nhistory > 1;
}

static void survey(table *t)
{
    t->shows[COL_METRIC] = t->shows[COL_PERIOD] = t->shows[COL_VALUE] = true;
    for (size_t i = 0; i < t->n; i++)
        look_at(t, &t->points[i]);
    const cyn_against *a = t->opts->against;
    if (a) { /* once is enough; and what was asked for is shown even where nobody has it */
        t->shows[COL_PREVIOUS] = true;
        t->shows[COL_LAST_YEAR] &= a->kind != CYN_AGAINST_LAST_YEAR;
        t->shows[COL_TARGET] &= a->kind != CYN_AGAINST_TARGET;
    }
    t->shows[COL_CHANGE] = t->shows[COL_PREVIOUS];
}

/* Numbers the columns (dimensions stand after the metric) and makes the table. */
static cyn_code lay_out(table *t, cyn_err *err)
{
    for (size_t id = 0; id < COL_COUNT; id++) {
        if (id == COL_PERIOD) t->ncolumns += t->dims.n;
        t->at[id] = t->ncolumns;
        t->ncolumns += t->shows[id];
    }
    t->text = cyn_text_table_new(t->ncolumns);
    t->arena = cyn_arena_new(0);
    t->cells = cyn_calloc(t->ncolumns, sizeof *t->cells);
    if (!t->text || !t->arena || !t->cells) return cyn_nomem(err);
    if (t->opts->ascii) cyn_text_table_ascii(t->text);

    for (size_t id = 0; id < COL_COUNT; id++) {
        if (!t->shows[id]) continue;
        /* Rows of several periods say nothing without their period. */
        int priority = id == COL_PERIOD && t->many_periods ? 0 : columns[id].priority;
        char label[64];
        const char *heading = id == COL_PREVIOUS ? comparison_heading(t, label, sizeof label)
                                                 : words(t, columns[id].en, columns[id].ja);
        cyn_text_table_column(t->text, t->at[id], heading, columns[id].align, priority,
                              columns[id].shrinkable);
    }
    for (size_t i = 0; i < t->dims.n; i++)
        cyn_text_table_column(t->text, 1 + i, t->dims.names[i], CYN_LEFT, 0, true);
    return CYN_OK;
}

/* Takes what was composed in scratch as a cell of the row. */
static void set(table *t, size_t col)
{
    const cyn_buf *b = &t->scratch;
    t->cells[col] = cyn_strndup(t->arena, b->data ? b->data : "", b->len);
    if (!t->cells[col]) t->scratch.failed = true;
    cyn_buf_reset(&t->scratch);
}

static void set_words(table *t, col_id id, const char *s)
{
    if (!t->shows[id]) return;
    cyn_buf_puts(&t->scratch, s);
    set(t, t->at[id]);
}

static void set_value(table *t, col_id id, const cyn_point *p, cyn_num n)
{
    if (!t->shows[id]) return;
    cyn_put_value(n, p->metric->sheet.unit, t->opts->language, t->opts->ascii, &t->scratch);
    set(t, t->at[id]);
}

static void set_metric(table *t, const cyn_point *p, bool again)
{
    const cyn_metric *m = p->metric;
    if (!again) {
        cyn_put_star(m, t->opts->ascii, &t->scratch);
        if (m->sheet.role != CYN_NSM && t->nsm && !t->markdown) cyn_buf_puts(&t->scratch, "  ");
        cyn_buf_puts(&t->scratch, cyn_label_text(m->sheet.title, t->opts->language, m->name));
    }
    set(t, t->at[COL_METRIC]);
}

static void set_segment(table *t, const cyn_point *p)
{
    for (size_t i = 0; i < t->dims.n; i++) {
        const cyn_const *k = cyn_point_key(p, t->dims.names[i]);
        if (k && k->kind != CYN_CONST_NIL)
            cyn_put_key(k, &t->scratch);
        else if (k)
            cyn_buf_puts(&t->scratch, t->opts->ascii ? "-" : "–");
        set(t, 1 + i);
    }
}

static void set_period(table *t, const cyn_point *p)
{
    char label[64];
    cyn_period_label(t->opts->calendar, p->period, label, sizeof label);
    set_words(t, COL_PERIOD, p->period.grain.unit == CYN_ALL ? words(t, "all", "全期間") : label);
}

static void set_main_value(table *t, const cyn_point *p)
{
    const char *unit = p->metric->sheet.unit;
    if (p->failed) {
        set_words(t, COL_VALUE, words(t, "error", "エラー"));
    } else {
        bool marked = !cyn_num_is_missing(p->value);
        if (marked && p->partial) cyn_buf_putc(&t->scratch, '~');
        if (marked && p->immature) cyn_buf_putc(&t->scratch, '^');
        set_value(t, COL_VALUE, p, p->value);
    }
    set_words(t, COL_UNIT, unit && !cyn_unit_shown(unit) ? unit : "");
}

/* Returns the colour of the change: good, bad or none. */
static const char *set_change(table *t, const cyn_point *p)
{
    const cyn_sheet *s = &p->metric->sheet;
    if (!t->shows[COL_CHANGE]) return NULL;
    int sign = p->failed ? 0
                         : cyn_put_change(compared_with(t, p), p->value, s->unit, t->opts->language,
                                          &t->scratch);
    if (!t->scratch.len) cyn_buf_puts(&t->scratch, t->opts->ascii ? "-" : "–");
    set(t, t->at[COL_CHANGE]);
    if (!sign || (s->direction != CYN_UP && s->direction != CYN_DOWN)) return NULL;
    return cyn_status_looks[(sign > 0) == (s->direction == CYN_UP) ? CYN_GREEN : CYN_RED].sgr;
}

static void set_status(table *t, const cyn_point *p)
{
    if (!t->shows[COL_STATUS]) return;
    cyn_put_status(p->status, t->opts->language, t->opts->ascii, &t->scratch);
    set(t, t->at[COL_STATUS]);
}

static void set_trend(table *t, const cyn_point *p)
{
    if (!t->shows[COL_TREND]) return;
    if (p->history && p->nhistory > 1)
        cyn_sparkline(p->history, p->nhistory, t->opts->ascii, &t->scratch);
    set(t, t->at[COL_TREND]);
}

static void add_row(table *t, const cyn_point *p, bool again)
{
    set_metric(t, p, again);
    set_segment(t, p);
    set_period(t, p);
    set_main_value(t, p);
    set_value(t, COL_PREVIOUS, p, compared_with(t, p));
    const char *change = set_change(t, p);
    set_value(t, COL_LAST_YEAR, p, p->last_year);
    set_value(t, COL_TARGET, p, target_of(p));
    set_status(t, p);
    set_trend(t, p);
    cyn_text_table_row(t->text, t->cells);

    if (change) cyn_text_table_colour(t->text, t->at[COL_CHANGE], change);
    if (p->status != CYN_STATUS_NONE)
        cyn_text_table_colour(t->text, t->at[COL_STATUS], cyn_status_looks[p->status].sgr);
    if (p->failed) cyn_text_table_colour(t->text, t->at[COL_VALUE], cyn_status_looks[CYN_RED].sgr);
}

static void put_notes(const table *t, cyn_buf *out)
{
    const char *item = t->markdown ? "- " : "";
    if (t->partial || t->immature || t->failed) cyn_buf_putc(out, '\n');
    if (t->partial)
        cyn_buf_printf(out, "%s%s\n", item, words(t, "~ period not ended yet", "~ 期間の途中"));
    if (t->immature)
        cyn_buf_printf(out, "%s%s\n", item,
                       words(t, "^ cohort still maturing", "^ 観測期間が未了のコホート"));
    cyn_failures failures = {0};
    cyn_failures_add_points(&failures, t->points, t->n);
    cyn_failures_write(&failures, t->opts, out);
    cyn_failures_clear(&failures);
}

static cyn_code compose(table *t, cyn_buf *out, cyn_err *err)
{
    CYN_TRY(cyn_dim_list_init(t->points, t->n, &t->dims, err));
    survey(t);
    CYN_TRY(lay_out(t, err));
    const cyn_metric *last = NULL;
    for (size_t i = 0; i < t->n; i++) {
        add_row(t, &t->points[i], t->points[i].metric == last);
        last = t->points[i].metric;
    }
    CYN_TRY(cyn_buf_check(&t->scratch, err));
    cyn_text_table_write(t->text, t->opts->width, t->opts->colour, t->markdown, out);
    put_notes(t, out);
    return CYN_OK;
}

cyn_code cyn_report_table(const cyn_point *points, size_t n, const cyn_report_options *opts,
                          cyn_buf *out, cyn_err *err)
{
    table t = {.opts = opts, .points = points, .n = n};
    t.ja = cyn_is_japanese(opts->language);
    t.markdown = opts->format == CYN_FORMAT_MARKDOWN;
    if (!n) {
        cyn_buf_printf(out, "%s\n", words(&t, "No values.", "値はありません。"));
        return CYN_OK;
    }
    cyn_code rc = compose(&t, out, err);
    cyn_text_table_free(t.text);
    cyn_dim_list_clear(&t.dims);
    cyn_free(t.cells);
    cyn_buf_clear(&t.scratch);
    cyn_arena_free(t.arena);
    return rc;
}
