#include "catalog/free.h"
#include "base/time.h"
#include <math.h>
#include <string.h>

/* ---- The request ---- */

/* A list of Lua's has no gaps, so that false stands for missing. */
static void write_num(cyn_buf *b, cyn_num v)
{
    switch (v.kind) {
    case CYN_NUM_MISSING: cyn_wire_boolean(b, false); break;
    case CYN_NUM_INTEGER: cyn_wire_integer(b, v.i); break;
    default: cyn_wire_real(b, cyn_num_double(v)); break;
    }
}

static void write_segment(cyn_buf *b, const cyn_free_segment *s)
{
    cyn_wire_key(b, "segment");
    cyn_wire_map(b, s->n);
    for (size_t i = 0; i < s->n; i++) {
        cyn_wire_key(b, s->dims[i]);
        cyn_wire_const(b, &s->keys[i]);
    }
}

static void write_question(cyn_buf *b, const cyn_question *q)
{
    cyn_wire_map(b, q->elsewhere ? 4 : 3);
    cyn_wire_key(b, "metric");
    cyn_wire_string(b, q->metric);
    cyn_wire_key(b, "offset");
    cyn_wire_integer(b, q->offset);
    cyn_wire_key(b, "last_year");
    cyn_wire_boolean(b, q->last_year);
    if (q->elsewhere) write_segment(b, &q->segment);
}

/* Seconds as a timestamp's (E-2); nil where time has no end. */
static void write_time(cyn_buf *b, const char *key, int64_t t)
{
    cyn_wire_key(b, key);
    if (t == CYN_TIME_MIN || t == CYN_TIME_MAX)
        cyn_wire_nil(b);
    else
        cyn_wire_real(b, (double)t / CYN_SECOND);
}

/* Answers are a list: question, value, question, value, …; an error's value is its text. */
static void write_point(cyn_buf *b, const cyn_free_point *p)
{
    cyn_wire_map(b, 7);
    cyn_wire_key(b, "period");
    cyn_wire_string(b, p->period);
    cyn_wire_key(b, "grain");
    cyn_wire_string(b, p->grain);
    write_time(b, "start", p->start);
    write_time(b, "stop", p->stop);
    cyn_wire_key(b, "partial");
    cyn_wire_boolean(b, p->partial);
    write_segment(b, &p->segment);
    cyn_wire_key(b, "answers");
    cyn_wire_array(b, 2 * p->nanswers);
    for (size_t i = 0; i < p->nanswers; i++) {
        cyn_wire_integer(b, p->answers[i].question);
        if (p->answers[i].error)
            cyn_wire_string(b, p->answers[i].error);
        else
            write_num(b, p->answers[i].value);
    }
}

void cyn_free_request_write(const cyn_free_request *r, cyn_buf *out)
{
    cyn_wire_map(out, 3);
    cyn_wire_key(out, "handle");
    cyn_wire_integer(out, r->handle);
    cyn_wire_key(out, "questions");
    cyn_wire_array(out, r->nquestions);
    for (size_t i = 0; i < r->nquestions; i++)
        write_question(out, &r->questions[i]);
    cyn_wire_key(out, "points");
    cyn_wire_array(out, r->npoints);
    for (size_t i = 0; i < r->npoints; i++)
        write_point(out, &r->points[i]);
}

/* ---- The reply ---- */

/* The i-th of something that is being read. */
typedef struct reading {
    cyn_arena *arena;
    const char *what;
    size_t i;
    cyn_err *err;
} reading;

static cyn_code malformed(const reading *r)
{
    return cyn_fail(r->err, CYN_E_WORKER, "the script worker's reply is malformed: %s %zu", r->what,
                    r->i + 1);
}

static bool is_text(const cyn_value *v)
{
    return v->kind == CYN_VALUE_TEXT && strlen(v->s) == v->n;
}

static bool read_const(const cyn_value *v, cyn_const *out)
{
    switch (v->kind) {
    case CYN_VALUE_BOOLEAN: *out = (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = v->i}; return true;
    case CYN_VALUE_INTEGER: *out = (cyn_const){.kind = CYN_CONST_INTEGER, .i = v->i}; return true;
    case CYN_VALUE_REAL:
        *out = (cyn_const){.kind = CYN_CONST_REAL, .r = v->r};
        return isfinite(v->r);
    case CYN_VALUE_TEXT:
        *out = (cyn_const){.kind = CYN_CONST_TEXT, .s = v->s, .n = v->n};
        return true;
    default: return false;
    }
}

/* Names of dimensions come sorted, as the worker writes maps: equal segments are equal lists. */
static cyn_code read_segment(const reading *r, const cyn_value *v, cyn_free_segment *out)
{
    if (v->kind != CYN_VALUE_MAP) return malformed(r);
    cyn_const *keys = CYN_NEW_ARRAY(r->arena, v->n + 1, cyn_const);
    if (!keys) return cyn_nomem(r->err);
    for (size_t i = 0; i < v->n; i++) {
        if (i > 0 && strcmp(v->keys[i - 1], v->keys[i]) >= 0) return malformed(r);
        if (!read_const(&v->items[i], &keys[i])) return malformed(r);
    }
    *out = (cyn_free_segment){.n = v->n, .dims = v->keys, .keys = keys};
    return CYN_OK;
}

static cyn_code read_question(const reading *r, const cyn_value *v, cyn_question *out)
{
    const cyn_value *metric = cyn_value_get(v, "metric"), *offset = cyn_value_get(v, "offset");
    const cyn_value *last_year = cyn_value_get(v, "last_year");
    const cyn_value *segment = cyn_value_get(v, "segment");
    if (!is_text(metric) || offset->kind != CYN_VALUE_INTEGER ||
        last_year->kind != CYN_VALUE_BOOLEAN || offset->i < -CYN_FREE_OFFSET ||
        offset->i > CYN_FREE_OFFSET)
        return malformed(r);
    *out = (cyn_question){.metric = metric->s,
                          .offset = (int)offset->i,
                          .last_year = last_year->i != 0,
                          .elsewhere = segment->kind != CYN_VALUE_NIL};
    return out->elsewhere ? read_segment(r, segment, &out->segment) : CYN_OK;
}

static bool read_num(const cyn_value *v, cyn_num *out)
{
    *out = v->kind == CYN_VALUE_INTEGER ? cyn_num_integer(v->i)
           : v->kind == CYN_VALUE_REAL  ? cyn_num_real(v->r)
                                        : CYN_MISSING;
    return v->kind == CYN_VALUE_INTEGER || v->kind == CYN_VALUE_NIL ||
           (v->kind == CYN_VALUE_REAL && isfinite(v->r));
}

/* The numbers of the questions that a run asked, out of the first n. */
static cyn_code read_asked(const reading *r, const cyn_value *list, size_t n, cyn_free_result *out)
{
    if (!cyn_value_is_list(list)) return malformed(r);
    uint32_t *asked = CYN_NEW_ARRAY(r->arena, list->n + 1, uint32_t);
    if (!asked) return cyn_nomem(r->err);
    for (size_t i = 0; i < list->n; i++) {
        const cyn_value *v = &list->items[i];
        if (v->kind != CYN_VALUE_INTEGER || v->i < 0 || (uint64_t)v->i >= n) return malformed(r);
        asked[i] = (uint32_t)v->i;
    }
    out->asked = asked;
    out->nasked = list->n;
    return CYN_OK;
}

static cyn_code read_result(const reading *r, const cyn_value *v, size_t nquestions,
                            cyn_free_result *out)
{
    const cyn_value *done = cyn_value_get(v, "done"), *error = cyn_value_get(v, "error");
    if (v->kind != CYN_VALUE_MAP || done->kind != CYN_VALUE_BOOLEAN) return malformed(r);
    out->done = done->i != 0;
    if (error->kind != CYN_VALUE_NIL) {
        cyn_err *e = CYN_NEW(r->arena, cyn_err);
        if (!e) return cyn_nomem(r->err);
        if (!cyn_value_error(error, e)) return malformed(r);
        out->error = e;
    }
    CYN_TRY(read_asked(r, cyn_value_get(v, "asked"), nquestions, out));
    if (!out->done && out->nasked == 0) return malformed(r);
    return read_num(cyn_value_get(v, "value"), &out->value) ? CYN_OK : malformed(r);
}

static cyn_code read_reply(const cyn_value *tree, const cyn_free_request *request, cyn_arena *arena,
                           cyn_free_reply *out, cyn_err *err)
{
    const cyn_value *questions = cyn_value_get(tree, "questions");
    const cyn_value *results = cyn_value_get(tree, "results");
    reading r = {.arena = arena, .what = "questions", .err = err};
    if (!cyn_value_is_list(questions) || request->nquestions + questions->n > CYN_FREE_QUESTIONS)
        return malformed(&r);
    r.what = "results";
    if (!cyn_value_is_list(results) || results->n != request->npoints) return malformed(&r);
    cyn_question *asked = CYN_NEW_ARRAY(arena, questions->n + 1, cyn_question);
    cyn_free_result *list = CYN_NEW_ARRAY(arena, results->n + 1, cyn_free_result);
    if (!asked || !list) return cyn_nomem(err);
    size_t total = request->nquestions + questions->n;
    for (size_t i = 0; i < questions->n; i++) {
        r = (reading){arena, "question", i, err};
        CYN_TRY(read_question(&r, &questions->items[i], &asked[i]));
    }
    for (size_t i = 0; i < results->n; i++) {
        r = (reading){arena, "result", i, err};
        CYN_TRY(read_result(&r, &results->items[i], total, &list[i]));
    }
    *out = (cyn_free_reply){.questions = asked, .nquestions = questions->n, .results = list};
    return CYN_OK;
}

cyn_code cyn_free_reply_read(const uint8_t *data, size_t n, const cyn_free_request *request,
                             cyn_arena *arena, cyn_free_reply **out, cyn_err *err)
{
    const cyn_value *tree;
    cyn_free_reply *reply = CYN_NEW(arena, cyn_free_reply);
    if (!reply) return cyn_nomem(err);
    CYN_TRY(cyn_wire_read(data, n, arena, &tree, err));
    CYN_TRY(read_reply(tree, request, arena, reply, err));
    *out = reply;
    return CYN_OK;
}
