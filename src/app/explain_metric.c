/* What a metric is: formula, sources, filters, period, sheet. */
#include "app/explain.h"
#include "app/facts.h"
#include "plan/expr.h"
#include "report/report.h"
#include <math.h>
#include <string.h>

static cyn_code say_formula(cyn_facts *f, const cyn_metric *m, cyn_err *err)
{
    cyn_buf text = {0}, numerator = {0}, denominator = {0};
    cyn_code rc = cyn_formula_text(m->formula, f->project->catalog->aggs, &text, err);
    if (rc == CYN_OK) rc = cyn_explain_sides(f->project, m, &numerator, &denominator, err);
    cyn_say_buf(f, "formula", &text);
    cyn_say_buf(f, "numerator", &numerator);
    cyn_say_buf(f, "denominator", &denominator);
    cyn_say(f, "identity", m->identity_text);
    cyn_begin_list(f, "drivers");
    for (size_t i = 0; i < m->ndrivers; i++) {
        cyn_buf_printf(&text, "%s %s", m->drivers[i].metric,
                       cyn_direction_names[m->drivers[i].direction]);
        cyn_say_item(f, &text);
    }
    cyn_end_list(f);
    return rc;
}

static bool uses(const cyn_facts *f, const cyn_explained_aggs *aggs, const char *source)
{
    for (size_t i = 0; i < aggs->count; i++)
        if (strcmp(f->project->catalog->aggs[aggs->items[i]]->view->source, source) == 0)
            return true;
    return false;
}

static void say_sources(cyn_facts *f, const cyn_explained_aggs *aggs)
{
    const cyn_config *config = f->project->config;
    cyn_begin_list(f, "source");
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
        cyn_say_item(f, &text);
    }
    cyn_end_list(f);
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

static void say_filter(cyn_facts *f, seen *said, const cyn_expr *where)
{
    for (size_t i = 0; i < said->count; i++)
        if (cyn_expr_equal(said->items[i], where)) return;
    said->items[said->count++] = where;
    cyn_buf text = {0};
    cyn_expr_text(where, CYN_WORDS, &text);
    if (where->place.file) cyn_buf_printf(&text, "  (%s:%d)", where->place.file, where->place.line);
    cyn_say_item(f, &text);
}

/* The different filters of its aggregates, and of the relations below them. */
static cyn_code say_filters(cyn_facts *f, const cyn_explained_aggs *aggs, cyn_arena *arena,
                            cyn_err *err)
{
    size_t views = 0;
    const cyn_agg *const *all = f->project->catalog->aggs;
    for (size_t i = 0; i < aggs->count; i++)
        for (const cyn_view *v = all[aggs->items[i]]->view; v; v = view_below(v))
            views++;
    seen said = {.items = CYN_NEW_ARRAY(arena, views + 1, const cyn_expr *)};
    if (!said.items) return cyn_nomem(err);
    cyn_begin_list(f, "filters");
    for (size_t i = 0; i < aggs->count; i++)
        for (const cyn_view *v = all[aggs->items[i]]->view; v; v = view_below(v))
            if (v->where) say_filter(f, &said, v->where);
    cyn_end_list(f);
    return CYN_OK;
}

/* Each expression, and how it is computed. */
static cyn_code say_expressions(cyn_facts *f, const cyn_explained_aggs *aggs, cyn_arena *arena,
                                cyn_err *err)
{
    cyn_explained_exprs exprs = {0};
    CYN_TRY(cyn_explain_exprs(f->project, aggs, arena, &exprs, err));
    if (f->json) {
        cyn_buf_puts(f->out, ",\"expressions\":");
        cyn_write_explained_json(&exprs, f->out);
        return CYN_OK;
    }
    cyn_begin_list(f, "expressions");
    for (size_t i = 0; i < exprs.count; i++) {
        cyn_buf text = {0};
        cyn_buf_printf(&text, "%s: ", exprs.items[i].role);
        cyn_write_explained(&exprs.items[i], &text);
        cyn_say_item(f, &text);
    }
    cyn_end_list(f);
    return CYN_OK;
}

cyn_grain cyn_explain_grain(const cyn_project *p, const cyn_metric *m)
{
    return m->sheet.has_grain ? m->sheet.grain : p->config->grain;
}

static void say_period(cyn_facts *f, const cyn_metric *m)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    const cyn_calendar *cal = &f->project->calendar;
    cyn_grain g = cyn_explain_grain(f->project, m);
    char grain[16];
    cyn_format_grain(g, grain);
    cyn_say(f, "period", grain);
    cyn_buf text = {0};
    cyn_buf_printf(&text, "%s, weeks start on %s", cyn_tz_name(cal->tz), days[cal->week_start - 1]);
    if (cal->fiscal_month != 1 || cal->pattern)
        cyn_buf_printf(&text, ", fiscal years start in %s", months[cal->fiscal_month - 1]);
    if (cal->pattern) cyn_buf_printf(&text, ", months of whole weeks (%d)", cal->pattern);
    cyn_say_buf(f, "calendar", &text);
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

static void json_day(const char *name, bool given, int64_t date, cyn_buf *out)
{
    char day[24];
    cyn_format_date(date, day, sizeof day);
    cyn_buf_printf(out, given ? ",\"%s\":\"%s\"" : ",\"%s\":null", name, day);
}

static void json_goal(const cyn_sheet *s, cyn_buf *out)
{
    cyn_buf_puts(out, ",\"target\":{\"from\":");
    cyn_buf_real(out, s->target_from);
    json_day("since", s->has_target_since, s->target_since, out);
    cyn_buf_puts(out, ",\"path\":[");
    for (size_t i = 0; i < s->npath; i++) {
        char day[24];
        cyn_format_date(s->path[i].date, day, sizeof day);
        cyn_buf_printf(out, "%s{\"at\":\"%s\",\"value\":", i ? "," : "", day);
        cyn_buf_real(out, s->path[i].value);
        cyn_buf_putc(out, '}');
    }
    cyn_buf_puts(out, "],\"to\":");
    cyn_buf_real(out, s->target);
    json_day("by", s->has_target_by, s->target_by, out);
    cyn_buf_putc(out, '}');
}

static void json_target(const cyn_sheet *s, cyn_buf *out)
{
    if (s->has_target) json_goal(s, out);
    if (s->has_market) {
        cyn_buf_puts(out, ",\"market\":");
        cyn_buf_real(out, s->market);
    }
    json_bound("green", s->green, out);
    json_bound("yellow", s->yellow, out);
    if (s->hysteresis > 0) {
        cyn_buf_puts(out, ",\"hysteresis\":");
        cyn_buf_real(out, s->hysteresis);
    }
}

static void put_on(int64_t date, const char *before, const char *after, cyn_buf *out)
{
    char day[24];
    cyn_format_date(date, day, sizeof day);
    cyn_buf_printf(out, "%s%s%s", before, day, after);
}

/* "36.0 % (2026-07-01) → 45.0 % (2026-10-01) → 50.0 % by 2026-12-31" */
static void write_goal(const cyn_sheet *s, cyn_buf *out)
{
    if (!isnan(s->target_from)) {
        cyn_format_value(cyn_num_real(s->target_from), s->unit, "en", out);
        if (s->has_target_since) put_on(s->target_since, " (", ")", out);
        cyn_buf_puts(out, " → ");
    }
    for (size_t i = 0; i < s->npath; i++) {
        cyn_format_value(cyn_num_real(s->path[i].value), s->unit, "en", out);
        put_on(s->path[i].date, " (", ") → ", out);
    }
    cyn_format_value(cyn_num_real(s->target), s->unit, "en", out);
    if (s->has_target_by) put_on(s->target_by, " by ", "", out);
}

static void say_thresholds(cyn_facts *f, const cyn_sheet *s)
{
    cyn_buf text = {0};
    const char *than = s->direction == CYN_UP ? "≥ " : s->direction == CYN_DOWN ? "≤ " : "";
    if (s->green.set) {
        cyn_buf_printf(&text, "green %s", than);
        write_bound(s->green, s, &text);
    }
    if (s->yellow.set) {
        cyn_buf_printf(&text, "%syellow %s", s->green.set ? ", " : "", than);
        write_bound(s->yellow, s, &text);
    }
    if (s->hysteresis > 0) {
        cyn_buf_puts(&text, ", passed by more than ");
        cyn_format_value(cyn_num_real(s->hysteresis), s->unit, "en", &text);
    }
    cyn_say_buf(f, "thresholds", &text);
}

static void say_target(cyn_facts *f, const cyn_sheet *s)
{
    cyn_buf text = {0};
    if (f->json) {
        json_target(s, f->out);
        return;
    }
    if (s->has_target) write_goal(s, &text);
    cyn_say_buf(f, "target", &text);
    if (s->has_market) cyn_format_value(cyn_num_real(s->market), s->unit, "en", &text);
    cyn_say_buf(f, "market", &text);
    say_thresholds(f, s);
}

static void say_sheet(cyn_facts *f, const char *name, const cyn_sheet *s)
{
    cyn_say(f, "title", cyn_label_text(s->title, f->project->config->language, NULL));
    cyn_say(f, "role", cyn_role_names[s->role]);
    cyn_say(f, "layer", cyn_layer_names[s->layer]);
    cyn_say(f, "lens", cyn_lens_names[s->lens]);
    cyn_say(f, "direction", cyn_direction_names[s->direction]);
    cyn_say(f, "unit", s->unit);
    cyn_say(f, "why", s->why);
    cyn_say(f, "owner", s->owner);
    cyn_say(f, "formula in words", s->formula_text);
    cyn_say(f, "numerator in words", s->numerator_text);
    cyn_say(f, "denominator in words", s->denominator_text);
    cyn_say(f, "source in words", s->source_text);
    say_target(f, s);
    char day[24];
    cyn_format_date(s->review, day, sizeof day);
    if (s->has_review) cyn_say(f, "review", day);
    const cyn_sheets *rows = f->project->sheets;
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].name, name) == 0)
            cyn_say_place(f, "sheet", rows->items[i].file, rows->items[i].line);
}

cyn_code cyn_say_metric(cyn_facts *f, const cyn_metric *m, const cyn_explained_aggs *aggs,
                        cyn_arena *arena, cyn_err *err)
{
    CYN_TRY(say_formula(f, m, err));
    cyn_say_declaration(f, m);
    say_sources(f, aggs);
    CYN_TRY(say_filters(f, aggs, arena, err));
    CYN_TRY(say_expressions(f, aggs, arena, err));
    say_period(f, m);
    say_sheet(f, m->name, &m->sheet);
    cyn_say_place(f, "declared", m->place.file, m->place.line);
    return CYN_OK;
}
