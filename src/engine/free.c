/* Metrics that are functions: their values, computed in batches. */
#include "base/hash.h"
#include "engine/free_impl.h"
#include <stdlib.h>
#include <string.h>

#define BATCH       1024  /* points of one call */
#define ANSWERS_MAX 10000 /* of one point */

cyn_code free_new(job *j, struct free_values **out, cyn_err *err)
{
    struct free_values *v = CYN_NEW(j->arena, struct free_values);
    if (!v) return cyn_nomem(err);
    v->job = j;
    const cyn_chain *base = &j->spans->chains[0];
    for (size_t i = 0; i < base->nspans; i++)
        CYN_TRY(free_add_moment(v, base->spans[i], 0, i, err));
    v->first_fresh = v->nmoments;
    *out = v;
    return CYN_OK;
}

void free_end(job *j)
{
    for (size_t i = 1; i < j->nslices; i++)
        cyn_rows_set_free(j->slices[i]->rows);
}

/* ---- functions and their questions ---- */

static cyn_code add_question(struct free_values *v, function *fn, const cyn_question *q,
                             cyn_err *err)
{
    void *more = cyn_grown(v->job->arena, fn->questions, fn->nquestions, &fn->question_capacity,
                           sizeof *fn->questions);
    if (!more) return cyn_nomem(err);
    fn->questions = more;
    fn->questions[fn->nquestions++] = *q;
    return CYN_OK;
}

static cyn_code find_function(struct free_values *v, const cyn_formula *f, size_t *out,
                              cyn_err *err)
{
    for (size_t i = 0; i < v->nfunctions; i++) {
        *out = i;
        if (v->functions[i].formula == f) return CYN_OK;
    }
    const cyn_project *p = v->job->project;
    size_t m = 0;
    while (m < p->nmetrics && p->metrics[m]->formula != f)
        m++;
    if (m == p->nmetrics) return cyn_fail(err, CYN_E_UNSUPPORTED, "a function outside a metric");
    void *more = cyn_grown(v->job->arena, v->functions, v->nfunctions, &v->function_capacity,
                           sizeof *v->functions);
    if (!more) return cyn_nomem(err);
    v->functions = more;
    *out = v->nfunctions++;
    function *fn = &v->functions[*out];
    *fn = (function){.formula = f, .metric = m};
    for (size_t i = 0; i < f->function->nreads; i++) {
        cyn_question q = {.metric = f->function->reads[i]->metric};
        CYN_TRY(add_question(v, fn, &q, err));
    }
    return CYN_OK;
}

/* ---- values ---- */

static size_t *find_slot(const struct free_values *v, const value *key)
{
    const uint64_t parts[] = {key->function,           key->at.slice,
                              key->at.segment,         (uint64_t)key->span.start,
                              (uint64_t)key->span.end, (uint64_t)key->span.period.start};
    size_t i = (size_t)cyn_hash64(parts, sizeof parts, 0) & (v->table_size - 1);
    for (; v->table[i]; i = (i + 1) & (v->table_size - 1)) {
        const value *x = v->values[v->table[i] - 1];
        if (x->function == key->function && x->at.slice == key->at.slice &&
            x->at.segment == key->at.segment && x->span.start == key->span.start &&
            x->span.end == key->span.end && x->span.period.start == key->span.period.start)
            break;
    }
    return &v->table[i];
}

static cyn_code grow_table(struct free_values *v, cyn_err *err)
{
    if (2 * v->nvalues < v->table_size) return CYN_OK;
    v->table_size = v->table_size ? 2 * v->table_size : 64;
    v->table = CYN_NEW_ARRAY(v->job->arena, v->table_size, size_t);
    if (!v->table) return cyn_nomem(err);
    for (size_t i = 0; i < v->nvalues; i++)
        *find_slot(v, v->values[i]) = i + 1;
    return CYN_OK;
}

static cyn_code add_answer(struct free_values *v, value *x, uint32_t question, cyn_err *err)
{
    void *more =
        cyn_grown(v->job->arena, x->answers, x->nanswers, &x->answer_capacity, sizeof *x->answers);
    if (!more) return cyn_nomem(err);
    x->answers = more;
    x->answers[x->nanswers++] = (answer){.question = question, .moment = CYN_NO_SPAN};
    return CYN_OK;
}

static cyn_code add_to_list(struct free_values *v, value_list *l, value *x, cyn_err *err)
{
    void *more = cyn_grown(v->job->arena, l->items, l->count, &l->capacity, sizeof *l->items);
    if (!more) return cyn_nomem(err);
    l->items = more;
    l->items[l->count++] = x;
    return CYN_OK;
}

static cyn_code wait_for_answers(struct free_values *v, value *x, cyn_err *err)
{
    CYN_TRY(add_to_list(v, &v->waiting, x, err));
    v->functions[x->function].nwaiting++;
    return CYN_OK;
}

static int by_number(const void *a, const void *b)
{
    const value *const *x = a, *const *y = b;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static void sort_list(value_list *l)
{
    if (l->count > 1) qsort(l->items, l->count, sizeof(value *), by_number);
}

/* What the function names literally is answered before it asks. */
static cyn_code add_value(struct free_values *v, const value *key, value **out, cyn_err *err)
{
    value *x = CYN_NEW(v->job->arena, value);
    if (!x) return cyn_nomem(err);
    *x = *key;
    void *more =
        cyn_grown(v->job->arena, v->values, v->nvalues, &v->value_capacity, sizeof *v->values);
    if (!more) return cyn_nomem(err);
    v->values = more;
    CYN_TRY(grow_table(v, err));
    *find_slot(v, x) = v->nvalues + 1;
    x->number = v->nvalues;
    v->values[v->nvalues++] = x;
    CYN_TRY(wait_for_answers(v, x, err));
    size_t named = v->functions[x->function].formula->function->nreads;
    for (size_t i = 0; i < named; i++)
        CYN_TRY(add_answer(v, x, (uint32_t)i, err));
    *out = x;
    return CYN_OK;
}

cyn_code free_value(struct free_values *v, const cyn_formula *f, spot at, cyn_cell *out, basis *on,
                    cyn_err *err)
{
    value key = {.at = at}, *x = NULL;
    *out = (cyn_cell){0};
    if (at.span == CYN_NO_SPAN) return CYN_OK;
    CYN_TRY(find_function(v, f, &key.function, err));
    key.span = v->job->spans->chains[at.chain].spans[at.span];
    size_t found = v->table_size ? *find_slot(v, &key) : 0;
    if (found)
        x = v->values[found - 1];
    else
        CYN_TRY(add_value(v, &key, &x, err));
    if (!x->done) {
        on->pending = true;
        return CYN_OK;
    }
    if (x->error) {
        if (err) *err = *x->error;
        return x->error->code;
    }
    on->immature = on->immature || x->immature;
    *out = x->cell;
    return CYN_OK;
}

cyn_code free_fail(struct free_values *v, value *x, const cyn_err *why, cyn_err *err)
{
    cyn_err *copy = CYN_NEW(v->job->arena, cyn_err);
    if (!copy) return cyn_nomem(err);
    *copy = *why;
    x->error = copy;
    x->done = true;
    return CYN_OK;
}

/* ---- answers ---- */

static cyn_code try_answer(struct free_values *v, answer *a, cyn_err *err)
{
    basis on = {0};
    cyn_err why = {0};
    const cyn_metric *m = v->job->project->metrics[a->metric];
    cyn_code rc = eval_at(v->job, m->formula, a->at, &a->cell, &on, &why);
    if (cyn_concerns_all(rc)) {
        if (err) *err = why;
        return rc;
    }
    if (rc != CYN_OK) return free_answer_error(v, a, &why, err);
    a->known = !on.pending;
    a->immature = on.immature;
    return CYN_OK;
}

static cyn_code place_answers(struct free_values *v, cyn_err *err)
{
    for (size_t i = 0; i < v->waiting.count; i++) {
        value *x = v->waiting.items[i];
        for (size_t k = 0; !x->done && k < x->nanswers; k++)
            if (!x->answers[k].placed) CYN_TRY(free_place(v, x, &x->answers[k], err));
    }
    return free_settle_moments(v, err);
}

/* What can be computed now; the rest makes itself known: as uses for the slices' next scans, or as
 * values of other functions. */
static cyn_code try_answers(struct free_values *v, cyn_err *err)
{
    size_t n = v->waiting.count; /* those added on the way are placed first */
    for (size_t i = 0; i < n; i++) {
        value *x = v->waiting.items[i];
        for (size_t k = 0; !x->done && k < x->nanswers; k++) {
            answer *a = &x->answers[k];
            if (a->known) continue;
            free_find_spot(v, a);
            CYN_TRY(try_answer(v, a, err));
        }
    }
    return CYN_OK;
}

static cyn_code run_scans(struct free_values *v, bool *progress, cyn_err *err)
{
    for (size_t i = 0; i < v->job->nslices; i++) {
        *progress = *progress || v->job->slices[i]->next;
        CYN_TRY(slice_run(v->job->slices[i], err));
    }
    return CYN_OK;
}

/* ---- calls ---- */

static bool is_ready(const value *x)
{
    for (size_t k = 0; k < x->nanswers; k++)
        if (!x->answers[k].known) return false;
    return true;
}

/* Those that have all their answers are their function's to compute; those that failed on the way
 * wait no more. */
static cyn_code sort_out(struct free_values *v, cyn_err *err)
{
    value_list *waiting = &v->waiting;
    size_t left = 0;
    for (size_t i = 0; i < waiting->count; i++) {
        value *x = waiting->items[i];
        function *fn = &v->functions[x->function];
        if (!x->done && !is_ready(x)) {
            waiting->items[left++] = x;
            continue;
        }
        fn->nwaiting--;
        if (!x->done) CYN_TRY(add_to_list(v, &fn->ready, x, err));
    }
    waiting->count = left;
    return CYN_OK;
}

static cyn_code make_point(struct free_values *v, const value *x, cyn_free_point *out, cyn_err *err)
{
    const job *j = v->job;
    const slice *s = j->slices[x->at.slice];
    char label[64], grain[16];
    cyn_free_answer *answers = CYN_NEW_ARRAY(j->arena, x->nanswers + 1, cyn_free_answer);
    if (!answers) return cyn_nomem(err);
    for (size_t k = 0; k < x->nanswers; k++) {
        const answer *a = &x->answers[k];
        answers[k] = (cyn_free_answer){a->question, a->cell.value, a->error};
    }
    cyn_period_label(j->spans->calendar, x->span.period, label, sizeof label);
    cyn_format_grain(j->grain, grain);
    *out = (cyn_free_point){.period = cyn_strdup(j->arena, label),
                            .grain = cyn_strdup(j->arena, grain),
                            .start = x->span.period.start,
                            .stop = x->span.period.end,
                            .partial = x->span.end < x->span.period.end,
                            .segment = {s->nby, s->by, s->segments[x->at.segment]},
                            .answers = answers,
                            .nanswers = x->nanswers};
    return out->period && out->grain ? CYN_OK : cyn_nomem(err);
}

/* A value stands on what its last run asked for, and on nothing else that has been answered. */
static void finish_value(value *x, const cyn_free_result *r, const size_t *answer_of)
{
    for (size_t i = 0; i < r->nasked; i++) {
        if (!answer_of[r->asked[i]]) continue;
        const answer *a = &x->answers[answer_of[r->asked[i]] - 1];
        x->immature = x->immature || a->immature;
        if (a->cell.rows > x->cell.rows) x->cell.rows = a->cell.rows;
    }
    x->cell.value = r->value;
    x->done = true;
}

static cyn_code ask_on(struct free_values *v, value *x, const cyn_free_result *r,
                       const size_t *answer_of, cyn_err *err)
{
    size_t before = x->nanswers;
    for (size_t i = 0; i < r->nasked; i++)
        if (!answer_of[r->asked[i]]) CYN_TRY(add_answer(v, x, r->asked[i], err));
    if (x->nanswers > before && x->nanswers <= ANSWERS_MAX) return CYN_OK;
    cyn_err why = {0};
    cyn_place at = v->functions[x->function].formula->place;
    if (x->nanswers == before)
        cyn_fail_at(&why, CYN_E_WORKER, at.file, at.line, 0, "asks for what it has been told");
    else
        cyn_fail_at(&why, CYN_E_LIMIT, at.file, at.line, 0, "asks for more than %d values",
                    ANSWERS_MAX);
    return free_fail(v, x, &why, err);
}

/* `answer_of` has room for all questions of the function, and is zero before and after. */
static cyn_code take_result(struct free_values *v, value *x, const cyn_free_result *r,
                            size_t *answer_of, cyn_err *err)
{
    size_t n = x->nanswers;
    for (size_t k = 0; k < n; k++)
        answer_of[x->answers[k].question] = k + 1;
    cyn_code rc = CYN_OK;
    if (r->error)
        rc = free_fail(v, x, r->error, err);
    else if (r->done)
        finish_value(x, r, answer_of);
    else
        rc = ask_on(v, x, r, answer_of, err);
    for (size_t k = 0; k < n; k++)
        answer_of[x->answers[k].question] = 0;
    return rc;
}

/* The worker's failure is that of all values of the function: a script that has met its limits
 * would meet them again. */
static cyn_code call(struct free_values *v, function *fn, value *const *batch, size_t n,
                     cyn_err *err)
{
    const cyn_evaluator *ev = &v->job->project->evaluator;
    cyn_arena *arena = v->job->arena;
    cyn_free_request request = {.handle = fn->formula->function->handle,
                                .questions = fn->questions,
                                .nquestions = fn->nquestions,
                                .npoints = n};
    cyn_free_point *points = CYN_NEW_ARRAY(arena, n, cyn_free_point);
    cyn_err *why = CYN_NEW(arena, cyn_err);
    cyn_free_reply *reply = NULL;
    if (!points || !why) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(make_point(v, batch[i], &points[i], err));
    request.points = points;
    cyn_code rc = ev->run_free(ev->self, &request, arena, &reply, why);
    if (cyn_concerns_all(rc)) {
        if (err) *err = *why;
        return rc;
    }
    if (rc != CYN_OK) fn->error = why;
    for (size_t i = 0; rc == CYN_OK && i < reply->nquestions; i++)
        CYN_TRY(add_question(v, fn, &reply->questions[i], err));
    size_t *answer_of = CYN_NEW_ARRAY(arena, fn->nquestions + 1, size_t);
    if (!answer_of) return cyn_nomem(err);
    for (size_t i = 0; rc == CYN_OK && i < n; i++)
        CYN_TRY(take_result(v, batch[i], &reply->results[i], answer_of, err));
    return CYN_OK;
}

static cyn_code run_function(struct free_values *v, function *fn, bool *progress, cyn_err *err)
{
    value_list *ready = &fn->ready;
    sort_list(ready);
    *progress = *progress || ready->count > 0;
    for (size_t from = 0, n; from < ready->count; from += n) {
        value **batch = ready->items + from;
        n = ready->count - from < BATCH ? ready->count - from : BATCH;
        if (!fn->error) CYN_TRY(call(v, fn, batch, n, err));
        for (size_t k = 0; k < n; k++) {
            if (fn->error && !batch[k]->done) CYN_TRY(free_fail(v, batch[k], fn->error, err));
            if (!batch[k]->done) CYN_TRY(wait_for_answers(v, batch[k], err));
        }
    }
    ready->count = 0;
    return CYN_OK;
}

/* One function, if possible one that goes all at once: meanwhile the others' answers come in. */
static cyn_code run_functions(struct free_values *v, bool *progress, cyn_err *err)
{
    for (size_t i = 0; !*progress && i < v->nfunctions; i++)
        if (v->functions[i].nwaiting == 0)
            CYN_TRY(run_function(v, &v->functions[i], progress, err));
    for (size_t i = 0; !*progress && i < v->nfunctions; i++)
        CYN_TRY(run_function(v, &v->functions[i], progress, err));
    return CYN_OK;
}

/* Circles are refused where they begin, so that nothing should be left; whoever asks for a value
 * must not wait for ever all the same. */
static cyn_code fail_rest(struct free_values *v, cyn_err *err)
{
    for (size_t i = 0; i < v->waiting.count; i++) {
        value *x = v->waiting.items[i];
        cyn_err why = {0};
        cyn_place at = v->functions[x->function].formula->place;
        cyn_fail_at(&why, CYN_E_CONFLICT, at.file, at.line, 0, "waits for its own value");
        CYN_TRY(free_fail(v, x, &why, err));
    }
    return CYN_OK;
}

cyn_code free_settle(struct free_values *v, cyn_err *err)
{
    for (;;) {
        bool progress = false;
        size_t known = v->nvalues;
        sort_list(&v->waiting);
        CYN_TRY(place_answers(v, err));
        CYN_TRY(try_answers(v, err));
        CYN_TRY(run_scans(v, &progress, err));
        progress = progress || v->nvalues > known;
        CYN_TRY(sort_out(v, err));
        CYN_TRY(run_functions(v, &progress, err));
        if (!progress) return fail_rest(v, err);
    }
}
