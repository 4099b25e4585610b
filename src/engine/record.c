#include "engine/record.h"
#include "base/hash.h"
#include "engine/reuse.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>
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

static int64_t *add_num(int64_t *at, cyn_num n)
{
    int64_t bits = n.i;
    if (n.kind == CYN_NUM_REAL) memcpy(&bits, &n.r, sizeof bits);
    *at++ = n.kind;
    *at++ = n.kind == CYN_NUM_DECIMAL ? n.scale : 0;
    *at++ = n.kind == CYN_NUM_MISSING ? 0 : bits;
    return at;
}

/* All that is recorded of the point, but for its metric and grain. */
static void put_point(cyn_buf *b, const cyn_point *p)
{
    int64_t fields[14], *at = fields;
    *at++ = p->period.start;
    *at++ = p->period.end;
    at = add_num(at, p->value);
    at = add_num(at, p->numerator);
    at = add_num(at, p->denominator);
    *at++ = p->rows;
    *at++ = p->partial + 2 * p->immature;
    *at++ = (int64_t)p->nkeys;
    cyn_buf_add(b, fields, (size_t)(at - fields) * sizeof *at);
    for (size_t i = 0; i < p->nkeys; i++) {
        put_bytes(b, p->dims[i], strlen(p->dims[i]));
        put_key(b, &p->keys[i]);
    }
}

/* One of a segment behind which no row stands. */
static bool is_rowless(const cyn_point *p)
{
    return p->nkeys > 0 && p->rows == 0;
}

/* Of points without rows only those stay of which something is known. */
static cyn_code leave_out_unknown(cyn_store *st, const cyn_point **list, size_t *count,
                                  cyn_err *err)
{
    const size_t n = *count;
    const cyn_point **rowless = cyn_calloc(n + 1, sizeof *rowless);
    bool *known = cyn_calloc(n + 1, sizeof *known);
    size_t asked = 0, kept = 0;
    cyn_code rc = rowless && known ? CYN_OK : cyn_nomem(err);
    for (size_t i = 0; rc == CYN_OK && i < n; i++)
        if (is_rowless(list[i])) rowless[asked++] = list[i];
    if (rc == CYN_OK) rc = cyn_store_known_points(st, rowless, asked, known, err);
    for (size_t i = 0, k = 0; rc == CYN_OK && i < n; i++)
        if (!is_rowless(list[i]) || known[k++]) list[kept++] = list[i];
    if (rc == CYN_OK) *count = kept;
    cyn_free(rowless);
    cyn_free(known);
    return rc;
}

/* Those that are recorded, in their order. */
static cyn_code choose(cyn_store *st, const cyn_point *points, size_t n, bool sparse,
                       const cyn_point **out, size_t *count, cyn_err *err)
{
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (!points[i].failed) out[(*count)++] = &points[i];
    return sparse ? leave_out_unknown(st, out, count, err) : CYN_OK;
}

/* A digest of a metric's points; their labels are those of the calendar, so that one tells all. */
static cyn_code digest_points(const cyn_project *p, const cyn_point *const *points, size_t n,
                              char out[2 * sizeof(cyn_sha256) + 1], cyn_err *err)
{
    cyn_buf b = {0};
    char label[64];
    cyn_period_label(&p->calendar, points[0]->period, label, sizeof label);
    put_bytes(&b, label, strlen(label));
    put_bytes(&b, points[0]->metric->definition, strlen(points[0]->metric->definition));
    for (size_t i = 0; i < n; i++)
        put_point(&b, points[i]);
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) {
        cyn_sha256 sum = cyn_sha256_of(b.data, b.len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(&b);
    return rc;
}

/* So many points are labelled and recorded in one go. */
enum { BLOCK = 512, LABEL_SIZE = 48 };

/* Metrics and segments have their periods in common: each label is kept at the place that the start
 * of its period gives it, until another one takes that. */
enum { LABELS_KEPT = 1024 };

typedef struct kept_label {
    cyn_period period;
    char text[LABEL_SIZE]; /* "": none yet */
} kept_label;

/* Where points are recorded. */
typedef struct recorder {
    cyn_store *store;
    int64_t run;
    const cyn_project *project;
    kept_label *labels; /* [LABELS_KEPT] */
} recorder;

static bool is_same(cyn_period a, cyn_period b)
{
    return a.start == b.start && a.end == b.end && cyn_grain_equal(a.grain, b.grain);
}

static void put_label(const recorder *r, cyn_period p, char out[LABEL_SIZE])
{
    kept_label *k = &r->labels[cyn_hash64(&p.start, sizeof p.start, 0) % LABELS_KEPT];
    if (!k->text[0] || !is_same(k->period, p)) {
        cyn_period_label(&r->project->calendar, p, k->text, sizeof k->text);
        k->period = p;
    }
    memcpy(out, k->text, LABEL_SIZE);
}

static cyn_code record_block(const recorder *r, const cyn_point *const *points, size_t n,
                             cyn_err *err)
{
    char texts[BLOCK][LABEL_SIZE];
    const char *labels[BLOCK];
    for (size_t i = 0; i < n; i++) {
        put_label(r, points[i]->period, texts[i]);
        labels[i] = texts[i];
    }
    return cyn_store_add_points(r->store, r->run, points, labels, n, err);
}

/* The points of one metric and grain, unless they are all known. */
static cyn_code record_metric(const recorder *r, const cyn_point *const *points, size_t n,
                              cyn_err *err)
{
    char digest[2 * sizeof(cyn_sha256) + 1];
    bool same;
    if (n == 0) return CYN_OK;
    const cyn_metric *m = points[0]->metric;
    CYN_TRY(digest_points(r->project, points, n, digest, err));
    CYN_TRY(cyn_store_same_points(r->store, r->run, m->name, points[0]->period.grain, digest, n,
                                  &same, err));
    if (same) return CYN_OK;
    CYN_TRY(record_definition(r->store, r->project, m, err));
    for (size_t i = 0; i < n; i += BLOCK)
        CYN_TRY(record_block(r, points + i, n - i < BLOCK ? n - i : BLOCK, err));
    return CYN_OK;
}

/* Points of one metric and grain. */
typedef struct group {
    const cyn_point *points;
    size_t n;
} group;

/* How many points from the first on are of its metric and grain. */
static size_t alike(const cyn_point *points, size_t n)
{
    size_t k = 1;
    while (k < n && points[k].metric == points->metric &&
           cyn_grain_equal(points[k].period.grain, points->period.grain))
        k++;
    return k;
}

static size_t take_groups(const cyn_point *points, size_t n, group *out)
{
    size_t count = 0;
    for (size_t from = 0; from < n; from += out[count++].n)
        out[count] = (group){points + from, alike(points + from, n - from)};
    return count;
}

static int by_name(const void *a, const void *b)
{
    const group *x = a, *y = b;
    int order = strcmp(x->points->metric->name, y->points->metric->name);
    return order ? order : (x->points > y->points) - (x->points < y->points);
}

cyn_code cyn_record_into(cyn_store *st, int64_t run, const cyn_project *p, const cyn_point *points,
                         size_t n, bool sparse, cyn_err *err)
{
    const cyn_point **list = cyn_calloc(n + 1, sizeof *list);
    group *groups = cyn_calloc(n + 1, sizeof *groups);
    const recorder r = {st, run, p, cyn_calloc(LABELS_KEPT, sizeof *r.labels)};
    cyn_code rc = list && groups && r.labels ? CYN_OK : cyn_nomem(err);
    size_t ngroups = rc == CYN_OK ? take_groups(points, n, groups) : 0;
    /* As the table has them: what is new is then added at its end, which is much quicker. */
    if (ngroups > 1) qsort(groups, ngroups, sizeof *groups, by_name);
    for (size_t i = 0, count = 0; rc == CYN_OK && i < ngroups; i++) {
        rc = choose(st, groups[i].points, groups[i].n, sparse, list, &count, err);
        if (rc == CYN_OK) rc = record_metric(&r, list, count, err);
    }
    cyn_free(list);
    cyn_free(groups);
    cyn_free(r.labels);
    return rc;
}

cyn_code cyn_record_lost(cyn_store *st, int64_t run, const cyn_project *p, const cyn_said *said,
                         cyn_err *err)
{
    const cyn_metric *m = said->metric;
    size_t lost;
    bool same;
    CYN_TRY(cyn_store_lose_segments(st, run, said, &lost, err));
    if (lost == 0) return CYN_OK;
    /* Points as they were before are something new from now on. */
    CYN_TRY(cyn_store_same_points(st, run, m->name, said->grain, "", 0, &same, err));
    return record_definition(st, p, m, err);
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

/* What a run found out, in one transaction. `*cells`: also what it computed, if there is any. */
static cyn_code record_run(cyn_store *st, const cyn_project *p, const cyn_dataset *d,
                           const cyn_eval_result *result, const char *command, bool *cells,
                           cyn_err_list *notes, cyn_err *err)
{
    int64_t run;
    const bool keeps = *cells && d->reuse;
    *cells = false;
    CYN_TRY(cyn_store_begin_run(st, command, result->as_of, &run, err));
    CYN_TRY(cyn_record_into(st, run, p, result->points, result->npoints, false, err));
    for (size_t i = 0; i < p->config->nsources; i++)
        if (d->sources[i].table && d->sources[i].report)
            CYN_TRY(record_schema(st, d, d->sources[i].report, notes, err));
    *cells = keeps;
    if (keeps) CYN_TRY(cyn_reuse_keep(d->reuse, st, err));
    return cyn_store_commit_run(st, run, result->failed, err);
}

static cyn_code open_state(const cyn_project *p, cyn_dataset *d, cyn_store **out, cyn_err *err)
{
    if (d->cache.dir) return cyn_cache_state(&d->cache, out, err);
    const char *path = cyn_state_path(p->dir, d->arena);
    return path ? cyn_store_open(path, out, err) : cyn_nomem(err);
}

cyn_code cyn_record_points(const cyn_project *p, cyn_dataset *d, const cyn_eval_result *result,
                           const char *command, cyn_err_list *notes, cyn_err *err)
{
    cyn_store *st;
    CYN_TRY(open_state(p, d, &st, err));
    const size_t noted = notes->count;
    bool cells = true;
    cyn_code rc = record_run(st, p, d, result, command, &cells, notes, err);
    if (rc != CYN_OK && cells) { /* there may be room for the values alone */
        cyn_store_undo_run(st);
        notes->count = noted;
        cells = false;
        rc = record_run(st, p, d, result, command, &cells, notes, err);
    }
    if (rc != CYN_OK) cyn_store_undo_run(st);
    if (!d->cache.dir) cyn_store_close(st); /* else the dataset's */
    return rc;
}
