#include "app/commands.h"
#include "app/explain.h"
#include "app/session.h"
#include "plan/expr.h"
#include "report/report.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 20 /* "denominator in words" */

/* One thing said about a metric: "owner" "growth". Texts are written in order. */
typedef struct facts {
    const cyn_project *project;
    bool json;
    size_t count;
    const char *list; /* the list being written */
    size_t items;
    cyn_buf *out;
} facts;

static void say_n(facts *f, const char *name, const char *text, size_t n)
{
    if (f->json) {
        cyn_buf_puts(f->out, f->count ? ",\"" : "{\"");
        for (const char *c = name; *c; c++)
            cyn_buf_putc(f->out, *c == ' ' ? '_' : *c);
        cyn_buf_puts(f->out, "\":");
        cyn_buf_json_string(f->out, text, n);
    } else {
        cyn_buf_printf(f->out, "  %-*s ", NAME_WIDTH, name);
        for (size_t i = 0; i < n; i++) {
            cyn_buf_putc(f->out, text[i]);
            if (text[i] == '\n') cyn_buf_repeat(f->out, " ", NAME_WIDTH + 3);
        }
        cyn_buf_putc(f->out, '\n');
    }
    f->count++;
}

/* Several things under one name: begin, an item each, end. */
static void begin_list(facts *f, const char *name)
{
    if (f->json) cyn_buf_printf(f->out, "%s\"%s\":[", f->count++ ? "," : "{", name);
    f->list = name;
    f->items = 0;
}

static void say_item(facts *f, cyn_buf *text)
{
    if (text->failed) f->out->failed = true;
    if (f->json) {
        if (f->items) cyn_buf_putc(f->out, ',');
        cyn_buf_json_string(f->out, text->data ? text->data : "", text->len);
    } else {
        say_n(f, f->items ? "" : f->list, text->data ? text->data : "", text->len);
    }
    f->items++;
    cyn_buf_clear(text);
}

static void end_list(facts *f)
{
    if (f->json) cyn_buf_putc(f->out, ']');
}

/* What is not known is not said. */
static void say(facts *f, const char *name, const char *text)
{
    if (text && *text) say_n(f, name, text, strlen(text));
}

static void say_buf(facts *f, const char *name, cyn_buf *text)
{
    if (text->failed) f->out->failed = true;
    if (text->len) say_n(f, name, text->data, text->len);
    cyn_buf_clear(text);
}

static void say_place(facts *f, const char *name, const char *file, int line)
{
    cyn_buf text = {0};
    if (file) cyn_buf_printf(&text, "%s:%d", file, line);
    say_buf(f, name, &text);
}

/* ---- what it is made of ---- */

static cyn_code say_formula(facts *f, const cyn_metric *m, cyn_err *err)
{
    cyn_buf text = {0}, numerator = {0}, denominator = {0};
    cyn_code rc = cyn_formula_text(m->formula, f->project->catalog->aggs, &text, err);
    if (rc == CYN_OK) rc = cyn_explain_sides(f->project, m, &numerator, &denominator, err);
    say_buf(f, "formula", &text);
    say_buf(f, "numerator", &numerator);
    say_buf(f, "denominator", &denominator);
    say(f, "identity", m->identity);
    begin_list(f, "drivers");
    for (size_t i = 0; i < m->ndrivers; i++) {
        cyn_buf_printf(&text, "%s %s", m->drivers[i].metric,
                       cyn_direction_names[m->drivers[i].direction]);
        say_item(f, &text);
    }
    end_list(f);
    return rc;
}

static bool uses(const facts *f, const cyn_explained_aggs *aggs, const char *source)
{
    for (size_t i = 0; i < aggs->count; i++)
        if (strcmp(f->project->catalog->aggs[aggs->items[i]]->view->source, source) == 0)
            return true;
    return false;
}

static void say_sources(facts *f, const cyn_explained_aggs *aggs)
{
    const cyn_config *config = f->project->config;
    begin_list(f, "source");
    for (size_t s = 0; s < config->nsources; s++) {
        const cyn_config_source *source = &config->sources[s];
        if (!uses(f, aggs, source->name)) continue;
        cyn_buf text = {0};
        cyn_buf_printf(&text, "%s: ", source->name);
        for (size_t i = 0; i < source->npaths; i++)
            cyn_buf_printf(&text, "%s%s", i ? ", " : "", source->paths[i]);
        if (source->time)
            cyn_buf_printf(&text, ", in the period of '%s'", source->time);
        else
            cyn_buf_puts(&text, ", a snapshot");
        say_item(f, &text);
    }
    end_list(f);
}

static const cyn_view *view_below(const cyn_view *v)
{
    return v->relation ? v->relation->base : NULL;
}

/* Expressions that were said already. */
typedef struct seen {
    const cyn_expr **items;
    size_t count;
} seen;

static void say_filter(facts *f, seen *said, const cyn_expr *where)
{
    for (size_t i = 0; i < said->count; i++)
        if (cyn_expr_equal(said->items[i], where)) return;
    said->items[said->count++] = where;
    cyn_buf text = {0};
    cyn_expr_text(where, CYN_WORDS, &text);
    if (where->place.file) cyn_buf_printf(&text, "  (%s:%d)", where->place.file, where->place.line);
    say_item(f, &text);
}

/* The different filters of its aggregates, and of the relations below them. */
static cyn_code say_filters(facts *f, const cyn_explained_aggs *aggs, cyn_arena *arena,
                            cyn_err *err)
{
    size_t views = 0;
    const cyn_agg *const *all = f->project->catalog->aggs;
    for (size_t i = 0; i < aggs->count; i++)
        for (const cyn_view *v = all[aggs->items[i]]->view; v; v = view_below(v))
            views++;
    seen said = {.items = CYN_NEW_ARRAY(arena, views + 1, const cyn_expr *)};
    if (!said.items) return cyn_nomem(err);
    begin_list(f, "filters");
    for (size_t i = 0; i < aggs->count; i++)
        for (const cyn_view *v = all[aggs->items[i]]->view; v; v = view_below(v))
            if (v->where) say_filter(f, &said, v->where);
    end_list(f);
    return CYN_OK;
}

/* Each expression, and how it is computed. */
static cyn_code say_expressions(facts *f, const cyn_explained_aggs *aggs, cyn_arena *arena,
                                cyn_err *err)
{
    cyn_explained_exprs exprs = {0};
    CYN_TRY(cyn_explain_exprs(f->project, aggs, arena, &exprs, err));
    if (f->json) {
        cyn_buf_puts(f->out, ",\"expressions\":");
        cyn_write_explained_json(&exprs, f->out);
        return CYN_OK;
    }
    begin_list(f, "expressions");
    for (size_t i = 0; i < exprs.count; i++) {
        cyn_buf text = {0};
        cyn_buf_printf(&text, "%s: ", exprs.items[i].role);
        cyn_write_explained(&exprs.items[i], &text);
        say_item(f, &text);
    }
    end_list(f);
    return CYN_OK;
}

static cyn_grain grain_of(const cyn_project *p, const cyn_metric *m)
{
    return m->sheet.has_grain ? m->sheet.grain : p->config->grain;
}

static void say_period(facts *f, const cyn_metric *m)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    const cyn_calendar *cal = &f->project->calendar;
    cyn_grain g = grain_of(f->project, m);
    char grain[16];
    cyn_format_grain(g, grain);
    say(f, "period", grain);
    cyn_buf text = {0};
    cyn_buf_printf(&text, "%s, weeks start on %s", cyn_tz_name(cal->tz), days[cal->week_start - 1]);
    if (cal->fiscal_month != 1 || cal->pattern)
        cyn_buf_printf(&text, ", fiscal years start in %s", months[cal->fiscal_month - 1]);
    if (cal->pattern) cyn_buf_printf(&text, ", months of whole weeks (%d)", cal->pattern);
    say_buf(f, "calendar", &text);
}

/* ---- the sheet ---- */

static void write_bound(cyn_bound b, const cyn_sheet *s, cyn_buf *out)
{
    cyn_format_value(cyn_num_real(b.lo), s->unit, "en", out);
    if (!b.two) return;
    cyn_buf_puts(out, " to ");
    cyn_format_value(cyn_num_real(b.hi), s->unit, "en", out);
}

static void json_bound(const char *name, cyn_bound b, cyn_buf *out)
{
    if (!b.set) return;
    cyn_buf_printf(out, ",\"%s\":%s", name, b.two ? "[" : "");
    cyn_buf_real(out, b.lo);
    if (!b.two) return;
    cyn_buf_putc(out, ',');
    cyn_buf_real(out, b.hi);
    cyn_buf_putc(out, ']');
}

static void json_target(const cyn_sheet *s, cyn_buf *out)
{
    char day[24];
    if (s->has_target) {
        cyn_buf_puts(out, ",\"target\":{\"from\":");
        cyn_buf_real(out, s->target_from);
        cyn_buf_puts(out, ",\"to\":");
        cyn_buf_real(out, s->target);
        cyn_format_date(s->target_by, day, sizeof day);
        if (s->has_target_by)
            cyn_buf_printf(out, ",\"by\":\"%s\"}", day);
        else
            cyn_buf_puts(out, ",\"by\":null}");
    }
    if (s->has_market) {
        cyn_buf_puts(out, ",\"market\":");
        cyn_buf_real(out, s->market);
    }
    json_bound("green", s->green, out);
    json_bound("yellow", s->yellow, out);
}

static void say_target(facts *f, const cyn_sheet *s)
{
    cyn_buf text = {0};
    if (f->json) {
        json_target(s, f->out);
        return;
    }
    if (s->has_target) {
        if (!isnan(s->target_from)) {
            cyn_format_value(cyn_num_real(s->target_from), s->unit, "en", &text);
            cyn_buf_puts(&text, " → ");
        }
        cyn_format_value(cyn_num_real(s->target), s->unit, "en", &text);
        char day[24];
        cyn_format_date(s->target_by, day, sizeof day);
        if (s->has_target_by) cyn_buf_printf(&text, " by %s", day);
    }
    say_buf(f, "target", &text);
    if (s->has_market) cyn_format_value(cyn_num_real(s->market), s->unit, "en", &text);
    say_buf(f, "market", &text);
    const char *than = s->direction == CYN_UP ? "≥ " : s->direction == CYN_DOWN ? "≤ " : "";
    if (s->green.set) {
        cyn_buf_printf(&text, "green %s", than);
        write_bound(s->green, s, &text);
    }
    if (s->yellow.set) {
        cyn_buf_printf(&text, "%syellow %s", s->green.set ? ", " : "", than);
        write_bound(s->yellow, s, &text);
    }
    say_buf(f, "thresholds", &text);
}

static void say_sheet(facts *f, const char *name, const cyn_sheet *s)
{
    say(f, "title", cyn_label_text(s->title, f->project->config->language, NULL));
    say(f, "role", cyn_role_names[s->role]);
    say(f, "layer", cyn_layer_names[s->layer]);
    say(f, "lens", cyn_lens_names[s->lens]);
    say(f, "direction", cyn_direction_names[s->direction]);
    say(f, "unit", s->unit);
    say(f, "why", s->why);
    say(f, "owner", s->owner);
    say(f, "formula in words", s->formula_text);
    say(f, "numerator in words", s->numerator_text);
    say(f, "denominator in words", s->denominator_text);
    say(f, "source in words", s->source_text);
    say_target(f, s);
    char day[24];
    cyn_format_date(s->review, day, sizeof day);
    if (s->has_review) say(f, "review", day);
    const cyn_sheets *rows = f->project->sheets;
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].name, name) == 0)
            say_place(f, "sheet", rows->items[i].file, rows->items[i].line);
}

/* ---- the command ---- */

static cyn_code explain_metric(cyn_session *s, const cyn_metric *m, bool json, cyn_buf *out,
                               cyn_err *err)
{
    facts f = {.project = s->project, .json = json, .out = out};
    cyn_explained_aggs aggs = {0};
    CYN_TRY(cyn_explain_aggs(s->project, m, s->arena, &aggs, err));
    if (json)
        say(&f, "metric", m->name);
    else
        cyn_buf_printf(out, "%s\n", m->name);
    CYN_TRY(say_formula(&f, m, err));
    say_sources(&f, &aggs);
    CYN_TRY(say_filters(&f, &aggs, s->arena, err));
    CYN_TRY(say_expressions(&f, &aggs, s->arena, err));
    say_period(&f, m);
    say_sheet(&f, m->name, &m->sheet);
    say_place(&f, "declared", m->place.file, m->place.line);
    say(&f, "definition", m->definition);
    cyn_buf_puts(out, json ? "}\n" : "\n");
    return CYN_OK;
}

/* Sources without time have values of grain all only. */
static cyn_grain plan_grain(const cyn_project *p, const cyn_explained_aggs *aggs,
                            const cyn_metric *first)
{
    bool timed = false;
    for (size_t i = 0; i < aggs->count; i++) {
        int source = cyn_project_source(p, p->catalog->aggs[aggs->items[i]]->view->source);
        timed = timed || source < 0 || p->specs[source].time;
    }
    return timed ? grain_of(p, first) : (cyn_grain){CYN_ALL, 1};
}

static cyn_code explain_plan(cyn_session *s, const cyn_metric *const *metrics, size_t n, bool json,
                             cyn_buf *out, cyn_err *err)
{
    cyn_explained_aggs aggs = {0};
    cyn_explained_plan plan;
    for (size_t i = 0; i < n; i++)
        CYN_TRY(cyn_explain_aggs(s->project, metrics[i], s->arena, &aggs, err));
    CYN_TRY(cyn_explain_plan(s->project, s->data, &aggs, plan_grain(s->project, &aggs, metrics[0]),
                             &cyn_interrupted, s->arena, &plan, err));
    if (json)
        cyn_write_plan_json(s->project, s->data, &plan, out);
    else
        cyn_write_plan(s->project, s->data, &plan, out);
    return CYN_OK;
}

/* What scripts write must not move the cursor. */
static void clean(cyn_buf *out)
{
    for (size_t i = 0; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];
        unsigned char next = i + 1 < out->len ? (unsigned char)out->data[i + 1] : 0;
        bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0; /* U+0080 … U+009F */
        if (c1) out->data[i + 1] = ' ';
        if (c1 || (c < 0x20 && c != '\n') || c == 0x7F) out->data[i] = ' ';
    }
}

static cyn_code explain(cyn_session *s, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    bool json = cyn_arg(args, "json") != NULL;
    const cyn_metric *metrics[CYN_ARGS_MAX];
    for (size_t i = 0; i < args->npositional; i++) {
        size_t m;
        CYN_TRY(cyn_project_need_metric(s->project, args->positional[i], &m, err));
        metrics[i] = s->project->metrics[m];
    }
    for (size_t i = 0; i < args->npositional; i++)
        CYN_TRY(explain_metric(s, metrics[i], json, out, err));
    if (!cyn_arg(args, "plan")) return CYN_OK;
    return explain_plan(s, metrics, args->npositional, json, out, err);
}

int cyn_cmd_explain(const cyn_args *args)
{
    cyn_session s;
    if (args->npositional == 0) return cyn_usage_error(args, "explain needs the name of a metric");
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) {
        cyn_err err = {0};
        cyn_buf out = {0};
        if (explain(&s, args, &out, &err) == CYN_OK) {
            if (!cyn_arg(args, "json")) clean(&out);
            exit_code = cyn_print(&out);
        } else {
            cyn_buf_clear(&out);
            exit_code = cyn_fail_exit(&err);
        }
    }
    cyn_session_close(&s);
    return exit_code;
}
