/* Custom aggregates: the calls that cells become, three rows in each at most, and what is made of
 * the answers. The worker is played here: it appends each row's number to the digits before. */
#include "engine/custom.h"
#include "test.h"
#include <math.h>

#if CYN_CUSTOM_ROWS != 3
#error "built with calls of three rows"
#endif

static struct {
    char calls[400]; /* "2 1+" are two cells, of which the second goes on */
    int64_t kept;    /* the accumulator of a cell that goes on */
    bool dies, lies;
    cyn_answer_kind kind; /* of all answers, if real; the bits of `real` */
    double real;
} worker;

static void note_call(const cyn_fold *f)
{
    size_t at = strlen(worker.calls);
    for (size_t i = 0; i < f->ncells; i++) {
        bool more = f->pause && i + 1 == f->ncells;
        at += (size_t)snprintf(worker.calls + at, sizeof worker.calls - at, "%s%s%u%s",
                               i == 0 && at ? "|"
                               : i          ? " "
                                            : "",
                               i == 0 && f->resume ? "+" : "", f->cell_rows[i], more ? "+" : "");
    }
}

/* The value of the row's column "n". */
static int64_t n_of(const cyn_batch *b, size_t row)
{
    for (size_t i = 0; i < b->ncolumns; i++)
        if (strcmp(b->columns[i].name, "n") == 0)
            return ((const int64_t *)b->columns[i].values)[row];
    return -1;
}

static cyn_code fold(void *self, const cyn_fold *f, cyn_arena *arena, cyn_answers **out,
                     cyn_err *err)
{
    (void)self;
    size_t done = f->ncells - f->pause, row = 0;
    uint8_t *kind = CYN_NEW_ARRAY(arena, done + 1, uint8_t);
    uint64_t *bits = CYN_NEW_ARRAY(arena, done + 1, uint64_t);
    if (f->batch->rows > 0) note_call(f);
    if (worker.dies && f->batch->rows > 0) return cyn_fail(err, CYN_E_WORKER, "the worker died");
    for (size_t i = 0; i < f->ncells; i++) {
        int64_t acc = i == 0 && f->resume ? worker.kept : 0;
        for (size_t k = 0; k < f->cell_rows[i]; k++)
            acc = acc * 10 + n_of(f->batch, row++);
        worker.kept = acc;
        if (i < done) kind[i] = worker.kind ? worker.kind : CYN_ANSWER_INTEGER;
        if (i < done) bits[i] = (uint64_t)acc;
        if (i < done && worker.kind == CYN_ANSWER_REAL) memcpy(&bits[i], &worker.real, 8);
    }
    CHECK_INT(row, f->batch->rows);
    *out = CYN_NEW(arena, cyn_answers);
    **out = (cyn_answers){.rows = done + worker.lies, .kind = kind, .bits = bits};
    return CYN_OK;
}

/* ---- rows 1 … n, ten microseconds apart ---- */

typedef struct world {
    cyn_arena *arena;
    cyn_tz *tz;
    cyn_rows_set *set;
    cyn_rows rows;
    cyn_project project;
    cyn_dataset data;
} world;

static void begin(world *w, size_t n)
{
    static const cyn_column_spec specs[] = {{"ts", CYN_TIMESTAMP, 0}, {"n", CYN_INTEGER, 0}};
    static cyn_config_source source = {.name = "events"};
    static cyn_config config = {.sources = &source, .nsources = 1};
    cyn_builder *b = NULL;
    cyn_table *t = NULL;
    memset(&worker, 0, sizeof worker);
    *w = (world){.arena = cyn_arena_new(0)};
    w->project = (cyn_project){.config = &config, .evaluator = {.fold = fold}};
    w->data.project = &w->project;
    CHECK_INT(cyn_tz_load("UTC", &w->tz, NULL), CYN_OK);
    CHECK_INT(cyn_builder_new(specs, 2, &b, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        CHECK(cyn_builder_i64(b, 0, (int64_t)i * 10) && cyn_builder_i64(b, 1, (int64_t)i + 1) &&
              cyn_builder_end_row(b, NULL) == CYN_OK);
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    CHECK_INT(cyn_rows_set_new(&w->data, NULL, 0, NULL, w->arena, &w->set, NULL), CYN_OK);
    w->rows = (cyn_rows){.table = t, .time = "ts"};
}

static void end(world *w)
{
    cyn_table_unref(w->rows.table);
    cyn_rows_set_free(w->set);
    cyn_tz_free(w->tz);
    cyn_arena_free(w->arena);
}

static const cyn_expr functions = {
    .kind = CYN_EXPR_SCRIPT, .text = "functions (line 1)", .digest = "0", .reads_all = true};
static const cyn_view view = {.source = "events"};
static const cyn_agg agg = {.func = CYN_CUSTOM, .view = &view, .arg = &functions};

/* The values of the intervals, or the error; -1 where nothing is. */
static const char *run(world *w, const cyn_interval *in, size_t n)
{
    static char out[800];
    static const cyn_plan_agg count = {.func = CYN_COUNT};
    const cyn_plan plan = {.source = "events",
                           .time = "ts",
                           .tz = w->tz,
                           .intervals = in,
                           .nintervals = n,
                           .aggs = &count,
                           .naggs = 1};
    cyn_cell *cells = CYN_NEW_ARRAY(w->arena, n, cyn_cell);
    cyn_err err = {0};
    size_t at = 0;
    out[0] = '\0';
    cyn_code rc = cyn_custom_cells(w->set, &agg, &w->rows, &plan, cyn_num_integer(-1), cells, &err);
    if (rc != CYN_OK) snprintf(out, sizeof out, "%s", err.message);
    for (size_t i = 0; rc == CYN_OK && i < n; i++) {
        cyn_buf b = {0};
        cyn_buf_num(&b, cells[i].value);
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? " " : "",
                               cells[i].value.kind == CYN_NUM_MISSING ? "nil" : b.data);
        cyn_buf_clear(&b);
    }
    return out;
}

static void test_small_cells_share_a_call(void)
{
    static const cyn_interval in[] = {{0, 10}, {10, 30}, {30, 40}, {40, 50}};
    world w;
    begin(&w, 4);
    CHECK_STR(run(&w, in, 4), "1 23 4 -1");
    CHECK_STR(worker.calls, "1 2|1");
    end(&w);
}

static void test_a_large_cell_goes_on_from_call_to_call(void) /* U-3 */
{
    static const cyn_interval in[] = {{0, 10}, {10, 80}, {80, 90}};
    world w;
    begin(&w, 9);
    CHECK_STR(run(&w, in, 3), "1 2345678 9");
    CHECK_STR(worker.calls, "1 2+|+3+|+2 1");
    end(&w);
}

static void test_a_cell_that_fills_its_call_is_complete(void)
{
    static const cyn_interval in[] = {{0, 60}, {60, 70}};
    world w;
    begin(&w, 7);
    CHECK_STR(run(&w, in, 2), "123456 7");
    CHECK_STR(worker.calls, "3+|+3|1");
    end(&w);
}

static void test_a_row_counts_in_every_interval_that_holds_it(void) /* */
{
    static const cyn_interval in[] = {{0, 20}, {0, 30}, {10, 40}};
    world w;
    begin(&w, 4);
    CHECK_STR(run(&w, in, 3), "12 123 234");
    end(&w);
}

static void test_answers_become_numbers(void) /* U-6 */
{
    static const cyn_interval in[] = {{0, 20}};
    world w;
    begin(&w, 2);
    worker.kind = CYN_ANSWER_TRUE;
    CHECK_STR(run(&w, in, 1), "1");
    worker.kind = CYN_ANSWER_FALSE;
    CHECK_STR(run(&w, in, 1), "0");
    worker.kind = CYN_ANSWER_REAL;
    worker.real = 2.5;
    CHECK_STR(run(&w, in, 1), "2.5");
    worker.real = NAN;
    CHECK_STR(run(&w, in, 1), "nil");
    worker.real = -INFINITY;
    CHECK_STR(run(&w, in, 1), "nil");
    end(&w);
}

static void test_a_worker_that_dies_or_miscounts_is_an_error(void)
{
    static const cyn_interval in[] = {{0, 20}};
    world w;
    begin(&w, 2);
    worker.dies = true;
    CHECK_STR(run(&w, in, 1), "the worker died");
    worker.dies = false;
    worker.lies = true;
    CHECK_STR(run(&w, in, 1), "the script worker answered for 2 of 1 cells");
    end(&w);
}

static void test_over_no_rows_the_functions_are_asked_too(void) /* U-5 */
{
    world w;
    cyn_num empty = {0};
    begin(&w, 0);
    CHECK_INT(cyn_custom_empty(w.set, &agg, &empty, NULL), CYN_OK);
    CHECK(empty.kind == CYN_NUM_INTEGER && empty.i == 0);
    CHECK_STR(worker.calls, "");
    end(&w);
}

int main(void)
{
    RUN(test_small_cells_share_a_call);
    RUN(test_a_large_cell_goes_on_from_call_to_call);
    RUN(test_a_cell_that_fills_its_call_is_complete);
    RUN(test_a_row_counts_in_every_interval_that_holds_it);
    RUN(test_answers_become_numbers);
    RUN(test_a_worker_that_dies_or_miscounts_is_an_error);
    RUN(test_over_no_rows_the_functions_are_asked_too);
    return test_end();
}
