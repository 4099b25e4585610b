/* MECE as a number: the rows that the parts of a sum count twice, or not at all. */
#include "base/buf.h"
#include "engine/bind.h"
#include "engine/identity_impl.h"
#include "exec/gather.h"
#include "plan/expr.h"
#include <string.h>

#define EXAMPLES 3

/* ---- is it a sum over rows? ---- */

typedef struct sum {
    const cyn_project *project;
    cyn_arena *arena;
    const cyn_agg *whole;
    const cyn_agg **parts;
    size_t n;
} sum;

/* The count or sum that a formula is, through other metrics; NULL: it is something else. */
static const cyn_agg *agg_of(const cyn_project *p, const cyn_formula *f)
{
    for (int depth = 0; f && f->kind == CYN_FORMULA_METRIC && depth < CYN_METRIC_CHAIN; depth++) {
        size_t m = cyn_project_metric(p, f->metric);
        f = m == CYN_NO_METRIC ? NULL : p->metrics[m]->formula;
    }
    if (!f || f->kind != CYN_FORMULA_AGG) return NULL;
    const cyn_agg *agg = p->catalog->aggs[f->agg];
    return agg->func == CYN_COUNT || agg->func == CYN_SUM ? agg : NULL;
}

static size_t count_terms(const cyn_formula *f)
{
    bool adds = f->kind == CYN_FORMULA_OP && f->op == CYN_ADD;
    return adds ? count_terms(f->a) + count_terms(f->b) : 1;
}

/* Adds the terms of a sum; false when one is no aggregate like the whole. */
static bool add_terms(sum *s, const cyn_formula *f)
{
    if (f->kind == CYN_FORMULA_OP && f->op == CYN_ADD)
        return add_terms(s, f->a) && add_terms(s, f->b);
    const cyn_agg *agg = agg_of(s->project, f);
    if (!agg || agg->func != s->whole->func || agg->view->relation != s->whole->view->relation ||
        strcmp(agg->view->source, s->whole->view->source) != 0)
        return false;
    s->parts[s->n++] = agg;
    return true;
}

static cyn_code find_sum(sum *s, const cyn_metric *m, bool *found, cyn_err *err)
{
    *found = false;
    s->whole = agg_of(s->project, m->formula);
    if (!s->whole) return CYN_OK;
    s->parts = CYN_NEW_ARRAY(s->arena, count_terms(m->identity), const cyn_agg *);
    if (!s->parts) return cyn_nomem(err);
    *found = add_terms(s, m->identity);
    return CYN_OK;
}

/* ---- who counts which row ---- */

typedef struct counted {
    cyn_rows_set *set;
    cyn_rows *rows;
    const cyn_tz *tz;
    uint8_t *parts; /* [row]: in how many parts it is; 2: or in more */
    uint8_t *whole; /* [row]: whether the metric counts it */
    size_t nrows;
} counted;

/* Adds 1, up to 2, to each row that passes the filter. */
static cyn_code count_rows(const counted *c, const cyn_expr *where, uint8_t *counts, cyn_err *err)
{
    static const cyn_expr yes = {
        .kind = CYN_EXPR_CONST, .text = "true", .value = {.kind = CYN_CONST_BOOLEAN, .i = 1}};
    cyn_expr holds = {.kind = CYN_EXPR_AND, .text = "where", .a = where ? where : &yes, .b = &yes};
    cyn_table *answers;
    CYN_TRY(cyn_exec_expr_column(&holds, c->rows->table, c->tz, "holds", c->set->cancel, &answers,
                                 err));
    const cyn_column *column = cyn_table_column(answers, 0);
    for (size_t r = 0; r < c->nrows; r++)
        if (cyn_column_has(column, r) && column->v.bit[r] && counts[r] < 2) counts[r]++;
    cyn_table_unref(answers);
    return CYN_OK;
}

/* Over columns, so that no row is left to the interpreter when it comes to counting. */
static cyn_code bind(cyn_rows_set *set, const cyn_agg *agg, const cyn_spans *spans,
                     cyn_bound_agg *out, cyn_err *err)
{
    return cyn_bind_agg(set, agg, spans, 0, CYN_BIND_COLUMNS, out, err);
}

/* `same`: all are over the same rows, and add up the same of each. */
static cyn_code count_parts(counted *c, const sum *s, const cyn_spans *spans, bool *same,
                            cyn_err *err)
{
    cyn_bound_agg whole, *parts = CYN_NEW_ARRAY(s->arena, s->n, cyn_bound_agg);
    if (!parts) return cyn_nomem(err);
    CYN_TRY(bind(c->set, s->whole, spans, &whole, err));
    *same = true;
    for (size_t i = 0; i < s->n; i++) {
        CYN_TRY(bind(c->set, s->parts[i], spans, &parts[i], err));
        *same =
            *same && parts[i].rows == whole.rows && cyn_expr_equal(parts[i].agg.arg, whole.agg.arg);
    }
    if (!*same) return CYN_OK;
    c->rows = whole.rows;
    c->nrows = cyn_table_rows(c->rows->table);
    c->parts = CYN_NEW_ARRAY(s->arena, c->nrows + 1, uint8_t);
    c->whole = CYN_NEW_ARRAY(s->arena, c->nrows + 1, uint8_t);
    if (!c->parts || !c->whole) return cyn_nomem(err);
    CYN_TRY(count_rows(c, whole.agg.where, c->whole, err));
    for (size_t i = 0; i < s->n; i++)
        CYN_TRY(count_rows(c, parts[i].agg.where, c->parts, err));
    return CYN_OK;
}

/* ---- where they stand ---- */

/* The file that a row was read from, and its number there: from 1, rejected rows left out. */
static const char *find_file(const counted *c, uint32_t row, int64_t *number)
{
    const cyn_load_report *report = c->set->data->sources[c->rows->source].report;
    const char *file = c->set->data->project->specs[c->rows->source].name;
    *number = (int64_t)row + 1;
    for (size_t i = 0; report && i < report->nfiles; i++) {
        file = report->files[i].path;
        if (*number <= report->files[i].rows) break;
        if (i + 1 < report->nfiles) *number -= report->files[i].rows;
    }
    return file;
}

/* "data/events.csv row 17"; only the row where the one before stands in the same file. */
static void put_row(const counted *c, uint32_t row, const char **before, cyn_buf *out)
{
    int64_t number;
    const char *file = find_file(c, row, &number);
    if (file != *before) cyn_buf_printf(out, "%s ", file);
    cyn_buf_printf(out, "row %lld", (long long)number);
    *before = file;
}

static void put_time(const counted *c, uint32_t row, cyn_buf *out)
{
    int at = c->rows->time ? cyn_table_find(c->rows->table, c->rows->time) : -1;
    const cyn_column *column = at < 0 ? NULL : cyn_table_column(c->rows->table, (size_t)at);
    char text[64];
    if (!column || !cyn_column_has(column, row)) return;
    if (column->type == CYN_DATE)
        cyn_format_date(cyn_column_integer(column, row), text, sizeof text);
    else
        cyn_format_instant(cyn_column_integer(column, row), c->tz, text, sizeof text);
    cyn_buf_printf(out, " (%s)", text);
}

/* The entity of a row that a relation made. */
static void put_entity(const counted *c, uint32_t row, cyn_buf *out)
{
    int at = cyn_table_find(c->rows->table, "entity");
    const cyn_column *column = at < 0 ? NULL : cyn_table_column(c->rows->table, (size_t)at);
    if (!column || !cyn_column_has(column, row)) {
        cyn_buf_puts(out, "one without entity");
    } else if (column->type == CYN_TEXT) {
        size_t n;
        const char *text = cyn_dict_text(column->dict, cyn_column_code(column, row), &n);
        cyn_buf_add(out, text, n);
    } else if (column->type == CYN_INTEGER) {
        cyn_buf_printf(out, "%lld", (long long)cyn_column_integer(column, row));
    } else {
        cyn_buf_printf(out, "row %lu", (unsigned long)row + 1);
    }
}

static const char *describe(const counted *c, const uint32_t *rows, size_t n, cyn_arena *arena)
{
    cyn_buf b = {0};
    const char *file = NULL;
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_puts(&b, ", ");
        if (c->rows->relation)
            put_entity(c, rows[i], &b);
        else
            put_row(c, rows[i], &file, &b);
        put_time(c, rows[i], &b);
    }
    char *text = b.failed || !b.data ? NULL : cyn_strndup(arena, b.data, b.len);
    cyn_buf_clear(&b);
    return text;
}

/* ---- periods ---- */

/* Goes through the rows of one period. */
static cyn_code sort_out(const counted *c, const uint32_t *rows, size_t n, cyn_arena *arena,
                         cyn_identity_rows *out, cyn_err *err)
{
    uint32_t first[CYN_ROWS_KINDS][EXAMPLES];
    int64_t counts[CYN_ROWS_KINDS] = {0};
    *out = (cyn_identity_rows){.known = true};
    for (size_t i = 0; i < n; i++) {
        uint8_t parts = c->parts[rows[i]], whole = c->whole[rows[i]];
        out->total += whole;
        if (whole ? parts == 1 : parts == 0) continue;
        int kind = !whole ? CYN_ROWS_OUTSIDE : parts ? CYN_ROWS_TWICE : CYN_ROWS_NONE;
        if (counts[kind] < EXAMPLES) first[kind][counts[kind]] = rows[i];
        counts[kind]++;
    }
    out->twice = counts[CYN_ROWS_TWICE];
    out->none = counts[CYN_ROWS_NONE];
    out->outside = counts[CYN_ROWS_OUTSIDE];
    for (int k = 0; k < CYN_ROWS_KINDS; k++) {
        if (counts[k] == 0) continue;
        size_t shown = counts[k] < EXAMPLES ? (size_t)counts[k] : EXAMPLES;
        out->examples[k] = describe(c, first[k], shown, arena);
        if (!out->examples[k]) return cyn_nomem(err);
    }
    return CYN_OK;
}

static cyn_code gather(const counted *c, const cyn_spans *spans, cyn_gathered **out, cyn_err *err)
{
    const cyn_plan_agg all = {.func = CYN_COUNT};
    const cyn_plan plan = {.source = c->set->data->project->specs[c->rows->source].name,
                           .time = c->rows->time,
                           .interval = c->rows->interval,
                           .tz = c->tz,
                           .intervals = spans->chains[0].intervals,
                           .nintervals = spans->chains[0].nintervals,
                           .aggs = &all,
                           .naggs = 1};
    return cyn_exec_gather(&plan, c->rows->table, c->set->cancel, out, err);
}

static cyn_code sort_out_periods(const counted *c, const cyn_spans *spans, cyn_identity *items,
                                 size_t n, cyn_arena *arena, cyn_err *err)
{
    cyn_gathered *gathered;
    cyn_code rc = CYN_OK;
    CYN_TRY(gather(c, spans, &gathered, err));
    for (size_t i = 0; rc == CYN_OK && i < n; i++) {
        size_t span = spans->slots[i].current, nrows;
        if (span == CYN_NO_SPAN || cyn_num_is_missing(items[i].measured)) continue;
        const uint32_t *rows =
            cyn_gathered_rows(gathered, 0, spans->chains[0].interval_of[span], &nrows);
        rc = sort_out(c, rows, nrows, arena, &items[i].rows, err);
    }
    cyn_gathered_free(gathered);
    return rc;
}

static cyn_code new_spans(const cyn_project *p, int64_t now, const cyn_identity *items, size_t n,
                          cyn_arena *arena, cyn_spans **out, cyn_err *err)
{
    cyn_period *periods = CYN_NEW_ARRAY(arena, n, cyn_period);
    if (!periods) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        periods[i] = items[i].period;
    CYN_TRY(cyn_spans_new(&p->calendar, now, arena, out, err));
    return cyn_spans_request(*out, periods, n, 0, err);
}

static cyn_code find_in(cyn_rows_set *set, const sum *s, const cyn_spans *spans,
                        cyn_identity *items, size_t n, cyn_arena *arena, cyn_err *err)
{
    counted c = {.set = set, .tz = s->project->calendar.tz};
    bool same = false;
    CYN_TRY(count_parts(&c, s, spans, &same, err));
    if (!same || spans->chains[0].nintervals == 0) return CYN_OK;
    return sort_out_periods(&c, spans, items, n, arena, err);
}

/* What cannot be bound here has failed where its value was computed, or is an answer too much: the
 * identity itself is known. */
cyn_code cyn_identity_find_rows(cyn_dataset *d, const cyn_eval_request *request, int64_t now,
                                cyn_identity *items, size_t n, cyn_arena *arena, cyn_err *err)
{
    sum s = {.project = d->project, .arena = cyn_arena_new(0)};
    cyn_spans *spans;
    cyn_rows_set *set = NULL;
    bool found;
    cyn_err why = {0};
    if (!s.arena) return cyn_nomem(err);
    cyn_code rc = find_sum(&s, items[0].metric, &found, &why);
    if (rc != CYN_OK || !found) goto done;
    CYN_GOTO(new_spans(d->project, now, items, n, s.arena, &spans, &why));
    CYN_GOTO(cyn_rows_set_new(d, NULL, 0, request->cancel, s.arena, &set, &why));
    set->interpret = request->interpret;
    set->entities = true; /* to call rows by */
    CYN_GOTO(find_in(set, &s, spans, items, n, arena, &why));
done:
    cyn_rows_set_free(set);
    cyn_arena_free(s.arena);
    if (!cyn_concerns_all(rc)) return CYN_OK;
    if (err) *err = why;
    return rc;
}
