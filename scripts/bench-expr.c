/* What expressions cost: rows filtered and computed by the engine, by the same loops written by
 * hand for these columns, and by the Lua interpreter; on one core, nanoseconds per row.
 *
 *   bench-expr ROWS RUNS
 *
 * scripts/bench expr builds it against the engine's libraries.
 */
#include "base/time.h"
#include "bench.h"
#include "exec/exec.h"
#include "plan/translation.h"
#include "script/script.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- the rows ---- */

enum { AT, CHANNEL, AMOUNT, PRICE, QUANTITY, COLUMNS };
static const cyn_column_spec specs[COLUMNS] = {{"at", CYN_TIMESTAMP, 0},
                                               {"channel", CYN_TEXT, 0},
                                               {"amount", CYN_DECIMAL, 2},
                                               {"price", CYN_REAL, 0},
                                               {"quantity", CYN_INTEGER, 0}};
static const char *const channels[] = {"ads", "organic", "mail", "referral", "social", "partner"};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

/* In the order of time, as events are: one row every 400 ms or so. */
static cyn_table *make_table(size_t rows)
{
    cyn_builder *b;
    cyn_table *t;
    uint64_t state = 7;
    int64_t at = INT64_C(1577836800) * CYN_SECOND;
    need(cyn_builder_new(specs, COLUMNS, &b, &err));
    for (size_t i = 0; i < rows; i++) {
        const char *channel = channels[next(&state) % 6];
        at += (int64_t)(next(&state) % 800000);
        if (!cyn_builder_i64(b, AT, at) ||
            !cyn_builder_text(b, CHANNEL, channel, strlen(channel)) ||
            !cyn_builder_i64(b, AMOUNT, (int64_t)(next(&state) % 30000)) ||
            !cyn_builder_f64(b, PRICE, (double)(next(&state) % 10000) / 8) ||
            !cyn_builder_i64(b, QUANTITY, (int64_t)(next(&state) % 12)))
            need(CYN_E_NOMEM);
        need(cyn_builder_end_row(b, &err));
    }
    need(cyn_builder_finish(b, &t, &err));
    return t;
}

/* ---- the same by hand ---- */

/* The loops are written for columns as narrow as the values above make them. */
static const void *values_of(const cyn_table *t, int column, size_t size)
{
    const cyn_column *c = cyn_table_column(t, (size_t)column);
    if (cyn_column_size(c) == size) return c->v.values;
    fprintf(stderr, "bench-expr: '%s' takes %zu bytes a row, not %zu: more rows are needed\n",
            c->name, cyn_column_size(c), size);
    exit(1);
}

static uint32_t code_of(const cyn_column *c, const char *text)
{
    for (uint32_t code = 0; code < c->dict->count; code++) {
        uint64_t at = c->dict->offset[code], end = c->dict->offset[code + 1];
        if (end - at == strlen(text) && !memcmp(c->dict->heap + at, text, end - at)) return code;
    }
    return UINT32_MAX;
}

static double filter_and_sum(const cyn_table *t, size_t rows)
{
    const uint8_t *channel = values_of(t, CHANNEL, sizeof *channel);
    const int16_t *amount = values_of(t, AMOUNT, sizeof *amount);
    uint32_t ads = code_of(cyn_table_column(t, CHANNEL), "ads");
    int64_t sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += amount[i] > 10000 && channel[i] == ads ? amount[i] : 0;
    return (double)sum / 100;
}

static double arithmetic(const cyn_table *t, size_t rows)
{
    const double *price = values_of(t, PRICE, sizeof *price);
    const int8_t *quantity = values_of(t, QUANTITY, sizeof *quantity);
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += price[i] * (double)quantity[i] * 0.5 + 1;
    return sum;
}

static double membership(const cyn_table *t, size_t rows)
{
    const cyn_column *texts = cyn_table_column(t, CHANNEL);
    const uint8_t *channel = values_of(t, CHANNEL, sizeof *channel);
    uint32_t ads = code_of(texts, "ads"), mail = code_of(texts, "mail");
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        count += channel[i] == ads || channel[i] == mail;
    return (double)count;
}

static double evenings(const cyn_table *t, size_t rows)
{
    const int64_t *time = values_of(t, AT, sizeof *time);
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) /* Tokyo is always 9 hours ahead */
        count += (time[i] + 9 * CYN_HOUR) / CYN_HOUR % 24 >= 18;
    return (double)count;
}

static const struct {
    const char *metric, *what;
    double (*by_hand)(const cyn_table *t, size_t rows);
} cases[] = {
    {"filter", "sum of amount where amount > 100 and channel == 'ads'", filter_and_sum},
    {"arithmetic", "sum of price * quantity * 0.5 + 1", arithmetic},
    {"membership", "count where channel == 'ads' or channel == 'mail'", membership},
    {"evening", "count where hour(at) >= 18", evenings},
};
static const char script[] =
    "local e = source 'events'\n"
    "metric 'filter' { value = e:where [[amount > 100 and channel == 'ads']]:sum 'amount' }\n"
    "metric 'arithmetic' { value = e:sum [[price * quantity * 0.5 + 1]] }\n"
    "metric 'membership' { value = e:where [[channel == 'ads' or channel == 'mail']]:count() }\n"
    "metric 'evening' { value = e:where [[hour(at) >= 18]]:count() }\n";

/* ---- by the engine ---- */

/* The expression over the table's columns. */
static const cyn_expr *bind(const cyn_expr *e, cyn_arena *arena)
{
    if (!e || e->kind != CYN_EXPR_SCRIPT) return e;
    if (!e->code) {
        fprintf(stderr, "bench-expr: '%s' is not translated: %s\n", e->text, e->why);
        exit(1);
    }
    cyn_expr *out = CYN_NEW(arena, cyn_expr);
    const cyn_expr **inputs = CYN_NEW_ARRAY(arena, e->code->ninputs + 1, const cyn_expr *);
    if (!out || !inputs) need(CYN_E_NOMEM);
    for (size_t i = 0; i < e->code->ninputs; i++) {
        cyn_expr *input = CYN_NEW(arena, cyn_expr);
        if (!input) need(CYN_E_NOMEM);
        *input = (cyn_expr){.kind = CYN_EXPR_COLUMN, .name = e->code->inputs[i].name};
        inputs[i] = input;
    }
    *out = *e;
    out->kind = CYN_EXPR_STEPS;
    out->inputs = inputs;
    return out;
}

static double by_engine(const cyn_agg *agg, const cyn_table *t, const cyn_tz *tz)
{
    const cyn_interval all = {CYN_TIME_MIN, CYN_TIME_MAX};
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) need(CYN_E_NOMEM);
    cyn_plan_agg one = {
        .func = agg->func, .where = bind(agg->view->where, arena), .arg = bind(agg->arg, arena)};
    cyn_plan plan = {
        .source = "events", .tz = tz, .intervals = &all, .nintervals = 1, .aggs = &one, .naggs = 1};
    cyn_plan_result *r;
    need(cyn_exec_run(&plan, t, NULL, arena, &r, &err));
    double value = cyn_num_double(cyn_plan_cell(r, 0, 0, 0)->value);
    cyn_arena_free(arena);
    return value;
}

/* ---- by the interpreter ---- */

/* A column as the interpreter takes it: as wide as its type. */
static const void *wide_values(const cyn_column *c, size_t rows, cyn_arena *arena)
{
    if (!c->narrow) return c->v.values;
    void *room = cyn_alloc_array(arena, rows, sizeof(int64_t));
    if (!room) need(CYN_E_NOMEM);
    return c->type == CYN_TEXT ? (const void *)cyn_column_codes(c, 0, rows, room)
                               : cyn_column_integers(c, 0, rows, room);
}

/* Only the expression: what the engine would do with its answers is left out. */
static void by_interpreter(cyn_script *s, const cyn_agg *agg, const cyn_table *t, size_t rows)
{
    const cyn_expr *e = agg->view->where ? agg->view->where : agg->arg;
    cyn_batch_column columns[COLUMNS];
    cyn_arena *arena = cyn_arena_new(0);
    size_t n = 0;
    if (!arena) need(CYN_E_NOMEM);
    for (size_t i = 0; i < e->code->ninputs; i++) {
        int at = cyn_table_find(t, e->code->inputs[i].name);
        const cyn_column *c = cyn_table_column(t, (size_t)at);
        columns[n] = (cyn_batch_column){.name = c->name, .type = c->type, .scale = c->scale};
        columns[n].values = wide_values(c, rows, arena);
        if (c->type == CYN_TEXT) {
            columns[n].dict_count = c->dict->count;
            columns[n].dict_offset = c->dict->offset;
            columns[n].dict_heap = c->dict->heap;
        }
        n++;
    }
    cyn_batch batch = {.rows = rows, .columns = columns, .ncolumns = n};
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_answers *answers;
    need(ev.eval(ev.self, e->handle, &batch, arena, &answers, &err));
    cyn_arena_free(arena);
}

/* ---- measuring ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *ns, size_t n)
{
    qsort(ns, n, sizeof *ns, by_size);
    return ns[n / 2];
}

static const cyn_agg *agg_of(const cyn_catalog *c, const char *metric)
{
    for (size_t i = 0; i < c->nmetrics; i++)
        if (!strcmp(c->metrics[i]->name, metric)) return c->aggs[c->metrics[i]->formula->agg];
    fprintf(stderr, "bench-expr: the script has no metric '%s'\n", metric);
    exit(1);
}

static void measure(size_t k, cyn_script *s, const cyn_table *t, const cyn_tz *tz, size_t runs)
{
    size_t rows = cyn_table_rows(t), slice = rows < 1000000 ? rows : 1000000;
    const cyn_agg *agg = agg_of(cyn_script_catalog(s), cases[k].metric);
    double *ns = calloc(3 * runs, sizeof *ns), hand = 0, engine = 0;
    if (!ns) need(CYN_E_NOMEM);
    for (size_t i = 0; i < runs; i++) { /* by turns: what disturbs disturbs all */
        int64_t at[4] = {cyn_monotonic()};
        hand = cases[k].by_hand(t, rows);
        at[1] = cyn_monotonic();
        engine = by_engine(agg, t, tz);
        at[2] = cyn_monotonic();
        by_interpreter(s, agg, t, slice);
        at[3] = cyn_monotonic();
        for (size_t j = 0; j < 3; j++)
            ns[j * runs + i] = (double)(at[j + 1] - at[j]) * 1000 / (double)(j < 2 ? rows : slice);
    }
    if (fabs(hand - engine) > 1e-9 * fabs(hand)) {
        fprintf(stderr, "bench-expr: %s: by hand %.17g, by the engine %.17g\n", cases[k].metric,
                hand, engine);
        exit(1);
    }
    double h = median(ns, runs), e = median(ns + runs, runs), l = median(ns + 2 * runs, runs);
    printf("%-56s %8.2f %8.2f %8.1f %7.2f %7.1f\n", cases[k].what, h, e, l, e / h, l / e);
    fflush(stdout);
    free(ns);
}

int main(int argc, char **argv)
{
    static const char *const sources[] = {"events"};
    cyn_script_file file = {.name = "bench.lua", .text = script, .size = sizeof script - 1};
    cyn_script_options options = {
        .timezone = "Asia/Tokyo", .sources = sources, .nsources = 1, .workers = 1};
    cyn_script *s;
    cyn_tz *tz;
    size_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    size_t runs = argc > 2 ? strtoull(argv[2], NULL, 10) : 5;
    need(cyn_zygote_start(&err));
    need(cyn_script_load(&file, 1, &options, &s, &err));
    if (cyn_script_catalog(s)->nerrors) {
        err = cyn_script_catalog(s)->errors[0];
        need(err.code);
    }
    need(cyn_tz_load("Asia/Tokyo", &tz, &err));
    cyn_table *t = make_table(rows);
    cyn_exec_threads(1);
    printf("%zu rows, one thread, nanoseconds per row, median of %zu\n\n", rows, runs);
    printf("%-56s %8s %8s %8s %7s %7s\n", "", "by hand", "engine", "Lua", "e/h", "Lua/e");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        measure(k, s, t, tz, runs);
    cyn_table_unref(t);
    cyn_tz_free(tz);
    cyn_script_free(s);
    cyn_zygote_stop();
    return 0;
}
