#include "app/ask.h"
#include "app/commands.h"
#include "base/text.h"
#include "engine/cohort.h"
#include "report/csv.h"
#include "report/report.h"
#include <stdio.h>
#include <string.h>

#define COHORTS_MAX 1000
#define OFFSETS_MAX 400

static const char *unit_word(const cyn_cohort_table *t)
{
    return t->retention->unit == CYN_DAILY  ? "day"
           : t->retention->unit == CYN_WEEK ? "week"
                                            : "month";
}

static char unit_letter(const cyn_cohort_table *t)
{
    return t->retention->unit == CYN_DAILY ? 'D' : t->retention->unit == CYN_WEEK ? 'W' : 'M';
}

/* ---- for machines ---- */

static void json_cell(const cyn_cohort_cell *c, int offset, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"offset\":%d,\"value\":", offset);
    cyn_buf_num(out, c->value);
    cyn_buf_puts(out, ",\"numerator\":");
    cyn_buf_num(out, c->numerator);
    cyn_buf_puts(out, ",\"denominator\":");
    cyn_buf_num(out, c->denominator);
    cyn_buf_printf(out, ",\"immature\":%s}", c->immature ? "true" : "false");
}

static void json_bound(const char *name, const cyn_calendar *cal, cyn_period p, int64_t instant,
                       cyn_buf *out)
{
    char text[48];
    cyn_format_instant(instant, cal->tz, text, sizeof text);
    if (p.grain.unit == CYN_ALL)
        cyn_buf_printf(out, ",\"%s\":null", name);
    else
        cyn_buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

static void write_json(const cyn_cohort_table *t, const cyn_calendar *cal, cyn_buf *out)
{
    char grain[16], label[64];
    cyn_format_grain(t->grain, grain);
    for (size_t i = 0; i < t->nrows; i++) {
        const cyn_cohort_row *r = &t->rows[i];
        cyn_period_label(cal, r->period, label, sizeof label);
        cyn_buf_puts(out, "{\"metric\":");
        cyn_buf_json_string(out, t->metric->name, strlen(t->metric->name));
        cyn_buf_printf(out, ",\"grain\":\"%s\",\"cohort\":\"%s\"", grain, label);
        json_bound("start", cal, r->period, r->period.start, out);
        json_bound("end", cal, r->period, r->period.end, out);
        cyn_buf_puts(out, ",\"size\":");
        cyn_buf_num(out, r->size);
        cyn_buf_printf(out, ",\"unit\":\"%s\",\"offsets\":[", unit_word(t));
        for (size_t k = 0; k < t->noffsets; k++) {
            if (k) cyn_buf_putc(out, ',');
            json_cell(&r->cells[k], t->first + (int)k, out);
        }
        cyn_buf_puts(out, "]}\n");
    }
}

static void write_csv(const cyn_cohort_table *t, const cyn_calendar *cal, cyn_buf *out)
{
    char grain[16], label[64];
    cyn_format_grain(t->grain, grain);
    cyn_buf_puts(out,
                 "metric,grain,cohort,size,unit,offset,value,numerator,denominator,immature\n");
    for (size_t i = 0; i < t->nrows; i++) {
        const cyn_cohort_row *r = &t->rows[i];
        cyn_period_label(cal, r->period, label, sizeof label);
        for (size_t k = 0; k < t->noffsets; k++) {
            const cyn_cohort_cell *c = &r->cells[k];
            cyn_csv_field(out, t->metric->name, strlen(t->metric->name));
            cyn_buf_printf(out, ",%s,%s", grain, label);
            cyn_csv_number(out, r->size);
            cyn_buf_printf(out, ",%s,%d", unit_word(t), t->first + (int)k);
            cyn_csv_number(out, c->value);
            cyn_csv_number(out, c->numerator);
            cyn_csv_number(out, c->denominator);
            cyn_buf_puts(out, c->immature ? ",true\n" : ",false\n");
        }
    }
}

/* ---- for people ---- */

typedef struct look {
    const cyn_project *project;
    bool colour, ascii, markdown, ja;
} look;

/* Adds a cell's text to the buffer that holds the row; where it begins. */
static size_t add_cell(cyn_buf *texts, const cyn_cohort_cell *c, const char *unit, const look *l)
{
    size_t at = texts->len;
    if (c->immature)
        cyn_buf_puts(texts, l->ascii ? "." : "·");
    else if (!cyn_num_is_missing(c->value))
        cyn_format_value(c->value, unit, l->project->config->language, texts);
    cyn_buf_putc(texts, '\0');
    return at;
}

static void add_row(cyn_text_table *table, const cyn_cohort_table *t, const char *label,
                    cyn_num size, const cyn_cohort_cell *cells, const look *l, cyn_buf *texts)
{
    const char *shown[OFFSETS_MAX + 3];
    size_t at[OFFSETS_MAX + 3];
    cyn_cohort_cell members = {.value = size};
    cyn_buf_reset(texts);
    at[0] = texts->len;
    cyn_buf_puts(texts, label);
    cyn_buf_putc(texts, '\0');
    at[1] = add_cell(texts, &members, NULL, l);
    for (size_t k = 0; k < t->noffsets; k++)
        at[k + 2] = add_cell(texts, &cells[k], t->metric->sheet.unit, l);
    if (texts->failed) return;
    for (size_t k = 0; k < t->noffsets + 2; k++)
        shown[k] = texts->data + at[k];
    cyn_text_table_row(table, shown);
    for (size_t k = 0; k < t->noffsets; k++)
        if (cells[k].immature) cyn_text_table_colour(table, k + 2, "2");
}

static void head(cyn_text_table *table, const cyn_cohort_table *t, const look *l)
{
    cyn_text_table_column(table, 0, l->ja ? "コホート" : "COHORT", CYN_LEFT, 0, false);
    cyn_text_table_column(table, 1, l->ja ? "対象数" : "SIZE", CYN_RIGHT, 0, false);
    for (size_t k = 0; k < t->noffsets; k++) {
        char heading[16];
        snprintf(heading, sizeof heading, "%c%d", unit_letter(t), t->first + (int)k);
        cyn_text_table_column(table, k + 2, heading, CYN_RIGHT, (int)k + 1, false);
    }
}

static cyn_num members_of_all(const cyn_cohort_table *t)
{
    cyn_num sum = cyn_num_integer(0);
    for (size_t i = 0; i < t->nrows; i++)
        if (!cyn_num_is_missing(t->rows[i].size) &&
            cyn_num_op(CYN_ADD, sum, t->rows[i].size, &sum, NULL) != CYN_OK)
            return CYN_MISSING;
    return sum;
}

static bool any_immature(const cyn_cohort_table *t)
{
    for (size_t i = 0; i < t->nrows; i++)
        for (size_t k = 0; k < t->noffsets; k++)
            if (t->rows[i].cells[k].immature) return true;
    return false;
}

static void put_heading(const cyn_cohort_table *t, const look *l, cyn_buf *out)
{
    char grain[16], now[48];
    bool all = t->grain.unit == CYN_ALL;
    cyn_format_grain(t->grain, grain);
    cyn_format_instant(t->as_of, l->project->calendar.tz, now, sizeof now);
    cyn_buf_puts(out, t->metric->name);
    if (l->ja)
        cyn_buf_printf(out, "：%s（%s 時点）\n", all ? "全期間" : "開始した期間ごと", now);
    else if (all)
        cyn_buf_printf(out, " of all in one, as of %s\n", now);
    else
        cyn_buf_printf(out, " by %s of the start, as of %s\n", grain, now);
}

static void write_table(const cyn_cohort_table *t, const look *l, cyn_buf *out)
{
    const cyn_calendar *cal = &l->project->calendar;
    cyn_text_table *table = cyn_text_table_new(t->noffsets + 2);
    if (!table) {
        out->failed = true;
        return;
    }
    cyn_buf texts = {0};
    if (l->ascii) cyn_text_table_ascii(table);
    head(table, t, l);
    for (size_t i = 0; i < t->nrows; i++) {
        char label[64];
        cyn_period_label(cal, t->rows[i].period, label, sizeof label);
        add_row(table, t, label, t->rows[i].size, t->rows[i].cells, l, &texts);
    }
    if (t->nrows > 1)
        add_row(table, t, l->ja ? "全体" : "all", members_of_all(t), t->all, l, &texts);
    if (!l->markdown) put_heading(t, l, out);
    cyn_text_table_write(table, l->markdown ? 0 : cyn_terminal_width(), l->colour, l->markdown,
                         out);
    if (!l->markdown && any_immature(t))
        cyn_buf_printf(out,
                       l->ja ? "%s：コホートの全員はまだそこまで達していません\n"
                             : "%s: not all of the cohort has got that far\n",
                       l->ascii ? "." : "·");
    out->failed = out->failed || texts.failed;
    cyn_buf_clear(&texts);
    cyn_text_table_free(table);
}

/* ---- the command ---- */

static cyn_code read_request(const cyn_args *args, cyn_cohort_request *r, cyn_format *format,
                             cyn_err *err)
{
    *r = (cyn_cohort_request){
        .metric = args->positional[0], .as_of = cyn_arg(args, "as-of"), .cancel = &cyn_interrupted};
    *format = CYN_FORMAT_TABLE;
    CYN_TRY(cyn_ask_grain(args, &r->has_grain, &r->grain, err));
    CYN_TRY(cyn_ask_format(args, true, format, err));
    CYN_TRY(cyn_ask_number(args, "cohorts", 12, 1, COHORTS_MAX, &r->cohorts, err));
    return cyn_ask_number(args, "offsets", 8, 0, OFFSETS_MAX, &r->offsets, err);
}

static int show(cyn_session *s, const cyn_args *args, const cyn_cohort_request *request,
                cyn_format format)
{
    cyn_err err = {0};
    cyn_cohort_table t;
    if (cyn_cohort(s->project, s->data, request, s->arena, &t, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    look l = {.project = s->project,
              .colour = cyn_use_colour(args),
              .ascii = cyn_terminal_ascii(),
              .markdown = format == CYN_FORMAT_MARKDOWN,
              .ja = cyn_is_japanese(s->project->config->language)};
    cyn_buf out = {0};
    switch (format) {
    case CYN_FORMAT_JSON: write_json(&t, &s->project->calendar, &out); break;
    case CYN_FORMAT_CSV: write_csv(&t, &s->project->calendar, &out); break;
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: write_table(&t, &l, &out); break;
    }
    return cyn_print(&out);
}

int cyn_cmd_cohort(const cyn_args *args)
{
    cyn_session s;
    cyn_cohort_request request;
    cyn_format format;
    cyn_err err = {0};
    if (args->npositional != 1) return cyn_usage_error(args, "cohort needs the name of one metric");
    if (read_request(args, &request, &format, &err) != CYN_OK) {
        cyn_print_error(&err);
        return CYN_EXIT_USAGE;
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = show(&s, args, &request, format);
    cyn_session_close(&s);
    return exit_code;
}
