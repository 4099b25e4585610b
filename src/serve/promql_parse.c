#include "base/text.h"
#include "serve/promql_parse_impl.h"
#include <string.h>
#include <strings.h>

/* Of the tree, and of the recursion of whoever walks it. */
enum { DEPTH_MOST = 100 };

const char *const cyn_promql_aggregations[] = {
    "sum",    "avg",  "count",   "min",      "max",          "group", "stddev",
    "stdvar", "topk", "bottomk", "quantile", "count_values", NULL,
};
const char *const cyn_promql_type_names[] = {"none", "scalar", "vector", "matrix", "string"};

/* ---- helpers ---- */

cyn_code cyn_promql_parse_step(cyn_promql_parser *p)
{
    p->now = p->next;
    return cyn_promql_next(&p->lexer, &p->next);
}

bool cyn_promql_parse_sign(const cyn_promql_token *t, const char *sign)
{
    return t->kind == CYN_TOKEN_SIGN && strlen(sign) == t->n && memcmp(t->at, sign, t->n) == 0;
}

bool cyn_promql_parse_word(const cyn_promql_token *t, const char *word)
{
    return t->kind == CYN_TOKEN_NAME && strlen(word) == t->n && strncasecmp(t->at, word, t->n) == 0;
}

static int shown(const cyn_promql_token *t)
{
    return t->n < 60 ? (int)t->n : 60;
}

cyn_code cyn_promql_parse_unexpected(cyn_promql_parser *p, const char *where, const char *expected)
{
    if (p->now.kind == CYN_TOKEN_END)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err,
                                "unexpected end of input %s, expected %s", where, expected);
    return cyn_promql_wrong(p->lexer.text, p->now.at, p->err, "unexpected \"%.*s\" %s, expected %s",
                            shown(&p->now), p->now.at, where, expected);
}

cyn_code cyn_promql_parse_expect(cyn_promql_parser *p, const char *sign, const char *where)
{
    char quoted[16];
    if (cyn_promql_parse_sign(&p->now, sign)) return cyn_promql_parse_step(p);
    strcpy(stpcpy(stpcpy(quoted, "\""), sign), "\"");
    return cyn_promql_parse_unexpected(p, where, quoted);
}

static cyn_code add_name(cyn_promql_parser *p, cyn_promql_names *names, const char *s, size_t n)
{
    const char *copy = cyn_strndup(p->arena, s, n);
    const char **more =
        cyn_grown(p->arena, (void *)names->at, names->n, &names->room, sizeof *more);
    if (!copy || !more) return cyn_nomem(p->err);
    names->at = more;
    names->at[names->n++] = copy;
    return CYN_OK;
}

cyn_code cyn_promql_parse_node(cyn_promql_parser *p, cyn_promql_kind kind, cyn_promql_type type,
                               const char *at, cyn_promql_node **out)
{
    cyn_promql_node *node = CYN_NEW(p->arena, cyn_promql_node);
    if (!node) return cyn_nomem(p->err);
    node->kind = kind;
    node->type = type;
    node->at = at;
    *out = node;
    return CYN_OK;
}

cyn_code cyn_promql_parse_arg(cyn_promql_parser *p, cyn_promql_node *node, cyn_promql_node *arg)
{
    cyn_promql_node **more =
        cyn_grown(p->arena, node->args, node->nargs, &node->args_room, sizeof *more);
    if (!more) return cyn_nomem(p->err);
    node->args = more;
    node->args[node->nargs++] = arg;
    if (node->depth <= arg->depth) node->depth = arg->depth + 1;
    if (node->depth > DEPTH_MOST)
        return cyn_promql_wrong(p->lexer.text, node->at, p->err, "is nested too deeply");
    return CYN_OK;
}

static const char *type_words(cyn_promql_type t)
{
    static const char *const words[] = {"nothing", "scalar", "instant vector", "range vector",
                                        "string"};
    return words[t];
}

cyn_code cyn_promql_need_type(cyn_promql_parser *p, const cyn_promql_node *node,
                              cyn_promql_type want, const char *where)
{
    if (node->type == want) return CYN_OK;
    return cyn_promql_wrong(p->lexer.text, node->at, p->err, "expected type %s in %s, got %s",
                            type_words(want), where, type_words(node->type));
}

static cyn_code expression(cyn_promql_parser *p, int least, cyn_promql_node **out);

/* ---- calls ---- */

static cyn_code check_call(cyn_promql_parser *p, const cyn_promql_node *node)
{
    const cyn_promql_function *f = node->function;
    size_t most = 0;
    while (most < CYN_PROMQL_ARGS_MOST && f->args[most])
        most++;
    if (node->nargs < f->least || (!f->any && node->nargs > most))
        return cyn_promql_wrong(p->lexer.text, node->at, p->err,
                                "expected %s%zu argument(s) in call to \"%s\", got %zu",
                                f->any || f->least < most ? "at least " : "", f->least, f->name,
                                node->nargs);
    for (size_t i = 0; i < node->nargs; i++) {
        char where[80];
        strcpy(stpcpy(where, "call to function "), f->name);
        CYN_TRY(cyn_promql_need_type(p, node->args[i], f->args[i < most ? i : most - 1], where));
    }
    return CYN_OK;
}

static cyn_code arguments(cyn_promql_parser *p, cyn_promql_node *node)
{
    CYN_TRY(cyn_promql_parse_expect(p, "(", "before the arguments"));
    while (!cyn_promql_parse_sign(&p->now, ")")) {
        cyn_promql_node *arg = NULL;
        CYN_TRY(expression(p, 0, &arg));
        CYN_TRY(cyn_promql_parse_arg(p, node, arg));
        if (cyn_promql_parse_sign(&p->now, ")")) break;
        CYN_TRY(cyn_promql_parse_expect(p, ",", "among the arguments"));
        if (cyn_promql_parse_sign(&p->now, ")"))
            return cyn_promql_parse_unexpected(p, "among the arguments", "an expression");
    }
    return cyn_promql_parse_step(p);
}

static cyn_code call(cyn_promql_parser *p, cyn_promql_node **out)
{
    const cyn_promql_token name = p->now;
    cyn_promql_node *node = NULL;
    const cyn_promql_function *f = cyn_promql_find(name.at, name.n);
    if (!f) {
        const char *copy = cyn_strndup(p->arena, name.at, name.n);
        if (!copy) return cyn_nomem(p->err);
        const char *near = cyn_promql_nearest_function(copy);
        return cyn_promql_wrong(p->lexer.text, name.at, p->err,
                                "unknown or unsupported function \"%.*s\"%s%s%s", shown(&name),
                                copy, near ? "; did you mean \"" : "", near ? near : "",
                                near ? "\"?" : "");
    }
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_CALL, f->type, name.at, &node));
    node->function = f;
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(arguments(p, node));
    *out = node;
    return check_call(p, node);
}

/* (a, b): names of labels. */
static cyn_code labels(cyn_promql_parser *p, cyn_promql_names *names)
{
    static const char where[] = "in grouping labels";
    CYN_TRY(cyn_promql_parse_expect(p, "(", where));
    while (!cyn_promql_parse_sign(&p->now, ")")) {
        if (p->now.kind != CYN_TOKEN_NAME)
            return cyn_promql_parse_unexpected(p, where, "the name of a label");
        if (memchr(p->now.at, ':', p->now.n))
            return cyn_promql_parse_unexpected(p, where, "the name of a label");
        CYN_TRY(add_name(p, names, p->now.at, p->now.n));
        CYN_TRY(cyn_promql_parse_step(p));
        if (!cyn_promql_parse_sign(&p->now, ")")) CYN_TRY(cyn_promql_parse_expect(p, ",", where));
    }
    return cyn_promql_parse_step(p);
}

static cyn_code grouping(cyn_promql_parser *p, cyn_promql_node *node, bool *found)
{
    *found = cyn_promql_parse_word(&p->now, "by") || cyn_promql_parse_word(&p->now, "without");
    if (!*found) return CYN_OK;
    node->without = cyn_promql_parse_word(&p->now, "without");
    CYN_TRY(cyn_promql_parse_step(p));
    return labels(p, &node->labels);
}

static bool has_parameter(cyn_promql_aggregation a)
{
    return a >= CYN_PROMQL_TOPK;
}

/* sum by (a) (x), sum(x) by (a), topk(3, x). */
static cyn_code aggregation(cyn_promql_parser *p, cyn_promql_aggregation which,
                            cyn_promql_node **out)
{
    cyn_promql_node *node = NULL;
    bool grouped = false;
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_AGGREGATE, CYN_PROMQL_VECTOR, p->now.at, &node));
    node->aggregation = which;
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(grouping(p, node, &grouped));
    CYN_TRY(arguments(p, node));
    if (!grouped) CYN_TRY(grouping(p, node, &grouped));
    size_t want = has_parameter(which) ? 2 : 1;
    if (node->nargs != want)
        return cyn_promql_wrong(p->lexer.text, node->at, p->err,
                                "wrong number of arguments for aggregate expression provided, "
                                "expected %zu, got %zu",
                                want, node->nargs);
    if (want == 2) { /* what is aggregated first, whatever stands first */
        cyn_promql_node *parameter = node->args[0];
        node->args[0] = node->args[1];
        node->args[1] = parameter;
        CYN_TRY(cyn_promql_need_type(
            p, parameter, which == CYN_PROMQL_COUNT_VALUES ? CYN_PROMQL_STRING : CYN_PROMQL_SCALAR,
            "aggregation parameter"));
    }
    *out = node;
    return cyn_promql_need_type(p, node->args[0], CYN_PROMQL_VECTOR, "aggregation expression");
}

/* ---- primaries ---- */

static cyn_code literal(cyn_promql_parser *p, double x, cyn_promql_node **out)
{
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_NUMBER, CYN_PROMQL_SCALAR, p->now.at, out));
    (*out)->number = x;
    return cyn_promql_parse_step(p);
}

static cyn_code parenthesized(cyn_promql_parser *p, cyn_promql_node **out)
{
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(expression(p, 0, out));
    (*out)->wrapped = true;
    return cyn_promql_parse_expect(p, ")", "in parentheses");
}

/* A name: a call, an aggregation, a number in words, or a metric. */
static cyn_code named(cyn_promql_parser *p, cyn_promql_node **out)
{
    bool called = cyn_promql_parse_sign(&p->next, "(");
    if (called || cyn_promql_parse_word(&p->next, "by") ||
        cyn_promql_parse_word(&p->next, "without"))
        for (int i = 0; cyn_promql_aggregations[i]; i++)
            if (cyn_promql_parse_word(&p->now, cyn_promql_aggregations[i]))
                return aggregation(p, (cyn_promql_aggregation)i, out);
    if (called) return call(p, out);
    if (cyn_promql_parse_word(&p->now, "inf")) return literal(p, INFINITY, out);
    if (cyn_promql_parse_word(&p->now, "nan")) return literal(p, NAN, out);
    return cyn_promql_parse_selector(p, out);
}

static cyn_code primary(cyn_promql_parser *p, cyn_promql_node **out)
{
    if (p->now.kind == CYN_TOKEN_NUMBER) return literal(p, p->now.number, out);
    if (p->now.kind == CYN_TOKEN_STRING) {
        CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_STRING, CYN_PROMQL_STRING, p->now.at, out));
        (*out)->text = p->now.text;
        return cyn_promql_parse_step(p);
    }
    if (p->now.kind == CYN_TOKEN_NAME) return named(p, out);
    if (cyn_promql_parse_sign(&p->now, "(")) return parenthesized(p, out);
    if (cyn_promql_parse_sign(&p->now, "{")) return cyn_promql_parse_selector(p, out);
    return cyn_promql_parse_unexpected(p, "in an expression",
                                       "a metric, a number, a function or \"(\"");
}

static cyn_code postfix(cyn_promql_parser *p, cyn_promql_node **out)
{
    CYN_TRY(primary(p, out));
    for (;;) {
        if (cyn_promql_parse_sign(&p->now, "["))
            CYN_TRY(cyn_promql_parse_range(p, out));
        else if (cyn_promql_parse_word(&p->now, "offset"))
            CYN_TRY(cyn_promql_parse_offset(p, *out));
        else if (cyn_promql_parse_sign(&p->now, "@"))
            CYN_TRY(cyn_promql_parse_pin(p, *out));
        else
            return CYN_OK;
    }
}

/* ---- operators ---- */

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_COMPARE, LEVEL_ADD, LEVEL_MULTIPLY, LEVEL_POWER };

typedef struct operator_word {
    const char *word;
    cyn_promql_op op;
    int level;
} operator_word;

static const operator_word operators[] = {
    {"+", CYN_PROMQL_ADD, LEVEL_ADD},         {"-", CYN_PROMQL_SUB, LEVEL_ADD},
    {"*", CYN_PROMQL_MUL, LEVEL_MULTIPLY},    {"/", CYN_PROMQL_DIV, LEVEL_MULTIPLY},
    {"%", CYN_PROMQL_MOD, LEVEL_MULTIPLY},    {"atan2", CYN_PROMQL_ATAN2, LEVEL_MULTIPLY},
    {"^", CYN_PROMQL_POW, LEVEL_POWER},       {"==", CYN_PROMQL_EQ, LEVEL_COMPARE},
    {"!=", CYN_PROMQL_NE, LEVEL_COMPARE},     {">", CYN_PROMQL_GT, LEVEL_COMPARE},
    {"<", CYN_PROMQL_LT, LEVEL_COMPARE},      {">=", CYN_PROMQL_GE, LEVEL_COMPARE},
    {"<=", CYN_PROMQL_LE, LEVEL_COMPARE},     {"and", CYN_PROMQL_AND, LEVEL_AND},
    {"unless", CYN_PROMQL_UNLESS, LEVEL_AND}, {"or", CYN_PROMQL_OR, LEVEL_OR},
};

static const operator_word *operator_at(const cyn_promql_token *t)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (cyn_promql_parse_sign(t, operators[i].word) ||
            cyn_promql_parse_word(t, operators[i].word))
            return &operators[i];
    return NULL;
}

/* bool, on (…), ignoring (…), group_left (…), group_right (…). */
static cyn_code modifiers(cyn_promql_parser *p, cyn_promql_node *node)
{
    if (cyn_promql_parse_word(&p->now, "bool")) {
        if (!cyn_promql_compares(node->op))
            return cyn_promql_wrong(p->lexer.text, p->now.at, p->err,
                                    "bool modifier can only be used on comparison operators");
        node->yields_bool = true;
        CYN_TRY(cyn_promql_parse_step(p));
    }
    bool on = cyn_promql_parse_word(&p->now, "on");
    if (!on && !cyn_promql_parse_word(&p->now, "ignoring")) return CYN_OK;
    node->has_matching = true;
    node->ignoring = !on;
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(labels(p, &node->matching));
    bool left = cyn_promql_parse_word(&p->now, "group_left");
    if (!left && !cyn_promql_parse_word(&p->now, "group_right")) return CYN_OK;
    if (node->op >= CYN_PROMQL_AND)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err,
                                "no grouping allowed for a set operation");
    node->cardinality = left ? CYN_MANY_TO_ONE : CYN_ONE_TO_MANY;
    CYN_TRY(cyn_promql_parse_step(p));
    return cyn_promql_parse_sign(&p->now, "(") ? labels(p, &node->include) : CYN_OK;
}

static cyn_code check_include(cyn_promql_parser *p, const cyn_promql_node *node)
{
    if (node->ignoring) return CYN_OK;
    for (size_t i = 0; i < node->include.n; i++)
        for (size_t k = 0; k < node->matching.n; k++)
            if (strcmp(node->include.at[i], node->matching.at[k]) == 0)
                return cyn_promql_wrong(
                    p->lexer.text, node->at, p->err,
                    "label \"%.60s\" must not occur in ON and GROUP clause at once",
                    node->include.at[i]);
    return CYN_OK;
}

static cyn_code check_operands(cyn_promql_parser *p, cyn_promql_node *node)
{
    const cyn_promql_node *a = node->args[0], *b = node->args[1];
    bool scalars = a->type == CYN_PROMQL_SCALAR && b->type == CYN_PROMQL_SCALAR;
    bool vectors = a->type == CYN_PROMQL_VECTOR && b->type == CYN_PROMQL_VECTOR;
    for (size_t i = 0; i < 2; i++)
        if (node->args[i]->type != CYN_PROMQL_SCALAR && node->args[i]->type != CYN_PROMQL_VECTOR)
            return cyn_promql_wrong(p->lexer.text, node->args[i]->at, p->err,
                                    "binary expression must contain only scalar and instant vector "
                                    "types, got %s",
                                    type_words(node->args[i]->type));
    if (node->op >= CYN_PROMQL_AND && !vectors)
        return cyn_promql_wrong(
            p->lexer.text, node->at, p->err,
            "set operators and, or, unless need an instant vector on both sides");
    if (cyn_promql_compares(node->op) && scalars && !node->yields_bool)
        return cyn_promql_wrong(p->lexer.text, node->at, p->err,
                                "comparisons between scalars must use BOOL modifier");
    if (node->has_matching && !vectors)
        return cyn_promql_wrong(p->lexer.text, node->at, p->err,
                                "vector matching only allowed between instant vectors");
    node->type = scalars ? CYN_PROMQL_SCALAR : CYN_PROMQL_VECTOR;
    return check_include(p, node);
}

/* -x: binds less than ^, so that -2^2 is -4. */
static cyn_code unary(cyn_promql_parser *p, cyn_promql_node **out)
{
    bool minus = cyn_promql_parse_sign(&p->now, "-");
    if (!minus && !cyn_promql_parse_sign(&p->now, "+")) return postfix(p, out);
    const char *at = p->now.at;
    cyn_promql_node *of = NULL;
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(expression(p, LEVEL_POWER, &of));
    if (of->type != CYN_PROMQL_SCALAR && of->type != CYN_PROMQL_VECTOR)
        return cyn_promql_wrong(p->lexer.text, at, p->err,
                                "unary expression only allowed on expressions of type scalar or "
                                "instant vector, got %s",
                                type_words(of->type));
    *out = of;
    if (!minus) return CYN_OK;
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_NEGATE, of->type, at, out));
    return cyn_promql_parse_arg(p, *out, of);
}

static cyn_code climb(cyn_promql_parser *p, int least, cyn_promql_node **out)
{
    CYN_TRY(unary(p, out));
    for (;;) {
        const operator_word *o = operator_at(&p->now);
        if (!o || o->level < least) return CYN_OK;
        cyn_promql_node *node = NULL, *right = NULL;
        CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_BINARY, CYN_PROMQL_VECTOR, (*out)->at, &node));
        node->op = o->op;
        CYN_TRY(cyn_promql_parse_step(p));
        CYN_TRY(modifiers(p, node));
        CYN_TRY(expression(p, o->level == LEVEL_POWER ? LEVEL_POWER : o->level + 1, &right));
        CYN_TRY(cyn_promql_parse_arg(p, node, *out));
        CYN_TRY(cyn_promql_parse_arg(p, node, right));
        CYN_TRY(check_operands(p, node));
        *out = node;
    }
}

static cyn_code expression(cyn_promql_parser *p, int least, cyn_promql_node **out)
{
    if (++p->depth > DEPTH_MOST)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err, "is nested too deeply");
    CYN_TRY(climb(p, least, out));
    p->depth--;
    return CYN_OK;
}

/* ---- entry ---- */

static cyn_code begin(cyn_promql_parser *p, const char *text, cyn_arena *arena, cyn_err *err)
{
    const char *copy = cyn_strdup(arena, text);
    if (!copy) return cyn_nomem(err);
    *p = (cyn_promql_parser){.lexer = {copy, copy, arena, err}, .arena = arena, .err = err};
    CYN_TRY(cyn_promql_parse_step(p));
    return cyn_promql_parse_step(p);
}

cyn_code cyn_promql_parse(const char *text, cyn_arena *arena, cyn_promql **out, cyn_err *err)
{
    cyn_promql_parser p;
    cyn_promql *q = CYN_NEW(arena, cyn_promql);
    if (!q) return cyn_nomem(err);
    CYN_TRY(begin(&p, text, arena, err));
    q->text = p.lexer.text;
    if (p.now.kind == CYN_TOKEN_END)
        return cyn_promql_wrong(q->text, p.now.at, err, "no expression found in input");
    CYN_TRY(expression(&p, 0, &q->root));
    if (p.now.kind != CYN_TOKEN_END)
        return cyn_promql_parse_unexpected(&p, "behind the expression", "its end");
    *out = q;
    return CYN_OK;
}

cyn_code cyn_promql_parse_matchers(const char *text, cyn_arena *arena, const cyn_prom_matcher **out,
                                   size_t *n, cyn_err *err)
{
    cyn_promql_parser p;
    cyn_promql_node *node = NULL;
    CYN_TRY(begin(&p, text, arena, err));
    if (p.now.kind != CYN_TOKEN_NAME && !cyn_promql_parse_sign(&p.now, "{"))
        return cyn_promql_parse_unexpected(&p, "in a selector", "the name of a metric or \"{\"");
    CYN_TRY(cyn_promql_parse_selector(&p, &node));
    if (p.now.kind != CYN_TOKEN_END)
        return cyn_promql_parse_unexpected(&p, "behind the selector", "its end");
    *out = node->matchers;
    *n = node->nmatchers;
    return CYN_OK;
}
