/* Random row expressions over random rows: what the executor says of a translation is what the
 * interpreter says, bit for bit; and where the interpreter fails, the executor does not answer.
 *
 *     expressions [--first SEED] [--seeds N] [--show]
 *
 * Each seed is a script of its own; --show writes it to standard error. All rows are computed at
 * once, and where a row is the interpreter's, or it fails, each row alone. TAP.
 */
#include "base/time.h"
#include "engine/derive.h"
#include "exec/exec.h"
#include "plan/translation.h"
#include "random_lua.h"
#include "script/script.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define ROWS         40
#define EXPRESSIONS  30
#define ZONE         "Europe/Berlin"

/* ---- rows ---- */

static const cyn_column_spec specs[] = {
    {"i", CYN_INTEGER, 0}, {"q", CYN_INTEGER, 0}, {"x", CYN_REAL, 0},
    {"p", CYN_DECIMAL, 2}, {"b", CYN_BOOLEAN, 0}, {"s", CYN_TEXT, 0},
    {"t", CYN_TEXT, 0},    {"d", CYN_DATE, 0},    {"ts", CYN_TIMESTAMP, 0},
};
enum { WIDTH = LENGTH(specs) };

typedef struct cell {
    bool known;
    int64_t i;
    double x;
    const char *s;
} cell;

typedef cell rows[ROWS][WIDTH];

static int64_t random_integer(cyn_random *r)
{
    static const int64_t special[] = {0,
                                      1,
                                      -1,
                                      2,
                                      3,
                                      7,
                                      63,
                                      64,
                                      65,
                                      -64,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_MAX - 1,
                                      INT64_C(1) << 53,
                                      (INT64_C(1) << 53) + 1,
                                      -(INT64_C(1) << 53) - 1,
                                      INT64_C(1) << 32};
    if (cyn_random_below(r, 2)) return (int64_t)cyn_random_below(r, 200) - 100;
    return special[cyn_random_below(r, LENGTH(special))];
}

static double random_real(cyn_random *r)
{
    static const double special[] = {
        0.0,     -0.0,   0.5,    -1.5,    1e308, -1e308,     5e-324,
        -5e-324, 0x1p53, 0x1p63, -0x1p63, 0.1,   1e15,       2.0,
        -3.0,    1e-300, 63.0,   64.0,    7.0,   0x1p53 + 2, 0x1.fffffffffffffp62};
    if (cyn_random_below(r, 3) == 0) return ((double)cyn_random_below(r, 20000) - 10000) / 128;
    return special[cyn_random_below(r, LENGTH(special))];
}

/* Around the changes of the clocks in 2026, the beginning of time, and far away. */
static int64_t random_time(cyn_random *r)
{
    static const int64_t seconds[] = {1774746000, 1792890000, 0,           1514734200,
                                      1772319600, 1798758000, -2208988800, 4102444800};
    static const int64_t offsets[] = {0, -1, 1, 3599, 3600, -3600, 86400, 43200};
    int64_t at = seconds[cyn_random_below(r, LENGTH(seconds))] +
                 offsets[cyn_random_below(r, LENGTH(offsets))];
    return at * CYN_SECOND + (cyn_random_below(r, 4) ? 0 : 250000);
}

static const char *random_text(cyn_random *r)
{
    static const char *const texts[] = {
        "",    "a",   "ads", "purchase", "ADS",     "10", " 7 ", "0x10", "1e3",
        "nan", "a.b", "%d",  "日本語",   "Ünïcödé", "é",  "zz",  "-0",   "9223372036854775808"};
    return texts[cyn_random_below(r, LENGTH(texts))];
}

static cell random_cell(cyn_random *r, size_t column)
{
    cell c = {.known = cyn_random_below(r, 8) > 0};
    if (!c.known) return c;
    switch (specs[column].type) {
    case CYN_TEXT: c.s = random_text(r); break;
    case CYN_REAL: c.x = random_real(r); break;
    case CYN_BOOLEAN: c.i = cyn_random_below(r, 2); break;
    case CYN_TIMESTAMP: c.i = random_time(r); break;
    case CYN_DATE: c.i = (int64_t)cyn_random_below(r, 60000) - 20000; break;
    default:
        c.i = column == 0 || specs[column].type == CYN_DECIMAL
                  ? random_integer(r)
                  : (int64_t)cyn_random_below(r, 12) - 2;
    }
    return c;
}

static void random_rows(cyn_random *r, rows out)
{
    for (size_t row = 0; row < ROWS; row++)
        for (size_t column = 0; column < WIDTH; column++)
            out[row][column] = random_cell(r, column);
}

static bool set_cell(cyn_builder *b, size_t column, const cell *c)
{
    if (!c->known) return true;
    if (c->s) return cyn_builder_text(b, column, c->s, strlen(c->s));
    return specs[column].type == CYN_REAL ? cyn_builder_f64(b, column, c->x)
                                          : cyn_builder_i64(b, column, c->i);
}

/* Nothing here may fail but for a lack of memory. */
static void need(bool ok)
{
    if (ok) return;
    puts("Bail out! out of memory");
    exit(1);
}

static cyn_table *make_table(rows all, size_t from, size_t n)
{
    cyn_builder *b;
    cyn_table *t;
    need(cyn_builder_new(specs, WIDTH, &b, NULL) == CYN_OK);
    for (size_t row = from; row < from + n; row++) {
        for (size_t column = 0; column < WIDTH; column++)
            need(set_cell(b, column, &all[row][column]));
        need(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    need(cyn_builder_finish(b, &t, NULL) == CYN_OK);
    return t;
}

/* ---- both ways ---- */

typedef struct fuzz {
    uint64_t seed;
    bool show; /* the scripts */
    cyn_script *script;
    const cyn_tz *tz;
    cyn_arena *arena;
    /* How it went: expressions; those translated; those that can never hold; rows that both
     * computed; rows of the interpreter's, and how many it had an answer for. */
    size_t expressions, translated, impossible, agreed, escaped, needless;
    size_t differences;
} fuzz;

typedef struct outcome {
    cyn_code rc;
    cyn_table *column;
    cyn_err error;
} outcome;

static cyn_expr *bind(fuzz *f, const cyn_expr *e)
{
    cyn_expr *bound = CYN_NEW(f->arena, cyn_expr);
    const cyn_expr **inputs = CYN_NEW_ARRAY(f->arena, e->code->ninputs + 1, const cyn_expr *);
    need(bound && inputs);
    for (size_t i = 0; i < e->code->ninputs; i++) {
        cyn_expr *column = CYN_NEW(f->arena, cyn_expr);
        need(column);
        *column =
            (cyn_expr){.kind = CYN_EXPR_COLUMN, .text = e->text, .name = e->code->inputs[i].name};
        inputs[i] = column;
    }
    *bound = *e;
    bound->kind = CYN_EXPR_STEPS;
    bound->inputs = inputs;
    return bound;
}

static outcome execute(const fuzz *f, const cyn_expr *bound, const cyn_table *t)
{
    outcome o = {0};
    o.rc = cyn_exec_expr_column(bound, t, f->tz, "#1", NULL, &o.column, &o.error);
    return o;
}

static outcome interpret(const fuzz *f, const cyn_expr *e, const cyn_table *t)
{
    outcome o = {0};
    cyn_derive_input inputs[WIDTH];
    cyn_evaluator ev = cyn_script_evaluator(f->script);
    for (size_t i = 0; i < WIDTH; i++)
        inputs[i] = (cyn_derive_input){specs[i].name, cyn_table_column(t, i)};
    o.rc = cyn_derive_column(&ev, e, inputs, WIDTH, cyn_table_rows(t), "#1", &o.column, &o.error);
    return o;
}

static void clear(outcome *o)
{
    cyn_table_unref(o->column);
}

/* ---- comparing ---- */

static void write_cell(const cyn_column *c, size_t row, cyn_buf *out)
{
    if (!cyn_column_has(c, row)) {
        cyn_buf_puts(out, "nil");
    } else if (c->type == CYN_TEXT) {
        uint32_t code = cyn_column_code(c, row);
        uint64_t from = c->dict->offset[code], to = c->dict->offset[code + 1];
        cyn_buf_printf(out, "'%.*s'", (int)(to - from), c->dict->heap + from);
    } else if (c->type == CYN_REAL) {
        cyn_buf_printf(out, "%a", c->v.f64[row]);
    } else if (c->type == CYN_BOOLEAN) {
        cyn_buf_puts(out, c->v.bit[row] ? "true" : "false");
    } else {
        cyn_buf_printf(out, "%lld", (long long)cyn_column_integer(c, row));
    }
}

static bool any_known(const cyn_column *c, size_t n)
{
    for (size_t row = 0; row < n; row++)
        if (cyn_column_has(c, row)) return true;
    return false;
}

/* The first row in which they differ, or n. A column without values has any type. */
static size_t first_difference(const cyn_column *a, const cyn_column *b, size_t n)
{
    if (!any_known(a, n) && !any_known(b, n)) return n;
    if (a->type != b->type) return 0;
    for (size_t row = 0; row < n; row++) {
        cyn_buf x = {0}, y = {0}; /* hexadecimal digits show every bit */
        write_cell(a, row, &x);
        write_cell(b, row, &y);
        need(!x.failed && !y.failed);
        bool same = strcmp(x.data, y.data) == 0;
        cyn_buf_clear(&x);
        cyn_buf_clear(&y);
        if (!same) return row;
    }
    return n;
}

static void say_outcome(const char *who, const outcome *o, size_t row)
{
    cyn_buf text = {0};
    if (o->rc == CYN_OK) {
        const cyn_column *c = cyn_table_column(o->column, 0);
        cyn_buf_printf(&text, "%s ", cyn_type_name(c->type));
        write_cell(c, row, &text);
    } else {
        cyn_buf_printf(&text, "%s: %s", cyn_code_name(o->rc), o->error.message);
    }
    printf("#   %s %s\n", who, text.data ? text.data : "");
    cyn_buf_clear(&text);
}

static void say_difference(fuzz *f, const cyn_expr *e, rows all, size_t row, size_t in_table,
                           const outcome *got, const outcome *want)
{
    if (f->differences++ >= 20) return;
    printf("# seed %llu, row %zu: %s (metrics/a.lua:%d)\n#  ", (unsigned long long)f->seed, row,
           e->text, e->place.line);
    for (size_t i = 0; i < WIDTH; i++) {
        const cell *c = &all[row][i];
        if (!c->known)
            printf(" %s=nil", specs[i].name);
        else if (c->s)
            printf(" %s='%s'", specs[i].name, c->s);
        else if (specs[i].type == CYN_REAL)
            printf(" %s=%a", specs[i].name, c->x);
        else
            printf(" %s=%lld", specs[i].name, (long long)c->i);
    }
    puts("");
    say_outcome("vector:     ", got, in_table);
    say_outcome("interpreter:", want, in_table);
    fflush(stdout);
}

/* Compares the rows from … from + n - 1; false where each of them has to be looked at alone. */
static bool compare(fuzz *f, const cyn_expr *e, const cyn_expr *bound, rows all, size_t from,
                    size_t n)
{
    cyn_table *t = make_table(all, from, n);
    outcome got = execute(f, bound, t), want = interpret(f, e, t);
    bool settled = true;
    if (got.rc == CYN_E_ESCAPE) {
        settled = n == 1;
        f->escaped += n == 1;
        f->needless += n == 1 && want.rc == CYN_OK;
    } else if (got.rc == CYN_OK && want.rc == CYN_OK) {
        const cyn_column *a = cyn_table_column(got.column, 0);
        size_t row = first_difference(a, cyn_table_column(want.column, 0), n);
        f->agreed += n;
        if (row < n) say_difference(f, e, all, from + row, row, &got, &want);
    } else if (got.rc != want.rc) {
        say_difference(f, e, all, from, 0, &got, &want);
    }
    clear(&got);
    clear(&want);
    cyn_table_unref(t);
    return settled;
}

static void check_expression(fuzz *f, const cyn_expr *e, rows all)
{
    f->expressions++;
    if (e->kind != CYN_EXPR_SCRIPT || !e->code) return;
    f->translated++;
    const cyn_expr *bound = bind(f, e);
    cyn_table *t = make_table(all, 0, ROWS);
    unsigned kinds;
    cyn_err err = {0};
    cyn_code rc = cyn_exec_expr_kinds(bound, t, &kinds, &err);
    cyn_table_unref(t);
    f->impossible += rc == CYN_E_TYPE;
    if (rc == CYN_E_TYPE) return;
    if (rc != CYN_OK) {
        printf("# seed %llu: %s: %s\n", (unsigned long long)f->seed, e->text, err.message);
        f->differences++;
        return;
    }
    if (compare(f, e, bound, all, 0, ROWS)) return;
    for (size_t row = 0; row < ROWS; row++)
        compare(f, e, bound, all, row, 1);
}

/* ---- seeds ---- */

static void write_script(cyn_random *r, cyn_buf *out)
{
    cyn_buf_puts(out, "local events = source 'events'\n");
    cyn_random_prologue(r, out);
    for (int i = 0; i < EXPRESSIONS; i++) {
        cyn_buf_printf(out, "metric 'm%d' { value = events:distinct(", i);
        cyn_random_expression(r, out);
        cyn_buf_puts(out, ") }\n");
    }
}

static void run_seed(fuzz *f)
{
    static const char *const sources[] = {"events"};
    cyn_random r = {.state = f->seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    cyn_buf text = {0};
    rows all;
    cyn_err err = {0};
    write_script(&r, &text);
    need(!text.failed);
    if (f->show) fputs(text.data, stderr);
    random_rows(&r, all);
    cyn_script_file file = {.name = "metrics/a.lua", .text = text.data, .size = text.len};
    cyn_script_options options = {.timezone = ZONE, .sources = sources, .nsources = 1};
    f->arena = cyn_arena_new(0);
    need(f->arena);
    cyn_code rc = cyn_script_load(&file, 1, &options, &f->script, &err);
    const cyn_catalog *c = rc == CYN_OK ? cyn_script_catalog(f->script) : NULL;
    if (!c || c->nerrors > 0) {
        const cyn_err *why = c ? &c->errors[0] : &err;
        printf("# seed %llu: %s:%d: %s\n", (unsigned long long)f->seed, why->file, why->line,
               why->message);
        f->differences++;
    }
    for (size_t i = 0; c && i < c->naggs; i++)
        if (c->aggs[i]->arg) check_expression(f, c->aggs[i]->arg, all);
    if (rc == CYN_OK) cyn_script_free(f->script);
    cyn_arena_free(f->arena);
    cyn_buf_clear(&text);
}

static uint64_t number_after(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) return strtoull(argv[i + 1], NULL, 10);
    return otherwise;
}

int main(int argc, char **argv)
{
    uint64_t first = number_after(argc, argv, "--first", 1);
    uint64_t seeds = number_after(argc, argv, "--seeds", 20);
    fuzz f = {.show = argc > 1 && strcmp(argv[argc - 1], "--show") == 0};
    cyn_tz *tz = NULL;
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK || cyn_tz_load(ZONE, &tz, &err) != CYN_OK) {
        printf("Bail out! %s\n", err.message);
        return 1;
    }
    f.tz = tz;
    for (f.seed = first; f.seed < first + seeds; f.seed++)
        run_seed(&f);
    printf("# %zu expressions, %zu translated, %zu of them can never hold\n", f.expressions,
           f.translated, f.impossible);
    printf("# %zu rows agreed; %zu were the interpreter's, which had an answer for %zu\n", f.agreed,
           f.escaped, f.needless);
    printf("%sok 1 - the executor says what the interpreter says\n", f.differences ? "not " : "");
    printf("%sok 2 - most expressions are translated\n",
           2 * f.translated < f.expressions ? "not " : "");
    puts("1..2");
    cyn_tz_free(tz);
    cyn_zygote_stop();
    return f.differences || 2 * f.translated < f.expressions;
}
