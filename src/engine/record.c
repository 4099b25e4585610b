#include "engine/record.h"
#include "base/hash.h"
#include "store/store.h"
#include <stdio.h>
#include <string.h>

static cyn_code record_definition(cyn_store *st, const cyn_project *p, const cyn_metric *m,
                                  cyn_err *err)
{
    cyn_buf text = {0};
    cyn_code rc = cyn_formula_text(m->formula, p->catalog->aggs, &text, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK) rc = cyn_store_add_definition(st, m, text.data, err);
    cyn_buf_clear(&text);
    return rc;
}

/* With its length, so that no two lists look the same. */
static void put_bytes(cyn_buf *b, const char *s, size_t n)
{
    cyn_buf_add(b, (const char *)&n, sizeof n);
    if (n > 0) cyn_buf_add(b, s, n);
}

static void put_integer(cyn_buf *b, int64_t v)
{
    cyn_buf_add(b, (const char *)&v, sizeof v);
}

static void put_num(cyn_buf *b, cyn_num n)
{
    int64_t bits = n.i;
    if (n.kind == CYN_NUM_REAL) memcpy(&bits, &n.r, sizeof bits);
    put_integer(b, n.kind);
    put_integer(b, n.kind == CYN_NUM_DECIMAL ? n.scale : 0);
    put_integer(b, n.kind == CYN_NUM_MISSING ? 0 : bits);
}

static void put_key(cyn_buf *b, const cyn_const *k)
{
    int64_t bits = k->i;
    if (k->kind == CYN_CONST_REAL) memcpy(&bits, &k->r, sizeof bits);
    put_integer(b, k->kind);
    if (k->kind == CYN_CONST_TEXT)
        put_bytes(b, k->s, k->n);
    else
        put_integer(b, k->kind == CYN_CONST_NIL ? 0 : bits);
}

/* All that is recorded of the point, but for its metric and grain. */
static void put_point(cyn_buf *b, const cyn_point *p)
{
    put_integer(b, p->period.start);
    put_integer(b, p->period.end);
    put_num(b, p->value);
    put_num(b, p->numerator);
    put_num(b, p->denominator);
    put_integer(b, p->rows);
    put_integer(b, p->partial + 2 * p->immature);
    put_integer(b, (int64_t)p->nkeys);
    for (size_t i = 0; i < p->nkeys; i++) {
        put_bytes(b, p->dims[i], strlen(p->dims[i]));
        put_key(b, &p->keys[i]);
    }
}

/* A digest of a metric's points; their labels are those of the calendar, so that one tells all. */
static cyn_code digest_points(const cyn_project *p, const cyn_point *points, size_t n,
                              char out[2 * sizeof(cyn_sha256) + 1], cyn_err *err)
{
    cyn_buf b = {0};
    char label[64];
    cyn_period_label(&p->calendar, points->period, label, sizeof label);
    put_bytes(&b, label, strlen(label));
    put_bytes(&b, points->metric->definition, strlen(points->metric->definition));
    for (size_t i = 0; i < n; i++)
        if (!points[i].failed) put_point(&b, &points[i]);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(b.data, b.len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(&b);
    return rc;
}

/* The points of one metric and grain, unless they are all known. */
static cyn_code record_metric(cyn_store *st, int64_t run, const cyn_project *p,
                              const cyn_point *points, size_t n, cyn_err *err)
{
    char digest[2 * sizeof(cyn_sha256) + 1];
    size_t good = 0;
    bool same;
    for (size_t i = 0; i < n; i++)
        good += !points[i].failed;
    if (good == 0) return CYN_OK;
    CYN_TRY(digest_points(p, points, n, digest, err));
    CYN_TRY(cyn_store_same_points(st, run, points->metric->name, points->period.grain, digest, good,
                                  &same, err));
    if (same) return CYN_OK;
    CYN_TRY(record_definition(st, p, points->metric, err));
    for (size_t i = 0; i < n; i++) {
        char label[64];
        if (points[i].failed) continue;
        cyn_period_label(&p->calendar, points[i].period, label, sizeof label);
        CYN_TRY(cyn_store_add_point(st, run, &points[i], label, err));
    }
    return CYN_OK;
}

static cyn_code record_all(cyn_store *st, const cyn_project *p, const cyn_eval_result *result,
                           const char *command, cyn_err *err)
{
    int64_t run;
    CYN_TRY(cyn_store_begin_run(st, command, result->as_of, &run, err));
    for (size_t from = 0, to; from < result->npoints; from = to) {
        const cyn_point *first = &result->points[from];
        for (to = from + 1; to < result->npoints; to++)
            if (result->points[to].metric != first->metric ||
                !cyn_grain_equal(result->points[to].period.grain, first->period.grain))
                break;
        CYN_TRY(record_metric(st, run, p, first, to - from, err));
    }
    return cyn_store_commit_run(st, run, result->failed, err);
}

/* The type that the last record of a source gave a column, from "amount:decimal\n…". */
static bool old_type(const char *schema, const char *column, char *out, size_t size)
{
    size_t n = strlen(column);
    for (const char *line = schema; line && *line;) {
        const char *end = strchr(line, '\n');
        if (!end) return false;
        if (strncmp(line, column, n) == 0 && line[n] == ':') {
            snprintf(out, size, "%.*s", (int)(end - line - (ptrdiff_t)n - 1), line + n + 1);
            return true;
        }
        line = end + 1;
    }
    return false;
}

/* An inferred type that differs from last time's is said aloud: new data must not change what a
 * column means without anyone noticing. */
static void note_changes(const cyn_load_report *report, const char *schema, cyn_err_list *notes)
{
    for (size_t i = 0; i < report->ncolumns; i++) {
        const cyn_load_column *c = &report->columns[i];
        char was[32];
        if (c->declared || c->unread || !old_type(schema, c->name, was, sizeof was)) continue;
        if (strcmp(was, cyn_type_name(c->type)) == 0) continue;
        cyn_err note = {0};
        cyn_fail(&note, CYN_E_TYPE, "source '%s': column '%s' was %s, is now %s (%s)",
                 report->source, c->name, was, cyn_type_name(c->type), c->why ? c->why : "");
        cyn_hint(&note, "declare its type in cynosure.yaml to have rows that do not fit reported");
        cyn_err_list_add(notes, &note);
    }
}

static cyn_code record_schema(cyn_store *st, const cyn_dataset *d, const cyn_load_report *report,
                              cyn_err_list *notes, cyn_err *err)
{
    const char *schema = NULL;
    CYN_TRY(cyn_store_schema(st, report->source, d->arena, &schema, err));
    note_changes(report, schema, notes);
    cyn_buf text = {0};
    for (size_t i = 0; i < report->ncolumns; i++) {
        const cyn_load_column *c = &report->columns[i];
        char was[32];
        if (!c->unread)
            cyn_buf_printf(&text, "%s:%s\n", c->name, cyn_type_name(c->type));
        else if (old_type(schema, c->name, was, sizeof was)) /* what is known of it stays known */
            cyn_buf_printf(&text, "%s:%s\n", c->name, was);
    }
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK && text.data) rc = cyn_store_set_schema(st, report->source, text.data, err);
    cyn_buf_clear(&text);
    return rc;
}

cyn_code cyn_record_points(const cyn_project *p, const cyn_dataset *d,
                           const cyn_eval_result *result, const char *command, cyn_err_list *notes,
                           cyn_err *err)
{
    const char *path = cyn_state_path(p->dir, d->arena);
    if (!path) return cyn_nomem(err);
    cyn_store *st;
    CYN_TRY(cyn_store_open(path, &st, err));
    cyn_code rc = record_all(st, p, result, command, err);
    for (size_t i = 0; rc == CYN_OK && i < p->config->nsources; i++)
        if (d->sources[i].table && d->sources[i].report)
            rc = record_schema(st, d, d->sources[i].report, notes, err);
    cyn_store_close(st);
    return rc;
}
