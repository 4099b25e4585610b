/* Random conditions of alert rules over random segments: as a text and as a function, translated
 * and in the interpreter, the answer is one and the same.
 *
 *     conditions [--first SEED] [--seeds N] [--show]
 *
 * Each seed is a script of its own; --show writes it to standard error. TAP.
 */
#include "exec/exec.h"
#include "plan/translation.h"
#include "script/script.h"
#include "script/zygote.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define SEGMENTS     50
#define CONDITIONS   20 /* of a script; each in both forms */

/* Nothing here may fail but for a lack of memory. */
static void need(bool ok)
{
    if (ok) return;
    puts("Bail out! out of memory");
    exit(1);
}

/* ---- Random numbers: xorshift ---- */

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % n);
}

/* ---- Segments ---- */

/* What can be named, as texts and functions spell it, and the column that it is. */
static const struct {
    const char *text, *function, *column;
    cyn_type type;
} names[] = {{"value", "s.value", "value", CYN_REAL},
             {"target", "s.target", "target", CYN_REAL},
             {"change '1w'", "s:change '1w'", "change(\"1w\")", CYN_REAL},
             {"change(\"1w\")", "s.change(s, '1w')", "change(\"1w\")", CYN_REAL},
             {"mean(4)", "s:mean(four)", "mean(4)", CYN_REAL},
             {"mean(2 + 2.0)", "s:mean(4.0)", "mean(4)", CYN_REAL},
             {"p(99.90, '28d')", "s:p(99.9, '28d')", "p(99.9,\"28d\")", CYN_REAL},
             {"zscore()", "s:zscore()", "zscore", CYN_REAL},
             {"limit", "s.limit", "limit", CYN_REAL},
             {"status", "s.status", "status", CYN_TEXT},
             {"channel", "s['channel']", "channel", CYN_TEXT},
             {"partial", "s.partial", "partial", CYN_BOOLEAN}};
#define NUMBERS 9 /* of names */

static const cyn_column_spec specs[] = {
    {"value", CYN_REAL, 0},     {"target", CYN_REAL, 0},          {"change(\"1w\")", CYN_REAL, 0},
    {"mean(4)", CYN_REAL, 0},   {"p(99.9,\"28d\")", CYN_REAL, 0}, {"zscore", CYN_REAL, 0},
    {"limit", CYN_REAL, 0},     {"status", CYN_TEXT, 0},          {"channel", CYN_TEXT, 0},
    {"partial", CYN_BOOLEAN, 0}};
enum { WIDTH = LENGTH(specs) };

static const char heap[] = "redgreenadsA";
static const uint64_t ends[] = {0, 3, 8, 11, 12};
#define TEXTS (LENGTH(ends) - 1)

/* The same segments twice: as the interpreter gets them, and as the executor does. */
typedef struct segments {
    uint64_t valid[WIDTH];
    double reals[WIDTH][SEGMENTS];
    uint32_t codes[WIDTH][SEGMENTS];
    uint8_t booleans[WIDTH][SEGMENTS];
    cyn_batch_column columns[WIDTH];
    cyn_batch batch;
    cyn_table *table;
} segments;

static double random_real(void)
{
    static const double special[] = {0.0, -0.0, 1, -1, 0.1, 1e308, -1e308, 5e-324, 0x1p53, 3.5};
    if (below(3) == 0) return special[below(LENGTH(special))];
    return ((double)below(2000) - 1000) / 64;
}

static void set_cell(segments *s, cyn_builder *b, size_t column, size_t row)
{
    if (below(6) == 0) return;
    s->valid[column] |= UINT64_C(1) << row;
    if (specs[column].type == CYN_REAL) {
        s->reals[column][row] = random_real();
        need(cyn_builder_f64(b, column, s->reals[column][row]));
    } else if (specs[column].type == CYN_TEXT) {
        uint32_t code = s->codes[column][row] = below(TEXTS);
        need(cyn_builder_text(b, column, heap + ends[code], ends[code + 1] - ends[code]));
    } else {
        s->booleans[column][row] = (uint8_t)below(2);
        need(cyn_builder_i64(b, column, s->booleans[column][row]));
    }
}

static const void *values_of(const segments *s, size_t column)
{
    switch (specs[column].type) {
    case CYN_REAL: return s->reals[column];
    case CYN_TEXT: return s->codes[column];
    default: return s->booleans[column];
    }
}

static void make_segments(segments *s)
{
    cyn_builder *b;
    *s = (segments){.batch = {SEGMENTS, s->columns, WIDTH}};
    need(cyn_builder_new(specs, WIDTH, &b, NULL) == CYN_OK);
    for (size_t row = 0; row < SEGMENTS; row++) {
        for (size_t column = 0; column < WIDTH; column++)
            set_cell(s, b, column, row);
        need(cyn_builder_end_row(b, NULL) == CYN_OK);
    }
    need(cyn_builder_finish(b, &s->table, NULL) == CYN_OK);
    for (size_t i = 0; i < WIDTH; i++)
        s->columns[i] = (cyn_batch_column){.name = specs[i].name,
                                           .type = specs[i].type,
                                           .valid = &s->valid[i],
                                           .values = values_of(s, i),
                                           .dict_count = TEXTS,
                                           .dict_offset = ends,
                                           .dict_heap = heap};
}

/* ---- Conditions: the same one in both forms ---- */

typedef struct forms {
    cyn_buf text, function;
} forms;

static void put(forms *f, const char *s)
{
    cyn_buf_puts(&f->text, s);
    cyn_buf_puts(&f->function, s);
}

static void put_name(forms *f, uint32_t which)
{
    cyn_buf_puts(&f->text, names[which].text);
    cyn_buf_puts(&f->function, names[which].function);
}

static void put_number(forms *f, int depth)
{
    static const char *const constants[] = {"0.0", "-1", "0.05", "3", "1e300", "-0.0"};
    /* Of integers, % by zero raises; 3 - 3 is one. */
    static const char *const operators[] = {" + ", " - ", " * ", " / ", " ^ ", " % (0.0 + "};
    uint32_t what = depth > 0 ? below(6) : below(3);
    if (what < 2) {
        put_name(f, below(NUMBERS));
    } else if (what == 2) {
        put(f, constants[below(LENGTH(constants))]);
    } else if (what == 3) {
        put(f, "-(");
        put_number(f, depth - 1);
        put(f, ")");
    } else {
        put(f, "(");
        put_number(f, depth - 1);
        uint32_t which = below(LENGTH(operators));
        put(f, operators[which]);
        put_number(f, depth - 1);
        put(f, which == LENGTH(operators) - 1 ? "))" : ")");
    }
}

static void put_simple(forms *f)
{
    static const char *const comparisons[] = {" < ", " <= ", " > ", " >= ", " == ", " ~= "};
    static const char *const equalities[] = {" == 'red'", " ~= 'ads'", " == nil", " == 'A'"};
    uint32_t what = below(8);
    if (what < 5) {
        put_number(f, 2);
        put(f, comparisons[below(LENGTH(comparisons))]);
        put_number(f, 2);
    } else if (what < 7) {
        put_name(f, NUMBERS + below(2));
        put(f, equalities[below(LENGTH(equalities))]);
    } else {
        put_name(f, NUMBERS + 2);
    }
}

static void put_condition(forms *f, int depth)
{
    uint32_t what = depth > 0 ? below(4) : 3;
    if (what == 3) {
        put_simple(f);
        return;
    }
    put(f, what == 2 ? "not (" : "(");
    put_condition(f, depth - 1);
    if (what < 2) put(f, what ? ") or (" : ") and (");
    if (what < 2) put_condition(f, depth - 1);
    put(f, ")");
}

/* Rules t0 … and f0 …, with the same conditions. */
static void put_script(cyn_buf *out)
{
    cyn_buf_puts(out, "local four = 4\n");
    for (int i = 0; i < CONDITIONS; i++) {
        forms f = {{0}, {0}};
        put_condition(&f, 4);
        cyn_buf_printf(out,
                       "alert 't%d' { metric = 'm', by = { 'channel' }, params = { limit = 1 },\n"
                       "  when = [[(%s) and true or false]] }\n"
                       "alert 'f%d' { metric = 'm', by = { 'channel' }, params = { limit = 1 },\n"
                       "  when = function(s) if %s then return true end return false end }\n",
                       i, f.text.data, i, f.function.data);
        cyn_buf_clear(&f.text);
        cyn_buf_clear(&f.function);
    }
    need(!out->failed);
}

/* ---- Answers ---- */

static size_t failures, translated, truths;

static void fail(uint64_t seed, const cyn_rule *r, const char *what)
{
    if (failures++ < 20)
        printf("# seed %llu, %s: %s, in: %s\n", (unsigned long long)seed, r->name, what,
               r->when->text);
}

/* As the interpreter answers; false when it does not. */
static bool judge(const cyn_evaluator *ev, const cyn_rule *r, const segments *s, cyn_arena *arena,
                  bool *out, const char **why)
{
    static cyn_err err;
    cyn_answers *a = NULL;
    const char *const *wanted;
    size_t nwanted = 0;
    *why = err.message;
    if (ev->judge(ev->self, r->when->handle, &s->batch, arena, &a, &wanted, &nwanted, &err))
        return false;
    *why = "it wants more than there is";
    for (size_t i = 0; i < SEGMENTS; i++)
        out[i] = a->kind[i] == CYN_ANSWER_TRUE;
    return nwanted == 0;
}

static const cyn_expr *bind(const cyn_expr *e, cyn_arena *arena)
{
    cyn_expr *bound = CYN_NEW(arena, cyn_expr);
    cyn_expr *columns = CYN_NEW_ARRAY(arena, e->code->ninputs + 1, cyn_expr);
    const cyn_expr **inputs = CYN_NEW_ARRAY(arena, e->code->ninputs + 1, const cyn_expr *);
    need(bound && columns && inputs);
    for (size_t i = 0; i < e->code->ninputs; i++) {
        columns[i] =
            (cyn_expr){.kind = CYN_EXPR_COLUMN, .text = e->text, .name = e->code->inputs[i].name};
        inputs[i] = &columns[i];
    }
    *bound = *e;
    bound->kind = CYN_EXPR_STEPS;
    bound->inputs = inputs;
    return bound;
}

/* As the vectors have it. */
static bool execute(const cyn_rule *r, const segments *s, cyn_arena *arena, bool *out,
                    const char **why)
{
    static cyn_err err;
    cyn_table *t = NULL;
    *why = r->when->why ? r->when->why : "no translation";
    if (!r->when->code) return false;
    translated++;
    *why = err.message;
    err = (cyn_err){0};
    if (cyn_exec_expr_column(bind(r->when, arena), s->table, NULL, "#1", NULL, &t, &err) != CYN_OK)
        return false;
    const cyn_column *c = cyn_table_column(t, 0);
    *why = "the column is not of booleans";
    bool good = c->type == CYN_BOOLEAN;
    for (size_t i = 0; good && i < SEGMENTS; i++)
        out[i] = cyn_column_has(c, i) && c->v.bit[i];
    cyn_table_unref(t);
    return good;
}

/* ---- A seed ---- */

static bool same_reads(const cyn_expr *a, const cyn_expr *b)
{
    if (a->nreads != b->nreads) return false;
    for (size_t i = 0; i < a->nreads; i++)
        if (strcmp(a->reads[i], b->reads[i]) != 0) return false;
    return true;
}

static void check_pair(uint64_t seed, const cyn_script *script, const cyn_evaluator *ev, int i,
                       const segments *s)
{
    char name[16];
    bool answers[4][SEGMENTS];
    const char *why = "";
    const cyn_rule *rules[2];
    cyn_arena *arena = cyn_arena_new(0);
    need(arena != NULL);
    for (int form = 0; form < 2; form++) {
        snprintf(name, sizeof name, "%c%d", "tf"[form], i);
        const cyn_rule *r = rules[form] = cyn_catalog_rule(cyn_script_catalog(script), name);
        if (!r) {
            printf("# seed %llu: no rule %s\n", (unsigned long long)seed, name);
            failures++;
            goto done;
        }
        if (!judge(ev, r, s, arena, answers[2 * form], &why) ||
            !execute(r, s, arena, answers[2 * form + 1], &why)) {
            fail(seed, r, why);
            goto done;
        }
    }
    for (int k = 1; k < 4; k++)
        if (memcmp(answers[0], answers[k], sizeof answers[0]) != 0)
            fail(seed, rules[k / 2], k % 2 ? "vectors differ" : "the interpreter differs");
    for (size_t k = 0; k < SEGMENTS; k++)
        truths += answers[0][k];
    if (!same_reads(rules[0]->when, rules[1]->when)) fail(seed, rules[1], "it reads other names");
done:
    cyn_arena_free(arena);
}

static void run_seed(uint64_t seed, bool show)
{
    static segments s;
    cyn_buf text = {0};
    cyn_script *script = NULL;
    cyn_err err = {0};
    state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    make_segments(&s);
    put_script(&text);
    if (show) fwrite(text.data, 1, text.len, stderr);
    const cyn_script_file file = {.name = "alerts/a.lua", .text = text.data, .size = text.len};
    const cyn_script_options options = {.timezone = "UTC", .workers = 1};
    if (cyn_script_load(&file, 1, &options, &script, &err) != CYN_OK) {
        printf("# seed %llu: %s\n", (unsigned long long)seed, err.message);
        failures++;
    } else {
        cyn_evaluator ev = cyn_script_evaluator(script);
        for (int i = 0; i < CONDITIONS; i++)
            check_pair(seed, script, &ev, i, &s);
    }
    cyn_script_free(script);
    cyn_table_unref(s.table);
    cyn_buf_clear(&text);
}

int main(int argc, char **argv)
{
    uint64_t first = 1, seeds = 10;
    bool show = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--show")) show = true;
        if (!strcmp(argv[i], "--first") && i + 1 < argc) first = strtoull(argv[++i], NULL, 10);
        if (!strcmp(argv[i], "--seeds") && i + 1 < argc) seeds = strtoull(argv[++i], NULL, 10);
    }
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    for (uint64_t seed = first; seed < first + seeds; seed++)
        run_seed(seed, show);
    cyn_zygote_stop();
    size_t all = 2 * CONDITIONS * (size_t)seeds, answers = all / 2 * SEGMENTS;
    bool told = truths > answers / 10 && truths < answers - answers / 10;
    printf("%sok 1 - both forms, translated and interpreted, agree\n", failures ? "not " : "");
    printf("%sok 2 - all %zu conditions are translated (%zu are)\n", translated < all ? "not " : "",
           all, translated);
    printf("%sok 3 - some of the answers are true (%zu) and some false (%zu)\n", told ? "" : "not ",
           truths, answers - truths);
    puts("1..3");
    return failures > 0 || translated < all || !told;
}
