/* What is seen of each segment: conditions over the columns of a board. */
#include "rules/watch_impl.h"
#include <math.h>
#include <string.h>

/* A script may ask for another reading so many times. */
#define ROUNDS 100

/* ---- translated conditions ---- */

/* The conditions of all rules over a board, to be run together. */
typedef struct batch {
    cyn_condition *conditions;
    uint8_t **truths;
    size_t count;
} batch;

/* Room for all that the rules have. */
static cyn_code batch_new(const watch_board *b, watch_outcome *const *outcomes, size_t n,
                          batch *out, cyn_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most += 2 + outcomes[i]->rule->rule->nlevels;
    out->conditions = CYN_NEW_ARRAY(b->arena, most, cyn_condition);
    out->truths = CYN_NEW_ARRAY(b->arena, most, uint8_t *);
    return out->conditions && out->truths ? CYN_OK : cyn_nomem(err);
}

static cyn_code add_to_batch(watch_board *b, const watch_condition *c, batch *all, uint8_t **truth,
                             cyn_err *err)
{
    uint32_t *columns = CYN_NEW_ARRAY(b->arena, c->nnames + 1, uint32_t);
    uint8_t *out = CYN_NEW_ARRAY(b->arena, b->series->nsegments + 1, uint8_t);
    if (!columns || !out) return cyn_nomem(err);
    for (size_t i = 0; i < c->nnames; i++) {
        size_t column;
        if (c->names[i].kind == WATCH_PARAM) continue; /* a constant by now */
        CYN_TRY(board_column_of(b, &c->names[i], &column, err));
        columns[i] = (uint32_t)column;
    }
    all->conditions[all->count] = (cyn_condition){.code = c->code, .columns = columns};
    all->truths[all->count++] = *truth = out;
    return CYN_OK;
}

static cyn_code add_translated(watch_board *b, const watch_condition *c, batch *all,
                               uint8_t **truth, cyn_err *err)
{
    return c->code ? add_to_batch(b, c, all, truth, err) : CYN_OK;
}

static cyn_code prepare(watch_board *b, watch_outcome *o, batch *all, cyn_err *err)
{
    const watch_rule *r = o->rule;
    o->levels = CYN_NEW_ARRAY(b->arena, r->rule->nlevels + 1, uint8_t *);
    if (!o->levels) return cyn_nomem(err);
    CYN_TRY(add_translated(b, &r->when, all, &o->when, err));
    CYN_TRY(add_translated(b, &r->clear, all, &o->clear, err));
    for (size_t i = 0; i < r->rule->nlevels; i++)
        CYN_TRY(add_translated(b, &r->levels[i], all, &o->levels[i], err));
    return CYN_OK;
}

/* ---- the interpreter ---- */

/* Rows for the interpreter: those of a board, or some of them. */
typedef struct asked {
    watch_board *board;
    const cyn_rule *rule;
    const uint32_t *rows; /* segments; NULL: all */
    size_t n;
    cyn_batch_column *columns;
    size_t ncolumns, capacity;
} asked;

static size_t row_of(const asked *a, size_t i)
{
    return a->rows ? a->rows[i] : i;
}

static cyn_code take_rows(const asked *a, const cyn_column *c, cyn_batch_column *out, cyn_err *err)
{
    size_t size = cyn_column_size(c);
    char *values = cyn_alloc_array(a->board->arena, a->n + 1, size);
    uint64_t *valid = c->valid ? CYN_NEW_ARRAY(a->board->arena, a->n / 64 + 1, uint64_t) : NULL;
    if (!values || (c->valid && !valid)) return cyn_nomem(err);
    for (size_t i = 0; i < a->n; i++) {
        size_t row = row_of(a, i);
        memcpy(values + i * size, (const char *)c->v.values + row * size, size);
        if (valid) valid[i / 64] |= (uint64_t)cyn_column_has(c, row) << i % 64;
    }
    out->values = values;
    out->valid = valid;
    return CYN_OK;
}

static cyn_code add_column(asked *a, const cyn_batch_column *c, cyn_err *err)
{
    void *more =
        cyn_grown(a->board->arena, a->columns, a->ncolumns, &a->capacity, sizeof *a->columns);
    if (!more) return cyn_nomem(err);
    a->columns = more;
    a->columns[a->ncolumns++] = *c;
    return CYN_OK;
}

static cyn_code add_param(asked *a, const cyn_rule_param *p, cyn_err *err)
{
    double *values = CYN_NEW_ARRAY(a->board->arena, a->n + 1, double);
    if (!values) return cyn_nomem(err);
    for (size_t i = 0; i < a->n; i++)
        values[i] = p->value;
    return add_column(a, &(cyn_batch_column){.name = p->name, .type = CYN_REAL, .values = values},
                      err);
}

static bool is_there(const asked *a, const char *name)
{
    for (size_t i = 0; i < a->ncolumns; i++)
        if (!strcmp(a->columns[i].name, name)) return true;
    return false;
}

static const char *name_of(const asked *a, const watch_name *name)
{
    switch (name->kind) {
    case WATCH_READING: return name->reading.name;
    case WATCH_DIMENSION: return a->rule->by[name->index];
    default: return a->rule->params[name->index].name;
    }
}

static cyn_code add_name(asked *a, const watch_name *name, cyn_err *err)
{
    size_t number;
    if (is_there(a, name_of(a, name))) return CYN_OK;
    if (name->kind == WATCH_PARAM) return add_param(a, &a->rule->params[name->index], err);
    CYN_TRY(board_column_of(a->board, name, &number, err));
    const cyn_column *c = &a->board->columns_of_table[number];
    cyn_batch_column out = {.name = c->name, .type = c->type, .valid = c->valid};
    out.values = c->v.values;
    if (c->dict) {
        out.dict_count = c->dict->count;
        out.dict_offset = c->dict->offset;
        out.dict_heap = c->dict->heap;
    }
    if (a->rows) CYN_TRY(take_rows(a, c, &out, err));
    return add_column(a, &out, err);
}

/* Dimensions and parameters are always there; readings once they are known to be read. */
static cyn_code first_columns(asked *a, const watch_condition *c, cyn_err *err)
{
    for (size_t i = 0; i < a->rule->nby; i++) {
        watch_name *name = CYN_NEW(a->board->arena, watch_name);
        if (!name) return cyn_nomem(err);
        if (watch_name_find(a->rule, a->rule->by[i], &a->rule->place, name, NULL) == CYN_OK &&
            name->kind == WATCH_DIMENSION)
            CYN_TRY(add_name(a, name, err));
    }
    for (size_t i = 0; i < a->rule->nparams; i++)
        if (!is_there(a, a->rule->params[i].name)) CYN_TRY(add_param(a, &a->rule->params[i], err));
    for (size_t i = 0; i < c->nnames; i++)
        CYN_TRY(add_name(a, &c->names[i], err));
    return CYN_OK;
}

/* Whether a reading needs more of the series than there is; the rule asks for it from now on. */
static cyn_code reaches_further(const watch_board *b, watch_rule *r, const watch_name *name,
                                bool *does, cyn_err *err)
{
    size_t needed;
    *does = false;
    if (name->kind != WATCH_READING) return CYN_OK;
    cyn_reading_kind kind = name->reading.kind;
    bool parts = kind == CYN_READ_NUMERATOR || kind == CYN_READ_DENOMINATOR;
    CYN_TRY(cyn_reading_lookback(&name->reading, b->series->grain, &needed, err));
    *does = needed > r->lookback || (parts && !r->parts) || (kind == CYN_READ_ROWS && !r->rows);
    if (needed > r->lookback) r->lookback = needed;
    r->parts |= parts;
    r->rows |= kind == CYN_READ_ROWS;
    return CYN_OK;
}

/* Adds what the script asked for. Where the series lacks it, the rule is run again. */
static cyn_code add_wanted(asked *a, watch_outcome *o, const watch_condition *c,
                           const char *const *wanted, size_t n, cyn_err *err)
{
    size_t before = a->ncolumns;
    for (size_t i = 0; i < n; i++) {
        bool further;
        watch_name *name = CYN_NEW(a->board->arena, watch_name);
        if (!name) return cyn_nomem(err);
        CYN_TRY(watch_name_find(a->rule, wanted[i], &c->expr->place, name, err));
        CYN_TRY(reaches_further(a->board, o->rule, name, &further, err));
        o->again |= further;
        if (!further) CYN_TRY(add_name(a, name, err));
    }
    if (o->again || a->ncolumns > before) return CYN_OK;
    return cyn_fail_at(err, CYN_E_WORKER, c->expr->place.file, c->expr->place.line,
                       c->expr->place.column,
                       "the script worker asked for readings that it was given");
}

static cyn_code read_answers(const asked *a, const cyn_answers *answers, uint8_t *truth,
                             cyn_err *err)
{
    if (answers->rows != a->n)
        return cyn_fail(err, CYN_E_WORKER, "the script worker judged %zu rows instead of %zu",
                        answers->rows, a->n);
    for (size_t i = 0; i < a->n; i++)
        truth[row_of(a, i)] =
            answers->kind[i] != CYN_ANSWER_NIL && answers->kind[i] != CYN_ANSWER_FALSE;
    return CYN_OK;
}

static cyn_code ask(asked *a, watch_outcome *o, const watch_condition *c, uint8_t *truth,
                    cyn_err *err)
{
    const cyn_evaluator *ev = &a->board->project->evaluator;
    if (!ev->judge)
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, c->expr->place.file, c->expr->place.line,
                           c->expr->place.column, "there is no script worker to judge '%s'",
                           c->expr->text ? c->expr->text : "the condition");
    CYN_TRY(first_columns(a, c, err));
    for (int round = 0; round < ROUNDS; round++) {
        cyn_batch rows = {.rows = a->n, .columns = a->columns, .ncolumns = a->ncolumns};
        cyn_answers *answers;
        const char *const *wanted = NULL;
        size_t nwanted = 0;
        CYN_TRY(ev->judge(ev->self, c->expr->handle, &rows, a->board->arena, &answers, &wanted,
                          &nwanted, err));
        if (nwanted == 0) return read_answers(a, answers, truth, err);
        CYN_TRY(add_wanted(a, o, c, wanted, nwanted, err));
        if (o->again) return CYN_OK;
    }
    return cyn_fail_at(err, CYN_E_LIMIT, c->expr->place.file, c->expr->place.line,
                       c->expr->place.column, "the condition asked %d times for another reading",
                       ROUNDS);
}

static bool is_reported(const watch_outcome *o, size_t segment)
{
    return !o->rule->needs_value || !isnan(o->board->value[segment]);
}

/* The rows of an untranslated condition, or those that escaped; of segments that were reported. */
static cyn_code interpret(watch_outcome *o, const watch_condition *c, uint8_t **truth, cyn_err *err)
{
    watch_board *b = o->board;
    size_t n = b->series->nsegments, count = 0;
    bool escaped = *truth != NULL;
    if (!c->expr || (escaped && !memchr(*truth, CYN_TRUTH_ESCAPES, n))) return CYN_OK;
    uint32_t *rows = CYN_NEW_ARRAY(b->arena, n + 1, uint32_t);
    if (!escaped) *truth = CYN_NEW_ARRAY(b->arena, n + 1, uint8_t);
    if (!rows || !*truth) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (is_reported(o, i) && (!escaped || (*truth)[i] == CYN_TRUTH_ESCAPES))
            rows[count++] = (uint32_t)i;
    if (count == 0) return CYN_OK;
    asked a = {.board = b, .rule = o->rule->rule, .rows = count < n ? rows : NULL, .n = count};
    return ask(&a, o, c, *truth, err);
}

static cyn_code interpret_all(watch_outcome *o, cyn_err *err)
{
    watch_rule *r = o->rule;
    CYN_TRY(interpret(o, &r->when, &o->when, err));
    CYN_TRY(interpret(o, &r->clear, &o->clear, err));
    for (size_t i = 0; i < r->rule->nlevels; i++)
        CYN_TRY(interpret(o, &r->levels[i], &o->levels[i], err));
    return CYN_OK;
}

/* ---- what it comes to ---- */

/* The worst level that holds. */
static uint8_t severity_at(const watch_outcome *o, size_t i)
{
    const cyn_rule *rule = o->rule->rule;
    if (o->when && o->when[i] != CYN_TRUTH_HOLDS) return WATCH_FALSE;
    for (size_t k = rule->nlevels; k-- > 0;)
        if (!o->levels[k] || o->levels[k][i] == CYN_TRUTH_HOLDS)
            return (uint8_t)rule->levels[k].severity;
    return WATCH_FALSE;
}

static cyn_code settle(watch_outcome *o, cyn_err *err)
{
    size_t n = o->board->series->nsegments, reported = 0;
    o->seen = CYN_NEW_ARRAY(o->board->arena, n + 1, uint8_t);
    if (!o->seen) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (!is_reported(o, i)) {
            o->seen[i] = WATCH_UNREPORTED;
            continue;
        }
        reported++;
        o->seen[i] = severity_at(o, i);
        if (o->seen[i] == WATCH_FALSE && o->clear && o->clear[i] != CYN_TRUTH_HOLDS)
            o->seen[i] = WATCH_BETWEEN;
    }
    o->what = reported ? CYN_SEEN_TRUE : CYN_SEEN_NO_DATA;
    return CYN_OK;
}

/* The error is the outcome's own. */
static cyn_code fail_outcome(watch_outcome *o, cyn_arena *arena, const cyn_err *why, cyn_err *err)
{
    if (cyn_concerns_all(why->code)) {
        if (err) *err = *why;
        return why->code;
    }
    cyn_err *own = CYN_NEW(arena, cyn_err);
    if (!own) return cyn_nomem(err);
    *own = *why;
    o->error = own;
    o->what = CYN_SEEN_ERROR;
    return CYN_OK;
}

static cyn_code judge_one(watch_run *run, watch_outcome *o, cyn_err *err)
{
    cyn_err why = {0};
    const int64_t began = cyn_monotonic();
    cyn_code rc = interpret_all(o, &why);
    o->took += cyn_monotonic() - began;
    if (rc == CYN_OK && !o->again) rc = settle(o, &why);
    return rc == CYN_OK ? CYN_OK : fail_outcome(o, run->arena, &why, err);
}

/* Prepares each rule's conditions; one whose readings cannot be computed fails alone. */
static cyn_code prepare_all(watch_run *run, watch_board *b, watch_outcome **outcomes, size_t n,
                            batch *all, cyn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        watch_outcome *o = outcomes[i];
        o->board = b;
        o->when = o->clear = NULL;
        o->error = NULL; /* of a round that did not look back far enough */
        if (b->error) {
            CYN_TRY(fail_outcome(o, run->arena, b->error, err));
            continue;
        }
        o->what = b->ready ? CYN_SEEN_TRUE : CYN_SEEN_NOT_READY;
        cyn_err why = {0};
        if (!b->ready || prepare(b, o, all, &why) == CYN_OK) continue;
        CYN_TRY(fail_outcome(o, run->arena, &why, err));
    }
    return CYN_OK;
}

cyn_code watch_judge(watch_run *run, watch_board *board, watch_outcome **outcomes, size_t n,
                     cyn_err *err)
{
    batch all = {0};
    CYN_TRY(batch_new(board, outcomes, n, &all, err));
    CYN_TRY(prepare_all(run, board, outcomes, n, &all, err));
    if (board->error || !board->ready) return CYN_OK;
    cyn_condition_rows rows = {.columns = board->columns_of_table,
                               .rows = board->series->nsegments,
                               .tz = board->project->calendar.tz};
    CYN_TRY(cyn_conditions_run(all.conditions, all.count, &rows, run->scratch, all.truths, err));
    for (size_t i = 0; i < n; i++)
        if (outcomes[i]->what == CYN_SEEN_TRUE) CYN_TRY(judge_one(run, outcomes[i], err));
    return CYN_OK;
}
